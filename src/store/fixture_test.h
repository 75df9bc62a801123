/* fixture_test.h - what the store's tests share: one base of each back end, and short ways to
 * write. */
#ifndef EPI_STORE_FIXTURE_TEST_H
#define EPI_STORE_FIXTURE_TEST_H
#include "base/test.h"
#include "store/store.h"

struct fixture {
    struct epi_arena *a;
    const struct epi_catalogue *c;
    const char *dir; /* of the SQLite base */
    struct epi_store *s;
    uint64_t next_op;
};
/* Back ends to run a contract test on. */
enum { ON_MEMORY, ON_SQLITE, BACK_ENDS };

bool fixture_open(struct fixture *f, struct epi_arena *a, int back_end);
/* Closes and opens again (SQLite), keeping what was written. */
bool fixture_reopen(struct fixture *f);
epi_opid fixture_opid(struct fixture *f);
/* One operation with one change, written and committed. */
epi_status fixture_change(struct fixture *f, struct epi_change ch, struct epi_applied *ret,
                          struct epi_err *e);
epi_status fixture_op(struct fixture *f, const struct epi_op *op, struct epi_applied *ret,
                      struct epi_err *e);
struct epi_record *fixture_get(struct fixture *f, uint16_t kind, uint64_t id);
#define TEXTV(s) epi_v_text(epi_str_of(s))
#define SETS(...) \
    .sets = (struct epi_set[]){__VA_ARGS__}, \
    .n_sets = sizeof((struct epi_set[]){__VA_ARGS__}) / sizeof(struct epi_set)
#endif
