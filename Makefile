# Cordon. Everything is found by folder; nothing is listed by hand.
#
#   make            build/cordon                   make unit       build/test/unit (all unit tests)
#   make check      rules and unit tests           make fuzz       build/fuzz/<name>, needs clang
#   make coverage   line coverage by folder        make web        the web app, when web/ is there
#   make install    into $(DESTDIR)$(PREFIX)       make clean
#   make bench      build/bench/<name> from bench/<name>.c; bench/run runs them
#   make agree      build/test/agree from tests/estimate    make validity   build/test/validity from tests/scenario
#
# VARIANT=release|asan|tsan|cov|fuzz chooses the flags, CC=clang the compiler; each pair has its own object
# folder, and all but the default put their programs under build/<pair>/.
# ONLY="base policy" builds a unit program of these folders alone: build/test/unit-base-policy.
VARIANT ?= release
PREFIX ?= /usr/local
ifeq ($(origin CC),default)
CC := gcc
endif
pair := $(if $(findstring clang,$(CC)),clang-)$(VARIANT)
obj := build/obj/$(pair)
out := $(if $(filter release,$(pair)),build,build/$(pair))
gen := build/gen

WARN := -Wall -Wextra -Wconversion -Wshadow -Wvla -Wstrict-prototypes -Wmissing-prototypes \
        -Wno-format-zero-length
WARN_TEST := -Wno-unused-parameter
WARN_FUZZ := -Wno-missing-prototypes
HARDEN := -fstack-protector-strong -fstack-clash-protection -fPIE
FLAGS_release := -O2 -D_FORTIFY_SOURCE=2
FLAGS_asan := -O1 -fsanitize=address,undefined -fno-sanitize-recover=undefined -fno-omit-frame-pointer
FLAGS_tsan := -O1 -fsanitize=thread -fno-omit-frame-pointer
FLAGS_cov := -O0 --coverage
FLAGS_fuzz := -O1 -fsanitize=fuzzer-no-link,address,undefined -fno-sanitize-recover=undefined \
              -fno-omit-frame-pointer
PKGS := jansson libutf8proc sqlite3 libmicrohttpd libsodium libzip expat xlsxwriter openssl zlib
ifneq ($(MAKECMDGOALS),clean)
PKG_CFLAGS := $(shell pkg-config --cflags $(PKGS))
PKG_LIBS := $(shell pkg-config --libs $(PKGS))
endif

ALL_CFLAGS := -std=c17 -D_GNU_SOURCE -g -pthread -Isrc -I$(gen) -include base/banned.h $(HARDEN) $(WARN) \
              $(PKG_CFLAGS) $(FLAGS_$(VARIANT)) $(if $(WERROR),-Werror) $(CFLAGS)
ALL_LDFLAGS := -pie -pthread -Wl,-z,relro,-z,now -Wl,--as-needed $(filter -fsanitize% --coverage,\
              $(FLAGS_$(VARIANT))) $(LDFLAGS)
LIBS := $(PKG_LIBS) -lm

# --- what there is -------------------------------------------------------------------------------
in_tree := $(wildcard src/*/*.c)
ifdef ONLY
in_tree := $(filter $(foreach f,base $(ONLY),src/$(f)/%),$(in_tree))
empty :=
unit_name := unit-$(subst $(empty) ,-,$(strip $(ONLY)))
else
unit_name := unit
endif
harness := src/base/test_main.c
main := $(wildcard src/cli/main.c)
tests := $(filter %_test.c,$(in_tree))
lib := $(filter-out %_test.c $(harness) src/cli/main.c,$(in_tree))
words := $(sort $(wildcard src/*/words.def))
sql := $(sort $(wildcard src/store/sql/*.sql))
assets := $(shell test -d web/dist && find web/dist -type f | LC_ALL=C sort)
fuzzers := $(patsubst fuzz/%_fuzz.c,$(out)/fuzz/%,$(wildcard fuzz/*_fuzz.c))
agree := $(patsubst %.c,$(obj)/%.o,$(wildcard tests/estimate/*.c))
validity := $(patsubst %.c,$(obj)/%.o,$(wildcard tests/scenario/*.c))
benches := $(patsubst bench/%.c,$(out)/bench/%,$(wildcard bench/*.c))

to_obj = $(patsubst %.c,$(obj)/%.o,$(1))
lib_obj := $(call to_obj,$(lib)) $(obj)/gen/assets.o $(obj)/gen/assets_data.o
unit_obj := $(call to_obj,$(tests) $(harness))
main_obj := $(call to_obj,$(main))
generated := $(gen)/words.inc $(gen)/store_sql.inc

.PHONY: all unit agree validity check rules fuzz fuzz-programs bench coverage install clean web force
.SECONDARY:
.DELETE_ON_ERROR:

all: $(if $(main),$(out)/cordon,$(out)/test/$(unit_name))
unit: $(out)/test/$(unit_name)
agree: $(out)/test/agree
validity: $(out)/test/validity

# Outputs are renamed into place, so that two builds in one tree never see half a file. Warnings are
# shown and kept in x.o.warn, so that ./test can tell later that there were none.
$(obj)/%.o: %.c | $(generated)
	@mkdir -p $(@D)
	@echo "  cc   $<"; $(if $(V),set -x;) t=$@.$$$$; \
	if $(CC) $(ALL_CFLAGS) $(if $(filter %_test.c,$<),$(WARN_TEST)) $(if $(filter fuzz/%,$<),$(WARN_FUZZ)) \
	    -MMD -MP -MT $@ -MF $$t.d -c -o $$t $< 2> $$t.warn; \
	then ok=0; else ok=1; fi; cat $$t.warn >&2; \
	if [ $$ok = 1 ]; then rm -f $$t $$t.d $$t.warn; exit 1; fi; \
	if [ -s $$t.warn ]; then mv $$t.warn $@.warn; else rm -f $$t.warn $@.warn; fi; \
	mv $$t.d $(@:.o=.d) && mv $$t $@

$(obj)/gen/%.o: $(gen)/%.c
	@mkdir -p $(@D)
	@$(CC) $(ALL_CFLAGS) -c -o $@.$$$$ $< && mv $@.$$$$ $@
$(obj)/gen/%.o: $(gen)/%.S
	@mkdir -p $(@D)
	@$(CC) -c -o $@.$$$$ $< && mv $@.$$$$ $@
$(obj)/gen/assets_data.o: $(assets)

# A thin archive, so that a program takes only the objects it needs.
archive := $(obj)/lib$(unit_name:unit%=cordon%).a
$(archive): $(lib_obj)
	@ar rcsT $@.$$$$ $^ && mv $@.$$$$ $@

link = @mkdir -p $(@D); echo "  link $@"; \
       $(CC) $(ALL_LDFLAGS) $(1) -o $@.$$$$ $(filter %.o,$^) $(archive) $(LIBS) && mv $@.$$$$ $@
$(out)/cordon: $(main_obj) $(archive)
	$(call link)
$(out)/test/$(unit_name): $(unit_obj) $(archive)
	$(call link)
$(out)/test/agree: $(agree) $(archive)
	$(call link)
$(out)/test/validity: $(validity) $(archive)
	$(call link)
$(out)/fuzz/%: $(obj)/fuzz/%_fuzz.o $(archive)
	$(call link,-fsanitize=fuzzer)
$(out)/bench/%: $(obj)/bench/%.o $(archive)
	$(call link)

# --- generated -----------------------------------------------------------------------------------
# Written anew each time but only replaced when different, so that a removed source is noticed.
replace = { cmp -s $@.$$$$ $@ && rm $@.$$$$ || mv $@.$$$$ $@; }
$(gen)/words.inc: force
	@mkdir -p $(@D)
	@cat $(words) /dev/null | grep '^X(' | LC_ALL=C sort > $@.$$$$; $(replace)
$(gen)/store_sql.inc: force
	@mkdir -p $(@D)
	@tools/embed-sql $(sql) > $@.$$$$ && $(replace)
$(gen)/assets.c: force
	@mkdir -p $(@D)
	@tools/embed table web/dist $(assets) > $@.$$$$ && $(replace)
$(gen)/assets_data.S: force
	@mkdir -p $(@D)
	@tools/embed data web/dist $(assets) > $@.$$$$ && $(replace)

# --- rules, tests, programs around ---------------------------------------------------------------
rules:
	@tools/check-layers
	@tools/check-sizes
	@tools/check-banned

check: rules unit
	@$(out)/test/unit

fuzz:
	@$(MAKE) --no-print-directory VARIANT=fuzz CC=clang fuzz-programs
	@mkdir -p build/fuzz && for f in build/clang-fuzz/fuzz/*; do \
	    test -x "$$f" && ln -sf "../clang-fuzz/fuzz/$${f##*/}" build/fuzz/; done; true
fuzz-programs: $(fuzzers)

bench: $(benches)

coverage:
	@$(MAKE) --no-print-directory VARIANT=cov CC=gcc unit
	@find build/obj/cov -name '*.gcda' -delete
	@build/cov/test/unit > build/cov/unit.log || { tail -40 build/cov/unit.log; exit 1; }
	@tools/coverage build/obj/cov

web:
	@if test -f web/package.json; then tools/web-build; else echo "no web/ folder: nothing to build"; fi

install: all
	install -D -m 755 build/cordon $(DESTDIR)$(PREFIX)/bin/cordon
	for d in policies data; do test ! -d $$d || { install -d $(DESTDIR)$(PREFIX)/share/cordon && \
	    cp -R $$d $(DESTDIR)$(PREFIX)/share/cordon/; }; done

clean:
	rm -rf build

-include $(shell test -d $(obj) && find $(obj) -name '*.d')
