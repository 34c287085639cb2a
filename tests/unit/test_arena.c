#include <check.h>
#include <stdalign.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "auditproof/arena.h"

START_TEST(memory_is_zeroed_aligned_and_apart)
{
    struct ap_arena arena;
    char *last = NULL;
    size_t i;

    ap_arena_init(&arena, 0);
    for (i = 1; i < 300; i++) {
        char *text = ap_arena_copy(&arena, "abc", i % 4);
        char *block = ap_arena_alloc(&arena, i, 3);
        size_t k;

        ck_assert_ptr_nonnull(text);
        ck_assert_ptr_nonnull(block);
        ck_assert_uint_eq((uintptr_t)block % alignof(max_align_t), 0);
        ck_assert_uint_eq(strlen(text), i % 4);
        for (k = 0; k < i * 3; k++)
            ck_assert_int_eq(block[k], 0);
        memset(block, 'x', i * 3);
        ck_assert(last == NULL || last[0] == 'x');
        last = block;
    }
    ck_assert_int_eq(ap_arena_check(&arena, "test", NULL), AP_OK);
    ap_arena_free(&arena);
}
END_TEST

START_TEST(reset_gives_the_same_memory_again)
{
    struct ap_arena arena;
    char *first;

    ap_arena_init(&arena, 0);
    first = ap_arena_bytes(&arena, 100);
    ck_assert_ptr_nonnull(ap_arena_bytes(&arena, 1 << 20));
    ap_arena_reset(&arena);
    ck_assert_ptr_eq(ap_arena_bytes(&arena, 100), first);
    ap_arena_free(&arena);
}
END_TEST

START_TEST(limit_and_overflow_fail_and_are_told_apart)
{
    struct ap_arena arena;
    struct ap_error err;

    ap_arena_init(&arena, 1000);
    ck_assert_ptr_nonnull(ap_arena_bytes(&arena, 600));
    ck_assert_ptr_null(ap_arena_bytes(&arena, 600));
    ck_assert_int_eq(ap_arena_check(&arena, "the list", &err), AP_ELIMIT);
    ck_assert_ptr_nonnull(strstr(err.message, "the list"));
    ap_arena_reset(&arena);
    ck_assert_int_eq(ap_arena_check(&arena, "the list", &err), AP_OK);
    ap_arena_free(&arena);

    ap_arena_init(&arena, 0);
    ck_assert_ptr_null(ap_arena_alloc(&arena, SIZE_MAX / 2, 3));
    ck_assert_int_eq(ap_arena_check(&arena, "the list", &err), AP_ENOMEM);
    ap_arena_free(&arena);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("arena");
    TCase *tcase = tcase_create("arena");
    SRunner *runner;
    int failed;

    tcase_add_test(tcase, memory_is_zeroed_aligned_and_apart);
    tcase_add_test(tcase, reset_gives_the_same_memory_again);
    tcase_add_test(tcase, limit_and_overflow_fail_and_are_told_apart);
    suite_add_tcase(suite, tcase);
    runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
