// SPDX-License-Identifier: AGPL-3.0-or-later
#include "base/io_sim.h"
#include "base/test.h"

static void sim_freep(struct epi_sim **sim)
{
    epi_sim_free(*sim);
}
#define SIM(name, seed) EPI_CLEANUP(sim_freep) struct epi_sim *name = epi_sim_new(seed)

static epi_str content(struct epi_arena *a, const struct epi_io *io, const char *path)
{
    epi_str text = EPI_S("(none)");
    (void)!io->fs.read(io->fs.ctx, a, path, 1000, &text, NULL);
    return text;
}

TEST(simulated_time_moves_only_when_told)
{
    SIM(sim, 1);
    int host = epi_sim_host(sim, "a"), late = epi_sim_host(sim, "b");
    const struct epi_clock *c = &epi_sim_io(sim, host)->clock, *d = &epi_sim_io(sim, late)->clock;
    char text[32];
    CHECK_STR(epi_str_of(epi_instant_iso(c->now(c->ctx), text)), EPI_S("2021-11-17T00:00:00.000Z"));
    epi_sim_clock_skew(sim, late, -3LL * 365 * 86400000);
    epi_sim_advance(sim, 1500);
    CHECK_STR(epi_str_of(epi_instant_iso(c->now(c->ctx), text)), EPI_S("2021-11-17T00:00:01.500Z"));
    CHECK_STR(epi_str_of(epi_instant_iso(d->now(d->ctx), text)), EPI_S("2018-11-18T00:00:01.500Z"));
    CHECK(c->monotonic_us(c->ctx) == d->monotonic_us(d->ctx));
}

TEST(the_same_seed_gives_the_same_entropy)
{
    unsigned char x[3][32];
    for (int i = 0; i < 3; i++) {
        SIM(sim, i < 2 ? 7 : 8);
        const struct epi_random *r = &epi_sim_io(sim, epi_sim_host(sim, "a"))->random;
        r->fill(r->ctx, x[i], sizeof x[i]);
    }
    CHECK(memcmp(x[0], x[1], sizeof x[0]) == 0);
    CHECK(memcmp(x[0], x[2], sizeof x[0]) != 0);
}

TEST(simulated_files_behave_like_files)
{
    EPI_ARENA_LOCAL(a);
    SIM(sim, 1);
    const struct epi_io *io = epi_sim_io(sim, epi_sim_host(sim, "a"));
    const struct epi_fs *fs = &io->fs;
    epi_str *names, text;
    size_t n;
    CHECK_INT(fs->write(fs->ctx, "/d/x/f", EPI_S("1"), NULL), EPI_NOT_FOUND);
    CHECK_OK(fs->make_dir(fs->ctx, "/d/x", NULL));
    CHECK_OK(fs->write(fs->ctx, "/d/x/f", EPI_S("one"), NULL));
    CHECK_OK(fs->write(fs->ctx, "/d/x/e", EPI_S("two"), NULL));
    CHECK_STR(content(a, io, "/d/x/f"), EPI_S("one"));
    CHECK_INT(fs->read(fs->ctx, a, "/d/x/f", 2, &text, NULL), EPI_LIMIT);
    CHECK_INT(fs->read(fs->ctx, a, "/d/x", 9, &text, NULL), EPI_IO);
    CHECK_OK(fs->list(fs->ctx, a, "/d/x/", &names, &n, NULL));
    CHECK_INT(n, 2);
    CHECK_STR(names[0], EPI_S("e"));
    CHECK_INT(fs->remove(fs->ctx, "/d/x", NULL), EPI_IO);
    CHECK_OK(fs->remove(fs->ctx, "/d/x/f", NULL));
    CHECK(!fs->exists(fs->ctx, "/d/x/f") && fs->exists(fs->ctx, "/d/x/e") &&
          fs->exists(fs->ctx, "/d"));
    CHECK_INT(fs->make_dir(fs->ctx, "/d/x/e/y", NULL), EPI_IO);
    CHECK_INT(fs->list(fs->ctx, a, "/no", &names, &n, NULL), EPI_NOT_FOUND);
    CHECK_OK(fs->write(fs->ctx, "plain", EPI_S("3"), NULL));
    CHECK_OK(fs->list(fs->ctx, a, ".", &names, &n, NULL));
    CHECK_INT(n, 1);
}

TEST(the_nth_write_meets_its_fault_and_the_others_do_not)
{
    EPI_ARENA_LOCAL(a);
    static const enum epi_sim_fault faults[] = {EPI_SIM_WRITE_FAILS, EPI_SIM_DISK_FULL};
    for (size_t i = 0; i < EPI_COUNT(faults); i++) {
        SIM(sim, 1);
        int host = epi_sim_host(sim, "a");
        const struct epi_io *io = epi_sim_io(sim, host);
        const struct epi_fs *fs = &io->fs;
        epi_sim_fail_write(sim, host, faults[i], 2);
        CHECK_OK(fs->write(fs->ctx, "f", EPI_S("old"), NULL));
        CHECK_INT(fs->write(fs->ctx, "f", EPI_S("new"), NULL), EPI_IO);
        CHECK_STR(content(a, io, "f"), EPI_S("old"));
        CHECK_OK(fs->write(fs->ctx, "f", EPI_S("newer"), NULL));
        CHECK_INT(epi_sim_writes(sim, host), 3);
    }
}

PROPERTY(what_was_acknowledged_survives_a_crash, 100)
{
    EPI_ARENA_LOCAL(a);
    SIM(sim, epi_rng_u64(rng));
    int host = epi_sim_host(sim, "a");
    const struct epi_io *io = epi_sim_io(sim, host);
    const struct epi_fs *fs = &io->fs;
    epi_str promised = EPI_S("(none)"), tried[30];
    size_t n = 0; /* writes that failed since the last promise */
    for (int i = 0; i < 30; i++) {
        if (epi_rng_chance(rng, 0.3))
            epi_sim_fail_write(sim, host, 1 + (enum epi_sim_fault)epi_rng_below(rng, 3), 1);
        epi_str text = epi_str_printf(a, "version %d", i);
        if (fs->write(fs->ctx, "f", text, NULL) == EPI_OK) {
            promised = text;
            n = 0;
        } else {
            tried[n++] = text;
        }
        if (!epi_rng_chance(rng, 0.3))
            continue;
        epi_sim_crash(sim, host);
        CHECK_INT(fs->write(fs->ctx, "f", text, NULL), EPI_IO);
        epi_sim_restart(sim, host);
        epi_str now = content(a, io, "f");
        /* A write that failed may be there all the same, whole or torn. */
        bool allowed = epi_str_eq(now, promised);
        for (size_t k = 0; k < n; k++)
            allowed |= epi_str_starts(tried[k], now);
        CHECK(allowed);
        promised = now;
        n = 0;
    }
}

TEST(a_lying_disk_loses_or_tears_what_it_acknowledged)
{
    EPI_ARENA_LOCAL(a);
    int old = 0, new = 0, torn = 0;
    for (uint64_t seed = 0; seed < 200; seed++) {
        SIM(sim, seed);
        int host = epi_sim_host(sim, "a");
        const struct epi_io *io = epi_sim_io(sim, host);
        CHECK_OK(io->fs.write(io->fs.ctx, "f", EPI_S("old"), NULL));
        epi_sim_fail_write(sim, host, EPI_SIM_SYNC_LIES, 1);
        CHECK_OK(io->fs.write(io->fs.ctx, "f", EPI_S("0123456789"), NULL));
        CHECK_STR(content(a, io, "f"), EPI_S("0123456789"));
        epi_sim_crash(sim, host);
        epi_sim_restart(sim, host);
        epi_str now = content(a, io, "f");
        if (epi_str_eqz(now, "old"))
            old++;
        else if (now.n == 10)
            new ++;
        else if (epi_str_starts(EPI_S("0123456789"), now))
            torn++;
    }
    CHECK(old > 20 && new > 20 && torn > 20);
    CHECK_INT(old + new + torn, 200);
}

TEST(a_removal_may_come_back_until_the_next_write)
{
    int back = 0;
    for (uint64_t seed = 0; seed < 50; seed++) {
        for (int synced = 0; synced < 2; synced++) {
            SIM(sim, seed);
            int host = epi_sim_host(sim, "a");
            const struct epi_io *io = epi_sim_io(sim, host);
            CHECK_OK(io->fs.write(io->fs.ctx, "f", EPI_S("x"), NULL));
            CHECK_OK(io->fs.remove(io->fs.ctx, "f", NULL));
            if (synced)
                CHECK_OK(io->fs.write(io->fs.ctx, "g", EPI_S("y"), NULL));
            epi_sim_crash(sim, host);
            epi_sim_restart(sim, host);
            bool there = io->fs.exists(io->fs.ctx, "f");
            CHECK(!synced || !there);
            back += there;
        }
    }
    CHECK(back > 5 && back < 45);
}

/* A server that answers every byte with the byte after it. */
struct echo {
    struct epi_sim *sim;
    int host, conn;
    size_t answered;
};

static bool serve_some(void *ctx)
{
    struct echo *e = ctx;
    const struct epi_net *net = &epi_sim_io(e->sim, e->host)->net;
    char in[64];
    size_t n = 0;
    if (e->conn == 0 && !epi_sim_accept(e->sim, e->host, 443, &e->conn))
        return false;
    if (net->receive(net->ctx, e->conn, in, sizeof in, 0, &n, NULL) != EPI_OK || n == 0)
        return false;
    for (size_t i = 0; i < n; i++)
        in[i]++;
    e->answered += n;
    return net->send(net->ctx, e->conn, (epi_str){in, n}, 0, NULL) == EPI_OK;
}

TEST(a_request_is_answered_after_the_delay_of_the_link)
{
    SIM(sim, 1);
    int server = epi_sim_host(sim, "server"), phone = epi_sim_host(sim, "phone"), conn = 0;
    struct echo echo = {.sim = sim, .host = server};
    const struct epi_net *net = &epi_sim_io(sim, phone)->net;
    char in[64];
    size_t n = 0;
    CHECK_INT(net->connect(net->ctx, "server", 443, 1000, &conn, NULL), EPI_IO);
    epi_sim_listen(sim, server, 443);
    epi_sim_link(sim, server, phone, (struct epi_sim_link){.delay_ms = 40, .chunk_max = 2});
    epi_sim_on_wait(sim, serve_some, &echo);
    int64_t start = epi_sim_now(sim).ms;
    CHECK_OK(net->connect(net->ctx, "server", 443, 1000, &conn, NULL));
    CHECK_OK(net->send(net->ctx, conn, EPI_S("HAL"), 1000, NULL));
    CHECK_INT(net->receive(net->ctx, conn, in, sizeof in, 30, &n, NULL), EPI_BUSY);
    epi_sim_advance(sim, 10);
    CHECK_OK(net->receive(net->ctx, conn, in, sizeof in, 1000, &n, NULL));
    CHECK_STR(((epi_str){in, n}), EPI_S("IB")); /* at most two bytes a time */
    CHECK_OK(net->receive(net->ctx, conn, in, sizeof in, 1000, &n, NULL));
    CHECK_STR(((epi_str){in, n}), EPI_S("M"));
    CHECK(epi_sim_now(sim).ms - start >= 160);
    CHECK_INT(echo.answered, 3);
}

TEST(a_closed_stream_ends_and_a_crashed_peer_breaks_it)
{
    SIM(sim, 1);
    int server = epi_sim_host(sim, "server"), phone = epi_sim_host(sim, "phone"), near, far;
    const struct epi_net *p = &epi_sim_io(sim, phone)->net, *s = &epi_sim_io(sim, server)->net;
    char in[64];
    size_t n = 9;
    epi_sim_listen(sim, server, 443);
    for (int crash = 0; crash < 2; crash++) {
        CHECK_OK(p->connect(p->ctx, "server", 443, 1000, &near, NULL));
        CHECK(epi_sim_accept(sim, server, 443, &far));
        CHECK(!epi_sim_accept(sim, server, 443, &far));
        CHECK_OK(s->send(s->ctx, far, EPI_S("bye"), 1000, NULL));
        if (crash)
            epi_sim_crash(sim, server);
        else
            s->close(s->ctx, far);
        CHECK_OK(p->receive(p->ctx, near, in, sizeof in, 10, &n, NULL));
        CHECK_INT(n, 3);
        CHECK_INT(p->receive(p->ctx, near, in, sizeof in, 10, &n, NULL), crash ? EPI_IO : EPI_OK);
        CHECK(crash || n == 0);
        CHECK_INT(p->send(p->ctx, near, EPI_S("x"), 10, NULL), EPI_IO);
    }
    CHECK_INT(p->connect(p->ctx, "server", 443, 1000, &near, NULL), EPI_IO);
    epi_sim_link(sim, server, phone, (struct epi_sim_link){.down = true});
    CHECK_INT(p->connect(p->ctx, "server", 443, 1000, &near, NULL), EPI_BUSY);
}

TEST(a_connection_is_cut_at_the_byte_that_was_asked)
{
    for (size_t cut = 1; cut <= 10; cut++) {
        SIM(sim, cut);
        int server = epi_sim_host(sim, "server"), phone = epi_sim_host(sim, "phone"), near, far;
        const struct epi_net *p = &epi_sim_io(sim, phone)->net, *s = &epi_sim_io(sim, server)->net;
        char in[64];
        size_t n, got = 0;
        epi_sim_listen(sim, server, 443);
        epi_sim_link(sim, phone, server, (struct epi_sim_link){.cut_after = cut, .delay_ms = 1});
        CHECK_OK(p->connect(p->ctx, "server", 443, 1000, &near, NULL));
        CHECK(epi_sim_accept(sim, server, 443, &far));
        CHECK_INT(p->send(p->ctx, near, EPI_S("0123"), 10, NULL), cut > 4 ? EPI_OK : EPI_IO);
        (void)!p->send(p->ctx, near, EPI_S("456789"), 10, NULL);
        while (s->receive(s->ctx, far, in + got, sizeof in - got, 10, &n, NULL) == EPI_OK)
            got += n;
        CHECK_STR(((epi_str){in, got}), epi_str_sub(EPI_S("0123456789"), 0, cut));
        CHECK_INT(p->receive(p->ctx, near, in, sizeof in, 10, &n, NULL), EPI_IO);
    }
}
