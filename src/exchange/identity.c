// SPDX-License-Identifier: AGPL-3.0-or-later
#include "exchange/identity.h"

#define JW_MAX 255
#define TOKENS 12

const char *epi_match_word(epi_match_outcome o)
{
    static const char *const words[] = {"different", "likely", "same"};
    return o <= EPI_MATCH_SAME ? words[o] : "";
}

epi_str epi_match_reasons(struct epi_arena *a, unsigned reasons)
{
    EPI_BUF_LOCAL(b, 1024);
#define X(constant, bit, word) \
    if (reasons & (1U << (bit))) { \
        epi_buf_putz(&b, b.n ? ", " : ""); \
        epi_buf_putz(&b, word); \
    }
    EPI_MATCH_REASON_LIST(X)
#undef X
    return epi_str_dup(a, epi_buf_str(&b));
}

/* Winkler 1990: Jaro's similarity, raised for a common beginning of up to four characters (p =
 * 0.1). */
double epi_jaro_winkler(epi_str a, epi_str b)
{
    a = epi_str_sub(a, 0, JW_MAX);
    b = epi_str_sub(b, 0, JW_MAX);
    if (a.n == 0 || b.n == 0)
        return a.n == b.n ? 1 : 0;
    size_t longer = a.n > b.n ? a.n : b.n, window = longer / 2 > 0 ? longer / 2 - 1 : 0, common = 0;
    bool used_a[JW_MAX] = {false}, used_b[JW_MAX] = {false};
    for (size_t i = 0; i < a.n; i++) {
        size_t lo = i > window ? i - window : 0, hi = i + window + 1 < b.n ? i + window + 1 : b.n;
        for (size_t k = lo; k < hi; k++)
            if (!used_b[k] && a.p[i] == b.p[k]) {
                used_a[i] = used_b[k] = true;
                common++;
                break;
            }
    }
    if (common == 0)
        return 0;
    size_t half_moves = 0, k = 0;
    for (size_t i = 0; i < a.n; i++) {
        if (!used_a[i])
            continue;
        while (!used_b[k])
            k++;
        half_moves += a.p[i] != b.p[k++];
    }
    double m = (double)common, t = (double)half_moves / 2;
    double jaro = (m / (double)a.n + m / (double)b.n + (m - t) / m) / 3;
    size_t prefix = 0;
    while (prefix < 4 && prefix < a.n && prefix < b.n && a.p[prefix] == b.p[prefix])
        prefix++;
    return jaro + (double)prefix * 0.1 * (1 - jaro);
}

/* --- parts of the evidence ------------------------------------------------------------------- */
static size_t split(epi_str name, epi_str out[TOKENS])
{
    size_t n = 0;
    epi_str rest = name, part;
    while (n < TOKENS && epi_str_split(&rest, ' ', &part))
        if (part.n)
            out[n++] = part;
    return n;
}

/* Every word of the shorter name stands in the longer one: "Tran Thi Hoa" and "Tran Hoa". */
static bool contained(const epi_str *few, size_t n_few, const epi_str *many, size_t n_many)
{
    bool used[TOKENS] = {false};
    for (size_t i = 0; i < n_few; i++) {
        size_t k = 0;
        while (k < n_many && (used[k] || !epi_str_eq(few[i], many[k])))
            k++;
        if (k == n_many)
            return false;
        used[k] = true;
    }
    return true;
}

static double name_score(epi_str a, epi_str b, unsigned *reasons)
{
    if (a.n == 0 || b.n == 0)
        return -1; /* unknown */
    if (epi_str_eq(a, b)) {
        *reasons |= EPI_MATCH_NAME_EQUAL;
        return 1;
    }
    epi_str x[TOKENS], y[TOKENS];
    size_t nx = split(a, x), ny = split(b, y);
    if (nx == ny && contained(x, nx, y, ny)) {
        *reasons |= EPI_MATCH_NAME_ORDER;
        return 0.98;
    }
    double s = epi_jaro_winkler(a, b);
    size_t few = nx < ny ? nx : ny;
    if (few >= 2 && nx != ny && (nx < ny ? contained(x, nx, y, ny) : contained(y, ny, x, nx)) &&
        s < 0.93)
        s = 0.93;
    *reasons |= s >= 0.9 ? EPI_MATCH_NAME_SIMILAR : s < 0.8 ? EPI_MATCH_NAME_DIFFERENT : 0U;
    return s;
}

/* Digits of yyyymmdd that differ. */
static int digits_apart(int ya, int ma, int da, int yb, int mb, int db)
{
    int a = ya * 10000 + ma * 100 + da, b = yb * 10000 + mb * 100 + db, n = 0;
    for (int i = 0; i < 8; i++, a /= 10, b /= 10)
        n += a % 10 != b % 10;
    return n;
}

static int year_of(const struct epi_identity *p)
{
    int y = p->birth_year, m, d;
    if (epi_date_known(p->birth))
        epi_date_split(p->birth, &y, &m, &d);
    return y;
}

static double birth_score(const struct epi_identity *a, const struct epi_identity *b,
                          unsigned *reasons)
{
    int ya = year_of(a), yb = year_of(b);
    if (ya == 0 || yb == 0)
        return -1;
    if (!epi_date_known(a->birth) || !epi_date_known(b->birth)) {
        *reasons |= ya == yb ? EPI_MATCH_BIRTH_YEAR : EPI_MATCH_BIRTH_DIFFERENT;
        return ya == yb ? 0.7 : 0;
    }
    if (a->birth.d == b->birth.d) {
        *reasons |= EPI_MATCH_BIRTH_EQUAL;
        return 1;
    }
    int ma, da, mb, db;
    epi_date_split(a->birth, &ya, &ma, &da);
    epi_date_split(b->birth, &yb, &mb, &db);
    if (ya == yb && ma == db && da == mb) {
        *reasons |= EPI_MATCH_BIRTH_SWAPPED;
        return 0.9;
    }
    /* 1 January stands for "only the year is known" in many registers */
    if (ya == yb && ((ma == 1 && da == 1) || (mb == 1 && db == 1))) {
        *reasons |= EPI_MATCH_BIRTH_YEAR;
        return 0.7;
    }
    if (digits_apart(ya, ma, da, yb, mb, db) == 1) {
        *reasons |= EPI_MATCH_BIRTH_NEAR;
        return 0.8;
    }
    *reasons |= EPI_MATCH_BIRTH_DIFFERENT;
    return ya == yb ? 0.3 : 0;
}

static bool both(epi_str a, epi_str b)
{
    return a.n && b.n;
}

static void exact_evidence(const struct epi_identity *a, const struct epi_identity *b,
                           unsigned *reasons)
{
    if (both(a->document, b->document))
        *reasons |= epi_str_eq(a->document, b->document) ? EPI_MATCH_DOCUMENT_EQUAL
                                                         : EPI_MATCH_DOCUMENT_DIFFERENT;
    if (both(a->phone, b->phone) && epi_str_eq(a->phone, b->phone))
        *reasons |= EPI_MATCH_PHONE_EQUAL;
    if (both(a->code, b->code) && epi_str_eq(a->code, b->code))
        *reasons |= EPI_MATCH_CODE_EQUAL;
    if (both(a->unit, b->unit) && epi_str_eq(a->unit, b->unit))
        *reasons |= EPI_MATCH_UNIT_EQUAL;
    if (a->sex && b->sex && a->sex != b->sex)
        *reasons |= EPI_MATCH_SEX_DIFFERENT;
}

/* The decision, from the evidence alone. `name` and `birth` are -1 when unknown on either side. */
static epi_match_outcome decide(unsigned r, double name, double birth)
{
    bool equal =
        r & (EPI_MATCH_NAME_EQUAL | EPI_MATCH_NAME_ORDER); /* a slip of the pen is not equal */
    bool named = name >= 0.9, misnamed = name >= 0 && name < 0.8;
    bool born = birth >= 0.8, misborn = birth >= 0 && birth < 0.5;
    bool sex_ok = !(r & EPI_MATCH_SEX_DIFFERENT);
    if (r & (EPI_MATCH_DOCUMENT_EQUAL | EPI_MATCH_CODE_EQUAL)) {
        bool document_conflict =
            !(r & EPI_MATCH_DOCUMENT_EQUAL) && (r & EPI_MATCH_DOCUMENT_DIFFERENT);
        if (document_conflict || (misnamed && (misborn || birth < 0)) || (misborn && name < 0.9))
            return EPI_MATCH_LIKELY; /* one number, two descriptions: a typing error or a borrowed
                                        number */
        return misnamed || !sex_ok ? EPI_MATCH_LIKELY : EPI_MATCH_SAME;
    }
    if (r & EPI_MATCH_DOCUMENT_DIFFERENT) /* two numbers: one may be old or wrong */
        return equal && birth >= 1 && sex_ok ? EPI_MATCH_LIKELY : EPI_MATCH_DIFFERENT;
    bool near = r & (EPI_MATCH_PHONE_EQUAL | EPI_MATCH_UNIT_EQUAL);
    if (equal && birth >= 1 && sex_ok && near)
        return EPI_MATCH_SAME;
    if (named && born && (sex_ok || birth >= 1))
        return EPI_MATCH_LIKELY;
    if (equal && birth >= 0.7 && sex_ok && near)
        return EPI_MATCH_LIKELY;
    if (named && birth < 0 && sex_ok && (r & EPI_MATCH_PHONE_EQUAL))
        return EPI_MATCH_LIKELY;
    if (equal && birth < 0 && sex_ok && near)
        return EPI_MATCH_LIKELY;
    return EPI_MATCH_DIFFERENT;
}

struct epi_match epi_identity_compare(const struct epi_identity *a, const struct epi_identity *b)
{
    struct epi_match m = {.outcome = EPI_MATCH_DIFFERENT};
    exact_evidence(a, b, &m.reasons);
    double name = name_score(a->name, b->name, &m.reasons), birth = birth_score(a, b, &m.reasons);
    m.outcome = decide(m.reasons, name, birth);
    double s = 0.45 * (name < 0 ? 0.5 : name) + 0.3 * (birth < 0 ? 0.4 : birth);
    s += m.reasons & (EPI_MATCH_DOCUMENT_EQUAL | EPI_MATCH_CODE_EQUAL) ? 0.2 : 0;
    s += m.reasons & EPI_MATCH_PHONE_EQUAL ? 0.03 : 0;
    s += m.reasons & EPI_MATCH_UNIT_EQUAL ? 0.02 : 0;
    s -= m.reasons & EPI_MATCH_SEX_DIFFERENT ? 0.1 : 0;
    s -= m.reasons & EPI_MATCH_DOCUMENT_DIFFERENT ? 0.1 : 0;
    m.score = (float)(s < 0 ? 0 : s > 1 ? 1 : s);
    return m;
}
