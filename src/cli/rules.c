// SPDX-License-Identifier: AGPL-3.0-or-later
/* Documents and rules, without a data folder. */
#include "cli/cli.h"
#include "directive/directive.h"
#include <stdio.h>

static void print(const struct epi_buf *b)
{
    fwrite(b->p, 1, b->n, stdout);
    putchar('\n');
}

/* The vocabulary of the data folder, else the shipped one that --forms names. */
static epi_status read_forms(struct cli *c, const struct epi_directive_forms **ret,
                             struct epi_err *e)
{
    epi_str text, wanted = cli_option(c, "forms");
    epi_str file = c->data_dir
                       ? epi_str_printf(c->a, "%s/forms/directive-forms.json", c->data_dir)
                       : epi_str_printf(c->a, "%s/data/forms/%.*s/directive-forms.json",
                                        c->share_dir, EPI_FMT(wanted.n ? wanted : EPI_S("vn")));
    EPI_TRY(cli_read(c, epi_str_cz(c->a, file), 1 << 20, &text, e));
    return epi_directive_forms_load(c->a, text, ret, e);
}

static void cite_line(const struct epi_directive_cite *c)
{
    char day[16];
    printf("  -> %.*s%s%.*s", EPI_FMT(c->symbol.text),
           c->symbol.text.n && c->title.text.n ? " " : "", EPI_FMT(c->title.text));
    if (epi_date_known(c->date.date))
        printf(" %s\n", epi_date_dmy(c->date.date, day));
    else if (c->date.year)
        printf(" %d\n", c->date.year);
    else
        putchar('\n');
}

static void directive_lines(const struct epi_directive *d)
{
    char day[16];
    printf("%.*s  %s  %.*s\n%.*s\n", EPI_FMT(d->symbol.text), epi_date_dmy(d->date.date, day),
           EPI_FMT(d->issuer.text), EPI_FMT(d->subject.text));
    for (size_t i = 0; i < d->cites_n; i++)
        cite_line(&d->cites[i]);
    for (size_t i = 0; i < d->items_n; i++) {
        printf("%.*s. ", EPI_FMT(d->items[i].no));
        for (size_t g = 0; g < d->items[i].agencies_n; g++)
            printf("[%.*s] ", EPI_FMT(d->items[i].agencies[g].name.text));
        for (size_t g = 0; g < d->items[i].partners_n; g++)
            printf("+ %.*s ", EPI_FMT(d->items[i].partners[g].name.text));
        printf("%zu parts\n", d->items[i].children_n);
    }
    for (size_t i = 0; i < d->annexes_n; i++)
        printf("annex %.*s: %.*s, %zu parts\n", EPI_FMT(d->annexes[i].no),
               EPI_FMT(d->annexes[i].title.text), d->annexes[i].children_n);
    printf("%.*s\n", EPI_FMT(d->signer.text));
}

int cli_directive(struct cli *c)
{
    struct epi_err e = {0};
    struct epi_findings f;
    struct epi_directive d;
    const struct epi_directive_forms *forms;
    epi_str text;
    if (c->n_words != 3 || strcmp(c->words[1], "parse") != 0)
        return cli_usage("cordon directive parse FILE [--json]");
    epi_findings_init(&f, c->a, 1000);
    if (read_forms(c, &forms, &e) != EPI_OK ||
        cli_read(c, c->words[2], 8u << 20, &text, &e) != EPI_OK)
        return cli_fail(c, &e);
    if (epi_directive_parse(c->a, text, forms, &d, &f, &e) != EPI_OK) {
        cli_findings(c, &f, 20);
        return cli_fail(c, &e);
    }
    if (!c->json) {
        directive_lines(&d);
        cli_findings(c, &f, 20);
        return CLI_OK;
    }
    EPI_BUF_LOCAL(b, 64u << 20);
    struct epi_jw w = EPI_JW(&b);
    epi_directive_json(&w, &d, &f, c->lang);
    print(&b);
    return CLI_OK;
}

static int policy_check(struct cli *c, const char *dir)
{
    struct epi_err e = {0};
    struct epi_findings f;
    struct epi_policy_file *files;
    struct epi_policies *set;
    size_t n, ran = 0;
    epi_findings_init(&f, c->a, 1000);
    if (epi_policies_read(c->a, &c->io->fs, dir, &files, &n, &e) != EPI_OK)
        return cli_fail(c, &e);
    epi_status s = epi_policies_load(c->a, files, n, &set, &f, &e);
    if (s == EPI_OK)
        ran = epi_policies_check(set, &f);
    if (c->json) {
        EPI_BUF_LOCAL(b, 64u << 20);
        struct epi_jw w = EPI_JW(&b);
        epi_jw_object(&w);
        epi_jw_kvi(&w, "packs", (int64_t)n);
        epi_jw_kvi(&w, "examples", (int64_t)ran);
        epi_jw_key(&w, "findings");
        epi_jw_findings(&w, &f, c->lang);
        epi_jw_object_end(&w);
        print(&b);
    } else {
        cli_findings(c, &f, 100);
        printf("%zu packs, %zu examples, %zu errors, %zu warnings\n", n, ran, f.counts[EPI_ERROR],
               f.counts[EPI_WARNING]);
    }
    return s != EPI_OK || f.counts[EPI_ERROR] ? CLI_FINDINGS : CLI_OK;
}

static void pack_lines(struct cli *c, const struct epi_pack *p)
{
    struct epi_pack_info info;
    char d[16];
    epi_pack_get(p, &info);
    printf("%.*s  %.*s (%.*s)  %.*s\n", EPI_FMT(info.id), EPI_FMT(info.symbol),
           EPI_FMT(info.authority), EPI_FMT(info.title[c->lang]));
    printf("%s -", epi_date_iso(info.from, d));
    printf(" %s%s\n", epi_date_iso(info.to, d), info.disabled ? "  (switched off)" : "");
    for (size_t t = 0; t < info.tables_n; t++) {
        struct epi_table_info table;
        epi_pack_table(p, t, &table);
        printf("\n%.*s\n", EPI_FMT(table.title[c->lang]));
        for (size_t r = 0; r < table.rows_n; r++) {
            struct epi_row_info row;
            epi_pack_row(p, t, r, &row);
            printf("  %-16.*s [%s] %.*s\n      %.*s\n", EPI_FMT(row.id),
                   epi_confidence_word(row.confidence), EPI_FMT(row.why[c->lang]),
                   EPI_FMT(row.source_title));
        }
    }
}

/* The packs of --policies, of the data folder, or the shipped ones. */
int cli_policies(struct cli *c, struct epi_policies **ret)
{
    struct epi_err e = {0};
    struct epi_findings f;
    struct epi_policy_file *files;
    size_t n;
    epi_str dir = cli_option(c, "policies");
    const char *path =
        dir.n ? dir.p
              : epi_str_cz(c->a, epi_str_printf(c->a, "%s/policies",
                                                c->data_dir ? c->data_dir : c->share_dir));
    epi_findings_init(&f, c->a, 100);
    if (epi_policies_read(c->a, &c->io->fs, path, &files, &n, &e) == EPI_OK &&
        epi_policies_load(c->a, files, n, ret, &f, &e) == EPI_OK)
        return CLI_OK;
    cli_findings(c, &f, 30);
    return cli_fail(c, &e);
}

static int policy_explain(struct cli *c, epi_str id)
{
    struct epi_policies *set;
    int rc = cli_policies(c, &set);
    if (rc != CLI_OK)
        return rc;
    const struct epi_pack *p = epi_policy_by_id(set, id);
    if (p) {
        pack_lines(c, p);
        return CLI_OK;
    }
    fprintf(stderr, "cordon: there is no policy pack \"%.*s\"; there are:\n", EPI_FMT(id));
    for (size_t i = 0; i < epi_policies_count(set); i++) {
        struct epi_pack_info info;
        epi_pack_get(epi_policies_at(set, i), &info);
        fprintf(stderr, "  %.*s\n", EPI_FMT(info.id));
    }
    return CLI_FAILED;
}

int cli_policy(struct cli *c)
{
    if (c->n_words == 3 && strcmp(c->words[1], "check") == 0)
        return policy_check(c, c->words[2]);
    if (c->n_words == 3 && strcmp(c->words[1], "explain") == 0)
        return policy_explain(c, epi_str_of(c->words[2]));
    return cli_usage("cordon policy check DIR | cordon policy explain ID [--policies DIR]");
}

int cli_catalogue(struct cli *c)
{
    const struct epi_catalogue *cat;
    struct epi_err e = {0};
    EPI_BUF_LOCAL(b, 64u << 20);
    if (epi_catalogue_new(c->a, EPI_NIL, &cat, NULL, &e) != EPI_OK)
        return cli_fail(c, &e);
    if (cli_flag(c, "typescript")) {
        epi_catalogue_typescript(&b, cat);
    } else if (cli_flag(c, "markdown")) {
        epi_catalogue_markdown(&b, cat, c->lang);
    } else {
        struct epi_jw w = EPI_JW(&b);
        epi_catalogue_json(&w, cat);
    }
    print(&b);
    return CLI_OK;
}
