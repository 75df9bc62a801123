// SPDX-License-Identifier: AGPL-3.0-or-later
/* The levers a scenario file may set, as one table; reading and writing go through it. */
#include "scenario/scenario_internal.h"
#include <stddef.h>

#define AT(member) offsetof(struct epi_scenario, member)
#define SHARE(path, member) \
    { \
        path, EPI_LEVER_SHARE, AT(member), 0, 0, 1, NULL \
    }
#define NUMBER(path, member, lo, hi) \
    { \
        path, EPI_LEVER_NUMBER, AT(member), 0, lo, hi, NULL \
    }
#define COUNT(path, member, lo, hi) \
    { \
        path, EPI_LEVER_COUNT, AT(member), 0, lo, hi, NULL \
    }
#define TEXT(path, member) \
    { \
        path, EPI_LEVER_TEXT, AT(member), sizeof((struct epi_scenario *)0)->member, 0, 0, NULL \
    }
#define WORD(path, member, word) \
    { \
        path, EPI_LEVER_TEXT, AT(member), sizeof((struct epi_scenario *)0)->member, 0, 0, word \
    }
#define WHEN(path, member) \
    COUNT(path ".when.from", member.when.from, 0, 3650), \
        COUNT(path ".when.to", member.when.to, 0, 3650), \
        COUNT(path ".when.level", member.when.level, 0, EPI_LEVELS - 1), \
        NUMBER(path ".when.found_weekly", member.when.found_weekly, 0, 1e5)
#define BY_LEVEL(path, member) \
    SHARE(path ".1", member[1]), SHARE(path ".2", member[2]), SHARE(path ".3", member[3]), \
        SHARE(path ".4", member[4])

static const struct epi_lever LEVERS[] = {
    TEXT("title", title),
    TEXT("base.pack", base.pack),
    TEXT("base.unit", base.unit),
    TEXT("base.disease", base.disease),
    TEXT("base.variant", base.variant),
    TEXT("base.date", base.date),
    NUMBER("base.scale", base.scale, 0.001, 1),
    COUNT("days", days, 1, 3650),
    NUMBER("r0", r0, 0, 50),
    WORD("start.from", start.from, EPI_START_REGISTER),
    NUMBER("start.hidden", start.hidden, 0, 100),
    COUNT("start.infected", start.infected, 0, 10000000),
    TEXT("start.place", start.place),
    SHARE("start.immune", start.immune),
    SHARE("start.doses_one", start.doses_one),
    SHARE("start.doses_full", start.doses_full),
    WHEN("seek", seek),
    SHARE("seek.share", seek.share),
    SHARE("seek.severe_share", seek.severe_share),
    NUMBER("seek.delay_mean", seek.delay_mean, 0, 30),
    WHEN("lab", lab),
    WORD("lab.by", lab.by, EPI_BY_PACK),
    NUMBER("lab.capacity", lab.capacity, 0, 1e6),
    COUNT("lab.turnaround", lab.turnaround, 0, 30),
    COUNT("lab.pool", lab.pool, 0, 100),
    SHARE("lab.pool_loss", lab.pool_loss),
    SHARE("lab.antigen", lab.antigen),
    SHARE("lab.specificity", lab.specificity),
    WHEN("isolate", isolate),
    COUNT("isolate.days", isolate.days, 0, 60),
    SHARE("isolate.home", isolate.home),
    SHARE("isolate.compliance", isolate.compliance),
    SHARE("isolate.at_home", isolate.at_home),
    WHEN("trace", trace),
    WORD("trace.by", trace.by, EPI_BY_PACK),
    COUNT("trace.rings", trace.rings, 0, 3),
    COUNT("trace.back", trace.back, 0, 30),
    SHARE("trace.home", trace.home),
    SHARE("trace.school", trace.school),
    SHARE("trace.work", trace.work),
    SHARE("trace.other", trace.other),
    COUNT("trace.delay", trace.delay, 0, 30),
    COUNT("trace.days_f1", trace.days_f1, 0, 60),
    COUNT("trace.days_f2", trace.days_f2, 0, 60),
    SHARE("trace.site", trace.site),
    SHARE("trace.compliance", trace.compliance),
    COUNT("trace.test_first", trace.test_first, 0, 60),
    COUNT("trace.test_last", trace.test_last, 0, 60),
    NUMBER("trace.capacity", trace.capacity, 0, 1e5),
    NUMBER("site.places", site.places, 0, 1e5),
    NUMBER("site.contacts", site.contacts, 0, 100),
    WHEN("screen", screen),
    SHARE("screen.share", screen.share),
    COUNT("screen.every", screen.every, 0, 365),
    WHEN("zone", zone),
    COUNT("zone.cases", zone.cases, 0, 1000),
    COUNT("zone.window", zone.window, 0, EPI__ZONE_DAYS - 1),
    COUNT("zone.delay", zone.delay, 0, 30),
    COUNT("zone.days", zone.days, 0, 90),
    SHARE("zone.contacts", zone.contacts),
    WHEN("measures", measures),
    BY_LEVEL("measures.school", measures.school),
    BY_LEVEL("measures.work", measures.work),
    BY_LEVEL("measures.other", measures.other),
    BY_LEVEL("measures.market", measures.market),
    BY_LEVEL("measures.worship", measures.worship),
    BY_LEVEL("measures.gathering", measures.gathering),
    WORD("level.by", level.by, EPI_BY_PACK),
    NUMBER("level.from.2", level.from[2], 0, 1e5),
    NUMBER("level.from.3", level.from[3], 0, 1e5),
    NUMBER("level.from.4", level.from[4], 0, 1e5),
    COUNT("level.hold", level.hold, 0, 90),
    COUNT("level.fixed", level.fixed, 0, EPI_LEVELS - 1),
    NUMBER("care.beds", care.beds, 0, 1e5),
    NUMBER("care.icu", care.icu, 0, 1e5),
    SHARE("care.no_bed_death", care.no_bed_death),
    SHARE("care.no_icu_death", care.no_icu_death),
    NUMBER("care.oxygen_bed", care.oxygen_bed, 0, 100),
    NUMBER("care.oxygen_icu", care.oxygen_icu, 0, 100),
    NUMBER("care.ward_contacts", care.ward_contacts, 0, 100),
    SHARE("care.protection", care.protection),
    SHARE("care.precautions", care.precautions),
    WHEN("vaccinate", vaccinate),
    NUMBER("vaccinate.per_day", vaccinate.per_day, 0, 1e5),
    COUNT("vaccinate.from_age", vaccinate.from_age, 0, 120),
    COUNT("vaccinate.gap", vaccinate.gap, 0, 365),
    COUNT("vaccinate.doses", vaccinate.doses, 1, EPI_DOSES - 1),
    SHARE("vaccinate.reach", vaccinate.reach),
    NUMBER("vaccinate.stock", vaccinate.stock, 0, 1e6),
    WHEN("behave", behave),
    NUMBER("behave.half_at", behave.half_at, 0, 1e5),
    SHARE("behave.floor", behave.floor),
    WHEN("arrive", arrive),
    NUMBER("arrive.per_day", arrive.per_day, 0, 1e5),
    SHARE("arrive.prevalence", arrive.prevalence),
    SHARE("arrive.site", arrive.site),
    COUNT("arrive.days", arrive.days, 0, 60),
    {"arrive.tested", EPI_LEVER_YES, AT(arrive.tested), 0, 0, 1, NULL},
    COUNT("arrive.variant", arrive.variant, 0, EPI_VARIANTS - 1),
    {"season.observed", EPI_LEVER_YES, AT(season.observed), 0, 0, 1, NULL},
    NUMBER("season.returns", season.returns, 0, 100),
    TEXT("cost.currency", cost.currency),
    NUMBER("cost.test", cost.test, 0, 1e12),
    NUMBER("cost.home_day", cost.home_day, 0, 1e12),
    NUMBER("cost.site_day", cost.site_day, 0, 1e12),
    NUMBER("cost.bed_day", cost.bed_day, 0, 1e12),
    NUMBER("cost.icu_day", cost.icu_day, 0, 1e12),
    NUMBER("cost.dose", cost.dose, 0, 1e12),
    NUMBER("cost.locked_day", cost.locked_day, 0, 1e12),
};
#define LEVERS_N (sizeof LEVERS / sizeof *LEVERS)

size_t epi_levers(const struct epi_lever **ret)
{
    *ret = LEVERS;
    return LEVERS_N;
}
static void *place_of(struct epi_scenario *s, const struct epi_lever *l)
{
    return (char *)s + l->offset;
}

/* --- reading --- */
static void refuse(struct epi_findings *f, const char *code, epi_str path, const char *fmt,
                   double x)
{
    epi_finding_add(f, EPI_ERROR, code, 0, path, path, epi_str_printf(f->a, fmt, x));
}
static bool take_text(struct epi_scenario *s, const struct epi_lever *l, const epi_json *j)
{
    if (j->type != EPI_JSON_TEXT || j->text.n >= l->size)
        return false;
    char *to = place_of(s, l);
    memset(to, 0, l->size);
    if (j->text.n > 0)
        memcpy(to, j->text.p, j->text.n);
    return true;
}
/* Writes the value when it is of the lever's type and in its range. */
static void take(struct epi_scenario *s, const struct epi_lever *l, const epi_json *j,
                 struct epi_findings *f)
{
    epi_str path = epi_str_of(l->path);
    bool number = j->type == EPI_JSON_INT || j->type == EPI_JSON_REAL;
    if (l->type == EPI_LEVER_TEXT) {
        if (l->word && !(j->type == EPI_JSON_TEXT && (!j->text.n || epi_str_eqz(j->text, l->word))))
            epi_finding_add(f, EPI_ERROR, "scenario.word", 0, path, path, epi_str_of(l->word));
        else if (!take_text(s, l, j))
            refuse(f, "scenario.text", path, "%.0f", (double)l->size - 1);
    } else if (l->type == EPI_LEVER_YES) {
        if (j->type != EPI_JSON_BOOL)
            refuse(f, "scenario.yes-no", path, "%.0f", 0);
        else
            *(bool *)place_of(s, l) = j->i != 0;
    } else if (!number || (l->type == EPI_LEVER_COUNT && j->type != EPI_JSON_INT)) {
        refuse(f, l->type == EPI_LEVER_COUNT ? "scenario.whole" : "scenario.number", path, "%g",
               l->hi);
    } else if (!(j->f >= l->lo && j->f <= l->hi)) {
        epi_finding_add(f, EPI_ERROR, "scenario.range", 0, path, epi_str_printf(f->a, "%g", l->lo),
                        epi_str_printf(f->a, "%g", l->hi));
    } else if (l->type == EPI_LEVER_COUNT) {
        *(int *)place_of(s, l) = (int)j->i;
    } else {
        *(double *)place_of(s, l) = j->f;
    }
}
static void read_object(struct epi_arena *a, const epi_json *j, epi_str prefix,
                        struct epi_scenario *s, struct epi_findings *f)
{
    EPI_JSON_EACH (m, j) {
        if (!prefix.n && epi_str_eqz(m->key, "calibrate")) {
            epi__calibrate_read(m, &s->calibrate, f);
            continue;
        }
        epi_str path =
            prefix.n ? epi_str_printf(a, "%.*s.%.*s", EPI_FMT(prefix), EPI_FMT(m->key)) : m->key;
        const struct epi_lever *found = NULL;
        bool inside = false;
        for (size_t i = 0; i < LEVERS_N && !found; i++) {
            epi_str name = epi_str_of(LEVERS[i].path);
            if (epi_str_eq(name, path))
                found = &LEVERS[i];
            else
                inside = inside ||
                         (name.n > path.n && epi_str_starts(name, path) && name.p[path.n] == '.');
        }
        if (found)
            take(s, found, m, f);
        else if (inside && m->type == EPI_JSON_OBJECT)
            read_object(a, m, path, s, f);
        else
            epi_finding_add(f, EPI_ERROR, inside ? "scenario.group" : "scenario.unknown", 0, path,
                            path, EPI_NIL);
    }
}
/* Covariances of an ensemble are no better than its runs are many. */
static void warn_of_few(const struct epi_scenario *s, struct epi_findings *f)
{
    size_t figures = s->calibrate.free_n + epi__walk_windows(s);
    if (s->calibrate.members > 0 && (size_t)s->calibrate.members < EPI_MEMBERS_A_FIGURE * figures)
        epi_finding_add(f, EPI_WARNING, "calibrate.members-few", 0, EPI_S("calibrate.members"),
                        epi_str_printf(f->a, "%d", s->calibrate.members),
                        epi_str_printf(f->a, "%zu", EPI_MEMBERS_A_FIGURE * figures));
}
/* What no single figure shows. */
static void check_together(const struct epi_scenario *s, struct epi_findings *f)
{
    if (s->start.doses_one + s->start.doses_full > 1)
        refuse(f, "scenario.sum-above-one", EPI_S("start.doses_full"), "%g",
               s->start.doses_one + s->start.doses_full);
    const struct {
        const char *path;
        const struct epi_when *when;
    } spans[] = {{"seek.when.to", &s->seek.when},         {"lab.when.to", &s->lab.when},
                 {"isolate.when.to", &s->isolate.when},   {"trace.when.to", &s->trace.when},
                 {"screen.when.to", &s->screen.when},     {"zone.when.to", &s->zone.when},
                 {"measures.when.to", &s->measures.when}, {"vaccinate.when.to", &s->vaccinate.when},
                 {"behave.when.to", &s->behave.when},     {"arrive.when.to", &s->arrive.when}};
    for (size_t i = 0; i < sizeof spans / sizeof *spans; i++)
        if (spans[i].when->to > 0 && spans[i].when->to <= spans[i].when->from)
            refuse(f, "scenario.ends-before", epi_str_of(spans[i].path), "%.0f",
                   spans[i].when->from);
    for (int i = 3; i < EPI_LEVELS; i++)
        if (s->level.from[i] > 0 && s->level.from[i] < s->level.from[i - 1])
            refuse(f, "scenario.levels-order", epi_str_printf(f->a, "level.from.%d", i), "%g",
                   s->level.from[i - 1]);
    epi_date date;
    if (s->base.date[0] && !epi_date_parse_iso(epi_str_of(s->base.date), &date))
        refuse(f, "scenario.date", EPI_S("base.date"), "%.0f", 0);
    if (s->start.from[0] && s->calibrate.members > 0)
        refuse(f, "calibrate.start", EPI_S("start.from"), "%.0f", 0);
    warn_of_few(s, f);
    if (s->trace.rings > 0 && s->isolate.days == 0)
        refuse(f, "scenario.trace-without-isolation", EPI_S("isolate.days"), "%.0f", 0);
}
epi_status epi_scenario_read(struct epi_arena *a, epi_str json, struct epi_scenario *io,
                             struct epi_findings *findings, struct epi_err *reterr)
{
    const epi_json *j;
    struct epi_scenario s = *io;
    size_t before = findings->counts[EPI_ERROR];
    EPI_TRY(epi_json_parse(a, json, (size_t)1 << 20, &j, reterr));
    if (j->type != EPI_JSON_OBJECT)
        return EPI_FAIL(reterr, EPI_INVALID, "scenario.not-an-object", "%s", "{}");
    read_object(a, j, EPI_NIL, &s, findings);
    check_together(&s, findings);
    if (findings->counts[EPI_ERROR] > before)
        return EPI_FAIL(reterr, EPI_INVALID, "scenario.refused", "%zu",
                        findings->counts[EPI_ERROR] - before);
    *io = s;
    return EPI_OK;
}

/* --- writing --- */
static void write_value(struct epi_jw *w, const struct epi_scenario *s, const struct epi_lever *l)
{
    const void *at = (const char *)s + l->offset;
    switch (l->type) {
    case EPI_LEVER_TEXT:
        epi_jw_textz(w, at);
        break;
    case EPI_LEVER_YES:
        epi_jw_bool(w, *(const bool *)at);
        break;
    case EPI_LEVER_COUNT:
        epi_jw_int(w, *(const int *)at);
        break;
    case EPI_LEVER_SHARE:
    case EPI_LEVER_NUMBER:
        epi_jw_real(w, *(const double *)at);
        break;
    }
}
/* Levers of one group follow each other in the table: writes those below `prefix` from `i` on. */
static size_t write_below(struct epi_jw *w, const struct epi_scenario *s, size_t i, size_t prefix)
{
    epi_str group = {LEVERS[i].path, prefix};
    epi_jw_object(w);
    while (i < LEVERS_N && epi_str_starts(epi_str_of(LEVERS[i].path), group)) {
        epi_str rest = epi_str_sub(epi_str_of(LEVERS[i].path), prefix, SIZE_MAX);
        size_t dot = epi_str_find(rest, EPI_S("."), 0);
        epi_jw_keys(w, epi_str_sub(rest, 0, dot));
        if (dot == SIZE_MAX)
            write_value(w, s, &LEVERS[i++]);
        else
            i = write_below(w, s, i, prefix + dot + 1);
    }
    if (prefix == 0 && s->calibrate.members > 0)
        epi__calibrate_json(w, &s->calibrate);
    epi_jw_object_end(w);
    return i;
}
void epi_scenario_json(struct epi_jw *w, const struct epi_scenario *s)
{
    write_below(w, s, 0, 0);
}
