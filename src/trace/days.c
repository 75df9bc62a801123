// SPDX-License-Identifier: AGPL-3.0-or-later
#include "trace/trace_internal.h"

/* Days past these cannot be real; instants beyond would overflow. */
#define DAY_LIMIT 100000000

static epi_instant start_of(const struct epi_picture *p, epi_date d)
{
    if (!epi_date_known(d) || d.d < -DAY_LIMIT || d.d > DAY_LIMIT)
        return EPI_INSTANT_UNKNOWN;
    return epi_date_start(d, epi_picture_utc_offset(p));
}

epi_instant epi__day_start(const struct epi_picture *p, epi_date d)
{
    return start_of(p, d);
}

epi_instant epi__day_end(const struct epi_picture *p, epi_date d)
{
    epi_instant t = start_of(p, d);
    return epi_instant_known(t) ? (epi_instant){t.ms + EPI__DAY_MS} : t;
}

epi_date epi__first_day(const struct epi_picture *p, epi_instant first)
{
    return epi_instant_known(first) ? epi_instant_date(first, epi_picture_utc_offset(p))
                                    : EPI_DATE_UNKNOWN;
}

epi_date epi__last_day(const struct epi_picture *p, epi_instant last)
{
    if (!epi_instant_known(last) || last.ms == INT64_MAX)
        return EPI_DATE_UNKNOWN;
    return epi_instant_date((epi_instant){last.ms - 1}, epi_picture_utc_offset(p));
}

bool epi__is_discarded(struct epi_trace_words words, const struct epi_pic_case *c)
{
    return words.discarded != EPI_NO_WORD && c->classification == words.discarded;
}

bool epi__is_over(const struct epi_pic_case *c, epi_date day)
{
    return epi_date_known(c->outcome_date) && epi_date_known(day) && c->outcome_date.d < day.d;
}

uint32_t epi__case_on(const struct epi_picture *p, struct epi_trace_words words, uint32_t person,
                      epi_date day)
{
    size_t n;
    const uint32_t *own = epi_picture_cases_of_person(p, person, &n);
    const struct epi_pic_case *cases;
    epi_picture_cases(p, &cases);
    while (n > 0) {
        const struct epi_pic_case *c = &cases[own[--n]];
        if (!epi__is_discarded(words, c) && !epi__is_over(c, day))
            return own[n];
    }
    return EPI_NO_INDEX;
}

const char *epi_trace_how_word(epi_trace_how h)
{
    switch (h) {
    case EPI_TRACE_CONTACT:
        return "contact";
    case EPI_TRACE_VISIT:
        return "visit";
    case EPI_TRACE_HOUSEHOLD:
        return "household";
    }
    return "";
}

struct epi_trace_words epi_trace_words_of(const struct epi_catalogue *c)
{
    const struct epi_field *f = c->kinds[EPI_K_CASE].fields;
    int recovered = epi_word_find(&f[EPI_CASE_OUTCOME], EPI_S("recovered"));
    int discarded = epi_word_find(&f[EPI_CASE_CLASSIFICATION], EPI_S("discarded"));
    return (struct epi_trace_words){recovered < 0 ? EPI_NO_WORD : (uint8_t)recovered,
                                    discarded < 0 ? EPI_NO_WORD : (uint8_t)discarded};
}
