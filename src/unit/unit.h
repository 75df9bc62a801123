/* unit.h - administrative units: dated trees of any depth, loaded from a reference pack.
 *
 * A unit is known by its path, e.g. "vn/11/094/03127/" (country, province, district, commune): the
 * same official code may name different units in different trees (00004 in 2021 and in 2025), a
 * path never does. A pack is a folder: pack.json (id, title, licence, attribution, valid dates per
 * tree, files) and CSV files; docs/reference-packs.md gives the columns. The pack is data: removing
 * it removes the country. Ownership: everything lives in the set's own arena until epi_units_free.
 * Immutable and thread-safe after load. */
#ifndef EPI_UNIT_UNIT_H
#define EPI_UNIT_UNIT_H
#include "base/base.h"

#define EPI_AGE_BANDS 18 /* 0-4, 5-9 ... 80-84, 85+ */

struct epi_unit {
    epi_str path, code, name, full_name, type; /* type: the pack's own word, e.g. "Phường" */
    epi_str folded;                            /* epi_text_fold(full_name) */
    uint8_t level;                             /* 0 country, 1 province, ... as the pack counts */
    epi_date from, to;                         /* valid [from, to); unknown = open */
    int32_t parent;                            /* index, -1 = root */
    int32_t first, last; /* descendants are the indexes [first, last), itself excluded */
    double lat, lon;     /* NAN when unknown */
    int64_t population;  /* persons, -1 unknown */
    int32_t households;  /* -1 unknown */
    int32_t ages;        /* row in the age table, -1 unknown */
};
struct epi_units;

/* The pack folder below `packs` whose pack.json carries this id, and that file. */
EPI_MUST_USE epi_status epi_units_pack(const struct epi_fs *fs, struct epi_arena *a,
                                       const char *packs, epi_str id, const char **ret_dir,
                                       const epi_json **ret_json, struct epi_err *reterr);
/* Loads one pack folder through `fs`. Findings: every wrong row with file and line. */
EPI_MUST_USE epi_status epi_units_load(const struct epi_fs *fs, const char *pack_dir,
                                       struct epi_units **ret, struct epi_findings *findings,
                                       struct epi_err *reterr);
void epi_units_free(struct epi_units *u);
size_t epi_units_count(const struct epi_units *u);
const struct epi_unit *epi_units_at(const struct epi_units *u, int32_t index);
epi_str epi_units_pack_id(const struct epi_units *u);
epi_str epi_units_attribution(const struct epi_units *u);
int epi_units_utc_offset(const struct epi_units *u); /* minutes; the reporting day's offset */
int32_t epi_units_root(const struct epi_units *u);
/* By path; -1 when unknown. A path without the closing slash is accepted. */
int32_t epi_units_by_path(const struct epi_units *u, epi_str path);
/* By official code at a date (unknown date: any tree, the latest first). `level` 0 = any level. */
int32_t epi_units_by_code(const struct epi_units *u, epi_str code, epi_date on, int level);
/* By name as people write it (folded; with or without the type word; "commune, district, province"
 * from the small to the large helps), inside `under` (-1 anywhere). *ret_n counts equally good
 * matches; -1 when none. */
int32_t epi_units_by_name(const struct epi_units *u, epi_str name, int32_t under, epi_date on,
                          size_t *ret_n);
/* Path, code or name: what a person or a file gives. */
int32_t epi_units_resolve(const struct epi_units *u, epi_str text, epi_date on, size_t *ret_n);
bool epi_unit_valid_on(const struct epi_unit *unit, epi_date on);
/* Direct children valid on a date, into `out` (up to max); returns how many there are. */
size_t epi_units_children(const struct epi_units *u, int32_t parent, epi_date on, int32_t *out,
                          size_t max);
/* The unit of another date's tree that holds most of this one (itself when still valid). -1 when
 * unknown. */
int32_t epi_units_successor(const struct epi_units *u, int32_t unit, epi_date on);
/* Paths a person responsible for `unit` may see: its own prefix and those of its
 * predecessors/successors wholly inside it. Texts live in the set. */
size_t epi_units_prefixes(const struct epi_units *u, int32_t unit, epi_str *out, size_t max);
/* Persons by age band of a unit (EPI_AGE_BANDS numbers), or NULL when unknown. */
const int64_t *epi_units_ages(const struct epi_units *u, int32_t unit);
/* Households of 1 .. 7+ persons (7 numbers), or NULL. */
const int64_t *epi_units_household_sizes(const struct epi_units *u, int32_t unit);
/* GeoJSON text of a boundary layer named in pack.json ("provinces", "districts", …), or empty. */
EPI_MUST_USE epi_status epi_units_layer(const struct epi_units *u, const struct epi_fs *fs,
                                        struct epi_arena *a, epi_str name, epi_str *ret,
                                        struct epi_err *reterr);
/* Text of another file that pack.json names under "files" ("cases", "vaccination", "names", …). */
EPI_MUST_USE epi_status epi_units_file(const struct epi_units *u, const struct epi_fs *fs,
                                       struct epi_arena *a, epi_str name, epi_str *ret,
                                       struct epi_err *reterr);
size_t epi_units_layer_names(const struct epi_units *u, const epi_str **ret);
#endif
