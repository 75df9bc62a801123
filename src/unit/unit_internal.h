/* unit_internal.h - how a set of units is kept; shared by the files of this folder only.
 *
 * Units lie in one array sorted by the bytes of their paths, so a unit's descendants follow it
 * without a gap. Everything lives in the set's arena and is never written after the load. */
#ifndef EPI_UNIT_INTERNAL_H
#define EPI_UNIT_INTERNAL_H
#include "unit/unit.h"

#define EPI__SIZES 7 /* households of 1 .. 7+ persons */
#define EPI__FILE_MAX ((size_t)64 << 20)
#define EPI__TYPE_WORDS 12

struct epi__type { /* a type of unit and the words people write for it */
    epi_str type;
    epi_str words[EPI__TYPE_WORDS]; /* folded */
    size_t n_words;
    uint32_t levels; /* bit per level at which the type occurs */
};
struct epi__name { /* one name under which a unit is found, sorted by hash */
    uint64_t hash;
    epi_str key; /* folded, without type word, digits without leading zeros */
    int32_t unit;
};
struct epi__edge { /* part of `from` became part of `to` */
    int32_t from, to;
    double share;
};
struct epi__file {
    epi_str name, path;
};
struct epi_units {
    struct epi_arena *a;
    epi_str dir, id, attribution;
    int utc_offset;
    struct epi_unit *u;
    int32_t n, root;
    int32_t *slots; /* open addressing by path hash, -1 empty */
    uint32_t mask;
    int32_t *by_code; /* sorted by code, later trees first */
    struct epi__name *names;
    size_t n_names;
    struct epi__type *types;
    size_t n_types;
    int32_t *type_of;      /* by unit, -1 none */
    int64_t *ages;         /* rows of EPI_AGE_BANDS */
    int64_t *sizes;        /* rows of EPI__SIZES */
    int32_t *size_row;     /* by unit, -1 unknown */
    struct epi__edge *out; /* sorted by from, the largest share first */
    struct epi__edge *in;  /* sorted by to */
    size_t n_edges;
    struct epi__file *layers, *files;
    epi_str *layer_names;
    size_t n_layers, n_files;
    size_t widths[8]; /* digits of official codes, for codes that lost their zeros */
    size_t n_widths;
};

/* A CSV file of a pack with named columns. */
struct epi__table {
    struct epi_csv csv;
    epi_str file, text;
    const char *const *columns;
    size_t n_columns, width;
    size_t at[40]; /* position of each column; SIZE_MAX when it is missing */
    struct epi_arena *a;
    struct epi_findings *f;
    size_t rows_max; /* line ends in the text: at least the number of rows */
};
EPI_MUST_USE epi_status epi__table_open(struct epi__table *t, struct epi_arena *a,
                                        const struct epi_fs *fs, epi_str dir, epi_str file,
                                        const char *const *columns, size_t n_columns,
                                        struct epi_findings *f, struct epi_err *reterr);
bool epi__table_next(struct epi__table *t); /* skips rows of another width, with a finding */
void epi__table_done(struct epi__table *t);
void epi__table_finding(struct epi__table *t, const char *code, size_t column, epi_str arg1);
epi_str epi__table_text(struct epi__table *t, size_t column); /* lives in the arena */
int64_t epi__table_int(struct epi__table *t, size_t column);  /* -1 when empty or not a count */
double epi__table_real(struct epi__table *t, size_t column);  /* NAN when empty or not a number */
epi_date epi__table_date(struct epi__table *t, size_t column);
static inline epi_str epi__table_cell(const struct epi__table *t, size_t column)
{
    return t->csv.fields[t->at[column]];
}

EPI_MUST_USE epi_status epi__pack_read(struct epi_units *u, const struct epi_fs *fs,
                                       const epi_json **ret, struct epi_findings *f,
                                       struct epi_err *reterr);
EPI_MUST_USE epi_status epi__units_read(struct epi_units *u, const struct epi_fs *fs, epi_str file,
                                        struct epi_findings *f, struct epi_err *reterr);
EPI_MUST_USE epi_status epi__population_read(struct epi_units *u, const struct epi_fs *fs,
                                             epi_str file, struct epi_findings *f,
                                             struct epi_err *reterr);
EPI_MUST_USE epi_status epi__ages_read(struct epi_units *u, const struct epi_fs *fs, epi_str file,
                                       struct epi_findings *f, struct epi_err *reterr);
EPI_MUST_USE epi_status epi__mapping_read(struct epi_units *u, const struct epi_fs *fs,
                                          epi_str file, struct epi_findings *f,
                                          struct epi_err *reterr);
void epi__names_index(struct epi_units *u, const epi_json *aliases, struct epi_findings *f);
static inline bool epi__within(const struct epi_units *u, int32_t unit, int32_t top)
{
    return unit >= top && unit < u->u[top].last;
}
#endif
