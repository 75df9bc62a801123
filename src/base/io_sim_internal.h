/* io_sim_internal.h - what the disk and the network of the simulated world share.
 *
 * Files and connections are linked lists: worlds are small, and the order is that of making, so a
 * run is the same wherever it runs. Everything but the bytes on the wire lives in the world's
 * arena. */
#ifndef EPI_BASE_IO_SIM_INTERNAL_H
#define EPI_BASE_IO_SIM_INTERNAL_H
#include "base/io_sim.h"
#include "base/rng.h"

struct sim_file {
    struct sim_file *next;
    epi_str path;
    bool folder;
    bool seen, durable;         /* exists for readers; would exist after a crash */
    bool undecided;             /* seen and durable differ, and a crash may choose either */
    epi_str text, durable_text; /* content for readers; content after a crash */
};

/* One direction of a connection is a queue of bytes with the time at which each part arrives. */
struct sim_part {
    struct sim_part *next;
    size_t bytes;
    int64_t at_us;
};
struct sim_conn { /* one end */
    struct sim_conn *next, *peer;
    int number, host;
    uint16_t port; /* of the listener, on the accepted end */
    bool waiting;  /* connected, not yet accepted */
    bool closed, peer_closed, broken;
    struct epi_buf bytes; /* on their way to this end, then read from `taken` */
    size_t taken;
    struct sim_part *parts, *last_part;
    size_t carried; /* bytes ever sent to this end */
};

struct sim_host {
    struct epi_sim *sim;
    int number;
    epi_str name;
    bool up;
    int64_t skew_ms;
    struct epi_rng entropy;
    struct epi_io io;
    struct sim_file *files;
    enum epi_sim_fault fault;
    unsigned fault_in, writes;
};
struct sim_listener {
    struct sim_listener *next;
    int host;
    uint16_t port;
};
struct epi_sim {
    struct epi_arena *a;
    int64_t us; /* microseconds since 1970 */
    struct epi_rng rng;
    struct sim_host hosts[EPI_SIM_HOSTS_MAX];
    int host_count;
    struct epi_sim_link links[EPI_SIM_HOSTS_MAX][EPI_SIM_HOSTS_MAX];
    struct sim_listener *listeners;
    struct sim_conn *conns;
    int conn_count;
    bool (*work)(void *ctx);
    void *work_ctx;
    bool working; /* the hook is not called from inside itself */
};

struct sim_host *epi__sim_host(struct epi_sim *sim, int host);
void epi__sim_fs(struct sim_host *h, struct epi_fs *ret);
void epi__sim_fs_crash(struct sim_host *h);
void epi__sim_net(struct sim_host *h, struct epi_net *ret);
void epi__sim_net_crash(struct sim_host *h);
epi_status epi__sim_down(struct epi_err *reterr);
#endif
