// SPDX-License-Identifier: AGPL-3.0-or-later
/* Who meets whom outside home: contact rates by age fitted to this society, and tables to draw
 * from. */
#include "scenario/scenario_internal.h"
#include <math.h>

/* Walker 1977 (ACM TOMS 3:253), with Vose's 1991 construction. Weights all 0 count as equal. */
void epi__alias_make(struct epi__alias *t, size_t n, const double *weights, const uint16_t *names)
{
    double scaled[64], sum = 0;
    uint16_t small[64], large[64];
    size_t ns = 0, nl = 0;
    EPI_ASSERT(n <= 64);
    for (size_t i = 0; i < n; i++)
        sum += weights[i];
    for (size_t i = 0; i < n; i++) {
        scaled[i] = sum > 0 ? weights[i] * (double)n / sum : 1;
        if (scaled[i] < 1)
            small[ns++] = (uint16_t)i;
        else
            large[nl++] = (uint16_t)i;
        t[i].own = t[i].other = names ? names[i] : (uint16_t)i;
        t[i].keep = UINT32_MAX;
    }
    while (ns && nl) {
        uint16_t a = small[--ns], b = large[nl - 1];
        t[a].keep = (uint32_t)(scaled[a] * UINT32_MAX);
        t[a].other = names ? names[b] : b;
        scaled[b] -= 1 - scaled[a];
        if (scaled[b] < 1) {
            nl--;
            small[ns++] = b;
        }
    }
}

/* --- ages ---
 * The rates were made for another population. What carries over is the intensity between two
 * persons, made symmetric; the rate here is the intensity times how many of the age there are
 * (Arregui et al. 2018, PLoS Comput Biol 14:e1006638, method 2). */
static void local_rates(const struct epi_society *s, const struct epi_mixing *m, int area,
                        enum epi_meeting setting, double ret[EPI_MIX_BANDS][EPI_MIX_BANDS])
{
    double here[EPI_MIX_BANDS] = {0}, there = 0;
    for (uint32_t p = 0; p < s->n; p++)
        here[epi__band(s, p)]++;
    for (size_t b = 0; b < EPI_MIX_BANDS; b++)
        there += m->ages[b];
    for (size_t a = 0; a < EPI_MIX_BANDS; a++)
        for (size_t b = 0; b < EPI_MIX_BANDS; b++) {
            double na = m->ages[a] / there, nb = m->ages[b] / there;
            double mab = (double)m->rate[area][setting][a][b],
                   mba = (double)m->rate[area][setting][b][a];
            double per_person = na > 0 && nb > 0 ? (mab / nb + mba / na) / 2 : 0;
            ret[a][b] = per_person * here[b] / s->n;
        }
}
static void other_tables(struct epi_society *s, const struct epi_mixing *m)
{
    for (int area = 0; area < 2; area++) {
        double rate[EPI_MIX_BANDS][EPI_MIX_BANDS];
        local_rates(s, m, area, EPI_MEET_OTHER, rate);
        for (size_t a = 0; a < EPI_MIX_BANDS; a++) {
            double sum = 0;
            for (size_t b = 0; b < EPI_MIX_BANDS; b++)
                sum += rate[a][b];
            s->rate_other[area][a] = (float)sum;
            epi__alias_make(s->contact[area][a], EPI_MIX_BANDS, rate[a], NULL);
        }
    }
}
/* Rates at school and at work are of all people of an age; those who go there have them all. */
static void group_rates(struct epi_society *s, const struct epi_mixing *m)
{
    double here[EPI_MIX_BANDS] = {0}, go[2][EPI_MIX_BANDS] = {{0}}, urban = 0;
    for (uint32_t p = 0; p < s->n; p++) {
        uint32_t b = epi__band(s, p);
        here[b]++;
        urban += s->places[s->place[p]].urban;
        if (s->group[p] != EPI__NO_GROUP)
            go[epi__works(s, s->group[p])][b]++;
    }
    urban /= s->n;
    for (int k = 0; k < 2; k++) {
        double rate[2][EPI_MIX_BANDS][EPI_MIX_BANDS];
        local_rates(s, m, 0, k ? EPI_MEET_WORK : EPI_MEET_SCHOOL, rate[0]);
        local_rates(s, m, 1, k ? EPI_MEET_WORK : EPI_MEET_SCHOOL, rate[1]);
        for (size_t a = 0; a < EPI_MIX_BANDS; a++) {
            double sum = 0;
            for (size_t b = 0; b < EPI_MIX_BANDS; b++)
                sum += (1 - urban) * rate[0][a][b] + urban * rate[1][a][b];
            s->rate_group[k][a] = go[k][a] > 0 ? (float)(sum * here[a] / go[k][a]) : 0;
        }
    }
}
static void order_by_band(struct epi_society *s)
{
    s->by_band = epi_xmalloc(s->n * sizeof *s->by_band);
    s->band_first = epi_xmalloc(((size_t)s->places_n * EPI_MIX_BANDS + 1) * sizeof *s->band_first);
    for (uint32_t pl = 0; pl < s->places_n; pl++) {
        uint32_t count[EPI_MIX_BANDS] = {0}, at = s->place_first[pl], *first;
        first = s->band_first + (size_t)pl * EPI_MIX_BANDS;
        for (uint32_t p = s->place_first[pl]; p < s->place_first[pl + 1]; p++)
            count[epi__band(s, p)]++;
        for (size_t b = 0; b < EPI_MIX_BANDS; at += count[b++])
            first[b] = at;
        for (size_t b = 0; b < EPI_MIX_BANDS; b++)
            count[b] = first[b];
        for (uint32_t p = s->place_first[pl]; p < s->place_first[pl + 1]; p++)
            s->by_band[count[epi__band(s, p)]++] = p;
    }
    s->band_first[(size_t)s->places_n * EPI_MIX_BANDS] = s->n;
}

/* --- places --- */
static double km_between(const struct epi_place *a, const struct epi_place *b)
{
    const double rad = 3.14159265358979323846 / 180;
    if (!isfinite(a->lat) || !isfinite(b->lat) || !isfinite(a->lon) || !isfinite(b->lon))
        return 30;
    double x = (b->lon - a->lon) * cos((a->lat + b->lat) / 2 * rad), y = b->lat - a->lat;
    return sqrt(x * x + y * y) * rad * 6371;
}
/* The own place and the others with the greatest attraction; shares of smaller ones go to these. */
static void near_of(struct epi_society *s, const struct epi_society_options *o, uint32_t pl)
{
    double weight[EPI__NEAR], sum = 0;
    uint16_t name[EPI__NEAR];
    size_t n = 1;
    for (uint32_t q = 0; q < s->places_n; q++) {
        double people = s->place_first[q + 1] - s->place_first[q];
        double d = km_between(&s->places[pl], &s->places[q]) / o->distance_km;
        double v = people / (1 + d * d);
        if (q == pl || people == 0 || (n == EPI__NEAR && v <= weight[n - 1]))
            continue;
        size_t i = n < EPI__NEAR ? n++ : n - 1;
        for (; i > 1 && weight[i - 1] < v; i--)
            weight[i] = weight[i - 1], name[i] = name[i - 1];
        weight[i] = v;
        name[i] = (uint16_t)q;
    }
    for (size_t i = 1; i < n; i++)
        sum += weight[i];
    name[0] = (uint16_t)pl;
    for (size_t i = n; i < EPI__NEAR; i++)
        name[i] = (uint16_t)pl;
    for (int k = 0; k < EPI_OUTINGS; k++) {
        double share[EPI__NEAR], stay = k ? o->outing[k].stay : o->stay;
        share[0] = n == 1 ? 1 : stay;
        for (size_t i = 1; i < EPI__NEAR; i++)
            share[i] = i < n ? weight[i] * ((1 - stay) / sum) : 0;
        if (s->near[k])
            epi__alias_make(s->near[k][pl], EPI__NEAR, share, name);
    }
}

void epi__society_mix(struct epi_society *s, const struct epi_mixing *m,
                      const struct epi_society_options *o)
{
    other_tables(s, m);
    group_rates(s, m);
    order_by_band(s);
    s->outing[0] = 1;
    for (int k = 0; k < EPI_OUTINGS; k++) {
        if (k > 0 && o->outing[k].share <= 0)
            continue;
        s->near[k] = epi_xmalloc(s->places_n * sizeof **s->near);
        if (k > 0) {
            s->outing[k] = (float)o->outing[k].share;
            s->outing[0] -= s->outing[k];
        }
    }
    for (uint32_t pl = 0; pl < s->places_n; pl++)
        near_of(s, o, pl);
}
