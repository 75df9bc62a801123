// SPDX-License-Identifier: AGPL-3.0-or-later
#include "store/check.h"

#define JOB_SPACE UINT64_C(1000000000) /* ids of one job's rows */

static epi_id job_id(uint64_t job)
{
    return (epi_id){job};
}

static epi_id row_id(uint64_t job, uint64_t row)
{
    return (epi_id){job * JOB_SPACE + row};
}

static bool rejected_row(uint64_t row)
{
    return row % 7 == 0;
}

static bool repeated_row(uint64_t row)
{
    return row % 5 == 0 && !rejected_row(row) && !rejected_row(row - 1);
}

static uint64_t accepted_until(uint64_t rows)
{
    uint64_t n = 0;
    for (uint64_t row = 1; row <= rows; row++)
        n += !rejected_row(row) && !repeated_row(row);
    return n;
}

struct importing {
    const struct epi_catalogue *c;
    uint64_t job, from, n, seq;
};

static struct epi_op row_op(uint64_t job, uint64_t row, struct epi_change *ch, struct epi_set *sets)
{
    uint64_t names = repeated_row(row) ? row - 1 : row;
    sets[0] = (struct epi_set){EPI_CASE_UNIT,
                               epi_v_text(names % 2 ? EPI_S("vn/11/094/") : EPI_S("vn/11/095/"))};
    sets[1] = (struct epi_set){EPI_CASE_ONSET, epi_v_int((int64_t)(names % 400))};
    *ch = (struct epi_change){
        .kind = EPI_K_CASE, .id = row_id(job, names), .sets = sets, .n_sets = 2};
    if (rejected_row(row))
        ch->id = row_id(job, 1);
    return (struct epi_op){.op_id = epi_opid_numbered((epi_instant){1000}, job, names),
                           .action = EPI_S("check.row"),
                           .device_time = EPI_INSTANT_UNKNOWN,
                           .server_time = {(int64_t)row},
                           .changes = ch,
                           .n_changes = 1};
}

static epi_status job_now(struct epi_tx *tx, struct epi_arena *a, uint64_t job, uint64_t *base,
                          int64_t counts[4], struct epi_err *reterr)
{
    static const uint16_t fields[4] = {EPI_JOB_ROWS, EPI_JOB_ACCEPTED, EPI_JOB_REJECTED,
                                       EPI_JOB_DUPLICATE};
    struct epi_record *r;
    struct epi_scope all = EPI_SCOPE_ALL;
    *base = 0;
    epi_status status = epi_tx_get(tx, a, EPI_K_JOB, job_id(job), &all, &r, reterr);
    if (status == EPI_NOT_FOUND)
        return EPI_OK;
    EPI_TRY(status);
    *base = r->version;
    for (size_t i = 0; i < 4; i++)
        counts[i] = r->v[fields[i]].i;
    return EPI_OK;
}

static epi_status import_rows(struct epi_tx *tx, void *ctx, struct epi_err *reterr)
{
    struct importing *w = ctx;
    EPI_ARENA_LOCAL(a);
    struct epi_applied done;
    uint64_t base;
    int64_t counts[4] = {0};
    EPI_TRY(job_now(tx, a, w->job, &base, counts, reterr));
    for (uint64_t row = w->from + 1; row <= w->from + w->n; row++) {
        struct epi_change ch;
        struct epi_set sets[2];
        struct epi_op op = row_op(w->job, row, &ch, sets);
        struct epi_err e = {0};
        epi_status status = epi_tx_append(tx, &op, &done, &e);
        counts[0]++;
        if (status == EPI_OK)
            counts[done.as == EPI_REPEATED ? 3 : 1]++;
        else if (status == EPI_CONFLICT && epi_str_eqz(epi_str_of(e.code), "store.id-taken"))
            counts[2]++;
        else {
            if (reterr)
                *reterr = e;
            return status;
        }
    }
    struct epi_set sets[] = {{EPI_JOB_ROWS, epi_v_int(counts[0])},
                             {EPI_JOB_ACCEPTED, epi_v_int(counts[1])},
                             {EPI_JOB_REJECTED, epi_v_int(counts[2])},
                             {EPI_JOB_DUPLICATE, epi_v_int(counts[3])}};
    struct epi_change ch = {
        .kind = EPI_K_JOB, .id = job_id(w->job), .base = base, .sets = sets, .n_sets = 4};
    struct epi_op op = {.op_id = epi_opid_numbered((epi_instant){2000}, w->job, w->from + w->n),
                        .action = EPI_S("check.job"),
                        .device_time = EPI_INSTANT_UNKNOWN,
                        .server_time = {(int64_t)(w->from + w->n)},
                        .changes = &ch,
                        .n_changes = 1};
    EPI_TRY(epi_tx_append(tx, &op, &done, reterr));
    w->seq = done.seq;
    return EPI_OK;
}

epi_status epi_check_import(struct epi_store *s, const struct epi_catalogue *c, uint64_t job,
                            uint64_t from, uint64_t n, uint64_t *ret_seq, struct epi_err *reterr)
{
    struct importing w = {.c = c, .job = job, .from = from, .n = n};
    EPI_TRY(epi_store_write(s, import_rows, &w, reterr));
    *ret_seq = w.seq;
    return EPI_OK;
}

static epi_status job_record(struct epi_store *s, struct epi_arena *a, uint64_t job,
                             struct epi_record **ret, struct epi_err *reterr)
{
    struct epi_scope all = EPI_SCOPE_ALL;
    epi_status status = epi_store_get(s, a, EPI_K_JOB, job_id(job), &all, ret, reterr);
    if (status == EPI_NOT_FOUND)
        *ret = NULL;
    return status == EPI_NOT_FOUND ? EPI_OK : status;
}

epi_status epi_check_rows(struct epi_store *s, uint64_t job, uint64_t *ret, struct epi_err *reterr)
{
    EPI_ARENA_LOCAL(a);
    struct epi_record *r;
    EPI_TRY(job_record(s, a, job, &r, reterr));
    *ret = r ? (uint64_t)r->v[EPI_JOB_ROWS].i : 0;
    return EPI_OK;
}

static void breach(struct epi_findings *f, const char *invariant, uint64_t got, uint64_t want)
{
    char x[24], y[24];
    (void)snprintf(x, sizeof x, "%llu", (unsigned long long)got);
    (void)snprintf(y, sizeof y, "%llu", (unsigned long long)want);
    epi_finding_add(f, EPI_ERROR, "store.invariant", 0, epi_str_of(invariant), epi_str_of(x),
                    epi_str_of(y));
}

static void expect(struct epi_findings *f, const char *invariant, uint64_t got, uint64_t want)
{
    if (got != want)
        breach(f, invariant, got, want);
}

static epi_status check_job(struct epi_store *s, struct epi_arena *a,
                            const struct epi_check_job *job, struct epi_findings *f,
                            struct epi_err *reterr)
{
    struct epi_record *r;
    EPI_TRY(job_record(s, a, job->number, &r, reterr));
    if (!r) {
        expect(f, "I1 job", 0, job->acknowledged_rows);
        return EPI_OK;
    }
    uint64_t rows = (uint64_t)r->v[EPI_JOB_ROWS].i, accepted = (uint64_t)r->v[EPI_JOB_ACCEPTED].i;
    uint64_t rejected = (uint64_t)r->v[EPI_JOB_REJECTED].i,
             duplicate = (uint64_t)r->v[EPI_JOB_DUPLICATE].i;
    if (rows < job->acknowledged_rows)
        breach(f, "I1 rows", rows, job->acknowledged_rows);
    expect(f, "I6 sum", accepted + rejected + duplicate, rows);
    expect(f, "I6 accepted", accepted, accepted_until(rows));
    struct epi_scope all = EPI_SCOPE_ALL;
    uint64_t present = 0;
    for (uint64_t row = 1; row <= rows; row++) {
        struct epi_arena_mark mark = epi_arena_mark(a);
        struct epi_record *kase;
        epi_status status =
            epi_store_get(s, a, EPI_K_CASE, row_id(job->number, row), &all, &kase, reterr);
        if (status != EPI_OK && status != EPI_NOT_FOUND)
            return status;
        if (status == EPI_OK)
            present++;
        bool made = !rejected_row(row) && !repeated_row(row);
        if (made != (status == EPI_OK))
            breach(f, row <= job->acknowledged_rows ? "I1 row" : "I6 row", row, rows);
        epi_arena_release(a, mark);
    }
    expect(f, "I6 present", present, accepted);
    return EPI_OK;
}

epi_status epi_check_invariants(struct epi_store *s, const struct epi_check_job *jobs,
                                size_t n_jobs, struct epi_findings *findings,
                                struct epi_err *reterr)
{
    EPI_ARENA_LOCAL(a);
    struct epi_verify_report v;
    uint64_t head = epi_store_seq(s);
    EPI_TRY(epi_store_verify(s, &v, findings, reterr));
    expect(findings, "I8 operations", v.ops, head);
    expect(findings, "I8 chain", v.bad_hash + v.bad_order, 0);
    expect(findings, "I3 once", v.repeated_op, 0);
    expect(findings, "I2 rows", v.differing + v.missing + v.extra + v.damaged, 0);
    for (size_t i = 0; i < n_jobs; i++) {
        if (head < jobs[i].acknowledged_seq)
            breach(findings, "I1 position", head, jobs[i].acknowledged_seq);
        EPI_TRY(check_job(s, a, &jobs[i], findings, reterr));
    }
    return EPI_OK;
}
