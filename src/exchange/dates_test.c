// SPDX-License-Identifier: AGPL-3.0-or-later
#include "exchange/test_help.h"

static const struct epi_date_options vn = {
    .order = EPI_ORDER_DMY, .last_year = 2022, .utc_offset_minutes = 420};

TEST(dates_are_read_in_every_usual_form)
{
    USES_NO_RNG;
    static const char *const rows[] = {
        "2021-11-17",
        "2021/11/17",
        "2021.11.17",
        "17/11/2021",
        "17-11-2021",
        "17.11.2021",
        "17.11.21",
        "17/11/21",
        "20211117",
        "17112021",
        "17 11 2021",
        "17 tháng 11 năm 2021",
        "ngày 17 tháng 11 năm 2021",
        "Ngày 17 tháng 11 năm 2021",
        "17 thg 11, 2021",
        "17 Nov 2021",
        "17-Nov-21",
        "Nov 17, 2021",
        "November 17th, 2021",
        "17 November 2021",
        "Wednesday, 17 November 2021",
        "2021-11-17T00:00:00",
        "2021-11-17 23:59:59",
        "2021-11-17T23:59:59.999",
        "17/11/2021 0:00",
        "17/11/2021 11:30 PM",
        "17/11/2021 11:30:00 CH",
        "14:30 17/11/2021",
        "14:30, 17/11/2021",
        "16h00 ngày 17/11/2021",
        "16 giờ 00 ngày 17/11/2021",
        "16 giờ 30 phút ngày 17 tháng 11 năm 2021",
        "16 giờ 17/11/2021",
        "44517",
        "44517.75",
        " 17/11/2021 ",
        "(17/11/2021)",
        "2021-11-17T00:00:00Z",
        "2021-11-16T17:00:00Z",
        "2021-11-16T17:00:00.000Z",
        "16/11/2021 24:00",
    };
    for (size_t i = 0; i < EPI_COUNT(rows); i++) {
        struct epi_date_reading r;
        char out[16];
        epi_date_outcome o = epi_date_read(epi_str_of(rows[i]), &vn, &r);
        if (o != EPI_DATE_READ || strcmp(epi_date_iso(r.date, out), "2021-11-17") != 0)
            epi_test_fail(__FILE__, __LINE__, "%s read as outcome %d, %s", rows[i], (int)o,
                          epi_date_iso(r.date, out));
    }
}

TEST(what_is_no_full_date_says_what_it_is)
{
    USES_NO_RNG;
    static const struct {
        const char *text;
        epi_date_outcome want;
    } rows[] = {
        {"", EPI_DATE_EMPTY},
        {"   ", EPI_DATE_EMPTY},
        {"31/02/2021", EPI_DATE_IMPOSSIBLE},
        {"29/02/2021", EPI_DATE_IMPOSSIBLE},
        {"2021-13-01", EPI_DATE_IMPOSSIBLE},
        {"45/45/2021", EPI_DATE_IMPOSSIBLE},
        {"1985", EPI_DATE_YEAR_ONLY},
        {"11/2021", EPI_DATE_MONTH_ONLY},
        {"tháng 11/2021", EPI_DATE_MONTH_ONLY},
        {"Nov 2021", EPI_DATE_MONTH_ONLY},
        {"hôm qua", EPI_DATE_UNREADABLE},
        {"12", EPI_DATE_UNREADABLE},
        {"17/11", EPI_DATE_UNREADABLE},
        {"0912345678", EPI_DATE_UNREADABLE},
        {"11/25/2021", EPI_DATE_OTHER_ORDER},
        {"17/11/2021 và 18/11/2021", EPI_DATE_UNREADABLE},
        {"=1+1", EPI_DATE_UNREADABLE},
        {"17/11/20211", EPI_DATE_UNREADABLE},
        {"99999999999999999999", EPI_DATE_UNREADABLE},
    };
    for (size_t i = 0; i < EPI_COUNT(rows); i++) {
        struct epi_date_reading r;
        epi_date_outcome o = epi_date_read(epi_str_of(rows[i].text), &vn, &r);
        if (o != rows[i].want)
            epi_test_fail(__FILE__, __LINE__, "\"%s\": outcome %d, want %d", rows[i].text, (int)o,
                          (int)rows[i].want);
    }
}

/* The "one day early" disaster: 24 offsets x midnight x every form that can carry a zone. */
TEST(a_civil_date_is_the_same_day_at_every_offset)
{
    USES_NO_RNG;
    static const char *const days[] = {"2021-11-17", "2020-02-29", "2021-01-01", "2021-12-31",
                                       "1900-03-01"};
    for (int h = -11; h <= 12; h++)
        for (size_t i = 0; i < EPI_COUNT(days); i++) {
            struct epi_date_options site = {.order = EPI_ORDER_DMY, .utc_offset_minutes = h * 60};
            EPI_ARENA_LOCAL(a);
            epi_date want;
            CHECK(epi_date_parse_iso(epi_str_of(days[i]), &want));
            char utc[32];
            epi_str forms[] = {
                epi_str_of(days[i]),
                epi_str_printf(a, "%sT00:00:00%c%02d:00", days[i], h < 0 ? '-' : '+',
                               h < 0 ? -h : h),
                epi_str_printf(a, "%sT00:00:00%c%02d00", days[i], h < 0 ? '-' : '+',
                               h < 0 ? -h : h),
                epi_str_printf(a, "%s 00:00:00", days[i]),
                epi_str_printf(a, "%sT00:00:00Z", days[i]),
                epi_str_printf(a, "%sT23:59:59%c%02d:00", days[i], h < 0 ? '-' : '+',
                               h < 0 ? -h : h),
                /* the moment of local midnight, as a program far away writes it */
                epi_str_of(epi_instant_iso(epi_date_start(want, h * 60), utc)),
                epi_str_printf(a, "%d", (int)epi_date_to_serial(want)),
            };
            for (size_t k = 0; k < EPI_COUNT(forms); k++) {
                struct epi_date_reading r;
                if (k == 7 && epi_date_to_serial(want) < 10000)
                    continue; /* too small to be taken for a date in text */
                CHECK_INT(epi_date_read(forms[k], &site, &r), EPI_DATE_READ);
                CHECK_INT(r.date.d, want.d);
            }
        }
}

TEST(the_1900_and_1904_systems_agree_with_spreadsheets)
{
    USES_NO_RNG;
    char out[16];
    CHECK_TEXT(epi_str_of(epi_date_iso(epi_date_serial(1, false), out)), "1900-01-01");
    CHECK_TEXT(epi_str_of(epi_date_iso(epi_date_serial(59, false), out)), "1900-02-28");
    CHECK(!epi_date_known(epi_date_serial(60, false)));
    CHECK_TEXT(epi_str_of(epi_date_iso(epi_date_serial(61, false), out)), "1900-03-01");
    CHECK_TEXT(epi_str_of(epi_date_iso(epi_date_serial(44517, false), out)), "2021-11-17");
    CHECK_TEXT(epi_str_of(epi_date_iso(epi_date_serial(43055, true), out)), "2021-11-17");
    CHECK_TEXT(epi_str_of(epi_date_iso(epi_date_serial(0, true), out)), "1904-01-01");
    CHECK(!epi_date_known(epi_date_serial(0, false)));
    CHECK(!epi_date_known(epi_date_serial(-1, false)));
    CHECK(!epi_date_known(epi_date_serial(1e18, false)));
    CHECK(!epi_date_known(epi_date_serial(1e18, true)));
    CHECK_INT(epi_date_to_serial(epi_date_ymd(2021, 11, 17)), 44517);
    CHECK_INT(epi_date_to_serial(epi_date_ymd(1900, 2, 28)), 0);
}

TEST(two_digit_years_turn_at_the_newest_year)
{
    USES_NO_RNG;
    static const struct {
        const char *text;
        int year;
    } rows[] = {{"1/2/22", 2022}, {"1/2/23", 1923}, {"1/2/99", 1999}, {"1/2/00", 2000}};
    for (size_t i = 0; i < EPI_COUNT(rows); i++) {
        struct epi_date_reading r;
        int y, m, d;
        CHECK_INT(epi_date_read(epi_str_of(rows[i].text), &vn, &r), EPI_DATE_READ);
        epi_date_split(r.date, &y, &m, &d);
        CHECK_INT(y, rows[i].year);
        CHECK(r.flags & EPI_DATE_TWO_DIGIT);
    }
}

static epi_date_order decide(struct epi_arena *a, const char *const *values, size_t n, bool real,
                             struct epi_findings *f)
{
    struct epi_date_column c = {.values = 0};
    epi_findings_init(f, a, 0);
    for (size_t i = 0; i < n; i++)
        epi_date_column_see(&c, epi_str_of(values[i]), real && values[i][4] == '-');
    return epi_date_column_decide(&c, EPI_S("onset"), f);
}

TEST(the_order_of_a_column_is_proved_by_its_values)
{
    USES_NO_RNG;
    EPI_ARENA_LOCAL(a);
    struct epi_findings f;
    const char *dmy[] = {"05/11/2021", "25/11/2021", "", "06/11/2021"};
    CHECK_INT(decide(a, dmy, 4, false, &f), EPI_ORDER_DMY);
    CHECK_INT(f.n, 0);
    const char *mdy[] = {"11/05/2021", "11/25/2021"};
    CHECK_INT(decide(a, mdy, 2, false, &f), EPI_ORDER_MDY);
    CHECK_TEXT(epi_str_of(f.list[0].code), "date.month-first");
    const char *open[] = {"05/11/2021", "06/11/2021", "07/07/2021"};
    CHECK_INT(decide(a, open, 3, false, &f), EPI_ORDER_DMY);
    CHECK_TEXT(epi_str_of(f.list[0].code), "date.order-assumed");
    CHECK_TEXT(f.list[0].arg1, "2");
    const char *mixed[] = {"25/11/2021", "26/11/2021", "11/27/2021"};
    CHECK_INT(decide(a, mixed, 3, false, &f), EPI_ORDER_DMY);
    CHECK_INT(f.list[0].severity, EPI_ERROR);
    CHECK_TEXT(epi_str_of(f.list[0].code), "date.mixed-order");
}

TEST(dates_swapped_by_a_month_first_spreadsheet_are_noticed)
{
    USES_NO_RNG;
    EPI_ARENA_LOCAL(a);
    struct epi_findings f;
    const char *cells[] = {"2021-05-11", "2021-06-11", "2021-07-11",
                           "25/11/2021", "26/11/2021", "2021-08-11"};
    (void)decide(a, cells, 6, true, &f);
    CHECK_INT(f.counts[EPI_ERROR], 1);
    CHECK_TEXT(epi_str_of(f.list[0].code), "date.maybe-swapped");
    const char *fine[] = {"2021-05-11", "2021-06-21", "2021-07-11",
                          "25/11/2021", "26/11/2021", "2021-08-11"};
    (void)decide(a, fine, 6, true, &f);
    CHECK_INT(f.counts[EPI_ERROR], 0);
}

PROPERTY(every_day_is_read_back_from_every_form_we_write, 200)
{
    epi_date d = {(int32_t)epi_rng_between(rng, -25000, 40000)};
    struct epi_date_reading r;
    char out[16];
    CHECK_INT(epi_date_read(epi_str_of(epi_date_iso(d, out)), &vn, &r), EPI_DATE_READ);
    CHECK_INT(r.date.d, d.d);
    CHECK_INT(epi_date_read(epi_str_of(epi_date_dmy(d, out)), &vn, &r), EPI_DATE_READ);
    CHECK_INT(r.date.d, d.d);
    CHECK_INT(epi_date_serial(epi_date_to_serial(d), false).d, d.d);
}

PROPERTY(any_text_has_one_outcome_and_no_crash, 2000)
{
    static const char letters[] = "0123456789/-.: TZhngàyáAPM+,()'";
    char text[40];
    size_t n = epi_rng_below(rng, sizeof text);
    for (size_t i = 0; i < n; i++)
        text[i] = letters[epi_rng_below(rng, sizeof letters - 1)];
    struct epi_date_reading r;
    epi_date_outcome o = epi_date_read((epi_str){text, n}, &vn, &r);
    CHECK((o == EPI_DATE_READ) == epi_date_known(r.date) || o == EPI_DATE_READ);
}
