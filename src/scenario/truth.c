// SPDX-License-Identifier: AGPL-3.0-or-later
/* What a run knew of its people, as the lists a province would have: cases found, their contacts of
 * the days before, doses. The note of a case tells who infected it, which no province knows. */
#include "scenario/runs_internal.h"

#define FILE_MAX ((size_t)1 << 32)
struct lists {
    const struct epi_runs *r;
    const struct epi_world *w;
    struct epi_buf *cases, *contacts, *samples;
};
static const char *day_iso(const struct epi_runs *r, int16_t day, char out[16])
{
    return day == EPI_NO_DAY ? "" : epi_date_iso((epi_date){r->first.d + day}, out);
}
static void put_person(struct epi_buf *b, const struct lists *l, uint32_t p)
{
    int age = epi_society_age(l->r->society, p), year, month, day;
    epi_date_split(l->r->first, &year, &month, &day);
    epi_buf_printf(b, ",MP%08u,Người %08u,%d", p, p, year - age);
}
static epi_str unit_of(const struct lists *l, uint32_t p)
{
    return epi_society_place(l->r->society, epi_society_place_of(l->r->society, p))->path;
}
static const char *severity_of(const struct epi_infection *i)
{
    return i->critical != EPI_NO_DAY ? "critical"
           : i->severe != EPI_NO_DAY ? "severe"
           : i->onset != EPI_NO_DAY  ? "mild"
                                     : "asymptomatic";
}
/* The contacts of one case in the days that tracing would ask about: a person a row, from the first
 * day to the last, with the setting that comes first in the list of meetings. */
struct met {
    uint32_t who;
    int16_t first, last;
    uint8_t how;
};
static int by_person(const void *a, const void *b)
{
    const struct met *x = a, *y = b;
    return x->who < y->who ? -1 : x->who > y->who;
}
static size_t all_met(const struct lists *l, const struct epi_infection *i, struct met *out,
                      size_t max)
{
    uint32_t who[256];
    uint8_t how[256];
    size_t n = 0, kept = 0;
    for (int day = i->found - 3 < i->day ? i->day : i->found - 3; day <= i->found; day++) {
        size_t k = epi_world_met(l->w, i->person, day, who, how, EPI_COUNT(who));
        for (size_t j = 0; j < k && j < EPI_COUNT(who) && n < max; j++)
            out[n++] = (struct met){who[j], (int16_t)day, (int16_t)day, how[j]};
    }
    qsort(out, n, sizeof *out, by_person);
    for (size_t j = 0; j < n; j++) {
        struct met *to = kept > 0 ? &out[kept - 1] : NULL;
        if (!to || to->who != out[j].who) {
            out[kept++] = out[j];
            continue;
        }
        to->first = to->first < out[j].first ? to->first : out[j].first;
        to->last = to->last > out[j].last ? to->last : out[j].last;
        to->how = to->how < out[j].how ? to->how : out[j].how;
    }
    return kept;
}
static void put_contacts(const struct lists *l, const struct epi_infection *i)
{
    static const char *const settings[EPI_MEETING_N] = {
        [EPI_MEET_HOME] = "household",      [EPI_MEET_SCHOOL] = "school",
        [EPI_MEET_WORK] = "workplace",      [EPI_MEET_OTHER] = "other",
        [EPI_MEET_MARKET] = "other",        [EPI_MEET_WORSHIP] = "other",
        [EPI_MEET_GATHERING] = "other",     [EPI_MEET_SITE] = "other",
        [EPI_MEET_HOSPITAL] = "health_care"};
    struct met met[1024];
    char first[16], last[16];
    size_t n = all_met(l, i, met, EPI_COUNT(met));
    for (size_t k = 0; k < n; k++) {
        day_iso(l->r, met[k].first, first);
        day_iso(l->r, met[k].last, last);
        epi_buf_printf(l->contacts, "%.*s,MC%08u-%d,%s,%s,%s", EPI_FMT(unit_of(l, met[k].who)),
                       i->person, i->found, first, last, settings[met[k].how]);
        put_person(l->contacts, l, met[k].who);
        epi_buf_putc(l->contacts, '\n');
    }
}
static bool put_case(void *ctx, const struct epi_infection *i)
{
    const struct lists *l = ctx;
    char a[16], b[16], c[16], d[16];
    int done = epi_world_days_done(l->w);
    if (i->found == EPI_NO_DAY || i->found < 0) /* before the run: in the register already */
        return true;
    bool onset = i->onset < done, out = i->out < done;
    epi_buf_printf(l->cases, "%.*s,MC%08u-%d,%s,confirmed,%s,%s,%s,%s,%s,%s,",
                   EPI_FMT(unit_of(l, i->person)), i->person, i->found, l->r->history->name,
                   onset ? day_iso(l->r, i->onset, a) : "", day_iso(l->r, i->found, b),
                   day_iso(l->r, i->found, c), severity_of(i),
                   !out      ? "in_care"
                   : i->dies ? "died"
                             : "recovered",
                   out ? day_iso(l->r, i->out, d) : "");
    if (i->by != EPI_NOBODY)
        epi_buf_printf(l->cases, "infected by MP%08u (%s) on %s", i->by,
                       epi_meeting_word((enum epi_meeting)i->how), day_iso(l->r, i->day, a));
    else
        epi_buf_printf(l->cases, "%s", epi_meeting_word((enum epi_meeting)i->how));
    put_person(l->cases, l, i->person);
    epi_buf_putc(l->cases, '\n');
    epi_buf_printf(l->samples, "%.*s,MX%08u-%u,MC%08u-%d,%s,pcr,positive,%s",
                   EPI_FMT(unit_of(l, i->person)), i->person, i->found, i->person, i->found, b, b);
    put_person(l->samples, l, i->person);
    epi_buf_putc(l->samples, '\n');
    put_contacts(l, i);
    return true;
}
epi_status epi__truth_write(struct epi_arena *a, const struct epi_runs *r,
                            const struct epi_world *w, struct epi_err *reterr)
{
    EPI_BUF_LOCAL(cases, FILE_MAX);
    EPI_BUF_LOCAL(contacts, FILE_MAX);
    EPI_BUF_LOCAL(samples, FILE_MAX);
    struct lists l = {r, w, &cases, &contacts, &samples};
    if (!epi_date_known(r->first))
        return EPI_FAIL(reterr, EPI_INVALID, "scenario.truth-date", "%s", "base.date");
    epi_buf_putz(&cases, "unit,code,disease,classification,onset,sampled,reported,severity,outcome,"
                         "outcome_date,note,person.code,person.name,person.birth_year\n");
    epi_buf_putz(&contacts,
                 "unit,case,first_exposure,last_exposure,setting,person.code,person.name,"
                 "person.birth_year\n");
    epi_buf_putz(&samples, "unit,code,case,taken,method,result,resulted,person.code,person.name,"
                           "person.birth_year\n");
    epi_world_each(w, put_case, &l);
    const struct {
        const char *name;
        struct epi_buf *b;
    } files[] = {{"linelist.csv", &cases}, {"contacts.csv", &contacts}, {"samples.csv", &samples}};
    for (size_t i = 0; i < EPI_COUNT(files); i++)
        EPI_TRY(r->fs->write(r->fs->ctx, epi_str_printf(a, "%s/%s", r->dir, files[i].name).p,
                             epi_buf_str(files[i].b), reterr));
    return EPI_OK;
}
