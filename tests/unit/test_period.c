/* Periods of hours, days, weeks and months: where they begin, and which of them a time is in. */
#include <check.h>
#include <stdlib.h>

#include "auditproof/clock.h"
#include "query/period.h"

static struct ap_error err;

static int64_t at(const char *text)
{
    int64_t time_us = 0;

    ck_assert_msg(ap_time_parse(&time_us, text, 0, &err) == AP_OK, "%s", err.message);
    return time_us;
}

static struct period made(const char *first, const char *last, const char *by)
{
    struct period period;

    ck_assert_msg(period_make(&period, at(first), at(last), by, &err) == AP_OK, "%s", err.message);
    return period;
}

START_TEST(test_suits)
{
    ck_assert_int_eq(made("2026-03-01T09:30:00Z", "2026-03-01T09:30:00Z", NULL).unit, PERIOD_HOUR);
    ck_assert_int_eq(made("2026-03-01", "2026-03-02", NULL).unit, PERIOD_HOUR);
    ck_assert_int_eq(made("2026-03-01", "2026-03-08", NULL).unit, PERIOD_DAY);
    ck_assert_int_eq(made("2026-01-01", "2026-06-01", NULL).unit, PERIOD_WEEK);
    ck_assert_int_eq(made("2020-01-01", "2026-06-01", NULL).unit, PERIOD_MONTH);
    ck_assert_int_eq(made("2020-01-01", "2026-06-01", "week").unit, PERIOD_WEEK);
}
END_TEST

START_TEST(test_units)
{
    static const struct {
        const char *by, *first, *last, *from, *second;
        size_t count;
    } cases[] = {
        {"hour", "2026-03-01T23:59:59Z", "2026-03-02T00:00:00Z", "2026-03-01T23:00:00Z", "2026-03-02T00:00:00Z", 2},
        {"day", "2026-02-28T23:59:59Z", "2026-03-01T00:00:00Z", "2026-02-28", "2026-03-01", 2},
        {"week", "2026-03-01T23:59:59Z", "2026-03-02T00:00:00Z", "2026-02-23", "2026-03-02", 2},
        {"month", "2025-12-31T23:59:59Z", "2026-02-01T00:00:00Z", "2025-12-01", "2026-01-01", 3},
        {"week", "1969-12-31", "1970-01-05", "1969-12-29", "1970-01-05", 2},
        {"month", "1969-12-31", "1970-01-01", "1969-12-01", "1970-01-01", 2},
        {"hour", "1969-12-31T23:30:00Z", "1970-01-01", "1969-12-31T23:00:00Z", "1970-01-01", 2},
    };

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct period period = made(cases[i].first, cases[i].last, cases[i].by);
        size_t number;

        ck_assert_int_eq(period.from_us, at(cases[i].from));
        ck_assert_uint_eq(period.count, cases[i].count);
        ck_assert_int_eq(period_at(&period, 1), at(cases[i].second));
        ck_assert(period_find(&period, at(cases[i].first), &number) && number == 0);
        ck_assert(period_find(&period, at(cases[i].last), &number) && number == cases[i].count - 1);
        ck_assert(period_find(&period, at(cases[i].second) - 1, &number) && number == 0);
        ck_assert(!period_find(&period, at(cases[i].from) - 1, &number));
        ck_assert(!period_find(&period, period_at(&period, period.count), &number));
    }
}
END_TEST

START_TEST(test_bounds)
{
    struct period period = made("2000-01-01", "2026-03-01", "hour");
    size_t number;

    ck_assert_uint_eq(period.count, PERIOD_MOST);
    ck_assert(period_find(&period, at("2026-03-01"), &number) && number == PERIOD_MOST - 1);
    ck_assert(!period_find(&period, at("2000-01-01"), &number));
    ck_assert(period_make(&period, INT64_MIN + 1, INT64_MAX - 1, NULL, &err) == AP_OK);
    ck_assert_uint_eq(period.count, PERIOD_MOST);
    ck_assert(period_make(&period, 0, 1, "year", &err) == AP_EINPUT);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("period");
    TCase *tcase = tcase_create("period");
    SRunner *runner = srunner_create(suite);
    int failed;

    tcase_add_test(tcase, test_suits);
    tcase_add_test(tcase, test_units);
    tcase_add_test(tcase, test_bounds);
    suite_add_tcase(suite, tcase);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
