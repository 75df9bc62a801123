// SPDX-License-Identifier: AGPL-3.0-or-later
#include "directive/directive_internal.h"

#define TYPE_REACH 40    /* bytes between a type name and the symbol it belongs to */
#define LAW_LONGEST 240u /* bytes of the name of a law */

/* What a sentence has said so far: "các Công điện của Bộ Y tế ngày 25/10/2021:" heads the symbols
 * after it. */
struct cluster {
    size_t type; /* index, or EPI__NONE */
    size_t type_end;
    struct epi_directive_field title; /* of a law whose number follows its name */
    struct epi_directive_field issuer;
    struct epi_directive_date date;
    bool open; /* its colon was read: what follows without a date of its own inherits */
};

static void fresh(struct cluster *c)
{
    *c = (struct cluster){.type = EPI__NONE, .date.date = EPI_DATE_UNKNOWN};
}

static size_t match(const struct epi__parse *x, size_t at, size_t to, const struct epi__pats *pats)
{
    return epi__match_any(&x->flow, at, to, pats, NULL);
}

/* "của X" at `at`: takes X. */
static size_t issuer_at(const struct epi__parse *x, size_t at, size_t to,
                        struct epi_directive_field *ret)
{
    size_t e = match(x, at, to, &x->f->of);
    if (e == EPI__NONE)
        return EPI__NONE;
    size_t from = epi__skip_space(&x->flow, e, to);
    size_t end = epi__agency_end(x, from, to);
    if (end == EPI__NONE)
        return EPI__NONE;
    *ret = epi__field(&x->flow, (struct epi__span){from, end}, 0.85);
    return end;
}

static size_t date_at(const struct epi__parse *x, size_t at, size_t to,
                      struct epi_directive_date *ret)
{
    size_t e = match(x, at, to, &x->f->dated), end;
    if (e == EPI__NONE || !epi__date(&x->flow, e, to, x->f, false, &end, ret))
        return EPI__NONE;
    return end;
}

/* Date and issuer after a symbol, in either order, with nothing but blanks and one comma between.
 */
static size_t tail_of(const struct epi__parse *x, size_t at, size_t to,
                      struct epi_directive_cite *c)
{
    for (int part = 0; part < 2; part++) {
        size_t i = epi__skip_space(&x->flow, at, to);
        if (i < to && (x->flow.fold[i] == ',' || x->flow.fold[i] == '('))
            i = epi__skip_space(&x->flow, i + 1, to);
        size_t end = EPI__NONE;
        if (i < to && !c->date.field.text.n)
            end = date_at(x, i, to, &c->date);
        if (end == EPI__NONE && i < to && !c->issuer.text.n)
            end = issuer_at(x, i, to, &c->issuer);
        if (end == EPI__NONE)
            break;
        at = end;
    }
    return at;
}

static void type_of(struct epi__parse *x, const struct epi__symbol *s, const struct cluster *k,
                    struct epi_directive_cite *c)
{
    const struct epi_directive_forms *f = x->f;
    size_t named = EPI__NONE;
    if (k->type != EPI__NONE && (k->open || s->all.from - k->type_end <= TYPE_REACH))
        named = k->type;
    size_t marked = EPI__NONE;
    if (s->issuer.to)
        marked = epi__type_of_abbr(f, epi__view(&x->flow, s->type));
    bool generic = named != EPI__NONE && f->types[named].generic;
    size_t type = marked;
    double confidence = named == marked || generic ? 0.95 : 0.85;
    if (marked != EPI__NONE && named != EPI__NONE && named != marked && !generic) {
        epi__find(x, EPI_NOTE, "directive.cite-type-differs", "cites", x->flow.at[s->all.from],
                  f->types[named].name);
        confidence = 0.6;
    }
    if (type == EPI__NONE && named != EPI__NONE && !generic) {
        type = named;
        confidence = 0.9;
    }
    if (type == EPI__NONE) {
        type = epi__type_unmarked(f, s->separator);
        confidence = 0.7;
    }
    if (type == EPI__NONE)
        return;
    c->type = epi__field(&x->flow, marked != EPI__NONE ? s->type : s->all, confidence);
    c->type.text = f->types[type].name;
}

static bool repeated(struct epi__parse *x, const struct epi_directive_cite *c)
{
    for (size_t i = 0; i < x->d->cites_n; i++) {
        struct epi_directive_cite *old = &x->d->cites[i];
        if (old->key != c->key || !epi_str_eq(old->symbol.text, c->symbol.text) ||
            (!c->symbol.text.n && !epi_str_eq(old->title.text, c->title.text)))
            continue;
        if (old->date.year && c->date.year && old->date.year != c->date.year)
            return false; /* a later law of the same name */
        if (epi_date_known(old->date.date) && epi_date_known(c->date.date) &&
            old->date.date.d != c->date.date.d)
            return false; /* numbers start again each year: another document */
        if (!epi_date_known(old->date.date))
            old->date = c->date;
        if (!old->issuer.text.n)
            old->issuer = c->issuer;
        return true;
    }
    return false;
}

static void put_cite(struct epi__parse *x, const struct epi_directive_cite *c)
{
    if (repeated(x, c))
        return;
    if (!x->d->cites)
        x->d->cites = EPI_ARRAY(x->a, EPI_DIRECTIVE_MAX_CITES, struct epi_directive_cite);
    x->d->cites[x->d->cites_n++] = *c;
}

static size_t take_symbol(struct epi__parse *x, const struct epi__symbol *s, struct cluster *k,
                          size_t to)
{
    const struct epi__text *t = &x->flow;
    struct epi_directive_cite c = {.date.date = EPI_DATE_UNKNOWN};
    c.symbol = epi__field(t, s->all, 0.95);
    c.symbol.text = epi__symbol_text(x->a, t, s);
    c.number = epi__field(t, s->number, 0.95);
    c.key = epi_str_hash(c.symbol.text);
    type_of(x, s, k, &c);
    size_t end = tail_of(x, s->all.to, to, &c);
    if (k->open && !c.date.field.text.n) {
        c.date = k->date;
        c.date.field.confidence *= 0.9;
    }
    if (k->open && !c.issuer.text.n)
        c.issuer = k->issuer;
    if (!epi_date_known(c.date.date) && !s->year_form)
        epi__find(x, EPI_NOTE, "directive.cite-date-missing", "cites", c.symbol.offset,
                  c.symbol.text);
    c.title = k->title;
    put_cite(x, &c);
    if (!k->open)
        fresh(k);
    return end;
}

/* "năm 2007" at `at`. */
static size_t year_at(const struct epi__parse *x, size_t at, size_t to,
                      struct epi_directive_date *ret)
{
    const struct epi__text *t = &x->flow;
    size_t e = match(x, at, to, &x->f->year), i = e == EPI__NONE ? to : epi__skip_space(t, e, to);
    int year = 0;
    size_t end = i;
    for (; end < to && epi__is_digit(t, end) && end - i < 5; end++)
        year = year * 10 + (t->fold[end] - '0');
    if (end - i != 4 || year < 1900 || year > 2200 ||
        (end < to && (epi__is_letter(t, end) || t->fold[end] == '/')))
        return EPI__NONE;
    *ret = (struct epi_directive_date){.field = epi__field(t, (struct epi__span){at, end}, 0.9),
                                       .date = EPI_DATE_UNKNOWN,
                                       .year = year};
    return end;
}

static bool clause_ends(const struct epi__text *t, size_t at, size_t to)
{
    unsigned char c = t->fold[at];
    return c == '\n' || c == ';' || c == ':' || c == '(' ||
           (c == '.' && (at + 1 >= to || t->fold[at + 1] == ' '));
}

/* "Luật Phòng, chống bệnh truyền nhiễm năm 2007": a law by its name, up to its year, its day or its
 * number (then the number is the citation and carries the name). A name alone is taken where the
 * clause begins with what a document rests on. */
static size_t take_law(struct epi__parse *x, size_t at, size_t clause, size_t to, struct cluster *k)
{
    const struct epi__text *t = &x->flow;
    size_t index, head = epi__match_any(t, at, to, &x->f->type_names, &index), stop = EPI__NONE;
    if (head == EPI__NONE || !x->f->types[x->f->type_index[index]].named || !epi__is_upper(t, at))
        return EPI__NONE;
    struct epi_directive_cite c = {.date.date = EPI_DATE_UNKNOWN};
    size_t name = epi__skip_space(t, head, to), from = name, i = name;
    if (name >= to || (!epi__is_upper(t, name) && match(x, name, to, &x->f->year) == EPI__NONE))
        return EPI__NONE; /* "Luật này", "Luật sư" */
    for (; i < to && i - at < LAW_LONGEST && !clause_ends(t, i, to) && stop == EPI__NONE;
         i = epi__next(t, i, to)) {
        if (!epi__word_start(t, i))
            continue;
        from = i;
        stop = year_at(x, i, to, &c.date);
        if (stop == EPI__NONE)
            stop = date_at(x, i, to, &c.date);
        size_t number = match(x, i, to, &x->f->number);
        struct epi__symbol s;
        if (number != EPI__NONE && epi__symbol(t, epi__skip_space(t, number, to), to, true, &s)) {
            fresh(k);
            k->type = x->f->type_index[index];
            k->type_end = i;
            k->title = epi__field(t, epi__trim_end(t, (struct epi__span){at, i}, ","), 0.9);
            return number;
        }
        if (i > name && epi__is_upper(t, i) && match(x, i, to, &x->f->type_names) != EPI__NONE)
            return EPI__NONE; /* another document begins */
    }
    bool ended = stop != EPI__NONE;
    if (!ended && (i >= to || clause_ends(t, i, to))) {
        size_t rests = match(x, clause, to, &x->f->preamble);
        if (rests == EPI__NONE || epi__skip_space(t, rests, to) != at)
            return EPI__NONE;
        from = stop = i;
    }
    if (stop == EPI__NONE)
        return EPI__NONE;
    c.title = epi__field(t, epi__trim_end(t, (struct epi__span){at, from}, ","), ended ? 0.9 : 0.6);
    c.type = epi__field(t, (struct epi__span){at, head}, 0.9);
    c.type.text = x->f->types[x->f->type_index[index]].name;
    c.key = epi_str_hash(c.title.text);
    if (ended)
        stop = tail_of(x, stop, to, &c);
    else
        epi__find(x, EPI_NOTE, "directive.cite-date-missing", "cites", c.title.offset,
                  c.title.text);
    put_cite(x, &c);
    fresh(k);
    return stop;
}

/* Words that build a cluster. Returns the end of what was read, or EPI__NONE. */
static size_t take_words(const struct epi__parse *x, size_t at, size_t to, struct cluster *k)
{
    size_t index, end = epi__match_any(&x->flow, at, to, &x->f->type_names, &index);
    if (end != EPI__NONE) {
        if (k->type != EPI__NONE && !k->open && at <= k->type_end + 1) { /* "Thông báo kết luận" */
            k->type_end = end;
            return end;
        }
        fresh(k);
        k->type = x->f->type_index[index];
        k->type_end = end;
        return end;
    }
    if (k->type == EPI__NONE || k->open)
        return EPI__NONE;
    end = issuer_at(x, at, to, &k->issuer);
    if (end == EPI__NONE)
        end = date_at(x, at, to, &k->date);
    return end;
}

static bool sentence_ends(const struct epi__text *t, size_t at, size_t to)
{
    unsigned char c = t->fold[at];
    if (c == '\n' || c == ';')
        return true;
    return (c == '.' || c == '!' || c == '?') && (at + 1 >= to || t->fold[at + 1] == ' ');
}

void epi__cites(struct epi__parse *x, size_t from, size_t to)
{
    const struct epi__text *t = &x->flow;
    struct cluster k;
    size_t clause = from;
    fresh(&k);
    for (size_t at = from; at < to;) {
        struct epi__symbol s;
        size_t end = EPI__NONE;
        if (x->d->cites_n == EPI_DIRECTIVE_MAX_CITES) {
            epi__find(x, EPI_WARNING, "directive.too-many-cites", "cites", t->at[at], EPI_NIL);
            return;
        }
        if (epi__is_digit(t, at)) {
            if (epi__word_start(t, at) && (at == from || !strchr("/-.,", t->fold[at - 1])) &&
                epi__symbol(t, at, to, true, &s))
                end = take_symbol(x, &s, &k, to);
            else
                end = epi__word_end(t, at, to);
        } else if (epi__is_letter(t, at)) {
            end = epi__word_start(t, at) ? take_law(x, at, clause, to, &k) : EPI__NONE;
            if (end == EPI__NONE)
                end = take_words(x, at, to, &k);
            if (end == EPI__NONE)
                end = epi__word_end(t, at, to);
        } else if (t->fold[at] == ':' && k.type != EPI__NONE && k.date.field.text.n) {
            k.open = true;
        } else if (sentence_ends(t, at, to)) {
            fresh(&k);
            clause = epi__skip_space(t, at + 1, to);
        }
        at = end != EPI__NONE && end > at ? end : epi__next(t, at, to);
    }
}
