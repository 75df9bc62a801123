// SPDX-License-Identifier: AGPL-3.0-or-later
/* Records to JSON and text and back, over random records of every kind. */
#include "base/test.h"
#include "catalogue/catalogue.h"

static const struct epi_catalogue *builtin(struct epi_arena *a)
{
    const struct epi_catalogue *c = NULL;
    EPI_ASSERT(epi_catalogue_new(a, EPI_NIL, &c, NULL, NULL) == EPI_OK);
    return c;
}

static epi_str random_text(struct epi_arena *a, struct epi_rng *rng)
{
    static const char *const parts[] = {"Nguyễn", " ",  "\"", "\\", "/", "<b>", "=1+1",
                                        "Đ",      "\n", "'",  "42", ",", "ộ",   "😷"};
    EPI_BUF_LOCAL(b, 100);
    size_t n = epi_rng_below(rng, 5) + 1;
    for (size_t i = 0; i < n; i++)
        epi_buf_putz(&b, parts[epi_rng_below(rng, EPI_COUNT(parts))]);
    return epi_text_clean(a, epi_str_dup(a, epi_buf_str(&b)));
}

static struct epi_value random_value(struct epi_arena *a, const struct epi_field *f,
                                     struct epi_rng *rng)
{
    int64_t lo = f->has_min ? (int64_t)f->min : -1000, hi = f->has_max ? (int64_t)f->max : 1000;
    switch (f->type) {
    case EPI_T_TEXT:
        return epi_v_text(f->max_bytes < 100 ? EPI_S("a\"b,c") : random_text(a, rng));
    case EPI_T_WORD:
        return epi_v_text(epi_str_of(f->words[epi_rng_below(rng, f->n_words)].word));
    case EPI_T_INT:
        return epi_v_int(epi_rng_between(rng, lo, hi));
    case EPI_T_REAL:
        return epi_v_real((double)lo + epi_rng_unit(rng) * (double)(hi - lo));
    case EPI_T_BOOL:
        return epi_v_int((int64_t)epi_rng_below(rng, 2));
    case EPI_T_DATE:
        return epi_v_int(epi_rng_between(rng, -20000, 20000));
    case EPI_T_INSTANT:
        return epi_v_int(epi_rng_between(rng, 0, 1700000000000));
    case EPI_T_REF:
        return epi_v_int((int64_t)(epi_rng_u64(rng) >> 2) + 1);
    case EPI_T_UNIT:
        return epi_v_text(epi_str_printf(a, "vn/%02u/%03u/", (unsigned)epi_rng_below(rng, 99),
                                         (unsigned)epi_rng_below(rng, 999)));
    case EPI_T_JSON:
        return epi_v_text(epi_str_printf(a, "{\"a\":[%u,null,true,\"x\"],\"b\":{}}",
                                         (unsigned)epi_rng_below(rng, 1000)));
    }
    return EPI_NULLV;
}

static struct epi_record *random_record(struct epi_arena *a, const struct epi_catalogue *c,
                                        uint16_t kind, struct epi_rng *rng)
{
    struct epi_record *r = epi_record_new(a, c, kind);
    r->id = (epi_id){epi_rng_u64(rng) >> 1 | 1};
    r->version = epi_rng_below(rng, 100000);
    for (size_t f = 0; f < c->kinds[kind].n_fields; f++)
        if (epi_rng_chance(rng, 0.7))
            r->v[f] = random_value(a, &c->kinds[kind].fields[f], rng);
    return r;
}

static const epi_json *json_of(struct epi_arena *a, const struct epi_catalogue *c,
                               const struct epi_record *r, bool mask)
{
    EPI_BUF_LOCAL(b, 1u << 20);
    struct epi_jw w = EPI_JW(&b);
    const epi_json *j = NULL;
    epi_record_json(&w, c, r, mask);
    if (epi_json_parse(a, epi_str_dup(a, epi_buf_str(&b)), 1u << 20, &j, NULL) != EPI_OK)
        return NULL;
    return j;
}

PROPERTY(a_record_written_as_json_reads_back_the_same, 300)
{
    EPI_ARENA_LOCAL(a);
    const struct epi_catalogue *c = builtin(a);
    uint16_t kind = (uint16_t)epi_rng_below(rng, c->n_kinds);
    const struct epi_kind *k = &c->kinds[kind];
    struct epi_record *r = random_record(a, c, kind, rng), *back = epi_record_new(a, c, kind);
    for (size_t f = 0; f < k->n_fields; f++) /* what a sender may not set is tested apart */
        if (k->fields[f].flags & (EPI_F_SYSTEM | EPI_F_SECRET))
            r->v[f] = EPI_NULLV;
    struct epi_findings findings;
    epi_findings_init(&findings, a, 0);
    const epi_json *j = json_of(a, c, r, false);
    CHECK(j);
    bool *present = EPI_ARRAY(a, k->n_fields, bool);
    CHECK(epi_record_from_json(a, c, j, back, present, &findings));
    for (size_t f = 0; f < k->n_fields; f++) {
        if (!epi_value_eq(r->v[f], back->v[f]))
            epi_test_fail(__FILE__, __LINE__, "%s.%s did not come back", k->name,
                          k->fields[f].name);
        CHECK_INT(present[f], r->v[f].t != EPI_V_NULL);
    }
}

PROPERTY(a_value_written_as_a_cell_reads_back_the_same, 300)
{
    EPI_ARENA_LOCAL(a);
    const struct epi_catalogue *c = builtin(a);
    const struct epi_kind *k = &c->kinds[epi_rng_below(rng, c->n_kinds)];
    for (size_t f = 0; f < k->n_fields; f++) {
        struct epi_value v = random_value(a, &k->fields[f], rng), back;
        CHECK(epi_value_parse(a, &k->fields[f], epi_value_text(a, &k->fields[f], v), &back));
        if (!epi_value_eq(v, back))
            epi_test_fail(__FILE__, __LINE__, "%s.%s did not come back", k->name,
                          k->fields[f].name);
    }
}

PROPERTY(secrets_never_leave_and_masked_persons_have_no_name, 100)
{
    EPI_ARENA_LOCAL(a);
    const struct epi_catalogue *c = builtin(a);
    uint16_t kind = (uint16_t)epi_rng_below(rng, c->n_kinds);
    const struct epi_kind *k = &c->kinds[kind];
    struct epi_record *r = random_record(a, c, kind, rng);
    const epi_json *open = json_of(a, c, r, false), *masked = json_of(a, c, r, true);
    if (!open || !masked)
        epi_test_fail(__FILE__, __LINE__, "%s: not JSON", k->name);
    CHECK(epi_json_bool(masked, "masked", false) && !epi_json_get(open, "masked"));
    for (size_t f = 0; f < k->n_fields; f++) {
        const epi_json *shown = epi_json_get(masked, k->fields[f].name);
        if (k->fields[f].flags & EPI_F_SECRET)
            CHECK(!shown && !epi_json_get(open, k->fields[f].name));
        else if (k->fields[f].flags & EPI_F_PERSONAL)
            CHECK(!shown || shown->type == EPI_JSON_NULL);
    }
}

TEST(what_cannot_be_set_or_read_is_told_all_at_once)
{
    USES_NO_RNG;
    EPI_ARENA_LOCAL(a);
    const struct epi_catalogue *c = builtin(a);
    const epi_json *j;
    struct epi_findings f;
    epi_findings_init(&f, a, 0);
    epi_str text = EPI_S(
        "{\"id\":\"x\",\"version\":3,\"_reason\":\"r\",\"onset\":\"17/11/2021\",\"age\":3.5,"
        "\"severity\":\"awful\",\"late_load\":1,\"nonsense\":1,\"person\":\"???\",\"code\":\"BN1\",\"note\":null}");
    CHECK_OK(epi_json_parse(a, text, 4096, &j, NULL));
    struct epi_record *r = epi_record_new(a, c, EPI_K_CASE);
    r->v[EPI_CASE_NOTE] = epi_v_text(EPI_S("old"));
    bool present[EPI_N_CASE] = {0};
    CHECK(!epi_record_from_json(a, c, j, r, present, &f));
    CHECK_INT(f.counts[EPI_ERROR], 6);
    CHECK_STR(epi_v_as_text(r->v[EPI_CASE_CODE]), EPI_S("BN1"));
    CHECK(present[EPI_CASE_NOTE] && r->v[EPI_CASE_NOTE].t == EPI_V_NULL); /* null clears */
    struct epi_record *d = epi_record_new(a, c, EPI_K_DIRECTIVE);
    CHECK_OK(epi_json_parse(a, EPI_S("{\"parsed\":{}}"), 4096, &j, NULL));
    CHECK(!epi_record_from_json(a, c, j, d, NULL, &f));
    CHECK_STR(epi_str_of(f.list[f.n - 1].code), EPI_S("field.not-settable"));
    CHECK_OK(epi_json_parse(a, EPI_S("[1]"), 4096, &j, NULL));
    CHECK(!epi_record_from_json(a, c, j, d, NULL, &f));
}

/* --- generated
 * -----------------------------------------------------------------------------------------------
 */
TEST(the_catalogue_and_the_schemas_are_json_and_name_every_field)
{
    USES_NO_RNG;
    EPI_ARENA_LOCAL(a);
    const struct epi_catalogue *c = builtin(a);
    EPI_BUF_LOCAL(b, 8u << 20);
    EPI_BUF_LOCAL(s, 8u << 20);
    struct epi_jw w = EPI_JW(&b), sw = EPI_JW(&s);
    const epi_json *list, *schemas;
    epi_catalogue_json(&w, c);
    epi_catalogue_schemas(&sw, c);
    CHECK_OK(epi_json_parse(a, epi_buf_str(&b), 8u << 20, &list, NULL));
    CHECK_OK(epi_json_parse(a, epi_buf_str(&s), 8u << 20, &schemas, NULL));
    CHECK_INT(schemas->count, c->n_kinds);
    const epi_json *kind = epi_json_get(list, "kinds")->first;
    for (size_t k = 0; k < c->n_kinds; k++, kind = kind->next) {
        const epi_json *schema = epi_json_get(schemas, c->kinds[k].name),
                       *field = epi_json_get(kind, "fields")->first;
        CHECK_STR(epi_json_text(kind, "name", EPI_NIL), epi_str_of(c->kinds[k].name));
        for (size_t f = 0; f < c->kinds[k].n_fields; f++) {
            const struct epi_field *fd = &c->kinds[k].fields[f];
            const epi_json *p = epi_json_get(epi_json_get(schema, "properties"), fd->name);
            CHECK(!p == !!(fd->flags & EPI_F_SECRET));
            if (!p)
                continue;
            CHECK_STR(epi_json_text(field, "name", EPI_NIL), epi_str_of(fd->name));
            CHECK_INT(epi_json_get(p, "enum") ? epi_json_get(p, "enum")->count : 0,
                      fd->n_words ? fd->n_words + 1 : 0);
            field = field->next;
        }
        CHECK(!field);
        EPI_JSON_EACH (name, epi_json_get(schema, "required"))
            CHECK(epi_json_get(epi_json_get(schema, "properties"), epi_str_cz(a, name->text)));
    }
}

static size_t times(epi_str text, const char *part)
{
    size_t n = 0;
    for (size_t at = 0; (at = epi_str_find(text, epi_str_of(part), at)) != SIZE_MAX; at++)
        n++;
    return n;
}

TEST(typescript_closes_what_it_opens_and_has_one_interface_per_kind)
{
    USES_NO_RNG;
    EPI_ARENA_LOCAL(a);
    const struct epi_catalogue *c = builtin(a);
    EPI_BUF_LOCAL(b, 4u << 20);
    epi_catalogue_typescript(&b, c);
    epi_str text = epi_buf_str(&b);
    CHECK(!b.full);
    CHECK_INT(times(text, "{"), times(text, "}"));
    CHECK_INT(times(text, "/**"), times(text, "*/"));
    CHECK_INT(times(text, "extends StoredRecord"), c->n_kinds);
    CHECK_INT(times(text, "password"), 0);
    CHECK_INT(
        times(text,
              "severity?: 'asymptomatic' | 'mild' | 'moderate' | 'severe' | 'critical' | null;"),
        1);
}

TEST(the_reference_page_has_a_table_row_per_field_in_each_language)
{
    USES_NO_RNG;
    EPI_ARENA_LOCAL(a);
    const struct epi_catalogue *c = builtin(a);
    size_t fields = 0;
    for (size_t k = 0; k < c->n_kinds; k++)
        for (size_t f = 0; f < c->kinds[k].n_fields; f++)
            fields += !(c->kinds[k].fields[f].flags & EPI_F_SECRET);
    for (int lang = 0; lang < 2; lang++) {
        EPI_BUF_LOCAL(b, 4u << 20);
        epi_catalogue_markdown(&b, c, (epi_lang)lang);
        epi_str text = epi_buf_str(&b), rest = text, line;
        CHECK_INT(times(text, "\n## "), c->n_kinds);
        CHECK_INT(times(text, "\n| `"), fields);
        while (epi_str_split(&rest, '\n', &line))
            if (epi_str_starts(line, EPI_S("| `")))
                CHECK(times(line, "|") >= 5);
    }
}
