// SPDX-License-Identifier: AGPL-3.0-or-later
#include "base/io_sim.h"
#include "base/io_sim_internal.h"
#include <stdlib.h>

struct epi_sim *epi_sim_new(uint64_t seed)
{
    struct epi_sim *sim = epi_xmalloc(sizeof *sim);
    *sim = (struct epi_sim){.a = epi_arena_new(0), .us = 1637107200000000};
    sim->rng = epi_rng_stream(seed, "simulated world", 0, 0);
    return sim;
}

void epi_sim_free(struct epi_sim *sim)
{
    if (!sim)
        return;
    for (struct sim_conn *c = sim->conns; c; c = c->next)
        epi_buf_done(&c->bytes);
    epi_arena_free(sim->a);
    free(sim);
}

struct sim_host *epi__sim_host(struct epi_sim *sim, int host)
{
    EPI_ASSERT(host >= 0 && host < sim->host_count);
    return &sim->hosts[host];
}

/* --- time --------------------------------------------------------------------------------------
 */

epi_instant epi_sim_now(const struct epi_sim *sim)
{
    return (epi_instant){sim->us / 1000};
}

void epi_sim_advance(struct epi_sim *sim, int64_t ms)
{
    EPI_ASSERT(ms >= 0);
    sim->us += ms * 1000;
}

void epi_sim_clock_skew(struct epi_sim *sim, int host, int64_t ms)
{
    epi__sim_host(sim, host)->skew_ms = ms;
}

static epi_instant sim_now(void *ctx)
{
    const struct sim_host *h = ctx;
    return (epi_instant){h->sim->us / 1000 + h->skew_ms};
}

static uint64_t sim_monotonic_us(void *ctx)
{
    const struct sim_host *h = ctx;
    return (uint64_t)h->sim->us;
}

static void sim_fill(void *ctx, void *out, size_t n)
{
    struct sim_host *h = ctx;
    unsigned char *p = out;
    for (size_t i = 0; i < n; i++)
        p[i] = (unsigned char)epi_rng_u32(&h->entropy);
}

/* --- hosts -------------------------------------------------------------------------------------
 */

int epi_sim_host(struct epi_sim *sim, const char *name)
{
    EPI_ASSERT(sim->host_count < EPI_SIM_HOSTS_MAX);
    int host = sim->host_count++;
    struct sim_host *h = &sim->hosts[host];
    *h = (struct sim_host){.sim = sim, .number = host, .up = true};
    h->name = epi_str_dup(sim->a, epi_str_of(name));
    h->entropy = epi_rng_stream(epi_rng_u64(&sim->rng), "simulated entropy", (uint64_t)host, 0);
    h->io.clock = (struct epi_clock){h, sim_now, sim_monotonic_us};
    h->io.random = (struct epi_random){h, sim_fill};
    epi__sim_fs(h, &h->io.fs);
    epi__sim_net(h, &h->io.net);
    return host;
}

const struct epi_io *epi_sim_io(struct epi_sim *sim, int host)
{
    return &epi__sim_host(sim, host)->io;
}

void epi_sim_crash(struct epi_sim *sim, int host)
{
    struct sim_host *h = epi__sim_host(sim, host);
    h->up = false;
    epi__sim_fs_crash(h);
    epi__sim_net_crash(h);
}

void epi_sim_restart(struct epi_sim *sim, int host)
{
    epi__sim_host(sim, host)->up = true;
}

epi_status epi__sim_down(struct epi_err *reterr)
{
    return EPI_FAIL(reterr, EPI_IO, "io.read", "%s\x1f%s", "?", "the simulated host is down");
}
