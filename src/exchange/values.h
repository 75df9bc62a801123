/* values.h - numbers, yes and no, closed words, phones and identity documents as people write them.
 *
 * Country facts (prefixes, renumberings, document lengths, usual words, column names) are data: the
 * files of data/forms/<country>/ are read into struct epi_forms. Nothing is repaired silently: a
 * value that had to be guessed comes back with a note the caller turns into a finding. Ownership: a
 * forms object lives in the arena it was made in; immutable afterwards. */
#ifndef EPI_EXCHANGE_VALUES_H
#define EPI_EXCHANGE_VALUES_H
#include "base/base.h"

/* What the caller should tell the user about one value; EPI_NOTE_NONE and _EMPTY need no words. */
typedef enum epi_value_note {
    EPI_NOTE_NONE,
    EPI_NOTE_EMPTY,
    EPI_NOTE_UNREADABLE,   /* no value */
    EPI_NOTE_AMBIGUOUS,    /* "1.234": a value, but it may be another */
    EPI_NOTE_OUT_OF_RANGE, /* no value: too large or not whole */
    EPI_NOTE_LOST_ZERO,    /* a phone or document without its leading zero */
    EPI_NOTE_RENUMBERED,   /* an old phone number, given its present form */
    EPI_NOTE_SEVERAL,      /* several numbers in one cell: the first was taken */
    EPI_NOTE_LENGTH,       /* a document with a number of digits that no document has */
} epi_value_note;

/* --- numbers --------------------------------------------------------------------------------- */
/* Point or comma decimals, spaces or points or commas between thousands: "1.234,5", "1,234.5",
 * "37,5". */
epi_value_note epi_number_read(epi_str text, double *ret);
/* As above but whole; "1.234" and "1,234" are 1234 (AMBIGUOUS), "12.0" is 12. */
epi_value_note epi_integer_read(epi_str text, int64_t *ret);

/* --- country forms --------------------------------------------------------------------------- */
struct epi_renumbering {
    epi_str from, to; /* national prefixes with the trunk digit: "0120" -> "070" */
    size_t digits;    /* of the whole old number with its trunk digit */
};
struct epi_phone_range {
    epi_str prefix; /* after the country code: "9", "2" */
    size_t digits;  /* of the number after the country code */
    bool mobile;
};
struct epi_phone_plan {
    epi_str country, trunk; /* "84", "0" */
    const struct epi_phone_range *ranges;
    size_t n_ranges;
    const struct epi_renumbering *old;
    size_t n_old;
};
struct epi_document_kind {
    epi_str type;      /* "cccd", "cmnd", "passport" */
    epi_str pattern;   /* 9 = digit, A = letter */
    bool leading_zero; /* numbers of this kind may begin with 0, which a numeric cell loses */
    int birth_at,
        century_at; /* where two digits of the birth year and the century digit stand; -1 */
};
struct epi_synonyms { /* all folded */
    epi_str name;
    const epi_str *words;
    size_t n;
};
struct epi_forms {
    struct epi_phone_plan phone;
    const struct epi_document_kind *documents;
    size_t n_documents;
    struct epi_synonyms yes, no, empty;
    const struct epi_synonyms *words; /* name is "<field>.<word>", e.g. "sex.male" */
    size_t n_words;
    const struct epi_synonyms *columns; /* name is a field name, or "<kind>.<field>" */
    size_t n_columns;
};
/* The texts of phone.json, document.json, words.json and columns.json; an empty text leaves its
 * part empty. */
struct epi_forms_texts {
    epi_str phone, document, words, columns;
};
EPI_MUST_USE epi_status epi_forms_new(struct epi_arena *a, const struct epi_forms_texts *texts,
                                      const struct epi_forms **ret, struct epi_err *reterr);
/* Reads the four files of a folder such as data/forms/vn; a missing file is an empty part. */
EPI_MUST_USE epi_status epi_forms_load(struct epi_arena *a, const struct epi_fs *fs,
                                       const char *folder, const struct epi_forms **ret,
                                       struct epi_err *reterr);
bool epi_synonyms_have(const struct epi_synonyms *s, epi_str folded);

/* --- yes and no ------------------------------------------------------------------------------ */
/* 1/0, true/false, and the yes, no and empty words of the forms (may be NULL). */
epi_value_note epi_bool_read(const struct epi_forms *f, epi_str text, bool *ret);

/* --- phones ---------------------------------------------------------------------------------- */
/* E.164 with '+' into `out`. `numeric` = the cell was a number, so a leading zero may be gone. */
epi_value_note epi_phone_read(const struct epi_phone_plan *p, epi_str text, bool numeric,
                              char out[20]);

/* --- documents ------------------------------------------------------------------------------- */
/* Upper case without blanks, points and hyphens. LOST_ZERO: it fits once zeros are put in front;
 * the text is left as written. `ret_kind` may be NULL; it points into the forms or is NULL. */
epi_value_note epi_document_read(const struct epi_forms *f, epi_str text, char out[36],
                                 const struct epi_document_kind **ret_kind);
/* False when the number itself says another birth year or sex than the record. `sex`: 'm', 'f' or
 * 0; a birth year of 0 is unknown. */
bool epi_document_fits(const struct epi_document_kind *k, epi_str document, int birth_year,
                       char sex);
#endif
