// SPDX-License-Identifier: AGPL-3.0-or-later
#include "demo/demo_internal.h"

/* --- one record at a time
 * ------------------------------------------------------------------------------- */

/* Ids in the form epi_id prescribes (41 bits of milliseconds, 22 that count): as if every kind had
 * been entered in its own minute after the midnight that opens the day. */
epi_id epi__id(const struct epi__world *w, uint16_t kind, uint64_t number)
{
    if (w->o->id)
        return w->o->id(w->o->id_ctx, kind, number);
    uint64_t days = (uint64_t)epi_date_minus(w->day, epi_date_ymd(2020, 1, 1)).n;
    uint64_t ms = days * 86400000u + kind * 60000u;
    return (epi_id){(ms << 22) + number + 1};
}

struct epi_value *epi__begin(struct epi__out *out, uint16_t kind, int32_t unit)
{
    struct epi_record *r = out->rec[kind];
    memset(r->v, 0, out->w->o->catalogue->kinds[kind].n_fields * sizeof *r->v);
    r->id = epi__id(out->w, kind, out->sum->of_kind[kind]);
    r->v[0] = epi_v_text(epi__unit(out->w, unit)->path);
    out->used = out->start = 0;
    return r->v;
}

void epi__end(struct epi__out *out, uint16_t kind)
{
    if (out->status != EPI_OK)
        return;
    out->status = out->sink(out->ctx, out->rec[kind], out->reterr);
    out->sum->of_kind[kind]++;
    out->sum->records++;
}

void epi__put(struct epi__out *out, epi_str s)
{
    if (s.n > sizeof out->text - out->used)
        s.n = sizeof out->text - out->used;
    if (s.n)
        memcpy(out->text + out->used, s.p, s.n);
    out->used += s.n;
}

void epi__put_number(struct epi__out *out, uint64_t v, size_t width)
{
    char digits[24];
    size_t at = sizeof digits;
    do {
        digits[--at] = (char)('0' + v % 10);
        v /= 10;
    } while (v > 0 || sizeof digits - at < width);
    epi__put(out, (epi_str){digits + at, sizeof digits - at});
}

void epi__put_form(struct epi__out *out, epi_str form, epi_str name, uint64_t number)
{
    for (size_t i = 0; i < form.n;) {
        bool slot = i + 2 < form.n && form.p[i] == '{' && form.p[i + 2] == '}';
        size_t next = i;
        while (!slot && next < form.n && (next == i || form.p[next] != '{'))
            next++;
        if (!slot)
            epi__put(out, epi_str_sub(form, i, next - i));
        else if (form.p[i + 1] == '1')
            epi__put(out, name);
        else if (number > 0)
            epi__put_number(out, number, 1);
        i = slot ? i + 3 : next;
    }
}

struct epi_value epi__text(struct epi__out *out)
{
    epi_str s = {out->text + out->start, out->used - out->start};
    out->start = out->used;
    return epi_v_text(s);
}

/* --- the run
 * ------------------------------------------------------------------------------------------------
 */

static epi_status put_all(struct epi__out *out)
{
    static void (*const parts[])(struct epi__out *) = {
        epi__put_places, epi__put_people,  epi__put_cases,    epi__put_contacts,
        epi__put_visits, epi__put_samples, epi__put_arrivals, epi__put_readiness,
    };
    for (size_t i = 0; i < EPI_COUNT(parts) && out->status == EPI_OK; i++)
        parts[i](out);
    return out->status;
}

static void sum_up(const struct epi__world *w, struct epi_demo_summary *s)
{
    s->day = w->day;
    s->province = epi__unit(w, w->province)->path;
    s->city = epi__unit(w, w->city)->path;
    s->index_case = epi__id(w, EPI_K_CASE, w->index_case);
    s->event = epi__id(w, EPI_K_PLACE, w->event);
    for (uint32_t i = 0; i < w->n_cases; i++)
        s->cases_on_day +=
            w->cases[i].found == EPI__RUN &&
            epi_str_starts(
                epi__unit(w, w->communes[epi__commune_of(w, w->cases[i].person)].unit)->path,
                s->city);
}

static epi_status build(struct epi__world *w, struct epi_err *reterr)
{
    EPI_TRY(epi__world_areas(w, reterr));
    EPI_TRY(epi__courses_read(w, reterr));
    EPI_TRY(epi__world_people(w, reterr));
    epi__world_places(w);
    EPI_TRY(epi__run(w, reterr));
    epi__cases(w);
    return EPI_OK;
}

epi_status epi_demo_make(const struct epi_demo_options *o, epi_demo_sink *sink, void *ctx,
                         struct epi_demo_summary *ret, struct epi_err *reterr)
{
    if (o->people < 1 || o->people > EPI_DEMO_PEOPLE_MAX)
        return EPI_FAIL(reterr, EPI_INVALID, "demo.people-range", "%llu\x1f%d",
                        (unsigned long long)o->people, EPI_DEMO_PEOPLE_MAX);
    EPI_ARENA_LOCAL(a);
    struct epi__settings *s = EPI_NEW(a, struct epi__settings);
    EPI_TRY(epi__settings_read(o, a, s, reterr));
    struct epi__world w = {
        .o = o, .s = s, .a = a, .day = epi_date_known(o->day) && o->day.d != 0 ? o->day : s->day};
    if (w.day.d <= epi_date_ymd(2020, 1, 1).d)
        return EPI_FAIL(reterr, EPI_INVALID, "demo.too-early", "2020-01-01");
    struct epi_demo_summary sum = {0};
    struct epi__out *out = EPI_NEW(a, struct epi__out);
    *out = (struct epi__out){.w = &w, .sink = sink, .ctx = ctx, .sum = &sum, .reterr = reterr};
    for (uint16_t k = 0; k < EPI_KINDS; k++)
        out->rec[k] = epi_record_new(a, o->catalogue, k);
    epi_status status = build(&w, reterr);
    if (status == EPI_OK)
        status = put_all(out);
    if (status == EPI_OK) {
        sum_up(&w, &sum);
        *ret = sum;
    }
    epi_world_free(w.run);
    epi_society_free(w.society);
    free(w.tests);
    free(w.named);
    return status;
}
