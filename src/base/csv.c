// SPDX-License-Identifier: AGPL-3.0-or-later
#include "base/csv.h"
#include <stdlib.h>

#define GUESS_ROWS 25
#define GUESS_BYTES ((size_t)64 << 10)

void epi_csv_init(struct epi_csv *c, epi_str text, char sep)
{
    *c = (struct epi_csv){.text = text, .sep = sep, .next_line = 1};
    c->scratch = epi_arena_new(0);
    c->fields = epi_xmalloc(EPI_CSV_COLUMNS_MAX * sizeof *c->fields);
}

void epi_csv_done(struct epi_csv *c)
{
    epi_arena_free(c->scratch);
    free(c->fields);
    c->scratch = NULL;
    c->fields = NULL;
    c->n = 0;
}

/* First separator or line end at or after p. Eight bytes at a time: a byte of x is zero exactly
 * where (x - 0x01..) & ~x & 0x80.. has its lowest set bit (Mycroft's trick; exact for the lowest
 * one). */
static const char *bare_end(const char *p, const char *end, char sep)
{
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
    const uint64_t ones = 0x0101010101010101u, tops = 0x8080808080808080u;
    const uint64_t seps = ones * (unsigned char)sep, lf = ones * '\n', cr = ones * '\r';
    while (end - p >= 8) {
        uint64_t word;
        memcpy(&word, p, sizeof word);
        uint64_t a = word ^ seps, b = word ^ lf, c = word ^ cr;
        uint64_t hit = (((a - ones) & ~a) | ((b - ones) & ~b) | ((c - ones) & ~c)) & tops;
        if (hit)
            return p + (__builtin_ctzll(hit) >> 3);
        p += 8;
    }
#endif
    while (p < end && *p != sep && *p != '\n' && *p != '\r')
        p++;
    return p;
}

static uint32_t count_lines(const char *p, const char *end)
{
    uint32_t lines = 0;
    for (; p < end; p++)
        if (*p == '\n' || (*p == '\r' && !(p + 1 < end && p[1] == '\n')))
            lines++;
    return lines;
}

/* p stands behind an opening quote. Returns the end of the field; quoted parts and bare text after
 * the closing quote are joined, as spreadsheets do. */
static const char *quoted(struct epi_csv *c, const char *p, const char *end, epi_str *ret)
{
    const char *close = memchr(p, '"', (size_t)(end - p));
    const char *after = close ? close + 1 : end;
    if (close && (after == end || *after == c->sep || *after == '\n' || *after == '\r')) {
        *ret = (epi_str){p, (size_t)(close - p)};
        c->next_line += count_lines(p, close);
        return after;
    }
    /* The long way: the unquoted text is never longer than what is left up to its end. */
    const char *start = p;
    EPI_BUF_LOCAL(text, SIZE_MAX);
    for (;;) {
        close = memchr(p, '"', (size_t)(end - p));
        if (!close) {
            c->broken = true;
            epi_buf_put(&text, (epi_str){p, (size_t)(end - p)});
            after = end;
            break;
        }
        epi_buf_put(&text, (epi_str){p, (size_t)(close - p)});
        if (close + 1 < end && close[1] == '"') {
            epi_buf_putc(&text, '"');
            p = close + 2;
            continue;
        }
        after = bare_end(close + 1, end, c->sep);
        epi_buf_put(&text, (epi_str){close + 1, (size_t)(after - close - 1)});
        break;
    }
    c->next_line += count_lines(start, after);
    *ret = epi_str_dup(c->scratch, epi_buf_str(&text));
    return after;
}

bool epi_csv_next(struct epi_csv *c)
{
    c->n = 0;
    if (c->at >= c->text.n)
        return false;
    epi_arena_reset(c->scratch);
    c->row++;
    c->line = c->next_line;
    const char *p = c->text.p + c->at, *end = c->text.p + c->text.n;
    for (;;) {
        epi_str field;
        if (p < end && *p == '"') {
            p = quoted(c, p + 1, end, &field);
        } else {
            const char *stop = bare_end(p, end, c->sep);
            field = (epi_str){p, (size_t)(stop - p)};
            p = stop;
        }
        if (c->n < EPI_CSV_COLUMNS_MAX)
            c->fields[c->n++] = field;
        else
            c->wide = true;
        if (p == end || *p != c->sep)
            break;
        p++;
    }
    if (p < end) {
        p += *p == '\r' && p + 1 < end && p[1] == '\n' ? 2 : 1;
        c->next_line++;
    }
    c->at = (size_t)(p - c->text.p);
    return true;
}

char epi_csv_guess_sep(epi_str text)
{
    static const char candidates[] = ",;\t|";
    char best = ',';
    size_t best_score = 0;
    bool cut = text.n > GUESS_BYTES;
    epi_str head = epi_str_sub(text, 0, GUESS_BYTES);
    for (const char *sep = candidates; *sep; sep++) {
        struct epi_csv c;
        size_t columns = 0, rows = 0, same = 0;
        epi_csv_init(&c, head, *sep);
        while (rows < GUESS_ROWS && epi_csv_next(&c)) {
            if (cut && c.at >= head.n && rows > 0)
                break; /* a row cut in its middle says nothing */
            if (c.n == 1 && c.fields[0].n == 0)
                continue;
            if (columns == 0)
                columns = c.n;
            rows++;
            same += c.n == columns;
        }
        epi_csv_done(&c);
        /* Rows that agree count most, then the number of columns. */
        size_t score = columns > 1 && rows ? same * 1000 / rows * 10000 + columns : 0;
        if (score > best_score) {
            best_score = score;
            best = *sep;
        }
    }
    return best;
}

void epi_csv_put(struct epi_buf *b, bool first, epi_str s)
{
    bool quote = s.n > 0 && (s.p[0] == ' ' || s.p[0] == '\t' || s.p[s.n - 1] == ' ');
    for (size_t i = 0; i < s.n && !quote; i++)
        quote = s.p[i] == ',' || s.p[i] == '"' || s.p[i] == '\n' || s.p[i] == '\r';
    if (!first)
        epi_buf_putc(b, ',');
    if (!quote) {
        epi_buf_put(b, s);
        return;
    }
    epi_buf_putc(b, '"');
    for (size_t from = 0; from < s.n;) {
        size_t hit = epi_str_find(s, EPI_S("\""), from);
        size_t stop = hit == SIZE_MAX ? s.n : hit + 1;
        epi_buf_put(b, epi_str_sub(s, from, stop - from));
        if (hit != SIZE_MAX)
            epi_buf_putc(b, '"');
        from = stop;
    }
    epi_buf_putc(b, '"');
}
