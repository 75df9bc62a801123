// SPDX-License-Identifier: AGPL-3.0-or-later
/* Is this person known already? Asked before a new one is stored. */
#include "exchange/exchange.h"
#include "ops/ops_internal.h"

#define CANDIDATES 50

void epi__identity_of(struct epi_arena *a, const struct epi_record *p, struct epi_identity *ret)
{
    epi_str sex = epi_v_as_text(p->v[EPI_PERSON_SEX]); /* male, female, other */
    *ret = (struct epi_identity){.name = epi_text_fold(a, epi_v_as_text(p->v[EPI_PERSON_NAME])),
                                 .birth = epi_v_as_date(p->v[EPI_PERSON_BIRTH_DATE]),
                                 .birth_year = p->v[EPI_PERSON_BIRTH_YEAR].t == EPI_V_INT
                                                   ? (int)p->v[EPI_PERSON_BIRTH_YEAR].i
                                                   : 0,
                                 .sex = sex.n ? sex.p[0] : 0,
                                 .document = epi_v_as_text(p->v[EPI_PERSON_DOCUMENT]),
                                 .phone = epi_v_as_text(p->v[EPI_PERSON_PHONE]),
                                 .code = epi_v_as_text(p->v[EPI_PERSON_CODE]),
                                 .unit = epi_v_as_text(p->v[EPI_PERSON_UNIT])};
}

struct found {
    struct epi_record *rows[3 * CANDIDATES];
    struct epi_match match[3 * CANDIDATES];
    size_t n;
};

static epi_status look(struct epi_call *call, const struct epi_identity *who, epi_str words,
                       struct found *f)
{
    struct epi_query q = {.kind = EPI_K_PERSON,
                          .scope = call->actor.scope,
                          .order = -1,
                          .limit = CANDIDATES,
                          .search = words};
    struct epi_page page;
    if (!words.n)
        return EPI_OK;
    EPI_TRY(epi_store_find(call->app->store, call->a, &q, &page, &call->err));
    for (size_t i = 0; i < page.n; i++) {
        bool known = false;
        for (size_t k = 0; k < f->n && !known; k++)
            known = f->rows[k]->id.v == page.rows[i].id.v;
        struct epi_identity other;
        epi__identity_of(call->a, &page.rows[i], &other);
        struct epi_match m = epi_identity_compare(who, &other);
        if (known || m.outcome == EPI_MATCH_DIFFERENT)
            continue;
        f->rows[f->n] = &page.rows[i];
        f->match[f->n++] = m;
    }
    return EPI_OK;
}

epi_status epi__refuse_known_person(struct epi_call *call, const struct epi_record *person)
{
    struct found f = {.n = 0};
    struct epi_identity who;
    char id[16];
    epi__identity_of(call->a, person, &who);
    EPI_TRY(look(call, &who, who.document, &f));
    EPI_TRY(look(call, &who, who.phone, &f));
    EPI_TRY(look(call, &who, who.name, &f));
    if (!f.n)
        return EPI_OK;
    EPI_BUF_LOCAL(b, 1u << 20);
    struct epi_jw w = EPI_JW(&b);
    epi_jw_array(&w);
    for (size_t i = 0; i < f.n; i++) {
        epi_str rest = epi_match_reasons(call->a, f.match[i].reasons), reason;
        epi_jw_object(&w);
        epi_jw_kvz(&w, "id", epi_id_text(f.rows[i]->id, id));
        epi_jw_kv(&w, "name", epi__label(call, EPI_K_PERSON, f.rows[i]->id));
        epi_jw_kv(&w, "code", epi_v_as_text(f.rows[i]->v[EPI_PERSON_CODE]));
        epi_jw_kvz(&w, "outcome", epi_match_word(f.match[i].outcome));
        epi_jw_kvr(&w, "score", (double)f.match[i].score);
        epi_jw_key(&w, "reasons");
        epi_jw_array(&w);
        while (epi_str_split(&rest, ',', &reason))
            epi_jw_text(&w, epi_str_trim(reason));
        epi_jw_array_end(&w);
        epi_jw_object_end(&w);
    }
    epi_jw_array_end(&w);
    call->duplicates = epi_str_dup(call->a, epi_buf_str(&b));
    return EPI_FAIL(&call->err, EPI_CONFLICT, "person.duplicate", "%zu", f.n);
}
