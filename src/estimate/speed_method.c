// SPDX-License-Identifier: AGPL-3.0-or-later
/* Speed against spread as an entry of the table of methods. */
#include "estimate/estimate_internal.h"
#include "estimate/speed.h"
#include <math.h>

#define FEW 5 /* of a part: fewer say little */

static int part_of(epi_str word)
{
    for (int k = 0; k < EPI_SPEED_PARTS; k++)
        if (epi_str_eqz(word, epi_speed_part_words[k]))
            return k;
    return -1;
}

/* A column that says the same on every row of a unit; NaN when it is absent. */
static double same(const struct epi_frame *f, const char *name)
{
    const double *v = epi_frame_numbers(f, name);
    return v && f->rows ? v[0] : (double)NAN;
}

static epi_status run_gauge(struct epi_estimate_run *r)
{
    const struct epi_frame *in = &r->input;
    const epi_str *part = epi_frame_need_words(in, "part", r->findings);
    const double *days = epi_frame_need(in, "days", 0, 1e5, EPI_NEED_MAY_EMPTY, r->findings),
                 *open = epi_frame_numbers(in, "open");
    struct epi_speed_delay *d[EPI_SPEED_PARTS];
    struct epi_speed_median m[EPI_SPEED_PARTS] = {{0}};
    size_t still[EPI_SPEED_PARTS] = {0};
    for (int k = 0; k < EPI_SPEED_PARTS; k++)
        d[k] = EPI_ARRAY(r->a, in->rows + 1, struct epi_speed_delay);
    for (size_t i = 0; part && days && i < in->rows; i++) {
        int k = part_of(part[i]);
        if (k < 0)
            epi_finding_add(r->findings, EPI_ERROR, "estimate.speed-part", (uint32_t)i + 1,
                            EPI_S("part"), part[i], EPI_NIL);
        else if (!isnan(days[i])) /* an empty one only carries the growth of a unit without any */
            d[k][m[k].n++] = (struct epi_speed_delay){days[i], open && open[i] > 0};
    }
    if (!part || !days || (r->findings && r->findings->counts[EPI_ERROR] > 0))
        return EPI_FAIL(r->err, EPI_INVALID, "estimate.table-faulty", "%s", "");
    struct epi_frame *f = &r->out->rows;
    epi_frame_init(f, EPI_SPEED_PARTS);
    epi_str *name = epi_frame_add_word(r->a, f, "part");
    double *n = epi_frame_add(r->a, f, "n"), *not_over = epi_frame_add(r->a, f, "open"),
           *q25 = epi_frame_add(r->a, f, "q25"), *q50 = epi_frame_add(r->a, f, "median"),
           *q75 = epi_frame_add(r->a, f, "q75"), *least = epi_frame_add(r->a, f, "at_least");
    for (int k = 0; k < EPI_SPEED_PARTS; k++) {
        for (size_t i = 0; i < m[k].n; i++)
            still[k] += d[k][i].open;
        m[k].median = epi_speed_quantile(d[k], m[k].n, 0.5);
        /* sorted now: half of them last at least as long as the longest seen */
        m[k].at_least = m[k].n && isnan(m[k].median) ? d[k][m[k].n - 1].days : 0;
        name[k] = epi_str_of(epi_speed_part_words[k]);
        n[k] = (double)m[k].n;
        not_over[k] = (double)still[k];
        q25[k] = epi_speed_quantile(d[k], m[k].n, 0.25);
        q50[k] = m[k].median;
        q75[k] = epi_speed_quantile(d[k], m[k].n, 0.75);
        least[k] = isnan(m[k].median) && m[k].n ? m[k].at_least : (double)NAN;
    }
    bool cases = m[EPI_SPEED_ISOLATION].n + m[EPI_SPEED_CONTACTS].n > 0;
    for (int k = 0; k < EPI_SPEED_PARTS && cases; k++) { /* without cases nothing is missing */
        if (m[k].n == 0)
            epi_out_note(r, EPI_WARNING, "estimate.speed-missing", 0,
                         epi_str_of(epi_speed_part_words[k]), EPI_NIL);
        else if (m[k].n < FEW)
            epi_out_note(r, EPI_WARNING, "estimate.speed-few", 0,
                         epi_str_of(epi_speed_part_words[k]), epi_str_printf(r->a, "%zu", m[k].n));
    }
    struct epi_speed_growth g = {same(in, "r"), same(in, "r_lo"), same(in, "r_hi")};
    if (epi_opt_given(r, "r"))
        g = (struct epi_speed_growth){epi_opt_number(r, "r"), epi_opt_number(r, "r-lo"),
                                      epi_opt_number(r, "r-hi")};
    struct epi_speed s = epi_speed_judge(m, g);
    if (isnan(g.r) || isnan(g.hi))
        epi_out_note(r, EPI_WARNING, "estimate.speed-no-growth", 0, EPI_NIL, EPI_NIL);
    for (int k = 0; k < EPI_SPEED_PARTS; k++)
        epi_out_value(r, epi_speed_part_words[k], m[k].median);
    epi_out_value(r, "sum", s.sum);
    epi_out_word(r, "whole", s.whole ? EPI_S("yes") : EPI_S("no"));
    epi_out_value(r, "r", g.r);
    epi_out_value(r, "r_lo", g.lo);
    epi_out_value(r, "r_hi", g.hi);
    epi_out_value(r, "doubling", s.doubling);
    epi_out_value(r, "doubling_fast", s.doubling_fast);
    epi_out_value(r, "times", s.times);
    epi_out_word(r, "verdict", epi_str_of(epi_speed_verdict_word(s.verdict)));
    const struct epi_column *spread = epi_frame_column(in, "spread");
    epi_out_word(r, "spread", spread && spread->words && in->rows ? spread->words[0] : EPI_NIL);
    return EPI_OK;
}

static const struct epi_estimate_option options[] = {
    {"r", EPI_OPT_NUMBER, "", -10, 10, NULL, "", "tốc độ tăng mỗi ngày, khi bảng không có cột r",
     "growth per day, when the table has no column r"},
    {"r-lo", EPI_OPT_NUMBER, "", -10, 10, NULL, "", "giới hạn dưới của r", "lower limit of r"},
    {"r-hi", EPI_OPT_NUMBER, "", -10, 10, NULL, "", "giới hạn trên của r", "upper limit of r"},
};
static const struct epi_estimate_column columns[] = {
    {"part", "",
     "khâu: isolation (khởi phát đến cách ly), result (lấy mẫu đến kết quả), contacts (kết quả đến lập danh sách tiếp xúc)",
     "part: isolation (onset to isolation), result (sample to result), contacts (result to contacts listed)"},
    {"n", "", "số trường hợp", "how many"},
    {"open", "", "trong đó chưa xong", "of them, not over yet"},
    {"q25", "day", "tứ phân vị dưới", "lower quartile"},
    {"median", "day", "trung vị", "median"},
    {"q75", "day", "tứ phân vị trên", "upper quartile"},
    {"at_least", "day", "khi chưa đủ một nửa đã xong: ít nhất là",
     "while half are not over: at least"},
};
static const struct epi_estimate_method methods[] = {
    {.figure = "speed",
     .method = "gauge",
     .vi = "Tốc độ đáp ứng so với tốc độ lây lan",
     .en = "Speed of the response against the spread",
     .paper = "Fraser et al. 2004, PNAS 101:6146; Kretzschmar et al. 2020, Lancet Public Health "
              "5:e452; Kaplan, Meier 1958, JASA 53:457",
     .shape = EPI_SHAPE_TABLE,
     .input = "part days open? r? r_lo? r_hi? spread? unit?",
     .options = options,
     .options_n = EPI_COUNT(options),
     .columns = columns,
     .columns_n = EPI_COUNT(columns),
     .run = run_gauge,
     .per_unit = true},
};
const struct epi_estimate_group epi__speed_methods = {methods, EPI_COUNT(methods)};
