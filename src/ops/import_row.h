/* import_row.h - one row of a file on its way to an operation: what import_rows.c walks, and the
 * steps in import_cells.c, import_take.c, import_meet.c; operations leave through
 * import_writer.c. */
#ifndef EPI_OPS_IMPORT_ROW_H
#define EPI_OPS_IMPORT_ROW_H
#include "ops/import.h"

/* --- writing in the background (import_writer.c)
 * ------------------------------------------------------------------------------------------------
 */
#define EPI__ROWS_PER_PIECE 2048
struct epi__piece { /* operations to be written; they and all they point to live in `a` */
    struct epi_arena *a;
    struct epi_op *ops;
    size_t n;
};
struct epi__writer;
struct epi__writer *epi__writer_start(struct epi__import *im, struct epi__piece **ret_first);
/* Hands a piece over (in a dry run: throws it away) and gives an empty one. Waits while too many
 * are handed over. After an error of the writer: that error. */
epi_status epi__writer_hand_over(struct epi__writer *w, struct epi__piece **piece);
/* Waits for what was handed over and frees. */
epi_status epi__writer_end(struct epi__writer *w);

/* --- the row
 * ------------------------------------------------------------------------------------------------
 */
struct epi__done; /* rows written before the import was stopped, by operation id */
struct epi__row {
    struct epi__import *im;
    struct epi__writer *writer;
    struct epi__piece *piece; /* being filled */
    struct epi_record *r, *p; /* the row's record and its person, values in the piece's arena */
    bool *given;              /* fields of r that the row has a value for */
    epi_id row_id, person_id; /* ids that the row itself gives */
    bool unit_given;          /* the row names its unit */
    struct epi__done *done;
    size_t n_done, cap_done;
    epi_id first_new;          /* ids from here on were made by this import */
    struct epi_arena *scratch; /* of one row */
    struct {
        uint64_t hash;
        epi_str path;
        bool known;
    } unit_memo[4096];
};
void epi__row_error(struct epi__row *s, const char *code, const char *field, epi_str arg);
/* import_cells.c: cells to values; units by any name and references by code to what they mean. */
void epi__row_read(struct epi__row *s);
void epi__row_units(struct epi__row *s, const struct epi_kind *k);
void epi__row_refs(struct epi__row *s, const struct epi_kind *k);
/* import_take.c: the read row becomes an operation, a duplicate or a rejection. */
void epi__row_take(struct epi__row *s);
/* import_meet.c: what a row changes. */
void epi__row_change(struct epi__row *s, struct epi_change *c, const struct epi_record *r,
                     uint64_t base, const struct epi_record *old);
bool epi__row_nothing_new(struct epi__row *s, epi_id id);
void epi__row_meets(struct epi__row *s, epi_id id, epi_id person, enum epi__sure sure);
void epi__row_said(struct epi__row *s, epi_id person);
void epi__row_emit(struct epi__row *s, struct epi_change *changes, size_t n);
/* import_done.c */
epi_status epi__done_load(struct epi__row *s);
bool epi__done_row(struct epi__row *s);

/* --- people who are known (import_people.c)
 * ------------------------------------------------------------------------------------------------
 */
epi_status epi__people_load(struct epi__import *im);
void epi__people_add(struct epi__import *im, struct epi_arena *a, const struct epi_record *p);
enum epi__sure epi__sure_of(const struct epi_match *m);
#endif
