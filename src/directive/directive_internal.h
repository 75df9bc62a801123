/* directive_internal.h - what the files of this folder share; nobody else includes it.
 *
 * Reading goes through two copies of the text, both with a map back to the given bytes:
 *   clean  NFC, Markdown and HTML marks gone, line ends unified         (text.c)
 *   flow   clean with lines joined into blocks, one space between words  (blocks.c, head.c, tail.c)
 * Words are compared on `fold`: one byte per character (lower case, no accents), 0 on the bytes
 * that follow the first of a multi-byte character, so that fold and text share positions. */
#ifndef EPI_DIRECTIVE_INTERNAL_H
#define EPI_DIRECTIVE_INTERNAL_H
#include "directive/directive.h"

#define EPI__NONE SIZE_MAX
#define EPI__STRUCK 1u /* struck through in the source */
#define EPI__UPPER 2u
#define EPI__LOWER 4u
#define EPI__ALPHA 1 /* fold of a letter without an ASCII base */
#define EPI__OTHER 2 /* fold of any other sign */

struct epi__text {
    char *p;
    uint32_t *at;        /* byte of the given text each byte comes from */
    unsigned char *fold; /* see above */
    unsigned char *flag; /* EPI__* of the character starting here */
    size_t n, cap;
};

/* A span in one of the two copies. */
struct epi__span {
    size_t from, to;
};

struct epi__pats { /* folded patterns, longest first */
    epi_str *list;
    size_t n;
};
#define EPI__PHRASES(X) \
    X(addressees) \
    X(distribution) \
    X(file) \
    X(number) \
    X(subject) \
    X(note) \
    X(article) \
    X(report) \
    X(signed_) \
    X(stamp) \
    X(preamble) \
    X(closing) \
    X(of) X(dated) X(month) X(year) X(many) X(and) X(delegate) X(lead) X(together) X(annex)
struct epi__form {
    epi_str id;
    char separator; /* between number and the rest of the symbol */
    struct epi__pats mottos, words;
};
struct epi__type {
    epi_str name;
    epi_str fold;
    epi_str *abbrs;
    size_t abbrs_n;
    epi_str unmarked; /* form whose symbols carry no mark of this type, else empty */
    bool generic;     /* names any document ("văn bản") */
    bool named;       /* cited by name and year ("Luật Dược năm 2016") */
};
struct epi__spread { /* "các sở: Y tế, Tài chính" names "Sở Y tế" and "Sở Tài chính" */
    epi_str fold, head;
};
struct epi__mark {
    epi_str fold; /* without the final stop */
    epi_str form; /* id, may be empty */
    bool stop;    /* the final stop must be there */
};
struct epi_directive_forms {
    struct epi__form *forms;
    size_t forms_n;
    struct epi__type *types;
    size_t types_n;
    struct epi__pats type_names; /* for the quick search; index leads to type_index */
    size_t *type_index;
    struct epi__mark *marks;
    size_t marks_n;
    struct epi__spread *spreads;
    size_t spreads_n;
    struct epi__pats titles, months;
    struct epi__pats heads, heads_capital, groups, names, units;
#define X(name) struct epi__pats name;
    EPI__PHRASES(X)
#undef X
    struct epi__pats stop;        /* words that end a name: exact, lower case */
    struct epi__pats heads_exact; /* heads that without accents are other words: "Đội", "Đồi" */
    epi_str phone_prefixes[8];
    size_t phone_prefixes_n;
    int64_t phone_min, phone_max;
};

/* A list growing in an arena by doubling. */
struct epi__grow {
    void *list;
    size_t n, cap;
};
void *epi__grow(struct epi_arena *a, struct epi__grow *g, size_t size); /* zeroed new element */

/* Marker of a line, in the order of nesting. */
enum epi__rank {
    EPI__ANNEX,
    EPI__ARTICLE,
    EPI__ROMAN,
    EPI__NUMBER,
    EPI__SUBNUMBER,
    EPI__LETTER,
    EPI__DASH,
    EPI__PLUS,
    EPI__STAR,
    EPI__PARAGRAPH, /* no marker */
};
struct epi__marker {
    enum epi__rank rank;
    struct epi__span no;
    size_t content;
    uint32_t value; /* of ARTICLE, ROMAN, NUMBER */
};
struct epi__block {
    enum epi__rank rank;
    size_t from, to; /* content in the flow, marker excluded */
    epi_str no;
    uint32_t raw; /* byte of the given text where the marker stands */
};
struct epi__line { /* trimmed, in clean */
    size_t from, to;
    bool blank_before;
};

enum epi__zone { EPI__HEAD, EPI__ADDRESS, EPI__BODY, EPI__TAIL, EPI__ANNEXES };

struct epi__parse {
    struct epi_arena *a;
    const struct epi_directive_forms *f;
    struct epi_findings *findings;
    struct epi_directive *d;
    epi_str raw;
    struct epi__text clean, flow;
    struct epi__line *lines;
    size_t lines_n;
    bool unwrapped;        /* each line is a whole paragraph: long lines, hardly a blank one */
    uint32_t *line_starts; /* in the given text */
    size_t line_starts_n;
    size_t recopied; /* bytes copied twice for values split by columns; capped */
    /* head */
    enum { EPI__HEAD_TOP, EPI__HEAD_SUBJECT, EPI__HEAD_TITLE, EPI__HEAD_REST } head;
    struct epi__span subject, issuer, parent;
    bool subject_titled, issuer_closed, number_seen;
    epi_str issuer_abbr; /* group of the symbol that names the issuer */
    double subject_confidence, issuer_confidence;
    double *votes; /* by form */
    /* address, tail */
    struct epi__grow addressees, distribution, chain, notes, contacts;
    struct epi__span entry;
    bool entry_open, in_distribution, distribution_seen, trailing_seen;
    /* body; `blocks` are those of the annexes while in_annex */
    struct epi__grow blocks, other_blocks;
    bool in_annex;
    uint32_t last_roman, last_number;
    unsigned order_findings;
};

/* --- text.c
 * ------------------------------------------------------------------------------------------ */
struct epi__folder; /* remembers how characters fold */
struct epi__folder *epi__folder_new(struct epi_arena *a);
/* Returns the number of bytes that were not UTF-8. */
size_t epi__clean(struct epi_arena *a, epi_str raw, struct epi__text *ret);
epi_str epi__fold_pattern(struct epi_arena *a, struct epi__folder *folder, epi_str s);
void epi__flow_new(struct epi_arena *a, size_t cap, struct epi__text *ret);
/* Copies a span of `from` to the end, runs of white space as one space; with a space before when
 * `join`. */
struct epi__span epi__flow_add(struct epi__text *flow, const struct epi__text *from, size_t a,
                               size_t b, bool join);
void epi__flow_break(struct epi__text *flow);

size_t epi__skip_space(const struct epi__text *t, size_t at, size_t to);
size_t epi__next(const struct epi__text *t, size_t at, size_t to); /* start of the next character */
bool epi__is_letter(const struct epi__text *t, size_t at);
bool epi__is_digit(const struct epi__text *t, size_t at);
static inline bool epi__is_upper(const struct epi__text *t, size_t at)
{
    return (t->flag[at] & EPI__UPPER) != 0;
}
static inline bool epi__is_lower(const struct epi__text *t, size_t at)
{
    return (t->flag[at] & EPI__LOWER) != 0;
}
size_t epi__word_end(const struct epi__text *t, size_t at, size_t to); /* letters, digits, "-19" */
bool epi__word_start(const struct epi__text *t, size_t at);
/* End of the folded pattern at `at`, or EPI__NONE; _word asks for a word end there. */
size_t epi__match(const struct epi__text *t, size_t at, size_t to, epi_str pattern);
size_t epi__match_word(const struct epi__text *t, size_t at, size_t to, epi_str pattern);
/* As epi__match_any on the text itself, accents and case included: "từ" is not "tư". */
size_t epi__match_exact(const struct epi__text *t, size_t at, size_t to,
                        const struct epi__pats *pats);
size_t epi__match_any(const struct epi__text *t, size_t at, size_t to, const struct epi__pats *pats,
                      size_t *ret_index);
/* First place in the span where a pattern of the list stands as words. */
size_t epi__find_any(const struct epi__text *t, size_t at, size_t to, const struct epi__pats *pats,
                     size_t *ret_end);
struct epi__span epi__trim(const struct epi__text *t, struct epi__span s);
/* Without white space and any of `marks` at the end. */
struct epi__span epi__trim_end(const struct epi__text *t, struct epi__span s, const char *marks);
bool epi__has_letters(const struct epi__text *t, size_t from, size_t to);
bool epi__all_upper(const struct epi__text *t, size_t from,
                    size_t to); /* and at least two capitals */
/* Does the text before `to` end a sentence or clause (. ! ? : ;), closing quotes and brackets
 * aside? */
bool epi__ends_sentence(const struct epi__text *t, size_t from, size_t to);
/* Next column of a line: parted by a tab or three spaces. False at the end. */
bool epi__column(const struct epi__text *t, size_t *at, size_t to, struct epi__span *ret);
epi_str epi__view(const struct epi__text *t, struct epi__span s);
struct epi_directive_field epi__field(const struct epi__text *t, struct epi__span s,
                                      double confidence);
/* --- parse.c */
#define EPI__RECOPY_MAX ((size_t)16 * 1024)
void epi__find(struct epi__parse *x, epi_severity s, const char *code, const char *field,
               uint32_t offset, epi_str arg1);
/* --- symbol.c: number/symbol and dates, used by head and citations */
struct epi__symbol {
    struct epi__span all, number, type, issuer; /* type: first group when it may be a type mark */
    char separator;
    bool year_form;
};
/* `strict` (in running text): groups begin with a capital and a digit comes first. */
bool epi__symbol(const struct epi__text *t, size_t at, size_t to, bool strict,
                 struct epi__symbol *ret);
epi_str epi__symbol_text(struct epi_arena *a, const struct epi__text *t,
                         const struct epi__symbol *s);
/* Index of the type with this abbreviation or EPI__NONE. */
size_t epi__type_of_abbr(const struct epi_directive_forms *f, epi_str abbr);
size_t epi__type_unmarked(const struct epi_directive_forms *f, char separator);
size_t epi__form_of_separator(const struct epi_directive_forms *f, char separator);
/* A date at `at`; `worded` allows missing parts around the words for month and year. */
bool epi__date(const struct epi__text *t, size_t at, size_t to, const struct epi_directive_forms *f,
               bool worded, size_t *ret_end, struct epi_directive_date *ret);
/* --- head.c */
/* Takes a line of the head; false when the line belongs to what follows. */
bool epi__head_line(struct epi__parse *x, const struct epi__line *line, bool *ret_address);
void epi__head_done(struct epi__parse *x);
void epi__vote(struct epi__parse *x, epi_str form, double weight);
size_t epi__addressees_word(const struct epi__parse *x, const struct epi__line *line);
/* --- address and tail: tail.c */
/* Appends a span of clean to a value standing anywhere in the flow, moving it to the end if need
 * be. */
void epi__gather(struct epi__parse *x, struct epi__span *value, size_t from, size_t to);
void epi__address_done(struct epi__parse *x);
bool epi__address_line(struct epi__parse *x, const struct epi__line *line);
bool epi__tail_starts(const struct epi__parse *x, const struct epi__line *line);
void epi__tail_line(struct epi__parse *x, const struct epi__line *line);
void epi__tail_done(struct epi__parse *x);
/* --- blocks.c, items.c */
void epi__body_line(struct epi__parse *x, const struct epi__line *line);
bool epi__marker(const struct epi__parse *x, const struct epi__text *t, size_t from, size_t to,
                 struct epi__marker *ret);
/* "Phụ lục I: ..." as a heading. */
bool epi__annex(const struct epi__parse *x, const struct epi__line *line, struct epi__marker *ret);
void epi__annex_line(struct epi__parse *x, const struct epi__line *line,
                     const struct epi__marker *m);
/* What is read from here on belongs to the annexes, or to the body again. */
void epi__in_annex(struct epi__parse *x, bool annex);
void epi__items(struct epi__parse *x);
void epi__annexes(struct epi__parse *x);
/* --- contacts.c */
void epi__contacts(struct epi__parse *x);
/* --- infer.c: what the text lets conclude, and what is missing */
void epi__conclude(struct epi__parse *x);
/* --- agency.c */
/* End of the agency name at `at`, or EPI__NONE. */
size_t epi__agency_end(const struct epi__parse *x, size_t at, size_t to);
/* The agencies a paragraph opens with; returns where their list ends (== from when there is none).
 */
size_t epi__agencies(struct epi__parse *x, size_t from, size_t to,
                     struct epi_directive_agency **ret, size_t *ret_n);
/* The agencies a paragraph names to work with. Those in `known` and those found before are left
 * out. */
void epi__partners(struct epi__parse *x, size_t from, size_t to,
                   const struct epi_directive_agency *known, size_t known_n,
                   struct epi__grow *list);
/* --- cite.c */
void epi__cites(struct epi__parse *x, size_t from, size_t to);
#endif
