/* test_support.h - what the tests of this folder share: read a file, look at findings, check
 * places. */
#ifndef EPI_DIRECTIVE_TEST_SUPPORT_H
#define EPI_DIRECTIVE_TEST_SUPPORT_H
#include "directive/directive.h"

struct reading {
    epi_str text;
    const struct epi_directive_forms *forms;
    struct epi_directive d;
    struct epi_findings findings;
};
/* False when the file, the forms or the parse fail. */
bool directive_read(struct epi_arena *a, const char *path, const char *forms, struct reading *ret);
const struct epi_directive_forms *directive_forms(struct epi_arena *a, const char *id);
epi_str directive_file(struct epi_arena *a, const char *path);
bool directive_has(const struct epi_findings *f, const char *code);
/* Every place lies inside the text and every confidence between 0 and 1. */
bool directive_places_hold(const struct epi_directive *d, epi_str text);
#endif
