// SPDX-License-Identifier: AGPL-3.0-or-later
/* The second pass: each row becomes one operation, a duplicate or a rejection; operations are
 * written in chunks by a second thread while the next rows are read. Operation ids repeat when an
 * import is resumed, so rows written before a crash are acknowledged and not written again. */
#include "ops/import.h"
#include <stdlib.h>

#define ROWS_PER_LOOK 256 /* a snapshot held longer keeps the log from being folded in */

struct chunk {
    struct epi_arena *a;
    struct epi_op *ops;
    size_t n;
};
struct writer {
    struct epi__import *im;
    pthread_t thread;
    pthread_mutex_t lock;
    pthread_cond_t moved;
    struct chunk *due; /* handed over, being written */
    bool stop;
    epi_status failed;
    struct epi_err err;
};
struct done_row;
struct row_state {
    struct epi__import *im;
    struct writer writer;
    struct chunk chunks[2];
    struct chunk *now;
    struct epi_record *r, *p; /* the row's record and its person, values in the chunk's arena */
    bool *given;              /* fields of r that the row has a value for */
    epi_id row_id, person_id; /* ids that the row itself gives */
    bool unit_given;          /* the row names its unit */
    struct done_row *done;    /* rows written before the import was stopped, by operation id */
    size_t n_done, cap_done;
    epi_id first_new; /* ids from here on were made by this import */
    struct epi_arena *scratch;
    struct {
        uint64_t hash;
        epi_str path;
        bool known;
    } unit_memo[4096];
};

/* --- rows written before a stop
 * --------------------------------------------------------------------------------- */
struct done_row {
    epi_opid op;
    epi_id record, person; /* person: behind the record, where the operation has them */
    bool updated, new_person, changed_person;
};

static int by_op(const void *a, const void *b)
{
    return memcmp(((const struct done_row *)a)->op.b, ((const struct done_row *)b)->op.b, 16);
}

static void note_done(struct row_state *s, const struct epi_op *op)
{
    if (!epi_str_eqz(op->action, "record.import") || !op->n_changes)
        return;
    if (s->n_done == s->cap_done) {
        s->cap_done = s->cap_done ? s->cap_done * 2 : 4096;
        s->done = epi_xrealloc(s->done, s->cap_done * sizeof *s->done);
    }
    struct done_row d = {.op = op->op_id, .updated = true};
    for (size_t c = 0; c < op->n_changes; c++) {
        const struct epi_change *ch = &op->changes[c];
        bool behind = ch->kind == EPI_K_PERSON && s->im->kind != EPI_K_PERSON;
        d.updated = d.updated && ch->base;
        d.new_person = d.new_person || (behind && !ch->base);
        d.changed_person = d.changed_person || (behind && ch->base);
        *(behind ? &d.person : &d.record) = ch->id;
        if (!ch->base && ch->id.v < s->first_new.v)
            s->first_new = ch->id;
    }
    s->done[s->n_done++] = d;
}

/* Jobs run one at a time, so what was imported since this one first started is its own. */
static epi_status load_done(struct row_state *s)
{
    struct epi_call *call = s->im->call;
    EPI_ARENA_LOCAL(a);
    struct epi_op *ops;
    size_t n = 1;
    for (uint64_t since = s->im->resumed_from; since && n; epi_arena_reset(a)) {
        EPI_TRY(epi_store_ops_since(call->app->store, a, since, EPI__ROWS_PER_WRITE, &ops, &n,
                                    &call->err));
        for (size_t i = 0; i < n; i++)
            note_done(s, &ops[i]);
        if (n)
            since = ops[n - 1].seq;
    }
    if (s->n_done)
        qsort(s->done, s->n_done, sizeof *s->done, by_op);
    return EPI_OK;
}

/* --- writing in the background
 * ----------------------------------------------------------------------------------- */
static epi_status write_ops(struct epi_tx *tx, void *ctx, struct epi_err *reterr)
{
    struct chunk *c = ctx;
    struct epi_applied applied;
    for (size_t i = 0; i < c->n; i++)
        EPI_TRY(epi_tx_append(tx, &c->ops[i], &applied, reterr));
    return EPI_OK;
}

static void *writer_main(void *ctx)
{
    struct writer *w = ctx;
    pthread_mutex_lock(&w->lock);
    for (;;) {
        while (!w->due && !w->stop)
            pthread_cond_wait(&w->moved, &w->lock);
        if (!w->due)
            break;
        pthread_mutex_unlock(&w->lock);
        struct epi_err err = {0};
        epi_status s = w->failed == EPI_OK
                           ? epi_store_write(w->im->call->app->store, write_ops, w->due, &err)
                           : w->failed;
        pthread_mutex_lock(&w->lock);
        if (s != EPI_OK && w->failed == EPI_OK) {
            w->failed = s;
            w->err = err;
        }
        w->due = NULL;
        pthread_cond_broadcast(&w->moved);
    }
    pthread_mutex_unlock(&w->lock);
    return NULL;
}

/* Hands the full chunk over and takes the other one, when its write is done. */
static epi_status hand_over(struct row_state *s)
{
    struct writer *w = &s->writer;
    epi_reader_rest(s->im->reader);
    pthread_mutex_lock(&w->lock);
    while (w->due)
        pthread_cond_wait(&w->moved, &w->lock);
    epi_status failed = w->failed;
    if (s->now->n && !s->im->dry_run) {
        w->due = s->now;
        pthread_cond_broadcast(&w->moved);
    }
    pthread_mutex_unlock(&w->lock);
    s->now = s->now == &s->chunks[0] ? &s->chunks[1] : &s->chunks[0];
    epi_arena_reset(s->now->a);
    s->now->ops = EPI_ARRAY(s->now->a, EPI__ROWS_PER_WRITE, struct epi_op);
    s->now->n = 0;
    if (failed != EPI_OK)
        s->im->call->err = w->err;
    return failed;
}

static epi_status writer_end(struct row_state *s)
{
    struct writer *w = &s->writer;
    pthread_mutex_lock(&w->lock);
    while (w->due)
        pthread_cond_wait(&w->moved, &w->lock);
    w->stop = true;
    pthread_cond_broadcast(&w->moved);
    pthread_mutex_unlock(&w->lock);
    pthread_join(w->thread, NULL);
    pthread_mutex_destroy(&w->lock);
    pthread_cond_destroy(&w->moved);
    if (w->failed != EPI_OK)
        s->im->call->err = w->err;
    return w->failed;
}

/* --- people already known
 * ------------------------------------------------------------------------------------------ */
static void remember_person(struct epi__import *im, struct epi_arena *a, const struct epi_record *p)
{
    struct epi_identity id;
    epi__identity_of(a, p, &id);
    uint32_t n = epi_identity_add(im->people, &id);
    if (n == EPI_IDENTITY_FULL)
        return; /* beyond sixteen million people: found by code only */
    if (n >= im->people_cap) {
        im->people_cap = im->people_cap ? im->people_cap * 2 : 65536;
        im->people_ids = epi_xrealloc(im->people_ids, im->people_cap * sizeof *im->people_ids);
    }
    im->people_ids[n] = p->id;
}

static const uint16_t person_columns[] = {
    EPI_PERSON_UNIT,       EPI_PERSON_CODE,       EPI_PERSON_NAME,     EPI_PERSON_SEX,
    EPI_PERSON_BIRTH_DATE, EPI_PERSON_BIRTH_YEAR, EPI_PERSON_DOCUMENT, EPI_PERSON_PHONE};

struct people_load {
    struct epi__import *im;
    struct epi_record *row;
    struct epi_arena *a;
};

static bool load_people(const struct epi_batch *b, void *ctx)
{
    struct people_load *l = ctx;
    for (size_t i = 0; i < b->rows; i++) {
        l->row->id = b->ids[i];
        for (size_t c = 0; c < EPI_COUNT(person_columns); c++)
            l->row->v[person_columns[c]] = b->columns[c][i];
        remember_person(l->im, l->a, l->row);
    }
    epi_arena_reset(l->a);
    return true;
}

static epi_status load_known(struct epi__import *im)
{
    struct epi_call *call = im->call;
    EPI_TRY(epi__keys_load(im));
    EPI_ARENA_LOCAL(a);
    struct people_load l = {im, epi_record_new(call->a, call->app->catalogue, EPI_K_PERSON), a};
    /* room for everybody at once: growing moves every entry */
    struct epi_query q = {.kind = EPI_K_PERSON,
                          .scope = call->actor.scope,
                          .order = -1,
                          .limit = 1,
                          .want_total = true};
    struct epi_page page;
    EPI_TRY(epi_store_find(call->app->store, a, &q, &page, &call->err));
    im->people = epi_identity_index_new((size_t)page.total + (size_t)im->total_rows + 1024);
    return epi_store_scan(call->app->store, EPI_K_PERSON, &call->actor.scope, NULL, 0,
                          person_columns, EPI_COUNT(person_columns), load_people, &l, &call->err);
}

/* --- one row
 * -------------------------------------------------------------------------------------------------------
 */
static void error(struct row_state *s, const char *code, const char *field, epi_str arg)
{
    epi_finding_add(&s->im->call->findings, EPI_ERROR, code, s->im->table->row, epi_str_of(field),
                    arg, EPI_NIL);
}

static bool unit_path(struct row_state *s, epi_str text, epi_str *ret)
{
    uint64_t h = epi_str_hash(text);
    const struct epi_units *units = s->im->call->app->units;
    size_t at = h % EPI_COUNT(s->unit_memo), n;
    if (s->unit_memo[at].hash != h) {
        int32_t u = epi_units_resolve(units, text, EPI_DATE_UNKNOWN, &n);
        s->unit_memo[at].hash = h;
        s->unit_memo[at].known = u >= 0 && n == 1;
        s->unit_memo[at].path = u >= 0 ? epi_units_at(units, u)->path : EPI_NIL;
    }
    *ret = s->unit_memo[at].path;
    return s->unit_memo[at].known;
}

/* A record of this base that the importer may see; any other id means nothing here. */
static bool is_here(struct row_state *s, uint16_t kind, epi_id id)
{
    struct epi_record *r;
    struct epi_arena_mark mark = epi_arena_mark(s->scratch);
    bool here =
        epi_reader_get(s->im->reader, s->scratch, kind, id, &r, NULL) == EPI_OK && !r->removed;
    epi_arena_release(s->scratch, mark);
    return here;
}

static void read_id(struct row_state *s, uint16_t kind, epi_str text)
{
    epi_id id;
    if (text.n != 13 || !epi_id_parse(text, &id) || !is_here(s, kind, id))
        return;
    if (kind == s->im->kind)
        s->row_id = id;
    else
        s->person_id = id;
}

static void read_cells(struct row_state *s)
{
    struct epi__import *im = s->im;
    const struct epi_catalogue *c = im->call->app->catalogue;
    memset(s->r->v, 0, c->kinds[im->kind].n_fields * sizeof *s->r->v);
    memset(s->p->v, 0, c->kinds[EPI_K_PERSON].n_fields * sizeof *s->p->v);
    epi_arena_reset(s->scratch);
    s->row_id = s->person_id = (epi_id){0};
    for (size_t col = 0; col < im->table->n_columns; col++) {
        struct epi_value v;
        int target = im->mapping->columns[col].target;
        if (target >= 0 && im->fields[target].field == EPI__FIELD_ID)
            read_id(s, im->fields[target].kind, epi_str_trim(im->table->fields[col]));
        if (!im->readers[col] || !im->table->fields[col].n)
            continue;
        struct epi__target t = im->fields[target];
        if (!epi_exchange_cell(s->scratch, im->readers[col], im->table->fields[col],
                               im->table->kinds[col], im->table->row, &v, &im->call->findings))
            continue;
        struct epi_record *into = t.kind == im->kind ? s->r : s->p;
        into->v[t.field] = epi_value_dup(s->now->a, v);
    }
}

/* Units by any name, references by code; both come as text. */
static void resolve_units(struct row_state *s, const struct epi_kind *k)
{
    for (size_t f = 0; f < k->n_fields; f++) {
        epi_str path, text = epi_v_as_text(s->r->v[f]);
        if (k->fields[f].type != EPI_T_UNIT || !text.n)
            continue;
        if (unit_path(s, text, &path))
            s->r->v[f] = epi_v_text(path);
        else
            error(s, path.n ? "import.unit-ambiguous" : "field.not-a-unit", k->fields[f].name,
                  text);
    }
    struct epi_value *unit = &s->r->v[0];
    s->unit_given = unit->t != EPI_V_NULL;
    if (!s->unit_given)
        *unit = epi_v_text(s->im->default_unit);
    if (unit->t == EPI_V_TEXT && !epi_scope_has(&s->im->call->actor.scope, unit->s))
        error(s, "import.outside-jurisdiction", "unit", unit->s);
}

static void resolve_refs(struct row_state *s, const struct epi_kind *k)
{
    for (size_t f = 0; f < k->n_fields; f++) {
        epi_id id = {0};
        epi_str text = epi_v_as_text(s->r->v[f]);
        if (k->fields[f].type != EPI_T_REF || !text.n)
            continue;
        id = epi__keys_code(s->im->keys, k->fields[f].ref_kind, text);
        if (!id.v &&
            !(text.n == 13 && epi_id_parse(text, &id) && is_here(s, k->fields[f].ref_kind, id)))
            id.v = 0;
        if (!id.v)
            error(s, "import.no-such-code", k->fields[f].name, text);
        s->r->v[f] = epi_v_ref(id);
    }
}

static bool names_somebody(const struct epi_record *p)
{
    return p->v[EPI_PERSON_NAME].t || p->v[EPI_PERSON_DOCUMENT].t || p->v[EPI_PERSON_CODE].t ||
           p->v[EPI_PERSON_PHONE].t;
}

/* A person code that no person has, but a case has, means the person of that case. */
static epi_id person_of_case(struct row_state *s, epi_str code)
{
    struct epi_record *c;
    epi_id id = epi__keys_code(s->im->keys, EPI_K_CASE, code);
    if (!id.v || id.v >= s->first_new.v)
        return (epi_id){0};
    struct epi_arena_mark mark = epi_arena_mark(s->scratch);
    epi_id person = {0};
    if (epi_reader_get(s->im->reader, s->scratch, EPI_K_CASE, id, &c, NULL) == EPI_OK)
        person = epi_v_as_ref(c->v[EPI_CASE_PERSON]);
    epi_arena_release(s->scratch, mark);
    return person;
}

static enum epi__sure sure_of(const struct epi_match *m)
{
    bool certain = m && m->outcome == EPI_MATCH_SAME &&
                   (m->reasons & (EPI_MATCH_DOCUMENT_EQUAL | EPI_MATCH_CODE_EQUAL));
    return certain ? EPI__SURE : EPI__UNSURE;
}

/* The person the row is about: known, or new (then *ret_new). Somebody who is only likely the same
 * is taken for the same when this very event was known of them before this import: the same list
 * came in already. */
static epi_id find_person(struct row_state *s, uint16_t person_field, bool *ret_new,
                          enum epi__sure *ret_sure)
{
    struct epi__import *im = s->im;
    struct epi_match m[3];
    *ret_new = false;
    *ret_sure = EPI__SURE;
    if (s->person_id.v)
        return s->person_id;
    epi_id by_case = person_of_case(s, epi_v_as_text(s->p->v[EPI_PERSON_CODE]));
    if (by_case.v) {
        *ret_sure = EPI__BY_CASE;
        return by_case;
    }
    struct epi_identity who;
    epi__identity_of(s->scratch, s->p, &who);
    size_t n = epi_identity_find(im->people, &who, m, 3);
    *ret_sure = sure_of(n ? m : NULL);
    if (n && m[0].outcome == EPI_MATCH_SAME)
        return im->people_ids[m[0].who];
    for (size_t i = 0; i < n; i++) {
        s->r->v[person_field] = epi_v_ref(im->people_ids[m[i].who]);
        epi_id event = epi__keys_same(im->keys, s->r);
        if (event.v && event.v < s->first_new.v)
            return im->people_ids[m[i].who];
    }
    if (n)
        epi_finding_add(&im->call->findings, EPI_WARNING, "import.person-likely-known",
                        im->table->row, EPI_S("person"),
                        epi_match_reasons(s->scratch, m[0].reasons), EPI_NIL);
    *ret_new = true;
    return epi_ids_next(im->call->app->ids);
}

static void change_of(struct row_state *s, struct epi_change *c, const struct epi_record *r,
                      uint64_t base, const struct epi_record *old)
{
    size_t n_fields = s->im->call->app->catalogue->kinds[r->kind].n_fields, n = 0;
    for (size_t f = 0; f < n_fields; f++)
        n += r->v[f].t != EPI_V_NULL;
    *c = (struct epi_change){.kind = r->kind,
                             .id = r->id,
                             .base = base,
                             .sets = EPI_ARRAY(s->now->a, n, struct epi_set)};
    for (size_t f = 0; f < n_fields; f++)
        if (r->v[f].t != EPI_V_NULL && (!old || !epi_value_eq(r->v[f], old->v[f])))
            c->sets[c->n_sets++] = (struct epi_set){(uint16_t)f, r->v[f]};
}

/* All the row says of a person is known of this one already. */
static bool says_nothing_new(struct row_state *s, epi_id id)
{
    struct epi_record *old;
    struct epi_change c;
    if (id.v >= s->first_new.v ||
        epi_reader_get(s->im->reader, s->scratch, EPI_K_PERSON, id, &old, NULL) != EPI_OK)
        return false;
    change_of(s, &c, s->r, old->version, old);
    return c.n_sets == 0;
}

static void emit(struct row_state *s, struct epi_change *changes, size_t n)
{
    struct epi__import *im = s->im;
    struct epi_op *op = &s->now->ops[s->now->n++];
    *op = epi__op(im->call, "record.import", EPI_NIL);
    op->op_id = epi_opid_numbered(im->space_time, im->space, im->table->row);
    op->device = EPI_S("import");
    op->changes = changes;
    op->n_changes = n;
}

/* Keeps what the row said of a record. The importer's own unit was only a default. */
static void note_said(struct row_state *s, epi_id person)
{
    struct epi_value unit = s->r->v[0];
    if (!s->unit_given)
        s->r->v[0] = EPI_NULLV;
    epi__prints_add(s->im->said, s->r, person, s->im->table->row);
    s->r->v[0] = unit;
}

/* True when the row was taken before the stop: counted as it was then, and not written again. */
static bool was_done(struct row_state *s)
{
    struct epi__import *im = s->im;
    struct done_row key = {.op = epi_opid_numbered(im->space_time, im->space, im->table->row)};
    const struct done_row *d =
        s->n_done ? bsearch(&key, s->done, s->n_done, sizeof key, by_op) : NULL;
    if (!d)
        return false;
    /* what it said is needed by the rows that follow */
    read_cells(s);
    resolve_units(s, &im->call->app->catalogue->kinds[im->kind]);
    resolve_refs(s, &im->call->app->catalogue->kinds[im->kind]);
    s->r->id = d->record;
    s->p->id = d->person;
    if (d->record.v)
        note_said(s, d->person);
    if (d->person.v)
        epi__prints_add(im->said_people, s->p, (epi_id){0}, im->table->row);
    im->accepted++;
    im->updated += d->updated;
    im->new_people += d->new_person;
    im->changed_people += d->changed_person;
    return true;
}

/* What the row adds to a record that an earlier row of this file made: not readable yet. */
static void change_more(struct row_state *s, struct epi_change *c, const bool *more)
{
    change_of(s, c, s->r, 1, NULL);
    size_t n = 0;
    for (size_t i = 0; i < c->n_sets; i++)
        if (more[c->sets[i].field])
            c->sets[n++] = c->sets[i];
    c->n_sets = n;
}

/* The change a row makes to a record that is there already, and whose person it is. False when
 * nobody may see the record. */
static bool change_known(struct row_state *s, epi_id id, const bool *more, enum epi__sure sure,
                         struct epi_change *ret, epi_id *ret_person)
{
    struct epi__import *im = s->im;
    struct epi_record *old;
    if (epi_reader_get(im->reader, s->now->a, im->kind, id, &old, NULL) != EPI_OK)
        return false;
    if (im->kind == EPI_K_PERSON)
        epi__person_change(im, s->now->a, s->r, old, more, sure, ret);
    else
        change_of(s, ret, s->r, old->version, old);
    if (im->kind == EPI_K_CASE && !ret_person->v)
        *ret_person = epi_v_as_ref(old->v[EPI_CASE_PERSON]);
    return true;
}

/* The same record is there already: nothing new -> duplicate; new values, of it or of its person ->
 * an update; other values than an earlier row of the file -> rejected, since nobody knows which. */
static void meet_known(struct row_state *s, epi_id id, epi_id person, enum epi__sure sure)
{
    struct epi__import *im = s->im;
    struct epi_findings *f = &im->call->findings;
    struct epi__print earlier;
    struct epi_change *c = EPI_ARRAY(s->now->a, 2, struct epi_change);
    size_t n_fields = im->call->app->catalogue->kinds[im->kind].n_fields;
    bool *more = EPI_ARRAY(s->scratch, n_fields, bool),
         *other = EPI_ARRAY(s->scratch, n_fields, bool);
    size_t n = 0, errors = f->counts[EPI_ERROR];
    s->r->id = id;
    if (!s->unit_given)
        s->r->v[0] = EPI_NULLV; /* the importer's own unit was only a default */
    bool again = epi__prints_find(im->said, s->r, more, other, &earlier);
    if (again && earlier.other) {
        epi_finding_add(f, EPI_ERROR, "import.rows-differ", im->table->row, EPI_NIL,
                        epi_str_printf(s->scratch, "%u", earlier.row),
                        epi__import_names(im, s->scratch, im->kind, other));
        return;
    }
    if (again && id.v >= s->first_new.v) {
        change_more(s, &c[0], more);
        person = earlier.person.v ? earlier.person : person;
    } else if (!change_known(s, id, again ? more : NULL, sure, &c[0], &person)) {
        im->duplicate++;
        return;
    } else if (again && im->kind != EPI_K_PERSON) {
        change_more(s, &c[0], more);
    }
    note_said(s, person);
    bool changed = c[0].n_sets > 0;
    n += changed;
    if (person.v && im->kind != EPI_K_PERSON &&
        epi__import_person(im, s->now->a, s->p, person, sure, person.v >= s->first_new.v, &c[n])) {
        im->changed_people++;
        n++;
    }
    if (f->counts[EPI_ERROR] != errors)
        return;
    if (!n) {
        im->duplicate++;
        if (again)
            epi_finding_add(f, EPI_WARNING, "import.twice-in-file", im->table->row, EPI_NIL,
                            EPI_NIL, EPI_NIL);
        return;
    }
    if (changed && im->kind != EPI_K_PERSON) {
        memset(other, 0, n_fields * sizeof *other);
        for (size_t i = 0; i < c[0].n_sets; i++)
            other[c[0].sets[i].field] = true;
        epi_finding_add(f, EPI_NOTE, "import.updated", im->table->row, EPI_NIL,
                        epi__import_names(im, s->scratch, im->kind, other), EPI_NIL);
    }
    im->accepted++;
    im->updated++;
    emit(s, c, n);
}

static bool about_person(const struct epi__import *im, uint16_t *ret_field)
{
    const struct epi_kind *k = &im->call->app->catalogue->kinds[im->kind];
    int f = epi_field_find(k, EPI_S("person"));
    *ret_field = (uint16_t)(f < 0 ? 0 : f);
    return f >= 0;
}

static void take_row(struct row_state *s)
{
    struct epi__import *im = s->im;
    struct epi_call *call = im->call;
    const struct epi_kind *k = &call->app->catalogue->kinds[im->kind];
    struct epi_change *changes = EPI_ARRAY(s->now->a, 2, struct epi_change);
    bool new_person = false;
    enum epi__sure sure = EPI__SURE;
    epi_id person = {0};
    uint16_t person_field;
    size_t n = 0, errors = call->findings.counts[EPI_ERROR];
    resolve_units(s, k);
    resolve_refs(s, k);
    if (call->findings.counts[EPI_ERROR] != errors)
        return;
    if (im->kind == EPI_K_CASE && s->r->v[EPI_CASE_DISEASE].t == EPI_V_NULL)
        s->r->v[EPI_CASE_DISEASE] = epi_v_text(im->disease);
    epi_id known = s->row_id;
    if (known.v) {
        /* said by the file itself */
    } else if (about_person(im, &person_field)) {
        s->p->v[0] = s->r->v[0];
        int code = im->kind == EPI_K_CASE ? EPI_CASE_CODE : -1;
        known = code >= 0 && s->r->v[code].t == EPI_V_TEXT ? epi__keys_same(im->keys, s->r)
                                                           : (epi_id){0};
        if (known.v)
            sure = EPI__BY_CASE;
        else if (!names_somebody(s->p) &&
                 code >= 0) /* a line list without names: the case's code names the person */
            s->p->v[EPI_PERSON_CODE] = s->r->v[code];
        if (!known.v && !s->person_id.v && !names_somebody(s->p) &&
            (k->fields[person_field].flags & EPI_F_REQUIRED)) {
            error(s, "import.nobody-named", "person", EPI_NIL);
            return;
        }
        if (!known.v && (s->person_id.v || names_somebody(s->p))) {
            s->p->id = person = find_person(s, person_field, &new_person, &sure);
            s->r->v[person_field] = epi_v_ref(s->p->id);
            if (new_person &&
                !epi_record_check(call->app->catalogue, s->p, epi_app_today(call->app),
                                  im->table->row, NULL, &call->findings))
                return;
        }
    } else if (im->kind == EPI_K_PERSON) {
        struct epi_match m;
        struct epi_identity who;
        epi__identity_of(s->scratch, s->r, &who);
        if (epi_identity_find(im->people, &who, &m, 1) &&
            (m.outcome == EPI_MATCH_SAME || says_nothing_new(s, im->people_ids[m.who])))
            known = im->people_ids[m.who];
        sure = sure_of(known.v ? &m : NULL);
    }
    /* an update carries some fields only: what the row leaves out is not missing */
    bool *only = known.v ? s->given : NULL;
    for (size_t f = 0; f < k->n_fields; f++)
        s->given[f] = s->r->v[f].t != EPI_V_NULL;
    if (!epi_record_check(call->app->catalogue, s->r, epi_app_today(call->app), im->table->row,
                          only, &call->findings))
        return;
    if (!known.v && im->kind != EPI_K_PERSON)
        known = epi__keys_same(im->keys, s->r);
    if (known.v) {
        meet_known(s, known, person, sure);
        return;
    }
    s->r->id = epi_ids_next(call->app->ids);
    if (new_person) {
        change_of(s, &changes[n++], s->p, 0, NULL);
        remember_person(im, s->scratch, s->p);
        epi__prints_add(im->said_people, s->p, (epi_id){0}, im->table->row);
        im->new_people++;
    } else if (person.v) {
        errors = call->findings.counts[EPI_ERROR];
        if (epi__import_person(im, s->now->a, s->p, person, sure, person.v >= s->first_new.v,
                               &changes[n])) {
            im->changed_people++;
            n++;
        }
        if (call->findings.counts[EPI_ERROR] != errors)
            return;
    }
    note_said(s, person);
    change_of(s, &changes[n++], s->r, 0, NULL);
    epi__keys_add(im->keys, s->r);
    if (im->kind == EPI_K_PERSON)
        remember_person(im, s->scratch, s->r);
    im->accepted++;
    emit(s, changes, n);
}

/* --- all rows
 * ------------------------------------------------------------------------------------------------------
 */
static epi_status all_rows(struct row_state *s)
{
    struct epi__import *im = s->im;
    size_t *errors = &im->call->findings.counts[EPI_ERROR];
    size_t before = *errors;
    EPI_TRY(hand_over(s));
    while (epi_table_next(im->table)) {
        uint64_t counted = im->accepted + im->duplicate;
        struct epi_arena_mark mark = epi_arena_mark(s->now->a);
        size_t emitted = s->now->n;
        im->rows++;
        if (!was_done(s)) {
            read_cells(s);
            if (*errors == before)
                take_row(s);
        }
        if (im->accepted + im->duplicate == counted)
            im->rejected++;
        before = *errors;
        if (s->now->n == emitted) /* a long list of known rows must not fill the memory */
            epi_arena_release(s->now->a, mark);
        if (s->now->n == EPI__ROWS_PER_WRITE)
            EPI_TRY(hand_over(s));
        if (im->rows % ROWS_PER_LOOK == 0)
            epi_reader_rest(im->reader);
        if (im->rows % 4096 == 0 && im->progress)
            im->progress(im, im->progress_ctx);
        if (im->cancel && *im->cancel)
            return EPI_FAIL(&im->call->err, EPI_BUSY, "job.cancelled", "%s", "");
    }
    return hand_over(s);
}

epi_status epi__import_rows(struct epi__import *im)
{
    struct epi_call *call = im->call;
    int32_t unit;
    EPI_TRY(epi__unit_arg(call, "unit", &unit)); /* where rows belong that name no unit */
    im->default_unit = epi_units_at(call->app->units, unit)->path;
    EPI_TRY(epi_reader_open(call->app->store, &call->actor.scope, &im->reader, &call->err));
    EPI_TRY(load_known(im));
    im->said = epi__prints_new(im, im->kind);
    im->said_people = epi__prints_new(im, EPI_K_PERSON);
    struct row_state *s = epi_xmalloc(sizeof *s);
    memset(s, 0, sizeof *s);
    s->im = im;
    s->r = epi_record_new(call->a, call->app->catalogue, im->kind);
    s->p = epi_record_new(call->a, call->app->catalogue, EPI_K_PERSON);
    s->given = EPI_ARRAY(call->a, call->app->catalogue->kinds[im->kind].n_fields, bool);
    s->first_new = epi_ids_next(call->app->ids);
    s->scratch = epi_arena_new(0);
    for (int i = 0; i < 2; i++)
        s->chunks[i].a = epi_arena_new(0);
    s->now = &s->chunks[0];
    s->writer.im = im;
    pthread_mutex_init(&s->writer.lock, NULL);
    pthread_cond_init(&s->writer.moved, NULL);
    EPI_ASSERT(pthread_create(&s->writer.thread, NULL, writer_main, &s->writer) == 0);
    epi_status done = load_done(s);
    if (done == EPI_OK)
        done = all_rows(s);
    epi_status wrote = writer_end(s);
    free(s->done);
    for (int i = 0; i < 2; i++)
        epi_arena_free(s->chunks[i].a);
    epi_arena_free(s->scratch);
    free(s);
    if (!im->dry_run)
        epi__changed(call->app, 1ull << im->kind | 1ull << EPI_K_PERSON, (epi_id){0});
    return done != EPI_OK ? done : wrote;
}
