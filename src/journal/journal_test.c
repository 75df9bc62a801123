// SPDX-License-Identifier: AGPL-3.0-or-later
#include "base/test.h"
#include "journal/journal.h"

static const struct epi_catalogue *catalogue(struct epi_arena *a)
{
    const struct epi_catalogue *c = NULL;
    struct epi_findings f;
    epi_findings_init(&f, a, 0);
    if (epi_catalogue_new(a, EPI_NIL, &c, &f, NULL) != EPI_OK)
        return NULL;
    return c;
}

static struct epi_op sample_op(struct epi_set *sets, size_t n, struct epi_change *ch)
{
    *ch = (struct epi_change){.kind = EPI_K_CASE, .id = {1234567890123}, .sets = sets, .n_sets = n};
    return (struct epi_op){.op_id = {{1, 2, 3}},
                           .action = EPI_S("case.report"),
                           .author = {77},
                           .device_time = EPI_INSTANT_UNKNOWN,
                           .server_time = {1637000000000},
                           .scope = EPI_S("vn/11/"),
                           .changes = ch,
                           .n_changes = 1};
}

TEST(an_operation_reads_back_as_it_was_written)
{
    USES_NO_RNG;
    EPI_ARENA_LOCAL(a);
    const struct epi_catalogue *c = catalogue(a);
    CHECK(c);
    struct epi_set sets[] = {{EPI_CASE_UNIT, epi_v_text(EPI_S("vn/11/094/"))},
                             {EPI_CASE_ONSET, epi_v_int(-5)},
                             {EPI_CASE_CODE, EPI_NULLV}};
    struct epi_change ch;
    struct epi_op op = sample_op(sets, 3, &ch), back;
    EPI_BUF_LOCAL(b, 1 << 20);
    epi_op_encode(&b, c, &op);
    CHECK_OK(epi_op_decode(a, c, epi_buf_str(&b), &back, NULL));
    CHECK_STR(back.action, EPI_S("case.report"));
    CHECK(!epi_instant_known(back.device_time));
    CHECK_INT(back.n_changes, 1);
    CHECK_INT(back.changes[0].n_sets, 3);
    CHECK_INT(back.changes[0].sets[1].v.i, -5);
    CHECK_INT(back.changes[0].sets[2].v.t, EPI_V_NULL);
    CHECK_INT(back.author.v, 77);
}

PROPERTY(a_damaged_operation_is_refused_or_spelt_back_exactly, 300)
{
    EPI_ARENA_LOCAL(a);
    const struct epi_catalogue *c = catalogue(a);
    struct epi_set sets[] = {{EPI_CASE_UNIT, epi_v_text(EPI_S("vn/11/094/"))},
                             {EPI_CASE_ONSET, epi_v_int(9)}};
    struct epi_change ch;
    struct epi_op op = sample_op(sets, 2, &ch), back;
    EPI_BUF_LOCAL(b, 1 << 20);
    EPI_BUF_LOCAL(again, 1 << 20);
    epi_op_encode(&b, c, &op);
    if (epi_rng_chance(rng, 0.5))
        b.n = epi_rng_below(rng, b.n);
    else
        b.p[epi_rng_below(rng, b.n)] = (char)(uint8_t)epi_rng_below(rng, 256);
    if (epi_op_decode(a, c, epi_buf_str(&b), &back, NULL) != EPI_OK || back.n_unknown)
        return;
    epi_op_encode(&again, c, &back);
    CHECK(epi_str_eq(epi_buf_str(&b), epi_buf_str(&again)));
}

TEST(the_digest_ignores_the_server_time_and_nothing_else)
{
    USES_NO_RNG;
    EPI_ARENA_LOCAL(a);
    const struct epi_catalogue *c = catalogue(a);
    struct epi_set sets[] = {{EPI_CASE_ONSET, epi_v_int(9)}};
    struct epi_change ch;
    struct epi_op op = sample_op(sets, 1, &ch);
    uint8_t first[32], second[32];
    epi_op_digest(c, &op, first);
    op.server_time.ms += 1000;
    epi_op_digest(c, &op, second);
    CHECK(memcmp(first, second, 32) == 0);
    sets[0].v = epi_v_int(10);
    epi_op_digest(c, &op, second);
    CHECK(memcmp(first, second, 32) != 0);
}

TEST(the_chain_depends_on_every_earlier_operation)
{
    USES_NO_RNG;
    uint8_t zero[32] = {0}, h1[32], h2[32], h3[32];
    epi_chain_next(zero, EPI_S("one"), h1);
    epi_chain_next(h1, EPI_S("two"), h2);
    epi_chain_next(zero, EPI_S("two"), h3);
    CHECK(memcmp(h2, h3, 32) != 0);
}

static const struct merge_row {
    const char *why;
    uint16_t field;
    bool later, removed;
    int64_t standing, sent, want;
    size_t losses;
    int64_t lost;
} merge_rows[] = {
    {"nobody else touched the field", EPI_CASE_ONSET, false, false, 1, 2, 2, 0, 0},
    {"the same value twice loses nothing", EPI_CASE_ONSET, true, false, 2, 2, 2, 0, 0},
    {"a plain field: the later in the journal wins", EPI_CASE_REPORTED, true, false, 1, 2, 2, 1, 1},
    {"a clinical field: the standing value stays", EPI_CASE_ONSET, true, false, 1, 2, 1, 1, 2},
    {"a removed record takes nothing", EPI_CASE_REPORTED, false, true, 1, 2, 1, 1, 2},
};

TEST(two_edits_of_one_field_end_as_the_merge_rule_says)
{
    USES_NO_RNG;
    EPI_ARENA_LOCAL(a);
    const struct epi_catalogue *c = catalogue(a);
    for (size_t i = 0; i < EPI_COUNT(merge_rows); i++) {
        const struct merge_row *row = &merge_rows[i];
        struct epi_record *r = epi_record_new(a, c, EPI_K_CASE);
        bool later[EPI_N_CASE] = {false};
        r->v[row->field] = epi_v_int(row->standing);
        r->removed = row->removed;
        later[row->field] = row->later;
        struct epi_set set = {row->field, epi_v_int(row->sent)};
        struct epi_change ch = {
            .kind = EPI_K_CASE, .id = {5}, .base = 1, .sets = &set, .n_sets = 1};
        struct epi_loss loss[1];
        size_t n;
        epi_merge(c, r, &ch, later, loss, &n);
        CHECK_INT(r->v[row->field].i, row->want);
        CHECK_INT(n, row->losses);
        if (n)
            CHECK_INT(loss[0].lost.i, row->lost);
    }
}

TEST(other_fields_touched_meanwhile_both_stand)
{
    USES_NO_RNG;
    EPI_ARENA_LOCAL(a);
    const struct epi_catalogue *c = catalogue(a);
    struct epi_record *r = epi_record_new(a, c, EPI_K_CASE);
    bool later[EPI_N_CASE] = {false};
    r->v[EPI_CASE_ONSET] = epi_v_int(3);
    later[EPI_CASE_ONSET] = true;
    struct epi_set set = {EPI_CASE_REPORTED, epi_v_int(8)};
    struct epi_change ch = {.kind = EPI_K_CASE, .base = 1, .sets = &set, .n_sets = 1};
    struct epi_loss loss[1];
    size_t n;
    epi_merge(c, r, &ch, later, loss, &n);
    CHECK_INT(n, 0);
    CHECK_INT(r->v[EPI_CASE_ONSET].i, 3);
    CHECK_INT(r->v[EPI_CASE_REPORTED].i, 8);
}

TEST(the_json_of_an_operation_masks_persons_and_never_shows_secrets)
{
    USES_NO_RNG;
    EPI_ARENA_LOCAL(a);
    const struct epi_catalogue *c = catalogue(a);
    struct epi_set sets[] = {{EPI_USER_NAME, epi_v_text(EPI_S("PLACEHOLDER"))},
                             {EPI_USER_PASSWORD, epi_v_text(EPI_S("HASHED"))}};
    struct epi_change ch;
    struct epi_op op = sample_op(sets, 2, &ch);
    ch.kind = EPI_K_USER;
    EPI_BUF_LOCAL(b, 1 << 20);
    struct epi_jw w = EPI_JW(&b);
    epi_op_json(&w, c, &op, true);
    CHECK(epi_str_find(epi_buf_str(&b), EPI_S("PLACEHOLDER"), 0) == SIZE_MAX);
    CHECK(epi_str_find(epi_buf_str(&b), EPI_S("HASHED"), 0) == SIZE_MAX);
    CHECK(epi_str_find(epi_buf_str(&b), EPI_S("\"masked\":true"), 0) != SIZE_MAX);
    const epi_json *j;
    CHECK_OK(epi_json_parse(a, epi_buf_str(&b), 1 << 20, &j, NULL));
    epi_buf_clear(&b);
    w = EPI_JW(&b);
    epi_op_json(&w, c, &op, false);
    CHECK(epi_str_find(epi_buf_str(&b), EPI_S("PLACEHOLDER"), 0) != SIZE_MAX);
    CHECK(epi_str_find(epi_buf_str(&b), EPI_S("HASHED"), 0) == SIZE_MAX);
}
