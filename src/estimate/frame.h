/* frame.h - a table of columns: what an estimate is made from and what it gives.
 *
 * Ownership: columns live in the arena given at the call that made them.
 * An empty number is NaN, an empty date too; an empty word has n = 0. Numbers are finite otherwise.
 */
#ifndef EPI_ESTIMATE_FRAME_H
#define EPI_ESTIMATE_FRAME_H
#include "base/base.h"

#define EPI_FRAME_COLUMNS_MAX 512
#define EPI_FRAME_ROWS_MAX ((size_t)20000000)

enum epi_column_type { EPI_COL_NUMBER, EPI_COL_DATE, EPI_COL_WORD };
struct epi_column {
    epi_str name;
    enum epi_column_type type;
    double *v;      /* NUMBER; DATE as days since 1970-01-01 */
    epi_str *words; /* WORD */
};
struct epi_frame {
    epi_str name; /* of a table among several, e.g. "delay"; empty for the main one */
    size_t rows, n;
    struct epi_column *columns;
};

/* Reads CSV with a header. A column is NUMBER when all its cells are numbers or empty, DATE when
 * all are yyyy-mm-dd or empty, else WORD; "NA" counts as empty. `path` "-" elsewhere is standard
 * input; here only text. Findings name row, column and code for every cell that is wrong: infinite
 * or not-a-number values, rows of another width, duplicate headers. EPI_INVALID when there are
 * error findings. */
EPI_MUST_USE epi_status epi_frame_read(struct epi_arena *a, epi_str csv, struct epi_frame *ret,
                                       struct epi_findings *findings, struct epi_err *reterr);
void epi_frame_csv(struct epi_buf *b, const struct epi_frame *f);
/* [{"column":value,…},…]; dates as text, whole numbers without a point, empty as null. */
void epi_frame_json(struct epi_jw *w, const struct epi_frame *f);

/* NULL when there is none. */
const struct epi_column *epi_frame_column(const struct epi_frame *f, const char *name);
/* The numbers of a column; NULL when it is absent or no number column. */
const double *epi_frame_numbers(const struct epi_frame *f, const char *name);

/* An empty frame of `rows` rows, then columns one by one; each returns what to fill in (NaN or
 * empty words at first). Names are static or live as long as the frame. */
void epi_frame_init(struct epi_frame *f, size_t rows);
double *epi_frame_add(struct epi_arena *a, struct epi_frame *f, const char *name);
double *epi_frame_add_date(struct epi_arena *a, struct epi_frame *f, const char *name);
epi_str *epi_frame_add_word(struct epi_arena *a, struct epi_frame *f, const char *name);
#endif
