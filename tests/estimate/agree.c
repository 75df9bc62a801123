// SPDX-License-Identifier: AGPL-3.0-or-later
/* Runs the agreement entries: agree [--markdown] [part of a folder's name]. */
#include "agree.h"
#include <dirent.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#define CASES_MAX 64
#define LINES_MAX 4096

struct line {
    char folder[48], name[64], what[64];
    size_t n;
    double worst, tolerance;
    const char *kind;
    bool ok;
};
struct agree {
    const char *folder;
    char root[1024], cases[CASES_MAX][64];
    size_t cases_n, at; /* `at` - 1 is the current case */
    struct epi_arena *a;
    bool failed;
    size_t compared;
    char why[400];
};
static struct {
    const char *folder;
    agree_fn *fn;
} entries[128];
static size_t entries_n, passed, failed, skipped;
static struct line lines[LINES_MAX];
static size_t lines_n;

void agree_register(const char *folder, agree_fn *fn)
{
    EPI_ASSERT(entries_n < EPI_COUNT(entries));
    entries[entries_n].folder = folder;
    entries[entries_n++].fn = fn;
}

struct epi_arena *agree_arena(struct agree *g)
{
    return g->a;
}

const char *agree_case(const struct agree *g)
{
    return g->cases[g->at - 1];
}

void agree_fail(struct agree *g, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    if (!g->failed)
        (void)vsnprintf(g->why, sizeof g->why, fmt, ap);
    va_end(ap);
    g->failed = true;
}

static void end_case(struct agree *g)
{
    if (g->at == 0)
        return;
    if (!g->failed && g->compared == 0)
        agree_fail(g, "nothing was compared");
    if (g->failed) {
        failed++;
        printf("FAIL %s/%s: %s\n", g->folder, agree_case(g), g->why);
    } else {
        passed++;
    }
}

bool agree_next_case(struct agree *g)
{
    end_case(g);
    if (g->at == g->cases_n)
        return false;
    g->at++;
    g->failed = false;
    g->compared = 0;
    epi_arena_reset(g->a);
    return true;
}

static const char *path_of(struct agree *g, const char *file)
{
    return epi_str_cz(g->a,
                      epi_str_printf(g->a, "%s/%s/%s/%s", g->root, g->folder, agree_case(g), file));
}

bool agree_has(struct agree *g, const char *file)
{
    const struct epi_io *io = epi_io_real();
    return io->fs.exists(io->fs.ctx, path_of(g, file));
}

/* A word column of numbers and infinities becomes a number column. */
static void infinities(struct agree *g, struct epi_column *c, size_t rows)
{
    double *v = EPI_ARRAY(g->a, rows + 1, double);
    for (size_t i = 0; i < rows; i++) {
        char text[64], *end;
        (void)snprintf(text, sizeof text, "%.*s", EPI_FMT(c->words[i]));
        v[i] = text[0] ? strtod(text, &end) : (double)NAN;
        if (text[0] && (*end || isnan(v[i])))
            return;
    }
    c->v = v;
    c->type = EPI_COL_NUMBER;
}

const struct epi_frame *agree_table(struct agree *g, const char *file)
{
    static const struct epi_frame none;
    const struct epi_io *io = epi_io_real();
    struct epi_frame *f = EPI_NEW(g->a, struct epi_frame);
    epi_str text;
    if (io->fs.read(io->fs.ctx, g->a, path_of(g, file), (size_t)1 << 28, &text, NULL) != EPI_OK ||
        epi_frame_read(g->a, text, f, NULL, NULL) != EPI_OK) {
        agree_fail(g, "cannot read %s", file);
        return &none;
    }
    for (size_t k = 0; k < f->n; k++)
        if (f->columns[k].type == EPI_COL_WORD)
            infinities(g, &f->columns[k], f->rows);
    return f;
}

const char *agree_param(struct agree *g, const char *name)
{
    const struct epi_frame *f = agree_table(g, "params.csv");
    const struct epi_column *names = epi_frame_column(f, "name"),
                            *values = epi_frame_column(f, "value");
    for (size_t i = 0; names && values && i < f->rows; i++)
        if (epi_str_eqz(names->words[i], name))
            return epi_str_cz(g->a, values->words[i]);
    return NULL;
}

double agree_number(struct agree *g, const char *name)
{
    const char *text = agree_param(g, name);
    return text ? strtod(text, NULL) : (double)NAN;
}

const struct epi_estimate *agree_run(struct agree *g, const char *figure, const char *method,
                                     const struct epi_frame *input, ...)
{
    struct epi_estimate_arg *args = EPI_ARRAY(g->a, EPI_OPTIONS_MAX, struct epi_estimate_arg);
    struct epi_estimate *e = EPI_NEW(g->a, struct epi_estimate);
    const struct epi_estimate_method *m = epi_estimate_find(epi_str_of(figure), epi_str_of(method));
    struct epi_findings findings;
    struct epi_err err = {0};
    const char *name;
    size_t n = 0;
    va_list ap;
    if (!m) {
        agree_fail(g, "there is no %s %s", figure, method);
        return NULL;
    }
    va_start(ap, input);
    while ((name = va_arg(ap, const char *))) {
        if (name[0] == '@') {
            args[n].table = va_arg(ap, const struct epi_frame *);
            args[n].name = epi_str_of(name + 1);
            n += args[n].table != NULL;
        } else {
            const char *value = va_arg(ap, const char *);
            args[n].name = epi_str_of(name);
            if (value)
                args[n++].value = epi_str_of(value);
        }
    }
    va_end(ap);
    epi_findings_init(&findings, g->a, 100);
    if (epi_estimate_run(g->a, m, input, args, n, e, &findings, &err) == EPI_OK)
        return e;
    epi_str why = findings.n ? epi_finding_text(g->a, &findings.list[0], EPI_EN)
                             : epi_err_text(g->a, &err, EPI_EN);
    agree_fail(g, "%s %s failed: %.*s (%s)", figure, method, EPI_FMT(why),
               findings.n ? findings.list[0].code : err.code);
    return NULL;
}

const struct epi_frame *agree_where(struct agree *g, const struct epi_frame *f, const char *column,
                                    const char *text)
{
    const struct epi_column *c = epi_frame_column(f, column);
    size_t *rows = EPI_ARRAY(g->a, f->rows + 1, size_t), n = 0;
    struct epi_frame *ret = EPI_NEW(g->a, struct epi_frame);
    if (!c || !c->words) {
        agree_fail(g, "no column %s", column);
        return f;
    }
    for (size_t i = 0; i < f->rows; i++)
        if (epi_str_eqz(c->words[i], text))
            rows[n++] = i;
    epi_frame_pick(g->a, f, rows, n, ret);
    return ret;
}

/* --- comparing --- */
static void record(struct agree *g, const char *what, const char *kind, size_t n, double worst,
                   double tolerance, bool ok)
{
    EPI_ASSERT(lines_n < LINES_MAX);
    struct line *l = &lines[lines_n++];
    (void)snprintf(l->folder, sizeof l->folder, "%s", g->folder);
    (void)snprintf(l->name, sizeof l->name, "%s", agree_case(g));
    (void)snprintf(l->what, sizeof l->what, "%s", what);
    l->n = n;
    l->worst = worst;
    l->tolerance = tolerance;
    l->kind = kind;
    l->ok = ok;
    g->compared += n;
}

enum kind { RELATIVE, ABSOLUTE, WITHIN };
static void compare(struct agree *g, enum kind kind, const char *what, const double *got,
                    const double *want, const double *err, size_t n, double tolerance)
{
    static const char *const words[] = {"relative", "absolute", "standard errors"};
    double worst = 0;
    bool ok = true;
    if (!got || !want) {
        agree_fail(g, "%s: %s is missing", what, got ? "their column" : "our column");
        return;
    }
    for (size_t i = 0; i < n; i++) {
        if (isnan(got[i]) && isnan(want[i]))
            continue;
        double d = got[i] == want[i] ? 0 : fabs(got[i] - want[i]);
        if (d > 0 && kind == RELATIVE)
            d /= fmax(fabs(want[i]), 1e-300);
        if (d > 0 && kind == WITHIN)
            d /= err[i];
        if (!(d <= tolerance)) {
            if (ok)
                agree_fail(g, "%s: row %zu is %.12g, expected %.12g (off by %.3g, allowed %g)",
                           what, i + 1, got[i], want[i], d, tolerance);
            ok = false;
        }
        worst = d > worst || isnan(d) ? d : worst;
    }
    record(g, what, words[kind], n, worst, tolerance, ok);
}

void agree_rel(struct agree *g, const char *what, const double *got, const double *want, size_t n,
               double tolerance)
{
    compare(g, RELATIVE, what, got, want, NULL, n, tolerance);
}

void agree_abs(struct agree *g, const char *what, const double *got, const double *want, size_t n,
               double tolerance)
{
    compare(g, ABSOLUTE, what, got, want, NULL, n, tolerance);
}

void agree_within(struct agree *g, const char *what, const double *got, const double *want,
                  const double *err, size_t n, double k)
{
    compare(g, WITHIN, what, got, want, err, n, k);
}

void agree_one(struct agree *g, const char *what, double got, double want, double tolerance)
{
    compare(g, RELATIVE, what, &got, &want, NULL, 1, tolerance);
}

void agree_words(struct agree *g, const char *what, const epi_str *got, const epi_str *want,
                 size_t n)
{
    size_t wrong = 0;
    for (size_t i = 0; i < n; i++) {
        epi_str ours = got ? got[i] : EPI_NIL, theirs = want ? want[i] : EPI_NIL;
        if (got && want && epi_str_eq(ours, theirs))
            continue;
        if (wrong++ == 0)
            agree_fail(g, "%s: row %zu is «%.*s», expected «%.*s»", what, i + 1, EPI_FMT(ours),
                       EPI_FMT(theirs));
    }
    record(g, what, "equal", n, (double)wrong, 0, wrong == 0);
}

void agree_columns(struct agree *g, const struct epi_frame *got, const char *ours,
                   const struct epi_frame *want, const char *theirs, double tolerance)
{
    const struct epi_column *a = epi_frame_column(got, ours), *b = epi_frame_column(want, theirs);
    if (!a || !b)
        agree_fail(g, "no column %s", a ? theirs : ours);
    else if (got->rows != want->rows)
        agree_fail(g, "%s: %zu rows, expected %zu", theirs, got->rows, want->rows);
    else if (a->type == EPI_COL_WORD || b->type == EPI_COL_WORD)
        agree_words(g, theirs, a->words, b->words, got->rows);
    else
        compare(g, RELATIVE, theirs, a->v, b->v, NULL, got->rows, tolerance);
}

/* --- running --- */
static int by_name(const void *x, const void *y)
{
    return strcmp(x, y);
}

static bool find_cases(struct agree *g)
{
    char dir[2048];
    (void)snprintf(dir, sizeof dir, "%s/%s", g->root, g->folder);
    DIR *d = opendir(dir);
    if (!d)
        return false;
    for (struct dirent *e; (e = readdir(d));) {
        if (e->d_name[0] != '.' && !strchr(e->d_name, '.') && g->cases_n < CASES_MAX)
            (void)snprintf(g->cases[g->cases_n++], sizeof g->cases[0], "%.63s", e->d_name);
    }
    closedir(d);
    qsort(g->cases, g->cases_n, sizeof g->cases[0], by_name);
    return g->cases_n > 0;
}

static void print_lines(bool markdown)
{
    if (markdown)
        puts(
            "| folder | case | quantity | values | worst | allowed | error |\n|---|---|---|---|---|---|---|");
    for (size_t i = 0; i < lines_n; i++) {
        const struct line *l = &lines[i];
        printf(markdown ? "| %s | %s | %s%s | %zu | %.2g | %.2g | %s |\n"
                        : "%s %s %s%s: %zu values, worst %.2g of %.2g %s\n",
               l->folder, l->name, l->what, l->ok ? "" : " (DIFFERS)", l->n, l->worst, l->tolerance,
               l->kind);
    }
}

static int by_folder(const void *x, const void *y)
{
    const char *const *a = x, *const *b = y;
    return strcmp(*a, *b);
}

int main(int argc, char **argv)
{
    bool markdown = argc > 1 && strcmp(argv[1], "--markdown") == 0;
    const char *part = argc > 1 + markdown ? argv[1 + markdown] : "";
    const char *shared = getenv("CORDON_SHARED");
    qsort(entries, entries_n, sizeof entries[0], by_folder);
    for (size_t i = 0; i < entries_n; i++) {
        if (!strstr(entries[i].folder, part))
            continue;
        struct agree *g = calloc(1, sizeof *g);
        EPI_ASSERT(g);
        g->a = epi_arena_new(0);
        g->folder = entries[i].folder;
        (void)snprintf(g->root, sizeof g->root, "%s/reference", shared ? shared : "../shared");
        if (find_cases(g)) {
            entries[i].fn(g);
        } else {
            skipped++;
            if (!markdown)
                printf("SKIP %s: %s/%s is not there\n", g->folder, g->root, g->folder);
        }
        epi_arena_free(g->a);
        free(g);
    }
    print_lines(markdown);
    if (!markdown)
        printf("%zu passed, %zu failed, %zu skipped\n", passed, failed, skipped);
    return failed ? 1 : 0;
}
