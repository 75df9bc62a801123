/* care_options.h - beds, stays and oxygen as options: what the methods of beds share as entries of
 * the table of methods. */
#ifndef EPI_ESTIMATE_CARE_OPTIONS_H
#define EPI_ESTIMATE_CARE_OPTIONS_H
#include "estimate/duration_internal.h"

/* clang-format off */
#define EPI__CARE_STAY_OPTIONS \
    EPI__DURATION_OPTIONS("ward-stay", "", "thời gian nằm khoa thường", "stay in a ward"), \
    EPI__DURATION_OPTIONS("icu-stay", "", "thời gian nằm hồi sức", "stay in intensive care"), \
    {"icu-fraction", EPI_OPT_NUMBER, "0", 0, 1, NULL, "", "phần nhập viện vào hồi sức", \
     "share of admissions that go to intensive care"}
#define EPI__CARE_SUPPLY_OPTIONS \
    {"oxygen-ward", EPI_OPT_NUMBER, "0", 0, 1000, NULL, "L/min", "ô-xy mỗi người ở khoa thường", \
     "oxygen of a ward patient"}, \
    {"oxygen-icu", EPI_OPT_NUMBER, "0", 0, 1000, NULL, "L/min", "ô-xy mỗi người ở hồi sức", \
     "oxygen of an intensive care patient"}, \
    {"ward-beds", EPI_OPT_NUMBER, "", 0, 1e9, NULL, "", "số giường khoa thường", "beds in wards"}, \
    {"icu-beds", EPI_OPT_NUMBER, "", 0, 1e9, NULL, "", "số giường hồi sức", "beds in intensive care"}
/* clang-format on */

/* By kind of bed: ward, intensive care. */
struct epi__care {
    struct epi_duration stay[2];
    double share[2];   /* of admissions; sum 1 */
    double initial[2]; /* in care at the start; NaN: not given */
    double litres[2];  /* of oxygen per patient and minute */
    double beds[2];    /* NaN: not given */
};
/* With findings for what is wrong: a stay that is needed and not told, a series that is not daily.
 * A stay nobody has is one day. */
bool epi__care_read(struct epi_estimate_run *r, struct epi__care *ret);
#endif
