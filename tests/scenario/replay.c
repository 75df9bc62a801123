// SPDX-License-Identifier: AGPL-3.0-or-later
/* Two outbreaks of which it is known who could meet whom: measles in Hagelloch 1861, every child
 * with household and class (hagelloch.csv), and MERS in the Republic of Korea 2015, with the
 * offspring of the traced contacts. What happened once has to be nothing unusual among the runs. */
#include "validity.h"
#include <stdio.h>
#include <stdlib.h>

#define RUNS_MAX 800

/* --- Hagelloch ---
 * Pfeilsticker 1863; Oesterle 1992. The adults had had measles, so the children are the society.
 * How often children met is not known: ten contacts a day in class and four in the village are what
 * children report today (Mossong et al. 2008, PLoS Med 5:e74). */
#define CHILDREN_MAX 200
#define CLASSES 3 /* not at school, first, second */
struct village {
    struct epi_resident child[CHILDREN_MAX];
    unsigned class_of[CHILDREN_MAX];
    double onset[CHILDREN_MAX]; /* days after the first */
    uint32_t n, first;
};
static const struct epi_frame *read_frame(struct valid *v, const char *path)
{
    const struct epi_io *io = epi_io_real();
    struct epi_frame *f = EPI_NEW(valid_arena(v), struct epi_frame);
    epi_str text;
    EPI_ASSERT(io->fs.read(io->fs.ctx, valid_arena(v), path, 1 << 20, &text, NULL) == EPI_OK);
    EPI_ASSERT(epi_frame_read(valid_arena(v), text, f, NULL, NULL) == EPI_OK);
    return f;
}
static void read_village(struct valid *v, struct village *to)
{
    const struct epi_frame *f = read_frame(v, "tests/scenario/hagelloch.csv");
    const double *household = epi_frame_numbers(f, "household"), *age = epi_frame_numbers(f, "age"),
                 *class = epi_frame_numbers(f, "class"), *onset = epi_frame_numbers(f, "onset");
    EPI_ASSERT(household && age && class && onset && f->rows <= CHILDREN_MAX);
    *to = (struct village){.n = (uint32_t)f->rows};
    for (uint32_t i = 0; i < to->n; i++) {
        to->class_of[i] = (unsigned)class[i];
        to->onset[i] = onset[i];
        to->child[i] = (struct epi_resident){
            .age = (uint8_t)age[i], .household = (uint32_t)household[i], .group = to->class_of[i]};
        if (onset[i] == 0)
            to->first = i;
    }
}
static struct epi_natural_history measles(struct valid *v)
{
    const struct epi_io *io = epi_io_real();
    struct epi_natural_history d;
    struct epi_findings findings;
    epi_str text;
    epi_findings_init(&findings, valid_arena(v), 10);
    EPI_ASSERT(io->fs.read(io->fs.ctx, valid_arena(v), "data/diseases/measles.json", 1 << 20, &text,
                           NULL) == EPI_OK);
    EPI_ASSERT(epi_natural_history_read(valid_arena(v), text, &d, &findings, NULL) == EPI_OK);
    return d;
}
static int by_value(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return x < y ? -1 : x > y;
}
enum figure { ALL, HALF, NINE_TENTHS, WEEK, HALF_OF_CLASS, FIGURES = HALF_OF_CLASS + CLASSES };
/* What the table compares, of onsets in days after the first; NAN = never fell ill. */
static void describe(const struct village *h, const double *onset, double ret[FIGURES])
{
    double ill[CHILDREN_MAX], weeks[60] = {0};
    size_t n = 0;
    for (uint32_t i = 0; i < h->n; i++)
        if (isfinite(onset[i])) {
            ill[n++] = onset[i];
            int week = (int)floor(onset[i] / 7);
            weeks[week < 0 ? 0 : week > 59 ? 59 : week]++;
        }
    qsort(ill, n, sizeof *ill, by_value);
    ret[ALL] = (double)n;
    ret[HALF] = epi_quantile_sorted(ill, n, 0.5);
    ret[NINE_TENTHS] = epi_quantile_sorted(ill, n, 0.9);
    ret[WEEK] = 0;
    for (size_t k = 0; k < EPI_COUNT(weeks); k++)
        ret[WEEK] = fmax(ret[WEEK], weeks[k]);
    for (unsigned c = 0; c < CLASSES; c++) {
        n = 0;
        for (uint32_t i = 0; i < h->n; i++)
            if (h->class_of[i] == c && isfinite(onset[i]))
                ill[n++] = onset[i];
        qsort(ill, n, sizeof *ill, by_value);
        ret[HALF_OF_CLASS + c] = n ? epi_quantile_sorted(ill, n, 0.5) : 0;
    }
}
struct course {
    double *onset;
    uint32_t first;
};
static bool note_onset(void *ctx, const struct epi_infection *i)
{
    const struct course *c = ctx;
    if (i->onset != EPI_NO_DAY)
        c->onset[i->person] = i->onset;
    return true;
}
/* False when the first case had no symptoms: nobody would have counted from there. */
static bool replay(const struct epi_society *s, const struct epi_natural_history *d,
                   const struct village *h, unsigned run, double ret[FIGURES])
{
    struct epi_scenario sc = epi_scenario_plain();
    double onset[CHILDREN_MAX];
    struct course c = {onset, h->first};
    sc.start.infected = 0;
    sc.days = 200;
    struct epi_world *w = world_for(s, d, &sc, run);
    (void)epi_world_infect(w, h->first, 0);
    run_all(w);
    for (uint32_t i = 0; i < h->n; i++)
        onset[i] = NAN;
    epi_world_each(w, note_onset, &c);
    epi_world_free(w);
    double zero = onset[h->first];
    for (uint32_t i = 0; i < h->n; i++)
        onset[i] -= zero;
    if (isfinite(zero))
        describe(h, onset, ret);
    return isfinite(zero);
}
VALID(hagelloch)
{
    static const char *const what[FIGURES] = {
        "children who fell ill",          "day on which half of them were ill",
        "day on which 90 % were ill",     "most in one week",
        "day of half of those at home",   "day of half of the first class",
        "day of half of the second class"};
    static const char *const source = "Hagelloch 1861, Pfeilsticker 1863";
    struct village h;
    double happened[FIGURES], figures[FIGURES], all[FIGURES][RUNS_MAX];
    read_village(v, &h);
    struct epi_natural_history d = measles(v);
    for (size_t i = 0; i < EPI_AGES_10; i++)
        d.symptomatic[i] = 1; /* the list holds those who fell ill, and says nothing of others */
    struct epi_mixing m = even_mixing(10, 0, 4);
    struct epi_society_options o = lonely_options();
    struct epi_place p = even_place(16, "x/1/");
    struct epi_society *s = NULL;
    EPI_ASSERT(epi_society_of_people(&p, h.child, h.n, &m, &o, &s, NULL) == EPI_OK);
    describe(&h, h.onset, happened);
    size_t n = 0, runs = valid_runs(v, RUNS_MAX);
    for (unsigned run = 0; run < runs; run++)
        if (replay(s, &d, &h, run, figures)) {
            for (size_t k = 0; k < FIGURES; k++)
                all[k][n] = figures[k];
            n++;
        }
    for (size_t k = 0; k < FIGURES; k++)
        valid_inside(v, what[k], source, happened[k], all[k], n);
    epi_society_free(s);
}

/* --- MERS ---
 * 162 cases of which 95 are known to be another's (Cotten et al. 2015, line list of KCDC): 67 begin
 * chains, offspring 98 / 162 with k = 0.0204. Lengths of chains do not depend on when. */
#define MERS_CASES 162
#define MERS_CHAINS 67
#define MERS_LARGEST 94
#define MERS_K 0.0204
#define MERS_NONE 0.932 /* share without offspring */
struct chains {
    const struct epi_world *w;
    uint32_t *size; /* by person who began one */
    uint32_t *offspring;
    double all;
};
static bool to_its_chain(void *ctx, const struct epi_infection *i)
{
    struct chains *c = ctx;
    uint32_t root = i->person;
    for (const struct epi_infection *at = i; at->by != EPI_NOBODY;) {
        root = at->by;
        at = epi__latest(c->w, root);
    }
    c->size[root]++;
    if (i->by != EPI_NOBODY)
        c->offspring[i->by]++;
    c->all++;
    return true;
}
VALID(mers_korea)
{
    static const char *const source = "South Korea 2015, line list of KCDC";
    struct epi_society *s = strangers(200000, 2000);
    struct epi_natural_history d = epi_natural_history_plain(98.0 / MERS_CASES, 14.47, 5.2);
    struct epi_scenario sc = epi_scenario_plain();
    double size[RUNS_MAX], largest[RUNS_MAX], none[RUNS_MAX];
    size_t runs = valid_runs(v, 400);
    d.dispersion = MERS_K;
    sc.start.infected = MERS_CHAINS;
    sc.days = 400;
    for (unsigned run = 0; run < runs; run++) {
        struct epi_world *w = world_for(s, &d, &sc, run);
        struct chains c = {.w = w};
        c.size = epi_xmalloc(s->n * sizeof *c.size);
        c.offspring = epi_xmalloc(s->n * sizeof *c.offspring);
        memset(c.size, 0, s->n * sizeof *c.size);
        memset(c.offspring, 0, s->n * sizeof *c.offspring);
        do
            epi_world_day(w);
        while (anybody_infected(w) && epi_world_days_done(w) < sc.days);
        epi_world_each(w, to_its_chain, &c);
        double parents = 0, most = 0;
        for (uint32_t p = 0; p < s->n; p++) {
            parents += c.offspring[p] > 0;
            most = fmax(most, c.size[p]);
        }
        size[run] = c.all, largest[run] = most, none[run] = 1 - parents / c.all;
        free(c.size);
        free(c.offspring);
        epi_world_free(w);
    }
    valid_inside(v, "cases of 67 chains", source, MERS_CASES, size, runs);
    valid_inside(v, "largest chain", source, MERS_LARGEST, largest, runs);
    valid_inside(v, "share without offspring", source, MERS_NONE, none, runs);
    epi_society_free(s);
}
