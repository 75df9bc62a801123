// SPDX-License-Identifier: AGPL-3.0-or-later
#include "directive/directive_internal.h"

#define WRAP_WIDEST 220u /* bytes: no converter wraps lines wider than this */

static void index_lines(struct epi__parse *x)
{
    size_t n = 1;
    for (int pass = 0; pass < 2; pass++) {
        size_t k = 1;
        for (size_t i = 0; i < x->raw.n; i++) {
            bool end = x->raw.p[i] == '\n' ||
                       (x->raw.p[i] == '\r' && (i + 1 >= x->raw.n || x->raw.p[i + 1] != '\n'));
            if (end && pass)
                x->line_starts[k] = (uint32_t)(i + 1);
            k += end;
        }
        n = k;
        if (!pass)
            x->line_starts = EPI_ARRAY(x->a, n, uint32_t);
    }
    x->line_starts_n = n;
}

static uint32_t line_number(const struct epi__parse *x, uint32_t offset)
{
    size_t low = 0, high = x->line_starts_n;
    while (high - low > 1) {
        size_t mid = low + (high - low) / 2;
        if (x->line_starts[mid] <= offset)
            low = mid;
        else
            high = mid;
    }
    return (uint32_t)low + 1;
}

void epi__find(struct epi__parse *x, epi_severity s, const char *code, const char *field,
               uint32_t offset, epi_str arg1)
{
    if (!x->findings)
        return;
    size_t before = x->findings->n;
    epi_finding_add(x->findings, s, code, offset ? line_number(x, offset) : 0, epi_str_of(field),
                    arg1, EPI_NIL);
    if (x->findings->n > before)
        x->findings->list[x->findings->n - 1].offset = offset;
}

static void split_lines(struct epi__parse *x)
{
    const struct epi__text *t = &x->clean;
    size_t count = 1;
    for (size_t i = 0; i < t->n; i++)
        count += t->fold[i] == '\n';
    x->lines = EPI_ARRAY(x->a, count, struct epi__line);
    bool blank = true;
    size_t blanks = 0, longest = 0;
    for (size_t at = 0; at < t->n;) {
        const unsigned char *nl = memchr(t->fold + at, '\n', t->n - at);
        size_t end = nl ? (size_t)(nl - t->fold) : t->n;
        struct epi__span s = epi__trim(t, (struct epi__span){at, end});
        if (s.to > s.from) {
            x->lines[x->lines_n++] = (struct epi__line){s.from, s.to, blank};
            blanks += blank;
            longest = s.to - s.from > longest ? s.to - s.from : longest;
        }
        blank = s.to <= s.from;
        at = end + 1;
    }
    x->unwrapped = longest >= WRAP_WIDEST && blanks * 5 < x->lines_n;
}

static enum epi__zone leave_address(struct epi__parse *x, enum epi__zone to)
{
    epi__address_done(x);
    return to;
}

/* An annex begins after the signature, or where the body leaves room for a heading. */
static bool annex_begins(const struct epi__parse *x, const struct epi__line *line,
                         enum epi__zone zone, struct epi__marker *m)
{
    if (zone < EPI__BODY || (zone == EPI__BODY && (!line->blank_before || !x->blocks.n)))
        return false;
    return epi__annex(x, line, m);
}

/* One line through the zones of the page; a line a zone refuses is offered to the next one. */
static enum epi__zone take_line(struct epi__parse *x, const struct epi__line *line,
                                enum epi__zone zone)
{
    bool address = false;
    struct epi__marker annex;
    if (annex_begins(x, line, zone, &annex)) {
        if (zone == EPI__TAIL)
            epi__tail_done(x);
        epi__flow_break(&x->flow);
        epi__in_annex(x, true);
        epi__annex_line(x, line, &annex);
        return EPI__ANNEXES;
    }
    if (zone == EPI__ANNEXES) {
        bool signed_ = x->chain.n || x->distribution_seen;
        if (signed_ || !epi__tail_starts(x, line)) {
            epi__body_line(x, line);
            return EPI__ANNEXES;
        }
        epi__in_annex(x, false);
        epi__flow_break(&x->flow);
        epi__tail_line(x, line);
        return EPI__TAIL;
    }
    if (zone == EPI__HEAD) {
        if (epi__head_line(x, line, &address))
            return EPI__HEAD;
        zone = address ? EPI__ADDRESS : EPI__BODY;
    }
    if (zone == EPI__BODY && !x->addressees.n && !x->blocks.n &&
        epi__addressees_word(x, line) != EPI__NONE)
        zone = EPI__ADDRESS;
    if (zone == EPI__ADDRESS) {
        if (epi__address_line(x, line))
            return EPI__ADDRESS;
        zone = leave_address(x, EPI__BODY);
    }
    if (zone == EPI__BODY) {
        if (!epi__tail_starts(x, line)) {
            epi__body_line(x, line);
            return EPI__BODY;
        }
        epi__flow_break(&x->flow);
    }
    epi__tail_line(x, line);
    return EPI__TAIL;
}

static void read_lines(struct epi__parse *x)
{
    enum epi__zone zone = EPI__HEAD;
    for (size_t i = 0; i < x->lines_n; i++)
        zone = take_line(x, &x->lines[i], zone);
    if (zone == EPI__ADDRESS)
        leave_address(x, EPI__BODY);
    epi__in_annex(x, false);
}

static void cites(struct epi__parse *x)
{
    const struct epi__block *b = x->blocks.list;
    if (x->subject.to > x->subject.from)
        epi__cites(x, x->subject.from, x->subject.to);
    if (x->blocks.n)
        epi__cites(x, b[0].from, b[x->blocks.n - 1].to);
}

epi_status epi_directive_parse(struct epi_arena *a, epi_str text,
                               const struct epi_directive_forms *forms, struct epi_directive *ret,
                               struct epi_findings *findings, struct epi_err *reterr)
{
    if (text.n > EPI_DIRECTIVE_MAX_BYTES)
        return EPI_FAIL(reterr, EPI_LIMIT, "directive.too-long", "%zu", EPI_DIRECTIVE_MAX_BYTES);
    struct epi_directive d = {.date.date = EPI_DATE_UNKNOWN};
    struct epi__parse x = {.a = a, .f = forms, .findings = findings, .d = &d, .raw = text};
    size_t bad = epi__clean(a, text, &x.clean);
    if (!epi__has_letters(&x.clean, 0, x.clean.n))
        return EPI_FAIL(reterr, EPI_INVALID, "directive.empty", "%s", "");
    index_lines(&x);
    if (bad)
        epi__find(&x, EPI_WARNING, "directive.bad-bytes", "", 0, epi_str_printf(a, "%zu", bad));
    split_lines(&x);
    x.votes = EPI_ARRAY(a, forms->forms_n, double);
    /* every line once, one refused by the head twice, and a break and a blank for each */
    epi__flow_new(a, 2 * x.clean.n + 2 * x.lines_n + EPI__RECOPY_MAX + 64, &x.flow);
    read_lines(&x);
    epi__head_done(&x);
    epi__tail_done(&x);
    cites(&x);
    epi__items(&x);
    epi__annexes(&x);
    epi__contacts(&x);
    epi__conclude(&x);
    *ret = d;
    return EPI_OK;
}
