// SPDX-License-Identifier: AGPL-3.0-or-later
/* A data folder: made once, opened whole or not at all. */
#include "ops/fixture_test.h"

TEST(a_folder_is_made_from_a_pack_and_never_made_twice)
{
    USES_NO_RNG;
    EPI_ARENA_LOCAL(a);
    struct epi_err e = {0};
    struct epi_app *app;
    const char *dir = epi_str_printf(a, "%s/base", epi_test_dir(a)).p;
    struct epi_app_options o = {
        .io = epi_io_real(), .data_dir = dir, .share_dir = epi_test_repo(a, "")};
    CHECK_INT(epi_app_init(&o, EPI_S("atlantis"), EPI_NIL, &e), EPI_NOT_FOUND);
    CHECK_STR(epi_str_of(e.code), EPI_S("unit.no-such-pack"));
    CHECK(!o.io->fs.exists(o.io->fs.ctx, dir)); /* nothing was begun */
    CHECK_OK(epi_app_init(&o, EPI_S("vn-2021"), EPI_NIL, &e));
    CHECK_INT(epi_app_init(&o, EPI_S("vn-2021"), EPI_NIL, &e), EPI_CONFLICT);
    CHECK_STR(epi_str_of(e.code), EPI_S("init.folder-in-use"));
    CHECK_OK(epi_app_open(&o, &app, NULL, &e));
    CHECK(epi_units_count(epi_app_units(app)) > 10000);
    CHECK(epi_policies_count(epi_app_policies(app)) > 5);
    epi_app_close(app);
}

TEST(own_fields_with_a_fault_stop_the_opening_and_good_ones_are_kept)
{
    USES_NO_RNG;
    EPI_ARENA_LOCAL(a);
    struct ops_base f;
    struct epi_err e = {0};
    struct epi_findings findings;
    CHECK(ops_open(&f, a, true));
    const char *own = epi_str_printf(a, "%s/catalogue.json", f.dir).p;
    CHECK_OK(f.io.fs.write(
        f.io.fs.ctx, own,
        EPI_S("{\"fields\":[{\"kind\":\"case\",\"name\":\"ward\",\"tag\":1001,\"type\":\"text\","
              "\"label\":{\"vi\":\"Buồng\",\"en\":\"Ward\"}}]}"),
        NULL));
    CHECK(ops_reopen(&f));
    epi_str id = ops_create(&f, NULL, "case", EPI_S("{\"unit\":\"" COMMUNE "\",\"ward\":\"A3\"}"));
    CHECK(ops_reopen(&f));
    struct reply r = ops_do(&f, epi_do_get, ARGS("kind", "case", "id", epi_str_cz(a, id)));
    CHECK_STR(reply_text(a, &r, "ward"), EPI_S("A3"));
    ops_close(&f);
    CHECK_OK(f.io.fs.write(
        f.io.fs.ctx, own,
        EPI_S("{\"fields\":[{\"kind\":\"case\",\"name\":\"ward\",\"tag\":3,\"type\":\"text\"}]}"),
        NULL));
    struct epi_app_options o = {.io = &f.io, .data_dir = f.dir};
    struct epi_app *app;
    epi_findings_init(&findings, a, 0);
    CHECK_INT(epi_app_open(&o, &app, &findings, &e), EPI_INVALID);
    CHECK_STR(epi_str_of(e.code), EPI_S("init.own-fields"));
    CHECK_INT(findings.counts[EPI_ERROR], 3); /* the tag and two labels */
}
