/* growth_options.h - which part of a series growth is taken from, as options. */
#ifndef EPI_ESTIMATE_GROWTH_OPTIONS_H
#define EPI_ESTIMATE_GROWTH_OPTIONS_H
#include "estimate/estimate_internal.h"
#include "estimate/growth.h"

#define EPI__OPTIONS_RANGE \
    {"from", \
     EPI_OPT_INTEGER, \
     "", \
     -1e9, \
     1e9, \
     NULL, \
     "", \
     "bước đầu được dùng (t)", \
     "first step used (t)"}, \
        {"to", \
         EPI_OPT_INTEGER, \
         "", \
         -1e9, \
         1e9, \
         NULL, \
         "", \
         "bước cuối được dùng (t)", \
         "last step used (t)"}, \
        {"from-date", EPI_OPT_DATE, "", 0, 0, NULL, "", "ngày đầu được dùng", "first day used"}, \
        {"to-date", EPI_OPT_DATE, "", 0, 0, NULL, "", "ngày cuối được dùng", "last day used"}, \
    { \
        "level", EPI_OPT_NUMBER, "0.95", 0.5, 0.9999, NULL, "", "mức tin cậy của các khoảng", \
            "confidence level of the limits" \
    }

struct epi__range {
    size_t from, n; /* points */
};
EPI_MUST_USE epi_status epi__range_read(struct epi_estimate_run *r, struct epi__range *ret);
/* From the name of a method, or of the option "model". */
enum epi_growth_model epi__growth_model(epi_str name);
#endif
