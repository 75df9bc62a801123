// SPDX-License-Identifier: AGPL-3.0-or-later
/* The state of a run as bytes, and a digest of it. One walk serves saving, restoring and digesting.
 */
#include "scenario/packs_internal.h"
#include <inttypes.h>

enum mode { SAVE, RESTORE, DIGEST };
struct walk {
    enum mode mode;
    struct epi_buf *out;
    epi_str in;
    uint64_t digest;
    bool broken;
};
static void bytes(struct walk *k, void *p, size_t n)
{
    switch (k->mode) {
    case SAVE:
        epi_buf_put(k->out, (epi_str){p, n});
        break;
    case RESTORE:
        if (k->in.n < n) {
            k->broken = true;
        } else if (n > 0) {
            memcpy(p, k->in.p, n);
            k->in.p += n;
            k->in.n -= n;
        }
        break;
    case DIGEST:
        k->digest = k->digest * 0x9e3779b97f4a7c15U ^ epi_str_hash((epi_str){p, n});
        break;
    }
}
/* A list: its length, then what it holds. `size` of one entry. */
static void list(struct walk *k, void **v, uint32_t *n, uint32_t *cap, size_t size)
{
    bytes(k, n, sizeof *n);
    if (k->mode == RESTORE) {
        if (k->broken || (uint64_t)*n * size > k->in.n) {
            k->broken = true;
            *n = 0;
            return;
        }
        free(*v);
        *v = epi_xmalloc(*n ? *n * size : 1);
        *cap = *n;
    }
    bytes(k, *v, *n * size);
}
#define LIST(k, l) list((k), (void **)&(l)->v, &(l)->n, &(l)->cap, sizeof *(l)->v)

static void stays(struct walk *k, struct epi__stays *s)
{
    LIST(k, &s->of);
    bytes(k, &s->first, sizeof s->first);
    bytes(k, &s->now, sizeof s->now);
    bytes(k, &s->longest, sizeof s->longest);
}
static void walk(struct walk *k, struct epi_world *w)
{
    size_t places = w->s->places_n, days = (size_t)w->sc.days;
    bytes(k, &w->day, sizeof w->day);
    bytes(k, w->p, w->s->n * sizeof *w->p);
    for (uint32_t b = 0; b < w->blocks_n; b++) {
        LIST(k, &w->blocks[b].infections);
        bytes(k, &w->blocks[b].active, sizeof w->blocks[b].active);
        bytes(k, &w->blocks[b].fresh, sizeof w->blocks[b].fresh);
    }
    for (uint32_t i = 0; i < w->ranges_n; i++) {
        struct epi__range *r = &w->ranges[i];
        for (size_t at = 0; at < (size_t)EPI__RING * w->ranges_n; at++)
            LIST(k, &r->due[at]);
        for (size_t day = 0; day < EPI__RING; day++)
            LIST(k, &r->wake[day]);
    }
    bytes(k, &w->anybody_kept, sizeof w->anybody_kept);
    bytes(k, w->kept, ((size_t)w->s->n + 63) / 64 * sizeof *w->kept);
    bytes(k, w->factor_past, days * places * EPI_RULED_N);
    bytes(k, w->level, places);
    bytes(k, w->level_since, places * sizeof *w->level_since);
    bytes(k, w->weekly, places * sizeof *w->weekly);
    bytes(k, &w->begun, sizeof w->begun);
    if (w->rules) {
        bytes(k, w->rules->counted, days * places * sizeof *w->rules->counted);
        bytes(k, w->rules->one, places * sizeof *w->rules->one);
        bytes(k, w->rules->full, places * sizeof *w->rules->full);
    }
    bytes(k, w->before, places * EPI__BEFORE * EPI__BEFORE_N * sizeof *w->before);
    bytes(k, w->water, places * sizeof *w->water);
    bytes(k, w->next_dose, places * sizeof *w->next_dose);
    bytes(k, w->locked_n, places * sizeof *w->locked_n);
    for (size_t i = 0; i < places; i++)
        stays(k, &w->site[i]);
    for (size_t i = 0; i < (size_t)w->s->hospitals_n * EPI__WARDS; i++)
        stays(k, &w->ward[i]);
    bytes(k, w->locked_to, w->s->hamlets_n * sizeof *w->locked_to);
    bytes(k, w->hamlet_found, w->s->hamlets_n * EPI__ZONE_DAYS * sizeof *w->hamlet_found);
    for (size_t i = 0; i < EPI__RING; i++)
        LIST(k, &w->due[i]);
    LIST(k, &w->lab);
    bytes(k, &w->lab_at, sizeof w->lab_at);
    bytes(k, &w->site_used, sizeof w->site_used);
    bytes(k, &w->doses_used, sizeof w->doses_used);
    LIST(k, &w->sick_none);
    bytes(k, w->tally, days * places * EPI_TALLY_N * sizeof *w->tally);
    bytes(k, w->age_tally, days * EPI_MIX_BANDS * sizeof *w->age_tally);
    bytes(k, w->how_tally, days * EPI_MEETING_N * sizeof *w->how_tally);
}
/* What must be the same for the bytes to mean anything. Structs have padding: figures are hashed.
 */
static uint64_t kind_of(const struct epi_world *w)
{
    EPI_BUF_LOCAL(b, (size_t)1 << 20);
    struct epi_jw j = EPI_JW(&b);
    const double disease[] = {w->d.r0, w->d.dispersion, w->d.asymptomatic, w->d.immunity,
                              w->d.water_rate};
    epi_scenario_json(&j, &w->sc);
    epi_buf_printf(&b, "state 3 %" PRIu64 " %u %u %u %s", w->seed, w->s->n, w->s->places_n,
                   w->s->hamlets_n, w->d.name);
    epi_buf_put(&b, (epi_str){(const char *)disease, sizeof disease});
    epi_buf_put(&b, (epi_str){(const char *)w->d.profile, sizeof w->d.profile});
    epi_buf_put(&b, (epi_str){(const char *)w->d.death, sizeof w->d.death});
    epi_buf_put(&b, (epi_str){(const char *)w->seed_on, (size_t)w->sc.days * sizeof *w->seed_on});
    epi_buf_put(&b, (epi_str){(const char *)w->push_on, (size_t)w->sc.days * sizeof *w->push_on});
    return epi_str_hash(epi_buf_str(&b));
}
void epi_world_save(const struct epi_world *w, struct epi_buf *out)
{
    struct walk k = {.mode = SAVE, .out = out};
    uint64_t kind = kind_of(w);
    bytes(&k, &kind, sizeof kind);
    walk(&k, (struct epi_world *)(uintptr_t)w); /* saving writes nothing to the world */
}
epi_status epi_world_restore(struct epi_world *w, epi_str from, struct epi_err *reterr)
{
    struct walk k = {.mode = RESTORE, .in = from};
    uint64_t kind = 0;
    bytes(&k, &kind, sizeof kind);
    if (kind != kind_of(w))
        return EPI_FAIL(reterr, EPI_CONFLICT, "scenario.other-run", "%zu", from.n);
    walk(&k, w);
    epi__gatherings_free(w);
    w->listener = (struct epi_listener){0};
    if (k.broken || k.in.n != 0 || w->day < 0 || w->day > w->sc.days)
        return EPI_FAIL(reterr, EPI_CORRUPT, "scenario.cut-state", "%zu", from.n);
    return EPI_OK;
}
uint64_t epi_world_digest(const struct epi_world *w)
{
    struct walk k = {.mode = DIGEST};
    walk(&k, (struct epi_world *)(uintptr_t)w);
    return k.digest;
}
