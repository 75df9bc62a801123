// SPDX-License-Identifier: AGPL-3.0-or-later
#include "base/test.h"
#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

TEST(files_are_written_whole_read_listed_and_removed)
{
    EPI_ARENA_LOCAL(a);
    const struct epi_fs *fs = &epi_io_real()->fs;
    const char *dir = epi_str_printf(a, "%s/x/y", epi_test_dir(a)).p;
    const char *file = epi_str_printf(a, "%s/b.txt", dir).p;
    struct epi_err e;
    epi_str text, *names;
    size_t n;
    CHECK_OK(fs->make_dir(fs->ctx, dir, &e));
    CHECK_OK(fs->make_dir(fs->ctx, dir, &e));
    CHECK(!fs->exists(fs->ctx, file));
    CHECK_OK(fs->write(fs->ctx, file, EPI_S("first"), &e));
    CHECK_OK(fs->write(fs->ctx, file, EPI_S("second\n"), &e));
    CHECK_OK(fs->write(fs->ctx, epi_str_printf(a, "%s/a.txt", dir).p, EPI_NIL, &e));
    CHECK_OK(fs->read(fs->ctx, a, file, 100, &text, &e));
    CHECK_STR(text, EPI_S("second\n"));
    CHECK_OK(fs->read(fs->ctx, a, file, 7, &text, &e));
    CHECK_INT(fs->read(fs->ctx, a, file, 6, &text, &e), EPI_LIMIT);
    CHECK_OK(fs->list(fs->ctx, a, dir, &names, &n, &e));
    CHECK_INT(n, 2); /* no temporary file is left */
    CHECK_STR(names[0], EPI_S("a.txt"));
    CHECK_STR(names[1], EPI_S("b.txt"));
    CHECK_OK(fs->remove(fs->ctx, file, &e));
    CHECK_INT(fs->read(fs->ctx, a, file, 100, &text, &e), EPI_NOT_FOUND);
    CHECK_STR(epi_str_of(e.code), EPI_S("io.no-file"));
    CHECK_INT(fs->remove(fs->ctx, file, &e), EPI_NOT_FOUND);
    CHECK_INT(fs->read(fs->ctx, a, dir, 100, &text, &e), EPI_IO);
    CHECK_INT(fs->make_dir(fs->ctx, epi_str_printf(a, "%s/a.txt/z", dir).p, &e), EPI_NOT_FOUND);
    CHECK_INT(fs->make_dir(fs->ctx, epi_str_printf(a, "%s/a.txt", dir).p, &e), EPI_IO);
}

TEST(a_failed_write_leaves_the_old_file)
{
    EPI_ARENA_LOCAL(a);
    const struct epi_fs *fs = &epi_io_real()->fs;
    struct epi_err e;
    const char *file = epi_str_printf(a, "%s/no/such/folder", epi_test_dir(a)).p;
    CHECK_INT(fs->write(fs->ctx, file, EPI_S("x"), &e), EPI_NOT_FOUND);
    if (access("/dev/full", W_OK) != 0)
        SKIP("no /dev/full");
    CHECK_INT(fs->write(fs->ctx, "/proc/self/x", EPI_S("x"), &e), EPI_NOT_FOUND);
}

TEST(files_without_a_size_are_read_to_their_end)
{
    EPI_ARENA_LOCAL(a);
    const struct epi_fs *fs = &epi_io_real()->fs;
    epi_str text;
    CHECK_OK(fs->read(fs->ctx, a, "/proc/self/status", 100000, &text, NULL));
    CHECK(epi_str_find(text, EPI_S("Pid:"), 0) != SIZE_MAX);
    CHECK_INT(fs->read(fs->ctx, a, "/dev/zero", 1000, &text, NULL), EPI_LIMIT);
}

TEST(time_goes_on_and_entropy_differs)
{
    const struct epi_io *io = epi_io_real();
    unsigned char x[40] = {0}, y[40] = {0};
    CHECK(io->clock.now(io->clock.ctx).ms > 1600000000000);
    uint64_t before = io->clock.monotonic_us(io->clock.ctx);
    CHECK(io->clock.monotonic_us(io->clock.ctx) >= before);
    io->random.fill(io->random.ctx, x, sizeof x);
    io->random.fill(io->random.ctx, y, sizeof y);
    CHECK(memcmp(x, y, sizeof x) != 0);
}

TEST(a_peer_is_reached_answers_times_out_and_ends)
{
    const struct epi_net *net = &epi_io_real()->net;
    struct epi_err e;
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
    socklen_t size = sizeof at;
    int listener = socket(AF_INET, SOCK_STREAM, 0), conn = -1;
    CHECK(bind(listener, (struct sockaddr *)&at, size) == 0 && listen(listener, 1) == 0);
    CHECK(getsockname(listener, (struct sockaddr *)&at, &size) == 0);
    CHECK_OK(net->connect(net->ctx, "127.0.0.1", ntohs(at.sin_port), 2000, &conn, &e));
    int peer = accept(listener, NULL, NULL);
    char in[16];
    size_t n = 99;
    CHECK_INT(net->receive(net->ctx, conn, in, sizeof in, 5, &n, &e), EPI_BUSY);
    CHECK_OK(net->send(net->ctx, conn, EPI_S("ping"), 1000, &e));
    CHECK(read(peer, in, sizeof in) == 4 && memcmp(in, "ping", 4) == 0);
    CHECK(write(peer, "pong", 4) == 4);
    CHECK_OK(net->receive(net->ctx, conn, in, sizeof in, 1000, &n, &e));
    CHECK_STR(((epi_str){in, n}), EPI_S("pong"));
    (void)close(peer);
    CHECK_OK(net->receive(net->ctx, conn, in, sizeof in, 1000, &n, &e));
    CHECK_INT(n, 0);
    net->close(net->ctx, conn);
    (void)close(listener);
    CHECK_INT(net->connect(net->ctx, "127.0.0.1", ntohs(at.sin_port), 2000, &conn, &e), EPI_IO);
}
