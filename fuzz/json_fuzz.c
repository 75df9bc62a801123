// SPDX-License-Identifier: AGPL-3.0-or-later
/* JSON that was read is written and read again to the same text, and never leaves its limits. */
#include "base/base.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    EPI_ARENA_LOCAL(a);
    EPI_BUF_LOCAL(first, SIZE_MAX);
    EPI_BUF_LOCAL(second, SIZE_MAX);
    struct epi_jw w = EPI_JW(&first), v = EPI_JW(&second);
    const epi_json *j = NULL;
    struct epi_err e = {0};
    epi_status s = epi_json_parse(a, (epi_str){(const char *)data, size}, 1 << 20, &j, &e);
    if (s != EPI_OK) {
        EPI_ASSERT(e.code && epi_err_text(a, &e, EPI_VI).n > 0);
        return 0;
    }
    epi_jw_json(&w, j);
    EPI_ASSERT(epi_json_parse(a, epi_buf_str(&first), SIZE_MAX, &j, &e) == EPI_OK);
    epi_jw_json(&v, j);
    EPI_ASSERT(epi_str_eq(epi_buf_str(&first), epi_buf_str(&second)));
    return 0;
}
