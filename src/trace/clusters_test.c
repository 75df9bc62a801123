// SPDX-License-Identifier: AGPL-3.0-or-later
#include "trace/trace.h"
#include "base/test.h"
#include <math.h>
#include <stdlib.h>

static const struct epi_trace_words no_words = {EPI_NO_WORD, EPI_NO_WORD};

static void add_case(struct epi_picture *p, uint64_t id, epi_date onset, uint64_t source,
                     uint8_t class)
{
    struct epi_pic_case c = {.id = {id},
                             .source_case = {source},
                             .onset = onset,
                             .sampled = EPI_DATE_UNKNOWN,
                             .reported = EPI_DATE_UNKNOWN,
                             .isolated = EPI_DATE_UNKNOWN,
                             .outcome_date = EPI_DATE_UNKNOWN,
                             .unit = -1,
                             .classification = class,
                             .detection = EPI_NO_WORD,
                             .outcome = EPI_NO_WORD};
    epi_picture_add_case(p, &c, (epi_id){id + 100000});
}

static void add_contact(struct epi_picture *p, uint64_t id, uint64_t from, uint64_t to)
{
    struct epi_pic_contact c = {.id = {id},
                                .first = EPI_DATE_UNKNOWN,
                                .last = EPI_DATE_UNKNOWN,
                                .isolated = EPI_DATE_UNKNOWN,
                                .minutes = -1,
                                .distance = NAN,
                                .setting = EPI_NO_WORD,
                                .masked = -1};
    epi_picture_add_contact(p, &c, (epi_id){from}, (epi_id){to + 100000}, (epi_id){0});
}

TEST(cases_joined_by_contact_or_named_source_are_one_cluster)
{
    EPI_ARENA_LOCAL(a);
    struct epi_picture *p = epi_picture_new(EPI_DATE_UNKNOWN, 0);
    epi_date d = {18900};
    add_case(p, 1, d, 0, 0);
    add_case(p, 2, (epi_date){d.d + 4}, 0, 0);
    add_case(p, 3, (epi_date){d.d + 9}, 2, 0);
    add_case(p, 4, d, 0, 0);
    add_case(p, 5, d, 77, 0); /* its source is not here */
    add_case(p, 6, d, 1, 3);  /* discarded */
    add_contact(p, 1, 1, 2);
    add_contact(p, 2, 2, 3); /* the same as the named source: one pair */
    add_contact(p, 3, 6, 4);
    add_contact(p, 4, 1, 50); /* no case */
    epi_picture_seal(p);
    struct epi_trace_clusters_result r;
    epi_trace_clusters(a, p, (struct epi_trace_words){EPI_NO_WORD, 3}, &r);
    CHECK_INT(r.n_clusters, 3);
    CHECK_INT(r.clusters[0].size, 3);
    CHECK_INT(r.clusters[0].first, epi_picture_case(p, (epi_id){1}));
    CHECK_INT(r.clusters[0].unknown, 1);
    CHECK_INT(r.n_pairs, 2);
    CHECK_INT(r.pairs[0].onset_days, 4);
    CHECK_INT(r.pairs[1].onset_days, 5);
    CHECK(!r.nodes[epi_picture_case(p, (epi_id){4})].source_known);
    CHECK(r.nodes[epi_picture_case(p, (epi_id){5})].source_known);
    CHECK_INT(r.nodes[epi_picture_case(p, (epi_id){6})].cluster, EPI_NO_INDEX);
    epi_picture_free(p);
}

/* Clusters against labels spread along every link until nothing changes. */
PROPERTY(clusters_are_the_parts_that_hang_together, 100)
{
    enum { N = 30 };
    EPI_ARENA_LOCAL(a);
    struct epi_picture *p = epi_picture_new(EPI_DATE_UNKNOWN, 0);
    uint64_t from[N], to[N], label[N];
    for (uint64_t i = 0; i < N; i++) {
        label[i] = i;
        add_case(p, i + 1, EPI_DATE_UNKNOWN, 0, 0);
    }
    size_t links = (size_t)epi_rng_below(rng, N);
    for (size_t i = 0; i < links; i++) {
        from[i] = epi_rng_below(rng, N);
        to[i] = epi_rng_below(rng, N);
        add_contact(p, i + 1, from[i] + 1, to[i] + 1);
    }
    epi_picture_seal(p);
    for (size_t round = 0; round < N; round++)
        for (size_t i = 0; i < links; i++)
            label[from[i]] = label[to[i]] =
                label[from[i]] < label[to[i]] ? label[from[i]] : label[to[i]];
    struct epi_trace_clusters_result r;
    epi_trace_clusters(a, p, no_words, &r);
    size_t members = 0;
    for (size_t i = 0; i < r.n_clusters; i++) {
        CHECK(i == 0 || r.clusters[i - 1].size >= r.clusters[i].size);
        members += r.clusters[i].size;
    }
    CHECK_INT(members, N);
    for (uint64_t i = 0; i < N; i++)
        for (uint64_t j = 0; j < N; j++)
            CHECK_INT(r.nodes[epi_picture_case(p, (epi_id){i + 1})].cluster ==
                          r.nodes[epi_picture_case(p, (epi_id){j + 1})].cluster,
                      label[i] == label[j]);
    epi_picture_free(p);
}

/* --- MERS in Korea, 2015: the public line list and contacts against the epicontacts package  */
#define MERS "reference/contact_network/mers_korea_2015/"

static epi_str read_shared(struct epi_arena *a, const char *name)
{
    const char *path = epi_test_shared(a, epi_str_cz(a, epi_str_printf(a, MERS "%s", name)));
    FILE *f = path ? fopen(path, "rb") : NULL;
    if (!f)
        return EPI_NIL;
    size_t cap = 1 << 16;
    char *text = epi_arena_take(a, cap);
    size_t n = fread(text, 1, cap, f);
    (void)fclose(f);
    return (epi_str){text, n};
}

/* "SK_12" -> 12; 0 when it is not one. */
static uint64_t number_of(epi_str s)
{
    int64_t n = 0;
    return epi_str_starts(s, EPI_S("SK_")) && epi_str_to_i64(epi_str_sub(s, 3, SIZE_MAX), &n)
               ? (uint64_t)n
               : 0;
}

static struct epi_picture *read_mers(struct epi_arena *a)
{
    epi_str list = read_shared(a, "input_linelist.csv"),
            contacts = read_shared(a, "input_contacts.csv");
    if (list.n == 0 || contacts.n == 0)
        return NULL;
    struct epi_picture *p = epi_picture_new(EPI_DATE_UNKNOWN, 0);
    struct epi_csv c;
    epi_csv_init(&c, list, ',');
    while (epi_csv_next(&c)) {
        epi_date onset = EPI_DATE_UNKNOWN;
        if (c.n >= 2 && number_of(c.fields[0]) && (epi_date_parse_iso(c.fields[1], &onset) || c.n))
            add_case(p, number_of(c.fields[0]), onset, 0, 0);
    }
    epi_csv_done(&c);
    epi_csv_init(&c, contacts, ',');
    for (uint64_t row = 1; epi_csv_next(&c); row++)
        if (c.n >= 2 && number_of(c.fields[0]) && number_of(c.fields[1]))
            add_contact(p, row, number_of(c.fields[0]), number_of(c.fields[1]));
    epi_csv_done(&c);
    epi_picture_seal(p);
    return p;
}

static int64_t cell(const struct epi_csv *c, size_t i)
{
    int64_t v = 0;
    return i < c->n && epi_str_to_i64(c->fields[i], &v) ? v : 0;
}

TEST(degrees_and_clusters_of_mers_korea_are_those_of_epicontacts)
{
    EPI_ARENA_LOCAL(a);
    struct epi_picture *p = read_mers(a);
    if (!p)
        SKIP("the shared reference folder is not here");
    struct epi_trace_clusters_result r;
    epi_trace_clusters(a, p, no_words, &r);
    struct epi_csv c;
    epi_csv_init(&c, read_shared(a, "expected_nodes.csv"), ',');
    size_t rows = 0;
    while (epi_csv_next(&c)) {
        uint64_t id = number_of(c.fields[0]);
        if (id == 0)
            continue;
        uint32_t cas = epi_picture_case(p, (epi_id){id});
        CHECK(cas != EPI_NO_INDEX);
        rows++;
        CHECK_INT(r.nodes[cas].in, cell(&c, 1));
        CHECK_INT(r.nodes[cas].out, cell(&c, 2));
        CHECK_INT(r.nodes[cas].in + r.nodes[cas].out, cell(&c, 3));
        const struct epi_trace_cluster *cluster = &r.clusters[r.nodes[cas].cluster];
        CHECK_INT(cluster->size, cell(&c, 4));
        uint32_t named = epi_picture_case(p, (epi_id){number_of(c.fields[5])});
        CHECK_INT(r.nodes[named].cluster, r.nodes[cas].cluster);
    }
    epi_csv_done(&c);
    CHECK_INT(rows, 162);
    epi_csv_init(&c, read_shared(a, "expected_cluster_sizes.csv"), ',');
    size_t total = 0;
    while (epi_csv_next(&c)) {
        int64_t size = cell(&c, 0), want = cell(&c, 1), got = 0;
        for (size_t i = 0; i < r.n_clusters; i++)
            got += r.clusters[i].size == size;
        CHECK_INT(got, want);
        total += (size_t)got;
    }
    epi_csv_done(&c);
    CHECK_INT(total, r.n_clusters);
    epi_picture_free(p);
}

TEST(onset_differences_of_mers_korea_are_those_of_epicontacts)
{
    EPI_ARENA_LOCAL(a);
    struct epi_picture *p = read_mers(a);
    if (!p)
        SKIP("the shared reference folder is not here");
    struct epi_trace_clusters_result r;
    epi_trace_clusters(a, p, no_words, &r);
    bool *used = EPI_ARRAY(a, r.n_pairs, bool);
    struct epi_csv c;
    epi_csv_init(&c, read_shared(a, "expected_pairwise.csv"), ',');
    size_t rows = 0;
    while (epi_csv_next(&c)) {
        uint32_t from = epi_picture_case(p, (epi_id){number_of(c.fields[0])});
        uint32_t to = epi_picture_case(p, (epi_id){number_of(c.fields[1])});
        if (from == EPI_NO_INDEX)
            continue;
        size_t i = 0;
        while (i < r.n_pairs && (used[i] || r.pairs[i].from != from || r.pairs[i].to != to))
            i++;
        CHECK(i < r.n_pairs);
        used[i] = true;
        CHECK_INT(r.pairs[i].onset_days, cell(&c, 2));
        rows++;
    }
    epi_csv_done(&c);
    CHECK_INT(rows, 98);
    CHECK_INT(r.n_pairs, 98);
    epi_picture_free(p);
}
