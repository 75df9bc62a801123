// SPDX-License-Identifier: AGPL-3.0-or-later
#include "estimate/pool.h"
#include "estimate/risk_internal.h"

static struct epi_pool_assay assay_of(const struct epi_estimate_run *r)
{
    return (struct epi_pool_assay){.prevalence = epi_opt_number(r, "prevalence"),
                                   .sensitivity = epi_opt_number(r, "sensitivity"),
                                   .specificity = epi_opt_number(r, "specificity")};
}

struct columns {
    double *size, *tests, *se, *sp, *ppv, *npv, *per_case;
};
static struct columns make_columns(struct epi_estimate_run *r, struct epi_frame *f)
{
    struct columns c;
    c.size = epi_frame_add(r->a, f, "size");
    c.tests = epi_frame_add(r->a, f, "tests_per_person");
    c.se = epi_frame_add(r->a, f, "sensitivity"), c.sp = epi_frame_add(r->a, f, "specificity");
    c.ppv = epi_frame_add(r->a, f, "ppv"), c.npv = epi_frame_add(r->a, f, "npv");
    c.per_case = epi_frame_add(r->a, f, "tests_per_case");
    return c;
}
static void put(struct columns c, size_t i, const struct epi_pool *p)
{
    c.size[i] = (double)p->size, c.tests[i] = p->tests;
    c.se[i] = p->se, c.sp[i] = p->sp, c.ppv[i] = p->ppv, c.npv[i] = p->npv;
    c.per_case[i] = p->tests_per_case;
}

static epi_status sizes(struct epi_estimate_run *r, size_t *ret_from, size_t *ret_n)
{
    double from = epi_opt_number(r, "min-size"), to = epi_opt_number(r, "max-size");
    if (from > to) {
        epi_finding_add(r->findings, EPI_ERROR, "estimate.pool.sizes", 0, EPI_S("min-size"),
                        epi_opt_word(r, "min-size"), epi_opt_word(r, "max-size"));
        return EPI_FAIL(r->err, EPI_INVALID, "estimate.options-faulty", "%s", "");
    }
    *ret_from = (size_t)from, *ret_n = (size_t)(to - from) + 1;
    return EPI_OK;
}

static void best_values(struct epi_estimate_run *r, const struct epi_pool *p, const char *prefix)
{
    const char *const names[] = {"size", "tests_per_person", "sensitivity", "specificity", "ppv",
                                 "npv",  "tests_per_case"};
    const double v[] = {(double)p->size, p->tests, p->se, p->sp, p->ppv, p->npv, p->tests_per_case};
    for (size_t i = 0; i < EPI_COUNT(names); i++)
        epi_out_value(r, epi_str_cz(r->a, epi_str_printf(r->a, "%s%s", prefix, names[i])), v[i]);
}

/* The row with the fewest tests, its figures as values, and what to think of it. */
static size_t optimum(struct epi_estimate_run *r, const struct epi_pool *all, size_t n)
{
    size_t best = 0;
    for (size_t i = 1; i < n; i++)
        if (all[i].tests < all[best].tests)
            best = i;
    best_values(r, &all[best], "");
    epi_out_word(r, "pooling_helps", all[best].tests < 1 ? EPI_S("yes") : EPI_S("no"));
    if (all[best].tests >= 1)
        epi_out_note(r, EPI_WARNING, "estimate.pool.no-help", 0, EPI_NIL, EPI_NIL);
    else if (n > 1 && best == n - 1)
        epi_out_note(r, EPI_NOTE, "estimate.pool.at-limit", 0,
                     epi_str_printf(r->a, "%zu", all[best].size), EPI_NIL);
    if (epi_opt_number(r, "prevalence") == 0)
        epi_out_note(r, EPI_WARNING, "estimate.pool.no-infection", 0, EPI_NIL, EPI_NIL);
    return best;
}

static epi_status run_sizes(struct epi_estimate_run *r,
                            struct epi_pool scheme(const struct epi_pool_assay *, size_t),
                            const struct epi_pool_assay *s, struct epi_pool **ret, size_t *ret_n)
{
    size_t from, n;
    EPI_TRY(sizes(r, &from, &n));
    struct epi_pool *all = EPI_ARRAY(r->a, n, struct epi_pool);
    epi_frame_init(&r->out->rows, n);
    struct columns c = make_columns(r, &r->out->rows);
    for (size_t i = 0; i < n; i++) {
        all[i] = scheme(s, from + i);
        put(c, i, &all[i]);
    }
    (void)optimum(r, all, n);
    *ret = all, *ret_n = n;
    return EPI_OK;
}

static epi_status run_dorfman(struct epi_estimate_run *r)
{
    struct epi_pool_assay s = assay_of(r);
    struct epi_pool *all;
    size_t n;
    return run_sizes(r, epi_pool_dorfman, &s, &all, &n);
}

static epi_status run_array(struct epi_estimate_run *r)
{
    struct epi_pool_assay s = assay_of(r);
    struct epi_pool *all;
    size_t n;
    return run_sizes(r, epi_pool_array, &s, &all, &n);
}

static epi_status run_dilution(struct epi_estimate_run *r)
{
    struct epi_pool_assay s = assay_of(r);
    struct epi_pool *all;
    size_t n, best = 0;
    s.dilution = epi_opt_number(r, "dilution");
    EPI_TRY(run_sizes(r, epi_pool_dorfman, &s, &all, &n));
    for (size_t i = 1; i < n; i++)
        if (all[i].tests_per_case < all[best].tests_per_case)
            best = i;
    best_values(r, &all[best], "per_case_");
    return EPI_OK;
}

static epi_status run_hierarchical(struct epi_estimate_run *r)
{
    struct epi_pool_assay s = assay_of(r);
    size_t from, n;
    EPI_TRY(sizes(r, &from, &n));
    struct epi_pool *all = EPI_ARRAY(r->a, n, struct epi_pool);
    size_t *parts = EPI_ARRAY(r->a, from + n, size_t);
    epi_frame_init(&r->out->rows, n);
    struct columns c = make_columns(r, &r->out->rows);
    epi_str *stage2 = epi_frame_add_word(r->a, &r->out->rows, "stage2");
    for (size_t i = 0; i < n; i++) {
        size_t parts_n = epi_pool_parts(r->a, &s, from + i, parts);
        all[i] = epi_pool_hierarchical(&s, parts, parts_n);
        put(c, i, &all[i]);
        for (size_t k = 0; k < parts_n; k++)
            stage2[i] =
                epi_str_printf(r->a, "%.*s%s%zu", EPI_FMT(stage2[i]), k ? " " : "", parts[k]);
    }
    size_t best = optimum(r, all, n);
    epi_out_word(r, "stage2", stage2[best]);
    return EPI_OK;
}

#define ASSAY_OPTIONS(least, from, to, most) \
    {"prevalence", \
     EPI_OPT_NUMBER, \
     NULL, \
     0, \
     1, \
     NULL, \
     "", \
     "tỷ lệ nhiễm trong nhóm xét nghiệm", \
     "share of those tested who are infected"}, \
        {"sensitivity", \
         EPI_OPT_NUMBER, \
         "1", \
         0, \
         1, \
         NULL, \
         "", \
         "độ nhạy của một xét nghiệm", \
         "sensitivity of one test"}, \
        {"specificity", \
         EPI_OPT_NUMBER, \
         "1", \
         0, \
         1, \
         NULL, \
         "", \
         "độ đặc hiệu của một xét nghiệm", \
         "specificity of one test"}, \
        {"min-size", EPI_OPT_INTEGER,       from,           least, most, NULL, \
         "person",   "cỡ mẫu gộp nhỏ nhất", "smallest pool"}, \
    { \
        "max-size", EPI_OPT_INTEGER, to, least, most, NULL, "person", "cỡ mẫu gộp lớn nhất", \
            "largest pool" \
    }
static const struct epi_estimate_option dorfman_options[] = {ASSAY_OPTIONS(1, "2", "50", 1000)};
static const struct epi_estimate_option stage3_options[] = {ASSAY_OPTIONS(2, "3", "24", 200)};
static const struct epi_estimate_option array_options[] = {ASSAY_OPTIONS(2, "3", "12", 1000)};
static const struct epi_estimate_option dilution_options[] = {
    ASSAY_OPTIONS(1, "2", "40", 1000),
    {"dilution", EPI_OPT_NUMBER, "0.1", 0, 10, NULL, "",
     "số mũ pha loãng d: độ nhạy nhân (số dương/cỡ gộp)^d",
     "exponent d: sensitivity times (infected/size)^d"},
};
static const struct epi_estimate_column columns[] = {
    {"size", "person", "cỡ mẫu gộp (mảng: một hàng)", "people in the first pool; array: in a row"},
    {"tests_per_person", "", "số xét nghiệm kỳ vọng mỗi người", "expected tests per person"},
    {"sensitivity", "", "độ nhạy của cả quy trình", "sensitivity of the procedure"},
    {"specificity", "", "độ đặc hiệu của cả quy trình", "specificity of the procedure"},
    {"ppv", "", "giá trị tiên đoán dương", "positive predictive value"},
    {"npv", "", "giá trị tiên đoán âm", "negative predictive value"},
    {"tests_per_case", "", "số xét nghiệm cho mỗi ca tìm được", "tests per infected person found"},
    {"stage2", "", "cỡ các nhóm ở bước hai", "sizes of the second stage"},
};
static const struct epi_estimate_method methods[] = {
    {.figure = "pool",
     .method = "dorfman",
     .vi = "Gộp mẫu hai bước: cỡ gộp tốt nhất",
     .en = "Pools in two stages: the best size",
     .paper = "Dorfman 1943, Ann Math Stat 14:436; Kim et al. 2007, Biometrics 63:1152",
     .shape = EPI_SHAPE_NONE,
     .options = dorfman_options,
     .options_n = EPI_COUNT(dorfman_options),
     .columns = columns,
     .columns_n = EPI_COUNT(columns) - 1,
     .run = run_dorfman},
    {.figure = "pool",
     .method = "hierarchical",
     .vi = "Gộp mẫu ba bước: cỡ gộp và cách chia tốt nhất",
     .en = "Pools in three stages: the best size and division",
     .paper = "Kim et al. 2007, Biometrics 63:1152; Hitt et al. 2019, Stat Med 38:4912",
     .shape = EPI_SHAPE_NONE,
     .options = stage3_options,
     .options_n = EPI_COUNT(stage3_options),
     .columns = columns,
     .columns_n = EPI_COUNT(columns),
     .run = run_hierarchical},
    {.figure = "pool",
     .method = "array",
     .vi = "Gộp mẫu theo hàng và cột của mảng vuông",
     .en = "Pools of rows and columns of a square array",
     .paper = "Kim et al. 2007, Biometrics 63:1152",
     .shape = EPI_SHAPE_NONE,
     .options = array_options,
     .options_n = EPI_COUNT(array_options),
     .columns = columns,
     .columns_n = EPI_COUNT(columns) - 1,
     .run = run_array},
    {.figure = "pool",
     .method = "dilution",
     .vi = "Gộp mẫu hai bước khi pha loãng làm giảm độ nhạy",
     .en = "Pools in two stages when dilution lowers sensitivity",
     .paper = "Dorfman 1943, Ann Math Stat 14:436; Hwang 1976, Biometrics 32:867",
     .shape = EPI_SHAPE_NONE,
     .options = dilution_options,
     .options_n = EPI_COUNT(dilution_options),
     .columns = columns,
     .columns_n = EPI_COUNT(columns) - 1,
     .run = run_dilution},
};
const struct epi_estimate_group epi__pool_methods = {methods, EPI_COUNT(methods)};
