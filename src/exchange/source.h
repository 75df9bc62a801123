/* source.h - what a format must offer to be a table; home use only.
 *
 * A source delivers raw rows from the first row of the file, headers included; table.c does the
 * rest: header choice, names, limits, findings that all formats share. */
#ifndef EPI_EXCHANGE_SOURCE_H
#define EPI_EXCHANGE_SOURCE_H
#include "exchange/table.h"

#define EPI__COLUMNS_MAX 4096

struct epi__raw_row { /* views that live until the next row */
    const epi_str *fields;
    const epi_cell_kind *kinds; /* NULL: all text */
    size_t n;
    uint32_t line;
};
struct epi__source {
    const struct epi__source_ops *ops;
    struct epi_findings *findings; /* where row findings go; NULL while headers are looked for */
    uint32_t row;                  /* data row being read, for findings */
    size_t max_cell;
    struct epi_err failed;
};
struct epi__source_ops {
    bool (*next)(struct epi__source *s, struct epi__raw_row *ret);
    epi_status (*rewind)(struct epi__source *s, struct epi_err *reterr);
    /* Findings about the whole file, once, after the last row. */
    void (*finish)(struct epi__source *s, struct epi_findings *findings);
    void (*close)(struct epi__source *s);
    /* JSON knows its columns without a header row: true and the names. */
    bool (*names)(struct epi__source *s, const epi_str **ret, size_t *ret_n);
};
epi_status epi__csv_open(struct epi_arena *a, epi_str text, char separator,
                         struct epi__source **ret, struct epi_err *reterr);
epi_status epi__json_open(struct epi_arena *a, epi_str text, struct epi__source **ret,
                          struct epi_err *reterr);
epi_status epi__xlsx_open(struct epi_arena *a, epi_str bytes, const struct epi_table_options *o,
                          struct epi_findings *findings, struct epi__source **ret,
                          bool *ret_date1904, struct epi_err *reterr);
#endif
