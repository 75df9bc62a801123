// SPDX-License-Identifier: AGPL-3.0-or-later
/* The same write sent twice gets the same answer. The newest few are kept in memory, word for word;
 * for older ones, and after a restart, epi_call_repeated makes the answer from the journal. */
#include "serve/serve_internal.h"
#include <stdlib.h>

#define SLOTS 4096
#define KEPT_MAX 65536 /* bytes of one answer; a larger one is not repeated */

struct slot {
    uint64_t user, request, version;
    epi_opid op;
    enum { FREE, RUNNING, DONE } state;
    int status;
    char *body;
    size_t n;
    uint64_t used; /* for the choice of the oldest */
};
struct epi__repeats {
    pthread_mutex_t lock;
    uint64_t clock;
    struct slot slots[SLOTS];
};
#define NEAR 8 /* slots an operation may lie in */

struct epi__repeats *epi__repeats_new(void)
{
    struct epi__repeats *r = epi_xmalloc(sizeof *r);
    memset(r, 0, sizeof *r);
    pthread_mutex_init(&r->lock, NULL);
    return r;
}

void epi__repeats_free(struct epi__repeats *r)
{
    if (!r)
        return;
    for (size_t i = 0; i < SLOTS; i++)
        free(r->slots[i].body);
    pthread_mutex_destroy(&r->lock);
    free(r);
}

static size_t first_slot(epi_id user, const epi_opid *op)
{
    return (size_t)((epi_str_hash((epi_str){(const char *)op->b, 16}) ^ user.v) % (SLOTS / NEAR)) *
           NEAR;
}

static struct slot *find(struct epi__repeats *r, epi_id user, const epi_opid *op)
{
    struct slot *s = &r->slots[first_slot(user, op)];
    for (size_t i = 0; i < NEAR; i++)
        if (s[i].state != FREE && s[i].user == user.v && epi_opid_eq(&s[i].op, op))
            return &s[i];
    return NULL;
}

/* A free slot, else the oldest that is done; NULL when all are at work. */
static struct slot *make_room(struct epi__repeats *r, epi_id user, const epi_opid *op)
{
    struct slot *s = &r->slots[first_slot(user, op)], *best = NULL;
    for (size_t i = 0; i < NEAR; i++) {
        if (s[i].state == FREE)
            return &s[i];
        if (s[i].state == DONE && (!best || s[i].used < best->used))
            best = &s[i];
    }
    return best;
}

epi_status epi__repeat_begin(struct epi__repeats *r, epi_id user, const epi_opid *op,
                             uint64_t request_hash, struct epi__answer *x, bool *ret_known,
                             struct epi_err *reterr)
{
    epi_status s = EPI_OK;
    *ret_known = false;
    pthread_mutex_lock(&r->lock);
    struct slot *at = find(r, user, op);
    if (at && at->request != request_hash) {
        s = EPI_FAIL(reterr, EPI_CONFLICT, "http.op-reused", "%s", "");
    } else if (at && at->state == RUNNING) {
        s = EPI_FAIL(reterr, EPI_BUSY, "http.op-running", "%s", "");
    } else if (at) {
        *ret_known = true;
        x->status = at->status;
        x->n = at->n;
        x->version = at->version;
        x->body = at->n ? memcpy(epi_xmalloc(at->n), at->body, at->n) : NULL;
        if (at->n)
            epi__answer_header(x, "Content-Type", EPI_S("application/json"));
        epi__answer_header(x, "Cache-Control", EPI_S("no-store"));
        epi__answer_header(x, "Idempotency-Replayed", EPI_S("true"));
    } else if ((at = make_room(r, user, op)) != NULL) {
        free(at->body);
        *at = (struct slot){.user = user.v, .request = request_hash, .op = *op, .state = RUNNING};
    }
    pthread_mutex_unlock(&r->lock);
    return s;
}

void epi__repeat_end(struct epi__repeats *r, epi_id user, const epi_opid *op,
                     const struct epi__answer *x)
{
    pthread_mutex_lock(&r->lock);
    struct slot *at = find(r, user, op);
    if (at && at->state == RUNNING) {
        /* a refusal changed nothing: the corrected request may use the id again */
        bool keep = x->status >= 200 && x->status < 300 && x->n <= KEPT_MAX && x->file < 0;
        at->state = keep ? DONE : FREE;
        at->status = x->status;
        at->version = x->version;
        at->used = ++r->clock;
        if (keep && x->n) {
            at->body = memcpy(epi_xmalloc(x->n), x->body, x->n);
            at->n = x->n;
        }
    }
    pthread_mutex_unlock(&r->lock);
}
