// SPDX-License-Identifier: AGPL-3.0-or-later
/* The stream of events: which kinds changed and which jobs moved, never what is in them; whoever
 * listens asks again through routes that know the jurisdiction.
 *
 * A stream keeps a set of kinds and a few job ids, not a queue of texts: a slow reader costs the
 * same as a fast one and loses nothing but the number of times. Connections without news are
 * suspended. */
#include "serve/serve_internal.h"
#include <microhttpd.h>
#include <stdio.h>
#include <stdlib.h>

#define JOBS 16
#define LIFE_MS 3600000 /* then the browser connects again and shows its session anew */

struct stream {
    struct stream *next, **back;
    struct epi__events *owner;
    struct MHD_Connection *connection;
    uint64_t kinds, seq;
    epi_id jobs[JOBS];
    size_t n_jobs;
    bool beat, suspended;
    uint64_t born_us;
    char out[8192]; /* text being sent */
    size_t out_n, out_at;
};
struct epi__events {
    struct epi_app *app;
    pthread_mutex_t lock;
    struct stream *first;
    size_t n, max; /* places taken */
    bool closing;
};

static uint64_t now_us(const struct epi__events *e)
{
    const struct epi_clock *c = &epi_app_io(e->app)->clock;
    return c->monotonic_us(c->ctx);
}

/* With the lock held. */
static void wake(struct stream *s)
{
    if (!s->suspended)
        return;
    s->suspended = false;
    MHD_resume_connection(s->connection);
}

static void heard(void *ctx, uint64_t seq, uint64_t kinds, epi_id job)
{
    struct epi__events *e = ctx;
    pthread_mutex_lock(&e->lock);
    for (struct stream *s = e->first; s; s = s->next) {
        s->kinds |= kinds;
        s->seq = seq;
        bool known = job.v == 0;
        for (size_t i = 0; i < s->n_jobs; i++)
            known = known || s->jobs[i].v == job.v;
        if (!known && s->n_jobs < JOBS)
            s->jobs[s->n_jobs++] = job;
        wake(s);
    }
    pthread_mutex_unlock(&e->lock);
}

struct epi__events *epi__events_new(struct epi_app *app, size_t max)
{
    struct epi__events *e = epi_xmalloc(sizeof *e);
    *e = (struct epi__events){.app = app, .max = max};
    pthread_mutex_init(&e->lock, NULL);
    epi_app_listen(app, heard, e);
    return e;
}

void epi__events_free(struct epi__events *e)
{
    if (!e)
        return;
    epi_app_listen(e->app, NULL, NULL);
    pthread_mutex_destroy(&e->lock);
    free(e);
}

epi_status epi__events_take(struct epi__events *e, struct epi_err *reterr)
{
    pthread_mutex_lock(&e->lock);
    bool room = e->n < e->max && !e->closing;
    e->n += room;
    pthread_mutex_unlock(&e->lock);
    if (!room)
        return EPI_FAIL(reterr, EPI_BUSY, "http.streams-full", "%s", "");
    return EPI_OK;
}

void epi__events_give(struct epi__events *e)
{
    pthread_mutex_lock(&e->lock);
    e->n--;
    pthread_mutex_unlock(&e->lock);
}

void epi__events_beat(struct epi__events *e)
{
    pthread_mutex_lock(&e->lock);
    for (struct stream *s = e->first; s; s = s->next) {
        s->beat = true;
        wake(s);
    }
    pthread_mutex_unlock(&e->lock);
}

void epi__events_close(struct epi__events *e)
{
    pthread_mutex_lock(&e->lock);
    e->closing = true;
    for (struct stream *s = e->first; s; s = s->next)
        wake(s);
    pthread_mutex_unlock(&e->lock);
}

static void say(struct stream *s, const char *event, const char *data)
{
    int n = snprintf(s->out + s->out_n, sizeof s->out - s->out_n, "event: %s\ndata: %s\n\n", event,
                     data);
    if (n > 0 && (size_t)n < sizeof s->out - s->out_n)
        s->out_n += (size_t)n;
}

/* What is pending becomes text. False when there is nothing to say. */
static bool write_news(struct stream *s)
{
    const struct epi_catalogue *c = epi_app_catalogue(s->owner->app);
    char data[160], id[16];
    s->out_n = s->out_at = 0;
    for (size_t k = 0; k < c->n_kinds && k < 64; k++) {
        if (!(s->kinds >> k & 1) || c->kinds[k].internal)
            continue;
        snprintf(data, sizeof data, "{\"kind\":\"%s\",\"seq\":%llu}", c->kinds[k].name,
                 (unsigned long long)s->seq);
        say(s, "changed", data);
    }
    for (size_t i = 0; i < s->n_jobs; i++) {
        snprintf(data, sizeof data, "{\"id\":\"%s\"}", epi_id_text(s->jobs[i], id));
        say(s, "job", data);
    }
    if (s->beat && !s->out_n)
        s->out_n = (size_t)snprintf(s->out, sizeof s->out, ": still here\n\n");
    s->kinds = 0;
    s->n_jobs = 0;
    s->beat = false;
    return s->out_n > 0;
}

static ssize_t read_stream(void *cls, uint64_t pos, char *buf, size_t max)
{
    struct stream *s = cls;
    (void)pos;
    pthread_mutex_lock(&s->owner->lock);
    ssize_t n;
    if (s->out_at == s->out_n &&
        (s->owner->closing || now_us(s->owner) - s->born_us > LIFE_MS * 1000ull)) {
        n = MHD_CONTENT_READER_END_OF_STREAM;
    } else if (s->out_at == s->out_n && !write_news(s)) {
        s->suspended = true; /* under the lock, so that no news is missed between the two */
        MHD_suspend_connection(s->connection);
        n = 0;
    } else {
        size_t left = s->out_n - s->out_at, take = left < max ? left : max;
        memcpy(buf, s->out + s->out_at, take);
        s->out_at += take;
        n = (ssize_t)take;
    }
    pthread_mutex_unlock(&s->owner->lock);
    return n;
}

static void stream_free(void *cls)
{
    struct stream *s = cls;
    struct epi__events *e = s->owner;
    pthread_mutex_lock(&e->lock);
    *s->back = s->next;
    if (s->next)
        s->next->back = s->back;
    e->n--;
    pthread_mutex_unlock(&e->lock);
    free(s);
}

struct MHD_Response *epi__events_response(struct epi__events *e, struct MHD_Connection *connection)
{
    struct stream *s = epi_xmalloc(sizeof *s);
    *s = (struct stream){.owner = e, .connection = connection, .born_us = now_us(e)};
    s->out_n = (size_t)snprintf(s->out, sizeof s->out, "retry: 3000\n: welcome\n\n");
    pthread_mutex_lock(&e->lock);
    s->next = e->first;
    s->back = &e->first;
    if (s->next)
        s->next->back = &s->next;
    e->first = s;
    pthread_mutex_unlock(&e->lock);
    struct MHD_Response *r =
        MHD_create_response_from_callback(MHD_SIZE_UNKNOWN, 4096, read_stream, s, stream_free);
    if (!r) {
        stream_free(s);
        return NULL;
    }
    MHD_add_response_header(r, "Content-Type", "text/event-stream");
    MHD_add_response_header(r, "X-Accel-Buffering", "no");
    return r;
}
