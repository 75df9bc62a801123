// SPDX-License-Identifier: AGPL-3.0-or-later
#include "directive/directive.h"

static void text(struct epi_jw *w, const char *key, epi_str s)
{
    epi_jw_key(w, key);
    if (s.n)
        epi_jw_text(w, s);
    else
        epi_jw_null(w);
}

static void date(struct epi_jw *w, const char *key, epi_date d)
{
    char out[16];
    epi_jw_key(w, key);
    epi_jw_textz(w, epi_date_known(d) ? epi_date_iso(d, out) : NULL);
}

static void place(struct epi_jw *w, const struct epi_directive_field *f)
{
    epi_jw_kvi(w, "offset", f->offset);
    epi_jw_kvi(w, "length", f->length);
    epi_jw_kvr(w, "confidence", f->confidence);
}

static void texts(struct epi_jw *w, const char *key, const struct epi_directive_list *l)
{
    epi_jw_key(w, key);
    epi_jw_array(w);
    for (size_t i = 0; i < l->n; i++)
        epi_jw_text(w, l->list[i].text);
    epi_jw_array_end(w);
}

static void cites(struct epi_jw *w, const struct epi_directive *d)
{
    epi_jw_key(w, "cites");
    epi_jw_array(w);
    for (size_t i = 0; i < d->cites_n; i++) {
        const struct epi_directive_cite *c = &d->cites[i];
        epi_jw_object(w);
        text(w, "symbol", c->symbol.text);
        text(w, "title", c->title.text);
        text(w, "type", c->type.text);
        date(w, "date", c->date.date);
        epi_jw_key(w, "year");
        if (c->date.year)
            epi_jw_int(w, c->date.year);
        else
            epi_jw_null(w);
        text(w, "number", c->number.text);
        text(w, "issuer", c->issuer.text);
        place(w, c->symbol.text.n ? &c->symbol : &c->title);
        epi_jw_object_end(w);
    }
    epi_jw_array_end(w);
}

static void agencies(struct epi_jw *w, const struct epi_directive_item *item)
{
    epi_jw_key(w, "agencies");
    epi_jw_array(w);
    for (size_t i = 0; i < item->agencies_n; i++)
        epi_jw_text(w, item->agencies[i].name.text);
    epi_jw_array_end(w);
    epi_jw_key(w, "agency_fields");
    epi_jw_array(w);
    for (size_t i = 0; i < item->agencies_n; i++) {
        epi_jw_object(w);
        epi_jw_kvb(w, "through", item->agencies[i].through);
        place(w, &item->agencies[i].name);
        epi_jw_object_end(w);
    }
    epi_jw_array_end(w);
}

static void partners(struct epi_jw *w, const struct epi_directive_item *item)
{
    epi_jw_key(w, "partners");
    epi_jw_array(w);
    for (size_t i = 0; i < item->partners_n; i++) {
        epi_jw_object(w);
        epi_jw_kv(w, "name", item->partners[i].name.text);
        place(w, &item->partners[i].name);
        epi_jw_object_end(w);
    }
    epi_jw_array_end(w);
}

static void items(struct epi_jw *w, const char *key, const struct epi_directive_item *list,
                  size_t n)
{
    epi_jw_key(w, key);
    epi_jw_array(w);
    for (size_t i = 0; i < n; i++) {
        epi_jw_object(w);
        epi_jw_kv(w, "no", list[i].no);
        text(w, "title", list[i].title.text);
        agencies(w, &list[i]);
        partners(w, &list[i]);
        epi_jw_kv(w, "text", list[i].text.text);
        place(w, &list[i].text);
        items(w, "children", list[i].children,
              list[i].children_n); /* as deep as there are markers */
        epi_jw_object_end(w);
    }
    epi_jw_array_end(w);
}

static void distribution(struct epi_jw *w, const struct epi_directive *d)
{
    epi_jw_key(w, "distribution");
    epi_jw_array(w);
    for (size_t i = 0; i < d->distribution_n; i++) {
        epi_jw_object(w);
        epi_jw_kv(w, "text", d->distribution[i].text.text);
        epi_jw_kvb(w, "for_report", d->distribution[i].for_report);
        epi_jw_kvi(w, "offset", d->distribution[i].text.offset);
        epi_jw_object_end(w);
    }
    epi_jw_array_end(w);
}

static void signer(struct epi_jw *w, const struct epi_directive *d)
{
    epi_jw_key(w, "signer");
    epi_jw_object(w);
    texts(w, "chain", &d->chain);
    text(w, "name", d->signer.text);
    epi_jw_object_end(w);
}

static void file(struct epi_jw *w, const struct epi_directive *d)
{
    epi_jw_key(w, "file");
    if (!d->file.text.n) {
        epi_jw_null(w);
        return;
    }
    epi_jw_object(w);
    epi_jw_kv(w, "text", d->file.text);
    text(w, "unit", d->file_unit.text);
    text(w, "initials", d->file_initials.text);
    epi_jw_object_end(w);
}

static void contacts(struct epi_jw *w, const struct epi_directive *d)
{
    epi_jw_key(w, "contacts"); /* places only: who shows the text masks them */
    epi_jw_array(w);
    for (size_t i = 0; i < d->contacts.n; i++) {
        epi_jw_object(w);
        place(w, &d->contacts.list[i]);
        epi_jw_object_end(w);
    }
    epi_jw_array_end(w);
}

static void fields(struct epi_jw *w, const struct epi_directive *d)
{
    const struct {
        const char *name;
        const struct epi_directive_field *field;
    } all[] = {
        {"number", &d->number},     {"symbol", &d->symbol},   {"type", &d->type},
        {"form", &d->form},         {"issuer", &d->issuer},   {"parent", &d->parent},
        {"place", &d->place},       {"date", &d->date.field}, {"subject", &d->subject},
        {"preamble", &d->preamble}, {"closing", &d->closing}, {"file", &d->file},
        {"signer", &d->signer},
    };
    epi_jw_key(w, "fields");
    epi_jw_object(w);
    for (size_t i = 0; i < EPI_COUNT(all); i++) {
        if (!all[i].field->text.n)
            continue;
        epi_jw_key(w, all[i].name);
        epi_jw_object(w);
        place(w, all[i].field);
        epi_jw_object_end(w);
    }
    epi_jw_object_end(w);
}

void epi_directive_json(struct epi_jw *w, const struct epi_directive *d,
                        const struct epi_findings *findings, epi_lang lang)
{
    epi_jw_object(w);
    text(w, "number", d->number.text);
    text(w, "symbol", d->symbol.text);
    text(w, "type", d->type.text);
    text(w, "type_abbr", d->type_abbr.text);
    text(w, "form", d->form.text);
    text(w, "issuer", d->issuer.text);
    text(w, "parent", d->parent.text);
    text(w, "place", d->place.text);
    date(w, "date", d->date.date);
    if (!epi_date_known(d->date.date) && d->date.field.text.n) {
        epi_jw_key(w, "date_parts");
        epi_jw_object(w);
        if (d->date.year)
            epi_jw_kvi(w, "year", d->date.year);
        if (d->date.month)
            epi_jw_kvi(w, "month", d->date.month);
        epi_jw_object_end(w);
    }
    text(w, "subject", d->subject.text);
    texts(w, "addressees", &d->addressees);
    text(w, "preamble", d->preamble.text);
    cites(w, d);
    items(w, "items", d->items, d->items_n);
    items(w, "annexes", d->annexes, d->annexes_n);
    texts(w, "notes", &d->notes);
    text(w, "closing", d->closing.text);
    distribution(w, d);
    file(w, d);
    signer(w, d);
    contacts(w, d);
    fields(w, d);
    epi_jw_key(w, "findings");
    if (findings) {
        epi_jw_findings(w, findings, lang);
    } else {
        epi_jw_array(w);
        epi_jw_array_end(w);
    }
    epi_jw_object_end(w);
}
