// SPDX-License-Identifier: AGPL-3.0-or-later
#include "directive/directive_internal.h"

#define LOCAL_LONGEST 64 /* RFC 5321 4.5.3.1.1 */
#define DOMAIN_LONGEST 255

/* The character itself, not what it folds to: an address glued to a Vietnamese letter ends there.
 */
static bool address_char(const struct epi__text *t, size_t at)
{
    unsigned char c = t->fold[at];
    return (unsigned char)t->p[at] < 0x80 && ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ||
                                              (c > EPI__OTHER && strchr("._%+-", c)));
}

static void put(struct epi__parse *x, size_t from, size_t to)
{
    if (x->contacts.n >= EPI_DIRECTIVE_MAX_ENTRIES)
        return;
    struct epi_directive_field *f = epi__grow(x->a, &x->contacts, sizeof *f);
    *f = epi__field(&x->clean, (struct epi__span){from, to}, 0.9);
    epi__find(x, EPI_NOTE, "directive.personal-contact", "contacts", f->offset, EPI_NIL);
}

/* The @ of an e-mail address at `at`; returns where the address ends. */
static size_t email(struct epi__parse *x, size_t at)
{
    const struct epi__text *t = &x->clean;
    size_t from = at, to = at + 1, dot = 0;
    while (from > 0 && at - from < LOCAL_LONGEST && address_char(t, from - 1))
        from--;
    while (to < t->n && to - at < DOMAIN_LONGEST && address_char(t, to)) {
        if (t->fold[to] == '.' && to > at + 1)
            dot = to;
        to++;
    }
    while (to > at + 1 && t->fold[to - 1] == '.') { /* the stop of the sentence */
        to--;
        if (dot == to)
            dot = 0;
    }
    if (!dot) /* one dot before the end, at least */
        for (size_t i = at + 2; i < to; i++)
            if (t->fold[i] == '.')
                dot = i;
    if (from < at && dot > at + 1 && dot + 2 < to)
        put(x, from, to);
    return to;
}

/* Digits in groups parted by one blank, dot or hyphen. */
static size_t phone(struct epi__parse *x, size_t at)
{
    const struct epi__text *t = &x->clean;
    const struct epi_directive_forms *f = x->f;
    bool prefixed = false;
    for (size_t i = 0; i < f->phone_prefixes_n; i++)
        prefixed = prefixed || epi__match(t, at, t->n, f->phone_prefixes[i]) != EPI__NONE;
    size_t i = at + (t->fold[at] == '+'), end = i, date_end;
    int64_t digits = 0;
    while (i < t->n && digits <= f->phone_max) {
        if (epi__is_digit(t, i)) {
            digits++;
            end = ++i;
        } else if (i == end && i + 1 < t->n && epi__is_digit(t, i + 1) && t->fold[i] > EPI__OTHER &&
                   strchr(" .-", t->fold[i])) {
            i++;
        } else {
            break;
        }
    }
    struct epi_directive_date date;
    if (prefixed && digits >= f->phone_min && digits <= f->phone_max &&
        !epi__date(t, at, t->n, f, false, &date_end, &date) &&
        (end >= t->n || (!epi__is_letter(t, end) && t->fold[end] != '/')))
        put(x, at, end);
    return end > at ? end : at + 1;
}

void epi__contacts(struct epi__parse *x)
{
    const struct epi__text *t = &x->clean;
    for (size_t at = 0; at < t->n;) {
        unsigned char before = at ? t->fold[at - 1] : ' ';
        bool start =
            !(before >= 'a' && before <= 'z') && !(before >= '0' && before <= '9') && before != '/';
        if (t->fold[at] == '@')
            at = email(x, at);
        else if (start && (epi__is_digit(t, at) ||
                           (t->fold[at] == '+' && at + 1 < t->n && epi__is_digit(t, at + 1))))
            at = phone(x, at);
        else
            at++;
    }
    x->d->contacts = (struct epi_directive_list){x->contacts.list, x->contacts.n};
}
