/* duration_internal.h - a distribution of times as options of a method: `--delay gamma
 * --delay-shape 2.4 --delay-scale 3.33`, or by mean and sd, or as a table by whole days. */
#ifndef EPI_ESTIMATE_DURATION_INTERNAL_H
#define EPI_ESTIMATE_DURATION_INTERNAL_H
#include "estimate/duration.h"
#include "estimate/estimate_internal.h"

#define EPI__DURATION_OPTIONS(name, standard, of_vi, of_en) \
    {name, \
     EPI_OPT_WORD, \
     standard, \
     0, \
     0, \
     "gamma|weibull|lnorm|exponential|fixed|table", \
     "", \
     of_vi ": dạng phân phối", \
     of_en ": its distribution"}, \
        {name "-mean",         EPI_OPT_NUMBER, "", 1e-6, 1e5, NULL, "day", \
         of_vi ": trung bình", of_en ": mean"}, \
        {name "-sd", \
         EPI_OPT_NUMBER, \
         "", \
         1e-6, \
         1e5, \
         NULL, \
         "day", \
         of_vi ": độ lệch chuẩn", \
         of_en ": standard deviation"}, \
        {name "-shape", \
         EPI_OPT_NUMBER, \
         "", \
         1e-3, \
         1e6, \
         NULL, \
         "", \
         of_vi ": tham số hình dạng (gamma, weibull)", \
         of_en ": shape (gamma, weibull)"}, \
        {name "-scale", \
         EPI_OPT_NUMBER, \
         "", \
         1e-6, \
         1e6, \
         NULL, \
         "day", \
         of_vi ": tham số tỷ lệ (gamma, weibull)", \
         of_en ": scale (gamma, weibull)"}, \
        {name "-meanlog", \
         EPI_OPT_NUMBER, \
         "", \
         -20, \
         20, \
         NULL, \
         "", \
         of_vi ": trung bình của logarit (lnorm)", \
         of_en ": mean of the logarithm (lnorm)"}, \
        {name "-sdlog", \
         EPI_OPT_NUMBER, \
         "", \
         1e-6, \
         20, \
         NULL, \
         "", \
         of_vi ": độ lệch chuẩn của logarit (lnorm)", \
         of_en ": sd of the logarithm (lnorm)"}, \
    { \
        name "-table", EPI_OPT_TABLE, "", 0, 0, "k|day|t density|share|probability|w", "", \
            of_vi ": tỷ lệ theo số ngày tròn", of_en ": share by whole days" \
    }

/* False, with findings, when the options name no distribution. When none is given at all, kind is
 * EPI_DURATION_KINDS. A table alone need not be named as kind. */
bool epi__duration_read(struct epi_estimate_run *r, const char *name, struct epi_duration *ret);
#endif
