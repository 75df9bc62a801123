// SPDX-License-Identifier: AGPL-3.0-or-later
#include "base/test.h"
#include "estimate/estimate.h"
#include "stats/stats.h"

/* --- the posterior of a few cases by adding up every tree --- */
enum { N = 3, GENERATIONS = 2, DAYS = 3 };
struct world {
    struct epi_tree_data d;
    struct epi_tree_options o;
    double total, ancestor[N][N + 1], second[N]; /* second: kappa = 2 */
    double here[N];                              /* infected by another of them */
};

/* The generation time k times convolved, at `lag`. */
static double after(const struct epi_tree_data *d, size_t k, int lag)
{
    double sum = 0;
    if (k == 1)
        return lag > 0 && (size_t)lag < d->generation_n ? d->generation[lag] : 0;
    for (int a = 1; a < lag; a++)
        sum += after(d, 1, a) * after(d, k - 1, lag - a);
    return sum;
}

static double beta_ratio(double a, double b, double x, double y)
{
    return exp(epi_lbeta(a + x, b + y) - epi_lbeta(a, b));
}

/* Over eps and lambda with flat priors, by a fine grid. */
static double contacts_integral(double met, double not_met, double others, double none)
{
    static double known[4][4];
    enum { GRID = 100 };
    double sum = 0, *memory = &known[(int)met][(int)not_met];
    if (*memory > 0)
        return *memory;
    for (int i = 0; i < GRID; i++)
        for (int j = 0; j < GRID; j++) {
            double eps = (i + 0.5) / GRID, lambda = (j + 0.5) / GRID;
            sum += pow(eps, met) * pow(1 - eps, not_met) * pow(eps * lambda, others) *
                   pow(1 - eps * lambda, none) / (GRID * GRID);
        }
    return *memory = sum;
}

/* One tree: days t, ancestors (N = from elsewhere), kappa. */
static void add_tree(struct world *w, const int *t, const size_t *ancestor, const size_t *kappa)
{
    const struct epi_tree_data *d = &w->d;
    double p = 1, infected = 0, unseen = 0, mutated = 0, unchanged = 0, met = 0, not_met = 0;
    for (size_t i = 0; i < N; i++) {
        p *= d->delay[(int)d->day[i] - t[i]];
        if (ancestor[i] == N)
            continue;
        p *= after(d, kappa[i], t[i] - t[ancestor[i]]);
        infected++, unseen += (double)kappa[i] - 1;
        if (d->distance) {
            double v = d->distance[i * N + ancestor[i]];
            mutated += v, unchanged += (double)kappa[i] * d->genome - v;
        }
        if (d->contact && kappa[i] == 1)
            *(d->contact[ancestor[i] * N + i] ? &met : &not_met) += 1;
    }
    if (p == 0)
        return;
    p *= beta_ratio(w->o.pi_a, w->o.pi_b, infected, unseen);
    if (d->distance) /* the exponential prior of rate 1 is flat where the likelihood is */
        p *= beta_ratio(1, 1, mutated, unchanged);
    if (d->contact) {
        double all = 0;
        for (size_t k = 0; k < N * N; k++)
            all += d->contact[k] / 2.0;
        p *= contacts_integral(met, not_met, all - met, N * (N - 1) / 2.0 - all - not_met);
    }
    w->total += p;
    for (size_t i = 0; i < N; i++) {
        w->ancestor[i][ancestor[i]] += p;
        w->here[i] += ancestor[i] < N ? p : 0;
        w->second[i] += ancestor[i] < N && kappa[i] == 2 ? p : 0;
    }
}

static void every_tree(struct world *w, size_t i, int *t, size_t *ancestor, size_t *kappa)
{
    if (i == N) {
        size_t roots = 0;
        for (size_t k = 0; k < N; k++)
            roots += ancestor[k] == N;
        if (roots == 1)
            add_tree(w, t, ancestor, kappa);
        return;
    }
    for (int delay = 0; delay < DAYS; delay++)
        for (size_t j = 0; j <= N; j++)
            for (size_t k = 1; k <= (j == N ? 1 : GENERATIONS) && j != i; k++) {
                t[i] = (int)w->d.day[i] - delay, ancestor[i] = j, kappa[i] = k;
                every_tree(w, i + 1, t, ancestor, kappa);
            }
}

static const double few_days[] = {10, 11, 12}, few_generation[] = {0, 0.3, 0.5, 0.2},
                    few_delay[] = {0.2, 0.5, 0.3};

static void as_all_trees_say(const double *distance, const uint8_t *contact)
{
    EPI_ARENA_LOCAL(a);
    struct world w = {.d = {.n = N,
                            .day = few_days,
                            .generation = few_generation,
                            .generation_n = 4,
                            .delay = few_delay,
                            .delay_n = DAYS,
                            .distance = distance,
                            .genome = 1000,
                            .contact = contact},
                      .o = EPI_TREE_STANDARD};
    struct epi_tree t;
    int day[N];
    size_t ancestor[N], kappa[N];
    w.o.generations = GENERATIONS;
    w.o.find_imports = false;
    w.o.rounds = 15000;
    every_tree(&w, 0, day, ancestor, kappa);
    CHECK_OK(epi_tree(a, &w.d, &w.o, &t, NULL));
    for (size_t i = 0; i < N; i++) {
        for (size_t j = 0; j <= N; j++)
            CHECK_NEAR(t.ancestor[i * (N + 1) + j], w.ancestor[i][j] / w.total, 0.01);
        CHECK(w.here[i] > 0);
        CHECK_NEAR(t.kappa[i * GENERATIONS + 1], w.second[i] / w.here[i], 0.015);
    }
}

TEST(chains_give_the_probabilities_of_all_trees_added_up)
{
    as_all_trees_say(NULL, NULL);
}

TEST(mutations_count_as_all_trees_added_up_say)
{
    static const double distance[] = {NAN, 1, 3, 1, NAN, 1, 3, 1, NAN};
    as_all_trees_say(distance, NULL);
}

TEST(contacts_count_as_all_trees_added_up_say)
{
    static const uint8_t contact[] = {0, 1, 0, 1, 0, 0, 0, 0, 0};
    as_all_trees_say(NULL, contact);
}

/* --- an outbreak drawn from the model --- */
enum { CASES = 40, GENOME = 5000 };
struct outbreak {
    double day[CASES], distance[CASES * CASES];
    size_t from[CASES];
    uint8_t contact[CASES * CASES];
};
static const double time_[] = {0, 0.05, 0.2, 0.3, 0.25, 0.15, 0.05};

static void draw_outbreak(uint64_t seed, struct outbreak *o)
{
    struct epi_rng stream = epi_rng_stream(seed, "test.tree", 0, 0), *rng = &stream;
    double infected[CASES], mutated[CASES];
    bool contacts[CASES][CASES] = {{false}};
    for (size_t i = 0; i < CASES; i++) {
        size_t from = i ? epi_rng_below(rng, i) : 0;
        if (i > 4) /* the recent ones infect */
            from = i - 1 - epi_rng_below(rng, 5);
        o->from[i] = i ? from : CASES;
        infected[i] = i ? infected[from] + (double)epi_rng_weighted(rng, time_, 7) : 100;
        o->day[i] = infected[i] + (double)epi_rng_weighted(rng, time_, 7);
        mutated[i] = i ? (double)epi_rng_poisson(rng, 1.0) : 0;
        for (size_t j = 0; j < i; j++) {
            /* Everybody mutates on his own: the way from i to j leads over the ancestors of i. */
            double d =
                j == o->from[i] ? mutated[i] : mutated[i] + o->distance[o->from[i] * CASES + j];
            o->distance[i * CASES + j] = o->distance[j * CASES + i] = d;
            contacts[i][j] = epi_rng_chance(rng, j == o->from[i] ? 0.8 : 0.02);
            o->contact[i * CASES + j] = o->contact[j * CASES + i] = contacts[i][j];
        }
        o->distance[i * CASES + i] = NAN;
    }
}

/* How many infectors are found. */
static double share_found(const struct outbreak *o, const struct epi_tree *t)
{
    double right = 0;
    for (size_t i = 0; i < CASES; i++) {
        const double *p = t->ancestor + i * (CASES + 1);
        size_t best = 0;
        for (size_t j = 1; j <= CASES; j++)
            best = p[j] > p[best] ? j : best;
        right += best == o->from[i];
    }
    return right / CASES;
}

static struct epi_tree_data data_of(const struct outbreak *o, bool sequences, bool contacts)
{
    return (struct epi_tree_data){.n = CASES,
                                  .day = o->day,
                                  .generation = time_,
                                  .generation_n = 7,
                                  .delay = time_,
                                  .delay_n = 7,
                                  .distance = sequences ? o->distance : NULL,
                                  .genome = GENOME,
                                  .contact = contacts ? o->contact : NULL};
}

TEST(sequences_and_contacts_tell_more_than_dates)
{
    EPI_ARENA_LOCAL(a);
    struct outbreak *o = EPI_NEW(a, struct outbreak);
    struct epi_tree_options opt = EPI_TREE_STANDARD;
    double found[4];
    opt.rounds = 300;
    opt.find_imports = false;
    draw_outbreak(3, o);
    for (int k = 0; k < 4; k++) {
        struct epi_tree t;
        struct epi_tree_data d = data_of(o, k & 1, k & 2);
        CHECK_OK(epi_tree(a, &d, &opt, &t, NULL));
        found[k] = share_found(o, &t);
        for (size_t i = 0; i < CASES; i++) {
            double sum = 0;
            for (size_t j = 0; j <= CASES; j++)
                sum += t.ancestor[i * (CASES + 1) + j];
            CHECK_NEAR(sum, 1, 1e-9);
        }
    }
    CHECK(found[1] > found[0] && found[2] > found[0] && found[3] >= found[1]);
    CHECK(found[3] > 0.8);
}

TEST(the_order_of_the_cases_makes_no_difference_beyond_chance)
{
    EPI_ARENA_LOCAL(a);
    struct outbreak *o = EPI_NEW(a, struct outbreak), *back = EPI_NEW(a, struct outbreak);
    struct epi_tree one, other;
    struct epi_tree_options opt = EPI_TREE_STANDARD;
    opt.rounds = 1000;
    opt.find_imports = false;
    draw_outbreak(4, o);
    for (size_t i = 0; i < CASES; i++) {
        size_t r = CASES - 1 - i;
        back->day[r] = o->day[i] + 1000; /* nor does the calendar */
        for (size_t j = 0; j < CASES; j++)
            back->distance[r * CASES + CASES - 1 - j] = o->distance[i * CASES + j];
    }
    struct epi_tree_data d = data_of(o, true, false), e = data_of(back, true, false);
    CHECK_OK(epi_tree(a, &d, &opt, &one, NULL));
    CHECK_OK(epi_tree(a, &e, &opt, &other, NULL));
    for (size_t i = 0; i < CASES; i++)
        for (size_t j = 0; j < CASES; j++)
            CHECK_NEAR(one.ancestor[i * (CASES + 1) + j],
                       other.ancestor[(CASES - 1 - i) * (CASES + 1) + CASES - 1 - j], 0.05);
}

TEST(a_case_of_another_lineage_is_found_to_be_imported)
{
    EPI_ARENA_LOCAL(a);
    struct outbreak *o = EPI_NEW(a, struct outbreak);
    struct epi_tree t;
    struct epi_tree_options opt = EPI_TREE_STANDARD;
    opt.rounds = 200;
    draw_outbreak(5, o);
    for (size_t j = 0; j < CASES; j++)
        if (j != 17)
            o->distance[17 * CASES + j] = o->distance[j * CASES + 17] = 60;
    struct epi_tree_data d = data_of(o, true, false);
    CHECK_OK(epi_tree(a, &d, &opt, &t, NULL));
    CHECK(t.found[17] && t.ancestor[17 * (CASES + 1) + CASES] > 0.99);
    CHECK(t.influence[17] > 5 * t.influence[3]);
    opt.find_imports = false;
    CHECK_OK(epi_tree(a, &d, &opt, &t, NULL));
    CHECK(!t.found[17] && t.ancestor[17 * (CASES + 1) + CASES] < 0.01);
    uint8_t imported[CASES] = {0};
    imported[17] = imported[0] = 1;
    d.imported = imported;
    CHECK_OK(epi_tree(a, &d, &opt, &t, NULL));
    CHECK_NEAR(t.ancestor[17 * (CASES + 1) + CASES], 1, 1e-12);
    CHECK_NEAR(t.ancestor[0 * (CASES + 1) + CASES], 1, 1e-12);
}

TEST(a_case_that_nobody_can_have_infected_stands_alone)
{
    EPI_ARENA_LOCAL(a);
    static const double day[] = {1, 3, 5, 200, 203}, share[] = {0, 0.5, 0.5};
    struct epi_tree_data d = {
        .n = 5, .day = day, .generation = share, .generation_n = 3, .delay = share, .delay_n = 3};
    struct epi_tree_options opt = EPI_TREE_STANDARD;
    struct epi_tree t;
    opt.rounds = 500;
    opt.find_imports = false;
    CHECK_OK(epi_tree(a, &d, &opt, &t, NULL));
    for (size_t i = 0; i < 5; i++)
        CHECK_INT(t.sourceless[i], i == 3);
    CHECK_NEAR(t.ancestor[3 * 6 + 5] + t.ancestor[3 * 6 + 4], 1, 1e-9);
    CHECK(t.ancestor[4 * 6 + 3] > 0.9);
}

TEST(cases_without_a_sequence_take_part)
{
    EPI_ARENA_LOCAL(a);
    struct outbreak *o = EPI_NEW(a, struct outbreak);
    struct epi_tree t;
    struct epi_tree_options opt = EPI_TREE_STANDARD;
    opt.rounds = 300;
    opt.find_imports = false;
    draw_outbreak(6, o);
    for (size_t i = 1; i < CASES; i += 4)
        for (size_t j = 0; j < CASES; j++)
            o->distance[i * CASES + j] = o->distance[j * CASES + i] = NAN;
    struct epi_tree_data d = data_of(o, true, true);
    CHECK_OK(epi_tree(a, &d, &opt, &t, NULL));
    CHECK(share_found(o, &t) > 0.5);
    for (size_t k = 0; k < CASES * (CASES + 1); k++)
        CHECK(t.ancestor[k] >= 0 && t.ancestor[k] <= 1 + 1e-12);
}

TEST(the_same_seed_gives_the_same_trees)
{
    EPI_ARENA_LOCAL(a);
    struct outbreak *o = EPI_NEW(a, struct outbreak);
    struct epi_tree one, two, other;
    struct epi_tree_options opt = EPI_TREE_STANDARD;
    opt.rounds = 100;
    opt.find_imports = false;
    draw_outbreak(7, o);
    struct epi_tree_data d = data_of(o, true, true);
    CHECK_OK(epi_tree(a, &d, &opt, &one, NULL));
    CHECK_OK(epi_tree(a, &d, &opt, &two, NULL));
    opt.seed = 2;
    CHECK_OK(epi_tree(a, &d, &opt, &other, NULL));
    CHECK_NEAR(one.chains[0].log_posterior, two.chains[0].log_posterior, 0);
    CHECK(one.chains[0].log_posterior != other.chains[0].log_posterior);
    CHECK(one.chains[0].log_posterior != one.chains[1].log_posterior);
}

TEST(times_that_cannot_be_are_refused)
{
    EPI_ARENA_LOCAL(a);
    static const double day[] = {1, 2}, good[] = {0, 1}, at_zero[] = {0.5, 0.5},
                        negative[] = {0, 1, -1}, none[] = {0, 0};
    struct epi_tree_options opt = EPI_TREE_STANDARD;
    struct epi_tree t;
    struct epi_err err;
    struct epi_tree_data d = {
        .n = 2, .day = day, .generation = at_zero, .generation_n = 2, .delay = good, .delay_n = 2};
    CHECK_INT(epi_tree(a, &d, &opt, &t, &err), EPI_INVALID);
    CHECK_STR(epi_str_of(err.code), EPI_S("estimate.tree.generation"));
    d.generation = negative, d.generation_n = 3;
    CHECK_INT(epi_tree(a, &d, &opt, &t, &err), EPI_INVALID);
    d.generation = good, d.generation_n = 2, d.delay = none;
    CHECK_INT(epi_tree(a, &d, &opt, &t, &err), EPI_INVALID);
    CHECK_STR(epi_str_of(err.code), EPI_S("estimate.tree.delay"));
    d.delay = good, d.n = 1;
    CHECK_INT(epi_tree(a, &d, &opt, &t, &err), EPI_INVALID);
    d.n = 2;
    CHECK_OK(epi_tree(a, &d, &opt, &t, &err));
    CHECK_NEAR(t.ancestor[1 * 3 + 0], 1, 0.02);
}
