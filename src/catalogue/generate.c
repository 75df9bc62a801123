// SPDX-License-Identifier: AGPL-3.0-or-later
/* What other worlds are told of the catalogue: forms, OpenAPI, TypeScript, a reference page. */
#include "catalogue/catalogue.h"

static void both(struct epi_jw *w, const char *key, const char *const text[2])
{
    epi_jw_key(w, key);
    epi_jw_object(w);
    epi_jw_kvz(w, "vi", text[EPI_VI]);
    epi_jw_kvz(w, "en", text[EPI_EN]);
    epi_jw_object_end(w);
}

static void field_json(struct epi_jw *w, const struct epi_catalogue *c, const struct epi_field *f)
{
    epi_jw_object(w);
    epi_jw_kvz(w, "name", f->name);
    epi_jw_kvz(w, "type", epi_type_word(f->type));
    both(w, "label", f->label);
    if (*f->help[EPI_EN])
        both(w, "help", f->help);
    epi_jw_kvb(w, "required", f->flags & EPI_F_REQUIRED);
    epi_jw_kvb(w, "list", f->flags & EPI_F_LIST);
    epi_jw_kvb(w, "personal", f->flags & EPI_F_PERSONAL);
    epi_jw_kvb(w, "clinical", f->flags & EPI_F_CLINICAL);
    epi_jw_kvb(w, "long", f->flags & EPI_F_LONG);
    epi_jw_kvb(w, "system", f->flags & EPI_F_SYSTEM);
    if (f->n_words) {
        epi_jw_key(w, "words");
        epi_jw_array(w);
        for (size_t i = 0; i < f->n_words; i++) {
            epi_jw_object(w);
            epi_jw_kvz(w, "word", f->words[i].word);
            epi_jw_kvz(w, "vi", f->words[i].label[EPI_VI]);
            epi_jw_kvz(w, "en", f->words[i].label[EPI_EN]);
            epi_jw_object_end(w);
        }
        epi_jw_array_end(w);
    }
    if (f->type == EPI_T_REF)
        epi_jw_kvz(w, "ref", c->kinds[f->ref_kind].name);
    if (f->has_min)
        epi_jw_kvr(w, "min", f->min);
    if (f->has_max)
        epi_jw_kvr(w, "max", f->max);
    if (*f->measure)
        epi_jw_kvz(w, "measure", f->measure);
    if (f->type == EPI_T_TEXT)
        epi_jw_kvi(w, "max_bytes", f->max_bytes);
    epi_jw_object_end(w);
}

void epi_catalogue_json(struct epi_jw *w, const struct epi_catalogue *c)
{
    epi_jw_object(w);
    epi_jw_key(w, "kinds");
    epi_jw_array(w);
    for (size_t k = 0; k < c->n_kinds; k++) {
        const struct epi_kind *kind = &c->kinds[k];
        epi_jw_object(w);
        epi_jw_kvz(w, "name", kind->name);
        epi_jw_kvz(w, "plural", kind->plural);
        epi_jw_kvb(w, "internal", kind->internal);
        both(w, "label", kind->label);
        both(w, "help", kind->help);
        epi_jw_key(w, "fields");
        epi_jw_array(w);
        for (size_t i = 0; i < kind->n_fields; i++)
            if (!(kind->fields[i].flags & EPI_F_SECRET))
                field_json(w, c, &kind->fields[i]);
        epi_jw_array_end(w);
        epi_jw_object_end(w);
    }
    epi_jw_array_end(w);
    epi_jw_object_end(w);
}

static void schema_of(struct epi_jw *w, const struct epi_field *f)
{
    static const char *const json_type[] = {"string", "string", "integer", "number", "boolean",
                                            "string", "string", "string",  "string", NULL};
    static const char *const format[] = {NULL,   NULL,        NULL, NULL, NULL,
                                         "date", "date-time", NULL, NULL, NULL};
    epi_jw_object(w);
    if (json_type[f->type]) {
        epi_jw_key(w, "type");
        epi_jw_array(w);
        epi_jw_textz(w, json_type[f->type]);
        epi_jw_textz(w, "null");
        epi_jw_array_end(w);
    }
    if (format[f->type])
        epi_jw_kvz(w, "format", format[f->type]);
    if (f->type == EPI_T_REF)
        epi_jw_kvz(w, "pattern", "^[0-9a-z]{13}$");
    if (f->n_words) {
        epi_jw_key(w, "enum");
        epi_jw_array(w);
        for (size_t i = 0; i < f->n_words; i++)
            epi_jw_textz(w, f->words[i].word);
        epi_jw_null(w);
        epi_jw_array_end(w);
    }
    if (f->has_min)
        epi_jw_kvr(w, "minimum", f->min);
    if (f->has_max)
        epi_jw_kvr(w, "maximum", f->max);
    epi_jw_kvz(w, "title", f->label[EPI_EN]);
    if (*f->help[EPI_EN])
        epi_jw_kvz(w, "description", f->help[EPI_EN]);
    if (f->flags & EPI_F_SYSTEM)
        epi_jw_kvb(w, "readOnly", true);
    epi_jw_object_end(w);
}

void epi_catalogue_schemas(struct epi_jw *w, const struct epi_catalogue *c)
{
    epi_jw_object(w);
    for (size_t k = 0; k < c->n_kinds; k++) {
        const struct epi_kind *kind = &c->kinds[k];
        epi_jw_key(w, kind->name);
        epi_jw_object(w);
        epi_jw_kvz(w, "type", "object");
        epi_jw_kvz(w, "title", kind->label[EPI_EN]);
        epi_jw_kvz(w, "description", kind->help[EPI_EN]);
        epi_jw_key(w, "properties");
        epi_jw_object(w);
        epi_jw_key(w, "id");
        epi_jw_raw(w,
                   EPI_S("{\"type\":\"string\",\"pattern\":\"^[0-9a-z]{13}$\",\"readOnly\":true}"));
        epi_jw_key(w, "version");
        epi_jw_raw(w, EPI_S("{\"type\":\"integer\",\"readOnly\":true}"));
        for (size_t i = 0; i < kind->n_fields; i++) {
            if (kind->fields[i].flags & EPI_F_SECRET)
                continue;
            epi_jw_key(w, kind->fields[i].name);
            schema_of(w, &kind->fields[i]);
        }
        epi_jw_object_end(w);
        epi_jw_key(w, "required");
        epi_jw_array(w);
        for (size_t i = 0; i < kind->n_fields; i++)
            if ((kind->fields[i].flags & (EPI_F_REQUIRED | EPI_F_SECRET)) == EPI_F_REQUIRED)
                epi_jw_textz(w, kind->fields[i].name);
        epi_jw_array_end(w);
        epi_jw_object_end(w);
    }
    epi_jw_object_end(w);
}

static void type_name(struct epi_buf *b, const char *name)
{
    epi_buf_putc(b, (char)(name[0] - 'a' + 'A'));
    epi_buf_putz(b, name + 1);
    epi_buf_putz(b, "Record");
}

void epi_catalogue_typescript(struct epi_buf *b, const struct epi_catalogue *c)
{
    static const char *const ts[] = {"string", "string", "number", "number", "boolean",
                                     "string", "string", "string", "string", "unknown"};
    epi_buf_putz(
        b,
        "// Generated by `cordon catalogue --typescript`; do not edit.\n"
        "export interface StoredRecord { id: string; version: number; removed?: true; masked?: true; "
        "unit?: string | null }\n");
    for (size_t k = 0; k < c->n_kinds; k++) {
        const struct epi_kind *kind = &c->kinds[k];
        epi_buf_printf(b, "\n/** %s. %s */\nexport interface ", kind->label[EPI_EN],
                       kind->help[EPI_EN]);
        type_name(b, kind->name);
        epi_buf_putz(b, " extends StoredRecord {\n");
        for (size_t i = 1; i < kind->n_fields; i++) {
            const struct epi_field *f = &kind->fields[i];
            if (f->flags & EPI_F_SECRET)
                continue;
            epi_buf_printf(b, "  /** %s */\n  %s?: ", f->label[EPI_EN], f->name);
            for (size_t n = 0; n < f->n_words; n++)
                epi_buf_printf(b, "%s'%s'", n ? " | " : "", f->words[n].word);
            epi_buf_printf(b, "%s | null;\n", f->n_words ? "" : ts[f->type]);
        }
        epi_buf_putz(b, "}\n");
    }
    epi_buf_putz(b, "\nexport interface Records {\n");
    for (size_t k = 0; k < c->n_kinds; k++) {
        epi_buf_printf(b, "  %s: ", c->kinds[k].name);
        type_name(b, c->kinds[k].name);
        epi_buf_putz(b, ";\n");
    }
    epi_buf_putz(b, "}\n");
}

void epi_catalogue_markdown(struct epi_buf *b, const struct epi_catalogue *c, epi_lang lang)
{
    epi_buf_putz(b, lang == EPI_VI ? "# Các loại bản ghi\n" : "# Kinds of record\n");
    epi_buf_putz(b, "\nGenerated by `cordon catalogue --markdown`.\n");
    for (size_t k = 0; k < c->n_kinds; k++) {
        const struct epi_kind *kind = &c->kinds[k];
        epi_buf_printf(b, "\n## %s (`%s`)\n%s.\n\n| field | type | label | |\n|---|---|---|---|\n",
                       kind->label[lang], kind->name, kind->help[lang]);
        for (size_t i = 0; i < kind->n_fields; i++) {
            const struct epi_field *f = &kind->fields[i];
            if (f->flags & EPI_F_SECRET)
                continue;
            epi_buf_printf(b, "| `%s` | %s", f->name, epi_type_word(f->type));
            if (f->type == EPI_T_REF)
                epi_buf_printf(b, " to %s", c->kinds[f->ref_kind].name);
            epi_buf_printf(b, " | %s | ", f->label[lang]);
            for (size_t n = 0; n < f->n_words; n++)
                epi_buf_printf(b, "%s`%s`", n ? ", " : "", f->words[n].word);
            epi_buf_printf(b, "%s%s%s |\n", f->flags & EPI_F_REQUIRED ? " required" : "",
                           *f->measure ? " in " : "", f->measure);
        }
    }
}
