// SPDX-License-Identifier: AGPL-3.0-or-later
/* The levers' names, measures and hints in both languages. */
#include "scenario/scenario_internal.h"

struct row {
    const char *path;
    struct epi_lever_words words;
};
static const struct row levers[] = {
#define W(path, vi, en, measure_vi, measure_en, hint_vi, hint_en) \
    {path, {{en, vi}, {measure_en, measure_vi}, {hint_en, hint_vi}}},
#define G(group, vi, en, hint_vi, hint_en)
#define C(path, value, vi, en)
#include "scenario/lever_words.def"
#undef W
#undef G
#undef C
};
static const struct row groups[] = {
#define W(path, vi, en, measure_vi, measure_en, hint_vi, hint_en)
#define G(group, vi, en, hint_vi, hint_en) {group, {{en, vi}, {"", ""}, {hint_en, hint_vi}}},
#define C(path, value, vi, en)
#include "scenario/lever_words.def"
#undef W
#undef G
#undef C
};
static const struct {
    const char *path, *value;
    struct epi_lever_words words;
} choices[] = {
#define W(path, vi, en, measure_vi, measure_en, hint_vi, hint_en)
#define G(group, vi, en, hint_vi, hint_en)
#define C(path, value, vi, en) {path, value, {{en, vi}, {"", ""}, {"", ""}}},
#include "scenario/lever_words.def"
#undef W
#undef G
#undef C
};

static bool look(const struct row *rows, size_t n, epi_str path, struct epi_lever_words *ret)
{
    for (size_t i = 0; i < n; i++) {
        epi_str name = epi_str_of(rows[i].path);
        bool tail = name.p[0] == '*' && epi_str_ends(path, epi_str_sub(name, 1, SIZE_MAX));
        if (!tail && !epi_str_eq(name, path))
            continue;
        *ret = rows[i].words;
        return true;
    }
    return false;
}
bool epi_lever_words(const char *path, struct epi_lever_words *ret)
{
    return look(levers, EPI_COUNT(levers), epi_str_of(path), ret);
}
bool epi_lever_group_words(const char *group, struct epi_lever_words *ret)
{
    return look(groups, EPI_COUNT(groups), epi_str_of(group), ret);
}
bool epi_lever_choice_words(const char *path, const char *value, struct epi_lever_words *ret)
{
    for (size_t i = 0; i < EPI_COUNT(choices); i++)
        if (strcmp(choices[i].path, path) == 0 && strcmp(choices[i].value, value) == 0) {
            *ret = choices[i].words;
            return true;
        }
    return false;
}
