// SPDX-License-Identifier: AGPL-3.0-or-later
/* Imports as jobs: the file is kept, the work goes on in the background one job at a time
 * (queue.h), and progress is told to the listeners. */
#include "ops/import.h"
#include <sodium.h>
#include <stdlib.h>

#define FILE_MAX (512u << 20)
#define TOLD_EVERY 4096 /* rows */

/* --- running one
 * --------------------------------------------------------------------------------------------------
 */
static epi_status table_options(struct epi_call *call, struct epi_table_options *ret)
{
    epi_str format = epi_arg(call, "format"), encoding = epi_arg(call, "encoding");
    *ret = (struct epi_table_options){.sheet = epi_arg(call, "sheet")};
    if (format.n && !epi_table_format_parse(format, &ret->format))
        return EPI_FAIL(&call->err, EPI_INVALID, "import.format", "%.*s", EPI_FMT(format));
    if (encoding.n && !epi_encoding_parse(encoding, &ret->encoding))
        return EPI_FAIL(&call->err, EPI_INVALID, "import.encoding", "%.*s", EPI_FMT(encoding));
    return EPI_OK;
}

/* What the sender said beside the file, kept with the job and given back as arguments when it runs.
 */
static const char *const kept_args[] = {"sheet", "format", "encoding", "unit", "disease"};

static epi_str args_json(struct epi_call *call)
{
    EPI_BUF_LOCAL(b, 4000);
    struct epi_jw w = EPI_JW(&b);
    epi_jw_object(&w);
    for (size_t i = 0; i < EPI_COUNT(kept_args); i++)
        if (epi_arg(call, kept_args[i]).n)
            epi_jw_kv(&w, kept_args[i], epi_str_sub(epi_arg(call, kept_args[i]), 0, 200));
    epi_jw_object_end(&w);
    return epi_str_dup(call->a, epi_buf_str(&b));
}

static void args_from(struct epi_call *call, epi_str json)
{
    const epi_json *j;
    if (!json.n || epi_json_parse(call->a, json, 4000, &j, NULL) != EPI_OK)
        return;
    for (size_t i = 0; i < EPI_COUNT(kept_args); i++)
        if (epi_json_text(j, kept_args[i], EPI_NIL).n)
            epi_call_arg(call, epi_str_of(kept_args[i]), epi_json_text(j, kept_args[i], EPI_NIL));
}

static epi_status run_import(struct epi__import *im, epi_str bytes,
                             const struct epi_table_options *options)
{
    epi_store_bulk(im->call->app->store, true);
    epi_status s = epi__import_plan(im, bytes, options);
    if (s == EPI_OK)
        s = epi__import_rows(im);
    epi_store_bulk(im->call->app->store, false);
    return s;
}

static void set_status(struct epi_call *call, struct epi__edit *e, const char *word)
{
    epi__set(call, e, EPI_JOB_STATUS, epi_v_text(epi_str_of(word)));
}

static struct epi_value instant_now(struct epi_call *call)
{
    const struct epi_clock *c = &call->app->o.io->clock;
    return epi_v_instant(c->now(c->ctx));
}

bool epi__import_goes_on(struct epi__import *im)
{
    if (!im->queue)
        return true;
    if (im->rows == 0 || im->rows % TOLD_EVERY)
        return epi__queue_goes_on(im->queue);
    bool goes_on = epi__queue_tell(im->queue, im->total_rows, im->rows);
    epi__changed(im->call->app, 0, im->job);
    return goes_on;
}

static epi_status load_job(struct epi_call *call, epi_id id, struct epi_record **ret)
{
    struct epi_scope all = EPI_SCOPE_ALL;
    return epi_store_get(call->app->store, call->a, EPI_K_JOB, id, &all, ret, &call->err);
}

static epi_status job_file(struct epi_call *call, const struct epi_record *job, epi_str *ret)
{
    uint8_t name[32];
    size_t n;
    epi_str hex = epi_v_as_text(job->v[EPI_JOB_BLOB]);
    if (hex.n != 64 || sodium_hex2bin(name, sizeof name, hex.p, hex.n, NULL, &n, NULL) != 0 ||
        n != sizeof name)
        return EPI_FAIL(&call->err, EPI_CORRUPT, "job.no-file", "%s", "");
    return epi_store_blob_get(call->app->store, call->a, name, ret, &call->err);
}

static bool is_dry(const struct epi_record *job)
{
    return epi_str_eqz(epi_v_as_text(job->v[EPI_JOB_KIND]), "import-dry-run");
}

static void finish(struct epi_call *call, struct epi_record *job, struct epi__import *im,
                   epi_status s)
{
    struct epi__edit e;
    EPI_BUF_LOCAL(b, 3900000);
    struct epi_jw w = EPI_JW(&b);
    epi_jw_object(&w);
    epi__import_report(im, &w);
    if (s != EPI_OK) {
        epi_jw_kvz(&w, "code", call->err.code);
        epi_jw_kv(&w, "detail", epi_err_text(call->a, &call->err, call->actor.lang));
    }
    epi_jw_object_end(&w);
    struct epi_record *now = job;
    if (load_job(call, job->id, &now) != EPI_OK)
        now = job;
    epi__edit_of(&e, now);
    bool cancelled = s != EPI_OK && call->err.code && strcmp(call->err.code, "job.cancelled") == 0;
    set_status(call, &e, s == EPI_OK ? "done" : cancelled ? "cancelled" : "failed");
    epi__set(call, &e, EPI_JOB_ROWS, epi_v_int((int64_t)im->total_rows));
    epi__set(call, &e, EPI_JOB_DONE, epi_v_int((int64_t)im->rows));
    epi__set(call, &e, EPI_JOB_ACCEPTED, epi_v_int((int64_t)im->accepted));
    epi__set(call, &e, EPI_JOB_REJECTED, epi_v_int((int64_t)im->rejected));
    epi__set(call, &e, EPI_JOB_DUPLICATE, epi_v_int((int64_t)im->duplicate));
    if (!b.full)
        epi__set(call, &e, EPI_JOB_REPORT, epi_v_text(epi_buf_str(&b)));
    epi__set(call, &e, EPI_JOB_FINISHED, instant_now(call));
    struct epi_err kept = call->err;
    epi_status wrote = epi__write_edits(call, "job.finish", EPI_NIL, &e, 1, NULL);
    call->err = kept;
    EPI_ASSERT(wrote == EPI_OK);
}

/* Where in the journal a job that was stopped had started; 0 for one that has not run yet. */
static uint64_t first_start(struct epi_call *call, const struct epi_record *job)
{
    struct epi_op *ops;
    size_t n;
    if (!epi_str_eqz(epi_v_as_text(job->v[EPI_JOB_STATUS]), "running") ||
        epi_store_history(call->app->store, call->a, EPI_K_JOB, job->id, &ops, &n, NULL) != EPI_OK)
        return 0;
    for (size_t i = 0; i < n; i++)
        if (epi_str_eqz(ops[i].action, "job.start"))
            return ops[i].seq;
    return 0;
}

static void run_job(struct epi__queue *q, struct epi_app *app, epi_id id)
{
    EPI_ARENA_LOCAL(a);
    struct epi_call call;
    struct epi_actor actor = epi_actor_program(EPI_VI);
    struct epi_record *job;
    struct epi__edit e;
    epi_str bytes;
    epi_call_init(&call, app, &actor, a);
    if (load_job(&call, id, &job) != EPI_OK)
        goto out;
    epi_id by = epi_v_as_ref(job->v[EPI_JOB_BY]);
    if (by.v && epi__actor_by_user(app, a, by, &call.actor, &call.err) != EPI_OK)
        goto out;
    uint64_t resumed_from = first_start(&call, job);
    epi__edit_of(&e, job);
    set_status(&call, &e, "running");
    epi__set(&call, &e, EPI_JOB_STARTED, instant_now(&call));
    if (epi__write_edits(&call, "job.start", EPI_NIL, &e, 1, NULL) != EPI_OK)
        goto out;
    struct epi__import im = {.call = &call,
                             .dry_run = is_dry(job),
                             .job = id,
                             .space = id.v,
                             .resumed_from = resumed_from,
                             .space_time = {(int64_t)(id.v >> 22)},
                             .queue = q,
                             .mapping_json = epi_v_as_text(job->v[EPI_JOB_MAPPING])};
    im.kind = (uint16_t)epi_kind_find(app->catalogue, epi_v_as_text(job->v[EPI_JOB_TARGET]));
    struct epi_table_options options;
    args_from(&call, epi_v_as_text(job->v[EPI_JOB_OPTIONS]));
    im.disease = epi_arg(&call, "disease");
    epi_status s = table_options(&call, &options);
    if (s == EPI_OK)
        s = job_file(&call, job, &bytes);
    if (s == EPI_OK)
        s = run_import(&im, bytes, &options);
    if (!epi__queue_ends(q)) /* else it stays "running" for the next start */
        finish(&call, job, &im, s);
    epi__import_done(&im);
    epi__changed(app, 0, id);
out:
    epi_call_done(&call);
}

struct epi__queue *epi__jobs_queue(struct epi_app *app)
{
    static const struct epi__queue_kind imports = {.kind = EPI_K_JOB,
                                                   .status = EPI_JOB_STATUS,
                                                   .waiting = "waiting",
                                                   .running = "running",
                                                   .work = run_job};
    return epi__queue_new(app, &imports);
}

/* --- acts
 * ------------------------------------------------------------------------------------------------------------
 */
static epi_status import_now(struct epi_call *call, uint16_t kind, bool dry)
{
    struct epi_table_options options;
    EPI_TRY(table_options(call, &options));
    const struct epi_clock *c = &call->app->o.io->clock;
    struct epi__import im = {.call = call,
                             .kind = kind,
                             .dry_run = dry,
                             .space_time = c->now(c->ctx),
                             .space = epi_ids_next(call->app->ids).v,
                             .mapping_json = epi_arg(call, "mapping"),
                             .disease = epi_arg(call, "disease")};
    epi_status s = run_import(&im, call->body, &options);
    epi_jw_object(&call->out);
    epi__import_report(&im, &call->out);
    if (s != EPI_OK) {
        epi_jw_kvz(&call->out, "code", call->err.code);
        epi_jw_kv(&call->out, "detail", epi_err_text(call->a, &call->err, call->actor.lang));
    }
    epi_jw_object_end(&call->out);
    epi__import_done(&im);
    return s;
}

static epi_status new_job(struct epi_call *call, uint16_t kind, bool dry, epi_str blob_hex,
                          epi_str file, epi_str mapping, epi_id *ret)
{
    struct epi__edit e;
    if (!epi__queue_room(call->app->jobs))
        return EPI_FAIL(&call->err, EPI_BUSY, "job.queue-full", "%s", "");
    epi__edit_new(call, &e, EPI_K_JOB);
    epi__set(call, &e, EPI_JOB_UNIT, epi_v_text(call->actor.unit));
    epi__set(call, &e, EPI_JOB_KIND, epi_v_text(epi_str_of(dry ? "import-dry-run" : "import")));
    epi__set(call, &e, EPI_JOB_TARGET,
             epi_v_text(epi_str_of(call->app->catalogue->kinds[kind].name)));
    epi__set(call, &e, EPI_JOB_FILE, epi_v_text(epi_str_sub(file, 0, 300)));
    epi__set(call, &e, EPI_JOB_BLOB, epi_v_text(blob_hex));
    epi__set(call, &e, EPI_JOB_BY, epi_v_ref(call->actor.user));
    if (mapping.n)
        epi__set(call, &e, EPI_JOB_MAPPING, epi_v_text(mapping));
    epi__set(call, &e, EPI_JOB_OPTIONS, epi_v_text(args_json(call)));
    set_status(call, &e, "waiting");
    EPI_TRY(epi__write_edits(call, "job.create", EPI_NIL, &e, 1, NULL));
    *ret = e.change.id;
    epi__queue_put(call->app->jobs, e.change.id);
    return EPI_OK;
}

void epi__job_ref(struct epi_call *call, epi_id id)
{
    char text[16];
    call->http_status = 202;
    epi_jw_object(&call->out);
    epi_jw_kvz(&call->out, "job", epi_id_text(id, text));
    epi_jw_object_end(&call->out);
}

epi_status epi_do_import(struct epi_call *call)
{
    uint16_t kind;
    uint8_t name[32];
    char hex[65];
    epi_id id;
    bool dry = epi_str_eqz(epi_arg(call, "dry_run"), "1");
    EPI_TRY(epi__need(call, EPI_MAY_IMPORT));
    EPI_TRY(epi__kind_arg(call, &kind, false));
    if (kind == EPI_K_DIRECTIVE || kind == EPI_K_ASSIGNMENT || kind == EPI_K_PROGRESS ||
        kind == EPI_K_LEVEL || kind == EPI_K_CONFLICT || kind == EPI_K_SIGNAL)
        return EPI_FAIL(&call->err, EPI_INVALID, "record.has-own-acts", "%s",
                        call->app->catalogue->kinds[kind].name);
    if (!call->body.n)
        return EPI_FAIL(&call->err, EPI_INVALID, "import.empty-file", "%s", "");
    if (call->body.n > FILE_MAX)
        return EPI_FAIL(&call->err, EPI_LIMIT, "import.file-too-large", "%u", FILE_MAX >> 20);
    if (epi_str_eqz(epi_arg(call, "sync"), "1"))
        return import_now(call, kind, dry);
    EPI_TRY(epi_store_blob_put(call->app->store, call->body, name, &call->err));
    sodium_bin2hex(hex, sizeof hex, name, sizeof name);
    EPI_TRY(new_job(call, kind, dry, epi_str_of(hex), epi_arg(call, "name"),
                    epi_arg(call, "mapping"), &id));
    epi__job_ref(call, id);
    return EPI_OK;
}

/* A job is seen by whoever may see its unit. */
static epi_status job_arg(struct epi_call *call, struct epi_record **ret)
{
    epi_id id;
    EPI_TRY(epi__need(call, EPI_MAY_IMPORT));
    EPI_TRY(epi__id_arg(call, "id", &id));
    return epi_store_get(call->app->store, call->a, EPI_K_JOB, id, &call->actor.scope, ret,
                         &call->err);
}

static void job_json(struct epi_call *call, struct epi_record *job, bool whole)
{
    uint64_t far[2];
    epi_str report = epi_v_as_text(job->v[EPI_JOB_REPORT]);
    job->v[EPI_JOB_REPORT] = EPI_NULLV;
    if (epi__queue_progress(call->app->jobs, job->id, far)) {
        job->v[EPI_JOB_ROWS] = epi_v_int((int64_t)far[0]);
        job->v[EPI_JOB_DONE] = epi_v_int((int64_t)far[1]);
    }
    epi_jw_object(&call->out);
    epi_record_members(&call->out, call->app->catalogue, job, false);
    epi_jw_kv(&call->out, "by_name",
              epi__label(call, EPI_K_USER, epi_v_as_ref(job->v[EPI_JOB_BY])));
    if (whole && report.n) {
        epi_jw_key(&call->out, "report");
        epi_jw_raw(&call->out, report);
    }
    epi_jw_object_end(&call->out);
}

epi_status epi_do_job(struct epi_call *call)
{
    struct epi_record *job;
    EPI_TRY(job_arg(call, &job));
    job_json(call, job, true);
    return EPI_OK;
}

epi_status epi_do_jobs(struct epi_call *call)
{
    struct epi_query q = {.kind = EPI_K_JOB,
                          .scope = call->actor.scope,
                          .order = -1,
                          .descending = true,
                          .limit = 100};
    struct epi_page page;
    EPI_TRY(epi__need(call, EPI_MAY_IMPORT));
    EPI_TRY(epi_store_find(call->app->store, call->a, &q, &page, &call->err));
    epi_jw_object(&call->out);
    epi_jw_key(&call->out, "rows");
    epi_jw_array(&call->out);
    for (size_t i = 0; i < page.n; i++)
        job_json(call, &page.rows[i], false);
    epi_jw_array_end(&call->out);
    epi_jw_object_end(&call->out);
    return EPI_OK;
}

epi_status epi_do_job_apply(struct epi_call *call)
{
    struct epi_record *job;
    const epi_json *body = NULL;
    epi_id id;
    EPI_TRY(job_arg(call, &job));
    if (!is_dry(job) || !epi_str_eqz(epi_v_as_text(job->v[EPI_JOB_STATUS]), "done"))
        return EPI_FAIL(&call->err, EPI_CONFLICT, "job.not-a-finished-dry-run", "%s", "");
    if (call->body.n)
        EPI_TRY(epi_json_parse(call->a, call->body, 1 << 20, &body, &call->err));
    /* the mapping is kept as JSON text: read through the catalogue's JSON field */
    struct epi_record *copy = epi_record_new(call->a, call->app->catalogue, EPI_K_JOB);
    copy->v[EPI_JOB_MAPPING] = job->v[EPI_JOB_MAPPING];
    if (epi_json_get(body, "mapping"))
        epi_record_from_json(call->a, call->app->catalogue, body, copy, NULL, &call->findings);
    EPI_TRY(epi__refuse_if_findings(call));
    args_from(call, epi_v_as_text(
                        job->v[EPI_JOB_OPTIONS])); /* what was said with the dry run still holds */
    int kind = epi_kind_find(call->app->catalogue, epi_v_as_text(job->v[EPI_JOB_TARGET]));
    bool dry = epi_str_eqz(epi_arg(call, "dry_run"), "1");
    EPI_TRY(new_job(call, (uint16_t)kind, dry, epi_v_as_text(job->v[EPI_JOB_BLOB]),
                    epi_v_as_text(job->v[EPI_JOB_FILE]), epi_v_as_text(copy->v[EPI_JOB_MAPPING]),
                    &id));
    epi__job_ref(call, id);
    return EPI_OK;
}

epi_status epi_do_job_cancel(struct epi_call *call)
{
    struct epi_record *job;
    bool waiting;
    EPI_TRY(job_arg(call, &job));
    if (!epi__queue_halt(call->app->jobs, job->id, &waiting))
        return EPI_FAIL(&call->err, EPI_CONFLICT, "job.over", "%s", "");
    if (waiting) {
        struct epi__edit e;
        epi__edit_of(&e, job);
        set_status(call, &e, "cancelled");
        EPI_TRY(epi__write_edits(call, "job.cancel", EPI_NIL, &e, 1, NULL));
    }
    epi__job_ref(call, job->id);
    return EPI_OK;
}

/* The findings of a job as a CSV file. */
epi_status epi_do_job_findings(struct epi_call *call)
{
    static const char *const columns[] = {"row", "field", "severity", "code", "message"};
    struct epi_record *job;
    const epi_json *report;
    EPI_TRY(job_arg(call, &job));
    EPI_TRY(epi_json_parse(call->a, epi_v_as_text(job->v[EPI_JOB_REPORT]), 8u << 20, &report,
                           &call->err));
    EPI_BUF_LOCAL(b, 16u << 20);
    epi_buf_putz(&b, "\xEF\xBB\xBF"); /* spreadsheets need the mark to see UTF-8 */
    for (size_t i = 0; i < EPI_COUNT(columns); i++)
        epi_csv_put(&b, i == 0, epi_str_of(columns[i]));
    epi_buf_putz(&b, "\r\n");
    EPI_JSON_EACH (f, epi_json_get(report, "findings")) {
        epi_csv_put(&b, true,
                    epi_str_printf(call->a, "%lld", (long long)epi_json_int(f, "row", 0)));
        for (size_t i = 1; i < EPI_COUNT(columns); i++)
            epi_csv_put_text(&b, false, epi_json_text(f, columns[i], EPI_NIL));
        epi_buf_putz(&b, "\r\n");
    }
    call->out_type = "text/csv; charset=utf-8";
    call->out_name = "findings.csv";
    const struct epi_fs *fs = &call->app->o.io->fs;
    return fs->write(fs->ctx, call->out_path, epi_buf_str(&b), &call->err);
}
