// SPDX-License-Identifier: AGPL-3.0-or-later
#include "base/attr.h"
#include <stdio.h>
#include <stdlib.h>

/* The only place of the library that writes to the terminal and stops the process. */
_Noreturn void epi_assert_failed(const char *expr, const char *file, int line)
{
    fprintf(stderr, "cordon: internal error at %s:%d: %s\n", file, line, expr);
    abort();
}
