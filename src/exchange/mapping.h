/* mapping.h - which column of a file is which field: proposed in both languages, corrected by a
 * person, saved.
 *
 * A saved mapping is JSON:
 *   {"columns":{"Họ và tên":"name","Ghi chú khác":null},"dates":"dmy","encoding":"utf-8"}
 * null = leave the column out. Ownership: everything lives in the arena given. */
#ifndef EPI_EXCHANGE_MAPPING_H
#define EPI_EXCHANGE_MAPPING_H
#include "exchange/dates.h"
#include "exchange/encoding.h"
#include "exchange/values.h"

struct epi_target { /* a field a column may go to */
    epi_str name;   /* what the mapping says: "onset", "person.name" … unique in the list */
    epi_str
        synonym_key; /* entry of columns.json; empty = name, then its part after the last point */
    epi_str label_vi, label_en;
    bool required;
};
struct epi_mapped_column {
    epi_str column;    /* of the file */
    int target;        /* index, -1 = left out */
    double confidence; /* 1 = the same word, 0.9 = a usual synonym, below 0.6 not proposed */
};
struct epi_mapping {
    struct epi_mapped_column *columns; /* one per column of the file, in order */
    size_t n;
    epi_date_order dates;
    epi_encoding encoding;
};
/* Findings: mapping.unused (a column of the file is left out), mapping.required (a required field
 * has no column, ERROR), mapping.unsure (confidence below 0.8). `key_prefix` chooses
 * "<kind>.<field>" entries of the synonyms before "<field>" ones; may be empty. */
struct epi_mapping *epi_mapping_propose(struct epi_arena *a, const epi_str *columns,
                                        size_t n_columns, const struct epi_target *targets,
                                        size_t n_targets, epi_str key_prefix,
                                        const struct epi_forms *forms,
                                        struct epi_findings *findings);
/* Reads a saved mapping for these columns; a column it does not name is left out. Findings: a named
 * column that the file lacks (mapping.column-missing), a field that does not exist
 * (mapping.field-unknown), two columns for one field (mapping.field-twice), and those of propose.
 */
EPI_MUST_USE epi_status epi_mapping_read(struct epi_arena *a, epi_str json, const epi_str *columns,
                                         size_t n_columns, const struct epi_target *targets,
                                         size_t n_targets, struct epi_mapping **ret,
                                         struct epi_findings *findings, struct epi_err *reterr);
void epi_mapping_write(struct epi_jw *w, const struct epi_mapping *m,
                       const struct epi_target *targets);
/* How well a header fits a field: 0 .. 1. */
double epi_mapping_score(struct epi_arena *a, epi_str column, const struct epi_target *target,
                         epi_str key_prefix, const struct epi_forms *forms);
#endif
