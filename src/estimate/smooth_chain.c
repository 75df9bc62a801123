// SPDX-License-Identifier: AGPL-3.0-or-later
#include "estimate/smooth_chain.h"
#include "stats/stats.h"

enum { STEPS_MAX = 24 };
static const double PATH = 1.5707963267948966; /* a quarter of the period of a unit Gaussian */

/* --- slice sampling ------------------------------------------------------------------------------
 */
typedef double density_fn(struct epi__chain *c, double x, size_t arg);
/* Moves x to a draw from f along one line, stepping out and shrinking (figures 3 and 5); f leaves
 * the chain at the last x it was asked for. Returns f there. */
static double slice(struct epi__chain *c, density_fn *f, size_t arg, double x, double width)
{
    double start = f(c, x, arg), floor = start - epi_rng_exp(&c->rng, 1.0);
    double lo = x - width * epi_rng_unit(&c->rng), hi = lo + width;
    for (int i = 0; i < 40 && f(c, lo, arg) > floor; i++)
        lo -= width;
    for (int i = 0; i < 40 && f(c, hi, arg) > floor; i++)
        hi += width;
    for (int i = 0; i < 100; i++) {
        double y = lo + (hi - lo) * epi_rng_unit(&c->rng), v = f(c, y, arg);
        if (v > floor)
            return v;
        *(y < x ? &lo : &hi) = y;
    }
    return f(c, x, arg);
}

static double at_share(struct epi__chain *c, double x, size_t d)
{
    c->at.q[c->m->n + d] = x;
    return epi__smooth_density_share(c->m, &c->at, d);
}

static double at_size(struct epi__chain *c, double log_size, size_t arg)
{
    (void)arg;
    c->at.log_size = log_size;
    return epi__smooth_density(c->m, &c->at);
}

/* The walk given everything else is nearly Gaussian: around `target` with precision `weight` by
 * the counts, tied by tau. Written as a = mean(tau) + L(tau)^-T u, u says the same of the walk
 * whatever tau is; so tau is drawn with u held, and is free to move far whether the counts tell
 * the walk well or hardly. Any target and weight that do not depend on a and tau leave the
 * distribution right; these are close. */
static void local_gaussian(struct epi__chain *c)
{
    struct epi__smooth *m = c->m;
    const double *x = c->at.q + m->n, *w = x + m->k, *u = w + m->w;
    double size = exp(c->at.log_size), ew[7];
    for (size_t d = 0; d < m->k; d++)
        m->ex[d] = exp(x[d]);
    for (size_t i = 0; i < m->w; i++)
        ew[i] = exp(w[i]);
    for (size_t t = 0; t < m->n; t++) {
        double share = 0.0, cases = m->row[t] + 0.5, weight = 0.0;
        for (size_t d = 0; d < m->known[t]; d++) {
            m->acc[d] = m->ex[d] * (m->w ? ew[(m->first_day + t + d) % 7] : 1.0);
            share += m->acc[d];
        }
        c->target[t] = log(cases / share) - (m->u ? u[(m->first_day + t) % 7] : 0.0);
        for (size_t d = 0; d < m->known[t]; d++) {
            double mean = cases * m->acc[d] / share;
            weight += m->poisson ? mean : mean * size / (size + mean);
        }
        c->weight[t] = weight;
    }
}
/* Factor of weight + tau (second differences): returns sum of log diagonals; and the mean. */
static double walk_factor(struct epi__chain *c, double tau)
{
    size_t n = c->m->n;
    double log_det = 0.0, *diag = c->walk_diag, *low = c->walk_low, *mean = c->walk_mean;
    for (size_t t = 0; t < n; t++) {
        double v = c->weight[t] + tau * (double)((t > 0) + (t + 1 < n)) + (t == 0 ? 0.001 : 0.0);
        double b = c->weight[t] * c->target[t];
        low[t] = t > 0 ? -tau / diag[t - 1] : 0.0;
        diag[t] = sqrt(v - low[t] * low[t]);
        mean[t] = (b - (t > 0 ? low[t] * mean[t - 1] : 0.0)) / diag[t];
        log_det += log(diag[t]);
    }
    for (size_t t = n; t-- > 0;)
        mean[t] = (mean[t] - (t + 1 < n ? low[t + 1] * mean[t + 1] : 0.0)) / diag[t];
    return log_det;
}
static double at_tau(struct epi__chain *c, double log_tau, size_t arg)
{
    (void)arg;
    size_t n = c->m->n;
    double after = 0.0;
    c->log_det = walk_factor(c, exp(log_tau));
    for (size_t t = n; t-- > 0;) {
        after = (c->saved[t] - (t + 1 < n ? c->walk_low[t + 1] * after : 0.0)) / c->walk_diag[t];
        c->at.q[t] = c->walk_mean[t] + after;
    }
    c->at.log_tau = log_tau;
    return epi__smooth_density(c->m, &c->at) - c->log_det;
}

/* tau with u held: by slice sampling while its scale is not known, then by two steps of Metropolis,
 * which cost half as much for the same. */
static void draw_tau(struct epi__chain *c)
{
    const size_t n = c->m->n;
    double *a = c->at.q, squares = 0.0;
    for (size_t t = 1; t < n; t++)
        squares += (a[t] - a[t - 1]) * (a[t] - a[t - 1]);
    double shape = 0.001 + 0.5 * (double)(n - 1), rate = 0.001 + 0.5 * squares;
    double tau = epi_rng_gamma(&c->rng, shape, 1.0 / rate), old = exp(c->at.log_tau);
    tau = tau > 1e-300 ? tau : 1e-300;
    c->density += shape * (log(tau) - c->at.log_tau) - rate * (tau - old);
    c->at.log_tau = log(tau);
    local_gaussian(c);
    double log_det = walk_factor(c, tau), now = c->density - log_det;
    for (size_t t = 0; t < n; t++) /* u = L' (a - mean) */
        c->saved[t] = c->walk_diag[t] * (a[t] - c->walk_mean[t]) +
                      (t + 1 < n ? c->walk_low[t + 1] * (a[t + 1] - c->walk_mean[t + 1]) : 0.0);
    if (!c->warm) {
        c->density = slice(c, at_tau, 0, c->at.log_tau, 1.5) + c->log_det;
        return;
    }
    for (int i = 0; i < 2; i++) {
        memcpy(c->v, a, n * sizeof *a);
        double before = c->at.log_tau, y = before + c->scale_tau * epi_rng_normal(&c->rng);
        double then = at_tau(c, y, 0);
        if (log(1.0 - epi_rng_unit(&c->rng)) < then - now) {
            now = then;
            c->density = then + c->log_det;
        } else {
            memcpy(a, c->v, n * sizeof *a);
            c->at.log_tau = before;
        }
    }
}

static void draw_size(struct epi__chain *c)
{
    if (!c->warm) {
        c->density = slice(c, at_size, 0, c->at.log_size, 0.8);
        return;
    }
    for (int i = 0; i < 2; i++) {
        double before = c->at.log_size;
        double then = at_size(c, before + c->scale_size * epi_rng_normal(&c->rng), 0);
        if (log(1.0 - epi_rng_unit(&c->rng)) < then - c->density)
            c->density = then;
        else
            c->at.log_size = before;
    }
}

/* --- Hamiltonian Monte Carlo ---------------------------------------------------------------------
 */
static void move(struct epi__chain *c, double by)
{
    const struct epi__smooth *m = c->m;
    double *q = c->at.q;
    memcpy(c->v, c->momentum, c->dim * sizeof *c->v);
    epi__smooth_backward(m, c->v);
    for (size_t t = 0; t < m->n; t++)
        q[t] += by * c->v[t];
    for (size_t i = 0; i < m->moved_n; i++)
        q[m->n + m->moved[i]] += by * c->v[m->n + i];
    for (size_t i = 0; i < m->w + m->u; i++)
        q[m->n + m->k + i] += by * c->v[m->n + m->moved_n + i];
}
static void push(struct epi__chain *c, double by)
{
    epi__smooth_gradient(c->m, &c->at, c->grad);
    epi__smooth_forward(c->m, c->grad);
    for (size_t i = 0; i < c->dim; i++)
        c->momentum[i] += by * c->grad[i];
}
static double kinetic(const struct epi__chain *c)
{
    double s = 0.0;
    for (size_t i = 0; i < c->dim; i++)
        s += c->momentum[i] * c->momentum[i];
    return 0.5 * s;
}

/* One trajectory; returns the probability of accepting its end. */
static double hamiltonian(struct epi__chain *c)
{
    const struct epi__smooth *m = c->m;
    size_t q_n = m->dim;
    for (size_t i = 0; i < c->dim; i++)
        c->momentum[i] = epi_rng_normal(&c->rng);
    memcpy(c->saved, c->at.q, q_n * sizeof *c->saved);
    double before = c->density - kinetic(c);
    double path = PATH * (0.7 + 0.6 * epi_rng_unit(&c->rng)), steps = ceil(path / c->step);
    steps = steps < STEPS_MAX ? steps : STEPS_MAX;
    push(c, 0.5 * c->step);
    for (double i = 1.0; i <= steps; i++) {
        move(c, c->step);
        push(c, i < steps ? c->step : 0.5 * c->step);
    }
    double after = epi__smooth_density(c->m, &c->at), gain = after - kinetic(c) - before;
    double accept = gain >= 0.0 ? 1.0 : exp(gain);
    if (!(accept >= 0.0)) /* a trajectory that left the numbers */
        accept = 0.0;
    if (epi_rng_unit(&c->rng) < accept)
        c->density = after;
    else
        memcpy(c->at.q, c->saved, q_n * sizeof *c->saved);
    return accept;
}

/* Hoffman and Gelman 2014, section 3.2: target 0.8. */
static void adapt(struct epi__chain *c, double accept)
{
    double round = (double)++c->rounds, rate = 1.0 / (round + 10.0);
    c->accept_gap += rate * (0.8 - accept - c->accept_gap);
    double log_step = -sqrt(round) / 0.05 * c->accept_gap, keep = pow(round, -0.75);
    log_step = log_step < 0.3 ? log_step : 0.3;
    c->log_mean += keep * (log_step - c->log_mean);
    c->step = exp(log_step);
}

double epi__chain_round(struct epi__chain *c)
{
    const struct epi__smooth *m = c->m;
    double accept = hamiltonian(c);
    epi__smooth_rows(c->m, c->at.q);
    for (size_t d = 0, next = 0; d < m->k; d++) {
        if (next < m->moved_n && m->moved[next] == d) {
            next++;
            continue;
        }
        double before = epi__smooth_density_share(c->m, &c->at, d);
        c->density += slice(c, at_share, d, c->at.q[m->n + d], 3.0) - before;
    }
    draw_tau(c);
    if (!m->poisson)
        draw_size(c);
    return accept;
}

/* --- start ---------------------------------------------------------------------------------------
 */
/* Newton steps to the centre given tau and size, no longer than 1 each so as to stay in reach. */
static void centre(struct epi__chain *c)
{
    double before = epi__smooth_density(c->m, &c->at);
    size_t q_n = c->m->dim;
    for (int i = 0; i < 20; i++) {
        epi__smooth_curvature(c->m, &c->at);
        epi__smooth_gradient(c->m, &c->at, c->grad);
        epi__smooth_forward(c->m, c->grad);
        double decrement = 0.0;
        for (size_t j = 0; j < c->dim; j++)
            decrement += c->grad[j] * c->grad[j];
        memcpy(c->momentum, c->grad, c->dim * sizeof *c->grad);
        memcpy(c->saved, c->at.q, q_n * sizeof *c->saved);
        double by = 1.0, after = 0.0;
        for (int half = 0; half < 20; half++, by *= 0.5) {
            memcpy(c->at.q, c->saved, q_n * sizeof *c->saved);
            move(c, by);
            after = epi__smooth_density(c->m, &c->at);
            if (after >= before)
                break;
        }
        if (!(after >= before)) {
            memcpy(c->at.q, c->saved, q_n * sizeof *c->saved);
            break;
        }
        before = after;
        if (decrement < 1e-4)
            break;
    }
    epi__smooth_curvature(c->m, &c->at);
    c->density = before;
}

void epi__chain_init(struct epi_arena *a, struct epi__smooth *m, uint64_t seed, size_t index,
                     struct epi__chain *c)
{
    size_t q_n = m->dim;
    *c = (struct epi__chain){.m = m, .dim = m->n + m->block, .step = 0.4};
    c->rng = epi_rng_stream(seed, "nowcast.smooth", index, 0);
    c->at.q = EPI_ARRAY(a, q_n, double);
    c->saved = EPI_ARRAY(a, q_n, double);
    c->grad = EPI_ARRAY(a, c->dim, double);
    c->momentum = EPI_ARRAY(a, c->dim, double);
    c->v = EPI_ARRAY(a, c->dim, double);
    double **walk[] = {&c->target, &c->weight, &c->walk_diag, &c->walk_low, &c->walk_mean};
    for (size_t i = 0; i < EPI_COUNT(walk); i++)
        *walk[i] = EPI_ARRAY(a, m->n, double);
}

/* 2.4 standard deviations, the best for one Gaussian unknown (Gelman, Roberts and Gilks 1996). */
static double metropolis_scale(const double *v, size_t n)
{
    double sd = sqrt(epi_variance(v, n));
    return 2.4 * (sd > 0.02 ? sd : 0.02);
}

/* Half of the warm-up finds the middle of tau, size and the rest, where the metric is taken; the
 * other half the step. */
void epi__chain_warm_up(struct epi_arena *a, struct epi__chain *c, size_t rounds)
{
    struct epi__smooth *m = c->m;
    size_t q_n = m->dim, half = rounds / 2, used = 0;
    struct epi__smooth_at mean = {EPI_ARRAY(a, q_n, double), 0.0, 0.0};
    double *tau = EPI_ARRAY(a, half, double), *size = EPI_ARRAY(a, half, double);
    centre(c);
    for (size_t i = 0; i < half; i++) {
        adapt(c, epi__chain_round(c));
        if (i < half / 3)
            continue;
        tau[used] = c->at.log_tau;
        size[used++] = c->at.log_size;
        for (size_t j = 0; j < q_n; j++)
            mean.q[j] += c->at.q[j];
    }
    for (size_t j = 0; j < q_n; j++)
        mean.q[j] /= (double)used;
    mean.log_tau = epi_mean(tau, used);
    mean.log_size = epi_mean(size, used);
    c->scale_tau = metropolis_scale(tau, used);
    c->scale_size = metropolis_scale(size, used);
    c->warm = true;
    epi__smooth_curvature(m, &mean);
    c->rounds = 0;
    c->accept_gap = c->log_mean = 0.0;
    for (size_t i = half; i < rounds; i++)
        adapt(c, epi__chain_round(c));
    c->step = exp(c->log_mean);
}
