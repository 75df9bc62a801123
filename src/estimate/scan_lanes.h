/* scan_lanes.h - the sweep over circles and intervals for EPI__SCAN_LANES replications at once.
 * Included by scan_lanes.c alone, for each width of count (LANE) and of the processor's vectors
 * (WIDTH bytes: compilers take wider ones apart, badly); NAME(x) and TARGET are defined there, and
 * so are the structs. No include guard: it is meant to be included several times. */
#define VECTOR NAME(vector)
#define PARTS (EPI__SCAN_LANES * sizeof(LANE) / WIDTH) /* vectors of one number of all lanes */

typedef LANE VECTOR __attribute__((vector_size(WIDTH), may_alias));

/* Whether any bit is set, once PARTS vectors are one. */
static inline __attribute__((always_inline)) bool NAME(any)(VECTOR *v)
{
    uint64_t bits[WIDTH / sizeof(uint64_t)], all = 0;
    for (size_t h = 1; h < PARTS; h++)
        v[0] |= v[h];
    memcpy(bits, v, sizeof bits);
    for (size_t i = 0; i < EPI_COUNT(bits); i++)
        all |= bits[i];
    return all != 0;
}

/* Of one window: the lanes above the common threshold, each beside its own. */
TARGET static void NAME(look_closer)(struct group *g, const VECTOR *cumulative, double mass)
{
    const struct epi__scan_plan *p = g->plan;
    for (size_t length = 1; length <= p->max_length; length++)
        for (size_t a = p->to_the_end ? p->times - length : 0; a + length <= p->times; a++) {
            double e = epi__scan_expected(p, mass, g->cells, a, a + length);
            int32_t bin = epi__scan_bin(&g->thresholds, (float)e);
            const VECTOR *from = cumulative + a * PARTS, *to = from + length * PARTS;
            VECTOR count[PARTS], over[PARTS];
            LANE most = g->NAME(common)[bin], of[EPI__SCAN_LANES];
            for (size_t h = 0; h < PARTS; h++) {
                count[h] = to[h] - from[h];
                over[h] = count[h] > most;
            }
            uint64_t word[EPI__SCAN_LANES * sizeof(LANE) /
                          sizeof(uint64_t)]; /* lanes of a word: four or two */
            enum { IN_WORD = sizeof(uint64_t) / sizeof(LANE) };
            memcpy(word, over, sizeof word);
            if (!NAME(any)(over))
                continue;
            memcpy(of, count, sizeof of);
            for (size_t lane = 0; lane < EPI__SCAN_LANES; lane += IN_WORD)
                for (size_t k = lane; word[lane / IN_WORD] && k < lane + IN_WORD; k++)
                    if (of[k] > most && of[k] > g->below[k][bin])
                        better(g, k, (double)of[k], e);
        }
}

/* The lanes in which some window of a circle is above the common threshold. */
static inline __attribute__((always_inline)) bool
NAME(above)(const struct group *g, const VECTOR *cumulative, const uint16_t *bins, double mass)
{
    const struct epi__scan_plan *p = g->plan;
    const LANE *common = g->NAME(common);
    size_t times = p->times, longest = p->max_length;
    VECTOR over[PARTS] = {0};
    if (bins && p->to_the_end) {
        const VECTOR *to = cumulative + times * PARTS, *from = to - PARTS;
        for (size_t length = 1; length <= longest; length++, from -= PARTS)
            for (size_t h = 0; h < PARTS; h++)
                over[h] |= (to[h] - from[h]) > common[bins[length - 1]];
        return NAME(any)(over);
    }
    for (size_t length = 1; bins && length <= longest; length++) {
        LANE most = common[bins[length - 1]];
        const VECTOR *from = cumulative, *to = cumulative + length * PARTS;
        for (size_t n = (times + 1 - length) * PARTS; n > 0; n -= PARTS, from += PARTS, to += PARTS)
            for (size_t h = 0; h < PARTS; h++)
                over[h] |= (to[h] - from[h]) > most;
    }
    for (size_t length = 1; !bins && length <= longest; length++)
        for (size_t a = p->to_the_end ? times - length : 0; a + length <= times; a++) {
            const VECTOR *from = cumulative + a * PARTS, *to = from + length * PARTS;
            float e = (float)epi__scan_expected(p, mass, g->cells, a, a + length);
            LANE most = common[epi__scan_bin(&g->thresholds, e)];
            for (size_t h = 0; h < PARTS; h++)
                over[h] |= (to[h] - from[h]) > most;
        }
    return NAME(any)(over);
}

/* One interval, so that the counts of a circle stay in registers. */
TARGET static void NAME(sweep_space)(struct group *g)
{
    const struct epi__scan_plan *p = g->plan;
    const struct epi__circles *z = &p->circles;
    const uint16_t *bins = g->bins;
    VECTOR *cumulative = g->cumulative;
    memset(cumulative, 0, PARTS * sizeof *cumulative);
    for (size_t centre = 0; centre < p->units; centre++) {
        double mass = 0;
        VECTOR sum[PARTS] = {0};
        for (size_t k = z->start[centre]; k < z->start[centre + 1]; k++) {
            const VECTOR *counts = (const VECTOR *)g->counts + z->near[k] * PARTS;
            VECTOR over[PARTS];
            for (size_t h = 0; h < PARTS; h++)
                sum[h] += counts[h];
            mass += p->mass[z->near[k]];
            if (!z->closed[k])
                continue;
            LANE most = g->NAME(common)[*bins++];
            for (size_t h = 0; h < PARTS; h++)
                over[h] = sum[h] > most;
            if (!NAME(any)(over))
                continue;
            memcpy(cumulative + PARTS, sum, sizeof sum);
            NAME(look_closer)(g, cumulative, mass);
        }
    }
}

TARGET static void NAME(sweep)(struct group *g)
{
    if (g->plan->times == 1 && g->bins && g->plan->share) {
        NAME(sweep_space)(g);
        return;
    }
    const struct epi__scan_plan *p = g->plan;
    const struct epi__circles *z = &p->circles;
    VECTOR *cumulative = g->cumulative; /* of the circle: [interval + 1][lane] */
    const uint16_t *bins = g->bins;
    size_t times = p->times;
    for (size_t centre = 0; centre < p->units; centre++) {
        double mass = 0;
        memset(cumulative, 0, (times + 1) * PARTS * sizeof *cumulative);
        memset(g->cells, 0, (times + 1) * sizeof *g->cells);
        for (size_t k = z->start[centre]; k < z->start[centre + 1]; k++) {
            size_t unit = z->near[k];
            const VECTOR *counts = (const VECTOR *)g->counts + unit * times * PARTS;
            for (size_t t = 0; t < times * PARTS; t++)
                cumulative[PARTS + t] += counts[t];
            for (size_t t = 0; p->cell && t < times; t++)
                g->cells[t + 1] += p->cell[unit * times + t];
            mass += p->mass[unit];
            if (!z->closed[k])
                continue;
            if (NAME(above)(g, cumulative, bins, mass))
                NAME(look_closer)(g, cumulative, mass);
            bins += bins ? p->max_length : 0;
        }
    }
}
#undef VECTOR
#undef PARTS
