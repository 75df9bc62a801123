/* fixture_test.h - what the tests of the acts share: an opened program on a memory store with the
 * shipped pack and policies, a clock that stands still, users of every role, and short ways to call
 * an act and look at its answer. */
#ifndef EPI_OPS_FIXTURE_TEST_H
#define EPI_OPS_FIXTURE_TEST_H
#include "base/test.h"
#include "ops/ops.h"

/* Units of the 2021 tree used throughout: a province, a city of it, two communes of that city, a
 * district beside it, and another province. */
#define PROVINCE "vn/11/"
#define CITY "vn/11/094/"
#define COMMUNE "vn/11/094/03127/"
#define DISTRICT "vn/11/096/"
#define ELSEWHERE "vn/14/"

struct world;
struct ops_base {
    struct epi_arena *a;
    struct epi_io io;
    struct world *world; /* the clock and the random numbers behind io */
    const char *dir;
    struct epi_app *app;
    struct epi_actor program;
};
/* In memory, or on SQLite in a fresh folder. The clock shows 2021-11-17 09:00 in Viet Nam. */
bool ops_open(struct ops_base *f, struct epi_arena *a, bool sqlite);
/* In memory, under the shipped rules and, beside them, those of another folder of packs. */
bool ops_open_ruled(struct ops_base *f, struct epi_arena *a, const char *overlay);
bool ops_reopen(struct ops_base *f);
void ops_close(struct ops_base *f);
void ops_advance(struct ops_base *f, int64_t ms);

/* A user with this role at this unit, and the actor it acts as. */
struct epi_actor ops_user(struct ops_base *f, const char *login, const char *role,
                          const char *unit);
/* The same user after the base was opened anew: an actor's scope lives in the units of the program.
 */
struct epi_actor ops_again(struct ops_base *f, const char *login);

/* One call: arguments as "name", "value" pairs ended by NULL. The answer stays readable until the
 * arena ends. */
struct reply {
    epi_status s;
    int http;
    epi_str text, token;
    const epi_json *j; /* NULL when there is no answer */
    struct epi_findings findings;
    struct epi_err err;
    uint64_t etag;
};
struct request {
    const struct epi_actor *as;
    epi_str body;
    const char *op_id; /* text of an operation id, or NULL */
    bool has_match;
    uint64_t match;
    const char *out_path;
};
struct reply ops_call(struct ops_base *f, epi_act *act, struct request q, const char *const *args);
#define ARGS(...) ((const char *const[]){__VA_ARGS__, NULL})
#define NO_ARGS ((const char *const[]){NULL})
/* As the program, without a body. */
struct reply ops_do(struct ops_base *f, epi_act *act, const char *const *args);
/* Creates a record of a kind from JSON as an actor; its id text, or "" after failing the test. */
epi_str ops_create(struct ops_base *f, const struct epi_actor *as, const char *kind, epi_str body);
/* Imports text as a file now; extra arguments may follow. */
struct reply ops_import(struct ops_base *f, const struct epi_actor *as, const char *kind,
                        epi_str file, bool dry);
bool reply_found(const struct reply *r, const char *code);
bool reply_is(const struct reply *r, epi_status s, const char *code);
/* "name" or "name/name" of an answer's objects; EPI_NIL when absent. Numbers come as text. */
epi_str reply_text(struct epi_arena *a, const struct reply *r, const char *path);
int64_t reply_int(const struct reply *r, const char *path);
const epi_json *reply_at(const struct reply *r, const char *path);
#endif
