// SPDX-License-Identifier: AGPL-3.0-or-later
#include "base/io.h"
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

/* --- clock and entropy -------------------------------------------------------------------------
 */

static epi_instant real_now(void *ctx)
{
    (void)ctx;
    struct timespec t;
    EPI_ASSERT(clock_gettime(CLOCK_REALTIME, &t) == 0);
    return (epi_instant){t.tv_sec * 1000LL + t.tv_nsec / 1000000};
}

static uint64_t real_monotonic_us(void *ctx)
{
    (void)ctx;
    struct timespec t;
    EPI_ASSERT(clock_gettime(CLOCK_MONOTONIC, &t) == 0);
    return (uint64_t)t.tv_sec * 1000000u + (uint64_t)t.tv_nsec / 1000u;
}

static void real_fill(void *ctx, void *out, size_t n)
{
    (void)ctx;
    unsigned char *p = out;
    while (n > 0) {
        ssize_t got = getrandom(p, n, 0);
        EPI_ASSERT(got > 0 || errno == EINTR);
        if (got > 0) {
            p += got;
            n -= (size_t)got;
        }
    }
}

/* --- files -------------------------------------------------------------------------------------
 */

static void close_fd(int *fd)
{
    if (*fd >= 0)
        (void)close(*fd);
}

static epi_status io_fail(struct epi_err *reterr, const char *code, const char *path, int error)
{
    if (error == ENOENT || error == ENOTDIR)
        return EPI_FAIL(reterr, EPI_NOT_FOUND, "io.no-file", "%s", path);
    if (error == ENOSPC || error == EDQUOT)
        return EPI_FAIL(reterr, EPI_IO, "io.disk-full", "%s", path);
    const char *why = strerrordesc_np(error);
    return EPI_FAIL(reterr, EPI_IO, code, "%s\x1f%s", path, why ? why : "?");
}

static epi_status real_read(void *ctx, struct epi_arena *a, const char *path, size_t max,
                            epi_str *ret, struct epi_err *reterr)
{
    (void)ctx;
    EPI_CLEANUP(close_fd) int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return io_fail(reterr, "io.read", path, errno);
    struct stat st;
    if (fstat(fd, &st) != 0 || S_ISDIR(st.st_mode))
        return io_fail(reterr, "io.read", path, S_ISDIR(st.st_mode) ? EISDIR : errno);
    if (S_ISREG(st.st_mode) && (uint64_t)st.st_size > max)
        return EPI_FAIL(reterr, EPI_LIMIT, "io.too-large", "%s\x1f%zu", path, max);
    /* The size is only a first guess: pipes have none, and a file may grow meanwhile. */
    size_t step = S_ISREG(st.st_mode) && st.st_size > 0 ? (size_t)st.st_size + 1 : 65536;
    EPI_BUF_LOCAL(b, max < SIZE_MAX ? max + 1 : max);
    for (;;) {
        size_t room = step < b.max - b.n ? step : b.max - b.n;
        char *to = room ? epi_buf_space(&b, room) : NULL;
        if (!to)
            return EPI_FAIL(reterr, EPI_LIMIT, "io.too-large", "%s\x1f%zu", path, max);
        ssize_t got = read(fd, to, room);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return io_fail(reterr, "io.read", path, errno);
        if (got == 0)
            break;
        b.n += (size_t)got;
    }
    char *out = b.n <= max ? epi_arena_try(a, b.n + 1) : NULL;
    if (!out)
        return EPI_FAIL(reterr, EPI_LIMIT, "io.too-large", "%s\x1f%zu", path, max);
    if (b.n)
        memcpy(out, b.p, b.n);
    *ret = (epi_str){out, b.n};
    return EPI_OK;
}

static int sync_folder_of(struct epi_arena *a, const char *path)
{
    const char *slash = strrchr(path, '/');
    const char *folder = ".";
    if (slash)
        folder = slash == path ? "/" : epi_str_cz(a, (epi_str){path, (size_t)(slash - path)});
    EPI_CLEANUP(close_fd) int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    return fd < 0 || fsync(fd) != 0 ? errno : 0;
}

static int write_all(int fd, epi_str text)
{
    while (text.n > 0) {
        ssize_t put = write(fd, text.p, text.n);
        if (put < 0 && errno == EINTR)
            continue;
        if (put < 0)
            return errno;
        text = epi_str_sub(text, (size_t)put, SIZE_MAX);
    }
    return 0;
}

static epi_status real_write(void *ctx, const char *path, epi_str text, struct epi_err *reterr)
{
    (void)ctx;
    EPI_ARENA_LOCAL(a);
    epi_str name = epi_str_printf(a, "%s.tmp-XXXXXX", path);
    char *temporary = epi_arena_take(a, name.n + 1);
    memcpy(temporary, name.p, name.n);
    int fd = mkstemp(temporary); /* made with mode 0600: everything we keep may name persons */
    if (fd < 0)
        return io_fail(reterr, "io.write", path, errno);
    const char *code = "io.write";
    int error = write_all(fd, text);
    if (!error && fsync(fd) != 0) {
        error = errno;
        code = "io.sync";
    }
    if (close(fd) != 0 && !error)
        error = errno;
    if (!error && rename(temporary, path) != 0)
        error = errno;
    if (error) {
        (void)unlink(temporary);
        return io_fail(reterr, code, path, error);
    }
    error = sync_folder_of(a, path);
    return error ? io_fail(reterr, "io.sync", path, error) : EPI_OK;
}

static epi_status real_remove(void *ctx, const char *path, struct epi_err *reterr)
{
    (void)ctx;
    if (remove(path) != 0)
        return io_fail(reterr, "io.remove", path, errno);
    return EPI_OK;
}

static epi_status real_make_dir(void *ctx, const char *path, struct epi_err *reterr)
{
    (void)ctx;
    EPI_ARENA_LOCAL(a);
    epi_str whole = epi_str_of(path);
    for (size_t i = 1; i <= whole.n; i++) {
        if (i < whole.n && whole.p[i] != '/')
            continue;
        const char *part = epi_str_cz(a, (epi_str){whole.p, i});
        if (mkdir(part, 0700) != 0 && errno != EEXIST)
            return io_fail(reterr, "io.make-dir", path, errno);
    }
    struct stat st;
    if (stat(path, &st) != 0 || !S_ISDIR(st.st_mode))
        return EPI_FAIL(reterr, EPI_IO, "io.make-dir", "%s\x1f%s", path, strerrordesc_np(ENOTDIR));
    return EPI_OK;
}

static bool real_exists(void *ctx, const char *path)
{
    (void)ctx;
    return access(path, F_OK) == 0;
}

static void close_dir(DIR **d)
{
    if (*d)
        (void)closedir(*d);
}

static int by_bytes(const void *a, const void *b)
{
    return epi_str_cmp(*(const epi_str *)a, *(const epi_str *)b);
}

static epi_status real_list(void *ctx, struct epi_arena *a, const char *path, epi_str **ret,
                            size_t *ret_n, struct epi_err *reterr)
{
    (void)ctx;
    EPI_CLEANUP(close_dir) DIR *dir = opendir(path);
    if (!dir)
        return io_fail(reterr, "io.read", path, errno);
    epi_str *names = EPI_ARRAY(a, 16, epi_str);
    size_t n = 0, cap = 16;
    struct dirent *entry;
    while ((errno = 0, entry = readdir(dir)) != NULL) {
        if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
            continue;
        if (n == cap) {
            epi_str *more = EPI_ARRAY(a, cap * 2, epi_str);
            memcpy(more, names, n * sizeof *names);
            names = more;
            cap *= 2;
        }
        names[n++] = epi_str_dup(a, epi_str_of(entry->d_name));
    }
    if (errno)
        return io_fail(reterr, "io.read", path, errno);
    qsort(names, n, sizeof *names, by_bytes);
    *ret = names;
    *ret_n = n;
    return EPI_OK;
}

/* --- network -----------------------------------------------------------------------------------
 */

static epi_status net_fail(struct epi_err *reterr, int error)
{
    const char *why = strerrordesc_np(error);
    return EPI_FAIL(reterr, EPI_IO, "io.peer", "%s", why ? why : "?");
}

/* EPI_OK when the socket is ready for `events`, EPI_BUSY when the time ran out. */
static epi_status wait_for(int fd, short events, uint64_t deadline_us, struct epi_err *reterr)
{
    for (;;) {
        uint64_t now = real_monotonic_us(NULL);
        uint64_t left = now < deadline_us ? (deadline_us - now + 999) / 1000 : 0;
        struct pollfd p = {.fd = fd, .events = events};
        int ready = poll(&p, 1, (int)left);
        if (ready > 0)
            return EPI_OK;
        if (ready == 0)
            return EPI_FAIL(reterr, EPI_BUSY, "io.timeout", "");
        if (errno != EINTR)
            return net_fail(reterr, errno);
    }
}

static uint64_t deadline(int timeout_ms)
{
    return real_monotonic_us(NULL) + (uint64_t)(timeout_ms > 0 ? timeout_ms : 0) * 1000u;
}

static epi_status connect_one(const struct addrinfo *to, uint64_t deadline_us, int *ret_fd,
                              struct epi_err *reterr)
{
    int fd = socket(to->ai_family, to->ai_socktype | SOCK_NONBLOCK | SOCK_CLOEXEC, to->ai_protocol);
    if (fd < 0)
        return net_fail(reterr, errno);
    epi_status s = EPI_OK;
    if (connect(fd, to->ai_addr, to->ai_addrlen) != 0 && errno != EINPROGRESS)
        s = net_fail(reterr, errno);
    else
        s = wait_for(fd, POLLOUT, deadline_us, reterr);
    int error = 0;
    socklen_t size = sizeof error;
    if (s == EPI_OK && (getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &size) != 0 || error))
        s = net_fail(reterr, error);
    if (s != EPI_OK)
        (void)close(fd);
    else
        *ret_fd = fd;
    return s;
}

static epi_status real_connect(void *ctx, const char *host, uint16_t port, int timeout_ms,
                               int *ret_conn, struct epi_err *reterr)
{
    (void)ctx;
    struct addrinfo hints = {.ai_socktype = SOCK_STREAM, .ai_flags = AI_NUMERICSERV}, *found = NULL;
    char service[8];
    uint64_t until = deadline(timeout_ms);
    (void)snprintf(service, sizeof service, "%u", (unsigned)port);
    if (getaddrinfo(host, service, &hints, &found) != 0 || !found)
        return EPI_FAIL(reterr, EPI_IO, "io.no-host", "%s", host);
    epi_status s = EPI_IO;
    for (const struct addrinfo *to = found; to && s != EPI_OK; to = to->ai_next)
        s = connect_one(to, until, ret_conn, reterr);
    freeaddrinfo(found);
    return s;
}

static epi_status real_send(void *ctx, int conn, epi_str bytes, int timeout_ms,
                            struct epi_err *reterr)
{
    (void)ctx;
    uint64_t until = deadline(timeout_ms);
    while (bytes.n > 0) {
        ssize_t put = send(conn, bytes.p, bytes.n, MSG_NOSIGNAL);
        if (put >= 0) {
            bytes = epi_str_sub(bytes, (size_t)put, SIZE_MAX);
        } else if (errno == EAGAIN) {
            EPI_TRY(wait_for(conn, POLLOUT, until, reterr));
        } else if (errno != EINTR) {
            return net_fail(reterr, errno);
        }
    }
    return EPI_OK;
}

static epi_status real_receive(void *ctx, int conn, char *out, size_t max, int timeout_ms,
                               size_t *ret_n, struct epi_err *reterr)
{
    (void)ctx;
    uint64_t until = deadline(timeout_ms);
    for (;;) {
        ssize_t got = recv(conn, out, max, 0);
        if (got >= 0) {
            *ret_n = (size_t)got;
            return EPI_OK;
        }
        if (errno == EAGAIN)
            EPI_TRY(wait_for(conn, POLLIN, until, reterr));
        else if (errno != EINTR)
            return net_fail(reterr, errno);
    }
}

static void real_close(void *ctx, int conn)
{
    (void)ctx;
    (void)close(conn);
}

const struct epi_io *epi_io_real(void)
{
    static const struct epi_io io = {
        .clock = {NULL, real_now, real_monotonic_us},
        .random = {NULL, real_fill},
        .fs = {NULL, real_read, real_write, real_remove, real_make_dir, real_exists, real_list},
        .net = {NULL, real_connect, real_send, real_receive, real_close},
    };
    return &io;
}
