/* cell.h - one cell of a table to one typed value of the catalogue, or findings that say why not.
 *
 * A reader is made once per column; it knows the field, the forms of the country and the order of
 * dates, and remembers recent words. Value rules of the catalogue (ranges, required) are checked
 * later by epi_record_check. REF and UNIT fields come back as text: the caller knows how codes are
 * resolved. Ownership: text values are views of the cell text or live in the scratch arena.
 * Threads: a reader belongs to one thread. */
#ifndef EPI_EXCHANGE_CELL_H
#define EPI_EXCHANGE_CELL_H
#include "catalogue/catalogue.h"
#include "exchange/dates.h"
#include "exchange/table.h"
#include "exchange/values.h"

typedef enum epi_cell_role { /* beyond the catalogue's type */
                             EPI_ROLE_PLAIN,
                             EPI_ROLE_CODE, /* identity-like text: a numeric cell may have lost
                                               zeros or digits */
                             EPI_ROLE_PHONE,
                             EPI_ROLE_DOCUMENT,
                             EPI_ROLE_YEAR_OR_DATE, /* a year of birth; a full date gives its year
                                                     */
} epi_cell_role;
/* By the field's name and flags: phone, document, code; birth_year. */
epi_cell_role epi_cell_role_of(const struct epi_field *field);

struct epi_cell_options {
    const struct epi_forms *forms; /* may be NULL: no phones, documents or usual words */
    struct epi_date_options date;
};
struct epi_cell_reader;
struct epi_cell_reader *epi_cell_reader_new(struct epi_arena *a, const struct epi_field *field,
                                            epi_str column, const struct epi_cell_options *options);
/* Reads one cell. True with a value (NULL type when the cell is empty); false when an ERROR was
 * added. `scratch` holds text that had to change (phones, documents); reset it per row. */
bool epi_exchange_cell(struct epi_arena *scratch, struct epi_cell_reader *reader, epi_str text,
                       epi_cell_kind kind, uint32_t row, struct epi_value *ret,
                       struct epi_findings *findings);
#endif
