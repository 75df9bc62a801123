/* ops_internal.h - what the acts share. */
#ifndef EPI_OPS_INTERNAL_H
#define EPI_OPS_INTERNAL_H
#include "ops/ops.h"
#include "picture/picture.h"
#include <pthread.h>

struct epi__queue; /* work in the background (queue.h) */
struct epi__audit;
struct epi__pictures;
struct epi__figures; /* counts worth keeping until what they count changes (remember.c) */
struct epi__diseases;
struct epi__waits; /* who must wait after wrong passwords (auth.c) */

struct epi_app {
    struct epi_arena *a;
    struct epi_app_options o;
    epi_date
        fixed_day; /* a demo or training base stands still on this day; unknown = the clock's day */
    const struct epi_catalogue *catalogue;
    struct epi_store *store;
    struct epi_units *units;
    struct epi_policies *policies;
    epi_str *authority; /* [unit] whose rules hold there and below; NULL = nobody is named */
    epi_str disease;    /* the main one of this site; empty = any */
    struct epi__diseases *diseases; /* what is known of each (diseases.c) */
    struct epi_ids *ids;
    struct epi__queue *jobs, *scenarios; /* imports; what is simulated */
    struct epi__audit *audit;
    struct epi__pictures *pictures;
    struct epi__waits *waits;
    struct epi__figures *figures;
    pthread_mutex_t listener_lock;
    epi_app_listener *listener;
    void *listener_ctx;
};

const char *epi__path(struct epi_arena *a, const char *folder, const char *name);
/* Text of DIR/<relative>, at most `max` bytes. */
epi_status epi__data_file(const struct epi_app *app, struct epi_arena *a, const char *relative,
                          size_t max, epi_str *ret, struct epi_err *reterr);

/* Writes DIR/cordon.json: which pack, the main disease (empty = the pack's), and the day on which
 * the base stands still (unknown = none). */
epi_status epi__mark_folder(const struct epi_app_options *o, epi_str pack, epi_str disease,
                            epi_date day, struct epi_err *reterr);

/* --- permission and jurisdiction (access.c)
 * --------------------------------------------------------------- */
epi_status epi__need(struct epi_call *call, enum epi_permission p);
uint32_t epi__role_permissions(epi_str role);
/* The unit named by argument `name` (path, code or name), or the actor's own when absent; must lie
 * inside the actor's scope. */
epi_status epi__unit_arg(struct epi_call *call, const char *name, int32_t *ret_unit);
/* A date argument "yyyy-mm-dd" (or as-of); today when absent. */
epi_status epi__date_arg(struct epi_call *call, const char *name, epi_date *ret);
epi_status epi__kind_arg(struct epi_call *call, uint16_t *ret_kind, bool internal_too);
epi_status epi__id_arg(struct epi_call *call, const char *name, epi_id *ret);
/* "INVALID findings" when call->findings holds an error. */
epi_status epi__refuse_if_findings(struct epi_call *call);
/* What a user may do, for work that goes on after their call (auth.c). */
epi_status epi__actor_by_user(struct epi_app *app, struct epi_arena *a, epi_id user,
                              struct epi_actor *ret, struct epi_err *reterr);
struct epi__waits *epi__waits_new(struct epi_arena *a);
/* Argon2id text of a password; refuses short ones (auth.c). */
epi_status epi__password_hash(struct epi_call *call, epi_str password, epi_str *ret);

/* --- writing (write.c)
 * --------------------------------------------------------------------------------------- */
/* A change under construction: sets are kept in the call's arena. */
struct epi__edit {
    struct epi_change change;
    size_t cap;
};
void epi__set(struct epi_call *call, struct epi__edit *e, uint16_t field, struct epi_value v);
void epi__edit_new(struct epi_call *call, struct epi__edit *e,
                   uint16_t kind); /* a new record, id made */
void epi__edit_of(struct epi__edit *e,
                  const struct epi_record *r); /* an existing one, base = version */
/* The operation's frame: op id (given or made), author, device, times, scope. */
struct epi_op epi__op(struct epi_call *call, const char *action, epi_str reason);
/* Appends edits as one operation inside a running write. */
epi_status epi__append(struct epi_tx *tx, struct epi_call *call, const char *action, epi_str reason,
                       struct epi__edit *edits, size_t n, struct epi_applied *ret);
/* The same as a whole write of its own, listeners told. */
epi_status epi__write_edits(struct epi_call *call, const char *action, epi_str reason,
                            struct epi__edit *edits, size_t n, struct epi_applied *ret);
/* Runs work(tx, ctx) and tells the listeners. `kinds`: bit per kind the work may change. */
epi_status epi__write(struct epi_call *call, uint64_t kinds, epi_store_work *work, void *ctx);
void epi__changed(struct epi_app *app, uint64_t kinds, epi_id job);
/* What an operation keeps of the request it came with (repeated.c). */
epi_str epi__request_detail(struct epi_arena *a, uint64_t request);
/* Records that a person looked (kind, how many); written soon after, in the journal. Detail holds
 * no personal data. */
void epi__audit_read(struct epi_call *call, const char *action, const char *kind, epi_id id,
                     size_t rows);
struct epi__audit *epi__audit_start(struct epi_app *app);
void epi__audit_stop(struct epi__audit *a);

/* --- labels (names.c)
 * ------------------------------------------------------------------------------------------ */
/* What people call a record: name, code or symbol; masked persons give "•••". Empty when absent or
 * out of scope. */
epi_str epi__label(struct epi_call *call, uint16_t kind, epi_id id);
/* "_names": {id: label} for every reference in the rows. */
void epi__names_json(struct epi_call *call, const struct epi_record *rows, size_t n);
epi_str epi__unit_name(struct epi_call *call, epi_str path);

/* --- answers (records.c, jobs.c) --- */
/* A record's members as the reader may see them, with "_names" and, when a change was sent, "lost".
 */
void epi__record_members(struct epi_call *call, const struct epi_record *r,
                         const struct epi_change *sent);
void epi__job_ref(struct epi_call *call, epi_id id);
/* Who changed what of the record, and when. */
epi_status epi__history(struct epi_call *call, const struct epi_record *r);

/* --- lists (list.c)
 * ------------------------------------------------------------------------------------------- */
/* A query from the arguments: filters, order, limit, cursor, search. `filters` has EPI_FILTERS_MAX
 * elements. */
epi_status epi__query_args(struct epi_call *call, uint16_t kind, struct epi_query *q,
                           struct epi_filter *filters);
/* One page; a search also looks at the names of the people behind the records. */
epi_status epi__find_page(struct epi_call *call, struct epi_query *q, struct epi_page *ret);

/* {"rows","_names","next","total"}: one page as every list answers it. */
void epi__page_json(struct epi_call *call, const struct epi_query *q, const struct epi_page *page);
/* Its members "next" and "total" alone, for lists with rows of their own. */
void epi__page_end(struct epi_call *call, const struct epi_query *q, const struct epi_page *page);

/* Refuses ("person.duplicate") when somebody very like this is known; call->duplicates then lists
 * who (duplicates.c). */
epi_status epi__refuse_known_person(struct epi_call *call, const struct epi_record *person);
/* What identity rules compare, from a person's record; texts live in `a`. */
struct epi_identity;
void epi__identity_of(struct epi_arena *a, const struct epi_record *person,
                      struct epi_identity *ret);

/* --- the picture, cached by day and journal position (situation.c)
 * --------------------------------------------- */
struct epi__pictures *epi__pictures_new(void);
void epi__pictures_free(struct epi__pictures *p);
/* Told after each write: pictures older than a change to what they show are built anew. */
void epi__pictures_note(struct epi__pictures *p, uint64_t kinds);
/* Shared and sealed; give back with epi__picture_release. Unit indexes are those of the app's
 * units. */
epi_status epi__picture(struct epi_app *app, epi_date as_of, const struct epi_picture **ret,
                        struct epi_err *reterr);
void epi__picture_release(struct epi_app *app, const struct epi_picture *p);

/* --- remembered figures (remember.c)
 * ------------------------------------------------------------------------------ */
struct epi__figures *epi__figures_new(void);
void epi__figures_free(struct epi__figures *f);
void epi__figures_note(struct epi__figures *f, uint64_t kinds); /* records of these kinds changed */
/* How the kinds stand now; take it before counting. */
uint64_t epi__figures_version(struct epi__figures *f, uint64_t kinds);
/* True when the block was counted at this version: it is copied into `out`. */
bool epi__recall(struct epi__figures *f, uint64_t key, uint64_t version, void *out, size_t bytes);
void epi__remember(struct epi__figures *f, uint64_t key, uint64_t version, const void *block,
                   size_t bytes);

/* --- work in the background
 * -------------------------------------------------------------------------------------------- */
struct epi__queue *epi__jobs_queue(struct epi_app *app);      /* jobs.c */
struct epi__queue *epi__scenarios_queue(struct epi_app *app); /* scenario_run.c */
#endif
