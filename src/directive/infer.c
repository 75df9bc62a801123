// SPDX-License-Identifier: AGPL-3.0-or-later
#include "directive/directive_internal.h"

/* For fields that are views of the flow. */
static void vote_words(struct epi__parse *x, const struct epi_directive_field *f, double weight)
{
    if (!f->text.n)
        return;
    size_t from = (size_t)(f->text.p - x->flow.p), end;
    for (size_t i = 0; i < x->f->forms_n; i++)
        if (epi__find_any(&x->flow, from, from + f->text.n, &x->f->forms[i].words, &end) !=
            EPI__NONE)
            x->votes[i] += weight;
}

static void decide_form(struct epi__parse *x)
{
    for (size_t i = 0; i < 2; i++) {
        struct epi__span s = i ? x->parent : x->issuer;
        struct epi_directive_field f = epi__field(&x->flow, s, 1);
        vote_words(x, &f, 1.5);
    }
    vote_words(x, &x->d->file, 1);
    double sum = 0;
    size_t best = 0;
    for (size_t i = 0; i < x->f->forms_n; i++) {
        sum += x->votes[i];
        best = x->votes[i] > x->votes[best] ? i : best;
    }
    if (sum <= 0)
        return;
    x->d->form = (struct epi_directive_field){
        .text = x->f->forms[best].id,
        .confidence = x->votes[best] / (sum + 0.25),
    };
    if (sum > x->votes[best])
        epi__find(x, EPI_NOTE, "directive.form-mixed", "form", 0, x->d->form.text);
}

static void decide_type(struct epi__parse *x)
{
    struct epi_directive *d = x->d;
    if (d->type.text.n || !d->subject.text.n || x->subject_titled)
        return;
    /* a subject line without a type line is the form of an official letter */
    for (size_t i = 0; i < x->f->types_n; i++) {
        const struct epi__type *type = &x->f->types[i];
        if (type->unmarked.n && (!d->form.text.n || epi_str_eq(type->unmarked, d->form.text))) {
            d->type = d->subject;
            d->type.text = type->name;
            d->type.confidence = 0.7;
            return;
        }
    }
}

/* The issuer's short name of the symbol where the text uses it with a unit: "/UBND-KGVX", "UBND
 * tỉnh". */
static bool issuer_of_symbol(struct epi__parse *x)
{
    const struct epi__text *t = &x->flow;
    const struct epi_directive_field *where = &x->d->preamble;
    epi_str abbr = x->issuer_abbr;
    if (!abbr.n)
        return false;
    if (where->text.n) {
        size_t from = (size_t)(where->text.p - t->p), to = from + where->text.n;
        for (size_t at = from; at + abbr.n <= to; at++) {
            if (memcmp(t->p + at, abbr.p, abbr.n) != 0 || !epi__word_start(t, at))
                continue;
            size_t end = epi__agency_end(x, at, to);
            if (end == EPI__NONE || end <= at + abbr.n)
                continue;
            x->d->issuer = epi__field(t, (struct epi__span){at, end}, 0.5);
            return true;
        }
    }
    x->d->issuer = x->d->symbol;
    x->d->issuer.text = abbr;
    x->d->issuer.confidence = 0.4;
    return true;
}

/* "Lưu Văn phòng Tỉnh ủy" */
static bool issuer_of_file(struct epi__parse *x)
{
    const struct epi__text *t = &x->flow;
    if (!x->d->file.text.n)
        return false;
    size_t from = (size_t)(x->d->file.text.p - t->p), to = from + x->d->file.text.n;
    size_t at = epi__match_any(t, from, to, &x->f->file, NULL);
    at = at == EPI__NONE ? to : at;
    while (at < to && (t->fold[at] == ':' || t->fold[at] == ' '))
        at++;
    size_t end = epi__agency_end(x, at, to);
    if (end == EPI__NONE)
        return false;
    x->d->issuer = epi__field(t, (struct epi__span){at, end}, 0.5);
    return true;
}

static void decide_issuer(struct epi__parse *x)
{
    if (x->d->issuer.text.n)
        return;
    if (issuer_of_file(x) || issuer_of_symbol(x))
        epi__find(x, EPI_NOTE, "directive.issuer-inferred", "issuer", x->d->issuer.offset,
                  x->d->issuer.text);
}

void epi__conclude(struct epi__parse *x)
{
    struct epi_directive *d = x->d;
    decide_form(x);
    decide_type(x);
    decide_issuer(x);
    const struct {
        bool missing;
        epi_severity severity;
        const char *code, *field;
    } parts[] = {
        {!d->number.text.n, EPI_WARNING, "directive.number-missing", "number"},
        {!d->symbol.text.n, EPI_WARNING, "directive.symbol-missing", "symbol"},
        {!d->type.text.n, EPI_WARNING, "directive.type-missing", "type"},
        {!d->form.text.n, EPI_NOTE, "directive.form-unknown", "form"},
        {!d->issuer.text.n, EPI_WARNING, "directive.issuer-missing", "issuer"},
        {!d->place.text.n, EPI_WARNING, "directive.place-missing", "place"},
        {!d->date.field.text.n, EPI_WARNING, "directive.date-missing", "date"},
        {!d->subject.text.n, EPI_WARNING, "directive.subject-missing", "subject"},
        {!d->addressees.n, d->type_abbr.text.n || x->subject_titled ? EPI_NOTE : EPI_WARNING,
         "directive.addressees-missing", "addressees"},
        {!d->items_n, EPI_WARNING, "directive.items-missing", "items"},
        {!d->closing.text.n, EPI_NOTE, "directive.closing-missing", "closing"},
        {!d->distribution_n, EPI_WARNING, "directive.distribution-missing", "distribution"},
        {!d->file.text.n, EPI_NOTE, "directive.file-missing", "file"},
        {!d->chain.n, EPI_WARNING, "directive.chain-missing", "signer"},
        {!d->signer.text.n, EPI_WARNING, "directive.signer-missing", "signer"},
    };
    for (size_t i = 0; i < EPI_COUNT(parts); i++)
        if (parts[i].missing)
            epi__find(x, parts[i].severity, parts[i].code, parts[i].field, 0, EPI_NIL);
    if (d->date.field.text.n && !epi_date_known(d->date.date))
        epi__find(x, EPI_WARNING, "directive.date-incomplete", "date", d->date.field.offset,
                  d->date.field.text);
}
