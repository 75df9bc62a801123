// SPDX-License-Identifier: AGPL-3.0-or-later
/* The people of the base and of the rows so far, so that a row finds who it is about. */
#include "ops/import_row.h"

void epi__people_add(struct epi__import *im, struct epi_arena *a, const struct epi_record *p)
{
    struct epi_identity id;
    epi__identity_of(a, p, &id);
    uint32_t n = epi_identity_add(im->people, &id);
    if (n == EPI_IDENTITY_FULL)
        return; /* beyond sixteen million people: found by code only */
    if (n >= im->people_cap) {
        im->people_cap = im->people_cap ? im->people_cap * 2 : 65536;
        im->people_ids = epi_xrealloc(im->people_ids, im->people_cap * sizeof *im->people_ids);
    }
    im->people_ids[n] = p->id;
}

static const uint16_t person_columns[] = {
    EPI_PERSON_UNIT,       EPI_PERSON_CODE,       EPI_PERSON_NAME,     EPI_PERSON_SEX,
    EPI_PERSON_BIRTH_DATE, EPI_PERSON_BIRTH_YEAR, EPI_PERSON_DOCUMENT, EPI_PERSON_PHONE};

struct people_load {
    struct epi__import *im;
    struct epi_record *row;
    struct epi_arena *a;
};

static bool load_people(const struct epi_batch *b, void *ctx)
{
    struct people_load *l = ctx;
    for (size_t i = 0; i < b->rows; i++) {
        l->row->id = b->ids[i];
        for (size_t c = 0; c < EPI_COUNT(person_columns); c++)
            l->row->v[person_columns[c]] = b->columns[c][i];
        epi__people_add(l->im, l->a, l->row);
    }
    epi_arena_reset(l->a);
    return true;
}

epi_status epi__people_load(struct epi__import *im)
{
    struct epi_call *call = im->call;
    EPI_TRY(epi__keys_load(im));
    EPI_ARENA_LOCAL(a);
    struct people_load l = {im, epi_record_new(call->a, call->app->catalogue, EPI_K_PERSON), a};
    /* room for everybody at once: growing moves every entry */
    struct epi_query q = {.kind = EPI_K_PERSON,
                          .scope = call->actor.scope,
                          .order = -1,
                          .limit = 1,
                          .want_total = true};
    struct epi_page page;
    EPI_TRY(epi_store_find(call->app->store, a, &q, &page, &call->err));
    im->people = epi_identity_index_new((size_t)page.total + (size_t)im->total_rows + 1024);
    return epi_store_scan(call->app->store, EPI_K_PERSON, &call->actor.scope, NULL, 0,
                          person_columns, EPI_COUNT(person_columns), load_people, &l, &call->err);
}

enum epi__sure epi__sure_of(const struct epi_match *m)
{
    bool certain = m && m->outcome == EPI_MATCH_SAME &&
                   (m->reasons & (EPI_MATCH_DOCUMENT_EQUAL | EPI_MATCH_CODE_EQUAL));
    return certain ? EPI__SURE : EPI__UNSURE;
}
