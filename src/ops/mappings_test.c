// SPDX-License-Identifier: AGPL-3.0-or-later
/* Saved column mappings: kept, renamed, removed, and all of it in the journal. */
#include "ops/fixture_test.h"

#define SPEC "\"spec\":{\"columns\":{\"Number\":\"code\"}}"

static struct reply save(struct ops_base *f, const struct epi_actor *as, const char *name)
{
    return ops_call(
        f, epi_do_mapping_save,
        (struct request){
            .as = as,
            .body = epi_str_printf(f->a, "{\"name\":\"%s\",\"target\":\"case\"," SPEC "}", name)},
        NO_ARGS);
}

static struct reply change(struct ops_base *f, const struct epi_actor *as, const char *id,
                           const char *body)
{
    return ops_call(f, epi_do_mapping_update, (struct request){.as = as, .body = epi_str_of(body)},
                    ARGS("id", id));
}

TEST(a_mapping_is_renamed_and_removed_and_its_history_tells_who_did)
{
    USES_NO_RNG;
    EPI_ARENA_LOCAL(a);
    struct ops_base f;
    CHECK(ops_open(&f, a, false));
    struct epi_actor ann = ops_user(&f, "ann", "duty_officer", PROVINCE),
                     bea = ops_user(&f, "bea", "epidemiologist", PROVINCE);
    struct reply made = save(&f, &ann, "Form 2"), other = save(&f, &ann, "Form 3");
    CHECK_INT(made.http, 201);
    const char *id = epi_str_cz(a, reply_text(a, &made, "id")),
               *id2 = epi_str_cz(a, reply_text(a, &other, "id"));
    struct reply taken = save(&f, &ann, "Form 2");
    CHECK(reply_is(&taken, EPI_CONFLICT, "mapping.name-taken"));
    struct reply r = change(&f, &bea, id, "{\"name\":\"Form 3\"}");
    CHECK(reply_is(&r, EPI_CONFLICT, "mapping.name-taken"));
    r = change(&f, &bea, id, "{\"name\":\"\"}");
    CHECK_INT(r.s, EPI_INVALID);
    r = change(&f, &bea, id, "{}");
    CHECK(reply_is(&r, EPI_INVALID, "record.nothing-to-change"));
    r = change(&f, &bea, id, "{\"name\":\"Form 2 of the CDC\",\"unit\":\"" ELSEWHERE "\"}");
    CHECK_INT(r.s, EPI_OK);
    CHECK_STR(reply_text(a, &r, "name"), EPI_S("Form 2 of the CDC"));
    CHECK_STR(reply_text(a, &r, "unit"), EPI_S(PROVINCE)); /* it stays where it was saved */
    CHECK_STR(reply_text(a, &r, "spec/columns/Number"), EPI_S("code"));
    r = ops_call(&f, epi_do_mapping_remove, (struct request){.as = &bea}, ARGS("id", id));
    CHECK_INT(r.http, 204);
    r = ops_call(&f, epi_do_mappings, (struct request){.as = &ann}, NO_ARGS);
    CHECK_INT(reply_at(&r, "rows")->count, 1);
    CHECK_STR(reply_text(a, &r, "rows/0/id"), epi_str_of(id2));
    r = ops_call(&f, epi_do_mapping_history, (struct request){.as = &ann}, ARGS("id", id));
    CHECK_INT(r.s, EPI_OK);
    CHECK_INT(reply_at(&r, "rows")->count, 3);
    CHECK_STR(reply_text(a, &r, "rows/0/action"), EPI_S("mapping.save"));
    CHECK_STR(reply_text(a, &r, "rows/1/changes/0/from"), EPI_S("Form 2"));
    CHECK_STR(reply_text(a, &r, "rows/2/action"), EPI_S("mapping.remove"));
    CHECK_STR(reply_text(a, &r, "rows/2/author_name"), EPI_S("bea"));
    /* the name is free again: taking it back is saving it anew */
    made = save(&f, &ann, "Form 2 of the CDC");
    CHECK_INT(made.http, 201);
    ops_close(&f);
}

TEST(a_mapping_of_another_unit_or_without_the_permission_is_left_alone)
{
    USES_NO_RNG;
    EPI_ARENA_LOCAL(a);
    struct ops_base f;
    CHECK(ops_open(&f, a, false));
    struct epi_actor ann = ops_user(&f, "ann", "duty_officer", PROVINCE),
                     far = ops_user(&f, "far", "duty_officer", ELSEWHERE),
                     chair = ops_user(&f, "chair", "commander", PROVINCE);
    struct reply made = save(&f, &ann, "Form 2");
    const char *id = epi_str_cz(a, reply_text(a, &made, "id"));
    struct reply r = change(&f, &far, id, "{\"name\":\"Mine\"}");
    CHECK_INT(r.s, EPI_NOT_FOUND);
    r = change(&f, &chair, id, "{\"name\":\"Mine\"}");
    CHECK_INT(r.s, EPI_DENIED);
    r = ops_call(&f, epi_do_mapping_remove, (struct request){.as = &far}, ARGS("id", id));
    CHECK_INT(r.s, EPI_NOT_FOUND);
    r = ops_call(&f, epi_do_mapping_history, (struct request){.as = &far}, ARGS("id", id));
    CHECK_INT(r.s, EPI_NOT_FOUND);
    r = ops_call(&f, epi_do_mappings, (struct request){.as = &ann}, NO_ARGS);
    CHECK_STR(reply_text(a, &r, "rows/0/name"), EPI_S("Form 2"));
    ops_close(&f);
}
