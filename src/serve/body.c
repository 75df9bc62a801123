// SPDX-License-Identifier: AGPL-3.0-or-later
/* What a request carries: in memory while small, else in a nameless file that is mapped when
 * complete. */
#include "serve/serve_internal.h"
#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#define IN_MEMORY ((size_t)1 << 20)

void epi__body_init(struct epi__body *b, size_t limit)
{
    *b = (struct epi__body){.mem = EPI_BUF(IN_MEMORY + 65536), .file = -1, .limit = limit};
}

static epi_status write_out(struct epi__body *b, epi_str bytes, struct epi_err *reterr)
{
    while (bytes.n) {
        ssize_t n = write(b->file, bytes.p, bytes.n);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return EPI_FAIL(reterr, EPI_IO, "io.write", "%s\x1f%s", "upload", strerror(errno));
        bytes = epi_str_sub(bytes, (size_t)n, bytes.n);
    }
    return EPI_OK;
}

epi_status epi__body_add(struct epi__body *b, const char *tmp_dir, epi_str bytes,
                         struct epi_err *reterr)
{
    if (b->over || bytes.n > b->limit - b->n) {
        b->over = true;
        return EPI_FAIL(reterr, EPI_LIMIT, "http.body-too-large", "%zu", b->limit >> 20);
    }
    b->n += bytes.n;
    if (b->file < 0 && b->n <= IN_MEMORY) {
        epi_buf_put(&b->mem, bytes);
        return EPI_OK;
    }
    if (b->file < 0) {
        b->file = open(tmp_dir, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
        if (b->file < 0)
            return EPI_FAIL(reterr, EPI_IO, "io.write", "%s\x1f%s", "upload", strerror(errno));
        EPI_TRY(write_out(b, epi_buf_str(&b->mem), reterr));
        epi_buf_done(&b->mem);
        b->mem = EPI_BUF(0);
    }
    return write_out(b, bytes, reterr);
}

epi_status epi__body_text(struct epi__body *b, epi_str *ret, struct epi_err *reterr)
{
    *ret = epi_buf_str(&b->mem);
    if (b->file < 0)
        return EPI_OK;
    void *p = mmap(NULL, (size_t)b->n, PROT_READ, MAP_PRIVATE, b->file, 0);
    if (p == MAP_FAILED)
        return EPI_FAIL(reterr, EPI_IO, "io.read", "%s\x1f%s", "upload", strerror(errno));
    b->map = p;
    *ret = (epi_str){p, (size_t)b->n};
    return EPI_OK;
}

void epi__body_done(struct epi__body *b)
{
    if (b->map)
        munmap(b->map, (size_t)b->n);
    if (b->file >= 0)
        close(b->file);
    epi_buf_done(&b->mem);
    *b = (struct epi__body){.file = -1};
}
