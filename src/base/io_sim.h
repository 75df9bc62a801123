/* io_sim.h - a small world in memory: hosts with their own clocks and disks, joined by a network.
 *
 * Everything follows from one seed. Time moves only by epi_sim_advance and while a call waits, so a
 * run of a server and its devices can be repeated exactly. One thread only.
 *
 *   struct epi_sim *sim = epi_sim_new(42);
 *   int server = epi_sim_host(sim, "server"), phone = epi_sim_host(sim, "phone");
 *   epi_sim_listen(sim, server, 443);
 *   epi_sim_on_wait(sim, serve_some, &state);    runs while the phone waits for an answer
 *   const struct epi_io *io = epi_sim_io(sim, phone);
 *
 * Disks: a write that returned EPI_OK survives a crash, unless a lying disk was asked for; a
 * removal or a new folder is durable only after the next write on that disk. A crash also closes
 * the connections. Ownership: the epi_io of a host lives as long as the world. */
#ifndef EPI_BASE_IO_SIM_H
#define EPI_BASE_IO_SIM_H
#include "base/io.h"

#define EPI_SIM_HOSTS_MAX 64

struct epi_sim;

struct epi_sim *epi_sim_new(uint64_t seed);
void epi_sim_free(struct epi_sim *sim);
/* A new host: its clock starts at 2021-11-17T00:00:00Z like the world's, its disk is empty. */
int epi_sim_host(struct epi_sim *sim, const char *name);
const struct epi_io *epi_sim_io(struct epi_sim *sim, int host);

/* --- time --------------------------------------------------------------------------------------
 */
epi_instant epi_sim_now(const struct epi_sim *sim);
void epi_sim_advance(struct epi_sim *sim, int64_t ms);
/* The host's wall clock shows the world's time plus `ms`; its monotonic clock does not care. */
void epi_sim_clock_skew(struct epi_sim *sim, int host, int64_t ms);

/* --- disk faults --------------------------------------------------------------------------------
 */
enum epi_sim_fault {
    EPI_SIM_NO_FAULT,
    EPI_SIM_WRITE_FAILS, /* EPI_IO, the old file stays */
    EPI_SIM_DISK_FULL,   /* EPI_IO io.disk-full, the old file stays */
    EPI_SIM_SYNC_FAILS,  /* EPI_IO io.sync: the new file is seen, a crash may take or tear it */
    EPI_SIM_SYNC_LIES,   /* EPI_OK, but a crash may take or tear it */
};
/* The `nth` write from now on (1 = the next) meets the fault; once. 0 takes it back. */
void epi_sim_fail_write(struct epi_sim *sim, int host, enum epi_sim_fault fault, unsigned nth);
/* The disk is put back to what was durable; torn and undecided files are settled by the seed. Until
 * the restart every call of the host fails with EPI_IO. */
void epi_sim_crash(struct epi_sim *sim, int host);
void epi_sim_restart(struct epi_sim *sim, int host);
unsigned epi_sim_writes(const struct epi_sim *sim, int host); /* writes that were tried */

/* --- network ------------------------------------------------------------------------------------
 */
struct epi_sim_link {
    int64_t delay_ms;
    bool down;        /* new connections fail, sent bytes are lost and the connection breaks */
    size_t cut_after; /* a connection breaks when it carried so many bytes in one direction; 0 =
                         never */
    size_t chunk_max; /* a receive gives at most so many bytes; 0 = no limit */
};
/* Both directions between two hosts; applies to bytes sent from now on. */
void epi_sim_link(struct epi_sim *sim, int a, int b, struct epi_sim_link link);
/* Peers connect by the host's name. */
void epi_sim_listen(struct epi_sim *sim, int host, uint16_t port);
/* The next waiting connection, for use with the host's epi_io.net; false when none waits. */
bool epi_sim_accept(struct epi_sim *sim, int host, uint16_t port, int *ret_conn);
/* Called while a host waits in connect or receive, before time moves: lets the others work. Returns
 * true when it did something, so that the waiting host looks again. */
void epi_sim_on_wait(struct epi_sim *sim, bool (*work)(void *ctx), void *ctx);
#endif
