// SPDX-License-Identifier: AGPL-3.0-or-later
/* One variable: roots, least values (Brent 1973, "Algorithms for minimization without derivatives",
 * chapters 4 and 5), integrals. */
#include "stats/stats.h"
#include <float.h>

double epi_root(epi_fn *f, void *ctx, double lo, double hi, double tol)
{
    double a = lo, b = hi, fa = f(a, ctx), fb = f(b, ctx);
    if (fa == 0.0)
        return a;
    if (fb == 0.0)
        return b;
    if (isnan(fa) || isnan(fb) || (fa > 0.0) == (fb > 0.0))
        return NAN;
    /* b is the best point, the root lies between b and c, a is the point before. */
    double c = a, fc = fa, step = b - a, before = step;
    for (;;) {
        if (fabs(fc) < fabs(fb)) {
            a = b, b = c, c = a;
            fa = fb, fb = fc, fc = fa;
        }
        double least = 2.0 * DBL_EPSILON * fabs(b) + 0.5 * tol, half = 0.5 * (c - b);
        if (fabs(half) <= least || fb == 0.0)
            return b;
        if (fabs(before) >= least && fabs(fa) > fabs(fb) && isfinite(fa)) {
            double p, q, s = fb / fa;
            if (a == c) { /* secant */
                p = 2.0 * half * s;
                q = 1.0 - s;
            } else { /* inverse quadratic */
                double r = fb / fc, t = fa / fc;
                p = s * (2.0 * half * t * (t - r) - (b - a) * (r - 1.0));
                q = (t - 1.0) * (r - 1.0) * (s - 1.0);
            }
            if (p > 0.0)
                q = -q;
            else
                p = -p;
            bool inside = 2.0 * p < fmin(3.0 * half * q - fabs(least * q), fabs(before * q));
            before = inside ? step : half;
            step = inside ? p / q : half;
        } else {
            before = step = half;
        }
        a = b, fa = fb;
        b += fabs(step) > least ? step : copysign(least, half);
        fb = f(b, ctx);
        if (isnan(fb))
            return NAN;
        if ((fb > 0.0) == (fc > 0.0)) {
            c = a, fc = fa;
            before = step = b - a;
        }
    }
}

double epi_minimum(epi_fn *f, void *ctx, double lo, double hi, double tol)
{
    const double golden = 0.38196601125010515; /* (3 - sqrt 5) / 2 */
    double a = lo, b = hi, x = a + golden * (b - a), w = x, v = x;
    double fx = f(x, ctx), fw = fx, fv = fx, step = 0.0, before = 0.0;
    for (;;) {
        double middle = 0.5 * (a + b), least = 1.5e-8 * fabs(x) + tol / 3.0;
        if (!(fabs(x - middle) > 2.0 * least - 0.5 * (b - a)))
            return x;
        bool parabola = false;
        if (fabs(before) > least) {
            double r = (x - w) * (fx - fv), q = (x - v) * (fx - fw);
            double p = (x - v) * q - (x - w) * r;
            q = 2.0 * (q - r);
            if (q > 0.0)
                p = -p;
            else
                q = -q;
            parabola = fabs(p) < fabs(0.5 * q * before) && p > q * (a - x) && p < q * (b - x);
            before = step;
            if (parabola) {
                step = p / q;
                double u = x + step;
                if (u - a < 2.0 * least || b - u < 2.0 * least)
                    step = copysign(least, middle - x);
            }
        }
        if (!parabola) {
            before = (x < middle ? b : a) - x;
            step = golden * before;
        }
        double u = x + (fabs(step) >= least ? step : copysign(least, step)), fu = f(u, ctx);
        if (fu <= fx) {
            if (u < x)
                b = x;
            else
                a = x;
            v = w, fv = fw;
            w = x, fw = fx;
            x = u, fx = fu;
            continue;
        }
        if (u < x)
            a = u;
        else
            b = u;
        if (fu <= fw || w == x) {
            v = w, fv = fw;
            w = u, fw = fu;
        } else if (fu <= fv || v == x || v == w) {
            v = u, fv = fu;
        }
    }
}

struct piece {
    double lo, hi, value, error;
};

/* Gauss's 7 nodes are every second of Kronrod's 15 (Piessens and others 1983, "QUADPACK", QK15,
 * from where the estimate of the error is). */
static struct piece kronrod(epi_fn *f, void *ctx, double lo, double hi)
{
    static const double node[] = {0.991455371120812639, 0.949107912342758525, 0.864864423359769073,
                                  0.741531185599394440, 0.586087235467691130, 0.405845151377397167,
                                  0.207784955007898468};
    static const double weight[] = {
        0.0229353220105292250, 0.0630920926299785533, 0.104790010322250184, 0.140653259715525919,
        0.169004726639267903,  0.190350578064785410,  0.204432940075298892, 0.209482141084727828};
    static const double gauss[] = {0.129484966168869693, 0.279705391489276668, 0.381830050505118945,
                                   0.417959183673469388};
    double middle = 0.5 * (lo + hi), half = 0.5 * (hi - lo), v[15];
    v[7] = f(middle, ctx);
    double k = weight[7] * v[7], g = gauss[3] * v[7], size = weight[7] * fabs(v[7]);
    for (size_t i = 0; i < 7; i++) {
        v[i] = f(middle - half * node[i], ctx);
        v[14 - i] = f(middle + half * node[i], ctx);
        double both = v[i] + v[14 - i];
        k += weight[i] * both;
        size += weight[i] * (fabs(v[i]) + fabs(v[14 - i]));
        if (i % 2)
            g += gauss[i / 2] * both;
    }
    double mean = 0.5 * k, spread = weight[7] * fabs(v[7] - mean);
    for (size_t i = 0; i < 7; i++)
        spread += weight[i] * (fabs(v[i] - mean) + fabs(v[14 - i] - mean));
    double error = fabs(k - g);
    if (spread > 0.0 && error > 0.0)
        error = spread * fmin(1.0, pow(200.0 * error / spread, 1.5));
    error = fmax(error, 50.0 * DBL_EPSILON * size); /* nothing is known better than this */
    return (struct piece){lo, hi, k * half, error * fabs(half)};
}

double epi_integral(epi_fn *f, void *ctx, double lo, double hi, double tol)
{
    if (!(isfinite(lo) && isfinite(hi)))
        return NAN;
    struct piece pieces[200];
    size_t n = 1;
    pieces[0] = kronrod(f, ctx, lo, hi);
    for (;;) {
        double value = 0.0, error = 0.0;
        size_t worst = 0;
        for (size_t i = 0; i < n; i++) {
            value += pieces[i].value;
            error += pieces[i].error;
            if (pieces[i].error > pieces[worst].error)
                worst = i;
        }
        if (!(error > fmax(tol, 100.0 * DBL_EPSILON) * fabs(value)) || n == EPI_COUNT(pieces))
            return value;
        struct piece p = pieces[worst];
        double middle = 0.5 * (p.lo + p.hi);
        pieces[worst] = kronrod(f, ctx, p.lo, middle);
        pieces[n++] = kronrod(f, ctx, middle, p.hi);
    }
}
