// SPDX-License-Identifier: AGPL-3.0-or-later
#include "directive/directive_internal.h"

#define BODY_LENGTH 150u /* bytes: a line this long outside subject and title is running text */
#define STAMP_LENGTH 60u
#define PLACE_LONGEST 64u

void epi__vote(struct epi__parse *x, epi_str form, double weight)
{
    for (size_t i = 0; i < x->f->forms_n; i++)
        if (epi_str_eq(x->f->forms[i].id, form))
            x->votes[i] += weight;
}

/* Where the word for the addressees ends when the line begins with it, a bullet before it or not.
 */
size_t epi__addressees_word(const struct epi__parse *x, const struct epi__line *line)
{
    struct epi__marker m;
    size_t at = line->from;
    if (epi__marker(x, &x->clean, line->from, line->to, &m))
        at = m.content;
    size_t end = epi__match_any(&x->clean, at, line->to, &x->f->addressees, NULL);
    if (end == EPI__NONE)
        return EPI__NONE;
    end = epi__skip_space(&x->clean, end, line->to);
    if (end < line->to && x->clean.fold[end] == ':')
        end = epi__skip_space(&x->clean, end + 1, line->to);
    return end;
}

static struct epi__span add(struct epi__parse *x, struct epi__span s)
{
    struct epi__span out = epi__flow_add(&x->flow, &x->clean, s.from, s.to, false);
    epi__flow_break(&x->flow);
    return out;
}

static void gather(struct epi__parse *x, struct epi__span *value, struct epi__span s)
{
    epi__gather(x, value, s.from, s.to);
    epi__flow_break(&x->flow);
}

static bool take_motto(struct epi__parse *x, struct epi__span s, struct epi__span *ret_before)
{
    for (size_t i = 0; i < x->f->forms_n; i++) {
        size_t end, at = epi__find_any(&x->clean, s.from, s.to, &x->f->forms[i].mottos, &end);
        if (at == EPI__NONE)
            continue;
        x->votes[i] += 2;
        *ret_before = epi__trim(&x->clean, (struct epi__span){s.from, at});
        return true;
    }
    return false;
}

/* A place name is short, begins with a capital and has no digits. */
static bool place_like(const struct epi__text *c, struct epi__span s)
{
    if (s.to - s.from > PLACE_LONGEST || !epi__is_upper(c, s.from))
        return false;
    for (size_t i = s.from; i < s.to; i++)
        if (epi__is_digit(c, i))
            return false;
    return true;
}

/* "Điện Biên, ngày 17 tháng 11 năm 2021": the place before, the date at the end of the line. */
static bool take_date(struct epi__parse *x, struct epi__span s)
{
    const struct epi__text *c = &x->clean;
    size_t word_end, end;
    struct epi_directive_date date;
    size_t at = epi__find_any(c, s.from, s.to, &x->f->dated, &word_end);
    size_t from = word_end;
    if (at == EPI__NONE && x->f->months.n) { /* "Geneva, 3 March 2024" */
        for (at = s.from; at < s.to && !epi__is_digit(c, at);)
            at = epi__next(c, at, s.to);
        from = at;
    }
    if (at == EPI__NONE || at >= s.to)
        return false;
    while (from < s.to &&
           (c->fold[from] == ':' || c->fold[from] == ' ' || c->fold[from] == '.' || !c->fold[from]))
        from++;
    struct epi__span before = epi__trim_end(c, (struct epi__span){s.from, at}, ",;");
    bool comma = at > s.from && before.to < at && memchr(c->fold + before.to, ',', at - before.to);
    if (before.to > before.from && (!comma || !place_like(c, before)))
        return false; /* a date in a sentence */
    if (!epi__date(c, from, s.to, x->f, true, &end, &date))
        return false;
    struct epi__span rest = epi__trim_end(c, (struct epi__span){end, s.to}, ".*");
    if (rest.to > rest.from && epi__has_letters(c, rest.from, rest.to))
        return false;
    if (before.to > before.from)
        x->d->place = epi__field(&x->flow, add(x, before), 0.95);
    struct epi__span d = add(x, (struct epi__span){from, end});
    x->d->date = date;
    x->d->date.field = epi__field(&x->flow, d, epi_date_known(date.date) ? 0.98 : 0.3);
    x->issuer_closed = true;
    return true;
}

static void number_found(struct epi__parse *x, const struct epi__symbol *s)
{
    struct epi_directive *d = x->d;
    size_t form = epi__form_of_separator(x->f, s->separator);
    bool numbered = s->number.to > s->number.from;
    x->number_seen = x->issuer_closed = true;
    d->number = epi__field(&x->flow, s->number, 0.98);
    d->symbol = epi__field(&x->flow, s->all, numbered ? 0.98 : 0.7);
    d->symbol.text = epi__symbol_text(x->a, &x->flow, s);
    if (form != EPI__NONE)
        x->votes[form] += 1;
    size_t type = s->issuer.to ? epi__type_of_abbr(x->f, epi__view(&x->flow, s->type)) : EPI__NONE;
    double sure = 0.9;
    if (type == EPI__NONE) {
        type = epi__type_unmarked(x->f, s->separator);
        x->issuer_abbr = epi__view(&x->flow, s->type);
    } else {
        x->issuer_abbr = epi__view(&x->flow, s->issuer);
        d->type_abbr = epi__field(&x->flow, s->type, 0.95);
        sure = 0.95;
    }
    if (type != EPI__NONE && !d->type.text.n) {
        d->type = epi__field(&x->flow, s->all, sure);
        d->type.text = x->f->types[type].name;
    }
    if (numbered && d->number.confidence < 0.5)
        epi__find(x, EPI_WARNING, "directive.number-struck", "number", d->number.offset,
                  d->number.text);
}

/* "Số: 12/QĐ-UBND"; what stands behind it on the line is given back in *ret_rest. */
static bool take_number(struct epi__parse *x, struct epi__span s, struct epi__span *ret_rest)
{
    const struct epi__text *c = &x->clean;
    size_t at = epi__match_any(c, s.from, s.to, &x->f->number, NULL);
    bool word = at != EPI__NONE;
    if (!word)
        at = s.from;
    while (at < s.to && (c->fold[at] == ':' || c->fold[at] == ' ' || (word && c->fold[at] == '.')))
        at++;
    struct epi__symbol sym;
    if (!epi__symbol(c, at, s.to, !word, &sym)) {
        *ret_rest = (struct epi__span){at, at};
        /* "Số:" alone: the line is there, the number is not */
        return word && !epi__has_letters(c, at, s.to);
    }
    size_t rest = epi__skip_space(c, sym.all.to, s.to);
    if (!word && rest < s.to)
        return false; /* a sentence that begins with a number */
    /* read again in the flow, so that the fields are views of it */
    struct epi__span line = add(x, (struct epi__span){at, sym.all.to});
    if (epi__symbol(&x->flow, line.from, line.to, !word, &sym))
        number_found(x, &sym);
    *ret_rest = (struct epi__span){rest, s.to};
    return true;
}

static bool take_subject(struct epi__parse *x, struct epi__span s)
{
    const struct epi__text *c = &x->clean;
    size_t at = epi__match_any(c, s.from, s.to, &x->f->subject, NULL);
    if (at == EPI__NONE || x->subject.to > x->subject.from)
        return false;
    while (at < s.to && (c->fold[at] == ':' || c->fold[at] == ' ' || c->fold[at] == '.'))
        at++;
    gather(x, &x->subject, (struct epi__span){at, s.to});
    x->subject_confidence = 0.95;
    x->head = EPI__HEAD_SUBJECT;
    x->issuer_closed = true;
    return true;
}

/* A line in capitals that is a type name, perhaps with one word more ("CÔNG ĐIỆN KHẨN"). */
static bool take_type(struct epi__parse *x, struct epi__span s)
{
    const struct epi__text *c = &x->clean;
    size_t index, end = epi__match_any(c, s.from, s.to, &x->f->type_names, &index);
    if (end == EPI__NONE || !epi__all_upper(c, s.from, s.to))
        return false;
    struct epi__span rest = epi__trim_end(c, (struct epi__span){end, s.to}, ":.");
    if (rest.to - rest.from > STAMP_LENGTH / 2 || rest.to < rest.from)
        return false;
    const struct epi__type *type = &x->f->types[x->f->type_index[index]];
    if (type->generic)
        return false;
    struct epi_directive_field field =
        epi__field(&x->flow, add(x, (struct epi__span){s.from, end}), 0.98);
    if (x->d->type.text.n && !epi_str_eq(x->d->type.text, type->name))
        epi__find(x, EPI_NOTE, "directive.type-differs", "type", field.offset, x->d->type.text);
    x->d->type = field;
    x->d->type.text = type->name;
    x->head = EPI__HEAD_TITLE;
    x->issuer_closed = true;
    return true;
}

/* "CỦA BAN THƯỜNG VỤ …" under the type names the issuer, not the subject. */
static bool take_title(struct epi__parse *x, struct epi__span s)
{
    const struct epi__text *c = &x->clean;
    size_t of = epi__match_any(c, s.from, s.to, &x->f->of, NULL);
    if (of != EPI__NONE && epi__all_upper(c, s.from, s.to) && x->issuer.to == x->issuer.from &&
        x->subject.to == x->subject.from) {
        gather(x, &x->issuer, (struct epi__span){epi__skip_space(c, of, s.to), s.to});
        x->issuer_confidence = 0.9;
        return true;
    }
    gather(x, &x->subject, s);
    x->subject_confidence = 0.9;
    x->subject_titled = true;
    return true;
}

static bool is_stamp(const struct epi__parse *x, struct epi__span s)
{
    return s.to - s.from <= STAMP_LENGTH &&
           epi__match_any(&x->clean, s.from, s.to, &x->f->stamp, NULL) != EPI__NONE;
}

static bool agency_head(const struct epi__parse *x, struct epi__span s)
{
    const struct epi_directive_forms *f = x->f;
    return epi__match_any(&x->clean, s.from, s.to, &f->heads, NULL) != EPI__NONE ||
           epi__match_any(&x->clean, s.from, s.to, &f->heads_capital, NULL) != EPI__NONE;
}

static void take_issuer(struct epi__parse *x, struct epi__span s)
{
    /* a second line that is an agency by itself stands below its parent */
    if (x->issuer.to > x->issuer.from && agency_head(x, s)) {
        x->parent = x->issuer;
        x->issuer = (struct epi__span){0};
    }
    gather(x, &x->issuer, s);
    x->issuer_confidence = 0.95;
}

/* Running text: opens like a preamble, or is too long or too closed for a heading. */
static bool opens_body(const struct epi__parse *x, struct epi__span s)
{
    struct epi__marker m;
    if (epi__marker(x, &x->clean, s.from, s.to, &m) && m.rank <= EPI__NUMBER &&
        (m.rank != EPI__ROMAN || m.value == 1))
        return true;
    return epi__is_upper(&x->clean, s.from) && !epi__all_upper(&x->clean, s.from, s.to) &&
           epi__match_any(&x->clean, s.from, s.to, &x->f->preamble, NULL) != EPI__NONE;
}

static bool reads_like_body(const struct epi__parse *x, struct epi__span s)
{
    if (epi__all_upper(&x->clean, s.from, s.to))
        return false;
    size_t n = s.to - s.from;
    return n >= BODY_LENGTH || (n >= 40 && epi__ends_sentence(&x->clean, s.from, s.to));
}

/* The next line of a subject: not a line in capitals, nor the first of a text without blank lines.
 */
static bool carries_subject(const struct epi__parse *x, struct epi__span s)
{
    return !epi__all_upper(&x->clean, s.from, s.to) && s.to - s.from < BODY_LENGTH;
}

static bool segment(struct epi__parse *x, struct epi__span s, bool blank_before, bool first_column)
{
    const struct epi__text *c = &x->clean;
    struct epi__span part = {0};
    if (!epi__has_letters(c, s.from, s.to))
        return true;
    if (take_motto(x, s, &part))
        return part.to <= part.from || segment(x, part, blank_before, first_column);
    bool in_title = x->head == EPI__HEAD_TITLE && x->subject.to > x->subject.from && !blank_before;
    if (!x->d->date.field.text.n && !(in_title && first_column) && take_date(x, s)) {
        if (x->head == EPI__HEAD_SUBJECT)
            x->head = first_column ? EPI__HEAD_REST : x->head;
        return true;
    }
    if (!x->number_seen && take_number(x, s, &part)) {
        x->issuer_closed = true;
        return part.to <= part.from || segment(x, part, false, first_column);
    }
    if (take_subject(x, s))
        return true;
    if (opens_body(x, s))
        return false;
    if (x->head == EPI__HEAD_SUBJECT && !blank_before && first_column && carries_subject(x, s)) {
        gather(x, &x->subject, s);
        return true;
    }
    if (!x->subject_titled && x->head != EPI__HEAD_TITLE && take_type(x, s))
        return true;
    if (x->head == EPI__HEAD_TITLE) {
        bool begun = x->subject.to > x->subject.from;
        if (begun && (blank_before || s.to - s.from >= BODY_LENGTH))
            x->head = EPI__HEAD_REST;
        else if (begun || !epi__ends_sentence(c, s.from, s.to) || s.to - s.from < BODY_LENGTH)
            return take_title(x, s);
    }
    if (is_stamp(x, s))
        return true;
    if (epi__all_upper(c, s.from, s.to)) {
        if (!x->issuer_closed)
            take_issuer(x, s);
        return true;
    }
    return !reads_like_body(x, s);
}

/* Blanks left to be filled by hand look like columns: "Số:      /QĐ", "ngày     tháng     năm". */
static bool fills_blank(const struct epi__parse *x, struct epi__span s)
{
    return x->clean.fold[s.from] == '/' ||
           epi__match_any(&x->clean, s.from, s.to, &x->f->month, NULL) != EPI__NONE ||
           epi__match_any(&x->clean, s.from, s.to, &x->f->year, NULL) != EPI__NONE;
}

bool epi__head_line(struct epi__parse *x, const struct epi__line *line, bool *ret_address)
{
    struct epi__span column, next;
    size_t at = line->from;
    bool first = true;
    *ret_address = epi__addressees_word(x, line) != EPI__NONE;
    if (*ret_address)
        return false;
    while (epi__column(&x->clean, &at, line->to, &column)) {
        for (size_t ahead = at;
             epi__column(&x->clean, &ahead, line->to, &next) && fills_blank(x, next);) {
            column.to = next.to;
            at = ahead;
        }
        if (!segment(x, column, line->blank_before, first))
            return false;
        first = false;
    }
    return true;
}

void epi__head_done(struct epi__parse *x)
{
    const struct epi__text *t = &x->flow;
    x->d->subject = epi__field(t, epi__trim_end(t, x->subject, ".,;:"), x->subject_confidence);
    x->d->issuer = epi__field(t, epi__trim_end(t, x->issuer, ".,;:-"), x->issuer_confidence);
    x->d->parent = epi__field(t, epi__trim_end(t, x->parent, ".,;:-"), x->issuer_confidence);
    /* "VĂN PHÒNG" below "TỈNH ỦY …" is nobody without its parent */
    size_t bare = x->issuer.to > x->issuer.from
                      ? epi__match_any(t, x->issuer.from, x->issuer.to, &x->f->heads, NULL)
                      : EPI__NONE;
    if (bare == x->issuer.to && x->d->parent.text.n)
        x->d->issuer.text = epi_str_printf(x->a, "%.*s %.*s", EPI_FMT(x->d->issuer.text),
                                           EPI_FMT(x->d->parent.text));
}
