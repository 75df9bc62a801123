// SPDX-License-Identifier: AGPL-3.0-or-later
#include "estimate/test_run.h"

PROPERTY(clusters_are_those_found_by_walking, 60)
{
    enum { PEOPLE = 40 };
    size_t rows = epi_rng_below(rng, 50), seen = 0;
    uint32_t from[50], to[50], cluster[PEOPLE], size[PEOPLE], in[PEOPLE], out[PEOPLE];
    bool near[PEOPLE][PEOPLE] = {{false}};
    for (size_t k = 0; k < rows; k++) {
        from[k] = (uint32_t)epi_rng_below(rng, PEOPLE),
        to[k] = (uint32_t)epi_rng_below(rng, PEOPLE);
        near[from[k]][to[k]] = near[to[k]][from[k]] = true;
    }
    for (size_t i = 0; i < PEOPLE; i++)
        near[i][i] = true;
    for (size_t k = 0; k < PEOPLE; k++) /* all that can be reached (Warshall) */
        for (size_t i = 0; i < PEOPLE; i++)
            for (size_t j = 0; j < PEOPLE; j++)
                near[i][j] = near[i][j] || (near[i][k] && near[k][j]);
    struct epi_contacts c = {PEOPLE, rows, from, to};
    size_t n = epi_network_clusters(&c, cluster, size), sum = 0;
    for (size_t i = 0; i < PEOPLE; i++) {
        size_t members = 0, least = PEOPLE;
        for (size_t j = 0; j < PEOPLE; j++) {
            CHECK_INT(near[i][j], cluster[i] == cluster[j]);
            members += near[i][j];
            least = near[i][j] && j < least ? j : least;
        }
        CHECK_INT(size[i], members);
        CHECK_INT(cluster[i], least);
        seen += cluster[i] == i;
    }
    CHECK_INT(n, seen);
    epi_network_degrees(&c, in, out);
    for (size_t i = 0; i < PEOPLE; i++)
        sum += in[i] + out[i];
    CHECK_INT(sum, 2 * rows);
}

TEST(a_long_chain_is_one_cluster_in_any_order)
{
    EPI_ARENA_LOCAL(a);
    enum { PEOPLE = 100000 };
    uint32_t *from = EPI_ARRAY(a, PEOPLE, uint32_t), *to = EPI_ARRAY(a, PEOPLE, uint32_t),
             *cluster = EPI_ARRAY(a, PEOPLE, uint32_t), *size = EPI_ARRAY(a, PEOPLE, uint32_t);
    for (int turn = 0; turn < 2; turn++) {
        for (uint32_t k = 0; k < PEOPLE - 1; k++) {
            uint32_t i = turn ? PEOPLE - 2 - k : k;
            from[k] = i, to[k] = i + 1;
        }
        struct epi_contacts c = {PEOPLE, PEOPLE - 1, from, to};
        CHECK_INT(epi_network_clusters(&c, cluster, size), 1);
        CHECK_INT(cluster[PEOPLE - 1], 0);
        CHECK_INT(size[777], PEOPLE);
    }
}

TEST(rows_that_say_the_same_are_counted)
{
    EPI_ARENA_LOCAL(a);
    static const uint32_t from[] = {0, 1, 0, 0, 2}, to[] = {1, 0, 1, 1, 2};
    struct epi_contacts c = {3, 5, from, to};
    CHECK_INT(epi_network_repeats(a, &c), 2);
}

static epi_status run(struct epi_arena *a, const char *csv, const char *list,
                      struct epi_estimate *ret, struct epi_findings *findings)
{
    struct epi_frame input, t;
    struct epi_estimate_arg arg = {EPI_S("linelist"), EPI_NIL, &t};
    epi_findings_init(findings, a, 100);
    EPI_TRY(epi_frame_read(a, epi_str_of(csv), &input, findings, NULL));
    if (list)
        EPI_TRY(epi_frame_read(a, epi_str_of(list), &t, findings, NULL));
    return epi_estimate_run(a, epi_estimate_find(EPI_S("network"), EPI_NIL), &input, &arg,
                            list ? 1 : 0, ret, findings, NULL);
}

static double value(const struct epi_estimate *e, const char *name)
{
    const double *v = epi_frame_numbers(&e->values, name);
    return v ? v[0] : (double)NAN;
}

TEST(contacts_and_line_list_are_joined_by_name)
{
    EPI_ARENA_LOCAL(a);
    struct epi_estimate e;
    struct epi_findings f;
    CHECK_OK(run(a, "from,to\nB,A\nB,C\nA,D\n",
                 "id,onset\nC,2021-05-09\nA,2021-05-04\nB,2021-05-01\nE,\n", &e, &f));
    static const char *const names[] = {"A", "B", "C", "D", "E"};
    static const double in[] = {1, 0, 1, 1, NAN}, out[] = {1, 2, 0, 0, NAN},
                        size[] = {4, 4, 4, 4, 1}, listed[] = {1, 1, 1, 0, 1};
    const struct epi_column *id = epi_frame_column(&e.rows, "id"),
                            *cluster = epi_frame_column(&e.rows, "cluster");
    CHECK_INT(e.rows.rows, 5);
    for (size_t i = 0; i < 5; i++) {
        CHECK_STR(id->words[i], epi_str_of(names[i]));
        CHECK(isnan(in[i]) ? isnan(test_cell(&e, "in_degree", i))
                           : test_cell(&e, "in_degree", i) == in[i]);
        CHECK(isnan(out[i]) ? isnan(test_cell(&e, "out_degree", i))
                            : test_cell(&e, "out_degree", i) == out[i]);
        CHECK_NEAR(test_cell(&e, "cluster_size", i), size[i], 0);
        CHECK_NEAR(test_cell(&e, "in_linelist", i), listed[i], 0);
        CHECK_STR(cluster->words[i], epi_str_of(i < 4 ? "A" : "E"));
    }
    CHECK_NEAR(value(&e, "clusters"), 2, 0);
    CHECK_NEAR(value(&e, "pairs"), 2, 0); /* D has no onset */
    CHECK_NEAR(value(&e, "days_mean"), 5.5, 1e-12);
    CHECK_NEAR(value(&e, "offspring_mean"), 0.75, 1e-12); /* of the four listed */
    CHECK(test_has(&e.notes, "estimate.network.not-listed"));
}

TEST(contacts_alone_will_do_and_onset_may_be_a_number)
{
    EPI_ARENA_LOCAL(a);
    struct epi_estimate e;
    struct epi_findings f;
    CHECK_OK(run(a, "from,to\n1,2\n1,3\n1,2\n4,4\n", NULL, &e, &f));
    CHECK_NEAR(value(&e, "ids"), 4, 0);
    CHECK_NEAR(value(&e, "pairs"), 0, 0);
    CHECK(test_has(&e.notes, "estimate.network.repeats"));
    CHECK(test_has(&e.notes, "estimate.network.with-itself"));
    CHECK_OK(run(a, "from,to\n1,2\n3,1\n", "id,onset\n1,5\n2,9\n3,7\n", &e, &f));
    CHECK_NEAR(value(&e, "days_min"), -2, 0);
    CHECK(test_has(&e.notes, "estimate.network.backwards"));
    CHECK_OK(run(a, "from,to\n1,2\n", "id,onset\n1,\n2,\n", &e, &f));
    CHECK(test_has(&e.notes, "estimate.network.no-pairs"));
}

TEST(lists_that_contradict_themselves_are_refused)
{
    EPI_ARENA_LOCAL(a);
    struct epi_estimate e;
    struct epi_findings f;
    CHECK_INT(run(a, "from,to\nA,B\n", "id,onset\nA,2021-05-01\nA,2021-05-02\n", &e, &f),
              EPI_INVALID);
    CHECK(test_has(&f, "estimate.name-twice"));
    CHECK_INT(run(a, "from,to\nA,\n", NULL, &e, &f), EPI_INVALID);
    CHECK(test_has(&f, "estimate.cell-empty"));
    CHECK_INT(run(a, "from,whom\nA,B\n", NULL, &e, &f), EPI_INVALID);
    CHECK(test_has(&f, "estimate.column-missing"));
    CHECK_INT(run(a, "from,to\nA,B\n", "id,onset\nA,soon\n", &e, &f), EPI_INVALID);
    CHECK(test_has(&f, "estimate.cell-no-date"));
}
