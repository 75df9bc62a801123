/* io.h - the outside world behind four interfaces: clock, random, files, network.
 *
 * Everything that asks the time, draws entropy, touches a file or a peer does it through one of
 * these, so that a test can run a server and its devices from one seed, with faults. `_real()`
 * gives the machine's,
 * `_sim_new()` a simulated one (io_sim.h). SQLite does its own file access through a VFS: store/
 * owns that. */
#ifndef EPI_BASE_IO_H
#define EPI_BASE_IO_H
#include "base/err.h"
#include "base/id.h"

struct epi_clock {
    void *ctx;
    epi_instant (*now)(void *ctx);       /* wall clock; may jump */
    uint64_t (*monotonic_us)(void *ctx); /* never goes back */
};
struct epi_random {
    void *ctx;
    void (*fill)(void *ctx, void *out, size_t n); /* entropy fit for keys */
};
/* Whole-file access; paths as the system knows them. */
struct epi_fs {
    void *ctx;
    epi_status (*read)(void *ctx, struct epi_arena *a, const char *path, size_t max, epi_str *ret,
                       struct epi_err *reterr);
    /* Writes a temporary file, syncs it, renames it over `path`, syncs the folder. */
    epi_status (*write)(void *ctx, const char *path, epi_str text, struct epi_err *reterr);
    epi_status (*remove)(void *ctx, const char *path, struct epi_err *reterr);
    epi_status (*make_dir)(void *ctx, const char *path,
                           struct epi_err *reterr); /* and its parents */
    bool (*exists)(void *ctx, const char *path);
    /* Names (not paths) inside a folder, sorted by bytes. */
    epi_status (*list)(void *ctx, struct epi_arena *a, const char *path, epi_str **ret,
                       size_t *ret_n, struct epi_err *reterr);
};
/* A byte stream to a peer. Calls block up to their timeout; EPI_BUSY = timed out, EPI_IO = broken.
 */
struct epi_net {
    void *ctx;
    epi_status (*connect)(void *ctx, const char *host, uint16_t port, int timeout_ms, int *ret_conn,
                          struct epi_err *reterr);
    epi_status (*send)(void *ctx, int conn, epi_str bytes, int timeout_ms, struct epi_err *reterr);
    /* Reads what is there, at most `max`; *ret_n = 0 at the end of the stream. */
    epi_status (*receive)(void *ctx, int conn, char *out, size_t max, int timeout_ms, size_t *ret_n,
                          struct epi_err *reterr);
    void (*close)(void *ctx, int conn);
};
struct epi_io {
    struct epi_clock clock;
    struct epi_random random;
    struct epi_fs fs;
    struct epi_net net;
};
const struct epi_io *epi_io_real(void);

/* Makes record and operation ids; one per process, locked. The counter continues past the last id.
 */
struct epi_ids;
struct epi_ids *epi_ids_new(const struct epi_io *io);
void epi_ids_free(struct epi_ids *ids);
epi_id epi_ids_next(struct epi_ids *ids);
epi_opid epi_ids_op(struct epi_ids *ids);
#endif
