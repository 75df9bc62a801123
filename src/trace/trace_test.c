// SPDX-License-Identifier: AGPL-3.0-or-later
#include "trace/trace.h"
#include "base/test.h"
#include <math.h>

/* Worlds are told line by line; people are letters, days are numbers, "-" is not known:
 *   case A onset 5 [sampled 6] [reported 6] [isolated 8] [recovered 20] [id 7]
 *   contact A B 4 6 [minutes 20] [distance 1.5] [masked 1] [isolated 7] [setting 3]
 *   visit B market 5 9:00 10:30          house A B C          dose B 3 [completes 1] */
#define OFFSET 420
static const epi_date day_zero = {18900};

struct world {
    struct epi_arena *a;
    struct epi_picture *p;
    uint64_t next;
    struct epi_findings findings;
    struct epi_trace_options o;
    struct epi_trace_result r;
};

static epi_id person(epi_str s)
{
    return (epi_id){(uint64_t)(unsigned char)s.p[0]};
}

static epi_date day(epi_str s)
{
    int64_t n;
    return epi_str_to_i64(s, &n) ? (epi_date){day_zero.d + (int32_t)n} : EPI_DATE_UNKNOWN;
}

static epi_instant moment(epi_date d, epi_str clock)
{
    epi_str hour;
    int64_t h, m;
    if (!epi_str_split(&clock, ':', &hour) || !epi_str_to_i64(hour, &h) ||
        !epi_str_to_i64(clock, &m))
        return EPI_INSTANT_UNKNOWN;
    return (epi_instant){epi_date_start(d, OFFSET).ms + (h * 60 + m) * 60000};
}

static double option(const epi_str *word, size_t n, const char *name, double otherwise)
{
    double v;
    for (size_t i = 0; i + 1 < n; i++)
        if (epi_str_eqz(word[i], name) && epi_str_to_f64(word[i + 1], &v))
            return v;
    return otherwise;
}

static epi_date option_day(const epi_str *word, size_t n, const char *name)
{
    double v = option(word, n, name, NAN);
    return isnan(v) ? EPI_DATE_UNKNOWN : (epi_date){day_zero.d + (int32_t)v};
}

static void tell(struct world *w, epi_str line)
{
    epi_str word[24], part;
    size_t n = 0;
    while (n < EPI_COUNT(word) && epi_str_split(&line, ' ', &part))
        if (part.n)
            word[n++] = part;
    if (n < 2)
        return;
    if (epi_str_eqz(word[0], "case")) {
        struct epi_pic_case c = {.id = {(uint64_t)option(word, n, "id", 0)},
                                 .onset = option_day(word, n, "onset"),
                                 .sampled = option_day(word, n, "sampled"),
                                 .reported = option_day(word, n, "reported"),
                                 .isolated = option_day(word, n, "isolated"),
                                 .outcome_date = option_day(word, n, "recovered"),
                                 .unit = -1,
                                 .classification = (uint8_t)option(word, n, "class", EPI_NO_WORD),
                                 .detection = EPI_NO_WORD};
        c.outcome = epi_date_known(c.outcome_date) ? 1 : EPI_NO_WORD;
        c.id.v = c.id.v ? c.id.v : 1000 + person(word[1]).v;
        c.source_case.v = (uint64_t)option(word, n, "source", 0);
        epi_picture_add_case(w->p, &c, person(word[1]));
    } else if (epi_str_eqz(word[0], "contact") && n >= 5) {
        struct epi_pic_contact c = {.id = {++w->next},
                                    .first = day(word[3]),
                                    .last = day(word[4]),
                                    .isolated = option_day(word, n, "isolated"),
                                    .minutes = (int32_t)option(word, n, "minutes", -1),
                                    .distance = (float)option(word, n, "distance", NAN),
                                    .setting = (uint8_t)option(word, n, "setting", EPI_NO_WORD),
                                    .masked = (int8_t)option(word, n, "masked", -1)};
        epi_picture_add_contact(w->p, &c, (epi_id){1000 + person(word[1]).v}, person(word[2]),
                                (epi_id){0});
    } else if (epi_str_eqz(word[0], "visit") && n >= 6) {
        struct epi_pic_visit v = {.id = {++w->next},
                                  .from = moment(day(word[3]), word[4]),
                                  .to = moment(day(word[3]), word[5])};
        epi_picture_add_visit(w->p, &v, person(word[1]), (epi_id){epi_str_hash(word[2]) >> 2});
    } else if (epi_str_eqz(word[0], "house")) {
        for (size_t i = 1; i < n; i++)
            epi_picture_add_person(w->p, person(word[i]), (epi_id){5000 + person(word[1]).v},
                                   EPI_DATE_UNKNOWN, -1);
    } else if (epi_str_eqz(word[0], "dose") && n >= 3) {
        struct epi_pic_dose d = {.given = day(word[2]),
                                 .number = -1,
                                 .completes = (int8_t)option(word, n, "completes", -1)};
        epi_picture_add_dose(w->p, &d, person(word[1]));
    }
}

static struct world told(struct epi_arena *a, int as_of, const char *lines)
{
    struct world w = {.a = a,
                      .p = epi_picture_new((epi_date){day_zero.d + as_of}, OFFSET),
                      .o = EPI_TRACE_DEFAULTS};
    w.o.lead = (epi_days){2}; /* as the rules for COVID-19 of 2021 */
    w.o.overlap_minutes = 15;
    w.o.dose_lag = (epi_days){14};
    w.o.words = (struct epi_trace_words){.recovered = 1, .discarded = 3};
    epi_findings_init(&w.findings, a, 0);
    epi_str rest = epi_str_of(lines), line;
    while (epi_str_split(&rest, '\n', &line))
        tell(&w, line);
    epi_picture_seal(w.p);
    return w;
}

static epi_status trace(struct world *w, char index)
{
    uint32_t cas = epi_picture_case(w->p, (epi_id){1000 + (uint64_t)index});
    return epi_trace_run(w->a, w->p, &w->o, &cas, 1, &w->r, &w->findings, NULL);
}

/* "B1 C1 D2": everybody in the rings. */
static epi_str rings(const struct world *w)
{
    EPI_BUF_LOCAL(b, 10000);
    const struct epi_pic_person *people;
    epi_picture_people(w->p, &people);
    for (size_t i = 0; i < w->r.n_people; i++)
        epi_buf_printf(&b, "%s%c%d", i ? " " : "", (int)people[w->r.people[i].person].id.v,
                       w->r.people[i].ring);
    return epi_str_dup(w->a, epi_buf_str(&b));
}

static const struct epi_trace_person *found(const struct world *w, char who, size_t *ret_i)
{
    const struct epi_pic_person *people;
    epi_picture_people(w->p, &people);
    for (size_t i = 0; i < w->r.n_people; i++) {
        if (people[w->r.people[i].person].id.v != (uint64_t)who)
            continue;
        if (ret_i)
            *ret_i = i;
        return &w->r.people[i];
    }
    return NULL;
}

static bool has_finding(const struct world *w, const char *code)
{
    for (size_t i = 0; i < w->findings.n; i++)
        if (epi_str_eqz(epi_str_of(w->findings.list[i].code), code))
            return true;
    return false;
}

/* A world, a trace from A and the rings, in one line. */
static void check_rings(const char *file, int line, int as_of, const char *lines, int depth,
                        const char *want)
{
    EPI_ARENA_LOCAL(a);
    struct world w = told(a, as_of, lines);
    w.o.depth = depth;
    if (trace(&w, 'A') != EPI_OK)
        epi_test_fail(file, line, "the trace failed");
    else
        (void)epi_test_check_str(file, line, rings(&w), epi_str_of(want));
    epi_picture_free(w.p);
}
#define CHECK_RINGS(as_of, lines, depth, want) \
    check_rings(__FILE__, __LINE__, as_of, lines, depth, want)

TEST(contacts_visits_and_household_of_a_case_are_ring_one)
{
    CHECK_RINGS(
        20,
        "case A onset 5\ncontact A B 4 4\nvisit A class 5 8:00 10:00\nvisit C class 5 9:00 11:00\n"
        "house A D\nvisit E class 6 9:00 11:00",
        3, "B1 C1 D1");
}

TEST(contacts_of_an_f1_who_is_a_case_and_their_visits_and_household_are_ring_two)
{
    CHECK_RINGS(20,
                "case A onset 5\ncontact A B 4 4\ncase B onset 8\ncontact B C 7 7\n"
                "visit B bus 6 7:00 8:00\nvisit D bus 6 7:30 9:00\nhouse B E\ncontact A F 5 5",
                3, "B1 F1 C2 D2 E2");
    CHECK_RINGS(20,
                "case A onset 5\ncontact A B 4 4\nhouse B C\nvisit C bus 6 7:00 8:00\nvisit D bus "
                "6 7:00 8:00",
                1, "B1");
    CHECK_RINGS(20,
                "case A onset 5\ncontact A B 4 4\nhouse B C\nvisit C bus 6 7:00 8:00\nvisit D bus "
                "6 7:00 8:00",
                3, "B1 C2 D3");
}

TEST(an_exposure_before_the_infectious_window_is_in_no_ring_and_said)
{
    EPI_ARENA_LOCAL(a);
    struct world w =
        told(a, 20,
             "case A onset 5\ncontact A B 2 2\ncontact A C 3 3\nvisit A class 2 8:00 10:00\n"
             "visit D class 2 8:00 10:00");
    CHECK_OK(trace(&w, 'A'));
    CHECK_STR(rings(&w), EPI_S("C1"));
    CHECK_INT(w.r.outside, 1);
    CHECK(has_finding(&w, "trace.contacts-outside-window"));
    epi_picture_free(w.p);
}

TEST(isolation_ends_the_window)
{
    CHECK_RINGS(
        20,
        "case A onset 5 isolated 7\ncontact A B 7 7\ncontact A C 8 8\nvisit A bus 8 8:00 9:00\n"
        "visit D bus 8 8:00 9:00",
        2, "B1");
    CHECK_RINGS(20,
                "case A onset 5\ncontact A B 5 5 isolated 6\nvisit B bus 6 8:00 9:00\nvisit C bus "
                "6 8:00 9:00\n"
                "visit B bus 7 8:00 9:00\nvisit D bus 7 8:00 9:00",
                2, "B1 C2");
}

TEST(a_case_isolated_before_its_window_still_exposes_its_room)
{
    EPI_ARENA_LOCAL(a);
    struct world w = told(
        a, 20, "case A onset 9 isolated 1\nvisit A room 8 0:00 23:00\nvisit B room 8 0:00 23:00");
    CHECK_OK(trace(&w, 'A'));
    CHECK_STR(rings(&w), EPI_S("B1"));
    CHECK(has_finding(&w, "trace.isolated-before-window"));
    epi_picture_free(w.p);
}

TEST(without_onset_the_window_counts_from_the_sample_and_then_the_report)
{
    CHECK_RINGS(20, "case A sampled 9 reported 11\ncontact A B 6 6\ncontact A C 7 7", 1, "C1");
    CHECK_RINGS(20, "case A reported 11\ncontact A B 8 8\ncontact A C 9 9", 1, "C1");
}

TEST(an_f1_exposes_nobody_before_their_own_exposure)
{
    CHECK_RINGS(20,
                "case A onset 5\nvisit A class 5 14:00 15:00\nvisit B class 5 14:00 15:00\n"
                "visit B shop 5 9:00 10:00\nvisit C shop 5 9:00 10:00\n"
                "visit B shop 5 16:00 17:00\nvisit D shop 5 16:00 17:00",
                2, "B1 D2");
}

TEST(a_latent_time_moves_the_passing_on)
{
    EPI_ARENA_LOCAL(a);
    struct world w =
        told(a, 20,
             "case A onset 5\ncontact A B 5 5\nvisit B shop 6 9:00 10:00\n"
             "visit C shop 6 9:00 10:00\nvisit B shop 8 9:00 10:00\nvisit D shop 8 9:00 10:00");
    w.o.latent = (epi_days){2};
    CHECK_OK(trace(&w, 'A'));
    CHECK_STR(rings(&w), EPI_S("B1 D2"));
    epi_picture_free(w.p);
}

TEST(a_short_overlap_does_not_count_and_an_open_visit_has_the_default_length)
{
    CHECK_RINGS(20,
                "case A onset 5\nvisit A class 5 8:00 9:00\nvisit B class 5 8:46 9:30\n"
                "visit C class 5 8:45 9:30\nvisit D class 5 7:00 -\nvisit E class 5 6:14 -",
                1, "C1 D1");
}

/* B was met on day 9 by the case and on day 5 by another F1: whom B met on day 6 is ring three. */
TEST(a_longer_chain_that_is_earlier_still_passes_on)
{
    const char *world =
        "case A onset 4\ncontact A B 9 9\ncontact A C 4 4\nvisit C bus 5 8:00 9:00\n"
        "visit B bus 5 8:00 9:00\nvisit B shop 6 8:00 9:00\nvisit D shop 6 8:00 9:00";
    CHECK_RINGS(20, world, 3, "B1 C1 D3");
    EPI_ARENA_LOCAL(a);
    struct world w = told(a, 20, world);
    CHECK_OK(trace(&w, 'A'));
    size_t i = 0;
    uint32_t chain[EPI_TRACE_DEPTH_MAX];
    CHECK(found(&w, 'D', &i));
    CHECK_INT(epi_trace_chain(&w.r, i, chain), 3);
    const struct epi_pic_person *people;
    epi_picture_people(w.p, &people);
    CHECK_INT(people[w.r.edges[chain[0]].to].id.v, 'C');
    CHECK_INT(people[w.r.edges[chain[1]].to].id.v, 'B');
    CHECK_INT(people[w.r.edges[chain[2]].to].id.v, 'D');
    epi_picture_free(w.p);
}

TEST(the_most_recent_exposure_explains_a_person)
{
    EPI_ARENA_LOCAL(a);
    struct world w =
        told(a, 20,
             "case A onset 5\ncontact A B 4 4\nvisit A bus 8 8:00 9:00\nvisit B bus 8 8:00 9:00\n"
             "contact A B 6 6");
    CHECK_OK(trace(&w, 'A'));
    const struct epi_trace_person *b = found(&w, 'B', NULL);
    CHECK(b);
    CHECK_INT(w.r.edges[b->edge].how, EPI_TRACE_VISIT);
    CHECK_INT(b->n_evidence, 3);
    struct epi_trace_facts f;
    epi_trace_facts_of(w.p, &w.o, &w.r, 0, &f);
    CHECK_INT(f.first.d, day_zero.d + 4);
    CHECK_INT(f.last.d, day_zero.d + 8);
    CHECK_INT(f.days_since_last, 12);
    epi_picture_free(w.p);
}

TEST(an_exposure_nobody_measured_counts_and_asks_to_be_verified)
{
    EPI_ARENA_LOCAL(a);
    struct world w =
        told(a, 20,
             "case A onset 5\ncontact A B 4 4\ncontact A C 4 4 distance 1 minutes 20\n"
             "contact A D 4 4 distance 1 masked 0\ncontact A E 4 4 distance 1 masked 1\n"
             "contact A F - - distance 1 minutes 20\nhouse A G");
    CHECK_OK(trace(&w, 'A'));
    CHECK_STR(rings(&w), EPI_S("B1 C1 D1 E1 F1 G1"));
    const char *verify = "BEF";
    for (char c = 'B'; c <= 'G'; c++)
        CHECK_INT(found(&w, c, NULL)->verify, strchr(verify, c) != NULL);
    CHECK(has_finding(&w, "trace.contacts-without-dates"));
    epi_picture_free(w.p);
}

TEST(people_who_are_cases_themselves_are_marked)
{
    EPI_ARENA_LOCAL(a);
    struct world w =
        told(a, 40,
             "case A onset 25\ncontact A B 25 25\ncase B onset 28\ncontact A C 25 25\n"
             "case C onset 1 recovered 10\ncontact A D 25 25\ncase D onset 26 class 3");
    CHECK_OK(trace(&w, 'A'));
    CHECK_INT(found(&w, 'B', NULL)->cas, epi_picture_case(w.p, (epi_id){1000 + 'B'}));
    CHECK_INT(found(&w, 'C', NULL)->cas, EPI_NO_INDEX); /* recovered before */
    CHECK_INT(found(&w, 'D', NULL)->cas, EPI_NO_INDEX); /* discarded */
    epi_picture_free(w.p);
}

TEST(a_contact_row_of_another_case_is_a_source_and_a_ring_only_when_asked)
{
    EPI_ARENA_LOCAL(a);
    struct world w =
        told(a, 20, "case A onset 5\ncase S onset 1\ncontact S A 4 4\ncontact S B 4 4");
    CHECK_OK(trace(&w, 'A'));
    CHECK_STR(rings(&w), EPI_S(""));
    CHECK_INT(w.r.n_sources, 1);
    CHECK_INT(w.r.sources[0].source_case, epi_picture_case(w.p, (epi_id){1000 + 'S'}));
    w.o.flags = EPI_TRACE_BOTH_WAYS;
    CHECK_OK(trace(&w, 'A'));
    CHECK_STR(rings(&w), EPI_S("S1 B2"));
    CHECK(w.r.edges[found(&w, 'S', NULL)->edge].backward);
    epi_picture_free(w.p);
}

TEST(a_crowd_is_cut_to_those_who_stayed_longest_and_the_place_is_named)
{
    EPI_ARENA_LOCAL(a);
    struct world w =
        told(a, 20,
             "case A onset 5\nvisit A market 5 8:00 11:00\nvisit B market 5 8:00 9:00\n"
             "visit C market 5 8:00 10:00\nvisit D market 5 8:00 8:30\nvisit E market 5 8:00 9:00");
    w.o.crowd = 2;
    w.o.depth = 1;
    CHECK_OK(trace(&w, 'A'));
    CHECK_STR(rings(&w), EPI_S("B1 C1"));
    CHECK(has_finding(&w, "trace.crowd-cut"));
    CHECK_INT(w.r.n_cuts, 1);
    CHECK_INT(w.r.cuts[0].found, 4);
    CHECK_INT(epi_picture_place_id(w.p, w.r.cuts[0].place).v, epi_str_hash(EPI_S("market")) >> 2);
    w.o.crowd = 4;
    CHECK_OK(trace(&w, 'A'));
    CHECK_STR(rings(&w), EPI_S("B1 C1 D1 E1"));
    CHECK_INT(w.r.n_cuts, 0);
    epi_picture_free(w.p);
}

TEST(a_limit_on_people_is_said)
{
    EPI_ARENA_LOCAL(a);
    struct world w =
        told(a, 20, "case A onset 5\ncontact A B 4 4\ncontact A C 4 4\ncontact A D 4 4");
    w.o.people = 2; /* the index person and one more */
    CHECK_OK(trace(&w, 'A'));
    CHECK_INT(w.r.n_people, 1);
    CHECK(has_finding(&w, "trace.people-cut"));
    epi_picture_free(w.p);
}

TEST(several_index_cases_share_their_rings)
{
    EPI_ARENA_LOCAL(a);
    struct world w =
        told(a, 20,
             "case A onset 5\ncase B onset 6\ncontact A C 4 4\ncontact B D 5 5\ncontact A B 4 4\n"
             "visit D bus 6 8:00 9:00\nvisit C bus 6 8:00 9:00");
    uint32_t cases[] = {epi_picture_case(w.p, (epi_id){1000 + 'B'}),
                        epi_picture_case(w.p, (epi_id){1000 + 'A'}),
                        epi_picture_case(w.p, (epi_id){1000 + 'B'})};
    CHECK_OK(epi_trace_run(a, w.p, &w.o, cases, 3, &w.r, NULL, NULL));
    CHECK_INT(w.r.n_index, 2);
    CHECK_STR(rings(&w), EPI_S("C1 D1"));
    epi_picture_free(w.p);
}

TEST(bad_parameters_and_unknown_cases_are_refused)
{
    EPI_ARENA_LOCAL(a);
    struct world w = told(a, 20, "case A onset 5");
    struct epi_err err = {0};
    uint32_t cas = 0, none = EPI_NO_INDEX;
    w.o.depth = 7;
    CHECK_INT(epi_trace_run(a, w.p, &w.o, &cas, 1, &w.r, NULL, &err), EPI_INVALID);
    CHECK_STR(epi_str_of(err.code), EPI_S("trace.parameter"));
    w.o.depth = 3;
    CHECK_INT(epi_trace_run(a, w.p, &w.o, &none, 1, &w.r, NULL, &err), EPI_NOT_FOUND);
    CHECK_INT(epi_trace_run(a, w.p, &w.o, &cas, 0, &w.r, NULL, &err), EPI_INVALID);
    CHECK_OK(trace(&w, 'A'));
    CHECK_INT(w.r.n_people, 0);
    epi_picture_free(w.p);
}

TEST(a_case_without_a_date_exposes_everybody_known_and_says_so)
{
    EPI_ARENA_LOCAL(a);
    struct world w =
        told(a, 20, "case A\ncontact A B 1 1\ncontact A C - -\ncontact C D 4 4\nhouse C E");
    CHECK_OK(trace(&w, 'A'));
    CHECK_STR(rings(&w), EPI_S("B1 C1 E2"));
    CHECK(has_finding(&w, "trace.case-without-dates"));
    struct epi_trace_facts f;
    for (size_t i = 0; i < w.r.n_people; i++)
        epi_trace_facts_of(w.p, &w.o, &w.r, i, &f);
    CHECK(!epi_date_known(f.first));
    epi_picture_free(w.p);
}

TEST(facts_count_doses_and_recovery_before_the_exposure)
{
    EPI_ARENA_LOCAL(a);
    struct world w =
        told(a, 150,
             "case A onset 142\ncontact A B 140 140 distance 1.5 minutes 30\ndose B 30\n"
             "dose B 126 completes 1\ndose B 127\ncase B onset 1 recovered 20 id 77\n"
             "contact A C 140 140\ndose C 130");
    CHECK_OK(trace(&w, 'A'));
    struct epi_trace_facts f;
    size_t i = 0;
    CHECK(found(&w, 'B', &i));
    epi_trace_facts_of(w.p, &w.o, &w.r, i, &f);
    CHECK_INT(f.doses, 2);
    CHECK_INT(f.completed, 1);
    CHECK_INT(f.last_dose.d, day_zero.d + 126);
    CHECK_INT(f.days_since_dose, 14);
    CHECK_INT(f.months_since_dose, 0);
    CHECK_INT(f.recovered.d, day_zero.d + 20);
    CHECK_INT(f.days_since_recovered, 120);
    CHECK_INT(f.months_since_recovered, 3);
    CHECK_INT(f.minutes, 30);
    CHECK_NEAR(f.distance, 1.5, 1e-6);
    CHECK_INT(f.is_case, 0);
    CHECK_INT(f.age, -1);
    CHECK(found(&w, 'C', &i));
    epi_trace_facts_of(w.p, &w.o, &w.r, i, &f);
    CHECK_INT(f.doses, 0);
    CHECK_INT(f.days_since_dose, -1);
    CHECK_INT(f.months_since_recovered, -1);
    epi_picture_free(w.p);
}

/* --- JSON ---------------------------------------------------------------------------- */
static epi_str code_text(void *ctx, epi_id id)
{
    char *text = ctx;
    text[0] = id.v >= 1000 ? 'K' : 'P';
    text[1] = (char)(id.v % 1000);
    return (epi_str){text, 2};
}

static void duty_value(void *ctx, struct epi_jw *w, const struct epi_trace_facts *f)
{
    (void)ctx;
    epi_jw_object(w);
    epi_jw_kvz(w, "rule", f->ring == 1 ? "f1" : "fn");
    epi_jw_object_end(w);
}

TEST(the_json_holds_ring_code_chain_and_duty)
{
    EPI_ARENA_LOCAL(a);
    struct world w =
        told(a, 20,
             "case A onset 5\ncontact A B 4 4\nvisit B bus 6 7:00 8:00\nvisit D bus 6 7:30 9:00\n"
             "case D onset 8");
    CHECK_OK(trace(&w, 'A'));
    char text[2];
    struct epi_trace_names names = {
        .ctx = text, .case_code = code_text, .person_code = code_text, .duty = duty_value};
    EPI_BUF_LOCAL(b, 100000);
    struct epi_jw jw = EPI_JW(&b);
    epi_trace_json(&jw, w.p, &w.o, &w.r, &names);
    const epi_json *j;
    CHECK_OK(epi_json_parse(a, epi_buf_str(&b), 100000, &j, NULL));
    CHECK_STR(epi_json_text(j, "index", EPI_NIL), EPI_S("KA"));
    const epi_json *list = epi_json_get(j, "rings");
    CHECK_INT(list->count, 2);
    const epi_json *d = list->first->next;
    CHECK_INT(epi_json_int(d, "ring", 0), 2);
    CHECK_STR(epi_json_text(d, "code", EPI_NIL), EPI_S("PD"));
    CHECK_STR(epi_json_text(d, "case", EPI_NIL), EPI_S("KD"));
    CHECK_STR(epi_json_text(epi_json_get(d, "duty"), "rule", EPI_NIL), EPI_S("fn"));
    const epi_json *chain = epi_json_get(d, "chain");
    CHECK_INT(chain->count, 2);
    CHECK_STR(epi_json_text(chain->first, "from", EPI_NIL), EPI_S("KA"));
    CHECK_STR(epi_json_text(chain->first->next, "from", EPI_NIL), EPI_S("PB"));
    CHECK_STR(epi_json_text(chain->first->next, "how", EPI_NIL), EPI_S("visit"));
    CHECK_INT(epi_json_int(chain->first->next, "minutes", 0), 30);
    epi_picture_free(w.p);
}
