// SPDX-License-Identifier: AGPL-3.0-or-later
/* Today's picture of one unit: figures with their definition, what needs a decision, the curve, the
 * units below. */
#include "level/level.h"
#include "ops/figures.h"
#include <math.h>

#define CURVE_DAYS 60

struct today {
    struct epi_call *call;
    const struct epi_unit *unit;
    int32_t at;
    epi_date on;
    int window; /* days over which the level's rule counts */
    struct epi__series s;
    struct epi__coverage c;
};

struct text2 {
    const char *vi, *en;
};

static void both(struct epi_jw *w, const char *key, struct text2 t)
{
    epi_jw_key(w, key);
    epi_jw_object(w);
    epi_jw_kvz(w, "vi", t.vi);
    epi_jw_kvz(w, "en", t.en);
    epi_jw_object_end(w);
}

/* --- counting
 * ----------------------------------------------------------------------------------------------------
 */
static epi_status count(struct today *t, uint16_t kind, const struct epi_filter *more,
                        size_t n_more, int64_t *ret)
{
    struct epi_filter f[6] = {{.field = 0, .match = EPI_UNDER, .v = epi_v_text(t->unit->path)}};
    struct epi_group *groups;
    size_t n;
    for (size_t i = 0; i < n_more; i++)
        f[1 + i] = more[i];
    static const uint16_t by_unit[] = {0};
    EPI_TRY(epi_store_group(t->call->app->store, t->call->a, kind, &t->call->actor.scope, f,
                            n_more + 1, by_unit, 1, &groups, &n, &t->call->err));
    *ret = 0;
    for (size_t i = 0; i < n; i++)
        *ret += groups[i].n;
    return EPI_OK;
}

static int64_t sum(const struct today *t, const int32_t *series, int64_t last, int days)
{
    int64_t n = 0;
    for (int64_t d = last - days + 1; d <= last; d++)
        n += d >= 0 && d < (int64_t)t->s.days ? series[(size_t)t->at * t->s.days + (size_t)d] : 0;
    return n;
}

static void figure(struct today *t, const char *id, struct text2 label, struct text2 definition,
                   double value, double previous, const char *link)
{
    struct epi_jw *w = &t->call->out;
    epi_jw_object(w);
    epi_jw_kvz(w, "id", id);
    both(w, "label", label);
    epi_jw_kvr(w, "value", value); /* NaN writes null */
    epi_jw_kvr(w, "previous", previous);
    both(w, "definition", definition);
    epi_jw_kvz(w, "link", link);
    epi_jw_object_end(w);
}

/* Whose doses count, from when, and by which pack: the sentence under the figure. */
static struct text2 coverage_text(const struct today *t)
{
    const struct epi__coverage_rule *r = &t->c.rule;
    int after = r->one_after[0][0];
    epi_str days =
        after == EPI__NEVER || after == 0 ? EPI_NIL : epi_str_printf(t->call->a, "%d", after);
    return (struct text2){
        .vi = epi_str_cz(t->call->a, epi_str_printf(t->call->a, "%.*s%s%.*s%s; %.*s (%.*s)",
                                                    EPI_FMT(r->group_label[EPI_VI]),
                                                    days.n ? ", tính sau tiêm " : "", EPI_FMT(days),
                                                    days.n ? " ngày" : "", EPI_FMT(r->rule.id),
                                                    EPI_FMT(r->rule.document))),
        .en =
            epi_str_cz(t->call->a, epi_str_printf(t->call->a, "%.*s%s%.*s%s; %.*s (%.*s)",
                                                  EPI_FMT(r->group_label[EPI_EN]),
                                                  days.n ? ", counted from day " : "",
                                                  EPI_FMT(days), days.n ? " after the dose" : "",
                                                  EPI_FMT(r->rule.id), EPI_FMT(r->rule.document)))};
}

static struct epi_filter is_word(uint16_t field, const char *word)
{
    return (struct epi_filter){.field = field, .match = EPI_EQ, .v = epi_v_text(epi_str_of(word))};
}

static void case_figures(struct today *t)
{
    int64_t last = (int64_t)t->s.days - 1;
    figure(t, "cases_today", (struct text2){"Ca mới trong ngày", "New cases today"},
           (struct text2){"Ca không bị loại trừ, theo ngày báo cáo",
                          "Cases not discarded, by report date"},
           (double)sum(t, t->s.all, last, 1), (double)sum(t, t->s.all, last - 1, 1), "#/cases");
    figure(t, "cases_7d", (struct text2){"Ca mới 7 ngày", "New cases in 7 days"},
           (struct text2){"Tổng 7 ngày đến hết ngày này, so với 7 ngày trước",
                          "Sum of the 7 days up to this one, against the 7 before"},
           (double)sum(t, t->s.all, last, 7), (double)sum(t, t->s.all, last - 7, 7), "#/cases");
    figure(t, "community_cases_7d",
           (struct text2){"Ca cộng đồng 7 ngày", "Community cases in 7 days"},
           (struct text2){"Chỉ tính nơi phát hiện được quy định coi là cộng đồng",
                          "Only settings that the rule counts as community"},
           (double)sum(t, t->s.community, last, 7), (double)sum(t, t->s.community, last - 7, 7),
           "#/cases?detection=community");
}

static epi_status other_figures(struct today *t)
{
    int64_t active, follow, trace, pending, open, overdue;
    struct epi_filter in_care = is_word(EPI_CASE_OUTCOME, "in_care");
    struct epi_filter following = is_word(EPI_CONTACT_STATUS, "under_follow_up"),
                      to_trace = is_word(EPI_CONTACT_STATUS, "to_trace");
    struct epi_filter waiting = is_word(EPI_SAMPLE_RESULT, "pending");
    struct epi_filter not_done = {
        .field = EPI_ASSIGNMENT_STATUS, .match = EPI_NE, .v = epi_v_text(EPI_S("done"))};
    struct epi_filter late[] = {not_done,
                                {.field = EPI_ASSIGNMENT_DUE,
                                 .match = EPI_LT,
                                 .v = epi_v_date(epi_app_today(t->call->app))}};
    EPI_TRY(count(t, EPI_K_CASE, &in_care, 1, &active));
    EPI_TRY(count(t, EPI_K_CONTACT, &following, 1, &follow));
    EPI_TRY(count(t, EPI_K_CONTACT, &to_trace, 1, &trace));
    EPI_TRY(count(t, EPI_K_SAMPLE, &waiting, 1, &pending));
    EPI_TRY(count(t, EPI_K_ASSIGNMENT, &not_done, 1, &open));
    EPI_TRY(count(t, EPI_K_ASSIGNMENT, late, 2, &overdue));
    figure(t, "active_cases", (struct text2){"Ca đang điều trị", "Cases in care"},
           (struct text2){"Kết quả điều trị ghi là đang điều trị", "Outcome recorded as in care"},
           (double)active, NAN, "#/cases?outcome=in_care");
    figure(t, "contacts_under_follow_up",
           (struct text2){"F1 đang theo dõi", "Contacts under follow-up"},
           (struct text2){"Người tiếp xúc có trạng thái đang theo dõi",
                          "Contacts whose status is under follow-up"},
           (double)follow, NAN, "#/records/contact?status=under_follow_up");
    figure(t, "contacts_to_trace", (struct text2){"Cần truy vết", "Contacts to trace"},
           (struct text2){"Người tiếp xúc chưa liên hệ được", "Contacts not reached yet"},
           (double)trace, NAN, "#/records/contact?status=to_trace");
    figure(t, "samples_pending", (struct text2){"Mẫu chờ kết quả", "Samples pending"},
           (struct text2){"Mẫu đã lấy, chưa có kết quả", "Taken, result not in yet"},
           (double)pending, NAN, "#/records/sample?result=pending");
    figure(t, "coverage_one_dose",
           (struct text2){"Bao phủ ít nhất 1 mũi (%)", "At least one dose (%)"}, coverage_text(t),
           t->c.one_dose[t->at], NAN, "#/levels");
    figure(t, "assignments_open", (struct text2){"Nhiệm vụ chưa xong", "Open assignments"},
           (struct text2){"Nhiệm vụ từ văn bản chỉ đạo chưa kết thúc",
                          "Assignments of directives not closed"},
           (double)open, NAN, "#/directives");
    figure(t, "assignments_overdue", (struct text2){"Nhiệm vụ quá hạn", "Overdue assignments"},
           (struct text2){"Chưa kết thúc và đã quá hạn", "Not closed and past the due date"},
           (double)overdue, NAN, "#/directives");
    return EPI_OK;
}

/* --- decisions
 * ----------------------------------------------------------------------------------------------------
 */
static void decision(struct today *t, const char *id, struct text2 label, int64_t n,
                     const char *severity, const char *link)
{
    struct epi_jw *w = &t->call->out;
    if (!n)
        return;
    epi_jw_object(w);
    epi_jw_kvz(w, "id", id);
    both(w, "label", label);
    epi_jw_kvi(w, "count", n);
    epi_jw_kvz(w, "severity", severity);
    epi_jw_kvz(w, "link", link);
    epi_jw_object_end(w);
}

static epi_status level_differs(struct today *t, struct epi__level_now *ret_now,
                                int64_t *ret_published)
{
    struct epi_filter f[] = {
        {.field = EPI_LEVEL_UNIT, .match = EPI_EQ, .v = epi_v_text(t->unit->path)},
        is_word(EPI_LEVEL_STATUS, "published"),
        {.field = EPI_LEVEL_AS_OF, .match = EPI_LE, .v = epi_v_date(t->on)}};
    struct epi_query q = {.kind = EPI_K_LEVEL,
                          .scope = EPI_SCOPE_ALL,
                          .filters = f,
                          .n_filters = 3,
                          .order = EPI_LEVEL_AS_OF,
                          .descending = true,
                          .limit = 1};
    struct epi_page page;
    *ret_published = EPI_LEVEL_NONE;
    if (epi__level_now(t->call, t->at, t->on, ret_now) != EPI_OK)
        *ret_now = (struct epi__level_now){
            .level = EPI_LEVEL_NONE}; /* no policy in force: the page lives without */
    EPI_TRY(epi_store_find(t->call->app->store, t->call->a, &q, &page, &t->call->err));
    if (page.n)
        *ret_published = page.rows[0].v[EPI_LEVEL_LEVEL].i;
    return EPI_OK;
}

static epi_status decisions(struct today *t, int level_now, int64_t level_published)
{
    struct epi_filter unclassified = {.field = EPI_CASE_CLASSIFICATION, .match = EPI_IS_NULL};
    struct epi_filter unplaced = {.field = EPI_CASE_DETECTION, .match = EPI_IS_NULL};
    struct epi_filter to_trace = is_word(EPI_CONTACT_STATUS, "to_trace");
    struct epi_filter old[] = {
        is_word(EPI_SAMPLE_RESULT, "pending"),
        {.field = EPI_SAMPLE_TAKEN, .match = EPI_LT, .v = epi_v_date((epi_date){t->on.d - 1})}};
    struct epi_filter late[] = {
        {.field = EPI_ASSIGNMENT_STATUS, .match = EPI_NE, .v = epi_v_text(EPI_S("done"))},
        {.field = EPI_ASSIGNMENT_DUE,
         .match = EPI_LT,
         .v = epi_v_date(epi_app_today(t->call->app))}};
    struct epi_filter new_work = is_word(EPI_ASSIGNMENT_STATUS, "new"),
                      open = is_word(EPI_CONFLICT_STATUS, "open"),
                      signals = is_word(EPI_SIGNAL_STATUS, "open");
    int64_t n[8];
    EPI_TRY(count(t, EPI_K_CASE, &unclassified, 1, &n[0]));
    EPI_TRY(count(t, EPI_K_CASE, &unplaced, 1, &n[1]));
    EPI_TRY(count(t, EPI_K_CONTACT, &to_trace, 1, &n[2]));
    EPI_TRY(count(t, EPI_K_SAMPLE, old, 2, &n[3]));
    EPI_TRY(count(t, EPI_K_ASSIGNMENT, late, 2, &n[4]));
    EPI_TRY(count(t, EPI_K_ASSIGNMENT, &new_work, 1, &n[5]));
    EPI_TRY(count(t, EPI_K_CONFLICT, &open, 1, &n[6]));
    EPI_TRY(count(t, EPI_K_SIGNAL, &signals, 1, &n[7]));
    bool differs = level_now != EPI_LEVEL_NONE && level_now != level_published;
    decision(t, "level_differs",
             level_published == EPI_LEVEL_NONE
                 ? (struct text2){"Cấp độ dịch chưa công bố", "Level not published yet"}
                 : (struct text2){"Cấp độ tính được khác cấp đã công bố",
                                  "Computed level differs from the published one"},
             differs, "high", "#/levels");
    decision(t, "signals_open",
             (struct text2){"Tín hiệu cảnh báo chờ xem xét", "Outbreak signals to be looked at"},
             n[7], "high", "#/signals?tab=kept&status=open");
    decision(t, "assignments_overdue", (struct text2){"Nhiệm vụ quá hạn", "Assignments overdue"},
             n[4], "high", "#/directives");
    decision(t, "contacts_to_trace",
             (struct text2){"Người tiếp xúc cần truy vết", "Contacts to be traced"}, n[2], "high",
             "#/records/contact?status=to_trace");
    decision(t, "samples_old",
             (struct text2){"Mẫu chờ kết quả quá 1 ngày", "Samples pending for more than a day"},
             n[3], "high", "#/records/sample?result=pending");
    decision(t, "conflicts",
             (struct text2){"Giá trị bị mất khi hai người cùng sửa",
                            "Values lost when two people edited"},
             n[6], "high", "#/records/conflict?status=open");
    decision(t, "unplaced",
             (struct text2){"Ca chưa rõ nơi phát hiện", "Cases without how they were found"}, n[1],
             "medium", "#/cases?detection.null=1");
    decision(t, "unclassified", (struct text2){"Ca chưa phân loại", "Cases without classification"},
             n[0], "medium", "#/cases?classification.null=1");
    decision(t, "assignments_new",
             (struct text2){"Nhiệm vụ chưa nhận", "Assignments not acknowledged"}, n[5], "medium",
             "#/directives");
    return EPI_OK;
}

/* --- curve and units below
 * ------------------------------------------------------------------------------------------- */
static void curve_json(struct today *t)
{
    struct epi_jw *w = &t->call->out;
    char day[16];
    epi_jw_key(w, "curve");
    epi_jw_array(w);
    for (size_t d = 0; d < t->s.days; d++) {
        size_t at = (size_t)t->at * t->s.days + d;
        epi_jw_object(w);
        epi_jw_kvz(w, "date", epi_date_iso((epi_date){t->s.first.d + (int32_t)d}, day));
        epi_jw_kvi(w, "community", t->s.community[at]);
        epi_jw_kvi(w, "other", t->s.all[at] - t->s.community[at]);
        epi_jw_kvi(w, "onset", t->s.onset[at]);
        epi_jw_object_end(w);
    }
    epi_jw_array_end(w);
}

static void below_json(struct today *t)
{
    const struct epi_units *units = t->call->app->units;
    struct epi_jw *w = &t->call->out;
    struct today below = *t;
    epi_jw_key(w, "by_unit");
    epi_jw_array(w);
    for (int32_t u = t->at + 1; u < t->unit->last; u++) {
        const struct epi_unit *unit = epi_units_at(units, u);
        if (unit->parent != t->at || !epi_unit_valid_on(unit, t->on))
            continue;
        below.at = u;
        int64_t last = (int64_t)t->s.days - 1,
                community = sum(&below, t->s.community, last, t->window);
        struct epi_fact rate = epi_level_rate(community, t->window, (double)unit->population);
        epi_jw_object(w);
        epi_jw_kv(w, "path", unit->path);
        epi_jw_kv(w, "name", unit->full_name);
        epi_jw_kv(w, "code", unit->code);
        epi_jw_kvi(w, "cases_7d", sum(&below, t->s.all, last, 7));
        epi_jw_kvi(w, "community", community);
        epi_jw_kvr(w, "rate", rate.known ? rate.v : NAN);
        epi_jw_kvr(w, "coverage_one_dose", t->c.one_dose[u]);
        epi_jw_kvr(w, "lat", unit->lat);
        epi_jw_kvr(w, "lon", unit->lon);
        epi_jw_object_end(w);
    }
    epi_jw_array_end(w);
}

static void head_json(struct today *t)
{
    struct epi_jw *w = &t->call->out;
    char day[16];
    epi_jw_key(w, "unit");
    epi_jw_object(w);
    epi_jw_kv(w, "path", t->unit->path);
    epi_jw_kv(w, "name", t->unit->full_name);
    epi_jw_kvi(w, "population", t->unit->population);
    epi_jw_object_end(w);
    epi_jw_kvz(w, "as_of", epi_date_iso(t->on, day));
    epi_jw_key(w, "cut_off");
    epi_jw_object(w);
    epi_jw_kvz(w, "time", "24:00");
    epi_jw_kvi(w, "utc_offset", epi_units_utc_offset(t->call->app->units));
    epi_jw_object_end(w);
    epi_jw_kvz(w, "source", t->s.aggregate[t->at] ? "count" : "case");
    epi_jw_kvi(w, "window_days", t->window);
    epi__rule_json(w, "community_rule", &t->s.rule);
    epi__rule_json(w, "coverage_rule", &t->c.rule.rule);
}

epi_status epi_do_today(struct epi_call *call)
{
    struct today t = {.call = call};
    struct epi__level_now level;
    int64_t published;
    EPI_TRY(epi__need(call, EPI_MAY_RECORD_READ));
    EPI_TRY(epi__date_arg(call, epi_arg(call, "on").n ? "on" : "as_of", &t.on));
    EPI_TRY(epi__unit_arg(call, "unit", &t.at));
    t.unit = epi_units_at(call->app->units, t.at);
    t.window = epi__window(call, t.at, t.on);
    int days = t.window > CURVE_DAYS ? t.window : CURVE_DAYS;
    EPI_TRY(
        epi__series_load(call, t.at, (epi_date){t.on.d - days + 1}, t.on, t.on, t.window, &t.s));
    EPI_TRY(epi__coverage_load(call, t.at, t.on, &t.c));
    struct epi_jw *w = &call->out;
    epi_jw_object(w);
    head_json(&t);
    epi_jw_key(w, "figures");
    epi_jw_array(w);
    case_figures(&t);
    EPI_TRY(other_figures(&t));
    epi_jw_array_end(w);
    EPI_TRY(level_differs(&t, &level, &published));
    epi_jw_key(w, "decisions");
    epi_jw_array(w);
    EPI_TRY(decisions(&t, level.level, published));
    epi_jw_array_end(w);
    epi_jw_key(w, "level");
    epi_jw_object(w);
    epi_jw_key(w, "computed");
    if (level.level == EPI_LEVEL_NONE)
        epi_jw_null(w);
    else
        epi_jw_int(w, level.level);
    epi_jw_kvz(w, "confidence",
               level.level == EPI_LEVEL_NONE ? NULL : epi_confidence_word(level.confidence));
    epi__rule_json(w, "rule", &level.rule);
    epi_jw_kvb(w, "unverified",
               level.level != EPI_LEVEL_NONE && level.confidence == EPI_UNVERIFIED);
    epi_jw_key(w, "published");
    if (published == EPI_LEVEL_NONE)
        epi_jw_null(w);
    else
        epi_jw_int(w, published);
    epi_jw_object_end(w);
    curve_json(&t);
    below_json(&t);
    epi_jw_object_end(w);
    return EPI_OK;
}
