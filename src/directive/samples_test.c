// SPDX-License-Identifier: AGPL-3.0-or-later
/* The sample documents against golden files: CORDON_GOLDEN=accept rewrites them, the reviewer reads
 * the diff. */
#include "base/test.h"
#include "directive/test_support.h"
#include <stdlib.h>

static const struct sample {
    const char *name, *forms;
} samples[] = {
    {"state-letter-columns", "vn"}, {"state-decision", "vn"}, {"party-notice", "vn"},
    {"party-telegram", "vn"},       {"almost-nothing", "vn"}, {"nested-table", "vn"},
    {"decomposed-crlf", "vn"},      {"english-letter", "en"}, {"state-no-blank-lines", "vn"},
    {"state-plan-annexes", "vn"},
};

static const char *sample_path(struct epi_arena *a, const struct sample *s)
{
    return epi_test_repo(
        a, epi_str_cz(a, epi_str_printf(a, "data/samples/directives/%s.txt", s->name)));
}

static void indent(struct epi_buf *b, int depth)
{
    epi_buf_putc(b, '\n');
    for (int i = 0; i < depth; i++)
        epi_buf_putz(b, "  ");
}

/* One value on a line, so that a difference is one line. */
static epi_str readable(struct epi_arena *a, epi_str json)
{
    EPI_BUF_LOCAL(b, 1 << 22);
    int depth = 0;
    bool quoted = false;
    for (size_t i = 0; i < json.n; i++) {
        char c = json.p[i];
        if (c == '"' && (i == 0 || json.p[i - 1] != '\\'))
            quoted = !quoted;
        bool open = !quoted && (c == '{' || c == '['), close = !quoted && (c == '}' || c == ']');
        bool empty = open && i + 1 < json.n && (json.p[i + 1] == '}' || json.p[i + 1] == ']');
        if (close && json.p[i - 1] != '{' && json.p[i - 1] != '[')
            indent(&b, --depth);
        epi_buf_putc(&b, c);
        if (open && !empty)
            indent(&b, ++depth);
        if (!quoted && c == ',')
            indent(&b, depth);
    }
    epi_buf_putc(&b, '\n');
    return epi_str_dup(a, epi_buf_str(&b));
}

static void check_sample(struct epi_arena *a, const struct sample *s)
{
    struct reading r;
    CHECK(directive_read(a, sample_path(a, s), s->forms, &r));
    CHECK(directive_places_hold(&r.d, r.text));
    EPI_BUF_LOCAL(b, 1 << 22);
    struct epi_jw w = EPI_JW(&b);
    epi_directive_json(&w, &r.d, &r.findings, strcmp(s->forms, "vn") == 0 ? EPI_VI : EPI_EN);
    const epi_json *back;
    CHECK_OK(epi_json_parse(a, epi_buf_str(&b), 1 << 22, &back, NULL));
    epi_str got = readable(a, epi_buf_str(&b));
    epi_str rel = epi_str_printf(a, "tests/directive/golden/%s.json", s->name);
    const char *golden = epi_test_repo(a, epi_str_cz(a, rel));
    const char *mode = getenv("CORDON_GOLDEN");
    const struct epi_fs *fs = &epi_io_real()->fs;
    if (mode && strcmp(mode, "accept") == 0)
        CHECK_OK(fs->write(fs->ctx, golden, got, NULL));
    CHECK_STR(got, directive_file(a, golden));
}

TEST(each_sample_document_reads_as_its_golden_file_says)
{
    for (size_t i = 0; i < EPI_COUNT(samples); i++) {
        EPI_ARENA_LOCAL(a);
        check_sample(a, &samples[i]);
    }
}

/* Never a failure, and an incomplete text always says so. */
static void check_cut(struct epi_arena *a, const struct epi_directive_forms *forms, epi_str whole,
                      size_t at)
{
    struct epi_directive d;
    struct epi_findings f;
    struct epi_arena_mark mark = epi_arena_mark(a);
    epi_str cut = epi_str_sub(whole, 0, at);
    epi_findings_init(&f, a, 100);
    epi_status s = epi_directive_parse(a, cut, forms, &d, &f, NULL);
    CHECK(s == EPI_OK || (s == EPI_INVALID && at < 64)); /* only marks and blanks so far */
    if (s == EPI_OK) {
        CHECK(directive_places_hold(&d, cut));
        CHECK(f.n > 0 || at + 40 > whole.n);
    }
    epi_arena_release(a, mark);
}

TEST(a_sample_cut_at_any_byte_gives_findings_and_no_failure)
{
    for (size_t i = 0; i < EPI_COUNT(samples); i++) {
        EPI_ARENA_LOCAL(a);
        const struct epi_directive_forms *forms = directive_forms(a, samples[i].forms);
        epi_str whole = directive_file(a, sample_path(a, &samples[i]));
        CHECK(forms && whole.n);
        for (size_t at = 1; at < whole.n; at++)
            check_cut(a, forms, whole, at);
    }
}

TEST(a_reference_document_cut_at_any_byte_gives_findings_and_no_failure)
{
    static const char *const files[] = {
        "directives/000_c1cc6212eaedf0f3.txt", "directives/001_c38345dbdb0a7752.txt",
        "directives/002_a7d8f3d7d70d7cda.txt", "directives/003_03cce5475e54d6ff.txt",
        "directives/004_1ac6e944d1dcf2e6.txt",
    };
    for (size_t i = 0; i < EPI_COUNT(files); i++) {
        EPI_ARENA_LOCAL(a);
        const char *path = epi_test_shared(a, files[i]);
        if (!path)
            SKIP("the reference documents are not here");
        const struct epi_directive_forms *forms = directive_forms(a, "vn");
        epi_str whole = directive_file(a, path);
        for (size_t at = 1; at < whole.n; at += 7)
            check_cut(a, forms, whole, at);
    }
}

/* The same text with other line ends reads the same. */
PROPERTY(line_ends_do_not_change_what_is_read, 8)
{
    EPI_ARENA_LOCAL(a);
    const struct sample *s = &samples[epi_rng_below(rng, EPI_COUNT(samples))];
    struct reading r;
    CHECK(directive_read(a, sample_path(a, s), s->forms, &r));
    EPI_BUF_LOCAL(b, 1 << 20);
    for (size_t i = 0; i < r.text.n; i++) {
        if (r.text.p[i] == '\n')
            epi_buf_putz(&b, "\r\n");
        else if (r.text.p[i] != '\r')
            epi_buf_putc(&b, r.text.p[i]);
    }
    struct epi_directive d;
    CHECK_OK(epi_directive_parse(a, epi_buf_str(&b), r.forms, &d, NULL, NULL));
    CHECK_STR(d.symbol.text, r.d.symbol.text);
    CHECK_STR(d.subject.text, r.d.subject.text);
    CHECK_STR(d.closing.text, r.d.closing.text);
    CHECK_STR(d.signer.text, r.d.signer.text);
    CHECK_INT(d.items_n, r.d.items_n);
    CHECK_INT(d.cites_n, r.d.cites_n);
    CHECK_INT(d.distribution_n, r.d.distribution_n);
    for (size_t i = 0; i < d.items_n; i++)
        CHECK_STR(d.items[i].text.text, r.d.items[i].text.text);
}
