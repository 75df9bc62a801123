/* directive.h - reads the text of an official document into its parts: number, issuer, addressees,
 * documents cited, numbered items with the agencies each binds, distribution list, signer.
 *
 * Pure: text and forms in, parts and findings out. The words of a country (document types, agency
 * names, signing marks) are data, loaded once by epi_directive_forms_load; see data/forms. Offsets:
 * every field points into the text as it was given, in bytes, whatever its encoding form (NFC or
 *   NFD), line ends or Markdown marks; the values themselves are NFC with marks and line breaks
 * removed. Missing parts are findings, never failures: only an empty or over-long text is refused.
 * Ownership: results live in the arena of the call. Forms may be shared by threads once loaded. */
#ifndef EPI_DIRECTIVE_DIRECTIVE_H
#define EPI_DIRECTIVE_DIRECTIVE_H
#include "base/base.h"

#define EPI_DIRECTIVE_MAX_BYTES ((size_t)2 * 1024 * 1024)
#define EPI_DIRECTIVE_MAX_NODES 20000 /* items and bullets together */
#define EPI_DIRECTIVE_MAX_CITES 1000
#define EPI_DIRECTIVE_MAX_ENTRIES 2000 /* addressees, distribution lines, contacts: each */

struct epi_directive_forms; /* the vocabulary of one country or body */

/* A value found in the text; missing = empty text and confidence 0. */
struct epi_directive_field {
    epi_str text;
    uint32_t offset, length; /* where it stands in the given text, in bytes */
    double confidence;       /* 0..1: how sure the reading is, not how true the statement */
};
struct epi_directive_date {
    struct epi_directive_field field; /* as written */
    epi_date date;                    /* EPI_DATE_UNKNOWN when no full day was written */
    int year, month;                  /* what is known of an incomplete date, else 0 */
};
struct epi_directive_cite {
    struct epi_directive_field symbol; /* "128/NQ-CP", inner spaces removed */
    struct epi_directive_field title;  /* of a law cited by its name: "Luật Dược" */
    struct epi_directive_field number; /* "128" */
    struct epi_directive_field type;   /* name from the forms: "nghị quyết" */
    struct epi_directive_field issuer; /* as written after "của" */
    struct epi_directive_date date;    /* its own, or shared with a cluster of citations; of a law
                                          often the year alone */
    uint64_t key;                      /* hash of the symbol or title, to find repeats */
};
struct epi_directive_agency {
    struct epi_directive_field name;
    bool through; /* bound through the agency before it ("X lãnh đạo Y"), not named first */
};
/* A numbered item, or a bullet below one. */
struct epi_directive_item {
    epi_str no;                       /* "1", "II", "a"; of a bullet its mark "-" or "+" */
    struct epi_directive_field title; /* the heading, when the item has one */
    struct epi_directive_field
        text; /* heading and own paragraphs, paragraphs parted by line feeds */
    struct epi_directive_agency *agencies; /* none = binds every addressee */
    size_t agencies_n;
    struct epi_directive_agency *partners; /* to work with: "phối hợp với X" */
    size_t partners_n;
    struct epi_directive_item *children;
    size_t children_n;
};
struct epi_directive_entry {         /* one line of the distribution list */
    struct epi_directive_field text; /* without the mark */
    bool for_report;                 /* "(b/c)", "(để b/c)" */
};
struct epi_directive_list {
    struct epi_directive_field *list;
    size_t n;
};
struct epi_directive {
    struct epi_directive_field number, symbol;
    struct epi_directive_field type, type_abbr; /* abbreviation empty where the type has none */
    struct epi_directive_field form;            /* id from the forms: "state", "party" */
    struct epi_directive_field issuer, parent; /* parent: the body above the issuer, when printed */
    struct epi_directive_field place, subject, preamble, closing;
    struct epi_directive_date date;
    struct epi_directive_list addressees, notes;
    struct epi_directive_list
        contacts; /* phone numbers and e-mail addresses: to be masked when shown */
    struct epi_directive_cite *cites;
    size_t cites_n;
    struct epi_directive_item *items;
    size_t items_n;
    struct epi_directive_item *annexes; /* "Phụ lục I", each with what stands in it */
    size_t annexes_n;
    struct epi_directive_entry *distribution;
    size_t distribution_n;
    struct epi_directive_field file, file_unit, file_initials; /* "Lưu: VT, UNIT(initials)" */
    struct epi_directive_list chain;                           /* signing authority, top first */
    struct epi_directive_field signer;
};

/* Reads a vocabulary; refuses one with a missing or wrongly typed part, naming it. */
EPI_MUST_USE epi_status epi_directive_forms_load(struct epi_arena *a, epi_str json,
                                                 const struct epi_directive_forms **ret,
                                                 struct epi_err *reterr);
/* Reads a document. *ret is filled only on EPI_OK; findings may be NULL. Bad UTF-8 is skipped and
 * reported. */
EPI_MUST_USE epi_status epi_directive_parse(struct epi_arena *a, epi_str text,
                                            const struct epi_directive_forms *forms,
                                            struct epi_directive *ret,
                                            struct epi_findings *findings, struct epi_err *reterr);
/* The command-line and API form. Scalars are plain text or null, dates ISO; "fields" has their
 * places. */
void epi_directive_json(struct epi_jw *w, const struct epi_directive *d,
                        const struct epi_findings *findings, epi_lang lang);
#endif
