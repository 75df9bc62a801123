// SPDX-License-Identifier: AGPL-3.0-or-later
/* Strict loading: a small sound pack, and one edit per kind of mistake. */
#include "base/test.h"
#include "policy/policy.h"
#include <stdio.h>

static const char sound[] =
    "{'format':1,'id':'p','kind':'level','authority':'x','diseases':['covid-19'],"
    "'title':{'vi':'t','en':'t'},'document':'1/QD','valid':{'from':'2021-01-01','to':'2021-12-31'},"
    "'sources':{'s':{'title':'paper'}},"
    "'params':[{'name':'limit','type':'number','label':{'vi':'l','en':'l'},"
    "'values':[{'value':10,'source':'s','confidence':'S'}]}],"
    "'facts':[{'name':'n','type':'number','label':{'vi':'l','en':'l'},'min':0},"
    "{'name':'yes','type':'bool','label':{'vi':'l','en':'l'}},"
    "{'name':'w','type':'word','words':['red','blue'],'label':{'vi':'l','en':'l'}},"
    "{'name':'day','type':'date','label':{'vi':'l','en':'l'}}],"
    "'tables':[{'name':'t','title':{'vi':'t','en':'t'},"
    "'outputs':[{'name':'o','type':'number','label':{'vi':'o','en':'o'}}],"
    "'rows':[{'id':'low','when':{'fact':'n','lt':{'param':'limit'}},'then':{'o':1},"
    "'why':{'vi':'w','en':'w'},'source':'s','confidence':'S'},"
    "{'id':'high','when':{'fact':'n','ge':{'param':'limit'}},'then':{'o':2},"
    "'why':{'vi':'w','en':'w'},'source':'s','confidence':'2'}]}],"
    "'examples':[{'name':'e','given':{'n':3},'expect':{'o':1},'rows':{'t':'low'}}]}";

/* The pack with the first `from` replaced, single quotes made double. */
static epi_str edit(struct epi_arena *a, const char *from, const char *to)
{
    epi_str s = epi_str_of(sound), f = epi_str_of(from);
    size_t at = epi_str_find(s, f, 0);
    EPI_ASSERT(at != SIZE_MAX);
    epi_str out =
        epi_str_printf(a, "%.*s%s%.*s", (int)at, s.p, to, (int)(s.n - at - f.n), s.p + at + f.n);
    char *p = epi_arena_take(a, out.n + 1);
    for (size_t i = 0; i < out.n; i++)
        p[i] = out.p[i] == '\'' ? '"' : out.p[i];
    return (epi_str){p, out.n};
}

static const epi_str home = EPI_SC("x/level/2021-01-01/pack.json");

static bool has(const struct epi_findings *f, const char *code)
{
    for (size_t i = 0; i < f->n; i++) {
        if (epi_str_eqz(epi_str_of(f->list[i].code), code))
            return true;
    }
    return false;
}

TEST(a_sound_pack_loads_and_its_example_holds)
{
    EPI_ARENA_LOCAL(a);
    struct epi_findings f;
    struct epi_policies *set = NULL;
    epi_findings_init(&f, a, 0);
    struct epi_policy_file file = {home, edit(a, "'format'", "'format'")};
    CHECK_OK(epi_policies_load(a, &file, 1, &set, &f, NULL));
    CHECK_INT(f.n, 0);
    CHECK_INT(epi_policies_check(set, &f), 1);
    CHECK_INT(f.n, 0);
}

TEST(every_mistake_in_a_pack_is_named_and_the_pack_is_refused)
{
    static const struct {
        const char *from, *to, *code, *why;
    } rows[] = {
        {"{'format'", "['format'", "policy.not-json", "not JSON"},
        {"'format':1", "'format':2", "policy.format-unknown", "a later format"},
        {"'document'", "'dokument'", "policy.key-unknown", "a misspelt key"},
        {"'document':'1/QD',", "", "policy.key-missing", "a missing key"},
        {"'kind':'level'", "'kind':'lewel'", "policy.kind-unknown", "no such kind"},
        {"'id':'p'", "'id':'P q'", "policy.name-invalid", "a name with a space"},
        {"'to':'2021-12-31'", "'to':'2020-12-31'", "policy.validity-backwards",
         "ends before it begins"},
        {"'from':'2021-01-01'", "'from':'2021-02-30'", "policy.wrong-type", "no such day"},
        {"'authority':'x'", "'authority':'y'", "policy.path-differs", "lies in another folder"},
        {"'value':10,'source':'s','confidence':'S'", "'value':10,'source':'s','confidence':'X'",
         "policy.confidence-unknown", "no such confidence"},
        {"'source':'s','confidence':'2'", "'source':'z','confidence':'2'", "policy.source-unknown",
         "no such source"},
        {"'value':10,'source'", "'value':'ten','source'", "policy.wrong-type",
         "a word for a number"},
        {"[{'value':10,'source':'s','confidence':'S'}]",
         "[{'value':10,'source':'s','confidence':'S'},{'value':9,'source':'s','confidence':'S'}]",
         "policy.param-overlap", "two values on one day"},
        {"'name':'yes'", "'name':'n'", "policy.name-twice", "two facts of one name"},
        {"'type':'bool'", "'type':'maybe'", "policy.type-unknown", "no such type"},
        {"'fact':'n','lt'", "'fact':'m','lt'", "policy.fact-unknown", "no such fact"},
        {"'lt':{'param':'limit'}", "'lt':{'param':'limes'}", "policy.param-unknown",
         "no such parameter"},
        {"'lt':{'param':'limit'}", "'under':10", "policy.comparison-unknown", "no such comparison"},
        {"{'fact':'n','lt':{'param':'limit'}}", "{'fact':'n'}", "policy.comparison-missing",
         "compared with nothing"},
        {"{'fact':'n','lt':{'param':'limit'}}", "{'fact':'yes','lt':1}", "policy.comparison-type",
         "order of yes/no"},
        {"{'fact':'n','lt':{'param':'limit'}}", "{'fact':'w','is':'green'}", "policy.word-unknown",
         "no such word"},
        {"{'fact':'n','lt':{'param':'limit'}}", "{'fact':'n','is':true}", "policy.wrong-type",
         "yes/no for a number"},
        {"{'fact':'n','lt':{'param':'limit'}}", "{'some':[]}", "policy.condition-unknown",
         "no such condition"},
        {"{'fact':'n','lt':{'param':'limit'}}", "{'all':[]}", "policy.group-empty",
         "an empty group"},
        {"{'fact':'n','lt':{'param':'limit'}}", "{'at_least':2,'of':[{'fact':'n','lt':10}]}",
         "policy.at-least-range", "two of one"},
        {"{'fact':'n','lt':{'param':'limit'}}", "{'fact':'o','is':1}", "policy.fact-unknown",
         "reads its own output"},
        {"'then':{'o':1}", "'then':{'x':1}", "policy.output-unknown", "no such output"},
        {"'outputs':[{'name':'o'", "'outputs':[{'max':1,'name':'o'", "policy.value-outside",
         "a row says more than its output can be"},
        {"'then':{'o':1}", "'then':{}", "policy.output-missing", "an output left out"},
        {"'then':{'o':1}", "'then':{'o':'one'}", "policy.wrong-type", "a word for a number output"},
        {"'id':'high'", "'id':'low'", "policy.row-twice", "two rows of one id"},
        {"'ge':{'param':'limit'}", "'lt':{'param':'limit'}", "policy.row-unreachable",
         "the same condition twice"},
        {"{'fact':'n','ge':{'param':'limit'}}",
         "{'all':[{'fact':'n','ge':{'param':'limit'}},{'fact':'n','lt':5}]}",
         "policy.row-unreachable", "an impossible condition"},
        {"{'fact':'n','lt':{'param':'limit'}}", "{'fact':'n','ge':0}", "policy.row-unreachable",
         "the first row is always true"},
        {"'ge':{'param':'limit'}", "'gt':{'param':'limit'}", "policy.band-gap",
         "10 itself is in no band"},
        {"{'fact':'n','ge':{'param':'limit'}}",
         "{'all':[{'fact':'n','ge':10},{'fact':'yes','is':true}]}", "policy.otherwise-missing",
         "no row for 'no'"},
        {"'title':{'vi':'t','en':'t'},'outputs'",
         "'title':{'vi':'t','en':'t'},'hit':'last','outputs'", "policy.hit-unknown", "no such way"},
        {"'title':{'vi':'t','en':'t'},'outputs'",
         "'title':{'vi':'t','en':'t'},'hit':'max','outputs'", "policy.key-missing", "max of what"},
        {"'why':{'vi':'w','en':'w'}", "'why':{'en':'w'}", "policy.key-missing", "no Vietnamese"},
        {",'examples':[{'name':'e','given':{'n':3},'expect':{'o':1},'rows':{'t':'low'}}]", "",
         "policy.examples-missing", "no example"},
        {"'name':'e','given'", "'name':'e','date':'2022-01-01','given'", "policy.example-date",
         "outside the validity"},
        {"'given':{'n':3}", "'given':{'n':-3}", "policy.value-outside", "below the least value"},
    };
    for (size_t i = 0; i < EPI_COUNT(rows); i++) {
        EPI_ARENA_LOCAL(a);
        struct epi_findings f;
        struct epi_policies *set = NULL;
        struct epi_err err = {0};
        epi_findings_init(&f, a, 0);
        struct epi_policy_file file = {home, edit(a, rows[i].from, rows[i].to)};
        CHECK_INT(epi_policies_load(a, &file, 1, &set, &f, &err), EPI_INVALID);
        if (!has(&f, rows[i].code))
            fprintf(stderr, "    %s: found %s\n", rows[i].why, f.n ? f.list[0].code : "nothing");
        CHECK(has(&f, rows[i].code));
        CHECK(set == NULL);
    }
}

TEST(all_mistakes_are_reported_at_once_with_their_place)
{
    EPI_ARENA_LOCAL(a);
    struct epi_findings f;
    struct epi_policies *set = NULL;
    epi_findings_init(&f, a, 0);
    epi_str once = edit(a, "'fact':'n','lt'", "'fact':'m','lt'");
    char *text = epi_arena_take(a, once.n);
    memcpy(text, once.p, once.n);
    size_t at = epi_str_find(once, EPI_S("\"confidence\":\"2\""), 0);
    text[at + 14] = '9';
    struct epi_policy_file file = {home, {text, once.n}};
    CHECK_INT(epi_policies_load(a, &file, 1, &set, &f, NULL), EPI_INVALID);
    CHECK_INT(f.counts[EPI_ERROR], 2);
    CHECK_STR(f.list[0].field, EPI_S("x/level/2021-01-01/pack.json#/tables/0/rows/0/when"));
    CHECK_STR(f.list[1].field, EPI_S("x/level/2021-01-01/pack.json#/tables/0/rows/1"));
}

TEST(an_example_that_fails_says_what_was_found_and_expected)
{
    EPI_ARENA_LOCAL(a);
    struct epi_findings f;
    struct epi_policies *set = NULL;
    epi_findings_init(&f, a, 0);
    struct epi_policy_file file = {home, edit(a, "'expect':{'o':1},'rows':{'t':'low'}",
                                              "'expect':{'o':2},'rows':{'t':'high'}")};
    CHECK_OK(epi_policies_load(a, &file, 1, &set, &f, NULL));
    CHECK_INT(epi_policies_check(set, &f), 1);
    CHECK(has(&f, "policy.example-differs"));
    CHECK(has(&f, "policy.example-row"));
    CHECK_STR(f.list[0].arg2, EPI_S("1 / 2"));
}

TEST(a_recorded_difference_that_is_gone_is_reported)
{
    EPI_ARENA_LOCAL(a);
    struct epi_findings f;
    struct epi_policies *set = NULL;
    epi_findings_init(&f, a, 0);
    struct epi_policy_file file = {home, edit(a, "'expect':{'o':1}",
                                              "'published':{'outputs':{'o':1},'source':'s','why':{'"
                                              "vi':'w','en':'w'}},'expect':{'o':1}")};
    CHECK_OK(epi_policies_load(a, &file, 1, &set, &f, NULL));
    epi_policies_check(set, &f);
    CHECK(has(&f, "policy.example-no-difference"));
}

/* Two packs of one authority and kind: `from` and `to` of the second. */
static void pair(struct epi_arena *a, struct epi_findings *f, const char *id, const char *from,
                 const char *to)
{
    struct epi_policies *set = NULL;
    epi_str valid = epi_str_printf(a, "{'from':'%s','to':'%s'}", from, to);
    epi_str second = edit(a, "{'from':'2021-01-01','to':'2021-12-31'}", epi_str_cz(a, valid));
    char *text = epi_arena_take(a, second.n);
    memcpy(text, second.p, second.n);
    text[epi_str_find(second, EPI_S("\"p\""), 0) + 1] = id[0];
    struct epi_policy_file files[] = {
        {home, edit(a, "'format'", "'format'")},
        {epi_str_printf(a, "x/level/%s/pack.json", from), {text, second.n}}};
    epi_findings_init(f, a, 0);
    (void)(epi_policies_load(a, files, 2, &set, f, NULL) == EPI_OK);
}

TEST(packs_that_overlap_or_leave_a_gap_in_time_are_findings)
{
    EPI_ARENA_LOCAL(a);
    struct epi_findings f;
    pair(a, &f, "q", "2022-01-01", "2022-06-30");
    CHECK_INT(f.n, 0);
    pair(a, &f, "q", "2021-12-31", "2022-06-30");
    CHECK(has(&f, "policy.validity-overlap"));
    pair(a, &f, "q", "2022-01-03", "2022-06-30");
    CHECK(has(&f, "policy.validity-gap"));
    CHECK_INT(f.counts[EPI_ERROR], 0);
    CHECK_STR(f.list[0].arg1, EPI_S("2022-01-01"));
    CHECK_STR(f.list[0].arg2, EPI_S("2022-01-02"));
    pair(a, &f, "p", "2022-01-01", "2022-06-30");
    CHECK(has(&f, "policy.pack-twice"));
}

TEST(a_table_too_wide_to_prove_is_noted_and_equal_rows_are_still_found)
{
    EPI_ARENA_LOCAL(a);
    EPI_BUF_LOCAL(facts, 1 << 16);
    EPI_BUF_LOCAL(tests, 1 << 16);
    struct epi_findings f;
    struct epi_policies *set = NULL;
    for (int i = 0; i < 30; i++) {
        epi_buf_printf(&facts, "{'name':'f%d','type':'bool','label':{'vi':'l','en':'l'}},", i);
        epi_buf_printf(&tests, "%s{'fact':'f%d','is':true}", i ? "," : "", i);
    }
    epi_str with = epi_str_printf(a, "'facts':[%.*s{'name':'n'", EPI_FMT(epi_buf_str(&facts)));
    epi_str one = edit(a, "'facts':[{'name':'n'", epi_str_cz(a, with));
    epi_str wide = epi_str_printf(a, "{\"all\":[%.*s]}", EPI_FMT(epi_buf_str(&tests)));
    size_t at = epi_str_find(one, EPI_S("{\"fact\":\"n\",\"ge\":{\"param\":\"limit\"}}"), 0);
    epi_str all = epi_str_printf(a, "%.*s%.*s%.*s", (int)at, one.p, EPI_FMT(wide),
                                 (int)(one.n - at - 35), one.p + at + 35);
    char *p = epi_arena_take(a, all.n);
    for (size_t i = 0; i < all.n; i++)
        p[i] = all.p[i] == '\'' ? '"' : all.p[i];
    struct epi_policy_file file = {home, {p, all.n}};
    epi_findings_init(&f, a, 0);
    CHECK_OK(epi_policies_load(a, &file, 1, &set, &f, NULL));
    CHECK_INT(f.n, 1);
    CHECK(has(&f, "policy.table-wide"));
}

/* Cutting a pack anywhere gives findings, never a pack. */
PROPERTY(a_pack_cut_anywhere_is_refused, 60)
{
    EPI_ARENA_LOCAL(a);
    struct epi_findings f;
    struct epi_policies *set = NULL;
    epi_findings_init(&f, a, 0);
    epi_str text = edit(a, "'format'", "'format'");
    struct epi_policy_file file = {home, epi_str_sub(text, 0, (size_t)epi_rng_below(rng, text.n))};
    CHECK_INT(epi_policies_load(a, &file, 1, &set, &f, NULL), EPI_INVALID);
    CHECK(f.counts[EPI_ERROR] > 0);
}
