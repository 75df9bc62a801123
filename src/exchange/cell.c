// SPDX-License-Identifier: AGPL-3.0-or-later
#include "exchange/cell.h"

#include <math.h>

/* Recent words of a column: a line list says the same few words on every row. */
#define MEMO 64
#define MEMO_BYTES 40

struct memo {
    char text[MEMO_BYTES];
    uint8_t n; /* 0 = free */
    epi_value_note note;
    struct epi_value value;
};
struct epi_cell_reader {
    const struct epi_field *field;
    epi_str column;
    epi_cell_role role;
    const struct epi_forms *forms;
    struct epi_date_options date;
    epi_str *labels;                      /* WORD: folded word and both labels, three per word */
    const struct epi_synonyms **synonyms; /* WORD: one per word, or NULL */
    struct memo memo[MEMO];
};

epi_cell_role epi_cell_role_of(const struct epi_field *f)
{
    epi_str name = epi_str_of(f->name);
    if (f->type == EPI_T_INT && epi_str_eq(name, EPI_S("birth_year")))
        return EPI_ROLE_YEAR_OR_DATE;
    if (f->type != EPI_T_TEXT)
        return EPI_ROLE_PLAIN;
    if (epi_str_eq(name, EPI_S("phone")) || epi_str_ends(name, EPI_S("_phone")))
        return EPI_ROLE_PHONE;
    if (epi_str_eq(name, EPI_S("document")))
        return EPI_ROLE_DOCUMENT;
    return f->flags & EPI_F_LOCAL_KEY ? EPI_ROLE_CODE : EPI_ROLE_PLAIN;
}

static const struct epi_synonyms *find_synonyms(struct epi_arena *a, const struct epi_forms *f,
                                                const char *field, const char *word)
{
    epi_str name = epi_str_printf(a, "%s.%s", field, word);
    for (size_t i = 0; f && i < f->n_words; i++)
        if (epi_str_eq(f->words[i].name, name))
            return &f->words[i];
    return NULL;
}

struct epi_cell_reader *epi_cell_reader_new(struct epi_arena *a, const struct epi_field *field,
                                            epi_str column, const struct epi_cell_options *o)
{
    struct epi_cell_reader *r = EPI_NEW(a, struct epi_cell_reader);
    r->field = field;
    r->column = epi_str_dup(a, column);
    r->role = epi_cell_role_of(field);
    r->forms = o->forms;
    r->date = o->date;
    if (field->type != EPI_T_WORD)
        return r;
    r->labels = EPI_ARRAY(a, field->n_words * 3 + 1, epi_str);
    r->synonyms = EPI_ARRAY(a, field->n_words + 1, const struct epi_synonyms *);
    for (size_t i = 0; i < field->n_words; i++) {
        const struct epi_word *w = &field->words[i];
        r->labels[i * 3] = epi_text_fold(a, epi_str_of(w->word));
        r->labels[i * 3 + 1] = epi_text_fold(a, epi_str_of(w->label[EPI_EN]));
        r->labels[i * 3 + 2] = epi_text_fold(a, epi_str_of(w->label[EPI_VI]));
        r->synonyms[i] = find_synonyms(a, o->forms, field->name, w->word);
    }
    return r;
}

/* --- per type -------------------------------------------------------------------------------- */
static epi_value_note read_word(struct epi_cell_reader *r, epi_str text, struct epi_value *ret)
{
    if (text.n > 200)
        return EPI_NOTE_UNREADABLE;
    EPI_ARENA_LOCAL(a);
    epi_str folded = epi_text_fold(a, text);
    if (folded.n == 0)
        folded = text; /* "-", "+" */
    for (size_t i = 0; i < r->field->n_words; i++) {
        const epi_str *l = &r->labels[i * 3];
        if (epi_str_eq(folded, l[0]) || epi_str_eq(folded, l[1]) || epi_str_eq(folded, l[2]) ||
            (r->synonyms[i] && epi_synonyms_have(r->synonyms[i], folded))) {
            *ret = epi_v_text(epi_str_of(r->field->words[i].word));
            return EPI_NOTE_NONE;
        }
    }
    if (r->forms && epi_synonyms_have(&r->forms->empty, folded))
        return EPI_NOTE_EMPTY;
    return EPI_NOTE_UNREADABLE;
}

static epi_value_note read_bool(struct epi_cell_reader *r, epi_str text, struct epi_value *ret)
{
    bool b = false;
    epi_value_note note = epi_bool_read(r->forms, text, &b);
    if (note == EPI_NOTE_NONE)
        *ret = epi_v_int(b);
    return note;
}

static epi_value_note remembered(struct epi_cell_reader *r, epi_str text, struct epi_value *ret,
                                 epi_value_note (*read)(struct epi_cell_reader *, epi_str,
                                                        struct epi_value *))
{
    if (text.n > MEMO_BYTES)
        return read(r, text, ret);
    size_t at =
        ((size_t)(uint8_t)text.p[0] * 7 + (size_t)(uint8_t)text.p[text.n - 1] * 13 + text.n) % MEMO;
    struct memo *m = &r->memo[at];
    if (m->n != text.n || memcmp(m->text, text.p, text.n) != 0) {
        m->value = EPI_NULLV;
        m->note = read(r, text, &m->value);
        memcpy(m->text, text.p, text.n);
        m->n = (uint8_t)text.n;
    }
    *ret = m->value;
    return m->note;
}

static bool is_empty_word(struct epi_cell_reader *r, epi_str text)
{
    if (!r->forms || text.n > 40 || (text.p[0] >= '0' && text.p[0] <= '9'))
        return false;
    EPI_ARENA_LOCAL(a);
    epi_str folded = epi_text_fold(a, text);
    return epi_synonyms_have(&r->forms->empty, folded.n ? folded : text);
}

static void say(struct epi_cell_reader *r, struct epi_findings *f, epi_severity s, const char *code,
                uint32_t row, epi_str arg)
{
    epi_finding_add(f, s, code, row, r->column, arg, EPI_NIL);
}

static bool wrong(struct epi_cell_reader *r, struct epi_findings *f, const char *code, uint32_t row,
                  epi_str arg)
{
    say(r, f, EPI_ERROR, code, row, arg);
    return false;
}

static bool read_date(struct epi_cell_reader *r, epi_str text, uint32_t row,
                      struct epi_date_reading *d, struct epi_findings *f, bool *ret_empty)
{
    epi_date_outcome out = epi_date_read(text, &r->date, d);
    *ret_empty = false;
    switch (out) {
    case EPI_DATE_READ:
        return true;
    case EPI_DATE_EMPTY:
        *ret_empty = true;
        return true;
    case EPI_DATE_UNREADABLE:
        if (is_empty_word(r, text)) {
            *ret_empty = true;
            return true;
        }
        return wrong(r, f, "date.unreadable", row, text);
    case EPI_DATE_IMPOSSIBLE:
        return wrong(r, f, "date.impossible", row, text);
    case EPI_DATE_OTHER_ORDER:
        return wrong(r, f, "date.other-order", row, text);
    case EPI_DATE_YEAR_ONLY:
        return wrong(r, f, "date.year-only", row, text);
    case EPI_DATE_MONTH_ONLY:
        return wrong(r, f, "date.month-only", row, text);
    }
    return false;
}

static bool date_cell(struct epi_cell_reader *r, epi_str text, uint32_t row, struct epi_value *ret,
                      struct epi_findings *f)
{
    struct epi_date_reading d;
    bool empty = false;
    if (!read_date(r, text, row, &d, f, &empty))
        return false;
    if (empty)
        return true;
    if (r->field->type == EPI_T_DATE) {
        *ret = epi_v_date(d.date);
        return true;
    }
    epi_instant t;
    if (!epi_instant_parse(text, &t)) { /* without an offset it is the site's clock */
        t = epi_date_start(d.date, r->date.utc_offset_minutes);
        if (d.minute_of_day > 0)
            t.ms += (int64_t)d.minute_of_day * 60000;
    }
    *ret = epi_v_instant(t);
    return true;
}

static bool year_cell(struct epi_cell_reader *r, epi_str text, uint32_t row, struct epi_value *ret,
                      struct epi_findings *f)
{
    struct epi_date_reading d;
    epi_date_outcome out = epi_date_read(text, &r->date, &d);
    if (out == EPI_DATE_YEAR_ONLY || out == EPI_DATE_MONTH_ONLY) {
        *ret = epi_v_int(d.year);
        return true;
    }
    bool empty = false;
    if (!read_date(r, text, row, &d, f, &empty))
        return false;
    if (empty)
        return true;
    int y, m, day;
    epi_date_split(d.date, &y, &m, &day);
    *ret = epi_v_int(y);
    return true;
}

static bool number_cell(struct epi_cell_reader *r, epi_str text, uint32_t row,
                        struct epi_value *ret, struct epi_findings *f)
{
    int64_t i = 0;
    double d = 0;
    bool whole = r->field->type == EPI_T_INT;
    epi_value_note note = whole ? epi_integer_read(text, &i) : epi_number_read(text, &d);
    if (note == EPI_NOTE_UNREADABLE)
        return is_empty_word(r, text) || wrong(r, f, "number.unreadable", row, text);
    if (note == EPI_NOTE_OUT_OF_RANGE)
        return wrong(r, f, "number.not-whole", row, text);
    if (note == EPI_NOTE_AMBIGUOUS)
        say(r, f, EPI_WARNING, whole ? "number.grouped" : "number.ambiguous", row, text);
    if (note != EPI_NOTE_EMPTY)
        *ret = whole ? epi_v_int(i) : epi_v_real(d);
    return true;
}

static bool phone_cell(struct epi_arena *a, struct epi_cell_reader *r, epi_str text,
                       epi_cell_kind kind, uint32_t row, struct epi_value *ret,
                       struct epi_findings *f)
{
    char out[20];
    if (!r->forms) {
        *ret = epi_v_text(text);
        return true;
    }
    epi_value_note note = epi_phone_read(&r->forms->phone, text, kind == EPI_CELL_NUMBER, out);
    if (note == EPI_NOTE_EMPTY || (note == EPI_NOTE_UNREADABLE && is_empty_word(r, text)))
        return true;
    if (note == EPI_NOTE_UNREADABLE) {
        /* an unusable number is kept as written: it must not cost the row, and somebody may know it
         */
        say(r, f, EPI_WARNING, "phone.unreadable", row, text);
        *ret = epi_v_text(text);
        return true;
    }
    if (note == EPI_NOTE_LOST_ZERO)
        say(r, f, EPI_WARNING, "phone.lost-zero", row, text);
    else if (note == EPI_NOTE_RENUMBERED)
        say(r, f, EPI_NOTE, "phone.renumbered", row, text);
    else if (note == EPI_NOTE_SEVERAL)
        say(r, f, EPI_WARNING, "phone.several", row, text);
    *ret = epi_v_text(epi_str_dup(a, epi_str_of(out)));
    return true;
}

static bool document_cell(struct epi_arena *a, struct epi_cell_reader *r, epi_str text,
                          epi_cell_kind kind, uint32_t row, struct epi_value *ret,
                          struct epi_findings *f)
{
    char out[36];
    epi_value_note note = epi_document_read(r->forms, text, out, NULL);
    (void)kind;
    if (note == EPI_NOTE_EMPTY || (note == EPI_NOTE_UNREADABLE && is_empty_word(r, text)))
        return true;
    if (note == EPI_NOTE_UNREADABLE || note == EPI_NOTE_OUT_OF_RANGE)
        return wrong(r, f, "document.unreadable", row, text);
    if (note == EPI_NOTE_LOST_ZERO)
        return wrong(r, f, "document.lost-zero", row, text);
    if (note == EPI_NOTE_LENGTH)
        say(r, f, EPI_WARNING, "document.length", row, text);
    *ret = epi_v_text(epi_str_dup(a, epi_str_of(out)));
    return true;
}

static bool text_cell(struct epi_arena *a, struct epi_cell_reader *r, epi_str text,
                      epi_cell_kind kind, uint32_t row, struct epi_value *ret,
                      struct epi_findings *f)
{
    switch (r->role) {
    case EPI_ROLE_PHONE:
        return phone_cell(a, r, text, kind, row, ret, f);
    case EPI_ROLE_DOCUMENT:
        return document_cell(a, r, text, kind, row, ret, f);
    case EPI_ROLE_CODE:
    case EPI_ROLE_PLAIN:
    case EPI_ROLE_YEAR_OR_DATE:
        break;
    }
    if (r->field->max_bytes && text.n > r->field->max_bytes) {
        EPI_BUF_LOCAL(b, 32);
        epi_buf_printf(&b, "%u", r->field->max_bytes);
        return wrong(r, f, "text.too-long", row, epi_buf_str(&b));
    }
    *ret = epi_v_text(text);
    return true;
}

static bool lookup_cell(struct epi_cell_reader *r, epi_str text, uint32_t row,
                        struct epi_value *ret, struct epi_findings *f)
{
    bool word = r->field->type == EPI_T_WORD;
    epi_value_note note = remembered(r, text, ret, word ? read_word : read_bool);
    if (note == EPI_NOTE_UNREADABLE)
        return wrong(r, f, word ? "word.unknown" : "bool.unreadable", row, text);
    return true;
}

bool epi_exchange_cell(struct epi_arena *a, struct epi_cell_reader *r, epi_str text,
                       epi_cell_kind kind, uint32_t row, struct epi_value *ret,
                       struct epi_findings *f)
{
    *ret = EPI_NULLV;
    epi_str s = epi_str_trim(text);
    if (s.n == 0)
        return true;
    switch (r->field->type) {
    case EPI_T_WORD:
    case EPI_T_BOOL:
        return lookup_cell(r, s, row, ret, f);
    case EPI_T_DATE:
    case EPI_T_INSTANT:
        return date_cell(r, s, row, ret, f);
    case EPI_T_INT:
        if (r->role == EPI_ROLE_YEAR_OR_DATE)
            return year_cell(r, s, row, ret, f);
        return number_cell(r, s, row, ret, f);
    case EPI_T_REAL:
        return number_cell(r, s, row, ret, f);
    case EPI_T_TEXT:
        return text_cell(a, r, s, kind, row, ret, f);
    case EPI_T_REF:
    case EPI_T_UNIT:
    case EPI_T_JSON:
        *ret = epi_v_text(s);
        return true;
    }
    return true;
}
