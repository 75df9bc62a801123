// SPDX-License-Identifier: AGPL-3.0-or-later
/* The smoothed nowcast: two chains of draws from its model, and what they say. */
#include "estimate/nowcast_internal.h"
#include "estimate/smooth_chain.h"
#include "stats/stats.h"

enum { CHAINS = 2, SPARSE = 5 };

static int compare(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

void epi__smooth_model(struct epi_arena *a, const struct epi_triangle *g,
                       const struct epi_smooth_options *o, struct epi__smooth *m)
{
    size_t n = g->n, k = g->delays, seen = 0;
    *m = (struct epi__smooth){.n = n,
                              .k = k,
                              .w = o->report_weekday ? 7 : 0,
                              .u = o->onset_weekday ? 7 : 0,
                              .poisson = o->poisson,
                              .kappa = o->kappa,
                              .y = g->count,
                              .size_known = (double)NAN};
    size_t *known = EPI_ARRAY(a, n, size_t), phases = m->w ? 7 : 1;
    double *values = EPI_ARRAY(a, n * k, double);
    m->row = EPI_ARRAY(a, n, double);
    m->col = EPI_ARRAY(a, k, double);
    m->dim = n + k + m->w + m->u;
    if (m->w || m->u)
        m->first_day = (size_t)epi_date_weekday(g->start) - 1;
    for (size_t t = 0; t < n; t++) {
        known[t] = epi_triangle_known(g, t);
        for (size_t d = 0; d < known[t]; d++) {
            double y = g->count[t * k + d];
            m->row[t] += y;
            m->col[d] += y;
            m->day[(m->first_day + t + d) % 7] += y;
            m->onset[(m->first_day + t) % 7] += y;
            m->cases += y;
            if (y > 0.0)
                values[seen++] = y;
        }
    }
    m->known = known;
    qsort(values, seen, sizeof *values, compare);
    m->values = values;
    m->times = EPI_ARRAY(a, seen, double);
    for (size_t i = 0; i < seen; i++) {
        if (m->values_n == 0 || values[m->values_n - 1] != values[i])
            values[m->values_n++] = values[i];
        m->times[m->values_n - 1]++;
    }
    m->moved = EPI_ARRAY(a, k, size_t);
    for (size_t d = 0; d < k; d++)
        if (m->col[d] >= SPARSE)
            m->moved[m->moved_n++] = d;
    m->block = m->moved_n + m->w + m->u;
    m->ea = EPI_ARRAY(a, n, double);
    m->ex = EPI_ARRAY(a, phases * k, double);
    m->acc = EPI_ARRAY(a, phases * k, double);
    m->diag = EPI_ARRAY(a, n, double);
    m->low = EPI_ARRAY(a, n, double);
    m->cross = EPI_ARRAY(a, n * m->block, double);
    m->corner = EPI_ARRAY(a, m->block * m->block, double);
}

/* Where the chains begin: shares by reverse hazards, intensities of smoothed corrected counts. */
static void start_at(struct epi_arena *a, const struct epi_triangle *g, const struct epi__smooth *m,
                     struct epi__smooth_at *p)
{
    struct epi_report_delay r;
    epi_report_delay(a, g, &r);
    double *x = p->q + m->n, total = 0.0;
    for (size_t d = 0; d < m->k; d++) {
        double share = r.cdf[d] - (d ? r.cdf[d - 1] : 0.0);
        x[d] = (share > 0.0 ? share : 0.0) + 0.1 / (m->cases + 1.0);
        total += x[d];
    }
    double *cdf = EPI_ARRAY(a, m->k, double);
    for (size_t d = 0; d < m->k; d++) {
        cdf[d] = (d ? cdf[d - 1] : 0.0) + x[d] / total;
        x[d] = log(x[d] / total);
    }
    /* A day's level is that of the reported around it over the share of them to be expected. */
    for (size_t t = 0; t < m->n; t++) {
        double cases = 0.5, share = 0.5 / (m->cases / (double)m->n + 1.0);
        for (size_t s = t > 2 ? t - 2 : 0; s < m->n && s <= t + 2; s++) {
            cases += m->row[s];
            share += cdf[m->known[s] - 1];
        }
        p->q[t] = log(cases / share);
    }
    p->log_tau = log(10.0);
    p->log_size = m->poisson ? 0.0 : log(5.0);
}

/* --- what is kept --------------------------------------------------------------------------------
 */
struct kept {
    size_t first, rows; /* rows with cells not known yet: first .. n - 1 */
    size_t draws, n;    /* room, and used */
    double *total;      /* rows x draws: eventual counts */
    double *share;      /* k x draws */
    double *known;      /* rows: sum over draws of the share to be known by now */
    double *weekday;    /* 7 sums of log factors of report, 7 of onset */
    double *trace[3];   /* last intensity, log tau, log size */
};

static double draw_poisson(struct epi_rng *r, double mean)
{
    if (!(mean < 1e6)) { /* beyond the exact generator, where the two differ by nothing visible */
        double v = round(mean + sqrt(mean) * epi_rng_normal(r));
        return isfinite(v) ? v : 1e300;
    }
    return (double)epi_rng_poisson(r, mean);
}

static void keep(struct epi__chain *c, struct kept *kept)
{
    const struct epi__smooth *m = c->m;
    const double *a = c->at.q, *x = a + m->n, *w = x + m->k, *u = w + m->w;
    double size = exp(c->at.log_size), total = 0.0, ew[7];
    size_t at = kept->n++;
    for (size_t d = 0; d < m->k; d++)
        total += m->ex[d] = exp(x[d]);
    for (size_t d = 0; d < m->k; d++)
        kept->share[d * kept->draws + at] = m->ex[d] / total;
    for (size_t i = 0; i < m->w; i++) {
        ew[i] = exp(w[i]);
        kept->weekday[i] += w[i];
    }
    for (size_t i = 0; i < m->u; i++)
        kept->weekday[7 + i] += u[i];
    for (size_t i = 0; i < kept->rows; i++) {
        size_t t = kept->first + i;
        double e = exp(a[t] + (m->u ? u[(m->first_day + t) % 7] : 0.0)), seen = 0.0, mean = 0.0,
               drawn = 0.0;
        for (size_t d = 0; d < m->k; d++) {
            double cell = m->ex[d] * (m->w ? ew[(m->first_day + t + d) % 7] : 1.0);
            if (d < m->known[t]) {
                seen += cell;
                continue;
            }
            mean += cell;
            double cell_mean = cell * e;
            if (!m->poisson && cell_mean > 1e-300 && cell_mean < 1e300)
                drawn += epi_rng_gamma(&c->rng, size, cell_mean / size);
        }
        kept->known[i] += seen / (seen + mean);
        kept->total[i * kept->draws + at] =
            m->row[t] + draw_poisson(&c->rng, m->poisson ? mean * e : drawn);
    }
    kept->trace[0][at] = a[m->n - 1] + log(total);
    kept->trace[1][at] = c->at.log_tau;
    kept->trace[2][at] = c->at.log_size;
}

/* Split R-hat and effective number of draws over four halves (Gelman et al. 2013, section 11.4-5).
 */
static void diagnose(const double *v, size_t n, double *ret_rhat, double *ret_ess)
{
    enum { PARTS = 2 * CHAINS };
    size_t len = n / PARTS;
    double mean[PARTS], all = 0.0, within = 0.0, between = 0.0;
    if (len < 4)
        return;
    for (size_t j = 0; j < PARTS; j++) {
        mean[j] = epi_mean(v + j * len, len);
        within += epi_variance(v + j * len, len) / PARTS;
        all += mean[j] / PARTS;
    }
    for (size_t j = 0; j < PARTS; j++)
        between += (mean[j] - all) * (mean[j] - all) / (PARTS - 1);
    if (!(within > 0.0))
        return;
    double var = within * (double)(len - 1) / (double)len + between, rho_sum = 0.0;
    double pair = 0.0;
    for (size_t lag = 1; lag < len; lag++) {
        double s = 0.0;
        for (size_t j = 0; j < PARTS; j++)
            for (size_t i = lag; i < len; i++) {
                double d = v[j * len + i] - v[j * len + i - lag];
                s += d * d;
            }
        double rho = 1.0 - s / (double)(PARTS * (len - lag)) / (2.0 * var);
        if (lag % 2 == 1)
            pair = rho;
        else if (pair + rho < 0.0)
            break;
        else
            rho_sum += pair + rho;
    }
    double rhat = sqrt(var / within), ess = (double)(PARTS * len) / (1.0 + 2.0 * rho_sum);
    *ret_rhat = rhat > *ret_rhat ? rhat : *ret_rhat;
    *ret_ess = ess < *ret_ess ? ess : *ret_ess;
}

static double median_of(double *v, size_t n)
{
    epi_sort(v, n);
    return epi_quantile_sorted(v, n, 0.5);
}

/* Seven factors of geometric mean 1 from sums of their logs. */
static double *factors(struct epi_arena *a, const double *sum, size_t n)
{
    double mean = 0.0, *ret = EPI_ARRAY(a, 7, double);
    for (size_t i = 0; i < 7; i++)
        mean += sum[i] / 7.0;
    for (size_t i = 0; i < 7; i++)
        ret[i] = exp((sum[i] - mean) / (double)n);
    return ret;
}

static void summarise(struct epi_arena *a, const struct epi__smooth *m, struct kept *kept,
                      const double *probs, size_t probs_n, struct epi_nowcast *ret)
{
    for (size_t t = 0; t < m->n; t++) {
        double *q = ret->quantile + t * probs_n;
        ret->reported[t] = ret->mean[t] = m->row[t];
        ret->share[t] = 1.0;
        for (size_t j = 0; j < probs_n; j++)
            q[j] = m->row[t];
        if (t < kept->first)
            continue;
        double *total = kept->total + (t - kept->first) * kept->draws;
        ret->mean[t] = epi__worth_saying(epi_mean(total, kept->n));
        ret->share[t] = kept->known[t - kept->first] / (double)kept->n;
        epi_sort(total, kept->n);
        for (size_t j = 0; j < probs_n; j++)
            q[j] = epi__worth_saying(epi_quantile_sorted(total, kept->n, probs[j]));
    }
    for (size_t d = 0; d < m->k; d++) {
        double *share = kept->share + d * kept->draws;
        ret->p[d] = epi_mean(share, kept->n);
        epi_sort(share, kept->n);
        ret->p_lo[d] = epi_quantile_sorted(share, kept->n, 0.025);
        ret->p_hi[d] = epi_quantile_sorted(share, kept->n, 0.975);
    }
    ret->rhat = 1.0;
    ret->ess = (double)kept->n;
    for (size_t i = 0; i < (m->poisson ? 2 : 3); i++)
        diagnose(kept->trace[i], kept->n, &ret->rhat, &ret->ess);
    ret->sd_walk = exp(-0.5 * median_of(kept->trace[1], kept->n));
    ret->size = m->poisson ? INFINITY : exp(median_of(kept->trace[2], kept->n));
    ret->report_weekday = m->w ? factors(a, kept->weekday, kept->n) : NULL;
    ret->onset_weekday = m->u ? factors(a, kept->weekday + 7, kept->n) : NULL;
}

epi_status epi_nowcast_smooth(struct epi_arena *a, const struct epi_triangle *g,
                              const struct epi_smooth_options *o, const double *probs,
                              size_t probs_n, struct epi_nowcast *ret, struct epi_err *reterr)
{
    struct epi__smooth m;
    if (g->n < 2 || g->delays == 0)
        return EPI_FAIL(reterr, EPI_INVALID, "estimate.triangle-empty", "%zu", g->n);
    if ((o->report_weekday || o->onset_weekday) && (!epi_date_known(g->start) || g->step != 1))
        return EPI_FAIL(reterr, EPI_INVALID, "estimate.nowcast-weekday-without-dates", " ");
    epi__nowcast_init(a, g, probs_n, ret);
    epi__smooth_model(a, g, o, &m);
    struct kept kept = {.draws = o->draws / CHAINS * CHAINS};
    kept.rows = m.k - 1 < m.n ? m.k - 1 : m.n;
    kept.first = m.n - kept.rows;
    kept.total = EPI_ARRAY(a, kept.rows * kept.draws, double);
    kept.share = EPI_ARRAY(a, m.k * kept.draws, double);
    kept.known = EPI_ARRAY(a, kept.rows, double);
    kept.weekday = EPI_ARRAY(a, 14, double);
    for (size_t i = 0; i < 3; i++)
        kept.trace[i] = EPI_ARRAY(a, kept.draws, double);
    for (size_t i = 0; i < CHAINS; i++) {
        struct epi__chain c;
        epi__chain_init(a, &m, o->seed, i, &c);
        start_at(a, g, &m, &c.at);
        epi__chain_warm_up(a, &c, o->warm_up);
        for (size_t j = 0; j < kept.draws / CHAINS; j++) {
            epi__chain_round(&c);
            keep(&c, &kept);
        }
    }
    ret->draws = kept.n;
    summarise(a, &m, &kept, probs, probs_n, ret);
    return EPI_OK;
}
