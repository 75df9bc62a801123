// SPDX-License-Identifier: AGPL-3.0-or-later
/* What the files of diseases say, and what they may not say. */
#include "base/test.h"
#include "estimate/disease.h"
#include "estimate/test_run.h"

#define HEAD "{\"disease\":\"x\",\"name\":{\"vi\":\"X\",\"en\":\"X\"},"
#define GOOD "\"mean\":5,\"sd\":2,\"unit\":\"days\",\"source\":\"S\",\"confidence\":\"secondary\""

static epi_status read(struct epi_arena *a, const char *json, struct epi_disease *d,
                       struct epi_findings *f)
{
    epi_findings_init(f, a, 20);
    return epi_disease_read(a, EPI_S("x"), epi_str_of(json), d, f, NULL);
}

TEST(a_disease_has_its_serial_interval_or_none)
{
    struct epi_arena *a = epi_arena_new(0);
    struct epi_disease d;
    struct epi_findings f;
    CHECK_OK(read(a, HEAD "\"serial_interval\":{" GOOD "},\"course\":{\"whatever\":1}}", &d, &f));
    CHECK(d.si.known);
    CHECK_NEAR(d.si.mean, 5, 0);
    CHECK_INT(d.si.confidence, EPI_SECONDARY);
    CHECK_OK(read(a, HEAD "\"course\":{}}", &d, &f));
    CHECK(!d.si.known);
    epi_arena_free(a);
}

TEST(a_file_that_is_not_quite_right_is_refused_with_every_fault)
{
    static const struct {
        const char *json, *code;
    } bad[] = {
        {HEAD "\"serial_interval\":{" GOOD ",\"maen\":4}}", "disease.key-unknown"},
        {HEAD "\"serial_interval\":{\"mean\":0.5,\"sd\":2,\"unit\":\"days\",\"source\":\"S\","
              "\"confidence\":\"stated\"}}",
         "disease.days"},
        {HEAD "\"serial_interval\":{\"mean\":5,\"sd\":2,\"unit\":\"weeks\",\"source\":\"S\","
              "\"confidence\":\"stated\"}}",
         "disease.unit"},
        {HEAD
         "\"serial_interval\":{\"mean\":5,\"sd\":2,\"unit\":\"days\",\"confidence\":\"stated\"}}",
         "disease.text-missing"},
        {HEAD "\"serial_interval\":{\"mean\":5,\"sd\":2,\"unit\":\"days\",\"source\":\"S\","
              "\"confidence\":\"sure\"}}",
         "disease.confidence"},
        {HEAD "\"serial_interval\":[5,2]}", "disease.not-an-object"},
        {"{\"disease\":\"y\",\"name\":{\"vi\":\"X\",\"en\":\"X\"}}", "disease.other-name"},
    };
    struct epi_arena *a = epi_arena_new(0);
    struct epi_disease d;
    struct epi_findings f;
    for (size_t i = 0; i < EPI_COUNT(bad); i++) {
        CHECK_INT(read(a, bad[i].json, &d, &f), EPI_INVALID);
        CHECK(test_has(&f, bad[i].code));
    }
    CHECK_INT(read(a, "{\"serial_interval\":{}}", &d, &f), EPI_INVALID);
    CHECK(f.n >= 8); /* three texts, mean, sd, unit, source, confidence */
    epi_arena_free(a);
}

TEST(every_shipped_disease_can_be_used)
{
    static const char *const words[] = {"covid-19", "influenza", "measles", "sars",
                                        "mpox",     "ebola",     "marburg", "mers"};
    struct epi_arena *a = epi_arena_new(0);
    for (size_t i = 0; i < EPI_COUNT(words); i++) {
        struct epi_disease d;
        struct epi_findings f;
        epi_str text;
        epi_findings_init(&f, a, 20);
        const char *path =
            epi_test_repo(a, epi_str_cz(a, epi_str_printf(a, "data/diseases/%s.json", words[i])));
        const struct epi_io *io = epi_io_real();
        CHECK_OK(io->fs.read(io->fs.ctx, a, path, 1 << 20, &text, NULL));
        CHECK_OK(epi_disease_read(a, epi_str_of(words[i]), text, &d, &f, NULL));
        CHECK(d.si.known && d.si.sd < d.si.mean);
    }
    epi_arena_free(a);
}
