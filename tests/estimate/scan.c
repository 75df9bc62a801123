// SPDX-License-Identifier: AGPL-3.0-or-later
/* Scan statistics beside SaTScan and SpatialEpi. */
#include "agree.h"
#include "estimate/scan.h"
#include <stdlib.h>

static double number(const struct epi_frame *f, const char *column, size_t row)
{
    const double *v = epi_frame_numbers(f, column);
    return v && row < f->rows ? v[row] : (double)NAN;
}

static epi_str text(const struct epi_frame *f, const char *column, size_t row)
{
    const struct epi_column *c = epi_frame_column(f, column);
    return c && c->words && row < f->rows ? c->words[row] : EPI_NIL;
}

static int by_text(const void *x, const void *y)
{
    const epi_str *a = x, *b = y;
    size_t n = a->n < b->n ? a->n : b->n;
    int d = memcmp(a->p, b->p, n);
    return d ? d : (a->n > b->n) - (a->n < b->n);
}

/* The units of a cluster as one text, sorted. */
static epi_str members(struct agree *g, epi_str list, char by)
{
    epi_str part, rest = list, *parts = EPI_ARRAY(agree_arena(g), list.n + 1, epi_str);
    size_t n = 0;
    EPI_BUF_LOCAL(b, SIZE_MAX);
    while (epi_str_split(&rest, by, &part))
        parts[n++] = part;
    qsort(parts, n, sizeof *parts, by_text);
    for (size_t i = 0; i < n; i++)
        epi_buf_printf(&b, "%s%.*s", i ? " " : "", EPI_FMT(parts[i]));
    return epi_str_dup(agree_arena(g), epi_buf_str(&b));
}

/* What a p of n replications may be off, both sides being simulated. */
static double error(double p, double n, double theirs)
{
    return sqrt(p * (1 - p) * (1 / n + 1 / theirs)) + 1 / n;
}

/* A p beyond the replications is exp(-(x - location) / scale); location and scale carry the error
 * of the mean and of the standard deviation of the maxima (1.1 / n of its square: kurtosis 5.4). */
static double error_gumbel(double p, double llr, double location, double scale, double n)
{
    double z = (llr - location) / scale;
    return p * z * sqrt(2 * 1.1 / n);
}

/* Ours of the same place and time as theirs; SIZE_MAX when there is none. */
static size_t same(struct agree *g, const struct epi_frame *ours, const struct epi_frame *want,
                   size_t row)
{
    epi_str theirs = members(g, text(want, "members", row), ' ');
    for (size_t i = 0; i < ours->rows; i++) {
        double from = number(ours, "from", i);
        bool now =
            isnan(from) || text(want, "time_frame", row).n == 0 ||
            epi_str_eq(text(want, "time_frame", row),
                       epi_str_printf(agree_arena(g), "%.0f to %.0f", from, number(ours, "to", i)));
        if (now && epi_str_eq(members(g, text(ours, "units", i), ';'), theirs))
            return i;
    }
    return SIZE_MAX;
}

/* Where LLRs of small counts are equal, many replications are equal to them too. Rounding splits
 * theirs (0.42 and 0.67 for one and the same LLR); the p that counts those as large is the greater.
 */
static double theirs_p(const struct epi_frame *want, size_t row)
{
    double p = 0;
    for (size_t i = 0; i < want->rows; i++)
        if (number(want, "LLR", i) == number(want, "LLR", row))
            p = fmax(p, number(want, "p_value", i));
    return p;
}

/* Printed with two or six decimals there. */
static void cluster(struct agree *g, const struct epi_estimate *e, size_t ours,
                    const struct epi_frame *want, size_t row)
{
    static const struct {
        const char *ours, *theirs;
        double tolerance;
    } printed[] = {{"observed", "cases", 0},
                   {"n_units", "n_locations", 0},
                   {"expected", "expected", 5.001e-3},
                   {"ratio", "obs_exp", 5.001e-3},
                   {"llr", "LLR", 5.001e-7}};
    for (size_t k = 0; k < EPI_COUNT(printed); k++) {
        double got = number(&e->rows, printed[k].ours, ours),
               theirs = number(want, printed[k].theirs, row);
        agree_abs(g, printed[k].ours, &got, &theirs, 1, printed[k].tolerance);
    }
    double risk[] = {number(&e->rows, "relative_risk", ours), number(want, "relative_risk", row)};
    agree_abs(g, "relative risk", &risk[0], &risk[1], 1, 5.001e-3);
    const char *full[][2] = {{"llr", "LLR_full_precision"},
                             {"expected", "expected_full_precision"}};
    for (size_t k = 0; k < EPI_COUNT(full); k++)
        if (!isnan(number(want, full[k][1], row)))
            agree_one(g, full[k][0], number(&e->rows, full[k][0], ours),
                      number(want, full[k][1], row), 1e-8);
    epi_str frame = text(want, "time_frame", row), from = EPI_NIL;
    if (frame.n) {
        (void)epi_str_split(&frame, ' ', &from);
        double got[] = {number(&e->rows, "from", ours), number(&e->rows, "to", ours)},
               theirs[] = {strtod(epi_str_cz(agree_arena(g), from), NULL),
                           strtod(epi_str_cz(agree_arena(g), frame) + strlen("to "), NULL)};
        agree_abs(g, "time", got, theirs, 2, 0);
    }
    double p = number(&e->rows, "p_value", ours), theirs = theirs_p(want, row),
           n = number(&e->values, "replications", 0), reference = agree_number(g, "monte_carlo"),
           err = theirs < 1 / (n + 1) ? error_gumbel(theirs, number(&e->rows, "llr", ours),
                                                     number(&e->values, "gumbel_location", 0),
                                                     number(&e->values, "gumbel_scale", 0), n)
                                      : error(theirs, n, reference);
    agree_within(g, "p", &p, &theirs, &err, 1, 3);
}

/* Persons are whole there. */
static const struct epi_frame *whole_persons(struct agree *g, const struct epi_frame *places)
{
    struct epi_frame *ret = EPI_NEW(agree_arena(g), struct epi_frame);
    size_t *rows = EPI_ARRAY(agree_arena(g), places->rows + 1, size_t);
    for (size_t i = 0; i < places->rows; i++)
        rows[i] = i;
    epi_frame_pick(agree_arena(g), places, rows, places->rows, ret);
    const struct epi_column *c = epi_frame_column(ret, "population");
    for (size_t i = 0; c && c->v && i < ret->rows; i++)
        c->v[i] = round(c->v[i]);
    return ret;
}

static const char *analysis(struct agree *g)
{
    const char *a = agree_param(g, "analysis");
    return strncmp(a, "pro", 3) == 0   ? "prospective"
           : strncmp(a, "ret", 3) == 0 ? "retrospective"
                                       : "spatial";
}

/* Quantiles of the maxima, by the share of ours above theirs. */
static void critical(struct agree *g, const struct epi_estimate *e, const char *q95,
                     const char *q99)
{
    double n = number(&e->values, "replications", 0);
    const char *names[][2] = {{"llr_05", q95}, {"llr_01", q99}};
    for (size_t k = 0; k < 2; k++) {
        double got = number(&e->values, names[k][0], 0), want = agree_number(g, names[k][1]),
               p = k ? 0.01 : 0.05, scale = number(&e->values, "gumbel_scale", 0),
               /* the density there is p / scale, by the Gumbel distribution */
            err = sqrt(2 * p * (1 - p) / n) * scale / p;
        agree_within(g, names[k][0], &got, &want, &err, 1, 3);
    }
}

AGREE(scan_satscan)
{
    EACH_CASE(g)
    {
        const struct epi_frame *places = agree_table(g, "input_locations.csv"),
                               *want = agree_table(g, "expected.csv");
        bool apart = agree_has(g, "input_cases.csv");
        const struct epi_frame *in = apart ? agree_table(g, "input_cases.csv") : places;
        size_t before = 0;
        places = whole_persons(g, places);
        const char *model = agree_param(g, "model"), *which = analysis(g);
        bool permutation = strncmp(model, "space-time", 10) == 0;
        const char *method = permutation                           ? "permutation"
                             : strncmp(model, "Bernoulli", 9) == 0 ? "bernoulli"
                                                                   : "poisson";
        bool timed = strcmp(which, "spatial") != 0;
        const struct epi_estimate *e =
            agree_run(g, "scan", method, in, "analysis", which, "max-space",
                      agree_param(g, "max_spatial_percent"), "max-time",
                      timed ? agree_param(g, "max_temporal_percent") : NULL, "from",
                      timed ? "1" : NULL, "to", timed ? agree_param(g, "n_time_intervals") : NULL,
                      "min-cases", agree_param(g, "min_cases_high_rate"), "replications",
                      agree_param(g, "monte_carlo"), "clusters", "1000", "overlap", "other-times",
                      apart ? "@places" : "seed", apart ? (const void *)places : "2", NULL);
        for (size_t i = 0; e && i < want->rows; i++) {
            size_t ours = same(g, &e->rows, want, i);
            if (ours == SIZE_MAX)
                agree_fail(g, "cluster %zu of theirs is not among ours", i + 1);
            else
                cluster(g, e, ours, want, i);
            /* their list leaves some of ours out, but has the same order; ties may stand otherwise
             */
            double llr = ours == SIZE_MAX ? (double)NAN : number(&e->rows, "llr", ours);
            if (i > 0 && ours < before && llr < number(want, "LLR", i - 1) - 1e-6)
                agree_fail(g, "cluster %zu of theirs comes earlier", i + 1);
            before = ours;
        }
        if (e)
            critical(g, e, "sim_max_LLR_q95", "sim_max_LLR_q99");
    }
}

/* --- SpatialEpi --- */
/* The highest zones, every circle being evaluated here with the public formula: centres, sizes. */
static void top_zones(struct agree *g, const struct epi_frame *in, const char *measure,
                      double cases)
{
    const struct epi_frame *want = agree_table(g, "expected_top_zones.csv");
    const epi_str *id = epi_frame_column(in, "id")->words;
    const double *x = epi_frame_numbers(in, "x"), *y = epi_frame_numbers(in, "y"),
                 *c = epi_frame_numbers(in, "cases"), *m = epi_frame_numbers(in, measure);
    double *llr = EPI_ARRAY(agree_arena(g), want->rows + 1, double);
    double total = 0;
    for (size_t i = 0; i < in->rows; i++)
        total += m[i];
    for (size_t z = 0; z < want->rows; z++) {
        size_t centre = 0, n = (size_t)number(want, "n_areas", z);
        while (centre + 1 < in->rows && !epi_str_eq(id[centre], text(want, "centre_id", z)))
            centre++;
        double count = 0, expected = 0, *d = EPI_ARRAY(agree_arena(g), in->rows, double);
        bool *in_zone = EPI_ARRAY(agree_arena(g), in->rows, bool);
        for (size_t i = 0; i < in->rows; i++)
            d[i] = hypot(x[i] - x[centre], y[i] - y[centre]);
        for (size_t k = 0; k < n; k++) {
            size_t nearest = SIZE_MAX;
            for (size_t i = 0; i < in->rows; i++)
                if (!in_zone[i] && (nearest == SIZE_MAX || d[i] < d[nearest]))
                    nearest = i;
            in_zone[nearest] = true;
            count += c[nearest];
            expected += m[nearest] / total * cases;
        }
        llr[z] = epi_scan_llr(EPI_SCAN_POISSON, count, expected, cases, cases);
    }
    agree_rel(g, "LLR of the highest zones", llr, epi_frame_numbers(want, "LLR"), want->rows, 1e-7);
}

/* Without the degrees, which are there too. */
static const struct epi_frame *planar(struct agree *g, const struct epi_frame *f)
{
    struct epi_frame *ret = EPI_NEW(agree_arena(g), struct epi_frame);
    *ret = *f;
    ret->columns = EPI_ARRAY(agree_arena(g), f->n, struct epi_column);
    ret->n = 0;
    for (size_t k = 0; k < f->n; k++)
        if (!epi_str_eqz(f->columns[k].name, "lat") && !epi_str_eqz(f->columns[k].name, "lon"))
            ret->columns[ret->n++] = f->columns[k];
    return ret;
}

AGREE(scan_spatial_poisson)
{
    EACH_CASE(g)
    {
        const struct epi_frame *in = agree_table(g, "input.csv"),
                               *want = agree_table(g, "expected.csv");
        bool by_expected = epi_frame_column(in, "expected") != NULL;
        double share = agree_number(g, "max_population_fraction");
        const char *percent =
            epi_str_cz(agree_arena(g), epi_str_printf(agree_arena(g), "%g", 100 * share));
        want = agree_where(g, want, "model", "poisson");
        const struct epi_estimate *e =
            agree_run(g, "scan", "poisson", planar(g, in), "max-space", percent, "replications",
                      agree_param(g, "n_simulations"), "clusters", "1000", NULL);
        for (size_t i = 0; e && i < want->rows; i++) {
            double n = agree_number(g, "n_simulations"), p = number(want, "p_value", i),
                   err = error(p, n, n), got = number(&e->rows, "p_value", i);
            epi_str ours = members(g, text(&e->rows, "units", i), ';'),
                    theirs = members(g, text(want, "members", i), ' ');
            agree_words(g, "members", &ours, &theirs, 1);
            agree_one(g, "cases", number(&e->rows, "observed", i), number(want, "cases", i), 0);
            agree_one(g, "expected", number(&e->rows, "expected", i), number(want, "expected", i),
                      1e-8);
            agree_one(g, "ratio", number(&e->rows, "ratio", i), number(want, "SMR", i), 1e-8);
            agree_one(g, "relative risk", number(&e->rows, "relative_risk", i),
                      number(want, "RR", i), 1e-8);
            agree_one(g, "LLR", number(&e->rows, "llr", i), number(want, "LLR", i), 1e-7);
            agree_one(g, "radius", number(&e->rows, "radius", i), number(want, "radius", i), 1e-8);
            agree_within(g, "p", &got, &p, &err, 1, 3);
        }
        if (e) {
            critical(g, e, "null_max_LLR_q95_poisson", "null_max_LLR_q99_poisson");
            top_zones(g, in, by_expected ? "expected" : "population",
                      number(&e->values, "cases", 0));
        }
    }
}
