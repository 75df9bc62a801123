// SPDX-License-Identifier: AGPL-3.0-or-later
/* libmicrohttpd speaks HTTP on a few threads; every request with an act to call is handed to a
 * worker while its connection sleeps, and taken up again when the answer is there. */
#include "serve/static.h"
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <microhttpd.h>
#include <netdb.h>
#include <poll.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#define IDLE_SECONDS 60u
#define BODY_GRACE_MS 30000 /* a body may take this long, */
#define BODY_BYTES_PER_MS 8 /* and a millisecond more for each of these bytes */
#define QUEUE 512
#define EARLY_CHECK 65536u /* larger bodies are refused before they are sent */
#define BEAT_MS 20000
#define TICK_MS 200

struct server {
    struct epi__serve s;
    struct epi__workers *workers;
    struct MHD_Daemon *daemon;
    atomic_bool stopping;
    atomic_uint at_work; /* requests between hand-over and answer */
};

struct exchange {          /* one request and its answer */
    struct epi__work work; /* first: the worker's view */
    struct server *server;
    struct MHD_Connection *connection;
    struct epi_arena *a;
    char *target;
    struct epi_arg headers[EPI__HEADERS_MAX];
    struct epi__wire wire;
    struct epi__request request;
    struct epi__body body;
    struct epi__answer answer;
    uint64_t began_us, bytes;
    enum { FRESH, READING, WORKING, READY, SENT } state;
    epi_status understood; /* why not, in err */
    struct epi_err err;
    bool has_body;
};

/* The only state outside a server: a signal handler may write nothing else. */
static volatile sig_atomic_t asked_to_stop;

static void on_signal(int number)
{
    (void)number;
    asked_to_stop = 1;
}

static uint64_t now_us(const struct server *v)
{
    const struct epi_clock *c = &epi_app_io(v->s.app)->clock;
    return c->monotonic_us(c->ctx);
}

/* --- an exchange
 * ------------------------------------------------------------------------------------------------
 */
static void *exchange_new(void *cls, const char *uri, struct MHD_Connection *connection)
{
    struct server *v = cls;
    struct exchange *x = epi_xmalloc(sizeof *x);
    *x = (struct exchange){
        .server = v, .connection = connection, .began_us = now_us(v), .answer = {.file = -1}};
    size_t n = strlen(uri);
    x->target = memcpy(epi_xmalloc(n + 1), uri, n + 1);
    x->wire.target = (epi_str){x->target, n};
    epi__body_init(&x->body, 0);
    return x;
}

static void completed(void *cls, struct MHD_Connection *connection, void **con_cls,
                      enum MHD_RequestTerminationCode toe)
{
    struct exchange *x = *con_cls;
    (void)cls;
    (void)connection;
    (void)toe;
    if (!x)
        return;
    struct server *v = x->server;
    if (v->s.o.verbose && x->answer.status)
        epi__log(&v->s, "%.*s %s %d %llu ms %llu bytes",
                 EPI_FMT(epi_str_sub(x->wire.method, 0, 10)),
                 x->request.route ? x->request.route->pattern
                 : x->request.api ? "(no route)"
                                  : "(file)",
                 x->answer.status, (unsigned long long)((now_us(v) - x->began_us) / 1000),
                 (unsigned long long)x->bytes);
    epi__answer_done(&x->answer);
    epi__body_done(&x->body);
    epi_arena_free(x->a);
    free(x->target);
    free(x);
    *con_cls = NULL;
}

static bool is_loopback(const struct sockaddr *sa)
{
    if (!sa)
        return false;
    if (sa->sa_family == AF_INET)
        return (ntohl(((const struct sockaddr_in *)(const void *)sa)->sin_addr.s_addr) >> 24) ==
               127;
    if (sa->sa_family != AF_INET6)
        return false;
    const struct in6_addr *six = &((const struct sockaddr_in6 *)(const void *)sa)->sin6_addr;
    return IN6_IS_ADDR_LOOPBACK(six) || (IN6_IS_ADDR_V4MAPPED(six) && six->s6_addr[12] == 127);
}

static enum MHD_Result take_header(void *cls, enum MHD_ValueKind kind, const char *name,
                                   size_t name_n, const char *value, size_t value_n)
{
    struct exchange *x = cls;
    (void)kind;
    if (x->wire.n_headers == EPI__HEADERS_MAX)
        return MHD_NO;
    x->headers[x->wire.n_headers++] =
        (struct epi_arg){{name, name_n}, {value, value ? value_n : 0}};
    return MHD_YES;
}

/* --- sending
 * --------------------------------------------------------------------------------------------------------
 */
static struct MHD_Response *response_of(struct exchange *x, epi_str fixed)
{
    struct epi__answer *r = &x->answer;
    if (r->stream)
        return epi__events_response(x->server->s.events, x->connection);
    if (r->file >= 0) {
        struct stat st;
        if (fstat(r->file, &st) != 0)
            return NULL;
        x->bytes = (uint64_t)st.st_size;
        int fd = r->file;
        r->file = -1; /* closed with the response */
        return MHD_create_response_from_fd64((uint64_t)st.st_size, fd);
    }
    if (fixed.p) {
        x->bytes = fixed.n;
        return MHD_create_response_from_buffer(fixed.n, (void *)(uintptr_t)fixed.p,
                                               MHD_RESPMEM_PERSISTENT);
    }
    x->bytes = r->n;
    char *body = r->body;
    r->body = NULL;
    return MHD_create_response_from_buffer(r->n, body, MHD_RESPMEM_MUST_FREE);
}

static enum MHD_Result send_answer(struct exchange *x, epi_str fixed)
{
    const struct epi_arg *safe;
    size_t n = epi__safe_headers(&safe);
    struct MHD_Response *response = response_of(x, fixed);
    if (!response)
        return MHD_NO;
    for (size_t i = 0; i < n; i++)
        MHD_add_response_header(response, safe[i].name.p, safe[i].value.p);
    if (x->request.tls)
        MHD_add_response_header(response, "Strict-Transport-Security", "max-age=31536000");
    for (size_t i = 0; i < x->answer.n_headers; i++) {
        if (x->answer.stream && epi_str_eqz(epi_str_of(x->answer.headers[i].name), "Content-Type"))
            continue;
        MHD_add_response_header(response, x->answer.headers[i].name,
                                epi_str_cz(x->a, x->answer.headers[i].value));
    }
    if (atomic_load(&x->server->stopping))
        MHD_add_response_header(response, "Connection", "close");
    x->state = SENT;
    enum MHD_Result sent = MHD_queue_response(x->connection, (unsigned)x->answer.status, response);
    MHD_destroy_response(response);
    return sent;
}

static enum MHD_Result refuse(struct exchange *x, const struct epi_err *e)
{
    epi__refuse(&x->server->s, x->a, &x->request, e, NULL, &x->answer);
    return send_answer(x, EPI_NIL);
}

/* --- work
 * ---------------------------------------------------------------------------------------------------------------
 */
static void work(struct epi__work *w)
{
    struct exchange *x = (struct exchange *)w;
    struct server *v = x->server;
    struct epi_err err = {0};
    epi_str body;
    if (epi__body_text(&x->body, &body, &err) == EPI_OK)
        epi__dispatch(&v->s, x->a, &x->request, body, &x->answer);
    else
        epi__refuse(&v->s, x->a, &x->request, &err, NULL, &x->answer);
    x->state = READY;
    MHD_resume_connection(x->connection); /* from here on the exchange belongs to another thread */
    atomic_fetch_sub(&v->at_work, 1);
}

static enum MHD_Result hand_over(struct exchange *x)
{
    struct server *v = x->server;
    x->work.run = work;
    x->work.slow = (x->request.route->flags & F_SLOW) != 0;
    x->state = WORKING;
    struct epi_err e;
    atomic_fetch_add(&v->at_work,
                     1); /* before the look at `stopping`: stop() waits for this count */
    if (atomic_load(&v->stopping)) {
        epi_err_set(&e, EPI_BUSY, "http.stopping", __FILE__, __LINE__, "%s", "");
        atomic_fetch_sub(&v->at_work, 1);
        return refuse(x, &e);
    }
    MHD_suspend_connection(x->connection);
    if (epi__workers_put(v->workers, &x->work))
        return MHD_YES;
    epi_err_set(&e, EPI_BUSY, "http.busy", __FILE__, __LINE__, "%s", "");
    epi__refuse(&v->s, x->a, &x->request, &e, NULL, &x->answer);
    x->state = READY;
    MHD_resume_connection(x->connection);
    atomic_fetch_sub(&v->at_work, 1);
    return MHD_YES;
}

static enum MHD_Result options(struct exchange *x)
{
    x->answer.status = 204;
    epi__answer_header(&x->answer, "Allow",
                       x->request.allow.n ? x->request.allow : EPI_S("GET, HEAD, OPTIONS"));
    return send_answer(x, EPI_NIL);
}

/* Large bodies: what can be refused is refused before they are sent. */
static epi_status check_early(struct exchange *x, uint64_t length, bool chunked, struct epi_err *e)
{
    struct epi_actor actor;
    size_t limit = epi__body_limit(x->request.route);
    x->body.limit = limit;
    if (limit == 0 && length > 0)
        return EPI_FAIL(e, EPI_INVALID, "http.body-unexpected", "%s", "");
    if (length > limit)
        return EPI_FAIL(e, EPI_LIMIT, "http.body-too-large", "%zu", limit >> 20);
    if (length > EARLY_CHECK || chunked)
        return epi__admit(&x->server->s, x->a, &x->request, &actor, e);
    return EPI_OK;
}

static epi_status understand(struct exchange *x, struct epi_err *e)
{
    int64_t length = 0;
    epi_str given = epi__header(&x->wire, "Content-Length");
    bool chunked = epi__header(&x->wire, "Transfer-Encoding").n > 0;
    if (given.n && (!epi_str_to_i64(given, &length) || length < 0))
        length = INT64_MAX;
    x->has_body = length > 0 || chunked;
    EPI_TRY(epi__request_read(x->a, &x->wire, &x->request, e));
    if (x->request.api)
        return check_early(x, (uint64_t)length, chunked, e);
    if (!x->has_body)
        return EPI_OK;
    x->request.allow = EPI_S("GET, HEAD");
    return EPI_FAIL(e, EPI_INVALID, "http.method", "%.*s\x1f%s",
                    EPI_FMT(epi_str_sub(x->wire.method, 0, 20)), x->request.allow.p);
}

/* The headers are here. An answer given now closes the connection, so it is given now only to save
 * a body. */
static enum MHD_Result begin(struct exchange *x, const char *method)
{
    const union MHD_ConnectionInfo *peer =
        MHD_get_connection_info(x->connection, MHD_CONNECTION_INFO_CLIENT_ADDRESS);
    x->a = epi_arena_new(0);
    x->wire.method = epi_str_dup(x->a, epi_str_of(method));
    x->wire.headers = x->headers;
    x->wire.loopback = is_loopback(peer ? peer->client_addr : NULL);
    MHD_get_connection_values_n(x->connection, MHD_HEADER_KIND, take_header, x);
    x->understood = understand(x, &x->err);
    x->state = READING;
    return x->understood != EPI_OK && x->has_body ? refuse(x, &x->err) : MHD_YES;
}

/* All of it is here. */
static enum MHD_Result conclude(struct exchange *x)
{
    epi_str bytes = EPI_NIL;
    if (epi_str_eqz(x->wire.method, "OPTIONS") && (x->understood == EPI_OK || x->request.allow.n))
        return options(x);
    if (x->understood != EPI_OK)
        return refuse(x, &x->err);
    if (x->request.api)
        return hand_over(x);
    if (epi__static_find(x->a, &x->wire, &x->request, &x->answer, &bytes, &x->err) != EPI_OK)
        return refuse(x, &x->err);
    return send_answer(x, bytes);
}

static enum MHD_Result receive(struct exchange *x, const char *data, size_t *size)
{
    struct epi_err e = {0};
    uint64_t waited_ms = (now_us(x->server) - x->began_us) / 1000;
    if (waited_ms > BODY_GRACE_MS + x->body.n / BODY_BYTES_PER_MS)
        return MHD_NO; /* bytes dripping in hold a place that others need */
    if (epi__body_add(&x->body, x->server->s.tmp_dir, (epi_str){data, *size}, &e) != EPI_OK)
        return MHD_NO; /* announced less than was sent, or the disk is full: nothing sensible to
                          answer midway */
    *size = 0;
    return MHD_YES;
}

static enum MHD_Result handle(void *cls, struct MHD_Connection *connection, const char *url,
                              const char *method, const char *version, const char *data,
                              size_t *size, void **con_cls)
{
    struct exchange *x = *con_cls;
    (void)cls;
    (void)connection;
    (void)url;
    (void)version;
    if (!x)
        return MHD_NO;
    switch (x->state) {
    case FRESH:
        return begin(x, method);
    case READING:
        return *size ? receive(x, data, size) : conclude(x);
    case READY:
        return send_answer(x, EPI_NIL);
    case WORKING:
    case SENT:
        *size = 0;
        return MHD_YES;
    }
    return MHD_NO;
}

/* --- starting and stopping
 * --------------------------------------------------------------------------------------------------
 */
static epi_status listen_on(struct epi_arena *a, epi_str text, int *ret_fd, epi_str *ret_url,
                            struct epi_err *reterr)
{
    size_t colon = SIZE_MAX;
    for (size_t i = 0; i < text.n; i++)
        if (text.p[i] == ':')
            colon = i;
    epi_str host = colon == SIZE_MAX ? text : epi_str_sub(text, 0, colon);
    const char *port =
        colon == SIZE_MAX ? "8080" : epi_str_cz(a, epi_str_sub(text, colon + 1, text.n));
    epi_str bare = host.n > 2 && host.p[0] == '[' ? epi_str_sub(host, 1, host.n - 2) : host;
    struct addrinfo hints = {.ai_flags = AI_PASSIVE | AI_NUMERICSERV, .ai_socktype = SOCK_STREAM},
                    *list;
    if (getaddrinfo(bare.n && !epi_str_eqz(bare, "*") ? epi_str_cz(a, bare) : NULL, port, &hints,
                    &list) != 0)
        return EPI_FAIL(reterr, EPI_INVALID, "http.listen-address", "%.*s", EPI_FMT(text));
    int on = 1, fd = socket(list->ai_family, list->ai_socktype | SOCK_NONBLOCK | SOCK_CLOEXEC,
                            list->ai_protocol);
    struct sockaddr_storage bound;
    socklen_t size = sizeof bound;
    if (fd >= 0)
        setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    bool ok = fd >= 0 && bind(fd, list->ai_addr, list->ai_addrlen) == 0 && listen(fd, 1024) == 0 &&
              getsockname(fd, (struct sockaddr *)&bound, &size) == 0;
    int why = errno;
    freeaddrinfo(list);
    if (!ok) {
        if (fd >= 0)
            close(fd);
        return EPI_FAIL(reterr, EPI_IO, "http.listen", "%.*s\x1f%s", EPI_FMT(text), strerror(why));
    }
    unsigned number =
        ntohs(bound.ss_family == AF_INET6 ? ((struct sockaddr_in6 *)(void *)&bound)->sin6_port
                                          : ((struct sockaddr_in *)(void *)&bound)->sin_port);
    *ret_fd = fd;
    *ret_url = epi_str_printf(a, "http://%.*s:%u", EPI_FMT(host), number);
    return EPI_OK;
}

static unsigned machine_threads(unsigned lo, unsigned hi)
{
    long n = sysconf(_SC_NPROCESSORS_ONLN);
    return n < (long)lo ? lo : n > (long)hi ? hi : (unsigned)n;
}

/* Each connection is a descriptor: as many as the system lets us have. */
static void raise_descriptors(void)
{
    struct rlimit r;
    if (getrlimit(RLIMIT_NOFILE, &r) == 0 && r.rlim_cur < r.rlim_max) {
        r.rlim_cur = r.rlim_max < 65536 ? r.rlim_max : 65536;
        setrlimit(RLIMIT_NOFILE, &r);
    }
}

static epi_status make_tmp(struct epi_arena *a, struct server *v, bool *ret_own,
                           struct epi_err *reterr)
{
    *ret_own = false;
    v->s.tmp_dir = v->s.o.tmp_dir;
    if (v->s.tmp_dir) {
        const struct epi_fs *fs = &epi_app_io(v->s.app)->fs;
        return fs->make_dir(fs->ctx, v->s.tmp_dir, reterr);
    }
    const char *base = getenv("TMPDIR");
    epi_str name = epi_str_printf(a, "%s/cordon-XXXXXX", base && *base ? base : "/tmp");
    char *path = memcpy(EPI_ARRAY(a, name.n + 1, char), name.p, name.n);
    v->s.tmp_dir = mkdtemp(path);
    if (!v->s.tmp_dir)
        return EPI_FAIL(reterr, EPI_IO, "io.make-dir", "%s\x1f%s", path, strerror(errno));
    *ret_own = true;
    return EPI_OK;
}

static epi_status start(struct server *v, int fd, struct epi_err *reterr)
{
    const struct epi_serve_options *o = &v->s.o;
    unsigned workers = o->workers ? o->workers : machine_threads(2, 8) * 2;
    v->workers = epi__workers_new(workers, QUEUE);
    v->daemon = MHD_start_daemon(
        MHD_USE_EPOLL_INTERNAL_THREAD | MHD_ALLOW_SUSPEND_RESUME, 0, NULL, NULL, handle, v,
        MHD_OPTION_LISTEN_SOCKET, fd, MHD_OPTION_THREAD_POOL_SIZE, machine_threads(2, 4),
        MHD_OPTION_CONNECTION_LIMIT, o->connections ? o->connections : 2048u,
        MHD_OPTION_PER_IP_CONNECTION_LIMIT, o->per_ip ? o->per_ip : 512u,
        MHD_OPTION_CONNECTION_TIMEOUT, IDLE_SECONDS, MHD_OPTION_CONNECTION_MEMORY_LIMIT,
        (size_t)65536, MHD_OPTION_STRICT_FOR_CLIENT, 1, MHD_OPTION_URI_LOG_CALLBACK, exchange_new,
        v, MHD_OPTION_NOTIFY_COMPLETED, completed, NULL, MHD_OPTION_END);
    if (v->daemon)
        return EPI_OK;
    epi__workers_stop(v->workers);
    return EPI_FAIL(reterr, EPI_IO, "http.listen", "%.*s\x1f%s", EPI_FMT(o->listen),
                    strerror(errno));
}

/* New connections are refused, what was begun is answered, streams end. */
static void stop(struct server *v)
{
    MHD_socket fd = MHD_quiesce_daemon(v->daemon);
    if (fd != MHD_INVALID_SOCKET)
        close(fd);
    atomic_store(&v->stopping, true);
    epi__events_close(v->s.events);
    while (atomic_load(&v->at_work))
        poll(NULL, 0, 10);
    poll(NULL, 0, 50); /* what was answered last is written */
    epi__workers_stop(v->workers);
    MHD_stop_daemon(v->daemon);
}

static void wait_for_signal(struct server *v)
{
    struct sigaction on = {.sa_handler = on_signal}, old_int, old_term;
    sigemptyset(&on.sa_mask);
    sigaction(SIGINT, &on, &old_int);
    sigaction(SIGTERM, &on, &old_term);
    for (int waited = 0; !asked_to_stop; waited += TICK_MS) {
        poll(NULL, 0, TICK_MS);
        if (waited % BEAT_MS == 0)
            epi__events_beat(v->s.events);
    }
    asked_to_stop = 0;
    sigaction(SIGINT, &old_int, NULL);
    sigaction(SIGTERM, &old_term, NULL);
}

epi_status epi_serve(struct epi_app *app, const struct epi_serve_options *o, struct epi_err *reterr)
{
    EPI_ARENA_LOCAL(a);
    EPI_BUF_LOCAL(openapi, 64u << 20);
    struct epi_jw w = EPI_JW(&openapi);
    const struct epi_clock *clock = &epi_app_io(app)->clock;
    struct server v = {.s = {.app = app, .o = *o, .started = clock->now(clock->ctx)}};
    int fd = -1;
    epi_str url;
    bool own_tmp;
    if (!v.s.o.version)
        v.s.o.version = EPI_SERVE_VERSION;
    raise_descriptors();
    EPI_TRY(listen_on(a, o->listen.n ? o->listen : EPI_S("127.0.0.1:8080"), &fd, &url, reterr));
    epi_status s = make_tmp(a, &v, &own_tmp, reterr);
    if (s != EPI_OK) {
        close(fd);
        return s;
    }
    epi_serve_openapi(&w, epi_app_catalogue(app));
    v.s.openapi = epi_buf_str(&openapi);
    v.s.repeats = epi__repeats_new();
    v.s.events = epi__events_new(app, o->streams ? o->streams : 1024);
    s = start(&v, fd, reterr);
    if (s == EPI_OK) {
        if (o->ready)
            o->ready(o->ctx, epi_str_cz(a, url));
        wait_for_signal(&v);
        stop(&v);
    } else {
        close(fd);
    }
    epi__events_free(v.s.events);
    epi__repeats_free(v.s.repeats);
    if (own_tmp)
        rmdir(v.s.tmp_dir);
    return s;
}
