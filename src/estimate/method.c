// SPDX-License-Identifier: AGPL-3.0-or-later
/* The table of methods, and running one of them, once or once per unit. */
#include "estimate_internal.h"

static const struct epi_estimate_group *const groups[] = {
#define X(subject) &epi__##subject##_methods,
    EPI__SUBJECTS(X)
#undef X
        NULL};

size_t epi_estimate_count(void)
{
    size_t n = 0;
    for (size_t g = 0; groups[g]; g++)
        n += groups[g]->n;
    return n;
}

const struct epi_estimate_method *epi_estimate_at(size_t i)
{
    for (size_t g = 0; groups[g]; g++) {
        if (i < groups[g]->n)
            return &groups[g]->methods[i];
        i -= groups[g]->n;
    }
    return NULL;
}

const struct epi_estimate_method *epi_estimate_find(epi_str figure, epi_str method)
{
    const struct epi_estimate_method *m;
    for (size_t i = 0; (m = epi_estimate_at(i)); i++) {
        if (epi_str_eqz(figure, m->figure) && (method.n == 0 || epi_str_eqz(method, m->method)))
            return m;
    }
    return NULL;
}

/* --- what methods write --- */
struct epi_frame *epi_out_table(struct epi_estimate_run *r, const char *name, size_t rows)
{
    struct epi_estimate *e = r->out;
    EPI_ASSERT(e->tables_n < EPI_ESTIMATE_TABLES_MAX);
    struct epi_frame *f = &e->tables[e->tables_n++];
    epi_frame_init(f, rows);
    f->name = epi_str_of(name);
    return f;
}

void epi_out_value(struct epi_estimate_run *r, const char *name, double v)
{
    struct epi_frame *f = &r->out->values;
    f->rows = 1;
    epi_frame_add(r->a, f, name)[0] = v;
}

void epi_out_word(struct epi_estimate_run *r, const char *name, epi_str v)
{
    struct epi_frame *f = &r->out->values;
    f->rows = 1;
    epi_frame_add_word(r->a, f, name)[0] = v;
}

void epi_out_note(struct epi_estimate_run *r, epi_severity s, const char *code, size_t row,
                  epi_str arg1, epi_str arg2)
{
    epi_finding_add(&r->out->notes, s, code, (uint32_t)row, EPI_NIL, arg1, arg2);
}

/* --- running --- */
static epi_status run_series(struct epi_estimate_run *r)
{
    unsigned flags =
        r->method->series_flags | (epi_opt_is(r, "gaps", "zero") ? EPI_SERIES_GAPS_ARE_ZERO : 0u);
    EPI_TRY(r->method->counts
                ? epi_series_read_of(r->a, &r->input, r->method->counts, flags, &r->series,
                                     r->findings, r->err)
                : epi_series_read(r->a, &r->input, flags, &r->series, r->findings, r->err));
    if (r->series.imported && r->series.imported_within)
        epi_out_note(r, EPI_NOTE, "estimate.imported-within", 0, EPI_NIL, EPI_NIL);
    return r->method->run(r);
}

static void fresh(struct epi_estimate_run *r, struct epi_estimate *e)
{
    *e = (struct epi_estimate){.method = r->method};
    epi_findings_init(&e->notes, r->a, 1000);
    r->out = e;
}

/* A column in which infinities and NaN have become empty. */
static void tidy(struct epi_frame *f)
{
    for (size_t k = 0; k < f->n; k++) {
        for (size_t i = 0; f->columns[k].v && i < f->rows; i++) {
            if (!isfinite(f->columns[k].v[i]))
                f->columns[k].v[i] = (double)NAN;
        }
    }
}

/* Appends the rows of every part, the unit's code in front. Parts of one method have the same
 * columns, but a part may lack some (no dates): the widest decides. */
static void join(struct epi_arena *a, const struct epi_frame *const *parts, const epi_str *units,
                 size_t n, struct epi_frame *ret)
{
    size_t rows = 0, at = 0;
    const struct epi_frame *widest = parts[0];
    for (size_t u = 0; u < n; u++) {
        rows += parts[u]->rows;
        widest = parts[u]->n > widest->n ? parts[u] : widest;
    }
    epi_frame_init(ret, rows);
    ret->name = widest->name;
    epi_str *unit = epi_frame_add_word(a, ret, "unit");
    for (size_t u = 0; u < n; u++)
        for (size_t i = 0; i < parts[u]->rows; i++)
            unit[at++] = units[u];
    for (size_t k = 0; k < widest->n; k++) {
        const struct epi_column *c = &widest->columns[k];
        const char *name = epi_str_cz(a, c->name);
        epi_str *words = NULL;
        double *v = NULL;
        if (c->type == EPI_COL_WORD)
            words = epi_frame_add_word(a, ret, name);
        else
            v = c->type == EPI_COL_DATE ? epi_frame_add_date(a, ret, name)
                                        : epi_frame_add(a, ret, name);
        at = 0;
        for (size_t u = 0; u < n; at += parts[u++]->rows) {
            const struct epi_column *from = epi_frame_column(parts[u], name);
            for (size_t i = 0; from && i < parts[u]->rows; i++) {
                if (words && from->words)
                    words[at + i] = from->words[i];
                else if (v && from->v)
                    v[at + i] = from->v[i];
            }
        }
    }
}

struct unit_rows {
    epi_str unit;
    size_t *rows, n, cap;
};

/* Rows by unit, units in the order they first appear. */
static struct unit_rows *by_unit(struct epi_arena *a, const epi_str *unit, size_t rows,
                                 size_t *ret_n)
{
    size_t slots = 16, n = 0;
    while (slots < 2 * rows)
        slots *= 2;
    uint32_t *slot = EPI_ARRAY(a, slots, uint32_t);
    struct unit_rows *list = EPI_ARRAY(a, rows + 1, struct unit_rows);
    for (size_t i = 0; i < rows; i++) {
        size_t h = (size_t)epi_str_hash(unit[i]) & (slots - 1);
        while (slot[h] && !epi_str_eq(list[slot[h] - 1].unit, unit[i]))
            h = (h + 1) & (slots - 1);
        if (!slot[h]) {
            list[n] = (struct unit_rows){.unit = unit[i]};
            slot[h] = (uint32_t)++n;
        }
        struct unit_rows *u = &list[slot[h] - 1];
        if (u->n == u->cap) {
            size_t *more = EPI_ARRAY(a, u->cap ? 2 * u->cap : 8, size_t);
            if (u->n)
                memcpy(more, u->rows, u->n * sizeof *more);
            u->rows = more;
            u->cap = u->cap ? 2 * u->cap : 8;
        }
        u->rows[u->n++] = i;
    }
    *ret_n = n;
    return list;
}

static void take_findings(struct epi_estimate_run *r, const struct epi_findings *from,
                          const struct unit_rows *u)
{
    for (size_t i = 0; i < from->n; i++) {
        const struct epi_finding *f = &from->list[i];
        uint32_t row = f->row && f->row <= u->n ? (uint32_t)u->rows[f->row - 1] + 1 : f->row;
        epi_finding_add(r->findings, f->severity, f->code, row, f->field, f->arg1, f->arg2);
    }
}

static epi_status run_one(struct epi_estimate_run *r)
{
    return r->method->shape == EPI_SHAPE_SERIES ? run_series(r) : r->method->run(r);
}

/* Every unit on its own; findings of the input fail the whole, a method's refusal only its unit. */
static epi_status run_units(struct epi_estimate_run *r, const epi_str *unit)
{
    size_t n;
    struct unit_rows *units = by_unit(r->a, unit, r->input.rows, &n);
    struct epi_estimate whole = *r->out, *parts = EPI_ARRAY(r->a, n, struct epi_estimate);
    const struct epi_frame input = r->input;
    struct epi_findings *findings = r->findings;
    epi_str *names = EPI_ARRAY(r->a, n, epi_str);
    const struct epi_frame **frames = EPI_ARRAY(r->a, n, const struct epi_frame *);
    size_t done = 0;
    epi_status first = EPI_OK;
    for (size_t u = 0; u < n; u++) {
        struct epi_findings own;
        struct epi_err err = {0};
        struct epi_estimate_run one = *r;
        epi_findings_init(&own, r->a, 1000);
        one.findings = &own;
        one.err = &err;
        epi_frame_pick(r->a, &input, units[u].rows, units[u].n, &one.input);
        fresh(&one, &parts[done]);
        epi_status s = run_one(&one);
        take_findings(r, &own, &units[u]);
        for (size_t i = 0; i < parts[done].notes.n && s == EPI_OK; i++) {
            const struct epi_finding *f = &parts[done].notes.list[i];
            epi_finding_add(&whole.notes, f->severity, f->code, f->row, units[u].unit, f->arg1,
                            f->arg2);
        }
        if (s == EPI_OK) {
            names[done++] = units[u].unit;
        } else {
            first = first == EPI_OK ? s : first;
            if (r->err && !r->err->code)
                *r->err = err;
            epi_finding_add(&whole.notes, EPI_WARNING, "estimate.unit-faulty", 0, units[u].unit,
                            units[u].unit, epi_err_text(r->a, &err, EPI_EN));
        }
    }
    if (done == 0 || (findings && findings->counts[EPI_ERROR] > 0))
        return first != EPI_OK ? first : EPI_INVALID;
    if (r->err)
        *r->err = (struct epi_err){0};
    for (size_t u = 0; u < done; u++)
        frames[u] = &parts[u].rows;
    join(r->a, frames, names, done, &whole.rows);
    for (size_t t = 0; t < parts[0].tables_n; t++) {
        for (size_t u = 0; u < done; u++)
            frames[u] = &parts[u].tables[t];
        join(r->a, frames, names, done, &whole.tables[whole.tables_n++]);
    }
    for (size_t u = 0; u < done; u++)
        frames[u] = &parts[u].values;
    if (parts[0].values.n)
        join(r->a, frames, names, done, &whole.values);
    *r->out = whole;
    return EPI_OK;
}

epi_status epi_estimate_run(struct epi_arena *a, const struct epi_estimate_method *m,
                            const struct epi_frame *input, const struct epi_estimate_arg *args,
                            size_t args_n, struct epi_estimate *ret, struct epi_findings *findings,
                            struct epi_err *reterr)
{
    struct epi_err err = {0};
    struct epi_estimate_run r = {.a = a, .method = m, .findings = findings, .err = &err};
    fresh(&r, ret);
    bool ok = epi__options_read(&r, args, args_n);
    if (!input && m->shape != EPI_SHAPE_NONE) {
        epi_finding_add(findings, EPI_ERROR, "estimate.input-missing", 0, EPI_NIL,
                        epi_str_of(m->input), EPI_NIL);
        ok = false;
    }
    if (!ok)
        return EPI_FAIL(reterr, EPI_INVALID, "estimate.options-faulty", "%s", "");
    if (input)
        r.input = *input;
    bool by_unit = m->shape == EPI_SHAPE_SERIES || m->per_unit;
    const struct epi_column *unit = by_unit ? epi_frame_column(&r.input, "unit") : NULL;
    epi_status s = unit && unit->words ? run_units(&r, unit->words) : run_one(&r);
    if (reterr)
        *reterr = err;
    if (s != EPI_OK)
        return s;
    tidy(&ret->rows);
    tidy(&ret->values);
    for (size_t t = 0; t < ret->tables_n; t++)
        tidy(&ret->tables[t]);
    return EPI_OK;
}
