// SPDX-License-Identifier: AGPL-3.0-or-later
/* The figure "scan": clusters in space and time. */
#include "estimate/risk_internal.h"
#include "estimate/scan_read.h"

#define FEW_CASES 20
#define FEW_REPLICATIONS 99
#define LIKELY 0.05

static size_t longest(struct epi_estimate_run *r, size_t times)
{
    double share = floor(epi_opt_number(r, "max-time") / 100 * (double)times + 1e-9);
    if (epi_opt_given(r, "max-length"))
        share = epi_opt_number(r, "max-length");
    return share < 1 ? 1 : share < (double)times ? (size_t)share : times;
}

static struct epi_scan_options options(struct epi_estimate_run *r, enum epi_scan_model m,
                                       enum epi_scan_analysis analysis, size_t times)
{
    struct epi_scan_options o = epi_scan_standard(m, analysis);
    o.max_share = epi_opt_number(r, "max-space") / 100;
    if (epi_opt_given(r, "max-radius"))
        o.max_radius = epi_opt_number(r, "max-radius");
    o.max_length = longest(r, times);
    o.min_cases = (size_t)epi_opt_number(r, "min-cases");
    o.replications = (size_t)epi_opt_number(r, "replications");
    o.clusters_max = (size_t)epi_opt_number(r, "clusters");
    o.again = epi_opt_is(r, "overlap", "other-times");
    o.seed = (uint64_t)epi_opt_number(r, "seed");
    return o;
}

/* --- rows --- */
static epi_str joined(struct epi_estimate_run *r, const struct epi__scan_data *d,
                      const struct epi_scan_cluster *c)
{
    EPI_BUF_LOCAL(b, SIZE_MAX);
    for (size_t k = 0; k < c->n; k++) {
        if (k)
            epi_buf_putc(&b, ';');
        epi_buf_put(&b, d->names[c->units[k]]);
    }
    return epi_str_dup(r->a, epi_buf_str(&b));
}

static void rows(struct epi_estimate_run *r, const struct epi__scan_data *d,
                 const struct epi_scan *s)
{
    struct epi_arena *a = r->a;
    struct epi_frame *f = &r->out->rows;
    epi_frame_init(f, s->n);
    double *rank = epi_frame_add(a, f, "cluster");
    epi_str *centre = epi_frame_add_word(a, f, "centre");
    double *y = epi_frame_add(a, f, d->in.degrees ? "lat" : "y"),
           *x = epi_frame_add(a, f, d->in.degrees ? "lon" : "x"),
           *radius = epi_frame_add(a, f, "radius"), *n = epi_frame_add(a, f, "n_units");
    epi_str *units = epi_frame_add_word(a, f, "units");
    double *from = epi__add_days(r, f, "from", d->dates), *to = epi__add_days(r, f, "to", d->dates),
           *observed = epi_frame_add(a, f, "observed"), *expected = epi_frame_add(a, f, "expected"),
           *ratio = epi_frame_add(a, f, "ratio"), *risk = epi_frame_add(a, f, "relative_risk"),
           *llr = epi_frame_add(a, f, "llr"), *p = epi_frame_add(a, f, "p_value"),
           *gumbel = epi_frame_add(a, f, "p_gumbel"),
           *population = d->population ? epi_frame_add(a, f, "population") : NULL;
    for (size_t i = 0; i < s->n; i++) {
        const struct epi_scan_cluster *c = &s->clusters[i];
        rank[i] = (double)i + 1;
        centre[i] = d->names[c->centre];
        y[i] = d->in.y[c->centre], x[i] = d->in.x[c->centre];
        radius[i] = c->radius;
        n[i] = (double)c->n;
        units[i] = joined(r, d, c);
        if (d->timed) {
            from[i] = epi__scan_from(d, c->first);
            to[i] = epi__scan_to(d, c->last);
        }
        observed[i] = c->observed, expected[i] = c->expected;
        ratio[i] = c->observed / c->expected;
        /* the expectation of the permutation is its own: no risk outside to compare with */
        if (strcmp(r->method->method, "permutation") != 0)
            risk[i] = c->relative_risk;
        llr[i] = c->llr;
        p[i] = c->p_value, gumbel[i] = c->p_gumbel;
        for (size_t k = 0; population && k < c->n; k++)
            population[i] = (k ? population[i] : 0) + d->population[c->units[k]];
    }
}

/* Sum over the intervals of a cluster, and over all, of a value of one unit. */
static double over(const struct epi__scan_data *d, const double *v, size_t unit, size_t first,
                   size_t last)
{
    double sum = 0;
    for (size_t t = first; v && t <= last; t++)
        sum += v[unit * d->in.times + t];
    return sum;
}

static double whole(const struct epi__scan_data *d, const double *v)
{
    double sum = 0;
    for (size_t u = 0; v && u < d->in.units; u++)
        sum += over(d, v, u, 0, d->in.times - 1);
    return sum;
}

/* The units of every cluster, each with its own cases and expectation: what a map shades. */
static void members(struct epi_estimate_run *r, const struct epi__scan_data *d,
                    enum epi_scan_model m, const struct epi_scan *s)
{
    const struct epi_scan_input *in = &d->in;
    size_t n = 0, at = 0, end = in->times - 1;
    double measure = whole(d, in->measure);
    for (size_t i = 0; i < s->n; i++)
        n += s->clusters[i].n;
    struct epi_frame *f = epi_out_table(r, "members", n);
    double *rank = epi_frame_add(r->a, f, "cluster");
    epi_str *unit = epi_frame_add_word(r->a, f, "unit");
    double *y = epi_frame_add(r->a, f, in->degrees ? "lat" : "y"),
           *x = epi_frame_add(r->a, f, in->degrees ? "lon" : "x"),
           *observed = epi_frame_add(r->a, f, "observed"),
           *expected = epi_frame_add(r->a, f, "expected"), *ratio = epi_frame_add(r->a, f, "ratio");
    for (size_t i = 0; i < s->n; i++) {
        const struct epi_scan_cluster *c = &s->clusters[i];
        size_t first = c->first, last = c->last;
        double in_window = 0;
        for (size_t u = 0; m == EPI_SCAN_PERMUTATION && u < in->units; u++)
            in_window += over(d, in->cases, u, first, last);
        for (size_t k = 0; k < c->n; k++, at++) {
            size_t u = c->units[k];
            rank[at] = (double)i + 1;
            unit[at] = d->names[u];
            y[at] = in->y[u], x[at] = in->x[u];
            observed[at] = over(d, in->cases, u, first, last);
            double people = observed[at] + over(d, in->controls, u, first, last);
            expected[at] =
                m == EPI_SCAN_POISSON ? over(d, in->measure, u, first, last) / measure * s->cases
                : m == EPI_SCAN_BERNOULLI ? people / s->total * s->cases
                                          : over(d, in->cases, u, 0, end) * in_window / s->cases;
            if (expected[at] > 0)
                ratio[at] = observed[at] / expected[at];
        }
    }
}

/* --- values and notes --- */
static int by_size(const void *x, const void *y)
{
    const double *a = x, *b = y;
    return (*a < *b) - (*a > *b);
}

/* The LLR that has this p: NaN when there are too few replications. */
static double critical(struct epi_estimate_run *r, const struct epi_scan *s, double p)
{
    size_t n = s->replications, rank = (size_t)((double)(n + 1) * p + 1e-9);
    if (rank < 1 || rank > n)
        return (double)NAN;
    double *sorted = EPI_ARRAY(r->a, n, double);
    memcpy(sorted, s->maxima, n * sizeof *sorted);
    qsort(sorted, n, sizeof *sorted, by_size);
    return sorted[rank - 1];
}

static void values(struct epi_estimate_run *r, const struct epi__scan_data *d,
                   const struct epi_scan *s)
{
    size_t likely = 0;
    for (size_t i = 0; i < s->n; i++)
        likely += s->clusters[i].p_value <= LIKELY;
    epi_out_value(r, "cases", s->cases);
    epi_out_value(r, "units", (double)d->in.units);
    epi_out_value(r, "intervals", (double)d->in.times);
    epi_out_value(r, "cylinders", s->cylinders);
    epi_out_value(r, "replications", (double)s->replications);
    epi_out_value(r, "clusters_likely", s->replications ? (double)likely : (double)NAN);
    epi_out_value(r, "llr_05", critical(r, s, 0.05));
    epi_out_value(r, "llr_01", critical(r, s, 0.01));
    epi_out_value(r, "gumbel_location", s->gumbel_location);
    epi_out_value(r, "gumbel_scale", s->gumbel_scale);
}

/* Whether cases rise and fall everywhere at once: the chi-squared of the intervals, the measure of
 * each given, beyond five standard deviations of its own. */
static bool everywhere(const struct epi__scan_data *d, const struct epi_scan *s)
{
    double chi = 0, measure = whole(d, d->in.measure);
    size_t times = d->in.times;
    for (size_t t = 0; t < times; t++) {
        double o = 0, e = 0;
        for (size_t u = 0; u < d->in.units; u++) {
            o += d->in.cases[u * times + t];
            e += d->in.measure[u * times + t] / measure * s->cases;
        }
        chi += e > 0 ? (o - e) * (o - e) / e : 0;
    }
    double df = (double)times - 1;
    return chi > df + 5 * sqrt(2 * df);
}

static void notes(struct epi_estimate_run *r, const struct epi__scan_data *d,
                  const struct epi_scan_options *o, const struct epi_scan *s)
{
    struct epi_arena *a = r->a;
    bool likely = s->n > 0 && s->clusters[0].p_value <= LIKELY;
    if (s->cases < FEW_CASES)
        epi_out_note(r, EPI_WARNING, "estimate.scan.few", 0, epi_str_printf(a, "%.0f", s->cases),
                     EPI_NIL);
    if (s->replications < FEW_REPLICATIONS)
        epi_out_note(r, EPI_WARNING, "estimate.scan.few-replications", 0,
                     epi_str_printf(a, "%zu", s->replications), EPI_NIL);
    else if (!likely)
        epi_out_note(r, EPI_NOTE, "estimate.scan.none", 0, EPI_NIL, EPI_NIL);
    if (o->model == EPI_SCAN_POISSON && o->analysis != EPI_SCAN_SPATIAL && everywhere(d, s))
        epi_out_note(r, EPI_WARNING, "estimate.scan.everywhere", 0, EPI_NIL, EPI_NIL);
    if (o->analysis == EPI_SCAN_PROSPECTIVE)
        epi_out_note(r, EPI_NOTE, "estimate.scan.latest", 0, EPI_NIL, EPI_NIL);
    for (size_t i = 0; i < s->n; i++) {
        const struct epi_scan_cluster *c = &s->clusters[i];
        if (!(c->p_value <= LIKELY))
            continue;
        if (c->largest)
            epi_out_note(r, EPI_NOTE, "estimate.scan.largest", i + 1, EPI_NIL, EPI_NIL);
        if (c->beyond)
            epi_out_note(r, EPI_NOTE, "estimate.scan.beyond", i + 1,
                         epi_str_printf(a, "%zu", s->replications), EPI_NIL);
    }
}

static epi_status run(struct epi_estimate_run *r, enum epi_scan_model m)
{
    struct epi__scan_data d;
    struct epi_scan s;
    enum epi_scan_analysis analysis = epi_opt_is(r, "analysis", "spatial") ? EPI_SCAN_SPATIAL
                                      : epi_opt_is(r, "analysis", "retrospective")
                                          ? EPI_SCAN_RETROSPECTIVE
                                          : EPI_SCAN_PROSPECTIVE;
    EPI_TRY(epi__scan_read(r, m, analysis, &d));
    struct epi_scan_options o = options(r, m, analysis, d.in.times);
    EPI_TRY(epi_scan(r->a, &d.in, &o, &s, r->err));
    rows(r, &d, &s);
    members(r, &d, m, &s);
    values(r, &d, &s);
    notes(r, &d, &o, &s);
    return EPI_OK;
}

static epi_status run_poisson(struct epi_estimate_run *r)
{
    return run(r, EPI_SCAN_POISSON);
}
static epi_status run_bernoulli(struct epi_estimate_run *r)
{
    return run(r, EPI_SCAN_BERNOULLI);
}
static epi_status run_permutation(struct epi_estimate_run *r)
{
    return run(r, EPI_SCAN_PERMUTATION);
}

/* --- the table --- */
#define ANALYSIS(standard, words) \
    { \
        "analysis", EPI_OPT_WORD, standard, 0, 0, words, "", \
            "chỉ theo không gian; không gian-thời gian hồi cứu; không gian-thời gian tiến cứu " \
            "(cụm còn tiếp diễn ở khoảng cuối)", \
            "in space alone; in space and time, looking back; prospective: still going on in the " \
            "last interval" \
    }
#define OPTIONS(of_what_vi, of_what_en) \
    {"max-space", \
     EPI_OPT_NUMBER, \
     "50", \
     0.1, \
     100, \
     NULL, \
     "%", \
     "vòng tròn lớn nhất: phần của " of_what_vi, \
     "largest circle: share of " of_what_en}, \
        {"max-radius", \
         EPI_OPT_NUMBER, \
         "", \
         0, \
         1e9, \
         NULL, \
         "", \
         "bán kính lớn nhất: km, hoặc đơn vị của x và y", \
         "largest radius: km, or the unit of x and y"}, \
        {"max-time", \
         EPI_OPT_NUMBER, \
         "50", \
         0.1, \
         100, \
         NULL, \
         "%", \
         "cửa sổ thời gian dài nhất: phần của cả kỳ", \
         "longest window: share of the period"}, \
        {"max-length", \
         EPI_OPT_INTEGER, \
         "", \
         1, \
         EPI_SCAN_TIMES_MAX, \
         NULL, \
         "", \
         "cửa sổ dài nhất tính theo số khoảng, thay cho max-time", \
         "longest window in intervals, in place of max-time"}, \
        {"interval", \
         EPI_OPT_INTEGER, \
         "", \
         1, \
         3660, \
         NULL, \
         "day", \
         "độ dài một khoảng thời gian (chuẩn: như các dòng số liệu)", \
         "length of an interval (standard: as the rows lie)"}, \
        {"from", \
         EPI_OPT_TIME, \
         "", \
         -1e6, \
         1e6, \
         NULL, \
         "", \
         "đầu kỳ: t hoặc ngày", \
         "beginning of the period: its t or date"}, \
        {"to", \
         EPI_OPT_TIME, \
         "", \
         -1e6, \
         1e6, \
         NULL, \
         "", \
         "cuối kỳ: t hoặc ngày", \
         "end of the period: its t or date"}, \
        {"min-cases", \
         EPI_OPT_INTEGER, \
         "2", \
         1, \
         1000000, \
         NULL, \
         "person", \
         "số ca ít nhất của một cụm", \
         "least cases of a cluster"}, \
        {"replications", \
         EPI_OPT_INTEGER, \
         "999", \
         0, \
         99999, \
         NULL, \
         "", \
         "số lần mô phỏng để tính p", \
         "replications behind p"}, \
        {"clusters", \
         EPI_OPT_INTEGER, \
         "20", \
         1, \
         1000, \
         NULL, \
         "", \
         "số cụm nhiều nhất được nêu", \
         "clusters listed at most"}, \
        {"overlap", \
         EPI_OPT_WORD, \
         "none", \
         0, \
         0, \
         "none|other-times", \
         "", \
         "các cụm không chung đơn vị nào; hoặc được chung khi khác thời gian", \
         "clusters share no unit; or may at other times"}, \
        {"seed", EPI_OPT_INTEGER,          "1", \
         0,      9007199254740991.0,       NULL, \
         "",     "hạt giống của mô phỏng", "seed of the replications"}, \
    { \
        "places", EPI_OPT_TABLE, "", 0, 0, "unit|id lat|y lon|x population? expected?", "", \
            "vị trí và dân số của các đơn vị, khi không có trong các dòng số liệu", \
            "positions and population of the units, when the rows do not hold them" \
    }

#define SPACE_AND_TIME "spatial|retrospective|prospective"
static const struct epi_estimate_option poisson_options[] = {
    ANALYSIS("spatial", SPACE_AND_TIME),
    OPTIONS("dân số", "the population"),
};
static const struct epi_estimate_option bernoulli_options[] = {
    ANALYSIS("spatial", SPACE_AND_TIME),
    OPTIONS("số ca và chứng", "cases and controls"),
};
static const struct epi_estimate_option permutation_options[] = {
    ANALYSIS("prospective", "retrospective|prospective"),
    OPTIONS("số ca", "the cases"),
};
static const struct epi_estimate_column columns[] = {
    {"cluster", "", "thứ tự: cụm rõ nhất đứng đầu", "number: the most likely first"},
    {"centre", "", "đơn vị ở tâm", "unit at the centre"},
    {"lat", "", "vĩ độ của tâm (hoặc y)", "latitude of the centre (or y)"},
    {"lon", "", "kinh độ của tâm (hoặc x)", "longitude of the centre (or x)"},
    {"radius", "", "bán kính: km, hoặc đơn vị của x và y", "radius: km, or the unit of x and y"},
    {"n_units", "", "số đơn vị", "number of units"},
    {"units", "", "các đơn vị, cách nhau bằng dấu chấm phẩy, từ tâm ra",
     "the units, by semicolons, from the centre outward"},
    {"from", "", "ngày đầu", "first day"},
    {"to", "", "ngày cuối", "last day"},
    {"observed", "person", "số ca", "cases"},
    {"expected", "person", "số ca kỳ vọng nếu không có cụm", "cases expected without clusters"},
    {"ratio", "", "số ca trên kỳ vọng", "cases over expected"},
    {"relative_risk", "", "nguy cơ bên trong so với bên ngoài", "risk inside against outside"},
    {"llr", "", "log tỷ số hợp lý", "log likelihood ratio"},
    {"p_value", "", "p, đã tính đến mọi vòng tròn và cửa sổ được xét",
     "p, all circles and windows looked at being allowed for"},
    {"p_gumbel", "", "p theo phân bố Gumbel của các giá trị lớn nhất",
     "p by a Gumbel distribution of the maxima"},
    {"population", "person", "dân số trong cụm", "population inside"},
};

#define METHOD(name, label_vi, label_en, source, input_, options_, run_) \
    { \
        .figure = "scan", .method = name, .vi = label_vi, .en = label_en, .paper = source, \
        .shape = EPI_SHAPE_TABLE, .input = input_, .options = options_, \
        .options_n = EPI_COUNT(options_), .columns = columns, .columns_n = EPI_COUNT(columns), \
        .run = run_ \
    }
static const struct epi_estimate_method methods[] = {
    METHOD("poisson", "Cụm ca bệnh theo không gian, thời gian (Poisson)",
           "clusters in space and time (Poisson)",
           "Kulldorff 1997, Commun Stat Theory Methods 26:1481; Kulldorff et al. 1998, Am J Public "
           "Health 88:1377; Kulldorff 2001, J R Stat Soc A 164:61",
           "unit|id lat|y lon|x date|t? cases|count population|expected", poisson_options,
           run_poisson),
    METHOD("bernoulli", "Cụm ca bệnh so với chứng (Bernoulli)",
           "clusters of cases among controls (Bernoulli)",
           "Kulldorff, Nagarwalla 1995, Stat Med 14:799",
           "unit|id lat|y lon|x date|t? cases|count controls", bernoulli_options, run_bernoulli),
    METHOD("permutation", "Cụm ca bệnh theo không gian-thời gian, chỉ từ số ca (hoán vị)",
           "clusters in space and time from cases alone (permutation)",
           "Kulldorff et al. 2005, PLoS Med 2:e59", "unit|id lat|y lon|x date|t cases|count",
           permutation_options, run_permutation),
};
const struct epi_estimate_group epi__scan_methods = {methods, EPI_COUNT(methods)};
