/* Numbers and times as events write them. */
#include <check.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "auditproof/clock.h"
#include "rules/event.h"

static struct ap_number number(const char *text)
{
    struct ap_number out;
    char *copy = malloc(strlen(text) + 1);

    ck_assert_ptr_nonnull(copy);
    memcpy(copy, text, strlen(text));
    ck_assert_msg(ap_number_parse(&out, copy, strlen(text)), "%s is refused", text);
    free(copy);
    return out;
}

START_TEST(reads_integers_exactly)
{
    static const struct {
        const char *text;
        int64_t value;
    } cases[] = {
        {"0", 0},
        {"-0", 0},
        {"0.000", 0},
        {"0e99999999999", 0},
        {"7", 7},
        {"-42", -42},
        {"4625.0", 4625},
        {"4.625e3", 4625},
        {"462500E-2", 4625},
        {"1e18", INT64_C(1000000000000000000)},
        {"999999999999999999", INT64_C(999999999999999999)},
        {"9007199254740993", INT64_C(9007199254740993)},
        {"9223372036854775807", INT64_MAX},
        {"-9223372036854775808", INT64_MIN},
        {"9223372036854775807.00", INT64_MAX},
        {"-9.223372036854775808e18", INT64_MIN},
    };

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct ap_number n = number(cases[i].text);

        ck_assert_msg(n.is_integer && n.integer == cases[i].value, "%s", cases[i].text);
        ck_assert_double_eq(n.real, (double)cases[i].value);
    }
}
END_TEST

START_TEST(reads_the_rest_as_doubles)
{
    static const struct {
        const char *text;
        double value;
    } cases[] = {
        {"0.1", 0.1},
        {"-12.50", -12.5},
        {"1e-7", 1e-7},
        {"9223372036854775808", 0x1p63},
        {"-9223372036854775809", -0x1p63},
        {"1e19", 1e19},
        {"1.7976931348623157e308", 1.7976931348623157e308},
        {"4.9e-324", 4.9e-324},
        {"2.2250738585072011e-308", 2.2250738585072011e-308},
        {"1e400", HUGE_VAL},
        {"-1e99999999999999999999", -HUGE_VAL},
        {"1e-99999999999999999999", 0},
        {"123456789012345678901234567890", 123456789012345678901234567890.0},
        {"0.000000000000000000000000000001", 1e-30},
    };

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct ap_number n = number(cases[i].text);

        ck_assert_msg(!n.is_integer && n.real == cases[i].value, "%s is %.17g", cases[i].text, n.real);
    }
}
END_TEST

/* Digits past those that are kept still round. */
START_TEST(reads_very_long_numbers)
{
    char text[5000];
    struct ap_number n;

    memset(text, '0', sizeof text);
    memcpy(text, "0.5", 3);
    n = (struct ap_number){0};
    ck_assert(ap_number_parse(&n, text, sizeof text));
    ck_assert_double_eq(n.real, 0.5);
    /* 2^53 + 1, a tie, and a little more than it. */
    memset(text, '0', sizeof text);
    memcpy(text, "9007199254740993.", 17);
    ck_assert(ap_number_parse(&n, text, sizeof text));
    ck_assert(n.is_integer && n.integer == INT64_C(9007199254740993));
    text[sizeof text - 1] = '1';
    ck_assert(ap_number_parse(&n, text, sizeof text));
    ck_assert(!n.is_integer);
    ck_assert_double_eq(n.real, 9007199254740994.0);
    memset(text, '1', sizeof text);
    ck_assert(ap_number_parse(&n, text, sizeof text));
    ck_assert(isinf(n.real));
    memcpy(text + sizeof text - 6, "e-4990", 6);
    ck_assert(ap_number_parse(&n, text, sizeof text));
    ck_assert_double_eq(n.real, 1111.1111111111111);
}
END_TEST

START_TEST(refuses_what_is_no_number)
{
    static const char *const bad[] = {
        "",      " 1",  "1 ",  "+1",  "01",  "-",   "-01",   "1.",       ".5",
        "1e",    "1e+", "0x1", "inf", "nan", "1_0", "1,0",   "--1",      "1e1.0",
        "1.5.2", "٣",   "1a",  "-a",  "0.",  "00",  "1e5e5", "Infinity", "12345678901234567890x"};
    struct ap_number n;

    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        ck_assert_msg(!ap_number_parse(&n, bad[i], strlen(bad[i])), "%s is taken", bad[i]);
    ck_assert(!ap_number_parse(&n, "1\0", 2));
}
END_TEST

START_TEST(orders_numbers)
{
    static const char *const ascending[] = {
        "-1e400",
        "-9223372036854775809",
        "-9223372036854775808",
        "-9007199254740993",
        "-9007199254740992",
        "-1.5",
        "-1",
        "-0.5",
        "0",
        "1e-400",
        "0.5",
        "1",
        "1.5",
        "9007199254740992",
        "9007199254740993",
        "9223372036854775807",
        "9223372036854775808",
        "1e300",
        "1e400",
    };
    size_t count = sizeof ascending / sizeof ascending[0];

    for (size_t i = 0; i < count; i++) {
        for (size_t j = 0; j < count; j++) {
            struct ap_number a = number(ascending[i]), b = number(ascending[j]);
            int want = (i > j) - (i < j);

            /* What is too small for a double is zero. */
            if (strcmp(ascending[i], "1e-400") == 0 || strcmp(ascending[j], "1e-400") == 0)
                continue;
            ck_assert_msg(ap_number_compare(&a, &b) == want, "%s and %s", ascending[i], ascending[j]);
        }
    }
}
END_TEST

START_TEST(reads_times)
{
    static const struct {
        const char *text, *want;
    } cases[] = {
        {"2026-11-22T15:46:14Z", "2026-11-22T15:46:14Z"},
        {"2026-11-22T15:46:14.123Z", "2026-11-22T15:46:14.123000Z"},
        {"2026-11-22t15:46:14.1234567z", "2026-11-22T15:46:14.123456Z"},
        {"2026-11-22 15:46:14.123456+00", "2026-11-22T15:46:14.123456Z"},
        {"2026-11-22 15:46:14+05:30", "2026-11-22T10:16:14Z"},
        {"2026-11-22T15:46:14+0000", "2026-11-22T15:46:14Z"},
        {"2026-11-22T15:46:14-08:00", "2026-11-22T23:46:14Z"},
        {"2026-11-22T15:46:14", "2026-11-22T15:46:14Z"},
        {"2026-11-22", "2026-11-22T00:00:00Z"},
        {"1795362374", "2026-11-22T15:46:14Z"},
        {"1795362374.5", "2026-11-22T15:46:14.500000Z"},
        {"1795362374123", "2026-11-22T15:46:14.123000Z"},
        {"1795362374123456", "2026-11-22T15:46:14.123456Z"},
        {"1.795362374e9", "2026-11-22T15:46:14Z"},
    };
    static const char *const bad[] = {"",
                                      "now",
                                      "today",
                                      "90s",
                                      "7d",
                                      "2w",
                                      "x2026-11-22",
                                      "2026-11-22x",
                                      "2026-13-01",
                                      "2026-02-30",
                                      "2026-11-22T25:00Z",
                                      "12345",
                                      "20261122",
                                      "-1795362374",
                                      "1e30",
                                      "2026-11-22T15:46:14.0000000000000000000000000000000000000000000000000Z",
                                      "22/Nov/2026:15:46:14 +0000",
                                      "infinity"};
    char text[AP_TIME_TEXT_SIZE];
    int64_t us;

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        bool numeric = cases[i].text[4] != '-';
        struct ap_event_value value = {.kind = AP_VALUE_STRING, .text = cases[i].text, .len = strlen(cases[i].text)};

        for (int kind = 0; kind < (numeric ? 2 : 1); kind++) {
            value.kind = kind == 0 ? AP_VALUE_STRING : AP_VALUE_NUMBER;
            ck_assert_msg(ap_event_time(&us, &value), "%s is refused", cases[i].text);
            ap_time_format(text, us);
            ck_assert_str_eq(text, cases[i].want);
        }
    }
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        ck_assert_msg(!ap_event_time(&us, &(struct ap_event_value){.text = bad[i], .len = strlen(bad[i])}), "%s",
                      bad[i]);
    ck_assert(!ap_event_time(&us, &(struct ap_event_value){.text = "2026-11-22\0T", .len = 12}));
    ck_assert(!ap_event_time(&us, &(struct ap_event_value){.kind = AP_VALUE_BOOL, .text = "1795362374", .len = 10}));
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("rules_number");
    TCase *tc = tcase_create("core");
    SRunner *runner = srunner_create(suite);
    int failed;

    tcase_add_test(tc, reads_integers_exactly);
    tcase_add_test(tc, reads_the_rest_as_doubles);
    tcase_add_test(tc, reads_very_long_numbers);
    tcase_add_test(tc, refuses_what_is_no_number);
    tcase_add_test(tc, orders_numbers);
    tcase_add_test(tc, reads_times);
    suite_add_tcase(suite, tc);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
