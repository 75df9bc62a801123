// SPDX-License-Identifier: AGPL-3.0-or-later
/* The first pass over a file: which column is which field, in which order dates are written, how
 * many rows. */
#include "ops/import.h"
#include <stdlib.h>

#define SAMPLE_ROWS 5

static void add_target(struct epi__import *im, uint16_t kind, uint16_t field, const char *prefix)
{
    const struct epi_field *f = &im->call->app->catalogue->kinds[kind].fields[field];
    if (im->n_targets == EPI__TARGETS_MAX || (f->flags & (EPI_F_SYSTEM | EPI_F_SECRET)))
        return;
    im->fields[im->n_targets] = (struct epi__target){kind, field};
    im->targets[im->n_targets++] = (struct epi_target){
        .name = epi_str_printf(im->call->a, "%s%s", prefix, f->name),
        .label_vi = epi_str_of(f->label[EPI_VI]),
        .label_en = epi_str_of(f->label[EPI_EN]),
        /* a column that names the person at all ("to", "F1") means their code */
        .synonym_key = kind == EPI_K_PERSON && field == EPI_PERSON_CODE && *prefix
                           ? epi_str_printf(im->call->a, "%s.person",
                                            im->call->app->catalogue->kinds[im->kind].name)
                           : EPI_NIL,
        .required = *prefix == 0 && (f->flags & EPI_F_REQUIRED) && f->type != EPI_T_REF};
}

/* The column by which an export finds its way back; in another base the ids are unknown and mean
 * nothing. */
static void add_id_target(struct epi__import *im, uint16_t kind, const char *name)
{
    im->fields[im->n_targets] = (struct epi__target){kind, EPI__FIELD_ID};
    im->targets[im->n_targets++] = (struct epi_target){.name = epi_str_of(name),
                                                       .label_vi = EPI_S("Mã bản ghi Cordon"),
                                                       .label_en = EPI_S("Cordon record id")};
}

/* Fields of the kind, and "person.<field>" for the person it is about. */
static void make_targets(struct epi__import *im)
{
    const struct epi_kind *k = &im->call->app->catalogue->kinds[im->kind];
    bool about_person = false;
    add_id_target(im, im->kind, "cordon_id");
    for (uint16_t f = 0; f < k->n_fields; f++) {
        if (k->fields[f].type == EPI_T_REF && k->fields[f].ref_kind == EPI_K_PERSON)
            about_person = true;
        else
            add_target(im, im->kind, f, "");
    }
    const struct epi_kind *p = &im->call->app->catalogue->kinds[EPI_K_PERSON];
    if (about_person)
        add_id_target(im, EPI_K_PERSON, "person.cordon_id");
    for (uint16_t f = 1; about_person && f < p->n_fields; f++)
        if (p->fields[f].type != EPI_T_REF)
            add_target(im, EPI_K_PERSON, f, "person.");
}

/* NULL for a record's id. */
static const struct epi_field *field_of(const struct epi__import *im, size_t target)
{
    if (im->fields[target].field == EPI__FIELD_ID)
        return NULL;
    return &im->call->app->catalogue->kinds[im->fields[target].kind]
                .fields[im->fields[target].field];
}

static bool dated(const struct epi_field *f)
{
    return f && (f->type == EPI_T_DATE || f->type == EPI_T_INSTANT ||
                 epi_cell_role_of(f) == EPI_ROLE_YEAR_OR_DATE);
}

static void sample_row(struct epi__import *im, struct epi_jw *w)
{
    epi_jw_array(w);
    for (size_t c = 0; c < im->table->n_columns; c++)
        epi_jw_text(w, epi_str_sub(im->table->fields[c], 0, 200));
    epi_jw_array_end(w);
}

/* A quote never closed swallows the rest of the file, and one cut short has lost it: rows would be
 * missing without anybody noticing. */
static bool breaks_off(const struct epi_finding *f)
{
    return strcmp(f->code, "csv.unclosed-quote") == 0 || strcmp(f->code, "file.maybe-cut") == 0;
}

/* Every row once: dates per column, a sample, the number of rows. Nothing is kept of a file that
 * breaks off. */
static epi_status look_at_rows(struct epi__import *im, struct epi_date_column *dates,
                               struct epi_findings *seen)
{
    EPI_BUF_LOCAL(b, 1u << 20);
    struct epi_jw w = EPI_JW(&b);
    epi_jw_array(&w);
    while (epi_table_next(im->table)) {
        if (im->total_rows++ < SAMPLE_ROWS)
            sample_row(im, &w);
        for (size_t c = 0; c < im->table->n_columns; c++) {
            int t = im->mapping->columns[c].target;
            if (t >= 0 && dated(field_of(im, (size_t)t)) && im->table->fields[c].n)
                epi_date_column_see(&dates[c], im->table->fields[c],
                                    im->table->kinds[c] == EPI_CELL_DATE);
        }
        if (!epi__import_goes_on(im))
            return EPI_FAIL(&im->call->err, EPI_BUSY, "job.cancelled", "%s", "");
    }
    epi_jw_array_end(&w);
    im->sample = epi_str_dup(im->call->a, epi_buf_str(&b));
    if (im->table->failed.status != EPI_OK) {
        im->call->err = im->table->failed;
        return im->table->failed.status;
    }
    for (size_t i = 0; i < seen->n; i++)
        if (seen->list[i].severity == EPI_ERROR &&
            (seen->list[i].row == 0 || breaks_off(&seen->list[i])))
            return EPI_FAIL(&im->call->err, EPI_INVALID, "import.file-refused", "%s", "");
    return EPI_OK;
}

static void make_readers(struct epi__import *im, const struct epi_date_column *dates)
{
    struct epi_call *call = im->call;
    int year, month, day;
    epi_date_split(epi_app_today(call->app), &year, &month, &day);
    im->readers = EPI_ARRAY(call->a, im->table->n_columns, struct epi_cell_reader *);
    for (size_t c = 0; c < im->table->n_columns; c++) {
        int t = im->mapping->columns[c].target;
        if (t < 0 || !field_of(im, (size_t)t))
            continue;
        const struct epi_field *f = field_of(im, (size_t)t);
        struct epi_cell_options o = {
            .forms = im->forms,
            .date = {.last_year = year,
                     .date1904 = im->table->date1904,
                     .utc_offset_minutes = epi_units_utc_offset(call->app->units),
                     .order = im->mapping->dates}};
        if (dated(f) && o.date.order == EPI_ORDER_AUTO)
            o.date.order =
                epi_date_column_decide(&dates[c], im->table->columns[c], &call->findings);
        im->readers[c] = epi_cell_reader_new(call->a, f, im->table->columns[c], &o);
    }
}

static epi_status choose_columns(struct epi__import *im)
{
    struct epi_call *call = im->call;
    epi_str prefix = epi_str_of(call->app->catalogue->kinds[im->kind].name);
    if (im->mapping_json.n)
        return epi_mapping_read(call->a, im->mapping_json, im->table->columns, im->table->n_columns,
                                im->targets, im->n_targets, &im->mapping, &call->findings,
                                &call->err);
    im->mapping =
        epi_mapping_propose(call->a, im->table->columns, im->table->n_columns, im->targets,
                            im->n_targets, prefix, im->forms, &call->findings);
    return EPI_OK;
}

epi_status epi__import_plan(struct epi__import *im, epi_str bytes,
                            const struct epi_table_options *options)
{
    struct epi_call *call = im->call;
    const char *forms = epi__path(call->a, call->app->o.data_dir, "forms");
    EPI_TRY(epi_forms_load(call->a, &call->app->o.io->fs, forms, &im->forms, &call->err));
    EPI_TRY(epi_table_open(&im->table, bytes, options, &call->findings, &call->err));
    make_targets(im);
    EPI_TRY(choose_columns(im));
    /* what the first pass finds in rows is found again by the second: kept apart, shown only on
     * refusal */
    struct epi_findings seen;
    epi_findings_init(&seen, call->a, 1000);
    struct epi_date_column *dates =
        EPI_ARRAY(call->a, im->table->n_columns, struct epi_date_column);
    EPI_TRY(epi_table_rewind(im->table, &seen, &call->err));
    epi_status s = look_at_rows(im, dates, &seen);
    if (s != EPI_OK) {
        for (size_t i = 0; i < seen.n; i++)
            epi_finding_add(&call->findings, seen.list[i].severity, seen.list[i].code,
                            seen.list[i].row, seen.list[i].field, seen.list[i].arg1,
                            seen.list[i].arg2);
        return s;
    }
    make_readers(im, dates);
    return epi_table_rewind(im->table, &call->findings, &call->err);
}

void epi__import_forget(struct epi__import *im)
{
    epi_reader_close(im->reader);
    epi_identity_index_free(im->people);
    free(im->people_ids);
    epi__keys_free(im->keys);
    epi__prints_free(im->said);
    epi__prints_free(im->said_people);
    im->reader = NULL;
    im->people = NULL;
    im->people_ids = NULL;
    im->keys = NULL;
    im->said = im->said_people = NULL;
}

void epi__import_done(struct epi__import *im)
{
    epi__import_forget(im);
    epi_table_close(im->table);
}

void epi__import_report(struct epi__import *im, struct epi_jw *w)
{
    struct epi_call *call = im->call;
    static const char *const words[] = {"note", "warning", "error"};
    epi_jw_kvi(w, "rows", (int64_t)im->rows);
    epi_jw_kvi(w, "accepted", (int64_t)im->accepted);
    epi_jw_kvi(w, "rejected", (int64_t)im->rejected);
    epi_jw_kvi(w, "duplicate", (int64_t)im->duplicate);
    epi_jw_kvi(w, "updated", (int64_t)im->updated);
    epi_jw_kvi(w, "new_people", (int64_t)im->new_people);
    epi_jw_kvi(w, "changed_people", (int64_t)im->changed_people);
    epi_jw_kvb(w, "dry_run", im->dry_run);
    if (im->table) {
        epi_jw_kvz(w, "format", epi_table_format_word(im->table->format));
        epi_jw_kvz(w, "encoding", epi_encoding_word(im->table->encoding));
        epi_jw_key(w, "columns");
        epi_jw_array(w);
        for (size_t c = 0; c < im->table->n_columns; c++)
            epi_jw_text(w, im->table->columns[c]);
        epi_jw_array_end(w);
    }
    epi_jw_key(w, "targets");
    epi_jw_array(w);
    for (size_t t = 0; t < im->n_targets; t++) {
        epi_jw_object(w);
        epi_jw_kv(w, "name", im->targets[t].name);
        epi_jw_kv(w, "vi", im->targets[t].label_vi);
        epi_jw_kv(w, "en", im->targets[t].label_en);
        epi_jw_object_end(w);
    }
    epi_jw_array_end(w);
    if (im->mapping) {
        epi_jw_key(w, "mapping");
        epi_mapping_write(w, im->mapping, im->targets);
        epi_jw_key(w, "confidence");
        epi_jw_object(w);
        for (size_t c = 0; c < im->mapping->n; c++) {
            epi_jw_keys(w, im->mapping->columns[c].column);
            epi_jw_real(w, im->mapping->columns[c].confidence);
        }
        epi_jw_object_end(w);
    }
    if (im->sample.n) {
        epi_jw_key(w, "sample");
        epi_jw_raw(w, im->sample);
    }
    epi_jw_key(w, "findings_total");
    epi_jw_object(w);
    for (int s = 0; s < 3; s++)
        epi_jw_kvi(w, words[s], (int64_t)call->findings.counts[s]);
    epi_jw_object_end(w);
    epi_jw_key(w, "findings");
    epi_jw_findings(w, &call->findings, call->actor.lang);
}
