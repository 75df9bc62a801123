// SPDX-License-Identifier: AGPL-3.0-or-later
#include "exchange/legacy.h"

#include <utf8proc.h>

/* Windows-1258 differs from Latin-1 here (0 = no meaning). 0x80..0x9F, then single places. */
static const uint16_t cp1258_80[32] = {
    0x20AC, 0,      0x201A, 0x0192, 0x201E, 0x2026, 0x2020, 0x2021, 0x02C6, 0x2030, 0,
    0x2039, 0x0152, 0,      0,      0,      0,      0x2018, 0x2019, 0x201C, 0x201D, 0x2022,
    0x2013, 0x2014, 0x02DC, 0x2122, 0,      0x203A, 0x0153, 0,      0,      0x0178,
};
static uint32_t cp1258(uint8_t b)
{
    if (b < 0xA0)
        return b < 0x80 ? b : cp1258_80[b - 0x80];
    switch (b) {
    case 0xC3:
        return 0x102;
    case 0xCC:
        return 0x300;
    case 0xD0:
        return 0x110;
    case 0xD2:
        return 0x309;
    case 0xD5:
        return 0x1A0;
    case 0xDD:
        return 0x1AF;
    case 0xDE:
        return 0x303;
    case 0xE3:
        return 0x103;
    case 0xEC:
        return 0x301;
    case 0xF0:
        return 0x111;
    case 0xF2:
        return 0x323;
    case 0xF5:
        return 0x1A1;
    case 0xFD:
        return 0x1B0;
    case 0xFE:
        return 0x20AB;
    default:
        return b;
    }
}

/* TCVN3 from 0xA0. The toned capitals of the standard are not in the fonts in use but are harmless.
 */
static const uint16_t tcvn_a0[96] = {
    0x00A0, 0x0102, 0x00C2, 0x00CA, 0x00D4, 0x01A0, 0x01AF, 0x0110, 0x0103, 0x00E2, 0x00EA, 0x00F4,
    0x01A1, 0x01B0, 0x0111, 0x1EB0, 0x0300, 0x0309, 0x0303, 0x0301, 0x0323, 0x00E0, 0x1EA3, 0x00E3,
    0x00E1, 0x1EA1, 0x1EB2, 0x1EB1, 0x1EB3, 0x1EB5, 0x1EAF, 0x1EB4, 0x1EAE, 0x1EA6, 0x1EA8, 0x1EAA,
    0x1EA4, 0x1EC0, 0x1EB7, 0x1EA7, 0x1EA9, 0x1EAB, 0x1EA5, 0x1EAD, 0x00E8, 0x1EC2, 0x1EBB, 0x1EBD,
    0x00E9, 0x1EB9, 0x1EC1, 0x1EC3, 0x1EC5, 0x1EBF, 0x1EC7, 0x00EC, 0x1EC9, 0x1EC4, 0x1EBE, 0x1ED2,
    0x0129, 0x00ED, 0x1ECB, 0x00F2, 0x1ED4, 0x1ECF, 0x00F5, 0x00F3, 0x1ECD, 0x1ED3, 0x1ED5, 0x1ED7,
    0x1ED1, 0x1ED9, 0x1EDD, 0x1EDF, 0x1EE1, 0x1EDB, 0x1EE3, 0x00F9, 0x1ED6, 0x1EE7, 0x0169, 0x00FA,
    0x1EE5, 0x1EEB, 0x1EED, 0x1EEF, 0x1EE9, 0x1EF1, 0x1EF3, 0x1EF7, 0x1EF9, 0x00FD, 0x1EF5, 0x1ED0,
};

/* VNI: a letter that stands alone ... */
static uint32_t vni_single(uint8_t b)
{
    bool upper = b >= 0xC0 && b < 0xE0;
    switch (upper ? b + 0x20 : b) {
    case 0xF1:
        return upper ? 0x110 : 0x111; /* d-bar */
    case 0xF6:
        return upper ? 0x1AF : 0x1B0; /* u-horn */
    case 0xF4:
        return upper ? 0x1A0 : 0x1A1; /* o-horn */
    case 0xED:
        return upper ? 0xCD : 0xED; /* i acute */
    case 0xEC:
        return upper ? 0xCC : 0xEC; /* i grave */
    case 0xE6:
        return upper ? 0x1EC8 : 0x1EC9; /* i hook */
    case 0xF3:
        return upper ? 0x128 : 0x129; /* i tilde */
    case 0xF2:
        return upper ? 0x1ECA : 0x1ECB; /* i dot */
    case 0xEE:
        return upper ? 0x1EF4 : 0x1EF5; /* y dot */
    default:
        return 0;
    }
}
/* ... or the byte after a base letter, standing for a quality mark and a tone. */
static bool vni_marks(uint8_t b, uint32_t *quality, uint32_t *tone)
{
    static const struct {
        uint8_t b;
        uint16_t quality, tone;
    } marks[] = {
        {0xF9, 0, 0x301},     {0xF8, 0, 0x300},     {0xFB, 0, 0x309},     {0xF5, 0, 0x303},
        {0xEF, 0, 0x323},     {0xE2, 0x302, 0},     {0xE1, 0x302, 0x301}, {0xE0, 0x302, 0x300},
        {0xE5, 0x302, 0x309}, {0xE3, 0x302, 0x303}, {0xE4, 0x302, 0x323}, {0xEA, 0x306, 0},
        {0xE9, 0x306, 0x301}, {0xE8, 0x306, 0x300}, {0xFA, 0x306, 0x309}, {0xFC, 0x306, 0x303},
        {0xEB, 0x306, 0x323},
    };
    uint8_t low = b >= 0xC0 && b < 0xE0 ? (uint8_t)(b + 0x20) : b;
    for (size_t i = 0; i < EPI_COUNT(marks); i++)
        if (marks[i].b == low) {
            *quality = marks[i].quality;
            *tone = marks[i].tone;
            return true;
        }
    return false;
}

static void put(struct epi_buf *out, uint32_t cp)
{
    char u[4];
    epi_buf_put(out, (epi_str){u, epi_utf8_put(u, cp)});
}

static uint32_t compose(uint32_t base, uint32_t mark)
{
    if (!mark)
        return base;
    utf8proc_int32_t pair[2] = {(utf8proc_int32_t)base, (utf8proc_int32_t)mark};
    utf8proc_ssize_t n = utf8proc_normalize_utf32(pair, 2, UTF8PROC_COMPOSE | UTF8PROC_STABLE);
    return n == 1 ? (uint32_t)pair[0] : 0;
}

/* The letter of base + VNI mark byte, or 0. VNI writes plain hats with the breve bytes on a only.
 */
static uint32_t vni_pair(uint8_t base, uint8_t mark)
{
    uint8_t low = base | 0x20;
    uint32_t letter = low == 0xF6 || low == 0xF4 ? vni_single(base) : base;
    bool vowel = low == 'a' || low == 'e' || low == 'o' || low == 'u' || low == 'y' ||
                 low == 0xF6 || low == 0xF4;
    uint32_t quality = 0, tone = 0;
    if (!vowel || !vni_marks(mark, &quality, &tone))
        return 0;
    if (quality) {
        bool hat = quality == 0x302 && (low == 'a' || low == 'e' || low == 'o');
        bool breve = quality == 0x306 && low == 'a';
        if (!hat && !breve)
            return 0;
        /* canonical order: a dot below is composed before a hat or a breve */
        return tone == 0x323 ? compose(compose(letter, tone), quality)
                             : compose(compose(letter, quality), tone);
    }
    return compose(letter, tone);
}

static void decode_vni(struct epi_buf *out, epi_str in, size_t *bad)
{
    for (size_t i = 0; i < in.n; i++) {
        uint8_t b = (uint8_t)in.p[i], next = i + 1 < in.n ? (uint8_t)in.p[i + 1] : 0;
        uint32_t cp = next >= 0xC0 ? vni_pair(b, next) : 0;
        if (cp) {
            put(out, cp);
            i++;
        } else if (b < 0x80) {
            epi_buf_putc(out, (char)b);
        } else if ((cp = vni_single(b)) != 0) {
            put(out, cp);
        } else if (b < 0xC0 && (cp = cp1258(b)) != 0) {
            put(out, cp);
        } else {
            put(out, 0xFFFD);
            ++*bad;
        }
    }
}

bool epi__legacy_decode(struct epi_buf *out, epi_str in, epi_encoding e, size_t *ret_bad)
{
    *ret_bad = 0;
    if (e == EPI_ENC_VNI) {
        decode_vni(out, in, ret_bad);
        return !out->full;
    }
    size_t plain = 0;
    for (size_t i = 0; i <= in.n; i++) {
        uint8_t b = i < in.n ? (uint8_t)in.p[i] : 0x80;
        if (b < 0x80)
            continue;
        epi_buf_put(out, epi_str_sub(in, plain, i - plain));
        plain = i + 1;
        if (i == in.n)
            break;
        uint32_t cp = e == EPI_ENC_CP1258 ? cp1258(b) : b >= 0xA0 ? tcvn_a0[b - 0xA0] : cp1258(b);
        *ret_bad += cp == 0;
        put(out, cp ? cp : 0xFFFD);
    }
    return !out->full;
}

/* The byte Windows-1252 has for a code point, or 0. */
static uint8_t byte_1252(uint32_t cp)
{
    if (cp < 0x100)
        return (uint8_t)cp;
    for (size_t i = 0; i < 32; i++)
        if (cp1258_80[i] == cp)
            return (uint8_t)(0x80 + i);
    switch (cp) {
    case 0x160:
        return 0x8A;
    case 0x17D:
        return 0x8E;
    case 0x161:
        return 0x9A;
    case 0x17E:
        return 0x9E;
    default:
        return 0;
    }
}

bool epi__legacy_bytes(struct epi_buf *out, epi_str utf8)
{
    for (size_t at = 0; at < utf8.n;) {
        uint32_t cp = epi_utf8_next(utf8, &at);
        uint8_t b = byte_1252(cp);
        if (!b && cp)
            return false;
        epi_buf_putc(out, (char)b);
    }
    return !out->full;
}

/* --- encoding: for old systems and for tests ----------------------------------------------------
 */
static bool put_vni(struct epi_buf *out, uint32_t cp)
{
    for (unsigned b = 0xC0; b < 0x100; b++)
        if (vni_single((uint8_t)b) == cp)
            return epi_buf_putc(out, (char)b), true;
    static const uint8_t bases[] = {'a', 'e', 'o', 'u', 'y', 0xF6, 0xF4,
                                    'A', 'E', 'O', 'U', 'Y', 0xD6, 0xD4};
    for (size_t i = 0; i < sizeof bases; i++)
        for (unsigned m = i < 7 ? 0xE0 : 0xC0; m < (i < 7 ? 0x100U : 0xE0U); m++)
            if (vni_pair(bases[i], (uint8_t)m) == cp) {
                epi_buf_putc(out, (char)bases[i]);
                epi_buf_putc(out, (char)m);
                return true;
            }
    return false;
}

static bool put_table(struct epi_buf *out, uint32_t cp, epi_encoding e)
{
    /* VN3 has no separate toned capitals: the fonts show them with the small letter's byte, so a
     * text written back keeps the standard's own places for those that have one. */
    for (unsigned b = 0x80; b < 0x100; b++) {
        uint32_t here = e == EPI_ENC_CP1258 ? cp1258((uint8_t)b) : b < 0xA0 ? 0 : tcvn_a0[b - 0xA0];
        if (here == cp)
            return epi_buf_putc(out, (char)b), true;
    }
    return false;
}

static void encode_one(struct epi_buf *out, uint32_t cp, epi_encoding e)
{
    if (cp < 0x80) {
        epi_buf_putc(out, (char)cp);
        return;
    }
    if (e == EPI_ENC_VNI ? put_vni(out, cp) : put_table(out, cp, e))
        return;
    utf8proc_int32_t parts[4];
    int boundary = 0;
    utf8proc_ssize_t n =
        utf8proc_decompose_char((utf8proc_int32_t)cp, parts, 4, UTF8PROC_DECOMPOSE, &boundary);
    if (e == EPI_ENC_CP1258 && n >= 2 &&
        n <= 3) { /* letter with its quality, then the tone as a mark */
        static const uint16_t tones[] = {0x300, 0x301, 0x303, 0x309, 0x323};
        for (size_t t = 0; t < EPI_COUNT(tones); t++)
            for (utf8proc_ssize_t i = 1; i < n; i++)
                if (parts[i] == tones[t]) {
                    uint32_t base = n == 2 ? (uint32_t)parts[0]
                                           : compose((uint32_t)parts[0], (uint32_t)parts[3 - i]);
                    if (base < 0x80)
                        epi_buf_putc(out, (char)base);
                    else if (!put_table(out, base, e))
                        continue;
                    (void)put_table(out, tones[t], e);
                    return;
                }
    }
    if (e == EPI_ENC_TCVN3 &&
        n >= 1) { /* a toned capital the fonts lack: the small letter's byte */
        uint32_t small = (uint32_t)utf8proc_tolower((utf8proc_int32_t)cp);
        if (small != cp && put_table(out, small, e))
            return;
    }
    epi_buf_putc(out, '?');
}

static void encode_utf16(struct epi_buf *out, uint32_t cp, bool big)
{
    uint16_t units[2] = {(uint16_t)cp, 0};
    size_t n = 1;
    if (cp > 0xFFFF) {
        units[0] = (uint16_t)(0xD800 + ((cp - 0x10000) >> 10));
        units[1] = (uint16_t)(0xDC00 + ((cp - 0x10000) & 0x3FF));
        n = 2;
    }
    for (size_t i = 0; i < n; i++) {
        epi_buf_putc(out, (char)(big ? units[i] >> 8 : units[i] & 0xFF));
        epi_buf_putc(out, (char)(big ? units[i] & 0xFF : units[i] >> 8));
    }
}

epi_str epi_exchange_encode(struct epi_arena *a, epi_str utf8, epi_encoding e)
{
    if (e == EPI_ENC_AUTO || e == EPI_ENC_UTF8 || e >= EPI_ENC_COUNT)
        return epi_str_dup(a, utf8);
    EPI_BUF_LOCAL(out, utf8.n * 4 + 16);
    for (size_t at = 0; at < utf8.n;) {
        uint32_t cp = epi_utf8_next(utf8, &at);
        if (e == EPI_ENC_UTF16LE || e == EPI_ENC_UTF16BE)
            encode_utf16(&out, cp, e == EPI_ENC_UTF16BE);
        else
            encode_one(&out, cp, e);
    }
    return epi_str_dup(a, epi_buf_str(&out));
}
