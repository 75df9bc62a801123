// SPDX-License-Identifier: AGPL-3.0-or-later
#include "estimate/exact_internal.h"
#include "stats/stats.h"

const char *epi_odds_word(enum epi_odds_method m)
{
    static const char *const words[] = {"wald", "small", "score", "fisher", "midp"};
    return words[m];
}

const char *epi_risk_word(enum epi_risk_method m)
{
    static const char *const words[] = {"wald", "small"};
    return words[m];
}

const char *epi_association_word(enum epi_association_test t)
{
    static const char *const words[] = {"fisher", "midp", "pearson", "yates"};
    return words[t];
}

static double exposed(const struct epi_two_by_two *t)
{
    return t->exposed_ill + t->exposed_well;
}
static double unexposed(const struct epi_two_by_two *t)
{
    return t->unexposed_ill + t->unexposed_well;
}

/* Limits on the log scale. An estimate of 0 or without bound leaves one limit undefined. */
static struct epi_ci log_limits(double est, double centre, double variance, double level)
{
    double spread = exp(epi_level_z(level) * sqrt(variance));
    return (struct epi_ci){est, centre / spread, centre * spread};
}

/* --- odds ratio ------------------------------------------------------------------------------ */
static double woolf_variance(const struct epi_two_by_two *t, double more)
{
    return 1 / (t->exposed_ill + more) + 1 / (t->exposed_well + more) +
           1 / (t->unexposed_ill + more) + 1 / (t->unexposed_well + more);
}

static double odds(const struct epi_two_by_two *t, double more)
{
    return (t->exposed_ill + more) * (t->unexposed_well + more) /
           ((t->exposed_well + more) * (t->unexposed_ill + more));
}

struct score {
    const struct epi_two_by_two *t;
    double z;
};
/* Signed score statistic of log psi less z: falls as psi rises. The fitted number A of exposed ill
 * solves A (n0 - m1 + A) = psi (n1 - A)(m1 - A). */
static double score_miss(double log_psi, void *ctx)
{
    const struct score *s = ctx;
    double n1 = exposed(s->t), n0 = unexposed(s->t), m1 = s->t->exposed_ill + s->t->unexposed_ill,
           psi = exp(log_psi);
    double qa = psi - 1, qb = psi * (n1 + m1) + n0 - m1, qc = psi * n1 * m1;
    /* qa A^2 - qb A + qc = 0, the smaller root written so that nothing cancels */
    double fit = 2 * qc / (qb + sqrt(fmax(0, qb * qb - 4 * qa * qc)));
    double variance = 1 / (1 / fit + 1 / (n1 - fit) + 1 / (m1 - fit) + 1 / (n0 - m1 + fit));
    return (s->t->exposed_ill - fit) / sqrt(variance) - s->z;
}

static double score_limit(const struct epi_two_by_two *t, double z)
{
    struct score s = {t, z};
    double centre = log(odds(t, 0.5)), lo = centre - 1, hi = centre + 1;
    for (double step = 1; score_miss(lo, &s) < 0 && step < 1e3; step *= 2)
        lo -= step;
    for (double step = 1; score_miss(hi, &s) > 0 && step < 1e3; step *= 2)
        hi += step;
    return exp(epi_root(score_miss, &s, lo, hi, 1e-13));
}

static struct epi_ci odds_score(const struct epi_two_by_two *t, double level)
{
    double z = epi_level_z(level);
    bool none = t->exposed_ill * t->unexposed_well == 0,
         all = t->exposed_well * t->unexposed_ill == 0;
    return (struct epi_ci){odds(t, 0), none ? 0 : score_limit(t, z),
                           all ? INFINITY : score_limit(t, -z)};
}

/* False when a margin is empty: then no ratio of odds is defined. */
static bool informative(const struct epi_two_by_two *t)
{
    return exposed(t) > 0 && unexposed(t) > 0 && t->exposed_ill + t->unexposed_ill > 0 &&
           t->exposed_well + t->unexposed_well > 0;
}

struct epi_ci epi_odds_ratio(struct epi_arena *a, enum epi_odds_method m,
                             const struct epi_two_by_two *t, double level)
{
    if (!informative(t))
        return EPI_CI_NONE;
    switch (m) {
    case EPI_ODDS_WALD:
        return log_limits(odds(t, 0), odds(t, 0), woolf_variance(t, 0), level);
    case EPI_ODDS_SMALL:
        return log_limits(t->exposed_ill * t->unexposed_well /
                              ((t->exposed_well + 1) * (t->unexposed_ill + 1)),
                          odds(t, 0.5), woolf_variance(t, 0.5), level);
    case EPI_ODDS_SCORE:
        return odds_score(t, level);
    case EPI_ODDS_FISHER:
    case EPI_ODDS_MIDP: {
        if (epi_exact_points(t) > EPI__EXACT_POINTS_MAX)
            return EPI_CI_NONE;
        struct epi_arena_mark mark = epi_arena_mark(a);
        struct epi__exact e = epi__exact_of(a, t, 0);
        struct epi_ci c =
            m == EPI_ODDS_FISHER ? epi__exact_fisher(&e, level) : epi__exact_midp(&e, level);
        epi_arena_release(a, mark);
        return c;
    }
    case EPI_ODDS_METHODS:
        break;
    }
    return EPI_CI_NONE;
}

/* --- risks ----------------------------------------------------------------------------------- */
static bool both_groups(const struct epi_two_by_two *t)
{
    return exposed(t) > 0 && unexposed(t) > 0;
}

struct epi_ci epi_risk_ratio(enum epi_risk_method m, const struct epi_two_by_two *t, double level)
{
    if (!both_groups(t) || t->exposed_ill + t->unexposed_ill == 0)
        return EPI_CI_NONE;
    double n1 = exposed(t), n0 = unexposed(t), a = t->exposed_ill, c = t->unexposed_ill;
    double variance = 1 / a - 1 / n1 + 1 / c - 1 / n0;
    double est = m == EPI_RISK_SMALL ? a / n1 / ((c + 1) / (n0 + 1)) : a / n1 / (c / n0);
    return log_limits(est, est, variance, level);
}

struct epi_ci epi_risk_difference(const struct epi_two_by_two *t, double level)
{
    if (!both_groups(t))
        return EPI_CI_NONE;
    double n1 = exposed(t), n0 = unexposed(t), p1 = t->exposed_ill / n1, p0 = t->unexposed_ill / n0;
    double half = epi_level_z(level) * sqrt(p1 * (1 - p1) / n1 + p0 * (1 - p0) / n0);
    return (struct epi_ci){p1 - p0, p1 - p0 - half, p1 - p0 + half};
}

struct epi_ci epi_attributable_fraction(const struct epi_two_by_two *t, double level)
{
    struct epi_ci rr = epi_risk_ratio(EPI_RISK_WALD, t, level);
    return (struct epi_ci){1 - 1 / rr.est, 1 - 1 / rr.lo, 1 - 1 / rr.hi};
}

struct epi_ci epi_population_attributable_risk(const struct epi_two_by_two *t, double level)
{
    if (!both_groups(t))
        return EPI_CI_NONE;
    double n0 = unexposed(t), n = n0 + exposed(t), p0 = t->unexposed_ill / n0,
           p = (t->exposed_ill + t->unexposed_ill) / n;
    double half = epi_level_z(level) * sqrt(p * (1 - p) / n + p0 * (1 - p0) / n0);
    return (struct epi_ci){p - p0, p - p0 - half, p - p0 + half};
}

struct epi_ci epi_population_attributable_fraction(const struct epi_two_by_two *t, double level)
{
    double n0 = unexposed(t), n = n0 + exposed(t), ill = t->exposed_ill + t->unexposed_ill;
    if (!both_groups(t) || ill == 0)
        return EPI_CI_NONE;
    double rest = t->unexposed_ill / n0 / (ill / n); /* 1 - fraction */
    double variance = (t->exposed_well + (1 - rest) * (t->exposed_ill + t->unexposed_well)) /
                      (n * t->unexposed_ill);
    struct epi_ci c = log_limits(rest, rest, variance, level);
    return (struct epi_ci){1 - rest, 1 - c.hi, 1 - c.lo};
}

/* --- tests ----------------------------------------------------------------------------------- */
struct epi_test epi_association(struct epi_arena *a, enum epi_association_test test,
                                const struct epi_two_by_two *t)
{
    struct epi_test ret = {(double)NAN, (double)NAN};
    if (!informative(t))
        return ret;
    if (test == EPI_ASSOCIATION_FISHER || test == EPI_ASSOCIATION_MIDP) {
        if (epi_exact_points(t) > EPI__EXACT_POINTS_MAX)
            return ret;
        struct epi_arena_mark mark = epi_arena_mark(a);
        struct epi__exact e = epi__exact_of(a, t, 0);
        ret.p = test == EPI_ASSOCIATION_FISHER ? epi__exact_p(&e) : epi__exact_p_midp(&e);
        epi_arena_release(a, mark);
        return ret;
    }
    double n1 = exposed(t), n0 = unexposed(t), n = n1 + n0, m1 = t->exposed_ill + t->unexposed_ill;
    double off = fabs(t->exposed_ill - n1 * m1 / n);
    if (test == EPI_ASSOCIATION_YATES)
        off -= fmin(0.5, off);
    /* The four cells are off by the same; their inverse expectations sum to N^3/(n1 n0 m1 m0). */
    ret.stat = off * off * n * n * n / (n1 * n0 * m1 * (n - m1));
    ret.p = epi_chi2_sf(ret.stat, 1);
    return ret;
}
