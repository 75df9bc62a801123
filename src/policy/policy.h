/* policy.h - dated packs of decision tables: what an authority decided, for whom, since when.
 *
 * A pack is data (docs/policy-packs.md). Conditions use three-valued logic (Kleene): a fact nobody
 * entered is unknown, never false, and a row that hangs on it is named as "could fire".
 * Order:     load -> find -> bind (a pack on a date, for a disease) -> set facts -> run or decide.
 * Ownership: everything lives in the arena given at load or bind.
 * Threads:   sets and bound policies are read-only after the call that made them, so they may be
 *            shared; facts and decisions are the caller's.
 * Failure:   loading collects every finding and keeps nothing when one of them is an error. */
#ifndef EPI_POLICY_POLICY_H
#define EPI_POLICY_POLICY_H
#include "base/base.h"

#define EPI_POLICY_TABLES_MAX 16
#define EPI_POLICY_ROWS_MAX 256   /* per table */
#define EPI_POLICY_OUTPUTS_MAX 12 /* per table */
#define EPI_POLICY_SLOTS_MAX 128  /* facts and outputs of one pack */
#define EPI_POLICY_FILE_MAX (1u << 20)

/* --- truth --- */
typedef enum epi_truth { EPI_NO, EPI_MAYBE, EPI_YES } epi_truth;
static inline epi_truth epi_truth_not(epi_truth a)
{
    return (epi_truth)(EPI_YES - a);
}
static inline epi_truth epi_truth_and(epi_truth a, epi_truth b)
{
    return a < b ? a : b;
}
static inline epi_truth epi_truth_or(epi_truth a, epi_truth b)
{
    return a > b ? a : b;
}
const char *epi_truth_word(epi_truth t); /* "no", "unknown", "yes" */

/* How well a value is known; the later, the weaker. Letter in packs, word everywhere else. */
#define EPI_CONFIDENCES(X) \
    X(EPI_STATED, "S", "stated") \
    X(EPI_VERBATIM, "V", "verbatim") \
    X(EPI_SECONDARY, "2", "secondary") \
    X(EPI_INFERRED, "I", "inferred") X(EPI_UNVERIFIED, "U", "unverified")
typedef enum epi_confidence {
#define X(constant, letter, word) constant,
    EPI_CONFIDENCES(X)
#undef X
} epi_confidence;
const char *epi_confidence_word(epi_confidence c);

/* What a pack decides; the second column is the word in packs and in their folder names. */
#define EPI_POLICY_KINDS(X) \
    X(EPI_KIND_LEVEL, "level") \
    X(EPI_KIND_CONTACT_DUTY, "contact-duty") \
    X(EPI_KIND_RETURNEE_DUTY, "returnee-duty") \
    X(EPI_KIND_CASE_DEFINITION, "case-definition") \
    X(EPI_KIND_MEASURES, "measures") \
    X(EPI_KIND_COVERAGE, "coverage") \
    X(EPI_KIND_COMMUNITY_CASE, "community-case") \
    X(EPI_KIND_REPORT_DUTY, "report-duty") X(EPI_KIND_DECLARATION, "declaration")
typedef enum epi_policy_kind {
#define X(constant, word) constant,
    EPI_POLICY_KINDS(X)
#undef X
        EPI_POLICY_KINDS_COUNT
} epi_policy_kind;
const char *epi_policy_kind_word(epi_policy_kind k);

typedef enum epi_value_type {
    EPI_VALUE_NUMBER,
    EPI_VALUE_BOOL,
    EPI_VALUE_WORD,
    EPI_VALUE_DATE,
    EPI_VALUE_LIST
} epi_value_type;
const char *epi_value_type_word(epi_value_type t);

/* --- loading --- */
struct epi_policies; /* a set of packs */
struct epi_pack;
struct epi_policy; /* a pack bound to a date and a disease: its parameters have their values */

struct epi_policy_file {
    epi_str path; /* ends in <authority>/<topic>/<yyyy-mm-dd>/pack.json */
    epi_str text;
};
/* Reads and checks packs: grammar, words, types, rows that cannot fire, gaps, overlapping validity.
 */
EPI_MUST_USE epi_status epi_policies_load(struct epi_arena *a, const struct epi_policy_file *files,
                                          size_t n, struct epi_policies **ret,
                                          struct epi_findings *findings, struct epi_err *reterr);
/* Collects every pack.json below `dir` through the given file system, in byte order of their paths.
 */
EPI_MUST_USE epi_status epi_policies_read(struct epi_arena *a, const struct epi_fs *fs,
                                          const char *dir, struct epi_policy_file **ret,
                                          size_t *ret_n, struct epi_err *reterr);
/* Runs the examples inside the packs; every difference is an error finding. Returns the examples
 * run. */
size_t epi_policies_check(const struct epi_policies *set, struct epi_findings *findings);

size_t epi_policies_count(const struct epi_policies *set);
const struct epi_pack *epi_policies_at(const struct epi_policies *set, size_t i);

/* --- choosing --- */
#define EPI_POLICY_DEFAULT "who-default" /* the authority whose packs hold where no other's do */
struct epi_policy_query {
    epi_policy_kind kind;
    epi_date date;
    epi_str disease;            /* a word of the packs; empty = any */
    const epi_str *authorities; /* in order of preference: the province's overlay first */
    size_t authorities_n;       /* 0 = any; then a pack of a named authority beats the default */
};
/* The pack in force, disabled ones included (they refuse to decide); NULL when none is. */
const struct epi_pack *epi_policy_find(const struct epi_policies *set,
                                       const struct epi_policy_query *q);
const struct epi_pack *epi_policy_by_id(const struct epi_policies *set, epi_str id);

struct epi_pack_info {
    epi_str id, authority, path, symbol; /* symbol of the document, e.g. "4800/QĐ-BYT" */
    epi_str title[2];                    /* by epi_lang */
    epi_policy_kind kind;
    epi_date from, to; /* both included; `to` unknown = open */
    bool disabled;
    epi_str disabled_why[2];
    size_t facts_n, slots_n, tables_n, params_n, examples_n;
};
void epi_pack_get(const struct epi_pack *p, struct epi_pack_info *ret);

/* --- vocabulary --- */
struct epi_slot_info { /* a fact given by the caller, or an output of a table */
    epi_str name, unit, label[2];
    epi_value_type type;
    const epi_str *words; /* WORD: the words allowed; a value is an index into them */
    size_t words_n;
    int table; /* -1 = fact, else the table that makes it */
    bool has_min, has_max, integer;
    double min, max;
};
void epi_pack_slot(const struct epi_pack *p, size_t slot, struct epi_slot_info *ret);
int epi_policy_fact_index(const struct epi_pack *p,
                          epi_str name); /* -1 when the pack has no such fact or output */
int epi_policy_table_index(const struct epi_pack *p, epi_str name);
struct epi_table_info {
    epi_str name, role, title[2];
    const uint16_t *outputs, *reads; /* slots */
    size_t outputs_n, reads_n, rows_n;
};
void epi_pack_table(const struct epi_pack *p, size_t table, struct epi_table_info *ret);
struct epi_row_info {
    epi_str id, why[2], source, source_title, source_url;
    epi_confidence confidence;
};
void epi_pack_row(const struct epi_pack *p, size_t table, size_t row, struct epi_row_info *ret);

struct epi_fact {
    bool known;
    double v; /* number; bool as 0/1; word as its index; date as days since 1970-01-01 */
};
#define EPI_FACT_UNKNOWN ((struct epi_fact){false, 0})
static inline struct epi_fact epi_fact_number(double v)
{
    return (struct epi_fact){true, v};
}
static inline struct epi_fact epi_fact_bool(bool v)
{
    return (struct epi_fact){true, v ? 1.0 : 0.0};
}
static inline struct epi_fact epi_fact_date(epi_date d)
{
    return epi_date_known(d) ? (struct epi_fact){true, (double)d.d} : EPI_FACT_UNKNOWN;
}
/* Unknown when the slot is no word slot or the word is not one of its words. */
struct epi_fact epi_fact_word(const struct epi_pack *p, size_t slot, epi_str word);
/* True when the value is unknown or lies in the range the pack declares. Decisions assume that it
 * does. */
bool epi_fact_fits(const struct epi_pack *p, size_t slot, struct epi_fact f);
/* A value as text: "12.5", "yes"/"no", the word, "2021-11-17", "[1, 7]"; "?" when unknown. */
epi_str epi_fact_text(struct epi_arena *a, const struct epi_pack *p, size_t slot,
                      struct epi_fact f);
/* The value of a list output. */
const double *epi_pack_list(const struct epi_pack *p, struct epi_fact f, size_t *ret_n);

/* --- deciding --- */
struct epi_policy *epi_policy_bind(struct epi_arena *a, const struct epi_pack *p, epi_date date,
                                   epi_str disease);
const struct epi_pack *epi_policy_pack(const struct epi_policy *b);
/* A parameter by name; unknown when the pack has none, or none for this date and disease. */
struct epi_fact epi_policy_param(const struct epi_policy *b, epi_str name);
/* True when both bind the same pack with the same parameter values: they decide alike. */
bool epi_policy_same(const struct epi_policy *a, const struct epi_policy *b);

typedef enum epi_decided {
    EPI_DECIDED,   /* a row fired and nothing unknown stands before it */
    EPI_AGREED,    /* something is unknown, but every row that could fire says the same */
    EPI_UNDECIDED, /* something unknown matters: outputs carry the range still possible */
    EPI_NO_ROW,    /* everything needed is known and no row applies */
    EPI_REFUSED,   /* the pack is disabled */
} epi_decided;
const char *epi_decided_word(epi_decided d);

struct epi_out {
    struct epi_fact value; /* unknown unless all possible rows agree on it */
    double lo, hi;         /* range over the possible rows; NaN where a row does not state it */
};
struct epi_decision {
    epi_decided state;
    int row; /* the first row that is true, -1 when none */
    uint32_t outputs_n;
    uint64_t fired[EPI_POLICY_ROWS_MAX / 64];    /* rows that count (collect: all true rows) */
    uint64_t possible[EPI_POLICY_ROWS_MAX / 64]; /* rows that could count if more were known */
    struct epi_out out[EPI_POLICY_OUTPUTS_MAX];  /* in the order of epi_table_info.outputs */
};
static inline bool epi_row_in(const uint64_t *set, size_t row)
{
    return (set[row / 64] >> (row % 64)) & 1;
}

/* One table over facts[slots_n]. */
void epi_policy_decide(const struct epi_policy *b, size_t table, const struct epi_fact *facts,
                       struct epi_decision *ret);
/* All tables in order; each writes its outputs into `facts`, where later tables read them.
 * `ret` has tables_n elements. */
void epi_policy_run(const struct epi_policy *b, struct epi_fact *facts, struct epi_decision *ret);
/* The facts given by the caller (never outputs) that are unknown and on which the decision hangs,
 * through earlier tables too. Writes at most `max` slots. */
size_t epi_policy_missing(const struct epi_policy *b, size_t table, const struct epi_fact *facts,
                          uint16_t *ret, size_t max);
/* The weakest confidence of the rows behind a table's decision, through earlier tables too. */
epi_confidence epi_policy_confidence(const struct epi_policy *b, size_t table,
                                     const struct epi_decision *decisions);
/* Decisions depend on facts only through the comparisons of the pack. Equal keys mean equal
 * outcomes of every table. False when the pack has too many thresholds for 64 bits. */
bool epi_policy_key(const struct epi_policy *b, const struct epi_fact *facts, uint64_t *ret);

/* --- explaining --- */
/* {"policy","document","table","state","row","why","source","confidence","outputs",
 *  "rows":[{"row","truth","conditions":[{"fact","label","value","test","truth"}]}],"missing":[...]}
 */
void epi_policy_explain_json(struct epi_jw *w, const struct epi_policy *b, size_t table,
                             const struct epi_fact *facts, const struct epi_decision *d,
                             epi_lang lang);
/* The same for a person, a few lines of text. */
void epi_policy_explain_text(struct epi_buf *out, const struct epi_policy *b, size_t table,
                             const struct epi_fact *facts, const struct epi_decision *d,
                             epi_lang lang);
/* A value as JSON: number, true/false, "word", "2021-11-17", [1, 7], null. */
void epi_policy_value_json(struct epi_jw *w, const struct epi_pack *p, size_t slot,
                           struct epi_fact f);
#endif
