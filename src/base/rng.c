// SPDX-License-Identifier: AGPL-3.0-or-later
#include "base/rng.h"
#include <Random123/philox.h>
#include <math.h>

static uint64_t mix(uint64_t h)
{
    /* SplitMix64's finisher (Steele, Lea, Flood 2014). */
    h = (h ^ (h >> 30)) * 0xbf58476d1ce4e5b9u;
    h = (h ^ (h >> 27)) * 0x94d049bb133111ebu;
    return h ^ (h >> 31);
}

struct epi_rng epi_rng_stream(uint64_t seed, const char *purpose, uint64_t a, uint64_t b)
{
    /* The seed is the key; 96 bits of counter name the stream, 32 count its blocks. Among 2^30
     * streams of one seed two share a name with probability 2^-37. */
    uint64_t name = epi_str_hash(epi_str_of(purpose));
    uint64_t high = mix(name + 0x9e3779b97f4a7c15u * mix(a + 0x632be59bd9b4e019u) + mix(b));
    uint64_t low =
        mix(high ^ mix(name ^ 0xd1b54a32d192ed03u) ^ mix(b + 0x2545f4914f6cdd1du) * 3 ^ a);
    struct epi_rng r = {.key = {(uint32_t)seed, (uint32_t)(seed >> 32)}};
    r.ctr[1] = (uint32_t)high;
    r.ctr[2] = (uint32_t)(high >> 32);
    r.ctr[3] = (uint32_t)low;
    return r;
}

static void refill(struct epi_rng *r)
{
    philox4x32_ctr_t ctr = {{r->ctr[0], r->ctr[1], r->ctr[2], r->ctr[3]}};
    philox4x32_key_t key = {{r->key[0], r->key[1]}};
    philox4x32_ctr_t out = philox4x32_R(10, ctr, key);
    for (int i = 0; i < 4; i++)
        r->out[i] = out.v[i];
    r->ctr[0]++;
    r->left = 4;
}

uint32_t epi_rng_u32(struct epi_rng *r)
{
    if (r->left == 0)
        refill(r);
    return r->out[4 - r->left--];
}

uint64_t epi_rng_u64(struct epi_rng *r)
{
    uint64_t high = epi_rng_u32(r);
    return high << 32 | epi_rng_u32(r);
}

/* Blocks do not depend on each other: eight at once keep the multipliers busy. */
#define BLOCKS 8
static void blocks(struct epi_rng *r, uint64_t *ret)
{
    uint32_t key0 = r->key[0], key1 = r->key[1], x[4][BLOCKS];
    for (uint32_t b = 0; b < BLOCKS; b++) {
        x[0][b] = r->ctr[0] + b;
        for (int i = 1; i < 4; i++)
            x[i][b] = r->ctr[i];
    }
    for (int round = 0; round < 10; round++) {
        for (int b = 0; b < BLOCKS; b++) {
            uint64_t p0 = (uint64_t)PHILOX_M4x32_0 * x[0][b],
                     p1 = (uint64_t)PHILOX_M4x32_1 * x[2][b];
            uint32_t y0 = (uint32_t)(p1 >> 32) ^ x[1][b] ^ key0,
                     y2 = (uint32_t)(p0 >> 32) ^ x[3][b] ^ key1;
            x[0][b] = y0;
            x[1][b] = (uint32_t)p1;
            x[2][b] = y2;
            x[3][b] = (uint32_t)p0;
        }
        key0 += PHILOX_W32_0;
        key1 += PHILOX_W32_1;
    }
    for (int b = 0; b < BLOCKS; b++) {
        ret[2 * b] = (uint64_t)x[0][b] << 32 | x[1][b];
        ret[2 * b + 1] = (uint64_t)x[2][b] << 32 | x[3][b];
    }
    r->ctr[0] += BLOCKS;
}

void epi_rng_fill(struct epi_rng *r, uint64_t *ret, size_t n)
{
    while (n > 0) {
        if (r->left > 0 || n < (size_t)2 * BLOCKS) {
            *ret++ = epi_rng_u64(r);
            n--;
            continue;
        }
        blocks(r, ret);
        ret += 2 * BLOCKS;
        n -= (size_t)2 * BLOCKS;
    }
}

double epi_rng_unit(struct epi_rng *r)
{
    return (double)(epi_rng_u64(r) >> 11) * 0x1p-53;
}

uint64_t epi_rng_below(struct epi_rng *r, uint64_t n)
{
    EPI_ASSERT(n > 0);
    if (n <= UINT32_MAX) {
        /* Lemire 2019: multiply and reject the few products that would favour low results. */
        uint32_t n32 = (uint32_t)n, threshold = (0u - n32) % n32;
        uint64_t product;
        do
            product = (uint64_t)epi_rng_u32(r) * n32;
        while ((uint32_t)product < threshold);
        return product >> 32;
    }
    uint64_t threshold = (0u - n) % n, v;
    do
        v = epi_rng_u64(r);
    while (v < threshold);
    return v % n;
}

int64_t epi_rng_between(struct epi_rng *r, int64_t lo, int64_t hi)
{
    EPI_ASSERT(lo <= hi);
    uint64_t span = (uint64_t)hi - (uint64_t)lo;
    uint64_t step = span == UINT64_MAX ? epi_rng_u64(r) : epi_rng_below(r, span + 1);
    return (int64_t)((uint64_t)lo + step);
}

bool epi_rng_chance(struct epi_rng *r, double p)
{
    return epi_rng_unit(r) < p;
}

double epi_rng_normal(struct epi_rng *r)
{
    double radius = sqrt(-2.0 * log(1.0 - epi_rng_unit(r)));
    return radius * cos(2.0 * M_PI * epi_rng_unit(r));
}

double epi_rng_exp(struct epi_rng *r, double mean)
{
    return -mean * log(1.0 - epi_rng_unit(r));
}

/* Hormann 1993, "The transformed rejection method for generating Poisson random variables", PTRS.
 */
static uint64_t poisson_large(struct epi_rng *r, double mean)
{
    double root = sqrt(mean), log_mean = log(mean);
    double b = 0.931 + 2.53 * root, a = -0.059 + 0.02483 * b;
    double inv_alpha = 1.1239 + 1.1328 / (b - 3.4), v_r = 0.9277 - 3.6224 / (b - 2.0);
    for (;;) {
        double u = epi_rng_unit(r) - 0.5, v = 1.0 - epi_rng_unit(r);
        double us = 0.5 - fabs(u), k = floor((2.0 * a / us + b) * u + mean + 0.43);
        if (us >= 0.07 && v <= v_r)
            return (uint64_t)k;
        if (k < 0.0 || (us < 0.013 && v > us))
            continue;
        int sign;
        if (log(v) + log(inv_alpha) - log(a / (us * us) + b) <=
            k * log_mean - mean - lgamma_r(k + 1.0, &sign))
            return (uint64_t)k;
    }
}

uint64_t epi_rng_poisson(struct epi_rng *r, double mean)
{
    EPI_ASSERT(mean >= 0.0 && mean <= 1e6);
    if (mean >= 10.0)
        return poisson_large(r, mean);
    /* Knuth: count uniforms until their product falls below e^-mean. */
    double limit = exp(-mean), product = 1.0 - epi_rng_unit(r);
    uint64_t k = 0;
    for (; product > limit; k++)
        product *= 1.0 - epi_rng_unit(r);
    return k;
}

double epi_rng_gamma(struct epi_rng *r, double shape, double scale)
{
    EPI_ASSERT(shape > 0.0 && scale > 0.0);
    double boost = 1.0;
    if (shape < 1.0) { /* Gamma(a) = Gamma(a + 1) U^(1/a), section 6 of the paper */
        boost = pow(1.0 - epi_rng_unit(r), 1.0 / shape);
        shape += 1.0;
    }
    double d = shape - 1.0 / 3.0, c = 1.0 / sqrt(9.0 * d);
    for (;;) {
        double x = epi_rng_normal(r), v = 1.0 + c * x;
        if (v <= 0.0)
            continue;
        v = v * v * v;
        if (log(1.0 - epi_rng_unit(r)) < 0.5 * x * x + d - d * v + d * log(v))
            return d * v * boost * scale;
    }
}

size_t epi_rng_weighted(struct epi_rng *r, const double *weights, size_t n)
{
    double sum = 0.0;
    size_t last = 0;
    for (size_t i = 0; i < n; i++) {
        sum += weights[i];
        if (weights[i] > 0.0)
            last = i;
    }
    EPI_ASSERT(sum > 0.0);
    double at = epi_rng_unit(r) * sum;
    for (size_t i = 0; i < last; i++) {
        if (at < weights[i])
            return i;
        at -= weights[i];
    }
    return last;
}
