/* table.h - rows out of a CSV, XLSX or JSON file, one interface; and rows into CSV and XLSX.
 *
 * Reading streams: memory does not grow with the number of rows (a workbook's shared strings and
 * the file itself excepted, both capped). The caller keeps `bytes` alive while the table is open.
 *
 *   EPI_TRY(epi_table_open(&t, bytes, &options, findings, reterr));
 *   while (epi_table_next(t)) use(t->fields, t->kinds, t->n_columns, t->row);
 *   if (t->failed.status != EPI_OK) the file broke off: nothing of it should be kept
 *   epi_table_close(t);
 *
 * Row numbers count data rows from 1 (empty rows are skipped but counted in `line`); findings use
 * them. Findings about the whole file (row limits, merged cells, a cut end) come with the last row.
 */
#ifndef EPI_EXCHANGE_TABLE_H
#define EPI_EXCHANGE_TABLE_H
#include "exchange/encoding.h"

typedef enum epi_table_format {
    EPI_TABLE_AUTO,
    EPI_TABLE_CSV,
    EPI_TABLE_XLSX,
    EPI_TABLE_JSON
} epi_table_format;
const char *epi_table_format_word(epi_table_format f);
bool epi_table_format_parse(epi_str word, epi_table_format *ret);

typedef enum epi_cell_kind {
    EPI_CELL_EMPTY,
    EPI_CELL_TEXT,
    EPI_CELL_NUMBER, /* a number in a workbook or JSON; CSV cells are always TEXT */
    EPI_CELL_DATE, /* a date cell of a workbook; the text is ISO, with the time when there is one */
    EPI_CELL_BOOL, /* the text is "true" or "false" */
} epi_cell_kind;

struct epi_table_options { /* zeros choose the defaults in brackets */
    epi_table_format format;
    epi_encoding encoding; /* CSV, JSON */
    char separator;        /* CSV [guessed] */
    epi_str sheet;         /* XLSX: name of the sheet [the first] */
    uint32_t header_row;   /* 1 = the first row of the file [guessed among the first twenty] */
    size_t max_bytes;      /* of the file [512 MB] */
    uint64_t max_expanded; /* of a workbook [4 GB] */
    size_t max_strings;    /* of a workbook's shared strings [256 MB] */
    uint32_t max_rows;     /* [10,000,000] */
    size_t
        max_cell; /* bytes of one cell [65,536]; longer ones are findings, the value is dropped */
};

struct epi_table {
    /* the columns: unique names, empty headers named after their letter */
    epi_str *columns;
    size_t n_columns;
    /* the row read last */
    epi_str *fields;
    epi_cell_kind *kinds;
    uint32_t row;  /* 1 = the first data row */
    uint32_t line; /* row of the sheet, line of the text, element of the array */
    /* the file */
    epi_table_format format;
    epi_encoding encoding;
    bool date1904;
    bool ended;            /* no more rows, for whatever reason */
    struct epi_err failed; /* status EPI_OK unless reading broke off */
};
EPI_MUST_USE epi_status epi_table_open(struct epi_table **ret, epi_str bytes,
                                       const struct epi_table_options *options,
                                       struct epi_findings *findings, struct epi_err *reterr);
void epi_table_close(struct epi_table *t); /* NULL allowed */
/* False at the end and after a failure: check `failed`. */
bool epi_table_next(struct epi_table *t);
/* Back before the first data row; findings are added to `findings` from now on (NULL: to nobody).
 */
EPI_MUST_USE epi_status epi_table_rewind(struct epi_table *t, struct epi_findings *findings,
                                         struct epi_err *reterr);
/* Names of a workbook's sheets, in order. */
EPI_MUST_USE epi_status epi_xlsx_sheets(struct epi_arena *a, epi_str bytes, epi_str **ret,
                                        size_t *ret_n, struct epi_err *reterr);

/* --- writing --------------------------------------------------------------------------------- */
/* Text stays text. XLSX: every text is a string cell, formulas are never written. CSV: a text that
 * a spreadsheet would run (= + - @, tab, return) or that begins with an apostrophe gets one
 * apostrophe in front; reading takes exactly that apostrophe off again, so a text survives the way
 * out and back. */
struct epi_writer;
struct epi_writer_options {
    epi_table_format format; /* CSV or XLSX */
    bool no_bom;             /* CSV: leave out the mark that spreadsheets need to see UTF-8 */
    bool crlf;               /* CSV line ends */
    epi_str sheet;           /* XLSX sheet name ["data"] */
};
/* CSV goes to `path` too; a NULL path collects CSV for epi_writer_text. */
EPI_MUST_USE epi_status epi_writer_open(struct epi_writer **ret, const char *path,
                                        const struct epi_writer_options *options,
                                        const epi_str *columns, size_t n_columns,
                                        struct epi_err *reterr);
void epi_writer_cell(struct epi_writer *w, epi_str text,
                     epi_cell_kind kind); /* NUMBER and DATE as canonical text */
EPI_MUST_USE epi_status epi_writer_end_row(struct epi_writer *w, struct epi_err *reterr);
epi_str epi_writer_text(
    struct epi_writer *w); /* CSV without a path: what was written since the last clear */
void epi_writer_clear(struct epi_writer *w); /* for streaming: after the text was sent */
/* Ends the file; frees the writer whatever happens. */
EPI_MUST_USE epi_status epi_writer_close(struct epi_writer *w, struct epi_err *reterr);
/* The apostrophe rule, for other writers of CSV. */
void epi_csv_put_text(struct epi_buf *b, bool first, epi_str text);
epi_str epi_csv_unguard(epi_str field);
#endif
