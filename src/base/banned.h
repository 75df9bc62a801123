/* banned.h - calls that do not compile here, because each has a safe equivalent in base/.
 *
 * Included before everything by the build (-include), after the system headers that declare the
 * names. strcpy, strcat, sprintf -> epi_buf, epi_str_printf (strncpy, met in a library header, is
 * left to tools/check-banned); strtok -> epi_str_split; atoi, atol, atof -> epi_str_to_i64,
 * epi_str_to_f64; gmtime, localtime, ctime -> date.h; rand, random -> rng.h; mktemp, tmpnam ->
 * mkstemp; gets -> fgets. */
#ifndef EPI_BASE_BANNED_H
#define EPI_BASE_BANNED_H
#ifndef __ASSEMBLER__
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>
#undef sprintf /* macros in some fortified headers */
#undef vsprintf
#pragma GCC poison strcpy strcat stpcpy sprintf vsprintf strtok gets
#pragma GCC poison atoi atol atoll atof gmtime localtime ctime asctime
#pragma GCC poison rand srand drand48 lrand48 mktemp tmpnam tempnam
#endif
#endif
