// SPDX-License-Identifier: AGPL-3.0-or-later
#include "directive/test_support.h"
#include "base/test.h"

epi_str directive_file(struct epi_arena *a, const char *path)
{
    const struct epi_fs *fs = &epi_io_real()->fs;
    epi_str text = EPI_NIL;
    if (path && fs->read(fs->ctx, a, path, EPI_DIRECTIVE_MAX_BYTES, &text, NULL) != EPI_OK)
        return EPI_NIL;
    return text;
}

const struct epi_directive_forms *directive_forms(struct epi_arena *a, const char *id)
{
    epi_str name = epi_str_printf(a, "data/forms/%s/directive-forms.json", id);
    const struct epi_directive_forms *f = NULL;
    epi_str json = directive_file(a, epi_test_repo(a, epi_str_cz(a, name)));
    return epi_directive_forms_load(a, json, &f, NULL) == EPI_OK ? f : NULL;
}

bool directive_read(struct epi_arena *a, const char *path, const char *forms, struct reading *ret)
{
    *ret = (struct reading){.text = directive_file(a, path), .forms = directive_forms(a, forms)};
    epi_findings_init(&ret->findings, a, 500);
    return ret->forms &&
           epi_directive_parse(a, ret->text, ret->forms, &ret->d, &ret->findings, NULL) == EPI_OK;
}

bool directive_has(const struct epi_findings *f, const char *code)
{
    for (size_t i = 0; i < f->n; i++)
        if (strcmp(f->list[i].code, code) == 0)
            return true;
    return false;
}

static bool holds(const struct epi_directive_field *f, epi_str text)
{
    return f->confidence >= 0 && f->confidence <= 1 && f->offset <= text.n &&
           f->length <= text.n - f->offset && epi_utf8_valid(f->text);
}

static bool list_holds(const struct epi_directive_list *l, epi_str text)
{
    for (size_t i = 0; i < l->n; i++)
        if (!holds(&l->list[i], text))
            return false;
    return true;
}

static bool items_hold(const struct epi_directive_item *list, size_t n, epi_str text)
{
    for (size_t i = 0; i < n; i++) {
        bool ok =
            holds(&list[i].text, text) && holds(&list[i].title, text) && epi_utf8_valid(list[i].no);
        for (size_t k = 0; k < list[i].agencies_n; k++)
            ok = ok && list[i].agencies[k].name.text.n && holds(&list[i].agencies[k].name, text);
        for (size_t k = 0; k < list[i].partners_n; k++)
            ok = ok && list[i].partners[k].name.text.n && holds(&list[i].partners[k].name, text);
        if (!ok || !items_hold(list[i].children, list[i].children_n, text))
            return false;
    }
    return true;
}

bool directive_places_hold(const struct epi_directive *d, epi_str text)
{
    const struct epi_directive_field *all[] = {
        &d->number, &d->symbol,    &d->type,          &d->type_abbr, &d->form,    &d->issuer,
        &d->parent, &d->place,     &d->subject,       &d->preamble,  &d->closing, &d->date.field,
        &d->file,   &d->file_unit, &d->file_initials, &d->signer,
    };
    bool ok = true;
    for (size_t i = 0; i < EPI_COUNT(all); i++)
        ok = ok && holds(all[i], text);
    for (size_t i = 0; i < d->cites_n; i++)
        ok = ok && (d->cites[i].symbol.text.n || d->cites[i].title.text.n) &&
             holds(&d->cites[i].symbol, text) && holds(&d->cites[i].title, text) &&
             holds(&d->cites[i].issuer, text) && holds(&d->cites[i].date.field, text);
    for (size_t i = 0; i < d->distribution_n; i++)
        ok = ok && holds(&d->distribution[i].text, text);
    return ok && list_holds(&d->addressees, text) && list_holds(&d->notes, text) &&
           list_holds(&d->chain, text) && list_holds(&d->contacts, text) &&
           items_hold(d->items, d->items_n, text) && items_hold(d->annexes, d->annexes_n, text);
}
