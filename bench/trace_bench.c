// SPDX-License-Identifier: AGPL-3.0-or-later
/* How long a picture takes to build and a trace of depth 3 to run, beside a recursive query of
 * SQLite over the same rows in memory with every index it can use. Both must give the same rings or
 * the run fails.
 *
 *   trace_bench [people] [index cases] [seed]        default 1000000 20 1
 *
 * One contact and three visits per person over 30 days, one place per ten people, households of
 * four, 20,000 cases in a million. One line of CSV per figure. */
#include "trace/trace.h"
#include <math.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#define OFFSET 420
#define DAYS 30
#define HOUR ((int64_t)3600000)
static const epi_date first_day = {18900};

struct world {
    uint64_t seed;
    uint32_t people, cases, contacts, visits, places;
};

static double now(void)
{
    struct timespec t;
    (void)clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

/* Processor seconds of this process: what the figure would be on a machine with nothing else to do.
 */
static double used(void)
{
    struct timespec t;
    (void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

static epi_id id_of(uint64_t space, uint64_t i)
{
    return (epi_id){(space << 40) + i * 5 + 1};
}

static epi_date day(int64_t n)
{
    return (epi_date){first_day.d + (int32_t)n};
}

/* The i-th row of each kind depends on the seed and i alone, so that both sides see the same world.
 */
static struct epi_pic_case draw_case(const struct world *w, uint32_t i, uint32_t *ret_person)
{
    struct epi_rng g = epi_rng_stream(w->seed, "bench.case", i, 0);
    int64_t onset = epi_rng_between(&g, 2, DAYS - 8);
    *ret_person = (uint32_t)(((uint64_t)i * w->people) / w->cases);
    return (struct epi_pic_case){.id = id_of(2, i),
                                 .onset = day(onset),
                                 .sampled = EPI_DATE_UNKNOWN,
                                 .reported = day(onset + 3),
                                 .isolated = epi_rng_chance(&g, 0.6)
                                                 ? day(onset + 3 + epi_rng_between(&g, 0, 3))
                                                 : EPI_DATE_UNKNOWN,
                                 .outcome_date = EPI_DATE_UNKNOWN,
                                 .unit = -1,
                                 .classification = EPI_NO_WORD,
                                 .detection = EPI_NO_WORD,
                                 .outcome = EPI_NO_WORD};
}

static struct epi_pic_contact draw_contact(const struct world *w, uint32_t i, uint32_t *ret_case,
                                           uint32_t *ret_person)
{
    struct epi_rng g = epi_rng_stream(w->seed, "bench.contact", i, 0);
    *ret_case = (uint32_t)epi_rng_below(&g, w->cases);
    *ret_person = (uint32_t)epi_rng_below(&g, w->people);
    int64_t first = epi_rng_between(&g, 0, DAYS - 4);
    return (struct epi_pic_contact){.id = id_of(3, i),
                                    .first = day(first),
                                    .last = day(first + epi_rng_between(&g, 0, 3)),
                                    .isolated = EPI_DATE_UNKNOWN,
                                    .minutes = 20,
                                    .distance = NAN,
                                    .setting = EPI_NO_WORD,
                                    .masked = -1};
}

static struct epi_pic_visit draw_visit(const struct world *w, uint32_t i, uint32_t *ret_person,
                                       uint32_t *ret_place)
{
    struct epi_rng g = epi_rng_stream(w->seed, "bench.visit", i, 0);
    *ret_person = (uint32_t)(i / 3);
    double u = epi_rng_unit(&g); /* some places are busier than others */
    *ret_place = (uint32_t)(u * u * (double)w->places);
    int64_t from = epi_date_start(day(epi_rng_between(&g, 0, DAYS - 1)), OFFSET).ms +
                   epi_rng_between(&g, 6 * 60, 20 * 60) * 60000;
    return (struct epi_pic_visit){
        .id = id_of(4, i), .from = {from}, .to = {from + epi_rng_between(&g, 1, 4) * HOUR / 2}};
}

/* Drawn before the clock starts: what is measured is the picture, not the random numbers. */
struct rows {
    struct epi_pic_case *cases;
    struct epi_pic_contact *contacts;
    struct epi_pic_visit *visits;
    uint32_t *case_person, *contact_case, *contact_person, *visit_person, *visit_place;
};

static struct rows draw(const struct world *w)
{
    struct rows r = {.cases = epi_xmalloc(w->cases * sizeof *r.cases),
                     .contacts = epi_xmalloc(w->contacts * sizeof *r.contacts),
                     .visits = epi_xmalloc(w->visits * sizeof *r.visits),
                     .case_person = epi_xmalloc(w->cases * sizeof(uint32_t)),
                     .contact_case = epi_xmalloc(w->contacts * sizeof(uint32_t)),
                     .contact_person = epi_xmalloc(w->contacts * sizeof(uint32_t)),
                     .visit_person = epi_xmalloc(w->visits * sizeof(uint32_t)),
                     .visit_place = epi_xmalloc(w->visits * sizeof(uint32_t))};
    for (uint32_t i = 0; i < w->cases; i++)
        r.cases[i] = draw_case(w, i, &r.case_person[i]);
    for (uint32_t i = 0; i < w->contacts; i++)
        r.contacts[i] = draw_contact(w, i, &r.contact_case[i], &r.contact_person[i]);
    for (uint32_t i = 0; i < w->visits; i++)
        r.visits[i] = draw_visit(w, i, &r.visit_person[i], &r.visit_place[i]);
    return r;
}

static struct epi_picture *build(const struct world *w, const struct rows *r)
{
    double t0 = now(), u0 = used();
    struct epi_picture *p = epi_picture_new(day(DAYS - 1), OFFSET);
    for (uint32_t i = 0; i < w->people; i++)
        epi_picture_add_person(p, id_of(1, i), id_of(5, i / 4), EPI_DATE_UNKNOWN, -1);
    for (uint32_t i = 0; i < w->cases; i++)
        epi_picture_add_case(p, &r->cases[i], id_of(1, r->case_person[i]));
    for (uint32_t i = 0; i < w->contacts; i++)
        epi_picture_add_contact(p, &r->contacts[i], id_of(2, r->contact_case[i]),
                                id_of(1, r->contact_person[i]), (epi_id){0});
    for (uint32_t i = 0; i < w->visits; i++)
        epi_picture_add_visit(p, &r->visits[i], id_of(1, r->visit_person[i]),
                              id_of(6, r->visit_place[i]));
    double t1 = now();
    epi_picture_seal(p);
    double t2 = now(), u2 = used();
    struct epi_picture_counts c;
    epi_picture_counts(p, &c);
    printf("picture.add_s,%.3f\npicture.seal_s,%.3f\npicture.build_s,%.3f\n"
           "picture.build_cpu_s,%.3f\n",
           t1 - t0, t2 - t1, t2 - t0, u2 - u0);
    printf("picture.people,%zu\npicture.cases,%zu\npicture.contacts,%zu\npicture.visits,%"
           "zu\npicture.places,%zu\n",
           c.people, c.cases, c.contacts, c.visits, c.places);
    printf("picture.mib,%.1f\n", (double)c.bytes / 1048576);
    return p;
}

/* --- SQLite -------------------------------------------------------------------------- */
static const char schema[] =
    "CREATE TABLE person(id INTEGER PRIMARY KEY, household INT, until INT);"
    "CREATE TABLE cases(id INTEGER PRIMARY KEY, person INT);"
    "CREATE TABLE contact(id INTEGER PRIMARY KEY, cas INT, person INT, first INT, last INT);"
    "CREATE TABLE visit(id INTEGER PRIMARY KEY, person INT, place INT, f INT, t INT);";
static const char indexes[] = "CREATE INDEX person_household ON person(household);"
                              "CREATE INDEX cases_person ON cases(person);"
                              "CREATE INDEX contact_case ON contact(cas, person, first, last);"
                              "CREATE INDEX visit_person ON visit(person, place, f, t);"
                              "CREATE INDEX visit_place ON visit(place, f, t, person);"
                              "ANALYZE;";
/* ?1 person, ?2 case, ?3 from, ?4 to, ?5 depth, ?6 least overlap in ms, ?7 longest visit in ms, ?8
 * end of the day, for those whose isolation belongs to an earlier time */
static const char rings_sql[] =
    "WITH RECURSIVE r(person, ring, s, e) AS ("
    " SELECT ?1, 0, ?3, ?4"
    " UNION SELECT c.person, r.ring + 1, max(r.s, c.first), iif(q.until > ?3, q.until, ?8)"
    "  FROM r CROSS JOIN cases k ON k.person = r.person AND (r.ring > 0 OR k.id = ?2)"
    "  CROSS JOIN contact c ON c.cas = k.id CROSS JOIN person q ON q.id = c.person"
    "  WHERE r.ring < ?5 AND c.person <> ?1 AND max(r.s, c.first) < min(r.e, c.last)"
    " UNION SELECT v.person, r.ring + 1, max(r.s, u.f, v.f), iif(q.until > ?3, q.until, ?8)"
    "  FROM r CROSS JOIN visit u ON u.person = r.person"
    "  CROSS JOIN visit v ON v.place = u.place AND v.f < u.t AND v.f > u.f - ?7"
    "  CROSS JOIN person q ON q.id = v.person"
    "  WHERE r.ring < ?5 AND v.person <> ?1 AND v.person <> r.person"
    "  AND min(r.e, u.t, v.t) - max(r.s, u.f, v.f) >= ?6"
    " UNION SELECT q.id, r.ring + 1, r.s, iif(q.until > ?3, q.until, ?8)"
    "  FROM r CROSS JOIN person o ON o.id = r.person CROSS JOIN person q ON q.household = "
    "o.household"
    "  WHERE r.ring < ?5 AND q.id <> ?1 AND q.id <> r.person AND r.s < r.e)"
    " SELECT person, min(ring) FROM r WHERE ring > 0 GROUP BY person";

static void must(sqlite3 *db, int rc)
{
    if (rc == SQLITE_OK || rc == SQLITE_DONE || rc == SQLITE_ROW)
        return;
    (void)fprintf(stderr, "sqlite: %s\n", sqlite3_errmsg(db));
    exit(1);
}

static void insert(sqlite3 *db, sqlite3_stmt *s, const int64_t *v, int n)
{
    for (int i = 0; i < n; i++)
        must(db, sqlite3_bind_int64(s, i + 1, v[i]));
    must(db, sqlite3_step(s));
    must(db, sqlite3_reset(s));
}

static sqlite3_stmt *prepare(sqlite3 *db, const char *sql)
{
    sqlite3_stmt *s;
    must(db, sqlite3_prepare_v2(db, sql, -1, &s, NULL));
    return s;
}

static int64_t end_of(epi_date d)
{
    return epi_date_start(d, OFFSET).ms + 24 * HOUR;
}

/* The rows as the picture holds them: what lies after its day is left out there already. */
static sqlite3 *fill_sqlite(const struct world *w, const struct epi_picture *p)
{
    sqlite3 *db;
    must(NULL, sqlite3_open(":memory:", &db));
    must(db, sqlite3_exec(db, schema, NULL, NULL, NULL));
    must(db, sqlite3_exec(db, "BEGIN", NULL, NULL, NULL));
    const struct epi_pic_person *people;
    const struct epi_pic_case *cases;
    const struct epi_pic_contact *contacts;
    size_t n_people = epi_picture_people(p, &people), n_cases = epi_picture_cases(p, &cases);
    size_t n_contacts = epi_picture_contacts(p, &contacts);
    sqlite3_stmt *s = prepare(db, "INSERT INTO person VALUES(?1, ?2, ?3)");
    for (size_t i = 0; i < n_people; i++) {
        const struct epi_pic_case *c =
            people[i].first_case == EPI_NO_INDEX ? NULL : &cases[people[i].first_case];
        epi_date until = c && epi_date_known(c->isolated) ? c->isolated : epi_picture_as_of(p);
        insert(db, s, (int64_t[]){(int64_t)i, (int64_t)people[i].household.v, end_of(until)}, 3);
    }
    must(db, sqlite3_finalize(s));
    s = prepare(db, "INSERT INTO cases VALUES(?1, ?2)");
    for (size_t i = 0; i < n_cases; i++)
        insert(db, s, (int64_t[]){(int64_t)i, cases[i].person}, 2);
    must(db, sqlite3_finalize(s));
    s = prepare(db, "INSERT INTO contact VALUES(?1, ?2, ?3, ?4, ?5)");
    for (size_t i = 0; i < n_contacts; i++)
        insert(db, s,
               (int64_t[]){(int64_t)i, contacts[i].cas, contacts[i].person,
                           epi_date_start(contacts[i].first, OFFSET).ms, end_of(contacts[i].last)},
               5);
    must(db, sqlite3_finalize(s));
    s = prepare(db, "INSERT INTO visit VALUES(?1, ?2, ?3, ?4, ?5)");
    for (uint32_t i = 0; i < w->visits; i++) {
        const struct epi_pic_visit *v = epi_picture_visit(p, i);
        insert(db, s, (int64_t[]){i, v->person, v->place, v->from.ms, v->to.ms}, 5);
    }
    must(db, sqlite3_finalize(s));
    must(db, sqlite3_exec(db, "COMMIT", NULL, NULL, NULL));
    must(db, sqlite3_exec(db, indexes, NULL, NULL, NULL));
    return db;
}

static void bind_index(sqlite3 *db, sqlite3_stmt *s, const struct epi_trace_options *o,
                       const struct epi_trace_label *index, int64_t end)
{
    const int64_t v[] = {index->person, index->cas, index->from.ms,
                         index->to.ms,  o->depth,   o->overlap_minutes * 60000ll,
                         2 * HOUR,      end};
    for (int i = 0; i < 8; i++)
        must(db, sqlite3_bind_int64(s, i + 1, v[i]));
}

/* Rings by person index into `ring`; returns the people found. */
static size_t ask_sqlite(sqlite3 *db, sqlite3_stmt *s, uint8_t *ring)
{
    size_t n = 0;
    int rc;
    while ((rc = sqlite3_step(s)) == SQLITE_ROW) {
        ring[sqlite3_column_int64(s, 0)] = (uint8_t)sqlite3_column_int(s, 1);
        n++;
    }
    must(db, rc);
    must(db, sqlite3_reset(s));
    return n;
}

static int by_value(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return x < y ? -1 : x > y;
}

static double median(double *v, size_t n)
{
    qsort(v, n, sizeof *v, by_value);
    return v[n / 2];
}

static bool same_rings(const struct epi_trace_result *r, const uint8_t *ring, size_t n)
{
    if (r->n_people != n)
        return false;
    for (size_t i = 0; i < n; i++)
        if (ring[r->people[i].person] != r->people[i].ring)
            return false;
    return true;
}

static bool compare(const struct world *w, const struct epi_picture *p, uint32_t runs)
{
    sqlite3 *db = fill_sqlite(w, p);
    sqlite3_stmt *s = prepare(db, rings_sql);
    uint8_t *ring = epi_xmalloc(w->people);
    double *ours = epi_xmalloc(runs * sizeof *ours), *theirs = epi_xmalloc(runs * sizeof *theirs);
    struct epi_trace_options o = EPI_TRACE_DEFAULTS;
    o.lead = (epi_days){2};
    o.overlap_minutes = 15;
    o.dose_lag = (epi_days){14};
    o.crowd = 0;
    const struct epi_pic_case *cases;
    size_t n_cases = epi_picture_cases(p, &cases), people = 0;
    bool alike = true;
    for (uint32_t i = 0; i < runs; i++) {
        EPI_ARENA_LOCAL(a);
        uint32_t cas = (uint32_t)((i * 2654435761ull) % n_cases);
        struct epi_trace_result r;
        double t0 = now();
        if (epi_trace_run(a, p, &o, &cas, 1, &r, NULL, NULL) != EPI_OK)
            return false;
        ours[i] = now() - t0;
        people += r.n_people;
        memset(ring, 0, w->people);
        bind_index(db, s, &o, &r.labels[0], end_of(epi_picture_as_of(p)));
        t0 = now();
        size_t n = ask_sqlite(db, s, ring);
        theirs[i] = now() - t0;
        alike = alike && same_rings(&r, ring, n);
    }
    double us = median(ours, runs) * 1e6, sql = median(theirs, runs) * 1e6;
    printf("trace.runs,%u\ntrace.people_mean,%.1f\ntrace.median_us,%.1f\ntrace.slowest_us,%.1f\n",
           runs, (double)people / runs, us, ours[runs - 1] * 1e6);
    printf("sqlite.median_us,%.1f\nsqlite.slowest_us,%.1f\nratio.sqlite_to_trace,%.1f\nrings_alike,"
           "%s\n",
           sql, theirs[runs - 1] * 1e6, sql / us, alike ? "yes" : "NO");
    must(db, sqlite3_finalize(s));
    (void)sqlite3_close(db);
    free(ring);
    free(ours);
    free(theirs);
    return alike;
}

static uint32_t argument(int argc, char **argv, int i, uint32_t otherwise)
{
    int64_t v;
    return i < argc && epi_str_to_i64(epi_str_of(argv[i]), &v) && v > 0 && v < 100000000
               ? (uint32_t)v
               : otherwise;
}

int main(int argc, char **argv)
{
    uint32_t n = argument(argc, argv, 1, 1000000), runs = argument(argc, argv, 2, 20);
    struct world w = {.seed = argument(argc, argv, 3, 1),
                      .people = n,
                      .cases = n / 50 + 1,
                      .contacts = n,
                      .visits = n * 3,
                      .places = n / 10 + 1};
    struct rows rows = draw(&w);
    struct epi_picture *p = build(&w, &rows);
    void *drawn[] = {rows.cases,        rows.contacts,       rows.visits,       rows.case_person,
                     rows.contact_case, rows.contact_person, rows.visit_person, rows.visit_place};
    for (size_t i = 0; i < EPI_COUNT(drawn); i++)
        free(drawn[i]);
    bool alike = compare(&w, p, runs);
    epi_picture_free(p);
    return alike ? 0 : 1;
}
