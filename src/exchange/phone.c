// SPDX-License-Identifier: AGPL-3.0-or-later
#include "exchange/values.h"

/* Longest number of E.164, without '+'. */
#define E164_MAX 15
#define E164_MIN 7

struct dialled {
    char d[32];
    size_t n;
    bool plus, several;
};

/* Digits of the first number in the cell; "0912 345 678 / 0987 …" holds several. */
static bool gather(epi_str s, struct dialled *r)
{
    *r = (struct dialled){.n = 0};
    for (size_t i = 0; i < s.n; i++) {
        char c = s.p[i];
        if (c >= '0' && c <= '9') {
            if (r->n == sizeof r->d)
                return false;
            r->d[r->n++] = c;
        } else if (c == '+' && r->n == 0) {
            r->plus = true;
        } else if ((c == '/' || c == ';' || c == ',' || c == '\n') && r->n >= E164_MIN) {
            r->several = true;
            return true;
        } else if (!strchr(" .-()\t\'", c) && (uint8_t)c != 0xC2 && (uint8_t)c != 0xA0) {
            return false;
        }
    }
    return r->n > 0;
}

static epi_str digits_of(const struct dialled *r)
{
    return (epi_str){r->d, r->n};
}

static bool national_ok(const struct epi_phone_plan *p, epi_str national)
{
    for (size_t i = 0; i < p->n_ranges; i++)
        if (national.n == p->ranges[i].digits && epi_str_starts(national, p->ranges[i].prefix))
            return true;
    return false;
}

static void write_e164(char out[20], epi_str country, epi_str a, epi_str b)
{
    size_t n = 0;
    out[n++] = '+';
    const epi_str parts[] = {country, a, b};
    for (size_t k = 0; k < 3; k++)
        for (size_t i = 0; i < parts[k].n && n < 19; i++)
            out[n++] = parts[k].p[i];
    out[n] = 0;
}

/* `national` is without country code and trunk digit. */
static epi_value_note national_number(const struct epi_phone_plan *p, epi_str national,
                                      char out[20])
{
    if (national_ok(p, national)) {
        write_e164(out, p->country, national, EPI_NIL);
        return EPI_NOTE_NONE;
    }
    for (size_t i = 0; i < p->n_old; i++) {
        epi_str from = epi_str_sub(p->old[i].from, p->trunk.n, p->old[i].from.n);
        epi_str to = epi_str_sub(p->old[i].to, p->trunk.n, p->old[i].to.n);
        if (national.n + p->trunk.n == p->old[i].digits && epi_str_starts(national, from)) {
            write_e164(out, p->country, to, epi_str_sub(national, from.n, national.n));
            return EPI_NOTE_RENUMBERED;
        }
    }
    return EPI_NOTE_UNREADABLE;
}

epi_value_note epi_phone_read(const struct epi_phone_plan *p, epi_str text, bool numeric,
                              char out[20])
{
    epi_str s = epi_str_trim(text);
    out[0] = 0;
    if (s.n == 0)
        return EPI_NOTE_EMPTY;
    struct dialled r;
    if (s.n > 200 || !gather(s, &r))
        return EPI_NOTE_UNREADABLE;
    epi_value_note several = r.several ? EPI_NOTE_SEVERAL : EPI_NOTE_NONE;
    epi_str d = digits_of(&r);
    bool international = r.plus;
    if (!international && epi_str_starts(d, EPI_S("00"))) {
        international = true;
        d = epi_str_sub(d, 2, d.n);
    }
    epi_value_note note = EPI_NOTE_UNREADABLE;
    if (p->country.n && epi_str_starts(d, p->country)) {
        epi_str national = epi_str_sub(d, p->country.n, d.n);
        if (p->trunk.n && epi_str_starts(national, p->trunk)) /* "+84 0912…" */
            national = epi_str_sub(national, p->trunk.n, national.n);
        note = national_number(p, national, out);
        if (note != EPI_NOTE_UNREADABLE || international)
            return note == EPI_NOTE_NONE ? several : note;
    }
    if (international) {
        if (d.n < E164_MIN || d.n > E164_MAX || d.p[0] == '0')
            return EPI_NOTE_UNREADABLE;
        write_e164(out, d, EPI_NIL, EPI_NIL);
        return several;
    }
    if (p->trunk.n && epi_str_starts(d, p->trunk)) {
        note = national_number(p, epi_str_sub(d, p->trunk.n, d.n), out);
        return note == EPI_NOTE_NONE ? several : note;
    }
    note = national_number(p, d, out);
    /* a whole national number without its trunk digit: the zero was lost in a numeric cell or never
     * typed */
    (void)numeric;
    return note == EPI_NOTE_UNREADABLE ? note : p->trunk.n ? EPI_NOTE_LOST_ZERO : note;
}
