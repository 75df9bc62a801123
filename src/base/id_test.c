// SPDX-License-Identifier: AGPL-3.0-or-later
#include "base/test.h"
#include <pthread.h>
#include <stdlib.h>

static epi_instant fixed_now(void *ctx)
{
    return *(epi_instant *)ctx;
}

PROPERTY(record_ids_are_written_and_read_back, 300)
{
    char text[16];
    epi_id id = {1 + (epi_rng_u64(rng) >> (1 + epi_rng_below(rng, 63)))}, back = {0};
    epi_id_text(id, text);
    CHECK_INT(strlen(text), 13);
    CHECK(epi_id_parse(epi_str_of(text), &back) && back.v == id.v);
    EPI_ARENA_LOCAL(a);
    CHECK(epi_id_parse(epi_text_upper(a, epi_str_of(text)), &back) && back.v == id.v);
}

TEST(record_ids_forgive_letters_that_look_like_digits_and_nothing_else)
{
    char text[16];
    epi_id id = {0};
    CHECK(epi_id_parse(EPI_S("OoIiLl0000001"), &id));
    CHECK_STR(epi_str_of(epi_id_text(id, text)), EPI_S("0011110000001"));
    static const char *const bad[] = {"",
                                      "0000000000000",
                                      "u000000000001",
                                      "8000000000000",
                                      "000000000001",
                                      "00000000000001",
                                      "000000-000001",
                                      "00000000000 1"};
    for (size_t i = 0; i < EPI_COUNT(bad); i++)
        CHECK(!epi_id_parse(epi_str_of(bad[i]), &id));
    CHECK(!epi_id_parse((epi_str){"0000000000\0001x", 13}, &id));
    CHECK_STR(epi_str_of(epi_id_text((epi_id){0}, text)), EPI_S(""));
}

TEST(new_ids_only_grow_even_when_the_clock_stands_or_goes_back)
{
    epi_instant now = {1637100000000};
    struct epi_io io = *epi_io_real();
    io.clock.ctx = &now;
    io.clock.now = fixed_now;
    struct epi_ids *ids = epi_ids_new(&io);
    epi_id last = {0};
    epi_opid last_op = {{0}};
    bool good = true;
    for (int i = 0; i < 20000 && good; i++) {
        now.ms += i % 5000 == 4999 ? -3000 : i % 100 == 0;
        epi_id id = epi_ids_next(ids);
        epi_opid op = epi_ids_op(ids);
        good = id.v > last.v && memcmp(op.b, last_op.b, 16) > 0 && id.v >> 63 == 0;
        good = good && op.b[6] >> 4 == 7 && op.b[8] >> 6 == 2;
        last = id;
        last_op = op;
    }
    now.ms = -5; /* a device that believes it is 1969 */
    good = good && epi_ids_next(ids).v > last.v;
    epi_ids_free(ids);
    epi_ids_free(NULL);
    CHECK(good);
}

static void *take_many(void *arg)
{
    struct epi_ids *ids = arg;
    epi_id *out = epi_xmalloc(20000 * sizeof *out);
    for (int i = 0; i < 20000; i++)
        out[i] = epi_ids_next(ids);
    return out;
}

static int by_value(const void *a, const void *b)
{
    const epi_id *x = a, *y = b;
    return x->v < y->v ? -1 : x->v > y->v;
}

TEST(threads_never_get_the_same_id)
{
    enum { THREADS = 4, EACH = 20000 };
    EPI_ARENA_LOCAL(a);
    struct epi_ids *ids = epi_ids_new(epi_io_real());
    epi_id *list = EPI_ARRAY(a, THREADS * EACH, epi_id);
    pthread_t threads[THREADS];
    for (int i = 0; i < THREADS; i++)
        CHECK(pthread_create(&threads[i], NULL, take_many, ids) == 0);
    for (int i = 0; i < THREADS; i++) {
        void *part;
        CHECK(pthread_join(threads[i], &part) == 0);
        memcpy(list + i * EACH, part, EACH * sizeof *list);
        free(part);
    }
    epi_ids_free(ids);
    qsort(list, THREADS * EACH, sizeof *list, by_value);
    for (int i = 1; i < THREADS * EACH; i++)
        CHECK(list[i].v > list[i - 1].v);
}

TEST(operation_ids_are_written_as_uuids)
{
    char text[40];
    epi_opid id, back;
    CHECK(epi_opid_parse(EPI_S("017F22E2-79B0-7CC3-98C4-DC0C0C07398F"), &id)); /* RFC 9562, A.6 */
    CHECK_STR(epi_str_of(epi_opid_text(&id, text)), EPI_S("017f22e2-79b0-7cc3-98c4-dc0c0c07398f"));
    CHECK(epi_opid_parse(epi_str_of(text), &back) && epi_opid_eq(&id, &back));
    static const char *const bad[] = {
        "", "017f22e279b07cc398c4dc0c0c07398f", "017f22e2-79b0-7cc3-98c4-dc0c0c07398",
        "017f22e2-79b0-7cc3-98c4-dc0c0c07398g", "017f22e2+79b0-7cc3-98c4-dc0c0c07398f"};
    for (size_t i = 0; i < EPI_COUNT(bad); i++)
        CHECK(!epi_opid_parse(epi_str_of(bad[i]), &back));
}

PROPERTY(numbered_operation_ids_repeat_and_sort_by_number, 200)
{
    epi_instant t = {epi_rng_between(rng, 0, 4102444800000)};
    uint64_t space = epi_rng_u64(rng), n = epi_rng_below(rng, 1u << 30),
             m = epi_rng_below(rng, 1u << 30);
    epi_opid a = epi_opid_numbered(t, space, n), b = epi_opid_numbered(t, space, m);
    epi_opid again = epi_opid_numbered(t, space, n), other = epi_opid_numbered(t, space + 1, n);
    CHECK(epi_opid_eq(&a, &again) && !epi_opid_eq(&a, &other));
    CHECK(a.b[6] >> 4 == 7 && a.b[8] >> 6 == 2);
    int order = memcmp(a.b, b.b, 16);
    CHECK(n == m ? order == 0 : n < m ? order < 0 : order > 0);
}
