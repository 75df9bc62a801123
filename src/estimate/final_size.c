// SPDX-License-Identifier: AGPL-3.0-or-later
#include "estimate/final_size.h"
#include "estimate/offspring.h"
#include "stats/stats.h"

double epi_final_size(double r0, double susceptible)
{
    /* The same equation as that of a branching process with Poisson offspring. */
    return epi_epidemic_probability(r0 * susceptible, INFINITY);
}

struct work {
    const struct epi_final_size_model *m;
    double *mixing;          /* times R0 / largest eigenvalue */
    double *reached, *slope; /* by age: sum over groups of p (1 - exp(-s L)), and its derivative */
    double *jacobian, *step;
};

static void respond(const struct work *w, const double *force)
{
    for (size_t j = 0; j < w->m->ages; j++) {
        w->reached[j] = w->slope[j] = 0;
        for (size_t h = 0; h < w->m->groups; h++) {
            double s = w->m->susceptibility[j * w->m->groups + h],
                   p = w->m->share[j * w->m->groups + h];
            w->reached[j] -= p * expm1(-s * force[j]);
            w->slope[j] += p * s * exp(-s * force[j]);
        }
    }
}

static double pressure(const struct work *w, size_t i)
{
    double sum = 0;
    for (size_t j = 0; j < w->m->ages; j++)
        sum += w->mixing[i * w->m->ages + j] * w->reached[j];
    return sum;
}

/* Solves (1 - J) x = b in place; false when a pivot is not positive: then J has an eigenvalue of 1
 * or more. Such a matrix needs no pivoting. */
static bool solve(double *j, double *b, size_t n)
{
    for (size_t i = 0; i < n * n; i++)
        j[i] = (i % (n + 1) == 0 ? 1 : 0) - j[i];
    for (size_t k = 0; k < n; k++) {
        if (!(j[k * n + k] > 0))
            return false;
        for (size_t i = k + 1; i < n; i++) {
            double ratio = j[i * n + k] / j[k * n + k];
            if (ratio == 0)
                continue;
            for (size_t c = k; c < n; c++)
                j[i * n + c] -= ratio * j[k * n + c];
            b[i] -= ratio * b[k];
        }
    }
    for (size_t k = n; k-- > 0;) {
        for (size_t c = k + 1; c < n; c++)
            b[k] -= j[k * n + c] * b[c];
        b[k] /= j[k * n + k];
    }
    return true;
}

#define ROUNDS_MAX 500
static void descend(const struct work *w, double *force)
{
    const size_t n = w->m->ages;
    double *j = w->jacobian, *step = w->step;
    for (int round = 0; round < ROUNDS_MAX; round++) {
        bool moved = false;
        respond(w, force);
        for (size_t i = 0; i < n; i++) {
            step[i] = force[i] - pressure(w, i);
            for (size_t k = 0; k < n; k++)
                j[i * n + k] = w->mixing[i * n + k] * w->slope[k];
        }
        bool newton = solve(j, step, n);
        for (size_t i = 0; i < n; i++) {
            double plain = pressure(w, i), next = newton ? force[i] - step[i] : plain;
            /* Never above the plain step, never below 0. */
            next = next <= plain && next >= 0 ? next : plain;
            moved = moved || fabs(next - force[i]) > 1e-15 * force[i];
            force[i] = next;
        }
        if (!moved)
            return;
    }
}

void epi_final_size_ages(struct epi_arena *a, const struct epi_final_size_model *m,
                         const double *r0, size_t n, double *ret_effective, double *ret)
{
    struct epi_arena_mark mark = epi_arena_mark(a);
    const size_t ages = m->ages, cells = ages * m->groups;
    struct work w = {.m = m,
                     .mixing = EPI_ARRAY(a, ages * ages, double),
                     .reached = EPI_ARRAY(a, ages, double),
                     .slope = EPI_ARRAY(a, ages, double),
                     .jacobian = EPI_ARRAY(a, ages * ages, double),
                     .step = EPI_ARRAY(a, ages, double)};
    double *force = EPI_ARRAY(a, ages, double), largest = epi_dominant(a, m->mixing, ages, NULL);
    respond(&w, force);
    for (size_t i = 0; i < ages * ages; i++)
        w.mixing[i] = m->mixing[i] * w.slope[i % ages];
    double effective = epi_dominant(a, w.mixing, ages, NULL) / largest;
    for (size_t k = 0; k < n; k++, ret += cells) {
        ret_effective[k] = largest > 0 ? r0[k] * effective : (double)NAN;
        for (size_t c = 0; c < cells; c++)
            ret[c] = largest > 0 ? 0 : (double)NAN;
        if (!(ret_effective[k] > 1))
            continue;
        for (size_t i = 0; i < ages * ages; i++)
            w.mixing[i] = m->mixing[i] * (r0[k] / largest);
        for (size_t i = 0; i < ages; i++)
            w.reached[i] = 1;
        for (size_t i = 0; i < ages; i++)
            force[i] = pressure(&w, i);
        descend(&w, force);
        for (size_t c = 0; c < cells; c++)
            ret[c] = -expm1(-m->susceptibility[c] * force[c / m->groups]);
    }
    epi_arena_release(a, mark);
}

static double asymmetry(const double *c, const double *people, size_t n, bool weigh)
{
    double off = 0, all = 0;
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j < i; j++) {
            double u = c[i * n + j] * (weigh ? people[i] : 1),
                   v = c[j * n + i] * (weigh ? people[j] : 1);
            double scale = weigh ? 1 : people[i] * people[j];
            off += fabs(u - v) * scale;
            all += (u + v) * scale;
        }
    return all > 0 ? off / all : 0;
}

void epi_final_size_asymmetry(const double *c, const double *people, size_t ages,
                              double *ret_contacts, double *ret_per_person)
{
    *ret_contacts = asymmetry(c, people, ages, true);
    *ret_per_person = asymmetry(c, people, ages, false);
}
