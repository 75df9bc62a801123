// SPDX-License-Identifier: AGPL-3.0-or-later
/* A start as bytes: what a run that was cut off goes on from. */
#include "scenario/start_internal.h"

static const char MAGIC[8] = "cordst2";
struct head {
    char magic[8];
    uint64_t n, digest;
    int32_t as_of;
    uint32_t places_n, nowhere, levels;
};
uint64_t epi__start_digest(const struct epi_start *s)
{
    uint64_t people = epi_str_hash((epi_str){(const char *)s->people, s->n * sizeof *s->people});
    uint64_t places =
        s->places
            ? epi_str_hash((epi_str){(const char *)s->places, s->places_n * sizeof *s->places})
            : 0;
    return people * 0x9e3779b97f4a7c15U ^ places ^ (uint64_t)(uint32_t)s->as_of.d;
}
void epi_start_save(const struct epi_start *s, struct epi_buf *out)
{
    struct head h = {.n = s->n,
                     .digest = epi__start_digest(s),
                     .as_of = s->as_of.d,
                     .places_n = s->places_n,
                     .nowhere = s->nowhere,
                     .levels = s->places != NULL};
    memcpy(h.magic, MAGIC, sizeof h.magic);
    epi_buf_put(out, (epi_str){(const char *)&h, sizeof h});
    epi_buf_put(out, (epi_str){(const char *)s->people, s->n * sizeof *s->people});
    if (s->places)
        epi_buf_put(out, (epi_str){(const char *)s->places, s->places_n * sizeof *s->places});
}
epi_status epi_start_restore(struct epi_arena *a, epi_str bytes, struct epi_start **ret,
                             struct epi_err *reterr)
{
    struct head h;
    struct epi_start *s = EPI_NEW(a, struct epi_start);
    if (bytes.n >= sizeof h)
        memcpy(&h, bytes.p, sizeof h);
    if (bytes.n < sizeof h || memcmp(h.magic, MAGIC, sizeof h.magic) != 0 || h.n > bytes.n ||
        bytes.n - sizeof h !=
            h.n * sizeof *s->people + (h.levels ? (size_t)h.places_n * sizeof *s->places : 0))
        return EPI_FAIL(reterr, EPI_CORRUPT, "scenario.start-file", "%zu", bytes.n);
    *s = (struct epi_start){
        .as_of = {h.as_of}, .n = h.n, .places_n = h.places_n, .nowhere = h.nowhere};
    s->people = EPI_ARRAY(a, s->n + 1, struct epi_start_person);
    memcpy(s->people, bytes.p + sizeof h, s->n * sizeof *s->people);
    if (h.levels) {
        s->places = EPI_ARRAY(a, s->places_n, struct epi_start_place);
        memcpy(s->places, bytes.p + sizeof h + s->n * sizeof *s->people,
               s->places_n * sizeof *s->places);
    }
    if (epi__start_digest(s) != h.digest)
        return EPI_FAIL(reterr, EPI_CORRUPT, "scenario.start-file", "%zu", bytes.n);
    *ret = s;
    return EPI_OK;
}
