// SPDX-License-Identifier: AGPL-3.0-or-later
#include "ops/diseases.h"

#define FILE_MAX ((size_t)1 << 20)

struct epi__diseases {
    struct epi_disease *list;
    size_t n;
};

epi_status epi__diseases_load(struct epi_app *app, struct epi_findings *findings,
                              struct epi_err *reterr)
{
    const struct epi_fs *fs = &app->o.io->fs;
    const char *dir = epi__path(app->a, app->o.data_dir, "diseases");
    struct epi__diseases *d = EPI_NEW(app->a, struct epi__diseases);
    epi_str *names;
    size_t n;
    app->diseases = d;
    if (!fs->exists(fs->ctx, dir) && app->o.share_dir)
        dir = epi__path(app->a, app->o.share_dir, "data/diseases");
    if (!fs->exists(fs->ctx, dir))
        return EPI_OK;
    EPI_TRY(fs->list(fs->ctx, app->a, dir, &names, &n, reterr));
    d->list = EPI_ARRAY(app->a, n + 1, struct epi_disease);
    for (size_t i = 0; i < n; i++) {
        epi_str text;
        if (!epi_str_ends(names[i], EPI_S(".json")))
            continue;
        epi_str word = epi_str_sub(names[i], 0, names[i].n - 5);
        EPI_TRY(fs->read(fs->ctx, app->a, epi__path(app->a, dir, epi_str_cz(app->a, names[i])),
                         FILE_MAX, &text, reterr));
        EPI_TRY(epi_disease_read(app->a, word, text, &d->list[d->n], findings, reterr));
        d->n++;
    }
    return EPI_OK;
}

const struct epi_disease *epi__disease_known(const struct epi_app *app, epi_str word)
{
    for (size_t i = 0; i < app->diseases->n; i++)
        if (epi_str_eq(app->diseases->list[i].word, word))
            return &app->diseases->list[i];
    return NULL;
}

bool epi__disease_is(const struct epi_call *call, struct epi_value of_record)
{
    epi_str asked = epi__disease(call),
            own = of_record.t == EPI_V_TEXT && of_record.s.n ? of_record.s : call->app->disease;
    return asked.n == 0 || epi_str_eq(asked, own);
}

epi_status epi_do_diseases(struct epi_call *call)
{
    const struct epi__diseases *d = call->app->diseases;
    struct epi_jw *w = &call->out;
    EPI_TRY(epi__need(call, EPI_MAY_RECORD_READ));
    epi_jw_object(w);
    epi_jw_key(w, "rows");
    epi_jw_array(w);
    for (size_t i = 0; i < d->n; i++) {
        epi_jw_object(w);
        epi_disease_json(w, &d->list[i]);
        epi_jw_kvb(w, "main", epi_str_eq(d->list[i].word, call->app->disease));
        epi_jw_object_end(w);
    }
    epi_jw_array_end(w);
    epi_jw_object_end(w);
    return EPI_OK;
}
