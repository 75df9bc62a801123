// SPDX-License-Identifier: AGPL-3.0-or-later
/* A request from anywhere becomes a call or a refusal that can be told; nothing in between.
 * Input: request line, header lines, an empty line, the body; lines end in \n. */
#include "serve/serve_internal.h"

static size_t read_headers(epi_str *rest, struct epi_arg *headers)
{
    epi_str line, name;
    size_t n = 0;
    while (epi_str_split(rest, '\n', &line) && line.n) {
        if (n == EPI__HEADERS_MAX)
            continue;
        epi_str value = line;
        epi_str_split(&value, ':', &name);
        headers[n++] = (struct epi_arg){name, value};
    }
    return n;
}

/* What was understood holds to what the acts are promised. */
static void check_call(struct epi_arena *a, const struct epi__request *r, epi_str body)
{
    struct epi_actor nobody = {.lang = r->lang};
    struct epi_call call;
    EPI_ASSERT(r->route && epi__route_count() > 40);
    epi_call_init(&call, NULL, &nobody, a);
    if (epi__request_call(r, body, &call) == EPI_OK) {
        EPI_ASSERT(call.n_args == r->n_args);
        for (size_t i = 0; i < call.n_args; i++)
            EPI_ASSERT(
                epi_utf8_valid(call.args[i].name) && epi_utf8_valid(call.args[i].value) &&
                (!call.args[i].value.n || !memchr(call.args[i].value.p, 0, call.args[i].value.n)));
        EPI_ASSERT(r->route->body == EPI__RAW || r->route->body == EPI__NONE ||
                   epi_utf8_valid(call.body));
        EPI_ASSERT(!call.has_op_id || r->has_op_id);
    }
    /* the answer to anything is one JSON object with a sentence, whatever the caller accepts */
    struct epi__answer x = {.file = -1};
    struct epi_err e = {0};
    const epi_json *j;
    epi_err_set(&e, EPI_CONFLICT, "http.op-reused", __FILE__, __LINE__, "%s", "");
    epi__answer_problem(a, &x, r, &e, &call, EPI_NIL);
    EPI_ASSERT(epi_json_parse(a, (epi_str){x.body, x.n}, 1 << 20, &j, NULL) == EPI_OK);
    EPI_ASSERT(epi_json_text(j, "detail", EPI_NIL).n > 0);
    epi__answer_finish(a, &x, r);
    epi__answer_done(&x);
    epi_call_done(&call);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    EPI_ARENA_LOCAL(a);
    struct epi_arg headers[EPI__HEADERS_MAX];
    struct epi__wire w = {.headers = headers};
    struct epi__request r;
    struct epi_err e = {0};
    epi_str rest = {(const char *)data, size}, line;
    epi_str_split(&rest, '\n', &line);
    epi_str_split(&line, ' ', &w.method);
    w.target = line;
    w.n_headers = read_headers(&rest, headers);
    w.loopback = size & 1;
    if (epi__request_read(a, &w, &r, &e) != EPI_OK) {
        int status = epi__http_status(&e, &r);
        EPI_ASSERT(status >= 400 && status < 500);
        EPI_ASSERT(epi_str_starts(epi_str_of(e.code), EPI_S("http.")));
        EPI_ASSERT(
            !epi_str_eqz(epi_err_text(a, &e, r.lang), e.code)); /* every refusal has its sentence */
        return 0;
    }
    EPI_ASSERT(r.token.n <= size && (!r.tls || w.loopback) && (!r.local || w.loopback));
    if (r.api)
        check_call(a, &r, rest);
    else
        EPI_ASSERT(epi_utf8_valid(r.path));
    return 0;
}
