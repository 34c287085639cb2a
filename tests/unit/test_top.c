/* The most frequent texts of a stream: exact while there is room, and never beside the bounds after that. */
#include <check.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "report/top.h"

static struct top top;

static void begin(void)
{
    struct ap_error err;

    ck_assert_int_eq(top_init(&top, &err), AP_OK);
}

static void end(void)
{
    top_free(&top);
}

static void add(const char *text, uint64_t times)
{
    for (uint64_t i = 0; i < times; i++)
        top_add(&top, 0, text, strlen(text));
}

START_TEST(test_exact)
{
    const struct top_item *rows[4];

    ck_assert_uint_eq(top_sorted(&top, rows, 4), 0);
    add("b", 2);
    add("", 1);
    add("a", 2);
    add("c", 5);
    top_add(&top, 1, "c", 1);
    ck_assert_uint_eq(top_sorted(&top, rows, 4), 4);
    ck_assert_mem_eq(rows[0]->text, "c", 1);
    ck_assert_uint_eq(rows[0]->count, 5);
    ck_assert_mem_eq(rows[1]->text, "a", 1);
    ck_assert_mem_eq(rows[2]->text, "b", 1);
    ck_assert_uint_eq(rows[3]->len, 0);
    ck_assert(!top.full);
    ck_assert_uint_eq(top.total, 11);
}
END_TEST

/* What is not kept of a long text still tells it from others, as far as its length does. */
START_TEST(test_long)
{
    const struct top_item *rows[4];
    char text[3 * TOP_TEXT_MAX];

    memset(text, 'x', sizeof text);
    top_add(&top, 0, text, sizeof text);
    top_add(&top, 0, text, sizeof text);
    top_add(&top, 0, text, TOP_TEXT_MAX);
    ck_assert_uint_eq(top_sorted(&top, rows, 4), 2);
    ck_assert_uint_eq(rows[0]->count, 2);
    ck_assert_uint_eq(rows[0]->len, sizeof text);
    ck_assert_uint_eq(top_kept(rows[0]), TOP_TEXT_MAX);
}
END_TEST

/* Text n comes as often as a power law says: a few very often, most of them once or twice. */
START_TEST(test_bounds)
{
    enum { TEXTS = 30000, DRAWS = 400000 };
    const struct top_item *rows[100];
    uint64_t *truth = calloc(TEXTS, sizeof *truth), seed = 1;

    ck_assert_ptr_nonnull(truth);
    for (size_t i = 0; i < DRAWS; i++) {
        char text[32];
        uint64_t n;

        seed = seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
        n = TEXTS / (1 + (seed >> 33) % TEXTS);
        if (i % 2 == 0)
            n = (seed >> 40) % TEXTS;
        n %= TEXTS;
        truth[n]++;
        (void)snprintf(text, sizeof text, "text %" PRIu64, n);
        top_add(&top, 0, text, strlen(text));
    }
    ck_assert(top.full);
    ck_assert_uint_eq(top.total, DRAWS);
    ck_assert_uint_eq(top_sorted(&top, rows, 100), 100);
    for (size_t i = 0; i < 100; i++) {
        char text[TOP_TEXT_MAX + 1] = "";
        uint64_t n;

        memcpy(text, rows[i]->text, top_kept(rows[i]));
        n = strtoull(text + 5, NULL, 10);
        ck_assert_uint_ge(rows[i]->count, truth[n]);
        ck_assert_uint_le(rows[i]->count - rows[i]->over, truth[n]);
        ck_assert(i == 0 || rows[i - 1]->count >= rows[i]->count);
    }
    /* A text that came more often than the room's share of all is kept (Metwally et al., theorem 2). */
    for (size_t n = 0; n < TEXTS; n++) {
        bool kept = false;
        char text[32];

        if (truth[n] <= DRAWS / TOP_ROOM)
            continue;
        (void)snprintf(text, sizeof text, "text %zu", n);
        for (size_t i = 0; i < top.count; i++)
            kept = kept || (top.items[i].len == strlen(text) && memcmp(top.items[i].text, text, strlen(text)) == 0);
        ck_assert_msg(kept, "%s came %" PRIu64 " times", text, truth[n]);
    }
    free(truth);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("top");
    TCase *tc = tcase_create("top");
    SRunner *runner;
    int failed;

    tcase_add_checked_fixture(tc, begin, end);
    tcase_add_test(tc, test_exact);
    tcase_add_test(tc, test_long);
    tcase_add_test(tc, test_bounds);
    suite_add_tcase(suite, tc);
    runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
