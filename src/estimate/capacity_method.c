// SPDX-License-Identifier: AGPL-3.0-or-later
#include "estimate/capacity.h"
#include "estimate/care_options.h"
#include "estimate/risk_internal.h"

static epi_status run_beds(struct epi_estimate_run *r)
{
    static const char *const names[] = {"ward", "icu"};
    struct epi__care care;
    EPI_TRY(epi__few_points(r));
    if (!epi__care_read(r, &care))
        return EPI_FAIL(r->err, EPI_INVALID, "estimate.options-faulty", "%s", "");
    size_t n = r->series.n, peak_day[2] = {0, 0}, over_day[2] = {n, n};
    double peak_oxygen = 0;
    size_t peak_oxygen_day = 0;
    struct epi_frame *f = &r->out->rows;
    epi_frame_init(f, n);
    epi__time_columns(r, f);
    double *all[2], *old[2], *sd[2], *over[2];
    for (int k = 0; k < 2; k++) {
        all[k] = epi_frame_add(r->a, f, names[k]);
        old[k] = epi_frame_add(r->a, f, k ? "icu_initial" : "ward_initial");
        sd[k] = epi_frame_add(r->a, f, k ? "icu_sd" : "ward_sd");
        over[k] = epi_frame_add(r->a, f, k ? "icu_over" : "ward_over");
        epi_capacity_occupancy(r->a, r->series.cases, n, care.share[k], &care.stay[k], all[k]);
        epi_capacity_initial(care.initial[k], &care.stay[k], n, old[k]);
        for (size_t t = 0; t < n; t++) {
            sd[k][t] = sqrt(all[k][t]); /* Poisson, of those newly admitted */
            all[k][t] += old[k][t];
            over[k][t] = isnan(care.beds[k]) ? (double)NAN : fmax(0, all[k][t] - care.beds[k]);
            peak_day[k] = all[k][t] > all[k][peak_day[k]] ? t : peak_day[k];
            over_day[k] = over[k][t] > 0 && over_day[k] == n ? t : over_day[k];
        }
    }
    double *oxygen = epi_frame_add(r->a, f, "oxygen"),
           *cubic = epi_frame_add(r->a, f, "oxygen_per_day");
    for (size_t t = 0; t < n; t++) {
        oxygen[t] = all[0][t] * care.litres[0] + all[1][t] * care.litres[1];
        cubic[t] = oxygen[t] * EPI_CAPACITY_M3_PER_DAY;
        peak_oxygen_day = oxygen[t] > oxygen[peak_oxygen_day] ? t : peak_oxygen_day;
        peak_oxygen = fmax(peak_oxygen, oxygen[t]);
    }
    double t0 = r->series.t0;
    epi_out_value(r, "peak_ward", all[0][peak_day[0]]);
    epi_out_value(r, "peak_ward_t", t0 + (double)peak_day[0]);
    epi_out_value(r, "peak_icu", all[1][peak_day[1]]);
    epi_out_value(r, "peak_icu_t", t0 + (double)peak_day[1]);
    epi_out_value(r, "peak_oxygen", peak_oxygen);
    epi_out_value(r, "peak_oxygen_t", t0 + (double)peak_oxygen_day);
    static const char *const firsts[] = {"first_ward_over_t", "first_icu_over_t"};
    for (int k = 0; k < 2; k++) {
        bool beyond = over_day[k] < n;
        epi_out_value(r, firsts[k], beyond ? t0 + (double)over_day[k] : (double)NAN);
        if (beyond)
            epi_out_note(r, EPI_WARNING,
                         k ? "estimate.capacity.icu-over" : "estimate.capacity.ward-over",
                         over_day[k] + 1, epi_str_printf(r->a, "%.0f", care.beds[k]),
                         epi_str_printf(r->a, "%.0f", all[k][peak_day[k]]));
        if (n > 1 && peak_day[k] == n - 1)
            epi_out_note(r, EPI_NOTE, "estimate.capacity.still-rising", n, epi_str_of(names[k]),
                         EPI_NIL);
    }
    return EPI_OK;
}

static const struct epi_estimate_option options[] = {
    EPI__CARE_STAY_OPTIONS,
    {"initial-ward", EPI_OPT_NUMBER, "0", 0, 1e9, NULL, "person", "đang nằm khoa thường lúc đầu",
     "in wards at the start"},
    {"initial-icu", EPI_OPT_NUMBER, "0", 0, 1e9, NULL, "person", "đang nằm hồi sức lúc đầu",
     "in intensive care at the start"},
    EPI__CARE_SUPPLY_OPTIONS,
};
static const struct epi_estimate_column columns[] = {
    {"t", "", "thứ tự ngày", "day"},
    {"date", "", "ngày", "date"},
    {"ward", "person", "số người nằm khoa thường", "in wards"},
    {"ward_initial", "person", "trong đó nằm từ trước", "of them, there from the start"},
    {"ward_sd", "person", "độ lệch chuẩn nếu nhập viện Poisson",
     "standard deviation when admissions are Poisson"},
    {"ward_over", "person", "vượt số giường", "beyond the beds"},
    {"icu", "person", "số người nằm hồi sức", "in intensive care"},
    {"icu_initial", "person", "trong đó nằm từ trước", "of them, there from the start"},
    {"icu_sd", "person", "độ lệch chuẩn nếu nhập viện Poisson",
     "standard deviation when admissions are Poisson"},
    {"icu_over", "person", "vượt số giường", "beyond the beds"},
    {"oxygen", "L/min", "ô-xy cần", "oxygen needed"},
    {"oxygen_per_day", "m3", "ô-xy cần mỗi ngày", "oxygen needed a day"},
};
static const struct epi_estimate_method methods[] = {
    {.figure = "capacity",
     .method = "beds",
     .vi = "Giường và ô-xy từ số nhập viện và thời gian nằm viện",
     .en = "Beds and oxygen from admissions and length of stay",
     .paper = "Eick, Massey, Whitt 1993, Oper Res 41:731; Cox 1962, Renewal Theory",
     .shape = EPI_SHAPE_SERIES,
     .series_flags = EPI_SERIES_FRACTIONS,
     .input = "t|date expected_admissions|admissions|cases",
     .counts = "expected_admissions|admissions|cases",
     .options = options,
     .options_n = EPI_COUNT(options),
     .columns = columns,
     .columns_n = EPI_COUNT(columns),
     .run = run_beds},
};
const struct epi_estimate_group epi__capacity_methods = {methods, EPI_COUNT(methods)};
