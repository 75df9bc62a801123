// SPDX-License-Identifier: AGPL-3.0-or-later
/* The circles around every unit: its neighbours by distance, up to the limits. */
#include "estimate/scan_internal.h"

#define EARTH_KM 6371.0088 /* mean radius, IUGG */
#define TIE 1e-12          /* distances (squared) this close are equal */

struct point {
    double x, y, z;
};
struct near {
    double d2;
    uint32_t unit;
};

static struct point point(const struct epi_scan_input *in, size_t i)
{
    if (!in->degrees)
        return (struct point){in->x[i], in->y[i], 0};
    double lat = in->y[i] * (M_PI / 180), lon = in->x[i] * (M_PI / 180);
    return (struct point){cos(lat) * cos(lon), cos(lat) * sin(lon), sin(lat)};
}

/* Squared; on the sphere that of the chord, which has the order of the great circle. */
static double squared(struct point a, struct point b)
{
    double x = a.x - b.x, y = a.y - b.y, z = a.z - b.z;
    return x * x + y * y + z * z;
}

double epi__scan_distance(const struct epi_scan_input *in, size_t i, size_t k)
{
    double d = sqrt(squared(point(in, i), point(in, k)));
    return in->degrees ? 2 * EARTH_KM * asin(fmin(d / 2, 1)) : d;
}

/* By distance, then by unit. The upper 32 bits of a non-negative double order it roughly, in three
 * passes of counting; what they leave out of order lies close and is put right by insertion. */
#define DIGITS 2048
static void sort_near(struct near *v, struct near *room, size_t n)
{
    uint32_t count[3][DIGITS] = {0};
    for (size_t i = 0; i < n; i++) {
        uint64_t bits;
        memcpy(&bits, &v[i].d2, sizeof bits);
        count[0][(bits >> 31) % DIGITS]++;
        count[1][(bits >> 42) % DIGITS]++;
        count[2][(bits >> 53) % DIGITS]++;
    }
    for (int pass = 0; pass < 3; pass++) {
        uint32_t at = 0;
        for (size_t k = 0; k < DIGITS; k++) {
            uint32_t here = count[pass][k];
            count[pass][k] = at;
            at += here;
        }
        for (size_t i = 0; i < n; i++) {
            uint64_t bits;
            memcpy(&bits, &v[i].d2, sizeof bits);
            room[count[pass][(bits >> (31 + 11 * pass)) % DIGITS]++] = v[i];
        }
        struct near *other = v;
        v = room, room = other;
    }
    /* after three passes the sorted ones are in the room of the caller: back, by insertion */
    for (size_t i = 0; i < n; i++) {
        struct near x = v[i];
        size_t k = i;
        for (; k > 0 &&
               (room[k - 1].d2 > x.d2 || (room[k - 1].d2 == x.d2 && room[k - 1].unit > x.unit));
             k--)
            room[k] = room[k - 1];
        room[k] = x;
    }
}

struct limits {
    double most, d2; /* of the measure; of the squared distance */
};

/* How many of the sorted neighbours the circles take, whole groups of equal distance only. */
static size_t taken(const struct near *v, size_t n, const double *measure, struct limits l,
                    uint8_t *closed)
{
    size_t kept = 0;
    double sum = 0;
    for (size_t i = 0; i < n;) {
        size_t last = i;
        double with = sum;
        do
            with += measure[v[last].unit];
        while (++last < n && v[last].d2 <= v[last - 1].d2 * (1 + TIE));
        if (with > l.most || v[last - 1].d2 > l.d2)
            break;
        for (size_t k = i; k < last; k++)
            closed[k] = k + 1 == last;
        sum = with;
        i = kept = last;
    }
    return kept;
}

epi_status epi__scan_circles(struct epi_arena *a, const struct epi_scan_input *in,
                             const double *measure, double max_share, double max_radius,
                             struct epi__circles *ret, struct epi_err *reterr)
{
    EPI_ARENA_LOCAL(scratch);
    size_t n = in->units, total = 0, cap = 0;
    double sum = 0,
           chord = in->degrees ? 2 * sin(fmin(max_radius / EARTH_KM / 2, M_PI / 2)) : max_radius;
    struct point *points = EPI_ARRAY(scratch, n, struct point);
    struct near *v = EPI_ARRAY(scratch, n, struct near), *room = EPI_ARRAY(scratch, n, struct near);
    uint8_t *closed = EPI_ARRAY(scratch, n, uint8_t), *cut = EPI_ARRAY(a, n, uint8_t),
            *flags = NULL;
    uint16_t *near = NULL;
    size_t *start = EPI_ARRAY(a, n + 1, size_t);
    for (size_t i = 0; i < n; i++) {
        points[i] = point(in, i);
        sum += measure[i];
    }
    struct limits l = {sum * max_share * (1 + 1e-12), chord * chord * (1 + 1e-12)};
    for (size_t i = 0; i < n; i++) {
        for (size_t k = 0; k < n; k++)
            v[k] = (struct near){squared(points[i], points[k]), (uint32_t)k};
        v[i].d2 = 0;
        sort_near(v, room, n);
        size_t kept = taken(v, n, measure, l, closed);
        cut[i] = kept < n;
        if (total + kept > EPI_SCAN_NEIGHBOURS_MAX)
            return EPI_FAIL(reterr, EPI_LIMIT, "estimate.too-large", "%zu", n);
        if (total + kept > cap) { /* the old room is scratch, given back at the end */
            size_t more = 2 * (total + kept) + n;
            uint16_t *near2 = EPI_ARRAY(scratch, more, uint16_t);
            uint8_t *flags2 = EPI_ARRAY(scratch, more, uint8_t);
            if (total) {
                memcpy(near2, near, total * sizeof *near);
                memcpy(flags2, flags, total);
            }
            near = near2, flags = flags2, cap = more;
        }
        for (size_t k = 0; k < kept; k++) {
            near[total + k] = (uint16_t)v[k].unit;
            flags[total + k] = closed[k];
        }
        /* of places that are one, the centre first */
        for (size_t k = 1; k < kept && near[total] != i; k++)
            if (near[total + k] == i) {
                near[total + k] = near[total];
                near[total] = (uint16_t)i;
            }
        total += kept;
        start[i + 1] = total;
    }
    uint16_t *all = EPI_ARRAY(a, total + 1, uint16_t);
    uint8_t *all_flags = EPI_ARRAY(a, total + 1, uint8_t);
    if (total) {
        memcpy(all, near, total * sizeof *near);
        memcpy(all_flags, flags, total);
    }
    *ret = (struct epi__circles){start, all, all_flags, cut};
    return EPI_OK;
}
