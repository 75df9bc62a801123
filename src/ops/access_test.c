// SPDX-License-Identifier: AGPL-3.0-or-later
/* Who sees what. The model is naive on purpose: a user sees a record when the record's unit path
 * begins with the user's own; nothing else is known about how the program decides. */
#include "ops/fixture_test.h"
#include <stdio.h>

static const char *const units[] = {PROVINCE,           CITY,         COMMUNE,
                                    "vn/11/094/03130/", DISTRICT,     "vn/11/096/03160/",
                                    ELSEWHERE,          "vn/14/116/", "vn/"};

static bool model_sees(const char *user_unit, const char *record_unit)
{
    return strncmp(record_unit, user_unit, strlen(user_unit)) == 0;
}

struct person { /* one person with a case, a contact row and a visit, all of one unit */
    const char *unit, *mark;
    epi_str person, cas;
};

/* Every text of a record of the unit carries its mark, so that a leak shows wherever it happens. */
static void make_person(struct ops_base *f, struct person *p, const char *unit, size_t i,
                        epi_str source_case)
{
    struct epi_arena *a = f->a;
    p->unit = unit;
    p->mark = epi_str_printf(a, "MARK%zuX", i).p;
    p->person = ops_create(
        f, NULL, "person",
        epi_str_printf(a,
                       "{\"unit\":\"%s\",\"code\":\"P%s\",\"name\":\"N%s\",\"phone\":\"09%08zu\"}",
                       unit, p->mark, p->mark, i));
    p->cas = ops_create(
        f, NULL, "case",
        epi_str_printf(
            a,
            "{\"unit\":\"%s\",\"code\":\"C%s\",\"person\":\"%.*s\",\"onset\":\"2021-11-1%zu\","
            "\"reported\":\"2021-11-16\",\"note\":\"T%s\",\"classification\":\"confirmed\",\"detection\":\"community\"}",
            unit, p->mark, EPI_FMT(p->person), i % 6, p->mark));
    if (source_case.n)
        ops_create(
            f, NULL, "contact",
            epi_str_printf(
                a,
                "{\"unit\":\"%s\",\"case\":\"%.*s\",\"person\":\"%.*s\",\"first_exposure\":\"2021-11-14\","
                "\"last_exposure\":\"2021-11-15\",\"note\":\"K%s\"}",
                unit, EPI_FMT(source_case), EPI_FMT(p->person), p->mark));
}

static bool says(epi_str text, const char *mark)
{
    return epi_str_find(text, epi_str_of(mark), 0) != SIZE_MAX;
}

static epi_str file_text(struct ops_base *f, const char *path)
{
    epi_str text = EPI_NIL;
    if (f->io.fs.read(f->io.fs.ctx, f->a, path, 1u << 24, &text, NULL) != EPI_OK)
        return EPI_NIL;
    return text;
}

#define PEOPLE 9
PROPERTY(nobody_is_shown_a_record_of_a_unit_outside_their_own, 12)
{
    EPI_ARENA_LOCAL(a);
    struct ops_base f;
    if (!ops_open(&f, a, false))
        return;
    struct person p[PEOPLE];
    for (size_t i = 0; i < PEOPLE; i++)
        make_person(&f, &p[i], units[epi_rng_below(rng, EPI_COUNT(units))], i,
                    i ? p[epi_rng_below(rng, i)].cas : EPI_NIL);
    for (size_t u = 0; u < EPI_COUNT(units); u++) {
        struct epi_actor who =
            ops_user(&f, epi_str_printf(a, "user%zu", u).p, "duty_officer", units[u]);
        struct request as = {.as = &who};
        struct reply cases = ops_call(&f, epi_do_list, as, ARGS("kind", "case", "limit", "1000"));
        struct reply people =
            ops_call(&f, epi_do_list, as, ARGS("kind", "person", "limit", "1000", "total", "1"));
        struct reply contacts = ops_call(&f, epi_do_list, as, ARGS("kind", "contact"));
        struct reply found = ops_call(&f, epi_do_list, as, ARGS("kind", "person", "q", "nmark"));
        struct reply today = ops_call(&f, epi_do_today, as, NO_ARGS);
        struct reply levels = ops_call(&f, epi_do_levels, as, ARGS("all", "1"));
        CHECK_INT(cases.s | people.s | contacts.s | found.s | today.s | levels.s, EPI_OK);
        const char *path = epi_str_printf(a, "%s/out.csv", f.dir).p;
        as.out_path = path;
        CHECK_INT(ops_call(&f, epi_do_export, as, ARGS("kind", "contact", "format", "csv")).s,
                  EPI_OK);
        epi_str exported = file_text(&f, path);
        CHECK_INT(ops_call(&f, epi_do_export, as, ARGS("kind", "case", "format", "json")).s,
                  EPI_OK);
        epi_str exported_json = file_text(&f, path);
        as.out_path = NULL;
        size_t visible = 0;
        for (size_t i = 0; i < PEOPLE; i++) {
            bool sees = model_sees(units[u], p[i].unit);
            visible += sees;
            const char *id = epi_str_cz(a, p[i].cas);
            struct reply get = ops_call(&f, epi_do_get, as, ARGS("kind", "case", "id", id));
            struct reply history = ops_call(&f, epi_do_history, as, ARGS("kind", "case", "id", id));
            struct reply trace = ops_call(&f, epi_do_trace, as, ARGS("id", id));
            CHECK_INT(get.s, sees ? EPI_OK : EPI_NOT_FOUND);
            CHECK_INT(history.s, sees ? EPI_OK : EPI_NOT_FOUND);
            CHECK_INT(trace.s, sees ? EPI_OK : EPI_NOT_FOUND);
            CHECK_INT(says(cases.text, p[i].mark), sees);
            CHECK_INT(says(people.text, p[i].mark), sees);
            CHECK_INT(says(found.text, p[i].mark), sees);
            CHECK_INT(says(exported_json, p[i].mark), sees);
            for (size_t other = 0; other < PEOPLE; other++)
                if (!model_sees(units[u], p[other].unit)) {
                    /* not as a ring of somebody visible, nor by a label, nor in a file */
                    CHECK(!says(trace.text, p[other].mark));
                    CHECK(!says(get.text, p[other].mark) && !says(history.text, p[other].mark));
                    CHECK(!says(contacts.text, p[other].mark) && !says(exported, p[other].mark));
                    CHECK(!says(today.text, p[other].mark) && !says(levels.text, p[other].mark));
                    /* the identity of somebody of another unit is not told either */
                    CHECK(!says(trace.text, epi_str_cz(a, p[other].person)));
                }
        }
        CHECK_INT(reply_int(&people, "total"), visible);
        /* figures and levels are of units inside */
        EPI_JSON_EACH (row, reply_at(&levels, "rows"))
            CHECK(model_sees(units[u], epi_str_cz(a, epi_json_text(row, "unit", EPI_S("?")))));
    }
    ops_close(&f);
}

TEST(a_unit_outside_looks_as_if_it_were_not_there)
{
    USES_NO_RNG;
    EPI_ARENA_LOCAL(a);
    struct ops_base f;
    CHECK(ops_open(&f, a, false));
    struct epi_actor who = ops_user(&f, "city", "duty_officer", CITY);
    static epi_act *const acts[] = {epi_do_today, epi_do_levels, epi_do_level_evidence,
                                    epi_do_level_history};
    for (size_t i = 0; i < EPI_COUNT(acts); i++) {
        struct reply out =
            ops_call(&f, acts[i], (struct request){.as = &who}, ARGS("unit", ELSEWHERE));
        struct reply none =
            ops_call(&f, acts[i], (struct request){.as = &who}, ARGS("unit", "vn/77777/"));
        CHECK(reply_is(&out, EPI_NOT_FOUND, "unit.unknown"));
        CHECK(reply_is(&none, EPI_NOT_FOUND, "unit.unknown"));
        CHECK_INT(ops_call(&f, acts[i], (struct request){.as = &who}, ARGS("unit", COMMUNE)).s,
                  EPI_OK);
    }
    ops_close(&f);
}

/* Which act asks for which right, tried by every role. */
TEST(each_role_can_do_what_its_rights_say_and_nothing_else)
{
    USES_NO_RNG;
    EPI_ARENA_LOCAL(a);
    struct ops_base f;
    CHECK(ops_open(&f, a, false));
    static const struct {
        epi_act *act;
        const char *args[5], *may; /* roles that may, as letters */
    } acts[] = {
        /* a administrator, c commander, d duty officer, e epidemiologist, h health worker, o
         * hospital, s stock keeper, k clerk, v observer */
        {epi_do_list, {"kind", "case"}, "acdehoskv"},
        {epi_do_today, {NULL}, "acdehoskv"},
        {epi_do_policies, {NULL}, "acdehoskv"},
        {epi_do_create, {"kind", "person"}, "deh"},
        {epi_do_create, {"kind", "place"}, "deho"},
        {epi_do_import, {"kind", "case"}, "de"},
        {epi_do_jobs, {NULL}, "de"},
        {epi_do_level_sign, {NULL}, "cd"},
        {epi_do_level_publish, {NULL}, "c"},
        {epi_do_level_withdraw, {NULL}, "c"},
        {epi_do_directive_register, {NULL}, "cdk"},
        {epi_do_assignment_act, {"id", "0000000000001"}, "cdhosk"},
        {epi_do_users, {NULL}, "a"},
        {epi_do_user_create, {NULL}, "a"},
        {epi_do_audit, {NULL}, "ac"},
        {epi_do_verify, {NULL}, "ac"},
    };
    static const char *const roles[] = {"administrator",  "commander",     "duty_officer",
                                        "epidemiologist", "health_worker", "hospital",
                                        "stock_keeper",   "clerk",         "observer"};
    const char letters[] = "acdehoskv";
    for (size_t r = 0; r < EPI_COUNT(roles); r++) {
        struct epi_actor who =
            ops_user(&f, epi_str_printf(a, "the_%s", roles[r]).p, roles[r], PROVINCE);
        for (size_t i = 0; i < EPI_COUNT(acts); i++) {
            struct reply got = ops_call(
                &f, acts[i].act, (struct request){.as = &who, .body = EPI_S("{}")}, acts[i].args);
            bool denied = got.s == EPI_DENIED && strcmp(got.err.code, "access.not-permitted") == 0;
            if (denied == (strchr(acts[i].may, letters[r]) != NULL))
                epi_test_fail(__FILE__, __LINE__, "%s, act %zu: %s", roles[r], i,
                              denied ? "denied" : "allowed");
        }
    }
    ops_close(&f);
}

TEST(who_may_not_see_persons_gets_no_name_by_any_door)
{
    USES_NO_RNG;
    EPI_ARENA_LOCAL(a);
    struct ops_base f;
    CHECK(ops_open(&f, a, false));
    struct person p;
    make_person(&f, &p, COMMUNE, 1, EPI_NIL);
    ops_create(&f, NULL, "contact",
               epi_str_printf(
                   a, "{\"unit\":\"%s\",\"case\":\"%.*s\",\"person\":\"%.*s\",\"masks_worn\":true}",
                   COMMUNE, EPI_FMT(p.cas), EPI_FMT(p.person)));
    struct epi_actor who = ops_user(&f, "watcher", "observer", PROVINCE);
    struct request as = {.as = &who};
    struct reply r = ops_call(&f, epi_do_list, as, ARGS("kind", "person"));
    CHECK_INT(r.s, EPI_OK);
    CHECK(says(r.text, p.mark)); /* the code is a local number, no name */
    CHECK(!says(r.text, "NMARK") && !says(r.text, "0900000001"));
    CHECK_INT(reply_at(&r, "rows/0/name")->type, EPI_JSON_NULL);
    r = ops_call(&f, epi_do_list, as, ARGS("kind", "case"));
    CHECK(!says(r.text, "NMARK") && !says(r.text, "TMARK"));
    CHECK(says(r.text, "•••"));
    r = ops_call(&f, epi_do_list, as, ARGS("kind", "contact"));
    CHECK_INT(r.s, EPI_OK);
    CHECK_INT(reply_int(&r, "rows/0/masks_worn"), 1);
    CHECK(!says(
        ops_call(&f, epi_do_history, as, ARGS("kind", "person", "id", epi_str_cz(a, p.person)))
            .text,
        "NMARK"));
    CHECK(!says(ops_call(&f, epi_do_trace, as, ARGS("id", epi_str_cz(a, p.cas))).text, "NMARK"));
    /* nor may one ask whether somebody of that name or number is there, nor sort by it and read the
     * page mark */
    r = ops_call(&f, epi_do_list, as, ARGS("kind", "person", "name", "NMARK1X"));
    CHECK(reply_is(&r, EPI_DENIED, "access.not-permitted"));
    r = ops_call(&f, epi_do_list, as, ARGS("kind", "person", "q", "NMARK1X"));
    CHECK(reply_is(&r, EPI_DENIED, "access.not-permitted"));
    r = ops_call(&f, epi_do_list, as, ARGS("kind", "person", "order", "name"));
    CHECK(reply_is(&r, EPI_DENIED, "access.not-permitted"));
    /* codes of cases are no names */
    r = ops_call(&f, epi_do_list, as, ARGS("kind", "case", "q", "cmark1x"));
    CHECK_INT(r.s, EPI_OK);
    CHECK_INT(reply_at(&r, "rows")->count, 1);
    ops_close(&f);
}
