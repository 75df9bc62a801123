// SPDX-License-Identifier: AGPL-3.0-or-later
/* Three-valued logic, and the three ways to choose rows. */
#include "base/test.h"
#include "policy/policy.h"

/* A pack with the bool facts a, b, c, the number n, and the given tables. */
static const struct epi_policy *make(struct epi_arena *a, const char *tables)
{
    struct epi_policies *set = NULL;
    epi_str s = epi_str_printf(
        a,
        "{'format':1,'id':'p','kind':'level','authority':'x','diseases':['*'],'title':{'vi':'t','"
        "en':'t'},"
        "'document':'d','valid':{'from':'2021-01-01'},'sources':{'s':{'title':'paper'}},"
        "'disabled_placeholder':0,'facts':[{'name':'a','type':'bool','label':{'vi':'l','en':'A'}},"
        "{'name':'b','type':'bool','label':{'vi':'l','en':'B'}},{'name':'c','type':'bool','label':{"
        "'vi':'l','en':'C'}},"
        "{'name':'n','type':'number','min':0,'max':100,'label':{'vi':'l','en':'N'}}],'tables':[%s],"
        "'examples':[{'name':'e','given':{},'expect':{'o':null}}]}",
        tables);
    char *p = epi_arena_take(a, s.n);
    for (size_t i = 0; i < s.n; i++)
        p[i] = s.p[i] == '\'' ? '"' : s.p[i];
    size_t at = epi_str_find((epi_str){p, s.n}, EPI_S("\"disabled_placeholder\":0,"), 0);
    memset(p + at, ' ', strlen("\"disabled_placeholder\":0,"));
    struct epi_policy_file file = {EPI_S("x/level/2021-01-01/pack.json"), {p, s.n}};
    if (epi_policies_load(a, &file, 1, &set, NULL, NULL) != EPI_OK)
        return NULL;
    return epi_policy_bind(a, epi_policies_at(set, 0), epi_date_ymd(2021, 6, 1), EPI_S("x"));
}

static epi_str row(struct epi_arena *a, const char *id, const char *when, const char *o)
{
    return epi_str_printf(
        a,
        "{'id':'%s','when':%s,'then':{'o':%s},'why':{'vi':'w','en':'w'},'source':'s',"
        "'confidence':'S'}",
        id, when, o);
}

static const char *const output =
    "'title':{'vi':'t','en':'t'},'outputs':[{'name':'o','type':'number',"
    "'label':{'vi':'o','en':'o'}}]";
static const char *const otherwise =
    "'otherwise':{'then':{'o':0},'why':{'vi':'w','en':'w'},'source':'s','confidence':'S'}";

static const struct epi_policy *one_row(struct epi_arena *a, const char *when)
{
    return make(a, epi_str_cz(a, epi_str_printf(a, "{'name':'t',%s,'rows':[%.*s],%s}", output,
                                                EPI_FMT(row(a, "r", when, "1")), otherwise)));
}

static struct epi_fact of_truth(epi_truth t)
{
    return t == EPI_MAYBE ? EPI_FACT_UNKNOWN : epi_fact_bool(t == EPI_YES);
}

static epi_truth truth_of(const struct epi_policy *b, const struct epi_fact *facts)
{
    struct epi_decision d;
    epi_policy_decide(b, 0, facts, &d);
    return d.out[0].value.known ? (d.out[0].value.v != 0 ? EPI_YES : EPI_NO) : EPI_MAYBE;
}

TEST(and_or_and_not_follow_the_tables_of_kleene)
{
    static const epi_truth and[3][3] = {
        {EPI_NO, EPI_NO, EPI_NO}, {EPI_NO, EPI_MAYBE, EPI_MAYBE}, {EPI_NO, EPI_MAYBE, EPI_YES}};
    static const epi_truth or [3][3] = {
        {EPI_NO, EPI_MAYBE, EPI_YES}, {EPI_MAYBE, EPI_MAYBE, EPI_YES}, {EPI_YES, EPI_YES, EPI_YES}};
    EPI_ARENA_LOCAL(a);
    const char *two = "[{'fact':'a','is':true},{'fact':'b','is':true}]";
    const struct epi_policy *all = one_row(a, epi_str_cz(a, epi_str_printf(a, "{'all':%s}", two)));
    const struct epi_policy *any = one_row(a, epi_str_cz(a, epi_str_printf(a, "{'any':%s}", two)));
    const struct epi_policy *none =
        one_row(a, epi_str_cz(a, epi_str_printf(a, "{'none':%s}", two)));
    CHECK(all && any && none);
    for (int x = 0; x < 3; x++) {
        CHECK_INT(epi_truth_not((epi_truth)x), 2 - x);
        for (int y = 0; y < 3; y++) {
            struct epi_fact facts[5] = {of_truth((epi_truth)x), of_truth((epi_truth)y)};
            CHECK_INT(epi_truth_and((epi_truth)x, (epi_truth)y), and[x][y]);
            CHECK_INT(epi_truth_or((epi_truth)x, (epi_truth)y), or [x][y]);
            CHECK_INT(truth_of(all, facts), and[x][y]);
            CHECK_INT(truth_of(any, facts), or [x][y]);
            CHECK_INT(truth_of(none, facts), epi_truth_not(or [x][y]));
        }
    }
}

TEST(at_least_two_of_three_counts_what_is_known)
{
    EPI_ARENA_LOCAL(a);
    const struct epi_policy *b =
        one_row(a, "{'at_least':2,'of':[{'fact':'a','is':true},{'fact':'b','is':true},"
                   "{'fact':'c','is':true}]}");
    CHECK(b != NULL);
    for (int i = 0; i < 27; i++) {
        epi_truth t[3] = {(epi_truth)(i % 3), (epi_truth)(i / 3 % 3), (epi_truth)(i / 9)};
        int yes = 0, maybe = 0;
        struct epi_fact facts[5] = {{false, 0}};
        for (int k = 0; k < 3; k++) {
            facts[k] = of_truth(t[k]);
            yes += t[k] == EPI_YES;
            maybe += t[k] == EPI_MAYBE;
        }
        CHECK_INT(truth_of(b, facts), yes >= 2 ? EPI_YES : yes + maybe >= 2 ? EPI_MAYBE : EPI_NO);
    }
}

static const struct epi_policy *three(struct epi_arena *a, const char *hit, bool with_otherwise)
{
    return make(a, epi_str_cz(a, epi_str_printf(
                                     a, "{'name':'t',%s,%s'rows':[%.*s,%.*s,%.*s]%s%s}", output,
                                     hit, EPI_FMT(row(a, "ra", "{'fact':'a','is':true}", "1")),
                                     EPI_FMT(row(a, "rb", "{'fact':'b','is':true}", "3")),
                                     EPI_FMT(row(a, "rc", "{'fact':'c','is':true}", "2")),
                                     with_otherwise ? "," : "", with_otherwise ? otherwise : "")));
}

TEST(an_unknown_row_before_the_first_true_one_leaves_the_decision_open)
{
    EPI_ARENA_LOCAL(a);
    const struct epi_policy *b = three(a, "", true);
    struct epi_decision d;
    uint16_t missing[8];
    CHECK(b != NULL);
    struct epi_fact facts[5] = {EPI_FACT_UNKNOWN, epi_fact_bool(true)};
    epi_policy_decide(b, 0, facts, &d);
    CHECK_INT(d.state, EPI_UNDECIDED);
    CHECK_INT(d.row, 1);
    CHECK(epi_row_in(d.possible, 0) && !epi_row_in(d.possible, 2));
    CHECK_NEAR(d.out[0].lo, 1, 0);
    CHECK_NEAR(d.out[0].hi, 3, 0);
    CHECK_INT(epi_policy_missing(b, 0, facts, missing, 8), 1);
    CHECK_INT(missing[0], 0);
    facts[0] = epi_fact_bool(true); /* what follows the first true row does not matter */
    facts[1] = EPI_FACT_UNKNOWN;
    epi_policy_decide(b, 0, facts, &d);
    CHECK_INT(d.state, EPI_DECIDED);
    CHECK_INT(d.row, 0);
}

TEST(collect_gives_every_true_row_and_names_the_unknown_ones)
{
    EPI_ARENA_LOCAL(a);
    const struct epi_policy *b = three(a, "'hit':'collect',", true);
    struct epi_decision d;
    CHECK(b != NULL);
    struct epi_fact facts[5] = {epi_fact_bool(true), epi_fact_bool(false), epi_fact_bool(true)};
    epi_policy_decide(b, 0, facts, &d);
    CHECK_INT(d.state, EPI_DECIDED);
    CHECK(epi_row_in(d.fired, 0) && !epi_row_in(d.fired, 1) && epi_row_in(d.fired, 2) &&
          !epi_row_in(d.fired, 3));
    facts[1] = EPI_FACT_UNKNOWN;
    epi_policy_decide(b, 0, facts, &d);
    CHECK_INT(d.state, EPI_UNDECIDED);
    CHECK(epi_row_in(d.possible, 1));
    struct epi_fact nothing[5] = {epi_fact_bool(false), epi_fact_bool(false), epi_fact_bool(false)};
    epi_policy_decide(b, 0, nothing, &d);
    CHECK_INT(d.row, 3);
    CHECK_NEAR(d.out[0].value.v, 0, 0);
}

TEST(max_takes_the_highest_and_only_higher_unknown_rows_matter)
{
    EPI_ARENA_LOCAL(a);
    const struct epi_policy *b = three(a, "'hit':'max','max_of':'o',", true);
    struct epi_decision d;
    CHECK(b != NULL);
    struct epi_fact facts[5] = {epi_fact_bool(true), epi_fact_bool(true), EPI_FACT_UNKNOWN};
    epi_policy_decide(b, 0, facts, &d);
    CHECK_INT(d.state, EPI_DECIDED); /* 3 stands, the unknown row says 2 */
    CHECK_NEAR(d.out[0].value.v, 3, 0);
    facts[1] = EPI_FACT_UNKNOWN;
    epi_policy_decide(b, 0, facts, &d);
    CHECK_INT(d.state, EPI_UNDECIDED);
    CHECK_NEAR(d.out[0].lo, 1, 0);
    CHECK_NEAR(d.out[0].hi, 3, 0);
}

TEST(max_is_open_while_an_earlier_row_of_the_same_height_is_unknown)
{
    EPI_ARENA_LOCAL(a);
    static const char *const tail = "'why':{'vi':'w','en':'w'},'source':'s','confidence':'S'}";
    const struct epi_policy *b = make(
        a, epi_str_cz(a, epi_str_printf(
                             a,
                             "{'name':'t','title':{'vi':'t','en':'t'},'hit':'max','max_of':'o',"
                             "'outputs':[{'name':'o','type':'number','label':{'vi':'o','en':'o'}},"
                             "{'name':'k','type':'number','label':{'vi':'k','en':'k'}}],'rows':["
                             "{'id':'a','when':{'fact':'a','is':true},'then':{'o':4,'k':1},%s,"
                             "{'id':'b','when':{'fact':'b','is':true},'then':{'o':4,'k':2},%s],"
                             "'otherwise':{'then':{'o':0,'k':0},%s}",
                             tail, tail, tail)));
    struct epi_decision d;
    CHECK(b != NULL);
    struct epi_fact facts[6] = {EPI_FACT_UNKNOWN, epi_fact_bool(true)};
    epi_policy_decide(b, 0, facts, &d);
    CHECK_INT(d.state, EPI_UNDECIDED);
    CHECK(d.out[0].value.known && d.out[0].value.v == 4);
    CHECK(!d.out[1].value.known);
    facts[0] = epi_fact_bool(true); /* a later one of the same height changes nothing */
    facts[1] = EPI_FACT_UNKNOWN;
    epi_policy_decide(b, 0, facts, &d);
    CHECK_INT(d.state, EPI_DECIDED);
    CHECK_INT(d.row, 0);
}

TEST(no_row_is_said_where_a_table_may_be_silent)
{
    EPI_ARENA_LOCAL(a);
    const struct epi_policy *b = three(a, "'hit':'collect',", false);
    struct epi_decision d;
    CHECK(b != NULL);
    struct epi_fact facts[5] = {epi_fact_bool(false), epi_fact_bool(false), epi_fact_bool(false)};
    epi_policy_decide(b, 0, facts, &d);
    CHECK_INT(d.state, EPI_NO_ROW);
    CHECK(!d.out[0].value.known);
}

TEST(rows_that_cannot_both_fail_decide_without_the_fact)
{
    EPI_ARENA_LOCAL(a);
    epi_str rows =
        epi_str_printf(a, "%.*s,%.*s", EPI_FMT(row(a, "low", "{'fact':'n','lt':50}", "7")),
                       EPI_FMT(row(a, "high", "{'fact':'n','ge':50}", "7")));
    const struct epi_policy *b = make(
        a,
        epi_str_cz(a, epi_str_printf(a, "{'name':'t',%s,'rows':[%.*s]}", output, EPI_FMT(rows))));
    struct epi_decision d;
    CHECK(b != NULL);
    struct epi_fact facts[5] = {{false, 0}};
    epi_policy_decide(b, 0, facts, &d);
    CHECK_INT(d.state, EPI_AGREED);
    CHECK_NEAR(d.out[0].value.v, 7, 0);
}

TEST(an_explanation_shows_value_test_truth_and_paper)
{
    EPI_ARENA_LOCAL(a);
    const struct epi_policy *b = three(a, "", true);
    struct epi_decision d;
    CHECK(b != NULL);
    struct epi_fact facts[5] = {EPI_FACT_UNKNOWN, epi_fact_bool(true)};
    epi_policy_decide(b, 0, facts, &d);
    EPI_BUF_LOCAL(text, 1 << 16);
    EPI_BUF_LOCAL(json, 1 << 16);
    epi_policy_explain_text(&text, b, 0, facts, &d, EPI_EN);
    CHECK_STR(epi_buf_str(&text), EPI_S("d - t (p): not decided: something needed is missing\n"
                                        "o: ?\n"
                                        "ra (could apply): w\n"
                                        "  - A = ?; is yes: unknown\n"
                                        "  source: paper (stated in a directive)\n"
                                        "rb (applies): w\n"
                                        "  - B = yes; is yes: yes\n"
                                        "  source: paper (stated in a directive)\n"
                                        "missing: A\n"));
    struct epi_jw w = EPI_JW(&json);
    const epi_json *j = NULL;
    epi_policy_explain_json(&w, b, 0, facts, &d, EPI_EN);
    CHECK_OK(epi_json_parse(a, epi_buf_str(&json), 1 << 16, &j, NULL));
    CHECK_STR(epi_json_text(j, "state", EPI_NIL), EPI_S("undecided"));
    CHECK_INT(epi_json_get(j, "rows")->count, 4);
    CHECK_STR(epi_json_text(epi_json_get(epi_json_get(j, "rows")->first, "when"), "truth", EPI_NIL),
              EPI_S("unknown"));
    CHECK_STR(epi_json_text(epi_json_get(j, "missing")->first, "fact", EPI_NIL), EPI_S("a"));
}
