/* delay_show.h - the rows and tables of fitted delay distributions; internal to delay_method.c. */
#ifndef EPI_ESTIMATE_DELAY_SHOW_H
#define EPI_ESTIMATE_DELAY_SHOW_H
#include "estimate/delay_internal.h"
#include "estimate/estimate_internal.h"

/* A row per fit, and the table "quantile" with limits. `rates`: gamma and exponential by their
 * rate, as the papers of exact and of truncated delays write them. `distances`: ks, cvm and ad. */
void epi__delay_show(struct epi_estimate_run *r, const struct epi_delay_fit *fits, size_t n,
                     bool rates, bool distances);
/* The table "count": how often each delay was seen, for the chart beside the fits. */
void epi__delay_show_counts(struct epi_estimate_run *r, const struct epi_delays *d);
#endif
