// SPDX-License-Identifier: AGPL-3.0-or-later
/* Which packs rule a scenario on its days, in words for people. */
#include "scenario/packs_internal.h"

/* The sources of a pack's rows, each once. */
static void sources_json(struct epi_jw *w, const struct epi__season *s)
{
    const struct epi_pack *pack = epi_policy_pack(s->policy);
    epi_str said[32];
    size_t n = 0;
    epi_jw_key(w, "sources");
    epi_jw_array(w);
    for (size_t t = 0; t < s->info.tables_n; t++) {
        struct epi_table_info table;
        epi_pack_table(pack, t, &table);
        for (size_t i = 0; i < table.rows_n && n < EPI_COUNT(said); i++) {
            struct epi_row_info row;
            bool known = false;
            epi_pack_row(pack, t, i, &row);
            epi_str title = row.source_title.n ? row.source_title : row.source;
            for (size_t k = 0; k < n; k++)
                known = known || epi_str_eq(said[k], title);
            if (known || !title.n)
                continue;
            said[n++] = title;
            epi_jw_text(w, title);
        }
    }
    epi_jw_array_end(w);
}
/* What a contact-duty pack says of an F1 and an F2 whose facts are all known. */
static bool says(const struct epi__season *s, int ring, const char *output)
{
    const struct epi_pack *pack = epi_policy_pack(s->policy);
    const struct {
        const char *name;
        double v;
    } given[] = {{"ring", ring},
                 {"home_ok", 1},
                 {"age", 30},
                 {"doses", 0},
                 {"recovered", 0},
                 {"days_since_dose", 0},
                 {"days_since_recovery", 0}};
    int out = epi_policy_fact_index(pack, epi_str_of(output));
    for (size_t i = 0; i < s->info.slots_n; i++)
        s->facts[i] = EPI_FACT_UNKNOWN;
    for (size_t i = 0; i < EPI_COUNT(given); i++) {
        int slot = epi_policy_fact_index(pack, epi_str_of(given[i].name));
        if (slot >= 0 && (size_t)slot < s->info.facts_n)
            s->facts[slot] = epi_fact_number(given[i].v);
    }
    epi_policy_run(s->policy, s->facts, s->decisions);
    return out >= 0 && s->facts[out].known;
}
static void silent_json(struct epi_jw *w, const struct epi__season *s, int kind)
{
    epi_jw_key(w, "silent");
    epi_jw_array(w);
    if (kind == EPI_KIND_CONTACT_DUTY && !s->info.disabled) {
        if (!says(s, 1, "isolate_days"))
            epi_jw_textz(w, "trace.days_f1");
        if (!says(s, 1, "test_days")) {
            epi_jw_textz(w, "trace.test_first");
            epi_jw_textz(w, "trace.test_last");
        }
        if (!says(s, 2, "isolate_days"))
            epi_jw_textz(w, "trace.days_f2");
    }
    if (kind == EPI_KIND_LEVEL)
        epi_jw_textz(w, "level.hold");
    epi_jw_array_end(w);
}
static void span_json(struct epi_jw *w, const char *lever, int kind, const struct epi__season *s,
                      epi_date from, epi_date to)
{
    char iso[16];
    epi_jw_object(w);
    epi_jw_kvz(w, "lever", lever);
    epi_jw_kvz(w, "from", epi_date_iso(from, iso));
    epi_jw_kvz(w, "to", epi_date_iso(to, iso));
    if (!s->policy) {
        epi_jw_kvz(w, "policy", NULL);
        epi_jw_kvz(w, "state", "none");
    } else {
        epi_jw_kv(w, "policy", s->info.id);
        epi_jw_kv(w, "document", s->info.symbol);
        epi_jw_key(w, "title");
        epi_jw_object(w);
        epi_jw_kv(w, "vi", s->info.title[EPI_VI]);
        epi_jw_kv(w, "en", s->info.title[EPI_EN]);
        epi_jw_object_end(w);
        epi_jw_kvz(w, "state", s->info.disabled ? "refused" : "decides");
        sources_json(w, s);
        silent_json(w, s, kind);
    }
    epi_jw_object_end(w);
}
static void lever_json(struct epi_jw *w, struct epi_arena *a, const struct epi_packs *p,
                       const char *lever, int kind, int days)
{
    struct epi__season now = {0}, before = {0};
    int from = 0;
    for (int day = 0; day < days; day++) {
        bool other = epi__season_of(a, p, kind, (epi_date){p->first.d + day}, &now);
        if (other && day > 0) {
            span_json(w, lever, kind, &before, (epi_date){p->first.d + from},
                      (epi_date){p->first.d + day - 1});
            from = day;
        }
        before = now;
    }
    span_json(w, lever, kind, &before, (epi_date){p->first.d + from},
              (epi_date){p->first.d + days - 1});
}
void epi_packs_json(struct epi_jw *w, const struct epi_packs *p, const struct epi_scenario *s)
{
    EPI_ARENA_LOCAL(a);
    const struct {
        const char *lever, *by;
        int kind;
    } all[] = {{"level", s->level.by, EPI_KIND_LEVEL},
               {"level", s->level.by, EPI_KIND_COMMUNITY_CASE},
               {"level", s->level.by, EPI_KIND_COVERAGE},
               {"trace", s->trace.by, EPI_KIND_CONTACT_DUTY},
               {"lab", s->lab.by, EPI_KIND_CASE_DEFINITION}};
    epi_jw_array(w);
    for (size_t i = 0; i < EPI_COUNT(all); i++)
        if (all[i].by[0])
            lever_json(w, a, p, all[i].lever, all[i].kind, s->days);
    epi_jw_array_end(w);
}
