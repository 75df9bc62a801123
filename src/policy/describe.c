// SPDX-License-Identifier: AGPL-3.0-or-later
/* What a pack holds, for callers: names, words, values as text. */
#include "policy_internal.h"

size_t epi_policies_count(const struct epi_policies *set)
{
    return set->n;
}

const struct epi_pack *epi_policies_at(const struct epi_policies *set, size_t i)
{
    return set->packs[i];
}

void epi_pack_get(const struct epi_pack *p, struct epi_pack_info *ret)
{
    *ret = (struct epi_pack_info){
        .id = p->id,
        .authority = p->authority,
        .path = p->path,
        .symbol = p->symbol,
        .title = {p->title[0], p->title[1]},
        .kind = p->kind,
        .from = p->from,
        .to = p->to,
        .disabled = p->disabled,
        .disabled_why = {p->disabled_why[0], p->disabled_why[1]},
        .facts_n = p->facts_n,
        .slots_n = p->slots_n,
        .tables_n = p->tables_n,
        .params_n = p->params_n,
        .examples_n = p->examples_n,
    };
}

void epi_pack_slot(const struct epi_pack *p, size_t slot, struct epi_slot_info *ret)
{
    const struct slot *s = &p->slots[slot];
    *ret = (struct epi_slot_info){.name = s->name,
                                  .unit = s->unit,
                                  .label = {s->label[0], s->label[1]},
                                  .type = s->type,
                                  .words = s->words,
                                  .words_n = s->words_n,
                                  .table = s->table,
                                  .has_min = s->has_min,
                                  .has_max = s->has_max,
                                  .integer = s->integer,
                                  .min = s->min,
                                  .max = s->max};
}

bool epi_fact_fits(const struct epi_pack *p, size_t slot, struct epi_fact f)
{
    const struct slot *s = &p->slots[slot];
    if (!f.known)
        return true;
    bool fits = !isnan(f.v) && !(s->has_min && f.v < s->min) && !(s->has_max && f.v > s->max) &&
                !(s->integer && f.v != floor(f.v));
    if (s->type == EPI_VALUE_BOOL)
        return fits && (f.v == 0 || f.v == 1);
    return fits && (s->type != EPI_VALUE_WORD ||
                    (f.v >= 0 && f.v < (double)s->words_n && f.v == floor(f.v)));
}

int epi_policy_fact_index(const struct epi_pack *p, epi_str name)
{
    for (size_t i = 0; i < p->slots_n; i++) {
        if (epi_str_eq(p->slots[i].name, name))
            return (int)i;
    }
    return -1;
}

int epi_policy_table_index(const struct epi_pack *p, epi_str name)
{
    for (size_t i = 0; i < p->tables_n; i++) {
        if (epi_str_eq(p->tables[i].name, name))
            return (int)i;
    }
    return -1;
}

void epi_pack_table(const struct epi_pack *p, size_t table, struct epi_table_info *ret)
{
    const struct table *t = &p->tables[table];
    *ret = (struct epi_table_info){.name = t->name,
                                   .role = t->role,
                                   .title = {t->title[0], t->title[1]},
                                   .outputs = t->outputs,
                                   .outputs_n = t->outputs_n,
                                   .reads = t->slots,
                                   .reads_n = t->slots_n,
                                   .rows_n = t->rows_n};
}

void epi_pack_row(const struct epi_pack *p, size_t table, size_t row, struct epi_row_info *ret)
{
    const struct row *w = &p->tables[table].rows[row];
    const struct source *s = &p->sources[w->source - 1];
    *ret = (struct epi_row_info){.id = w->id,
                                 .why = {w->why[0], w->why[1]},
                                 .source = s->key,
                                 .source_title = s->title,
                                 .source_url = s->url,
                                 .confidence = w->confidence};
}

struct epi_fact epi_fact_word(const struct epi_pack *p, size_t slot, epi_str word)
{
    const struct slot *s = &p->slots[slot];
    for (size_t i = 0; i < s->words_n; i++) {
        if (epi_str_eq(s->words[i], word))
            return (struct epi_fact){true, (double)i};
    }
    return EPI_FACT_UNKNOWN;
}

const double *epi_pack_list(const struct epi_pack *p, struct epi_fact f, size_t *ret_n)
{
    if (!f.known || !(f.v >= 0) || f.v >= (double)p->lists_n) {
        *ret_n = 0;
        return NULL;
    }
    *ret_n = p->lists[(size_t)f.v].n;
    return p->lists[(size_t)f.v].v;
}

static epi_str list_text(struct epi_arena *a, const struct epi_pack *p, struct epi_fact f)
{
    size_t n;
    const double *v = epi_pack_list(p, f, &n);
    epi_str s = EPI_S("[");
    for (size_t i = 0; i < n; i++)
        s = epi_str_printf(a, "%.*s%s%g", EPI_FMT(s), i ? ", " : "", v[i]);
    return epi_str_printf(a, "%.*s]", EPI_FMT(s));
}

epi_str epi_fact_text(struct epi_arena *a, const struct epi_pack *p, size_t slot, struct epi_fact f)
{
    const struct slot *s = &p->slots[slot];
    char iso[16];
    if (!f.known)
        return EPI_S("?");
    switch (s->type) {
    case EPI_VALUE_BOOL:
        return f.v != 0 ? EPI_S("yes") : EPI_S("no");
    case EPI_VALUE_DATE:
        return epi_str_dup(a, epi_str_of(epi_date_iso((epi_date){(int32_t)f.v}, iso)));
    case EPI_VALUE_LIST:
        return list_text(a, p, f);
    case EPI_VALUE_NUMBER:
        return epi_str_printf(a, "%g", f.v);
    case EPI_VALUE_WORD:
        break;
    }
    return f.v >= 0 && f.v < (double)s->words_n ? s->words[(size_t)f.v] : EPI_S("?");
}

void epi_policy_value_json(struct epi_jw *w, const struct epi_pack *p, size_t slot,
                           struct epi_fact f)
{
    const struct slot *s = &p->slots[slot];
    char iso[16];
    size_t n = 0;
    if (!f.known) {
        epi_jw_null(w);
        return;
    }
    switch (s->type) {
    case EPI_VALUE_BOOL:
        epi_jw_bool(w, f.v != 0);
        return;
    case EPI_VALUE_DATE:
        epi_jw_textz(w, epi_date_iso((epi_date){(int32_t)f.v}, iso));
        return;
    case EPI_VALUE_NUMBER:
        if (f.v == floor(f.v) && fabs(f.v) < 1e15)
            epi_jw_int(w, (int64_t)f.v);
        else
            epi_jw_real(w, f.v);
        return;
    case EPI_VALUE_WORD:
        if (f.v >= 0 && f.v < (double)s->words_n)
            epi_jw_text(w, s->words[(size_t)f.v]);
        else
            epi_jw_null(w);
        return;
    case EPI_VALUE_LIST:
        break;
    }
    const double *v = epi_pack_list(p, f, &n);
    epi_jw_array(w);
    for (size_t i = 0; i < n; i++)
        epi_policy_value_json(w,
                              &(struct epi_pack){.slots = &(struct slot){.type = EPI_VALUE_NUMBER}},
                              0, epi_fact_number(v[i]));
    epi_jw_array_end(w);
}

/* Two levels of folders below <authority>: topic and first day. */
static epi_status read_below(struct epi_arena *a, const struct epi_fs *fs, const char *dir,
                             int depth, struct epi_policy_file *out, size_t *n, size_t max,
                             struct epi_err *reterr)
{
    epi_str *names;
    size_t names_n;
    EPI_TRY(fs->list(fs->ctx, a, dir, &names, &names_n, reterr));
    for (size_t i = 0; i < names_n; i++) {
        const char *path = epi_str_cz(a, epi_str_printf(a, "%s/%.*s", dir, EPI_FMT(names[i])));
        bool file = epi_str_ends(names[i], EPI_S(".md")) ||
                    epi_str_ends(names[i], EPI_S(".json")) || epi_str_starts(names[i], EPI_S("."));
        if (depth < 3) {
            if (!file)
                EPI_TRY(read_below(a, fs, path, depth + 1, out, n, max, reterr));
        } else if (epi_str_eqz(names[i], "pack.json")) {
            if (*n == max)
                return EPI_FAIL(reterr, EPI_LIMIT, "policy.packs-too-many", "%zu", max);
            out[*n].path = epi_str_of(path);
            EPI_TRY(fs->read(fs->ctx, a, path, EPI_POLICY_FILE_MAX, &out[(*n)++].text, reterr));
        }
    }
    return EPI_OK;
}

epi_status epi_policies_read(struct epi_arena *a, const struct epi_fs *fs, const char *dir,
                             struct epi_policy_file **ret, size_t *ret_n, struct epi_err *reterr)
{
    enum { PACKS_MAX = 1000 };
    struct epi_policy_file *out = EPI_ARRAY(a, PACKS_MAX, struct epi_policy_file);
    size_t n = 0;
    EPI_TRY(read_below(a, fs, dir, 0, out, &n, PACKS_MAX, reterr));
    if (n == 0)
        return EPI_FAIL(reterr, EPI_NOT_FOUND, "policy.none-found", "%s", dir);
    *ret = out;
    *ret_n = n;
    return EPI_OK;
}
