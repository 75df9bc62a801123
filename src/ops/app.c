// SPDX-License-Identifier: AGPL-3.0-or-later
/* The running program: what a data folder holds and in which order it is opened.
 *
 * DIR/cordon.json   which pack and disease; DIR/pack/ reference data; DIR/policies/ rules;
 * DIR/forms/ document and column forms; DIR/scenarios/<id>/ what was simulated; DIR/catalogue.json
 * a site's own fields (optional); DIR/cordon.db the store. */
#include "ops/diseases.h"
#include "ops/scenarios.h"
#include <stdio.h>
#include <stdlib.h>

#define PACK_FILE_MAX (64u << 20)

const char *epi__path(struct epi_arena *a, const char *folder, const char *name)
{
    return epi_str_cz(a, epi_str_printf(a, "%s/%s", folder, name));
}

epi_status epi__data_file(const struct epi_app *app, struct epi_arena *a, const char *relative,
                          size_t max, epi_str *ret, struct epi_err *reterr)
{
    const struct epi_fs *fs = &app->o.io->fs;
    return fs->read(fs->ctx, a, epi__path(a, app->o.data_dir, relative), max, ret, reterr);
}

/* Copies a folder's files, and its folders' files. A name that can be listed is a folder. */
static epi_status copy_tree(const struct epi_fs *fs, struct epi_arena *a, const char *from,
                            const char *to, struct epi_err *reterr)
{
    epi_str *names;
    size_t n;
    EPI_TRY(fs->list(fs->ctx, a, from, &names, &n, reterr));
    EPI_TRY(fs->make_dir(fs->ctx, to, reterr));
    for (size_t i = 0; i < n; i++) {
        struct epi_arena_mark mark = epi_arena_mark(a);
        const char *name = epi_str_cz(a, names[i]), *src = epi__path(a, from, name),
                   *dst = epi__path(a, to, name);
        epi_str *sub, text;
        size_t sub_n;
        if (fs->list(fs->ctx, a, src, &sub, &sub_n, NULL) == EPI_OK) {
            EPI_TRY(copy_tree(fs, a, src, dst, reterr));
        } else {
            EPI_TRY(fs->read(fs->ctx, a, src, PACK_FILE_MAX, &text, reterr));
            EPI_TRY(fs->write(fs->ctx, dst, text, reterr));
        }
        epi_arena_release(a, mark);
    }
    return EPI_OK;
}

epi_status epi__mark_folder(const struct epi_app_options *o, epi_str pack, epi_str disease,
                            epi_date day, struct epi_err *reterr)
{
    EPI_ARENA_LOCAL(a);
    EPI_BUF_LOCAL(b, 4096);
    struct epi_jw w = EPI_JW(&b);
    char when[32];
    epi_jw_object(&w);
    epi_jw_kvi(&w, "format", 1);
    epi_jw_kv(&w, "pack", pack);
    if (disease.n)
        epi_jw_kv(&w, "disease", disease);
    epi_jw_kvz(&w, "created", epi_instant_iso(o->io->clock.now(o->io->clock.ctx), when));
    if (epi_date_known(day))
        epi_jw_kvz(&w, "day", epi_date_iso(day, when));
    epi_jw_object_end(&w);
    epi_buf_putc(&b, '\n');
    return o->io->fs.write(o->io->fs.ctx, epi__path(a, o->data_dir, "cordon.json"), epi_buf_str(&b),
                           reterr);
}

epi_status epi_app_init(const struct epi_app_options *o, epi_str pack, epi_str disease,
                        struct epi_err *reterr)
{
    EPI_ARENA_LOCAL(a);
    const struct epi_fs *fs = &o->io->fs;
    const char *mark = epi__path(a, o->data_dir, "cordon.json"), *pack_dir = NULL;
    const epi_json *pack_json;
    if (fs->exists(fs->ctx, mark))
        return EPI_FAIL(reterr, EPI_CONFLICT, "init.folder-in-use", "%s", o->data_dir);
    EPI_TRY(epi_units_pack(fs, a, epi__path(a, o->share_dir, "data/packs"), pack, &pack_dir,
                           &pack_json, reterr));
    epi_str forms = epi_json_text(pack_json, "forms", EPI_S("en"));
    EPI_TRY(fs->make_dir(fs->ctx, o->data_dir, reterr));
    EPI_TRY(copy_tree(fs, a, pack_dir, epi__path(a, o->data_dir, "pack"), reterr));
    EPI_TRY(copy_tree(fs, a, epi__path(a, o->share_dir, "policies"),
                      epi__path(a, o->data_dir, "policies"), reterr));
    EPI_TRY(copy_tree(fs, a, epi__path(a, o->share_dir, "data/diseases"),
                      epi__path(a, o->data_dir, "diseases"), reterr));
    const char *from = epi__path(a, epi__path(a, o->share_dir, "data/forms"), epi_str_cz(a, forms));
    EPI_TRY(copy_tree(fs, a, from, epi__path(a, o->data_dir, "forms"), reterr));
    /* last: its presence says the folder is whole */
    return epi__mark_folder(o, pack, disease, EPI_DATE_UNKNOWN, reterr);
}

static epi_status open_rules(struct epi_app *app, struct epi_findings *findings,
                             struct epi_err *reterr)
{
    const struct epi_fs *fs = &app->o.io->fs;
    struct epi_policy_file *files;
    size_t n;
    EPI_TRY(epi_units_load(fs, epi__path(app->a, app->o.data_dir, "pack"), &app->units, findings,
                           reterr));
    EPI_TRY(epi_policies_read(app->a, fs, epi__path(app->a, app->o.data_dir, "policies"), &files,
                              &n, reterr));
    EPI_TRY(epi_policies_load(app->a, files, n, &app->policies, findings, reterr));
    return epi__authorities_load(app, findings, reterr);
}

/* The main disease: as the folder says, else as its reference pack does. */
static epi_status read_disease(struct epi_app *app, const epi_json *mark, struct epi_err *reterr)
{
    epi_str text;
    const epi_json *pack;
    EPI_TRY(epi__data_file(app, app->a, "pack/pack.json", 4u << 20, &text, reterr));
    EPI_TRY(epi_json_parse(app->a, text, 4u << 20, &pack, reterr));
    app->disease = epi_json_text(mark, "disease", epi_json_text(pack, "disease", EPI_NIL));
    return EPI_OK;
}

static epi_status open_store(struct epi_app *app, struct epi_err *reterr)
{
    struct epi_store_options so = {.io = app->o.io,
                                   .catalogue = app->catalogue,
                                   .read_only = app->o.read_only,
                                   .fast = app->o.fast};
    if (app->o.in_memory)
        return epi_store_open_memory(&so, &app->store, reterr);
    EPI_TRY(epi_store_open_sqlite(app->o.data_dir, &so, &app->store, reterr));
    if (app->o.known_at.ms == 0 || !epi_instant_known(app->o.known_at))
        return EPI_OK;
    struct epi_store *then;
    uint64_t seq;
    EPI_TRY(epi_store_seq_at(app->store, app->o.known_at, &seq, reterr));
    EPI_TRY(epi_store_as_of(app->store, seq, &then, reterr));
    epi_store_close(app->store);
    app->store = then;
    return EPI_OK;
}

static epi_status open_all(struct epi_app *app, struct epi_findings *findings,
                           struct epi_err *reterr)
{
    const struct epi_fs *fs = &app->o.io->fs;
    epi_str site = EPI_NIL, text;
    const epi_json *mark;
    EPI_TRY(epi__data_file(app, app->a, "cordon.json", 1 << 16, &text, reterr));
    EPI_TRY(epi_json_parse(app->a, text, 1 << 16, &mark, reterr));
    if (!epi_date_parse_iso(epi_json_text(mark, "day", EPI_NIL), &app->fixed_day))
        app->fixed_day = EPI_DATE_UNKNOWN;
    const char *own = epi__path(app->a, app->o.data_dir, "catalogue.json");
    if (fs->exists(fs->ctx, own))
        EPI_TRY(fs->read(fs->ctx, app->a, own, 1 << 20, &site, reterr));
    struct epi_findings own_fields; /* a field left out silently would lose what is entered in it */
    epi_findings_init(&own_fields, app->a, 100);
    EPI_TRY(epi_catalogue_new(app->a, site, &app->catalogue, &own_fields, reterr));
    for (size_t i = 0; i < own_fields.n; i++)
        epi_finding_add(findings, own_fields.list[i].severity, own_fields.list[i].code, 0,
                        own_fields.list[i].field, own_fields.list[i].arg1, own_fields.list[i].arg2);
    if (own_fields.counts[EPI_ERROR])
        return EPI_FAIL(reterr, EPI_INVALID, "init.own-fields", "%zu",
                        own_fields.counts[EPI_ERROR]);
    EPI_TRY(open_rules(app, findings, reterr));
    EPI_TRY(read_disease(app, mark, reterr));
    EPI_TRY(epi__diseases_load(app, findings, reterr));
    EPI_TRY(open_store(app, reterr));
    app->ids = epi_ids_new(app->o.io);
    app->pictures = epi__pictures_new();
    app->waits = epi__waits_new(app->a);
    app->figures = epi__figures_new();
    app->audit = epi__audit_start(app);
    app->jobs = epi__jobs_queue(app);
    app->scenarios = epi__scenarios_queue(app);
    return EPI_OK;
}

epi_status epi_app_open(const struct epi_app_options *o, struct epi_app **ret,
                        struct epi_findings *findings, struct epi_err *reterr)
{
    struct epi_app *app = epi_xmalloc(sizeof *app);
    *app = (struct epi_app){.a = epi_arena_new(0), .o = *o};
    app->o.data_dir = epi_str_cz(app->a, epi_str_of(o->data_dir));
    pthread_mutex_init(&app->listener_lock, NULL);
    epi_status s = open_all(app, findings, reterr);
    if (s != EPI_OK) {
        epi_app_close(app);
        return s;
    }
    *ret = app;
    return EPI_OK;
}

void epi_app_close(struct epi_app *app)
{
    if (!app)
        return;
    epi__queue_free(app->scenarios);
    epi__queue_free(app->jobs);
    epi__audit_stop(app->audit);
    epi__pictures_free(app->pictures);
    epi__figures_free(app->figures);
    epi_store_close(app->store);
    epi_ids_free(app->ids);
    epi_units_free(app->units);
    epi_arena_free(app->a);
    pthread_mutex_destroy(&app->listener_lock);
    free(app);
}

struct epi_store *epi_app_store(const struct epi_app *app)
{
    return app->store;
}
const struct epi_catalogue *epi_app_catalogue(const struct epi_app *app)
{
    return app->catalogue;
}
const struct epi_units *epi_app_units(const struct epi_app *app)
{
    return app->units;
}
const struct epi_policies *epi_app_policies(const struct epi_app *app)
{
    return app->policies;
}
const struct epi_io *epi_app_io(const struct epi_app *app)
{
    return app->o.io;
}
struct epi_ids *epi_app_ids(struct epi_app *app)
{
    return app->ids;
}

epi_date epi_app_today(const struct epi_app *app)
{
    const struct epi_clock *c = &app->o.io->clock;
    if (epi_date_known(app->fixed_day))
        return app->fixed_day;
    return epi_instant_date(c->now(c->ctx), epi_units_utc_offset(app->units));
}

void epi_app_listen(struct epi_app *app, epi_app_listener *fn, void *ctx)
{
    pthread_mutex_lock(&app->listener_lock);
    app->listener = fn;
    app->listener_ctx = ctx;
    pthread_mutex_unlock(&app->listener_lock);
    if (!fn)
        return;
    epi__queue_take_up(app->jobs); /* a program that stays: what was cut off goes on */
    if (!app->o.read_only && app->o.known_at.ms == 0)
        epi__scenarios_sweep(app);
    epi__queue_take_up(app->scenarios);
}
