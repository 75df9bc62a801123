// SPDX-License-Identifier: AGPL-3.0-or-later
/* Hospitals of a society: one for the places of a district, with its health workers. */
#include "scenario/scenario_internal.h"

/* Places of one district follow each other. */
static void of_districts(struct epi_society *s)
{
    for (uint32_t pl = 0; pl < s->places_n; pl++) {
        s->hospitals_n += pl == 0 || s->places[pl].district != s->places[pl - 1].district;
        s->hospital[pl] = s->hospitals_n - 1;
    }
}
static int by_number(const void *a, const void *b)
{
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    return x < y ? -1 : x > y;
}
/* Whole workplaces at even distances among those of the society, so that colleagues at work are
 * colleagues in the ward. Who works in a district lives there. */
static void employ(struct epi_society *s, double share)
{
    double due = share / 2;
    uint32_t n = 0;
    for (uint32_t g = 0; share > 0 && g < s->groups_n; g++) {
        uint32_t size = s->group_first[g + 1] - s->group_first[g];
        if (!epi__works(s, g))
            continue;
        due += share * size;
        if (due < size)
            continue;
        due -= size;
        for (uint32_t k = s->group_first[g]; k < s->group_first[g + 1]; k++)
            s->staff[n++] = s->member[k];
    }
    if (n > 1)
        qsort(s->staff, n, sizeof *s->staff, by_number); /* by place too, and so by hospital */
    for (uint32_t k = 0; k < n; k++)
        s->staff_first[s->hospital[s->place[s->staff[k]]] + 1]++;
    for (uint32_t h = 0; h < s->hospitals_n; h++)
        s->staff_first[h + 1] += s->staff_first[h];
}
void epi__society_hospitals(struct epi_society *s, const struct epi_society_options *o)
{
    uint32_t most = s->groups_n ? s->group_first[s->groups_n] : 0;
    s->hospital = epi_xmalloc(s->places_n * sizeof *s->hospital);
    of_districts(s);
    s->staff = epi_xmalloc((most ? most : 1) * sizeof *s->staff);
    s->staff_first = epi_xmalloc((s->hospitals_n + 1) * sizeof *s->staff_first);
    memset(s->staff_first, 0, (s->hospitals_n + 1) * sizeof *s->staff_first);
    employ(s, o->hospital.staff);
    most = s->staff_first[s->hospitals_n];
    s->staff = epi_xrealloc(s->staff, (most ? most : 1) * sizeof *s->staff);
    s->admissions = (float)(o->hospital.admissions / 1e5);
    s->stay_days = (float)o->hospital.days;
}
uint32_t epi_society_hospitals(const struct epi_society *s)
{
    return s->hospitals_n;
}
uint32_t epi_society_hospital_of(const struct epi_society *s, uint32_t place)
{
    return s->hospital[place];
}
uint32_t epi_society_staff(const struct epi_society *s, uint32_t hospital, const uint32_t **ret)
{
    *ret = s->staff + s->staff_first[hospital];
    return s->staff_first[hospital + 1] - s->staff_first[hospital];
}
