// SPDX-License-Identifier: AGPL-3.0-or-later
/* Fills an empty base with the demo province, one user per role, and a directive. */
#include "demo/demo.h"
#include "ops/ops_internal.h"

#define CHUNK 4000

struct fill {
    struct epi_call *call;
    struct epi_arena *a; /* of the chunk */
    struct epi_op *ops;
    size_t n;
    uint64_t written;
};

static epi_status write_chunk(struct epi_tx *tx, void *ctx, struct epi_err *reterr)
{
    struct fill *f = ctx;
    struct epi_applied applied;
    for (size_t i = 0; i < f->n; i++)
        EPI_TRY(epi_tx_append(tx, &f->ops[i], &applied, reterr));
    return EPI_OK;
}

static epi_status flush(struct fill *f, struct epi_err *reterr)
{
    if (f->n)
        EPI_TRY(epi_store_write(f->call->app->store, write_chunk, f, reterr));
    f->written += f->n;
    if (f->call->progress)
        f->call->progress(f->call->progress_ctx, f->written);
    epi_arena_reset(f->a);
    f->ops = EPI_ARRAY(f->a, CHUNK, struct epi_op);
    f->n = 0;
    return EPI_OK;
}

static epi_status take(void *ctx, const struct epi_record *r, struct epi_err *reterr)
{
    struct fill *f = ctx;
    size_t n_fields = f->call->app->catalogue->kinds[r->kind].n_fields;
    struct epi_op *op = &f->ops[f->n++];
    struct epi_change *c = EPI_NEW(f->a, struct epi_change);
    *op = epi__op(f->call, "demo.make", EPI_NIL);
    op->device = EPI_S("demo");
    op->changes = c;
    op->n_changes = 1;
    *c = (struct epi_change){
        .kind = r->kind, .id = r->id, .sets = EPI_ARRAY(f->a, n_fields, struct epi_set)};
    for (size_t i = 0; i < n_fields; i++)
        if (r->v[i].t != EPI_V_NULL)
            c->sets[c->n_sets++] = (struct epi_set){(uint16_t)i, epi_value_dup(f->a, r->v[i])};
    return f->n == CHUNK ? flush(f, reterr) : EPI_OK;
}

/* One account per role, without a password: signed in by one-time links only. Communes' staff sit
 * in the first commune below the unit of the outbreak. */
static epi_status make_users(struct epi_call *call, const struct epi_demo_summary *s)
{
    static const struct {
        const char *role;
        int depth; /* 0 = the province, 1 = the unit of the outbreak, 2 = a commune of it */
    } users[] = {{"administrator", 0},  {"commander", 0},     {"duty_officer", 0},
                 {"epidemiologist", 0}, {"clerk", 0},         {"hospital", 0},
                 {"stock_keeper", 0},   {"health_worker", 2}, {"observer", 1}};
    const struct epi_units *units = call->app->units;
    const struct epi_field *role = &call->app->catalogue->kinds[EPI_K_USER].fields[EPI_USER_ROLE];
    struct epi__edit e[EPI_COUNT(users)];
    for (size_t i = 0; i < EPI_COUNT(users); i++) {
        epi_str path = users[i].depth ? s->city : s->province;
        int32_t commune, city = epi_units_by_path(units, s->city);
        if (users[i].depth == 2 && epi_units_children(units, city, s->day, &commune, 1))
            path = epi_units_at(units, commune)->path;
        epi_str word = epi_str_of(users[i].role);
        epi__edit_new(call, &e[i], EPI_K_USER);
        epi__set(call, &e[i], EPI_USER_UNIT, epi_v_text(path));
        epi__set(call, &e[i], EPI_USER_LOGIN, epi_v_text(word));
        epi__set(call, &e[i], EPI_USER_NAME,
                 epi_v_text(epi_str_of(epi_word_label(role, word, EPI_VI))));
        epi__set(call, &e[i], EPI_USER_ROLE, epi_v_text(word));
        epi__set(call, &e[i], EPI_USER_ACTIVE, epi_v_int(1));
    }
    return epi__write_edits(call, "demo.users", EPI_NIL, e, EPI_COUNT(users), NULL);
}

/* The sample document of the data folder, if the pack ships one. */
static epi_status register_sample(struct epi_call *call, const struct epi_demo_summary *s)
{
    const struct epi_fs *fs = &call->app->o.io->fs;
    const char *path = epi__path(call->a, call->app->o.data_dir, "pack/demo-directive.txt");
    struct epi_call sub;
    epi_str text;
    if (!fs->exists(fs->ctx, path))
        return EPI_OK;
    EPI_TRY(fs->read(fs->ctx, call->a, path, 1 << 20, &text, &call->err));
    epi_call_init(&sub, call->app, &call->actor, call->a);
    sub.actor.unit = s->province;
    sub.body = text;
    sub.content_type = EPI_S("text/plain");
    epi_status done = epi_do_directive_register(&sub);
    if (done != EPI_OK)
        call->err = sub.err;
    epi_call_done(&sub);
    return done;
}

/* What stands out on the day of the story, in districts and in communes. */
static epi_status find_signals(struct epi_call *call, const struct epi_demo_summary *s)
{
    static const char *const below[] = {"children", "lowest"};
    for (size_t i = 0; i < EPI_COUNT(below); i++) {
        struct epi_call sub;
        epi_call_init(&sub, call->app, &call->actor, call->a);
        sub.actor.unit = s->province;
        epi_call_arg(&sub, EPI_S("below"), epi_str_of(below[i]));
        epi_status done = epi_do_signal_run(&sub);
        if (done != EPI_OK)
            call->err = sub.err;
        epi_call_done(&sub);
        EPI_TRY(done);
    }
    return EPI_OK;
}

static void summary_json(struct epi_call *call, const struct epi_demo_summary *s)
{
    char day[16];
    struct epi_jw *w = &call->out;
    epi_jw_object(w);
    epi_jw_kv(w, "province", s->province);
    epi_jw_kvz(w, "day", epi_date_iso(s->day, day));
    epi_jw_kvi(w, "records", (int64_t)s->records);
    for (size_t k = 0; k < EPI_KINDS; k++)
        if (s->of_kind[k])
            epi_jw_kvi(w, call->app->catalogue->kinds[k].plural, (int64_t)s->of_kind[k]);
    epi_jw_object_end(w);
}

epi_status epi_do_demo(struct epi_call *call)
{
    int64_t people = 50000, seed = 1;
    epi_str text = epi_arg(call, "people"), date = epi_arg(call, "date");
    struct epi_demo_summary s = {0};
    epi_date day = EPI_DATE_UNKNOWN;
    EPI_TRY(epi__need(call, EPI_MAY_USER_MANAGE));
    if (text.n && (!epi_str_to_i64(text, &people) || people < 1000 || people > EPI_DEMO_PEOPLE_MAX))
        return EPI_FAIL(&call->err, EPI_INVALID, "demo.people", "%d", EPI_DEMO_PEOPLE_MAX);
    text = epi_arg(call, "seed");
    if (text.n && !epi_str_to_i64(text, &seed))
        return EPI_FAIL(&call->err, EPI_INVALID, "demo.seed", "%.*s", EPI_FMT(text));
    if (date.n && !epi_date_parse_iso(date, &day))
        return EPI_FAIL(&call->err, EPI_INVALID, "arg.not-a-date", "%.*s", EPI_FMT(date));
    if (epi_store_seq(call->app->store) != 0)
        return EPI_FAIL(&call->err, EPI_CONFLICT, "demo.not-empty", "%s", "");
    EPI_ARENA_LOCAL(a);
    struct fill f = {.call = call, .a = a};
    struct epi_demo_options o = {.units = call->app->units,
                                 .fs = &call->app->o.io->fs,
                                 .catalogue = call->app->catalogue,
                                 .diseases = epi__path(call->a, call->app->o.data_dir, "diseases"),
                                 .province = epi_arg(call, "province"),
                                 .people = (uint64_t)people,
                                 .seed = (uint64_t)seed,
                                 .day = day};
    EPI_TRY(flush(&f, &call->err));
    EPI_TRY(epi_demo_make(&o, take, &f, &s, &call->err));
    EPI_TRY(flush(&f, &call->err));
    call->app->fixed_day = s.day;
    EPI_TRY(make_users(call, &s));
    EPI_TRY(register_sample(call, &s));
    EPI_TRY(find_signals(call, &s));
    EPI_TRY(epi__mark_folder(&call->app->o, epi_units_pack_id(call->app->units), call->app->disease,
                             s.day, &call->err));
    summary_json(call, &s);
    return EPI_OK;
}
