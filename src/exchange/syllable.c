// SPDX-License-Identifier: AGPL-3.0-or-later
#include "exchange/syllable.h"

#include <utf8proc.h>

enum tone { TONE_NONE, TONE_GRAVE, TONE_HOOK, TONE_TILDE, TONE_ACUTE, TONE_DOT };

/* Vowels with their quality mark are written here as: a A(a-breve) @(a-circumflex) e E(e-circ) i o
 * O(o-circ) Q(o-horn) u U(u-horn) y; the letter d-bar is D. Consonants stay. */
struct letter {
    char c; /* 0 = not a letter of the language */
    enum tone tone;
};

static enum tone tone_of_mark(uint32_t mark)
{
    switch (mark) {
    case 0x300:
        return TONE_GRAVE;
    case 0x309:
        return TONE_HOOK;
    case 0x303:
        return TONE_TILDE;
    case 0x301:
        return TONE_ACUTE;
    case 0x323:
        return TONE_DOT;
    default:
        return TONE_NONE;
    }
}

static char with_quality(char base, uint32_t mark)
{
    if (mark == 0x302)
        return base == 'a' ? '@' : base == 'e' ? 'E' : base == 'o' ? 'O' : 0;
    if (mark == 0x306)
        return base == 'a' ? 'A' : 0;
    if (mark == 0x31B)
        return base == 'o' ? 'Q' : base == 'u' ? 'U' : 0;
    return 0;
}

/* Splits one code point into letter and tone through its canonical decomposition. */
static struct letter letter_of(uint32_t cp)
{
    struct letter l = {0, TONE_NONE};
    if (cp == 0x110 || cp == 0x111)
        return (struct letter){'D', TONE_NONE};
    utf8proc_int32_t parts[8];
    int boundary = 0;
    utf8proc_ssize_t n =
        utf8proc_decompose_char((utf8proc_int32_t)cp, parts, 8, UTF8PROC_DECOMPOSE, &boundary);
    if (n < 1 || n > 3)
        return l;
    int32_t base = parts[0] >= 'A' && parts[0] <= 'Z' ? parts[0] + 32 : parts[0];
    if (base < 'a' || base > 'z')
        return l;
    l.c = (char)base;
    for (utf8proc_ssize_t i = 1; i < n; i++) {
        enum tone t = tone_of_mark((uint32_t)parts[i]);
        if (t != TONE_NONE && l.tone == TONE_NONE)
            l.tone = t;
        else if (t == TONE_NONE && (l.c = with_quality(l.c, (uint32_t)parts[i])) != 0)
            continue;
        else
            return (struct letter){0, TONE_NONE};
    }
    return l;
}

static bool in_list(const char *list, const char *word, size_t n)
{
    /* `list` is words between single spaces, with a space at both ends */
    for (const char *p = list; *p; p++)
        if (*p == ' ' && strncmp(p + 1, word, n) == 0 && p[1 + n] == ' ')
            return true;
    return false;
}

static bool is_vowel(char c)
{
    return c && strchr("aA@eEioOQuUy", c) != NULL;
}

static bool syllable(const char *w, size_t n, enum tone tone)
{
    static const char onsets[] =
        " b c ch d D g gh gi h k kh l m n ng ngh nh p ph q qu r s t th tr v x ";
    static const char nuclei[] = " a A @ e E i o O Q u U y ai ao au ay @u @y eo Eu ia iE iEu iu oa "
                                 "oA oai oao oay oe oeo oi Oi Qi oo "
                                 "ua u@ u@y uE ui uO uOi uy uya uyE uyu uQ Ua Ui UQ UQi UQu Uu yE "
                                 "yEu uyn uai uau uay ue ueo uA uao "
                                 "ya Eo iEo ie ye uO Uo uo iao ieu uoi ";
    static const char codas[] = " c ch m n ng nh p t ";
    size_t at = 0;
    while (at < n && !is_vowel(w[at]))
        at++;
    /* "gi" and "qu" own their vowel letter when another vowel follows */
    if (at == 1 && n > 2 && ((w[0] == 'g' && w[1] == 'i') || (w[0] == 'q' && w[1] == 'u')) &&
        is_vowel(w[2]))
        at = 2;
    if (at && !in_list(onsets, w, at))
        return false;
    size_t from = at;
    while (at < n && is_vowel(w[at]))
        at++;
    if (at == from || !in_list(nuclei, w + from, at - from))
        return false;
    if (at == n)
        return true;
    if (!in_list(codas, w + at, n - at))
        return false;
    bool stopped = w[at] == 'p' || w[at] == 't' || (w[at] == 'c');
    return !stopped || tone == TONE_ACUTE || tone == TONE_DOT;
}

void epi__syllables_count(epi_str s, struct epi__syllables *ret)
{
    *ret = (struct epi__syllables){0, 0};
    char word[12];
    size_t n = 0;
    enum tone tone = TONE_NONE;
    bool inside = false, special = false, broken = false;
    for (size_t at = 0; at <= s.n;) {
        uint32_t cp = at < s.n ? epi_utf8_next(s, &at) : (at++, (uint32_t)' ');
        bool ascii = cp < 128;
        bool letter = ascii ? ((cp | 32) >= 'a' && (cp | 32) <= 'z') : true;
        if (!letter) {
            if (inside && special) {
                bool ok = !broken && n && syllable(word, n, tone);
                ret->good += ok;
                ret->bad += !ok;
            }
            inside = special = broken = false;
            n = 0;
            tone = TONE_NONE;
            continue;
        }
        inside = true;
        special |= !ascii;
        struct letter l = ascii ? (struct letter){(char)(cp | 32), TONE_NONE} : letter_of(cp);
        if (!l.c || n == sizeof word - 1 || (l.tone && tone)) {
            broken = true;
            continue;
        }
        if (l.tone)
            tone = l.tone;
        word[n++] = l.c;
        word[n] = 0;
    }
}
