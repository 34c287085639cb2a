#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "auditproof/schedule.h"
#include "schedule/tzif.h"

static struct ap_schedule parsed(const char *json)
{
    struct ap_schedule schedule;
    struct ap_error err;

    ck_assert_msg(ap_schedule_parse(&schedule, json, strlen(json), &err) == AP_OK, "%s: %s", json, err.message);
    return schedule;
}

static int64_t at(const char *text)
{
    int64_t time_us = 0;
    struct ap_error err;

    ck_assert_msg(ap_time_parse(&time_us, text, 0, &err) == AP_OK, "%s", err.message);
    return time_us;
}

static void check_next(const char *json, const char *after, const char *due)
{
    struct ap_schedule schedule = parsed(json);
    char text[AP_TIME_TEXT_SIZE];

    ap_time_format(text, ap_schedule_next(&schedule, at(after)));
    ck_assert_str_eq(text, due);
    ap_schedule_free(&schedule);
}

static void check_period(const char *json, const char *due, const char *from, const char *until)
{
    struct ap_schedule schedule = parsed(json);
    struct ap_period period = ap_schedule_period(&schedule, at(due));
    char text[AP_TIME_TEXT_SIZE];

    ap_time_format(text, period.from_us);
    ck_assert_str_eq(text, from);
    ap_time_format(text, period.until_us);
    ck_assert_str_eq(text, until);
    ap_schedule_free(&schedule);
}

/* Expected instants: zdump -v of the zones, by hand. */
START_TEST(due)
{
    check_next("{\"frequency\":\"daily\",\"time\":\"09:00\"}", "2026-11-22T09:00:00Z", "2026-11-23T09:00:00Z");
    check_next("{\"frequency\":\"daily\",\"time\":\"09:00\"}", "2026-11-22T08:59:59.999999Z", "2026-11-22T09:00:00Z");
    check_next("{\"frequency\":\"weekly\"}", "2026-11-22", "2026-11-23T00:00:00Z");
    check_next("{\"frequency\":\"weekly\",\"dayOfWeek\":0}", "2026-11-22", "2026-11-29T00:00:00Z");
    /* The last day of a month that is shorter, and the anchor's again after it. */
    check_next("{\"frequency\":\"monthly\",\"dayOfMonth\":31}", "2027-01-31T00:00:00Z", "2027-02-28T00:00:00Z");
    check_next("{\"frequency\":\"monthly\",\"dayOfMonth\":31}", "2027-02-28T00:00:00Z", "2027-03-31T00:00:00Z");
    check_next("{\"frequency\":\"monthly\",\"dayOfMonth\":30}", "2028-01-31T00:00:00Z", "2028-02-29T00:00:00Z");
    /* Left out: at the end of the gap. Twice: the first time. */
    check_next("{\"frequency\":\"daily\",\"time\":\"02:30\",\"timezone\":\"Europe/Berlin\"}", "2027-03-27T12:00:00Z",
               "2027-03-28T01:00:00Z");
    check_next("{\"frequency\":\"daily\",\"time\":\"02:30\",\"timezone\":\"Europe/Berlin\"}", "2027-10-30T12:00:00Z",
               "2027-10-31T00:30:00Z");
    check_next("{\"frequency\":\"daily\",\"time\":\"02:30\",\"timezone\":\"Europe/Berlin\"}", "2027-10-31T00:30:00Z",
               "2027-11-01T01:30:00Z");
    /* Half an hour of daylight saving. */
    check_next("{\"frequency\":\"daily\",\"time\":\"02:15\",\"timezone\":\"Australia/Lord_Howe\"}",
               "2026-10-03T12:00:00Z", "2026-10-03T15:30:00Z");
    /* 30 December 2011 was left out. */
    check_next("{\"frequency\":\"daily\",\"time\":\"09:00\",\"timezone\":\"Pacific/Apia\"}", "2011-12-29T19:00:00Z",
               "2011-12-30T10:00:00Z");
    check_next("{\"frequency\":\"daily\",\"time\":\"09:00\",\"timezone\":\"Pacific/Apia\"}", "2011-12-30T10:00:00Z",
               "2011-12-30T19:00:00Z");
    /* Of the rule behind the last change that the file lists; daylight saving that is an hour less, in winter. */
    check_next("{\"frequency\":\"daily\",\"timezone\":\"Europe/Dublin\"}", "2060-06-30T12:00:00Z",
               "2060-06-30T23:00:00Z");
    check_next("{\"frequency\":\"daily\",\"timezone\":\"Europe/Dublin\"}", "2060-12-30T12:00:00Z",
               "2060-12-31T00:00:00Z");
    check_next("{\"frequency\":\"once\"}", "2026-11-22", "infinity");
    check_next("{}", "2026-11-22", "infinity");
}
END_TEST

START_TEST(periods)
{
    check_period("{\"frequency\":\"daily\",\"time\":\"09:00\",\"timezone\":\"Asia/Tokyo\"}", "2026-11-23T00:00:00Z",
                 "2026-11-21T15:00:00Z", "2026-11-22T15:00:00Z");
    check_period("{\"frequency\":\"weekly\",\"time\":\"09:00\"}", "2026-11-23T09:00:00Z", "2026-11-16T00:00:00Z",
                 "2026-11-23T00:00:00Z");
    check_period("{\"frequency\":\"monthly\",\"dayOfMonth\":5}", "2027-01-05T00:00:00Z", "2026-12-01T00:00:00Z",
                 "2027-01-01T00:00:00Z");
    check_period("{\"frequency\":\"monthly\",\"dayOfMonth\":31,\"timezone\":\"Europe/Berlin\"}", "2027-04-29T22:00:00Z",
                 "2027-02-28T23:00:00Z", "2027-03-31T22:00:00Z");
    /* Two days' midnights were one: both days' report. */
    check_period("{\"frequency\":\"daily\",\"timezone\":\"Pacific/Apia\"}", "2011-12-30T10:00:00Z",
                 "2011-12-29T10:00:00Z", "2011-12-30T10:00:00Z");
}
END_TEST

START_TEST(described)
{
    static const struct {
        const char *json, *text;
    } cases[] = {
        {"{\"frequency\":\"once\"}", "once"},
        {"{\"frequency\":\"daily\",\"time\":\"07:05:00\"}", "daily at 07:05, UTC"},
        {"{\"frequency\":\"weekly\",\"dayOfWeek\":6,\"timezone\":\"America/New_York\"}",
         "weekly on Saturday at 00:00, America/New_York"},
        {"{\"frequency\":\"monthly\",\"dayOfMonth\":22,\"dayOfWeek\":null,\"note\":[1]}",
         "monthly on the 22nd at 00:00, UTC"},
        {"{\"frequency\":\"monthly\",\"dayOfMonth\":31}", "monthly on the last day at 00:00, UTC"},
    };

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct ap_schedule schedule = parsed(cases[i].json);
        struct ap_buf out = AP_BUF_INIT;

        ap_schedule_describe(&out, &schedule);
        ck_assert_str_eq(ap_buf_str(&out), cases[i].text);
        ap_buf_free(&out);
        ap_schedule_free(&schedule);
    }
}
END_TEST

START_TEST(refused)
{
    static const struct {
        const char *json, *says;
    } cases[] = {
        {"{\"frequency\":\"yearly\"}", "once, daily, weekly or monthly"},
        {"{\"frequency\":1}", "once, daily, weekly or monthly"},
        {"{\"dayOfWeek\":7}", "from 0 to 6"},
        {"{\"dayOfWeek\":1.0}", "from 0 to 6"},
        {"{\"dayOfMonth\":0}", "from 1 to 31"},
        {"{\"dayOfMonth\":\"1\"}", "from 1 to 31"},
        {"{\"dayOfMonth\":99999999999999999999}", "from 1 to 31"},
        {"{\"time\":\"24:00\"}", "from 00:00 to 23:59"},
        {"{\"time\":\"9:00\"}", "from 00:00 to 23:59"},
        {"{\"time\":\"09:00:30\"}", "from 00:00 to 23:59"},
        {"{\"time\":900}", "must be a text"},
        {"{\"timezone\":\"../../etc/passwd\"}", "no name of a time zone"},
        {"{\"timezone\":\"Europe/../Europe/Berlin\"}", "no name of a time zone"},
        {"{\"timezone\":\"\"}", "no name of a time zone"},
        {"{\"timezone\":\"Europe\"}", "no time zone \"Europe\""},
        {"{\"timezone\":\"Mars/Olympus\"}", "no time zone \"Mars/Olympus\""},
        {"[]", "scheduling"},
        {"{\"frequency\":\"daily\"}x", "scheduling"},
    };

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct ap_schedule schedule;
        struct ap_error err;

        ck_assert_msg(ap_schedule_parse(&schedule, cases[i].json, strlen(cases[i].json), &err) == AP_EINPUT, "%s",
                      cases[i].json);
        ck_assert_msg(strstr(err.message, cases[i].says) != NULL, "%s: %s", cases[i].json, err.message);
    }
}
END_TEST

/* RFC 8536, 3.3.1, and tzfile(5): rules that no zone of today has. */
START_TEST(rules)
{
    static const struct {
        const char *rule, *time;
        int32_t offset;
    } cases[] = {
        {"", "2026-01-01", 0},
        {"UTC0", "2026-01-01", 0},
        {"<+0545>-5:45", "2026-01-01", 20700},
        {"XXX3EDT4,0/0,J365/23", "2026-07-01", -14400},       /* always the other time */
        {"EST5EDT,J60,J300", "2028-03-01T06:59:59Z", -18000}, /* 1 March, leap year or not */
        {"EST5EDT,J60,J300", "2028-03-01T07:00:00Z", -14400},
        {"EST5EDT,59,299", "2028-02-29T07:00:00Z", -14400},           /* day 59 from 0 */
        {"IST-2IDT,M3.4.4/26,M10.5.0", "2027-03-25T23:59:59Z", 7200}, /* 26:00 of a Thursday */
        {"IST-2IDT,M3.4.4/26,M10.5.0", "2027-03-26T00:00:00Z", 10800},
        {"<-02>2<-01>,M3.5.0/-1,M10.5.0/0", "2027-03-28T00:59:59Z", -7200},
        {"<-02>2<-01>,M3.5.0/-1,M10.5.0/0", "2027-03-28T01:00:00Z", -3600},
        {"AEST-10AEDT,M10.1.0,M4.1.0/3", "2027-01-01", 39600},
        {"AEST-10AEDT,M10.1.0,M4.1.0/3", "2027-07-01", 36000},
    };
    static const char *const malformed[] = {"UTC",
                                            "AB1",
                                            "UTC0,",
                                            "CET-1CEST",
                                            "CET-1CEST,M3.5.0",
                                            "CET-1CEST,M13.1.0,J1",
                                            "CET-1CEST,M3.5.0,M10.5.0/200",
                                            "CET-1CEST,M3.5.0,M10.5.0x",
                                            "<A",
                                            "CET25",
                                            "CET-1CEST,J0,J1",
                                            "CET-1:99"};
    struct tz_rule rule;

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        ck_assert_msg(tz_rule_parse(&rule, cases[i].rule, strlen(cases[i].rule)), "%s", cases[i].rule);
        ck_assert_msg(tz_rule_offset(&rule, at(cases[i].time) / AP_US_PER_SECOND) == cases[i].offset, "%s at %s",
                      cases[i].rule, cases[i].time);
    }
    for (size_t i = 0; i < sizeof malformed / sizeof malformed[0]; i++)
        ck_assert_msg(!tz_rule_parse(&rule, malformed[i], strlen(malformed[i])), "%s", malformed[i]);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("schedule");
    TCase *tcase = tcase_create("schedule");
    SRunner *runner = srunner_create(suite);
    int failed;

    tcase_add_test(tcase, due);
    tcase_add_test(tcase, periods);
    tcase_add_test(tcase, described);
    tcase_add_test(tcase, refused);
    tcase_add_test(tcase, rules);
    suite_add_tcase(suite, tcase);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
