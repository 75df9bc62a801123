// SPDX-License-Identifier: AGPL-3.0-or-later
#include "trace/trace_internal.h"

struct writer {
    struct epi_jw *w;
    const struct epi_picture *p;
    const struct epi_trace_options *o;
    const struct epi_trace_result *r;
    const struct epi_trace_names *names;
    const struct epi_pic_person *people;
    const struct epi_pic_case *cases;
};

static epi_str ask(const struct writer *w, epi_str (*f)(void *ctx, epi_id id), epi_id id)
{
    return f && id.v ? f(w->names->ctx, id) : EPI_NIL;
}

static void put_text(const struct writer *w, const char *key, epi_str s)
{
    epi_jw_key(w->w, key);
    if (s.n)
        epi_jw_text(w->w, s);
    else
        epi_jw_null(w->w);
}

static void put_date(const struct writer *w, const char *key, epi_date d)
{
    char text[16];
    put_text(w, key, epi_date_known(d) ? epi_str_of(epi_date_iso(d, text)) : EPI_NIL);
}

static void put_id(const struct writer *w, const char *key, epi_id id)
{
    char text[16];
    put_text(w, key, epi_str_of(epi_id_text(id, text)));
}

/* The code people use: the person's own, else that of a case of theirs, else the id. */
static epi_str code_of(const struct writer *w, uint32_t person, uint32_t cas, char text[16])
{
    epi_str code = EPI_NIL;
    if (person != EPI_NO_INDEX)
        code = ask(w, w->names->person_code, w->people[person].id);
    if (code.n == 0 && cas != EPI_NO_INDEX)
        code = ask(w, w->names->case_code, w->cases[cas].id);
    if (code.n == 0)
        code = epi_str_of(
            epi_id_text(person != EPI_NO_INDEX ? w->people[person].id : w->cases[cas].id, text));
    return code;
}

/* The code of a case: its own, else its id. */
static epi_str case_code(const struct writer *w, uint32_t cas, char text[16])
{
    epi_str code = ask(w, w->names->case_code, w->cases[cas].id);
    return code.n ? code : epi_str_of(epi_id_text(w->cases[cas].id, text));
}

static epi_str label_code(const struct writer *w, uint32_t label, char text[16])
{
    const struct epi_trace_label *l = &w->r->labels[label];
    if (l->ring == 0)
        return case_code(w, l->cas, text);
    return code_of(w, l->person,
                   epi__case_on(w->p, w->o->words, l->person, epi__first_day(w->p, l->from)), text);
}

static void put_span(const struct writer *w, epi_instant first, epi_instant last)
{
    put_date(w, "first", epi__first_day(w->p, first));
    put_date(w, "last", epi__last_day(w->p, last));
}

static void put_step(const struct writer *w, uint32_t edge)
{
    const struct epi_trace_edge *e = &w->r->edges[edge];
    char from[16], to[16], time[32];
    epi_jw_object(w->w);
    epi_jw_kv(w->w, "from", label_code(w, e->via, from));
    uint32_t cas = epi__case_on(w->p, w->o->words, e->to, epi__first_day(w->p, e->first));
    epi_jw_kv(w->w, "to", code_of(w, e->to, cas, to));
    epi_jw_kvz(w->w, "how", epi_trace_how_word((epi_trace_how)e->how));
    put_span(w, e->first, e->last);
    if (e->how == EPI_TRACE_VISIT) {
        epi_jw_kvz(w->w, "from_time", epi_instant_iso(e->first, time));
        epi_jw_kvz(w->w, "to_time", epi_instant_iso(e->last, time));
    }
    epi_id place = epi_picture_place_id(w->p, e->place);
    if (place.v) {
        put_text(w, "place", ask(w, w->names->place_name, place));
        put_id(w, "place_id", place);
    }
    if (e->setting != EPI_NO_WORD && w->names->setting)
        put_text(w, "setting", w->names->setting(w->names->ctx, e->setting));
    if (e->minutes >= 0)
        epi_jw_kvi(w->w, "minutes", e->minutes);
    if (e->distance >= 0) /* false for NAN */
        epi_jw_kvr(w->w, "distance", (double)e->distance);
    if (e->masked >= 0)
        epi_jw_kvb(w->w, "masked", e->masked == 1);
    if (e->backward)
        epi_jw_kvb(w->w, "backward", true);
    if (e->undated)
        epi_jw_kvb(w->w, "undated", true);
    epi_jw_kvb(w->w, "verify", e->verify);
    epi_jw_object_end(w->w);
}

static void put_person(const struct writer *w, size_t i)
{
    const struct epi_trace_person *who = &w->r->people[i];
    char text[16];
    epi_jw_object(w->w);
    epi_jw_kvi(w->w, "ring", who->ring);
    put_id(w, "person", w->people[who->person].id);
    epi_jw_kv(w->w, "code", code_of(w, who->person, who->cas, text));
    put_text(w, "name", ask(w, w->names->person_name, w->people[who->person].id));
    put_text(w, "case", who->cas == EPI_NO_INDEX ? EPI_NIL : case_code(w, who->cas, text));
    put_span(w, who->first, who->last);
    epi_jw_kvz(w->w, "how", epi_trace_how_word((epi_trace_how)w->r->edges[who->edge].how));
    epi_jw_kvb(w->w, "verify", who->verify);
    epi_jw_kvi(w->w, "evidence", who->n_evidence);
    uint32_t chain[EPI_TRACE_DEPTH_MAX];
    size_t n = epi_trace_chain(w->r, i, chain);
    epi_jw_key(w->w, "chain");
    epi_jw_array(w->w);
    for (size_t k = 0; k < n; k++)
        put_step(w, chain[k]);
    epi_jw_array_end(w->w);
    epi_jw_key(w->w, "duty");
    if (w->names->duty) {
        struct epi_trace_facts facts;
        epi_trace_facts_of(w->p, w->o, w->r, i, &facts);
        w->names->duty(w->names->ctx, w->w, &facts);
    } else {
        epi_jw_null(w->w);
    }
    epi_jw_object_end(w->w);
}

static void put_head(const struct writer *w)
{
    char text[16];
    epi_jw_key(w->w, "index");
    if (w->r->n_index > 1)
        epi_jw_array(w->w);
    for (size_t i = 0; i < w->r->n_index; i++)
        epi_jw_text(w->w, case_code(w, w->r->labels[i].cas, text));
    if (w->r->n_index > 1)
        epi_jw_array_end(w->w);
    put_date(w, "as_of", epi_picture_as_of(w->p));
    epi_jw_kvi(w->w, "depth", w->r->depth);
    epi_jw_key(w->w, "windows");
    epi_jw_array(w->w);
    for (size_t i = 0; i < w->r->n_index; i++) {
        epi_jw_object(w->w);
        epi_jw_kv(w->w, "case", case_code(w, w->r->labels[i].cas, text));
        put_date(w, "from", epi__first_day(w->p, w->r->labels[i].from));
        put_date(w, "to", epi__last_day(w->p, w->r->labels[i].to));
        epi_jw_object_end(w->w);
    }
    epi_jw_array_end(w->w);
    epi_jw_key(w->w, "counts");
    epi_jw_array(w->w);
    for (int ring = 1; ring <= w->r->depth; ring++)
        epi_jw_int(w->w, (int64_t)(w->r->ring_start[ring + 1] - w->r->ring_start[ring]));
    epi_jw_array_end(w->w);
}

static void put_sources(const struct writer *w)
{
    char text[16];
    epi_jw_key(w->w, "sources");
    epi_jw_array(w->w);
    for (size_t i = 0; i < w->r->n_sources; i++) {
        const struct epi_trace_source *s = &w->r->sources[i];
        epi_jw_object(w->w);
        epi_jw_kv(w->w, "index", case_code(w, s->index_case, text));
        epi_jw_kv(w->w, "case", case_code(w, s->source_case, text));
        epi_jw_kvz(w->w, "how", s->contact.v ? "contact" : "named");
        put_date(w, "first", s->first);
        put_date(w, "last", s->last);
        epi_jw_object_end(w->w);
    }
    epi_jw_array_end(w->w);
    epi_jw_kvi(w->w, "outside", (int64_t)w->r->outside);
}

static void put_cuts(const struct writer *w)
{
    epi_jw_key(w->w, "truncated");
    epi_jw_array(w->w);
    for (size_t i = 0; i < w->r->n_cuts; i++) {
        const struct epi_trace_cut *c = &w->r->cuts[i];
        epi_id place = epi_picture_place_id(w->p, c->place);
        epi_jw_object(w->w);
        put_text(w, "place", ask(w, w->names->place_name, place));
        put_id(w, "place_id", place);
        put_span(w, c->from, c->to);
        epi_jw_kvi(w->w, "found", (int64_t)c->found);
        epi_jw_kvi(w->w, "kept", (int64_t)c->kept);
        epi_jw_object_end(w->w);
    }
    epi_jw_array_end(w->w);
}

void epi_trace_json(struct epi_jw *jw, const struct epi_picture *p,
                    const struct epi_trace_options *o, const struct epi_trace_result *r,
                    const struct epi_trace_names *names)
{
    struct writer w = {jw, p, o, r, names, NULL, NULL};
    epi_picture_people(p, &w.people);
    epi_picture_cases(p, &w.cases);
    epi_jw_object(jw);
    put_head(&w);
    epi_jw_key(jw, "rings");
    epi_jw_array(jw);
    for (size_t i = 0; i < r->n_people; i++)
        put_person(&w, i);
    epi_jw_array_end(jw);
    put_sources(&w);
    put_cuts(&w);
    epi_jw_object_end(jw);
}
