/* str.h - text as a view with a length, and a growing buffer to build text.
 *
 * epi_str is passed by value, owns nothing and is not NUL-ended. Text inside the program is valid
 * UTF-8 in NFC: the doors (serve, exchange, cli) check it once with epi_utf8_valid /
 * epi_text_clean. Ownership: functions with an arena return text living in it. epi_buf owns heap
 * memory. */
#ifndef EPI_BASE_STR_H
#define EPI_BASE_STR_H
#include "base/arena.h"
#include <stdarg.h>
#include <string.h>

typedef struct epi_str {
    const char *p;
    size_t n;
} epi_str;

#define EPI_S(lit) ((epi_str){("" lit), sizeof(lit) - 1})
#define EPI_SC(lit) \
    { \
        ("" lit), sizeof(lit) - 1 \
    } /* in constant initialisers */
#define EPI_NIL ((epi_str){NULL, 0})
/* printf("%.*s", EPI_FMT(s)) */
#define EPI_FMT(s) (int)(s).n, ((s).p ? (s).p : "")

static inline epi_str epi_str_of(const char *cz) /* view of a C string; NULL gives empty */
{
    return cz ? (epi_str){cz, strlen(cz)} : EPI_NIL;
}
static inline bool epi_str_eq(epi_str a, epi_str b)
{
    return a.n == b.n && (a.n == 0 || memcmp(a.p, b.p, a.n) == 0);
}
static inline bool epi_str_eqz(epi_str a, const char *cz)
{
    return epi_str_eq(a, epi_str_of(cz));
}
int epi_str_cmp(epi_str a, epi_str b); /* byte order; shorter first */
bool epi_str_starts(epi_str s, epi_str prefix);
bool epi_str_ends(epi_str s, epi_str suffix);
bool epi_str_ieq(epi_str a, epi_str b); /* ASCII case-insensitive */
/* Byte offset of the first `needle` at or after `from`, or SIZE_MAX. */
size_t epi_str_find(epi_str s, epi_str needle, size_t from);
epi_str epi_str_sub(epi_str s, size_t from, size_t count); /* clipped to the text */
epi_str epi_str_trim(epi_str s); /* ASCII white space and U+00A0 at both ends */
/* Takes the part before `sep` off the front of *rest. False when *rest is used up (p == NULL). */
bool epi_str_split(epi_str *rest, char sep, epi_str *ret_part);
epi_str epi_str_dup(struct epi_arena *a, epi_str s);
const char *epi_str_cz(struct epi_arena *a, epi_str s); /* NUL-ended copy for system calls */
epi_str epi_str_printf(struct epi_arena *a, const char *fmt, ...) EPI_PRINTF(2, 3);
uint64_t epi_str_hash(epi_str s); /* stable across runs and machines (FNV-1a 64 with a final mix) */

/* Whole-text numbers: true only when every byte belongs to the number and it fits. */
bool epi_str_to_i64(epi_str s, int64_t *ret);
bool epi_str_to_f64(epi_str s, double *ret); /* decimal point only, finite only */

/* --- UTF-8 --------------------------------------------------------------------------------- */
bool epi_utf8_valid(epi_str s); /* RFC 3629: no surrogates, no overlong forms */
/* Decodes one code point at *at and advances; 0xFFFD on a bad byte (advances one). */
uint32_t epi_utf8_next(epi_str s, size_t *at);
size_t epi_utf8_put(char out[4], uint32_t cp);
size_t epi_utf8_count(epi_str s); /* code points */
/* Valid UTF-8, NFC, control characters except tab and line ends dropped: what the doors store. */
epi_str epi_text_clean(struct epi_arena *a, epi_str s);
/* Search key: lower case, no accents, d-bar to d, runs of anything but letters and digits to one
 * space. "Nguyễn  Văn-Đặng" -> "nguyen van dang". One function for SQL, import and search alike. */
epi_str epi_text_fold(struct epi_arena *a, epi_str s);
/* Lower and upper case by Unicode simple mapping, accents kept. */
epi_str epi_text_lower(struct epi_arena *a, epi_str s);
epi_str epi_text_upper(struct epi_arena *a, epi_str s);

/* --- buffer ---------------------------------------------------------------------------------- */
/* Bounded growing text. Past `max` bytes further writes are dropped and `full` stays true: check
 * once at the end. Zero-initialise with EPI_BUF(max) and end with epi_buf_done. */
struct epi_buf {
    char *p;
    size_t n, cap, max;
    bool full;
};
#define EPI_BUF(max_bytes) ((struct epi_buf){.max = (max_bytes)})
void epi_buf_done(struct epi_buf *b);
#define EPI_BUF_LOCAL(name, max_bytes) \
    EPI_CLEANUP(epi_buf_done) struct epi_buf name = EPI_BUF(max_bytes)
void epi_buf_put(struct epi_buf *b, epi_str s);
void epi_buf_putz(struct epi_buf *b, const char *cz);
void epi_buf_putc(struct epi_buf *b, char c);
void epi_buf_printf(struct epi_buf *b, const char *fmt, ...) EPI_PRINTF(2, 3);
char *epi_buf_space(struct epi_buf *b, size_t bytes); /* room to write at the end; NULL past max */
static inline epi_str epi_buf_str(const struct epi_buf *b)
{
    return (epi_str){b->p, b->n};
}
static inline void epi_buf_clear(struct epi_buf *b)
{
    b->n = 0;
    b->full = false;
}
#endif
