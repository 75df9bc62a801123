/* method.h - every method as an entry of one table: options, columns, paper, and the function.
 *
 * The command line, the API, the web pages, the reference page and the agreement tests all run a
 * method through epi_estimate_run, so they cannot disagree. The plain functions behind it
 * (rt.h, signal.h, …) are for callers in C: the simulator, the benchmarks.
 * Threads: a run belongs to one thread; methods keep nothing between runs.
 * Failure: bad input gives all its findings and EPI_INVALID; an estimate that may be made but not
 * trusted carries notes; a value that cannot be computed is empty, never NaN in the output. */
#ifndef EPI_ESTIMATE_METHOD_H
#define EPI_ESTIMATE_METHOD_H
#include "estimate/series.h"

enum epi_option_type {
    EPI_OPT_NUMBER,
    EPI_OPT_INTEGER,
    EPI_OPT_WORD,    /* one of `words` */
    EPI_OPT_FLAG,    /* yes | no */
    EPI_OPT_DATE,    /* yyyy-mm-dd */
    EPI_OPT_TIME,    /* a point of the series: its t, or yyyy-mm-dd */
    EPI_OPT_NUMBERS, /* "0.5,0.95" */
    EPI_OPT_TABLE,   /* a second table: a file on the command line */
};
struct epi_estimate_option {
    const char *name; /* "si-mean": the same in `--si-mean`, in the API and in "params" */
    enum epi_option_type type;
    const char *standard; /* when not given; NULL = must be given, "" = may stay absent */
    double min, max;      /* numbers: both included */
    const char *words;    /* WORD: "a|b"; TABLE: its columns, as `input` below */
    const char *unit;     /* "day", "week", "%", "person"; "" = none */
    const char *vi, *en;  /* what it is, half a sentence */
};
struct epi_estimate_column { /* of the rows given */
    const char *name, *unit, *vi, *en;
};

struct epi_estimate_run;
typedef epi_status epi_estimate_fn(struct epi_estimate_run *r);

enum epi_estimate_shape {
    EPI_SHAPE_SERIES, /* r->series is filled; a column "unit" in the input runs it once per unit */
    EPI_SHAPE_TABLE,  /* r->input as it is */
    EPI_SHAPE_NONE,   /* options alone */
};
/* Series methods also take the option "gaps" (error, zero), see EPI_SERIES_GAPS_ARE_ZERO. */
struct epi_estimate_method {
    const char *figure, *method; /* "rt", "cori": `cordon estimate rt --method cori` */
    const char *vi, *en, *paper;
    enum epi_estimate_shape shape;
    unsigned series_flags; /* enum epi_series_flags */
    const char *input;     /* columns; "?" may be absent, "|" one of: "t|date cases imported?" */
    const struct epi_estimate_option *options;
    size_t options_n;
    const struct epi_estimate_column *columns; /* of the main rows */
    size_t columns_n;
    epi_estimate_fn *run;
    const char *counts; /* SERIES: the columns that may hold the counts, "a|b"; NULL = the usual */
    bool per_unit;      /* SHAPE_TABLE: a column "unit" runs it once per unit, as for a series */
};
struct epi_estimate_group { /* the methods of one file; method.c lists the groups */
    const struct epi_estimate_method *methods;
    size_t n;
};

/* What came out. */
#define EPI_ESTIMATE_TABLES_MAX 16
struct epi_estimate {
    const struct epi_estimate_method *method;
    struct epi_frame rows;                            /* the main table */
    struct epi_frame tables[EPI_ESTIMATE_TABLES_MAX]; /* named others */
    size_t tables_n;
    struct epi_frame values;   /* single figures, a row per unit; no columns when there are none */
    struct epi_findings notes; /* when not to trust it: row = row of `rows` from 1, 0 = the whole */
};

#define EPI_OPTIONS_MAX 48
struct epi_option_value {
    bool given; /* by the caller or by its standard */
    double number;
    epi_str word; /* as text, whatever the type */
    double *numbers;
    size_t numbers_n;
    struct epi_frame table;
};
struct epi_estimate_run {
    struct epi_arena *a;
    const struct epi_estimate_method *method;
    struct epi_frame input;
    struct epi_series series;
    struct epi_estimate *out;
    struct epi_findings *findings; /* faults of the input */
    struct epi_err *err;
    struct epi_option_value options[EPI_OPTIONS_MAX]; /* read with the functions below */
};
/* For methods: an option by name (a wrong name is a bug and aborts). */
bool epi_opt_given(const struct epi_estimate_run *r, const char *name);
double epi_opt_number(const struct epi_estimate_run *r, const char *name); /* FLAG: 0 or 1; DATE */
epi_str epi_opt_word(const struct epi_estimate_run *r, const char *name);
bool epi_opt_is(const struct epi_estimate_run *r, const char *name, const char *word);
const double *epi_opt_numbers(const struct epi_estimate_run *r, const char *name, size_t *ret_n);
const struct epi_frame *epi_opt_table(const struct epi_estimate_run *r, const char *name);
/* Points [*ret_from, *ret_to) of the series between two TIME options, both included; NULL or not
 * given = from the first, to the last. EPI_INVALID with a finding when no point lies between. */
EPI_MUST_USE epi_status epi_opt_range(const struct epi_estimate_run *r, const char *from,
                                      const char *to, size_t *ret_from, size_t *ret_to);
/* A named table beside the rows. */
struct epi_frame *epi_out_table(struct epi_estimate_run *r, const char *name, size_t rows);
/* A single figure in `values`. */
void epi_out_value(struct epi_estimate_run *r, const char *name, double v);
void epi_out_word(struct epi_estimate_run *r, const char *name, epi_str v);
void epi_out_note(struct epi_estimate_run *r, epi_severity s, const char *code, size_t row,
                  epi_str arg1, epi_str arg2);

/* --- for callers --- */
size_t epi_estimate_count(void);
const struct epi_estimate_method *epi_estimate_at(size_t i); /* figures stand together */
/* The first method of a figure when `method` is empty; NULL when there is none. */
const struct epi_estimate_method *epi_estimate_find(epi_str figure, epi_str method);

struct epi_estimate_arg { /* an option as text; TABLE: the table already read */
    epi_str name, value;
    const struct epi_frame *table;
};
/* Checks options and input, splits by unit, runs. `input` may be NULL for SHAPE_NONE. On
 * EPI_INVALID `findings` says everything that is wrong (field = option or column). A unit that
 * cannot be estimated gives a note and no rows when there are several. */
EPI_MUST_USE epi_status epi_estimate_run(struct epi_arena *a, const struct epi_estimate_method *m,
                                         const struct epi_frame *input,
                                         const struct epi_estimate_arg *args, size_t args_n,
                                         struct epi_estimate *ret, struct epi_findings *findings,
                                         struct epi_err *reterr);
/* "figure", "method", "title", "paper", "params", "values"?, "rows", "<table>"…, "notes" as members
 * of an open object. */
void epi_estimate_json(struct epi_jw *w, const struct epi_estimate *e,
                       const struct epi_estimate_arg *args, size_t args_n, epi_lang lang);
/* The table of methods, options and columns, for forms and for the reference page: an array. */
void epi_estimate_methods_json(struct epi_jw *w, epi_lang lang);
#endif
