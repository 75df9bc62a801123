/* policy_internal.h - the compiled form of packs, shared by the files of this folder only.
 *
 * A condition is a run of nodes in prefix order: a group is followed by its children, and `skip` is
 * the length of the whole run, so that evaluation walks one array without pointers. */
#ifndef EPI_POLICY_INTERNAL_H
#define EPI_POLICY_INTERNAL_H
#include "policy/policy.h"
#include <math.h>

enum node_op { OP_ALL, OP_ANY, OP_NONE, OP_AT_LEAST, OP_CMP };
enum node_cmp { CMP_EQ, CMP_NE, CMP_LT, CMP_LE, CMP_GT, CMP_GE, CMP_IN };

struct node {
    uint8_t op, cmp;
    uint16_t slot;  /* CMP: what is compared */
    uint16_t param; /* CMP: index + 1 of the parameter compared with; 0 = `value` */
    uint16_t n;     /* groups: children; AT_LEAST: children, `need` of them */
    uint16_t need;
    uint16_t skip; /* nodes of this run, itself included */
    double value;
    uint64_t words; /* CMP_IN: bit per word */
};
struct value { /* of one output in one row */
    bool known;
    uint16_t param; /* index + 1 */
    double v;
};
struct row {
    epi_str id, why[2];
    uint16_t source; /* index + 1 into sources */
    epi_confidence confidence;
    uint32_t node; /* first node; nodes_n == 0 = otherwise, always true */
    uint32_t nodes_n;
    struct value *then; /* one per output */
    const char *where;  /* JSON pointer, for findings */
};
enum hit { HIT_FIRST, HIT_COLLECT, HIT_MAX };
struct table {
    epi_str name, role, title[2];
    enum hit hit;
    uint16_t max_of; /* HIT_MAX: position in outputs */
    uint16_t *outputs;
    size_t outputs_n;
    struct row *rows;
    size_t rows_n;
    uint16_t *slots; /* what its conditions read */
    size_t slots_n;
    const char *where;
};
struct slot {
    epi_str name, unit, label[2];
    epi_value_type type;
    epi_str *words;
    size_t words_n;
    bool has_min, has_max, integer;
    double min, max;
    int table;
};
struct param_value {
    epi_date from, to;
    epi_str disease; /* empty = every disease */
    double v;
    uint16_t source;
    epi_confidence confidence;
};
struct param {
    epi_str name, unit, label[2];
    epi_value_type type;
    struct param_value *values;
    size_t values_n;
};
struct list {
    const double *v;
    size_t n;
};
struct source {
    epi_str key, title, url;
};
struct example {
    epi_str name, disease;
    epi_date date;
    struct epi_fact *given; /* slots_n */
    const epi_json *expect, *rows, *published;
    const char *where;
};
struct epi_pack {
    epi_str id, authority, path, symbol, title[2], disabled_why[2];
    epi_policy_kind kind;
    bool disabled;
    epi_date from, to;
    epi_str *diseases;
    size_t diseases_n;
    struct source *sources;
    size_t sources_n;
    struct param *params;
    size_t params_n;
    struct slot *slots;
    size_t slots_n, facts_n;
    struct table *tables;
    size_t tables_n;
    struct node *nodes;
    size_t nodes_n, nodes_cap;
    struct list *lists;
    size_t lists_n, lists_cap;
    struct example *examples;
    size_t examples_n;
};
struct epi_policies {
    struct epi_pack **packs; /* sorted by id */
    size_t n;
};
struct cuts { /* the thresholds of one slot, ascending, and where its cell stands in the key */
    double *at;
    uint32_t n, shift;
    double *points; /* one value inside each cell that the slot allows */
    uint32_t points_n;
    bool may_stay_unknown; /* an output that some row leaves open */
};
struct epi_policy {
    const struct epi_pack *pack;
    struct epi_fact *params;
    struct node *nodes; /* the pack's, with parameter values filled in; an unknown one is NaN */
    struct cuts *cuts;  /* per slot */
    bool key_fits;
};

/* load.c: state of reading one pack */
struct reading {
    struct epi_arena *a;
    struct epi_findings *f;
    struct epi_pack *p;
    const epi_json *root;
    size_t errors; /* error findings of this pack */
};
/* A JSON pointer below the file, e.g. "/tables/0/rows/3". */
const char *epi__where(struct reading *r, const char *parent, const char *key, long index);
void epi__problem(struct reading *r, epi_severity s, const char *code, const char *where,
                  epi_str arg1, epi_str arg2);
bool epi__only_keys(struct reading *r, const epi_json *j, const char *where,
                    const char *const *keys);
epi_str epi__need_text(struct reading *r, const epi_json *j, const char *key, const char *where);
void epi__need_both(struct reading *r, const epi_json *j, const char *key, const char *where,
                    epi_str ret[2]);
bool epi__confidence(struct reading *r, const epi_json *j, const char *where, epi_confidence *ret);
uint16_t epi__source(struct reading *r, const epi_json *j, const char *where);
bool epi__name_ok(epi_str s);
bool epi__value_type(epi_str word, epi_value_type *ret);
/* A literal of a slot's type; a finding when it is not. */
bool epi__literal(struct reading *r, const epi_json *j, epi_value_type type,
                  const struct slot *slot, const char *where, double *ret);
/* load_slot.c */
void epi__read_params(struct reading *r);
void epi__read_facts(struct reading *r);
bool epi__read_slot(struct reading *r, const epi_json *j, const char *where, int table);
/* load_table.c */
void epi__read_tables(struct reading *r);
/* examples.c */
void epi__read_examples(struct reading *r);
/* check.c: rows that cannot fire, gaps */
void epi__check_tables(struct reading *r);
void epi__check_outputs(struct reading *r);
void epi__check_validity(struct epi_policies *set, struct epi_findings *f);
/* decide.c */
epi_truth epi__eval(const struct node *n, const struct epi_fact *facts);
/* cells.c */
void epi__find_cells(struct epi_arena *a, struct epi_policy *b);
/* decide.c */
bool epi__disease_in(const struct epi_pack *p, epi_str disease);
#endif
