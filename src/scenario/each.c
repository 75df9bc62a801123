// SPDX-License-Identifier: AGPL-3.0-or-later
/* Runs a phase over blocks or ranges. */
#include "scenario/scenario_internal.h"

void epi__each(struct epi_world *w, uint32_t n, epi__each_fn *fn)
{
    for (uint32_t i = 0; i < n; i++)
        fn(w, i);
}
