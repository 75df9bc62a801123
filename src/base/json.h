/* json.h - reading JSON into an arena, and writing it as a stream.
 *
 * Reading refuses: invalid UTF-8, duplicate keys, depth over EPI_JSON_DEPTH, more than `max` bytes.
 * Writing: a stack of containers in the writer puts commas and quotes; text is escaped, never
 * trusted. */
#ifndef EPI_BASE_JSON_H
#define EPI_BASE_JSON_H
#include "base/err.h"

#define EPI_JSON_DEPTH 64

typedef enum epi_json_type {
    EPI_JSON_NULL,
    EPI_JSON_BOOL,
    EPI_JSON_INT,
    EPI_JSON_REAL,
    EPI_JSON_TEXT,
    EPI_JSON_ARRAY,
    EPI_JSON_OBJECT
} epi_json_type;

typedef struct epi_json { /* members and elements are a linked list in file order */
    epi_json_type type;
    epi_str key;  /* name inside an object, else empty */
    epi_str text; /* TEXT */
    int64_t i;    /* INT, and BOOL as 0 or 1 */
    double f;     /* REAL, and INT as a double */
    size_t count; /* ARRAY, OBJECT */
    const struct epi_json *first, *next;
} epi_json;

EPI_MUST_USE epi_status epi_json_parse(struct epi_arena *a, epi_str text, size_t max,
                                       const epi_json **ret, struct epi_err *reterr);
/* NULL-tolerant: NULL when `j` is not an object or lacks the key. */
const epi_json *epi_json_get(const epi_json *j, const char *key);
/* The text of a member, or `otherwise`. */
epi_str epi_json_text(const epi_json *j, const char *key, epi_str otherwise);
int64_t epi_json_int(const epi_json *j, const char *key, int64_t otherwise);
double epi_json_real(const epi_json *j, const char *key, double otherwise);
bool epi_json_bool(const epi_json *j, const char *key, bool otherwise);
#define EPI_JSON_EACH(item, parent) \
    for (const epi_json *item = (parent) ? (parent)->first : NULL; item; item = item->next)

/* --- writer
 * ---------------------------------------------------------------------------------------- */
struct epi_jw { /* zero-initialise with EPI_JW(&buf); write exactly one value */
    struct epi_buf *b;
    uint32_t depth;
    bool comma[EPI_JSON_DEPTH];
    bool key; /* a key was written, its value is due */
};
#define EPI_JW(buf) ((struct epi_jw){.b = (buf)})
void epi_jw_object(struct epi_jw *w);
void epi_jw_object_end(struct epi_jw *w);
void epi_jw_array(struct epi_jw *w);
void epi_jw_array_end(struct epi_jw *w);
void epi_jw_key(struct epi_jw *w, const char *key);
void epi_jw_keys(struct epi_jw *w, epi_str key);
void epi_jw_text(struct epi_jw *w, epi_str s);
void epi_jw_textz(struct epi_jw *w, const char *cz); /* NULL writes null */
void epi_jw_int(struct epi_jw *w, int64_t i);
void epi_jw_real(struct epi_jw *w,
                 double f); /* shortest text that reads back; NaN and infinity write null */
void epi_jw_bool(struct epi_jw *w, bool b);
void epi_jw_null(struct epi_jw *w);
void epi_jw_raw(struct epi_jw *w, epi_str json); /* JSON made elsewhere, trusted to be one value */
void epi_jw_json(struct epi_jw *w, const epi_json *j); /* a value that was read */
/* key and value in one call */
void epi_jw_kv(struct epi_jw *w, const char *key, epi_str s);
void epi_jw_kvz(struct epi_jw *w, const char *key, const char *cz);
void epi_jw_kvi(struct epi_jw *w, const char *key, int64_t i);
void epi_jw_kvr(struct epi_jw *w, const char *key, double f);
void epi_jw_kvb(struct epi_jw *w, const char *key, bool b);
/* An array of findings: {"row","field","code","severity","message","offset"}, the message in
 * `lang`. */
void epi_jw_findings(struct epi_jw *w, const struct epi_findings *f, epi_lang lang);
#endif
