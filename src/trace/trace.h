/* trace.h - who was exposed to a case, who was exposed to them, and by which chain (F0 -> F1 -> F2
 * -> F3).
 *
 * epi_trace_run gives rings from recorded contacts, shared visits and households of a sealed
 * picture, on the picture's day. It records facts; whether an exposure is a close contact and what
 * a person must do is for policy to decide from epi_trace_facts. docs/tracing.md says how rings are
 * computed and why. epi_trace_clusters groups known cases into chains of transmission. Ownership:
 * results live in the arena given. Threads: pure functions of their arguments. Failure:   ret is
 * untouched unless EPI_OK. What was cut or assumed is a finding, never silent. */
#ifndef EPI_TRACE_TRACE_H
#define EPI_TRACE_TRACE_H
#include "picture/picture.h"

#define EPI_TRACE_DEPTH_MAX 6

typedef enum epi_trace_how {
    EPI_TRACE_CONTACT,
    EPI_TRACE_VISIT,
    EPI_TRACE_HOUSEHOLD
} epi_trace_how;
const char *epi_trace_how_word(epi_trace_how h); /* "contact", "visit", "household" */

enum epi_trace_flags {
    EPI_TRACE_NO_CONTACTS = 1 << 0,
    EPI_TRACE_NO_VISITS = 1 << 1,
    EPI_TRACE_NO_HOUSEHOLDS = 1 << 2,
    /* A contact row also exposes the case to the contact: who met an F1 that is a contact of
     * another case. Without it such cases are only listed as possible sources of the index case. */
    EPI_TRACE_BOTH_WAYS = 1 << 3,
};
/* Word indexes in the picture's word columns that mean something here; EPI_NO_WORD when there is
 * none. */
struct epi_trace_words {
    uint8_t recovered; /* outcome */
    uint8_t discarded; /* classification: no case after all */
};
struct epi_trace_words epi_trace_words_of(const struct epi_catalogue *c);

struct epi_trace_options { /* start from EPI_TRACE_DEFAULTS */
    int depth;             /* rings, 1..6 */
    epi_days lead;         /* infectious before onset (else sample, else report), 0..60 */
    epi_days latent;       /* a person passes on so long after their own first exposure, 0..60 */
    int overlap_minutes;   /* least time two visits share, 0..1440 */
    int open_minutes;      /* length of a visit without an end, 1..10080 */
    size_t crowd;          /* most visits taken as exposed to one visit; 0 = no limit */
    size_t people;         /* most people in the result; 0 = no limit */
    epi_days dose_lag;     /* a dose counts so long after it was given, 0..365 */
    unsigned flags;
    struct epi_trace_words words;
};
/* Working limits only: lead, latent, overlap and dose_lag are rules, and a pack says them. */
#define EPI_TRACE_DEFAULTS \
    ((struct epi_trace_options){.depth = 3, \
                                .open_minutes = 120, \
                                .crowd = 1000, \
                                .people = 200000, \
                                .words = {EPI_NO_WORD, EPI_NO_WORD}})

/* One exposure of one person to another, cut to the time the other could pass the disease on. */
struct epi_trace_edge {
    uint32_t via;            /* label of the person it comes from */
    uint32_t to;             /* person */
    epi_instant first, last; /* [first, last) */
    epi_id evidence; /* the contact, or the visit of the person exposed; none for a household */
    epi_id evidence_from; /* the visit of the person it comes from */
    uint32_t place;       /* EPI_NO_INDEX when none */
    int32_t minutes;      /* -1 unknown */
    float distance;       /* m, NAN unknown */
    uint8_t setting;      /* contact_setting index, EPI_NO_WORD */
    int8_t masked;        /* 1, 0, -1 unknown */
    uint8_t how;          /* epi_trace_how */
    bool backward;        /* the row is a contact of the exposed case naming the other person */
    bool undated;         /* the row has no date: taken to lie in the window */
    bool verify; /* distance or duration not known: the exposure counts, but somebody must ask */
};
/* A person in a chain: when they could first have been exposed in so many steps. A person has more
 * than one label when a longer chain reaches them earlier than the shortest one. */
struct epi_trace_label {
    uint32_t person; /* EPI_NO_INDEX when an index case names no person */
    uint32_t cas;    /* the index case, ring 0 only */
    uint32_t edge;   /* how they were reached; EPI_NO_INDEX in ring 0 */
    uint8_t ring;
    epi_instant from, to; /* [from, to): may pass the disease on */
};
struct epi_trace_person {
    uint32_t person;
    uint32_t cas; /* the case they are themselves, else EPI_NO_INDEX */
    uint8_t ring;
    bool verify;                   /* no exposure of theirs is certain */
    epi_instant first, last;       /* exposure in this ring, over all its edges */
    uint32_t edge;                 /* the exposure that explains them: the most recent */
    uint32_t evidence, n_evidence; /* their slice of result.evidence */
};
struct epi_trace_cut { /* what was left out because there was too much of it */
    uint32_t place;    /* EPI_NO_INDEX: the limit on people */
    uint32_t person;   /* whose visit: the first one cut at this place */
    epi_instant from, to;
    size_t found, kept;
    size_t visits; /* cut at this place */
};
struct epi_trace_source { /* who may have infected an index case */
    uint32_t index_case, source_case;
    epi_id contact; /* none: the case names its source itself */
    epi_date first, last;
};
struct epi_trace_result {
    int depth;
    const struct epi_trace_label *labels; /* the index cases come first */
    size_t n_labels, n_index;
    const struct epi_trace_edge *edges;
    size_t n_edges;
    const uint32_t *evidence;              /* edge indexes, by person, the most recent first */
    const struct epi_trace_person *people; /* by ring, then person id */
    size_t n_people;
    size_t ring_start[EPI_TRACE_DEPTH_MAX +
                      2]; /* ring r is people [ring_start[r], ring_start[r + 1]) */
    const struct epi_trace_cut *cuts;
    size_t n_cuts;
    const struct epi_trace_source *sources;
    size_t n_sources;
    size_t outside; /* recorded contacts of the index cases outside the infectious window */
};
/* `cases` are case indexes of the picture. Findings are notes and warnings about what was assumed
 * or cut. */
EPI_MUST_USE epi_status epi_trace_run(struct epi_arena *a, const struct epi_picture *p,
                                      const struct epi_trace_options *o, const uint32_t *cases,
                                      size_t n, struct epi_trace_result *ret,
                                      struct epi_findings *findings, struct epi_err *reterr);
/* The edges from an index case to person i of the result, into `out`; returns how many, = their
 * ring. */
size_t epi_trace_chain(const struct epi_trace_result *r, size_t i,
                       uint32_t out[EPI_TRACE_DEPTH_MAX]);

/* --- what a duty needs to know ------------------------------------------------------- */
struct epi_trace_facts {
    uint32_t person;
    int ring;
    epi_date first, last; /* exposure */
    int days_since_last;  /* on the picture's day */
    uint8_t how, setting; /* of the explaining exposure */
    int32_t minutes;      /* the longest known of all their exposures, -1 unknown */
    float distance;       /* the nearest known, NAN unknown */
    int8_t masked;        /* 0 when any was without masks, else 1 when known, else -1 */
    bool household, undated, verify;
    bool is_case;
    int age;                    /* completed years on the picture's day, -1 unknown */
    int doses;                  /* given at least `dose_lag` before the first exposure */
    epi_date last_dose;         /* the last of those; unknown when none */
    int days_since_dose;        /* from it to the first exposure, -1 */
    int months_since_dose;      /* completed months, -1 */
    int8_t completed;           /* a primary series among those: 1, 0, -1 not recorded */
    epi_date recovered;         /* the last recovery before the first exposure */
    int days_since_recovered;   /* to the first exposure, -1 = never recovered */
    int months_since_recovered; /* completed months, -1 = never recovered */
};
void epi_trace_facts_of(const struct epi_picture *p, const struct epi_trace_options *o,
                        const struct epi_trace_result *r, size_t i, struct epi_trace_facts *ret);

/* What the JSON needs and a picture does not hold. Any function may be NULL: the value is then
 * empty. */
struct epi_trace_names {
    void *ctx;
    epi_str (*case_code)(void *ctx, epi_id id);
    epi_str (*person_code)(void *ctx, epi_id id);
    epi_str (*person_name)(void *ctx, epi_id id);
    epi_str (*place_name)(void *ctx, epi_id id);
    epi_str (*setting)(void *ctx, uint8_t setting);
    /* Writes one value, the duty with its rule and source. */
    void (*duty)(void *ctx, struct epi_jw *w, const struct epi_trace_facts *f);
};
/* {"index","as_of","depth","windows":[…],"counts":[F1, F2,
 * …],"rings":[{"ring","person","code","name","case",
 *  "first","last","verify","how","chain":[{"from","to","how","place","setting","first","last",…}],
 *  "evidence":n,"duty":…}],"sources":[…],"outside":n,"truncated":[…]}
 * "index" is the code of the index case, or an array of codes when there are several. */
void epi_trace_json(struct epi_jw *w, const struct epi_picture *p,
                    const struct epi_trace_options *o, const struct epi_trace_result *r,
                    const struct epi_trace_names *names);

/* --- clusters: who infected whom, as far as it is recorded --------------------------- */
struct epi_trace_pair { /* a contact that became a case, or a source a case names */
    uint32_t from, to;  /* cases */
    epi_id contact;     /* none for a named source */
    int onset_days;     /* onset of `to` minus onset of `from`; INT32_MIN when unknown */
};
struct epi_trace_node {
    uint32_t cluster;
    uint32_t in, out; /* pairs */
    bool source_known;
};
struct epi_trace_cluster {
    uint32_t first; /* its earliest case */
    uint32_t size;
    uint32_t unknown; /* cases whose source is not known */
    uint32_t cases;   /* slice of `members` */
};
struct epi_trace_clusters_result {
    const struct epi_trace_node
        *nodes; /* one per case of the picture; discarded cases are no nodes */
    const struct epi_trace_pair *pairs; /* by contact row, then named sources */
    size_t n_pairs;
    const struct epi_trace_cluster *clusters; /* largest first, then by first case */
    size_t n_clusters;
    const uint32_t *members; /* cases, by cluster, by case date */
};
void epi_trace_clusters(struct epi_arena *a, const struct epi_picture *p,
                        struct epi_trace_words words, struct epi_trace_clusters_result *ret);
#endif
