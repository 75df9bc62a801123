// SPDX-License-Identifier: AGPL-3.0-or-later
#include "estimate/tree_read.h"
#include "estimate/duration_internal.h"
#include "estimate/risk_internal.h"

static bool yes(epi_str s, bool *ret)
{
    *ret = epi_str_eqz(s, "1") || epi_str_ieq(s, EPI_S("yes")) || epi_str_ieq(s, EPI_S("true"));
    return *ret || s.n == 0 || epi_str_eqz(s, "0") || epi_str_ieq(s, EPI_S("no")) ||
           epi_str_ieq(s, EPI_S("false"));
}

/* Cases without a day are left out. */
static epi_status read_cases(struct epi_estimate_run *r, struct epi__tree_cases *c)
{
    const struct epi_frame *f = &r->input;
    const char *column = epi__column_of(r, f, "case|id");
    const epi_str *name = epi__names(r, f, "case|id");
    const double *day = epi__days(r, f, "date|onset|sampled|t", &c->date);
    const struct epi_column *imported = epi_frame_column(f, "imported");
    bool ok = name && day;
    if (!ok)
        return EPI_FAIL(r->err, EPI_INVALID, "estimate.table-faulty", "%s", "");
    epi__ids_init(r->a, &c->ids, f->rows);
    c->day = EPI_ARRAY(r->a, f->rows, double);
    c->imported = EPI_ARRAY(r->a, f->rows, uint8_t);
    for (size_t i = 0; i < f->rows; i++) {
        bool flag = false;
        bool told = imported && imported->words && !(imported->v && isnan(imported->v[i]));
        if (told && !yes(imported->words[i], &flag)) {
            epi_finding_add(r->findings, EPI_ERROR, "estimate.cell-no-yes", (uint32_t)(i + 1),
                            EPI_S("imported"), imported->words[i], EPI_NIL);
            ok = false;
        }
        if (isnan(day[i])) {
            c->left_out++;
            continue;
        }
        size_t before = c->ids.n;
        (void)epi__ids_put(&c->ids, name[i]);
        if (c->ids.n == before) {
            epi_finding_add(r->findings, EPI_ERROR, "estimate.name-twice", (uint32_t)(i + 1),
                            epi_str_of(column), name[i], EPI_NIL);
            ok = false;
            continue;
        }
        c->day[c->n] = day[i];
        c->imported[c->n++] = flag;
        c->any_imported = c->any_imported || flag;
    }
    return ok ? EPI_OK : EPI_FAIL(r->err, EPI_INVALID, "estimate.table-faulty", "%s", "");
}

/* The share of each whole day: of a distribution, what lies within half a day of it. */
static bool by_days(struct epi_estimate_run *r, const struct epi_duration *d, bool from_zero,
                    const double **ret, size_t *ret_n)
{
    if (d->kind == EPI_DURATION_TABLE) {
        *ret = d->share, *ret_n = d->n;
        return true;
    }
    double *v = EPI_ARRAY(r->a, EPI_TREE_DAYS_MAX + 1, double), above = 1;
    size_t k = 0;
    for (; k <= EPI_TREE_DAYS_MAX && above > 1e-4; k++) {
        double next = epi_duration_sf(d, (double)k + 0.5);
        v[k] = d->kind == EPI_DURATION_FIXED ? rint(d->p1) == (double)k : above - next;
        above = next;
    }
    if (!from_zero)
        v[0] = 0;
    *ret = v, *ret_n = k;
    return above <= 1e-4;
}

static epi_status read_durations(struct epi_estimate_run *r, struct epi_tree_data *d)
{
    struct epi_duration generation, delay;
    bool ok = epi__duration_read(r, "generation", &generation);
    ok = epi__duration_read(r, "delay", &delay) && ok;
    if (ok && generation.kind == EPI_DURATION_KINDS) {
        epi_finding_add(r->findings, EPI_ERROR, "estimate.option-missing", 0, EPI_S("generation"),
                        EPI_S("generation"), EPI_NIL);
        ok = false;
    }
    if (!ok)
        return EPI_FAIL(r->err, EPI_INVALID, "estimate.options-faulty", "%s", "");
    if (delay.kind == EPI_DURATION_KINDS) {
        delay = generation;
        epi_out_note(r, EPI_NOTE, "estimate.tree.delay-alike", 0, EPI_NIL, EPI_NIL);
    }
    if (!by_days(r, &generation, false, &d->generation, &d->generation_n))
        return EPI_FAIL(r->err, EPI_INVALID, "estimate.tree.generation", "%s", "");
    if (!by_days(r, &delay, true, &d->delay, &d->delay_n))
        return EPI_FAIL(r->err, EPI_INVALID, "estimate.tree.delay", "%s", "");
    return EPI_OK;
}

/* The two cases of each row of a table; EPI__ID_NONE where it names somebody else. */
static bool read_pairs(struct epi_estimate_run *r, const struct epi__tree_cases *c,
                       const char *option, const struct epi_frame *f, uint32_t **ret_i,
                       uint32_t **ret_j)
{
    const epi_str *from = epi__names(r, f, "i|from"), *to = epi__names(r, f, "j|to");
    size_t unknown = 0;
    if (!from || !to)
        return false;
    *ret_i = EPI_ARRAY(r->a, f->rows, uint32_t), *ret_j = EPI_ARRAY(r->a, f->rows, uint32_t);
    for (size_t k = 0; k < f->rows; k++) {
        (*ret_i)[k] = epi__ids_find(&c->ids, from[k]);
        (*ret_j)[k] = epi__ids_find(&c->ids, to[k]);
        unknown += (*ret_i)[k] == EPI__ID_NONE || (*ret_j)[k] == EPI__ID_NONE;
    }
    epi__note_count(r, EPI_NOTE, "estimate.tree.unknown-names", unknown, option);
    return true;
}

static epi_status read_distances(struct epi_estimate_run *r, const struct epi__tree_cases *c,
                                 struct epi_tree_data *d)
{
    const struct epi_frame *f = epi_opt_table(r, "distances");
    uint32_t *i, *j;
    bool ok = true;
    if (!f)
        return EPI_OK;
    const double *v = epi_frame_need(f, epi__column_of(r, f, "n_mutations|distance|snps"), 0, 1e6,
                                     EPI_NEED_WHOLE | EPI_NEED_MAY_EMPTY, r->findings);
    if (!epi_opt_given(r, "genome-length")) {
        epi_finding_add(r->findings, EPI_ERROR, "estimate.option-missing", 0,
                        EPI_S("genome-length"), EPI_S("genome-length"), EPI_NIL);
        ok = false;
    }
    if (!v || !read_pairs(r, c, "distances", f, &i, &j) || !ok)
        return EPI_FAIL(r->err, EPI_INVALID, "estimate.table-faulty", "%s", "");
    double *distance = EPI_ARRAY(r->a, c->n * c->n, double), longest = 0;
    for (size_t k = 0; k < c->n * c->n; k++)
        distance[k] = (double)NAN;
    for (size_t k = 0; k < f->rows; k++) {
        if (i[k] == EPI__ID_NONE || j[k] == EPI__ID_NONE || i[k] == j[k] || isnan(v[k]))
            continue;
        double *one = &distance[i[k] * c->n + j[k]], *other = &distance[j[k] * c->n + i[k]];
        if (!isnan(*one) && *one != v[k]) {
            epi_finding_add(r->findings, EPI_ERROR, "estimate.tree.distance-twice",
                            (uint32_t)(k + 1), EPI_S("distances"),
                            epi_str_printf(r->a, "%.0f", v[k]), epi_str_printf(r->a, "%.0f", *one));
            ok = false;
        }
        *one = *other = v[k];
        longest = fmax(longest, v[k]);
    }
    d->genome = epi_opt_number(r, "genome-length");
    if (longest > d->genome) {
        epi_finding_add(r->findings, EPI_ERROR, "estimate.tree.genome", 0, EPI_S("genome-length"),
                        epi_str_printf(r->a, "%.0f", longest), epi_opt_word(r, "genome-length"));
        ok = false;
    }
    d->distance = distance;
    return ok ? EPI_OK : EPI_FAIL(r->err, EPI_INVALID, "estimate.table-faulty", "%s", "");
}

static epi_status read_contacts(struct epi_estimate_run *r, const struct epi__tree_cases *c,
                                struct epi_tree_data *d)
{
    const struct epi_frame *f = epi_opt_table(r, "contacts");
    uint32_t *i, *j;
    if (!f)
        return EPI_OK;
    if (!read_pairs(r, c, "contacts", f, &i, &j))
        return EPI_FAIL(r->err, EPI_INVALID, "estimate.table-faulty", "%s", "");
    uint8_t *contact = EPI_ARRAY(r->a, c->n * c->n, uint8_t);
    d->directed = epi_opt_number(r, "contacts-directed") != 0;
    for (size_t k = 0; k < f->rows; k++) {
        if (i[k] == EPI__ID_NONE || j[k] == EPI__ID_NONE || i[k] == j[k])
            continue;
        contact[i[k] * c->n + j[k]] = 1;
        if (!d->directed)
            contact[j[k] * c->n + i[k]] = 1;
    }
    d->contact = contact;
    return EPI_OK;
}

epi_status epi__tree_read(struct epi_estimate_run *r, struct epi__tree_cases *ret_cases,
                          struct epi_tree_data *ret)
{
    struct epi__tree_cases *c = ret_cases;
    *c = (struct epi__tree_cases){0};
    *ret = (struct epi_tree_data){0};
    EPI_TRY(read_durations(r, ret));
    EPI_TRY(read_cases(r, c));
    if (c->n > EPI_TREE_CASES_MAX)
        return EPI_FAIL(r->err, EPI_LIMIT, "estimate.tree.too-many", "%zu", c->n);
    EPI_TRY(read_distances(r, c, ret));
    EPI_TRY(read_contacts(r, c, ret));
    ret->n = c->n, ret->day = c->day, ret->imported = c->any_imported ? c->imported : NULL;
    return EPI_OK;
}
