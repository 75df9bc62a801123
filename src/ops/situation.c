// SPDX-License-Identifier: AGPL-3.0-or-later
/* The picture engines work on, built from store scans and kept for one day until people, cases,
 * contacts, visits or doses change. Pages asking at the same moment share one. */
#include "ops/ops_internal.h"
#include <math.h>
#include <stdlib.h>

#define SITUATION_KINDS \
    (1ull << EPI_K_PERSON | 1ull << EPI_K_CASE | 1ull << EPI_K_CONTACT | 1ull << EPI_K_VISIT | \
     1ull << EPI_K_DOSE)
#define KEPT 3 /* days looked at lately */

struct kept {
    struct epi_picture *picture;
    epi_date as_of;
    uint64_t version, used;
    int readers;
};
struct epi__pictures {
    pthread_mutex_t lock;
    uint64_t version, clock; /* counts changes; counts uses */
    struct kept kept[KEPT];
    struct epi_picture *retired[64]; /* replaced while somebody still reads them */
    int retired_readers[64];
};

struct epi__pictures *epi__pictures_new(void)
{
    struct epi__pictures *p = epi_xmalloc(sizeof *p);
    *p = (struct epi__pictures){.version = 1};
    pthread_mutex_init(&p->lock, NULL);
    return p;
}

void epi__pictures_free(struct epi__pictures *p)
{
    if (!p)
        return;
    for (int i = 0; i < KEPT; i++)
        epi_picture_free(p->kept[i].picture);
    for (int i = 0; i < 64; i++)
        epi_picture_free(p->retired[i]);
    pthread_mutex_destroy(&p->lock);
    free(p);
}

void epi__pictures_note(struct epi__pictures *p, uint64_t kinds)
{
    if (!(kinds & SITUATION_KINDS))
        return;
    pthread_mutex_lock(&p->lock);
    p->version++;
    pthread_mutex_unlock(&p->lock);
}

/* --- building
 * ----------------------------------------------------------------------------------------------------
 */
struct build {
    struct epi_app *app;
    struct epi_picture *p;
    const struct epi_catalogue *c;
};

static uint8_t word_index(const struct epi_field *f, struct epi_value v)
{
    int w = v.t == EPI_V_TEXT ? epi_word_find(f, v.s) : -1;
    return w < 0 ? UINT8_MAX : (uint8_t)w;
}

static int32_t unit_index(const struct build *b, struct epi_value v)
{
    return v.t == EPI_V_TEXT ? epi_units_by_path(b->app->units, v.s) : -1;
}

static bool add_people(const struct epi_batch *rows, void *ctx)
{
    struct build *b = ctx;
    for (size_t i = 0; i < rows->rows; i++) {
        epi_date birth = epi_v_as_date(rows->columns[1][i]);
        if (!epi_date_known(birth) && rows->columns[2][i].t == EPI_V_INT)
            birth = epi_date_ymd((int)rows->columns[2][i].i, 7,
                                 1); /* mid-year: at most half a year off */
        epi_picture_add_person(b->p, rows->ids[i], epi_v_as_ref(rows->columns[0][i]), birth,
                               unit_index(b, rows->columns[3][i]));
    }
    return true;
}

static bool add_cases(const struct epi_batch *rows, void *ctx)
{
    struct build *b = ctx;
    const struct epi_field *f = b->c->kinds[EPI_K_CASE].fields;
    for (size_t i = 0; i < rows->rows; i++) {
        const struct epi_value *const *v = rows->columns;
        struct epi_pic_case c = {.id = rows->ids[i],
                                 .onset = epi_v_as_date(v[1][i]),
                                 .sampled = epi_v_as_date(v[2][i]),
                                 .reported = epi_v_as_date(v[3][i]),
                                 .isolated = epi_v_as_date(v[4][i]),
                                 .unit = unit_index(b, v[5][i]),
                                 .classification = word_index(&f[EPI_CASE_CLASSIFICATION], v[6][i]),
                                 .detection = word_index(&f[EPI_CASE_DETECTION], v[7][i]),
                                 .outcome = word_index(&f[EPI_CASE_OUTCOME], v[8][i]),
                                 .source_case = epi_v_as_ref(v[9][i]),
                                 .outcome_date = epi_v_as_date(v[10][i])};
        epi_picture_add_case(b->p, &c, epi_v_as_ref(v[0][i]));
    }
    return true;
}

static bool add_contacts(const struct epi_batch *rows, void *ctx)
{
    struct build *b = ctx;
    const struct epi_field *f = b->c->kinds[EPI_K_CONTACT].fields;
    for (size_t i = 0; i < rows->rows; i++) {
        const struct epi_value *const *v = rows->columns;
        struct epi_value metres = v[6][i];
        struct epi_pic_contact c = {.id = rows->ids[i],
                                    .first = epi_v_as_date(v[2][i]),
                                    .last = epi_v_as_date(v[3][i]),
                                    .setting = word_index(&f[EPI_CONTACT_SETTING], v[4][i]),
                                    .minutes = v[5][i].t == EPI_V_INT ? (int32_t)v[5][i].i : -1,
                                    .distance = metres.t == EPI_V_REAL  ? (float)metres.f
                                                : metres.t == EPI_V_INT ? (float)metres.i
                                                                        : NAN,
                                    .masked = v[7][i].t == EPI_V_INT ? (int8_t)v[7][i].i : -1,
                                    .isolated = epi_v_as_date(v[9][i])};
        epi_picture_add_contact(b->p, &c, epi_v_as_ref(v[0][i]), epi_v_as_ref(v[1][i]),
                                epi_v_as_ref(v[8][i]));
    }
    return true;
}

static bool add_visits(const struct epi_batch *rows, void *ctx)
{
    struct build *b = ctx;
    for (size_t i = 0; i < rows->rows; i++) {
        const struct epi_value *const *v = rows->columns;
        struct epi_pic_visit c = {
            .id = rows->ids[i], .from = epi_v_as_instant(v[2][i]), .to = epi_v_as_instant(v[3][i])};
        epi_picture_add_visit(b->p, &c, epi_v_as_ref(v[0][i]), epi_v_as_ref(v[1][i]));
    }
    return true;
}

static bool add_doses(const struct epi_batch *rows, void *ctx)
{
    struct build *b = ctx;
    for (size_t i = 0; i < rows->rows; i++) {
        const struct epi_value *const *v = rows->columns;
        struct epi_pic_dose d = {.given = epi_v_as_date(v[1][i]),
                                 .number = v[2][i].t == EPI_V_INT ? (int8_t)v[2][i].i : -1,
                                 .completes = v[3][i].t == EPI_V_INT ? (int8_t)v[3][i].i : -1};
        epi_picture_add_dose(b->p, &d, epi_v_as_ref(v[0][i]));
    }
    return true;
}

static epi_status build_picture(struct epi_app *app, epi_date as_of, struct epi_picture **ret,
                                struct epi_err *reterr)
{
    static const uint16_t person[] = {EPI_PERSON_HOUSEHOLD, EPI_PERSON_BIRTH_DATE,
                                      EPI_PERSON_BIRTH_YEAR, EPI_PERSON_UNIT};
    static const uint16_t cas[] = {EPI_CASE_PERSON,         EPI_CASE_ONSET,       EPI_CASE_SAMPLED,
                                   EPI_CASE_REPORTED,       EPI_CASE_ISOLATED,    EPI_CASE_UNIT,
                                   EPI_CASE_CLASSIFICATION, EPI_CASE_DETECTION,   EPI_CASE_OUTCOME,
                                   EPI_CASE_SOURCE_CASE,    EPI_CASE_OUTCOME_DATE};
    static const uint16_t contact[] = {EPI_CONTACT_CASE,           EPI_CONTACT_PERSON,
                                       EPI_CONTACT_FIRST_EXPOSURE, EPI_CONTACT_LAST_EXPOSURE,
                                       EPI_CONTACT_SETTING,        EPI_CONTACT_MINUTES,
                                       EPI_CONTACT_DISTANCE,       EPI_CONTACT_MASKED,
                                       EPI_CONTACT_PLACE,          EPI_CONTACT_ISOLATED};
    static const uint16_t visit[] = {EPI_VISIT_PERSON, EPI_VISIT_PLACE, EPI_VISIT_FROM,
                                     EPI_VISIT_TO};
    static const uint16_t dose[] = {EPI_DOSE_PERSON, EPI_DOSE_GIVEN, EPI_DOSE_NUMBER,
                                    EPI_DOSE_COMPLETES};
    const struct {
        uint16_t kind;
        const uint16_t *fields;
        size_t n;
        epi_scan_fn *fn;
    } scans[] = {{EPI_K_PERSON, person, EPI_COUNT(person), add_people},
                 {EPI_K_CASE, cas, EPI_COUNT(cas), add_cases},
                 {EPI_K_CONTACT, contact, EPI_COUNT(contact), add_contacts},
                 {EPI_K_VISIT, visit, EPI_COUNT(visit), add_visits},
                 {EPI_K_DOSE, dose, EPI_COUNT(dose), add_doses}};
    struct build b = {app, epi_picture_new(as_of, epi_units_utc_offset(app->units)),
                      app->catalogue};
    struct epi_scope all = EPI_SCOPE_ALL;
    for (size_t i = 0; i < EPI_COUNT(scans); i++) {
        epi_status s = epi_store_scan(app->store, scans[i].kind, &all, NULL, 0, scans[i].fields,
                                      scans[i].n, scans[i].fn, &b, reterr);
        if (s != EPI_OK) {
            epi_picture_free(b.p);
            return s;
        }
    }
    epi_picture_seal(b.p);
    *ret = b.p;
    return EPI_OK;
}

/* --- keeping
 * ------------------------------------------------------------------------------------------------------
 */
static void retire(struct epi__pictures *ps, struct kept *k)
{
    if (!k->readers) {
        epi_picture_free(k->picture);
        return;
    }
    for (int i = 0; i < 64; i++) {
        if (ps->retired[i])
            continue;
        ps->retired[i] = k->picture;
        ps->retired_readers[i] = k->readers;
        return;
    }
    epi_assert_failed("fewer than 64 old pictures are being read", __FILE__, __LINE__);
}

epi_status epi__picture(struct epi_app *app, epi_date as_of, const struct epi_picture **ret,
                        struct epi_err *reterr)
{
    struct epi__pictures *ps = app->pictures;
    pthread_mutex_lock(&ps->lock);
    struct kept *oldest = &ps->kept[0];
    for (int i = 0; i < KEPT; i++) {
        struct kept *k = &ps->kept[i];
        if (k->picture && k->as_of.d == as_of.d && k->version == ps->version) {
            k->readers++;
            k->used = ++ps->clock;
            *ret = k->picture;
            pthread_mutex_unlock(&ps->lock);
            return EPI_OK;
        }
        if (!k->picture ||
            (oldest->picture && (k->version < oldest->version ||
                                 (k->version == oldest->version && k->used < oldest->used))))
            oldest = k;
    }
    /* built under the lock: a second page waits for this picture instead of building its own */
    struct epi_picture *p = NULL;
    uint64_t version = ps->version;
    epi_status s = build_picture(app, as_of, &p, reterr);
    if (s == EPI_OK) {
        if (oldest->picture)
            retire(ps, oldest);
        *oldest = (struct kept){p, as_of, version, ++ps->clock, 1};
        *ret = p;
    }
    pthread_mutex_unlock(&ps->lock);
    return s;
}

void epi__picture_release(struct epi_app *app, const struct epi_picture *p)
{
    struct epi__pictures *ps = app->pictures;
    pthread_mutex_lock(&ps->lock);
    for (int i = 0; i < KEPT; i++)
        if (ps->kept[i].picture == p)
            ps->kept[i].readers--;
    for (int i = 0; i < 64; i++) {
        if (ps->retired[i] != p || --ps->retired_readers[i] > 0)
            continue;
        epi_picture_free(ps->retired[i]);
        ps->retired[i] = NULL;
    }
    pthread_mutex_unlock(&ps->lock);
}
