// SPDX-License-Identifier: AGPL-3.0-or-later
/* A run: its memory, a new infection, and what makes a person susceptible. */
#include "scenario/packs_internal.h"

const char *epi_tally_word(enum epi_tally t)
{
    static const char *const words[] = {
#define X(name, word) #word,
        EPI_TALLIES(X)
#undef X
    };
    return words[t];
}

/* --- memory --- */
#define RANGES 16U /* at most, in a society of less than 16 million; beyond, four times as many */
static void *zeroed(size_t count, size_t size)
{
    size_t bytes = count * size;
    void *p = epi_xmalloc(bytes ? bytes : 1);
    return memset(p, 0, bytes ? bytes : 1);
}
static epi_status take_hazard(struct epi_world *w, double hazard, struct epi_err *reterr)
{
    if (!isfinite(hazard) && w->d.water_rate <= 0)
        return EPI_FAIL(reterr, EPI_INVALID, "scenario.no-contacts", "%s", w->d.name);
    w->hazard = isfinite(hazard) ? (float)hazard : 0;
    for (size_t i = 0; i < EPI_AGES_10; i++) {
        w->sus_age[i] = (float)w->d.susceptibility[i];
        if (w->sus_age[i] > w->top_susceptibility)
            w->top_susceptibility = w->sus_age[i];
    }
    for (size_t t = 0; t < EPI_PROFILE_DAYS; t++)
        w->profile_sum += w->profile[t] = (float)w->d.profile[t];
    for (size_t m = 0; m < EPI_RULED_N; m++)
        w->setting[m] = (float)w->d.setting[m < EPI_MIX_N ? m : EPI_MEET_OTHER];
    epi__alias_make(w->profile_day, EPI_PROFILE_DAYS, w->d.profile, NULL);
    w->immune_for_good = w->d.immunity >= 1 && w->d.immunity_half_life <= 0 && w->d.variants_n == 1;
    return EPI_OK;
}
/* Ranges are few enough that each has something to send to each, and enough for many threads. */
static void make_ranges(struct epi_world *w)
{
    uint32_t most = w->blocks_n < 4096 ? RANGES : 4 * RANGES;
    w->range_shift = 2;
    while ((w->blocks_n - 1) >> w->range_shift >= most)
        w->range_shift++;
    w->ranges_n = ((w->blocks_n - 1) >> w->range_shift) + 1;
    w->ranges = zeroed(w->ranges_n, sizeof *w->ranges);
    for (uint32_t i = 0; i < w->ranges_n; i++) {
        w->ranges[i].due = zeroed((size_t)EPI__RING * w->ranges_n, sizeof *w->ranges[i].due);
        w->ranges[i].at = zeroed((size_t)1 << w->range_shift, sizeof *w->ranges[i].at);
    }
}
static void free_range(const struct epi_world *w, struct epi__range *r)
{
    for (size_t i = 0; i < (size_t)EPI__RING * w->ranges_n; i++)
        free(r->due[i].v);
    for (size_t i = 0; i < EPI__RING; i++)
        free(r->wake[i].v);
    free(r->due);
    free(r->at);
    free(r->fresh.v);
    free(r->mine.v);
    free(r->asks.v);
    free(r->severe.v);
}
static size_t range_bytes(const struct epi_world *w, const struct epi__range *r)
{
    size_t n = ((size_t)r->fresh.cap + r->mine.cap) * sizeof(struct epi__attempt) +
               (sizeof *r->at << w->range_shift) + sizeof *r;
    for (size_t i = 0; i < (size_t)EPI__RING * w->ranges_n; i++)
        n += r->due[i].cap * sizeof *r->due[i].v + sizeof r->due[i];
    for (size_t i = 0; i < EPI__RING; i++)
        n += r->wake[i].cap * sizeof *r->wake[i].v;
    return n;
}
epi_status epi_world_new(const struct epi_society *s, const struct epi_natural_history *d,
                         const struct epi_scenario *scenario, uint64_t seed, unsigned threads,
                         struct epi_world **ret, struct epi_err *reterr)
{
    double hazard = epi_hazard_of(s, d, scenario->r0 > 0 ? scenario->r0 : d->r0);
    return epi__world_at(s, d, scenario, hazard, seed, threads, ret, reterr);
}
epi_status epi__world_at(const struct epi_society *s, const struct epi_natural_history *d,
                         const struct epi_scenario *scenario, double hazard, uint64_t seed,
                         unsigned threads, struct epi_world **ret, struct epi_err *reterr)
{
    if (scenario->days < 1 || scenario->days > 3650)
        return EPI_FAIL(reterr, EPI_INVALID, "scenario.days", "%d", scenario->days);
    struct epi_world *w = zeroed(1, sizeof *w);
    *w = (struct epi_world){.s = s, .d = *d, .sc = *scenario, .seed = seed};
    w->threads = threads ? threads : 1;
    if (!epi_date_parse_iso(epi_str_of(scenario->base.date), &w->first))
        w->first = EPI_DATE_UNKNOWN;
    w->most_other = 1;
    for (size_t i = 0; scenario->season.observed && i < s->seasons_n; i++)
        w->most_other = fmaxf(w->most_other, (float)s->seasons[i].other);
    epi_status status = take_hazard(w, hazard, reterr);
    if (status != EPI_OK) {
        free(w);
        return status;
    }
    size_t days = (size_t)scenario->days, places = s->places_n;
    w->seed_on = zeroed(days, sizeof *w->seed_on);
    w->push_on = zeroed(days, sizeof *w->push_on);
    for (size_t i = 0; i < days; i++)
        w->seed_on[i] = seed, w->push_on[i] = 1;
    w->p = zeroed(s->n, sizeof *w->p);
    for (uint32_t i = 0; i < s->n; i++) {
        uint32_t decade = s->age[i] / 10U;
        w->p[i].decade = (uint8_t)(decade < EPI_AGES_10 ? decade : EPI_AGES_10 - 1);
        w->p[i].place = s->place[i];
    }
    w->blocks_n = (s->n + EPI__BLOCK - 1) / EPI__BLOCK;
    w->blocks = zeroed(w->blocks_n, sizeof *w->blocks);
    make_ranges(w);
    w->kept = zeroed(((size_t)s->n + 63) / 64, sizeof *w->kept);
    w->factor = zeroed(places, sizeof *w->factor);
    w->factor_past = zeroed(days * places, EPI_RULED_N);
    w->level = zeroed(places, 1);
    w->level_since = zeroed(places, sizeof *w->level_since);
    w->weekly = zeroed(places, sizeof *w->weekly);
    w->water = zeroed(places, sizeof *w->water);
    w->before = zeroed(places, EPI__BEFORE * EPI__BEFORE_N * sizeof *w->before);
    w->site = zeroed(places, sizeof *w->site);
    w->ward = zeroed((size_t)s->hospitals_n * EPI__WARDS, sizeof *w->ward);
    w->next_dose = zeroed(places, sizeof *w->next_dose);
    w->locked_n = zeroed(places, sizeof *w->locked_n);
    w->locked_to = zeroed(s->hamlets_n, sizeof *w->locked_to);
    w->hamlet_found = zeroed((size_t)s->hamlets_n, EPI__ZONE_DAYS * sizeof *w->hamlet_found);
    w->tally = zeroed(days * places, EPI_TALLY_N * sizeof *w->tally);
    w->age_tally = zeroed(days, EPI_MIX_BANDS * sizeof *w->age_tally);
    w->how_tally = zeroed(days, EPI_MEETING_N * sizeof *w->how_tally);
    *ret = w;
    return EPI_OK;
}
void epi_world_free(struct epi_world *w)
{
    if (!w)
        return;
    for (uint32_t b = 0; b < w->blocks_n; b++)
        free(w->blocks[b].infections.v);
    for (uint32_t i = 0; i < w->ranges_n; i++)
        free_range(w, &w->ranges[i]);
    for (uint32_t i = 0; i < w->s->places_n; i++)
        free(w->site[i].of.v);
    for (uint32_t i = 0; i < w->s->hospitals_n * EPI__WARDS; i++)
        free(w->ward[i].of.v);
    for (size_t i = 0; i < EPI__RING; i++)
        free(w->due[i].v);
    epi__gatherings_free(w);
    epi__rules_free(w->rules);
    void *const all[] = {
        w->ranges,    w->kept,        w->factor,       w->p,       w->blocks,      w->factor_past,
        w->level,     w->level_since, w->weekly,       w->water,   w->site,        w->next_dose,
        w->locked_n,  w->locked_to,   w->hamlet_found, w->lab.v,   w->sick_none.v, w->tally,
        w->age_tally, w->how_tally,   w->seed_on,      w->push_on, w->before,      w->ward};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        free(all[i]);
    free(w);
}
size_t epi_world_bytes(const struct epi_world *w)
{
    size_t n = w->s->n * sizeof *w->p + w->s->n / 8 + w->blocks_n * sizeof *w->blocks;
    for (uint32_t b = 0; b < w->blocks_n; b++)
        n += w->blocks[b].infections.cap * sizeof(struct epi_infection);
    for (uint32_t i = 0; i < w->ranges_n; i++)
        n += range_bytes(w, &w->ranges[i]);
    for (uint32_t i = 0; i < w->s->places_n; i++)
        n += w->site[i].of.cap * sizeof *w->site[i].of.v + sizeof *w->site;
    for (uint32_t i = 0; i < w->s->hospitals_n * EPI__WARDS; i++)
        n += w->ward[i].of.cap * sizeof *w->ward[i].of.v + sizeof *w->ward;
    return n + (size_t)w->sc.days * w->s->places_n * (EPI_TALLY_N * sizeof *w->tally + EPI_RULED_N);
}

/* --- susceptibility ---
 * What immunity leaves: after infection it falls by half each half-life, after doses too. */
static float waned(double effect, double half_life, int days)
{
    return (float)(half_life > 0 ? effect * exp2(-days / half_life) : effect);
}
static int doses_that_count(const struct epi_world *w, const struct epi__person *p, int day)
{
    int n = p->doses < EPI_DOSES ? p->doses : EPI_DOSES - 1;
    return n > 0 && day - p->dose_day < w->d.vaccine_lag ? n - 1 : n;
}
float epi__susceptible(const struct epi_world *w, uint32_t person, uint32_t variant)
{
    const struct epi__person *p = &w->p[person];
    if (p->flags & (EPI__ACTIVE | EPI__DEAD))
        return 0;
    if (p->last && w->immune_for_good)
        return 0;
    float sus = w->sus_age[p->decade], ignores = (float)w->d.variants[variant].escape;
    if (p->flags & EPI__IMMUNE)
        sus *= 1 - waned(w->d.immunity, w->d.immunity_half_life, w->day) * (1 - ignores);
    if (p->last) {
        const struct epi_infection *i = epi__latest(w, person);
        bool same = i->variant == variant;
        sus *= 1 - waned(w->d.immunity, w->d.immunity_half_life, w->day - i->out) *
                       (same ? 1 : 1 - ignores);
    }
    if (p->doses) {
        double effect = w->d.vaccine_infection[doses_that_count(w, p, w->day)];
        sus *= 1 - waned(effect, w->d.vaccine_half_life, w->day - p->dose_day) * (1 - ignores);
    }
    return sus;
}

/* --- a new infection: its whole course is drawn at once --- */
int epi__delay_days(struct epi__draw *d, const struct epi_delay *delay)
{
    if (delay->sd <= 0)
        return (int)lround(delay->mean);
    double v = log1p(delay->sd * delay->sd / (delay->mean * delay->mean));
    return (int)lround(exp(log(delay->mean) - v / 2 + sqrt(v) * (double)epi__gauss(d)));
}
/* Gamma with mean 1 and shape k, by Marsaglia and Tsang 2000. */
static float gamma_mean_1(struct epi__draw *d, float k)
{
    float boost = k < 1 ? powf(epi__unit(d), 1 / k) : 1, shape = k < 1 ? k + 1 : k;
    float a = shape - 1.0F / 3, c = 1 / sqrtf(9 * a);
    for (;;) {
        float x = epi__gauss(d), v = 1 + c * x;
        if (v <= 0)
            continue;
        v = v * v * v;
        if (logf(epi__unit(d)) < x * x / 2 + a - a * v + a * logf(v))
            return a * v * boost / k;
    }
}
static int16_t day_after(int day, int delay)
{
    int64_t at = (int64_t)day + (delay < 1 ? 1 : delay);
    return (int16_t)(at < EPI_NO_DAY ? at : EPI_NO_DAY - 1);
}
int epi__infectious_days(const struct epi_natural_history *d)
{
    int last = 1;
    for (int t = 1; t < EPI_PROFILE_DAYS; t++)
        if (d->profile[t] > 0)
            last = t;
    return last + 1;
}
static void draw_course(const struct epi_world *w, struct epi_infection *i, struct epi__draw *d)
{
    const struct epi_natural_history *di = &w->d;
    const struct epi__person *p = &w->p[i->person];
    double u = (double)epi__unit(d), spared = di->vaccine_severe[doses_that_count(w, p, w->day)];
    double worse = di->variants[i->variant].severity * (1 - spared);
    uint8_t dec = p->decade;
    int out = i->day + epi__infectious_days(di);
    if (u < di->symptomatic[dec]) {
        int onset = epi__delay_days(d, &di->incubation);
        i->onset = day_after(i->day, onset);
        if (u < di->severe[dec] * worse) {
            i->severe = day_after(i->onset, epi__delay_days(d, &di->onset_to_severe));
            out = day_after(i->severe, epi__delay_days(d, &di->severe_to_out));
            if (u < di->critical[dec] * worse) {
                i->critical = day_after(i->severe, epi__delay_days(d, &di->severe_to_critical));
                i->dies = u < di->death[dec] * worse;
                out = day_after(i->critical, epi__delay_days(d, i->dies ? &di->critical_to_death
                                                                        : &di->critical_to_out));
            }
        }
        if (out <= i->onset)
            out = i->onset + 1;
    } else {
        i->strength *= (float)di->asymptomatic;
    }
    i->out = (int16_t)(out < EPI_NO_DAY ? out : EPI_NO_DAY - 1);
}
void epi__infect(struct epi_world *w, uint32_t person, uint32_t by, uint32_t variant,
                 enum epi_meeting how)
{
    struct epi__person *p = &w->p[person];
    struct epi__block *b = epi__block_of(w, person);
    struct epi__range *r = &w->ranges[epi__range_of(w, person)];
    struct epi__draw d = epi__draw_of(w, person, EPI__DRAW_COURSE);
    struct epi_infection i = {.person = person,
                              .by = by,
                              .day = (int16_t)w->day,
                              .onset = EPI_NO_DAY,
                              .severe = EPI_NO_DAY,
                              .critical = EPI_NO_DAY,
                              .found = EPI_NO_DAY,
                              .strength = 1,
                              .variant = (uint8_t)variant,
                              .how = (uint8_t)how};
    if (w->d.dispersion > 0)
        i.strength = gamma_mean_1(&d, (float)w->d.dispersion);
    if (p->doses)
        i.strength *= (float)(1 - w->d.vaccine_onward[doses_that_count(w, p, w->day)]);
    draw_course(w, &i, &d);
    EPI__PUSH(&b->infections, i);
    b->active++;
    p->last = b->infections.n;
    p->flags = (uint8_t)((p->flags & ~EPI__POSITIVE) | EPI__ACTIVE);
    epi__attempts_of(w, &i, w->day, w->sc.days, &r->fresh);
    epi__wake_from(w, &i, w->day + 1);
}
bool epi_world_infect(struct epi_world *w, uint32_t person, uint32_t variant)
{
    if (person >= w->s->n || variant >= w->d.variants_n || w->day >= w->sc.days ||
        epi__susceptible(w, person, variant) <= 0)
        return false;
    epi__infect(w, person, EPI_NOBODY, variant, EPI_MEET_ABROAD);
    epi__send(w, epi__range_of(w, person));
    return true;
}
void epi_world_vaccinated(struct epi_world *w, uint32_t person, int doses, int days_ago)
{
    struct epi__person *p = &w->p[person];
    p->doses = (uint8_t)(doses < 0 ? 0 : doses > 255 ? 255 : doses);
    p->dose_day = (int16_t)(w->day - (days_ago > 30000 ? 30000 : days_ago));
}

/* --- questions --- */
int epi_world_days_done(const struct epi_world *w)
{
    return w->day;
}
double epi_world_hazard(const struct epi_world *w)
{
    return (double)w->hazard;
}
uint32_t epi_world_tally(const struct epi_world *w, int day, uint32_t place, enum epi_tally t)
{
    return w->tally[((size_t)day * w->s->places_n + place) * EPI_TALLY_N + t];
}
uint64_t epi_world_tally_all(const struct epi_world *w, int day, enum epi_tally t)
{
    uint64_t n = 0;
    for (uint32_t i = 0; i < w->s->places_n; i++)
        n += epi_world_tally(w, day, i, t);
    return n;
}
uint32_t epi_world_by_age(const struct epi_world *w, int day, int band)
{
    return w->age_tally[(size_t)day * EPI_MIX_BANDS + (size_t)band];
}
uint32_t epi_world_by_meeting(const struct epi_world *w, int day, enum epi_meeting m)
{
    return w->how_tally[(size_t)day * EPI_MEETING_N + m];
}
uint64_t epi_world_infections(const struct epi_world *w)
{
    uint64_t n = 0;
    for (uint32_t b = 0; b < w->blocks_n; b++)
        n += w->blocks[b].infections.n;
    return n;
}
void epi_world_each(const struct epi_world *w,
                    bool (*each)(void *ctx, const struct epi_infection *i), void *ctx)
{
    for (uint32_t b = 0; b < w->blocks_n; b++)
        for (uint32_t k = 0; k < w->blocks[b].infections.n; k++)
            if (!each(ctx, &w->blocks[b].infections.v[k]))
                return;
}
