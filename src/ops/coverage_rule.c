// SPDX-License-Identifier: AGPL-3.0-or-later
/* The coverage pack, asked once for every dose, age and age group there can be: a register of a
 * million people is then counted without asking again. */
#include "ops/figures.h"

#define AFTER_MAX 3660 /* days */

struct asked { /* one pack and the slots that the program knows by name */
    const struct epi_policy *b;
    struct epi_pack_info info;
    struct epi_fact *facts;
    struct epi_decision *decisions;
    epi_confidence weakest;
};

static int slot(const struct asked *q, const char *name)
{
    return epi_policy_fact_index(epi_policy_pack(q->b), epi_str_of(name));
}

static void give(struct asked *q, const char *name, double v)
{
    int s = slot(q, name);
    if (s >= 0 && epi_fact_fits(epi_policy_pack(q->b), (size_t)s, epi_fact_number(v)))
        q->facts[s] = epi_fact_number(v);
}

/* Runs the tables and remembers how well the rows behind `output` are known. */
static void run(struct asked *q, const char *output)
{
    struct epi_slot_info info;
    int s = slot(q, output);
    epi_policy_run(q->b, q->facts, q->decisions);
    if (s < 0)
        return;
    epi_pack_slot(epi_policy_pack(q->b), (size_t)s, &info);
    if (info.table < 0)
        return;
    epi_confidence c = epi_policy_confidence(q->b, (size_t)info.table, q->decisions);
    q->weakest = c > q->weakest ? c : q->weakest;
}

static bool yes(const struct asked *q, const char *name)
{
    int s = slot(q, name);
    return s >= 0 && q->facts[s].known && q->facts[s].v != 0;
}

static void start(struct asked *q)
{
    memset(q->facts, 0, q->info.slots_n * sizeof *q->facts);
}

static void ask_doses(struct asked *q, struct epi__coverage_rule *r)
{
    int after = slot(q, "after_days");
    for (int number = 1; number <= EPI__DOSES; number++) {
        for (int completes = 0; completes < 2; completes++) {
            start(q);
            give(q, "dose", number);
            give(q, "completes", completes);
            run(q, "counts_full");
            /* a day nobody states never comes */
            bool known = after >= 0 && q->facts[after].known && q->facts[after].v >= 0 &&
                         q->facts[after].v <= AFTER_MAX;
            int days = known ? (int)q->facts[after].v : EPI__NEVER;
            r->one_after[number - 1][completes] = yes(q, "counts_one") ? days : EPI__NEVER;
            r->full_after[number - 1][completes] = yes(q, "counts_full") ? days : EPI__NEVER;
        }
    }
}

static void ask_people(struct asked *q, epi_date on, const struct epi_field *groups,
                       struct epi__coverage_rule *r)
{
    int group = slot(q, "group");
    for (int age = 0; age < EPI__AGES; age++) { /* the last one: age not known */
        start(q);
        if (age < EPI__AGES - 1)
            give(q, "age", age);
        run(q, "in_group");
        r->in_group[age] = yes(q, "in_group");
        r->in_elderly[age] = yes(q, "in_elderly");
    }
    for (size_t w = 0; w < groups->n_words && w < EPI__GROUPS && group >= 0; w++) {
        start(q);
        q->facts[group] =
            epi_fact_word(epi_policy_pack(q->b), (size_t)group, epi_str_of(groups->words[w].word));
        give(q, "on", on.d);
        if (!q->facts[group].known)
            continue;
        run(q, "is_group");
        r->group_used[w] = yes(q, "is_group");
        r->elderly_used[w] = yes(q, "is_elderly");
    }
}

static void label(const struct epi_pack *p, const char *name, epi_str ret[2])
{
    struct epi_slot_info info;
    int s = epi_policy_fact_index(p, epi_str_of(name));
    if (s < 0)
        return;
    epi_pack_slot(p, (size_t)s, &info);
    ret[EPI_VI] = info.label[EPI_VI];
    ret[EPI_EN] = info.label[EPI_EN];
}

void epi__coverage_rule(struct epi_call *call, int32_t unit, epi_date on,
                        struct epi__coverage_rule *ret)
{
    const struct epi_pack *p = epi__pack_for(call, EPI_KIND_COVERAGE, unit, on);
    *ret = (struct epi__coverage_rule){.rule = epi__rule_of(p)};
    for (int i = 0; i < EPI__DOSES * 2; i++)
        ret->one_after[i / 2][i % 2] = ret->full_after[i / 2][i % 2] = EPI__NEVER;
    if (!p)
        return;
    struct asked q = {.b = epi_policy_bind(call->a, p, on, epi__disease(call))};
    epi_pack_get(p, &q.info);
    q.facts = EPI_ARRAY(call->a, q.info.slots_n + 1, struct epi_fact);
    q.decisions = EPI_ARRAY(call->a, q.info.tables_n + 1, struct epi_decision);
    ask_doses(&q, ret);
    ask_people(&q, on, &call->app->catalogue->kinds[EPI_K_COVERAGE].fields[EPI_COVERAGE_GROUP],
               ret);
    ret->rule.confidence = q.weakest;
    label(p, "in_group", ret->group_label);
    label(p, "in_elderly", ret->elderly_label);
}
