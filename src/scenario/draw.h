/* draw.h - keyed random numbers of a run, inlined: Philox4x32-10 (Salmon et al. 2011).
 *
 * A draw is named by (seed, subject, day, purpose); it yields as many numbers as asked. The same
 * name gives the same numbers in every run, whoever asks and when. */
#ifndef EPI_SCENARIO_DRAW_H
#define EPI_SCENARIO_DRAW_H
#include <Random123/philox.h>
#include <math.h>

enum epi__purpose {
    EPI__DRAW_MEET = 1, /* contacts that may transmit, of a whole infection */
    EPI__DRAW_PASS,     /* contacts that do not, of a day */
    EPI__DRAW_COURSE,
    EPI__DRAW_SEEK,
    EPI__DRAW_SAMPLE,
    EPI__DRAW_KEEP,
    EPI__DRAW_TRACE,
    EPI__DRAW_SCREEN,
    EPI__DRAW_VACCINE,
    EPI__DRAW_ARRIVE,
    EPI__DRAW_CARE,
    EPI__DRAW_START,
    EPI__DRAW_WATER,
    EPI__DRAW_SITE,
    EPI__DRAW_STAY_MEET, /* contacts of those who stay together that may, of a day */
    EPI__DRAW_COME,
    EPI__DRAW_GATHER,            /* and one further for each gathering: the last of the list */
    EPI__DRAW_PAST = 0x40000000, /* the start from a register */
    EPI__DRAW_PAST_HIDDEN,
    EPI__DRAW_FIT,       /* a home fit for quarantine */
    EPI__DRAW_STAY_PASS, /* contacts of those who stay together that do not transmit, of a day */
    EPI__DRAW_ADMIT,
};
#define EPI__DRAW_LAYER 0x10000U /* added to a purpose: another stream of the same kind */
struct epi__draw {
    philox4x32_ctr_t ctr, out;
    philox4x32_key_t key;
    uint32_t left;
};
static inline struct epi__draw epi__draw(uint64_t seed, uint32_t subject, uint32_t day,
                                         enum epi__purpose purpose)
{
    return (struct epi__draw){.ctr = {{subject, day, (uint32_t)purpose, 0}},
                              .key = {{(uint32_t)seed, (uint32_t)(seed >> 32)}}};
}
static inline uint32_t epi__next(struct epi__draw *d)
{
    if (d->left == 0) {
        d->out = philox4x32(d->ctr, d->key);
        d->ctr.v[3]++;
        d->left = 4;
    }
    return d->out.v[4 - d->left--];
}
/* In (0, 1), never an end. */
static inline float epi__unit(struct epi__draw *d)
{
    return ((float)(epi__next(d) >> 9) + 0.5F) * 0x1p-23F;
}
static inline bool epi__chance(struct epi__draw *d, double p)
{
    return (double)epi__next(d) < p * 0x1p32;
}
static inline uint32_t epi__below(struct epi__draw *d, uint32_t n) /* n >= 1; bias below n / 2^32 */
{
    return (uint32_t)(((uint64_t)epi__next(d) * n) >> 32);
}
/* A Poisson number by inversion; large means in pieces. */
static inline uint32_t epi__poisson(struct epi__draw *d, float mean)
{
    uint32_t k = 0;
    while (mean > 16) {
        float p = 1.125351747e-7F, u = epi__unit(d); /* exp(-16) */
        for (uint32_t j = 1; u > p && j < 100; j++, k++) {
            u -= p;
            p *= 16.0F / (float)j;
        }
        mean -= 16;
    }
    float u = epi__unit(d);
    if (u <= 1 - mean) /* exp(-mean) >= 1 - mean: none, and no exponential needed */
        return k;
    float p = expf(-mean);
    for (uint32_t j = 1; u > p && j < 100; j++, k++) {
        u -= p;
        p *= mean / (float)j;
    }
    return k;
}
static inline float epi__gauss(struct epi__draw *d)
{
    float u = epi__unit(d), v = epi__unit(d);
    return sqrtf(-2 * logf(u)) * cosf(6.28318531F * v);
}
#endif
