// SPDX-License-Identifier: AGPL-3.0-or-later
/* JSON that was read is written and read again to the same text, and never leaves its limits. */
#include "base/base.h"

static void write_again(struct epi_jw *w, const epi_json *j)
{
    switch (j->type) {
    case EPI_JSON_NULL:
        epi_jw_null(w);
        return;
    case EPI_JSON_BOOL:
        epi_jw_bool(w, j->i != 0);
        return;
    case EPI_JSON_INT:
        epi_jw_int(w, j->i);
        return;
    case EPI_JSON_REAL:
        epi_jw_real(w, j->f);
        return;
    case EPI_JSON_TEXT:
        epi_jw_text(w, j->text);
        return;
    case EPI_JSON_ARRAY:
        epi_jw_array(w);
        EPI_JSON_EACH (item, j)
            write_again(w, item);
        epi_jw_array_end(w);
        return;
    case EPI_JSON_OBJECT:
        epi_jw_object(w);
        EPI_JSON_EACH (item, j) {
            epi_jw_keys(w, item->key);
            write_again(w, item);
        }
        epi_jw_object_end(w);
        return;
    }
}

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
    write_again(&w, j);
    EPI_ASSERT(epi_json_parse(a, epi_buf_str(&first), SIZE_MAX, &j, &e) == EPI_OK);
    write_again(&v, j);
    EPI_ASSERT(epi_str_eq(epi_buf_str(&first), epi_buf_str(&second)));
    return 0;
}
