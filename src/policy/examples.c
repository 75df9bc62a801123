// SPDX-License-Identifier: AGPL-3.0-or-later
/* The examples inside packs: given these facts, expect these outputs and rows. */
#include "policy_internal.h"

static void read_given(struct reading *r, const epi_json *j, const char *where, struct example *e)
{
    struct epi_pack *p = r->p;
    e->given = EPI_ARRAY(r->a, p->slots_n + 1, struct epi_fact);
    EPI_JSON_EACH (m, j) {
        int slot = epi_policy_fact_index(p, m->key);
        if (slot < 0 || (size_t)slot >= p->facts_n) {
            epi__problem(r, EPI_ERROR, "policy.fact-unknown", where, m->key, EPI_NIL);
            continue;
        }
        double v = 0;
        if (m->type != EPI_JSON_NULL &&
            epi__literal(r, m, p->slots[slot].type, &p->slots[slot], where, &v))
            e->given[slot] = epi_fact_number(v);
        if (!epi_fact_fits(p, (size_t)slot, e->given[slot]))
            epi__problem(r, EPI_ERROR, "policy.value-outside", where, m->key, EPI_NIL);
    }
}

/* Expected and published values name outputs; null means "must be unknown". */
static void check_outputs_named(struct reading *r, const epi_json *j, const char *where)
{
    EPI_JSON_EACH (m, j) {
        int slot = epi_policy_fact_index(r->p, m->key);
        double v;
        if (slot < 0 || (size_t)slot < r->p->facts_n)
            epi__problem(r, EPI_ERROR, "policy.output-unknown", where, m->key, EPI_NIL);
        else if (m->type != EPI_JSON_NULL)
            epi__literal(r, m, r->p->slots[slot].type, &r->p->slots[slot], where, &v);
    }
}

static void read_example(struct reading *r, const epi_json *j, const char *where)
{
    static const char *const keys[] = {"name",   "date", "disease",   "given",
                                       "expect", "rows", "published", NULL};
    static const char *const published_keys[] = {"outputs", "source", "why", NULL};
    struct epi_pack *p = r->p;
    if (!epi__only_keys(r, j, where, keys))
        return;
    struct example e = {.where = where, .date = p->from};
    e.name = epi__need_text(r, j, "name", where);
    const epi_json *date = epi_json_get(j, "date");
    if (date && (date->type != EPI_JSON_TEXT || !epi_date_parse_iso(date->text, &e.date)))
        epi__problem(r, EPI_ERROR, "policy.wrong-type", epi__where(r, where, "date", -1),
                     EPI_S("date"), EPI_NIL);
    if (e.date.d < p->from.d || (epi_date_known(p->to) && e.date.d > p->to.d))
        epi__problem(r, EPI_ERROR, "policy.example-date", where, e.name, EPI_NIL);
    if (!epi_str_eqz(p->diseases[0], "*"))
        e.disease = p->diseases[0];
    e.disease = epi_str_dup(r->a, epi_json_text(j, "disease", e.disease));
    read_given(r, epi_json_get(j, "given"), epi__where(r, where, "given", -1), &e);
    e.expect = epi_json_get(j, "expect");
    e.rows = epi_json_get(j, "rows");
    e.published = epi_json_get(j, "published");
    if (!e.expect || e.expect->type != EPI_JSON_OBJECT || e.expect->count == 0)
        epi__problem(r, EPI_ERROR, "policy.key-missing", where, EPI_S("expect"), EPI_NIL);
    check_outputs_named(r, e.expect, epi__where(r, where, "expect", -1));
    if (e.published) {
        epi_str why[2];
        const char *at = epi__where(r, where, "published", -1);
        epi__only_keys(r, e.published, at, published_keys);
        epi__need_both(r, e.published, "why", at, why);
        epi__source(r, e.published, at);
        check_outputs_named(r, epi_json_get(e.published, "outputs"), at);
    }
    p->examples[p->examples_n++] = e;
}

void epi__read_examples(struct reading *r)
{
    const epi_json *list = epi_json_get(r->root, "examples");
    if (!list || list->type != EPI_JSON_ARRAY || list->count == 0) {
        if (!r->p->disabled)
            epi__problem(r, EPI_ERROR, "policy.examples-missing", "", r->p->id, EPI_NIL);
        return;
    }
    r->p->examples = EPI_ARRAY(r->a, list->count, struct example);
    long i = 0;
    EPI_JSON_EACH (e, list)
        read_example(r, e, epi__where(r, "/examples", NULL, i++));
}

/* --- running --- */
static epi_str json_value_text(struct epi_arena *a, const epi_json *j)
{
    EPI_BUF_LOCAL(b, 4096);
    switch (j->type) {
    case EPI_JSON_NULL:
        return EPI_S("?");
    case EPI_JSON_BOOL:
        return j->i ? EPI_S("yes") : EPI_S("no");
    case EPI_JSON_TEXT:
        return j->text;
    case EPI_JSON_INT:
    case EPI_JSON_REAL:
        return epi_str_printf(a, "%g", j->f);
    case EPI_JSON_OBJECT:
        return EPI_NIL;
    case EPI_JSON_ARRAY:
        break;
    }
    epi_buf_putc(&b, '[');
    EPI_JSON_EACH (item, j) {
        if (item != j->first)
            epi_buf_putz(&b, ", ");
        epi_buf_printf(&b, "%g", item->f);
    }
    epi_buf_putc(&b, ']');
    return epi_str_dup(a, epi_buf_str(&b));
}

static void differs(struct epi_findings *f, struct epi_arena *a, const struct epi_pack *p,
                    const struct example *e, const char *code, epi_str arg1, epi_str arg2)
{
    epi_finding_add(f, EPI_ERROR, code, 0, epi_str_printf(a, "%.*s#%s", EPI_FMT(p->path), e->where),
                    arg1, arg2);
}

static void check_rows(struct epi_findings *f, struct epi_arena *a, const struct epi_pack *p,
                       const struct example *e, const struct epi_decision *d)
{
    EPI_JSON_EACH (m, e->rows) {
        int t = epi_policy_table_index(p, m->key);
        bool fired = false;
        for (size_t i = 0; t >= 0 && i < p->tables[t].rows_n; i++)
            fired = fired ||
                    (epi_str_eq(p->tables[t].rows[i].id, m->text) && epi_row_in(d[t].fired, i));
        if (!fired)
            differs(f, a, p, e, "policy.example-row", e->name, m->text);
    }
}

static bool run_example(const struct epi_pack *p, const struct example *e, struct epi_findings *f)
{
    EPI_ARENA_LOCAL(a);
    const struct epi_policy *b = epi_policy_bind(a, p, e->date, e->disease);
    struct epi_fact *facts = EPI_ARRAY(a, p->slots_n + 1, struct epi_fact);
    struct epi_decision *d = EPI_ARRAY(a, p->tables_n, struct epi_decision);
    if (p->slots_n)
        memcpy(facts, e->given, p->slots_n * sizeof *facts);
    epi_policy_run(b, facts, d);
    EPI_JSON_EACH (m, e->expect) {
        int slot = epi_policy_fact_index(p, m->key);
        epi_str got = epi_fact_text(a, p, (size_t)slot, facts[slot]);
        epi_str want = json_value_text(a, m);
        if (!epi_str_eq(got, want))
            differs(f, a, p, e, "policy.example-differs",
                    epi_str_printf(a, "%.*s: %.*s", EPI_FMT(e->name), EPI_FMT(m->key)),
                    epi_str_printf(a, "%.*s / %.*s", EPI_FMT(got), EPI_FMT(want)));
    }
    bool same = e->published != NULL; /* a recorded difference must still be one */
    EPI_JSON_EACH (m, epi_json_get(e->published, "outputs")) {
        int slot = epi_policy_fact_index(p, m->key);
        same = same &&
               epi_str_eq(epi_fact_text(a, p, (size_t)slot, facts[slot]), json_value_text(a, m));
    }
    if (same)
        differs(f, a, p, e, "policy.example-no-difference", e->name, EPI_NIL);
    check_rows(f, a, p, e, d);
    return true;
}

size_t epi_policies_check(const struct epi_policies *set, struct epi_findings *findings)
{
    size_t run = 0;
    for (size_t i = 0; i < set->n; i++) {
        for (size_t e = 0; e < set->packs[i]->examples_n; e++)
            run += run_example(set->packs[i], &set->packs[i]->examples[e], findings);
    }
    return run;
}
