/* serve.h - the HTTP door: reads a request, calls one act of ops, writes the answer. Decides
 * nothing.
 *
 * The routes are routes.def; the description of them, OpenAPI 3.1, is made from the same table.
 * Threads:  a few threads speak HTTP and never wait for the disk; acts run on worker threads of
 * their own. Overload: what does not fit the queue is answered 503 with Retry-After; nothing grows
 * without bound. Privacy:  the access log holds method, route pattern, status, time and bytes;
 * never an id, a name or a query. */
#ifndef EPI_SERVE_SERVE_H
#define EPI_SERVE_SERVE_H
#include "ops/ops.h"

#define EPI_SERVE_VERSION "0.1.0" /* of the API */

struct epi_serve_options {
    epi_str listen;       /* "127.0.0.1:8080", "[::1]:8080"; port 0 = any free one */
    const char *version;  /* of the program, for /api/health; NULL = EPI_SERVE_VERSION */
    const char *tmp_dir;  /* where downloads are made and large uploads wait; NULL = a fresh one
                             under TMPDIR */
    bool verbose;         /* one line per request on standard error */
    unsigned workers;     /* threads that run acts; 0 = by the machine */
    unsigned connections; /* 0 = 2,048 */
    unsigned per_ip;      /* connections of one address; 0 = 512 */
    unsigned streams;     /* event streams open at once; 0 = 1,024 */
    /* Called once when requests are answered, with the address as a URL; and for lines of the log.
     * NULL = the log goes to standard error. */
    void (*ready)(void *ctx, const char *url);
    void (*log)(void *ctx, const char *line);
    void *ctx;
};
/* Serves until SIGINT or SIGTERM, then finishes what it began and returns. */
EPI_MUST_USE epi_status epi_serve(struct epi_app *app, const struct epi_serve_options *o,
                                  struct epi_err *reterr);
/* The OpenAPI 3.1 description of every route. */
void epi_serve_openapi(struct epi_jw *w, const struct epi_catalogue *c);
#endif
