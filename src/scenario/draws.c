// SPDX-License-Identifier: AGPL-3.0-or-later
/* posterior.csv read back, and which draw a run takes. */
#include "base/csv.h"
#include "scenario/calibrate_internal.h"
#include "scenario/runs_internal.h"

enum { AT_SEED = 1, AT_PEOPLE, AT_DAYS, AT_LAST, AT_VALUES };
#define AFTER_VALUES 3 /* hazard, transmission, seed */
#define DRAWS_MOST 100000

static bool find_lever(epi_str path, struct epi_free *ret)
{
    const struct epi_lever *levers;
    size_t n = epi_levers(&levers);
    for (size_t i = 0; i < n; i++)
        if (epi_str_eqz(path, levers[i].path) && levers[i].type != EPI_LEVER_TEXT &&
            levers[i].type != EPI_LEVER_YES) {
            ret->lever = i;
            return true;
        }
    return false;
}
static bool read_head(struct epi_arena *a, const struct epi_csv *c, struct epi_draws *d)
{
    if (c->n < AT_VALUES + 1 + AFTER_VALUES || c->n > AT_VALUES + EPI_FREE_MAX + 1 + AFTER_VALUES ||
        !epi_str_eqz(c->fields[0], "draw") || !epi_str_eqz(c->fields[c->n - 1], "seed"))
        return false;
    d->values_n = c->n - AT_VALUES - AFTER_VALUES;
    d->lever = EPI_ARRAY(a, d->values_n, struct epi_free);
    for (size_t i = 0; i + 1 < d->values_n; i++) /* the last is the dispersion of reports */
        if (!find_lever(c->fields[AT_VALUES + i], &d->lever[i]))
            return false;
    return true;
}
static bool read_push(epi_str v, float *ret)
{
    double x;
    bool ok = epi_str_to_f64(v, &x) && x >= 0 && x <= 1000;
    *ret = ok ? (float)x : 0;
    return ok;
}
/* "0:1;35:0.8": from day 0 on, from day 35 on. A shorter run takes what it needs. */
static bool read_days(epi_str text, int days, float *ret)
{
    epi_str part, from;
    float value = 0;
    int day = 0;
    bool begun = false;
    while (text.n && epi_str_split(&text, ';', &part)) {
        int64_t at;
        epi_str_split(&part, ':', &from);
        if (!epi_str_to_i64(from, &at) || at < day || (!begun && at > 0))
            return false;
        begun = true;
        for (; day < at && day < days; day++)
            ret[day] = value;
        if (!read_push(part, &value))
            return false;
    }
    for (; day < days; day++)
        ret[day] = value;
    return begun;
}
static bool read_draw(struct epi_arena *a, const struct epi_csv *c, struct epi_draws *d)
{
    int64_t society_seed, people, days, last, seed = 0;
    double hazard;
    size_t i = d->n;
    uint64_t *seeds = EPI_ARRAY(a, (size_t)d->days, uint64_t);
    float *push = EPI_ARRAY(a, (size_t)d->days, float);
    bool ok = c->n == AT_VALUES + d->values_n + AFTER_VALUES &&
              epi_str_to_i64(c->fields[AT_SEED], &society_seed) && society_seed >= 0 &&
              epi_str_to_i64(c->fields[AT_PEOPLE], &people) && people > 0 && people < EPI_NOBODY &&
              epi_str_to_i64(c->fields[AT_DAYS], &days) && days >= 1 && days <= 3650 &&
              epi_str_to_i64(c->fields[AT_LAST], &last) && last >= 0 && last < days;
    for (size_t k = 0; k < d->values_n && ok; k++)
        ok = epi_str_to_f64(c->fields[AT_VALUES + k], &d->value[i * d->values_n + k]);
    ok = ok && epi_str_to_f64(c->fields[c->n - 3], &hazard) && hazard >= 0 &&
         read_days(c->fields[c->n - 2], d->days, push) &&
         epi_str_to_i64(c->fields[c->n - 1], &seed) && seed >= 0;
    if (!ok || (i > 0 && (d->society_seed != (uint64_t)society_seed ||
                          d->people != (uint32_t)people || d->last != (int)last)))
        return false;
    for (int day = 0; day < d->days; day++)
        seeds[day] = (uint64_t)seed;
    d->society_seed = (uint64_t)society_seed;
    d->people = (uint32_t)people;
    d->last = (int)last;
    d->track[i].hazard = (float)hazard;
    d->track[i].seed = seeds;
    d->track[i].push = push;
    d->n++;
    return true;
}
static size_t lines_in(epi_str text)
{
    size_t n = 0;
    for (size_t i = 0; i < text.n; i++)
        n += text.p[i] == '\n';
    return n + 1;
}
epi_status epi_draws_read(struct epi_arena *a, epi_str text, int days, struct epi_draws *ret,
                          struct epi_findings *findings, struct epi_err *reterr)
{
    struct epi_csv c;
    struct epi_draws d = {.days = days, .digest = epi_str_hash(text)};
    size_t most = lines_in(text);
    epi_csv_init(&c, text, ',');
    bool ok = most <= DRAWS_MOST && epi_csv_next(&c) && read_head(a, &c, &d);
    if (ok) {
        d.value = EPI_ARRAY(a, most * d.values_n, double);
        d.track = EPI_ARRAY(a, most, struct epi_track);
    } else {
        epi_finding_add(findings, EPI_ERROR, "calibrate.not-draws", 0, EPI_NIL, EPI_NIL, EPI_NIL);
    }
    while (ok && epi_csv_next(&c)) {
        if (c.n <= 1)
            continue;
        if (!read_draw(a, &c, &d)) {
            epi_finding_add(findings, EPI_ERROR, "calibrate.draw-row", c.row - 1, EPI_NIL, EPI_NIL,
                            EPI_NIL);
            ok = false;
        }
    }
    epi_csv_done(&c);
    if (!ok || d.n == 0)
        return EPI_FAIL(reterr, EPI_INVALID, "calibrate.draws-refused", "%zu", d.n);
    *ret = d;
    return EPI_OK;
}

/* --- which one --- */
void epi_draws_take(struct epi_arena *a, const struct epi_draws *d, unsigned run, unsigned runs,
                    struct epi_scenario *io, struct epi_track *ret)
{
    size_t at = (run - 1) % d->n, again = (run - 1) / d->n;
    if (runs < d->n)
        at = (size_t)(((double)run - 0.5) / runs * (double)d->n);
    *ret = d->track[at];
    for (size_t k = 0; k + 1 < d->values_n; k++)
        (void)epi__lever_set(io, d->lever[k].lever, d->value[at * d->values_n + k]);
    if (again == 0)
        return;
    uint64_t *seed = EPI_ARRAY(a, (size_t)d->days, uint64_t);
    memcpy(seed, ret->seed, (size_t)d->days * sizeof *seed);
    for (int day = d->last + 1; day < d->days; day++) {
        struct epi_rng rng = epi_rng_stream(seed[day], "draws.again", again, 0);
        seed[day] = epi_rng_u64(&rng) >> 1;
    }
    ret->seed = seed;
}
