// SPDX-License-Identifier: AGPL-3.0-or-later
/* Several variables without derivatives: quasi-Newton steps to come near, Newton steps to arrive.
 */
#include "stats/stats.h"
#include <float.h>

#define MOST 32 /* variables */

struct problem {
    epi_fn_n *f;
    void *ctx;
    size_t n;
};

static double value_at(const struct problem *q, const double *x)
{
    double v = q->f(x, q->n, q->ctx);
    return isnan(v) ? INFINITY : v;
}

/* f where one or two variables are moved. */
static double moved(const struct problem *q, double *x, size_t i, double di, size_t k, double dk)
{
    double xi = x[i], xk = x[k];
    x[i] += di;
    x[k] += dk;
    double v = value_at(q, x);
    x[k] = xk;
    x[i] = xi;
    return v;
}

static double size_of(double x)
{
    return fmax(fabs(x), 0.1);
}

/* Central difference; one-sided beside the edge of the domain. */
static double rough_slope(const struct problem *q, double *x, double fx, size_t i)
{
    double h = 6e-6 * size_of(x[i]);
    for (int k = 0; k < 8; k++, h *= 0.1) {
        double up = moved(q, x, i, h, i, 0.0), down = moved(q, x, i, -h, i, 0.0);
        if (isfinite(up) && isfinite(down))
            return (up - down) / (2.0 * h);
        if (k == 7 && isfinite(up))
            return (up - fx) / h;
        if (k == 7 && isfinite(down))
            return (fx - down) / h;
    }
    return 0.0;
}

/* A step over which f bends by about a hundredth, where it is finite on both sides. */
static double good_step(const struct problem *q, double *x, double fx, size_t i)
{
    double h = 1e-3 * size_of(x[i]);
    for (int k = 0; k < 30; k++) {
        double bend = moved(q, x, i, h, i, 0.0) + moved(q, x, i, -h, i, 0.0) - 2.0 * fx;
        double want = 0.01 + 1e-9 * fabs(fx); /* rounding of f must stay small beside it */
        if (!isfinite(bend)) {
            h *= 0.25;
        } else if (fabs(bend) > 4.0 * want) {
            h *= fmax(0.1, sqrt(want / fabs(bend)));
        } else if (fabs(bend) < 0.25 * want && h < 0.05 * size_of(x[i])) {
            double wider =
                fmin(h * fmin(10.0, sqrt(want / fmax(fabs(bend), 1e-300))), 0.05 * size_of(x[i]));
            if (!isfinite(moved(q, x, i, wider, i, 0.0)) ||
                !isfinite(moved(q, x, i, -wider, i, 0.0)))
                break;
            h = wider;
        } else {
            break;
        }
    }
    return h;
}

/* Richardson 1911: from steps h, h/2, h/4 the errors of h^2 and h^4 cancel. */
static double extrapolate(const double *v)
{
    double a = v[1] + (v[1] - v[0]) / 3.0, b = v[2] + (v[2] - v[1]) / 3.0;
    return b + (b - a) / 15.0;
}

static void fine_slopes(const struct problem *q, double *x, const double *step, double *ret)
{
    for (size_t i = 0; i < q->n; i++) {
        double v[3], h = step[i];
        for (size_t k = 0; k < 3; k++, h *= 0.5)
            v[k] = (moved(q, x, i, h, i, 0.0) - moved(q, x, i, -h, i, 0.0)) / (2.0 * h);
        ret[i] = extrapolate(v);
    }
}

static void hessian(const struct problem *q, double *x, double fx, const double *step, double *ret)
{
    size_t n = q->n;
    for (size_t i = 0; i < n; i++) {
        double v[3], h = step[i];
        for (size_t k = 0; k < 3; k++, h *= 0.5)
            v[k] = (moved(q, x, i, h, i, 0.0) - 2.0 * fx + moved(q, x, i, -h, i, 0.0)) / (h * h);
        ret[i * n + i] = extrapolate(v);
        for (size_t j = 0; j < i; j++) {
            double a = step[i], b = step[j];
            for (size_t k = 0; k < 3; k++, a *= 0.5, b *= 0.5)
                v[k] = (moved(q, x, i, a, j, b) - moved(q, x, i, a, j, -b) -
                        moved(q, x, i, -a, j, b) + moved(q, x, i, -a, j, -b)) /
                       (4.0 * a * b);
            ret[i * n + j] = ret[j * n + i] = extrapolate(v);
        }
    }
}

void epi_hessian(epi_fn_n *f, void *ctx, const double *x, size_t n, double *ret)
{
    EPI_ASSERT(n <= MOST);
    struct problem q = {f, ctx, n};
    double at[MOST] = {0}, step[MOST];
    for (size_t i = 0; i < n; i++)
        at[i] = x[i];
    double fx = value_at(&q, at);
    for (size_t i = 0; i < n; i++)
        step[i] = good_step(&q, at, fx, i);
    hessian(&q, at, fx, step, ret);
}

/* Goes from x along d, halving until f falls as the slope says (Armijo 1966). Returns the new f, or
 * fx when there is no such point. */
static double line_search(const struct problem *q, double *x, const double *d, double fx,
                          double slope)
{
    double from[MOST], t = 1.0;
    for (size_t i = 0; i < q->n; i++)
        from[i] = x[i];
    for (int k = 0; k < 60; k++, t *= k < 3 ? 0.5 : 0.2) {
        bool same = true;
        for (size_t i = 0; i < q->n; i++) {
            x[i] = from[i] + t * d[i];
            same = same && x[i] == from[i];
        }
        double v = value_at(q, x);
        if (v <= fx + 1e-4 * t * slope && !same)
            return v;
        if (same)
            break;
    }
    for (size_t i = 0; i < q->n; i++)
        x[i] = from[i];
    return fx;
}

/* The formula of Broyden, Fletcher, Goldfarb and Shanno for the inverse Hessian m, from the step s
 * and the change y of the slopes. */
static void update(double *m, size_t n, const double *s, const double *y)
{
    double sy = 0.0, yy = 0.0, ymy = 0.0, my[MOST];
    for (size_t i = 0; i < n; i++) {
        sy += s[i] * y[i];
        yy += y[i] * y[i];
    }
    if (!(sy > 1e-18 * yy))
        return;
    for (size_t i = 0; i < n; i++) {
        my[i] = 0.0;
        for (size_t k = 0; k < n; k++)
            my[i] += m[i * n + k] * y[k];
        ymy += y[i] * my[i];
    }
    for (size_t i = 0; i < n; i++) {
        for (size_t k = 0; k < n; k++)
            m[i * n + k] +=
                (1.0 + ymy / sy) * s[i] * s[k] / sy - (my[i] * s[k] + s[i] * my[k]) / sy;
    }
}

/* Until f stands still. Returns f. */
static double come_near(const struct problem *q, double *x, double fx)
{
    size_t n = q->n;
    double m[MOST * MOST], g[MOST], d[MOST], next[MOST], s[MOST];
    bool fresh = true;
    for (size_t i = 0; i < n; i++)
        g[i] = rough_slope(q, x, fx, i);
    for (int round = 0; round < 500; round++) {
        double slope = 0.0;
        if (fresh) { /* a first step of a tenth of the size of each variable at most */
            for (size_t i = 0; i < n * n; i++)
                m[i] = 0.0;
            for (size_t i = 0; i < n; i++) {
                double size = size_of(x[i]);
                m[i * n + i] = g[i] != 0.0 ? fmin(size * size, 0.1 * size / fabs(g[i])) : size;
            }
        }
        for (size_t i = 0; i < n; i++) {
            d[i] = 0.0;
            for (size_t k = 0; k < n; k++)
                d[i] -= m[i * n + k] * g[k];
            slope += d[i] * g[i];
            s[i] = x[i];
        }
        double before = fx;
        if (slope < 0.0)
            fx = line_search(q, x, d, fx, slope);
        if (!(fx < before)) {
            if (fresh)
                return fx;
            fresh = true;
            continue;
        }
        bool still = before - fx <= 1e-12 * (fabs(fx) + 1e-3);
        for (size_t i = 0; i < n; i++)
            next[i] = rough_slope(q, x, fx, i);
        for (size_t i = 0; i < n; i++) {
            s[i] = x[i] - s[i];
            d[i] = next[i] - g[i];
            g[i] = next[i];
        }
        update(m, n, s, d);
        if (still && fresh)
            return fx;
        fresh = still;
    }
    return fx;
}

/* The Cholesky factor of h, or of h with its diagonal raised until there is one (Levenberg 1944).
 * Returns the share raised; NaN when h holds no numbers. */
static double factor(const double *h, size_t n, double *ret)
{
    double top = 0.0;
    for (size_t i = 0; i < n; i++)
        top = fmax(top, fabs(h[i * n + i]));
    for (double share = 0.0; share < 1e9; share = share == 0.0 ? 1e-6 : share * 10.0) {
        for (size_t i = 0; i < n * n; i++)
            ret[i] = h[i];
        for (size_t i = 0; i < n; i++)
            ret[i * n + i] += share * fmax(fabs(h[i * n + i]), 1e-6 * top);
        if (epi_cholesky(ret, n))
            return share;
    }
    return NAN;
}

double epi_minimise(epi_fn_n *f, void *ctx, double *x, size_t n)
{
    EPI_ASSERT(n <= MOST);
    struct problem q = {f, ctx, n};
    double fx = value_at(&q, x), h[MOST * MOST], l[MOST * MOST], g[MOST], d[MOST], step[MOST],
           from[MOST];
    if (!isfinite(fx))
        return NAN;
    fx = come_near(&q, x, fx);
    for (int round = 0, idle = 0; round < 200; round++) {
        for (size_t i = 0; i < n; i++)
            step[i] = good_step(&q, x, fx, i);
        hessian(&q, x, fx, step, h);
        fine_slopes(&q, x, step, g);
        double raised = factor(h, n, l), gain = 0.0;
        if (isnan(raised))
            return NAN;
        for (size_t i = 0; i < n; i++)
            d[i] = -g[i];
        epi_cholesky_solve(l, n, d);
        bool small = true;
        for (size_t i = 0; i < n; i++) {
            gain -= d[i] * g[i]; /* twice what the step should gain */
            from[i] = x[i];
            small = small && fabs(d[i]) < 1e-2 * size_of(x[i]);
        }
        /* At the end f itself no longer tells the points apart, or its noise is larger than that,
         * yet it bends upwards and the step is not long: a slope that dies away without end has no
         * bottom. */
        double noise = 1e-14 * (fabs(fx) + 1e-3);
        bool bowl = small && raised == 0.0, last = gain < noise && bowl;
        double before = fx;
        for (double t = 1.0; t > 1e-6; t *= 0.5) {
            for (size_t i = 0; i < n; i++)
                x[i] = from[i] + t * d[i];
            double v = value_at(&q, x);
            if (v <= fx + (last || t < 1e-3 ? 4.0 * noise : 0.0)) {
                fx = v;
                break;
            }
            for (size_t i = 0; i < n; i++)
                x[i] = from[i];
        }
        idle = before - fx > noise ? 0 : idle + 1;
        if (last || idle == 4)
            return bowl ? fx : NAN;
    }
    return NAN;
}
