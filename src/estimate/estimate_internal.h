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
/* The subjects, in the order people read them: epi__<subject>_methods stands in
 * <subject>_method.c. */
#define EPI__SUBJECTS(X) \
    X(curve) \
    X(rt_cori) \
    X(rt_case) \
    X(rt_growth) \
    X(si) \
    X(growth) \
    X(growth_table) \
    X(delay) \
    X(nowcast) \
    X(forecast) \
    X(forecast_capacity) \
    X(score) \
    X(speed) \
    X(signal) \
    X(scan) \
    X(cfr) \
    X(risk) \
    X(rate) \
    X(standardise) \
    X(offspring) \
    X(network) \
    X(tree) \
    X(household) \
    X(final_size) \
    X(pool) \
    X(coverage) \
    X(capacity)
#define X(subject) extern const struct epi_estimate_group epi__##subject##_methods;
EPI__SUBJECTS(X)
#undef X
#endif
