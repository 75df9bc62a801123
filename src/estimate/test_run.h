/* test_run.h - tests run a method on a table written as text, as the command line would. */
#ifndef EPI_ESTIMATE_TEST_RUN_H
#define EPI_ESTIMATE_TEST_RUN_H
#include "base/test.h"
#include "estimate/estimate.h"
#include <stdarg.h>

/* Options as pairs of text, ended by NULL. Findings of reading and of running go to `findings`. */
static inline epi_status test_run(struct epi_arena *a, const char *figure, const char *method,
                                  const char *csv, struct epi_estimate *ret,
                                  struct epi_findings *findings, ...)
{
    struct epi_estimate_arg args[16];
    struct epi_frame input;
    size_t n = 0;
    const char *name;
    va_list ap;
    epi_findings_init(findings, a, 100);
    va_start(ap, findings);
    while ((name = va_arg(ap, const char *)) && n < EPI_COUNT(args))
        args[n++] =
            (struct epi_estimate_arg){epi_str_of(name), epi_str_of(va_arg(ap, const char *)), NULL};
    va_end(ap);
    const struct epi_estimate_method *m = epi_estimate_find(epi_str_of(figure), epi_str_of(method));
    EPI_ASSERT(m);
    EPI_TRY(epi_frame_read(a, epi_str_of(csv), &input, findings, NULL));
    return epi_estimate_run(a, m, &input, args, n, ret, findings, NULL);
}

static inline bool test_has(const struct epi_findings *f, const char *code)
{
    for (size_t i = 0; i < f->n; i++)
        if (strcmp(f->list[i].code, code) == 0)
            return true;
    return false;
}

/* A cell of the main rows; NaN when the column is not there. */
static inline double test_cell(const struct epi_estimate *e, const char *column, size_t row)
{
    const struct epi_column *c = epi_frame_column(&e->rows, column);
    return c && c->v && row < e->rows.rows ? c->v[row] : (double)NAN;
}
#endif
