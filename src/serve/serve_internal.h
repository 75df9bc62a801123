/* serve_internal.h - what the files of the HTTP door share.
 *
 * request.c and routes.c are pure: bytes in, a request or a refusal out; no socket, clock or store.
 */
#ifndef EPI_SERVE_INTERNAL_H
#define EPI_SERVE_INTERNAL_H
#include "serve/serve.h"
#include <pthread.h>

#define EPI__JSON_MAX ((size_t)8 << 20)
#define EPI__RAW_MAX ((size_t)512 << 20)
#define EPI__TARGET_MAX ((size_t)8192) /* bytes of path and query */
#define EPI__HEADERS_MAX 100
#define EPI__QUERY_MAX 48

/* --- routes (routes.c)
 * -------------------------------------------------------------------------------------- */
enum epi__flags {
    F_SLOW = 1 << 0,      /* may take seconds */
    F_FILE_OUT = 1 << 1,  /* the answer is a file */
    F_KEPT = 1 << 2,      /* no personal data: the browser may keep it and ask again with its tag */
    F_FILTERS = 1 << 3,   /* any field of the kind is a query parameter */
    F_SECRET = 1 << 7,    /* the body may hold a password: nothing of the request is kept */
    F_SIGNS_IN = 1 << 4,  /* the answer's token becomes the cookie */
    F_SIGNS_OUT = 1 << 5, /* the cookie is taken back */
    F_LOCAL_LINK = 1 << 6, /* callers on this machine only; a browser is sent to the first page */
};
enum epi__body_kind { EPI__NONE, EPI__JSON, EPI__RAW, EPI__TEXT };
/* What a route asks of its caller: a permission of ops.h, or one of three words. */
enum epi__door {
    EPI__DOOR_BY_KIND = -3, /* signed in; the act decides by kind of record */
    EPI__DOOR_SIGNED_IN,
    EPI__DOOR_OPEN,
#define X(name, word) EPI__DOOR_##name,
    EPI_PERMISSIONS(X)
#undef X
};
enum epi__own { EPI__OWN_ACT, EPI__OWN_HEALTH, EPI__OWN_OPENAPI, EPI__OWN_EVENTS };
struct epi__route {
    const char *method, *pattern;
    enum epi__door door;
    enum epi__own own;
    epi_act *act; /* NULL when the server answers itself */
    enum epi__body_kind body;
    unsigned flags;
    const char *query, *asks, *gives;
    const char *title[2]; /* by epi_lang */
};
size_t epi__route_count(void);
const struct epi__route *epi__route_at(size_t i);
/* The route of a method and a path as sent. NOT_FOUND: no pattern fits. INVALID "http.method":
 * patterns fit, but not with this method; *ret_allow then lists the methods. Parts of the path
 * become arguments. */
epi_status epi__route_find(struct epi_arena *a, epi_str method, epi_str path,
                           const struct epi__route **ret, struct epi_arg *args, size_t *ret_n,
                           epi_str *ret_allow, struct epi_err *reterr);
size_t epi__body_limit(const struct epi__route *r);

/* --- requests (request.c)
 * ------------------------------------------------------------------------------------- */
struct epi__wire {          /* as it came */
    epi_str method, target; /* target: path and query, still escaped */
    const struct epi_arg *headers;
    size_t n_headers;
    bool loopback; /* the peer is this machine */
};
struct epi__request { /* as it was understood */
    const struct epi__route *route;
    struct epi_arg args[EPI_ARGS_MAX];
    size_t n_args;
    epi_lang lang;
    epi_str path, token, if_none_match, content_type, allow;
    bool head, by_cookie, guard, gzip, tls, local, api;
    bool has_op_id, has_match;
    epi_opid op_id;
    uint64_t match;
};
/* %XX undone; with `plus`, + is a space. INVALID on a broken escape, a NUL or text that is not
 * UTF-8. */
epi_status epi__unescape(struct epi_arena *a, epi_str s, bool plus, epi_str *ret,
                         struct epi_err *reterr);
epi_str epi__header(const struct epi__wire *w, const char *name);
epi_str epi__cookie(epi_str cookies, const char *name);
bool epi__accepts(epi_str list, const char *what); /* Accept-Encoding and the like; q=0 refuses */
epi_lang epi__language(epi_str accept_language);
bool epi__etag_matches(epi_str if_none_match, epi_str etag);
/* On failure *ret still carries language, encodings and the methods allowed, for the answer. */
epi_status epi__request_read(struct epi_arena *a, const struct epi__wire *w,
                             struct epi__request *ret, struct epi_err *reterr);
/* The arguments and marks of a request as a call; a JSON or text body is brought to NFC. */
epi_status epi__request_call(const struct epi__request *r, epi_str body, struct epi_call *call);

/* --- answers (answer.c)
 * ----------------------------------------------------------------------------------------- */
#define EPI__ANSWER_HEADERS 20
struct epi__answer {
    int status;
    char *body; /* heap, given away when sent; NULL when empty */
    size_t n;
    int file; /* -1, or the descriptor of a download */
    bool stream;
    uint64_t version; /* of the record answered, 0 = none: the front of its entity tag */
    struct {
        const char *name;
        epi_str value; /* in the exchange's arena or static */
    } headers[EPI__ANSWER_HEADERS];
    size_t n_headers;
};
void epi__answer_header(struct epi__answer *x, const char *name, epi_str value);
void epi__answer_json(struct epi_arena *a, struct epi__answer *x, const struct epi__request *r,
                      struct epi_call *call);
/* application/problem+json from a failure and what the call found; `call` may be NULL. A reference
 * replaces what must not be told. */
void epi__answer_problem(struct epi_arena *a, struct epi__answer *x, const struct epi__request *r,
                         const struct epi_err *e, const struct epi_call *call, epi_str reference);
/* Gzip when it is accepted and worth it, the entity tag, 304 when the caller has it already. */
void epi__answer_finish(struct epi_arena *a, struct epi__answer *x, const struct epi__request *r);
int epi__http_status(const struct epi_err *e, const struct epi__request *r);
void epi__answer_done(struct epi__answer *x);
/* The headers every answer carries. */
size_t epi__safe_headers(const struct epi_arg **ret);

/* --- repeats (repeat.c)
 * ------------------------------------------------------------------------------------------- */
struct epi__repeats; /* answers to writes, by author and operation id */
struct epi__repeats *epi__repeats_new(void);
void epi__repeats_free(struct epi__repeats *r);
/* OK with *ret_known: the answer given before is in *x. OK without: the caller does the work and
 * ends with epi__repeat_end. CONFLICT: the same id with another request. BUSY: the first is still
 * at work. */
epi_status epi__repeat_begin(struct epi__repeats *r, epi_id user, const epi_opid *op,
                             uint64_t request_hash, struct epi__answer *x, bool *ret_known,
                             struct epi_err *reterr);
void epi__repeat_end(struct epi__repeats *r, epi_id user, const epi_opid *op,
                     const struct epi__answer *x);

/* --- the stream of events (events.c)
 * -------------------------------------------------------------------------------- */
struct MHD_Connection;
struct MHD_Response;
struct epi__events;
struct epi__events *epi__events_new(struct epi_app *app, size_t max);
void epi__events_free(struct epi__events *e);
/* Takes one of the places; BUSY when all are taken. */
epi_status epi__events_take(struct epi__events *e, struct epi_err *reterr);
void epi__events_give(struct epi__events *e);
/* The response of a place taken; the place goes back when the response is destroyed. */
struct MHD_Response *epi__events_response(struct epi__events *e, struct MHD_Connection *connection);
void epi__events_beat(struct epi__events *e);
void epi__events_close(struct epi__events *e); /* ends every stream */

/* --- doing it (dispatch.c)
 * -------------------------------------------------------------------------------------------- */
struct epi__serve { /* what requests share; written at the start only */
    struct epi_app *app;
    struct epi_serve_options o;
    const char *tmp_dir;
    epi_str openapi;
    struct epi__repeats *repeats;
    struct epi__events *events;
    epi_instant started;
};
/* Session, guard against forged writes, permission. */
epi_status epi__admit(struct epi__serve *s, struct epi_arena *a, const struct epi__request *r,
                      struct epi_actor *ret, struct epi_err *reterr);
/* Answers a request whose body has arrived. */
void epi__dispatch(struct epi__serve *s, struct epi_arena *a, const struct epi__request *r,
                   epi_str body, struct epi__answer *x);
/* A refusal as an answer; failures of ours get a reference and a line in the log. */
void epi__refuse(struct epi__serve *s, struct epi_arena *a, const struct epi__request *r,
                 const struct epi_err *e, const struct epi_call *call, struct epi__answer *x);
void epi__log(const struct epi__serve *s, const char *fmt, ...) EPI_PRINTF(2, 3);

/* --- bodies on their way in (body.c)
 * ------------------------------------------------------------------------------------ */
struct epi__body {
    struct epi_buf mem;
    int file; /* -1 until the body outgrows memory */
    uint64_t n;
    size_t limit;
    bool over;
    void *map;
};
void epi__body_init(struct epi__body *b, size_t limit);
epi_status epi__body_add(struct epi__body *b, const char *tmp_dir, epi_str bytes,
                         struct epi_err *reterr);
epi_status epi__body_text(struct epi__body *b, epi_str *ret, struct epi_err *reterr);
void epi__body_done(struct epi__body *b);

/* --- work (workers.c)
 * ------------------------------------------------------------------------------------------------------
 */
struct epi__workers;
struct epi__work { /* embedded in what is done */
    struct epi__work *next;
    void (*run)(struct epi__work *w);
    bool slow;
};
struct epi__workers *epi__workers_new(unsigned threads, size_t queue);
/* False when the queue is full. */
bool epi__workers_put(struct epi__workers *w, struct epi__work *work);
void epi__workers_stop(struct epi__workers *w); /* finishes what is queued, frees; NULL allowed */
#endif
