// SPDX-License-Identifier: AGPL-3.0-or-later
#include "exchange/encoding.h"

#include "exchange/legacy.h"
#include "exchange/syllable.h"

/* Bytes of the text that take part in the vote. */
#define SAMPLE_MAX ((size_t)256 * 1024)

static const char *const words[EPI_ENC_COUNT] = {
#define X(constant, word) [constant] = word,
    EPI_ENCODING_LIST(X)
#undef X
};

const char *epi_encoding_word(epi_encoding e)
{
    return e < EPI_ENC_COUNT ? words[e] : "";
}

bool epi_encoding_parse(epi_str word, epi_encoding *ret)
{
    static const struct {
        epi_str word;
        epi_encoding e;
    } other[] = {
        {EPI_SC("utf8"), EPI_ENC_UTF8},          {EPI_SC("utf16"), EPI_ENC_UTF16LE},
        {EPI_SC("utf-16"), EPI_ENC_UTF16LE},     {EPI_SC("cp1258"), EPI_ENC_CP1258},
        {EPI_SC("windows1258"), EPI_ENC_CP1258}, {EPI_SC("abc"), EPI_ENC_TCVN3},
        {EPI_SC("tcvn-3"), EPI_ENC_TCVN3},       {EPI_SC("vni-windows"), EPI_ENC_VNI},
    };
    for (int e = 0; e < EPI_ENC_COUNT; e++)
        if (epi_str_ieq(word, epi_str_of(words[e]))) {
            *ret = (epi_encoding)e;
            return true;
        }
    for (size_t i = 0; i < EPI_COUNT(other); i++)
        if (epi_str_ieq(word, other[i].word)) {
            *ret = other[i].e;
            return true;
        }
    return false;
}

const char *epi_exchange_magic(epi_str b)
{
    static const struct {
        epi_str head;
        const char *kind;
    } table[] = {
        {EPI_SC("\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1"), "xls"},
        {EPI_SC("%PDF-"), "pdf"},
        {EPI_SC("\x89PNG"), "png"},
        {EPI_SC("\xFF\xD8\xFF"), "jpeg"},
        {EPI_SC("\x1F\x8B"), "gzip"},
        {EPI_SC("{\\rtf"), "rtf"},
        {EPI_SC("SQLite format 3"), "sqlite"},
        {EPI_SC("<!DOCTYPE html"), "html"},
        {EPI_SC("<html"), "html"},
        {EPI_SC("Rar!"), "zip"},
        {EPI_SC("7z\xBC\xAF"), "zip"},
    };
    if (epi_str_starts(b, EPI_S("PK\x03\x04")) || epi_str_starts(b, EPI_S("PK\x05\x06"))) {
        /* a workbook names its parts near the start or the end of the archive */
        epi_str head = epi_str_sub(b, 0, 4096),
                tail = epi_str_sub(b, b.n > 65536 ? b.n - 65536 : 0, 65536);
        bool book = epi_str_find(head, EPI_S("xl/"), 0) != SIZE_MAX ||
                    epi_str_find(tail, EPI_S("xl/"), 0) != SIZE_MAX;
        return book || epi_str_find(head, EPI_S("[Content_Types].xml"), 0) != SIZE_MAX ? "xlsx"
                                                                                       : "zip";
    }
    for (size_t i = 0; i < EPI_COUNT(table); i++)
        if (epi_str_starts(b, table[i].head) ||
            (table[i].head.p[0] == '<' &&
             epi_str_ieq(epi_str_sub(b, 0, table[i].head.n), table[i].head)))
            return table[i].kind;
    return "";
}

/* --- UTF-8 ----------------------------------------------------------------------------------- */
/* True when the text is certainly valid, composed and free of control characters: then it needs no
 * copy. Composed for certain: below U+0300, U+1E00..1EFF (Latin with marks) and U+2010..2027
 * (dashes, quotes). */
static bool clean_already(epi_str s)
{
    const uint8_t *p = (const uint8_t *)s.p, *end = p + s.n;
    while (p < end) {
        while (end - p >= 8) {
            uint64_t w;
            memcpy(&w, p, 8);
            /* a byte >= 0x80 or below 0x20 somewhere in the eight */
            if ((w & 0x8080808080808080ULL) ||
                ((w - 0x2020202020202020ULL) & ~w & 0x8080808080808080ULL))
                break;
            p += 8;
        }
        if (p == end)
            break;
        uint8_t b = *p;
        if (b < 0x80) {
            if ((b < 0x20 && b != '\t' && b != '\n' && b != '\r') || b == 0x7F)
                return false;
            p++;
        } else if (b >= 0xC3 && b <= 0xCB && end - p >= 2 && (p[1] & 0xC0) == 0x80) {
            p += 2;
        } else if (b == 0xC2 && end - p >= 2 && p[1] >= 0xA0 && p[1] <= 0xBF) {
            p += 2;
        } else if (b == 0xE1 && end - p >= 3 && p[1] >= 0xB8 && p[1] <= 0xBB &&
                   (p[2] & 0xC0) == 0x80) {
            p += 3;
        } else if (b == 0xE2 && end - p >= 3 && p[1] == 0x80 && p[2] >= 0x90 && p[2] <= 0xA7) {
            p += 3;
        } else {
            return false;
        }
    }
    return true;
}

static epi_str replace_bad(struct epi_arena *a, epi_str s, size_t *ret_bad)
{
    EPI_BUF_LOCAL(out, s.n * 3 + 16);
    *ret_bad = 0;
    for (size_t at = 0; at < s.n;) {
        size_t from = at;
        uint32_t cp = epi_utf8_next(s, &at);
        /* a real U+FFFD in the text takes three bytes, a replaced one takes one */
        *ret_bad += cp == 0xFFFD && at - from == 1;
        char u[4];
        epi_buf_put(&out, (epi_str){u, epi_utf8_put(u, cp)});
    }
    return epi_str_dup(a, epi_buf_str(&out));
}

static void count_arg(struct epi_findings *f, epi_severity s, const char *code, size_t n,
                      const char *what)
{
    EPI_BUF_LOCAL(b, 32);
    epi_buf_printf(&b, "%zu", n);
    epi_finding_add(f, s, code, 0, EPI_NIL, epi_buf_str(&b), epi_str_of(what));
}

static epi_str finish_utf8(struct epi_arena *a, epi_str s, struct epi_findings *findings)
{
    if (clean_already(s))
        return s;
    if (!epi_utf8_valid(s)) {
        size_t bad = 0;
        s = replace_bad(a, s, &bad);
        count_arg(findings, EPI_ERROR, "text.bad-bytes", bad, "utf-8");
    }
    return epi_text_clean(a, s);
}

/* --- UTF-16 ---------------------------------------------------------------------------------- */
static uint32_t unit16(epi_str b, size_t i, bool big)
{
    uint32_t x = (uint8_t)b.p[i], y = (uint8_t)b.p[i + 1];
    return big ? x << 8 | y : y << 8 | x;
}

static epi_str decode_utf16(struct epi_arena *a, epi_str b, bool big, size_t *ret_bad)
{
    EPI_BUF_LOCAL(out, b.n * 2 + 16);
    *ret_bad = b.n & 1;
    for (size_t i = 0; i + 1 < b.n; i += 2) {
        uint32_t u = unit16(b, i, big);
        if (i == 0 && u == 0xFEFF)
            continue;
        if (u >= 0xD800 && u < 0xE000) {
            uint32_t low = i + 3 < b.n ? unit16(b, i + 2, big) : 0;
            if (u < 0xDC00 && low >= 0xDC00 && low < 0xE000) {
                u = 0x10000 + ((u - 0xD800) << 10) + (low - 0xDC00);
                i += 2;
            } else {
                u = 0xFFFD;
                ++*ret_bad;
            }
        }
        char c[4];
        epi_buf_put(&out, (epi_str){c, epi_utf8_put(c, u)});
    }
    return epi_str_dup(a, epi_buf_str(&out));
}

/* Without a mark: in Vietnamese and English text most letters have a zero high byte, all on one
 * side. */
static epi_encoding guess_utf16(epi_str b)
{
    size_t zero[2] = {0, 0}, n = b.n < 4096 ? b.n & ~(size_t)1 : 4096;
    for (size_t i = 0; i < n; i++)
        zero[i & 1] += b.p[i] == 0;
    if (n < 4)
        return EPI_ENC_AUTO;
    if (zero[1] * 10 > n / 2 * 4 && zero[0] * 20 <= n / 2)
        return EPI_ENC_UTF16LE;
    if (zero[0] * 10 > n / 2 * 4 && zero[1] * 20 <= n / 2)
        return EPI_ENC_UTF16BE;
    return EPI_ENC_AUTO;
}

/* --- the vote -------------------------------------------------------------------------------- */
/* Lines that hold a byte above 0x7F, up to SAMPLE_MAX. */
static epi_str sample(struct epi_arena *a, epi_str b)
{
    EPI_BUF_LOCAL(out, SAMPLE_MAX);
    epi_str rest = b, line;
    while (out.n < SAMPLE_MAX && epi_str_split(&rest, '\n', &line)) {
        bool high = false;
        for (size_t i = 0; i < line.n && !high; i++)
            high = (uint8_t)line.p[i] >= 0x80;
        if (!high)
            continue;
        epi_buf_put(&out, epi_str_sub(line, 0, SAMPLE_MAX - out.n - 1));
        epi_buf_putc(&out, '\n');
    }
    return epi_str_dup(a, epi_buf_str(&out));
}

static int64_t score(struct epi_arena *a, epi_str bytes, epi_encoding e)
{
    struct epi_arena_mark mark = epi_arena_mark(a);
    EPI_BUF_LOCAL(out, bytes.n * 4 + 16);
    size_t bad = 0;
    (void)epi__legacy_decode(&out, bytes, e, &bad);
    struct epi__syllables s;
    epi__syllables_count(epi_text_clean(a, epi_buf_str(&out)), &s);
    epi_arena_release(a, mark);
    return (int64_t)s.good - (int64_t)s.bad - (int64_t)bad;
}

static epi_encoding vote(struct epi_arena *a, epi_str bytes, int64_t *ret_best, bool *ret_close)
{
    static const epi_encoding candidates[] = {EPI_ENC_CP1258, EPI_ENC_TCVN3, EPI_ENC_VNI};
    epi_str some = sample(a, bytes);
    epi_encoding winner = EPI_ENC_CP1258;
    int64_t best = INT64_MIN, second = INT64_MIN;
    for (size_t i = 0; i < EPI_COUNT(candidates); i++) {
        int64_t s = score(a, some, candidates[i]);
        if (s > best) {
            second = best;
            best = s;
            winner = candidates[i];
        } else if (s > second) {
            second = s;
        }
    }
    *ret_best = best;
    /* sure = most words are syllables and the next candidate is clearly worse */
    *ret_close = best < 3 || (second > 0 && second * 4 > best * 3);
    return winner;
}

static epi_status from_legacy(struct epi_arena *a, epi_str bytes, epi_encoding e, epi_str *ret,
                              struct epi_findings *findings, struct epi_err *reterr)
{
    EPI_BUF_LOCAL(out, bytes.n * 3 + 16);
    size_t bad = 0;
    if (!epi__legacy_decode(&out, bytes, e, &bad))
        return EPI_FAIL(reterr, EPI_LIMIT, "file.too-large", "%zu", bytes.n);
    if (bad)
        count_arg(findings, EPI_ERROR, "text.bad-bytes", bad, epi_encoding_word(e));
    *ret = epi_text_clean(a, epi_buf_str(&out));
    return EPI_OK;
}

/* Old-font letters inside valid UTF-8: what a program makes of TCVN3 or VNI text it takes for
 * Western. */
static epi_str unfont(struct epi_arena *a, epi_str utf8, epi_encoding *ret_found)
{
    *ret_found = EPI_ENC_AUTO;
    struct epi_arena_mark mark = epi_arena_mark(a);
    epi_str some = sample(a, utf8);
    struct epi__syllables now;
    epi__syllables_count(some, &now);
    EPI_BUF_LOCAL(bytes, utf8.n + 16);
    if (now.bad < 3 || now.bad <= now.good || !epi__legacy_bytes(&bytes, utf8)) {
        epi_arena_release(a, mark);
        return utf8;
    }
    int64_t best = 0;
    bool close = false;
    epi_encoding e = vote(a, epi_buf_str(&bytes), &best, &close);
    epi_arena_release(a, mark);
    if (close || e == EPI_ENC_CP1258 || best * 2 < (int64_t)(now.good + now.bad))
        return utf8;
    EPI_BUF_LOCAL(out, bytes.n * 3 + 16);
    size_t bad = 0;
    if (!epi__legacy_decode(&out, epi_buf_str(&bytes), e, &bad) || bad)
        return utf8;
    *ret_found = e;
    return epi_text_clean(a, epi_buf_str(&out));
}

static epi_status refuse_binary(epi_str bytes, struct epi_err *reterr)
{
    const char *kind = epi_exchange_magic(bytes);
    if (*kind)
        return EPI_FAIL(reterr, EPI_INVALID, "file.other-kind", "%s", kind);
    return EPI_FAIL(reterr, EPI_INVALID, "file.binary", "%s", "");
}

static epi_status from_utf16(struct epi_arena *a, epi_str bytes, epi_encoding e, epi_str *ret,
                             struct epi_findings *findings)
{
    size_t bad = 0;
    epi_str text = decode_utf16(a, bytes, e == EPI_ENC_UTF16BE, &bad);
    if (bad)
        count_arg(findings, EPI_ERROR, "text.bad-bytes", bad, epi_encoding_word(e));
    *ret = finish_utf8(a, text, findings);
    return EPI_OK;
}

static epi_encoding by_mark(epi_str *bytes)
{
    if (epi_str_starts(*bytes, EPI_S("\xEF\xBB\xBF"))) {
        *bytes = epi_str_sub(*bytes, 3, bytes->n);
        return EPI_ENC_UTF8;
    }
    if (epi_str_starts(*bytes, EPI_S("\xFF\xFE")))
        return EPI_ENC_UTF16LE;
    if (epi_str_starts(*bytes, EPI_S("\xFE\xFF")))
        return EPI_ENC_UTF16BE;
    return EPI_ENC_AUTO;
}

static epi_status detect_8bit(struct epi_arena *a, epi_str bytes, epi_str *ret,
                              epi_encoding *ret_encoding, struct epi_findings *findings,
                              struct epi_err *reterr)
{
    if (clean_already(bytes) || epi_utf8_valid(bytes)) {
        epi_encoding font = EPI_ENC_AUTO;
        *ret = unfont(a, finish_utf8(a, bytes, findings), &font);
        *ret_encoding = EPI_ENC_UTF8;
        if (font != EPI_ENC_AUTO)
            epi_finding_add(findings, EPI_WARNING, "text.font-encoding", 0, EPI_NIL,
                            epi_str_of(epi_encoding_word(font)), EPI_NIL);
        return EPI_OK;
    }
    int64_t best = 0;
    bool close = false;
    epi_encoding e = vote(a, bytes, &best, &close);
    /* UTF-8 with a few broken bytes (a cut file) still reads better as UTF-8 */
    size_t broken = 0;
    struct epi__syllables as_utf8;
    struct epi_arena_mark mark = epi_arena_mark(a);
    epi__syllables_count(epi_text_clean(a, replace_bad(a, sample(a, bytes), &broken)), &as_utf8);
    epi_arena_release(a, mark);
    if ((int64_t)as_utf8.good > best && broken * 10 <= as_utf8.good) {
        *ret_encoding = EPI_ENC_UTF8;
        *ret = finish_utf8(a, bytes, findings);
        return EPI_OK;
    }
    if (close)
        epi_finding_add(findings, EPI_WARNING, "text.encoding-unsure", 0, EPI_NIL,
                        epi_str_of(epi_encoding_word(e)), EPI_NIL);
    *ret_encoding = e;
    return from_legacy(a, bytes, e, ret, findings, reterr);
}

epi_status epi_exchange_text(struct epi_arena *a, epi_str bytes, size_t max, epi_encoding wanted,
                             epi_str *ret_utf8, epi_encoding *ret_encoding,
                             struct epi_findings *findings, struct epi_err *reterr)
{
    if (bytes.n > max)
        return EPI_FAIL(reterr, EPI_LIMIT, "file.too-large", "%zu", max / 1000000);
    if (bytes.n == 0)
        return EPI_FAIL(reterr, EPI_INVALID, "file.empty", "%s", "");
    epi_encoding marked = by_mark(&bytes);
    epi_encoding e = wanted != EPI_ENC_AUTO ? wanted : marked;
    if (e == EPI_ENC_AUTO && *epi_exchange_magic(bytes))
        return refuse_binary(bytes, reterr);
    bool nul = memchr(bytes.p ? bytes.p : "", 0, bytes.n) != NULL;
    if (e == EPI_ENC_AUTO && nul)
        e = guess_utf16(bytes);
    if (e == EPI_ENC_UTF16LE || e == EPI_ENC_UTF16BE) {
        *ret_encoding = e;
        return from_utf16(a, bytes, e, ret_utf8, findings);
    }
    if (nul)
        return refuse_binary(bytes, reterr);
    if (e == EPI_ENC_AUTO)
        return detect_8bit(a, bytes, ret_utf8, ret_encoding, findings, reterr);
    *ret_encoding = e;
    if (e != EPI_ENC_UTF8)
        return from_legacy(a, bytes, e, ret_utf8, findings, reterr);
    *ret_utf8 = finish_utf8(a, bytes, findings);
    return EPI_OK;
}
