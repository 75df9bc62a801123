// SPDX-License-Identifier: AGPL-3.0-or-later
/* What the policy packs decide on the day of a run. */
#include "scenario/packs_internal.h"
#include <limits.h>

bool epi_scenario_by_packs(const struct epi_scenario *s)
{
    return s->level.by[0] || s->trace.by[0] || s->lab.by[0];
}
bool epi__season_of(struct epi_arena *a, const struct epi_packs *p, int kind, epi_date day,
                    struct epi__season *io)
{
    struct epi_policy_query q = {.kind = (epi_policy_kind)kind,
                                 .date = day,
                                 .disease = p->disease,
                                 .authorities = p->authorities,
                                 .authorities_n = p->authorities_n};
    const struct epi_pack *pack = epi_policy_find(p->set, &q);
    struct epi_policy *b = pack ? epi_policy_bind(a, pack, day, p->disease) : NULL;
    if (!b || (io->policy && epi_policy_same(io->policy, b))) {
        bool ended = !b && io->policy;
        io->policy = b ? io->policy : NULL;
        return ended;
    }
    io->policy = b;
    epi_pack_get(pack, &io->info);
    io->facts = EPI_ARRAY(a, io->info.slots_n + 1, struct epi_fact);
    io->decisions = EPI_ARRAY(a, io->info.tables_n, struct epi_decision);
    io->memo = EPI_ARRAY(a, EPI__MEMO, struct epi__memo);
    return true;
}
static void set(const struct epi__season *s, const char *name, struct epi_fact f)
{
    int slot = epi_policy_fact_index(epi_policy_pack(s->policy), epi_str_of(name));
    if (slot >= 0 && (size_t)slot < s->info.facts_n)
        s->facts[slot] = f;
}
static struct epi_fact output(const struct epi__season *s, const char *name)
{
    int slot = epi_policy_fact_index(epi_policy_pack(s->policy), epi_str_of(name));
    return slot < 0 ? EPI_FACT_UNKNOWN : s->facts[slot];
}
static void run(const struct epi__season *s)
{
    epi_policy_run(s->policy, s->facts, s->decisions);
}
static void forget(const struct epi__season *s)
{
    for (size_t i = 0; i < s->info.slots_n; i++)
        s->facts[i] = EPI_FACT_UNKNOWN;
}
static bool is_word(const struct epi__season *s, const char *name, const char *word)
{
    EPI_ARENA_LOCAL(a);
    const struct epi_pack *pack = epi_policy_pack(s->policy);
    int slot = epi_policy_fact_index(pack, epi_str_of(name));
    return slot >= 0 && s->facts[slot].known &&
           epi_str_eqz(epi_fact_text(a, pack, (size_t)slot, s->facts[slot]), word);
}

/* --- the packs of a day --- */
static void ask_community(struct epi__rules *r)
{
    static const char *const settings[] = {"community", "lockdown_zone", "quarantine",
                                           "home_isolation", "returnee"};
    const struct epi__season *s = &r->community;
    for (size_t i = 0; i < EPI__COUNTED_N; i++) {
        r->counts[i] = true; /* what no rule judges counts, as for the real province */
        if (!s->policy)
            continue;
        const struct epi_pack *pack = epi_policy_pack(s->policy);
        int slot = epi_policy_fact_index(pack, EPI_S("setting"));
        forget(s);
        if (slot >= 0)
            s->facts[slot] = epi_fact_word(pack, (size_t)slot, epi_str_of(settings[i]));
        run(s);
        struct epi_fact f = output(s, "is_community");
        r->counts[i] = !f.known || f.v != 0;
    }
}
static void ask_coverage(struct epi__rules *r)
{
    const struct epi__season *s = &r->cover;
    memset(r->adult, 0, sizeof r->adult);
    memset(r->elderly, 0, sizeof r->elderly);
    for (int i = 0; i < EPI_DOSES; i++)
        r->one_after[i] = r->full_after[i] = INT_MAX;
    if (!s->policy)
        return;
    for (int age = 0; age < 128; age++) {
        forget(s);
        set(s, "age", epi_fact_number(age));
        run(s);
        r->adult[age] = output(s, "in_group").known && output(s, "in_group").v != 0;
        r->elderly[age] = output(s, "in_elderly").known && output(s, "in_elderly").v != 0;
    }
    for (int dose = 1; dose < EPI_DOSES; dose++) {
        forget(s);
        set(s, "dose", epi_fact_number(dose));
        set(s, "completes", epi_fact_bool(false));
        run(s);
        struct epi_fact after = output(s, "after_days");
        int days = after.known ? (int)after.v : 0;
        if (output(s, "counts_one").known && output(s, "counts_one").v != 0)
            r->one_after[dose] = days;
        if (output(s, "counts_full").known && output(s, "counts_full").v != 0)
            r->full_after[dose] = days;
    }
}
/* Does a dose of at most this number count? Only the day of the latest is kept: those before it
 * count since longer. */
static bool counts(const int *after, const struct epi__person *p, int day)
{
    int last = p->doses < EPI_DOSES ? p->doses : EPI_DOSES - 1;
    if (last > 0 && after[last] != INT_MAX && day - p->dose_day >= after[last])
        return true;
    for (int dose = 1; dose < last; dose++)
        if (after[dose] != INT_MAX)
            return true;
    return false;
}
static void count_coverage(struct epi_world *w)
{
    struct epi__rules *r = w->rules;
    for (uint32_t place = 0; place < w->s->places_n; place++) {
        uint32_t adults = 0, one = 0, elderly = 0, full = 0;
        for (uint32_t p = w->s->place_first[place]; p < w->s->place_first[place + 1]; p++) {
            uint8_t age = w->s->age[p] < 127 ? w->s->age[p] : 127;
            if (w->p[p].flags & EPI__DEAD)
                continue;
            adults += r->adult[age];
            elderly += r->elderly[age];
            if (w->p[p].doses > 0) {
                one += r->adult[age] && counts(r->one_after, &w->p[p], w->day);
                full += r->elderly[age] && counts(r->full_after, &w->p[p], w->day);
            }
        }
        r->one[place] = adults ? 100 * (float)one / (float)adults : NAN;
        r->full[place] = elderly ? 100 * (float)full / (float)elderly : NAN;
    }
}
void epi__rules_today(struct epi_world *w)
{
    struct epi__rules *r = w->rules;
    epi_date day = {r->packs.first.d + w->day};
    if (epi__season_of(r->a, &r->packs, EPI_KIND_COMMUNITY_CASE, day, &r->community) ||
        !r->community.policy)
        ask_community(r);
    if (w->sc.level.by[0]) {
        epi__season_of(r->a, &r->packs, EPI_KIND_LEVEL, day, &r->level);
        bool other = epi__season_of(r->a, &r->packs, EPI_KIND_COVERAGE, day, &r->cover);
        if (other)
            ask_coverage(r);
        if (other || w->day % 7 == 0)
            count_coverage(w);
    }
    if (w->sc.trace.by[0])
        epi__season_of(r->a, &r->packs, EPI_KIND_CONTACT_DUTY, day, &r->duty);
    if (w->sc.lab.by[0])
        epi__season_of(r->a, &r->packs, EPI_KIND_CASE_DEFINITION, day, &r->cases);
}

/* --- level --- */
static struct epi_fact rate_of(const struct epi_world *w, uint32_t place, int window)
{
    uint32_t people = w->s->place_first[place + 1] - w->s->place_first[place];
    int64_t cases = 0;
    for (int day = w->day - window; day < w->day; day++)
        if (day >= 0)
            cases += w->rules->counted[(size_t)day * w->s->places_n + place];
        else if (day >= -EPI__BEFORE)
            cases += epi__before(w, place, day)[EPI__BEFORE_COMMUNITY];
    return epi_level_rate(cases, window, people);
}
static struct epi_fact percent(float v)
{
    return isnan(v) ? EPI_FACT_UNKNOWN : epi_fact_number((double)v);
}
int epi__rules_level(struct epi_world *w, uint32_t place)
{
    struct epi__rules *r = w->rules;
    struct epi__season *s = &r->level;
    int previous = w->level[place] > 0 ? w->level[place] : EPI_LEVEL_NONE;
    uint64_t key = 0;
    if (!s->policy || s->info.disabled)
        return EPI_LEVEL_NONE;
    struct epi_level_of of = {.rate = rate_of(w, place, epi_level_window(s->policy)),
                              .coverage = percent(r->one[place]),
                              .full_elderly = percent(r->full[place]),
                              .date = {r->packs.first.d + w->day},
                              .previous = previous};
    forget(s);
    set(s, "rate", of.rate);
    set(s, "coverage_one_dose", of.coverage);
    set(s, "coverage_full_elderly", of.full_elderly);
    bool keyed = epi_policy_key(s->policy, s->facts, &key);
    struct epi__memo *m =
        &s->memo[((key ^ (uint64_t)(previous + 1) << 60) * 0x9E3779B97F4A7C15U >> 32) % EPI__MEMO];
    if (keyed && m->used && m->key == key && m->previous == previous)
        return m->level;
    EPI_ARENA_LOCAL(a);
    struct epi_level_query q = {.disease = r->packs.disease,
                                .authorities = r->packs.authorities,
                                .authorities_n = r->packs.authorities_n};
    struct epi_level l;
    int level = EPI_LEVEL_NONE;
    if (epi_level_of(a, r->packs.set, &q, &of, &l, NULL) == EPI_OK)
        level = l.level < EPI_LEVELS ? l.level : EPI_LEVELS - 1;
    if (keyed)
        *m = (struct epi__memo){.key = key, .used = true, .previous = previous, .level = level};
    return level;
}
void epi__rules_found(struct epi_world *w, uint32_t person, enum epi_why why)
{
    struct epi__rules *r = w->rules;
    enum epi__kept kept = epi__kept_on(w, person, w->day);
    enum epi__counted where = kept == EPI__AT_SITE                    ? EPI__IN_SITE
                              : kept != EPI__FREE                     ? EPI__IN_HOME
                              : why == EPI_WHY_ARRIVAL                ? EPI__IN_RETURN
                              : epi__hamlet_locked(w, person, w->day) ? EPI__IN_LOCKED
                                                                      : EPI__IN_COMMUNITY;
    r->counted[(size_t)w->day * w->s->places_n + w->s->place[person]] += r->counts[where];
}

/* --- contacts --- */
static void read_duty(const struct epi__season *s, struct epi__duty *ret)
{
    const struct epi_pack *pack = epi_policy_pack(s->policy);
    struct epi_fact days = output(s, "isolate_days"), tests = output(s, "test_days");
    size_t n = 0;
    *ret = (struct epi__duty){.days_said = days.known, .days = days.known ? (int)days.v : 0};
    ret->where_said = true;
    if (is_word(s, "place", "central"))
        ret->where = EPI__AT_SITE;
    else if (is_word(s, "place", "home"))
        ret->where = EPI__AT_HOME;
    else
        ret->where_said = is_word(s, "place", "community") || is_word(s, "place", "none");
    const double *list = tests.known ? epi_pack_list(pack, tests, &n) : NULL;
    ret->tests_said = tests.known;
    for (size_t i = 0; i < n && i < EPI__TESTS; i++)
        ret->tests[ret->tests_n++] = (int)list[i];
}
void epi__rules_duty(struct epi_world *w, uint32_t person, int ring, bool home_fit,
                     struct epi__duty *ret)
{
    struct epi__season *s = &w->rules->duty;
    const struct epi__person *p = &w->p[person];
    const struct epi_infection *i = epi__latest(w, person);
    bool recovered = i && !(p->flags & EPI__ACTIVE) && i->found != EPI_NO_DAY;
    uint64_t key = 0;
    *ret = (struct epi__duty){0};
    if (!s->policy || s->info.disabled)
        return;
    forget(s);
    set(s, "ring", epi_fact_number(ring));
    set(s, "home_ok", epi_fact_bool(home_fit));
    set(s, "age", epi_fact_number(w->s->age[person]));
    set(s, "doses", epi_fact_number(p->doses));
    set(s, "recovered", epi_fact_bool(recovered));
    if (p->doses)
        set(s, "days_since_dose", epi_fact_number(w->day - p->dose_day));
    if (recovered)
        set(s, "days_since_recovery", epi_fact_number(w->day - i->out));
    bool keyed = epi_policy_key(s->policy, s->facts, &key);
    struct epi__memo *m = &s->memo[(key * 0x9E3779B97F4A7C15U >> 32) % EPI__MEMO];
    if (!keyed || !m->used || m->key != key) {
        run(s);
        read_duty(s, ret);
        if (keyed)
            *m = (struct epi__memo){.key = key, .used = true, .duty = *ret};
        return;
    }
    *ret = m->duty;
}

/* --- cases --- */
bool epi__rules_confirm(struct epi_world *w, uint32_t person, enum epi_why why)
{
    const struct epi__season *s = &w->rules->cases;
    bool f1 = why == EPI_WHY_CONTACT;
    if (!s->policy || s->info.disabled)
        return true;
    forget(s);
    set(s, "antigen_positive", epi_fact_bool(true));
    set(s, "antigen_twice", epi_fact_bool(false));
    set(s, "pcr_positive", epi_fact_bool(false));
    set(s, "is_f1", epi_fact_bool(f1));
    set(s, "clinical_suspect", epi_fact_bool(why == EPI_WHY_SICK));
    set(s, "epi_factor", epi_fact_bool(f1 || w->weekly[w->s->place[person]] > 0));
    run(s);
    return is_word(s, "class", "confirmed");
}

void epi_world_packs(struct epi_world *w, const struct epi_packs *p)
{
    struct epi__rules *r = epi_xmalloc(sizeof *r);
    *r = (struct epi__rules){.packs = *p, .a = epi_arena_new(0)};
    size_t places = w->s->places_n, cells = (size_t)w->sc.days * places;
    r->counted = epi_xmalloc((cells + 1) * sizeof *r->counted);
    r->one = epi_xmalloc((places + 1) * sizeof *r->one);
    r->full = epi_xmalloc((places + 1) * sizeof *r->full);
    memset(r->counted, 0, (cells + 1) * sizeof *r->counted);
    for (size_t i = 0; i < places; i++)
        r->one[i] = r->full[i] = NAN;
    epi__rules_free(w->rules);
    w->rules = r;
}
void epi__rules_free(struct epi__rules *r)
{
    if (!r)
        return;
    free(r->counted);
    free(r->one);
    free(r->full);
    epi_arena_free(r->a);
    free(r);
}
