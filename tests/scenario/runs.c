// SPDX-License-Identifier: AGPL-3.0-or-later
/* What several groups ask of a run, and household outbreaks in closed form. */
#include "validity.h"
#include <stdio.h>
#include <stdlib.h>

struct epi_world *world_for(const struct epi_society *s, const struct epi_natural_history *d,
                            const struct epi_scenario *sc, unsigned run)
{
    struct epi_world *w = world_of(s, d, sc, run + 1, 1);
    if (!w) {
        fputs("a run could not begin\n", stderr);
        exit(1);
    }
    return w;
}
bool anybody_infected(const struct epi_world *w)
{
    for (uint32_t b = 0; b < w->blocks_n; b++)
        if (w->blocks[b].active > 0)
            return true;
    return false;
}
struct offspring {
    uint32_t *of;
    struct moments *m;
    double *cells;
    size_t n;
};
static bool count_by(void *ctx, const struct epi_infection *i)
{
    struct offspring *o = ctx;
    if (i->by != EPI_NOBODY)
        o->of[i->by]++;
    return true;
}
static bool take_first(void *ctx, const struct epi_infection *i)
{
    struct offspring *o = ctx;
    if (i->how == EPI_MEET_ABROAD) {
        uint32_t k = o->of[i->person];
        see(o->m, k);
        if (o->cells)
            o->cells[k < o->n ? k : o->n - 1]++;
    }
    return true;
}
void offspring_of_first(const struct epi_world *w, struct moments *io, double *cells, size_t n)
{
    struct offspring o = {epi_xmalloc(w->s->n * sizeof *o.of), io, cells, n};
    memset(o.of, 0, w->s->n * sizeof *o.of);
    epi_world_each(w, count_by, &o);
    epi_world_each(w, take_first, &o);
    free(o.of);
}

/* --- household outbreaks --- */
static double choose(unsigned n, unsigned k)
{
    return exp(epi_lchoose(n, k));
}
void reed_frost(unsigned n, unsigned m, double q, double *ret)
{
    double now[64][64] = {{0}}; /* by susceptibles left, infectives of this generation */
    EPI_ASSERT(n < 64 && m < 64);
    memset(ret, 0, (n + 1) * sizeof *ret);
    now[n][m] = 1;
    for (unsigned generation = 0; generation <= n; generation++) {
        double next[64][64] = {{0}};
        for (unsigned s = 0; s <= n; s++)
            for (unsigned i = 1; i < 64; i++) {
                double escape = pow(q, i);
                for (unsigned k = 0; now[s][i] > 0 && k <= s; k++) {
                    double p = now[s][i] * choose(s, k) * pow(1 - escape, k) * pow(escape, s - k);
                    if (k == 0)
                        ret[n - s] += p;
                    else
                        next[s - k][k] += p;
                }
            }
        memcpy(now, next, sizeof now);
    }
}
/* sum over j <= k of C(n - j, k - j) P_j / escape[n - k]^(j + m) = C(n, k), k = 0 .. n. */
void random_infectives(unsigned n, unsigned m, const double *escape, double *ret)
{
    for (unsigned k = 0; k <= n; k++) {
        double left = choose(n, k);
        for (unsigned j = 0; j < k; j++)
            left -= choose(n - j, k - j) * ret[j] / pow(escape[n - k], j + m);
        ret[k] = left * pow(escape[n - k], k + m);
    }
}
double mean_size(const double *p, unsigned n)
{
    double mean = 0;
    for (unsigned j = 1; j <= n; j++)
        mean += j * p[j];
    return mean;
}
