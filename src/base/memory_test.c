// SPDX-License-Identifier: AGPL-3.0-or-later
#include "base/test.h"

TEST(memory_from_an_arena_is_zeroed_and_aligned_even_when_used_before)
{
    EPI_ARENA_LOCAL(a);
    for (int round = 0; round < 3; round++) {
        for (size_t n = 0; n < 3000; n += 7) {
            unsigned char *p = epi_arena_take(a, n);
            CHECK((uintptr_t)p % 16 == 0);
            for (size_t i = 0; i < n; i++)
                CHECK(p[i] == 0);
            if (n)
                memset(p, 0xAA, n);
        }
        epi_arena_reset(a);
        CHECK_INT(epi_arena_used(a), 0);
    }
}

TEST(an_arena_at_its_cap_gives_no_more)
{
    struct epi_arena *a = epi_arena_new(100);
    CHECK(epi_arena_try(a, 101) == NULL);
    CHECK(epi_arena_try(a, SIZE_MAX) == NULL);
    CHECK(epi_arena_try(a, 64) != NULL);
    CHECK(epi_arena_try(a, 64) == NULL);
    CHECK(epi_arena_try(a, 16) != NULL);
    epi_arena_reset(a);
    CHECK(epi_arena_try(a, 96) != NULL);
    epi_arena_free(a);
    epi_arena_free(NULL);
}

PROPERTY(releasing_a_mark_gives_back_exactly_what_came_after_it, 100)
{
    EPI_ARENA_LOCAL(a);
    struct epi_arena_mark marks[20];
    size_t used[20], n = 0;
    char *kept = epi_arena_take(a, 5);
    memcpy(kept, "kept", 5);
    for (int step = 0; step < 300; step++) {
        if (n < 20 && epi_rng_chance(rng, 0.3)) {
            used[n] = epi_arena_used(a);
            marks[n++] = epi_arena_mark(a);
        } else if (n > 0 && epi_rng_chance(rng, 0.3)) {
            n = epi_rng_below(rng, n);
            epi_arena_release(a, marks[n]);
            CHECK_INT(epi_arena_used(a), used[n]);
        } else {
            size_t bytes = epi_rng_below(rng, epi_rng_chance(rng, 0.1) ? 100000 : 500);
            memset(epi_arena_take(a, bytes), 0xBB, bytes);
        }
    }
    CHECK_STR(epi_str_of(kept), EPI_S("kept"));
}

TEST(a_buffer_at_its_cap_drops_whole_writes_and_says_so)
{
    EPI_BUF_LOCAL(b, 10);
    epi_buf_putz(&b, "12345");
    epi_buf_printf(&b, "%d", 678);
    CHECK(!b.full);
    epi_buf_putz(&b, "90a");
    CHECK(b.full);
    epi_buf_putc(&b, 'x');
    epi_buf_printf(&b, "%d", 1);
    CHECK_STR(epi_buf_str(&b), EPI_S("12345678"));
    CHECK(epi_buf_space(&b, 1) == NULL);
    epi_buf_clear(&b);
    epi_buf_putz(&b, "0123456789");
    CHECK(!b.full);
    CHECK_STR(epi_buf_str(&b), EPI_S("0123456789"));
    CHECK(epi_buf_space(&b, SIZE_MAX) == NULL && b.full);
}

TEST(long_formatted_text_is_written_whole)
{
    EPI_ARENA_LOCAL(a);
    EPI_BUF_LOCAL(b, 5000);
    epi_buf_printf(&b, "<%4000d>", 7);
    CHECK_INT(b.n, 4002);
    CHECK(b.p[0] == '<' && b.p[4000] == '7' && b.p[4001] == '>');
    epi_buf_printf(&b, "%2000d", 7);
    CHECK(b.full);
    CHECK_INT(b.n, 4002);
    epi_str s = epi_str_printf(a, "%600d!", 3);
    CHECK_INT(s.n, 601);
    CHECK(s.p[599] == '3' && s.p[600] == '!');
}

PROPERTY(a_buffer_holds_what_was_written, 50)
{
    EPI_BUF_LOCAL(b, SIZE_MAX);
    size_t want = 0;
    for (int i = 0; i < 200; i++) {
        char text[64];
        size_t n = epi_rng_below(rng, sizeof text);
        memset(text, 'a' + i % 26, sizeof text);
        if (epi_rng_chance(rng, 0.5)) {
            epi_buf_put(&b, (epi_str){text, n});
        } else if (n) {
            char *room = epi_buf_space(&b, n);
            CHECK(room);
            memcpy(room, text, n);
            b.n += n;
        }
        want += n;
        CHECK_INT(b.n, want);
        CHECK(n == 0 || b.p[b.n - 1] == 'a' + i % 26);
    }
}
