/* test.h - the test harness: TEST(name) registers itself; one binary runs them all.
 *
 *   TEST(a_leap_day_is_a_day) { CHECK(epi_ymd_valid(2024, 2, 29)); CHECK_INT(epi_date_age(b, d),
 * 3); }
 *
 * Names are sentences. CHECK_* print both values, mark the test failed and return from it.
 * SKIP("why") ends the test as skipped. PROPERTY(name, runs) gets `rng` and is repeated with seeds
 * printed on failure; CORDON_SEED=n repeats one. Run `build/test/unit [part of a name]`. */
#ifndef EPI_BASE_TEST_H
#define EPI_BASE_TEST_H
#include "base/base.h"

typedef void epi_test_fn(struct epi_rng *rng);
void epi_test_register(const char *name, const char *file, epi_test_fn *fn, unsigned runs);
void epi_test_fail(const char *file, int line, const char *fmt, ...) EPI_PRINTF(3, 4);
void epi_test_skip(const char *why);
bool epi_test_check_str(const char *file, int line, epi_str got, epi_str want);
/* Path of a file in the shared reference folder, or NULL when it is absent (then SKIP). */
const char *epi_test_shared(struct epi_arena *a, const char *relative);
/* Path below the repository root (data/, policies/, tests/). */
const char *epi_test_repo(struct epi_arena *a, const char *relative);
/* A fresh empty folder, removed when the test ends. */
const char *epi_test_dir(struct epi_arena *a);

#define EPI_TEST_DEFINE(name, runs_) \
    static void name(struct epi_rng *rng); \
    __attribute__((constructor)) static void name##_register(void) \
    { \
        epi_test_register(#name, __FILE__, name, (runs_)); \
    } \
    static void name(struct epi_rng *rng)
#define TEST(name) EPI_TEST_DEFINE(name, 0)
#define PROPERTY(name, runs) EPI_TEST_DEFINE(name, runs)
#define USES_NO_RNG (void)rng

#define CHECK(expr) \
    do { \
        if (!(expr)) { \
            epi_test_fail(__FILE__, __LINE__, "%s", #expr); \
            return; \
        } \
    } while (0)
#define CHECK_OK(expr) \
    do { \
        epi_status check_s = (expr); \
        if (check_s != EPI_OK) { \
            epi_test_fail(__FILE__, __LINE__, "%s gave status %d", #expr, (int)check_s); \
            return; \
        } \
    } while (0)
#define CHECK_INT(got, want) \
    do { \
        long long check_g = (long long)(got), check_w = (long long)(want); \
        if (check_g != check_w) { \
            epi_test_fail(__FILE__, __LINE__, "%s: got %lld, want %lld", #got, check_g, check_w); \
            return; \
        } \
    } while (0)
#define CHECK_NEAR(got, want, tol) \
    do { \
        double check_g = (got), check_w = (want), check_d = check_g - check_w; \
        if (!(check_d <= (tol) && -check_d <= (tol))) { \
            epi_test_fail(__FILE__, __LINE__, "%s: got %.12g, want %.12g", #got, check_g, \
                          check_w); \
            return; \
        } \
    } while (0)
#define CHECK_STR(got, want) \
    do { \
        if (!epi_test_check_str(__FILE__, __LINE__, (got), (want))) \
            return; \
    } while (0)
#define SKIP(why) \
    do { \
        epi_test_skip(why); \
        return; \
    } while (0)
#endif
