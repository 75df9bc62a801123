// SPDX-License-Identifier: AGPL-3.0-or-later
#include "directive/directive_internal.h"

#define NAME_LONGEST 400 /* bytes: longer is no name but a sentence */

/* "các huyện ủy A, B, C": one name for each place. */
struct places {
    struct epi__span prefix; /* before the word for many */
    size_t unit_from;        /* the unit each place shares */
    size_t unit_to;
};
struct names {
    struct epi__parse *x; /* NULL while only the end is asked for */
    const struct epi_directive_forms *f;
    const struct epi__text *t;
    struct epi__grow list;
    struct places places;
};

static size_t match(const struct names *s, size_t at, size_t to, const struct epi__pats *pats)
{
    return at < to && epi__word_start(s->t, at) ? epi__match_any(s->t, at, to, pats, NULL)
                                                : EPI__NONE;
}

/* The part of a name that says it is one: a known name, a head, or a group. */
static size_t head_end(const struct names *s, size_t at, size_t to)
{
    if (at >= to || !epi__word_start(s->t, at))
        return EPI__NONE;
    size_t end = EPI__NONE;
    if (epi__is_upper(s->t, at)) {
        end = match(s, at, to, &s->f->names);
        if (end == EPI__NONE)
            end = match(s, at, to, &s->f->heads);
        if (end == EPI__NONE) {
            size_t e = match(s, at, to, &s->f->heads_capital);
            if (e == EPI__NONE)
                e = epi__match_exact(s->t, at, to, &s->f->heads_exact);
            size_t next = e == EPI__NONE ? to : epi__skip_space(s->t, e, to);
            if (next < to && next > e && epi__is_upper(s->t, next))
                end = e;
        }
    }
    return end != EPI__NONE ? end : match(s, at, to, &s->f->groups);
}

static void put_name(struct names *s, size_t from, size_t to, double confidence)
{
    if (!s->x || s->list.n >= EPI_DIRECTIVE_MAX_ENTRIES)
        return;
    struct epi_directive_agency *g = epi__grow(s->x->a, &s->list, sizeof *g);
    g->name = epi__field(s->t, (struct epi__span){from, to}, confidence);
}

/* A place of a list: prefix + shared unit (or its own) + place. */
static void put_place(struct names *s, size_t from, size_t to, bool own_unit, double confidence)
{
    if (!s->x || s->list.n >= EPI_DIRECTIVE_MAX_ENTRIES)
        return;
    const struct places *p = &s->places;
    epi_str prefix = epi__view(s->t, epi__trim(s->t, p->prefix));
    epi_str unit =
        own_unit ? EPI_NIL : epi__view(s->t, (struct epi__span){p->unit_from, p->unit_to});
    struct epi_directive_agency *g = epi__grow(s->x->a, &s->list, sizeof *g);
    g->name = epi__field(s->t, (struct epi__span){from, to}, confidence);
    g->name.text = epi_str_printf(s->x->a, "%.*s%s%.*s%s%.*s", EPI_FMT(prefix), prefix.n ? " " : "",
                                  EPI_FMT(unit), unit.n ? " " : "", EPI_FMT(g->name.text));
}

/* "và Quyết định số 12": a document cited, not more of the name. */
static bool document_at(const struct names *s, size_t at, size_t to)
{
    size_t end = match(s, at, to, &s->f->type_names);
    if (end == EPI__NONE)
        return false;
    end = epi__skip_space(s->t, end, to);
    return end < to && (epi__is_digit(s->t, end) || match(s, end, to, &s->f->number) != EPI__NONE);
}

/* How far one name reaches from the end of its head. `budget`: Vietnamese names write only the
 * first syllable of a word with a capital, so one small syllable may follow a capital one ("Tuyên
 * giáo"). */
struct reach {
    size_t end;
    int budget;
    size_t many;      /* where "các" stands, else EPI__NONE */
    size_t unit_from; /* last unit word and its end */
    size_t unit_to;
    size_t place; /* first capital right after that unit, after "các" */
    bool stopped; /* a known verb follows */
};

static bool take_word(const struct names *s, struct reach *r, size_t at, size_t to)
{
    const struct epi__text *t = s->t;
    size_t unit = match(s, at, to, &s->f->units), stop = epi__match_exact(t, at, to, &s->f->stop);
    if (stop != EPI__NONE &&
        (unit == EPI__NONE || unit <= stop)) { /* "cấp" stops, "cấp tỉnh" does not */
        r->stopped = true;
        return false;
    }
    if (epi__is_upper(t, at)) {
        if (r->many != EPI__NONE && r->unit_to && r->place == EPI__NONE &&
            epi__skip_space(t, r->unit_to, to) == at && head_end(s, at, to) == EPI__NONE)
            r->place = at;
        r->end = epi__word_end(t, at, to);
        r->budget = 1;
        return true;
    }
    size_t e = match(s, at, to, &s->f->many);
    if (e != EPI__NONE) {
        r->many = at;
        r->end = e;
        r->budget = 0;
        return true;
    }
    if (unit != EPI__NONE) {
        r->unit_from = at;
        r->unit_to = r->end = unit;
        return true;
    }
    e = match(s, at, to, &s->f->and);
    if (e != EPI__NONE) {
        size_t next = epi__skip_space(t, e, to);
        if (next >= to || head_end(s, next, to) != EPI__NONE || r->place != EPI__NONE ||
            document_at(s, next, to))
            return false;
        if (epi__is_upper(t, next)) {
            r->end = epi__word_end(t, next, to);
            r->budget = 1;
            return true;
        }
        e = match(s, next, to, &s->f->units);
        if (e == EPI__NONE)
            return false;
        r->end = e;
        return true;
    }
    if (epi__is_digit(t, at)) {
        r->end = epi__word_end(t, at, to);
        return true;
    }
    if (r->budget-- <= 0)
        return false;
    r->end = epi__word_end(t, at, to);
    return true;
}

/* A hyphen or comma inside a name. */
static bool take_sign(const struct names *s, struct reach *r, size_t at, size_t to)
{
    const struct epi__text *t = s->t;
    size_t next = epi__skip_space(t, at + 1, to);
    while (next < to && !t->fold[next])
        next++;
    next = epi__skip_space(t, next, to);
    if (next >= to || !epi__word_start(t, next))
        return false;
    size_t unit = epi__is_upper(t, next) ? EPI__NONE : match(s, next, to, &s->f->units);
    if (t->fold[at] == '-' && epi__is_upper(t, next)) {
        r->end = epi__word_end(t, next, to);
        r->budget = 1;
        return true;
    }
    if ((t->fold[at] != '-' && t->fold[at] != ',') || unit == EPI__NONE || r->place != EPI__NONE)
        return false;
    if (epi__match_exact(t, next, to, &s->f->stop) != EPI__NONE)
        return false;
    /* in a list of groups each unit is shared again: "các huyện ủy, thành ủy" */
    r->unit_from = next;
    r->unit_to = r->end = unit;
    return true;
}

static struct reach reach_from(const struct names *s, size_t from, size_t head, size_t to)
{
    struct reach r = {.end = head, .many = EPI__NONE, .place = EPI__NONE};
    if (to - from > NAME_LONGEST)
        to = from + NAME_LONGEST;
    size_t many_end = match(s, from, to, &s->f->many);
    if (many_end != EPI__NONE && many_end < head) { /* a group such as "các huyện" */
        r.many = from;
        r.unit_from = epi__skip_space(s->t, many_end, head);
        r.unit_to = head;
    }
    for (;;) {
        size_t at = epi__skip_space(s->t, r.end, to);
        if (at >= to)
            break;
        bool more = epi__word_start(s->t, at) ? take_word(s, &r, at, to) : take_sign(s, &r, at, to);
        if (!more)
            break;
    }
    return r;
}

size_t epi__agency_end(const struct epi__parse *x, size_t at, size_t to)
{
    struct names s = {.f = x->f, .t = &x->flow};
    size_t head = head_end(&s, at, to);
    return head == EPI__NONE ? EPI__NONE : reach_from(&s, at, head, to).end;
}

/* After a separator: where the next word stands, or EPI__NONE when there is none. */
static size_t after_separator(const struct names *s, size_t at, size_t to)
{
    size_t i = epi__skip_space(s->t, at, to);
    bool found = false;
    if (i < to && (s->t->fold[i] == ',' || s->t->fold[i] == ';' || s->t->fold[i] == '&')) {
        found = true;
        i = epi__skip_space(s->t, i + 1, to);
    }
    size_t e = match(s, i, to, &s->f->and);
    if (e != EPI__NONE) {
        found = true;
        i = epi__skip_space(s->t, e, to);
    }
    return found && i < to ? i : EPI__NONE;
}

static size_t place_end(const struct names *s, size_t at, size_t to, bool *ret_stopped)
{
    struct reach r = {.end = at, .many = EPI__NONE, .place = at};
    if (to - at > NAME_LONGEST)
        to = at + NAME_LONGEST;
    while ((at = epi__skip_space(s->t, r.end, to)) < to) {
        if (!epi__word_start(s->t, at) || match(s, at, to, &s->f->and) != EPI__NONE ||
            !take_word(s, &r, at, to))
            break;
    }
    *ret_stopped = r.stopped;
    return r.end;
}

static size_t take_places(struct names *s, size_t from, const struct reach *first, size_t to)
{
    bool stopped = false;
    s->places = (struct places){{from, first->many}, first->unit_from, first->unit_to};
    size_t end = place_end(s, first->place, to, &stopped);
    put_place(s, first->place, end, false, 0.85);
    for (;;) {
        size_t at = after_separator(s, end, to);
        if (at == EPI__NONE || head_end(s, at, to) != EPI__NONE)
            return end;
        size_t unit = epi__is_upper(s->t, at) ? EPI__NONE : match(s, at, to, &s->f->units);
        size_t place = unit == EPI__NONE ? at : epi__skip_space(s->t, unit, to);
        if (place >= to || !epi__is_upper(s->t, place))
            return end;
        end = place_end(s, place, to, &stopped);
        put_place(s, unit == EPI__NONE ? place : at, end, unit != EPI__NONE, 0.85);
    }
}

/* "Các sở: Y tế, Tài chính": the names after the colon, each with the head of the group. */
static size_t take_spread(struct names *s, size_t from, size_t to)
{
    size_t i = 0, end = EPI__NONE;
    for (; i < s->f->spreads_n && end == EPI__NONE; i++)
        end = epi__match_word(s->t, from, to, s->f->spreads[i].fold);
    if (end == EPI__NONE)
        return EPI__NONE;
    const epi_str head = s->f->spreads[i - 1].head;
    size_t at = epi__skip_space(s->t, end, to), last = EPI__NONE;
    if (at < to && s->t->fold[at] == ':')
        at = epi__skip_space(s->t, at + 1, to);
    while (at != EPI__NONE && at < to && epi__word_start(s->t, at) && epi__is_upper(s->t, at) &&
           head_end(s, at, to) == EPI__NONE) {
        struct reach r = reach_from(s, at, at, to);
        size_t before = s->list.n;
        put_name(s, at, r.end, 0.75);
        if (s->list.n == before)
            break;
        epi_str *text = &((struct epi_directive_agency *)s->list.list)[before].name.text;
        *text = epi_str_printf(s->x->a, "%.*s %.*s", EPI_FMT(head), EPI_FMT(*text));
        last = r.end;
        at = after_separator(s, r.end, to);
    }
    return last;
}

static double certainty(const struct names *s, const struct reach *r, size_t to)
{
    size_t i = epi__skip_space(s->t, r->end, to);
    if (i >= to || s->t->fold[i] == ':')
        return 0.95;
    if (r->stopped || strchr(",;.(", s->t->fold[i]) || match(s, i, to, &s->f->and) != EPI__NONE)
        return 0.9;
    return 0.65;
}

/* One agency or a list of places; EPI__NONE when no name stands here. */
static size_t take_name(struct names *s, size_t at, size_t to)
{
    size_t head = head_end(s, at, to);
    if (head == EPI__NONE)
        return EPI__NONE;
    size_t spread = take_spread(s, at, to);
    if (spread != EPI__NONE)
        return spread;
    struct reach r = reach_from(s, at, head, to);
    if (r.place != EPI__NONE && r.many != EPI__NONE)
        return take_places(s, at, &r, to);
    put_name(s, at, r.end, certainty(s, &r, to));
    return r.end;
}

static size_t take_list(struct names *s, size_t at, size_t to)
{
    size_t end = take_name(s, at, to);
    while (end != EPI__NONE) {
        size_t next = after_separator(s, end, to);
        size_t e = next == EPI__NONE ? EPI__NONE : take_name(s, next, to);
        if (e == EPI__NONE)
            break;
        end = e;
    }
    return end;
}

static bool is_named(const struct epi_directive_agency *list, size_t n, epi_str name)
{
    for (size_t i = 0; i < n; i++)
        if (epi_str_eq(list[i].name.text, name))
            return true;
    return false;
}

/* "các Ban của Hội đồng nhân dân tỉnh": whose they are belongs to the last name. */
static size_t with_owner(struct names *s, size_t end, size_t to)
{
    size_t of =
        end == EPI__NONE ? EPI__NONE : match(s, epi__skip_space(s->t, end, to), to, &s->f->of);
    size_t owner =
        of == EPI__NONE ? EPI__NONE : epi__agency_end(s->x, epi__skip_space(s->t, of, to), to);
    if (owner == EPI__NONE || !s->list.n)
        return end;
    struct epi_directive_field *name =
        &((struct epi_directive_agency *)s->list.list)[s->list.n - 1].name;
    if (name->text.p < s->t->p || name->text.p >= s->t->p + s->t->n)
        return end; /* put together from parts: stands nowhere as one piece */
    *name = epi__field(s->t, (struct epi__span){(size_t)(name->text.p - s->t->p), owner},
                       name->confidence);
    return owner;
}

void epi__partners(struct epi__parse *x, size_t from, size_t to,
                   const struct epi_directive_agency *known, size_t known_n, struct epi__grow *list)
{
    size_t end;
    while ((from = epi__find_any(&x->flow, from, to, &x->f->together, &end)) != EPI__NONE) {
        struct names s = {.x = x, .f = x->f, .t = &x->flow};
        size_t read = with_owner(&s, take_list(&s, epi__skip_space(s.t, end, to), to), to);
        const struct epi_directive_agency *found = s.list.list;
        for (size_t i = 0; i < s.list.n && list->n < EPI_DIRECTIVE_MAX_ENTRIES; i++) {
            epi_str name = found[i].name.text;
            if (!is_named(known, known_n, name) && !is_named(list->list, list->n, name))
                *(struct epi_directive_agency *)epi__grow(x->a, list, sizeof *found) = found[i];
        }
        from = read == EPI__NONE ? end : read;
    }
}

size_t epi__agencies(struct epi__parse *x, size_t from, size_t to,
                     struct epi_directive_agency **ret, size_t *ret_n)
{
    struct names s = {.x = x, .f = x->f, .t = &x->flow};
    *ret = NULL;
    *ret_n = 0;
    size_t at = epi__skip_space(s.t, from, to);
    size_t delegate = match(&s, at, to, &x->f->delegate);
    if (delegate != EPI__NONE) {
        at = epi__skip_space(s.t, delegate, to);
        if (at < to && s.t->fold[at] == ':')
            at = epi__skip_space(s.t, at + 1, to);
    }
    size_t end = take_list(&s, at, to);
    if (end == EPI__NONE)
        return from;
    size_t direct = s.list.n;
    /* "A lãnh đạo B chỉ đạo C": B and C are bound through A */
    for (size_t lead_end = end;;) {
        size_t i = epi__skip_space(s.t, lead_end, to);
        size_t e = match(&s, i, to, &x->f->lead);
        if (e == EPI__NONE || epi__is_upper(s.t, i))
            break;
        size_t next = take_name(&s, epi__skip_space(s.t, e, to), to);
        if (next == EPI__NONE)
            break;
        lead_end = next;
    }
    *ret = s.list.list;
    *ret_n = s.list.n;
    for (size_t i = direct; i < s.list.n; i++)
        (*ret)[i].through = true;
    return end;
}
