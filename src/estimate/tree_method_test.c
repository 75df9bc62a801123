// SPDX-License-Identifier: AGPL-3.0-or-later
#include "estimate/test_run.h"

struct more {
    const char *option, *csv;
};
/* With a generation time of one to three days and few rounds. */
static epi_status run(struct epi_arena *a, const char *csv, const struct more *more, size_t n,
                      struct epi_estimate *ret, struct epi_findings *findings)
{
    struct epi_frame input, tables[4];
    struct epi_estimate_arg args[12] = {{EPI_S("iterations"), EPI_S("200"), NULL},
                                        {EPI_S("burn-in"), EPI_S("50"), NULL}};
    size_t args_n = 2;
    epi_findings_init(findings, a, 100);
    EPI_TRY(epi_frame_read(a, epi_str_of(csv), &input, findings, NULL));
    for (size_t k = 0; k < n; k++) {
        struct epi_estimate_arg *arg = &args[args_n++];
        *arg = (struct epi_estimate_arg){epi_str_of(more[k].option), epi_str_of(more[k].csv), NULL};
        if (!strchr(more[k].csv, '\n'))
            continue;
        EPI_TRY(epi_frame_read(a, epi_str_of(more[k].csv), &tables[k], findings, NULL));
        arg->table = &tables[k];
    }
    return epi_estimate_run(a, epi_estimate_find(EPI_S("tree"), EPI_NIL), &input, args, args_n, ret,
                            findings, NULL);
}

#define GENERATION \
    { \
        "generation-table", "k,w\n1,0.5\n2,0.3\n3,0.2\n" \
    }
static const char *const four = "case,onset\nA,2021-05-01\nB,2021-05-03\nC,2021-05-05\nD,\n";

TEST(a_line_list_gives_a_row_per_case_with_days_as_dates)
{
    EPI_ARENA_LOCAL(a);
    struct epi_estimate e;
    struct epi_findings f;
    const struct more more[] = {GENERATION,
                                {"distances", "i,j,distance\nA,B,1\nB,C,1\nA,C,2\nA,Z,4\n"},
                                {"genome-length", "1000"},
                                {"contacts", "from,to\nA,B\nB,C\n"}};
    CHECK_OK(run(a, four, more, 4, &e, &f));
    CHECK_INT(e.rows.rows, 3);
    const struct epi_column *who = epi_frame_column(&e.rows, "case"),
                            *ancestor = epi_frame_column(&e.rows, "ancestor"),
                            *day = epi_frame_column(&e.rows, "infected");
    CHECK_STR(who->words[2], EPI_S("C"));
    CHECK_STR(ancestor->words[1], EPI_S("A"));
    CHECK_STR(ancestor->words[2], EPI_S("B"));
    CHECK_INT(day->type, EPI_COL_DATE);
    for (size_t i = 0; i < 3; i++) {
        CHECK(test_cell(&e, "infected_low", i) <= day->v[i]);
        CHECK(day->v[i] <= test_cell(&e, "infected_high", i));
        CHECK(test_cell(&e, "support", i) > 0.3 && test_cell(&e, "entropy", i) >= 0);
    }
    CHECK(test_has(&e.notes, "estimate.tree.left-out"));
    CHECK(test_has(&e.notes, "estimate.tree.unknown-names"));
    CHECK(test_has(&e.notes, "estimate.tree.delay-alike"));
    CHECK_INT(e.tables_n, 2);
    CHECK_INT(e.tables[1].rows, 4);
}

TEST(dates_alone_are_marked_as_weak)
{
    EPI_ARENA_LOCAL(a);
    struct epi_estimate e;
    struct epi_findings f;
    const struct more gamma[] = {{"generation", "gamma"},
                                 {"generation-mean", "4"},
                                 {"generation-sd", "2"},
                                 {"delay", "fixed"},
                                 {"delay-mean", "3"}};
    CHECK_OK(run(a, "id,t\n1,3\n2,5\n3,6\n4,8\n", gamma, 5, &e, &f));
    CHECK(test_has(&e.notes, "estimate.tree.dates-only"));
    static const double before[] = {0, 2, 3, 5}; /* the delay is always three days */
    for (size_t i = 0; i < 4; i++)
        CHECK_NEAR(test_cell(&e, "infected", i), before[i], 0);
    CHECK(isnan(epi_frame_numbers(&e.values, "mu")[0]));
}

TEST(known_imports_are_kept)
{
    EPI_ARENA_LOCAL(a);
    struct epi_estimate e;
    struct epi_findings f;
    const struct more more[] = {GENERATION};
    CHECK_OK(run(a, "case,t,imported\nA,3,yes\nB,5,no\nC,5,yes\nD,7,\n", more, 1, &e, &f));
    const struct epi_column *ancestor = epi_frame_column(&e.rows, "ancestor");
    CHECK_INT(ancestor->words[0].n, 0);
    CHECK_INT(ancestor->words[2].n, 0);
    CHECK_STR(ancestor->words[1], EPI_S("A"));
    CHECK_NEAR(test_cell(&e, "support", 2), 1, 1e-12);
}

TEST(what_cannot_be_a_tree_is_refused)
{
    EPI_ARENA_LOCAL(a);
    static const struct {
        const char *csv;
        struct more more[3];
        size_t n;
        const char *code;
    } bad[] = {
        {"case,t\nA,1\nA,2\n", {GENERATION}, 1, "estimate.name-twice"},
        {"case,t\nA,1\nB,x\n", {GENERATION}, 1, "estimate.cell-no-date"},
        {"case,t\nA,1\nB,2.5\n", {GENERATION}, 1, "estimate.cell-fraction"},
        {"case,t,imported\nA,1,yes\nB,2,perhaps\n", {GENERATION}, 1, "estimate.cell-no-yes"},
        {"case,t\nA,1\nB,2\n", {{"chains", "1"}}, 1, "estimate.option-missing"},
        {"case,t\nA,1\nB,2\n", {GENERATION, {"pi-prior", "1"}}, 2, "estimate.tree.prior"},
        {"case,t\nA,1\nB,2\n",
         {GENERATION, {"distances", "i,j,snps\nA,B,1\n"}},
         2,
         "estimate.option-missing"},
        {"case,t\nA,1\nB,2\n",
         {GENERATION, {"distances", "i,j,snps\nA,B,-1\n"}, {"genome-length", "10"}},
         3,
         "estimate.cell-negative"},
        {"case,t\nA,1\nB,2\n",
         {GENERATION, {"distances", "i,j,snps\nA,B,1\nB,A,2\n"}, {"genome-length", "10"}},
         3,
         "estimate.tree.distance-twice"},
        {"case,t\nA,1\nB,2\n",
         {GENERATION, {"distances", "i,j,snps\nA,B,11\n"}, {"genome-length", "10"}},
         3,
         "estimate.tree.genome"},
        {"case,t\nA,1\nB,2\n",
         {GENERATION, {"contacts", "i,k\nA,B\n"}},
         2,
         "estimate.column-missing"},
    };
    struct epi_estimate e;
    struct epi_findings f;
    for (size_t i = 0; i < EPI_COUNT(bad); i++) {
        CHECK_INT(run(a, bad[i].csv, bad[i].more, bad[i].n, &e, &f), EPI_INVALID);
        if (!test_has(&f, bad[i].code))
            epi_test_fail(__FILE__, __LINE__, "%zu: %s not said", i, bad[i].code);
    }
    const struct more zero[] = {{"generation-table", "k,w\n0,0.5\n1,0.5\n"}};
    CHECK_INT(run(a, "case,t\nA,1\nB,2\n", zero, 1, &e, &f), EPI_INVALID);
    const struct more more[] = {GENERATION};
    CHECK_INT(run(a, "case,t\nA,1\n", more, 1, &e, &f), EPI_INVALID);
    CHECK_INT(run(a, "case,t\nA,\nB,\n", more, 1, &e, &f), EPI_INVALID);
    CHECK_OK(run(a, "case,t\nA,1\nB,1\n", more, 1, &e, &f)); /* the same day: one infected first */
    CHECK_OK(run(a, "case,t\nA,1\nB,900000\n", more, 1, &e, &f));
    CHECK(test_has(&e.notes, "estimate.tree.sourceless"));
}
