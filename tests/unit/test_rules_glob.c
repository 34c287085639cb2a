#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "auditproof/utf8.h"
#include "rules/glob.h"
#include "rules_random.h"

static const char *const dashes[] = {"-", "/", "\xE2\x80\x93", "\xE2\x80\x94", "\xE2\x80\x95"};

/* By trying everything. */
static bool match_plainly(const struct ap_step *steps, size_t count, const char *text, size_t len)
{
    size_t next;

    if (count == 0)
        return len == 0;
    switch (steps[0].kind) {
    case AP_STEP_TEXT:
        next = steps[0].text.len;
        return next <= len && memcmp(text, steps[0].text.text, next) == 0 &&
               match_plainly(steps + 1, count - 1, text + next, len - next);
    case AP_STEP_ONE:
        next = len == 0 ? 0 : ap_utf8_char(text, len);
        return next > 0 && match_plainly(steps + 1, count - 1, text + next, len - next);
    case AP_STEP_DASH:
        for (size_t i = 0; i < sizeof dashes / sizeof *dashes; i++)
            if (len >= strlen(dashes[i]) && memcmp(text, dashes[i], strlen(dashes[i])) == 0)
                return match_plainly(steps + 1, count - 1, text + strlen(dashes[i]), len - strlen(dashes[i]));
        return false;
    case AP_STEP_RUN:
        for (size_t at = 0; at <= len; at++)
            if (match_plainly(steps + 1, count - 1, text + at, len - at))
                return true;
        return false;
    }
    return false;
}

START_TEST(matches_as_trying_everything_does)
{
    struct ap_arena arena;
    unsigned matches = 0;
    char text[64];

    ap_arena_init(&arena, 0);
    for (int i = 0; i < 20000; i++) {
        struct ap_pattern pattern = random_pattern(&arena, true, 3);

        for (int k = 0; k < 10; k++) {
            size_t len = random_text(text, 8);
            bool expected = match_plainly(pattern.steps, pattern.count, text, len);

            matches += expected;
            ck_assert_msg(ap_glob_match(&pattern, text, len) == expected, "%d: %s", i, text);
        }
        ap_arena_reset(&arena);
    }
    ck_assert_uint_gt(matches, 10000);
    ap_arena_free(&arena);
}
END_TEST

static struct ap_step text_step(const char *text)
{
    struct ap_step step = {.kind = AP_STEP_TEXT, .text = {text, strlen(text)}};

    return step;
}

START_TEST(shapes)
{
    const struct ap_step run = {.kind = AP_STEP_RUN}, one = {.kind = AP_STEP_ONE}, dash = {.kind = AP_STEP_DASH};
    const struct {
        enum ap_glob_shape shape;
        bool looks_into;
        size_t count;
        struct ap_step steps[5];
        const char *text;
    } cases[] = {
        {AP_GLOB_EXACT, false, 0, {run}, ""},
        {AP_GLOB_ANY, true, 1, {run}, ""},
        {AP_GLOB_EXACT, false, 1, {text_step("ab")}, "ab"},
        {AP_GLOB_STARTS, false, 2, {text_step("ab"), run}, "ab"},
        {AP_GLOB_ENDS, false, 2, {run, text_step("ab")}, "ab"},
        {AP_GLOB_CONTAINS, true, 3, {run, text_step("ab"), run}, "ab"},
        {AP_GLOB_MIXED, true, 5, {run, text_step("a"), run, text_step("bcd"), run}, "bcd"},
        {AP_GLOB_MIXED, true, 4, {one, run, text_step("a"), run}, "a"},
        {AP_GLOB_MIXED, false, 3, {text_step("a"), run, text_step("b")}, "a"},
        {AP_GLOB_MIXED, false, 2, {one, text_step("b")}, "b"},
        {AP_GLOB_MIXED, false, 1, {one}, ""},
        {AP_GLOB_MIXED, true, 2, {one, run}, ""},
        {AP_GLOB_MIXED, false, 2, {dash, text_step("a")}, "a"},
        {AP_GLOB_MIXED, false, 4, {dash, run, text_step("a"), run}, "a"},
        {AP_GLOB_MIXED, true, 4, {run, dash, text_step("a"), run}, "a"},
    };

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct ap_pattern pattern = {.steps = cases[i].steps, .count = cases[i].count};
        struct ap_text text;

        ck_assert_msg(ap_glob_shape(&pattern, &text) == cases[i].shape, "case %zu", i);
        ck_assert_msg(ap_glob_looks_into(&pattern) == cases[i].looks_into, "case %zu", i);
        ck_assert_uint_eq(text.len, strlen(cases[i].text));
        ck_assert_mem_eq(text.text, cases[i].text, text.len);
    }
}
END_TEST

/* What would take a backtracking matcher for ever. */
START_TEST(many_runs_take_no_time)
{
    enum { RUNS = 100, LONG = 1 << 20 };
    struct ap_step steps[2 * RUNS + 1];
    struct ap_pattern pattern = {.steps = steps, .count = 2 * RUNS + 1};
    char *text = malloc(LONG);

    ck_assert_ptr_nonnull(text);
    memset(text, 'a', LONG);
    for (size_t i = 0; i < RUNS; i++) {
        steps[2 * i] = (struct ap_step){.kind = AP_STEP_RUN};
        steps[2 * i + 1] = text_step("aaaaaaaa");
    }
    steps[2 * RUNS] = text_step("b");
    ck_assert(!ap_glob_match(&pattern, text, LONG));
    text[LONG - 1] = 'b';
    ck_assert(ap_glob_match(&pattern, text, LONG));
    free(text);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("glob");
    TCase *tcase = tcase_create("glob");
    SRunner *runner;
    int failed;

    tcase_set_timeout(tcase, 60);
    tcase_add_test(tcase, matches_as_trying_everything_does);
    tcase_add_test(tcase, shapes);
    tcase_add_test(tcase, many_runs_take_no_time);
    suite_add_tcase(suite, tcase);
    runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
