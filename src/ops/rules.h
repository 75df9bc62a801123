/* rules.h - whose rules hold where.
 *
 * DIR/policies/authorities.json names the authority of units. A unit follows its own authority,
 * then those of the units above it, then the default packs of the program. Without the file any
 * named authority is followed everywhere, as in a folder with one country's rules. */
#ifndef EPI_OPS_RULES_H
#define EPI_OPS_RULES_H
#include "ops/ops_internal.h"

epi_status epi__authorities_load(struct epi_app *app, struct epi_findings *findings,
                                 struct epi_err *reterr);
/* Authorities whose packs a unit follows, in order of preference; 0 = any. */
size_t epi__authorities(const struct epi_app *app, struct epi_arena *a, int32_t unit,
                        const epi_str **ret);
/* The nearest unit, itself included, that has an authority of its own; -1 when none has. Units
 * with the same answer follow the same rules. An unknown unit (-1) follows those of the root. */
int32_t epi__ruled_by(const struct epi_app *app, int32_t unit);

/* The disease asked for (argument "disease"), else the site's main one. */
epi_str epi__disease(const struct epi_call *call);
/* The pack a unit follows on a day; NULL when none is in force. */
const struct epi_pack *epi__pack_for(struct epi_call *call, epi_policy_kind kind, int32_t unit,
                                     epi_date on);
/* The level packs of a unit, for the acts of level/; argument "policy" names one. */
struct epi_level_query;
struct epi_level_query epi__level_query(struct epi_call *call, int32_t unit);
/* A number of the rules: of the pack a unit follows, else of the default pack. */
double epi__rule_number(struct epi_call *call, epi_policy_kind kind, int32_t unit, epi_date on,
                        const char *name, double otherwise);

struct epi__rule { /* which pack was used; no id = none */
    epi_str id, document, authority;
    epi_confidence confidence; /* of the weakest row used */
};
struct epi__rule epi__rule_of(const struct epi_pack *p);
/* "key": {"id","document","authority","confidence"} or null. */
void epi__rule_json(struct epi_jw *w, const char *key, const struct epi__rule *r);
#endif
