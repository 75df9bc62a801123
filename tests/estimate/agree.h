/* agree.h - holds our estimates against the reference results, through epi_estimate_run: what
 * agrees here agrees on the command line.
 *
 *   AGREE(ears) {
 *       EACH_CASE (g) {
 *           const struct epi_frame *in = agree_table(g, "input.csv");
 *           const struct epi_estimate *e = agree_run(g, "signal", "ears", in,
 *                                                    "baseline", agree_param(g, "baseline"), NULL);
 *           const struct epi_frame *want = agree_table(g, "expected.csv");
 *           agree_columns(g, &e->rows, "c1", want, "C1", 1e-9);
 *       }
 *   }
 *
 * The name is the folder below shared/reference; EACH_CASE walks its sub-folders. A case counts as
 * failed when any comparison in it fails, or when it compares nothing. Rows must be as many on both
 * sides; an empty value agrees only with an empty one. The folder absent = SKIP with the reason. */
#ifndef EPI_TESTS_ESTIMATE_AGREE_H
#define EPI_TESTS_ESTIMATE_AGREE_H
#include "estimate/estimate.h"
#include <math.h>

struct agree;
typedef void agree_fn(struct agree *g);
void agree_register(const char *folder, agree_fn *fn);
#define AGREE(folder) \
    static void folder(struct agree *g); \
    __attribute__((constructor)) static void folder##_register(void) \
    { \
        agree_register(#folder, folder); \
    } \
    static void folder(struct agree *g)
bool agree_next_case(struct agree *g);
#define EACH_CASE(g) while (agree_next_case(g))

struct epi_arena *agree_arena(struct agree *g); /* of the case */
const char *agree_case(const struct agree *g);  /* its name, e.g. "flu2009_parametric" */
/* A file of the case; `inf` and `-inf` are read as infinities. Aborts the case (EACH_CASE goes on)
 * when it is unreadable; agree_has says whether it is there. */
bool agree_has(struct agree *g, const char *file);
const struct epi_frame *agree_table(struct agree *g, const char *file);
/* From params.csv (name,value): as text, NULL when absent; as number, NaN when absent. */
const char *agree_param(struct agree *g, const char *name);
double agree_number(struct agree *g, const char *name);
/* Options as pairs of text, ended by NULL; an option that is a table is given as "@name", then a
 * const struct epi_frame *. A value of NULL leaves the option out. NULL (and a failed case) when
 * the run fails. */
const struct epi_estimate *agree_run(struct agree *g, const char *figure, const char *method,
                                     const struct epi_frame *input, ...);
/* The rows of a frame in which a word or number column holds this text ("" = empty). */
const struct epi_frame *agree_where(struct agree *g, const struct epi_frame *f, const char *column,
                                    const char *text);

/* Comparisons. `what` names the quantity in the table of agreement. */
void agree_rel(struct agree *g, const char *what, const double *got, const double *want, size_t n,
               double tolerance); /* |got - want| <= tolerance * max(|want|, 1e-300) */
void agree_abs(struct agree *g, const char *what, const double *got, const double *want, size_t n,
               double tolerance);
/* |got - want| <= k * err[i]: Monte Carlo. */
void agree_within(struct agree *g, const char *what, const double *got, const double *want,
                  const double *err, size_t n, double k);
void agree_words(struct agree *g, const char *what, const epi_str *got, const epi_str *want,
                 size_t n);
/* A column of ours against one of theirs, relative; rows by position. */
void agree_columns(struct agree *g, const struct epi_frame *got, const char *ours,
                   const struct epi_frame *want, const char *theirs, double tolerance);
/* One number. */
void agree_one(struct agree *g, const char *what, double got, double want, double tolerance);
/* Says why the case cannot agree, and counts it as failed. */
void agree_fail(struct agree *g, const char *fmt, ...) EPI_PRINTF(2, 3);
#endif
