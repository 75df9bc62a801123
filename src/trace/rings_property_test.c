// SPDX-License-Identifier: AGPL-3.0-or-later
#include "trace/trace.h"
#include "base/test.h"
#include <math.h>

/* Random small worlds kept as plain rows, a slow ring computation on those rows, and worlds that
 * grow. */
#define PEOPLE 16
#define CASES 6
#define ROWS 24
#define PLACES 3
#define OFFSET 420
#define NEVER INT64_MAX
#define HOUR_MS ((int64_t)3600000)

struct row { /* contact: `key` is the case; visit: the place */
    int person, key, day, last, hour, hours;
    int isolated; /* contact: -1 unknown */
};
struct world {
    int person_of[CASES], onset[CASES], reported[CASES], isolated[CASES];
    int household[PEOPLE];
    struct row contacts[ROWS], visits[ROWS];
    int n_contacts, n_visits, as_of;
    struct epi_trace_options o;
};

static int between(struct epi_rng *rng, int lo, int hi)
{
    return (int)epi_rng_between(rng, lo, hi);
}

/* Isolation follows the report and the exposure, as it does when nothing is mistyped. */
static void draw(struct epi_rng *rng, struct world *w)
{
    *w = (struct world){.n_contacts = between(rng, 0, ROWS - 1),
                        .n_visits = between(rng, 0, ROWS - 1),
                        .as_of = between(rng, 8, 16),
                        .o = EPI_TRACE_DEFAULTS};
    for (int i = 0; i < CASES; i++) {
        w->person_of[i] = i; /* the first people are the cases */
        w->onset[i] = epi_rng_chance(rng, 0.85) ? between(rng, 1, 8) : -1;
        w->reported[i] = i == 0 ? 2 : between(rng, 2, 12);
        w->isolated[i] = epi_rng_chance(rng, 0.4) ? w->reported[i] + between(rng, 0, 3) : -1;
    }
    w->onset[0] = 2;
    for (int i = 0; i < PEOPLE; i++)
        w->household[i] = epi_rng_chance(rng, 0.4) ? between(rng, 1, 5) : 0;
    for (int i = 0; i < ROWS; i++) {
        struct row *c = &w->contacts[i], *v = &w->visits[i];
        *c = (struct row){.person = between(rng, 0, PEOPLE - 1),
                          .key = between(rng, 0, CASES - 1),
                          .day = epi_rng_chance(rng, 0.9) ? between(rng, 0, 14) : -1,
                          .isolated = -1};
        c->last = c->day < 0 ? -1 : c->day + between(rng, 0, 2);
        if (epi_rng_chance(rng, 0.15) && c->day >= 0)
            c->isolated = c->last + between(rng, 0, 3);
        *v = (struct row){.person = between(rng, 0, PEOPLE - 1),
                          .key = between(rng, 0, PLACES - 1),
                          .day = between(rng, 0, 14),
                          .hour = between(rng, 0, 22),
                          .hours = between(rng, 0, 5)};
    }
    w->o.depth = between(rng, 1, 6);
    w->o.lead = (epi_days){2};
    w->o.dose_lag = (epi_days){14};
    w->o.latent.n = between(rng, 0, 2) / 2;
    w->o.overlap_minutes = between(rng, 0, 1) * 45;
    w->o.flags = epi_rng_chance(rng, 0.3) ? EPI_TRACE_BOTH_WAYS : 0;
}

static epi_date date(int n)
{
    return n < 0 ? EPI_DATE_UNKNOWN : (epi_date){18900 + n};
}

static int64_t ms(int day, int hour)
{
    return epi_date_start(date(day), OFFSET).ms + hour * HOUR_MS;
}

static struct epi_picture *picture(const struct world *w)
{
    struct epi_picture *p = epi_picture_new(date(w->as_of), OFFSET);
    for (int i = 0; i < PEOPLE; i++)
        epi_picture_add_person(p, (epi_id){100 + (uint64_t)i}, (epi_id){(uint64_t)w->household[i]},
                               EPI_DATE_UNKNOWN, -1);
    for (int i = 0; i < CASES; i++) {
        struct epi_pic_case c = {.id = {500 + (uint64_t)i},
                                 .onset = date(w->onset[i]),
                                 .sampled = EPI_DATE_UNKNOWN,
                                 .reported = date(w->reported[i]),
                                 .isolated = date(w->isolated[i]),
                                 .outcome_date = EPI_DATE_UNKNOWN,
                                 .unit = -1,
                                 .classification = EPI_NO_WORD,
                                 .outcome = EPI_NO_WORD};
        epi_picture_add_case(p, &c, (epi_id){100 + (uint64_t)w->person_of[i]});
    }
    for (int i = 0; i < w->n_contacts; i++) {
        const struct row *r = &w->contacts[i];
        struct epi_pic_contact c = {.id = {1000 + (uint64_t)i},
                                    .first = date(r->day),
                                    .last = date(r->last),
                                    .isolated = date(r->isolated),
                                    .minutes = -1,
                                    .distance = NAN,
                                    .setting = EPI_NO_WORD,
                                    .masked = -1};
        epi_picture_add_contact(p, &c, (epi_id){500 + (uint64_t)r->key},
                                (epi_id){100 + (uint64_t)r->person}, (epi_id){0});
    }
    for (int i = 0; i < w->n_visits; i++) {
        const struct row *r = &w->visits[i];
        struct epi_pic_visit v = {.id = {2000 + (uint64_t)i},
                                  .from = {ms(r->day, r->hour)},
                                  .to = {ms(r->day, r->hour + r->hours)}};
        epi_picture_add_visit(p, &v, (epi_id){100 + (uint64_t)r->person},
                              (epi_id){900 + (uint64_t)r->key});
    }
    epi_picture_seal(p);
    return p;
}

/* --- the slow way -------------------------------------------------------------------- */
struct slow {
    const struct world *w;
    int64_t reached[EPI_TRACE_DEPTH_MAX + 1]
                   [PEOPLE]; /* earliest exposure in so many steps or fewer */
    int64_t from, to;        /* of the person being spread */
    int64_t *next;
};

static bool known_case(const struct world *w, int k)
{
    return w->reported[k] <= w->as_of;
}

static int64_t greater(int64_t a, int64_t b)
{
    return a > b ? a : b;
}

static int64_t smaller(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

static void expose(struct slow *s, int to, int64_t first, int64_t last, int64_t least)
{
    int64_t f = greater(first, s->from), t = smaller(last, s->to);
    if (t - f >= least && f < s->next[to])
        s->next[to] = f;
}

static int64_t isolated_at(const struct world *w, int who)
{
    int64_t until = INT64_MIN, end = ms(w->as_of + 1, 0);
    for (int k = 0; k < CASES; k++)
        if (known_case(w, k) && w->person_of[k] == who && w->isolated[k] >= 0 &&
            w->isolated[k] <= w->as_of)
            until = greater(until, ms(w->isolated[k] + 1, 0));
    for (int i = 0; i < w->n_contacts; i++) {
        const struct row *c = &w->contacts[i];
        if (known_case(w, c->key) && c->person == who && c->day <= w->as_of && c->isolated >= 0 &&
            c->isolated <= w->as_of)
            until = greater(until, ms(c->isolated + 1, 0));
    }
    return until > ms(w->onset[0], 0) - 48 * HOUR_MS ? until : end;
}

static void spread_slowly(struct slow *s, int who, bool is_index)
{
    const struct world *w = s->w;
    for (int i = 0; i < w->n_contacts; i++) {
        const struct row *c = &w->contacts[i];
        if (!known_case(w, c->key) || c->day > w->as_of)
            continue;
        int64_t first = c->day < 0 ? s->from : ms(c->day, 0);
        int64_t last = c->day < 0 ? s->to : ms(c->last + 1, 0);
        int owner = w->person_of[c->key];
        if (owner == who && c->person != who && (!is_index || c->key == 0))
            expose(s, c->person, first, last, 1);
        if ((w->o.flags & EPI_TRACE_BOTH_WAYS) && c->person == who && owner != who)
            expose(s, owner, first, last, 1);
    }
    int64_t least = greater(w->o.overlap_minutes * 60000ll, 1);
    for (int i = 0; i < w->n_visits; i++)
        for (int j = 0; j < w->n_visits; j++) {
            const struct row *u = &w->visits[i], *v = &w->visits[j];
            if (u->person != who || v->person == who || u->key != v->key || u->day > w->as_of ||
                v->day > w->as_of)
                continue;
            int64_t u_to = ms(u->day, u->hour + (u->hours ? u->hours : 2));
            int64_t v_to = ms(v->day, v->hour + (v->hours ? v->hours : 2));
            expose(s, v->person, greater(ms(u->day, u->hour), ms(v->day, v->hour)),
                   smaller(u_to, v_to), least);
        }
    for (int i = 0; i < PEOPLE; i++)
        if (i != who && w->household[who] && w->household[i] == w->household[who])
            expose(s, i, s->from, s->to, 1);
}

static void trace_slowly(const struct world *w, struct slow *s)
{
    *s = (struct slow){.w = w};
    for (int k = 0; k <= EPI_TRACE_DEPTH_MAX; k++)
        for (int i = 0; i < PEOPLE; i++)
            s->reached[k][i] = NEVER;
    for (int k = 0; k < w->o.depth; k++) {
        memcpy(s->reached[k + 1], s->reached[k], sizeof s->reached[k]);
        s->next = s->reached[k + 1];
        for (int who = 0; who < PEOPLE; who++) {
            if (who == 0) {
                s->from = ms(w->onset[0], 0) - 48 * HOUR_MS;
                s->to = ms(w->as_of + 1, 0);
                bool known = w->isolated[0] >= 0 && w->isolated[0] <= w->as_of;
                if (known && ms(w->isolated[0] + 1, 0) > s->from)
                    s->to = smaller(s->to, ms(w->isolated[0] + 1, 0));
            } else {
                if (s->reached[k][who] == NEVER)
                    continue;
                s->from = s->reached[k][who] + w->o.latent.n * 24 * HOUR_MS;
                s->to = isolated_at(w, who);
            }
            if (s->from < s->to)
                spread_slowly(s, who, who == 0);
        }
        s->next[0] = NEVER;
    }
}

static int ring_slowly(const struct slow *s, int who)
{
    for (int k = 1; k <= s->w->o.depth; k++)
        if (s->reached[k][who] != NEVER)
            return k;
    return 0;
}

/* --- the properties ------------------------------------------------------------------ */
struct traced {
    int ring[PEOPLE];
    int64_t first[PEOPLE];
    struct epi_trace_result r;
};

static epi_status run(struct epi_arena *a, const struct world *w, const struct epi_picture *p,
                      struct traced *t)
{
    *t = (struct traced){0};
    uint32_t cas = epi_picture_case(p, (epi_id){500});
    EPI_TRY(epi_trace_run(a, p, &w->o, &cas, 1, &t->r, NULL, NULL));
    const struct epi_pic_person *people;
    epi_picture_people(p, &people);
    for (size_t i = 0; i < t->r.n_people; i++) {
        size_t who = (size_t)(people[t->r.people[i].person].id.v - 100);
        t->ring[who] = t->r.people[i].ring;
        t->first[who] = t->r.people[i].first.ms;
    }
    return EPI_OK;
}

static epi_status run_once(struct epi_arena *a, const struct world *w, struct traced *t)
{
    struct epi_picture *p = picture(w);
    epi_status s = run(a, w, p, t);
    epi_picture_free(p);
    return s;
}

PROPERTY(rings_and_first_exposures_are_those_of_the_slow_way, 400)
{
    EPI_ARENA_LOCAL(a);
    struct world w;
    draw(rng, &w);
    struct traced t;
    CHECK_OK(run_once(a, &w, &t));
    struct slow s;
    trace_slowly(&w, &s);
    for (int i = 0; i < PEOPLE; i++) {
        CHECK_INT(t.ring[i], ring_slowly(&s, i));
        if (t.ring[i])
            CHECK_INT(t.first[i], s.reached[t.ring[i]][i]);
    }
}

PROPERTY(every_chain_holds_together_in_time, 200)
{
    EPI_ARENA_LOCAL(a);
    struct world w;
    draw(rng, &w);
    struct traced t;
    CHECK_OK(run_once(a, &w, &t));
    for (size_t i = 0; i < t.r.n_people; i++) {
        uint32_t chain[EPI_TRACE_DEPTH_MAX];
        size_t n = epi_trace_chain(&t.r, i, chain);
        CHECK_INT(n, t.r.people[i].ring);
        CHECK_INT(t.r.edges[chain[n - 1]].to, t.r.people[i].person);
        CHECK_INT(t.r.labels[t.r.edges[chain[0]].via].ring, 0);
        for (size_t k = 0; k < n; k++) {
            const struct epi_trace_edge *e = &t.r.edges[chain[k]];
            const struct epi_trace_label *l = &t.r.labels[e->via];
            CHECK(e->first.ms < e->last.ms && e->first.ms >= l->from.ms && e->last.ms <= l->to.ms);
            CHECK_INT(l->ring, k);
            if (k > 0) {
                const struct epi_trace_edge *before = &t.r.edges[chain[k - 1]];
                CHECK_INT(before->to, l->person);
                CHECK(before->first.ms <= e->first.ms);
            }
        }
    }
}

PROPERTY(one_more_contact_or_visit_pushes_nobody_to_a_farther_ring, 300)
{
    EPI_ARENA_LOCAL(a);
    struct world w;
    draw(rng, &w);
    w.o.depth = EPI_TRACE_DEPTH_MAX; /* so that a ring that would be lost is seen */
    struct traced less, more;
    CHECK_OK(run_once(a, &w, &less));
    w.contacts[w.n_contacts].isolated = -1;
    if (epi_rng_chance(rng, 0.5))
        w.n_contacts++;
    else
        w.n_visits++;
    CHECK_OK(run_once(a, &w, &more));
    for (int i = 0; i < PEOPLE; i++)
        CHECK(less.ring[i] == 0 || (more.ring[i] > 0 && more.ring[i] <= less.ring[i]));
}

PROPERTY(an_earlier_day_never_adds_people, 300)
{
    EPI_ARENA_LOCAL(a);
    struct world w;
    draw(rng, &w);
    struct traced late, early;
    CHECK_OK(run_once(a, &w, &late));
    w.as_of -= between(rng, 1, 6);
    CHECK_OK(run_once(a, &w, &early));
    for (int i = 0; i < PEOPLE; i++)
        CHECK(early.ring[i] == 0 || (late.ring[i] > 0 && late.ring[i] <= early.ring[i]));
}
