// SPDX-License-Identifier: AGPL-3.0-or-later
// A disk that fails. A VFS around the system's remembers what every write since the last sync of
// its file replaced. At a chosen call it fails once, or the power goes: of all unsynced writes a
// random part, in pieces of a sector, is taken back. A child process imports; the parent opens the
// base and checks that everything confirmed is there and nothing half-written is.
#include "store/check.h"
#include "store/fixture_test.h"
#include <signal.h>
#include <sqlite3.h>
#include <sys/wait.h>
#include <unistd.h>

#define SECTOR 512
#define BATCHES 30

enum fault { NO_FAULT, SYNC_FAILS, WRITE_FAILS, DISK_FULL, POWER_LOSS };

struct piece { /* what a write replaced */
    struct fault_file *file;
    sqlite3_int64 at, size_before;
    int n;
    char old[SECTOR];
};
struct fault_file {
    sqlite3_file base; /* must be first */
    sqlite3_file *real;
};
/* One process runs one scenario; SQLite hands the VFS no context of ours, so this is the test's
 * state. */
static struct disk {
    enum fault fault;
    long countdown; /* calls until the fault; counted only when armed */
    bool armed;
    long calls;
    long full_for; /* writes that still fail on a full disk */
    struct epi_rng rng;
    struct piece *unsynced;
    size_t n, cap;
} disk;

static sqlite3_file *real_of(sqlite3_file *f)
{
    return ((struct fault_file *)(void *)f)->real;
}

static void remember(struct fault_file *f, int amount, sqlite3_int64 at)
{
    sqlite3_int64 size = 0;
    f->real->pMethods->xFileSize(f->real, &size);
    for (int done = 0; done < amount; done += SECTOR) {
        if (disk.n == disk.cap) {
            disk.cap = disk.cap ? disk.cap * 2 : 1024;
            disk.unsynced = epi_xrealloc(disk.unsynced, disk.cap * sizeof *disk.unsynced);
        }
        struct piece *p = &disk.unsynced[disk.n++];
        *p = (struct piece){.file = f, .at = at + done, .size_before = size};
        p->n = amount - done < SECTOR ? amount - done : SECTOR;
        (void)f->real->pMethods->xRead(f->real, p->old, p->n, p->at); /* past the end: zeros */
    }
}

static void forget(const struct fault_file *f)
{
    size_t kept = 0;
    for (size_t i = 0; i < disk.n; i++)
        if (disk.unsynced[i].file != f)
            disk.unsynced[kept++] = disk.unsynced[i];
    disk.n = kept;
}

static _Noreturn void lose_power(void)
{
    double keep = epi_rng_chance(&disk.rng, 0.3) ? 0 : epi_rng_unit(&disk.rng);
    for (size_t i = disk.n; i > 0; i--) {
        struct piece *p = &disk.unsynced[i - 1];
        if (epi_rng_chance(&disk.rng, keep))
            continue;
        p->file->real->pMethods->xWrite(p->file->real, p->old, p->n, p->at);
        if (keep == 0)
            p->file->real->pMethods->xTruncate(p->file->real, p->size_before);
    }
    _exit(0);
}

/* True when this call is the one that fails. */
static bool struck(enum fault a, enum fault b)
{
    if (!disk.armed || (disk.fault != a && disk.fault != b))
        return false;
    disk.calls++;
    return --disk.countdown == 0;
}

static int fault_close(sqlite3_file *f)
{
    forget((struct fault_file *)(void *)f);
    return real_of(f)->pMethods->xClose(real_of(f));
}
static int fault_read(sqlite3_file *f, void *out, int n, sqlite3_int64 at)
{
    return real_of(f)->pMethods->xRead(real_of(f), out, n, at);
}
static int fault_write(sqlite3_file *f, const void *data, int n, sqlite3_int64 at)
{
    if (struck(WRITE_FAILS, POWER_LOSS)) {
        if (disk.fault == POWER_LOSS)
            lose_power();
        return SQLITE_IOERR_WRITE;
    }
    if (struck(DISK_FULL, DISK_FULL))
        disk.full_for = 1 + (long)epi_rng_below(&disk.rng, 6);
    if (disk.full_for > 0) {
        disk.full_for--;
        return SQLITE_FULL;
    }
    remember((struct fault_file *)(void *)f, n, at);
    return real_of(f)->pMethods->xWrite(real_of(f), data, n, at);
}
static int fault_truncate(sqlite3_file *f, sqlite3_int64 size)
{
    return real_of(f)->pMethods->xTruncate(real_of(f), size);
}
static int fault_sync(sqlite3_file *f, int flags)
{
    (void)flags;
    if (struck(SYNC_FAILS, POWER_LOSS)) {
        if (disk.fault == POWER_LOSS)
            lose_power();
        return SQLITE_IOERR_FSYNC;
    }
    forget((struct fault_file *)(void *)
               f); /* what we call durable; no need to wait for the real disk */
    return SQLITE_OK;
}
static int fault_size(sqlite3_file *f, sqlite3_int64 *out)
{
    return real_of(f)->pMethods->xFileSize(real_of(f), out);
}
static int fault_lock(sqlite3_file *f, int level)
{
    return real_of(f)->pMethods->xLock(real_of(f), level);
}
static int fault_unlock(sqlite3_file *f, int level)
{
    return real_of(f)->pMethods->xUnlock(real_of(f), level);
}
static int fault_reserved(sqlite3_file *f, int *out)
{
    return real_of(f)->pMethods->xCheckReservedLock(real_of(f), out);
}
static int fault_control(sqlite3_file *f, int op, void *arg)
{
    return real_of(f)->pMethods->xFileControl(real_of(f), op, arg);
}
static int fault_sector(sqlite3_file *f)
{
    (void)f;
    return SECTOR;
}
static int fault_traits(sqlite3_file *f)
{
    (void)f;
    return 0; /* promises nothing: no power-safe overwrite */
}
static int fault_shm_map(sqlite3_file *f, int page, int size, int extend, void volatile **out)
{
    return real_of(f)->pMethods->xShmMap(real_of(f), page, size, extend, out);
}
static int fault_shm_lock(sqlite3_file *f, int at, int n, int flags)
{
    return real_of(f)->pMethods->xShmLock(real_of(f), at, n, flags);
}
static void fault_shm_barrier(sqlite3_file *f)
{
    real_of(f)->pMethods->xShmBarrier(real_of(f));
}
static int fault_shm_unmap(sqlite3_file *f, int drop)
{
    return real_of(f)->pMethods->xShmUnmap(real_of(f), drop);
}

static const sqlite3_io_methods fault_methods = {2,
                                                 fault_close,
                                                 fault_read,
                                                 fault_write,
                                                 fault_truncate,
                                                 fault_sync,
                                                 fault_size,
                                                 fault_lock,
                                                 fault_unlock,
                                                 fault_reserved,
                                                 fault_control,
                                                 fault_sector,
                                                 fault_traits,
                                                 fault_shm_map,
                                                 fault_shm_lock,
                                                 fault_shm_barrier,
                                                 fault_shm_unmap,
                                                 NULL,
                                                 NULL};

static int fault_open(sqlite3_vfs *vfs, const char *name, sqlite3_file *file, int flags,
                      int *out_flags)
{
    sqlite3_vfs *real = vfs->pAppData;
    struct fault_file *f = (struct fault_file *)(void *)file;
    f->base.pMethods = NULL;
    f->real = (sqlite3_file *)(void *)(f + 1);
    int rc = real->xOpen(real, name, f->real, flags, out_flags);
    if (f->real->pMethods)
        f->base.pMethods = &fault_methods;
    return rc;
}

static void add_vfs(void)
{
    static sqlite3_vfs vfs;
    sqlite3_vfs *real = sqlite3_vfs_find(NULL);
    vfs = *real;
    vfs.zName = "fault";
    vfs.pAppData = real;
    vfs.szOsFile = (int)sizeof(struct fault_file) + real->szOsFile;
    vfs.xOpen = fault_open;
    sqlite3_vfs_register(&vfs, 0);
}

/* --- a scenario
 * ------------------------------------------------------------------------------------------------
 */
struct scenario {
    enum fault fault;
    long at;         /* the call that fails */
    bool from_start; /* also while the base is created */
    uint64_t seed;
};
struct told {
    uint64_t rows, seq;
    long calls;
    uint64_t disk_full, fatal, finished;
};
static int told_fd; /* of the child, for the fatal hook */

static void fatal_line(const char *line)
{
    struct told t = {.fatal = 1};
    (void)line;
    (void)!write(told_fd, &t, sizeof t);
}

static _Noreturn void child(const char *dir, const struct epi_catalogue *c,
                            const struct scenario *sc)
{
    struct epi_store_options o = {
        .catalogue = c, .vfs = "fault", .checkpoint_pages = 40, .fatal = fatal_line};
    struct epi_store *s;
    struct epi_err e = {0};
    struct told t = {0};
    uint64_t full = 0;
    signal(SIGABRT, SIG_DFL);
    add_vfs();
    disk = (struct disk){.fault = sc->fault,
                         .countdown = sc->at,
                         .armed = sc->from_start,
                         .rng = epi_rng_stream(sc->seed, "fault", (uint64_t)sc->at, sc->fault)};
    if (epi_store_open_sqlite(dir, &o, &s, &e) != EPI_OK)
        _exit(e.status == EPI_IO ? 0 : 9);
    disk.armed = true;
    for (uint64_t i = 0; i < BATCHES; i++) {
        epi_status status = epi_check_import(s, c, 1, t.rows, 3, &t.seq, &e);
        if (status == EPI_OK) {
            t.rows += 3;
            t.calls = disk.calls;
            t.disk_full = full;
            (void)!write(told_fd, &t, sizeof t);
        } else if (epi_str_eqz(epi_str_of(e.code), "store.disk-full")) {
            full++;
        } else {
            _exit(8);
        }
    }
    epi_store_close(s);
    t.calls = disk.calls;
    t.finished = 1;
    (void)!write(told_fd, &t, sizeof t);
    _exit(0);
}

/* Runs one scenario; what the child told last is in *ret. */
static bool run_scenario(struct epi_arena *a, const struct epi_catalogue *c,
                         const struct scenario *sc, struct told *ret, bool *ret_aborted)
{
    const char *dir = epi_test_dir(a);
    int ends[2], status;
    *ret = (struct told){0};
    if (pipe(ends) != 0)
        return false;
    fflush(NULL);
    pid_t pid = fork();
    if (pid == 0) {
        close(ends[0]);
        told_fd = ends[1];
        child(dir, c, sc);
    }
    close(ends[1]);
    struct told t;
    while (read(ends[0], &t, sizeof t) == sizeof t) {
        if (t.fatal)
            ret->fatal = 1;
        else
            *ret = t;
    }
    close(ends[0]);
    waitpid(pid, &status, 0);
    *ret_aborted = WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT;
    if (!*ret_aborted && !(WIFEXITED(status) && WEXITSTATUS(status) == 0)) {
        epi_test_fail(__FILE__, __LINE__, "the child ended with %d at call %ld", status, sc->at);
        return false;
    }
    struct epi_store_options o = {.catalogue = c};
    struct epi_store *s;
    struct epi_err e = {0};
    struct epi_findings f;
    struct epi_check_job job = {1, ret->rows, ret->seq};
    epi_findings_init(&f, a, 5);
    if (epi_store_open_sqlite(dir, &o, &s, &e) != EPI_OK) {
        epi_test_fail(__FILE__, __LINE__, "fault %d at call %ld: cannot open: %s %s", sc->fault,
                      sc->at, e.code, e.arg1);
        return false;
    }
    epi_status checked = epi_check_invariants(s, &job, 1, &f, &e);
    uint64_t rows = 0;
    if (checked == EPI_OK)
        checked = epi_check_rows(s, 1, &rows, &e);
    epi_store_close(s);
    if (checked != EPI_OK || f.n) {
        epi_test_fail(__FILE__, __LINE__, "fault %d at call %ld: %s %.*s %.*s", sc->fault, sc->at,
                      checked == EPI_OK ? "broken" : e.code,
                      EPI_FMT(f.n ? f.list[0].field : EPI_NIL),
                      EPI_FMT(f.n ? f.list[0].arg1 : EPI_NIL));
        return false;
    }
    if (rows >
        ret->rows +
            3) { /* at most the batch under way when the process ended may have become durable */
        epi_test_fail(__FILE__, __LINE__, "%llu rows unconfirmed",
                      (unsigned long long)(rows - ret->rows));
        return false;
    }
    return true;
}

/* Runs the fault at call 1, 1 + step ... until the child finishes untouched; counts what happened.
 */
static void at_every_call(struct epi_arena *a, enum fault fault, bool from_start, long step,
                          uint64_t seed, uint64_t *ret_aborted, uint64_t *ret_full)
{
    const struct epi_catalogue *c;
    CHECK_OK(epi_catalogue_new(a, EPI_NIL, &c, NULL, NULL));
    *ret_aborted = *ret_full = 0;
    if (getenv("EVERY_CALL"))
        step = 1;
    for (long at = 1;; at += step) {
        struct scenario sc = {fault, at, from_start, seed + (uint64_t)at};
        struct told told;
        bool aborted;
        CHECK(run_scenario(a, c, &sc, &told, &aborted));
        CHECK_INT(aborted, told.fatal);
        *ret_aborted += aborted;
        *ret_full += told.disk_full;
        if (told.finished && told.calls < at)
            return;
    }
}

TEST(a_failed_sync_stops_the_process_and_nothing_confirmed_is_lost)
{
    USES_NO_RNG;
    EPI_ARENA_LOCAL(a);
    uint64_t aborted, full;
    at_every_call(a, SYNC_FAILS, false, 5, 1, &aborted, &full);
    CHECK(aborted > 3);
}

TEST(a_failed_write_stops_the_process_and_nothing_confirmed_is_lost)
{
    USES_NO_RNG;
    EPI_ARENA_LOCAL(a);
    uint64_t aborted, full;
    at_every_call(a, WRITE_FAILS, false, 97, 2, &aborted, &full);
    CHECK(aborted > 3);
}

TEST(a_full_disk_refuses_the_batch_and_the_next_one_succeeds_when_there_is_room)
{
    USES_NO_RNG;
    EPI_ARENA_LOCAL(a);
    uint64_t aborted, full;
    at_every_call(a, DISK_FULL, false, 89, 3, &aborted, &full);
    CHECK(full > 3);
}

TEST(power_loss_at_any_write_or_sync_keeps_what_was_confirmed)
{
    USES_NO_RNG;
    EPI_ARENA_LOCAL(a);
    uint64_t aborted, full;
    at_every_call(a, POWER_LOSS, false, 61, 4, &aborted, &full);
    at_every_call(a, POWER_LOSS, true, 307, 5, &aborted, &full);
    CHECK_INT(aborted, 0);
}
