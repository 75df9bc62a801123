/* ops.h - what people and programs can do: one function per act, used by serve and cli alike.
 *
 * Every act has the shape `epi_status act(struct epi_call *call)`: it checks the actor's permission
 * and jurisdiction, loads, decides, writes journal and register in one transaction, and writes its
 * answer as JSON into call->out (or a file, see out_path). On failure call->err says why and
 * call->findings lists everything wrong with the input. serve/ maps routes to acts, cli/ maps
 * subcommands; neither decides. Threads: an app may be used by many threads; a call belongs to one.
 */
#ifndef EPI_OPS_OPS_H
#define EPI_OPS_OPS_H
#include "policy/policy.h"
#include "store/store.h"
#include "unit/unit.h"

/* --- the running program
 * ----------------------------------------------------------------------------- */
struct epi_app; /* data folder, store, catalogue, reference pack, policy packs, job runner */
struct epi_app_options {
    const struct epi_io *io;
    const char *data_dir;
    const char
        *share_dir; /* packs and policies shipped with the program; NULL = beside the binary */
    bool read_only, fast; /* as in epi_store_options */
    epi_instant known_at; /* 0 or unknown = now; else look at what was known then: folded from the
                             journal, read only */
    bool in_memory;       /* tests */
};
/* Creates DIR with the reference pack `pack` (id) and the shipped policies copied in. `disease`:
 * the site's main one, empty = the one the pack names. Refuses a folder in use. */
EPI_MUST_USE epi_status epi_app_init(const struct epi_app_options *o, epi_str pack, epi_str disease,
                                     struct epi_err *reterr);
EPI_MUST_USE epi_status epi_app_open(const struct epi_app_options *o, struct epi_app **ret,
                                     struct epi_findings *findings, struct epi_err *reterr);
void epi_app_close(struct epi_app *app); /* stops jobs, closes the store; NULL allowed */
struct epi_store *epi_app_store(const struct epi_app *app);
const struct epi_catalogue *epi_app_catalogue(const struct epi_app *app);
const struct epi_units *epi_app_units(const struct epi_app *app);
const struct epi_policies *epi_app_policies(const struct epi_app *app);
const struct epi_io *epi_app_io(const struct epi_app *app);
struct epi_ids *epi_app_ids(struct epi_app *app);
/* The civil date now, at the pack's offset; in a demo base the day of its story. */
epi_date epi_app_today(const struct epi_app *app);
/* Called after each committed write with the kinds changed (bit per kind index) and after job
 * progress (job != 0): serve/ feeds its event stream. One listener. */
typedef void epi_app_listener(void *ctx, uint64_t seq, uint64_t kinds, epi_id job);
void epi_app_listen(struct epi_app *app, epi_app_listener *fn, void *ctx);

/* --- who acts
 * ------------------------------------------------------------------------------------------ */
#define EPI_PERMISSIONS(X) \
    X(RECORD_READ, "record.read") \
    X(PERSON_READ, "person.read") \
    X(CASE_WRITE, "case.write") \
    X(RECORD_WRITE, "record.write") \
    X(IMPORT, "import") \
    X(EXPORT, "export") \
    X(LEVEL_SIGN, "level.sign") \
    X(LEVEL_PUBLISH, "level.publish") \
    X(DIRECTIVE_WRITE, "directive.write") \
    X(ASSIGNMENT_ACT, "assignment.act") \
    X(USER_MANAGE, "user.manage") \
    X(AUDIT_READ, "audit.read") \
    X(POLICY_READ, "policy.read") X(SIGNAL_ACT, "signal.act") X(SCENARIO_RUN, "scenario.run")
enum epi_permission {
#define X(name, word) EPI_MAY_##name,
    EPI_PERMISSIONS(X)
#undef X
        EPI_PERMISSION_COUNT
};
const char *epi_permission_word(enum epi_permission p);

struct epi_actor {
    epi_id user, session;
    epi_str login, name, role, unit; /* unit: path of the actor's jurisdiction */
    uint32_t may;                    /* bit per epi_permission */
    struct epi_scope scope;
    epi_lang lang;
    epi_str device;
};
/* The program itself (CLI on the data folder, demo): everything, everywhere. */
struct epi_actor epi_actor_program(epi_lang lang);
static inline bool epi_may(const struct epi_actor *a, enum epi_permission p)
{
    return (a->may >> p) & 1u;
}

/* --- one call
 * ---------------------------------------------------------------------------------------------- */
struct epi_arg {
    epi_str name, value;
};
#define EPI_ARGS_MAX 64
struct epi_call {
    struct epi_app *app;
    struct epi_actor actor;
    struct epi_arena *a;               /* lives as long as the call */
    struct epi_arg args[EPI_ARGS_MAX]; /* path parts and query parameters, or CLI options */
    size_t n_args;
    epi_str body, content_type;
    bool has_op_id, has_match;
    epi_opid op_id;   /* Idempotency-Key */
    uint64_t request; /* fingerprint of the whole request, kept with the operation; 0 = none */
    uint64_t match;   /* If-Match: the version the author saw */
    /* answer */
    struct epi_findings findings;
    struct epi_err err;
    struct epi_buf buf;
    struct epi_jw out;               /* writes into buf */
    int http_status;                 /* 0 = 200 */
    const char *out_path;            /* acts that make a file write it here (given by the caller) */
    const char *out_type, *out_name; /* set by such acts; static or in the arena */
    epi_str token;                   /* set by sign-in: becomes the session cookie */
    epi_str duplicates;              /* JSON array beside a refusal: who is known already */
    uint64_t etag;                   /* set by reads: version of what was read, 0 = none */
    void (*progress)(void *ctx, uint64_t done); /* told by long acts; may be NULL */
    void *progress_ctx;
};
typedef epi_status epi_act(struct epi_call *call);
/* The same write by the same author once more, known by its operation id and fingerprint: answered
 * from the journal as it was, with the record as it stands now. */
epi_status epi_call_repeated(struct epi_call *call, bool *ret_answered);
/* The caller's arena, empty buffers. End with epi_call_done. */
void epi_call_init(struct epi_call *call, struct epi_app *app, const struct epi_actor *actor,
                   struct epi_arena *a);
void epi_call_done(struct epi_call *call);
void epi_call_arg(struct epi_call *call, epi_str name,
                  epi_str value);                               /* beyond EPI_ARGS_MAX: dropped */
epi_str epi_arg(const struct epi_call *call, const char *name); /* empty when absent */

/* --- acts
 * ----------------------------------------------------------------------------------------------------
 */
/* session (auth.c, users.c) */
epi_act epi_do_first_run_needed, epi_do_first_run, epi_do_login, epi_do_link, epi_do_logout,
    epi_do_me, epi_do_me_update;
epi_act epi_do_users, epi_do_user_create, epi_do_user_update, epi_do_user_link;
/* Who holds this token: EPI_UNKNOWN_USER when nobody, expired or revoked. Texts live in `a`. */
EPI_MUST_USE epi_status epi_session_actor(struct epi_app *app, struct epi_arena *a, epi_str token,
                                          epi_lang lang, struct epi_actor *ret,
                                          struct epi_err *reterr);
/* A one-time sign-in token for a user by login (demo, first use). */
EPI_MUST_USE epi_status epi_session_link(struct epi_app *app, struct epi_arena *a, epi_str login,
                                         epi_str *ret_token, struct epi_err *reterr);
/* The first-run token, made when there is no user yet; empty when there is one. */
EPI_MUST_USE epi_status epi_first_run_token(struct epi_app *app, struct epi_arena *a, epi_str *ret,
                                            struct epi_err *reterr);

/* catalogue, units, maps (reference.c) */
epi_act epi_do_catalogue, epi_do_units, epi_do_unit, epi_do_map_layers, epi_do_map;
/* records (records.c): args kind, id, filters */
epi_act epi_do_list, epi_do_get, epi_do_history, epi_do_create, epi_do_update, epi_do_remove;
epi_act epi_do_conflict_resolve;
/* pictures of the situation */
epi_act epi_do_today, epi_do_trace, epi_do_levels, epi_do_level_evidence, epi_do_level_history;
epi_act epi_do_level_sign, epi_do_level_publish, epi_do_level_withdraw, epi_do_measures;
/* figures of the epidemic */
epi_act epi_do_estimate_methods, epi_do_estimate, epi_do_estimate_table, epi_do_diseases;
/* outbreak signals */
epi_act epi_do_signals, epi_do_signal_grid, epi_do_signal_run, epi_do_signal_act;
/* scenarios: the province ahead (scenarios.c, scenario_figures.c) */
epi_act epi_do_scenarios, epi_do_scenario, epi_do_scenario_create, epi_do_scenario_stop,
    epi_do_scenario_continue, epi_do_scenario_update, epi_do_scenario_remove, epi_do_scenario_plans,
    epi_do_scenario_levers, epi_do_scenario_bases;
epi_act epi_do_scenario_daily, epi_do_scenario_places, epi_do_scenario_weeks, epi_do_scenario_file,
    epi_do_scenario_compare, epi_do_scenario_export, epi_do_scenario_fit;
/* Cases found per day in the unit of a scenario, as the base counts them, up to yesterday. */
struct epi_scenario;
struct epi_observed;
EPI_MUST_USE epi_status epi_scenario_observed(struct epi_call *call, const struct epi_scenario *s,
                                              struct epi_observed *ret);
/* Gives runs of a scenario that begins from the register their start: the one kept in their folder,
 * else the register on the day before runs->first as far as the caller may see it. runs->society,
 * ->history, ->scenario and ->dir are set (scenario_register.c). */
struct epi_runs;
EPI_MUST_USE epi_status epi_scenario_begins(struct epi_call *call, struct epi_runs *runs);
/* directives */
epi_act epi_do_directive_register, epi_do_directive, epi_do_assignment_act;
/* files */
epi_act epi_do_import, epi_do_job, epi_do_jobs, epi_do_job_apply, epi_do_job_cancel,
    epi_do_job_findings;
epi_act epi_do_mappings, epi_do_mapping_save, epi_do_mapping_update, epi_do_mapping_remove,
    epi_do_mapping_history;
epi_act epi_do_export;
/* rules, audit */
epi_act epi_do_policies, epi_do_policy, epi_do_audit, epi_do_verify;
/* the demo province (cli only): args people, seed, province, date */
epi_act epi_do_demo;
#endif
