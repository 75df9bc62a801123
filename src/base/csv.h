/* csv.h - RFC 4180 text in UTF-8, row by row, and its writer.
 *
 * Reading accepts LF, CRLF and CR line ends, any one-byte separator, quotes with doubled quotes; a
 * quote inside a bare field is kept as text. An unclosed quote ends at the end of the text and sets
 * `broken`. Ownership: fields are views into the text, or into the scratch arena where quotes were
 * undoubled; they live until the next row. */
#ifndef EPI_BASE_CSV_H
#define EPI_BASE_CSV_H
#include "base/str.h"

#define EPI_CSV_COLUMNS_MAX 4096

struct epi_csv {
    epi_str text;
    size_t at;
    char sep;
    uint32_t row;  /* rows read so far, the header counts as 1 */
    uint32_t line; /* line number of the last row read, from 1 */
    bool broken;   /* an unclosed quote was met */
    bool wide;     /* a row had more than EPI_CSV_COLUMNS_MAX fields; the rest was dropped */
    struct epi_arena *scratch;
    epi_str *fields;
    size_t n;
    uint32_t next_line; /* private */
};
void epi_csv_init(struct epi_csv *c, epi_str text, char sep);
void epi_csv_done(struct epi_csv *c);
/* Reads the next row into c->fields, c->n; false at the end. An empty line is a row with one empty
 * field. */
bool epi_csv_next(struct epi_csv *c);
/* The likeliest of , ; tab | judged by the first rows. */
char epi_csv_guess_sep(epi_str text);
/* One field, quoted when it must be; `first` false writes a comma before it. */
void epi_csv_put(struct epi_buf *b, bool first, epi_str s);
#endif
