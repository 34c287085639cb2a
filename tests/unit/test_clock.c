/* Times: what is accepted, what is refused, and that what is printed reads back. */
#include "auditproof/clock.h"

#include "vectors.h"

#define DAY AP_US_PER_DAY
#define SECOND AP_US_PER_SECOND

/* 2026-11-22T15:46:14Z, a Sunday. */
static const int64_t now_us = INT64_C(1795362374) * SECOND;

START_TEST(accepted)
{
    static const struct {
        const char *text;
        int64_t us;
    } cases[] = {
        {"1970-01-01", 0},
        {"1970-01-02", DAY},
        {"1969-12-31", -DAY},
        {"2026-11-22T15:46", INT64_C(1795362360) * SECOND},
        {"2026-11-22T15:46:14", INT64_C(1795362374) * SECOND},
        {"2026-11-22T15:46:14Z", INT64_C(1795362374) * SECOND},
        {"2026-11-22t15:46:14z", INT64_C(1795362374) * SECOND},
        {"2026-11-22 15:46:14", INT64_C(1795362374) * SECOND},
        {"2026-11-22 15:46:14+00", INT64_C(1795362374) * SECOND},
        {"2026-11-22 17:46:14+02", INT64_C(1795362374) * SECOND},
        {"2026-11-22 17:46:14+02:00", INT64_C(1795362374) * SECOND},
        {"2026-11-22 21:16:14+0530", INT64_C(1795362374) * SECOND},
        {"2026-11-22T10:46:14-05:00", INT64_C(1795362374) * SECOND},
        {"2026-11-22T15:46-00:30", INT64_C(1795364160) * SECOND},
        {"2026-11-22T15:46:14.5Z", INT64_C(1795362374500000)},
        {"2026-11-22T15:46:14.000001Z", INT64_C(1795362374000001)},
        {"2026-11-22T15:46:14.1234567899Z", INT64_C(1795362374123456)},
        {"1969-12-31T23:59:59.999999Z", -1},
        {"2016-12-31T23:59:60Z", INT64_C(1483228800) * SECOND},
        {"0001-01-01", INT64_C(-62135596800) * SECOND},
        {"0000-02-29", INT64_C(-62162121600) * SECOND},
        {"9999-12-31T23:59:59.999999Z", INT64_C(253402300799999999)},
        {"2000-02-29", INT64_C(951782400) * SECOND},
        {"2024-02-29", INT64_C(1709164800) * SECOND},
        {"179536237", INT64_C(179536237) * SECOND},
        {"1795362374", INT64_C(1795362374) * SECOND},
        {"1795362374.5", INT64_C(1795362374500000)},
        {"1795362374123", INT64_C(1795362374123000)},
        {"1795362374123456", INT64_C(1795362374123456)},
        {"now", INT64_C(1795362374) * SECOND},
        {"today", INT64_C(1795305600) * SECOND},
        {"yesterday", INT64_C(1795219200) * SECOND},
        {"0s", INT64_C(1795362374) * SECOND},
        {"90s", INT64_C(1795362284) * SECOND},
        {"15m", INT64_C(1795361474) * SECOND},
        {"7h", INT64_C(1795337174) * SECOND},
        {"7d", INT64_C(1794757574) * SECOND},
        {"-7d", INT64_C(1794757574) * SECOND},
        {"2w", INT64_C(1794152774) * SECOND},
        {"999999w", INT64_C(1795362374) * SECOND - 999999 * 7 * DAY},
    };
    struct ap_error err;

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        int64_t got = 42;

        ck_assert_msg(ap_time_parse(&got, cases[i].text, now_us, &err) == AP_OK, "%s was refused", cases[i].text);
        ck_assert_msg(got == cases[i].us, "%s is %lld", cases[i].text, (long long)got);
    }
}
END_TEST

START_TEST(refused)
{
    static const char *const cases[] = {
        "",
        " ",
        "x",
        "2026",
        "2026-11",
        "2026-11-",
        "2026-1-22",
        "26-11-22",
        "2026-00-01",
        "2026-13-01",
        "2026-01-00",
        "2026-01-32",
        "2026-04-31",
        "2026-02-29",
        "1900-02-29",
        "2100-02-29",
        "2026-11-22T",
        "2026-11-22X15:46",
        "2026-11-22T15",
        "2026-11-22T15:4",
        "2026-11-22T24:00",
        "2026-11-22T15:60",
        "2026-11-22T15:46:61",
        "2026-11-22T15:46:1",
        "2026-11-22T15:46:14.",
        "2026-11-22T15:46:14.Z",
        "2026-11-22T15:46:14+",
        "2026-11-22T15:46:14+2",
        "2026-11-22T15:46:14+16:00",
        "2026-11-22T15:46:14+02:",
        "2026-11-22T15:46:14+02:60",
        "2026-11-22T15:46:14+02:0",
        "2026-11-22T15:46:14ZZ",
        "2026-11-22T15:46:14 UTC",
        "2026-11-22 ",
        " 2026-11-22",
        "2026-11-22\n",
        "2026-11-22  15:46",
        "12345678",
        "179536237412",
        "17953623741234",
        "179536237412345",
        "17953623741234567",
        "1795362374.",
        "1795362374123.5",
        "-1795362374",
        "+1795362374",
        "1795362374x",
        "7",
        "d",
        "7y",
        "7D",
        "7dd",
        "7 d",
        "--7d",
        "-now",
        "1234567s",
        "Now",
        "tomorrow",
    };

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct ap_error err = {AP_OK, "", ""};
        int64_t got;

        ck_assert_msg(ap_time_parse(&got, cases[i], now_us, &err) == AP_EINPUT, "\"%s\" was accepted", cases[i]);
        ck_assert_int_eq(err.status, AP_EINPUT);
        ck_assert_ptr_nonnull(strstr(err.message, "is not a time: use "));
    }
}
END_TEST

START_TEST(printed)
{
    static const struct {
        int64_t us;
        const char *text;
    } cases[] = {
        {0, "1970-01-01T00:00:00Z"},
        {-1, "1969-12-31T23:59:59.999999Z"},
        {1, "1970-01-01T00:00:00.000001Z"},
        {INT64_C(1795362374123456), "2026-11-22T15:46:14.123456Z"},
        {INT64_C(1795362374100000), "2026-11-22T15:46:14.100000Z"},
        {AP_POSTGRES_EPOCH_US, "2000-01-01T00:00:00Z"},
        {INT64_C(951782400) * SECOND, "2000-02-29T00:00:00Z"},
        {INT64_C(-62135596800) * SECOND, "0001-01-01T00:00:00Z"},
        {INT64_C(-62135596800) * SECOND - 1, "0000-12-31T23:59:59.999999Z"},
        {INT64_C(253402300799999999), "9999-12-31T23:59:59.999999Z"},
        {INT64_C(253402300800000000), "+10000-01-01T00:00:00Z"},
        {INT64_C(-210866803200000000), "-4713-11-24T00:00:00Z"},
        {INT64_MAX - 1, "+294247-01-10T04:00:54.775806Z"},
        {INT64_MIN + 1, "-290308-12-21T19:59:05.224193Z"},
        {AP_TIME_INFINITY, "infinity"},
        {AP_TIME_MINUS_INFINITY, "-infinity"},
    };
    char text[AP_TIME_TEXT_SIZE];

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        ap_time_format(text, cases[i].us);
        ck_assert_str_eq(text, cases[i].text);
    }
}
END_TEST

/* Steps that are no multiple of a day, through all four-digit years. */
START_TEST(round_trip)
{
    const int64_t last = INT64_C(253402300799999999);
    char text[AP_TIME_TEXT_SIZE];

    for (int64_t us = INT64_C(-62167219200) * SECOND; us <= last; us += INT64_C(12345678901234)) {
        int64_t got = 0;

        ap_time_format(text, us);
        ck_assert_msg(ap_time_parse(&got, text, 0, NULL) == AP_OK, "%s was refused", text);
        ck_assert_msg(got == us, "%s is not %lld", text, (long long)us);
    }
}
END_TEST

/* Every day of two centuries, one of them with a leap day and one without, follows the one before. */
START_TEST(calendar)
{
    static const int lengths[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    int64_t days = ap_days_from_civil(1896, 1, 1);

    for (int64_t y = 1896; y < 2105; y++) {
        bool leap = y % 4 == 0 && (y % 100 != 0 || y % 400 == 0);

        for (int m = 1; m <= 12; m++) {
            int length = lengths[m - 1] + (m == 2 && leap ? 1 : 0);

            for (int d = 1; d <= length; d++, days++) {
                int64_t year;
                int month, day;

                ck_assert_int_eq(ap_days_from_civil(y, m, d), days);
                ap_civil_from_days(days, &year, &month, &day);
                ck_assert(year == y && month == m && day == d);
            }
        }
    }
    ck_assert_int_eq(ap_days_from_civil(1970, 1, 1), 0);
}
END_TEST

START_TEST(retention)
{
    static const struct {
        const char *from, *end;
    } cases[] = {
        {"2019-11-22", "2026-11-23"},           {"2019-11-22T23:59:59.999999Z", "2026-11-23"},
        {"2019-12-31T12:00:00Z", "2027-01-01"}, {"2020-02-28", "2027-03-01"},
        {"2020-02-29", "2027-03-02"},           {"2017-02-28", "2024-02-29"},
        {"1962-12-31", "1970-01-01"},           {"0001-01-01", "0008-01-02"},
    };

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        int64_t from, end;

        ck_assert_int_eq(ap_time_parse(&from, cases[i].from, 0, NULL), AP_OK);
        ck_assert_int_eq(ap_time_parse(&end, cases[i].end, 0, NULL), AP_OK);
        ck_assert_msg(ap_retention_end(from, 7) == end, "seven years from %s", cases[i].from);
    }
    ck_assert_int_eq(ap_retention_end(AP_TIME_INFINITY, 7), AP_TIME_INFINITY);
    ck_assert_int_eq(ap_retention_end(AP_TIME_MINUS_INFINITY, 7), AP_TIME_MINUS_INFINITY);
    ck_assert_int_eq(ap_retention_end(INT64_MAX - 1, 7), AP_TIME_INFINITY);
    ck_assert_int_lt(ap_retention_end(INT64_MIN + 1, 7), 0);
}
END_TEST

START_TEST(clocks)
{
    int64_t before = ap_clock_monotonic_us(), after = ap_clock_monotonic_us();

    ck_assert_int_ge(after, before);
    ck_assert_int_gt(ap_clock_now_us(), INT64_C(1700000000) * SECOND);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("clock");
    TCase *tests = tcase_create("clock");

    tcase_add_test(tests, accepted);
    tcase_add_test(tests, refused);
    tcase_add_test(tests, printed);
    tcase_add_test(tests, round_trip);
    tcase_add_test(tests, calendar);
    tcase_add_test(tests, retention);
    tcase_add_test(tests, clocks);
    suite_add_tcase(suite, tests);
    return vectors_main(suite);
}
