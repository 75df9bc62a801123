/* estimate_internal.h - what the files of this folder share. */
#ifndef EPI_ESTIMATE_INTERNAL_H
#define EPI_ESTIMATE_INTERNAL_H
#include "estimate/estimate.h"
#include "stats/stats.h"

/* options.c: the method's options with their values; every fault is a finding. */
bool epi__options_read(struct epi_estimate_run *r, const struct epi_estimate_arg *args, size_t n);
/* The options every series method has beside its own. */
extern const struct epi_estimate_option epi__series_options[];
extern const size_t epi__series_options_n;
/* Option i of a method, its own first; NULL past the last. */
const struct epi_estimate_option *epi__option_at(const struct epi_estimate_method *m, size_t i);
/* The methods of each subject, in <subject>_method.c. */
extern const struct epi_estimate_group epi__rt_cori_methods, epi__rt_case_methods,
    epi__rt_growth_methods, epi__si_methods, epi__growth_methods, epi__growth_table_methods;
extern const struct epi_estimate_group epi__cfr_methods, epi__risk_methods, epi__rate_methods,
    epi__standardise_methods, epi__pool_methods, epi__coverage_methods, epi__capacity_methods;
#endif
