// SPDX-License-Identifier: AGPL-3.0-or-later
/* A site's own fields: what is taken, and every reason to refuse one. */
#include "base/test.h"
#include "catalogue/catalogue.h"

static bool found(const struct epi_findings *f, const char *code)
{
    for (size_t i = 0; i < f->n; i++)
        if (strcmp(f->list[i].code, code) == 0)
            return true;
    return false;
}

#define LABEL "\"label\":{\"vi\":\"Nhãn\",\"en\":\"Label\"}"

TEST(a_good_own_field_joins_its_kind)
{
    USES_NO_RNG;
    EPI_ARENA_LOCAL(a);
    struct epi_findings findings;
    const struct epi_catalogue *c;
    epi_findings_init(&findings, a, 0);
    epi_str site = EPI_S(
        "{\"fields\":[{\"kind\":\"case\",\"name\":\"ethnic_group\",\"tag\":1001,\"type\":\"word\","
        "\"label\":{\"vi\":\"Dân tộc\",\"en\":\"Ethnic group\"},\"list\":true,\"personal\":true,"
        "\"words\":[{\"word\":\"x\",\"vi\":\"Ích\",\"en\":\"Ex\"}]},"
        "{\"kind\":\"case\",\"name\":\"ward_bed\",\"tag\":1002,\"type\":\"integer\"," LABEL
        ",\"min\":1,\"max\":9,\"measure\":\"beds\",\"required\":true}]}");
    CHECK_OK(epi_catalogue_new(a, site, &c, &findings, NULL));
    CHECK_INT(findings.n, 0);
    const struct epi_kind *k = &c->kinds[EPI_K_CASE];
    CHECK_INT(k->n_fields, EPI_N_CASE + 2);
    CHECK_INT(k->n_builtin, EPI_N_CASE);
    int own = epi_field_find(k, EPI_S("ethnic_group"));
    CHECK_INT(own, EPI_N_CASE);
    CHECK_INT(epi_field_by_tag(k, 1001), own);
    CHECK(k->fields[own].flags & EPI_F_PERSONAL);
    CHECK_STR(epi_str_of(epi_word_label(&k->fields[own], EPI_S("x"), EPI_VI)), EPI_S("Ích"));
    const struct epi_field *bed = &k->fields[own + 1];
    CHECK(bed->flags & EPI_F_REQUIRED);
    CHECK(!epi_value_check(bed, epi_v_int(10), 0, &findings));
    CHECK(epi_value_check(bed, epi_v_int(9), 0, &findings));
    CHECK_INT(findings.n, 1);
}

TEST(every_wrong_own_field_is_named_with_its_place)
{
    USES_NO_RNG;
    static const struct {
        const char *why, *field, *code;
    } rows[] = {
        {"kind unknown", "\"kind\":\"ghost\",\"name\":\"x\",\"tag\":1001,\"type\":\"text\"," LABEL,
         "catalogue.no-such-kind"},
        {"kind internal", "\"kind\":\"user\",\"name\":\"x\",\"tag\":1001,\"type\":\"text\"," LABEL,
         "catalogue.no-such-kind"},
        {"capital", "\"kind\":\"case\",\"name\":\"Bed\",\"tag\":1001,\"type\":\"text\"," LABEL,
         "catalogue.field-name"},
        {"sql", "\"kind\":\"case\",\"name\":\"x; drop\",\"tag\":1001,\"type\":\"text\"," LABEL,
         "catalogue.field-name"},
        {"reserved", "\"kind\":\"case\",\"name\":\"masked\",\"tag\":1001,\"type\":\"text\"," LABEL,
         "catalogue.field-name"},
        {"no name", "\"kind\":\"case\",\"tag\":1001,\"type\":\"text\"," LABEL,
         "catalogue.field-name"},
        {"low tag", "\"kind\":\"case\",\"name\":\"x\",\"tag\":999,\"type\":\"text\"," LABEL,
         "catalogue.field-tag"},
        {"high tag", "\"kind\":\"case\",\"name\":\"x\",\"tag\":65536,\"type\":\"text\"," LABEL,
         "catalogue.field-tag"},
        {"type", "\"kind\":\"case\",\"name\":\"x\",\"tag\":1001,\"type\":\"blob\"," LABEL,
         "catalogue.field-type"},
        {"ref", "\"kind\":\"case\",\"name\":\"x\",\"tag\":1001,\"type\":\"ref\"," LABEL,
         "catalogue.field-type"},
        {"label",
         "\"kind\":\"case\",\"name\":\"x\",\"tag\":1001,\"type\":\"text\",\"label\":{\"vi\":\"a\"}",
         "catalogue.field-label"},
        {"no words", "\"kind\":\"case\",\"name\":\"x\",\"tag\":1001,\"type\":\"word\"," LABEL,
         "catalogue.field-words"},
        {"empty words",
         "\"kind\":\"case\",\"name\":\"x\",\"tag\":1001,\"type\":\"word\",\"words\":[]," LABEL,
         "catalogue.field-words"},
        {"word without label",
         "\"kind\":\"case\",\"name\":\"x\",\"tag\":1001,\"type\":\"word\",\"words\":[{\"word\":\"a\",\"vi\":\"A\"}]," LABEL,
         "catalogue.field-words"},
        {"same word twice",
         "\"kind\":\"case\",\"name\":\"x\",\"tag\":1001,\"type\":\"word\",\"words\":[{\"word\":\"a\",\"vi\":\"A\",\"en\":\"A\"},"
         "{\"word\":\"a\",\"vi\":\"A\",\"en\":\"A\"}]," LABEL,
         "catalogue.field-words"},
        {"taken name", "\"kind\":\"case\",\"name\":\"onset\",\"tag\":1001,\"type\":\"text\"," LABEL,
         "catalogue.field-twice"},
        {"limits crossed",
         "\"kind\":\"case\",\"name\":\"x\",\"tag\":1001,\"type\":\"integer\",\"min\":9,\"max\":1," LABEL,
         "catalogue.field-limits"},
        {"limit is text",
         "\"kind\":\"case\",\"name\":\"x\",\"tag\":1001,\"type\":\"integer\",\"min\":\"9\"," LABEL,
         "catalogue.field-limits"},
    };
    for (size_t i = 0; i < EPI_COUNT(rows); i++) {
        EPI_ARENA_LOCAL(a);
        struct epi_findings findings;
        const struct epi_catalogue *c;
        epi_findings_init(&findings, a, 0);
        CHECK_OK(epi_catalogue_new(a, epi_str_printf(a, "{\"fields\":[{%s}]}", rows[i].field), &c,
                                   &findings, NULL));
        if (!found(&findings, rows[i].code))
            epi_test_fail(__FILE__, __LINE__, "%s: no finding %s", rows[i].why, rows[i].code);
        CHECK_STR(findings.list[0].field, EPI_S("fields[0]"));
        CHECK_INT(c->kinds[EPI_K_CASE].n_fields, EPI_N_CASE); /* nothing wrong joins */
        for (size_t n = 0; n < findings.n; n++)
            CHECK(epi_words(findings.list[n].code, EPI_VI).n > strlen(findings.list[n].code));
    }
}

TEST(two_own_fields_may_not_share_a_tag_and_both_faults_are_told)
{
    USES_NO_RNG;
    EPI_ARENA_LOCAL(a);
    struct epi_findings findings;
    const struct epi_catalogue *c;
    epi_findings_init(&findings, a, 0);
    epi_str site = EPI_S(
        "{\"fields\":[{\"kind\":\"case\",\"name\":\"a\",\"tag\":1001,\"type\":\"text\"," LABEL "},"
        "{\"kind\":\"case\",\"name\":\"b\",\"tag\":1001,\"type\":\"text\"," LABEL "},"
        "{\"kind\":\"case\",\"name\":\"C\",\"tag\":7,\"type\":\"text\"," LABEL "}]}");
    CHECK_OK(epi_catalogue_new(a, site, &c, &findings, NULL));
    CHECK_INT(findings.counts[EPI_ERROR], 3);
    CHECK_STR(findings.list[0].field, EPI_S("fields[1]"));
    CHECK_INT(c->kinds[EPI_K_CASE].n_fields, EPI_N_CASE + 1);
}

TEST(a_site_file_that_is_no_list_of_fields_is_refused)
{
    USES_NO_RNG;
    static const char *const bad[] = {
        "{", "[]", "{\"fields\":{}}", "{\"fields\":3}", "\"x\"", "{\"field\":[]}"};
    for (size_t i = 0; i < EPI_COUNT(bad); i++) {
        EPI_ARENA_LOCAL(a);
        struct epi_findings findings;
        const struct epi_catalogue *c;
        struct epi_err e = {0};
        epi_findings_init(&findings, a, 0);
        epi_status s = epi_catalogue_new(a, epi_str_of(bad[i]), &c, &findings, &e);
        if (s == EPI_OK && !findings.counts[EPI_ERROR])
            epi_test_fail(__FILE__, __LINE__, "taken: %s", bad[i]);
    }
}
