// SPDX-License-Identifier: AGPL-3.0-or-later
#include "exchange/mapping.h"

#define PROPOSE_FROM 0.6
#define SURE_FROM 0.8
#define MAPPING_MAX ((size_t)1024 * 1024)

static epi_str last_part(epi_str name)
{
    for (size_t i = name.n; i > 0; i--)
        if (name.p[i - 1] == '.')
            return epi_str_sub(name, i, name.n - i);
    return name;
}

static const struct epi_synonyms *entry(const struct epi_forms *f, epi_str name)
{
    for (size_t i = 0; f && i < f->n_columns; i++)
        if (epi_str_eq(f->columns[i].name, name))
            return &f->columns[i];
    return NULL;
}

static const struct epi_synonyms *synonyms_of(struct epi_arena *a, const struct epi_target *t,
                                              epi_str prefix, const struct epi_forms *f)
{
    const struct epi_synonyms *s = t->synonym_key.n ? entry(f, t->synonym_key) : NULL;
    if (!s && prefix.n)
        s = entry(f, epi_str_printf(a, "%.*s.%.*s", EPI_FMT(prefix), EPI_FMT(t->name)));
    if (!s)
        s = entry(f, t->name);
    return s ? s : entry(f, last_part(t->name));
}

static size_t tokens(epi_str folded, epi_str out[16])
{
    size_t n = 0;
    epi_str rest = folded, part;
    while (n < 16 && epi_str_split(&rest, ' ', &part))
        if (part.n)
            out[n++] = part;
    return n;
}

/* Shared words over all words (Jaccard); single letters count for nothing. */
static double overlap(epi_str a, epi_str b)
{
    epi_str x[16], y[16];
    size_t nx = tokens(a, x), ny = tokens(b, y), shared = 0;
    for (size_t i = 0; i < nx; i++)
        for (size_t k = 0; k < ny; k++)
            if (x[i].n > 1 && epi_str_eq(x[i], y[k])) {
                shared++;
                break;
            }
    size_t all = nx + ny - shared;
    return all ? (double)shared / (double)all : 0;
}

static double max2(double a, double b)
{
    return a > b ? a : b;
}

/* "Họ và tên (ghi chữ in hoa)" folds without what stands in brackets. */
static epi_str fold_header(struct epi_arena *a, epi_str column)
{
    for (size_t i = 1; i < column.n; i++)
        if (column.p[i] == '(' || column.p[i] == '[' || column.p[i] == '\n') {
            epi_str head = epi_text_fold(a, epi_str_sub(column, 0, i));
            if (head.n)
                return head;
            break;
        }
    return epi_text_fold(a, column);
}

static double score_folded(struct epi_arena *a, epi_str header, epi_str whole,
                           const struct epi_target *t, const struct epi_synonyms *s)
{
    if (header.n == 0)
        return 0;
    epi_str names[4] = {epi_text_fold(a, t->name), epi_text_fold(a, last_part(t->name)),
                        epi_text_fold(a, t->label_vi), epi_text_fold(a, t->label_en)};
    for (size_t i = 0; i < 4; i++)
        if (names[i].n && (epi_str_eq(names[i], header) || epi_str_eq(names[i], whole)))
            return i == 1 && t->name.n != last_part(t->name).n ? 0.95 : 1;
    double best = 0;
    for (size_t i = 0; i < 4; i++)
        best = max2(best, 0.8 * overlap(names[i], header));
    for (size_t i = 0; s && i < s->n; i++) {
        if (epi_str_eq(s->words[i], header) || epi_str_eq(s->words[i], whole))
            return 0.9;
        best = max2(best, 0.8 * overlap(s->words[i], header));
    }
    return best;
}

double epi_mapping_score(struct epi_arena *a, epi_str column, const struct epi_target *t,
                         epi_str prefix, const struct epi_forms *forms)
{
    return score_folded(a, fold_header(a, column), epi_text_fold(a, column), t,
                        synonyms_of(a, t, prefix, forms));
}

static void check(const struct epi_mapping *m, const struct epi_target *targets, size_t n,
                  struct epi_findings *f)
{
    for (size_t t = 0; t < n; t++) {
        size_t uses = 0;
        for (size_t i = 0; i < m->n; i++) {
            if (m->columns[i].target != (int)t)
                continue;
            if (++uses == 2)
                epi_finding_add(f, EPI_ERROR, "mapping.field-twice", 0, m->columns[i].column,
                                targets[t].name, EPI_NIL);
        }
        if (!uses && targets[t].required)
            epi_finding_add(f, EPI_ERROR, "mapping.required", 0, targets[t].name,
                            targets[t].label_vi, targets[t].label_en);
    }
    for (size_t i = 0; i < m->n; i++) {
        const struct epi_mapped_column *c = &m->columns[i];
        if (c->target < 0)
            epi_finding_add(f, EPI_WARNING, "mapping.unused", 0, c->column, EPI_NIL, EPI_NIL);
        else if (c->confidence < SURE_FROM)
            epi_finding_add(f, EPI_WARNING, "mapping.unsure", 0, c->column, targets[c->target].name,
                            EPI_NIL);
    }
}

struct epi_mapping *epi_mapping_propose(struct epi_arena *a, const epi_str *columns,
                                        size_t n_columns, const struct epi_target *targets,
                                        size_t n_targets, epi_str prefix,
                                        const struct epi_forms *forms,
                                        struct epi_findings *findings)
{
    struct epi_mapping *m = EPI_NEW(a, struct epi_mapping);
    m->n = n_columns;
    m->columns = EPI_ARRAY(a, n_columns + 1, struct epi_mapped_column);
    float *score = EPI_ARRAY(a, n_columns * n_targets + 1, float);
    bool *taken = EPI_ARRAY(a, n_targets + 1, bool);
    struct epi_arena_mark mark = epi_arena_mark(a);
    for (size_t t = 0; t < n_targets; t++) {
        const struct epi_synonyms *s = synonyms_of(a, &targets[t], prefix, forms);
        for (size_t i = 0; i < n_columns; i++)
            score[i * n_targets + t] = (float)score_folded(
                a, fold_header(a, columns[i]), epi_text_fold(a, columns[i]), &targets[t], s);
    }
    epi_arena_release(a, mark);
    for (size_t i = 0; i < n_columns; i++)
        m->columns[i] = (struct epi_mapped_column){columns[i], -1, 0};
    for (;;) { /* the best pair first; of equals the earlier column and field */
        float best = 0;
        size_t bi = 0, bt = 0;
        for (size_t i = 0; i < n_columns; i++)
            for (size_t t = 0; t < n_targets && m->columns[i].target < 0; t++)
                if (!taken[t] && score[i * n_targets + t] > best) {
                    best = score[i * n_targets + t];
                    bi = i;
                    bt = t;
                }
        if ((double)best < PROPOSE_FROM - 1e-6)
            break;
        m->columns[bi].target = (int)bt;
        m->columns[bi].confidence = (double)best;
        taken[bt] = true;
    }
    check(m, targets, n_targets, findings);
    return m;
}

epi_status epi_mapping_read(struct epi_arena *a, epi_str json, const epi_str *columns,
                            size_t n_columns, const struct epi_target *targets, size_t n_targets,
                            struct epi_mapping **ret, struct epi_findings *findings,
                            struct epi_err *reterr)
{
    const epi_json *j = NULL;
    EPI_TRY(epi_json_parse(a, json, MAPPING_MAX, &j, reterr));
    const epi_json *named = epi_json_get(j, "columns");
    if (!named || named->type != EPI_JSON_OBJECT)
        return EPI_FAIL(reterr, EPI_INVALID, "mapping.no-columns", "%s", "");
    struct epi_mapping *m = EPI_NEW(a, struct epi_mapping);
    m->n = n_columns;
    m->columns = EPI_ARRAY(a, n_columns + 1, struct epi_mapped_column);
    for (size_t i = 0; i < n_columns; i++)
        m->columns[i] = (struct epi_mapped_column){columns[i], -1, 0};
    epi_str dates = epi_json_text(j, "dates", EPI_S("auto")),
            encoding = epi_json_text(j, "encoding", EPI_S("auto"));
    if (!epi_date_order_parse(dates, &m->dates))
        return EPI_FAIL(reterr, EPI_INVALID, "mapping.bad-dates", "%.*s", EPI_FMT(dates));
    if (!epi_encoding_parse(encoding, &m->encoding))
        return EPI_FAIL(reterr, EPI_INVALID, "mapping.bad-encoding", "%.*s", EPI_FMT(encoding));
    EPI_JSON_EACH (item, named) {
        size_t i = 0, t = 0;
        epi_str key = epi_text_clean(a, item->key);
        while (i < n_columns && !epi_str_eq(columns[i], key))
            i++;
        if (i == n_columns) {
            epi_finding_add(findings, EPI_ERROR, "mapping.column-missing", 0, key, EPI_NIL,
                            EPI_NIL);
            continue;
        }
        if (item->type == EPI_JSON_NULL)
            continue;
        while (t < n_targets && !epi_str_eq(targets[t].name, item->text))
            t++;
        if (t == n_targets || item->type != EPI_JSON_TEXT) {
            epi_finding_add(findings, EPI_ERROR, "mapping.field-unknown", 0, key, item->text,
                            EPI_NIL);
            continue;
        }
        m->columns[i].target = (int)t;
        m->columns[i].confidence = 1;
    }
    check(m, targets, n_targets, findings);
    *ret = m;
    return EPI_OK;
}

void epi_mapping_write(struct epi_jw *w, const struct epi_mapping *m,
                       const struct epi_target *targets)
{
    epi_jw_object(w);
    epi_jw_key(w, "columns");
    epi_jw_object(w);
    for (size_t i = 0; i < m->n; i++) {
        epi_jw_keys(w, m->columns[i].column);
        if (m->columns[i].target < 0)
            epi_jw_null(w);
        else
            epi_jw_text(w, targets[m->columns[i].target].name);
    }
    epi_jw_object_end(w);
    epi_jw_kvz(w, "dates", epi_date_order_word(m->dates));
    epi_jw_kvz(w, "encoding", epi_encoding_word(m->encoding));
    epi_jw_object_end(w);
}
