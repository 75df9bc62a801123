// SPDX-License-Identifier: AGPL-3.0-or-later
/* Packs from anywhere: whatever loads must decide, explain and answer for every fact value, and a
 * decision made with facts missing must hold when they are filled in. */
#include "policy/policy.h"

static struct epi_fact any_value(struct epi_rng *r, const struct epi_slot_info *s)
{
    double lo = s->has_min ? s->min : -1, hi = s->has_max ? s->max : lo + 100;
    if (s->type == EPI_VALUE_BOOL)
        return epi_fact_bool(epi_rng_chance(r, 0.5));
    if (s->type == EPI_VALUE_WORD)
        return epi_fact_number((double)epi_rng_below(r, s->words_n));
    if (!(lo >= -1e6 && hi <= 1e6 && lo <= hi))
        return EPI_FACT_UNKNOWN;
    return epi_fact_number((double)epi_rng_between(r, (int64_t)lo, (int64_t)hi));
}

static void decide(const struct epi_pack *p, uint64_t seed)
{
    EPI_ARENA_LOCAL(a);
    EPI_BUF_LOCAL(out, 1 << 18);
    struct epi_rng r = epi_rng_stream(seed, "policy.fuzz", 0, 0);
    struct epi_fact less[EPI_POLICY_SLOTS_MAX] = {{false, 0}},
                    more[EPI_POLICY_SLOTS_MAX] = {{false, 0}};
    struct epi_decision d[EPI_POLICY_TABLES_MAX], d2[EPI_POLICY_TABLES_MAX];
    struct epi_pack_info info;
    bool fits = true;
    epi_pack_get(p, &info);
    const struct epi_policy *b = epi_policy_bind(a, p, info.from, EPI_S("covid-19"));
    for (size_t s = 0; s < info.facts_n; s++) {
        struct epi_slot_info slot;
        epi_pack_slot(p, s, &slot);
        more[s] = any_value(&r, &slot);
        fits = fits && more[s].known && epi_fact_fits(p, s, more[s]);
        less[s] = epi_rng_chance(&r, 0.5) ? more[s] : EPI_FACT_UNKNOWN;
    }
    epi_policy_run(b, less, d);
    epi_policy_run(b, more, d2);
    for (size_t s = info.facts_n; fits && s < info.slots_n; s++)
        EPI_ASSERT(!less[s].known || (more[s].known && more[s].v == less[s].v));
    for (size_t t = 0; t < info.tables_n; t++) {
        struct epi_jw w = EPI_JW(&out);
        const epi_json *back;
        epi_buf_clear(&out);
        epi_policy_explain_json(&w, b, t, less, &d[t], EPI_VI);
        EPI_ASSERT(out.full ||
                   epi_json_parse(a, epi_buf_str(&out), 1 << 20, &back, NULL) == EPI_OK);
        epi_buf_clear(&out);
        epi_policy_explain_text(&out, b, t, more, &d2[t], EPI_EN);
        (void)epi_policy_confidence(b, t, d);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    EPI_ARENA_LOCAL(a);
    struct epi_findings f;
    struct epi_policies *set = NULL;
    epi_str text = {(const char *)data, size};
    struct epi_policy_file file = {EPI_S("x/level/2021-10-12/pack.json"), text};
    epi_findings_init(&f, a, 100);
    if (epi_policies_load(a, &file, 1, &set, &f, NULL) != EPI_OK) {
        EPI_ASSERT(f.counts[EPI_ERROR] > 0);
        return 0;
    }
    epi_policies_check(set, &f);
    decide(epi_policies_at(set, 0), epi_str_hash(text));
    return 0;
}
