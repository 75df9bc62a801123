/* packs.h - the rules of the policy packs in a run, instead of levers that repeat them.
 *
 * Part of scenario.h. `level.by`, `trace.by` and `lab.by` = "pack" let the packs in force on the
 * simulated day decide:
 * - level: epi_level_of (level.h) with the cases that the community-case pack counts, over the
 *   window of the level pack, and the coverage of the place as the coverage pack counts doses, once
 *   a week. capacity_ready is not known. What is undecided or refused leaves the level as it is.
 * - trace: where a contact stays, how many days from the last exposure and when tested, by the
 *   contact-duty pack; a home is fit for it but for the share `trace.site`.
 * - lab: whether a positive antigen test makes a case, by the case-definition pack; else a PCR
 *   sample is sent.
 * What a pack does not say, the levers say. Packs may change during the run. */
#ifndef EPI_SCENARIO_PACKS_H
#define EPI_SCENARIO_PACKS_H
#include "base/base.h"

#define EPI_BY_PACK "pack" /* the word of the levers */
struct epi_scenario;
struct epi_policies;
struct epi_packs { /* outlives the worlds it is given to; may be shared */
    const struct epi_policies *set;
    const epi_str *authorities; /* as in epi_policy_query, for all places */
    size_t authorities_n;
    epi_str disease;
    epi_date first; /* of day 0 */
};
bool epi_scenario_by_packs(const struct epi_scenario *s); /* does any lever ask for them? */
struct epi_world;
/* Before the first day, before epi_world_begin and epi_world_restore. */
void epi_world_packs(struct epi_world *w, const struct epi_packs *p);
/* [{"lever","policy","document","title","sources","from","to","state","silent"}]: which packs rule
 * which lever on the days of the scenario. state: "decides", "refused" (switched off) or "none"
 * (no pack, `policy` null); silent: the levers that stand in for what the pack does not say. */
void epi_packs_json(struct epi_jw *w, const struct epi_packs *p, const struct epi_scenario *s);
#endif
