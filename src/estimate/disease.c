// SPDX-License-Identifier: AGPL-3.0-or-later
#include "estimate/disease.h"
#include <math.h>

#define FILE_MAX ((size_t)1 << 20)

static void fault(struct epi_findings *f, const char *code, epi_str key)
{
    epi_finding_add(f, EPI_ERROR, code, 0, key, key, EPI_NIL);
}

static epi_str need_text(const epi_json *j, const char *key, struct epi_findings *f)
{
    epi_str text = epi_json_text(j, key, EPI_NIL);
    if (!text.n)
        fault(f, "disease.text-missing", epi_str_of(key));
    return text;
}

static double need_days(const epi_json *j, const char *key, double above, struct epi_findings *f)
{
    double v = epi_json_real(j, key, (double)NAN);
    if (!(v > above && v <= 1000))
        fault(f, "disease.days", epi_str_of(key));
    return v;
}

static void read_si(const epi_json *j, struct epi_serial_interval *si, struct epi_findings *f)
{
    static const char *const keys[] = {"mean", "sd", "unit", "source", "confidence", "note"};
    if (j->type != EPI_JSON_OBJECT) {
        fault(f, "disease.not-an-object", j->key);
        return;
    }
    EPI_JSON_EACH (member, j) {
        bool known = false;
        for (size_t i = 0; i < EPI_COUNT(keys); i++)
            known = known || epi_str_eqz(member->key, keys[i]);
        if (!known)
            fault(f, "disease.key-unknown", member->key);
    }
    const epi_json *note = epi_json_get(j, "note");
    *si = (struct epi_serial_interval){.known = true,
                                       .mean = need_days(j, "mean", 1, f),
                                       .sd = need_days(j, "sd", 0, f),
                                       .source = need_text(j, "source", f),
                                       .confidence = EPI_UNVERIFIED,
                                       .note_vi = epi_json_text(note, "vi", EPI_NIL),
                                       .note_en = epi_json_text(note, "en", EPI_NIL)};
    if (!epi_str_eqz(epi_json_text(j, "unit", EPI_NIL), "days"))
        fault(f, "disease.unit", EPI_S("unit"));
    epi_str word = epi_json_text(j, "confidence", EPI_NIL);
    for (int c = EPI_STATED; c <= EPI_UNVERIFIED; c++) {
        if (epi_str_eqz(word, epi_confidence_word((epi_confidence)c))) {
            si->confidence = (epi_confidence)c;
            return;
        }
    }
    fault(f, "disease.confidence", EPI_S("confidence"));
}

epi_status epi_disease_read(struct epi_arena *a, epi_str word, epi_str json,
                            struct epi_disease *ret, struct epi_findings *findings,
                            struct epi_err *reterr)
{
    const epi_json *j;
    struct epi_findings own;
    epi_findings_init(&own, a, 100);
    EPI_TRY(epi_json_parse(a, json, FILE_MAX, &j, reterr));
    const epi_json *name = epi_json_get(j, "name"), *si = epi_json_get(j, "serial_interval");
    *ret = (struct epi_disease){.word = need_text(j, "disease", &own),
                                .name_vi = need_text(name, "vi", &own),
                                .name_en = need_text(name, "en", &own)};
    if (ret->word.n && !epi_str_eq(ret->word, word))
        fault(&own, "disease.other-name", ret->word);
    if (si)
        read_si(si, &ret->si, &own);
    for (size_t i = 0; i < own.n; i++)
        epi_finding_add(findings, own.list[i].severity, own.list[i].code, 0, own.list[i].field,
                        word, own.list[i].arg1);
    if (own.n)
        return EPI_FAIL(reterr, EPI_INVALID, "disease.faulty", "%.*s", EPI_FMT(word));
    return EPI_OK;
}

static void two(struct epi_jw *w, const char *key, epi_str vi, epi_str en)
{
    epi_jw_key(w, key);
    epi_jw_object(w);
    epi_jw_kv(w, "vi", vi);
    epi_jw_kv(w, "en", en);
    epi_jw_object_end(w);
}

void epi_disease_json(struct epi_jw *w, const struct epi_disease *d)
{
    epi_jw_kv(w, "disease", d->word);
    two(w, "name", d->name_vi, d->name_en);
    epi_jw_key(w, "serial_interval");
    if (!d->si.known) {
        epi_jw_null(w);
        return;
    }
    epi_jw_object(w);
    epi_jw_kvr(w, "mean", d->si.mean);
    epi_jw_kvr(w, "sd", d->si.sd);
    epi_jw_kvz(w, "unit", "days");
    epi_jw_kv(w, "source", d->si.source);
    epi_jw_kvz(w, "confidence", epi_confidence_word(d->si.confidence));
    if (d->si.note_vi.n || d->si.note_en.n)
        two(w, "note", d->si.note_vi, d->si.note_en);
    epi_jw_object_end(w);
}
