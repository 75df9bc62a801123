// SPDX-License-Identifier: AGPL-3.0-or-later
#include "base/test.h"
#include "unit/unit.h"

static void units_freep(struct epi_units **u)
{
    epi_units_free(*u);
}

static bool has_code(const struct epi_findings *f, const char *code, uint32_t row)
{
    for (size_t i = 0; i < f->n; i++)
        if (strcmp(f->list[i].code, code) == 0 && f->list[i].row == row)
            return true;
    return false;
}

static epi_status put(struct epi_arena *a, const char *dir, const char *name, const char *text)
{
    const struct epi_fs *fs = &epi_io_real()->fs;
    const char *path = epi_str_cz(a, epi_str_printf(a, "%s/%s", dir, name));
    return fs->write(fs->ctx, path, epi_str_of(text), NULL);
}

#define HEAD "path,code,name,full_name,type,level,from,to,lat,lon\n"
#define TABLES \
    "\"tables\":{\"units\":\"u.csv\",\"population\":\"p.csv\",\"ages\":\"a.csv\",\"mapping\":\"m.csv\"}"
#define POPULATION \
    "path,population,households,size_1,size_2,size_3,size_4,size_5,size_6,size_7plus\n"
#define AGES "path,source,a0,a5,a10,a15,a20,a25,a30,a35,a40,a45,a50,a55,a60,a65,a70,a75,a80,a85\n"

TEST(a_tree_of_five_levels_loads_from_an_unsorted_table)
{
    EPI_ARENA_LOCAL(a);
    EPI_CLEANUP(units_freep) struct epi_units *u = NULL;
    struct epi_err err = {0};
    struct epi_findings f;
    epi_findings_init(&f, a, 0);
    CHECK_OK(epi_units_load(&epi_io_real()->fs, epi_test_repo(a, "tests/packs/five-levels"), &u, &f,
                            &err));
    CHECK_INT(f.n, 0);
    CHECK_INT(epi_units_count(u), 8);
    CHECK_INT(epi_units_utc_offset(u), -150);
    epi_date before = epi_date_ymd(2029, 12, 31), after = epi_date_ymd(2030, 1, 1);
    int32_t block = epi_units_resolve(u, EPI_S("b2, Q 1, town Ford, shire Mill Old"), before, NULL);
    CHECK(block >= 0);
    CHECK_INT(epi_units_at(u, block)->level, 5);
    CHECK_INT(epi_units_resolve(u, EPI_S("b2"), after, NULL), -1);
    CHECK_STR(epi_units_at(u, epi_units_successor(u, block, after))->path, EPI_S("xl/n/n1/t2/"));
    CHECK_STR(epi_units_at(u, epi_units_resolve(u, EPI_S("Ford"), EPI_DATE_UNKNOWN, NULL))->path,
              EPI_S("xl/n/n1/t2/"));
    CHECK_STR(epi_units_at(u, epi_units_by_path(u, EPI_S("xl/n/n1")))->name, EPI_S("Mill, Old"));
    CHECK_INT(epi_units_at(u, epi_units_by_path(u, EPI_S("xl/n/")))->population, 1000);
    CHECK_INT(epi_units_at(u, epi_units_by_path(u, EPI_S("xl/s/")))->population, -1);
    CHECK(epi_units_household_sizes(u, epi_units_by_path(u, EPI_S("xl/n/"))) == NULL);
    CHECK(epi_units_ages(u, 0) == NULL);
    const epi_str *layers;
    CHECK_INT(epi_units_layer_names(u, &layers), 0);
}

TEST(a_broken_pack_is_refused_with_every_fault_named)
{
    EPI_ARENA_LOCAL(a);
    const char *dir = epi_test_dir(a);
    CHECK_OK(put(
        a, dir, "pack.json",
        "{\"id\":\"x\",\"utc_offset\":0,\"types\":[{\"type\":\"T\",\"words\":[\"t\"]}]," TABLES
        ",\"layers\":{\"out\":\"../secret\"},\"aliases\":[{\"name\":\"q\",\"path\":\"x/9/\"}]}"));
    CHECK_OK(put(a, dir, "u.csv",
                 HEAD "x/,x,X,X,T,0,,,,\n"
                      "x/1/,1,One,T One,T,1,2020-13-01,,95,0\n"
                      "x/1/,1,One,T One,T,1,,,,\n"
                      "x/2/3/,3,Three,T Three,T,2,,,,\n"
                      "x/4,4,Four,T Four,T,1,,,,\n"
                      "x/5/,5,,,Unheard,1,2022-01-01,2021-01-01,,\n"
                      "x/6/,6,Six\n"
                      "y/,y,Y,Y,T,one,,,,\n"));
    CHECK_OK(put(a, dir, "p.csv", POPULATION "x/1/,-5,1,1,0,0,0,0,0,0\nx/8/,1,1,1,0,0,0,0,0,0\n"));
    CHECK_OK(put(a, dir, "a.csv", AGES "x/,c,1,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,x\n"));
    CHECK_OK(put(a, dir, "m.csv", "from,to,share\nx/1/,x/5/,0.5\nx/1/,x/5/,2\n"));
    struct epi_units *u = NULL;
    struct epi_err err = {0};
    struct epi_findings f;
    epi_findings_init(&f, a, 0);
    CHECK_INT(epi_units_load(&epi_io_real()->fs, dir, &u, &f, &err), EPI_INVALID);
    CHECK(u == NULL);
    CHECK_STR(epi_str_of(err.code), EPI_S("unit.pack-invalid"));
    CHECK(has_code(&f, "unit.bad-file", 0));
    CHECK(has_code(&f, "unit.bad-date", 3));
    CHECK(has_code(&f, "unit.bad-number", 3));
    CHECK(has_code(&f, "unit.duplicate-path", 0));
    CHECK(has_code(&f, "unit.no-parent", 0));
    CHECK(has_code(&f, "unit.bad-path", 6));
    CHECK(has_code(&f, "unit.no-name", 7));
    CHECK(has_code(&f, "unit.empty-interval", 7));
    CHECK(has_code(&f, "unit.unknown-type", 0));
    CHECK(has_code(&f, "unit.row-width", 8));
    CHECK(has_code(&f, "unit.bad-number", 9)); /* a level in letters */
    CHECK(has_code(&f, "unit.two-roots", 0));
    CHECK(has_code(&f, "unit.bad-number", 2)); /* population -5 */
    CHECK(has_code(&f, "unit.unknown-path", 3));
    CHECK(has_code(&f, "unit.share-sum", 0));
    CHECK(has_code(&f, "unit.bad-alias", 0));
    for (size_t i = 0; i < f.n; i++) /* every code has its sentence in both languages */
        CHECK(!epi_str_eqz(epi_words(f.list[i].code, EPI_VI), f.list[i].code));
}

TEST(a_pack_without_its_parts_is_refused)
{
    EPI_ARENA_LOCAL(a);
    const char *dir = epi_test_dir(a);
    const struct epi_fs *fs = &epi_io_real()->fs;
    struct epi_units *u = NULL;
    struct epi_err err = {0};
    CHECK_INT(epi_units_load(fs, dir, &u, NULL, &err), EPI_NOT_FOUND);
    CHECK_OK(put(a, dir, "pack.json", "{"));
    CHECK_INT(epi_units_load(fs, dir, &u, NULL, &err), EPI_INVALID);
    CHECK_OK(put(a, dir, "pack.json", "{\"id\":\"x\",\"utc_offset\":0}"));
    CHECK_INT(epi_units_load(fs, dir, &u, NULL, &err), EPI_INVALID);
    CHECK_STR(epi_str_of(err.code), EPI_S("unit.no-units"));
    CHECK_OK(put(a, dir, "pack.json",
                 "{\"id\":\"x\",\"utc_offset\":0,\"tables\":{\"units\":\"u.csv\"}}"));
    CHECK_INT(epi_units_load(fs, dir, &u, NULL, &err), EPI_NOT_FOUND);
    CHECK_OK(put(a, dir, "u.csv", ""));
    CHECK_INT(epi_units_load(fs, dir, &u, NULL, &err), EPI_INVALID);
    CHECK_STR(epi_str_of(err.code), EPI_S("unit.bad-table"));
    CHECK_OK(put(a, dir, "u.csv", HEAD));
    CHECK_INT(epi_units_load(fs, dir, &u, NULL, &err), EPI_INVALID);
    CHECK_OK(put(a, dir, "u.csv", HEAD "x/,x,\xFF,X,T,0,,,,\n"));
    CHECK_INT(epi_units_load(fs, dir, &u, NULL, &err), EPI_INVALID);
    CHECK_STR(epi_str_of(err.code), EPI_S("unit.not-utf8"));
    CHECK_OK(put(a, dir, "u.csv", HEAD "x/,x,\"X,X,T,0,,,,\n"));
    CHECK_INT(epi_units_load(fs, dir, &u, NULL, &err), EPI_INVALID);
    CHECK_OK(put(a, dir, "u.csv", HEAD "x/,x,X,X,,0,,,,\n"));
    CHECK_OK(epi_units_load(fs, dir, &u, NULL, &err));
    CHECK_INT(epi_units_count(u), 1);
    epi_units_free(u);
}
