/* picture_internal.h - what the files of this folder share: the columns, the id maps, grouping.
 *
 * A slice (CSR) is an array of row starts: the rows of key k are [start[k], start[k + 1]). */
#ifndef EPI_PICTURE_INTERNAL_H
#define EPI_PICTURE_INTERNAL_H
#include "picture/picture.h"

/* id -> row, open addressing with linear probing; rows keep their id as first member. */
struct epi__idmap {
    uint32_t *slot; /* row + 1, 0 = free */
    uint32_t slots; /* power of two, or 0 */
};
uint32_t epi__idmap_find(const struct epi__idmap *m, const void *rows, size_t size, epi_id id);
/* Puts row `row` (the `row`-th one added) under its id, which must be absent. */
void epi__idmap_put(struct epi__idmap *m, const void *rows, size_t size, uint32_t row);

/* Starts loading what a find will look at. */
void epi__idmap_prefetch_slot(const struct epi__idmap *m, epi_id id);
void epi__idmap_prefetch_row(const struct epi__idmap *m, const void *rows, size_t size, epi_id id);

struct epi__table {
    void *rows;
    uint32_t n, cap;
    uint32_t size;
};
void *epi__table_push(struct epi__table *t); /* zeroed row */
void epi__table_fit(struct epi__table *t);   /* gives spare room back */

/* An index still to be looked up for a row already added. Looking up many at once hides the time
 * memory takes: with a million people every look-up alone would wait for it twice. */
enum { EPI__WAITING_MAX = 96 };
typedef enum epi__target { EPI__PERSON, EPI__PLACE, EPI__CASE } epi__target;
struct epi__waiting {
    epi_id id;
    struct epi__table *table;
    uint32_t row, offset; /* where the index goes */
    epi__target target;
};

struct epi_picture {
    epi_date as_of;
    int utc_offset;
    bool sealed;
    struct epi__table people, cases, contacts, visits, doses, places, households;
    struct epi__idmap person_map, case_map, place_map, household_map;
    uint32_t *person_cases, *person_cases_start;
    uint32_t *contacts_start; /* by case; the rows themselves are grouped */
    uint32_t *person_contacts, *person_contacts_start;
    uint32_t *visits_start; /* by place; the rows themselves are grouped */
    uint32_t *person_visits, *person_visits_start;
    uint32_t *doses_start;             /* by person; the rows themselves are grouped */
    uint32_t *members, *members_start; /* by household */
    int64_t *longest;                  /* ms, longest visit with a known end, by place */
    size_t later, nameless, caseless;
    struct epi__waiting waiting[EPI__WAITING_MAX];
    size_t n_waiting;
};
/* Looks up all that waits. */
void epi__resolve(struct epi_picture *p);
/* A case that was only mentioned so far has this person. */
#define EPI__MENTIONED (UINT32_MAX - 1)

typedef int epi__order(const void *a, const void *b);
/* Reorders the rows so that those of one key (a uint32_t at `key` bytes into a row, < n_keys) lie
 * together, ordered by `order`; returns the starts. */
uint32_t *epi__group_rows(struct epi__table *t, size_t key, uint32_t n_keys, epi__order *order);
/* The same, but the rows stay: *ret_index lists row numbers. Rows whose key is >= n_keys are left
 * out. */
uint32_t *epi__group_index(const struct epi__table *t, size_t key, uint32_t n_keys,
                           epi__order *order, uint32_t **ret_index);
#endif
