// SPDX-License-Identifier: AGPL-3.0-or-later
/* A document comes in, becomes assignments, and each of them lives by its rules. */
#include "ops/fixture_test.h"

static epi_str sample(struct ops_base *f)
{
    epi_str text = EPI_NIL;
    EPI_ASSERT(
        f->io.fs.read(f->io.fs.ctx, f->a,
                      epi_test_repo(f->a, "data/samples/directives/state-letter-columns.txt"),
                      1 << 20, &text, NULL) == EPI_OK);
    return text;
}

static epi_str sample_of(struct ops_base *f, const char *name)
{
    epi_str text = EPI_NIL;
    const char *path = epi_str_printf(f->a, "data/samples/directives/%s.txt", name).p;
    EPI_ASSERT(f->io.fs.read(f->io.fs.ctx, f->a, epi_test_repo(f->a, path), 1 << 20, &text, NULL) ==
               EPI_OK);
    return text;
}

static struct reply enter(struct ops_base *f, const struct epi_actor *as, epi_str text,
                          const char *dry)
{
    EPI_BUF_LOCAL(b, 1 << 20);
    struct epi_jw w = EPI_JW(&b);
    epi_jw_object(&w);
    epi_jw_kv(&w, "text", text);
    epi_jw_kvz(&w, "direction", "incoming");
    epi_jw_object_end(&w);
    return ops_call(f, epi_do_directive_register,
                    (struct request){.as = as, .body = epi_str_dup(f->a, epi_buf_str(&b))},
                    ARGS("dry_run", dry));
}

TEST(an_assignment_names_whom_to_work_with_and_annexes_bind_nobody)
{
    USES_NO_RNG;
    EPI_ARENA_LOCAL(a);
    struct ops_base f;
    CHECK(ops_open(&f, a, false));
    struct epi_actor clerk = ops_user(&f, "clerk", "clerk", PROVINCE);
    struct reply r = enter(&f, &clerk, sample_of(&f, "state-plan-annexes"), "0");
    CHECK_INT(r.s, EPI_OK);
    CHECK_INT(reply_at(&r, "assignments")->count, 3);
    CHECK_STR(reply_text(a, &r, "assignments/0/agency"), EPI_S("Sở Y tế"));
    CHECK_STR(reply_text(a, &r, "assignments/0/partners"),
              EPI_S("Sở Công Thương; Công an tỉnh; UBND thành phố Mẫu"));
    CHECK(!reply_text(a, &r, "assignments/2/partners").n);
    CHECK_INT(reply_at(&r, "parsed/annexes")->count, 2);
    ops_close(&f);
}

TEST(a_document_is_tried_registered_once_and_read_back)
{
    USES_NO_RNG;
    EPI_ARENA_LOCAL(a);
    struct ops_base f;
    CHECK(ops_open(&f, a, false));
    struct epi_actor clerk = ops_user(&f, "clerk", "clerk", PROVINCE);
    uint64_t before = epi_store_seq(epi_app_store(f.app));
    struct reply dry = enter(&f, &clerk, sample(&f), "1");
    CHECK_INT(dry.s, EPI_OK);
    CHECK(reply_int(&dry, "assignments") > 0);
    CHECK_INT(epi_store_seq(epi_app_store(f.app)), before);
    struct reply r = enter(&f, &clerk, sample(&f), "0");
    CHECK_INT(r.s, EPI_OK);
    CHECK_INT(r.http, 201);
    CHECK(reply_text(a, &r, "record/symbol").n > 0 && reply_text(a, &r, "record/issuer").n > 0);
    CHECK(reply_at(&r, "parsed/items")->count > 0);
    CHECK(reply_at(&r, "assignments")->count > 0);
    CHECK_STR(reply_text(a, &r, "assignments/0/status"), EPI_S("new"));
    struct reply list = ops_call(&f, epi_do_list, (struct request){.as = &clerk},
                                 ARGS("kind", "assignment", "limit", "1000"));
    CHECK_INT(reply_at(&list, "rows")->count, reply_int(&dry, "assignments"));
    struct reply twice = enter(&f, &clerk, sample(&f), "0");
    CHECK(reply_is(&twice, EPI_CONFLICT, "directive.registered"));
    struct epi_actor far = ops_user(&f, "far", "clerk", ELSEWHERE);
    CHECK_INT(ops_call(&f, epi_do_directive, (struct request){.as = &far},
                       ARGS("id", epi_str_cz(a, reply_text(a, &r, "record/id"))))
                  .s,
              EPI_NOT_FOUND);
    CHECK_INT(enter(&f, &far, sample(&f), "0").s,
              EPI_OK); /* another province keeps its own register */
    ops_close(&f);
}

PROPERTY(a_document_cut_anywhere_is_still_taken_or_refused_with_a_reason, 10)
{
    EPI_ARENA_LOCAL(a);
    struct ops_base f;
    CHECK(ops_open(&f, a, false));
    epi_str text = sample(&f);
    struct reply r = enter(&f, NULL, epi_str_sub(text, 0, epi_rng_below(rng, text.n + 1)), "1");
    CHECK(r.s == EPI_OK || (r.err.code && epi_words(r.err.code, EPI_VI).n > strlen(r.err.code)));
    ops_close(&f);
}

/* --- the life of an assignment
 * ---------------------------------------------------------------------------------- */
struct life {
    struct ops_base f;
    struct epi_actor who;
    epi_str id;
};

static bool begin(struct life *l, struct epi_arena *a)
{
    if (!ops_open(&l->f, a, false))
        return false;
    l->who = ops_user(&l->f, "duty", "duty_officer", PROVINCE);
    struct reply r = enter(&l->f, &l->who, sample(&l->f), "0");
    const epi_json *item = reply_at(&r, "assignments/0");
    l->id = epi_json_text(item, "id", EPI_NIL);
    return r.s == EPI_OK && l->id.n;
}

static struct reply act_on(struct life *l, epi_str id, const char *body)
{
    return ops_call(&l->f, epi_do_assignment_act,
                    (struct request){.as = &l->who, .body = epi_str_of(body)},
                    ARGS("id", epi_str_cz(l->f.a, id)));
}

/* Its own parts, which came with the document, are closed first. */
static void close_parts(struct life *l, epi_str id)
{
    struct reply r = ops_call(&l->f, epi_do_list, (struct request){.as = &l->who},
                              ARGS("kind", "assignment", "parent", epi_str_cz(l->f.a, id)));
    EPI_JSON_EACH (row, reply_at(&r, "rows")) {
        close_parts(l, epi_json_text(row, "id", EPI_NIL));
        r.s = act_on(l, epi_json_text(row, "id", EPI_NIL),
                     "{\"act\":\"close\",\"evidence\":\"report 1\"}")
                  .s;
        if (r.s != EPI_OK)
            epi_test_fail(__FILE__, __LINE__, "a part cannot be closed");
    }
}

TEST(an_assignment_is_acknowledged_reported_closed_with_evidence_and_reopened_with_a_reason)
{
    USES_NO_RNG;
    EPI_ARENA_LOCAL(a);
    struct life l;
    CHECK(begin(&l, a));
    close_parts(&l, l.id);
    struct reply r = act_on(&l, l.id, "{\"act\":\"acknowledge\"}");
    CHECK_STR(reply_text(a, &r, "status"), EPI_S("acknowledged"));
    r = act_on(&l, l.id, "{\"act\":\"acknowledge\"}");
    CHECK(reply_is(&r, EPI_CONFLICT, "assignment.already-acknowledged"));
    r = act_on(&l, l.id, "{\"act\":\"report\"}");
    CHECK(reply_found(&r, "assignment.report-empty"));
    r = act_on(&l, l.id, "{\"act\":\"report\",\"text\":\"half\",\"percent\":50}");
    CHECK_STR(reply_text(a, &r, "status"), EPI_S("in_progress"));
    CHECK_INT(reply_int(&r, "percent"), 50);
    r = act_on(&l, l.id, "{\"act\":\"report\",\"percent\":101}");
    CHECK(reply_found(&r, "field.out-of-range"));
    r = act_on(&l, l.id, "{\"act\":\"reopen\",\"text\":\"x\"}");
    CHECK(reply_is(&r, EPI_CONFLICT, "assignment.not-closed"));
    r = act_on(&l, l.id, "{\"act\":\"close\"}");
    CHECK_INT(r.s, EPI_INVALID);
    CHECK(reply_found(&r, "assignment.evidence-missing"));
    r = act_on(&l, l.id, "{\"act\":\"close\",\"evidence\":\"report 12/BC\"}");
    CHECK_STR(reply_text(a, &r, "status"), EPI_S("done"));
    CHECK_INT(reply_int(&r, "percent"), 100);
    CHECK_STR(reply_text(a, &r, "closed"), EPI_S("2021-11-17"));
    r = act_on(&l, l.id, "{\"act\":\"report\",\"text\":\"more\"}");
    CHECK(reply_is(&r, EPI_CONFLICT, "assignment.closed"));
    r = act_on(&l, l.id, "{\"act\":\"reopen\"}");
    CHECK(reply_found(&r, "assignment.reason-missing"));
    r = act_on(&l, l.id, "{\"act\":\"reopen\",\"text\":\"not enough\"}");
    CHECK_STR(reply_text(a, &r, "status"), EPI_S("in_progress"));
    /* a thing reopened is neither closed nor complete */
    CHECK(!reply_at(&r, "closed"));
    CHECK(reply_int(&r, "percent") < 100);
    r = act_on(&l, l.id, "{\"act\":\"dance\"}");
    CHECK(reply_found(&r, "assignment.no-such-act"));
    struct reply steps =
        ops_call(&l.f, epi_do_list, (struct request){.as = &l.who},
                 ARGS("kind", "progress", "assignment", epi_str_cz(a, l.id), "order", "id"));
    CHECK_INT(reply_at(&steps, "rows")->count, 4); /* refused acts leave no trace */
    ops_close(&l.f);
}

TEST(what_is_handed_on_must_be_closed_before_the_whole)
{
    USES_NO_RNG;
    EPI_ARENA_LOCAL(a);
    struct life l;
    CHECK(begin(&l, a));
    close_parts(&l, l.id);
    struct reply r = act_on(&l, l.id, "{\"act\":\"delegate\"}");
    CHECK(reply_found(&r, "field.required"));
    r = act_on(&l, l.id,
               "{\"act\":\"delegate\",\"agency\":\"Trung tâm y tế\",\"unit\":\"" ELSEWHERE "\"}");
    CHECK(reply_is(&r, EPI_NOT_FOUND, "unit.unknown"));
    r = act_on(&l, l.id,
               "{\"act\":\"delegate\",\"agency\":\"Trung tâm y tế\",\"unit\":\"" CITY
               "\",\"due\":\"2021-11-30\"}");
    CHECK_INT(r.s, EPI_OK);
    epi_str part = reply_text(a, &r, "handed_on");
    r = act_on(&l, l.id, "{\"act\":\"close\",\"evidence\":\"x\"}");
    CHECK(reply_found(&r, "assignment.parts-open"));
    /* the city sees its part and not the whole */
    struct epi_actor city = ops_user(&l.f, "city", "health_worker", CITY);
    struct reply mine =
        ops_call(&l.f, epi_do_list, (struct request){.as = &city}, ARGS("kind", "assignment"));
    CHECK_INT(reply_at(&mine, "rows")->count, 1);
    CHECK_STR(reply_text(a, &mine, "rows/0/due"), EPI_S("2021-11-30"));
    CHECK_INT(ops_call(&l.f, epi_do_assignment_act,
                       (struct request){.as = &city, .body = EPI_S("{\"act\":\"acknowledge\"}")},
                       ARGS("id", epi_str_cz(a, l.id)))
                  .s,
              EPI_NOT_FOUND);
    r = ops_call(&l.f, epi_do_assignment_act,
                 (struct request){.as = &city, .body = EPI_S("{\"act\":\"return\"}")},
                 ARGS("id", epi_str_cz(a, part)));
    CHECK(reply_found(&r, "assignment.reason-missing"));
    r = ops_call(
        &l.f, epi_do_assignment_act,
        (struct request){.as = &city, .body = EPI_S("{\"act\":\"close\",\"evidence\":\"done\"}")},
        ARGS("id", epi_str_cz(a, part)));
    CHECK_INT(r.s, EPI_OK);
    CHECK_INT(act_on(&l, l.id, "{\"act\":\"close\",\"evidence\":\"x\"}").s, EPI_OK);
    ops_close(&l.f);
}
