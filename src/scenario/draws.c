// SPDX-License-Identifier: AGPL-3.0-or-later
/* posterior.csv read back, and which draw a run takes. */
#include "base/csv.h"
#include "scenario/calibrate_internal.h"
#include "scenario/runs_internal.h"

enum { AT_SEED = 1, AT_PEOPLE, AT_DAYS, AT_LAST, AT_WEIGHT, AT_VALUES };
#define AFTER_VALUES 4 /* hazard, transmission, levers, seeds */
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
        !epi_str_eqz(c->fields[0], "draw") || !epi_str_eqz(c->fields[c->n - 1], "seeds"))
        return false;
    d->values_n = c->n - AT_VALUES - AFTER_VALUES;
    d->lever = EPI_ARRAY(a, d->values_n, struct epi_free);
    for (size_t i = 0; i + 1 < d->values_n; i++) /* the last is the dispersion of reports */
        if (!find_lever(c->fields[AT_VALUES + i], &d->lever[i]))
            return false;
    return true;
}
/* "0:v;35:v": from day 0 on, from day 35 on. Calls `put` for every day. */
static bool read_days(epi_str text, int days, bool (*put)(void *to, int day, epi_str v), void *to)
{
    epi_str part, value = EPI_NIL;
    int day = 0;
    while (text.n && epi_str_split(&text, ';', &part)) {
        epi_str from = EPI_NIL;
        int64_t at;
        epi_str_split(&part, ':', &from);
        if (!epi_str_to_i64(from, &at) || at < day || (day == 0 && !value.n && at > 0))
            return false;
        for (; day < at && day < days; day++)
            if (!put(to, day, value))
                return false;
        if (at < days) /* a shorter run takes what it needs */
            value = part;
    }
    for (; day < days; day++)
        if (!put(to, day, value))
            return false;
    return true;
}
static bool put_seed(void *to, int day, epi_str v)
{
    int64_t x;
    bool ok = epi_str_to_i64(v, &x) && x >= 0;
    ((uint64_t *)to)[day] = ok ? (uint64_t)x : 0;
    return ok;
}
static bool put_push(void *to, int day, epi_str v)
{
    double x;
    bool ok = epi_str_to_f64(v, &x) && x >= 0 && x <= 1000;
    ((float *)to)[day] = ok ? (float)x : 0;
    return ok;
}
/* "0:3.1|0.5;35:3.2|0.4" */
static bool read_turns(struct epi_arena *a, epi_str text, size_t n, struct epi_track *ret)
{
    size_t most = 1;
    epi_str part;
    for (size_t i = 0; i < text.n; i++)
        most += text.p[i] == ';';
    struct epi_turn *v = EPI_ARRAY(a, most, struct epi_turn);
    ret->turn = v;
    for (ret->turns = 0; text.n && epi_str_split(&text, ';', &part); ret->turns++) {
        epi_str one = EPI_NIL;
        int64_t day;
        epi_str_split(&part, ':', &one);
        if (!epi_str_to_i64(one, &day) || day < 0 || day > 3650 ||
            (ret->turns ? day <= v[ret->turns - 1].day : day > 0))
            return false;
        v[ret->turns].day = (int)day;
        for (size_t k = 0; k < n; k++)
            if (!epi_str_split(&part, '|', &one) || !epi_str_to_f64(one, &v[ret->turns].value[k]))
                return false;
    }
    return ret->turns > 0;
}
static bool read_draw(struct epi_arena *a, const struct epi_csv *c, struct epi_draws *d)
{
    int64_t seed, people, days, last;
    double hazard;
    size_t i = d->n;
    uint64_t *seeds = EPI_ARRAY(a, (size_t)d->days, uint64_t);
    float *push = EPI_ARRAY(a, (size_t)d->days, float);
    bool ok = c->n == AT_VALUES + d->values_n + AFTER_VALUES &&
              epi_str_to_i64(c->fields[AT_SEED], &seed) && seed >= 0 &&
              epi_str_to_i64(c->fields[AT_PEOPLE], &people) && people > 0 && people < EPI_NOBODY &&
              epi_str_to_i64(c->fields[AT_DAYS], &days) && days >= 1 && days <= 3650 &&
              epi_str_to_i64(c->fields[AT_LAST], &last) && last >= 0 && last < days &&
              epi_str_to_f64(c->fields[AT_WEIGHT], &d->weight[i]) && d->weight[i] >= 0;
    for (size_t k = 0; k < d->values_n && ok; k++)
        ok = epi_str_to_f64(c->fields[AT_VALUES + k], &d->value[i * d->values_n + k]);
    ok = ok && epi_str_to_f64(c->fields[c->n - 4], &hazard) && hazard >= 0 &&
         read_turns(a, c->fields[c->n - 2], d->values_n - 1, &d->track[i]) &&
         read_days(c->fields[c->n - 3], d->days, put_push, push) &&
         read_days(c->fields[c->n - 1], d->days, put_seed, seeds);
    if (!ok || (i > 0 && (d->society_seed != (uint64_t)seed || d->people != (uint32_t)people ||
                          d->last != (int)last)))
        return false;
    d->society_seed = (uint64_t)seed;
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
    double sum = 0;
    epi_csv_init(&c, text, ',');
    bool ok = most <= DRAWS_MOST && epi_csv_next(&c) && read_head(a, &c, &d);
    if (ok) {
        d.weight = EPI_ARRAY(a, most, double);
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
        } else {
            sum += d.weight[d.n - 1];
        }
    }
    epi_csv_done(&c);
    if (!ok || !(sum > 0))
        return EPI_FAIL(reterr, EPI_INVALID, "calibrate.draws-refused", "%zu", d.n);
    *ret = d;
    return EPI_OK;
}

/* --- which one --- */
static void set_levers(const struct epi_draws *d, const struct epi_turn *t, struct epi_scenario *io)
{
    for (size_t k = 0; k + 1 < d->values_n; k++)
        (void)epi__lever_set(io, d->lever[k].lever, t->value[k]);
}
void epi__draws_turn(const struct epi_draws *d, const struct epi_track *t, int day,
                     struct epi_world *w)
{
    size_t i = t->turns - 1;
    while (i > 0 && t->turn[i].day > day)
        i--;
    set_levers(d, &t->turn[i], &w->sc);
}
void epi_draws_take(struct epi_arena *a, const struct epi_draws *d, unsigned run, unsigned runs,
                    struct epi_scenario *io, struct epi_track *ret)
{
    double all = 0, sum = 0;
    for (size_t i = 0; i < d->n; i++)
        all += d->weight[i];
    /* run r stands for the weight from (r - 1) / runs to r / runs, and takes its middle */
    size_t at = 0, taken = 0;
    double want = all * ((double)run - 0.5) / runs;
    while (at + 1 < d->n && sum + d->weight[at] < want)
        sum += d->weight[at++];
    for (unsigned before = 1; before < run; before++)
        taken += all * ((double)before - 0.5) / runs > sum;
    *ret = d->track[at];
    set_levers(d, &ret->turn[0], io);
    if (taken == 0)
        return;
    uint64_t *seed = EPI_ARRAY(a, (size_t)d->days, uint64_t);
    memcpy(seed, ret->seed, (size_t)d->days * sizeof *seed);
    for (int day = d->last + 1; day < d->days; day++) {
        struct epi_rng rng = epi_rng_stream(seed[day], "draws.again", taken, 0);
        seed[day] = epi_rng_u64(&rng) >> 1;
    }
    ret->seed = seed;
}
