// SPDX-License-Identifier: AGPL-3.0-or-later
/* Work in the background: in the order it came, one at a time, halted, ended, and each kind on its
 * own. */
#include "ops/queue.h"
#include "ops/fixture_test.h"
#include <stdatomic.h>
#include <time.h>

static struct {
    atomic_bool hold; /* the work of id 1 lasts until this is false or somebody halts it */
    atomic_size_t n;
    uint64_t did[8];
    atomic_bool halted, ended;
} seen;

static void rest(void)
{
    nanosleep(&(struct timespec){.tv_nsec = 1000000}, NULL);
}
static void note(struct epi__queue *q, struct epi_app *app, epi_id id)
{
    (void)app;
    while (id.v == 1 && seen.hold && epi__queue_tell(q, 3, 4))
        rest();
    if (!epi__queue_goes_on(q))
        seen.halted = true;
    if (epi__queue_ends(q))
        seen.ended = true;
    size_t at = seen.n;
    seen.did[at < EPI_COUNT(seen.did) ? at : 0] = id.v;
    seen.n = at + 1;
}
static bool did(size_t n) /* within ten seconds */
{
    for (int i = 0; i < 10000 && seen.n < n; i++)
        rest();
    return seen.n == n;
}
static bool is_running(struct epi__queue *q, uint64_t id)
{
    uint64_t far[2] = {0};
    for (int i = 0; i < 10000; i++) {
        if (epi__queue_progress(q, (epi_id){id}, far) && far[0] == 3 && far[1] == 4)
            return true;
        rest();
    }
    return false;
}
static struct epi__queue *begin(struct epi_app *app)
{
    static const struct epi__queue_kind k = {.kind = EPI_K_JOB,
                                             .status = EPI_JOB_STATUS,
                                             .waiting = "waiting",
                                             .running = "running",
                                             .work = note};
    memset(&seen, 0, sizeof seen);
    seen.hold = true;
    return epi__queue_new(app, &k);
}

TEST(work_is_done_in_its_order_once_and_what_waits_can_be_taken_out)
{
    USES_NO_RNG;
    EPI_ARENA_LOCAL(a);
    struct ops_base f;
    bool waiting;
    uint64_t far[2];
    CHECK(ops_open(&f, a, false));
    struct epi__queue *q = begin(f.app);
    for (uint64_t id = 1; id <= 4; id++)
        epi__queue_put(q, (epi_id){id});
    CHECK(is_running(q, 1));
    for (uint64_t id = 1; id <= 4; id++)
        epi__queue_put(q, (epi_id){id}); /* known already */
    CHECK(!epi__queue_progress(q, (epi_id){2}, far));
    CHECK_INT(far[0], 0);
    CHECK(epi__queue_halt(q, (epi_id){3}, &waiting));
    CHECK(waiting);
    CHECK(!epi__queue_halt(q, (epi_id){3}, &waiting)); /* neither running nor waiting */
    CHECK(!seen.halted);
    CHECK(epi__queue_halt(q, (epi_id){1}, &waiting));
    CHECK(!waiting);
    CHECK(did(3));
    CHECK(seen.halted && !seen.ended);
    CHECK_INT(seen.did[0], 1);
    CHECK_INT(seen.did[1], 2);
    CHECK_INT(seen.did[2], 4);
    epi__queue_put(q, (epi_id){3}); /* out of it, it may come again; nobody halts it */
    seen.halted = false;
    CHECK(did(4));
    CHECK(!seen.halted);
    epi__queue_free(q);
    ops_close(&f);
}

TEST(the_end_of_a_queue_stops_what_runs_and_begins_nothing_more)
{
    USES_NO_RNG;
    EPI_ARENA_LOCAL(a);
    struct ops_base f;
    CHECK(ops_open(&f, a, false));
    struct epi__queue *q = begin(f.app), *other;
    epi__queue_put(q, (epi_id){1});
    epi__queue_put(q, (epi_id){2});
    CHECK(is_running(q, 1));
    epi__queue_free(q);
    CHECK_INT(seen.n, 1);
    CHECK(seen.halted && seen.ended);

    q = begin(f.app); /* and one does not wait for another's work */
    other = epi__queue_new(f.app, &(struct epi__queue_kind){.nice = 5, .work = note});
    epi__queue_put(q, (epi_id){1});
    CHECK(is_running(q, 1));
    epi__queue_put(other, (epi_id){2});
    CHECK(did(1));
    CHECK_INT(seen.did[0], 2);
    seen.hold = false;
    CHECK(did(2));
    CHECK(!seen.halted);
    epi__queue_free(other);
    epi__queue_free(q);
    ops_close(&f);
}

TEST(many_may_wait_but_not_any_number)
{
    USES_NO_RNG;
    EPI_ARENA_LOCAL(a);
    struct ops_base f;
    CHECK(ops_open(&f, a, false));
    struct epi__queue *q = begin(f.app);
    CHECK(epi__queue_room(q));
    for (uint64_t id = 1; id <= 300; id++)
        epi__queue_put(q, (epi_id){id});
    CHECK(!epi__queue_room(q));
    epi__queue_free(q);
    ops_close(&f);
}
