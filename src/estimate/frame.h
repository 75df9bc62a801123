/* frame.h - a table of columns: what an estimate is made from and what it gives.
 *
 * Ownership: columns live in the arena given at the call that made them; words of a read frame are
 * copies there too. An empty number or date is NaN, an empty word has n = 0; numbers are finite
 * otherwise. */
#ifndef EPI_ESTIMATE_FRAME_H
#define EPI_ESTIMATE_FRAME_H
#include "base/base.h"

#define EPI_FRAME_COLUMNS_MAX 4096
#define EPI_FRAME_CELLS_MAX ((size_t)50000000)

enum epi_column_type { EPI_COL_NUMBER, EPI_COL_DATE, EPI_COL_WORD };
struct epi_column {
    epi_str name;
    enum epi_column_type type;
    double *v;      /* NUMBER; DATE as days since 1970-01-01 */
    epi_str *words; /* WORD; in a frame that was read, the cells of every column as they stood */
};
struct epi_frame {
    epi_str name; /* of a table among several, e.g. "delay"; empty for the main one */
    size_t rows, n;
    struct epi_column *columns;
};

/* Reads CSV with a header; the separator is guessed among , ; tab |. A column is NUMBER when all
 * its cells are finite numbers or empty, DATE when all are yyyy-mm-dd, dd/mm/yyyy or empty, else
 * WORD; "NA" counts as empty. Findings name every row of another width and every duplicate or
 * empty heading; EPI_INVALID when there is one, or no row at all. */
EPI_MUST_USE epi_status epi_frame_read(struct epi_arena *a, epi_str csv, struct epi_frame *ret,
                                       struct epi_findings *findings, struct epi_err *reterr);
void epi_frame_csv(struct epi_buf *b, const struct epi_frame *f);
/* [{"column":value,…},…]; dates as text, whole numbers without a point, empty as null. */
void epi_frame_json(struct epi_jw *w, const struct epi_frame *f);

/* NULL when there is none. */
const struct epi_column *epi_frame_column(const struct epi_frame *f, const char *name);
/* The numbers of a column; NULL when it is absent or no number column. */
const double *epi_frame_numbers(const struct epi_frame *f, const char *name);

enum epi_need {
    EPI_NEED_WHOLE = 1,    /* no fractions */
    EPI_NEED_MAY_EMPTY = 2 /* empty cells stay NaN */
};
/* A column that must be there, with numbers in [min, max]; NULL, and a finding for every cell that
 * is wrong, when it is not so. */
const double *epi_frame_need(const struct epi_frame *f, const char *name, double min, double max,
                             unsigned flags, struct epi_findings *findings);
/* The same for dates and for words (no empty one). */
const double *epi_frame_need_dates(const struct epi_frame *f, const char *name, unsigned flags,
                                   struct epi_findings *findings);
const epi_str *epi_frame_need_words(const struct epi_frame *f, const char *name,
                                    struct epi_findings *findings);

/* An empty frame of `rows` rows, then columns one by one; each returns what to fill in (NaN or
 * empty words at first). Names live as long as the frame. */
void epi_frame_init(struct epi_frame *f, size_t rows);
double *epi_frame_add(struct epi_arena *a, struct epi_frame *f, const char *name);
double *epi_frame_add_date(struct epi_arena *a, struct epi_frame *f, const char *name);
epi_str *epi_frame_add_word(struct epi_arena *a, struct epi_frame *f, const char *name);
/* The rows with these numbers, in this order. */
void epi_frame_pick(struct epi_arena *a, const struct epi_frame *f, const size_t *rows, size_t n,
                    struct epi_frame *ret);
#endif
