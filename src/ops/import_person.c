// SPDX-License-Identifier: AGPL-3.0-or-later
/* What a row says of somebody who is known already. A person is changed only when it is certain who
 * is meant: by the same document, code or record id, or as the person of a case named by its code
 * whose description fits. */
#include "ops/import.h"

epi_str epi__import_names(const struct epi__import *im, struct epi_arena *a, uint16_t kind,
                          const bool *fields)
{
    const struct epi_kind *k = &im->call->app->catalogue->kinds[kind];
    EPI_BUF_LOCAL(b, 4096);
    for (size_t f = 0; f < k->n_fields; f++)
        if (fields[f])
            epi_buf_printf(&b, "%s%s", b.n ? ", " : "", k->fields[f].name);
    return epi_str_dup(a, epi_buf_str(&b));
}

static uint16_t person_fields(const struct epi__import *im)
{
    return (uint16_t)im->call->app->catalogue->kinds[EPI_K_PERSON].n_fields;
}

static bool plain_ascii(epi_str s)
{
    for (size_t i = 0; i < s.n; i++)
        if ((unsigned char)s.p[i] >= 0x80)
            return false;
    return true;
}

/* The same words in other letters, or without their accents, are no correction. */
static bool same_words(struct epi_arena *a, uint16_t field, struct epi_value old,
                       struct epi_value now)
{
    if (epi_value_eq(old, now))
        return true;
    if (old.t != EPI_V_TEXT || now.t != EPI_V_TEXT || field == EPI_PERSON_DOCUMENT ||
        field == EPI_PERSON_PHONE || field == EPI_PERSON_CODE)
        return false;
    if (epi_str_eq(epi_text_lower(a, old.s), epi_text_lower(a, now.s)))
        return true;
    return plain_ascii(now.s) && epi_str_eq(epi_text_fold(a, old.s), epi_text_fold(a, now.s));
}

/* A code belongs to the list it comes from, and a year says nothing beside a date of it. */
static bool says_nothing(const struct epi_record *old, uint16_t field, struct epi_value now)
{
    if (field == EPI_PERSON_CODE)
        return old->v[field].t != EPI_V_NULL;
    epi_date birth = epi_v_as_date(old->v[EPI_PERSON_BIRTH_DATE]);
    int year, month, day;
    if (field != EPI_PERSON_BIRTH_YEAR || !epi_date_known(birth))
        return false;
    epi_date_split(birth, &year, &month, &day);
    return now.t == EPI_V_INT && now.i == year;
}

static bool fits_case(struct epi_arena *a, const struct epi_record *p, const struct epi_record *old,
                      unsigned *ret_reasons)
{
    struct epi_identity row, known;
    epi__identity_of(a, p, &row);
    epi__identity_of(a, old, &known);
    row.code = known.code = EPI_S("case"); /* the code of the case stands for their own */
    struct epi_match m = epi_identity_compare(&row, &known);
    *ret_reasons = m.reasons & ~(unsigned)EPI_MATCH_CODE_EQUAL;
    return m.outcome == EPI_MATCH_SAME;
}

bool epi__person_change(struct epi__import *im, struct epi_arena *a, const struct epi_record *p,
                        const struct epi_record *old, const bool *only, enum epi__sure sure,
                        struct epi_change *ret)
{
    struct epi_call *call = im->call;
    uint16_t n_fields = person_fields(im);
    bool *differs = EPI_ARRAY(a, n_fields, bool);
    unsigned reasons = 0;
    struct epi_arena_mark mark = epi_arena_mark(call->a);
    *ret = (struct epi_change){.kind = EPI_K_PERSON,
                               .id = old->id,
                               .base = old->version,
                               .sets = EPI_ARRAY(a, n_fields, struct epi_set)};
    for (uint16_t f = 0; f < n_fields; f++) {
        struct epi_value now = p->v[f];
        if (now.t == EPI_V_NULL || (only && !only[f]) || says_nothing(old, f, now) ||
            same_words(call->a, f, old->v[f], now))
            continue;
        differs[f] = true;
        ret->sets[ret->n_sets++] = (struct epi_set){f, now};
    }
    if (ret->n_sets && sure == EPI__BY_CASE && !fits_case(call->a, p, old, &reasons))
        sure = EPI__UNSURE;
    epi_arena_release(call->a, mark);
    if (ret->n_sets && sure == EPI__UNSURE) {
        ret->n_sets = 0;
        epi_finding_add(&call->findings, EPI_WARNING, "import.person-not-changed", im->table->row,
                        EPI_S("person"), epi__import_names(im, a, EPI_K_PERSON, differs),
                        epi_match_reasons(a, reasons));
    }
    if (!ret->n_sets || !epi_record_check(call->app->catalogue, p, epi_app_today(call->app),
                                          im->table->row, differs, &call->findings))
        return false;
    epi_finding_add(&call->findings, EPI_NOTE, "import.person-updated", im->table->row,
                    EPI_S("person"), epi__import_names(im, a, EPI_K_PERSON, differs), EPI_NIL);
    return true;
}

/* Somebody this import made: not readable yet, so the row adds what no earlier row said. */
static bool add_to_new(struct epi__import *im, struct epi_arena *a, const struct epi_record *p,
                       const bool *more, struct epi_change *ret)
{
    *ret = (struct epi_change){.kind = EPI_K_PERSON,
                               .id = p->id,
                               .base = 1,
                               .sets = EPI_ARRAY(a, person_fields(im), struct epi_set)};
    for (uint16_t f = 0; f < person_fields(im); f++)
        if (more[f] && f != EPI_PERSON_CODE)
            ret->sets[ret->n_sets++] = (struct epi_set){f, p->v[f]};
    return ret->n_sets &&
           epi_record_check(im->call->app->catalogue, p, epi_app_today(im->call->app),
                            im->table->row, more, &im->call->findings);
}

bool epi__import_person(struct epi__import *im, struct epi_arena *a, struct epi_record *p,
                        epi_id id, enum epi__sure sure, bool made_here, struct epi_change *ret)
{
    struct epi_call *call = im->call;
    bool *more = EPI_ARRAY(a, person_fields(im), bool),
         *other = EPI_ARRAY(a, person_fields(im), bool);
    struct epi__print earlier;
    struct epi_record *old;
    p->id = id;
    p->v[EPI_PERSON_UNIT] = EPI_NULLV; /* where the record belongs, not where they live */
    bool again = epi__prints_find(im->said_people, p, more, other, &earlier);
    epi__prints_add(im->said_people, p, (epi_id){0}, im->table->row);
    if (again && earlier.other)
        epi_finding_add(&call->findings, EPI_WARNING, "import.person-rows-differ", im->table->row,
                        EPI_S("person"), epi_str_printf(a, "%u", earlier.row),
                        epi__import_names(im, a, EPI_K_PERSON, other));
    if (again && !earlier.more)
        return false;
    if (made_here)
        return again && sure != EPI__UNSURE && !earlier.other && add_to_new(im, a, p, more, ret);
    return epi_reader_get_any(im->reader, a, EPI_K_PERSON, id, &old, NULL) == EPI_OK &&
           epi__person_change(im, a, p, old, again ? more : NULL, sure, ret);
}
