/* identity.h - are these two descriptions one person? Pure: evidence in, outcome and reasons out.
 *
 * A phone is never a key: families share one. A document or a code alone is not enough when name
 * and birth date both disagree. The index finds candidates by blocks (code, document, birth date +
 * given name, birth date + initials, name + birth year, phone + given name) and compares each with
 * epi_identity_compare. Ownership: the index owns its memory (<= 64 MB for a million people).
 * Threads: one writer; many readers when nobody writes. */
#ifndef EPI_EXCHANGE_IDENTITY_H
#define EPI_EXCHANGE_IDENTITY_H
#include "base/base.h"

struct epi_identity { /* what is known of a person; empty parts are unknown */
    epi_str name;     /* folded by epi_text_fold */
    epi_date birth;   /* or EPI_DATE_UNKNOWN */
    int birth_year;   /* 0 = unknown; taken from `birth` when that is known */
    char sex;         /* 'm', 'f', 'o' or 0 */
    epi_str document; /* as epi_document_read gives it */
    epi_str phone;    /* E.164 */
    epi_str code;     /* of the person in the list at hand */
    epi_str unit;     /* where the person lives: path of a unit */
};

typedef enum epi_match_outcome {
    EPI_MATCH_DIFFERENT,
    EPI_MATCH_LIKELY, /* a person should look */
    EPI_MATCH_SAME,
} epi_match_outcome;

#define EPI_MATCH_REASON_LIST(X) \
    X(NAME_EQUAL, 0, "name-equal") \
    X(NAME_ORDER, 1, "name-other-order") \
    X(NAME_SIMILAR, 2, "name-similar") \
    X(NAME_DIFFERENT, 3, "name-different") \
    X(BIRTH_EQUAL, 4, "birth-equal") \
    X(BIRTH_YEAR, 5, "birth-year-equal") \
    X(BIRTH_SWAPPED, 6, "birth-day-month-exchanged") \
    X(BIRTH_NEAR, 7, "birth-one-digit") \
    X(BIRTH_DIFFERENT, 8, "birth-different") \
    X(SEX_DIFFERENT, 9, "sex-different") \
    X(DOCUMENT_EQUAL, 10, "document-equal") \
    X(DOCUMENT_DIFFERENT, 11, "document-different") \
    X(PHONE_EQUAL, 12, "phone-equal") \
    X(CODE_EQUAL, 13, "code-equal") \
    X(UNIT_EQUAL, 14, "unit-equal")
enum epi_match_reason {
#define X(constant, bit, word) EPI_MATCH_##constant = 1 << (bit),
    EPI_MATCH_REASON_LIST(X)
#undef X
};
struct epi_match {
    epi_match_outcome outcome;
    float score;      /* 0 .. 1, to order candidates */
    unsigned reasons; /* epi_match_reason */
    uint32_t who;     /* number epi_identity_add returned */
};
const char *epi_match_word(epi_match_outcome o); /* "different", "likely", "same" */
/* Words of the reasons, comma separated. */
epi_str epi_match_reasons(struct epi_arena *a, unsigned reasons);

/* Jaro-Winkler similarity of two texts of at most 255 bytes (longer ones are cut): 0 .. 1. */
double epi_jaro_winkler(epi_str a, epi_str b);
struct epi_match epi_identity_compare(const struct epi_identity *a, const struct epi_identity *b);

/* --- the index ------------------------------------------------------------------------------- */
struct epi_identity_index;
/* `expected` people are given room at once; more make it grow. At most 16,777,214. */
struct epi_identity_index *epi_identity_index_new(size_t expected);
void epi_identity_index_free(struct epi_identity_index *x);
#define EPI_IDENTITY_FULL UINT32_MAX
/* The person's number: 0, 1, 2 … in the order of adding; EPI_IDENTITY_FULL when there is no room.
 */
uint32_t epi_identity_add(struct epi_identity_index *x, const struct epi_identity *p);
/* The best candidates first, at most `max`; those that are DIFFERENT are not listed. */
size_t epi_identity_find(const struct epi_identity_index *x, const struct epi_identity *p,
                         struct epi_match *out, size_t max);
size_t epi_identity_count(const struct epi_identity_index *x);
size_t epi_identity_memory(const struct epi_identity_index *x); /* bytes held */
#endif
