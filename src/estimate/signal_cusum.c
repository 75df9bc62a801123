// SPDX-License-Identifier: AGPL-3.0-or-later
/* CUSUM on transformed counts; Rossi, Lampugnani, Marchi 1999, Stat Med 18, 2111; Pierce, Schafer
 * 1986, JASA 81, 977 (Anscombe residual). */
#include "estimate/signal_internal.h"
#include "stats/stats.h"

struct epi_cusum_options epi_cusum_standard(void)
{
    return (struct epi_cusum_options){
        .transform = EPI_CUSUM_ROSSI, .k = 1.04, .h = 2.26, .mean = (double)NAN, .frequency = 52};
}

static double transformed(enum epi_cusum_transform how, double x, double m)
{
    switch (how) {
    case EPI_CUSUM_STANDARD:
        return (x - m) / sqrt(m);
    case EPI_CUSUM_ROSSI:
        return (x - 3 * m + 2 * sqrt(x * m)) / (2 * sqrt(m));
    case EPI_CUSUM_ANSCOMBE:
        return 1.5 * (cbrt(x * x) - cbrt(m * m)) / cbrt(sqrt(m));
    case EPI_CUSUM_NONE:
        break;
    }
    return x;
}

/* The count x with transformed(x) = z, 0 when every count lies above: the equation of Rossi is
 * quadratic in sqrt x, with the root sqrt(4 m + 2 z sqrt m) - sqrt m. */
static double count_of(enum epi_cusum_transform how, double z, double m)
{
    double root = 0;
    switch (how) {
    case EPI_CUSUM_STANDARD:
        return fmax(0, ceil(m + z * sqrt(m)));
    case EPI_CUSUM_ROSSI:
        root = 4 * m + 2 * z * sqrt(m);
        root = root > 0 ? sqrt(root) - sqrt(m) : 0;
        return root * root;
    case EPI_CUSUM_ANSCOMBE:
        root = z * cbrt(sqrt(m)) / 1.5 + cbrt(m * m);
        return root > 0 ? pow(root, 1.5) : 0;
    case EPI_CUSUM_NONE:
        break;
    }
    return fmax(0, z);
}

/* Reference means of [from, to): false when the points before do not give one. */
static bool reference(struct epi_arena *a, const struct epi_cusum_options *o,
                      const struct epi_series *s, size_t from, size_t to, double *ret)
{
    size_t n = 0;
    double sum = 0, angle = 2 * acos(-1.0) / o->frequency;
    double *y = EPI_ARRAY(a, from + 1, double), *x = EPI_ARRAY(a, 3 * (from + 1), double);
    for (size_t i = 0; i < from; i++)
        if (!isnan(s->cases[i])) {
            double at = angle * (double)(i + 1); /* the papers count from 1 */
            x[3 * n] = 1;
            x[3 * n + 1] = cos(at);
            x[3 * n + 2] = sin(at);
            y[n++] = s->cases[i];
            sum += s->cases[i];
        }
    struct epi_fit fit = {0};
    bool given = !isnan(o->mean);
    if (!given && !(sum > 0))
        return false;
    if (!given && o->seasonal &&
        (n < 4 || epi_fit_poisson(a, y, x, NULL, NULL, n, 3, &fit, NULL) != EPI_OK ||
         !fit.converged))
        return false;
    for (size_t i = from; i < to; i++) {
        double at = angle * (double)(i + 1);
        ret[i - from] = given ? o->mean
                        : o->seasonal
                            ? exp(fit.coef[0] + fit.coef[1] * cos(at) + fit.coef[2] * sin(at))
                            : sum / (double)n;
    }
    return true;
}

void epi_cusum(struct epi_arena *a, const struct epi_cusum_options *o, const struct epi_series *s,
               size_t from, size_t to, struct epi_signal *ret)
{
    const double none = (double)NAN;
    struct epi_arena_mark mark = epi_arena_mark(a);
    double *mean = EPI_ARRAY(a, to - from + 1, double), c = 0;
    bool known = reference(a, o, s, from, to, mean);
    for (size_t i = from; i < to; i++) {
        struct epi_signal *r = &ret[i - from];
        double y = s->cases[i], m = mean[i - from];
        *r = (struct epi_signal){none, none, none, none, EPI_SIGNAL_JUDGED, false};
        if (!known || isnan(y)) {
            r->state = known ? EPI_SIGNAL_MISSING : EPI_SIGNAL_NO_BASELINE;
            continue;
        }
        r->expected = m;
        r->upper = count_of(o->transform, o->h + o->k - c, m);
        c = fmax(0, c + transformed(o->transform, y, m) - o->k);
        if (o->transform == EPI_CUSUM_NONE) /* what the sum itself is still below h */
            r->upper = fmax(0, o->h - c);
        r->score = c;
        r->alarm = c >= o->h;
    }
    epi_arena_release(a, mark);
}
