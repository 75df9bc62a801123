/* xlsx_book.h - what a workbook says before its sheets: names, date system, styles, shared strings;
 * home use. */
#ifndef EPI_EXCHANGE_XLSX_BOOK_H
#define EPI_EXCHANGE_XLSX_BOOK_H
#include "exchange/xlsx_zip.h"

enum epi__style { EPI__PLAIN, EPI__DATE, EPI__TIME }; /* how a number with this style is shown */

struct epi__sheet {
    epi_str name;
    const char *part; /* path in the archive */
    bool hidden;
};
struct epi__strings { /* heap; epi__book_done frees */
    char *text;
    size_t n, cap;
    size_t *start; /* count + 1 offsets */
    size_t count, start_cap;
};
struct epi__book {
    struct epi__zip zip;
    struct epi__sheet *sheets; /* in the arena */
    size_t n_sheets;
    bool date1904;
    uint8_t *styles; /* enum epi__style by cell format index, in the arena */
    size_t n_styles;
    struct epi__strings strings;
};
/* Names and date system. */
EPI_MUST_USE epi_status epi__book_open(struct epi_arena *a, struct epi__book *b, epi_str bytes,
                                       uint64_t max_expanded, struct epi_err *reterr);
EPI_MUST_USE epi_status epi__book_styles(struct epi_arena *a, struct epi__book *b,
                                         struct epi_err *reterr);
EPI_MUST_USE epi_status epi__book_strings(struct epi__book *b, size_t max, struct epi_err *reterr);
epi_str epi__book_string(const struct epi__book *b, size_t i); /* NIL beyond the end */
void epi__book_done(struct epi__book *b);
/* _x0041_ to the character it stands for; text otherwise as it was; cleaned. */
epi_str epi__xlsx_text(struct epi_arena *a, epi_str raw);
enum epi__style epi__number_format(int id, epi_str code);
#endif
