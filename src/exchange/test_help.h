/* test_help.h - what the tests of this folder share. */
#ifndef EPI_EXCHANGE_TEST_HELP_H
#define EPI_EXCHANGE_TEST_HELP_H
#include "base/test.h"
#include "exchange/exchange.h"

#define CHECK_TEXT(got, want_cz) CHECK_STR(got, epi_str_of(want_cz))

/* A finding with this code was made. */
static inline bool found(const struct epi_findings *f, const char *code)
{
    for (size_t i = 0; i < f->n; i++)
        if (strcmp(f->list[i].code, code) == 0)
            return true;
    return false;
}
#endif
