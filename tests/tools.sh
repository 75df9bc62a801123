#!/bin/sh
# The rules and generators in tools/ find what they should: each is run on a small tree made for it.
set -u
cd "$(dirname "$0")/.."
top=$PWD
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
passed=0 failed=0

# expect STATUS TEXT COMMAND...: exit status, and a text that must be in the output ('' = any).
expect() {
    status=$1 text=$2
    shift 2
    out=$("$@" 2>&1)
    got=$?
    if [ $got -eq "$status" ] && case $out in *"$text"*) ;; *) false ;; esac; then
        passed=$((passed + 1))
    else
        failed=$((failed + 1))
        printf 'FAIL %s\n     status %d, want %d and "%s" in:\n%s\n' "$*" $got "$status" "$text" "$out"
    fi
}
file() { mkdir -p "$tmp/$(dirname "$1")"; cat > "$tmp/$1"; }

mkdir -p "$tmp/tools" "$tmp/src"
cp tools/check-* tools/embed tools/embed-sql "$tmp/tools"
file layers.txt << 'END'
0 base
2 unit :
2 picture : unit
3 policy
END
file src/policy/rule.c << 'END'
// SPDX-License-Identifier: AGPL-3.0-or-later
#include "base/date.h"
#include "picture/picture.h"
#include "policy/inner.h"
END
file src/picture/look.c << 'END'
// SPDX-License-Identifier: AGPL-3.0-or-later
#include "unit/unit.h"
END
expect 0 '' "$tmp/tools/check-layers"
expect 0 '' "$tmp/tools/check-banned"
expect 0 '' "$tmp/tools/check-sizes"

try_layer() { # INCLUDE FILE TEXT
    printf '// SPDX-License-Identifier: x\n#include "%s"\n' "$1" > "$tmp/src/$2"
    expect 1 "$3" "$tmp/tools/check-layers"
    rm "$tmp/src/$2"
}
mkdir -p "$tmp/src/unit" "$tmp/src/base" "$tmp/src/new"
try_layer policy/policy.h picture/up.c 'picture may not include policy'
try_layer picture/picture.h unit/side.c 'unit may not include picture'
try_layer unit/inner.h policy/deep.c 'only unit/unit.h is open'
try_layer nowhere/x.h policy/x.c 'of no known folder'
try_layer base/test.h policy/x.c 'only tests include'
try_layer base/base.h new/x.c 'not in layers.txt'

try_banned() { # LINE FILE TEXT
    printf '// SPDX-License-Identifier: x\n%b\n' "$1" > "$tmp/src/$2"
    expect 1 "$3" "$tmp/tools/check-banned"
    rm "$tmp/src/$2"
}
try_banned 'void f(void) { printf("x"); }' policy/x.c 'does not print or exit'
try_banned 'void f(void) { exit(1); }' policy/x.c 'does not print or exit'
try_banned 'void f(void) { fputs("x", stderr); }' policy/x.c 'does not print'
try_banned 'void f(void) { alloca(3); }' policy/x_test.c 'not in our C'
try_banned '\tint x;' policy/x.c 'a tab'
try_banned 'int x; ' policy/x.c 'trailing'
echo 'int x;' > "$tmp/src/policy/x.c"
expect 1 'names the licence' "$tmp/tools/check-banned"
rm "$tmp/src/policy/x.c"
echo 'int x;' > "$tmp/src/policy/x.h"
expect 1 'head comment' "$tmp/tools/check-banned"
rm "$tmp/src/policy/x.h"

seq 1001 > "$tmp/src/policy/long.c"
expect 1 '1,000 is the limit' "$tmp/tools/check-sizes"
seq 601 > "$tmp/src/policy/long.c"
expect 0 'is it one subject' "$tmp/tools/check-sizes"
rm "$tmp/src/policy/long.c"

# Calls the compiler refuses.
for call in 'strcpy(a, b)' 'sprintf(a, "x")' 'strtok(a, b)' 'atoi(b)' 'gmtime(0)' 'rand()'; do
    echo "int f(char *a, const char *b); int f(char *a, const char *b) { return !!$call; }" > "$tmp/x.c"
    expect 1 poisoned ${CC:-gcc} -D_GNU_SOURCE -O2 -D_FORTIFY_SOURCE=2 -Isrc -include base/banned.h -c -o "$tmp/x.o" "$tmp/x.c"
done

# Embedded files: the generated table finds each of them, and nothing else.
mkdir -p "$tmp/dist/sub"
printf 'hello' > "$tmp/dist/a.html"
printf 'zipped' > "$tmp/dist/a.html.gz"
: > "$tmp/dist/empty.bin"
printf '{}' > "$tmp/dist/sub/x.json"
files=$(find "$tmp/dist" -type f | LC_ALL=C sort)
tools/embed table "$tmp/dist" $files > "$tmp/table.c"
tools/embed data "$tmp/dist" $files > "$tmp/data.S"
cat > "$tmp/main.c" << 'END'
#include "serve/assets.h"
#include <stdio.h>
int main(void)
{
    for (size_t i = 0; i < epi_asset_count(); i++) {
        const struct epi_asset *a = epi_asset_at(i), *b = epi_asset_find(epi_str_of(a->path));
        printf("%s|%.*s|%s|%d|%zu|%d\n", a->path, (int)a->size, (const char *)a->data, a->type, a->gzip,
               strlen(a->etag), a == b);
    }
    return epi_asset_find(EPI_S("/b")) || epi_asset_find(EPI_NIL) ? 1 : 0;
}
END
${CC:-gcc} -D_GNU_SOURCE -std=c17 -Isrc -o "$tmp/assets" "$tmp/main.c" "$tmp/table.c" "$tmp/data.S" src/base/str.c \
    src/base/arena.c src/base/assert.c 2> "$tmp/log" || cat "$tmp/log"
expect 0 '/a.html|hello|text/html; charset=utf-8|0|22|1' "$tmp/assets"
expect 0 '/a.html.gz|zipped|text/html; charset=utf-8|1|22|1' "$tmp/assets"
expect 0 '/empty.bin||application/octet-stream|0|22|1' "$tmp/assets"
expect 0 '/sub/x.json|{}|application/json|0|22|1' "$tmp/assets"

# Named SQL statements, quotes and backslashes included.
file case.sql << 'END'
-- Statements about cases.
-- name: by_zone :many
SELECT "a\b"
FROM t; -- note

-- name: drop :exec
DELETE FROM t;
END
cat > "$tmp/sql.c" << 'END'
#include <stdio.h>
int main(void)
{
#define X(file, name, text) printf("%s/%s=%s", #file, #name, text);
#include "sql.inc"
    return 0;
}
END
tools/embed-sql "$tmp/case.sql" > "$tmp/sql.inc"
${CC:-gcc} -I"$tmp" -o "$tmp/sql" "$tmp/sql.c"
expect 0 'case/by_zone=SELECT "a\b"
FROM t; -- note
case/drop=DELETE FROM t;' "$tmp/sql"

cd "$top" || exit 1
expect 2 'usage' ./run --nonsense
expect 2 'needs a number' ./run --port x
expect 2 'usage' ./test --nonsense
echo "$passed passed, $failed failed, 0 skipped"
[ $failed -eq 0 ]
