// SPDX-License-Identifier: AGPL-3.0-or-later
#include "demo/demo_internal.h"

#define SETTINGS_MAX ((size_t)1 << 20)

static epi_status bad(struct epi_err *reterr, const char *what)
{
    return EPI_FAIL(reterr, EPI_INVALID, "demo.bad-settings", "%s", what);
}

static bool add(struct epi__list *l, epi_str text, double weight, int64_t value)
{
    if (l->n == EPI__LIST_MAX || text.n == 0 || !(weight > 0))
        return false;
    double before = l->n ? l->cumulative[l->n - 1] : 0;
    l->cumulative[l->n] = before + weight;
    l->c[l->n++] = (struct epi__choice){text, weight, value};
    return true;
}

size_t epi__pick(struct epi_rng *r, const struct epi__list *l)
{
    double at = epi_rng_unit(r) * l->cumulative[l->n - 1];
    size_t i = 0;
    while (i + 1 < l->n && l->cumulative[i] <= at)
        i++;
    return i;
}

/* --- names.csv
 * -------------------------------------------------------------------------------------- */

static struct epi__group *group_named(struct epi__settings *s, epi_str name, bool make)
{
    for (size_t i = 0; i < s->n_groups; i++)
        if (epi_str_eq(s->group[i].name, name))
            return &s->group[i];
    if (!make || s->n_groups == EPI__GROUPS)
        return NULL;
    s->group[s->n_groups].name = name;
    return &s->group[s->n_groups++];
}

static bool add_name(struct epi__settings *s, const struct epi_csv *c)
{
    double weight;
    struct epi__group *g = c->n == 5 ? group_named(s, c->fields[0], true) : NULL;
    if (!g || !epi_str_to_f64(c->fields[4], &weight))
        return false;
    epi_str part = c->fields[1], sex = c->fields[2], text = c->fields[3];
    int female = epi_str_eqz(sex, "female");
    if (epi_str_eqz(part, "family"))
        return add(&g->family, text, weight, 0);
    if (!female && !epi_str_eqz(sex, "male"))
        return false;
    if (epi_str_eqz(part, "middle"))
        return add(&g->middle[female], text, weight, 0);
    return epi_str_eqz(part, "given") && add(&g->given[female], text, weight, 0);
}

static epi_status read_names(struct epi__settings *s, epi_str text, struct epi_err *reterr)
{
    struct epi_csv c;
    bool ok = true;
    uint32_t line = 0;
    epi_csv_init(&c, text, ',');
    for (bool head = true; ok && epi_csv_next(&c); head = false) {
        line = c.line;
        ok = head ? c.n == 5 : add_name(s, &c);
    }
    epi_csv_done(&c);
    for (size_t i = 0; ok && i < s->n_groups; i++) {
        const struct epi__group *g = &s->group[i];
        ok = g->family.n && g->middle[0].n && g->middle[1].n && g->given[0].n && g->given[1].n;
    }
    if (!ok || s->n_groups == 0)
        return EPI_FAIL(reterr, EPI_INVALID, "demo.bad-names", "%u", line);
    return EPI_OK;
}

/* --- demo.json
 * --------------------------------------------------------------------------------------- */

static bool read_list(struct epi__list *l, const epi_json *j, const char *text, const char *value)
{
    EPI_JSON_EACH (e, j) {
        bool plain = e->type == EPI_JSON_TEXT;
        if (!add(l, plain ? e->text : epi_json_text(e, text, EPI_NIL),
                 plain ? 1 : epi_json_real(e, "weight", 1), value ? epi_json_int(e, value, 0) : 0))
            return false;
    }
    return l->n > 0;
}

static bool read_mix(struct epi__settings *s, const epi_json *j)
{
    EPI_JSON_EACH (e, j) {
        if (s->n_mix == EPI_COUNT(s->mix))
            return false;
        struct epi__mix *m = &s->mix[s->n_mix++];
        m->path = epi_json_text(e, "path", EPI_NIL);
        double sum = 0;
        EPI_JSON_EACH (g, epi_json_get(e, "groups")) {
            const struct epi__group *group = group_named(s, g->key, false);
            if (!group || !(g->f >= 0))
                return false;
            m->weight[group - s->group] = g->f;
            sum += g->f;
        }
        if (sum <= 0)
            return false;
    }
    return s->n_mix > 0;
}

static bool read_story(struct epi__settings *s, const epi_json *j)
{
    const epi_json *o = epi_json_get(j, "outbreak");
    s->outbreak_unit = epi_json_text(o, "unit", EPI_NIL);
    s->index_code = epi_json_text(o, "index_code", EPI_NIL);
    s->event = epi_json_text(o, "event", EPI_NIL);
    s->cluster = epi_json_text(o, "cluster", EPI_NIL);
    int64_t cases = epi_json_int(o, "cases", 0), attendees = epi_json_int(o, "attendees", 0);
    s->outbreak_cases = (uint32_t)cases;
    s->attendees = (uint32_t)attendees;
    s->class_contacts = epi_json_real(o, "contacts", 1);
    s->imported = epi_json_real(j, "imported", 0);
    return s->class_contacts >= 0 && s->class_contacts <= 100 && s->imported >= 0 &&
           s->imported <= 1 && s->index_code.n && s->event.n && cases >= 1 && cases <= 1000 &&
           attendees >= 2 && attendees <= 1000;
}

static bool read_course(struct epi__settings *s, const epi_json *j)
{
    const epi_json *v = epi_json_get(j, "vaccination");
    EPI_JSON_EACH (e, epi_json_get(v, "older")) {
        int64_t from = epi_json_int(e, "from", -1);
        if (from < 0 || !add(&s->older, EPI_S("older"), epi_json_real(e, "rank", 0), from))
            return false;
    }
    s->adult_from = (int)epi_json_int(v, "adult_from", -1);
    s->teen_from = (int)epi_json_int(v, "teen_from", -1);
    s->teen_reach = epi_json_real(v, "teen_reach", 0);
    s->reach_low = epi_json_real(v, "reach_low", 1);
    s->reach_high = epi_json_real(v, "reach_high", 1);
    return epi_date_parse_iso(epi_json_text(v, "teen_start", EPI_NIL), &s->teen_start) &&
           s->adult_from > 0 && s->teen_from >= 0 && s->reach_low <= s->reach_high &&
           s->reach_low >= 0;
}

epi_status epi__settings_read(const struct epi_demo_options *o, struct epi_arena *a,
                              struct epi__settings *s, struct epi_err *reterr)
{
    epi_str text, names;
    const epi_json *j;
    EPI_TRY(epi_units_file(o->units, o->fs, a, EPI_S("demo"), &text, reterr));
    EPI_TRY(epi_units_file(o->units, o->fs, a, EPI_S("names"), &names, reterr));
    EPI_TRY(read_names(s, names, reterr));
    EPI_TRY(epi_json_parse(a, text, SETTINGS_MAX, &j, reterr));
    s->disease = epi_json_text(j, "disease", EPI_NIL);
    s->case_prefix = epi_json_text(j, "case_prefix", EPI_NIL);
    s->phone_prefix = epi_json_text(j, "phone_prefix", EPI_NIL);
    s->document_prefix = epi_json_text(j, "document_prefix", EPI_NIL);
    s->readiness = epi_json_text(j, "readiness_evidence", EPI_NIL);
    s->places = epi_json_get(j, "places");
    s->hamlet = epi_json_get(j, "hamlet");
    s->occupation = epi_json_get(j, "occupations");
    const epi_json *r = epi_json_get(j, "returnees");
    s->returnee_share = epi_json_real(r, "share", 0);
    s->returnee_days = (int32_t)epi_json_int(r, "days", 30);
    if (s->disease.n == 0 || !epi_date_parse_iso(epi_json_text(j, "day", EPI_NIL), &s->day))
        return bad(reterr, "disease, day");
    if (!read_story(s, j))
        return bad(reterr, "outbreak");
    if (!read_mix(s, epi_json_get(j, "name_groups")))
        return bad(reterr, "name_groups");
    if (!read_list(&s->origins, epi_json_get(r, "origins"), "path", "level") ||
        !read_list(&s->transport, epi_json_get(r, "transport"), "name", NULL) ||
        s->returnee_share < 0 || s->returnee_share > 0.5 || s->returnee_days < 1 ||
        s->returnee_days > 366)
        return bad(reterr, "returnees");
    if (!read_list(&s->vaccines, epi_json_get(j, "vaccines"), "name", "gap") || !read_course(s, j))
        return bad(reterr, "vaccines, vaccination");
    if (!read_list(&s->occupations, epi_json_get(s->occupation, "adult"), "name", NULL))
        return bad(reterr, "occupations");
    return EPI_OK;
}
