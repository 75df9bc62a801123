// SPDX-License-Identifier: AGPL-3.0-or-later
/* Who may do what, and where. The table of roles is the only place where rights are given. */
#include "ops/ops_internal.h"

static const char *const permission_words[] = {
#define X(name, word) word,
    EPI_PERMISSIONS(X)
#undef X
};

const char *epi_permission_word(enum epi_permission p)
{
    return permission_words[p];
}

#define MAY(p) (1u << EPI_MAY_##p)
#define READ (MAY(RECORD_READ) | MAY(POLICY_READ))
static const struct {
    const char *role;
    uint32_t may;
} roles[] = {
    /* administrators keep accounts and see the audit; the epidemic's records are not theirs */
    {"administrator", READ | MAY(USER_MANAGE) | MAY(AUDIT_READ)},
    {"commander", READ | MAY(PERSON_READ) | MAY(LEVEL_SIGN) | MAY(LEVEL_PUBLISH) |
                      MAY(DIRECTIVE_WRITE) | MAY(ASSIGNMENT_ACT) | MAY(EXPORT) | MAY(AUDIT_READ) |
                      MAY(SIGNAL_ACT) | MAY(SCENARIO_RUN)},
    {"duty_officer", READ | MAY(PERSON_READ) | MAY(CASE_WRITE) | MAY(RECORD_WRITE) | MAY(IMPORT) |
                         MAY(EXPORT) | MAY(LEVEL_SIGN) | MAY(DIRECTIVE_WRITE) |
                         MAY(ASSIGNMENT_ACT) | MAY(SIGNAL_ACT) | MAY(SCENARIO_RUN)},
    {"epidemiologist", READ | MAY(PERSON_READ) | MAY(CASE_WRITE) | MAY(RECORD_WRITE) | MAY(IMPORT) |
                           MAY(EXPORT) | MAY(SIGNAL_ACT) | MAY(SCENARIO_RUN)},
    {"health_worker", READ | MAY(PERSON_READ) | MAY(CASE_WRITE) | MAY(RECORD_WRITE) |
                          MAY(ASSIGNMENT_ACT) | MAY(SIGNAL_ACT)},
    {"hospital", READ | MAY(PERSON_READ) | MAY(RECORD_WRITE) | MAY(ASSIGNMENT_ACT)},
    {"stock_keeper", READ | MAY(ASSIGNMENT_ACT)},
    {"clerk", READ | MAY(DIRECTIVE_WRITE) | MAY(ASSIGNMENT_ACT)},
    {"observer", READ},
};

uint32_t epi__role_permissions(epi_str role)
{
    for (size_t i = 0; i < EPI_COUNT(roles); i++)
        if (epi_str_eqz(role, roles[i].role))
            return roles[i].may;
    return 0;
}

struct epi_actor epi_actor_program(epi_lang lang)
{
    return (struct epi_actor){.login = EPI_S("cordon"),
                              .role = EPI_S("program"),
                              .lang = lang,
                              .may = (1u << EPI_PERMISSION_COUNT) - 1,
                              .scope = EPI_SCOPE_ALL};
}

epi_status epi__need(struct epi_call *call, enum epi_permission p)
{
    if (epi_may(&call->actor, p))
        return EPI_OK;
    return EPI_FAIL(&call->err, EPI_DENIED, "access.not-permitted", "%s", epi_permission_word(p));
}

epi_status epi__unit_arg(struct epi_call *call, const char *name, int32_t *ret_unit)
{
    const struct epi_units *units = call->app->units;
    epi_str text = epi_arg(call, name);
    size_t n = 0;
    epi_date on;
    EPI_TRY(epi__date_arg(call, "as_of", &on));
    int32_t unit;
    if (text.n)
        unit = epi_units_resolve(units, text, on, &n);
    else
        unit =
            call->actor.unit.n ? epi_units_by_path(units, call->actor.unit) : epi_units_root(units);
    if (unit < 0)
        return EPI_FAIL(&call->err, EPI_NOT_FOUND, "unit.unknown", "%.*s", EPI_FMT(text));
    if (n > 1)
        return EPI_FAIL(&call->err, EPI_INVALID, "unit.ambiguous", "%.*s", EPI_FMT(text));
    /* outside the jurisdiction looks like absent */
    if (!epi_scope_has(&call->actor.scope, epi_units_at(units, unit)->path))
        return EPI_FAIL(&call->err, EPI_NOT_FOUND, "unit.unknown", "%.*s", EPI_FMT(text));
    *ret_unit = unit;
    return EPI_OK;
}

epi_status epi__date_arg(struct epi_call *call, const char *name, epi_date *ret)
{
    epi_str text = epi_arg(call, name);
    if (!text.n) {
        *ret = epi_app_today(call->app);
        return EPI_OK;
    }
    if (!epi_date_parse_iso(text, ret))
        return EPI_FAIL(&call->err, EPI_INVALID, "arg.not-a-date", "%.*s", EPI_FMT(text));
    return EPI_OK;
}

epi_status epi__kind_arg(struct epi_call *call, uint16_t *ret_kind, bool internal_too)
{
    epi_str text = epi_arg(call, "kind");
    int k = epi_kind_find(call->app->catalogue, text);
    if (k < 0 || (call->app->catalogue->kinds[k].internal && !internal_too))
        return EPI_FAIL(&call->err, EPI_NOT_FOUND, "arg.no-such-kind", "%.*s", EPI_FMT(text));
    *ret_kind = (uint16_t)k;
    return EPI_OK;
}

epi_status epi__id_arg(struct epi_call *call, const char *name, epi_id *ret)
{
    epi_str text = epi_arg(call, name);
    if (!epi_id_parse(text, ret) || ret->v == 0)
        return EPI_FAIL(&call->err, EPI_NOT_FOUND, "arg.no-such-record", "%.*s", EPI_FMT(text));
    return EPI_OK;
}

epi_status epi__refuse_if_findings(struct epi_call *call)
{
    if (!call->findings.counts[EPI_ERROR])
        return EPI_OK;
    return EPI_FAIL(&call->err, EPI_INVALID, "input.has-errors", "%zu",
                    call->findings.counts[EPI_ERROR]);
}
