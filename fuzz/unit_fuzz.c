// SPDX-License-Identifier: AGPL-3.0-or-later
/* A pack whose table of units is the input: it loads or is refused with findings, and what loads
 * hangs together. The text behind the first NUL byte is looked up as somebody would write a unit.
 */
#include "unit/unit.h"

static const char pack[] =
    "{\"id\":\"f\",\"utc_offset\":0,\"code_widths\":[2,3],\"types\":[{\"type\":\"T\",\"words\":"
    "[\"t\",\"t t\"]},{\"type\":\"U\",\"words\":[\"u\",\"t\"]}],"
    "\"tables\":{\"units\":\"u.csv\",\"mapping\":\"m.csv\"}}";

struct files {
    epi_str units, mapping;
};

static epi_status read_file(void *ctx, struct epi_arena *a, const char *path, size_t max,
                            epi_str *ret, struct epi_err *reterr)
{
    const struct files *f = ctx;
    epi_str p = epi_str_of(path);
    (void)max;
    (void)reterr;
    *ret = epi_str_dup(a, epi_str_ends(p, EPI_S("u.csv"))   ? f->units
                          : epi_str_ends(p, EPI_S("m.csv")) ? f->mapping
                                                            : epi_str_of(pack));
    return EPI_OK;
}

static void check(const struct epi_units *u, epi_str text)
{
    epi_str out[4];
    size_t n = 0;
    int32_t count = (int32_t)epi_units_count(u),
            found = epi_units_resolve(u, text, EPI_DATE_UNKNOWN, &n);
    EPI_ASSERT(found < count && (found >= 0) == (n > 0));
    for (int32_t i = 0; i < count; i++) {
        const struct epi_unit *e = epi_units_at(u, i);
        EPI_ASSERT(epi_units_by_path(u, e->path) == i && e->parent < i && e->last > i &&
                   e->last <= count);
        EPI_ASSERT(epi_units_children(u, i, EPI_DATE_UNKNOWN, NULL, 0) <=
                   (size_t)(e->last - e->first));
        EPI_ASSERT(epi_units_successor(u, i, epi_date_ymd(2022, 1, 1)) < count);
        EPI_ASSERT(epi_units_prefixes(u, i, out, 4) >= 1);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    epi_str rest = {(const char *)data, size}, units = EPI_NIL, mapping = EPI_NIL;
    if (!epi_str_split(&rest, '\0', &units))
        return 0;
    epi_str_split(&rest, '\0', &mapping);
    struct files files = {units, mapping.n ? mapping : EPI_S("from,to,share\n")};
    struct epi_fs fs = {.ctx = &files, .read = read_file};
    EPI_ARENA_LOCAL(a);
    struct epi_findings f;
    struct epi_units *u = NULL;
    epi_findings_init(&f, a, 50);
    epi_status s = epi_units_load(&fs, "p", &u, &f, NULL);
    EPI_ASSERT((s == EPI_OK) == (u != NULL) && (s != EPI_OK || f.counts[EPI_ERROR] == 0));
    if (u && epi_utf8_valid(rest))
        check(u, rest);
    epi_units_free(u);
    return 0;
}
