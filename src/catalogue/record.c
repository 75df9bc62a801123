// SPDX-License-Identifier: AGPL-3.0-or-later
#include "catalogue/catalogue_internal.h"
#include <math.h>
#include <stdio.h>

struct epi_record *epi_record_new(struct epi_arena *a, const struct epi_catalogue *c, uint16_t kind)
{
    struct epi_record *r = EPI_NEW(a, struct epi_record);
    r->kind = kind;
    r->v = EPI_ARRAY(a, c->kinds[kind].n_fields, struct epi_value);
    return r;
}

static bool right_shape(epi_type type, epi_vtype v)
{
    switch (type) {
    case EPI_T_TEXT:
    case EPI_T_WORD:
    case EPI_T_UNIT:
    case EPI_T_JSON:
        return v == EPI_V_TEXT;
    case EPI_T_REAL:
        return v == EPI_V_REAL || v == EPI_V_INT;
    case EPI_T_INT:
    case EPI_T_BOOL:
    case EPI_T_DATE:
    case EPI_T_INSTANT:
    case EPI_T_REF:
        return v == EPI_V_INT;
    }
    return false;
}

static bool unit_path_ok(epi_str s)
{
    if (s.n < 2 || s.p[s.n - 1] != '/' || s.p[0] == '/')
        return false;
    for (size_t i = 0; i < s.n; i++) {
        unsigned char ch = (unsigned char)s.p[i];
        if (ch <= ' ' || ch >= 127 || (ch == '/' && i && s.p[i - 1] == '/'))
            return false;
    }
    return true;
}

static bool range_ok(const struct epi_field *f, struct epi_value v, char out[64])
{
    double x = v.t == EPI_V_REAL ? v.f : (double)v.i;
    if (isfinite(x) && (!f->has_min || x >= f->min) && (!f->has_max || x <= f->max))
        return true;
    char lo[24] = "", hi[24] = "";
    if (f->has_min)
        snprintf(lo, sizeof lo, "%.15g", f->min);
    if (f->has_max)
        snprintf(hi, sizeof hi, "%.15g", f->max);
    const char *measure = strlen(f->measure) <= 12 ? f->measure : ""; /* never half a character */
    snprintf(out, 64, "%s..%s%s%.12s", lo, hi, *measure ? " " : "", measure);
    return false;
}

bool epi_value_check(const struct epi_field *f, struct epi_value v, uint32_t row,
                     struct epi_findings *findings)
{
    epi_str name = epi_str_of(f->name);
    char range[64];
    if (v.t == EPI_V_NULL)
        return true;
    if (!right_shape(f->type, v.t)) {
        epi_finding_add(findings, EPI_ERROR, "field.wrong-type", row, name,
                        epi_str_of(epi_type_word(f->type)), EPI_NIL);
        return false;
    }
    switch (f->type) {
    case EPI_T_TEXT:
    case EPI_T_JSON:
        if (v.s.n > f->max_bytes) {
            snprintf(range, sizeof range, "%u", f->max_bytes);
            epi_finding_add(findings, EPI_ERROR, "field.too-long", row, name, epi_str_of(range),
                            EPI_NIL);
            return false;
        }
        if (!epi_utf8_valid(v.s)) {
            epi_finding_add(findings, EPI_ERROR, "field.not-utf8", row, name, EPI_NIL, EPI_NIL);
            return false;
        }
        return true;
    case EPI_T_WORD:
        if (epi_word_find(f, v.s) < 0) {
            epi_finding_add(findings, EPI_ERROR, "field.unknown-word", row, name, v.s, EPI_NIL);
            return false;
        }
        return true;
    case EPI_T_UNIT:
        if (v.s.n > f->max_bytes || !unit_path_ok(v.s)) {
            epi_finding_add(findings, EPI_ERROR, "field.not-a-unit", row, name, v.s, EPI_NIL);
            return false;
        }
        return true;
    case EPI_T_INT:
    case EPI_T_REAL:
        if (!range_ok(f, v, range)) {
            epi_finding_add(findings, EPI_ERROR, "field.out-of-range", row, name, epi_str_of(range),
                            EPI_NIL);
            return false;
        }
        return true;
    case EPI_T_BOOL:
        if (v.i != 0 && v.i != 1) {
            epi_finding_add(findings, EPI_ERROR, "field.wrong-type", row, name, EPI_S("boolean"),
                            EPI_NIL);
            return false;
        }
        return true;
    case EPI_T_DATE:
        /* 1880-01-01 .. 2200-01-01: outside, the year was misread */
        if (v.i < -32872 || v.i > 84006) {
            epi_finding_add(findings, EPI_ERROR, "field.date-implausible", row, name, EPI_NIL,
                            EPI_NIL);
            return false;
        }
        return true;
    case EPI_T_INSTANT:
        if (v.i < -32872LL * 86400000 || v.i > 84006LL * 86400000) {
            epi_finding_add(findings, EPI_ERROR, "field.date-implausible", row, name, EPI_NIL,
                            EPI_NIL);
            return false;
        }
        return true;
    case EPI_T_REF:
        return true;
    }
    return true;
}

/* A date of something that happened cannot lie ahead; due dates and expiries may. */
static bool may_be_ahead(uint16_t kind, size_t field)
{
    return (kind == EPI_K_ASSIGNMENT && field == EPI_ASSIGNMENT_DUE) ||
           (kind == EPI_K_SESSION && field == EPI_SESSION_EXPIRES);
}

static bool check_order(const struct epi_kind *k, const struct epi_record *r, uint32_t row,
                        const bool *only, struct epi_findings *findings)
{
    bool ok = true;
    for (size_t i = 0; i < epi__n_ordered; i++) {
        const struct epi__ordered *o = &epi__ordered_pairs[i];
        if (o->kind != r->kind || (only && !only[o->a] && !only[o->b]))
            continue;
        struct epi_value a = r->v[o->a], b = r->v[o->b];
        if (a.t != EPI_V_INT || b.t != EPI_V_INT || a.i <= b.i)
            continue;
        epi_finding_add(findings, EPI_ERROR, o->code, row, epi_str_of(k->fields[o->a].name),
                        epi_str_of(k->fields[o->a].name), epi_str_of(k->fields[o->b].name));
        ok = false;
    }
    return ok;
}

bool epi_record_check(const struct epi_catalogue *c, const struct epi_record *r, epi_date now_date,
                      uint32_t row, const bool *only, struct epi_findings *findings)
{
    const struct epi_kind *k = &c->kinds[r->kind];
    bool ok = true;
    for (size_t i = 0; i < k->n_fields; i++) {
        const struct epi_field *f = &k->fields[i];
        if (only && !only[i])
            continue;
        if (r->v[i].t == EPI_V_NULL) {
            if (f->flags & EPI_F_REQUIRED) {
                epi_finding_add(findings, EPI_ERROR, "field.required", row, epi_str_of(f->name),
                                EPI_NIL, EPI_NIL);
                ok = false;
            }
            continue;
        }
        if (!epi_value_check(f, r->v[i], row, findings)) {
            ok = false;
            continue;
        }
        if (f->type == EPI_T_DATE && epi_date_known(now_date) && !may_be_ahead(r->kind, i) &&
            r->v[i].i > now_date.d) {
            epi_finding_add(findings, EPI_ERROR, "field.date-in-future", row, epi_str_of(f->name),
                            EPI_NIL, EPI_NIL);
            ok = false;
        }
    }
    return check_order(k, r, row, only, findings) && ok;
}
