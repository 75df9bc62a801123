// SPDX-License-Identifier: AGPL-3.0-or-later
#include "estimate/proportion.h"
#include "stats/stats.h"

double epi_level_z(double level)
{
    return -epi_normal_q((1 - level) / 2);
}

const char *epi_proportion_word(enum epi_proportion_method m)
{
    static const char *const words[] = {"exact", "wilson", "wald", "jeffreys", "agresti-coull"};
    return words[m];
}

const char *epi_rate_word(enum epi_rate_method m)
{
    static const char *const words[] = {"exact", "byar", "normal", "daly"};
    return words[m];
}

static struct epi_ci about(double est, double half)
{
    return (struct epi_ci){est, est - half, est + half};
}

struct epi_ci epi_proportion(enum epi_proportion_method m, double x, double n, double level)
{
    if (!(x >= 0 && x <= n && n > 0 && isfinite(n)))
        return EPI_CI_NONE;
    double tail = (1 - level) / 2, p = x / n, z, z2, centre;
    switch (m) {
    case EPI_PROPORTION_EXACT:
        return (struct epi_ci){p, x > 0 ? epi_beta_q(tail, x, n - x + 1) : 0,
                               x < n ? epi_beta_q(1 - tail, x + 1, n - x) : 1};
    case EPI_PROPORTION_WILSON:
        z = epi_level_z(level), z2 = z * z;
        centre = (x + z2 / 2) / (n + z2);
        struct epi_ci c = about(centre, z / (n + z2) * sqrt(n * p * (1 - p) + z2 / 4));
        /* At the ends the formula gives 0 and 1; rounding must not give less or more. */
        return (struct epi_ci){p, x > 0 ? c.lo : 0, x < n ? c.hi : 1};
    case EPI_PROPORTION_WALD:
        return about(p, epi_level_z(level) * sqrt(p * (1 - p) / n));
    case EPI_PROPORTION_JEFFREYS:
        return (struct epi_ci){(x + 0.5) / (n + 1),
                               x > 0 ? epi_beta_q(tail, x + 0.5, n - x + 0.5) : 0,
                               x < n ? epi_beta_q(1 - tail, x + 0.5, n - x + 0.5) : 1};
    case EPI_PROPORTION_AGRESTI_COULL:
        z = epi_level_z(level), z2 = z * z;
        centre = (x + z2 / 2) / (n + z2);
        return about(centre, z * sqrt(centre * (1 - centre) / (n + z2)));
    case EPI_PROPORTION_METHODS:
        break;
    }
    return EPI_CI_NONE;
}

/* Garwood 1936: lower chi2(tail, 2x)/2, upper chi2(1 - tail, 2x + 2)/2. */
static struct epi_ci garwood(double x, double tail)
{
    return (struct epi_ci){x, x > 0 ? epi_chi2_q(tail, 2 * x) / 2 : 0,
                           epi_chi2_q(1 - tail, 2 * x + 2) / 2};
}

struct epi_ci epi_rate(enum epi_rate_method m, double x, double time, double level)
{
    if (!(x >= 0 && time > 0 && isfinite(x) && isfinite(time)))
        return EPI_CI_NONE;
    struct epi_ci c = EPI_CI_NONE;
    switch (m) {
    case EPI_RATE_EXACT:
        c = garwood(x, (1 - level) / 2);
        break;
    case EPI_RATE_BYAR: {
        double y = x + 0.5, z3 = epi_level_z(level) / (3 * sqrt(y)), b = 1 - 1 / (9 * y);
        c = (struct epi_ci){x, y * (b - z3) * (b - z3) * (b - z3),
                            y * (b + z3) * (b + z3) * (b + z3)};
        break;
    }
    case EPI_RATE_NORMAL:
        c = about(x, epi_level_z(level) * sqrt(x));
        break;
    case EPI_RATE_DALY:
        /* exp(-upper) = 1 - level: no event at the one-sided level. */
        c = x > 0 ? garwood(x, (1 - level) / 2) : (struct epi_ci){0, 0, -log1p(-level)};
        break;
    case EPI_RATE_METHODS:
        break;
    }
    return (struct epi_ci){c.est / time, c.lo / time, c.hi / time};
}
