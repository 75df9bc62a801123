// SPDX-License-Identifier: AGPL-3.0-or-later
#include "estimate/exact_internal.h"
#include "stats/stats.h"

#define EXACT_STEPS 2e9

struct cells {
    double a, b, c, d, n1, n0, m1, n;
};
static struct cells cells_of(const struct epi_two_by_two *t, double more)
{
    struct cells s = {t->exposed_ill + more,
                      t->exposed_well + more,
                      t->unexposed_ill + more,
                      t->unexposed_well + more,
                      0,
                      0,
                      0,
                      0};
    s.n1 = s.a + s.b, s.n0 = s.c + s.d, s.m1 = s.a + s.c, s.n = s.n1 + s.n0;
    return s;
}
static bool informative(const struct cells *s)
{
    return s->n1 > 0 && s->n0 > 0 && s->m1 > 0 && s->n > s->m1;
}

static struct epi_ci log_interval(double est, double se, double level)
{
    double spread = exp(epi_level_z(level) * se);
    return (struct epi_ci){est, est / spread, est * spread};
}

/* Robins, Breslow, Greenland 1986, equation 3; Greenland and Robins 1985, equation 13. */
static void mantel_haenszel(const struct epi_two_by_two *t, size_t n, double level,
                            struct epi_stratified *ret)
{
    double r = 0, s = 0, pr = 0, ps_qr = 0, qs = 0, risk1 = 0, risk0 = 0, risk_v = 0, delta = 0,
           v = 0;
    for (size_t i = 0; i < n; i++) {
        struct cells k = cells_of(&t[i], 0);
        if (k.n1 <= 0 || k.n0 <= 0)
            continue;
        double ri = k.a * k.d / k.n, si = k.b * k.c / k.n, p = (k.a + k.d) / k.n, q = 1 - p;
        r += ri, s += si;
        pr += p * ri, ps_qr += p * si + q * ri, qs += q * si;
        risk1 += k.a * k.n0 / k.n, risk0 += k.c * k.n1 / k.n;
        risk_v += (k.m1 * k.n1 * k.n0 - k.a * k.c * k.n) / (k.n * k.n);
        delta += k.a - k.n1 * k.m1 / k.n;
        if (k.n > 1)
            v += k.n1 * k.n0 * k.m1 * (k.n - k.m1) / (k.n * k.n * (k.n - 1));
    }
    ret->odds_mh =
        log_interval(r / s, sqrt(pr / (2 * r * r) + ps_qr / (2 * r * s) + qs / (2 * s * s)), level);
    ret->risk_mh = log_interval(risk1 / risk0, sqrt(risk_v / (risk1 * risk0)), level);
    double off = fabs(delta), less = off >= 0.5 ? off - 0.5 : off;
    ret->mh.stat = off * off / v, ret->mh_corrected.stat = less * less / v;
    ret->mh.p = epi_chi2_sf(ret->mh.stat, 1);
    ret->mh_corrected.p = epi_chi2_sf(ret->mh_corrected.stat, 1);
}

static struct epi_test chi2_test(double stat, size_t df)
{
    if (df == 0 || isnan(stat))
        return (struct epi_test){(double)NAN, (double)NAN};
    return (struct epi_test){stat, epi_chi2_sf(stat, (double)df)};
}

/* Woolf 1955: log odds ratios about their weighted mean, with the half that takes most of the bias
 * off them (Gart and Zweifel 1967, Biometrika 54:181). */
static struct epi_test woolf(const struct epi_two_by_two *t, size_t n, size_t used)
{
    double w_sum = 0, wl = 0, wll = 0;
    for (size_t i = 0; i < n; i++) {
        struct cells k = cells_of(&t[i], 0);
        if (!informative(&k))
            continue;
        k = cells_of(&t[i], 0.5);
        double w = 1 / (1 / k.a + 1 / k.b + 1 / k.c + 1 / k.d), l = log(k.a * k.d / (k.b * k.c));
        w_sum += w, wl += w * l, wll += w * l * l;
    }
    return chi2_test(fmax(0, wll - wl * wl / w_sum), used - 1);
}

/* Breslow and Day 1980, section 4.4: observed less fitted at the common odds ratio; Tarone 1985
 * takes off what the estimate of the common ratio leaves in the sum. */
static void breslow_day(const struct epi_two_by_two *t, size_t n, struct epi_stratified *ret)
{
    double psi = ret->odds_mh.est, stat = 0, off = 0, v_sum = 0;
    for (size_t i = 0; i < n; i++) {
        struct cells k = cells_of(&t[i], 0);
        if (!informative(&k))
            continue;
        double qa = psi - 1, qb = psi * (k.n1 + k.m1) + k.n0 - k.m1, qc = psi * k.n1 * k.m1;
        double fit = 2 * qc / (qb + sqrt(fmax(0, qb * qb - 4 * qa * qc)));
        double v = 1 / (1 / fit + 1 / (k.n1 - fit) + 1 / (k.m1 - fit) + 1 / (k.n0 - k.m1 + fit));
        stat += (k.a - fit) * (k.a - fit) / v;
        off += k.a - fit, v_sum += v;
    }
    ret->breslow_day = chi2_test(stat, ret->used - 1);
    ret->tarone = chi2_test(stat - off * off / v_sum, ret->used - 1);
}

/* All informative strata in one distribution; n = 1 when there is none. */
static struct epi__exact all_strata(struct epi_arena *a, const struct epi_two_by_two *t, size_t n,
                                    double log_tilt)
{
    struct epi__exact sum = {.n = 0};
    for (size_t i = 0; i < n; i++) {
        struct cells k = cells_of(&t[i], 0);
        if (!informative(&k))
            continue;
        struct epi__exact one = epi__exact_of(a, &t[i], log_tilt);
        sum = sum.n ? epi__exact_add(a, &sum, &one) : one;
    }
    return sum;
}

static double exact_steps(const struct epi_two_by_two *t, size_t n)
{
    double points = 0, steps = 0;
    for (size_t i = 0; i < n; i++) {
        struct cells k = cells_of(&t[i], 0);
        double more = fmin(k.n1, k.m1) - fmax(0, k.m1 - k.n0) + 1;
        steps += points * more + more;
        points += more;
    }
    return points > EPI__EXACT_POINTS_MAX ? INFINITY : steps;
}

epi_status epi_stratify(struct epi_arena *a, const struct epi_two_by_two *t, size_t n, double level,
                        struct epi_stratified *ret, struct epi_err *reterr)
{
    *ret = (struct epi_stratified){.odds_exact = EPI_CI_NONE,
                                   .odds_mh = EPI_CI_NONE,
                                   .risk_mh = EPI_CI_NONE,
                                   .p_exact = (double)NAN,
                                   .p_midp = (double)NAN};
    for (size_t i = 0; i < n; i++) {
        struct cells k = cells_of(&t[i], 0);
        ret->crude.exposed_ill += k.a, ret->crude.exposed_well += k.b;
        ret->crude.unexposed_ill += k.c, ret->crude.unexposed_well += k.d;
        ret->used += informative(&k);
    }
    mantel_haenszel(t, n, level, ret);
    ret->woolf = ret->breslow_day = ret->tarone = chi2_test((double)NAN, 0);
    if (ret->used == 0)
        return EPI_OK;
    ret->woolf = woolf(t, n, ret->used);
    if (ret->odds_mh.est > 0 && isfinite(ret->odds_mh.est))
        breslow_day(t, n, ret);
    if (exact_steps(t, n) > EXACT_STEPS)
        return EPI_FAIL(reterr, EPI_LIMIT, "estimate.risk.exact-too-large", "%zu", n);
    struct epi_arena_mark mark = epi_arena_mark(a);
    struct epi__exact e = all_strata(a, t, n, 0);
    ret->p_exact = epi__exact_p(&e);
    ret->p_midp = epi__exact_p_midp(&e);
    if (n > 1 && ret->odds_mh.est > 0 && isfinite(ret->odds_mh.est)) {
        /* Near the estimate, where the limits are, every weight is then within doubles. */
        epi_arena_release(a, mark);
        e = all_strata(a, t, n, log(ret->odds_mh.est));
    }
    ret->odds_exact = epi__exact_fisher(&e, level);
    epi_arena_release(a, mark);
    return EPI_OK;
}
