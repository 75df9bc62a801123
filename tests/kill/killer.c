// SPDX-License-Identifier: AGPL-3.0-or-later
// killer DIR KILLS SEED - a child imports with two threads and confirms on a pipe what the store
// confirmed; the parent kills it with SIGKILL at a random moment, opens the base, checks every
// invariant, and lets the next child resume. Last line: N passed, N failed, N skipped.
#include "store/check.h"
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define JOBS 2
#define KILLS_PER_BASE 30

struct ack {
    uint64_t job, rows, seq;
};
struct importer {
    struct epi_store *s;
    const struct epi_catalogue *c;
    uint64_t job, seed;
    int pipe;
};

static void *import(void *ctx)
{
    struct importer *w = ctx;
    struct epi_rng rng = epi_rng_stream(w->seed, "kill.batch", w->job, (uint64_t)getpid());
    uint64_t rows;
    struct epi_err e = {0};
    if (epi_check_rows(w->s, w->job, &rows, &e) != EPI_OK)
        _exit(3);
    for (;;) {
        uint64_t n = 1 + epi_rng_below(&rng, 12);
        struct ack ack = {.job = w->job, .rows = rows + n};
        if (epi_check_import(w->s, w->c, w->job, rows, n, &ack.seq, &e) != EPI_OK) {
            fprintf(stderr, "import: %s %s\n", e.code, e.arg1);
            _exit(4);
        }
        rows += n;
        if (write(w->pipe, &ack, sizeof ack) != sizeof ack)
            _exit(0);
    }
}

static _Noreturn void child(const char *dir, const struct epi_catalogue *c, uint64_t seed,
                            int to_parent)
{
    struct epi_store_options o = {.catalogue = c, .io = epi_io_real(), .checkpoint_pages = 60};
    struct epi_store *s;
    struct epi_err e = {0};
    struct importer w[JOBS];
    pthread_t t[JOBS];
    if (epi_store_open_sqlite(dir, &o, &s, &e) != EPI_OK) {
        fprintf(stderr, "open: %s %s\n", e.code, e.arg1);
        _exit(2);
    }
    for (uint64_t i = 0; i < JOBS; i++) {
        w[i] = (struct importer){s, c, i + 1, seed, to_parent};
        if (pthread_create(&t[i], NULL, import, &w[i]) != 0)
            _exit(5);
    }
    for (size_t i = 0; i < JOBS; i++)
        pthread_join(t[i], NULL);
    _exit(0);
}

/* Waits a random while, kills, and reads what was confirmed. True when the child died of the kill.
 */
static bool run_and_kill(pid_t pid, int from_child, struct epi_rng *rng, struct epi_check_job *jobs)
{
    struct ack ack;
    useconds_t wait =
        (useconds_t)epi_rng_between(rng, 0, epi_rng_chance(rng, 0.2) ? 30000 : 160000);
    int status;
    usleep(wait);
    kill(pid, SIGKILL);
    waitpid(pid, &status, 0);
    while (read(from_child, &ack, sizeof ack) == sizeof ack)
        if (ack.rows > jobs[ack.job - 1].acknowledged_rows) {
            jobs[ack.job - 1].acknowledged_rows = ack.rows;
            jobs[ack.job - 1].acknowledged_seq = ack.seq;
        }
    return WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL;
}

static size_t check(const char *dir, const struct epi_catalogue *c,
                    const struct epi_check_job *jobs)
{
    EPI_ARENA_LOCAL(a);
    struct epi_store_options o = {.catalogue = c, .io = epi_io_real()};
    struct epi_store *s;
    struct epi_err e = {0};
    struct epi_findings f;
    epi_findings_init(&f, a, 20);
    if (epi_store_open_sqlite(dir, &o, &s, &e) != EPI_OK ||
        epi_check_invariants(s, jobs, JOBS, &f, &e) != EPI_OK) {
        fprintf(stderr, "check: %s %s\n", e.code, e.arg1);
        return 1;
    }
    for (size_t i = 0; i < f.n; i++)
        fprintf(stderr, "%.*s: %.*s %.*s\n", EPI_FMT(f.list[i].field), EPI_FMT(f.list[i].arg1),
                EPI_FMT(f.list[i].arg2));
    epi_store_close(s);
    return f.n;
}

int main(int argc, char **argv)
{
    int64_t kills, seed;
    if (argc != 4 || !epi_str_to_i64(epi_str_of(argv[2]), &kills) ||
        !epi_str_to_i64(epi_str_of(argv[3]), &seed)) {
        fprintf(stderr, "killer DIR KILLS SEED\n");
        return 2;
    }
    EPI_ARENA_LOCAL(a);
    const struct epi_catalogue *c;
    if (epi_catalogue_new(a, EPI_NIL, &c, NULL, NULL) != EPI_OK)
        return 2;
    struct epi_rng rng = epi_rng_stream((uint64_t)seed, "kill.time", 0, 0);
    struct epi_check_job jobs[JOBS] = {{0}};
    const char *dir = NULL;
    uint64_t passed = 0, failed = 0, confirmed = 0;
    for (int64_t k = 0; k < kills; k++) {
        int ends[2];
        if (k % KILLS_PER_BASE == 0) {
            dir =
                epi_str_cz(a, epi_str_printf(a, "%s/%lld", argv[1], (long long)k / KILLS_PER_BASE));
            for (uint64_t i = 0; i < JOBS; i++) {
                confirmed += jobs[i].acknowledged_rows;
                jobs[i] = (struct epi_check_job){.number = i + 1};
            }
        }
        if (pipe2(ends, O_CLOEXEC) != 0)
            return 2;
        fflush(NULL);
        pid_t pid = fork();
        if (pid == 0) {
            close(ends[0]);
            child(dir, c, (uint64_t)seed, ends[1]);
        }
        close(ends[1]);
        bool killed = run_and_kill(pid, ends[0], &rng, jobs);
        close(ends[0]);
        if (killed && check(dir, c, jobs) == 0)
            passed++;
        else
            failed++;
    }
    for (size_t i = 0; i < JOBS; i++)
        confirmed += jobs[i].acknowledged_rows;
    printf("%llu rows were confirmed\n", (unsigned long long)confirmed);
    printf("%llu passed, %llu failed, 0 skipped\n", (unsigned long long)passed,
           (unsigned long long)failed);
    return failed ? 1 : 0;
}
