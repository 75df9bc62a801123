/* queue.h - work that goes on in the background: one thread, first come first served.
 *
 * A queue is for records of one kind. The record says in a field how far its work is (waiting,
 * running, over); the queue itself only remembers in memory what it was given. Each kind of work
 * has a queue of its own, so that an import does not wait for a long simulation. What was waiting
 * or running when the program stopped is found by these words and taken up when it is up again.
 * Threads: everything here may be called by any thread; the work runs in the queue's own, which
 *          begins with the first record.
 * Ownership: the app's; freed by it. */
#ifndef EPI_OPS_QUEUE_H
#define EPI_OPS_QUEUE_H
#include "ops/ops_internal.h"

struct epi__queue;
struct epi__queue_kind {
    uint16_t kind, status;         /* of the records, and the field that says how far one is */
    const char *waiting, *running; /* its words for that */
    int nice; /* above 0 the thread, and those it starts, give way to the others */
    /* Does the whole work of one record. Asks epi__queue_tell or epi__queue_goes_on now and then
     * and ends early when it should; then, when epi__queue_ends, it leaves the record as it is. */
    void (*work)(struct epi__queue *q, struct epi_app *app, epi_id id);
};

struct epi__queue *epi__queue_new(struct epi_app *app, const struct epi__queue_kind *k);
void epi__queue_free(struct epi__queue *q); /* stops what runs and waits for it; NULL allowed */
/* Puts in what the store says is waiting or running. */
void epi__queue_take_up(struct epi__queue *q);
/* False when many wait: ask before making a record that would wait too. */
bool epi__queue_room(struct epi__queue *q);
void epi__queue_put(struct epi__queue *q, epi_id id); /* once more is nothing */
/* How far the running record is, as its work last told; false when it is not running. */
bool epi__queue_progress(struct epi__queue *q, epi_id id, uint64_t ret[2]);
/* Asks the running one to stop (*ret_waiting false) or takes a waiting one out; false when it is
 * neither. */
bool epi__queue_halt(struct epi__queue *q, epi_id id, bool *ret_waiting);

/* --- for the work --- */
bool epi__queue_goes_on(struct epi__queue *q);                      /* neither halted nor ending */
bool epi__queue_tell(struct epi__queue *q, uint64_t a, uint64_t b); /* the same, and how far */
bool epi__queue_ends(struct epi__queue *q); /* the program stops: go on at the next start */
#endif
