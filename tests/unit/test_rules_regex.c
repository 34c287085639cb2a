#include <check.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "rules/program.h"
#include "rules/regex.h"

static struct ap_test regex_test(const char *regex)
{
    struct ap_test test = {.kind = AP_TEST_REGEX};

    test.regex.text = regex;
    test.regex.len = strlen(regex);
    return test;
}

static enum ap_regex_answer search_with(const struct ap_test *test, const char *text, size_t len)
{
    struct ap_regex_searcher *searcher;
    struct ap_regex *regex;
    enum ap_regex_answer answer;

    ck_assert_int_eq(ap_regex_new(&regex, test, NULL, NULL), AP_OK);
    ck_assert_int_eq(ap_regex_searcher_new(&searcher, NULL), AP_OK);
    answer = ap_regex_search(searcher, regex, text, len);
    ap_regex_searcher_free(searcher);
    ap_regex_free(regex);
    return answer;
}

static enum ap_regex_answer search(const char *expression, const char *text)
{
    struct ap_test test = regex_test(expression);

    return search_with(&test, text, strlen(text));
}

START_TEST(finds_anywhere_in_utf8)
{
    struct ap_test test = regex_test("^b.d$");

    ck_assert_int_eq(search("b+c", "aabbbcd"), AP_REGEX_HIT);
    ck_assert_int_eq(search("^b", "ab"), AP_REGEX_MISS);
    ck_assert_int_eq(search("^.$", "é"), AP_REGEX_HIT);
    ck_assert_int_eq(search("^\\w+$", "Zoë"), AP_REGEX_HIT);
    ck_assert_int_eq(search("A", "a"), AP_REGEX_MISS);
    ck_assert_int_eq(search("", ""), AP_REGEX_HIT);
    ck_assert_int_eq(search_with(&test, "a\nb\nd", 5), AP_REGEX_MISS);
    test.multiline = true;
    ck_assert_int_eq(search_with(&test, "a\nbxd\n", 6), AP_REGEX_HIT);
    test.dotall = true;
    ck_assert_int_eq(search_with(&test, "a\nb\nd", 5), AP_REGEX_HIT);
    test = regex_test("STRASSE É");
    test.caseless = true;
    ck_assert_int_eq(search_with(&test, "x strasse é", strlen("x strasse é")), AP_REGEX_HIT);
    test = regex_test("b.c");
    test.dotall = true;
    ck_assert_int_eq(search_with(&test, "ab\0c", 4), AP_REGEX_HIT);
}
END_TEST

START_TEST(wrong_expressions_are_refused_with_their_place)
{
    static const struct {
        const char *regex, *message;
        size_t at;
    } wrong[] = {
        {"ab(cd", "parenthesis", 5}, {"a\\", "\\ at end", 2}, {"x\\Gy", "\\A", 1},
        {"a\\Cb", "\\C", 3},         {"\xff", "UTF-8", 0},
    };
    struct ap_error err;
    size_t at;

    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        struct ap_test test = regex_test(wrong[i].regex);

        ck_assert_int_eq(ap_regex_check(&test, &at, &err), AP_EINPUT);
        ck_assert_msg(strstr(err.message, wrong[i].message) != NULL, "%s", err.message);
        ck_assert_uint_eq(at, wrong[i].at);
    }
}
END_TEST

static double cpu_seconds(void)
{
    return (double)clock() / CLOCKS_PER_SEC;
}

/* Text of len characters a, and at its end what is given. */
static char *long_text(size_t len, const char *end)
{
    char *text = malloc(len + strlen(end) + 1);

    ck_assert_ptr_nonnull(text);
    memset(text, 'a', len);
    memcpy(text + len, end, strlen(end) + 1);
    return text;
}

START_TEST(expressions_that_explode_are_cut_off)
{
    static const char *const explosive[] = {
        "(a+)+$",      "(a|a)*$",         "(a|aa)+$",        "^(([a-z])+.)+[A-Z]([a-z])+$", "(.*a){20}b",
        "a[a-z]*+\\d", "(?=(a+))\\1+\\d", "(*NO_JIT)(a+)+$", "(*NO_JIT)^(a|a)*$",           "(*NO_JIT)a[a-z]*+\\d"};
    static const size_t lengths[] = {30, 3000, 300000};

    for (size_t i = 0; i < sizeof explosive / sizeof *explosive; i++) {
        for (size_t k = 0; k < sizeof lengths / sizeof *lengths; k++) {
            char *text = long_text(lengths[k], "!");
            double begun = cpu_seconds();

            ck_assert_int_ne(search(explosive[i], text), AP_REGEX_HIT);
            ck_assert_msg(cpu_seconds() - begun < 2.0, "%s: %f s", explosive[i], cpu_seconds() - begun);
            free(text);
        }
    }
    ck_assert_int_eq(search("^(a|a)*$", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa!"), AP_REGEX_CUT);
}
END_TEST

/* A match is found wherever the stretches of a long value happen to end. */
START_TEST(long_values_are_searched_whole)
{
    static const char *const regexes[] = {"éb", "a{3}éb$", "(?<=aé)b", "é(?=b)", ".*éb", "\\wéb\\z"};

    for (size_t len = AP_REGEX_STRETCH_MIN - 8; len < AP_REGEX_STRETCH_MIN + 8; len++) {
        char *text = long_text(len, "éb");

        for (size_t i = 0; i < sizeof regexes / sizeof *regexes; i++)
            ck_assert_msg(search(regexes[i], text) == AP_REGEX_HIT, "%s at %zu", regexes[i], len);
        ck_assert_int_eq(search("(*NO_JIT)a[^a]b", text), AP_REGEX_HIT);
        ck_assert_int_eq(search("^éb|bé", text), AP_REGEX_MISS);
        free(text);
    }
    for (size_t len = 1000000; len < 1000003; len++) {
        char *text = long_text(len, "éb");

        ck_assert_int_eq(search("[^a]b", text), AP_REGEX_HIT);
        free(text);
    }
}
END_TEST

START_TEST(a_match_is_found_wherever_it_begins)
{
    enum { LONG = 2100 };
    struct ap_test test = regex_test("b");
    struct ap_regex_searcher *searcher;
    struct ap_regex *regex;
    char *text = long_text(LONG, "");

    ck_assert_int_eq(ap_regex_new(&regex, &test, NULL, NULL), AP_OK);
    ck_assert_int_eq(ap_regex_searcher_new(&searcher, NULL), AP_OK);
    for (size_t at = 0; at < LONG; at++) {
        text[at] = 'b';
        ck_assert_msg(ap_regex_search(searcher, regex, text, LONG) == AP_REGEX_HIT, "at %zu", at);
        text[at] = 'a';
    }
    ap_regex_searcher_free(searcher);
    ap_regex_free(regex);
    free(text);
}
END_TEST

START_TEST(a_value_past_the_bound_is_cut_off)
{
    char *text = long_text(AP_REGEX_VALUE_MAX, "b");

    ck_assert_int_eq(search("b", text), AP_REGEX_CUT);
    text[AP_REGEX_VALUE_MAX] = '\0';
    ck_assert_int_eq(search("b", text), AP_REGEX_MISS);
    free(text);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("regex");
    TCase *tcase = tcase_create("regex");
    SRunner *runner;
    int failed;

    tcase_set_timeout(tcase, 120);
    tcase_add_test(tcase, finds_anywhere_in_utf8);
    tcase_add_test(tcase, wrong_expressions_are_refused_with_their_place);
    tcase_add_test(tcase, expressions_that_explode_are_cut_off);
    tcase_add_test(tcase, long_values_are_searched_whole);
    tcase_add_test(tcase, a_match_is_found_wherever_it_begins);
    tcase_add_test(tcase, a_value_past_the_bound_is_cut_off);
    suite_add_tcase(suite, tcase);
    runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
