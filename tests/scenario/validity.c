// SPDX-License-Identifier: AGPL-3.0-or-later
/* The validity table: validity [--quick] [--markdown] [part of a group's name]. */
#include "validity.h"
#include <stdio.h>
#include <stdlib.h>

#define ROWS_MAX 256
struct row {
    char group[32], what[120], source[120], why[96];
    double expected, got, se, n, allowed;
    bool ok;
};
struct valid {
    const char *group;
    struct epi_arena *a;
    bool quick;
};
static struct {
    const char *group;
    valid_fn *fn;
} entries[64];
static size_t entries_n, failed, skipped, rows_n;
static struct row rows[ROWS_MAX];

void valid_register(const char *group, valid_fn *fn)
{
    EPI_ASSERT(entries_n < EPI_COUNT(entries));
    entries[entries_n].group = group;
    entries[entries_n++].fn = fn;
}
unsigned valid_runs(const struct valid *v, unsigned whole)
{
    unsigned n = v->quick ? whole / 8 : whole;
    return n < 6 ? 6 : n;
}
struct epi_arena *valid_arena(struct valid *v)
{
    return v->a;
}

/* --- rows --- */
void valid_value(struct valid *v, const char *what, const char *source, double expected, double got,
                 double se, double n, double allowed, const char *why)
{
    EPI_ASSERT(rows_n < ROWS_MAX);
    struct row *r = &rows[rows_n++];
    *r = (struct row){.expected = expected, .got = got, .se = se, .n = n, .allowed = allowed};
    (void)snprintf(r->group, sizeof r->group, "%s", v->group);
    (void)snprintf(r->what, sizeof r->what, "%s", what);
    (void)snprintf(r->source, sizeof r->source, "%s", source);
    (void)snprintf(r->why, sizeof r->why, "%s", why ? why : "");
    r->ok = fabs(got - expected) <= VALID_Z * se + allowed;
    failed += !r->ok;
}
void valid_mean(struct valid *v, const char *what, const char *source, double expected,
                const struct moments *got, double allowed, const char *why)
{
    valid_value(v, what, source, expected, mean_of(got), se_of(got), got->n, allowed, why);
}
void valid_exact(struct valid *v, const char *what, const char *source, double expected, double got,
                 double allowed)
{
    valid_value(v, what, source, expected, got, 0, 1, allowed, "");
}
void valid_counts(struct valid *v, const char *what, const char *source, const double *expected,
                  const double *got, size_t n)
{
    double chi = 0, df = -1, rare = 0, rare_got = 0, all = 0;
    for (size_t i = 0; i < n; i++) {
        all += got[i];
        if (expected[i] >= 5)
            chi += (got[i] - expected[i]) * (got[i] - expected[i]) / expected[i], df++;
        else
            rare += expected[i], rare_got += got[i];
    }
    if (rare >= 1)
        chi += (rare_got - rare) * (rare_got - rare) / rare, df++;
    /* a standard error at which VALID_Z of them is as rare as for a normal */
    double se = (epi_chi2_q(1 - epi_normal_sf(VALID_Z), df) - df) / VALID_Z;
    char text[sizeof rows->what];
    (void)snprintf(text, sizeof text, "%s: chi-square, %.0f degrees of freedom", what, df);
    valid_value(v, text, source, df, chi, se, all, 0, "");
}
static int by_value(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return x < y ? -1 : x > y;
}
void valid_inside(struct valid *v, const char *what, const char *source, double happened,
                  double *runs, size_t n)
{
    char why[96];
    qsort(runs, n, sizeof *runs, by_value);
    double lo = epi_quantile_sorted(runs, n, 0.025), hi = epi_quantile_sorted(runs, n, 0.975),
           middle = epi_quantile_sorted(runs, n, 0.5);
    (void)snprintf(why, sizeof why, "central 95 %% of runs %.5g to %.5g", lo, hi);
    valid_value(v, what, source, happened, middle, 0, (double)n,
                happened < middle ? middle - lo : hi - middle, why);
}
const struct epi_frame *valid_table(struct valid *v, const char *file)
{
    const struct epi_io *io = epi_io_real();
    const char *shared = getenv("CORDON_SHARED");
    epi_str path = epi_str_printf(v->a, "%s/reference/%s", shared ? shared : "../shared", file);
    epi_str text;
    struct epi_frame *f = EPI_NEW(v->a, struct epi_frame);
    if (io->fs.read(io->fs.ctx, v->a, epi_str_cz(v->a, path), (size_t)1 << 24, &text, NULL) ==
            EPI_OK &&
        epi_frame_read(v->a, text, f, NULL, NULL) == EPI_OK)
        return f;
    skipped++;
    fprintf(stderr, "SKIP %s: %.*s is not there\n", v->group, EPI_FMT(path));
    return NULL;
}

/* --- the table --- */
static void print_rows(bool markdown)
{
    puts(
        markdown
            ? "| group | case | expected by | expected | simulated | standard error | z | samples | allowed | |\n"
              "|---|---|---|---:|---:|---:|---:|---:|---|---|"
            : "group | case | expected by | expected | simulated | standard error | z | samples | allowed |");
    for (size_t i = 0; i < rows_n; i++) {
        const struct row *r = &rows[i];
        char z[24] = "", se[24] = "", allowed[128] = "";
        double d = fabs(r->got - r->expected);
        if (r->se > 0) {
            (void)snprintf(se, sizeof se, "%.2g", r->se);
            (void)snprintf(z, sizeof z, "%.1f", d / r->se);
        }
        if (r->allowed > 0)
            (void)snprintf(allowed, sizeof allowed, "%.2g%s%s", r->allowed, r->why[0] ? ": " : "",
                           r->why);
        printf("%s%s | %s | %s | %.5g | %.5g | %s | %s | %.0f | %s | %s%s\n", markdown ? "| " : "",
               r->group, r->what, r->source, r->expected, r->got, se, z, r->n, allowed,
               r->ok ? "agrees" : "DIFFERS", markdown ? " |" : "");
    }
}
int main(int argc, char **argv)
{
    struct valid v = {.a = epi_arena_new(0)};
    bool markdown = false;
    const char *part = "";
    for (int i = 1; i < argc; i++)
        if (strcmp(argv[i], "--quick") == 0)
            v.quick = true;
        else if (strcmp(argv[i], "--markdown") == 0)
            markdown = true;
        else
            part = argv[i];
    for (size_t i = 0; i < entries_n; i++) {
        v.group = entries[i].group;
        if (!strstr(v.group, part))
            continue;
        entries[i].fn(&v);
        epi_arena_reset(v.a);
    }
    epi_arena_free(v.a);
    print_rows(markdown);
    for (size_t i = 0; !markdown && i < rows_n; i++)
        if (!rows[i].ok)
            printf("FAIL %s, %s: %.6g, expected %.6g, standard error %.2g\n", rows[i].group,
                   rows[i].what, rows[i].got, rows[i].expected, rows[i].se);
    if (!markdown)
        printf("%zu passed, %zu failed, %zu skipped\n", rows_n - failed, failed, skipped);
    return failed ? 1 : 0;
}
