/* attr.h - the three compiler attributes we use, and small helpers every file needs. */
#ifndef EPI_BASE_ATTR_H
#define EPI_BASE_ATTR_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define EPI_MUST_USE __attribute__((warn_unused_result))
#define EPI_PRINTF(fmt, args) __attribute__((format(printf, fmt, args)))
#define EPI_CLEANUP(fn) __attribute__((cleanup(fn)))

#define EPI_COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* Aborts with the place: for bugs only, never for bad input. */
_Noreturn void epi_assert_failed(const char *expr, const char *file, int line);
#define EPI_ASSERT(expr) ((expr) ? (void)0 : epi_assert_failed(#expr, __FILE__, __LINE__))

#endif
