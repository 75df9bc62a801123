// SPDX-License-Identifier: AGPL-3.0-or-later
#include "base/str.h"
#include <stdlib.h>
#include <utf8proc.h>

/* --- cleaning ----------------------------------------------------------------------------------
 */

static bool unwanted_control(uint32_t cp)
{
    return (cp < 0x20 && cp != '\t' && cp != '\n' && cp != '\r') || (cp >= 0x7F && cp < 0xA0);
}

/* True for text that cleaning would leave as it is, judged by ranges in which every code point is
 * its own NFC form and combines with nothing before it: Latin without combining marks (Vietnamese
 * sits in U+1EA0..U+1EF9), general punctuation, CJK ideographs, Hangul syllables. */
static bool surely_clean(epi_str s)
{
    size_t at = 0;
    while (at < s.n) {
        unsigned char c = (unsigned char)s.p[at];
        if (c >= 0x20 && c < 0x7F) {
            at++;
            continue;
        }
        size_t from = at;
        uint32_t cp = epi_utf8_next(s, &at);
        if (cp == 0xFFFD && at - from == 1)
            return false;
        bool stable = cp < 0x300 || (cp >= 0x1EA0 && cp <= 0x1EF9) ||
                      (cp >= 0x2010 && cp <= 0x2027) || (cp >= 0x4E00 && cp <= 0x9FFF);
        if (!stable || unwanted_control(cp))
            return false;
    }
    return true;
}

epi_str epi_text_clean(struct epi_arena *a, epi_str s)
{
    if (surely_clean(s))
        return epi_str_dup(a, s);
    EPI_BUF_LOCAL(kept, SIZE_MAX);
    for (size_t at = 0; at < s.n;) {
        uint32_t cp = epi_utf8_next(s, &at);
        char utf8[4];
        if (!unwanted_control(cp))
            epi_buf_put(&kept, (epi_str){utf8, epi_utf8_put(utf8, cp)});
    }
    utf8proc_option_t options = UTF8PROC_STABLE | UTF8PROC_COMPOSE;
    const utf8proc_uint8_t *bytes = (const utf8proc_uint8_t *)kept.p;
    utf8proc_ssize_t count = utf8proc_decompose(bytes, (utf8proc_ssize_t)kept.n, NULL, 0, options);
    EPI_ASSERT(count >= 0);
    /* One more than counted: the re-encoding ends its text with a NUL. */
    utf8proc_int32_t *points = epi_xmalloc(((size_t)count + 1) * sizeof *points);
    count = utf8proc_decompose(bytes, (utf8proc_ssize_t)kept.n, points, count, options);
    utf8proc_ssize_t n = utf8proc_reencode(points, count, options);
    EPI_ASSERT(n >= 0);
    epi_str clean = epi_str_dup(a, (epi_str){(const char *)points, (size_t)n});
    free(points);
    return clean;
}

/* --- folding -----------------------------------------------------------------------------------
 */

/* The ASCII letter behind each Latin letter, '.' where it needs the long way. A test compares the
 * table with the long way. */
static const char latin_c0[] = /* U+00C0..U+024F */
    "aaaaaa.ceeeeiiiidnooooo.ouuuuy..aaaaaa.ceeeeiiiidnooooo.ouuuuy.y"
    "aaaaaaccccccccddddeeeeeeeeeegggggggghhhhiiiiiiiiii..jjkk.llllll."
    ".llnnnnnn...oooooo..rrrrrrssssssssttttttuuuuuuuuuuuuwwyyyzzzzzzs"
    ".........d......................oo.............uu..............."
    ".............aaiioouuuuuuuuuu.aaaa....ggkkoooo..j...gg..nnaa...."
    "aaaaeeeeiiiioooorrrruuuusstt..hh......aaeeooooooooyy............"
    "................";
static const char latin_1e00[] = /* U+1E00..U+1EFF */
    "aabbbbbbccddddddddddeeeeeeeeeeffgghhhhhhhhhhiiiikkkkkkllllllllmm"
    "mmmmnnnnnnnnoooooooopppprrrrrrrrssssssssssttttttttuuuuuuuuuuvvvv"
    "wwwwwwwwwwxxxxyyzzzzzzhtwy.s....aaaaaaaaaaaaaaaaaaaaaaaaeeeeeeee"
    "eeeeeeeeiiiioooooooooooooooooooooooouuuuuuuuuuuuuuyyyyyyyy......";

struct folder {
    struct epi_buf b;
    bool gap; /* something that is neither letter nor digit came since the last one */
};

static void fold_put(struct folder *f, const char *p, size_t n)
{
    if (f->gap && f->b.n > 0)
        epi_buf_putc(&f->b, ' ');
    f->gap = false;
    epi_buf_put(&f->b, (epi_str){p, n});
}

static bool accent(utf8proc_int32_t cp)
{
    return (cp >= 0x300 && cp <= 0x36F) || (cp >= 0x1AB0 && cp <= 0x1AFF) ||
           (cp >= 0x1DC0 && cp <= 0x1DFF) || (cp >= 0x20D0 && cp <= 0x20FF) ||
           (cp >= 0xFE20 && cp <= 0xFE2F);
}

/* Letters that Unicode does not take apart although people type them without the stroke. */
static utf8proc_int32_t unstroked(utf8proc_int32_t cp)
{
    switch (cp) {
    case 0xF0:  /* eth, used for d-bar in old Vietnamese files */
    case 0x111: /* d-bar */
    case 0x256:
        return 'd';
    case 0xF8:
        return 'o';
    case 0x127:
        return 'h';
    case 0x131:
        return 'i';
    case 0x142:
        return 'l';
    case 0x167:
        return 't';
    default:
        return cp;
    }
}

static void fold_point(struct folder *f, utf8proc_int32_t cp)
{
    utf8proc_int32_t parts[32];
    int last_class = 0;
    utf8proc_ssize_t n = utf8proc_decompose_char(
        cp, parts, 32, UTF8PROC_DECOMPOSE | UTF8PROC_COMPAT | UTF8PROC_CASEFOLD, &last_class);
    for (utf8proc_ssize_t i = 0; i < n && i < 32; i++) {
        utf8proc_int32_t part = unstroked(parts[i]);
        char utf8[4];
        if (accent(part))
            continue;
        switch (utf8proc_category(part)) {
        case UTF8PROC_CATEGORY_LU:
        case UTF8PROC_CATEGORY_LL:
        case UTF8PROC_CATEGORY_LT:
        case UTF8PROC_CATEGORY_LM:
        case UTF8PROC_CATEGORY_LO:
        case UTF8PROC_CATEGORY_ND:
        case UTF8PROC_CATEGORY_MN: /* vowel signs of Lao, Thai, Khmer ...: parts of the word */
        case UTF8PROC_CATEGORY_MC:
            fold_put(f, utf8, epi_utf8_put(utf8, (uint32_t)part));
            break;
        case UTF8PROC_CATEGORY_CF: /* invisible: joins what stands around it */
            break;
        default:
            f->gap = true;
        }
    }
}

epi_str epi_text_fold(struct epi_arena *a, epi_str s)
{
    /* Short names, nearly all of them, are folded on the stack: folding never lengthens Latin text.
     */
    char small[256];
    struct folder f = {.b = {.p = small, .cap = sizeof small, .max = sizeof small}};
    bool heap = s.n * 4 > sizeof small;
    if (heap)
        f.b = EPI_BUF(SIZE_MAX);
    for (size_t at = 0; at < s.n;) {
        unsigned char c = (unsigned char)s.p[at];
        char letter = '.';
        if (c < 0x80) {
            at++;
            if ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'))
                letter = (char)c;
            else if (c >= 'A' && c <= 'Z')
                letter = (char)(c + ('a' - 'A'));
            else {
                f.gap = true;
                continue;
            }
        } else {
            uint32_t cp = epi_utf8_next(s, &at);
            if (cp >= 0xC0 && cp < 0x250)
                letter = latin_c0[cp - 0xC0];
            else if (cp >= 0x1E00 && cp < 0x1F00)
                letter = latin_1e00[cp - 0x1E00];
            if (letter == '.') {
                fold_point(&f, (utf8proc_int32_t)cp);
                continue;
            }
        }
        fold_put(&f, &letter, 1);
    }
    if (!heap && f.b.full) { /* a ligature that unfolds to many letters */
        f.b = EPI_BUF(SIZE_MAX);
        f.gap = false;
        for (size_t at = 0; at < s.n;)
            fold_point(&f, (utf8proc_int32_t)epi_utf8_next(s, &at));
        heap = true;
    }
    epi_str folded = epi_str_dup(a, epi_buf_str(&f.b));
    if (heap)
        epi_buf_done(&f.b);
    return folded;
}

/* --- case --------------------------------------------------------------------------------------
 */

static epi_str map_case(struct epi_arena *a, epi_str s, utf8proc_int32_t (*map)(utf8proc_int32_t))
{
    EPI_BUF_LOCAL(b, SIZE_MAX);
    for (size_t at = 0; at < s.n;) {
        char utf8[4];
        uint32_t cp = epi_utf8_next(s, &at);
        epi_buf_put(&b, (epi_str){utf8, epi_utf8_put(utf8, (uint32_t)map((utf8proc_int32_t)cp))});
    }
    return epi_str_dup(a, epi_buf_str(&b));
}

epi_str epi_text_lower(struct epi_arena *a, epi_str s)
{
    return map_case(a, s, utf8proc_tolower);
}

epi_str epi_text_upper(struct epi_arena *a, epi_str s)
{
    return map_case(a, s, utf8proc_toupper);
}
