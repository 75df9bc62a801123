/* err.h - failures, findings, and the words for both.
 *
 * Failure: the call could not do it. Returned as epi_status; details in `struct epi_err *reterr`
 * (last argument, may be NULL). Finding: the input or the situation is wrong. Collected in struct
 * epi_findings, all of them. Both carry a stable code such as "case.onset-after-report". The
 * sentences live in <folder>/words.def, in English and Vietnamese, with {1} and {2} for the
 * arguments; personal data is never an argument of a failure (findings go only to the person who
 * sent the input). */
#ifndef EPI_BASE_ERR_H
#define EPI_BASE_ERR_H
#include "base/str.h"

typedef enum epi_lang { EPI_EN, EPI_VI } epi_lang;

typedef enum epi_status {
    EPI_OK = 0,
    EPI_INVALID,      /* the request makes no sense: 400/422 */
    EPI_NOT_FOUND,    /* 404 */
    EPI_DENIED,       /* 403 */
    EPI_UNKNOWN_USER, /* 401 */
    EPI_CONFLICT,     /* 409/412 */
    EPI_LIMIT,        /* too large, too deep, too many: 413/429 */
    EPI_IO,           /* a file, disk or peer failed: 500/503 */
    EPI_CORRUPT,      /* stored data is not what was stored: 500 */
    EPI_BUSY,         /* try again later: 503 */
} epi_status;

struct epi_err {
    epi_status status;
    const char *code; /* static text */
    char arg1[160], arg2[160];
    const char *file;
    int line;
};

/* Fills *e when it is not NULL and returns `s`. Use through EPI_FAIL. */
epi_status epi_err_set(struct epi_err *e, epi_status s, const char *code, const char *file,
                       int line, const char *fmt1, ...) EPI_PRINTF(6, 7);
/* return EPI_FAIL(reterr, EPI_INVALID, "date.unreadable", "%.*s", EPI_FMT(text)); the text is {1}.
 */
#define EPI_FAIL(reterr, status, code, ...) \
    epi_err_set((reterr), (status), (code), __FILE__, __LINE__, __VA_ARGS__)
#define EPI_TRY(expr) \
    do { \
        epi_status epi_try_status = (expr); \
        if (epi_try_status != EPI_OK) \
            return epi_try_status; \
    } while (0)
/* The sentence of a failure in a language, in the arena. */
epi_str epi_err_text(struct epi_arena *a, const struct epi_err *e, epi_lang lang);

/* --- findings ----------------------------------------------------------------------------------
 */
typedef enum epi_severity { EPI_NOTE, EPI_WARNING, EPI_ERROR } epi_severity;
const char *epi_severity_word(epi_severity s); /* "note", "warning", "error" */

struct epi_finding {
    uint32_t row;    /* 1 = first data row of a table, line of a text; 0 = the whole */
    uint32_t offset; /* byte in the source text where it matters, else 0 */
    epi_severity severity;
    const char *code; /* static text, found in words.def */
    epi_str field;    /* column, JSON path or element; may be empty */
    epi_str arg1, arg2;
};
/* Grows in its arena; `counts` are exact even past `max_kept` (the list then keeps the first ones,
 * and of notes no more than half as many). */
struct epi_findings {
    struct epi_arena *a;
    struct epi_finding *list;
    size_t n, cap;
    size_t max_kept;  /* 0 = no limit */
    size_t counts[3]; /* by severity */
};
void epi_findings_init(struct epi_findings *f, struct epi_arena *a, size_t max_kept);
/* Copies field and args into the arena of `f`. A NULL `f` drops the finding. Args are cut at 200
 * bytes. */
void epi_finding_add(struct epi_findings *f, epi_severity s, const char *code, uint32_t row,
                     epi_str field, epi_str arg1, epi_str arg2);
epi_str epi_finding_text(struct epi_arena *a, const struct epi_finding *f, epi_lang lang);

/* --- words -------------------------------------------------------------------------------------
 */
/* The template behind a code from the words.def files; the code itself when it is missing. */
epi_str epi_words(const char *code, epi_lang lang);
/* A template with {1}, {2} filled. */
epi_str epi_words_fill(struct epi_arena *a, epi_str tmpl, epi_str arg1, epi_str arg2);
size_t epi_words_count(void);
const char *epi_words_code(size_t i); /* for tests and for generated docs */
#endif
