// SPDX-License-Identifier: AGPL-3.0-or-later
/* Priors of free levers: their quantiles, and the member `calibrate` of a scenario file. */
#include "scenario/scenario_internal.h"
#include "stats/stats.h"

#define WALK_EVERY_MAX 60
static const struct {
    const char *word, *first, *second;
} PRIORS[] = {
#define X(name, word, first, second) {word, first, second},
    EPI_PRIORS(X)
#undef X
};

double epi_prior_at(const struct epi_prior *p, double z)
{
    switch (p->kind) {
    case EPI_PRIOR_UNIFORM:
        return p->a + (p->b - p->a) * epi_normal_cdf(z);
    case EPI_PRIOR_LOG_UNIFORM:
        return p->a * pow(p->b / p->a, epi_normal_cdf(z));
    case EPI_PRIOR_LOG_NORMAL:
        return p->a * exp(p->b * z);
    case EPI_PRIOR_BETA: {
        double n = p->a * (1 - p->a) / (p->b * p->b) - 1; /* a + b, from mean and variance */
        return epi_beta_q(epi_normal_cdf(z), p->a * n, (1 - p->a) * n);
    }
    }
    return NAN;
}

/* --- reading --- */
static void refuse(struct epi_findings *f, const char *code, epi_str path, epi_str arg)
{
    epi_finding_add(f, EPI_ERROR, code, 0, path, path, arg);
}
static bool makes_sense(const struct epi_prior *p)
{
    switch (p->kind) {
    case EPI_PRIOR_UNIFORM:
        return p->a < p->b;
    case EPI_PRIOR_LOG_UNIFORM:
        return p->a > 0 && p->a < p->b;
    case EPI_PRIOR_LOG_NORMAL:
        return p->a > 0 && p->b > 0 && p->b <= 5;
    case EPI_PRIOR_BETA:
        return p->a > 0 && p->a < 1 && p->b > 0 && p->b * p->b < p->a * (1 - p->a);
    }
    return false;
}
/* {"prior": "lognormal", "median": 3, "sd": 0.3}; the middle of it must lie in [lo, hi]. */
static bool read_prior(const epi_json *j, epi_str path, double lo, double hi, struct epi_prior *ret,
                       struct epi_findings *f)
{
    epi_str word = epi_json_text(j, "prior", EPI_NIL);
    size_t kind = 0;
    while (kind < EPI_COUNT(PRIORS) && !epi_str_eqz(word, PRIORS[kind].word))
        kind++;
    if (kind == EPI_COUNT(PRIORS)) {
        refuse(f, "calibrate.prior-word", path, word);
        return false;
    }
    struct epi_prior p = {.kind = (enum epi_prior_kind)kind};
    p.a = epi_json_real(j, PRIORS[kind].first, (double)NAN);
    p.b = epi_json_real(j, PRIORS[kind].second, (double)NAN);
    if (j->count != 3 || !isfinite(p.a) || !isfinite(p.b) || !makes_sense(&p)) {
        refuse(f, "calibrate.prior-figures", path,
               epi_str_printf(f->a, "%s, %s", PRIORS[kind].first, PRIORS[kind].second));
        return false;
    }
    double middle = epi_prior_at(&p, 0);
    if (!(middle >= lo && middle <= hi)) {
        refuse(f, "calibrate.prior-outside", path, epi_str_printf(f->a, "%g .. %g", lo, hi));
        return false;
    }
    *ret = p;
    return true;
}
static void read_free(const epi_json *j, struct epi_calibrate *c, struct epi_findings *f)
{
    const struct epi_lever *levers;
    size_t n = epi_levers(&levers);
    c->free_n = 0;
    EPI_JSON_EACH (m, j) {
        size_t at = 0;
        while (at < n && !epi_str_eqz(m->key, levers[at].path))
            at++;
        if (at == n || levers[at].type == EPI_LEVER_TEXT || levers[at].type == EPI_LEVER_YES ||
            epi_str_starts(m->key, EPI_S("base.")) || epi_str_eqz(m->key, "days"))
            refuse(f, "calibrate.no-lever", m->key, EPI_NIL);
        else if (c->free_n == EPI_FREE_MAX)
            refuse(f, "calibrate.free-most", m->key, epi_str_printf(f->a, "%d", EPI_FREE_MAX));
        else if (read_prior(m, m->key, levers[at].lo, levers[at].hi, &c->free[c->free_n].prior, f))
            c->free[c->free_n++].lever = at;
    }
}
static void read_count(const epi_json *m, int lo, int hi, int *ret, struct epi_findings *f)
{
    if (m->type != EPI_JSON_INT || m->i < lo || m->i > hi)
        refuse(f, "calibrate.count", m->key, epi_str_printf(f->a, "%d .. %d", lo, hi));
    else
        *ret = (int)m->i;
}
static void read_walk(const epi_json *j, struct epi_calibrate *c, struct epi_findings *f)
{
    EPI_JSON_EACH (m, j) {
        if (epi_str_eqz(m->key, "every"))
            read_count(m, 1, WALK_EVERY_MAX, &c->walk_every, f);
        else if (!epi_str_eqz(m->key, "sd"))
            refuse(f, "calibrate.unknown", m->key, EPI_NIL);
    }
    c->walk_sd = epi_json_real(j, "sd", (double)NAN);
    if (c->walk_every < 1 || !(c->walk_sd > 0 && c->walk_sd <= 2))
        refuse(f, "calibrate.walk", EPI_S("walk"), EPI_NIL);
}
static void read_date(const epi_json *m, char *ret, size_t size, struct epi_findings *f)
{
    epi_date d;
    memset(ret, 0, size);
    if (m->type == EPI_JSON_TEXT && m->text.n == 0)
        return;
    if (m->type != EPI_JSON_TEXT || m->text.n >= size || !epi_date_parse_iso(m->text, &d))
        refuse(f, "scenario.date", m->key, EPI_NIL);
    else
        memcpy(ret, m->text.p, m->text.n);
}
void epi__calibrate_read(const epi_json *j, struct epi_calibrate *ret, struct epi_findings *f)
{
    struct epi_calibrate c = {.members = 100, .steps = 12};
    c.dispersion = (struct epi_prior){EPI_PRIOR_LOG_NORMAL, 10, 0.7};
    if (j->type == EPI_JSON_NULL) {
        *ret = (struct epi_calibrate){0};
        return;
    }
    if (j->type != EPI_JSON_OBJECT) {
        refuse(f, "scenario.group", j->key, EPI_NIL);
        return;
    }
    EPI_JSON_EACH (m, j) {
        if (epi_str_eqz(m->key, "members"))
            read_count(m, 20, EPI_MEMBERS_MAX, &c.members, f);
        else if (epi_str_eqz(m->key, "steps"))
            read_count(m, 1, EPI_STEPS_MAX, &c.steps, f);
        else if (epi_str_eqz(m->key, "free") && m->type == EPI_JSON_OBJECT)
            read_free(m, &c, f);
        else if (epi_str_eqz(m->key, "dispersion"))
            (void)read_prior(m, m->key, 0.01, 1e6, &c.dispersion, f);
        else if (epi_str_eqz(m->key, "walk") && m->type == EPI_JSON_OBJECT)
            read_walk(m, &c, f);
        else if (epi_str_eqz(m->key, "from"))
            read_date(m, c.from, sizeof c.from, f);
        else if (epi_str_eqz(m->key, "until"))
            read_date(m, c.until, sizeof c.until, f);
        else
            refuse(f, "calibrate.unknown", m->key, EPI_NIL);
    }
    if (c.free_n == 0 && c.walk_every == 0)
        refuse(f, "calibrate.nothing-free", EPI_S("calibrate"), EPI_NIL);
    *ret = c;
}

/* --- writing --- */
static void prior_json(struct epi_jw *w, const struct epi_prior *p)
{
    epi_jw_object(w);
    epi_jw_kvz(w, "prior", PRIORS[p->kind].word);
    epi_jw_kvr(w, PRIORS[p->kind].first, p->a);
    epi_jw_kvr(w, PRIORS[p->kind].second, p->b);
    epi_jw_object_end(w);
}
void epi__calibrate_json(struct epi_jw *w, const struct epi_calibrate *c)
{
    const struct epi_lever *levers;
    (void)epi_levers(&levers);
    epi_jw_key(w, "calibrate");
    epi_jw_object(w);
    epi_jw_kvi(w, "members", c->members);
    epi_jw_kvi(w, "steps", c->steps);
    epi_jw_key(w, "free");
    epi_jw_object(w);
    for (size_t i = 0; i < c->free_n; i++) {
        epi_jw_key(w, levers[c->free[i].lever].path);
        prior_json(w, &c->free[i].prior);
    }
    epi_jw_object_end(w);
    epi_jw_key(w, "dispersion");
    prior_json(w, &c->dispersion);
    if (c->walk_every > 0) {
        epi_jw_key(w, "walk");
        epi_jw_object(w);
        epi_jw_kvi(w, "every", c->walk_every);
        epi_jw_kvr(w, "sd", c->walk_sd);
        epi_jw_object_end(w);
    }
    if (c->from[0])
        epi_jw_kvz(w, "from", c->from);
    if (c->until[0])
        epi_jw_kvz(w, "until", c->until);
    epi_jw_object_end(w);
}
