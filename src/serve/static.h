/* static.h - the web app's files as answers. Bytes are static and never copied. */
#ifndef EPI_SERVE_STATIC_H
#define EPI_SERVE_STATIC_H
#include "serve/serve_internal.h"

epi_status epi__static_find(struct epi_arena *a, const struct epi__wire *w, struct epi__request *r,
                            struct epi__answer *x, epi_str *ret_bytes, struct epi_err *reterr);
#endif
