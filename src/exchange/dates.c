// SPDX-License-Identifier: AGPL-3.0-or-later
#include "exchange/dates.h"

/* A date text is cut into at most this many tokens. */
#define TOKENS_MAX 24

static const char *const order_words[EPI_ORDER_COUNT] = {
#define X(constant, word) [constant] = word,
    EPI_DATE_ORDER_LIST(X)
#undef X
};

const char *epi_date_order_word(epi_date_order o)
{
    return o < EPI_ORDER_COUNT ? order_words[o] : "";
}

bool epi_date_order_parse(epi_str word, epi_date_order *ret)
{
    for (int i = 0; i < EPI_ORDER_COUNT; i++)
        if (epi_str_ieq(word, epi_str_of(order_words[i]))) {
            *ret = (epi_date_order)i;
            return true;
        }
    return false;
}

/* --- serial numbers -------------------------------------------------------------------------- */
#define SERIAL_LAST 2958465 /* 9999-12-31 in the 1900 system */
#define DAYS_1904 1462      /* between the two systems */

epi_date epi_date_serial(double serial, bool date1904)
{
    if (!(serial >= 0) || serial > SERIAL_LAST + 1)
        return EPI_DATE_UNKNOWN;
    int32_t n = (int32_t)serial;
    if (date1904)
        return n > SERIAL_LAST - DAYS_1904 ? EPI_DATE_UNKNOWN
                                           : epi_date_plus(epi_date_ymd(1904, 1, 1), (epi_days){n});
    /* serial 60 is 29 February 1900, a day that Lotus 1-2-3 invented and everyone copied */
    if (n < 1 || n == 60 || n > SERIAL_LAST)
        return EPI_DATE_UNKNOWN;
    return epi_date_plus(epi_date_ymd(1899, 12, 30), (epi_days){n < 60 ? n + 1 : n});
}

double epi_date_to_serial(epi_date d)
{
    int32_t n = epi_date_known(d) ? epi_date_minus(d, epi_date_ymd(1899, 12, 30)).n : 0;
    return n > 60 && n <= SERIAL_LAST ? (double)n : 0;
}

/* --- tokens ---------------------------------------------------------------------------------- */
enum kind { NUMBER, MONTH_NAME, SEPARATOR, WORD };
struct token {
    enum kind kind;
    int value;  /* NUMBER, MONTH_NAME; SEPARATOR: the character */
    int digits; /* NUMBER */
    size_t from, to;
};

static bool digit(char c)
{
    return c >= '0' && c <= '9';
}

static int month_name(epi_str w)
{
    static const char names[12][4] = {"jan", "feb", "mar", "apr", "may", "jun",
                                      "jul", "aug", "sep", "oct", "nov", "dec"};
    static const char full[12][10] = {"january",   "february", "march",    "april",
                                      "may",       "june",     "july",     "august",
                                      "september", "october",  "november", "december"};
    for (int m = 0; m < 12; m++)
        if (epi_str_ieq(w, epi_str_of(names[m])) || epi_str_ieq(w, epi_str_of(full[m])))
            return m + 1;
    return epi_str_ieq(w, EPI_S("sept")) ? 9 : 0;
}

static bool word_is(epi_str w, const char *const *list, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (epi_str_ieq(w, epi_str_of(list[i])))
            return true;
    return false;
}

/* Words that may stand between the numbers without meaning anything. */
static bool filler(epi_str w)
{
    static const char *const words[] = {
        "ngày",      "Ngày",     "NGÀY",   "ngay",     "tháng", "Tháng",  "THÁNG",
        "thang",     "thg",      "năm",    "Năm",      "NĂM",   "nam",    "of",
        "the",       "st",       "nd",     "rd",       "th",    "mon",    "tue",
        "wed",       "thu",      "fri",    "sat",      "sun",   "monday", "tuesday",
        "wednesday", "thursday", "friday", "saturday", "sunday"};
    return word_is(w, words, EPI_COUNT(words));
}

/* 0 when the text has something that no date has. */
static size_t tokenise(epi_str s, struct token out[TOKENS_MAX])
{
    size_t n = 0;
    for (size_t i = 0; i < s.n;) {
        if (n == TOKENS_MAX)
            return 0;
        struct token t = {SEPARATOR, (uint8_t)s.p[i], 0, i, i + 1};
        if (digit(s.p[i])) {
            t.kind = NUMBER;
            t.value = 0;
            for (t.to = i; t.to < s.n && digit(s.p[t.to]) && t.digits < 9; t.to++, t.digits++)
                t.value = t.value * 10 + (s.p[t.to] - '0');
            if (t.to < s.n && digit(s.p[t.to]))
                return 0;
        } else if (((uint8_t)s.p[i] | 32) >= 'a' || (uint8_t)s.p[i] >= 0x80) {
            /* letters, and every byte of a letter outside ASCII */
            while (t.to < s.n &&
                   ((((uint8_t)s.p[t.to] | 32) >= 'a' && ((uint8_t)s.p[t.to] | 32) <= 'z') ||
                    (uint8_t)s.p[t.to] >= 0x80))
                t.to++;
            epi_str w = epi_str_sub(s, t.from, t.to - t.from);
            t.value = month_name(w);
            t.kind = t.value ? MONTH_NAME : WORD;
        }
        i = t.to;
        out[n++] = t;
    }
    return n;
}

/* --- times ----------------------------------------------------------------------------------- */
struct clock { /* what was found, and where the tokens of the time begin and end */
    size_t from, to;
    int minute, millisecond_rest; /* the rest: seconds or fraction not zero */
    bool utc, found;
};

static bool sep_is(const struct token *t, size_t n, size_t i, char c)
{
    return i < n && t[i].kind == SEPARATOR && t[i].value == c;
}

static size_t skip_blank(const struct token *t, size_t n, size_t i)
{
    while (sep_is(t, n, i, ' '))
        i++;
    return i;
}

/* AM, PM, SA (morning), CH (afternoon) after a time. */
static size_t half_day(epi_str s, const struct token *t, size_t n, size_t i, int *hour)
{
    size_t at = skip_blank(t, n, i);
    if (at >= n || t[at].kind != WORD)
        return i;
    epi_str w = epi_str_sub(s, t[at].from, t[at].to - t[at].from);
    static const char *const before[] = {"am", "sa"}, *const after[] = {"pm", "ch"};
    if (word_is(w, before, 2)) {
        *hour = *hour == 12 ? 0 : *hour;
        return at + 1;
    }
    if (word_is(w, after, 2)) {
        *hour = *hour < 12 ? *hour + 12 : *hour;
        return at + 1;
    }
    return i;
}

/* Z, +07:00, +0700, -05 */
static size_t zone(epi_str s, const struct token *t, size_t n, size_t i, bool *utc)
{
    size_t at = skip_blank(t, n, i);
    if (at < n && t[at].kind == WORD) {
        epi_str w = epi_str_sub(s, t[at].from, t[at].to - t[at].from);
        static const char *const zulu[] = {"z", "utc", "gmt"};
        if (!word_is(w, zulu, 3))
            return i;
        *utc = true;
        i = at + 1;
        at = i;
    }
    if (!(sep_is(t, n, at, '+') || (at == i && sep_is(t, n, at, '-'))))
        return i;
    if (at + 1 >= n || t[at + 1].kind != NUMBER || t[at + 1].digits > 4)
        return i;
    *utc = false; /* a written offset: the written day is the civil day */
    at += 2;
    if (sep_is(t, n, at, ':') && at + 1 < n && t[at + 1].kind == NUMBER)
        at += 2;
    return at;
}

/* hh:mm[:ss[.fff]] or "16h", "16h30", "16 giờ 30" at token i. */
static bool clock_at(epi_str s, const struct token *t, size_t n, size_t i, struct clock *c)
{
    if (t[i].kind != NUMBER || t[i].digits > 2 || t[i].value > 24)
        return false;
    int hour = t[i].value, minute = 0;
    size_t at = i + 1;
    *c = (struct clock){.from = i};
    if (sep_is(t, n, at, ':') && at + 1 < n && t[at + 1].kind == NUMBER && t[at + 1].digits <= 2) {
        minute = t[at + 1].value;
        at += 2;
        if (sep_is(t, n, at, ':') && at + 1 < n && t[at + 1].kind == NUMBER &&
            t[at + 1].value < 61) {
            c->millisecond_rest |= t[at + 1].value;
            at += 2;
            if ((sep_is(t, n, at, '.') || sep_is(t, n, at, ',')) && at + 1 < n &&
                t[at + 1].kind == NUMBER) {
                c->millisecond_rest |= t[at + 1].value;
                at += 2;
            }
        }
    } else {
        size_t w = skip_blank(t, n, at);
        static const char *const hours[] = {"h", "giờ", "Giờ", "gio", "g"};
        if (w >= n || t[w].kind != WORD ||
            !word_is(epi_str_sub(s, t[w].from, t[w].to - t[w].from), hours, 5))
            return false;
        at = w + 1;
        size_t m = skip_blank(t, n, at);
        /* "16h30", but "16 giờ 17/11": a number before a date separator is a day */
        if (m < n && t[m].kind == NUMBER && t[m].digits == 2 && t[m].value < 60 &&
            !(m + 1 < n && t[m + 1].kind == SEPARATOR && strchr("/-.", t[m + 1].value))) {
            minute = t[m].value;
            at = m + 1;
            size_t p = skip_blank(t, n, at);
            static const char *const minutes[] = {"phút", "Phút", "phut", "p", "m", "min"};
            if (p < n && t[p].kind == WORD &&
                word_is(epi_str_sub(s, t[p].from, t[p].to - t[p].from), minutes, 6))
                at = p + 1;
        }
    }
    if (minute > 59 || hour > 24 || (hour == 24 && minute))
        return false;
    at = half_day(s, t, n, at, &hour);
    at = zone(s, t, n, at, &c->utc);
    c->to = at;
    c->minute = hour * 60 + minute;
    c->found = true;
    return true;
}

/* Takes the time out of the tokens, with the 'T' or comma that joins it to the date. */
static size_t cut_time(epi_str s, struct token *t, size_t n, struct clock *c)
{
    for (size_t i = 0; i < n; i++) {
        bool joined_t =
            t[i].kind == WORD && t[i].to - t[i].from == 1 && (s.p[t[i].from] | 32) == 't';
        if (joined_t && i + 1 < n && clock_at(s, t, n, i + 1, c)) {
            c->from = i;
        } else if (!(clock_at(s, t, n, i, c) &&
                     (i == 0 || sep_is(t, n, i - 1, ' ') || sep_is(t, n, i - 1, ',')))) {
            continue;
        }
        memmove(t + c->from, t + c->to, (n - c->to) * sizeof *t);
        return n - (c->to - c->from);
    }
    c->found = false;
    return n;
}

/* --- the date itself ------------------------------------------------------------------------- */
struct parts {
    struct token num[4];
    size_t n;
    int month;       /* from a month's name */
    size_t month_at; /* numbers before it */
    bool vietnamese; /* "tháng" was written: day first for certain */
    char sep;
};

static bool collect(epi_str s, const struct token *t, size_t n, struct parts *p)
{
    *p = (struct parts){0};
    for (size_t i = 0; i < n; i++) {
        if (t[i].kind == NUMBER) {
            if (p->n == 4)
                return false;
            p->num[p->n++] = t[i];
        } else if (t[i].kind == MONTH_NAME) {
            if (p->month)
                return false;
            p->month = t[i].value;
            p->month_at = p->n;
        } else if (t[i].kind == WORD) {
            epi_str w = epi_str_sub(s, t[i].from, t[i].to - t[i].from);
            if (!filler(w))
                return false;
            static const char *const thang[] = {"tháng", "Tháng", "THÁNG", "thang", "thg"};
            p->vietnamese |= word_is(w, thang, 5);
        } else if (!strchr("/-. ,:()\\'", t[i].value)) {
            return false;
        } else if (t[i].value == '/' || t[i].value == '-' || t[i].value == '.') {
            p->sep = (char)t[i].value;
        }
    }
    return p->n >= 1;
}

static int full_year(struct token t, const struct epi_date_options *o, unsigned *flags)
{
    if (t.digits != 2)
        return t.value;
    *flags |= EPI_DATE_TWO_DIGIT;
    int last = o->last_year ? o->last_year : 2099, century = last / 100 * 100;
    return century + t.value <= last ? century + t.value : century - 100 + t.value;
}

static epi_date_outcome done(int y, int m, int d, struct epi_date_reading *r)
{
    r->year = y;
    r->month = m;
    r->date = epi_date_ymd(y, m, d);
    return epi_date_known(r->date) ? EPI_DATE_READ : EPI_DATE_IMPOSSIBLE;
}

/* Three numbers whose year stands last: day and month by the column's order. */
static epi_date_outcome by_order(struct token a, struct token b, int year, bool day_first_sure,
                                 const struct epi_date_options *o, struct epi_date_reading *r)
{
    bool dmy = epi_ymd_valid(year, b.value, a.value), mdy = epi_ymd_valid(year, a.value, b.value);
    if (day_first_sure)
        return done(year, b.value, a.value, r);
    if (dmy && mdy && a.value != b.value)
        r->flags |= EPI_DATE_EITHER;
    else if (dmy && !mdy)
        r->flags |= EPI_DATE_DAY_FIRST;
    else if (mdy && !dmy)
        r->flags |= EPI_DATE_MONTH_FIRST;
    if (!dmy && !mdy)
        return EPI_DATE_IMPOSSIBLE;
    bool month_first = o->order == EPI_ORDER_MDY;
    if (month_first ? !mdy : !dmy)
        return EPI_DATE_OTHER_ORDER;
    return month_first ? done(year, a.value, b.value, r) : done(year, b.value, a.value, r);
}

static epi_date_outcome one_number(struct token t, const struct epi_date_options *o,
                                   struct epi_date_reading *r)
{
    if (t.digits == 8) {
        int y = t.value / 10000;
        if (y >= 1850 && y <= 2200)
            return done(y, t.value / 100 % 100, t.value % 100, r);
        y = t.value % 10000; /* ddmmyyyy */
        if (y >= 1850 && y <= 2200)
            return done(y, t.value / 10000 % 100, t.value / 1000000, r);
        return EPI_DATE_UNREADABLE;
    }
    if (t.digits == 4 && t.value >= 1850 && t.value <= 2200) {
        r->year = t.value;
        return EPI_DATE_YEAR_ONLY;
    }
    /* 5 digits: 1927-05-18 .. 2119-01-11, where people live and fall ill */
    if (t.digits == 5 && t.value >= 10000 && t.value <= 80000) {
        r->flags |= EPI_DATE_SERIAL;
        r->date = epi_date_serial(t.value, o->date1904);
        return EPI_DATE_READ;
    }
    return EPI_DATE_UNREADABLE;
}

static epi_date_outcome named_month(const struct parts *p, const struct epi_date_options *o,
                                    struct epi_date_reading *r)
{
    if (p->n == 1) {
        r->year = full_year(p->num[0], o, &r->flags);
        r->month = p->month;
        return p->num[0].digits == 4 ? EPI_DATE_MONTH_ONLY : EPI_DATE_UNREADABLE;
    }
    if (p->n != 2)
        return EPI_DATE_UNREADABLE;
    bool year_first = p->num[0].digits == 4;
    struct token y = year_first ? p->num[0] : p->num[1], d = year_first ? p->num[1] : p->num[0];
    if (d.digits > 2 || (y.digits != 4 && y.digits != 2))
        return EPI_DATE_UNREADABLE;
    return done(full_year(y, o, &r->flags), p->month, d.value, r);
}

static epi_date_outcome interpret(const struct parts *p, const struct epi_date_options *o,
                                  struct epi_date_reading *r)
{
    if (p->month)
        return named_month(p, o, r);
    if (p->n == 1)
        return one_number(p->num[0], o, r);
    struct token a = p->num[0], b = p->num[1], c = p->num[2];
    if (p->n == 2) {
        struct token y = a.digits == 4 ? a : b, m = a.digits == 4 ? b : a;
        if (y.digits != 4 || m.digits > 2 || m.value < 1 || m.value > 12)
            return EPI_DATE_UNREADABLE;
        r->year = y.value;
        r->month = m.value;
        return EPI_DATE_MONTH_ONLY;
    }
    if (p->n != 3 || b.digits > 2)
        return EPI_DATE_UNREADABLE;
    if (a.digits == 4) /* yyyy-mm-dd; yyyy-dd-mm is used nowhere */
        return c.digits <= 2 ? done(a.value, b.value, c.value, r) : EPI_DATE_UNREADABLE;
    if (a.digits > 2 || (c.digits != 4 && c.digits != 2))
        return EPI_DATE_UNREADABLE;
    if (c.digits == 2 && o->order == EPI_ORDER_YMD)
        return done(full_year(a, o, &r->flags), b.value, c.value, r);
    return by_order(a, b, full_year(c, o, &r->flags), p->vietnamese, o, r);
}

/* The spelling nearly every file has: dd/mm/yyyy or yyyy-mm-dd, nothing else around it. */
static bool quick(epi_str s, const struct epi_date_options *o, struct epi_date_reading *r,
                  epi_date_outcome *ret)
{
    if (s.n != 10)
        return false;
    bool iso = s.p[4] == '-' && s.p[7] == '-';
    char sep = s.p[2];
    bool dmy = !iso && (sep == '/' || sep == '-' || sep == '.') && s.p[5] == sep;
    if (!iso && !dmy)
        return false;
    int v[3] = {0, 0, 0};
    size_t part = 0;
    for (size_t i = 0; i < 10; i++) {
        if (iso ? (i == 4 || i == 7) : (i == 2 || i == 5))
            part++;
        else if (!digit(s.p[i]))
            return false;
        else
            v[part] = v[part] * 10 + (s.p[i] - '0');
    }
    if (iso)
        *ret = done(v[0], v[1], v[2], r);
    else
        *ret = by_order((struct token){.value = v[0]}, (struct token){.value = v[1]}, v[2], false,
                        o, r);
    return true;
}

static epi_date_outcome decimal_serial(epi_str s, const struct epi_date_options *o,
                                       struct epi_date_reading *r, bool *ret_matched)
{
    /* "44517.604": a serial number with its time of day */
    double f = 0;
    *ret_matched = s.n > 6 && s.p[5] == '.' && epi_str_to_f64(s, &f) && f >= 10000 && f <= 80001;
    if (!*ret_matched)
        return EPI_DATE_UNREADABLE;
    r->flags |= EPI_DATE_SERIAL | EPI_DATE_HAD_TIME;
    r->date = epi_date_serial(f, o->date1904);
    r->minute_of_day = (int)((f - (double)(int)f) * 1440 + 0.5) % 1440;
    return EPI_DATE_READ;
}

epi_date_outcome epi_date_read(epi_str text, const struct epi_date_options *o,
                               struct epi_date_reading *r)
{
    *r = (struct epi_date_reading){.date = EPI_DATE_UNKNOWN, .minute_of_day = -1};
    epi_str s = epi_str_trim(text);
    epi_date_outcome out = EPI_DATE_EMPTY;
    if (s.n == 0 || quick(s, o, r, &out))
        return out;
    bool matched = false;
    out = s.n < 24 ? decimal_serial(s, o, r, &matched) : EPI_DATE_UNREADABLE;
    if (matched)
        return out;
    struct token t[TOKENS_MAX];
    size_t n = s.n <= 80 ? tokenise(s, t) : 0;
    if (n == 0)
        return EPI_DATE_UNREADABLE;
    struct clock c = {0};
    n = cut_time(s, t, n, &c);
    struct parts p;
    if (!collect(s, t, n, &p))
        return EPI_DATE_UNREADABLE;
    out = interpret(&p, o, r);
    if (!c.found || out != EPI_DATE_READ)
        return out;
    r->flags |= EPI_DATE_HAD_TIME;
    r->minute_of_day = c.minute % 1440;
    if (c.utc && (c.minute || c.millisecond_rest)) {
        int64_t ms = ((int64_t)r->date.d * 1440 + c.minute) * 60000;
        r->date = epi_instant_date((epi_instant){ms}, o->utc_offset_minutes);
        int local = (c.minute + o->utc_offset_minutes) % 1440;
        r->minute_of_day = local < 0 ? local + 1440 : local;
        r->flags |= EPI_DATE_FROM_UTC;
    } else if (c.minute == 1440) { /* 24:00 is midnight at the end of the day */
        r->date = epi_date_plus(r->date, (epi_days){1});
    }
    return EPI_DATE_READ;
}
