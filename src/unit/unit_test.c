// SPDX-License-Identifier: AGPL-3.0-or-later
#include "base/test.h"
#include "unit/unit.h"
#include <math.h>

#define DAY_2021 epi_date_ymd(2021, 11, 17)
#define DAY_2025 epi_date_ymd(2025, 8, 1)

/* The reference pack of the repository; every test loads it anew, which takes some milliseconds. */
static struct epi_units *viet_nam(struct epi_arena *a)
{
    struct epi_units *u = NULL;
    struct epi_err err = {0};
    if (epi_units_load(&epi_io_real()->fs, epi_test_repo(a, "data/packs/vn"), &u, NULL, &err) !=
        EPI_OK)
        epi_test_fail(__FILE__, __LINE__, "%s %s %s", err.code, err.arg1, err.arg2);
    return u;
}
static void units_freep(struct epi_units **u)
{
    epi_units_free(*u);
}
#define VIET_NAM(u) \
    EPI_ARENA_LOCAL(a); \
    EPI_CLEANUP(units_freep) struct epi_units *u = viet_nam(a); \
    CHECK(u)

static epi_str path_at(const struct epi_units *u, int32_t unit)
{
    return unit < 0 ? EPI_S("(none)") : epi_units_at(u, unit)->path;
}
static int32_t at_path(const struct epi_units *u, const char *path)
{
    return epi_units_by_path(u, epi_str_of(path));
}

TEST(the_pack_holds_both_trees_of_viet_nam)
{
    VIET_NAM(u);
    int level21[4] = {0}, level25[4] = {0};
    for (int32_t i = 0; i < (int32_t)epi_units_count(u); i++) {
        const struct epi_unit *e = epi_units_at(u, i);
        level21[e->level] += epi_unit_valid_on(e, DAY_2021);
        level25[e->level] += epi_unit_valid_on(e, DAY_2025);
    }
    CHECK_INT(level21[1], 63);
    CHECK_INT(level21[2], 705);
    CHECK_INT(level21[3], 10599);
    CHECK_INT(level25[1], 34);
    CHECK_INT(level25[2], 0);
    CHECK_INT(level25[3], 3321);
    CHECK_STR(epi_units_pack_id(u), EPI_S("vn-2021"));
    CHECK_INT(epi_units_utc_offset(u), 420);
    CHECK(epi_units_attribution(u).n > 0);
    CHECK_STR(path_at(u, epi_units_root(u)), EPI_S("vn/"));
}

TEST(known_populations_of_2021_sum_to_the_census)
{
    VIET_NAM(u);
    int64_t communes = 0, provinces = 0;
    int unknown = 0;
    for (int32_t i = 0; i < (int32_t)epi_units_count(u); i++) {
        const struct epi_unit *e = epi_units_at(u, i);
        if (!epi_unit_valid_on(e, DAY_2021))
            continue;
        bool leaf = epi_units_children(u, i, DAY_2021, NULL, 0) == 0;
        unknown += leaf && e->population < 0;
        communes += leaf && e->population > 0 ? e->population : 0;
        provinces += e->level == 1 ? e->population : 0;
    }
    CHECK_INT(communes, 96208984);
    CHECK_INT(provinces, 96208984);
    CHECK_INT(epi_units_at(u, epi_units_root(u))->population, 96208984);
    CHECK_INT(unknown,
              4); /* three wards divided after the census, and an island district without people */
    CHECK_INT(epi_units_at(u, at_path(u, "vn/10/088/03003/"))->population, -1);
}

TEST(ages_and_household_sizes_agree_with_the_population)
{
    VIET_NAM(u);
    int with_ages = 0;
    for (int32_t i = 0; i < (int32_t)epi_units_count(u); i++) {
        const struct epi_unit *e = epi_units_at(u, i);
        const int64_t *ages = epi_units_ages(u, i), *sizes = epi_units_household_sizes(u, i);
        CHECK(!!ages == (e->population >= 0));
        int64_t people = 0, households = 0;
        for (int k = 0; ages && k < EPI_AGE_BANDS; k++)
            people += ages[k];
        for (int k = 0; sizes && k < 7; k++)
            households += sizes[k];
        if (ages)
            CHECK_INT(people, e->population);
        if (sizes && epi_unit_valid_on(e, DAY_2021)) /* those of 2025 are sums of rounded shares */
            CHECK_INT(households, e->households);
        with_ages += ages != NULL;
    }
    CHECK(with_ages > 14000);
}

TEST(the_city_of_dien_bien_phu_has_its_twelve_communes)
{
    VIET_NAM(u);
    int32_t city = at_path(u, "vn/11/094"), out[64];
    CHECK(city >= 0);
    CHECK_STR(epi_units_at(u, city)->full_name, EPI_S("Thành phố Điện Biên Phủ"));
    size_t n = epi_units_children(u, city, DAY_2021, out, 64);
    CHECK_INT(n, 12);
    for (size_t i = 0; i < n; i++) {
        const struct epi_unit *e = epi_units_at(u, out[i]);
        CHECK_INT(e->level, 3);
        CHECK_INT(e->parent, city);
        CHECK(epi_str_starts(e->path, EPI_S("vn/11/094/03")));
    }
    CHECK_INT(epi_units_children(u, city, DAY_2025, out, 64), 0);
    CHECK_INT(epi_units_children(u, at_path(u, "vn/11/"), DAY_2021, out, 64), 10);
    CHECK_INT(epi_units_children(u, at_path(u, "vn/11/"), DAY_2025, out, 64), 45);
    CHECK_INT(epi_units_children(u, at_path(u, "vn/11/"), DAY_2025, out, 2), 45);
    CHECK_INT(epi_units_children(u, -1, DAY_2021, out, 64), 0);
}

TEST(one_code_names_different_units_in_the_two_trees)
{
    VIET_NAM(u);
    CHECK_STR(path_at(u, epi_units_by_code(u, EPI_S("00004"), DAY_2021, 0)),
              EPI_S("vn/01/001/00004/"));
    CHECK_STR(path_at(u, epi_units_by_code(u, EPI_S("00004"), DAY_2025, 0)), EPI_S("vn/01/00004/"));
    CHECK_STR(path_at(u, epi_units_by_code(u, EPI_S("00004"), EPI_DATE_UNKNOWN, 0)),
              EPI_S("vn/01/00004/"));
    CHECK_STR(path_at(u, epi_units_by_code(u, EPI_S("15"), DAY_2021, 1)), EPI_S("vn/15/"));
    CHECK_STR(path_at(u, epi_units_by_code(u, EPI_S("15"), DAY_2025, 1)), EPI_S("vn/15-2025/"));
    CHECK_STR(epi_units_at(u, at_path(u, "vn/15/"))->name, EPI_S("Yên Bái"));
    CHECK_STR(epi_units_at(u, at_path(u, "vn/15-2025/"))->name, EPI_S("Lào Cai"));
    CHECK_INT(epi_units_by_code(u, EPI_S("094"), DAY_2021, 3), -1);
    CHECK_INT(epi_units_by_code(u, EPI_S("99999"), DAY_2021, 0), -1);
    CHECK_INT(epi_units_by_code(u, EPI_NIL, DAY_2021, 0), -1);
}

TEST(codes_keep_their_leading_zeros_and_survive_losing_them)
{
    VIET_NAM(u);
    size_t n = 0;
    CHECK_STR(epi_units_at(u, at_path(u, "vn/01/001/00001/"))->code, EPI_S("00001"));
    CHECK_STR(path_at(u, epi_units_resolve(u, EPI_S("094"), DAY_2021, &n)), EPI_S("vn/11/094/"));
    CHECK_INT(n, 1);
    CHECK_STR(path_at(u, epi_units_resolve(u, EPI_S("3127"), DAY_2021, &n)),
              EPI_S("vn/11/094/03127/"));
    CHECK_INT(n, 1);
    CHECK(epi_units_resolve(u, EPI_S("1"), DAY_2021, &n) >= 0);
    CHECK_INT(n, 3); /* 01, 001 and 00001: the caller must ask */
}

struct name_case {
    const char *text, *path;
    bool in_2025;
    const char *why;
};
static const struct name_case names[] = {
    {"Điện Biên", "vn/11/", false, "without a type word the larger unit is meant"},
    {"tỉnh Điện Biên", "vn/11/", false, "type word"},
    {"DIEN BIEN", "vn/11/", false, "no accents, capitals"},
    {"huyện Điện Biên", "vn/11/100/", false, "the district of the same name"},
    {"H. Điện Biên", "vn/11/100/", false, "abbreviation"},
    {"TP. Điện Biên Phủ", "vn/11/094/", false, "abbreviated city"},
    {"thanh pho dien bien phu", "vn/11/094/", false, "no accents"},
    {"TP Điện Biên Phủ, Điện Biên", "vn/11/094/", false, "with its province"},
    {"P.Him Lam", "vn/11/094/03127/", false, "no space after the abbreviation"},
    {"Phường Him Lam, TP Điện Biên Phủ, tỉnh Điện Biên, Việt Nam", "vn/11/094/03127/", false,
     "full address"},
    {"Him Lam; Điện Biên", "vn/11/094/03127/", false, "a level left out"},
    {"xã Him Lam, Điện Biên", "vn/11/094/03127/", false, "ward written as commune"},
    {"TX. Mường Lay", "vn/11/095/", false, "town"},
    {"Thị trấn Mường Chà", "vn/11/097/03172/", false, "township against the district's name"},
    {"TP.HCM", "vn/79/", false, "abbreviated name"},
    {"tphcm", "vn/79/", false, "all in one word"},
    {"Q1, TP HCM", "vn/79/760/", false, "numbered district"},
    {"Quận 01, Hồ Chí Minh", "vn/79/760/", false, "number with a zero"},
    {"P. 1, Quận 3, TPHCM", "vn/79/770/27160/", false, "numbered ward"},
    {"Bà Rịa - Vũng Tàu", "vn/77/", false, "a hyphen belongs to the name"},
    {"VN", "vn/", false, "code of the country"},
    {"vn/11/094/", "vn/11/094/", false, "a path"},
    {"vn/11/094", "vn/11/094/", false, "a path without its last slash"},
    {"Lào Cai", "vn/10/", false, "before 2025"},
    {"Lào Cai", "vn/15-2025/", true, "after 2025"},
    {"Huế", "vn/46-2025/", true, "renamed"},
    {"phường Điện Biên Phủ", "vn/11/03127/", true, "ward of 2025"},
    {"phường Điện Biên Phủ", "(none)", false, "no such ward before"},
    {"Him Lam, Sơn La", "(none)", false, "a wrong province is not guessed round"},
    {"Atlantis", "(none)", false, "no such name"},
    {"", "(none)", false, "nothing"},
    {" , ;", "(none)", false, "only separators"},
};

TEST(names_are_found_as_people_write_them)
{
    VIET_NAM(u);
    for (size_t i = 0; i < EPI_COUNT(names); i++) {
        size_t n = 99;
        int32_t unit = epi_units_resolve(u, epi_str_of(names[i].text),
                                         names[i].in_2025 ? DAY_2025 : DAY_2021, &n);
        if (!epi_str_eqz(path_at(u, unit), names[i].path) || n != (unit >= 0))
            epi_test_fail(__FILE__, __LINE__, "%s (%s): %.*s, %zu matches, want %s", names[i].text,
                          names[i].why, EPI_FMT(path_at(u, unit)), n, names[i].path);
    }
}

TEST(equal_names_are_counted_so_that_the_caller_can_ask)
{
    VIET_NAM(u);
    size_t n = 0;
    CHECK(epi_units_by_name(u, EPI_S("huyện Châu Thành"), -1, DAY_2021, &n) >= 0);
    CHECK(n > 5);
    CHECK_STR(path_at(u, epi_units_by_name(u, EPI_S("Châu Thành, Long An"), -1, DAY_2021, &n)),
              EPI_S("vn/80/808/"));
    CHECK_INT(n, 1);
    int32_t an_giang = at_path(u, "vn/89/");
    int32_t district = epi_units_by_name(u, EPI_S("Châu Thành"), an_giang, DAY_2021, &n);
    CHECK_STR(path_at(u, district), EPI_S("vn/89/892/"));
    CHECK_INT(n, 1);
    CHECK_INT(epi_units_by_name(u, EPI_S("Châu Thành"), an_giang, DAY_2021, NULL), district);
    int32_t sa_pa = at_path(u, "vn/10/088/");
    CHECK_STR(path_at(u, epi_units_by_name(u, EPI_S("Phường Sa Pả"), sa_pa, DAY_2021, &n)),
              EPI_S("vn/10/088/03002/"));
    CHECK_INT(n, 1);
    CHECK(epi_units_by_name(u, EPI_S("phuong sa pa"), sa_pa, DAY_2021, &n) >= 0);
    CHECK_INT(n, 2); /* without accents it could be either */
}

TEST(every_full_name_finds_its_unit_within_its_parent)
{
    VIET_NAM(u);
    int missed = 0;
    for (int32_t i = 0; i < (int32_t)epi_units_count(u); i++) {
        const struct epi_unit *e = epi_units_at(u, i);
        if (e->parent < 0)
            continue;
        epi_date on = epi_date_known(e->from) ? DAY_2025 : DAY_2021;
        size_t n;
        int32_t found = epi_units_by_name(u, e->full_name, e->parent, on, &n);
        missed += found != i || n != 1;
    }
    CHECK_INT(missed, 0);
}

TEST(units_have_successors_in_the_other_tree)
{
    VIET_NAM(u);
    static const struct {
        const char *from, *to;
        bool in_2025;
    } rows[] = {
        {"vn/11/", "vn/11/", true},
        {"vn/11/094/", "vn/11/", true},
        {"vn/02/", "vn/08-2025/", true},
        {"vn/08/", "vn/08-2025/", true},
        {"vn/11/094/03127/", "vn/11/03127/", true},
        {"vn/11/03127/", "vn/11/094/03127/", false},
        {"vn/08-2025/", "vn/02/", false},
        {"vn/46-2025/", "vn/46/", false},
        {"vn/11/094/", "vn/11/094/", false},
        {"vn/31/318/", "vn/31-2025/11948/", true},
    };
    for (size_t i = 0; i < EPI_COUNT(rows); i++) {
        int32_t to =
            epi_units_successor(u, at_path(u, rows[i].from), rows[i].in_2025 ? DAY_2025 : DAY_2021);
        CHECK_STR(path_at(u, to), epi_str_of(rows[i].to));
    }
    CHECK_INT(epi_units_successor(u, -1, DAY_2021), -1);
}

TEST(every_unit_has_a_successor_in_each_tree)
{
    VIET_NAM(u);
    int unreached = 0;
    for (int32_t i = 0; i < (int32_t)epi_units_count(u); i++) {
        unreached += epi_units_successor(u, i, DAY_2025) < 0;
        unreached += epi_units_successor(u, i, DAY_2021) < 0;
    }
    CHECK_INT(unreached, 0);
}

static bool has(const epi_str *list, size_t n, const char *path)
{
    for (size_t i = 0; i < n; i++)
        if (epi_str_eqz(list[i], path))
            return true;
    return false;
}

TEST(a_person_sees_their_unit_and_what_lies_wholly_inside_it)
{
    VIET_NAM(u);
    epi_str out[300];
    CHECK_INT(epi_units_prefixes(u, at_path(u, "vn/11/"), out, 300), 1);
    CHECK_STR(out[0], EPI_S("vn/11/"));
    size_t n = epi_units_prefixes(u, at_path(u, "vn/08-2025/"), out, 300);
    CHECK_INT(n, 3);
    CHECK(has(out, n, "vn/02/"));
    CHECK(has(out, n, "vn/08/"));
    n = epi_units_prefixes(u, at_path(u, "vn/02/"), out, 300);
    CHECK(n > 50 && n < 300);
    CHECK(!has(out, n, "vn/08-2025/")); /* it also holds the old Tuyên Quang */
    n = epi_units_prefixes(u, at_path(u, "vn/11/094/"), out, 300);
    CHECK_STR(out[0], EPI_S("vn/11/094/"));
    CHECK(!has(out, n, "vn/11/"));
    CHECK_INT(epi_units_prefixes(u, at_path(u, "vn/"), out, 300), 1);
    CHECK(epi_units_prefixes(u, at_path(u, "vn/02/"), out, 1) > 50);
    CHECK_INT(epi_units_prefixes(u, -1, out, 300), 0);
}

TEST(boundary_layers_and_files_are_read_by_name)
{
    VIET_NAM(u);
    const epi_str *list;
    size_t n = epi_units_layer_names(u, &list);
    CHECK_INT(n, 4);
    epi_str text = EPI_NIL;
    struct epi_err err = {0};
    for (size_t i = 0; i < n; i++) {
        CHECK_OK(epi_units_layer(u, &epi_io_real()->fs, a, list[i], &text, &err));
        CHECK(epi_str_find(text, EPI_S("\"path\":\"vn/11/"), 0) != SIZE_MAX);
    }
    CHECK_OK(epi_units_file(u, &epi_io_real()->fs, a, EPI_S("cases"), &text, &err));
    CHECK(epi_str_starts(text, EPI_S("date,path,cases,deaths\n")));
    CHECK_INT(epi_units_layer(u, &epi_io_real()->fs, a, EPI_S("rivers"), &text, &err),
              EPI_NOT_FOUND);
    CHECK_STR(epi_str_of(err.code), EPI_S("unit.no-file"));
}

TEST(a_layer_names_only_units_of_the_pack)
{
    VIET_NAM(u);
    epi_str text = EPI_NIL;
    CHECK_OK(epi_units_layer(u, &epi_io_real()->fs, a, EPI_S("provinces"), &text, NULL));
    size_t n = 0;
    for (size_t at = 0; (at = epi_str_find(text, EPI_S("\"path\":\""), at)) != SIZE_MAX; n++) {
        at += 8;
        size_t end = epi_str_find(text, EPI_S("\""), at);
        CHECK(epi_units_by_path(u, epi_str_sub(text, at, end - at)) >= 0);
    }
    CHECK_INT(n, 63);
}

TEST(parents_children_and_ranges_agree)
{
    VIET_NAM(u);
    for (int32_t i = 0; i < (int32_t)epi_units_count(u); i++) {
        const struct epi_unit *e = epi_units_at(u, i);
        CHECK_INT(epi_units_by_path(u, e->path), i);
        CHECK_INT(e->first, i + 1);
        CHECK(e->last >= e->first);
        if (e->parent >= 0) {
            const struct epi_unit *p = epi_units_at(u, e->parent);
            CHECK(i >= p->first && i < p->last && e->last <= p->last);
            CHECK(epi_str_starts(e->path, p->path));
        }
    }
    CHECK(epi_units_at(u, -1) == NULL);
    CHECK(isnan(epi_units_at(u, 0)->lat) == 0);
}
