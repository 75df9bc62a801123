/* scan_lanes.h - the sweep over circles and intervals for EPI__SCAN_LANES replications at once.
 * Included by scan_lanes.c alone, for each width of count: LANE, VECTOR and NAME(x) are defined
 * there, and so are the structs. No include guard: it is meant to be included twice. */

typedef LANE VECTOR __attribute__((vector_size(EPI__SCAN_LANES * sizeof(LANE)), may_alias));

/* The counts of one group of replications, cumulative in time: [unit][interval][lane]. */
static void NAME(fill)(struct group *g, size_t first, size_t n)
{
    const struct epi__scan_plan *p = g->plan;
    size_t cells = p->units * p->times;
    LANE *counts = g->counts;
    memset(counts, 0, cells * EPI__SCAN_LANES * sizeof *counts);
    for (size_t lane = 0; lane < n; lane++) {
        size_t drawn = epi__scan_draw(p, g->seed, first + lane, g->urn, g->drawn);
        for (size_t i = 0; i < drawn; i++)
            if (g->drawn[i] < cells)
                counts[g->drawn[i] * EPI__SCAN_LANES + lane]++;
    }
    for (size_t i = 0; i < p->units; i++) {
        VECTOR *v = (VECTOR *)counts + i * p->times;
        for (size_t t = 1; t < p->times; t++)
            v[t] += v[t - 1];
    }
}

static ALWAYS bool NAME(any)(const VECTOR *v)
{
    uint64_t bits[sizeof(VECTOR) / sizeof(uint64_t)], all = 0;
    memcpy(bits, v, sizeof bits);
    for (size_t i = 0; i < EPI_COUNT(bits); i++)
        all |= bits[i];
    return all != 0;
}

/* A circle in which some cylinder passed the common threshold: find which, and in whose lane. */
static ALWAYS void NAME(look_closer)(struct group *g, const VECTOR *cumulative, double mass)
{
    const struct epi__scan_plan *p = g->plan;
    for (size_t length = 1; length <= p->max_length; length++)
        for (size_t a = p->to_the_end ? p->times - length : 0; a + length <= p->times; a++) {
            double e = epi__scan_expected(p, mass, g->cells, a, a + length);
            int32_t bin = epi__scan_bin(&g->thresholds, (float)e);
            VECTOR count = cumulative[a + length] - cumulative[a],
                   over = count > (LANE)g->common[bin];
            if (!NAME(any)(&over))
                continue;
            for (size_t lane = 0; lane < EPI__SCAN_LANES; lane++)
                if (count[lane] > g->below[lane][bin])
                    better(g, lane, (double)count[lane], e);
        }
}

static ALWAYS void NAME(sweep)(struct group *g)
{
    const struct epi__scan_plan *p = g->plan;
    const struct epi__circles *z = &p->circles;
    VECTOR *cumulative = g->cumulative; /* of the circle: [interval + 1][lane] */
    for (size_t centre = 0; centre < p->units; centre++) {
        double mass = 0;
        memset(cumulative, 0, (p->times + 1) * sizeof *cumulative);
        memset(g->cells, 0, (p->times + 1) * sizeof *g->cells);
        for (size_t k = z->start[centre]; k < z->start[centre + 1]; k++) {
            size_t unit = z->near[k];
            const VECTOR *counts = (const VECTOR *)g->counts + unit * p->times;
            VECTOR over = {0};
            for (size_t t = 0; t < p->times; t++)
                cumulative[t + 1] += counts[t];
            for (size_t t = 0; p->cell && t < p->times; t++)
                g->cells[t + 1] += p->cell[unit * p->times + t];
            mass += p->mass[unit];
            if (!z->closed[k])
                continue;
            for (size_t length = 1; length <= p->max_length; length++) {
                size_t a = p->to_the_end ? p->times - length : 0;
                float e = (float)epi__scan_expected(p, mass, g->cells, a, a + length);
                LANE most = (LANE)g->common[epi__scan_bin(&g->thresholds, e)];
                for (; a + length <= p->times; a++) {
                    if (!p->even) {
                        e = (float)epi__scan_expected(p, mass, g->cells, a, a + length);
                        most = (LANE)g->common[epi__scan_bin(&g->thresholds, e)];
                    }
                    over |= (cumulative[a + length] - cumulative[a]) > most;
                }
            }
            if (NAME(any)(&over))
                NAME(look_closer)(g, cumulative, mass);
        }
    }
}

static void NAME(sweep_plain)(struct group *g)
{
    NAME(sweep)(g);
}
#ifdef __x86_64__
__attribute__((target("avx2"))) static void NAME(sweep_avx2)(struct group *g)
{
    NAME(sweep)(g);
}
#endif

static void NAME(run)(struct group *g, size_t first, size_t n)
{
    NAME(fill)(g, first, n);
#ifdef __x86_64__
    if (__builtin_cpu_supports("avx2")) {
        NAME(sweep_avx2)(g);
        return;
    }
#endif
    NAME(sweep_plain)(g);
}
