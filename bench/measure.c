// SPDX-License-Identifier: AGPL-3.0-or-later
/* Runs a command and appends what it took to a file, as shell assignments.
 *   measure FILE NAME COMMAND...     NAME_s wall seconds, NAME_cpu processor seconds, NAME_mb peak
 * MB, NAME_rc The figures of a child's children are those it waited for. */
#include "base/base.h"
#include <stdio.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

int main(int argc, char **argv)
{
    if (argc < 4) {
        fprintf(stderr, "usage: measure FILE NAME COMMAND...\n");
        return 2;
    }
    const struct epi_clock *clock = &epi_io_real()->clock;
    uint64_t from = clock->monotonic_us(clock->ctx);
    pid_t child = fork();
    if (child == 0) {
        execvp(argv[3], argv + 3);
        perror(argv[3]);
        _exit(127);
    }
    int status = 0;
    struct rusage u = {0};
    if (child < 0 || wait4(child, &status, 0, &u) < 0) {
        perror("measure");
        return 1;
    }
    double wall = (double)(clock->monotonic_us(clock->ctx) - from) / 1e6;
    double cpu = (double)(u.ru_utime.tv_sec + u.ru_stime.tv_sec) +
                 (double)(u.ru_utime.tv_usec + u.ru_stime.tv_usec) / 1e6;
    int rc = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
    FILE *f = fopen(argv[1], "a");
    if (!f) {
        perror(argv[1]);
        return 1;
    }
    fprintf(f, "%s_s=%.3f %s_cpu=%.3f %s_mb=%ld %s_rc=%d\n", argv[2], wall, argv[2], cpu, argv[2],
            u.ru_maxrss / 1024, argv[2], rc);
    return fclose(f) == 0 ? rc : 1;
}
