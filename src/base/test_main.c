// SPDX-License-Identifier: AGPL-3.0-or-later
/* Runs every registered test, or those whose name or file contains one of the arguments. The last
 * line is "N passed, N failed, N skipped". */
#include "base/test.h"
#include <ftw.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

struct test {
    const char *name, *file;
    epi_test_fn *fn;
    unsigned runs; /* 0 = a plain test */
};
/* The harness is the one place with state outside functions: tests register before main. */
static struct {
    struct test *list;
    size_t n, cap;
    const struct test *now;
    bool failed, skipped;
    char dir[64];
} all;

void epi_test_register(const char *name, const char *file, epi_test_fn *fn, unsigned runs)
{
    if (all.n == all.cap) {
        all.cap = all.cap ? all.cap * 2 : 256;
        all.list = epi_xrealloc(all.list, all.cap * sizeof *all.list);
    }
    all.list[all.n++] = (struct test){name, file, fn, runs};
}

void epi_test_fail(const char *file, int line, const char *fmt, ...)
{
    va_list ap;
    all.failed = true;
    printf("FAIL %s\n     %s:%d: ", all.now->name, file, line);
    va_start(ap, fmt);
    vprintf(fmt, ap);
    va_end(ap);
    putchar('\n');
}

void epi_test_skip(const char *why)
{
    all.skipped = true;
    printf("SKIP %s: %s\n", all.now->name, why);
}

bool epi_test_check_str(const char *file, int line, epi_str got, epi_str want)
{
    if (epi_str_eq(got, want))
        return true;
    epi_test_fail(file, line, "got  \"%.*s\" (%zu bytes)\n     want \"%.*s\" (%zu bytes)",
                  EPI_FMT(got), got.n, EPI_FMT(want), want.n);
    return false;
}

/* The folder above the program that holds layers.txt. */
static const char *root(struct epi_arena *a)
{
    char path[4096];
    ssize_t n = readlink("/proc/self/exe", path, sizeof path - 1);
    EPI_ASSERT(n > 0);
    path[n] = '\0';
    for (char *slash; (slash = strrchr(path, '/')) != NULL;) {
        *slash = '\0';
        epi_str mark = epi_str_printf(a, "%s/layers.txt", path);
        if (access(mark.p, F_OK) == 0)
            return epi_str_cz(a, epi_str_of(path));
    }
    return ".";
}

const char *epi_test_repo(struct epi_arena *a, const char *relative)
{
    return epi_str_printf(a, "%s/%s", root(a), relative).p;
}

const char *epi_test_shared(struct epi_arena *a, const char *relative)
{
    const char *folder = getenv("CORDON_SHARED");
    const char *path = folder ? epi_str_printf(a, "%s/%s", folder, relative).p
                              : epi_str_printf(a, "%s/../shared/%s", root(a), relative).p;
    return access(path, R_OK) == 0 ? path : NULL;
}

const char *epi_test_dir(struct epi_arena *a)
{
    if (!all.dir[0]) {
        const char *tmp = getenv("TMPDIR");
        int n = snprintf(all.dir, sizeof all.dir, "%s/cordon-test-XXXXXX",
                         tmp && strlen(tmp) < 40 ? tmp : "/tmp");
        EPI_ASSERT(n > 0 && mkdtemp(all.dir));
    }
    static unsigned number; /* several folders in one test are kept apart */
    epi_str path = epi_str_printf(a, "%s/%u", all.dir, number++);
    EPI_ASSERT(mkdir(path.p, 0700) == 0);
    return path.p;
}

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
    (void)st, (void)type, (void)ftw;
    return remove(path);
}

static void remove_dir(void)
{
    if (all.dir[0])
        (void)nftw(all.dir, remove_one, 16, FTW_DEPTH | FTW_PHYS);
    all.dir[0] = '\0';
}

static void crashed(int signal_number)
{
    /* Only calls that are safe in a signal handler. */
    static const char text[] = "CRASH in ";
    const char *name = all.now ? all.now->name : "the harness";
    (void)!write(STDOUT_FILENO, text, sizeof text - 1);
    (void)!write(STDOUT_FILENO, name, strlen(name));
    (void)!write(STDOUT_FILENO, "\n", 1);
    signal(signal_number, SIG_DFL);
    raise(signal_number);
}

static void run_property(const struct test *t, const char *seed_text)
{
    int64_t only = 0;
    bool one = seed_text && epi_str_to_i64(epi_str_of(seed_text), &only);
    uint64_t first = one ? (uint64_t)only : 1, last = one ? first : t->runs;
    for (uint64_t seed = first; seed <= last && !all.failed && !all.skipped; seed++) {
        struct epi_rng rng = epi_rng_stream(seed, t->name, 0, 0);
        t->fn(&rng);
        if (all.failed)
            printf("     with seed %llu: CORDON_SEED=%llu runs it alone\n",
                   (unsigned long long)seed, (unsigned long long)seed);
    }
}

static bool wanted(const struct test *t, int argc, char **argv)
{
    for (int i = 1; i < argc; i++)
        if (strstr(t->name, argv[i]) || strstr(t->file, argv[i]))
            return true;
    return argc < 2;
}

static int by_file(const void *a, const void *b)
{
    const struct test *x = a, *y = b;
    int order = strcmp(x->file, y->file);
    return order ? order : strcmp(x->name, y->name);
}

int main(int argc, char **argv)
{
    unsigned passed = 0, failed = 0, skipped = 0;
    const char *slow = getenv("CORDON_SLOW"); /* names tests that took longer than so many ms */
    const struct epi_clock *clock = &epi_io_real()->clock;
    setvbuf(stdout, NULL, _IOLBF, 0);
#ifndef __SANITIZE_ADDRESS__
    signal(SIGSEGV, crashed);
    signal(SIGBUS, crashed);
#endif
    signal(SIGABRT, crashed);
    signal(SIGFPE, crashed);
    if (all.n)
        qsort(all.list, all.n, sizeof *all.list, by_file);
    for (size_t i = 0; i < all.n; i++) {
        const struct test *t = &all.list[i];
        if (!wanted(t, argc, argv))
            continue;
        all.now = t;
        all.failed = all.skipped = false;
        uint64_t start = clock->monotonic_us(clock->ctx);
        if (t->runs) {
            run_property(t, getenv("CORDON_SEED"));
        } else {
            struct epi_rng rng = epi_rng_stream(1, t->name, 0, 0);
            t->fn(&rng);
        }
        uint64_t ms = (clock->monotonic_us(clock->ctx) - start) / 1000;
        remove_dir();
        int64_t limit;
        if (slow && epi_str_to_i64(epi_str_of(slow), &limit) && ms > (uint64_t)limit)
            printf("SLOW %s: %llu ms\n", t->name, (unsigned long long)ms);
        if (all.failed)
            failed++;
        else if (all.skipped)
            skipped++;
        else
            passed++;
    }
    free(all.list);
    printf("%u passed, %u failed, %u skipped\n", passed, failed, skipped);
    return failed ? 1 : 0;
}
