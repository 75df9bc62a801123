// SPDX-License-Identifier: AGPL-3.0-or-later
// Any bytes: refused, or an operation that encodes back to exactly these bytes.
#include "journal/journal.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    EPI_ARENA_LOCAL(a);
    const struct epi_catalogue *c;
    struct epi_findings f;
    epi_findings_init(&f, a, 0);
    if (epi_catalogue_new(a, EPI_NIL, &c, &f, NULL) != EPI_OK)
        return 0;
    epi_str bytes = {(const char *)data, size};
    struct epi_op op;
    if (epi_op_decode(a, c, bytes, &op, NULL) != EPI_OK)
        return 0;
    EPI_BUF_LOCAL(b, EPI_OP_BYTES_MAX);
    epi_op_encode(&b, c, &op);
    if (op.n_unknown == 0)
        EPI_ASSERT(epi_str_eq(epi_buf_str(&b), bytes));
    EPI_BUF_LOCAL(j, EPI_OP_BYTES_MAX);
    struct epi_jw w = EPI_JW(&j);
    epi_op_json(&w, c, &op, true);
    return 0;
}
