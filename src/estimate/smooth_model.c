// SPDX-License-Identifier: AGPL-3.0-or-later
/* The smoothed nowcast as a density: McGough et al. 2020, PLoS Comput Biol 16:e1007735. */
#include "estimate/smooth_model.h"
#include "stats/stats.h"

static const double FIRST_PRECISION = 0.001; /* of alpha_1 */
static const double GAMMA_PRIOR = 0.001;     /* shape and rate, of tau and of the size */

void epi__smooth_rows(struct epi__smooth *m, const double *q)
{
    const double *u = q + m->n + m->k + m->w;
    for (size_t t = 0; t < m->n; t++)
        m->ea[t] = exp(q[t] + (m->u ? u[(m->first_day + t) % 7] : 0.0));
}

/* exp(a + u), and exp(x + w) for each day of the week an onset can have. */
static void exponentials(struct epi__smooth *m, const double *q)
{
    const double *x = q + m->n, *w = x + m->k;
    epi__smooth_rows(m, q);
    for (size_t d = 0; d < m->k; d++)
        m->ex[d] = exp(x[d]);
    if (m->w == 0)
        return;
    double ew[7];
    for (size_t i = 0; i < 7; i++)
        ew[i] = exp(w[i]);
    for (size_t phase = 7; phase-- > 0;)
        for (size_t d = 0; d < m->k; d++)
            m->ex[phase * m->k + d] = m->ex[d] * ew[(phase + d) % 7];
}

static size_t phase_of(const struct epi__smooth *m, size_t t)
{
    return m->w ? (m->first_day + t) % 7 : 0;
}

/* log of a product of many factors >= 1, and of powers of them, with few calls of log. */
struct log_product {
    double product, log;
};
static inline void times(struct log_product *p, double factor)
{
    p->product *= factor;
    if (p->product > 1e200) {
        p->log += log(p->product);
        p->product = 1.0;
    }
}
static inline void times_power(struct log_product *p, double factor, double power)
{
    if (power > 4.0 || factor > 1e20) {
        p->log += power * log(factor);
        return;
    }
    for (; power > 0.0; power--)
        times(p, factor);
}
static double log_of(const struct log_product *p)
{
    return p->log + log(p->product);
}

/* sum over observed cells of y log mean - mean, or of the negative binomial. */
static double likelihood(struct epi__smooth *m, const struct epi__smooth_at *p)
{
    const double *q = p->q, *x = q + m->n, *w = x + m->k, *u = w + m->w;
    double sum = 0.0, size = exp(p->log_size), inv = 1.0 / size;
    exponentials(m, q);
    for (size_t t = 0; t < m->n; t++)
        sum += m->row[t] * q[t];
    for (size_t d = 0; d < m->k; d++)
        sum += m->col[d] * x[d];
    for (size_t i = 0; i < m->w; i++)
        sum += m->day[i] * w[i];
    for (size_t i = 0; i < m->u; i++)
        sum += m->onset[i] * u[i];
    if (m->poisson) {
        for (size_t t = 0; t < m->n; t++) {
            const double *ex = m->ex + phase_of(m, t) * m->k;
            double share = 0.0;
            for (size_t d = 0; d < m->known[t]; d++)
                share += ex[d];
            sum -= m->ea[t] * share;
        }
        return sum;
    }
    /* log Gamma(y + size)/Gamma(size) + size log size - (y + size) log(size + mean), with the
     * power of size taken out of the first: gamma(y + size) / (gamma(size) size^y). */
    struct log_product all = {1.0, 0.0}, counts = {1.0, 0.0};
    for (size_t t = 0; t < m->n; t++) {
        const double *ex = m->ex + phase_of(m, t) * m->k, *y = m->y + t * m->k;
        double scale = m->ea[t] * inv;
        for (size_t d = 0; d < m->known[t]; d++) {
            double f = 1.0 + scale * ex[d];
            times(&all, f);
            times_power(&counts, f, y[d]);
        }
    }
    sum -= log_of(&counts) + size * log_of(&all);
    if (m->size_known != p->log_size) {
        double base = epi_lgamma(size);
        m->size_part = -m->cases * p->log_size;
        for (size_t i = 0; i < m->values_n; i++)
            m->size_part += m->times[i] * (epi_lgamma(m->values[i] + size) - base);
        m->size_known = p->log_size;
    }
    return sum + m->size_part;
}

static double log_total(const struct epi__smooth *m, const double *x)
{
    double g = 0.0;
    for (size_t d = 0; d < m->k; d++)
        g += exp(x[d]);
    return log(g);
}

double epi__smooth_density(struct epi__smooth *m, const struct epi__smooth_at *p)
{
    const double *a = p->q, *x = a + m->n, *w = x + m->k;
    double lp = likelihood(m, p), tau = exp(p->log_tau), squares = 0.0, sum_x = 0.0;
    for (size_t t = 1; t < m->n; t++)
        squares += (a[t] - a[t - 1]) * (a[t] - a[t - 1]);
    lp += 0.5 * (double)(m->n - 1) * p->log_tau - 0.5 * tau * squares;
    lp += GAMMA_PRIOR * (p->log_tau - tau);
    if (!m->poisson)
        lp += GAMMA_PRIOR * (p->log_size - exp(p->log_size));
    double g = log_total(m, x);
    for (size_t d = 0; d < m->k; d++)
        sum_x += x[d];
    lp += m->kappa * (sum_x - (double)m->k * g) - 0.5 * g * g;
    lp -= 0.5 * FIRST_PRECISION * (a[0] + g) * (a[0] + g);
    for (size_t i = 0; i < m->w + m->u; i++)
        lp -= 0.5 * w[i] * w[i];
    return lp;
}

double epi__smooth_density_share(struct epi__smooth *m, const struct epi__smooth_at *p, size_t d)
{
    const double *a = p->q, *x = a + m->n, *w = x + m->k;
    double g = log_total(m, x), ex = exp(x[d]), ew[7];
    double lp = m->kappa * (x[d] - (double)m->k * g) - 0.5 * g * g;
    lp -= 0.5 * FIRST_PRECISION * (a[0] + g) * (a[0] + g);
    lp += m->col[d] * x[d];
    double size = exp(p->log_size), inv = 1.0 / size;
    struct log_product all = {1.0, 0.0}, counts = {1.0, 0.0};
    for (size_t i = 0; i < m->w; i++)
        ew[i] = ex * exp(w[i]);
    for (size_t t = 0; t + d < m->n; t++) {
        double mean = m->ea[t] * (m->w ? ew[(m->first_day + t + d) % 7] : ex);
        if (m->poisson) {
            lp -= mean;
            continue;
        }
        times(&all, 1.0 + mean * inv);
        times_power(&counts, 1.0 + mean * inv, m->y[t * m->k + d]);
    }
    return lp - log_of(&counts) - size * log_of(&all);
}

void epi__smooth_gradient(struct epi__smooth *m, const struct epi__smooth_at *p, double *ret)
{
    const double *a = p->q, *x = a + m->n, *w = x + m->k, *u = w + m->w;
    double *ga = ret, *block = ret + m->n, *gx = m->ex, gw[7] = {0}, gu[7] = {0};
    double tau = exp(p->log_tau), size = exp(p->log_size);
    size_t phases = m->w ? 7 : 1;
    exponentials(m, p->q);
    memset(m->acc, 0, phases * m->k * sizeof *m->acc);
    for (size_t t = 0; t < m->n; t++) {
        const double *ex = m->ex + phase_of(m, t) * m->k, *y = m->y + t * m->k;
        double *acc = m->acc + phase_of(m, t) * m->k, e = m->ea[t], sum = 0.0;
        size_t known = m->known[t];
        if (m->poisson)
            for (size_t d = 0; d < known; d++) {
                double r = y[d] - e * ex[d];
                sum += r;
                acc[d] += r;
            }
        else
            for (size_t d = 0; d < known; d++) {
                double mean = e * ex[d], r = size * (y[d] - mean) / (size + mean);
                sum += r;
                acc[d] += r;
            }
        ga[t] = sum;
        gu[(m->first_day + t) % 7] += sum;
    }
    for (size_t t = 1; t < m->n; t++) {
        double step = tau * (a[t] - a[t - 1]);
        ga[t] -= step;
        ga[t - 1] += step;
    }
    double g = 0.0;
    for (size_t d = 0; d < m->k; d++)
        g += exp(x[d]);
    double log_g = log(g), first = FIRST_PRECISION * (a[0] + log_g);
    ga[0] -= first;
    memset(gx, 0, m->k * sizeof *gx); /* the exponentials are no longer needed */
    for (size_t phase = 0; phase < phases; phase++)
        for (size_t d = 0; d < m->k; d++) {
            gx[d] += m->acc[phase * m->k + d];
            if (m->w)
                gw[(phase + d) % 7] += m->acc[phase * m->k + d];
        }
    double pull = m->kappa * (double)m->k + log_g + first;
    for (size_t i = 0; i < m->moved_n; i++)
        block[i] = gx[m->moved[i]] + m->kappa - pull * exp(x[m->moved[i]]) / g;
    for (size_t i = 0; i < m->w; i++)
        block[m->moved_n + i] = gw[i] - w[i];
    for (size_t i = 0; i < m->u; i++)
        block[m->moved_n + m->w + i] = gu[i] - u[i];
}

/* Weights of the cells into the tridiagonal, the cross part and the corner. */
static void add_cells(struct epi__smooth *m, const struct epi__smooth_at *p)
{
    double size = exp(p->log_size);
    size_t b = m->block;
    exponentials(m, p->q);
    for (size_t t = 0; t < m->n; t++) {
        size_t phase = phase_of(m, t);
        const double *ex = m->ex + phase * m->k, *y = m->y + t * m->k;
        double *cross = m->cross + t * b, sum = 0.0, *v = m->acc;
        for (size_t d = 0; d < m->known[t]; d++) {
            double mean = m->ea[t] * ex[d];
            v[d] =
                m->poisson ? mean : size * mean * (y[d] + size) / ((size + mean) * (size + mean));
            sum += v[d];
        }
        m->diag[t] += sum;
        size_t onset = m->moved_n + m->w + (m->first_day + t) % 7;
        for (size_t i = 0; i < m->moved_n && m->moved[i] < m->known[t]; i++) {
            size_t d = m->moved[i];
            cross[i] += v[d];
            m->corner[i * b + i] += v[d];
            if (m->w)
                m->corner[(m->moved_n + (phase + d) % 7) * b + i] += v[d];
            if (m->u)
                m->corner[onset * b + i] += v[d];
        }
        for (size_t d = 0; d < (m->w ? m->known[t] : 0); d++) {
            size_t j = m->moved_n + (phase + d) % 7;
            cross[j] += v[d];
            m->corner[j * b + j] += v[d];
            if (m->u)
                m->corner[onset * b + j] += v[d];
        }
        if (m->u) {
            cross[onset] += sum;
            m->corner[onset * b + onset] += sum;
        }
    }
}

void epi__smooth_curvature(struct epi__smooth *m, const struct epi__smooth_at *p)
{
    const double *x = p->q + m->n;
    size_t b = m->block, n = m->n;
    double tau = exp(p->log_tau), g = 0.0;
    memset(m->diag, 0, n * sizeof *m->diag);
    memset(m->cross, 0, n * b * sizeof *m->cross);
    memset(m->corner, 0, b * b * sizeof *m->corner);
    add_cells(m, p);
    for (size_t t = 1; t < n; t++) {
        m->diag[t] += tau;
        m->diag[t - 1] += tau;
    }
    m->diag[0] += FIRST_PRECISION;
    /* Of the shares' prior: c (diag(s) - s s') + s s', s the shares, c >= 0. */
    for (size_t d = 0; d < m->k; d++)
        g += exp(x[d]);
    double c = m->kappa * (double)m->k + log(g);
    c = c > 0.0 ? c : 0.0;
    for (size_t i = 0; i < m->moved_n; i++) {
        double si = exp(x[m->moved[i]]) / g;
        m->corner[i * b + i] += c * si;
        for (size_t j = 0; j <= i; j++)
            m->corner[i * b + j] += (1.0 - c) * si * exp(x[m->moved[j]]) / g;
    }
    for (size_t i = m->moved_n; i < b; i++)
        m->corner[i * b + i] += 1.0;
    /* Cholesky: bidiagonal for a, then cross = L_a^-1 cross, corner = chol(corner - cross'cross) */
    m->low[0] = 0.0;
    for (size_t t = 0; t < n; t++) {
        double *row = m->cross + t * b;
        if (t > 0) {
            m->low[t] = -tau / m->diag[t - 1];
            m->diag[t] -= m->low[t] * m->low[t];
            for (size_t i = 0; i < b; i++)
                row[i] -= m->low[t] * row[i - b];
        }
        m->diag[t] = sqrt(m->diag[t] > 1e-12 ? m->diag[t] : 1e-12);
        for (size_t i = 0; i < b; i++)
            row[i] /= m->diag[t];
        for (size_t i = 0; i < b; i++)
            for (size_t j = 0; j <= i; j++)
                m->corner[i * b + j] -= row[i] * row[j];
    }
    for (size_t i = 0; i < b; i++) {
        m->corner[i * b + i] += 1e-9;
        for (size_t j = 0; j < i; j++)
            m->corner[j * b + i] = m->corner[i * b + j];
    }
    if (!epi_cholesky(m->corner, b)) { /* rounding: fall back to a scale that is safe */
        memset(m->corner, 0, b * b * sizeof *m->corner);
        memset(m->cross, 0, n * b * sizeof *m->cross);
        for (size_t i = 0; i < b; i++)
            m->corner[i * b + i] = sqrt(1.0 + (i < m->moved_n ? m->col[m->moved[i]] : m->cases));
    }
}

void epi__smooth_forward(const struct epi__smooth *m, double *v)
{
    size_t n = m->n, b = m->block;
    double before = 0.0, *block = v + n;
    for (size_t t = 0; t < n; t++) {
        before = v[t] = (v[t] - m->low[t] * before) / m->diag[t];
        const double *row = m->cross + t * b;
        for (size_t i = 0; i < b; i++)
            block[i] -= row[i] * before;
    }
    for (size_t i = 0; i < b; i++) {
        const double *row = m->corner + i * b;
        double s = block[i];
        for (size_t j = 0; j < i; j++)
            s -= row[j] * block[j];
        block[i] = s / row[i];
    }
}

void epi__smooth_backward(const struct epi__smooth *m, double *v)
{
    size_t n = m->n, b = m->block;
    double after = 0.0, *block = v + n;
    for (size_t i = b; i-- > 0;) {
        const double *row = m->corner + i * b;
        double s = block[i] /= row[i];
        for (size_t j = 0; j < i; j++)
            block[j] -= row[j] * s;
    }
    for (size_t t = n; t-- > 0;) {
        const double *row = m->cross + t * b;
        double s = v[t] - (t + 1 < n ? m->low[t + 1] * after : 0.0);
        for (size_t i = 0; i < b; i++)
            s -= row[i] * block[i];
        after = v[t] = s / m->diag[t];
    }
}
