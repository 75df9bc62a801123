// SPDX-License-Identifier: AGPL-3.0-or-later
#include "ops/ops_internal.h"

#define ANSWER_MAX (256u << 20) /* no answer is larger; exports go to files */

void epi_call_init(struct epi_call *call, struct epi_app *app, const struct epi_actor *actor,
                   struct epi_arena *a)
{
    *call = (struct epi_call){.app = app, .actor = *actor, .a = a, .buf = EPI_BUF(ANSWER_MAX)};
    call->out = EPI_JW(&call->buf);
    epi_findings_init(&call->findings, a, 1000);
}

void epi_call_done(struct epi_call *call)
{
    epi_buf_done(&call->buf);
}

void epi_call_arg(struct epi_call *call, epi_str name, epi_str value)
{
    if (call->n_args < EPI_ARGS_MAX)
        call->args[call->n_args++] = (struct epi_arg){name, value};
}

epi_str epi_arg(const struct epi_call *call, const char *name)
{
    for (size_t i = 0; i < call->n_args; i++)
        if (epi_str_eqz(call->args[i].name, name))
            return call->args[i].value;
    return EPI_NIL;
}
