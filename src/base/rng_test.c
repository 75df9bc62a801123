// SPDX-License-Identifier: AGPL-3.0-or-later
#include "base/test.h"
#include <math.h>

TEST(philox_gives_the_published_vectors)
{
    /* Known answers of the Random123 distribution, philox4x32 with 10 rounds. */
    static const struct {
        uint32_t ctr[4], key[2], want[4];
    } rows[] = {
        {{0, 0, 0, 0}, {0, 0}, {0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8}},
        {{0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff},
         {0xffffffff, 0xffffffff},
         {0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd}},
        {{0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344},
         {0xa4093822, 0x299f31d0},
         {0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1}},
    };
    for (size_t i = 0; i < EPI_COUNT(rows); i++) {
        struct epi_rng r = {0};
        memcpy(r.ctr, rows[i].ctr, sizeof r.ctr);
        memcpy(r.key, rows[i].key, sizeof r.key);
        for (int k = 0; k < 4; k++)
            CHECK(epi_rng_u32(&r) == rows[i].want[k]);
    }
}

TEST(a_stream_depends_on_its_name_alone)
{
    struct epi_rng a = epi_rng_stream(7, "household", 1, 2),
                   b = epi_rng_stream(7, "household", 1, 2);
    uint64_t first = epi_rng_u64(&a);
    CHECK(first == epi_rng_u64(&b));
    /* Frozen: a change here changes every demo province and every simulation. */
    CHECK_INT(first, -2928394313658996949LL);
    struct epi_rng other[] = {
        epi_rng_stream(8, "household", 1, 2), epi_rng_stream(7, "person", 1, 2),
        epi_rng_stream(7, "household", 2, 1), epi_rng_stream(7, "household", 1, 3),
        epi_rng_stream((uint64_t)7 << 32, "household", 1, 2)};
    for (size_t i = 0; i < EPI_COUNT(other); i++)
        CHECK(epi_rng_u64(&other[i]) != first);
}

TEST(streams_of_neighbouring_numbers_do_not_share_a_name)
{
    enum { SIDE = 300 };
    EPI_ARENA_LOCAL(a);
    uint64_t *seen = EPI_ARRAY(a, 1 << 18, uint64_t);
    for (uint64_t i = 0; i < SIDE; i++) {
        for (uint64_t k = 0; k < SIDE; k++) {
            struct epi_rng r = epi_rng_stream(1, "x", i, k);
            uint64_t name = ((uint64_t)r.ctr[1] << 32 | r.ctr[2]) ^ (uint64_t)r.ctr[3] << 16;
            size_t slot = (size_t)(name & ((1 << 18) - 1));
            while (seen[slot] && seen[slot] != name)
                slot = (slot + 1) & ((1 << 18) - 1);
            CHECK(seen[slot] == 0);
            seen[slot] = name;
        }
    }
}

TEST(bounded_numbers_are_even_and_inside)
{
    struct epi_rng r = epi_rng_stream(1, "below", 0, 0);
    enum { N = 60000 };
    int counts[6] = {0};
    for (int i = 0; i < N; i++)
        counts[epi_rng_below(&r, 6)]++;
    double chi = 0;
    for (int i = 0; i < 6; i++)
        chi += pow(counts[i] - N / 6.0, 2) / (N / 6.0);
    CHECK(chi < 25.7); /* 5 degrees of freedom, p = 0.0001 */
    CHECK_INT(epi_rng_below(&r, 1), 0);
    CHECK_INT(epi_rng_between(&r, -5, -5), -5);
    for (int i = 0; i < 1000; i++) {
        uint64_t n = 1 + (epi_rng_u64(&r) >> epi_rng_below(&r, 64));
        CHECK(n == 0 || epi_rng_below(&r, n) < n);
        int64_t v = epi_rng_between(&r, INT64_MIN, INT64_MAX);
        (void)v;
        v = epi_rng_between(&r, -3, 4);
        CHECK(v >= -3 && v <= 4);
        double u = epi_rng_unit(&r);
        CHECK(u >= 0 && u < 1);
    }
    CHECK(!epi_rng_chance(&r, 0) && epi_rng_chance(&r, 1));
}

/* Mean and variance of n draws against the theory, five standard errors wide. */
static bool moments(double (*draw)(struct epi_rng *, double, double), double p, double q,
                    double mean, double variance, double fourth)
{
    enum { N = 100000 };
    struct epi_rng r = epi_rng_stream(3, "moments", (uint64_t)(p * 1000), (uint64_t)(q * 1000));
    double sum = 0, squares = 0;
    for (int i = 0; i < N; i++) {
        double d = draw(&r, p, q) - mean;
        sum += d;
        squares += d * d;
    }
    return fabs(sum / N) < 5 * sqrt(variance / N) &&
           fabs(squares / N - variance) < 5 * sqrt((fourth - variance * variance) / N);
}

static double normal(struct epi_rng *r, double p, double q)
{
    (void)p, (void)q;
    return epi_rng_normal(r);
}

static double exponential(struct epi_rng *r, double mean, double q)
{
    (void)q;
    return epi_rng_exp(r, mean);
}

static double poisson(struct epi_rng *r, double mean, double q)
{
    (void)q;
    return (double)epi_rng_poisson(r, mean);
}

TEST(distributions_have_their_mean_and_variance)
{
    static const double means[] = {0.01, 0.7, 3, 9.9, 10, 10.5, 40, 1000, 1e6};
    static const double shapes[] = {0.2, 0.9, 1, 2.5, 40};
    CHECK(moments(normal, 0, 0, 0, 1, 3));
    CHECK(moments(exponential, 4, 0, 4, 16, 9 * 256));
    for (size_t i = 0; i < EPI_COUNT(means); i++) {
        double m = means[i];
        CHECK(moments(poisson, m, 0, m, m, m * (1 + 3 * m)));
    }
    for (size_t i = 0; i < EPI_COUNT(shapes); i++) {
        double k = shapes[i], scale = 2, v = k * scale * scale;
        CHECK(moments(epi_rng_gamma, k, scale, k * scale, v, v * v * (3 + 6 / k)));
    }
    struct epi_rng r = epi_rng_stream(1, "zero", 0, 0);
    CHECK_INT(epi_rng_poisson(&r, 0), 0);
}

TEST(small_poisson_counts_have_their_probabilities)
{
    enum { N = 100000 };
    static const double means[] = {2, 12};
    for (size_t i = 0; i < EPI_COUNT(means); i++) {
        struct epi_rng r = epi_rng_stream(5, "poisson", i, 0);
        int counts[64] = {0};
        for (int k = 0; k < N; k++) {
            uint64_t v = epi_rng_poisson(&r, means[i]);
            CHECK(v < 64);
            counts[v]++;
        }
        double p = exp(-means[i]);
        for (int k = 0; k < 30; p *= means[i] / ++k)
            CHECK(fabs(counts[k] - N * p) < 5 * sqrt(N * p * (1 - p)) + 1);
    }
}

TEST(weighted_choice_follows_the_weights)
{
    enum { N = 40000 };
    static const double weights[] = {0, 1, 3, 0};
    struct epi_rng r = epi_rng_stream(1, "weights", 0, 0);
    int counts[4] = {0};
    for (int i = 0; i < N; i++)
        counts[epi_rng_weighted(&r, weights, 4)]++;
    CHECK(counts[0] == 0 && counts[3] == 0);
    CHECK_NEAR(counts[1] / (double)N, 0.25, 0.011);
}

PROPERTY(filling_gives_what_single_calls_give, 50)
{
    uint64_t many[200];
    struct epi_rng one = epi_rng_stream(epi_rng_u64(rng), "fill", 1, 2), all = one;
    for (uint64_t skip = epi_rng_below(rng, 5); skip > 0; skip--)
        CHECK(epi_rng_u32(&one) == epi_rng_u32(&all));
    for (int times = 0; times < 3; times++) {
        size_t n = (size_t)epi_rng_below(rng, 200);
        epi_rng_fill(&all, many, n);
        for (size_t i = 0; i < n; i++)
            CHECK(many[i] == epi_rng_u64(&one));
    }
    CHECK(epi_rng_u32(&one) == epi_rng_u32(&all));
}
