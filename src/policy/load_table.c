// SPDX-License-Identifier: AGPL-3.0-or-later
/* Decision tables: rows, their conditions compiled to nodes, their outputs. */
#include "policy_internal.h"

#define ROW_NODES_MAX 2000

static uint32_t add_node(struct reading *r, struct node n)
{
    struct epi_pack *p = r->p;
    if (p->nodes_n == p->nodes_cap) {
        p->nodes_cap = p->nodes_cap ? p->nodes_cap * 2 : 64;
        struct node *grown = EPI_ARRAY(r->a, p->nodes_cap, struct node);
        if (p->nodes_n)
            memcpy(grown, p->nodes, p->nodes_n * sizeof *grown);
        p->nodes = grown;
    }
    p->nodes[p->nodes_n] = n;
    return (uint32_t)p->nodes_n++;
}

/* The parameter named by {"param":"x"}: index + 1, 0 with a finding when it is wrong. */
static uint16_t find_param(struct reading *r, const epi_json *j, epi_value_type type,
                           const char *where)
{
    static const char *const keys[] = {"param", NULL};
    if (!epi__only_keys(r, j, where, keys))
        return 0;
    epi_str name = epi_json_text(j, "param", EPI_NIL);
    for (size_t i = 0; i < r->p->params_n; i++) {
        if (!epi_str_eq(r->p->params[i].name, name))
            continue;
        if (r->p->params[i].type != type) {
            epi__problem(r, EPI_ERROR, "policy.wrong-type", where,
                         epi_str_of(epi_value_type_word(type)), name);
            return 0;
        }
        return (uint16_t)(i + 1);
    }
    epi__problem(r, EPI_ERROR, "policy.param-unknown", where, name, EPI_NIL);
    return 0;
}

static void read_in(struct reading *r, const epi_json *j, uint16_t slot, const char *where)
{
    const struct slot *s = &r->p->slots[slot];
    struct node n = {.op = OP_CMP, .cmp = CMP_IN, .slot = slot, .skip = 1};
    if (s->type != EPI_VALUE_WORD || j->type != EPI_JSON_ARRAY || j->count == 0) {
        epi__problem(r, EPI_ERROR, "policy.wrong-type", where, EPI_S("list of words"), s->name);
        return;
    }
    EPI_JSON_EACH (w, j) {
        double v = 0;
        if (epi__literal(r, w, EPI_VALUE_WORD, s, where, &v))
            n.words |= UINT64_C(1) << (unsigned)v;
    }
    add_node(r, n);
}

static void read_cmp(struct reading *r, const epi_json *m, uint16_t slot, const char *where)
{
    static const struct {
        const char *key;
        enum node_cmp cmp;
        bool ordered;
    } ops[] = {{"is", CMP_EQ, false}, {"is_not", CMP_NE, false}, {"lt", CMP_LT, true},
               {"le", CMP_LE, true},  {"gt", CMP_GT, true},      {"ge", CMP_GE, true}};
    const struct slot *s = &r->p->slots[slot];
    if (epi_str_eqz(m->key, "in")) {
        read_in(r, m, slot, where);
        return;
    }
    for (size_t i = 0; i < EPI_COUNT(ops); i++) {
        if (!epi_str_eqz(m->key, ops[i].key))
            continue;
        bool line = s->type == EPI_VALUE_NUMBER || s->type == EPI_VALUE_DATE;
        if ((ops[i].ordered && !line) || s->type == EPI_VALUE_LIST) {
            epi__problem(r, EPI_ERROR, "policy.comparison-type", where, m->key, s->name);
            return;
        }
        struct node n = {.op = OP_CMP, .cmp = (uint8_t)ops[i].cmp, .slot = slot, .skip = 1};
        bool ok;
        if (m->type == EPI_JSON_OBJECT) {
            n.param = find_param(r, m, s->type, where);
            ok = n.param > 0;
        } else {
            ok = epi__literal(r, m, s->type, s, where, &n.value);
        }
        if (ok)
            add_node(r, n);
        return;
    }
    epi__problem(r, EPI_ERROR, "policy.comparison-unknown", where, m->key, EPI_NIL);
}

static void read_fact_test(struct reading *r, const epi_json *j, const char *where)
{
    epi_str name = epi_json_text(j, "fact", EPI_NIL);
    int slot = epi_policy_fact_index(r->p, name);
    if (slot < 0) {
        epi__problem(r, EPI_ERROR, "policy.fact-unknown", where, name, EPI_NIL);
        return;
    }
    if (j->count < 2) {
        epi__problem(r, EPI_ERROR, "policy.comparison-missing", where, name, EPI_NIL);
        return;
    }
    uint32_t group = 0;
    bool many = j->count > 2;
    if (many)
        group = add_node(r, (struct node){.op = OP_ALL});
    EPI_JSON_EACH (m, j) {
        if (!epi_str_eqz(m->key, "fact"))
            read_cmp(r, m, (uint16_t)slot, where);
    }
    if (many) {
        r->p->nodes[group].n = (uint16_t)(j->count - 1);
        r->p->nodes[group].skip = (uint16_t)(r->p->nodes_n - group);
    }
}

static void read_condition(struct reading *r, const epi_json *j, const char *where,
                           uint32_t row_start);

static void read_group(struct reading *r, const epi_json *j, const char *key, enum node_op op,
                       int64_t need, const char *where, uint32_t row_start)
{
    const epi_json *items = epi_json_get(j, key);
    const char *at = epi__where(r, where, key, -1);
    if (!items || items->type != EPI_JSON_ARRAY || items->count == 0) {
        epi__problem(r, EPI_ERROR, "policy.group-empty", at, EPI_NIL, EPI_NIL);
        return;
    }
    if (op == OP_AT_LEAST && (need < 1 || need > (int64_t)items->count)) {
        epi__problem(r, EPI_ERROR, "policy.at-least-range", at,
                     epi_str_printf(r->a, "%lld", (long long)need),
                     epi_str_printf(r->a, "%zu", items->count));
        return;
    }
    uint32_t group = add_node(r, (struct node){.op = (uint8_t)op, .need = (uint16_t)need});
    long i = 0;
    EPI_JSON_EACH (item, items) {
        if (r->p->nodes_n - row_start > ROW_NODES_MAX) {
            epi__problem(r, EPI_ERROR, "policy.too-many", at, EPI_S("2000"), EPI_NIL);
            break;
        }
        read_condition(r, item, epi__where(r, at, NULL, i++), row_start);
    }
    r->p->nodes[group].n = (uint16_t)i;
    r->p->nodes[group].skip = (uint16_t)(r->p->nodes_n - group);
}

static void read_condition(struct reading *r, const epi_json *j, const char *where,
                           uint32_t row_start)
{
    if (!j || j->type != EPI_JSON_OBJECT) {
        epi__problem(r, EPI_ERROR, "policy.wrong-type", where, EPI_S("condition"), EPI_NIL);
        return;
    }
    if (epi_json_get(j, "fact")) {
        read_fact_test(r, j, where);
        return;
    }
    if (epi_json_get(j, "at_least")) {
        static const char *const keys[] = {"at_least", "of", NULL};
        if (epi__only_keys(r, j, where, keys))
            read_group(r, j, "of", OP_AT_LEAST, epi_json_int(j, "at_least", 0), where, row_start);
        return;
    }
    static const struct {
        const char *key;
        enum node_op op;
    } groups[] = {{"all", OP_ALL}, {"any", OP_ANY}, {"none", OP_NONE}};
    for (size_t i = 0; i < EPI_COUNT(groups); i++) {
        if (j->count == 1 && epi_json_get(j, groups[i].key)) {
            read_group(r, j, groups[i].key, groups[i].op, 0, where, row_start);
            return;
        }
    }
    epi__problem(r, EPI_ERROR, "policy.condition-unknown", where,
                 j->first ? j->first->key : EPI_NIL, EPI_NIL);
}

/* --- rows --- */
static int output_position(const struct epi_pack *p, const struct table *t, epi_str name)
{
    for (size_t i = 0; i < t->outputs_n; i++) {
        if (epi_str_eq(p->slots[t->outputs[i]].name, name))
            return (int)i;
    }
    return -1;
}

/* What a row says, as written or by any value its parameter ever takes, lies in the range its
 * output declares: cells are found on that promise. */
static void check_inside(struct reading *r, const struct value *v, uint16_t slot, const char *where)
{
    const struct param *p = v->param > 0 ? &r->p->params[v->param - 1] : NULL;
    bool fits = p || !v->known || epi_fact_fits(r->p, slot, epi_fact_number(v->v));
    for (size_t i = 0; p && i < p->values_n; i++)
        fits = fits && epi_fact_fits(r->p, slot, epi_fact_number(p->values[i].v));
    if (!fits)
        epi__problem(r, EPI_ERROR, "policy.value-outside", where, r->p->slots[slot].name, EPI_NIL);
}

static void read_then(struct reading *r, const epi_json *j, struct table *t, struct row *row)
{
    const char *where = epi__where(r, row->where, "then", -1);
    row->then = EPI_ARRAY(r->a, t->outputs_n + 1, struct value);
    uint64_t seen = 0;
    if (!j || j->type != EPI_JSON_OBJECT) {
        epi__problem(r, EPI_ERROR, "policy.key-missing", row->where, EPI_S("then"), EPI_NIL);
        return;
    }
    EPI_JSON_EACH (m, j) {
        int at = output_position(r->p, t, m->key);
        if (at < 0) {
            epi__problem(r, EPI_ERROR, "policy.output-unknown", where, m->key, EPI_NIL);
            continue;
        }
        const struct slot *s = &r->p->slots[t->outputs[at]];
        const char *here = epi__where(r, where, epi_str_cz(r->a, m->key), -1);
        struct value *v = &row->then[at];
        seen |= UINT64_C(1) << at;
        if (m->type == EPI_JSON_NULL) /* the document does not say */
            continue;
        if (m->type == EPI_JSON_OBJECT) {
            v->param = find_param(r, m, s->type, where);
            v->known = v->param > 0;
        } else {
            v->known = epi__literal(r, m, s->type, s, here, &v->v);
        }
        check_inside(r, v, t->outputs[at], here);
    }
    for (size_t i = 0; i < t->outputs_n; i++) {
        if (!((seen >> i) & 1))
            epi__problem(r, EPI_ERROR, "policy.output-missing", where,
                         r->p->slots[t->outputs[i]].name, row->id);
    }
}

static void read_row(struct reading *r, const epi_json *j, const char *where, struct table *t,
                     bool otherwise)
{
    static const char *const keys[] = {"id", "when", "then", "why", "source", "confidence", NULL};
    static const char *const other_keys[] = {"id", "then", "why", "source", "confidence", NULL};
    if (!epi__only_keys(r, j, where, otherwise ? other_keys : keys))
        return;
    struct row row = {
        .where = where, .node = (uint32_t)r->p->nodes_n, .confidence = EPI_UNVERIFIED};
    if (otherwise && !epi_json_get(j, "id"))
        row.id = EPI_S("otherwise");
    else
        row.id = epi__need_text(r, j, "id", where);
    if (row.id.n && !epi__name_ok(row.id))
        epi__problem(r, EPI_ERROR, "policy.name-invalid", where, row.id, EPI_NIL);
    for (size_t i = 0; i < t->rows_n; i++) {
        if (epi_str_eq(t->rows[i].id, row.id))
            epi__problem(r, EPI_ERROR, "policy.row-twice", where, row.id, t->name);
    }
    epi__need_both(r, j, "why", where, row.why);
    row.source = epi__source(r, j, where);
    epi__confidence(r, j, where, &row.confidence);
    if (!otherwise)
        read_condition(r, epi_json_get(j, "when"), epi__where(r, where, "when", -1), row.node);
    row.nodes_n = (uint32_t)r->p->nodes_n - row.node;
    read_then(r, epi_json_get(j, "then"), t, &row);
    t->rows[t->rows_n++] = row;
}

static void read_outputs(struct reading *r, const epi_json *j, const char *where, struct table *t)
{
    const epi_json *list = epi_json_get(j, "outputs");
    if (!list || list->type != EPI_JSON_ARRAY || list->count == 0 ||
        list->count > EPI_POLICY_OUTPUTS_MAX) {
        epi__problem(r, EPI_ERROR, "policy.key-missing", where, EPI_S("outputs"), EPI_NIL);
        return;
    }
    t->outputs = EPI_ARRAY(r->a, list->count, uint16_t);
    long i = 0;
    EPI_JSON_EACH (o, list) {
        if (epi__read_slot(r, o, epi__where(r, where, "outputs", i++), (int)r->p->tables_n))
            t->outputs[t->outputs_n++] = (uint16_t)(r->p->slots_n - 1);
    }
}

static void read_hit(struct reading *r, const epi_json *j, const char *where, struct table *t)
{
    epi_str hit = epi_json_text(j, "hit", EPI_S("first"));
    const epi_json *of = epi_json_get(j, "max_of");
    if (epi_str_eqz(hit, "first"))
        t->hit = HIT_FIRST;
    else if (epi_str_eqz(hit, "collect"))
        t->hit = HIT_COLLECT;
    else if (epi_str_eqz(hit, "max"))
        t->hit = HIT_MAX;
    else
        epi__problem(r, EPI_ERROR, "policy.hit-unknown", where, hit, EPI_NIL);
    if ((t->hit == HIT_MAX) != (of != NULL)) {
        epi__problem(r, EPI_ERROR, of ? "policy.key-unknown" : "policy.key-missing", where,
                     EPI_S("max_of"), EPI_NIL);
    } else if (of) {
        int at = output_position(r->p, t, of->text);
        if (at < 0 || r->p->slots[t->outputs[at]].type != EPI_VALUE_NUMBER)
            epi__problem(r, EPI_ERROR, "policy.output-unknown", where, of->text, EPI_NIL);
        else
            t->max_of = (uint16_t)at;
    }
}

static void find_slots(struct reading *r, struct table *t)
{
    bool used[EPI_POLICY_SLOTS_MAX] = {false};
    t->slots = EPI_ARRAY(r->a, EPI_POLICY_SLOTS_MAX, uint16_t);
    for (size_t i = 0; i < t->rows_n; i++) {
        for (uint32_t n = 0; n < t->rows[i].nodes_n; n++) {
            const struct node *node = &r->p->nodes[t->rows[i].node + n];
            if (node->op != OP_CMP || used[node->slot])
                continue;
            used[node->slot] = true;
            t->slots[t->slots_n++] = node->slot;
        }
    }
}

static void read_table(struct reading *r, const epi_json *j, const char *where)
{
    static const char *const keys[] = {"name",    "role", "title",     "hit", "max_of",
                                       "outputs", "rows", "otherwise", NULL};
    struct epi_pack *p = r->p;
    if (!epi__only_keys(r, j, where, keys))
        return;
    struct table t = {.where = where, .name = epi__need_text(r, j, "name", where)};
    if (t.name.n && !epi__name_ok(t.name))
        epi__problem(r, EPI_ERROR, "policy.name-invalid", where, t.name, EPI_NIL);
    if (epi_policy_table_index(p, t.name) >= 0)
        epi__problem(r, EPI_ERROR, "policy.name-twice", where, t.name, EPI_NIL);
    t.role = epi_str_dup(r->a, epi_json_text(j, "role", EPI_S("rule")));
    epi__need_both(r, j, "title", where, t.title);
    size_t before = p->slots_n;
    read_outputs(r, j, where, &t);
    read_hit(r, j, where, &t);
    size_t after = p->slots_n;
    p->slots_n = before; /* a table may not read its own outputs */
    const epi_json *rows = epi_json_get(j, "rows");
    const epi_json *other = epi_json_get(j, "otherwise");
    if (!rows || rows->type != EPI_JSON_ARRAY || rows->count == 0) {
        epi__problem(r, EPI_ERROR, "policy.key-missing", where, EPI_S("rows"), EPI_NIL);
        return;
    }
    if (rows->count + 1 > EPI_POLICY_ROWS_MAX) {
        epi__problem(r, EPI_ERROR, "policy.too-many", where, EPI_S("255"), EPI_NIL);
        return;
    }
    t.rows = EPI_ARRAY(r->a, rows->count + 1, struct row);
    long i = 0;
    EPI_JSON_EACH (row, rows)
        read_row(r, row, epi__where(r, where, "rows", i++), &t, false);
    if (other)
        read_row(r, other, epi__where(r, where, "otherwise", -1), &t, true);
    p->slots_n = after;
    find_slots(r, &t);
    p->tables[p->tables_n++] = t;
}

void epi__read_tables(struct reading *r)
{
    const epi_json *tables = epi_json_get(r->root, "tables");
    if (!tables || tables->type != EPI_JSON_ARRAY || tables->count == 0) {
        epi__problem(r, EPI_ERROR, "policy.key-missing", "", EPI_S("tables"), EPI_NIL);
        return;
    }
    if (tables->count > EPI_POLICY_TABLES_MAX) {
        epi__problem(r, EPI_ERROR, "policy.too-many", "/tables", EPI_S("16"), EPI_NIL);
        return;
    }
    r->p->tables = EPI_ARRAY(r->a, tables->count, struct table);
    long i = 0;
    EPI_JSON_EACH (t, tables)
        read_table(r, t, epi__where(r, "/tables", NULL, i++));
}
