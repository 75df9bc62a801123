// SPDX-License-Identifier: AGPL-3.0-or-later
/* Reads the simulation parameters of a disease: every one with its value and source, strictly. */
#include "scenario/scenario_internal.h"
#include <stddef.h>

enum shape { NUMBER, DELAY, LIST, CURVE };
static const struct parameter {
    const char *name;
    enum shape shape;
    size_t offset, n; /* n: length of a list */
    double lo, hi;
    bool needed;
} PARAMETERS[] = {
#define AT(member) offsetof(struct epi_natural_history, member)
    {"r0", NUMBER, AT(r0), 1, 0, 50, true},
    {"generation", DELAY, AT(generation_mean), 1, 0.5, 60, true},
    {"dispersion", NUMBER, AT(dispersion), 1, 0, 100, false},
    {"incubation", DELAY, AT(incubation), 1, 0.1, 60, true},
    {"onset_to_severe", DELAY, AT(onset_to_severe), 1, 0, 60, false},
    {"severe_to_critical", DELAY, AT(severe_to_critical), 1, 0, 60, false},
    {"severe_to_out", DELAY, AT(severe_to_out), 1, 0, 120, false},
    {"critical_to_out", DELAY, AT(critical_to_out), 1, 0, 120, false},
    {"critical_to_death", DELAY, AT(critical_to_death), 1, 0, 120, false},
    {"asymptomatic_infectiousness", NUMBER, AT(asymptomatic), 1, 0, 2, true},
    {"susceptibility", LIST, AT(susceptibility), EPI_AGES_10, 0, 10, true},
    {"symptomatic", LIST, AT(symptomatic), EPI_AGES_10, 0, 1, true},
    {"severe", LIST, AT(severe), EPI_AGES_10, 0, 1, true},
    {"critical", LIST, AT(critical), EPI_AGES_10, 0, 1, true},
    {"death", LIST, AT(death), EPI_AGES_10, 0, 1, true},
    {"setting_weight", LIST, AT(setting), EPI_MIX_N, 0, 100, true},
    {"immunity", NUMBER, AT(immunity), 1, 0, 1, true},
    {"immunity_half_life", NUMBER, AT(immunity_half_life), 1, 0, 1e5, false},
    {"vaccine_infection", LIST, AT(vaccine_infection), EPI_DOSES, 0, 1, false},
    {"vaccine_severe", LIST, AT(vaccine_severe), EPI_DOSES, 0, 1, false},
    {"vaccine_onward", LIST, AT(vaccine_onward), EPI_DOSES, 0, 1, false},
    {"vaccine_half_life", NUMBER, AT(vaccine_half_life), 1, 0, 1e5, false},
    {"vaccine_lag", NUMBER, AT(vaccine_lag), 1, 0, 365, false},
    {"sensitivity_pcr", CURVE, AT(pcr), EPI_PROFILE_DAYS, 0, 1, true},
    {"sensitivity_antigen", CURVE, AT(antigen), EPI_PROFILE_DAYS, 0, 1, true},
    {"water_shedding", NUMBER, AT(water_shedding), 1, 0, 1e6, false},
    {"water_decay", NUMBER, AT(water_decay), 1, 0, 1, false},
    {"water_rate", NUMBER, AT(water_rate), 1, 0, 10, false},
#undef AT
};
#define PARAMETERS_N (sizeof PARAMETERS / sizeof *PARAMETERS)

static void wrong(struct epi_findings *f, const char *code, const char *name, epi_str arg)
{
    epi_finding_add(f, EPI_ERROR, code, 0, epi_str_of(name), epi_str_of(name), arg);
}
static bool number_in(const epi_json *j, double lo, double hi, double *ret)
{
    if (!j || (j->type != EPI_JSON_INT && j->type != EPI_JSON_REAL) || !(j->f >= lo && j->f <= hi))
        return false;
    *ret = j->f;
    return true;
}
static bool read_list(const epi_json *j, const struct parameter *p, double *to)
{
    if (!j || j->type != EPI_JSON_ARRAY || j->count != p->n)
        return false;
    size_t i = 0;
    EPI_JSON_EACH (x, j)
        if (!number_in(x, p->lo, p->hi, &to[i++]))
            return false;
    return true;
}
/* Points [day, value] with rising days, straight between them, 0 outside. */
static bool read_curve(const epi_json *j, const struct parameter *p, double *to)
{
    double day = -1, value = 0;
    if (!j || j->type != EPI_JSON_ARRAY || j->count < 2)
        return false;
    EPI_JSON_EACH (point, j) {
        double d, v;
        if (point->type != EPI_JSON_ARRAY || point->count != 2 ||
            !number_in(point->first, 0, EPI_PROFILE_DAYS - 1, &d) ||
            !number_in(point->first->next, p->lo, p->hi, &v) || d <= day)
            return false;
        for (int t = day < 0 ? (int)d : (int)floor(day) + 1; t <= (int)d; t++)
            to[t] = day < 0 ? v : value + (v - value) * (t - day) / (d - day);
        day = d;
        value = v;
    }
    return true;
}
static void read_parameter(const epi_json *j, const struct parameter *p,
                           struct epi_natural_history *d, struct epi_findings *f)
{
    const epi_json *v = epi_json_get(j, "value");
    void *to = (char *)d + p->offset;
    double x = 0, sd = 0;
    bool good = false;
    switch (p->shape) {
    case NUMBER:
        good = number_in(v, p->lo, p->hi, &x);
        if (good && to == &d->vaccine_lag)
            d->vaccine_lag = (int)x;
        else if (good)
            *(double *)to = x;
        break;
    case DELAY: /* mean and sd lie together */
        good = number_in(epi_json_get(v, "mean"), p->lo, p->hi, &x) &&
               number_in(epi_json_get(v, "sd"), 0, p->hi, &sd);
        ((double *)to)[0] = x;
        ((double *)to)[1] = sd;
        break;
    case LIST:
        good = read_list(v, p, to);
        break;
    case CURVE:
        good = read_curve(v, p, to);
        break;
    }
    if (!good)
        wrong(f, "history.value", p->name, epi_str_printf(f->a, "%g – %g", p->lo, p->hi));
    if (epi_json_text(j, "source", EPI_NIL).n == 0)
        wrong(f, "history.source", p->name, EPI_NIL);
}
static void read_variants(const epi_json *list, struct epi_natural_history *d,
                          struct epi_findings *f)
{
    d->variants[0] = (struct epi_variant){.transmissibility = 1, .severity = 1};
    d->variants_n = 1;
    EPI_JSON_EACH (v, list) {
        uint32_t i = epi_json_bool(v, "first", false) ? 0 : d->variants_n;
        epi_str name = epi_json_text(v, "name", EPI_NIL);
        if (i >= EPI_VARIANTS || name.n == 0 || name.n >= sizeof d->variants->name ||
            !number_in(epi_json_get(v, "transmissibility"), 0, 20,
                       &d->variants[i].transmissibility) ||
            !number_in(epi_json_get(v, "severity"), 0, 20, &d->variants[i].severity) ||
            !number_in(epi_json_get(v, "escape"), 0, 1, &d->variants[i].escape) ||
            epi_json_text(v, "source", EPI_NIL).n == 0) {
            wrong(f, "history.variant", "variants", name);
            return;
        }
        memset(d->variants[i].name, 0, sizeof d->variants[i].name);
        memcpy(d->variants[i].name, name.p, name.n);
        d->variants_n += i > 0;
    }
}
static const struct parameter *parameter_of(epi_str name)
{
    for (size_t i = 0; i < PARAMETERS_N; i++)
        if (epi_str_eqz(name, PARAMETERS[i].name))
            return &PARAMETERS[i];
    return NULL;
}
static void check_together(const struct epi_natural_history *d, struct epi_findings *f)
{
    for (size_t i = 0; i < EPI_AGES_10; i++)
        if (d->severe[i] > d->symptomatic[i] || d->critical[i] > d->severe[i] ||
            d->death[i] > d->critical[i])
            wrong(f, "history.severity-order", "severe",
                  epi_str_printf(f->a, "%zu–%zu", i * 10, i * 10 + 9));
}
epi_status epi_natural_history_read(struct epi_arena *a, epi_str json,
                                    struct epi_natural_history *ret, struct epi_findings *findings,
                                    struct epi_err *reterr)
{
    const epi_json *whole;
    struct epi_natural_history d = {.variants_n = 1};
    size_t before = findings->counts[EPI_ERROR];
    EPI_TRY(epi_json_parse(a, json, (size_t)1 << 20, &whole, reterr));
    const epi_json *j = epi_json_get(whole, "simulation");
    epi_str name = epi_json_text(whole, "disease", EPI_NIL);
    if (!j || j->type != EPI_JSON_OBJECT)
        return EPI_FAIL(reterr, EPI_NOT_FOUND, "history.no-simulation", "%.*s", EPI_FMT(name));
    if (name.n == 0 || name.n >= sizeof d.name)
        wrong(findings, "history.value", "disease", name);
    else
        memcpy(d.name, name.p, name.n);
    EPI_JSON_EACH (m, j) {
        const struct parameter *p = parameter_of(m->key);
        if (p)
            read_parameter(m, p, &d, findings);
        else if (!epi_str_eqz(m->key, "variants"))
            wrong(findings, "history.unknown", "simulation", m->key);
    }
    for (size_t i = 0; i < PARAMETERS_N; i++)
        if (PARAMETERS[i].needed && !epi_json_get(j, PARAMETERS[i].name))
            wrong(findings, "history.missing", PARAMETERS[i].name, EPI_NIL);
    read_variants(epi_json_get(j, "variants"), &d, findings);
    check_together(&d, findings);
    if (findings->counts[EPI_ERROR] > before)
        return EPI_FAIL(reterr, EPI_INVALID, "history.refused", "%.*s", EPI_FMT(name));
    epi_natural_history_profile(&d);
    *ret = d;
    return EPI_OK;
}
