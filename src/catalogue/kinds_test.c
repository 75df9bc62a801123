// SPDX-License-Identifier: AGPL-3.0-or-later
/* What every declaration of kinds.def owes to those who read it. */
#include "base/test.h"
#include "catalogue/catalogue.h"

static const struct epi_catalogue *builtin(struct epi_arena *a)
{
    const struct epi_catalogue *c = NULL;
    EPI_ASSERT(epi_catalogue_new(a, EPI_NIL, &c, NULL, NULL) == EPI_OK);
    return c;
}

static bool both_labels(const char *const label[2])
{
    for (int l = 0; l < 2; l++)
        if (!label[l] || !*label[l] || !epi_utf8_valid(epi_str_of(label[l])))
            return false;
    return true;
}

/* Names go into URLs, SQL and column heads as they are. */
static bool plain_name(const char *name)
{
    size_t n = strlen(name);
    for (size_t i = 0; i < n; i++)
        if (!((name[i] >= 'a' && name[i] <= 'z') || name[i] == '_' ||
              (i && name[i] >= '0' && name[i] <= '9')))
            return false;
    return n > 0;
}

TEST(every_kind_field_and_word_has_a_label_in_both_languages)
{
    USES_NO_RNG;
    EPI_ARENA_LOCAL(a);
    const struct epi_catalogue *c = builtin(a);
    CHECK_INT(c->n_kinds, EPI_KINDS);
    for (size_t k = 0; k < c->n_kinds; k++) {
        CHECK(both_labels(c->kinds[k].label) && both_labels(c->kinds[k].help));
        for (size_t f = 0; f < c->kinds[k].n_fields; f++) {
            const struct epi_field *field = &c->kinds[k].fields[f];
            if (!both_labels(field->label))
                epi_test_fail(__FILE__, __LINE__, "%s.%s lacks a label", c->kinds[k].name,
                              field->name);
            /* help is optional, but never in one language alone */
            CHECK(!*field->help[0] == !*field->help[1]);
            for (size_t w = 0; w < field->n_words; w++)
                CHECK(both_labels(field->words[w].label));
        }
    }
}

TEST(kinds_fields_and_words_are_named_once_and_tagged_once)
{
    USES_NO_RNG;
    EPI_ARENA_LOCAL(a);
    const struct epi_catalogue *c = builtin(a);
    for (size_t k = 0; k < c->n_kinds; k++) {
        const struct epi_kind *kind = &c->kinds[k];
        CHECK(plain_name(kind->name) && plain_name(kind->plural));
        CHECK_INT(epi_kind_find(c, epi_str_of(kind->name)), k);
        CHECK_INT(epi_kind_find(c, epi_str_of(kind->plural)), k);
        CHECK_INT(epi_kind_by_tag(c, kind->tag), k);
        for (size_t f = 0; f < kind->n_fields; f++) {
            const struct epi_field *field = &kind->fields[f];
            CHECK(plain_name(field->name));
            /* a record's JSON carries these beside its fields */
            CHECK(strcmp(field->name, "id") && strcmp(field->name, "version") &&
                  strcmp(field->name, "removed") && strcmp(field->name, "masked"));
            CHECK(field->tag > 0 && field->tag < 1000);
            CHECK_INT(epi_field_find(kind, epi_str_of(field->name)), f);
            CHECK_INT(epi_field_by_tag(kind, field->tag), f);
            for (size_t w = 0; w < field->n_words; w++)
                CHECK_INT(epi_word_find(field, epi_str_of(field->words[w].word)), w);
        }
    }
    CHECK_INT(epi_kind_find(c, EPI_S("nonsense")), -1);
    CHECK_INT(epi_kind_by_tag(c, 999), -1);
    CHECK_INT(epi_field_find(&c->kinds[EPI_K_CASE], EPI_S("nonsense")), -1);
    CHECK_INT(epi_field_by_tag(&c->kinds[EPI_K_CASE], 9999), -1);
}

TEST(a_specification_becomes_limits_words_and_references)
{
    USES_NO_RNG;
    EPI_ARENA_LOCAL(a);
    const struct epi_catalogue *c = builtin(a);
    const struct epi_field *lat = &c->kinds[EPI_K_PLACE].fields[EPI_PLACE_LAT];
    CHECK(lat->has_min && lat->has_max);
    CHECK_NEAR(lat->min, -90, 0);
    CHECK_NEAR(lat->max, 90, 0);
    CHECK_STR(epi_str_of(lat->measure), EPI_S("°"));
    const struct epi_field *minutes = &c->kinds[EPI_K_CONTACT].fields[EPI_CONTACT_MINUTES];
    CHECK_STR(epi_str_of(minutes->measure), EPI_S("minutes"));
    CHECK_NEAR(minutes->max, 100000, 0);
    CHECK_INT(c->kinds[EPI_K_PERSON].fields[EPI_PERSON_NAME].max_bytes, 200);
    CHECK_INT(c->kinds[EPI_K_CONTACT].fields[EPI_CONTACT_CASE].ref_kind, EPI_K_CASE);
    const struct epi_field *sex = &c->kinds[EPI_K_PERSON].fields[EPI_PERSON_SEX];
    CHECK_INT(sex->n_words, 3);
    CHECK_STR(epi_str_of(epi_word_label(sex, EPI_S("female"), EPI_VI)), EPI_S("Nữ"));
    CHECK_STR(epi_str_of(epi_word_label(sex, EPI_S("unheard"), EPI_VI)), EPI_NIL);
    /* every kind begins with the unit of jurisdiction */
    for (size_t k = 0; k < c->n_kinds; k++) {
        CHECK_INT(c->kinds[k].fields[0].type, EPI_T_UNIT);
        CHECK_INT(c->kinds[k].fields[0].tag, 1);
    }
}

TEST(whatever_names_a_person_is_marked_personal_and_no_secret_may_be_set)
{
    USES_NO_RNG;
    EPI_ARENA_LOCAL(a);
    const struct epi_catalogue *c = builtin(a);
    static const uint16_t personal[] = {EPI_PERSON_NAME,     EPI_PERSON_BIRTH_DATE,
                                        EPI_PERSON_DOCUMENT, EPI_PERSON_PHONE,
                                        EPI_PERSON_ADDRESS,  EPI_PERSON_NOTE};
    for (size_t i = 0; i < EPI_COUNT(personal); i++)
        CHECK(c->kinds[EPI_K_PERSON].fields[personal[i]].flags & EPI_F_PERSONAL);
    size_t secrets = 0;
    for (size_t k = 0; k < c->n_kinds; k++)
        for (size_t f = 0; f < c->kinds[k].n_fields; f++) {
            const struct epi_field *field = &c->kinds[k].fields[f];
            if (!(field->flags & EPI_F_SECRET))
                continue;
            secrets++;
            CHECK(c->kinds[k].internal);
            CHECK(field->flags & EPI_F_SYSTEM);
        }
    CHECK_INT(secrets, 2); /* password and token hashes */
}
