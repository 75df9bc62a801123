// SPDX-License-Identifier: AGPL-3.0-or-later
// The same random operations go to the memory store and to SQLite; afterwards every read must
// agree.
#include "store/fixture_test.h"
#include "store/sqlite_internal.h"

#define KINDS_USED 4
#define IDS 24

static const uint16_t kinds[KINDS_USED] = {EPI_K_CASE, EPI_K_PERSON, EPI_K_USER, EPI_K_CONFLICT};
static const char *const units[] = {"vn/11/",     "vn/11/094/", "vn/11/094/03127/",
                                    "vn/11/095/", "vn/12/",     "vn/1/"};
static const char *const words[] = {"Đặng", "nguyen", "Nguyễn", "Van",  "anh",
                                    "BN1",  "BN10",   "bn104",  "0912", "x-y"};

struct pair {
    struct fixture f[BACK_ENDS];
    struct epi_rng *rng;
    struct epi_arena *a;
};

static struct epi_value random_value(struct pair *p, const struct epi_field *f, size_t field)
{
    struct epi_rng *r = p->rng;
    if (epi_rng_chance(r, 0.15))
        return EPI_NULLV;
    if (field == 0)
        return epi_v_text(epi_str_of(units[epi_rng_below(r, EPI_COUNT(units))]));
    switch (f->type) {
    case EPI_T_WORD:
        return epi_v_text(epi_str_of(f->words[epi_rng_below(r, f->n_words)].word));
    case EPI_T_TEXT:
        if (f->flags & EPI_F_UNIQUE)
            return epi_v_text(epi_str_printf(p->a, "u%d", (int)epi_rng_below(r, 12)));
        return epi_v_text(epi_str_printf(p->a, "%s %s", words[epi_rng_below(r, EPI_COUNT(words))],
                                         words[epi_rng_below(r, EPI_COUNT(words))]));
    case EPI_T_UNIT:
        return epi_v_text(epi_str_of(units[epi_rng_below(r, EPI_COUNT(units))]));
    case EPI_T_REAL:
        return epi_v_real((double)epi_rng_below(r, 5) / 2);
    case EPI_T_JSON:
        return epi_v_text(EPI_S("{}"));
    case EPI_T_INT:
    case EPI_T_BOOL:
    case EPI_T_DATE:
    case EPI_T_INSTANT:
    case EPI_T_REF:
        break;
    }
    return epi_v_int(epi_rng_between(r, -3, 6));
}

static struct epi_change random_change(struct pair *p, uint64_t head)
{
    const struct epi_catalogue *c = p->f[0].c;
    struct epi_rng *r = p->rng;
    uint16_t kind = kinds[epi_rng_below(r, KINDS_USED - 1)];
    const struct epi_kind *k = &c->kinds[kind];
    struct epi_change ch = {.kind = kind, .id = {1 + epi_rng_below(r, IDS)}};
    ch.base = epi_rng_chance(r, 0.3) ? 0 : epi_rng_below(r, head + 2);
    ch.remove = epi_rng_chance(r, 0.05);
    ch.n_sets = epi_rng_below(r, 6);
    ch.sets = EPI_ARRAY(p->a, ch.n_sets, struct epi_set);
    for (size_t i = 0; i < ch.n_sets; i++) {
        uint16_t field = (uint16_t)epi_rng_below(r, k->n_fields < 12 ? k->n_fields : 12);
        ch.sets[i] = (struct epi_set){field, random_value(p, &k->fields[field], field)};
    }
    return ch;
}

static void random_operation(struct pair *p)
{
    struct epi_rng *r = p->rng;
    uint64_t head = epi_store_seq(p->f[0].s);
    struct epi_change ch[3];
    struct epi_op op = {.op_id = fixture_opid(&p->f[0]),
                        .action = EPI_S("test.random"),
                        .author = {3},
                        .device_time = EPI_INSTANT_UNKNOWN,
                        .server_time = {(int64_t)(1000 * head + epi_rng_below(r, 3000))},
                        .changes = ch};
    if (epi_rng_chance(r, 0.08)) /* an id that was used before: a repeat or a misuse */
        op.op_id.b[15] = (uint8_t)epi_rng_below(r, 40);
    op.n_changes = 1 + epi_rng_below(r, EPI_COUNT(ch));
    for (size_t i = 0; i < op.n_changes; i++)
        ch[i] = random_change(p, head);
    struct epi_applied done[2] = {{0}};
    struct epi_err e[2] = {{0}};
    epi_status s0 = fixture_op(&p->f[0], &op, &done[0], &e[0]);
    epi_status s1 = fixture_op(&p->f[1], &op, &done[1], &e[1]);
    CHECK_INT(s0, s1);
    CHECK_STR(epi_str_of(e[0].code), epi_str_of(e[1].code));
    CHECK_INT(done[0].as, done[1].as);
    CHECK_INT(done[0].seq, done[1].seq);
    CHECK_INT(done[0].n_lost, done[1].n_lost);
}

static bool same_record(const struct epi_catalogue *c, const struct epi_record *x,
                        const struct epi_record *y)
{
    if (x->kind != y->kind || x->id.v != y->id.v || x->version != y->version ||
        x->removed != y->removed)
        return false;
    for (size_t f = 0; f < c->kinds[x->kind].n_fields; f++)
        if (!epi_value_eq(x->v[f], y->v[f]))
            return false;
    return true;
}

static struct epi_scope random_scope(struct pair *p)
{
    struct epi_rng *r = p->rng;
    static const char *const prefixes[] = {"vn/",  "vn/11/", "vn/11",  "vn/11/094/",
                                           "vn/1", "",       "vn/12/", "vn/11/09"};
    struct epi_scope s = {.all = epi_rng_chance(r, 0.3), .n = epi_rng_below(r, 3)};
    epi_str *list = EPI_ARRAY(p->a, s.n, epi_str);
    for (size_t i = 0; i < s.n; i++)
        list[i] = epi_str_of(prefixes[epi_rng_below(r, EPI_COUNT(prefixes))]);
    s.prefixes = list;
    return s;
}

static struct epi_filter random_filter(struct pair *p, const struct epi_kind *k)
{
    static const epi_compare plain[] = {EPI_EQ, EPI_NE, EPI_LT, EPI_LE, EPI_GT, EPI_GE};
    struct epi_rng *r = p->rng;
    struct epi_filter f = {.field =
                               (uint16_t)epi_rng_below(r, k->n_fields < 12 ? k->n_fields : 12)};
    const struct epi_field *field = &k->fields[f.field];
    switch (epi_rng_below(r, 5)) {
    case 0:
        f.match = epi_rng_chance(r, 0.5) ? EPI_IS_NULL : EPI_NOT_NULL;
        break;
    case 1:
        f.match = EPI_ANY_OF;
        f.n_any = epi_rng_below(r, 4);
        struct epi_value *any = EPI_ARRAY(p->a, f.n_any, struct epi_value);
        for (size_t i = 0; i < f.n_any; i++)
            any[i] = random_value(p, field, f.field);
        f.any = any;
        break;
    case 2:
        if (f.field == 0) {
            f.match = EPI_UNDER;
            f.v = epi_v_text(epi_str_of(epi_rng_chance(r, 0.5) ? "vn/11/" : "vn/11"));
            break;
        }
        f.match = EPI_NOT_NULL;
        break;
    default:
        f.match = plain[epi_rng_below(r, EPI_COUNT(plain))];
        f.v = random_value(p, field, f.field);
        if (f.v.t == EPI_V_NULL && f.match != EPI_EQ)
            f.match = EPI_NE;
    }
    return f;
}

static struct epi_query random_query(struct pair *p)
{
    struct epi_rng *r = p->rng;
    struct epi_query q = {.kind = kinds[epi_rng_below(r, KINDS_USED)], .scope = random_scope(p)};
    const struct epi_kind *k = &p->f[0].c->kinds[q.kind];
    q.n_filters = epi_rng_below(r, 3);
    struct epi_filter *filters = EPI_ARRAY(p->a, q.n_filters, struct epi_filter);
    for (size_t i = 0; i < q.n_filters; i++)
        filters[i] = random_filter(p, k);
    q.filters = filters;
    q.order =
        epi_rng_chance(r, 0.3) ? -1 : (int)epi_rng_below(r, k->n_fields < 12 ? k->n_fields : 12);
    q.descending = epi_rng_chance(r, 0.5);
    q.limit = 1 + epi_rng_below(r, 6);
    q.want_total = epi_rng_chance(r, 0.3);
    q.removed = epi_rng_chance(r, 0.3);
    if (epi_rng_chance(r, 0.35))
        q.search =
            epi_str_sub(epi_str_printf(p->a, "%s %s", words[epi_rng_below(r, EPI_COUNT(words))],
                                       words[epi_rng_below(r, EPI_COUNT(words))]),
                        0, 1 + epi_rng_below(r, 9));
    return q;
}

static void compare_pages(struct pair *p)
{
    struct epi_query q = random_query(p);
    for (int turn = 0; turn < 12; turn++) {
        struct epi_page page[2];
        struct epi_err e = {0};
        CHECK_OK(epi_store_find(p->f[0].s, p->a, &q, &page[0], NULL));
        epi_status status = epi_store_find(p->f[1].s, p->a, &q, &page[1], &e);
        if (status != EPI_OK) {
            epi_test_fail(__FILE__, __LINE__, "%s %s", e.code, e.arg1);
            return;
        }
        CHECK_INT(page[1].n, page[0].n);
        CHECK_INT(page[1].more, page[0].more);
        CHECK_INT(page[1].total, page[0].total);
        for (size_t i = 0; i < page[0].n; i++)
            CHECK(same_record(p->f[0].c, &page[0].rows[i], &page[1].rows[i]));
        if (!page[0].more)
            return;
        const struct epi_record *last = &page[0].rows[page[0].n - 1];
        q.has_after = true;
        q.after_id = last->id;
        q.after_value = q.order < 0 ? EPI_NULLV : last->v[q.order];
    }
}

static void compare_groups(struct pair *p)
{
    struct epi_query q = random_query(p);
    const struct epi_kind *k = &p->f[0].c->kinds[q.kind];
    uint16_t by[3];
    size_t n_by = 1 + epi_rng_below(p->rng, 3), n[2];
    struct epi_group *g[2];
    for (size_t i = 0; i < n_by; i++)
        by[i] = (uint16_t)epi_rng_below(p->rng, k->n_fields < 12 ? k->n_fields : 12);
    for (int i = 0; i < 2; i++)
        CHECK_OK(epi_store_group(p->f[i].s, p->a, q.kind, &q.scope, q.filters, q.n_filters, by,
                                 n_by, &g[i], &n[i], NULL));
    CHECK_INT(n[1], n[0]);
    for (size_t i = 0; i < n[0]; i++) {
        CHECK_INT(g[1][i].n, g[0][i].n);
        for (size_t j = 0; j < n_by; j++)
            CHECK(epi_value_eq(g[0][i].key[j], g[1][i].key[j]));
    }
}

static bool hash_batch(const struct epi_batch *b, void *ctx)
{
    uint64_t *h = ctx;
    for (size_t i = 0; i < b->rows; i++)
        for (size_t c = 0; c < 2; c++) {
            struct epi_value v = b->columns[c][i];
            *h = *h * UINT64_C(0x100000001b3) + b->ids[i].v + (uint64_t)v.t;
            *h += v.t == EPI_V_TEXT ? epi_str_hash(v.s) : v.t == EPI_V_INT ? (uint64_t)v.i : 0;
        }
    return true;
}

static void compare_scans(struct pair *p)
{
    struct epi_query q = random_query(p);
    uint16_t fields[2] = {0, 1};
    uint64_t h[2] = {0};
    for (int i = 0; i < 2; i++)
        CHECK_OK(epi_store_scan(p->f[i].s, q.kind, &q.scope, q.filters, q.n_filters, fields, 2,
                                hash_batch, &h[i], NULL));
    CHECK(h[0] == h[1]);
}

static void compare_history(struct pair *p)
{
    uint16_t kind = kinds[epi_rng_below(p->rng, KINDS_USED - 1)];
    epi_id id = {1 + epi_rng_below(p->rng, IDS)};
    struct epi_op *ops[2];
    size_t n[2];
    uint64_t at[2];
    epi_instant t = {(int64_t)epi_rng_below(p->rng, 200000)};
    for (int i = 0; i < 2; i++) {
        CHECK_OK(epi_store_history(p->f[i].s, p->a, kind, id, &ops[i], &n[i], NULL));
        CHECK_OK(epi_store_seq_at(p->f[i].s, t, &at[i], NULL));
    }
    CHECK_INT(n[0], n[1]);
    CHECK_INT(at[0], at[1]);
    for (size_t i = 0; i < n[0]; i++) {
        CHECK_INT(ops[0][i].seq, ops[1][i].seq);
        CHECK(memcmp(ops[0][i].hash, ops[1][i].hash, 32) == 0);
    }
}

static void compare_past(struct pair *p)
{
    uint64_t seq = epi_rng_below(p->rng, epi_store_seq(p->f[0].s) + 1);
    struct epi_store *past[2];
    struct epi_scope all = EPI_SCOPE_ALL;
    uint16_t fields[2] = {0, 1};
    uint64_t h[2] = {0};
    for (int i = 0; i < 2; i++)
        CHECK_OK(epi_store_as_of(p->f[i].s, seq, &past[i], NULL));
    for (int i = 0; i < 2; i++)
        for (size_t k = 0; k < KINDS_USED; k++)
            CHECK_OK(epi_store_scan(past[i], kinds[k], &all, NULL, 0, fields, 2, hash_batch, &h[i],
                                    NULL));
    for (int i = 0; i < 2; i++)
        epi_store_close(past[i]);
    CHECK(h[0] == h[1]);
}

static void check_verify(struct pair *p)
{
    struct epi_verify_report v;
    CHECK_OK(epi_store_verify(p->f[ON_SQLITE].s, &v, NULL, NULL));
    CHECK_INT(v.ops, epi_store_seq(p->f[0].s));
    CHECK_INT(v.bad_hash + v.bad_order + v.repeated_op + v.differing + v.missing + v.extra, 0);
}

PROPERTY(both_back_ends_answer_alike_after_any_operations, 12)
{
    EPI_ARENA_LOCAL(kept);
    EPI_ARENA_LOCAL(a);
    struct pair p = {.rng = rng, .a = a};
    for (int i = 0; i < BACK_ENDS; i++)
        CHECK(fixture_open(&p.f[i], kept, i));
    for (int round = 0; round < 60; round++) {
        epi_arena_reset(a);
        /* now and then the search is left to the indexer */
        epi__sqlite_of(p.f[ON_SQLITE].s)->docs_inline = epi_rng_chance(rng, 0.5) ? 0 : 1000;
        for (int i = 0; i < 3; i++)
            random_operation(&p);
        for (int i = 0; i < 6; i++)
            compare_pages(&p);
        compare_groups(&p);
        compare_scans(&p);
        compare_history(&p);
        if (round % 20 == 7)
            CHECK(fixture_reopen(&p.f[ON_SQLITE]));
    }
    compare_past(&p);
    check_verify(&p);
    for (int i = 0; i < BACK_ENDS; i++)
        epi_store_close(p.f[i].s);
}
