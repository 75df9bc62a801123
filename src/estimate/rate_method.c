// SPDX-License-Identifier: AGPL-3.0-or-later
/* Attack rates, secondary attack rates, rates per person-time. */
#include "estimate/risk_internal.h"

#define COUNT_MAX 1e12

static epi_status faulty(struct epi_estimate_run *r)
{
    return EPI_FAIL(r->err, EPI_INVALID, "estimate.table-faulty", "%s", "");
}

static bool below_zero(struct epi_ci c)
{
    return c.lo < 0;
}

/* --- attack rates ---------------------------------------------------------------------------- */
static epi_status run_attack(struct epi_estimate_run *r)
{
    const struct epi_frame *in = &r->input;
    double level = epi_opt_number(r, "level"), sum_ill = 0, sum_total = 0;
    const double *ill = epi_frame_need(in, epi__column_of(r, in, "ill|infected|cases"), 0,
                                       COUNT_MAX, EPI_NEED_WHOLE, r->findings),
                 *total = epi_frame_need(in, epi__column_of(r, in, "total|exposed|contacts|size"),
                                         0, COUNT_MAX, EPI_NEED_WHOLE, r->findings),
                 *primary = NULL;
    if (epi_frame_column(in, "primary")) {
        primary = epi_frame_need(in, "primary", 0, COUNT_MAX, EPI_NEED_WHOLE, r->findings);
        if (!primary)
            return faulty(r);
    }
    if (!ill || !total)
        return faulty(r);
    bool ok = true;
    for (size_t i = 0; i < in->rows; i++) {
        if (ill[i] <= total[i] && !(primary && primary[i] > ill[i]))
            continue;
        epi_finding_add(r->findings, EPI_ERROR, "estimate.risk.more-ill-than-people",
                        (uint32_t)(i + 1), EPI_NIL, epi__row_label(r, in, "group", i), EPI_NIL);
        ok = false;
    }
    if (!ok)
        return faulty(r);
    enum epi_proportion_method m = 0;
    while (!epi_opt_is(r, "interval", epi_proportion_word(m)))
        m++;
    struct epi_frame *f = &r->out->rows;
    epi_frame_init(f, in->rows + 1);
    epi_str *group = epi_frame_add_word(r->a, f, "group");
    double *x = epi_frame_add(r->a, f, "ill"), *n = epi_frame_add(r->a, f, "total");
    struct epi__ci_columns ci = epi__ci_columns(r, f, "");
    for (size_t i = 0; i <= in->rows; i++) {
        bool all = i == in->rows;
        double first = !all && primary ? primary[i] : 0;
        group[i] = all ? EPI_S("all") : epi__row_label(r, in, "group", i);
        x[i] = all ? sum_ill : ill[i] - first;
        n[i] = all ? sum_total : total[i] - first;
        sum_ill += x[i], sum_total += n[i];
        epi__ci_put(ci, i, epi_proportion(m, x[i], n[i], level));
        if (n[i] == 0)
            epi_out_note(r, EPI_WARNING, "estimate.risk.nobody", i + 1, group[i], EPI_NIL);
    }
    if (primary && in->rows > 1)
        epi_out_note(r, EPI_NOTE, "estimate.risk.households", 0, EPI_NIL, EPI_NIL);
    return EPI_OK;
}

/* --- rates ----------------------------------------------------------------------------------- */
static epi_status run_rate(struct epi_estimate_run *r)
{
    const struct epi_frame *in = &r->input;
    double level = epi_opt_number(r, "level"), per = epi_opt_number(r, "per");
    const double *cases = epi_frame_need(in, epi__column_of(r, in, "cases|events|x"), 0, COUNT_MAX,
                                         EPI_NEED_WHOLE, r->findings),
                 *time = epi_frame_need(in, epi__column_of(r, in, "person_time|population|time|pt"),
                                        0, 1e15, 0, r->findings);
    if (!cases || !time)
        return faulty(r);
    struct epi_frame *f = &r->out->rows;
    epi_frame_init(f, in->rows * EPI_RATE_METHODS);
    epi_str *group = epi_frame_add_word(r->a, f, "group"),
            *method = epi_frame_add_word(r->a, f, "method");
    double *x = epi_frame_add(r->a, f, "cases"), *t = epi_frame_add(r->a, f, "person_time");
    struct epi__ci_columns ci = epi__ci_columns(r, f, "");
    for (size_t i = 0, at = 0; i < in->rows; i++) {
        bool below = false;
        for (enum epi_rate_method m = 0; m < EPI_RATE_METHODS; m++, at++) {
            struct epi_ci c = epi_rate(m, cases[i], time[i] / per, level);
            group[at] = epi__row_label(r, in, "group", i);
            method[at] = epi_str_of(epi_rate_word(m));
            x[at] = cases[i], t[at] = time[i];
            epi__ci_put(ci, at, c);
            below = below || below_zero(c);
        }
        if (time[i] <= 0)
            epi_out_note(r, EPI_WARNING, "estimate.risk.no-time", at, group[at - 1], EPI_NIL);
        if (below)
            epi_out_note(r, EPI_NOTE, "estimate.risk.below-zero", at, group[at - 1], EPI_NIL);
    }
    return EPI_OK;
}

/* --- table of methods ------------------------------------------------------------------------ */
static const struct epi_estimate_option attack_options[] = {
    {"interval", EPI_OPT_WORD, "exact", 0, 0, "exact|wilson|wald|jeffreys|agresti-coull", "",
     "cách tính khoảng tin cậy", "how the interval is made"},
    EPI__LEVEL_OPTION,
};
static const struct epi_estimate_option rate_options[] = {EPI__PER_OPTION, EPI__LEVEL_OPTION};
static const struct epi_estimate_column attack_columns[] = {
    {"group", "", "nhóm", "group"},
    {"ill", "person", "số người mắc (không kể ca đầu)", "ill, without the primary cases"},
    {"total", "person", "số người trong nhóm hoặc người phơi nhiễm", "people, or exposed people"},
    {"estimate", "", "tỷ lệ tấn công", "attack rate"},
    {"low", "", "giới hạn dưới", "lower limit"},
    {"high", "", "giới hạn trên", "upper limit"},
};
static const struct epi_estimate_column rate_columns[] = {
    {"group", "", "nhóm", "group"},
    {"method", "", "cách tính khoảng", "how the interval is made"},
    {"cases", "", "số sự kiện", "events"},
    {"person_time", "", "người-thời gian", "person-time"},
    {"estimate", "", "tỷ suất", "rate"},
    {"low", "", "giới hạn dưới", "lower limit"},
    {"high", "", "giới hạn trên", "upper limit"},
};
static const struct epi_estimate_method methods[] = {
    {.figure = "risk",
     .method = "attack",
     .vi = "Tỷ lệ tấn công theo nhóm; tỷ lệ tấn công thứ phát khi có cột primary",
     .en = "Attack rates by group; secondary attack rate where there is a column primary",
     .paper = "Clopper, Pearson 1934; Brown, Cai, DasGupta 2001, Stat Sci 16:101",
     .shape = EPI_SHAPE_TABLE,
     .input = "group? ill|infected|cases total|exposed|contacts|size primary?",
     .options = attack_options,
     .options_n = EPI_COUNT(attack_options),
     .columns = attack_columns,
     .columns_n = EPI_COUNT(attack_columns),
     .run = run_attack},
    {.figure = "risk",
     .method = "rate",
     .vi = "Tỷ suất trên người-thời gian (Poisson)",
     .en = "Rates per person-time (Poisson)",
     .paper = "Garwood 1936, Biometrika 28:437; Daly 1992, Comput Biol Med 22:351; Rothman, "
              "Greenland, Lash 2008, ch. 14",
     .shape = EPI_SHAPE_TABLE,
     .input = "group? cases|events|x person_time|population|time|pt",
     .options = rate_options,
     .options_n = EPI_COUNT(rate_options),
     .columns = rate_columns,
     .columns_n = EPI_COUNT(rate_columns),
     .run = run_rate},
};
const struct epi_estimate_group epi__rate_methods = {methods, EPI_COUNT(methods)};
