// SPDX-License-Identifier: AGPL-3.0-or-later
#include "directive/directive_internal.h"

#define NAME_WORDS_MAX 8
#define CHAIN_LONGEST 160u /* bytes of one line of the signing chain */

void epi__gather(struct epi__parse *x, struct epi__span *value, size_t from, size_t to)
{
    struct epi__text *flow = &x->flow;
    if (value->to <= value->from) {
        *value = epi__flow_add(flow, &x->clean, from, to, false);
        return;
    }
    if (value->to + 1 == flow->n && flow->fold[value->to] == '\n')
        flow->n--;
    if (value->to != flow->n) { /* the other column stands between */
        struct epi__text old = *flow;
        x->recopied += value->to - value->from;
        if (x->recopied > EPI__RECOPY_MAX)
            return;
        *value = epi__flow_add(flow, &old, value->from, value->to, false);
    }
    value->to = epi__flow_add(flow, &x->clean, from, to, true).to;
}

/* --- addressees ---------------------------------------------------------------------------------
 */
static void close_addressee(struct epi__parse *x)
{
    if (!x->entry_open)
        return;
    x->entry_open = false;
    epi__flow_break(&x->flow);
    for (size_t at = x->entry.from; at < x->entry.to;) { /* "Sở Y tế; UBND tỉnh." on one line */
        size_t end = at;
        while (end < x->entry.to && x->flow.fold[end] != ';')
            end++;
        struct epi__span s = epi__trim_end(&x->flow, (struct epi__span){at, end}, ",.");
        at = end + 1;
        if (s.to <= s.from || x->addressees.n >= EPI_DIRECTIVE_MAX_ENTRIES)
            continue;
        struct epi_directive_field *f = epi__grow(x->a, &x->addressees, sizeof *f);
        *f = epi__field(&x->flow, s, 0.95);
    }
}

static void open_entry(struct epi__parse *x, size_t from, size_t to)
{
    x->entry = epi__flow_add(&x->flow, &x->clean, from, to, false);
    x->entry_open = x->entry.to > x->entry.from;
}

static void extend_entry(struct epi__parse *x, size_t from, size_t to)
{
    epi__gather(x, &x->entry, from, to);
}

void epi__address_done(struct epi__parse *x)
{
    close_addressee(x);
}

static bool small_bullet(const struct epi__marker *m)
{
    return m->rank >= EPI__LETTER;
}

/* False when the line is no addressee: the list is over. */
bool epi__address_line(struct epi__parse *x, const struct epi__line *line)
{
    struct epi__marker m;
    size_t word = epi__addressees_word(x, line);
    if (word != EPI__NONE) {
        close_addressee(x);
        open_entry(x, word, line->to);
        return true;
    }
    bool marked = epi__marker(x, &x->clean, line->from, line->to, &m);
    if (marked && !small_bullet(&m)) {
        close_addressee(x);
        return false;
    }
    if (marked) {
        close_addressee(x);
        open_entry(x, m.content, line->to);
        return true;
    }
    bool ended = x->entry_open && epi__ends_sentence(&x->flow, x->entry.from, x->entry.to);
    if (x->entry_open && !line->blank_before) {
        if (ended)
            close_addressee(x);
        if (ended && x->addressees.n)
            open_entry(x, line->from, line->to);
        else
            extend_entry(x, line->from, line->to);
        return true;
    }
    if (x->entry_open && epi__is_lower(&x->clean, line->from) && !ended) {
        extend_entry(x, line->from, line->to); /* a page break inside an addressee */
        return true;
    }
    close_addressee(x);
    /* "Kính gửi:" alone, the one addressee below without a bullet */
    if (!x->addressees.n && line->to - line->from < CHAIN_LONGEST) {
        open_entry(x, line->from, line->to);
        return x->entry_open;
    }
    return false;
}

/* --- what begins the tail
 * --------------------------------------------------------------------------- */
/* End of an authority mark ("TM.", "T/M") at `at`; its index. */
static size_t mark_end(const struct epi__parse *x, const struct epi__text *t, size_t at, size_t to,
                       size_t *ret_index)
{
    for (size_t i = 0; i < x->f->marks_n && at < to; i++) {
        const struct epi__mark *m = &x->f->marks[i];
        size_t end = epi__match_word(t, at, to, m->fold);
        if (end == EPI__NONE || !epi__is_upper(t, at))
            continue;
        bool stop = end < to && t->fold[end] == '.';
        if (m->stop && !stop)
            continue;
        end = epi__skip_space(t, end + stop, to);
        if (end >= to)
            continue;
        *ret_index = i;
        return end;
    }
    return EPI__NONE;
}

static bool is_title(const struct epi__parse *x, const struct epi__text *t, struct epi__span s)
{
    size_t end = epi__match_any(t, s.from, s.to, &x->f->titles, NULL);
    return end != EPI__NONE && epi__skip_space(t, end, s.to) >= s.to;
}

/* A line of the signing chain: a mark and capitals, or a title. Outside the tail a title needs
 * capitals. */
static bool is_chain(const struct epi__parse *x, const struct epi__text *t, struct epi__span s,
                     bool in_tail)
{
    size_t index;
    s = epi__trim_end(t, s, ",;:");
    if (s.to <= s.from || s.to - s.from > CHAIN_LONGEST)
        return false;
    bool upper = epi__all_upper(t, s.from, s.to);
    if (mark_end(x, t, s.from, s.to, &index) != EPI__NONE)
        return upper || in_tail;
    return (upper || in_tail) && is_title(x, t, s);
}

static size_t distribution_word(const struct epi__parse *x, size_t from, size_t to)
{
    struct epi__marker m;
    if (epi__marker(x, &x->clean, from, to, &m))
        from = m.content;
    size_t end = epi__match_any(&x->clean, from, to, &x->f->distribution, NULL);
    if (end == EPI__NONE)
        return EPI__NONE;
    end = epi__skip_space(&x->clean, end, to);
    bool colon = end < to && x->clean.fold[end] == ':';
    if (end < to && !colon)
        return EPI__NONE; /* a sentence that begins with these words */
    return colon ? epi__skip_space(&x->clean, end + 1, to) : end;
}

bool epi__tail_starts(const struct epi__parse *x, const struct epi__line *line)
{
    struct epi__span column;
    size_t at = line->from;
    while (epi__column(&x->clean, &at, line->to, &column)) {
        if (distribution_word(x, column.from, column.to) != EPI__NONE ||
            is_chain(x, &x->clean, column, false))
            return true;
    }
    return false;
}

/* --- distribution -------------------------------------------------------------------------------
 */
/* "VT, KGVX(HĐD)": unit and the drafter's mark. */
static void file_parts(struct epi__parse *x, size_t from, size_t to)
{
    const struct epi__text *t = &x->flow;
    struct epi__span s = epi__trim_end(t, (struct epi__span){from, to}, ".;");
    size_t unit = s.from, open = EPI__NONE;
    for (size_t i = s.from; i < s.to; i++) {
        if (t->fold[i] == ',' && open == EPI__NONE)
            unit = i + 1;
        if (open == EPI__NONE && (t->fold[i] == '(' || t->fold[i] == '^' || t->fold[i] == '_'))
            open = i;
    }
    struct epi__span u = {unit, open == EPI__NONE ? s.to : open};
    x->d->file_unit = epi__field(t, epi__trim_end(t, u, "."), 0.9);
    if (open == EPI__NONE)
        return;
    while (open < s.to && strchr("(^_ ", t->fold[open]) && t->fold[open])
        open++;
    x->d->file_initials =
        epi__field(t, epi__trim_end(t, (struct epi__span){open, s.to}, ")."), 0.85);
}

static bool for_report(const struct epi__parse *x, struct epi__span *s)
{
    const struct epi__text *t = &x->flow;
    for (size_t i = s->from; i < s->to; i++) {
        if (t->fold[i] != '(')
            continue;
        size_t inner = epi__skip_space(t, i + 1, s->to);
        size_t end = epi__match_any(t, inner, s->to, &x->f->report, NULL);
        if (end == EPI__NONE)
            continue;
        end = epi__skip_space(t, end, s->to);
        if (end < s->to && t->fold[end] == ')' && epi__skip_space(t, end + 1, s->to) >= s->to) {
            s->to = i;
            return true;
        }
    }
    return false;
}

static void close_entry(struct epi__parse *x)
{
    if (!x->entry_open)
        return;
    x->entry_open = false;
    const struct epi__text *t = &x->flow;
    struct epi__span s = epi__trim_end(t, x->entry, ";,.");
    epi__flow_break(&x->flow);
    if (s.to <= s.from)
        return;
    size_t file = epi__match_any(t, s.from, s.to, &x->f->file, NULL);
    if (file != EPI__NONE && !x->d->file.text.n) {
        x->d->file = epi__field(t, s, 0.95);
        while (file < s.to && (t->fold[file] == ':' || t->fold[file] == ' '))
            file++;
        file_parts(x, file, s.to);
        return;
    }
    if (x->distribution.n >= EPI_DIRECTIVE_MAX_ENTRIES)
        return;
    struct epi_directive_entry *e = epi__grow(x->a, &x->distribution, sizeof *e);
    e->for_report = for_report(x, &s);
    e->text = epi__field(t, epi__trim_end(t, s, ";,."), 0.95);
}

/* --- signature ----------------------------------------------------------------------------------
 */
static void put_chain(struct epi__parse *x, struct epi__span s, double confidence)
{
    if (x->chain.n >= EPI_DIRECTIVE_MAX_ENTRIES)
        return;
    struct epi_directive_field *f = epi__grow(x->a, &x->chain, sizeof *f);
    *f = epi__field(&x->flow, epi__trim_end(&x->flow, s, ",;:"), confidence);
}

static void take_chain(struct epi__parse *x, struct epi__span column)
{
    const struct epi__text *t = &x->flow;
    struct epi__span s = epi__flow_add(&x->flow, &x->clean, column.from, column.to, false);
    epi__flow_break(&x->flow);
    size_t index, body = mark_end(x, t, s.from, s.to, &index);
    if (body != EPI__NONE)
        epi__vote(x, x->f->marks[index].form, 1);
    /* two lines run together: "KT. CHỦ TỊCH PHÓ CHỦ TỊCH" */
    if (body != EPI__NONE) {
        size_t title = epi__match_any(t, body, s.to, &x->f->titles, NULL);
        size_t rest = title == EPI__NONE ? s.to : epi__skip_space(t, title, s.to);
        if (rest < s.to && is_title(x, t, (struct epi__span){rest, s.to})) {
            put_chain(x, (struct epi__span){s.from, title}, 0.85);
            put_chain(x, (struct epi__span){rest, s.to}, 0.85);
            return;
        }
    }
    put_chain(x, s, 0.95);
}

/* A person's name: two to eight words, each with a capital, no sentence marks. */
static bool name_like(const struct epi__parse *x, struct epi__span s)
{
    const struct epi__text *t = &x->clean;
    size_t words = 0;
    for (size_t i = s.from; i < s.to; i = epi__next(t, i, s.to)) {
        if (epi__is_digit(t, i) || (t->fold[i] > EPI__OTHER && strchr(":;,/()", t->fold[i])))
            return false;
        if (!epi__word_start(t, i))
            continue;
        if (!epi__is_upper(t, i))
            return false;
        words++;
    }
    return words >= 1 && words <= NAME_WORDS_MAX;
}

static void tail_column(struct epi__parse *x, struct epi__span s, bool blank_before, bool first)
{
    struct epi__marker m;
    size_t word = distribution_word(x, s.from, s.to);
    if (word != EPI__NONE) {
        close_entry(x);
        x->in_distribution = x->distribution_seen = true;
        open_entry(x, word, s.to);
        return;
    }
    if (is_chain(x, &x->clean, s, true)) {
        if (first)
            close_entry(x);
        if (!x->d->signer.text.n)
            take_chain(x, s);
        return;
    }
    bool marked = epi__marker(x, &x->clean, s.from, s.to, &m);
    if (x->in_distribution && marked) {
        close_entry(x);
        open_entry(x, m.content, s.to);
        return;
    }
    if (epi__match_any(&x->clean, s.from, s.to, &x->f->signed_, NULL) != EPI__NONE ||
        !epi__has_letters(&x->clean, s.from, s.to))
        return;
    if (x->entry_open && first && !blank_before) {
        extend_entry(x, s.from, s.to);
        return;
    }
    if (x->chain.n && !x->d->signer.text.n && name_like(x, s)) {
        if (first)
            close_entry(x);
        struct epi__span name = epi__flow_add(&x->flow, &x->clean, s.from, s.to, false);
        epi__flow_break(&x->flow);
        bool capitals = epi__all_upper(&x->flow, name.from, name.to);
        x->d->signer = epi__field(&x->flow, name, capitals ? 0.5 : 0.95);
        if (capitals)
            epi__find(x, EPI_NOTE, "directive.signer-doubtful", "signer", x->d->signer.offset,
                      EPI_NIL);
        return;
    }
    if (x->entry_open && epi__is_lower(&x->clean, s.from)) {
        extend_entry(x, s.from, s.to);
        return;
    }
    /* "Nơi nhận:" with lines instead of bullets */
    if (x->in_distribution && !x->chain.n) {
        close_entry(x);
        open_entry(x, s.from, s.to);
        return;
    }
    close_entry(x);
    if (!x->trailing_seen)
        epi__find(x, EPI_NOTE, "directive.text-after-end", "signer", x->clean.at[s.from], EPI_NIL);
    x->trailing_seen = true;
}

void epi__tail_line(struct epi__parse *x, const struct epi__line *line)
{
    struct epi__span column;
    size_t at = line->from;
    bool first = true;
    while (epi__column(&x->clean, &at, line->to, &column)) {
        tail_column(x, column, line->blank_before, first);
        first = false;
    }
}

void epi__tail_done(struct epi__parse *x)
{
    struct epi_directive *d = x->d;
    close_entry(x);
    d->addressees = (struct epi_directive_list){x->addressees.list, x->addressees.n};
    d->distribution = x->distribution.list;
    d->distribution_n = x->distribution.n;
    d->chain = (struct epi_directive_list){x->chain.list, x->chain.n};
}
