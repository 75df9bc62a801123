/* catalogue.h - which kinds of record exist and which fields they have: declared once, in both
 * languages.
 *
 * The declarations are src/catalogue/kinds.def (built in) and a site's own fields (JSON, see
 * epi_catalogue_new). Validation, the JSON codec, table columns, SQL tables, OpenAPI, TypeScript
 * types and the reference docs are all made from here. A field's tag is written in the journal and
 * never reused. Ownership: a catalogue is immutable after epi_catalogue_new and may be shared by
 * threads. */
#ifndef EPI_CATALOGUE_CATALOGUE_H
#define EPI_CATALOGUE_CATALOGUE_H
#include "base/base.h"

typedef enum epi_type {
    EPI_T_TEXT,    /* UTF-8; TEXT */
    EPI_T_WORD,    /* one of a closed list of words; TEXT */
    EPI_T_INT,     /* INT */
    EPI_T_REAL,    /* REAL */
    EPI_T_BOOL,    /* INT 0 or 1 */
    EPI_T_DATE,    /* civil date; INT days since 1970-01-01 */
    EPI_T_INSTANT, /* INT milliseconds since 1970-01-01T00:00Z */
    EPI_T_REF,     /* another record's id; INT */
    EPI_T_UNIT,    /* path of a unit, e.g. "vn/11/094/03127/"; TEXT */
    EPI_T_JSON,    /* one JSON value kept as text; TEXT */
} epi_type;
const char *epi_type_word(epi_type t); /* "text", "word", "integer", "number", "boolean", ... */

/* --- values
 * ------------------------------------------------------------------------------------------ */
typedef enum epi_vtype { EPI_V_NULL, EPI_V_INT, EPI_V_REAL, EPI_V_TEXT } epi_vtype;
struct epi_value {
    epi_vtype t;
    union {
        int64_t i;
        double f;
        epi_str s;
    };
};
#define EPI_NULLV ((struct epi_value){.t = EPI_V_NULL})
static inline struct epi_value epi_v_int(int64_t i)
{
    return (struct epi_value){.t = EPI_V_INT, .i = i};
}
static inline struct epi_value epi_v_real(double f)
{
    return (struct epi_value){.t = EPI_V_REAL, .f = f};
}
static inline struct epi_value epi_v_text(epi_str s) /* empty text is null */
{
    return s.n ? (struct epi_value){.t = EPI_V_TEXT, .s = s} : EPI_NULLV;
}
static inline struct epi_value epi_v_date(epi_date d)
{
    return epi_date_known(d) ? epi_v_int(d.d) : EPI_NULLV;
}
static inline struct epi_value epi_v_instant(epi_instant t)
{
    return epi_instant_known(t) ? epi_v_int(t.ms) : EPI_NULLV;
}
static inline struct epi_value epi_v_ref(epi_id id)
{
    return id.v ? epi_v_int((int64_t)id.v) : EPI_NULLV;
}
static inline epi_date epi_v_as_date(struct epi_value v)
{
    return v.t == EPI_V_INT ? (epi_date){(int32_t)v.i} : EPI_DATE_UNKNOWN;
}
static inline epi_instant epi_v_as_instant(struct epi_value v)
{
    return v.t == EPI_V_INT ? (epi_instant){v.i} : EPI_INSTANT_UNKNOWN;
}
static inline epi_id epi_v_as_ref(struct epi_value v)
{
    return (epi_id){v.t == EPI_V_INT ? (uint64_t)v.i : 0};
}
static inline epi_str epi_v_as_text(struct epi_value v)
{
    return v.t == EPI_V_TEXT ? v.s : EPI_NIL;
}
bool epi_value_eq(struct epi_value a, struct epi_value b);
struct epi_value epi_value_dup(struct epi_arena *a, struct epi_value v);

/* --- fields and kinds
 * -------------------------------------------------------------------------------- */
enum epi_field_flags {
    EPI_F_REQUIRED = 1 << 0,
    EPI_F_UNIQUE = 1 << 1,   /* no two records of the kind share the value */
    EPI_F_INDEX = 1 << 2,    /* filtered or sorted often: an index in the store */
    EPI_F_SEARCH = 1 << 3,   /* found by free-text search (folded) */
    EPI_F_PERSONAL = 1 << 4, /* names a person: masked outside the jurisdiction, never in logs */
    EPI_F_CLINICAL =
        1 << 5, /* concurrent edits never merge silently: the first stands, a conflict opens */
    EPI_F_SECRET = 1 << 6,     /* never leaves the store: password hashes, token hashes */
    EPI_F_LONG = 1 << 7,       /* many lines; not in lists */
    EPI_F_LIST = 1 << 8,       /* a default column of the list page */
    EPI_F_SYSTEM = 1 << 9,     /* set by operations, not by forms or imports */
    EPI_F_LOCAL_KEY = 1 << 10, /* the code people use; import matches by it */
};
struct epi_word {
    const char *word;     /* used in JSON, SQL, packs */
    const char *label[2]; /* by epi_lang */
};
struct epi_field {
    const char *name;
    uint16_t tag; /* permanent; >= 1000 for a site's own fields */
    epi_type type;
    uint32_t flags;
    const struct epi_word *words; /* WORD */
    size_t n_words;
    uint16_t ref_kind; /* REF: index of the kind */
    bool has_min, has_max;
    double min, max;     /* INT, REAL */
    const char *measure; /* unit of measure, "" when none */
    uint32_t max_bytes;  /* TEXT, JSON */
    const char *label[2];
    const char *help[2];
};
struct epi_kind {
    const char *name, *plural; /* "case", "cases": in URLs, SQL and files */
    uint16_t tag;
    const char *label[2], *help[2];
    const struct epi_field *fields; /* [0] is always `unit`, the unit of jurisdiction */
    size_t n_fields, n_builtin;
    bool internal; /* users, sessions, jobs: not in generic lists, imports or exports */
};
struct epi_catalogue {
    const struct epi_kind *kinds;
    size_t n_kinds;
};

/* Indexes of the built-in kinds and fields: EPI_K_CASE, EPI_CASE_ONSET ... EPI_<KIND>_UNIT is 0;
 * EPI_KINDS kinds, EPI_N_<KIND> fields of one. */
#define KIND(K, name, plural, tag, internal, vi, en, hvi, hen) EPI_K_##K,
#define END_KIND(K)
#define FIELD(K, F, name, tag, type, flags, spec, vi, en, hvi, hen)
#define LIST(L)
#define END_LIST(L)
#define ENTRY(w, vi, en)
#define ORDERED(K, A, op, B, code)
enum epi_kind_index {
#include "catalogue/kinds.def"
    EPI_KINDS
};
#undef KIND
#undef END_KIND
#undef FIELD
#define KIND(K, name, plural, tag, internal, vi, en, hvi, hen) \
    enum epi_fields_of_##K \
    { \
        EPI_##K##_UNIT = 0,
#define END_KIND(K) \
    EPI_N_##K \
    } \
    ;
#define FIELD(K, F, name, tag, type, flags, spec, vi, en, hvi, hen) EPI_##K##_##F,
#include "catalogue/kinds.def"
#undef KIND
#undef END_KIND
#undef FIELD
#undef LIST
#undef END_LIST
#undef ENTRY
#undef ORDERED

/* Built-in kinds plus a site's own fields. `site` may be empty; else
 * {"fields":[{"kind":"case","name":"ethnic_group","tag":1001,"type":"word","label":{"vi":"…","en":"…"},
 *   "help":{…},"required":false,"words":[{"word":"x","vi":"…","en":"…"}],"min":0,"max":9,"measure":""}]}
 * Everything lives in `a`. Findings: every wrong entry, with its JSON path. */
EPI_MUST_USE epi_status epi_catalogue_new(struct epi_arena *a, epi_str site,
                                          const struct epi_catalogue **ret,
                                          struct epi_findings *findings, struct epi_err *reterr);
/* Index of a kind or a field by name, or -1. Kinds are found by name or plural. */
int epi_kind_find(const struct epi_catalogue *c, epi_str name);
int epi_kind_by_tag(const struct epi_catalogue *c, uint16_t tag);
int epi_field_find(const struct epi_kind *k, epi_str name);
int epi_field_by_tag(const struct epi_kind *k, uint16_t tag);
/* Index of a word in a field's list, or -1. */
int epi_word_find(const struct epi_field *f, epi_str word);
const char *epi_word_label(const struct epi_field *f, epi_str word,
                           epi_lang lang); /* "" when unknown */

/* --- records
 * ------------------------------------------------------------------------------------------- */
struct epi_record {
    uint16_t kind;
    epi_id id;
    uint64_t version; /* journal position of the last change; 0 = not stored yet */
    bool removed;
    struct epi_value *v; /* one per field of the kind, by field index */
};
struct epi_record *epi_record_new(struct epi_arena *a, const struct epi_catalogue *c,
                                  uint16_t kind);

/* Every rule of the catalogue on one record: types, ranges, lengths, words, required fields, date
 * order. True when no error was found. `row` goes into the findings; `now_date` bounds dates of
 * events (a date after it is an error; pass EPI_DATE_UNKNOWN to skip). Fields not in `only` are
 * skipped when `only` is given (a bool per field: partial updates check what they set). */
bool epi_record_check(const struct epi_catalogue *c, const struct epi_record *r, epi_date now_date,
                      uint32_t row, const bool *only, struct epi_findings *findings);
/* One value against one field. */
bool epi_value_check(const struct epi_field *f, struct epi_value v, uint32_t row,
                     struct epi_findings *findings);

/* --- JSON
 * ------------------------------------------------------------------------------------------------
 */
/* {"id","version", field: value …}: dates "yyyy-mm-dd", instants RFC 3339, refs as id text, words
 * as words. Nulls and secret fields are left out. With `mask_personal` personal fields become null
 * and "masked":true. */
void epi_record_json(struct epi_jw *w, const struct epi_catalogue *c, const struct epi_record *r,
                     bool mask_personal);
/* The members alone, for an object that holds more. */
void epi_record_members(struct epi_jw *w, const struct epi_catalogue *c, const struct epi_record *r,
                        bool mask_personal);
void epi_value_json(struct epi_jw *w, const struct epi_field *f, struct epi_value v);
/* Reads field values of an object into r->v; marks fields present in `present` (may be NULL). JSON
 * null clears. Unknown names, system and secret fields are findings. False when any error was
 * added. */
bool epi_record_from_json(struct epi_arena *a, const struct epi_catalogue *c,
                          const epi_json *object, struct epi_record *r, bool *present,
                          struct epi_findings *findings);
/* Text for people and for CSV cells: dates ISO, words as words (or labels when `labels`), refs as
 * id text. */
epi_str epi_value_text(struct epi_arena *a, const struct epi_field *f, struct epi_value v);
/* One typed value from clean text in canonical form (the inverse of epi_value_text). */
bool epi_value_parse(struct epi_arena *a, const struct epi_field *f, epi_str text,
                     struct epi_value *ret);

/* --- what is generated from the catalogue
 * --------------------------------------------------------------- */
void epi_catalogue_json(struct epi_jw *w,
                        const struct epi_catalogue *c); /* GET /api/catalogue: forms, lists */
void epi_catalogue_schemas(struct epi_jw *w,
                           const struct epi_catalogue *c); /* OpenAPI components.schemas object */
void epi_catalogue_typescript(struct epi_buf *b, const struct epi_catalogue *c);
void epi_catalogue_markdown(struct epi_buf *b, const struct epi_catalogue *c, epi_lang lang);
#endif
