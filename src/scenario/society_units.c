// SPDX-License-Identifier: AGPL-3.0-or-later
/* A society from a country's pack: census of communes, contact matrices, and settings of
 * society.json. */
#include "scenario/scenario_internal.h"

/* --- contacts.csv: area,setting,age_participant,age_contact,contacts --- */
static int word_in(epi_str s, const char *const *words, int n)
{
    for (int i = 0; i < n; i++)
        if (epi_str_eqz(s, words[i]))
            return i;
    return -1;
}
static epi_status read_contacts(epi_str text, struct epi_mixing *m, struct epi_err *reterr)
{
    static const char *const areas[] = {"rural", "urban"};
    static const char *const settings[] = {"home", "school", "work", "other"};
    epi_str line, rest = text;
    size_t rows = 0;
    for (bool head = true; epi_str_split(&rest, '\n', &line); head = false) {
        epi_str cell[5] = {EPI_NIL}, left = line;
        int64_t from, to;
        double rate;
        size_t n = 0;
        if (head || epi_str_trim(line).n == 0)
            continue;
        while (n < 5 && epi_str_split(&left, ',', &cell[n]))
            n++;
        int area = word_in(cell[0], areas, 2), setting = word_in(cell[1], settings, 4);
        if (area < 0 || setting < 0 || !epi_str_to_i64(cell[2], &from) ||
            !epi_str_to_i64(cell[3], &to) || !epi_str_to_f64(epi_str_trim(cell[4]), &rate) ||
            from < 0 || from > 75 || to < 0 || to > 75 || !(rate >= 0 && rate < 1000))
            return EPI_FAIL(reterr, EPI_INVALID, "scenario.contacts-row", "%zu", rows + 2);
        m->rate[area][setting][from / 5][to / 5] = (float)rate;
        rows++;
    }
    if (rows != (size_t)2 * EPI_MIX_N * EPI_MIX_BANDS * EPI_MIX_BANDS)
        return EPI_FAIL(reterr, EPI_INVALID, "scenario.contacts-rows", "%zu", rows);
    return EPI_OK;
}

/* --- society.json --- */
static double figure(const epi_json *j, const char *key)
{
    return epi_json_real(epi_json_get(j, key), "value", NAN);
}
static epi_status read_settings(const epi_json *j, struct epi_society_options *o,
                                struct epi_err *reterr)
{
    *o = (struct epi_society_options){.class_from = (int)figure(j, "class_from"),
                                      .class_to = (int)figure(j, "class_to"),
                                      .enrolled = figure(j, "enrolled"),
                                      .class_size = (int)figure(j, "class_size"),
                                      .work_from = (int)figure(j, "work_from"),
                                      .work_to = (int)figure(j, "work_to"),
                                      .employed = figure(j, "employed"),
                                      .workplace_mean = figure(j, "workplace_mean"),
                                      .commute = figure(j, "commute"),
                                      .hamlet_households = (int)figure(j, "hamlet_households"),
                                      .stay = figure(j, "stay"),
                                      .distance_km = figure(j, "distance_km")};
    static const char *const outings[EPI_OUTINGS] = {NULL, "market", "worship", "gathering"};
    for (int k = 1; k < EPI_OUTINGS; k++) {
        const epi_json *one = epi_json_get(epi_json_get(j, "outings"), outings[k]);
        o->outing[k].share = one ? figure(one, "share") : 0;
        o->outing[k].stay = one ? figure(one, "stay") : 1;
    }
    const epi_json *hospital = epi_json_get(j, "hospital");
    if (hospital) { /* a pack that knows nothing of hospitals has none */
        o->hospital.staff = figure(hospital, "staff");
        o->hospital.admissions = figure(hospital, "admissions");
        o->hospital.days = figure(hospital, "days");
    }
    if (!isfinite(o->enrolled) || !isfinite(o->employed) || !isfinite(o->workplace_mean) ||
        !isfinite(o->commute) || !isfinite(o->stay) || !isfinite(o->distance_km) ||
        o->class_size < 2)
        return EPI_FAIL(reterr, EPI_INVALID, "scenario.society-options", "%s", "society.json");
    return EPI_OK;
}
static epi_status read_seasons(const epi_json *settings, struct epi_society_options *o,
                               struct epi_err *reterr)
{
    EPI_JSON_EACH (j, epi_json_get(settings, "seasons")) {
        struct epi_season *s = &o->seasons[o->seasons_n++];
        if (o->seasons_n > EPI_SEASONS)
            return EPI_FAIL(reterr, EPI_LIMIT, "scenario.seasons", "%d", EPI_SEASONS);
        *s = (struct epi_season){.school = epi_json_real(j, "school", NAN),
                                 .work = epi_json_real(j, "work", NAN),
                                 .other = epi_json_real(j, "other", NAN),
                                 .returns = epi_json_real(j, "returns", 0),
                                 .travel = (int)epi_json_int(j, "travel", 0)};
        if (!epi_date_parse_iso(epi_json_text(j, "from", EPI_NIL), &s->from) ||
            !epi_date_parse_iso(epi_json_text(j, "to", EPI_NIL), &s->to))
            return EPI_FAIL(reterr, EPI_INVALID, "scenario.season", "%zu", o->seasons_n);
    }
    return EPI_OK;
}
static bool is_urban(const epi_json *settings, epi_str type)
{
    EPI_JSON_EACH (t, epi_json_get(settings, "urban_types"))
        if (epi_str_eq(t->text, type))
            return true;
    return false;
}

/* --- places --- */
/* The smallest units below `top` that are valid on the day and have a population by age. */
static size_t collect(const struct epi_units *u, int32_t top, epi_date on, double scale,
                      struct epi_place *out, struct epi_findings *f)
{
    size_t n = 0;
    const struct epi_unit *t = epi_units_at(u, top);
    for (int32_t i = t->last > t->first ? t->first : top;
         i < (t->last > t->first ? t->last : top + 1); i++) {
        const struct epi_unit *x = epi_units_at(u, i);
        const int64_t *ages = epi_units_ages(u, i), *sizes = epi_units_household_sizes(u, i);
        if (!epi_unit_valid_on(x, on) || epi_units_children(u, i, on, NULL, 0) > 0)
            continue;
        if (!ages || x->population < 0) {
            epi_finding_add(f, EPI_WARNING, "scenario.place-without-census", 0, x->path,
                            x->full_name, EPI_NIL);
            continue;
        }
        struct epi_place *p = &out[n++];
        *p = (struct epi_place){.path = x->path,
                                .name = x->full_name,
                                .lat = x->lat,
                                .lon = x->lon,
                                .district = x->parent};
        for (int b = 0; b < EPI_AGE_BANDS; b++)
            p->ages[b] = llround((double)ages[b] * scale);
        for (int k = 0; k < 7; k++)
            p->sizes[k] = sizes ? (double)sizes[k] : 0;
    }
    return n;
}
static void reference_ages(const struct epi_units *u, struct epi_mixing *m)
{
    const int64_t *ages = epi_units_ages(u, epi_units_root(u));
    for (int b = 0; b < EPI_AGE_BANDS && ages; b++)
        m->ages[b < EPI_MIX_BANDS ? b : EPI_MIX_BANDS - 1] += (double)ages[b];
}
epi_status epi_society_of_places(const struct epi_units *units, const struct epi_fs *fs,
                                 struct epi_place *places, size_t n, uint64_t seed,
                                 struct epi_society **ret, struct epi_err *reterr)
{
    EPI_ARENA_LOCAL(a);
    epi_str contacts, society;
    const epi_json *settings;
    struct epi_society_options o;
    struct epi_mixing *m = EPI_NEW(a, struct epi_mixing);
    EPI_TRY(epi_units_file(units, fs, a, EPI_S("contacts"), &contacts, reterr));
    EPI_TRY(epi_units_file(units, fs, a, EPI_S("society"), &society, reterr));
    EPI_TRY(epi_json_parse(a, society, (size_t)1 << 20, &settings, reterr));
    EPI_TRY(read_contacts(contacts, m, reterr));
    EPI_TRY(read_settings(settings, &o, reterr));
    EPI_TRY(read_seasons(settings, &o, reterr));
    reference_ages(units, m);
    for (size_t i = 0; i < n; i++) {
        int32_t unit = epi_units_by_path(units, places[i].path);
        places[i].urban = unit >= 0 && is_urban(settings, epi_units_at(units, unit)->type);
    }
    return epi_society_build(places, n, m, &o, seed, ret, reterr);
}
epi_status epi_society_of_units(const struct epi_units *units, const struct epi_fs *fs, int32_t top,
                                epi_date on, double scale, uint64_t seed, struct epi_society **ret,
                                struct epi_findings *findings, struct epi_err *reterr)
{
    EPI_ARENA_LOCAL(a);
    if (!(scale > 0 && scale <= 1))
        return EPI_FAIL(reterr, EPI_INVALID, "scenario.scale", "%g", scale);
    const struct epi_unit *t = epi_units_at(units, top);
    struct epi_place *places = EPI_ARRAY(a, (size_t)(t->last - t->first) + 1, struct epi_place);
    size_t n = collect(units, top, on, scale, places, findings);
    return epi_society_of_places(units, fs, places, n, seed, ret, reterr);
}
