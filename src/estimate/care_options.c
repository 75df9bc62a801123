// SPDX-License-Identifier: AGPL-3.0-or-later
#include "estimate/care_options.h"

static bool stay_read(struct epi_estimate_run *r, const char *name, bool needed,
                      struct epi_duration *ret)
{
    if (!epi__duration_read(r, name, ret))
        return false;
    if (ret->kind != EPI_DURATION_KINDS)
        return true;
    *ret = (struct epi_duration){.kind = EPI_DURATION_FIXED, .p1 = 1};
    if (needed)
        epi_finding_add(r->findings, EPI_ERROR, "estimate.option-missing", 0, epi_str_of(name),
                        epi_str_of(name), EPI_NIL);
    return !needed;
}
bool epi__care_read(struct epi_estimate_run *r, struct epi__care *ret)
{
    static const char *const stay[] = {"ward-stay", "icu-stay"},
                             *const initial[] = {"initial-ward", "initial-icu"},
                             *const litres[] = {"oxygen-ward", "oxygen-icu"},
                             *const beds[] = {"ward-beds", "icu-beds"};
    double to_icu = epi_opt_number(r, "icu-fraction");
    bool ok = true;
    for (int k = 0; k < 2; k++) {
        ret->share[k] = k ? to_icu : 1 - to_icu;
        ret->initial[k] = epi_opt_number(r, initial[k]);
        ret->litres[k] = epi_opt_number(r, litres[k]);
        ret->beds[k] = epi_opt_number(r, beds[k]);
        bool needed = k == 0 || to_icu > 0 || ret->initial[k] > 0;
        ok = stay_read(r, stay[k], needed, &ret->stay[k]) && ok;
    }
    if (r->series.step != 1) {
        epi_finding_add(r->findings, EPI_ERROR, "estimate.daily-needed", 0, EPI_S("date"), EPI_NIL,
                        EPI_NIL);
        ok = false;
    }
    return ok;
}
