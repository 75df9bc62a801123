// SPDX-License-Identifier: AGPL-3.0-or-later
/* Why a decision fell as it did: every condition with the value it saw, the row, the paper behind
 * it. */
#include "policy_internal.h"

struct phrase {
    const char *en, *vi;
};
static const struct phrase cmp_phrases[] = {
    {"is", "là"}, {"is not", "không là"}, {"<", "<"}, {"≤", "≤"}, {">", ">"},
    {"≥", "≥"},   {"is one of", "thuộc"}};
static const struct phrase truth_phrases[] = {
    {"no", "sai"}, {"unknown", "chưa biết"}, {"yes", "đúng"}};
static const struct phrase state_phrases[] = {
    {"decided", "đã kết luận"},
    {"decided, although something is missing", "đã kết luận, dù còn thiếu dữ liệu"},
    {"not decided: something needed is missing", "chưa kết luận: thiếu dữ liệu cần thiết"},
    {"no rule applies", "không có quy tắc nào áp dụng"},
    {"refused: the policy is switched off", "từ chối: chính sách đang tắt"}};
static const struct phrase confidence_phrases[] = {
    {"stated in a directive", "nêu trong chỉ đạo"},
    {"read in the original", "đọc nguyên văn"},
    {"from a secondary source", "theo nguồn thứ cấp"},
    {"inferred", "suy ra"},
    {"UNVERIFIED: check the original document", "CHƯA XÁC MINH: cần đối chiếu văn bản gốc"}};

static const char *say(const struct phrase *p, epi_lang lang)
{
    return lang == EPI_VI ? p->vi : p->en;
}

const char *epi_decided_word(epi_decided d)
{
    static const char *const words[] = {"decided", "agreed", "undecided", "no-row", "refused"};
    return words[d];
}

static epi_str value_text(struct epi_arena *a, const struct epi_pack *p, size_t slot,
                          struct epi_fact f, epi_lang lang)
{
    if (f.known && p->slots[slot].type == EPI_VALUE_BOOL && lang == EPI_VI)
        return f.v != 0 ? EPI_S("có") : EPI_S("không");
    return epi_fact_text(a, p, slot, f);
}

static epi_str test_text(struct epi_arena *a, const struct epi_policy *b, const struct node *n,
                         epi_lang lang)
{
    const struct slot *s = &b->pack->slots[n->slot];
    epi_str what = EPI_NIL;
    if (n->cmp == CMP_IN) {
        for (size_t i = 0; i < s->words_n; i++) {
            if ((n->words >> i) & 1)
                what = epi_str_printf(a, "%.*s%s%.*s", EPI_FMT(what), what.n ? ", " : "",
                                      EPI_FMT(s->words[i]));
        }
    } else if (isnan(n->value)) {
        what = epi_str_printf(a, "? (%.*s)", EPI_FMT(b->pack->params[n->param - 1].name));
    } else {
        what = value_text(a, b->pack, n->slot, epi_fact_number(n->value), lang);
    }
    return epi_str_printf(a, "%s %.*s", say(&cmp_phrases[n->cmp], lang), EPI_FMT(what));
}

static void condition_json(struct epi_jw *w, struct epi_arena *a, const struct epi_policy *b,
                           const struct node *n, const struct epi_fact *facts, epi_lang lang)
{
    static const char *const groups[] = {"all", "any", "none", "at-least"};
    epi_truth t = epi__eval(n, facts);
    epi_jw_object(w);
    if (n->op == OP_CMP) {
        const struct slot *s = &b->pack->slots[n->slot];
        epi_jw_kv(w, "fact", s->name);
        epi_jw_kv(w, "label", s->label[lang]);
        epi_jw_key(w, "value");
        epi_policy_value_json(w, b->pack, n->slot, facts[n->slot]);
        if (s->unit.n)
            epi_jw_kv(w, "unit", s->unit);
        epi_jw_kv(w, "test", test_text(a, b, n, lang));
    } else {
        epi_jw_kvz(w, "group", groups[n->op]);
        if (n->op == OP_AT_LEAST)
            epi_jw_kvi(w, "need", n->need);
        epi_jw_key(w, "of");
        epi_jw_array(w);
        const struct node *c = n + 1;
        for (unsigned i = 0; i < n->n && w->depth + 4 < EPI_JSON_DEPTH; i++, c += c->skip)
            condition_json(w, a, b, c, facts, lang);
        epi_jw_array_end(w);
    }
    epi_jw_kvz(w, "truth", epi_truth_word(t));
    epi_jw_object_end(w);
}

static void row_head_json(struct epi_jw *w, const struct epi_pack *p, size_t table, int row,
                          epi_lang lang)
{
    if (row < 0) {
        epi_jw_key(w, "row");
        epi_jw_null(w);
        return;
    }
    struct epi_row_info info;
    epi_pack_row(p, table, (size_t)row, &info);
    epi_jw_kv(w, "row", info.id);
    epi_jw_kv(w, "why", info.why[lang]);
    epi_jw_kv(w, "source", info.source_title);
    if (info.source_url.n)
        epi_jw_kv(w, "url", info.source_url);
    epi_jw_kvz(w, "confidence", epi_confidence_word(info.confidence));
}

static void outputs_json(struct epi_jw *w, const struct epi_policy *b, const struct table *t,
                         const struct epi_decision *d)
{
    epi_jw_key(w, "outputs");
    epi_jw_object(w);
    for (size_t i = 0; i < t->outputs_n; i++) {
        epi_jw_keys(w, b->pack->slots[t->outputs[i]].name);
        epi_policy_value_json(w, b->pack, t->outputs[i], d->out[i].value);
    }
    epi_jw_object_end(w);
}

static void rows_json(struct epi_jw *w, struct epi_arena *a, const struct epi_policy *b,
                      size_t table, const struct epi_fact *facts, const struct epi_decision *d,
                      epi_lang lang)
{
    const struct table *t = &b->pack->tables[table];
    epi_jw_key(w, "rows");
    epi_jw_array(w);
    for (size_t i = 0; i < t->rows_n; i++) {
        const struct row *row = &t->rows[i];
        epi_jw_object(w);
        row_head_json(w, b->pack, table, (int)i, lang);
        epi_jw_kvb(w, "fired", epi_row_in(d->fired, i));
        epi_jw_kvb(w, "could_fire", epi_row_in(d->possible, i) && !epi_row_in(d->fired, i));
        epi_jw_key(w, "when");
        if (row->nodes_n)
            condition_json(w, a, b, &b->nodes[row->node], facts, lang);
        else
            epi_jw_textz(w, "otherwise");
        epi_jw_object_end(w);
    }
    epi_jw_array_end(w);
}

void epi_policy_explain_json(struct epi_jw *w, const struct epi_policy *b, size_t table,
                             const struct epi_fact *facts, const struct epi_decision *d,
                             epi_lang lang)
{
    EPI_ARENA_LOCAL(a);
    const struct table *t = &b->pack->tables[table];
    uint16_t missing[EPI_POLICY_SLOTS_MAX];
    epi_jw_object(w);
    epi_jw_kv(w, "policy", b->pack->id);
    epi_jw_kv(w, "document", b->pack->symbol);
    epi_jw_kv(w, "table", t->name);
    epi_jw_kv(w, "title", t->title[lang]);
    epi_jw_kvz(w, "state", epi_decided_word(d->state));
    row_head_json(w, b->pack, table, d->row, lang);
    outputs_json(w, b, t, d);
    rows_json(w, a, b, table, facts, d, lang);
    size_t n = epi_policy_missing(b, table, facts, missing, EPI_COUNT(missing));
    epi_jw_key(w, "missing");
    epi_jw_array(w);
    for (size_t i = 0; i < n; i++) {
        epi_jw_object(w);
        epi_jw_kv(w, "fact", b->pack->slots[missing[i]].name);
        epi_jw_kv(w, "label", b->pack->slots[missing[i]].label[lang]);
        epi_jw_object_end(w);
    }
    epi_jw_array_end(w);
    epi_jw_object_end(w);
}

/* --- for a person --- */
static void condition_text(struct epi_buf *out, struct epi_arena *a, const struct epi_policy *b,
                           const struct node *n, const struct epi_fact *facts, epi_lang lang,
                           int indent)
{
    static const struct phrase groups[] = {
        {"all of", "tất cả"}, {"any of", "ít nhất một"}, {"none of", "không điều nào"}};
    const char *truth = say(&truth_phrases[epi__eval(n, facts)], lang);
    epi_buf_printf(out, "%*s", indent, "");
    if (n->op == OP_CMP) {
        const struct slot *s = &b->pack->slots[n->slot];
        epi_str v = value_text(a, b->pack, n->slot, facts[n->slot], lang),
                t = test_text(a, b, n, lang);
        epi_buf_printf(out, "- %.*s = %.*s; %.*s: %s\n", EPI_FMT(s->label[lang]), EPI_FMT(v),
                       EPI_FMT(t), truth);
        return;
    }
    if (n->op == OP_AT_LEAST)
        epi_buf_printf(out, "- %s %u: %s\n", lang == EPI_VI ? "ít nhất" : "at least", n->need,
                       truth);
    else
        epi_buf_printf(out, "- %s: %s\n", say(&groups[n->op], lang), truth);
    const struct node *c = n + 1;
    for (unsigned i = 0; i < n->n; i++, c += c->skip)
        condition_text(out, a, b, c, facts, lang, indent + 2);
}

static void row_text(struct epi_buf *out, struct epi_arena *a, const struct epi_policy *b,
                     const struct row *row, const struct epi_fact *facts, bool fired, epi_lang lang)
{
    const struct source *s = &b->pack->sources[row->source - 1];
    static const struct phrase head[] = {{"could apply", "có thể áp dụng"}, {"applies", "áp dụng"}};
    static const struct phrase source = {"source", "nguồn"},
                               otherwise = {"nothing above applies",
                                            "không điều nào ở trên áp dụng"};
    epi_buf_printf(out, "%.*s (%s): %.*s\n", EPI_FMT(row->id), say(&head[fired], lang),
                   EPI_FMT(row->why[lang]));
    if (row->nodes_n)
        condition_text(out, a, b, &b->nodes[row->node], facts, lang, 2);
    else
        epi_buf_printf(out, "  - %s\n", say(&otherwise, lang));
    epi_buf_printf(out, "  %s: %.*s (%s)\n", say(&source, lang), EPI_FMT(s->title),
                   say(&confidence_phrases[row->confidence], lang));
}

void epi_policy_explain_text(struct epi_buf *out, const struct epi_policy *b, size_t table,
                             const struct epi_fact *facts, const struct epi_decision *d,
                             epi_lang lang)
{
    EPI_ARENA_LOCAL(a);
    const struct epi_pack *p = b->pack;
    const struct table *t = &p->tables[table];
    static const struct phrase missing_word = {"missing", "còn thiếu"};
    uint16_t missing[EPI_POLICY_SLOTS_MAX];
    epi_buf_printf(out, "%.*s - %.*s (%.*s): %s\n", EPI_FMT(p->symbol), EPI_FMT(t->title[lang]),
                   EPI_FMT(p->id), say(&state_phrases[d->state], lang));
    if (p->disabled)
        epi_buf_printf(out, "%.*s\n", EPI_FMT(p->disabled_why[lang]));
    for (size_t i = 0; i < t->outputs_n; i++) {
        const struct slot *s = &p->slots[t->outputs[i]];
        epi_str v = value_text(a, p, t->outputs[i], d->out[i].value, lang);
        epi_buf_printf(out, "%.*s: %.*s%s%.*s\n", EPI_FMT(s->label[lang]), EPI_FMT(v),
                       s->unit.n ? " " : "", EPI_FMT(s->unit));
    }
    for (size_t i = 0; i < t->rows_n; i++) {
        if (epi_row_in(d->fired, i) || epi_row_in(d->possible, i))
            row_text(out, a, b, &t->rows[i], facts, epi_row_in(d->fired, i), lang);
    }
    size_t n = epi_policy_missing(b, table, facts, missing, EPI_COUNT(missing));
    for (size_t i = 0; i < n; i++)
        epi_buf_printf(out, "%s: %.*s\n", say(&missing_word, lang),
                       EPI_FMT(p->slots[missing[i]].label[lang]));
}
