// SPDX-License-Identifier: AGPL-3.0-or-later
/* Estimates of any table: the first line is "figure method option=value …", the rest a table. What
 * comes out is finite or empty, has a sentence for each of its codes, and is read again as it was
 * written. */
#include "estimate/estimate.h"
#include <math.h>

/* Figures whose work is bounded by the size of the input. */
static const char *const figures[] = {"rt",         "si",        "growth",  "delay", "nowcast",
                                      "signal",     "cfr",       "risk",    "pool",  "coverage",
                                      "capacity",   "offspring", "network", "tree",  "household",
                                      "final-size", "forecast",  "score",   "scan"};

static void check_frame(struct epi_arena *a, const struct epi_frame *f)
{
    EPI_BUF_LOCAL(b, SIZE_MAX);
    struct epi_frame again;
    for (size_t k = 0; k < f->n; k++)
        for (size_t i = 0; i < f->rows; i++)
            EPI_ASSERT(f->columns[k].type == EPI_COL_WORD || !isinf(f->columns[k].v[i]));
    epi_frame_csv(&b, f);
    if (f->rows == 0 || f->n < 2)
        return;
    EPI_ASSERT(epi_frame_read(a, epi_buf_str(&b), &again, NULL, NULL) == EPI_OK);
    EPI_ASSERT(again.rows == f->rows && again.n == f->n);
}

static void check_words(const struct epi_findings *f)
{
    for (size_t i = 0; i < f->n; i++)
        EPI_ASSERT(!epi_str_eqz(epi_words(f->list[i].code, EPI_VI), f->list[i].code));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    EPI_ARENA_LOCAL(a);
    epi_str rest = {(const char *)data, size}, line, figure, method, word;
    struct epi_estimate_arg args[12];
    size_t n = 0;
    struct epi_frame f;
    struct epi_estimate e;
    struct epi_findings findings;
    struct epi_err err = {0};
    bool ours = false;
    if (size > 4096 || !epi_str_split(&rest, '\n', &line) || !epi_utf8_valid(rest) ||
        !epi_str_split(&line, ' ', &figure) || !epi_str_split(&line, ' ', &method))
        return 0;
    for (size_t i = 0; i < EPI_COUNT(figures); i++)
        ours = ours || epi_str_eqz(figure, figures[i]);
    const struct epi_estimate_method *m = epi_estimate_find(figure, method);
    if (!ours || !m || epi_str_eqz(method, "smooth")) /* its work is the number of draws */
        return 0;
    if (epi_str_eqz(figure, "tree")) { /* its work too, so it is made small */
        args[n++] = (struct epi_estimate_arg){EPI_S("iterations"), EPI_S("100"), NULL};
        args[n++] = (struct epi_estimate_arg){EPI_S("burn-in"), EPI_S("0"), NULL};
        args[n++] = (struct epi_estimate_arg){EPI_S("chains"), EPI_S("1"), NULL};
        args[n++] = (struct epi_estimate_arg){EPI_S("find-imports"), EPI_S("no"), NULL};
    }
    if (epi_str_eqz(figure, "forecast")) {
        args[n++] = (struct epi_estimate_arg){EPI_S("draws"), EPI_S("100"), NULL};
        args[n++] = (struct epi_estimate_arg){EPI_S("past"), EPI_S("1"), NULL};
    }
    if (epi_str_eqz(figure,
                    "scan")) { /* and here the replications, and the windows of long periods */
        args[n++] = (struct epi_estimate_arg){EPI_S("replications"), EPI_S("33"), NULL};
        if (epi_str_find(line, EPI_S("max-time"), 0) == SIZE_MAX)
            args[n++] = (struct epi_estimate_arg){EPI_S("max-time"), EPI_S("5"), NULL};
        else if (size > 400)
            return 0;
    }
    while (n < EPI_COUNT(args) && line.n && epi_str_split(&line, ' ', &word)) {
        epi_str name;
        (void)epi_str_split(&word, '=', &name);
        /* Work that these ask for is not bounded by the input. */
        if (epi_str_eqz(name, "gaps") || (epi_str_eqz(name, "n1") && word.n > 2))
            return 0;
        args[n++] = (struct epi_estimate_arg){name, word, NULL};
    }
    epi_findings_init(&findings, a, 100);
    bool table = epi_frame_read(a, rest, &f, &findings, NULL) == EPI_OK;
    epi_status s = epi_estimate_run(a, m, table ? &f : NULL, args, n, &e, &findings, &err);
    check_words(&findings);
    EPI_ASSERT(s == EPI_OK || (err.code && !epi_str_eqz(epi_words(err.code, EPI_EN), err.code)));
    if (s != EPI_OK)
        return 0;
    check_words(&e.notes);
    check_frame(a, &e.rows);
    check_frame(a, &e.values);
    for (size_t t = 0; t < e.tables_n; t++)
        check_frame(a, &e.tables[t]);
    return 0;
}
