// SPDX-License-Identifier: AGPL-3.0-or-later
/* Age-standardised rates of any number of groups. */
#include "estimate/risk_internal.h"
#include "estimate/standardise.h"

#define COUNT_MAX 1e12

static epi_status faulty(struct epi_estimate_run *r)
{
    return EPI_FAIL(r->err, EPI_INVALID, "estimate.table-faulty", "%s", "");
}

/* Labels numbered in the order they first appear. */
struct labels {
    epi_str *list;
    size_t n, slots;
    uint32_t *slot;
};
static struct labels labels_for(struct epi_arena *a, size_t most)
{
    struct labels l = {.list = EPI_ARRAY(a, most + 1, epi_str), .slots = 16};
    while (l.slots < 2 * most)
        l.slots *= 2;
    l.slot = EPI_ARRAY(a, l.slots, uint32_t);
    return l;
}
static size_t label_index(struct labels *l, epi_str label)
{
    size_t h = (size_t)epi_str_hash(label) & (l->slots - 1);
    while (l->slot[h] && !epi_str_eq(l->list[l->slot[h] - 1], label))
        h = (h + 1) & (l->slots - 1);
    if (!l->slot[h]) {
        l->list[l->n] = label;
        l->slot[h] = (uint32_t)++l->n;
    }
    return l->slot[h] - 1;
}

struct strata {
    size_t n;      /* rows of the input, below in the order of their groups */
    size_t *row;   /* as they stood */
    size_t *first; /* of each group, and one past the last */
    size_t *age;   /* number of the age group */
    double *events, *time, *weight, *rate;
    struct labels ages, groups;
    double crude; /* of the reference */
};

/* A column of a second table by our ages; ages of ours that are missing there are findings. */
static double *look_up(struct epi_estimate_run *r, const struct strata *s,
                       const struct epi_frame *f, const double *values, const char *option)
{
    double *ret = EPI_ARRAY(r->a, s->ages.n + 1, double);
    bool ok = true;
    for (size_t i = 0; i < s->ages.n; i++) {
        size_t k = 0;
        while (k < f->rows && !epi_str_eq(epi__row_label(r, f, "age", k), s->ages.list[i]))
            k++;
        if (k == f->rows) {
            epi_finding_add(r->findings, EPI_ERROR, "estimate.risk.age-missing", 0,
                            epi_str_of(option), s->ages.list[i], epi_str_of(option));
            ok = false;
        }
        ret[i] = k < f->rows ? values[k] : (double)NAN;
    }
    return ok ? ret : NULL;
}

/* Person-time and rate of each age in all groups together. */
static void pooled(struct epi_arena *a, struct strata *s, double **ret_time, double **ret_rate)
{
    double *events = EPI_ARRAY(a, s->ages.n + 1, double),
           *time = EPI_ARRAY(a, s->ages.n + 1, double), all_events = 0, all_time = 0;
    for (size_t i = 0; i < s->n; i++) {
        events[s->age[i]] += s->events[i], time[s->age[i]] += s->time[i];
        all_events += s->events[i], all_time += s->time[i];
    }
    for (size_t k = 0; k < s->ages.n; k++)
        events[k] = time[k] > 0 ? events[k] / time[k] : (double)NAN;
    *ret_time = time, *ret_rate = events;
    s->crude = all_events / all_time;
}

/* Weights of the standard and rates of the reference, on every row. */
static bool read_standard(struct epi_estimate_run *r, struct strata *s)
{
    const struct epi_frame *standard = epi_opt_table(r, "standard"),
                           *reference = epi_opt_table(r, "reference");
    double *weight, *rate;
    const double *v, *own = NULL;
    pooled(r->a, s, &weight, &rate);
    if (standard) {
        v = epi_frame_need(standard, epi__column_of(r, standard, "weight|std_weight|population"), 0,
                           1e15, 0, r->findings);
        weight = v ? look_up(r, s, standard, v, "standard") : NULL;
    } else if (epi_frame_column(&r->input, "std_weight")) {
        own = epi_frame_need(&r->input, "std_weight", 0, 1e15, 0, r->findings);
        weight = own ? weight : NULL;
    } else {
        epi_out_note(r, EPI_NOTE, "estimate.risk.standard-pooled", 0, EPI_NIL, EPI_NIL);
    }
    if (reference) {
        const double *events = epi_frame_need(reference, "cases", 0, COUNT_MAX, 0, r->findings),
                     *at_risk = epi_frame_need(reference, "person_time", 0, 1e15, 0, r->findings);
        if (!events || !at_risk)
            return false;
        double *rates = EPI_ARRAY(r->a, reference->rows, double), sum = 0, sum_time = 0;
        for (size_t k = 0; k < reference->rows; k++) {
            rates[k] = at_risk[k] > 0 ? events[k] / at_risk[k] : (double)NAN;
            sum += events[k], sum_time += at_risk[k];
        }
        s->crude = sum / sum_time;
        rate = look_up(r, s, reference, rates, "reference");
    }
    if (!weight || !rate)
        return false;
    for (size_t i = 0; i < s->n; i++) {
        s->weight[i] = own ? own[s->row[i]] : weight[s->age[i]];
        s->rate[i] = rate[s->age[i]];
    }
    return true;
}

/* Rows sorted by group; an age that a group has twice, and cases without people, are findings. */
static bool sort_rows(struct epi_estimate_run *r, const double *events, const double *time,
                      struct strata *s)
{
    const struct epi_frame *in = &r->input;
    size_t *group = EPI_ARRAY(r->a, s->n, size_t), *age = EPI_ARRAY(r->a, s->n, size_t);
    bool grouped = epi_frame_column(in, "group"), ok = true;
    s->ages = labels_for(r->a, s->n), s->groups = labels_for(r->a, s->n);
    for (size_t i = 0; i < s->n; i++) {
        group[i] =
            label_index(&s->groups, grouped ? epi__row_label(r, in, "group", i) : EPI_S("all"));
        age[i] = label_index(&s->ages, epi__row_label(r, in, "age", i));
    }
    s->row = EPI_ARRAY(r->a, s->n, size_t), s->age = EPI_ARRAY(r->a, s->n, size_t);
    s->first = EPI_ARRAY(r->a, s->groups.n + 2, size_t);
    s->events = EPI_ARRAY(r->a, s->n, double), s->time = EPI_ARRAY(r->a, s->n, double);
    s->weight = EPI_ARRAY(r->a, s->n, double), s->rate = EPI_ARRAY(r->a, s->n, double);
    for (size_t i = 0; i < s->n; i++)
        s->first[group[i] + 2]++;
    for (size_t g = 1; g <= s->groups.n; g++)
        s->first[g + 1] += s->first[g];
    size_t *seen = EPI_ARRAY(r->a, s->ages.n, size_t); /* group + 1 that had the age last */
    for (size_t i = 0; i < s->n; i++) {
        size_t at = s->first[group[i] + 1]++;
        s->row[at] = i, s->age[at] = age[i];
        s->events[at] = events[i], s->time[at] = time[i];
        if (time[i] == 0 && events[i] > 0) {
            epi_finding_add(r->findings, EPI_ERROR, "estimate.risk.cases-without-people",
                            (uint32_t)(i + 1), EPI_S("person_time"), s->ages.list[age[i]], EPI_NIL);
            ok = false;
        }
    }
    for (size_t g = 0; g < s->groups.n; g++)
        for (size_t k = s->first[g]; k < s->first[g + 1]; k++) {
            if (seen[s->age[k]] == g + 1) {
                epi_finding_add(r->findings, EPI_ERROR, "estimate.risk.age-twice",
                                (uint32_t)(s->row[k] + 1), EPI_S("age"), s->ages.list[s->age[k]],
                                s->groups.list[g]);
                ok = false;
            }
            seen[s->age[k]] = g + 1;
        }
    return ok;
}

static void put_groups(struct epi_estimate_run *r, const struct strata *s)
{
    double level = epi_opt_number(r, "level"), per = epi_opt_number(r, "per");
    size_t n = s->groups.n;
    struct epi_frame *f = &r->out->rows, *g = epi_out_table(r, "indirect", n);
    epi_frame_init(f, n);
    epi_str *group = epi_frame_add_word(r->a, f, "group"),
            *group_ = epi_frame_add_word(r->a, g, "group");
    double *crude = epi_frame_add(r->a, f, "crude"), *direct = epi_frame_add(r->a, f, "direct"),
           *se = epi_frame_add(r->a, f, "se");
    struct epi__ci_columns gamma, normal, log_, exact, log_ratio, rate;
    const char *const limits[] = {"gamma_low",   "gamma_high", "normal_low",
                                  "normal_high", "log_low",    "log_high"};
    double *lim[6];
    for (int k = 0; k < 6; k++)
        lim[k] = epi_frame_add(r->a, f, limits[k]);
    gamma = (struct epi__ci_columns){direct, lim[0], lim[1]};
    normal = (struct epi__ci_columns){direct, lim[2], lim[3]};
    log_ = (struct epi__ci_columns){direct, lim[4], lim[5]};
    double *observed = epi_frame_add(r->a, g, "observed"),
           *expected = epi_frame_add(r->a, g, "expected"), *ratio = epi_frame_add(r->a, g, "ratio");
    double *low = epi_frame_add(r->a, g, "log_low"), *high = epi_frame_add(r->a, g, "log_high");
    log_ratio = (struct epi__ci_columns){ratio, low, high};
    low = epi_frame_add(r->a, g, "exact_low"), high = epi_frame_add(r->a, g, "exact_high");
    exact = (struct epi__ci_columns){ratio, low, high};
    rate = epi__ci_columns(r, g, "rate");
    for (size_t i = 0; i < n; i++) {
        size_t at = s->first[i], m = s->first[i + 1] - at;
        struct epi_direct_rate d =
            epi_standardise_direct(s->events + at, s->time + at, s->weight + at, m, level);
        struct epi_indirect_rate e = epi_standardise_indirect(s->events + at, s->time + at,
                                                              s->rate + at, m, s->crude, level);
        group[i] = group_[i] = s->groups.list[i];
        crude[i] = d.crude * per, se[i] = d.se * per;
        struct epi_ci *all[] = {&d.gamma, &d.normal, &d.log};
        for (int k = 0; k < 3; k++)
            *all[k] = (struct epi_ci){all[k]->est * per, all[k]->lo * per, all[k]->hi * per};
        epi__ci_put(gamma, i, d.gamma);
        epi__ci_put(normal, i, d.normal);
        epi__ci_put(log_, i, d.log);
        observed[i] = e.observed, expected[i] = e.expected;
        epi__ci_put(exact, i, e.exact);
        epi__ci_put(log_ratio, i, e.log);
        epi__ci_put(rate, i, (struct epi_ci){e.rate * per, e.rate_lo * per, e.rate_hi * per});
        if (d.left_out)
            epi_out_note(r, EPI_WARNING, "estimate.risk.ages-left-out", i + 1,
                         epi_str_printf(r->a, "%zu", d.left_out), EPI_NIL);
        if (e.observed < 10)
            epi_out_note(r, EPI_WARNING, "estimate.risk.few-cases", i + 1,
                         epi_str_printf(r->a, "%.0f", e.observed), EPI_NIL);
    }
}

static epi_status run_standardised(struct epi_estimate_run *r)
{
    const struct epi_frame *in = &r->input;
    struct strata s = {.n = in->rows};
    const double *events = epi_frame_need(in, epi__column_of(r, in, "cases|events|deaths"), 0,
                                          COUNT_MAX, EPI_NEED_WHOLE, r->findings),
                 *time = epi_frame_need(in, epi__column_of(r, in, "person_time|population"), 0,
                                        1e15, 0, r->findings);
    if (!epi_frame_column(in, "age")) {
        epi_finding_add(r->findings, EPI_ERROR, "estimate.column-missing", 0, EPI_S("age"),
                        EPI_S("age"), EPI_NIL);
        return faulty(r);
    }
    if (!events || !time || !sort_rows(r, events, time, &s) || !read_standard(r, &s))
        return faulty(r);
    put_groups(r, &s);
    return EPI_OK;
}

/* --- table of methods ------------------------------------------------------------------------ */
static const struct epi_estimate_option standard_options[] = {
    {"standard", EPI_OPT_TABLE, "", 0, 0, "age weight|std_weight|population", "",
     "dân số chuẩn theo tuổi", "the standard population by age"},
    {"reference", EPI_OPT_TABLE, "", 0, 0, "age cases person_time", "",
     "quần thể tham chiếu cho chuẩn hóa gián tiếp; không có thì gộp mọi nhóm",
     "the reference of indirect standardisation; without it all groups together"},
    EPI__PER_OPTION,
    EPI__LEVEL_OPTION,
};
static const struct epi_estimate_column standard_columns[] = {
    {"group", "", "nhóm", "group"},
    {"crude", "", "tỷ suất thô", "crude rate"},
    {"direct", "", "tỷ suất chuẩn hóa trực tiếp", "directly standardised rate"},
    {"se", "", "sai số chuẩn", "standard error"},
    {"gamma_low", "", "giới hạn dưới (Fay-Feuer)", "lower limit, Fay and Feuer"},
    {"gamma_high", "", "giới hạn trên (Fay-Feuer)", "upper limit, Fay and Feuer"},
    {"normal_low", "", "giới hạn dưới (chuẩn)", "lower limit, normal"},
    {"normal_high", "", "giới hạn trên (chuẩn)", "upper limit, normal"},
    {"log_low", "", "giới hạn dưới (log-chuẩn)", "lower limit, log-normal"},
    {"log_high", "", "giới hạn trên (log-chuẩn)", "upper limit, log-normal"},
};
static const struct epi_estimate_method methods[] = {
    {.figure = "risk",
     .method = "standardised",
     .vi = "Tỷ suất chuẩn hóa theo tuổi, trực tiếp và gián tiếp",
     .en = "Age-standardised rates, direct and indirect",
     .paper = "Fay, Feuer 1997, Stat Med 16:791; Breslow, Day 1987, ch. 2",
     .shape = EPI_SHAPE_TABLE,
     .input = "group? age cases|events|deaths person_time|population std_weight?",
     .options = standard_options,
     .options_n = EPI_COUNT(standard_options),
     .columns = standard_columns,
     .columns_n = EPI_COUNT(standard_columns),
     .run = run_standardised},
};
const struct epi_estimate_group epi__standardise_methods = {methods, EPI_COUNT(methods)};
