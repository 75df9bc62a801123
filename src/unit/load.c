// SPDX-License-Identifier: AGPL-3.0-or-later
#include "unit/unit_internal.h"
#include <math.h>
#include <stdlib.h>

#define PACK_MAX ((size_t)4 << 20)
#define OFFSET_MAX 14 * 60 /* minutes; UTC+14 is the farthest */

/* --- pack.json
 * ------------------------------------------------------------------------------------ */

static bool safe_file(epi_str s)
{
    return s.n > 0 && s.n < 200 && s.p[0] != '/' && epi_str_find(s, EPI_S(".."), 0) == SIZE_MAX;
}

static struct epi__file *read_files(struct epi_units *u, const epi_json *map, const char *key,
                                    size_t *ret_n, struct epi_findings *f)
{
    struct epi__file *list = EPI_ARRAY(u->a, map ? map->count + 1 : 1, struct epi__file);
    EPI_JSON_EACH (e, map) {
        if (e->type == EPI_JSON_TEXT && safe_file(e->text))
            list[(*ret_n)++] = (struct epi__file){e->key, e->text};
        else
            epi_finding_add(f, EPI_ERROR, "unit.bad-file", 0,
                            epi_str_printf(u->a, "pack.json:%s.%.*s", key, EPI_FMT(e->key)),
                            e->text, EPI_NIL);
    }
    return list;
}

static void read_types(struct epi_units *u, const epi_json *types, struct epi_findings *f)
{
    u->types = EPI_ARRAY(u->a, types ? types->count + 1 : 1, struct epi__type);
    EPI_JSON_EACH (e, types) {
        struct epi__type *t = &u->types[u->n_types];
        t->type = epi_json_text(e, "type", EPI_NIL);
        if (t->type.n == 0) {
            epi_finding_add(f, EPI_ERROR, "unit.bad-type", 0, EPI_S("pack.json:types"), EPI_NIL,
                            EPI_NIL);
            continue;
        }
        u->n_types++;
        EPI_JSON_EACH (w, epi_json_get(e, "words")) {
            epi_str word = w->type == EPI_JSON_TEXT ? epi_text_fold(u->a, w->text) : EPI_NIL;
            if (word.n > 0 && t->n_words < EPI__TYPE_WORDS)
                t->words[t->n_words++] = word;
            else
                epi_finding_add(f, EPI_ERROR, "unit.bad-type", 0, EPI_S("pack.json:types"), t->type,
                                EPI_NIL);
        }
    }
}

epi_status epi__pack_read(struct epi_units *u, const struct epi_fs *fs, const epi_json **ret,
                          struct epi_findings *f, struct epi_err *reterr)
{
    epi_str text;
    const char *path = epi_str_cz(u->a, epi_str_printf(u->a, "%.*s/pack.json", EPI_FMT(u->dir)));
    EPI_TRY(fs->read(fs->ctx, u->a, path, PACK_MAX, &text, reterr));
    const epi_json *j;
    EPI_TRY(epi_json_parse(u->a, text, PACK_MAX, &j, reterr));
    u->id = epi_json_text(j, "id", EPI_NIL);
    u->attribution = epi_json_text(j, "attribution", EPI_NIL);
    if (u->id.n == 0)
        epi_finding_add(f, EPI_ERROR, "unit.no-id", 0, EPI_S("pack.json:id"), EPI_NIL, EPI_NIL);
    int64_t offset = epi_json_int(j, "utc_offset", INT32_MAX);
    if (offset < -OFFSET_MAX || offset > OFFSET_MAX) {
        epi_finding_add(f, EPI_ERROR, "unit.bad-offset", 0, EPI_S("pack.json:utc_offset"), EPI_NIL,
                        EPI_NIL);
        offset = 0;
    }
    u->utc_offset = (int)offset;
    EPI_JSON_EACH (w, epi_json_get(j, "code_widths"))
        if (w->type == EPI_JSON_INT && w->i > 0 && w->i <= 20 && u->n_widths < EPI_COUNT(u->widths))
            u->widths[u->n_widths++] = (size_t)w->i;
    read_types(u, epi_json_get(j, "types"), f);
    u->layers = read_files(u, epi_json_get(j, "layers"), "layers", &u->n_layers, f);
    u->files = read_files(u, epi_json_get(j, "files"), "files", &u->n_files, f);
    u->layer_names = EPI_ARRAY(u->a, u->n_layers + 1, epi_str);
    for (size_t i = 0; i < u->n_layers; i++)
        u->layer_names[i] = u->layers[i].name;
    *ret = j;
    return EPI_OK;
}

/* --- units
 * ---------------------------------------------------------------------------------------- */

enum { C_PATH, C_CODE, C_NAME, C_FULL, C_TYPE, C_LEVEL, C_FROM, C_TO, C_LAT, C_LON };
static const char *const unit_columns[] = {"path",  "code", "name", "full_name", "type",
                                           "level", "from", "to",   "lat",       "lon"};

/* Parts of letters, digits, '-' and '_', each closed by a slash; no empty part. */
static bool path_valid(epi_str p)
{
    if (p.n < 2 || p.n > 200 || p.p[0] == '/' || p.p[p.n - 1] != '/')
        return false;
    for (size_t i = 0; i < p.n; i++) {
        char c = p.p[i];
        bool plain = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                     c == '-' || c == '_';
        if (!plain && (c != '/' || p.p[i - 1] == '/'))
            return false;
    }
    return true;
}

static int32_t type_index(const struct epi_units *u, epi_str type, int32_t guess)
{
    if (guess >= 0 && epi_str_eq(u->types[guess].type, type))
        return guess;
    for (size_t i = 0; i < u->n_types; i++)
        if (epi_str_eq(u->types[i].type, type))
            return (int32_t)i;
    return -1;
}

static bool read_unit(struct epi_units *u, struct epi__table *t, struct epi_unit *unit)
{
    *unit = (struct epi_unit){.parent = -1, .population = -1, .households = -1, .ages = -1};
    unit->path = epi__table_text(t, C_PATH);
    unit->code = epi__table_text(t, C_CODE);
    unit->name = epi__table_text(t, C_NAME);
    unit->full_name = epi__table_text(t, C_FULL);
    unit->type = epi__table_text(t, C_TYPE);
    unit->folded = epi_text_fold(u->a, unit->full_name);
    unit->from = epi__table_date(t, C_FROM);
    unit->to = epi__table_date(t, C_TO);
    unit->lat = epi__table_real(t, C_LAT);
    unit->lon = epi__table_real(t, C_LON);
    int64_t level = epi__table_int(t, C_LEVEL);
    bool ok = path_valid(unit->path);
    if (!ok)
        epi__table_finding(t, "unit.bad-path", C_PATH, unit->path);
    if (unit->name.n == 0 || unit->full_name.n == 0)
        epi__table_finding(t, "unit.no-name", C_NAME, unit->path);
    if (level < 0 || level > 31) {
        epi__table_finding(t, "unit.bad-level", C_LEVEL, epi__table_cell(t, C_LEVEL));
        level = 0;
    }
    unit->level = (uint8_t)level;
    if (epi_date_known(unit->from) && epi_date_known(unit->to) && unit->from.d >= unit->to.d)
        epi__table_finding(t, "unit.empty-interval", C_TO, unit->path);
    if (fabs(unit->lat) > 90)
        epi__table_finding(t, "unit.bad-number", C_LAT, epi__table_cell(t, C_LAT));
    if (fabs(unit->lon) > 180)
        epi__table_finding(t, "unit.bad-number", C_LON, epi__table_cell(t, C_LON));
    return ok;
}

static int by_path(const void *a, const void *b)
{
    return epi_str_cmp(((const struct epi_unit *)a)->path, ((const struct epi_unit *)b)->path);
}

static void add_finding(struct epi_units *u, struct epi_findings *f, const char *code, epi_str file,
                        epi_str path)
{
    if (f)
        epi_finding_add(f, EPI_ERROR, code, 0, epi_str_printf(u->a, "%.*s:path", EPI_FMT(file)),
                        path, EPI_NIL);
}

/* A later end, or an open one, than the parent's cannot be: the child would hang in the air. */
static bool outlives(const struct epi_unit *child, const struct epi_unit *parent)
{
    bool early = epi_date_known(parent->from) &&
                 (!epi_date_known(child->from) || child->from.d < parent->from.d);
    bool late =
        epi_date_known(parent->to) && (!epi_date_known(child->to) || child->to.d > parent->to.d);
    return early || late;
}

/* Sorted paths make a tree in one pass: the stack holds the ancestors of the unit at hand. */
static void link_tree(struct epi_units *u, epi_str file, struct epi_findings *f)
{
    int32_t stack[64], depth = 0;
    for (int32_t i = 0; i < u->n; i++) {
        struct epi_unit *unit = &u->u[i];
        unit->first = i + 1;
        while (depth > 0 && !epi_str_starts(unit->path, u->u[stack[depth - 1]].path))
            u->u[stack[--depth]].last = i;
        size_t cut = unit->path.n - 1;
        while (cut > 0 && unit->path.p[cut - 1] != '/')
            cut--;
        if (depth > 0 && u->u[stack[depth - 1]].path.n == unit->path.n)
            add_finding(u, f, "unit.duplicate-path", file, unit->path);
        else if (depth > 0 && u->u[stack[depth - 1]].path.n == cut)
            unit->parent = stack[depth - 1];
        else if (cut > 0)
            add_finding(u, f, "unit.no-parent", file, unit->path);
        else if (u->root >= 0)
            add_finding(u, f, "unit.two-roots", file, unit->path);
        else
            u->root = i;
        if (unit->parent >= 0 && outlives(unit, &u->u[unit->parent]))
            add_finding(u, f, "unit.outside-parent", file, unit->path);
        if (depth == EPI_COUNT(stack)) {
            add_finding(u, f, "unit.too-deep", file, unit->path);
            u->u[stack[--depth]].last = i;
        }
        stack[depth++] = i;
    }
    while (depth > 0)
        u->u[stack[--depth]].last = u->n;
}

static void hash_paths(struct epi_units *u)
{
    uint32_t slots = 16;
    while (slots < (uint32_t)u->n * 2)
        slots *= 2;
    u->mask = slots - 1;
    u->slots = EPI_ARRAY(u->a, slots, int32_t);
    memset(u->slots, 0xFF, slots * sizeof *u->slots);
    for (int32_t i = 0; i < u->n; i++) {
        uint32_t at = (uint32_t)epi_str_hash(u->u[i].path) & u->mask;
        while (u->slots[at] >= 0)
            at = (at + 1) & u->mask;
        u->slots[at] = i;
    }
}

epi_status epi__units_read(struct epi_units *u, const struct epi_fs *fs, epi_str file,
                           struct epi_findings *f, struct epi_err *reterr)
{
    struct epi__table t;
    EPI_TRY(epi__table_open(&t, u->a, fs, u->dir, file, unit_columns, EPI_COUNT(unit_columns), f,
                            reterr));
    u->u = EPI_ARRAY(u->a, t.rows_max + 1, struct epi_unit);
    bool sorted = true;
    while (epi__table_next(&t)) {
        if (!read_unit(u, &t, &u->u[u->n]))
            continue;
        sorted = sorted && (u->n == 0 || epi_str_cmp(u->u[u->n - 1].path, u->u[u->n].path) < 0);
        u->n++;
    }
    epi__table_done(&t);
    if (!sorted)
        qsort(u->u, (size_t)u->n, sizeof *u->u, by_path);
    u->type_of = EPI_ARRAY(u->a, (size_t)u->n + 1, int32_t);
    for (int32_t i = 0, guess = -1; i < u->n; i++) {
        u->type_of[i] = guess = type_index(u, u->u[i].type, guess);
        if (guess >= 0)
            u->types[guess].levels |= 1u << u->u[i].level;
        else if (u->n_types > 0)
            add_finding(u, f, "unit.unknown-type", file, u->u[i].path);
    }
    link_tree(u, file, f);
    if (u->root < 0)
        add_finding(u, f, "unit.no-root", file, EPI_NIL);
    hash_paths(u);
    return EPI_OK;
}

/* --- the set
 * ---------------------------------------------------------------------------------------- */

static epi_status load_tables(struct epi_units *u, const struct epi_fs *fs, struct epi_findings *f,
                              struct epi_err *reterr)
{
    const epi_json *pack;
    EPI_TRY(epi__pack_read(u, fs, &pack, f, reterr));
    size_t n = 0;
    const epi_json *tables = epi_json_get(pack, "tables");
    struct epi__file *list = read_files(u, tables, "tables", &n, f);
    const char *const known[] = {"units", "population", "ages", "mapping"};
    epi_str file[EPI_COUNT(known)] = {0};
    for (size_t i = 0; i < n; i++) {
        size_t k = 0;
        while (k < EPI_COUNT(known) && !epi_str_eqz(list[i].name, known[k]))
            k++;
        if (k < EPI_COUNT(known))
            file[k] = list[i].path;
        else
            epi_finding_add(f, EPI_ERROR, "unit.unknown-table", 0, EPI_S("pack.json:tables"),
                            list[i].name, EPI_NIL);
    }
    if (file[0].n == 0)
        return EPI_FAIL(reterr, EPI_INVALID, "unit.no-units", "%.*s", EPI_FMT(u->dir));
    EPI_TRY(epi__units_read(u, fs, file[0], f, reterr));
    u->size_row = EPI_ARRAY(u->a, (size_t)u->n + 1, int32_t);
    memset(u->size_row, 0xFF, ((size_t)u->n + 1) * sizeof *u->size_row);
    if (file[1].n)
        EPI_TRY(epi__population_read(u, fs, file[1], f, reterr));
    if (file[2].n)
        EPI_TRY(epi__ages_read(u, fs, file[2], f, reterr));
    if (file[3].n)
        EPI_TRY(epi__mapping_read(u, fs, file[3], f, reterr));
    epi__names_index(u, epi_json_get(pack, "aliases"), f);
    epi_str root = epi_json_text(pack, "root", EPI_NIL);
    if (root.n && epi_units_by_path(u, root) != u->root)
        epi_finding_add(f, EPI_ERROR, "unit.no-root", 0, EPI_S("pack.json:root"), root, EPI_NIL);
    return EPI_OK;
}

epi_status epi_units_load(const struct epi_fs *fs, const char *pack_dir, struct epi_units **ret,
                          struct epi_findings *findings, struct epi_err *reterr)
{
    struct epi_arena *a = epi_arena_new(0);
    struct epi_units *u = EPI_NEW(a, struct epi_units);
    u->a = a;
    u->root = -1;
    u->dir = epi_str_dup(a, epi_str_of(pack_dir));
    /* Errors are counted apart from what the caller's list already holds. */
    struct epi_findings own;
    epi_findings_init(&own, a, findings ? findings->max_kept : 1);
    epi_status s = load_tables(u, fs, &own, reterr);
    for (size_t i = 0; findings && i < own.n; i++) {
        const struct epi_finding *e = &own.list[i];
        epi_finding_add(findings, e->severity, e->code, e->row, e->field, e->arg1, e->arg2);
    }
    if (s == EPI_OK && own.counts[EPI_ERROR] > 0)
        s = EPI_FAIL(reterr, EPI_INVALID, "unit.pack-invalid", "%s\x1f%zu", pack_dir,
                     own.counts[EPI_ERROR]);
    if (s != EPI_OK) {
        epi_units_free(u);
        return s;
    }
    *ret = u;
    return EPI_OK;
}

void epi_units_free(struct epi_units *u)
{
    if (u)
        epi_arena_free(u->a);
}

epi_status epi_units_pack(const struct epi_fs *fs, struct epi_arena *a, const char *packs,
                          epi_str id, const char **ret_dir, const epi_json **ret_json,
                          struct epi_err *reterr)
{
    epi_str *names, text;
    size_t n;
    EPI_TRY(fs->list(fs->ctx, a, packs, &names, &n, reterr));
    for (size_t i = 0; i < n; i++) {
        const char *dir = epi_str_printf(a, "%s/%.*s", packs, EPI_FMT(names[i])).p;
        const char *file = epi_str_printf(a, "%s/pack.json", dir).p;
        const epi_json *j;
        if (fs->read(fs->ctx, a, file, (size_t)1 << 20, &text, NULL) != EPI_OK ||
            epi_json_parse(a, text, (size_t)1 << 20, &j, NULL) != EPI_OK ||
            !epi_str_eq(epi_json_text(j, "id", EPI_NIL), id))
            continue;
        *ret_dir = dir;
        *ret_json = j;
        return EPI_OK;
    }
    return EPI_FAIL(reterr, EPI_NOT_FOUND, "unit.no-such-pack", "%.*s", EPI_FMT(id));
}
