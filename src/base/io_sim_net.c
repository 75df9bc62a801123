// SPDX-License-Identifier: AGPL-3.0-or-later
#include "base/io_sim_internal.h"

#define WIRE_MAX ((size_t)256 << 20) /* bytes on their way to one end */

void epi_sim_link(struct epi_sim *sim, int a, int b, struct epi_sim_link link)
{
    (void)epi__sim_host(sim, a);
    (void)epi__sim_host(sim, b);
    sim->links[a][b] = sim->links[b][a] = link;
}

void epi_sim_on_wait(struct epi_sim *sim, bool (*work)(void *ctx), void *ctx)
{
    sim->work = work;
    sim->work_ctx = ctx;
}

void epi_sim_listen(struct epi_sim *sim, int host, uint16_t port)
{
    struct sim_listener *l = EPI_NEW(sim->a, struct sim_listener);
    *l = (struct sim_listener){sim->listeners, host, port};
    sim->listeners = l;
}

static struct sim_conn *new_end(struct epi_sim *sim, int host)
{
    struct sim_conn *c = EPI_NEW(sim->a, struct sim_conn);
    *c = (struct sim_conn){
        .next = sim->conns, .number = ++sim->conn_count, .host = host, .bytes = EPI_BUF(WIRE_MAX)};
    sim->conns = c;
    return c;
}

static struct sim_conn *end_of(struct sim_host *h, int number)
{
    for (struct sim_conn *c = h->sim->conns; c; c = c->next)
        if (c->number == number && c->host == h->number && !c->closed)
            return c;
    return NULL;
}

bool epi_sim_accept(struct epi_sim *sim, int host, uint16_t port, int *ret_conn)
{
    struct sim_conn *oldest = NULL;
    for (struct sim_conn *c = sim->conns; c; c = c->next)
        if (c->waiting && c->host == host && c->port == port)
            oldest = c; /* the list is newest first */
    if (!oldest || !sim->hosts[host].up)
        return false;
    oldest->waiting = false;
    *ret_conn = oldest->number;
    return true;
}

static void break_both(struct sim_conn *c)
{
    c->broken = true;
    if (c->peer)
        c->peer->broken = true;
}

static epi_status broken(struct epi_err *reterr)
{
    return EPI_FAIL(reterr, EPI_IO, "io.peer", "%s", "the connection broke");
}

static epi_status timed_out(struct epi_err *reterr)
{
    return EPI_FAIL(reterr, EPI_BUSY, "io.timeout", "");
}

/* Lets the others work; true when they did. */
static bool others_work(struct epi_sim *sim)
{
    if (!sim->work || sim->working)
        return false;
    sim->working = true;
    bool did = sim->work(sim->work_ctx);
    sim->working = false;
    return did;
}

static struct sim_host *host_named(struct epi_sim *sim, const char *name, uint16_t port)
{
    for (struct sim_listener *l = sim->listeners; l; l = l->next)
        if (l->port == port && epi_str_eqz(sim->hosts[l->host].name, name))
            return &sim->hosts[l->host];
    return NULL;
}

static epi_status net_connect(void *ctx, const char *host, uint16_t port, int timeout_ms,
                              int *ret_conn, struct epi_err *reterr)
{
    struct sim_host *h = ctx;
    if (!h->up)
        return epi__sim_down(reterr);
    struct sim_host *to = host_named(h->sim, host, port);
    if (!to)
        return EPI_FAIL(reterr, EPI_IO, "io.no-host", "%s", host);
    const struct epi_sim_link *link = &h->sim->links[h->number][to->number];
    int64_t takes = 2 * link->delay_ms; /* there and back */
    if (link->down || takes > timeout_ms) {
        epi_sim_advance(h->sim, timeout_ms);
        return timed_out(reterr);
    }
    epi_sim_advance(h->sim, takes);
    if (!to->up)
        return EPI_FAIL(reterr, EPI_IO, "io.peer", "%s", "refused");
    struct sim_conn *near = new_end(h->sim, h->number), *far = new_end(h->sim, to->number);
    near->peer = far;
    far->peer = near;
    far->waiting = true;
    far->port = port;
    *ret_conn = near->number;
    return EPI_OK;
}

static epi_status net_send(void *ctx, int conn, epi_str bytes, int timeout_ms,
                           struct epi_err *reterr)
{
    (void)timeout_ms; /* the wire takes everything at once */
    struct sim_host *h = ctx;
    if (!h->up)
        return epi__sim_down(reterr);
    struct sim_conn *c = end_of(h, conn);
    if (!c || c->broken || c->peer_closed)
        return broken(reterr);
    struct sim_conn *peer = c->peer;
    const struct epi_sim_link *link = &h->sim->links[h->number][peer->host];
    if (link->down) {
        break_both(c);
        return broken(reterr);
    }
    bool cut = link->cut_after && peer->carried + bytes.n >= link->cut_after;
    if (cut)
        bytes.n = link->cut_after > peer->carried ? link->cut_after - peer->carried : 0;
    if (bytes.n > 0) {
        struct sim_part *part = EPI_NEW(h->sim->a, struct sim_part);
        *part = (struct sim_part){NULL, bytes.n, h->sim->us + link->delay_ms * 1000};
        if (peer->last_part && peer->last_part->at_us > part->at_us)
            part->at_us = peer->last_part->at_us; /* a stream never overtakes itself */
        if (peer->last_part)
            peer->last_part->next = part;
        else
            peer->parts = part;
        peer->last_part = part;
        epi_buf_put(&peer->bytes, bytes);
        EPI_ASSERT(!peer->bytes.full);
        peer->carried += bytes.n;
    }
    if (!cut)
        return EPI_OK;
    break_both(c);
    return broken(reterr);
}

/* Takes what has arrived; 0 when nothing has. */
static size_t take_arrived(struct sim_host *h, struct sim_conn *c, char *out, size_t max)
{
    size_t limit = h->sim->links[h->number][c->peer->host].chunk_max, n = 0;
    if (limit && limit < max)
        max = limit;
    while (n < max && c->parts && c->parts->at_us <= h->sim->us) {
        struct sim_part *part = c->parts;
        size_t some = part->bytes < max - n ? part->bytes : max - n;
        memcpy(out + n, c->bytes.p + c->taken, some);
        c->taken += some;
        n += some;
        part->bytes -= some;
        if (part->bytes == 0) {
            c->parts = part->next;
            if (!c->parts)
                c->last_part = NULL;
        }
    }
    if (c->taken == c->bytes.n) {
        epi_buf_clear(&c->bytes);
        c->taken = 0;
    }
    return n;
}

static epi_status net_receive(void *ctx, int conn, char *out, size_t max, int timeout_ms,
                              size_t *ret_n, struct epi_err *reterr)
{
    struct sim_host *h = ctx;
    int64_t until = h->sim->us + (timeout_ms > 0 ? timeout_ms : 0) * 1000LL;
    for (;;) {
        struct sim_conn *c = h->up ? end_of(h, conn) : NULL;
        if (!c)
            return h->up ? broken(reterr) : epi__sim_down(reterr);
        size_t n = take_arrived(h, c, out, max);
        if (n > 0 || (c->peer_closed && !c->parts && !c->broken)) {
            *ret_n = n;
            return EPI_OK;
        }
        if (c->broken && !c->parts)
            return broken(reterr);
        if (others_work(h->sim))
            continue;
        /* Nobody has anything to do: time passes until the next arrival or the end of patience. */
        if (c->parts && c->parts->at_us <= until) {
            h->sim->us = c->parts->at_us > h->sim->us ? c->parts->at_us : h->sim->us;
            continue;
        }
        if (until > h->sim->us)
            h->sim->us = until;
        return timed_out(reterr);
    }
}

static void net_close(void *ctx, int conn)
{
    struct sim_host *h = ctx;
    struct sim_conn *c = end_of(h, conn);
    if (!c)
        return;
    c->closed = true;
    c->peer->peer_closed = true;
    epi_buf_done(&c->bytes);
    c->parts = c->last_part = NULL;
}

void epi__sim_net(struct sim_host *h, struct epi_net *ret)
{
    *ret = (struct epi_net){h, net_connect, net_send, net_receive, net_close};
}

void epi__sim_net_crash(struct sim_host *h)
{
    for (struct sim_conn *c = h->sim->conns; c; c = c->next)
        if (c->host == h->number && !c->closed) {
            break_both(c);
            c->closed = true;
            c->waiting = false;
        }
}
