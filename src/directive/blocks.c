// SPDX-License-Identifier: AGPL-3.0-or-later
#include "directive/directive_internal.h"

#define HEADING_LONGEST 160u /* bytes of a numbered line that may be a heading */
#define RUNNING_SHORTEST 60u /* bytes of a line that is certainly no rest of a name */
#define ORDER_FINDINGS_MAX 20u

static size_t digits_end(const struct epi__text *t, size_t at, size_t to)
{
    while (at < to && epi__is_digit(t, at))
        at++;
    return at;
}

static uint32_t value_of(const struct epi__text *t, struct epi__span s)
{
    uint32_t v = 0;
    for (size_t i = s.from; i < s.to && i < s.from + 6; i++)
        v = v * 10 + (uint32_t)(t->fold[i] - '0');
    return v;
}

static bool found(struct epi__marker *m, enum epi__rank rank, size_t from, size_t to,
                  size_t content)
{
    m->rank = rank;
    m->no = (struct epi__span){from, to};
    m->content = content;
    return true;
}

/* "Điều 3." */
static bool article(const struct epi__parse *x, const struct epi__text *t, size_t at, size_t to,
                    struct epi__marker *m)
{
    if (!epi__is_upper(t, at))
        return false;
    size_t i = epi__match_any(t, at, to, &x->f->article, NULL);
    if (i == EPI__NONE)
        return false;
    i = epi__skip_space(t, i, to);
    size_t end = digits_end(t, i, to);
    if (end == i || end - i > 3 || end >= to || (t->fold[end] != '.' && t->fold[end] != ':'))
        return false;
    m->value = value_of(t, (struct epi__span){i, end});
    return found(m, EPI__ARTICLE, i, end, epi__skip_space(t, end + 1, to));
}

/* "1.", "1)", "1/ ", "1- ", and "1.2." */
static bool number(const struct epi__text *t, size_t at, size_t to, struct epi__marker *m)
{
    size_t end = digits_end(t, at, to);
    if (end == at || end - at > 3 || end >= to || t->fold[at] == '0')
        return false;
    size_t last = end;
    bool sub = false;
    while (last + 1 < to && t->fold[last] == '.' && epi__is_digit(t, last + 1)) {
        size_t next = digits_end(t, last + 1, to);
        if (next - last > 3)
            return false;
        last = next;
        sub = true;
    }
    unsigned char sign = last < to ? t->fold[last] : ' ';
    bool signed_ = sign == '.' || sign == ')' || sign == '/' || sign == '-';
    size_t content = epi__skip_space(t, last + signed_, to);
    bool space = content > last + signed_ || content >= to;
    if (sign == '-' && (content >= to || !epi__is_upper(t, content)))
        return false; /* "12 - 17 tuổi" */
    if (!signed_ && (!sub || !space))
        return false;
    if (!space && (sign == '/' || sign == '-' || !epi__is_upper(t, content)))
        return false;
    if (sub && (content >= to || !epi__is_letter(t, content)))
        return false;
    m->value = value_of(t, (struct epi__span){at, end});
    return found(m, sub ? EPI__SUBNUMBER : EPI__NUMBER, at, last, content);
}

static uint32_t roman_value(const struct epi__text *t, size_t from, size_t to)
{
    uint32_t v = 0, last = 0;
    for (size_t i = to; i-- > from;) {
        uint32_t d = t->p[i] == 'I' ? 1 : t->p[i] == 'V' ? 5 : t->p[i] == 'X' ? 10 : 0;
        v = d < last ? v - d : v + d;
        last = d;
    }
    return v;
}

static bool roman(const struct epi__text *t, size_t at, size_t to, struct epi__marker *m)
{
    size_t end = at;
    while (end < to && end - at < 6 && t->p[end] && strchr("IVX", t->p[end]))
        end++;
    if (end == at || end >= to || !strchr(".)-/", t->fold[end]) || !t->fold[end])
        return false;
    size_t content = epi__skip_space(t, end + 1, to);
    if (content == end + 1 && content < to)
        return false;
    m->value = roman_value(t, at, end);
    return found(m, EPI__ROMAN, at, end, content);
}

static bool letter(const struct epi__text *t, size_t at, size_t to, struct epi__marker *m)
{
    if (!epi__is_lower(t, at))
        return false;
    size_t end = epi__next(t, at, to);
    if (end >= to || (t->fold[end] != ')' && t->fold[end] != '.'))
        return false;
    size_t content = epi__skip_space(t, end + 1, to);
    if (content == end + 1 && (content >= to || t->fold[end] == '.' || !epi__is_upper(t, content)))
        return false;
    return found(m, EPI__LETTER, at, end, content);
}

/* "-", "+", "*", and "- +" where a converter set its own bullet before the author's: the inner one
 * counts. */
static bool bullet(const struct epi__text *t, size_t at, size_t to, struct epi__marker *m)
{
    bool any = false;
    while (at < to && (t->fold[at] == '-' || t->fold[at] == '+' || t->fold[at] == '*')) {
        unsigned char sign = t->fold[at];
        size_t end = epi__next(t, at, to), content = epi__skip_space(t, end, to);
        if (content >= to && any)
            break;
        bool space = content > end;
        if (!space && (content >= to || !epi__is_letter(t, content)))
            break;
        if (content < to && t->fold[content] == sign && !space)
            break;
        any = found(m,
                    sign == '-'   ? EPI__DASH
                    : sign == '+' ? EPI__PLUS
                                  : EPI__STAR,
                    at, end, content);
        at = content;
    }
    return any;
}

bool epi__marker(const struct epi__parse *x, const struct epi__text *t, size_t from, size_t to,
                 struct epi__marker *ret)
{
    *ret = (struct epi__marker){.rank = EPI__PARAGRAPH};
    from = epi__skip_space(t, from, to);
    if (from >= to)
        return false;
    return bullet(t, from, to, ret) || number(t, from, to, ret) || roman(t, from, to, ret) ||
           letter(t, from, to, ret) || article(x, t, from, to, ret);
}

/* --- lines to blocks ----------------------------------------------------------------------------
 */
static struct epi__block *last_block(struct epi__parse *x)
{
    return x->blocks.n ? (struct epi__block *)x->blocks.list + (x->blocks.n - 1) : NULL;
}

/* A number that stands out of its order is taken only where a new paragraph may begin. */
static bool number_fits(struct epi__parse *x, const struct epi__marker *m, bool fresh, size_t at)
{
    if (m->value == x->last_number + 1)
        return true;
    if (!fresh)
        return false;
    if (m->value != 1 && x->order_findings++ < ORDER_FINDINGS_MAX)
        epi__find(x, EPI_NOTE, "directive.item-out-of-order", "items", x->clean.at[at],
                  epi_str_printf(x->a, "%u", m->value));
    return true;
}

static bool accept(struct epi__parse *x, const struct epi__line *line, const struct epi__marker *m)
{
    struct epi__block *last = last_block(x);
    bool ended =
        !last || last->to == last->from || epi__ends_sentence(&x->flow, last->from, last->to);
    bool fresh = ended || line->blank_before;
    bool capital = m->content < line->to && epi__is_upper(&x->clean, m->content);
    switch (m->rank) {
    case EPI__ANNEX:
        return true;
    case EPI__ARTICLE:
        x->last_number = fresh ? 0 : x->last_number;
        return fresh;
    case EPI__ROMAN:
        if (m->value != x->last_roman + 1)
            return false;
        x->last_roman = m->value;
        x->last_number = 0;
        return true;
    case EPI__NUMBER:
        if (!number_fits(x, m, fresh, m->no.from))
            return false;
        x->last_number = m->value;
        return true;
    case EPI__SUBNUMBER:
    case EPI__LETTER:
        return fresh || capital;
    case EPI__DASH:
    case EPI__PLUS:
    case EPI__STAR:
        return fresh || capital || x->flow.fold[last->to - 1] == ',';
    case EPI__PARAGRAPH:
        return false;
    }
    return false;
}

static void open_block(struct epi__parse *x, const struct epi__line *line,
                       const struct epi__marker *m)
{
    epi__flow_break(&x->flow);
    struct epi__block *b = epi__grow(x->a, &x->blocks, sizeof *b);
    size_t from = line->from;
    b->rank = EPI__PARAGRAPH;
    b->raw = x->clean.at[line->from];
    if (m) {
        b->rank = m->rank;
        b->no = epi__view(&x->clean, m->no);
        from = m->content;
    }
    struct epi__span s = epi__flow_add(&x->flow, &x->clean, from, line->to, false);
    b->from = s.from;
    b->to = s.to;
}

/* --- annexes --- */
static size_t annex_number(const struct epi__text *t, size_t at, size_t to)
{
    size_t end = digits_end(t, at, to);
    if (end > at)
        return end - at <= 3 ? end : at;
    while (end < to && end - at < 6 && t->p[end] && strchr("IVX", t->p[end]))
        end++;
    if (end == at && at < to && epi__is_upper(t, at))
        end = epi__next(t, at, to); /* "Phụ lục A" */
    return end < to && (epi__is_letter(t, end) || epi__is_digit(t, end)) ? at : end;
}

bool epi__annex(const struct epi__parse *x, const struct epi__line *line, struct epi__marker *ret)
{
    const struct epi__text *t = &x->clean;
    size_t to = line->to, end;
    if (!epi__is_upper(t, line->from) ||
        (end = epi__match_any(t, line->from, to, &x->f->annex, NULL)) == EPI__NONE)
        return false;
    size_t from = epi__skip_space(t, end, to), no = annex_number(t, from, to),
           rest = epi__skip_space(t, no, to);
    *ret = (struct epi__marker){.rank = EPI__ANNEX, .no = {from, no}, .content = rest};
    if (rest >= to)
        return true;
    if (strchr(":.-", t->fold[rest]) || t->fold[rest] == EPI__OTHER) {
        ret->content = epi__skip_space(t, epi__next(t, rest, to), to);
        return true;
    }
    /* "PHỤ LỤC I (Kèm theo ...)", "PHỤ LỤC I DANH MỤC ..."; else a sentence that begins so */
    return t->fold[rest] == '(' || epi__all_upper(t, line->from, to);
}

void epi__in_annex(struct epi__parse *x, bool annex)
{
    if (x->in_annex == annex)
        return;
    struct epi__grow blocks = x->blocks;
    x->blocks = x->other_blocks;
    x->other_blocks = blocks;
    x->in_annex = annex;
}

void epi__annex_line(struct epi__parse *x, const struct epi__line *line,
                     const struct epi__marker *m)
{
    x->last_roman = x->last_number = 0;
    open_block(x, line, m);
}

/* "2", "- 2 -", "2/5": the number of a page, left by the converter. */
static bool page_mark(const struct epi__text *t, size_t from, size_t to)
{
    size_t digits = 0;
    for (size_t i = from; i < to; i++) {
        if (epi__is_digit(t, i))
            digits++;
        else if (t->fold[i] && t->fold[i] != '-' && t->fold[i] != ' ' && t->fold[i] != '/')
            return false;
    }
    return digits && digits <= 4;
}

/* Does the line carry on the block before, though a blank line or a page stands between? */
static bool carries_on(const struct epi__parse *x, const struct epi__block *last,
                       const struct epi__line *line)
{
    if (last->to == last->from || epi__ends_sentence(&x->flow, last->from, last->to))
        return false;
    return epi__is_lower(&x->clean, line->from) ||
           (x->flow.fold[last->to - 1] == ',' && !epi__all_upper(&x->clean, line->from, line->to));
}

/* "4. Sở Y tế" with its text on the very next line. */
static bool heading_above(struct epi__parse *x, const struct epi__block *last,
                          const struct epi__line *line)
{
    struct epi_directive_agency *list;
    size_t n;
    if (last->rank > EPI__LETTER || last->to - last->from > HEADING_LONGEST ||
        !epi__is_upper(&x->clean, line->from) || line->to - line->from < RUNNING_SHORTEST)
        return false;
    size_t end = epi__agencies(x, last->from, last->to, &list, &n);
    return n && epi__skip_space(&x->flow, end, last->to) >= last->to;
}

/* Does a line that follows without a blank one begin a paragraph? */
static bool begins_paragraph(struct epi__parse *x, const struct epi__block *last,
                             const struct epi__line *line)
{
    const struct epi__text *c = &x->clean;
    if (heading_above(x, last, line))
        return true;
    if (!epi__is_upper(c, line->from) || !epi__ends_sentence(&x->flow, last->from, last->to))
        return false;
    return x->unwrapped ||
           epi__match_any(c, line->from, line->to, &x->f->closing, NULL) != EPI__NONE;
}

void epi__body_line(struct epi__parse *x, const struct epi__line *line)
{
    struct epi__marker m;
    if (!epi__has_letters(&x->clean, line->from, line->to) ||
        page_mark(&x->clean, line->from, line->to))
        return;
    if (epi__marker(x, &x->clean, line->from, line->to, &m) && accept(x, line, &m)) {
        open_block(x, line, &m);
        return;
    }
    struct epi__block *last = last_block(x);
    bool append =
        last && (line->blank_before ? carries_on(x, last, line) : !begins_paragraph(x, last, line));
    if (append)
        last->to =
            epi__flow_add(&x->flow, &x->clean, line->from, line->to, last->to > last->from).to;
    else
        open_block(x, line, NULL);
}
