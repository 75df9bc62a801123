/* id.h - names for records and operations.
 *
 * epi_id, a record: 63 bits, 41 of milliseconds since 2020-01-01 and 22 that count up inside the
 * process (random at the start of each millisecond on a device). Text form: 13 characters of
 * Crockford's base 32, lower case. The store's primary key proves uniqueness; see docs/decisions.
 * epi_opid, an operation: UUID version 7 (RFC 9562), made where the act happens; text form 36
 * characters. */
#ifndef EPI_BASE_ID_H
#define EPI_BASE_ID_H
#include "base/date.h"

typedef struct epi_id {
    uint64_t v; /* 0 = none */
} epi_id;
typedef struct epi_opid {
    uint8_t b[16];
} epi_opid;

const char *epi_id_text(epi_id id, char out[16]); /* "" for none */
bool epi_id_parse(epi_str s, epi_id *ret); /* accepts upper case and o/i/l as written by hand */
const char *epi_opid_text(const epi_opid *id, char out[40]);
bool epi_opid_parse(epi_str s, epi_opid *ret);
static inline bool epi_opid_eq(const epi_opid *a, const epi_opid *b)
{
    return memcmp(a->b, b->b, 16) == 0;
}
/* The same (space, number) always gives the same operation id; ids of one space sort by number.
 * For imports: a job that is resumed repeats the ids it already used. */
epi_opid epi_opid_numbered(epi_instant space_time, uint64_t space, uint64_t number);
#endif
