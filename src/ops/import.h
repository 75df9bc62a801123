/* import.h - one file on its way into the store: plan (columns, fields, readers), keys of what is
 * there already, rows to operations. Used by import*.c and jobs.c only. */
#ifndef EPI_OPS_IMPORT_H
#define EPI_OPS_IMPORT_H
#include "exchange/exchange.h"
#include "ops/queue.h"

#define EPI__TARGETS_MAX 128
#define EPI__ROWS_PER_WRITE 32768 /* smaller writes rewrite more index pages */

#define EPI__FIELD_ID UINT16_MAX /* the record's own id, as an export of this base gives it */
struct epi__target {             /* where a column's value goes */
    uint16_t kind;               /* the kind imported, or EPI_K_PERSON for its person */
    uint16_t field;
};
struct epi__keys;   /* what is in the store: codes and natural keys to ids (import_keys.c) */
struct epi__prints; /* what rows of this file said so far (import_prints.c) */

struct epi__import {
    struct epi_call *call;
    uint16_t kind;
    bool dry_run;
    epi_id job;            /* 0 = none */
    uint64_t space;        /* of operation ids: a resumed import repeats them */
    uint64_t resumed_from; /* journal position at which it first started; 0 = it starts now */
    epi_instant space_time;
    epi_str mapping_json; /* chosen by a person; empty = propose */
    epi_str default_unit; /* path: for rows that name none */
    epi_str disease;      /* put into cases that name none */
    /* the plan, filled by epi__import_plan */
    struct epi_table *table;
    const struct epi_forms *forms;
    struct epi_target targets[EPI__TARGETS_MAX];
    struct epi__target fields[EPI__TARGETS_MAX];
    size_t n_targets;
    struct epi_mapping *mapping;
    struct epi_cell_reader **readers; /* per column, NULL when left out */
    struct epi_identity_index *people;
    epi_id *people_ids; /* by number in the index */
    size_t people_cap;
    struct epi__keys *keys;
    struct epi_reader *reader; /* within the importer's scope */
    struct epi__prints *said, *said_people;
    /* counts: rows = accepted + rejected + duplicate, always. Of the accepted, `updated` changed
     * known records only. */
    uint64_t rows, accepted, rejected, duplicate, updated, new_people, changed_people;
    epi_str sample;           /* JSON array of the first rows as read */
    uint64_t total_rows;      /* known after the first pass */
    struct epi__queue *queue; /* in the background: who may halt it; else NULL */
};
/* Tells how far it is; false when it was halted (jobs.c). */
bool epi__import_goes_on(struct epi__import *im);
/* First pass: reads every row once to choose columns and the order of dates. */
epi_status epi__import_plan(struct epi__import *im, epi_str bytes,
                            const struct epi_table_options *options);
/* Second pass: rows to operations, written in chunks (or not at all in a dry run). */
epi_status epi__import_rows(struct epi__import *im);
void epi__import_forget(
    struct epi__import *im); /* what only rows need: a report takes memory too */
void epi__import_done(struct epi__import *im);
/* {"rows","accepted","rejected","duplicate","updated","new_people","columns","mapping","sample","findings",…}
 */
void epi__import_report(struct epi__import *im, struct epi_jw *w);

/* --- what is there already (import_keys.c)
 * ------------------------------------------------------------------------ */
epi_status epi__keys_load(struct epi__import *im);
void epi__keys_free(struct epi__keys *k);
/* The record of `kind` with this local code; none when there is none. */
epi_id epi__keys_code(const struct epi__keys *k, uint16_t kind, epi_str code);
/* The record of the imported kind that says the same event as `r` (case by code, else person and
 * date; contact by case, person, last exposure; …). */
epi_id epi__keys_same(const struct epi__keys *k, const struct epi_record *r);
/* Notes a record that this import makes, so that later rows find it. */
void epi__keys_add(struct epi__keys *k, const struct epi_record *r);

/* --- what rows of this file said so far (import_prints.c) --- */
struct epi__prints *epi__prints_new(const struct epi__import *im, uint16_t kind);
void epi__prints_free(struct epi__prints *p);
struct epi__print {
    uint32_t row;  /* the first one about this record */
    epi_id person; /* behind it */
    size_t more;   /* fields that only this row says */
    size_t other;  /* fields that an earlier row says otherwise */
};
/* Whether an earlier row was about r->id; `ret_more` and `ret_other` are per field of the kind. */
bool epi__prints_find(const struct epi__prints *p, const struct epi_record *r, bool *ret_more,
                      bool *ret_other, struct epi__print *ret);
void epi__prints_add(struct epi__prints *p, const struct epi_record *r, epi_id person,
                     uint32_t row);

/* --- people who are known already (import_person.c) --- */
enum epi__sure {
    EPI__UNSURE,  /* the same by name, birth date and phone or unit */
    EPI__BY_CASE, /* the person of a case that the row names by its code */
    EPI__SURE     /* the same document, code or record */
};
/* What the row says of a known person and the base does not, as a change in `a`. False when there
 * is nothing to change, when it is not certain enough who is meant, or (an error finding) when the
 * values are wrong. */
bool epi__import_person(struct epi__import *im, struct epi_arena *a, struct epi_record *p,
                        epi_id id, enum epi__sure sure, bool made_here, struct epi_change *ret);
/* The same against the person as stored; `only` limits the fields, NULL = all. */
bool epi__person_change(struct epi__import *im, struct epi_arena *a, const struct epi_record *p,
                        const struct epi_record *old, const bool *only, enum epi__sure sure,
                        struct epi_change *ret);
/* Names of the fields set in a mask, for a finding. */
epi_str epi__import_names(const struct epi__import *im, struct epi_arena *a, uint16_t kind,
                          const bool *fields);
#endif
