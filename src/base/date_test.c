// SPDX-License-Identifier: AGPL-3.0-or-later
#include "base/test.h"

TEST(days_of_four_hundred_years_are_written_and_read_back)
{
    epi_date d = epi_date_ymd(1800, 1, 1), last = epi_date_ymd(2200, 1, 1);
    int weekday = epi_date_weekday(d), y = 1800, m = 1, day = 1;
    for (; d.d < last.d; d.d++) {
        int gy, gm, gd;
        char text[16];
        epi_date back;
        epi_date_split(d, &gy, &gm, &gd);
        CHECK(gy == y && gm == m && gd == day);
        CHECK(epi_date_ymd(gy, gm, gd).d == d.d);
        CHECK(epi_date_parse_iso(epi_str_of(epi_date_iso(d, text)), &back) && back.d == d.d);
        CHECK_INT(epi_date_weekday(d), weekday);
        weekday = weekday % 7 + 1;
        if (epi_ymd_valid(y, m, day + 1)) {
            day++;
        } else {
            day = 1;
            m = m % 12 + 1;
            y += m == 1;
        }
    }
    CHECK_INT(y, 2200);
}

TEST(known_days_have_their_number_and_weekday)
{
    char text[16];
    CHECK_INT(epi_date_ymd(1970, 1, 1).d, 0);
    CHECK_INT(epi_date_ymd(2000, 3, 1).d, 11017);
    CHECK_INT(epi_date_ymd(1, 1, 1).d, -719162);
    CHECK_INT(epi_date_ymd(9999, 12, 31).d, 2932896);
    CHECK_INT(epi_date_weekday(epi_date_ymd(2021, 11, 17)), 3);
    CHECK_INT(epi_date_weekday(epi_date_ymd(1969, 12, 28)), 7);
    CHECK_STR(epi_str_of(epi_date_dmy(epi_date_ymd(2021, 11, 7), text)), EPI_S("07/11/2021"));
    CHECK_STR(epi_str_of(epi_date_iso(EPI_DATE_UNKNOWN, text)), EPI_S(""));
    CHECK_STR(epi_str_of(epi_date_dmy(EPI_DATE_UNKNOWN, text)), EPI_S(""));
    CHECK_STR(epi_str_of(epi_date_dmy((epi_date){INT32_MAX}, text)), EPI_S("5881580-07"));
}

TEST(days_that_do_not_exist_are_unknown)
{
    CHECK(!epi_ymd_valid(2021, 2, 29) && epi_ymd_valid(2024, 2, 29));
    CHECK(!epi_ymd_valid(1900, 2, 29) && epi_ymd_valid(2000, 2, 29));
    CHECK(!epi_ymd_valid(2021, 13, 1) && !epi_ymd_valid(2021, 0, 1) && !epi_ymd_valid(2021, 4, 31));
    CHECK(!epi_ymd_valid(0, 1, 1) && !epi_ymd_valid(10000, 1, 1) && !epi_ymd_valid(2021, 1, 0));
    CHECK(!epi_date_known(epi_date_ymd(2021, 2, 30)));
    static const char *const bad[] = {"",           "2021-1-01",   "2021-02-29",
                                      "2021/01/01", " 2021-01-01", "2021-01-01 ",
                                      "20210101",   "0000-01-01",  "2021-01-0a"};
    epi_date d = {5};
    for (size_t i = 0; i < EPI_COUNT(bad); i++)
        CHECK(!epi_date_parse_iso(epi_str_of(bad[i]), &d));
    CHECK_INT(d.d, 5);
}

TEST(age_counts_completed_years)
{
    epi_date birth = epi_date_ymd(2000, 2, 29);
    CHECK_INT(epi_date_age(birth, epi_date_ymd(2021, 2, 28)), 20);
    CHECK_INT(epi_date_age(birth, epi_date_ymd(2021, 3, 1)), 21);
    CHECK_INT(epi_date_age(birth, birth), 0);
    CHECK_INT(epi_date_age(birth, epi_date_ymd(1999, 1, 1)), -1);
    CHECK_INT(epi_date_age(EPI_DATE_UNKNOWN, birth), -1);
    CHECK_INT(epi_date_age(birth, EPI_DATE_UNKNOWN), -1);
}

TEST(instants_are_read_with_their_offset)
{
    static const struct {
        const char *text, *iso;
    } good[] = {
        {"2021-11-17T09:05:00+07:00", "2021-11-17T02:05:00.000Z"},
        {"2021-11-17T02:05:00Z", "2021-11-17T02:05:00.000Z"},
        {"2021-11-17t02:05:00.123987z", "2021-11-17T02:05:00.123Z"},
        {"2021-11-17 00:00:00.5-01:30", "2021-11-17T01:30:00.500Z"},
        {"1969-12-31T23:59:59.999Z", "1969-12-31T23:59:59.999Z"},
        {"2016-12-31T23:59:60Z", "2017-01-01T00:00:00.000Z"},
    };
    char text[32];
    epi_instant t = {3};
    for (size_t i = 0; i < EPI_COUNT(good); i++) {
        CHECK(epi_instant_parse(epi_str_of(good[i].text), &t));
        CHECK_STR(epi_str_of(epi_instant_iso(t, text)), epi_str_of(good[i].iso));
    }
    static const char *const bad[] = {"2021-11-17T09:05:00",
                                      "2021-11-17T24:00:00Z",
                                      "2021-11-17T09:60:00Z",
                                      "2021-11-17T09:05:00.Z",
                                      "2021-11-17T09:05:00+7:00",
                                      "2021-11-17T09:05:00+0700",
                                      "2021-11-17T09:05:00+24:00",
                                      "2021-11-17",
                                      "2021-02-29T09:05:00Z",
                                      "2021-11-17T09:05:61Z",
                                      ""};
    t.ms = 3;
    for (size_t i = 0; i < EPI_COUNT(bad); i++)
        CHECK(!epi_instant_parse(epi_str_of(bad[i]), &t));
    CHECK_INT(t.ms, 3);
    CHECK_STR(epi_str_of(epi_instant_iso(EPI_INSTANT_UNKNOWN, text)), EPI_S(""));
    CHECK_STR(epi_str_of(epi_instant_iso((epi_instant){INT64_MAX}, text)), EPI_S(""));
}

PROPERTY(instants_are_written_and_read_back, 300)
{
    char text[32];
    epi_instant t = {epi_rng_between(rng, -62135596800000LL, 253402300799999LL)}, back = {0};
    CHECK(epi_instant_parse(epi_str_of(epi_instant_iso(t, text)), &back));
    CHECK_INT(back.ms, t.ms);
}

PROPERTY(the_day_of_an_instant_starts_at_or_before_it, 300)
{
    int offset = (int)epi_rng_between(rng, -14 * 60, 14 * 60);
    epi_instant t = {epi_rng_between(rng, -62135596800000LL, 253402300799999LL)};
    epi_date d = epi_instant_date(t, offset);
    epi_instant start = epi_date_start(d, offset);
    CHECK(start.ms <= t.ms && t.ms - start.ms < 86400000);
    CHECK_INT(epi_instant_date(start, offset).d, d.d);
    CHECK_INT(epi_instant_date((epi_instant){start.ms - 1}, offset).d, d.d - 1);
}

TEST(instants_no_day_can_name_are_unknown)
{
    CHECK(!epi_date_known(epi_instant_date(EPI_INSTANT_UNKNOWN, 420)));
    CHECK(!epi_date_known(epi_instant_date((epi_instant){INT64_MAX}, 420)));
    CHECK(!epi_instant_known(epi_date_start(EPI_DATE_UNKNOWN, 420)));
}

PROPERTY(overlap_agrees_with_counting_moments, 500)
{
    epi_instant end[4], from = {0}, to = {0};
    for (int i = 0; i < 4; i++)
        end[i] = epi_rng_chance(rng, 0.2) ? EPI_INSTANT_UNKNOWN
                                          : (epi_instant){epi_rng_between(rng, 0, 12)};
    int first = -1, count = 0;
    for (int t = -2; t < 15; t++) {
        bool in_a = t >= end[0].ms && (!epi_instant_known(end[1]) || t < end[1].ms);
        bool in_b = t >= end[2].ms && (!epi_instant_known(end[3]) || t < end[3].ms);
        if (in_a && in_b && ++count == 1)
            first = t;
    }
    bool both = epi_interval_overlap(end[0], end[1], end[2], end[3], &from, &to);
    CHECK_INT(both, count > 0);
    if (!both)
        return;
    if (epi_instant_known(from))
        CHECK_INT(from.ms, first);
    if (epi_instant_known(from) && epi_instant_known(to))
        CHECK_INT(to.ms - from.ms, count);
    CHECK_INT(epi_instant_known(to), epi_instant_known(end[1]) || epi_instant_known(end[3]));
}
