/* trace_internal.h - the state of one run of the rings, shared by the files of this folder. */
#ifndef EPI_TRACE_INTERNAL_H
#define EPI_TRACE_INTERNAL_H
#include "trace/trace.h"

#define EPI__MINUTE_MS ((int64_t)60000)
#define EPI__DAY_MS ((int64_t)86400000)

struct epi__list { /* grows in the scratch arena of the run */
    void *rows;
    size_t n, cap, size;
};
void *epi__list_push(struct epi_arena *scratch, struct epi__list *l);

/* One visit of somebody else that overlaps. */
struct epi__meeting {
    epi_instant from, to;
    const struct epi_pic_visit *visit;
    epi_id person;
    bool open; /* an end was assumed */
};
/* A person reached so far. */
struct epi__seen {
    uint32_t person;
    uint32_t label;    /* the latest, which is the earliest in time */
    uint32_t evidence; /* last edge of the chain through run.next; EPI_NO_INDEX */
    uint32_t n_evidence;
    uint8_t ring;
    bool certain;
    epi_instant first, last, until; /* until: isolated, or the end of the day */
};
struct epi__run {
    const struct epi_picture *p;
    const struct epi_trace_options *o;
    struct epi_arena *scratch;
    struct epi_findings *findings;
    epi_instant begin, end; /* earliest window's start, end of the picture's day */
    struct epi__list labels, edges, next, seen, cuts, crowd, sources;
    uint32_t *slot, slots; /* person -> seen + 1 */
    size_t outside, left_out;
};
/* Everybody exposed to one label, each given to epi__reach. */
void epi__spread(struct epi__run *r, uint32_t label);
void epi__reach(struct epi__run *r, const struct epi_trace_edge *e);

/* Earlier exposure first; then the person it comes from, the way, the evidence. */
bool epi__before(const struct epi__run *r, const struct epi_trace_edge *x,
                 const struct epi_trace_edge *y);
void epi__finish(struct epi_arena *a, struct epi__run *r, size_t n_index,
                 struct epi_trace_result *ret);

/* The first instant of a day and of the day after; unknown stays unknown. */
epi_instant epi__day_start(const struct epi_picture *p, epi_date d);
epi_instant epi__day_end(const struct epi_picture *p, epi_date d);
/* The days of an exposure [first, last). */
epi_date epi__first_day(const struct epi_picture *p, epi_instant first);
epi_date epi__last_day(const struct epi_picture *p, epi_instant last);
bool epi__is_discarded(struct epi_trace_words words, const struct epi_pic_case *c);
/* True when the illness had ended before the day. */
bool epi__is_over(const struct epi_pic_case *c, epi_date day);
/* The latest case of a person that had not ended before the day; EPI_NO_INDEX when there is none.
 */
uint32_t epi__case_on(const struct epi_picture *p, struct epi_trace_words words, uint32_t person,
                      epi_date day);
#endif
