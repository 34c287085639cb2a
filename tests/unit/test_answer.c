/* Answers: what each format makes of plain, absent, hostile and huge values. */
#include <check.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "auditproof/answer.h"
#include "auditproof/clock.h"
#include "auditproof/display.h"
#include "auditproof/json_read.h"

static struct ap_answer *answer;
static struct ap_buf out;
static struct ap_query_head head;
static struct ap_query_look look;
static struct ap_error err;

static const struct ap_answer_column counts[] = {
    {"action", "action", AP_ANSWER_TEXT, false}, {"count", "count", AP_ANSWER_COUNT, true},
    {"level", "risk", AP_ANSWER_LEVEL, false},   {"days", "over time", AP_ANSWER_SERIES, false},
    {"id", NULL, AP_ANSWER_TEXT, false},         {NULL, NULL, AP_ANSWER_TEXT, false}};
static const struct ap_answer_part actions = {
    "actions", "Actions, the most frequent first", AP_ANSWER_ROWS, counts, AP_ANSWER_BARS, 1, "no entry fits"};

static const struct ap_answer_column about[] = {
    {"first_seen", "First seen", AP_ANSWER_TIME, false}, {"idle", "Idle", AP_ANSWER_SPAN, false},
    {"mean", "Mean", AP_ANSWER_NUMBER, false},           {"known", "Known", AP_ANSWER_FLAG, false},
    {"state", "State", AP_ANSWER_JSON, false},           {NULL, NULL, AP_ANSWER_TEXT, false}};
static const struct ap_answer_part facts = {"about", "About it", AP_ANSWER_FACTS, about, AP_ANSWER_NO_CHART, 0, NULL};

static const struct ap_answer_column by_day[] = {{"day", "day", AP_ANSWER_TIME, false},
                                                 {"count", "entries", AP_ANSWER_COUNT, true},
                                                 {NULL, NULL, AP_ANSWER_TEXT, false}};
static const struct ap_answer_part days = {"days", "Entries a day", AP_ANSWER_ROWS, by_day, AP_ANSWER_COLUMNS, 1, NULL};

static const struct ap_answer_column by_currency[] = {{"month", "month", AP_ANSWER_TEXT, false},
                                                      {"cost", "cost", AP_ANSWER_NUMBER, false},
                                                      {"currency", "currency", AP_ANSWER_UNIT, false},
                                                      {NULL, NULL, AP_ANSWER_TEXT, false}};
static const struct ap_answer_part costs = {"costs", "Costs", AP_ANSWER_ROWS, by_currency, AP_ANSWER_COLUMNS, 1, NULL};

static void set_up(void)
{
    head = (struct ap_query_head){
        .program = "auditquery", .version = "1.2.3", .database = "app", .role = "auditor", .command = "summary"};
    look = (struct ap_query_look){.width = 80};
    ck_assert(ap_answer_new(&answer, &err) == AP_OK);
}

static void tear_down(void)
{
    ap_answer_free(answer);
    ap_buf_free(&out);
}

static const char *printed(const char *format, const char *only)
{
    ap_buf_clear(&out);
    ck_assert_msg(ap_answer_print(&out, answer, format, only, &head, &look, &err) == AP_OK, "%s", err.message);
    return ap_buf_str(&out);
}

static const char *refused(const char *format, const char *only)
{
    ap_buf_clear(&out);
    ck_assert(ap_answer_print(&out, answer, format, only, &head, &look, &err) == AP_EINPUT);
    return err.message;
}

static const char *drawn(void)
{
    ap_buf_clear(&out);
    ck_assert_msg(ap_answer_draw(&out, answer, NULL, &head, &err) == AP_OK, "%s", err.message);
    return ap_buf_str(&out);
}

static void add(const char *action, uint64_t count, const char *level, const uint64_t *series, size_t len)
{
    ap_answer_add_row(answer);
    ap_answer_add_str(answer, action);
    ap_answer_add_count(answer, count);
    ap_answer_add_str(answer, level);
    if (series != NULL)
        ap_answer_add_series(answer, series, len);
}

/* No line is wider, ends in a space, or holds what a terminal obeys. */
static void check_lines(const char *text, unsigned width)
{
    for (const char *line = text, *end; *line != '\0'; line = end + 1) {
        end = strchr(line, '\n');
        ck_assert_ptr_nonnull(end);
        ck_assert_msg(ap_display_width(line, (size_t)(end - line)) <= width, "wider than %u: %.*s", width,
                      (int)(end - line), line);
        ck_assert(end == line || end[-1] != ' ');
        ck_assert_ptr_null(memchr(line, 0x1b, (size_t)(end - line)));
    }
}

#define HAS(text, part) ck_assert_msg(strstr(text, part) != NULL, "no %s in %s", part, text)

static void add_plain(void)
{
    static const uint64_t series[] = {0, 1, 4, 8};

    ap_answer_add_part(answer, &actions);
    add("auth.login", 1234, "low", series, 4);
    add("auth.login_failed", 617, "critical", series, 2);
    add(NULL, 0, NULL, NULL, 0);
}

START_TEST(test_table)
{
    add_plain();
    ap_answer_remark(answer, "%d others are not shown", 7);
    ck_assert_str_eq(printed("table", NULL), "Actions, the most frequent first\n"
                                             "ACTION             COUNT                        RISK      OVER TIME\n"
                                             "auth.login         1,234  ████████████████████  low       ·▁▄█\n"
                                             "auth.login_failed    617  ██████████            critical  ·█\n"
                                             "-                      0                        -         -\n"
                                             "\n"
                                             "7 others are not shown\n");
    look.colour = true;
    HAS(printed("table", NULL), "\x1b[1;31m██████████\x1b[0m            \x1b[1;31mcritical\x1b[0m  ·█\n");
    ck_assert_str_eq(ap_answer_remark_at(answer, 0), "7 others are not shown");
    ck_assert_ptr_null(ap_answer_remark_at(answer, 1));
    ck_assert_uint_eq(ap_answer_rows(answer), 3);
    ap_answer_remark(answer, "auditquery search shows them");
    HAS(drawn(), ">7 others are not shown<");
    ck_assert_ptr_null(strstr(drawn(), "shows them"));
}
END_TEST

START_TEST(test_facts)
{
    ap_answer_add_part(answer, &facts);
    ck_assert_str_eq(printed("table", NULL), "");
    HAS(printed("json", NULL), "\"about\":null");
    ap_answer_add_row(answer);
    ap_answer_add_time(answer, INT64_C(1795362374123456));
    ap_answer_add_time(answer, INT64_C(7500500000));
    ap_answer_add_text(answer, "-1.50", 5);
    ap_answer_add_flag(answer, true);
    ap_answer_add_str(answer, "{\"a\": 1}");
    ck_assert_str_eq(printed("table", NULL), "About it\n"
                                             "First seen:  2026-11-22 15:46:14Z\n"
                                             "Idle:        2 h 5 min\n"
                                             "Mean:        -1.50\n"
                                             "Known:       yes\n"
                                             "State:       {\"a\": 1}\n");
    HAS(printed("json", NULL),
        "\"about\":{\"first_seen\":\"2026-11-22T15:46:14.123456Z\",\"idle\":7500.5,\"mean\":-1.50,"
        "\"known\":true,\"state\":{\"a\": 1}},\n\"remarks\":[]}\n");
    ck_assert_str_eq(printed("csv", NULL),
                     "\"first_seen\",\"idle\",\"mean\",\"known\",\"state\"\r\n"
                     "\"2026-11-22T15:46:14.123456Z\",\"7500.5\",\"-1.50\",\"true\",\"{\"\"a\"\": 1}\"\r\n");
}
END_TEST

static void add_span(int64_t span_us, const char *number)
{
    ap_answer_add_row(answer);
    ap_answer_add_null(answer);
    ap_answer_add_time(answer, span_us);
    ap_answer_add_str(answer, number);
}

START_TEST(test_spans)
{
    static const struct ap_answer_part rows = {"about", "About it", AP_ANSWER_ROWS, about, AP_ANSWER_COLUMNS, 1, NULL};
    static const struct {
        int64_t us;
        const char *people, *programs;
    } spans[] = {{0, "0 s", "0"},
                 {999, "under 1 ms", "0.000999"},
                 {250000, "250 ms", "0.25"},
                 {59 * AP_US_PER_SECOND, "59 s", "59"},
                 {61 * AP_US_PER_SECOND, "1 min 1 s", "61"},
                 {7200 * AP_US_PER_SECOND, "2 h", "7200"},
                 {-AP_US_PER_DAY, "-1 d", "-86400"},
                 {INT64_MIN, "-106751991 d 4 h", "-9223372036854.775808"}};

    ap_answer_add_part(answer, &rows);
    for (size_t i = 0; i < sizeof spans / sizeof spans[0]; i++)
        add_span(spans[i].us, "NaN");
    (void)printed("table", NULL);
    for (size_t i = 0; i < sizeof spans / sizeof spans[0]; i++)
        HAS(out.data, spans[i].people);
    (void)printed("csv", NULL);
    for (size_t i = 0; i < sizeof spans / sizeof spans[0]; i++) {
        char field[64];

        (void)snprintf(field, sizeof field, "\"\",\"%s\",\"NaN\",\"\",\"\"\r\n", spans[i].programs);
        HAS(out.data, field);
    }
    HAS(printed("json", NULL), "\"mean\":\"NaN\"");
    (void)drawn();
}
END_TEST

static const char hostile[] = "a\x1b[31m\nb \xe6\xbc\xa2\xe5\xad\x97 \xe2\x80\xae<script>&'\"]]> \xff e\xcc\x81";

START_TEST(test_hostile)
{
    struct ap_json_span span;
    char *long_text = calloc(1, 100001);

    ck_assert_ptr_nonnull(long_text);
    memset(long_text, 'W', 100000);
    ap_answer_add_part(answer, &actions);
    add(hostile, UINT64_MAX, "high", NULL, 0);
    add(long_text, 1, hostile, NULL, 0);
    ap_answer_remark(answer, "remark %s", hostile);
    for (unsigned width = 60; width < 200; width++) {
        look.width = width;
        check_lines(printed("table", NULL), width);
        HAS(out.data, "18,446,744,073,709,551,615");
    }
    look.width = 1;
    check_lines(printed("table", NULL), 60);
    look.width = 0;
    HAS(printed("table", NULL), "\xe6\xbc\xa2\xe5\xad\x97");
    HAS(printed("csv", NULL), "a\x1b[31m\nb ");
    look.terminal = true;
    HAS(printed("json", NULL), "\\u202e");
    ck_assert_ptr_null(strchr(out.data, 0x1b));
    ck_assert(ap_json_check(out.data, out.len, &span, NULL, NULL) == AP_OK);
    ck_assert_ptr_null(strchr(printed("csv", NULL), 0x1b));
    look.raw = true;
    HAS(printed("csv", NULL), "a\x1b[31m\nb ");
    (void)drawn();
    ck_assert_ptr_null(strchr(out.data, 0x1b));
    ck_assert_ptr_null(strstr(out.data, "<script"));
    HAS(out.data, "&lt;script&gt;&amp;&#39;&quot;]]&gt;");
    ck_assert_uint_lt(out.len, 10000);
    free(long_text);
}
END_TEST

START_TEST(test_formula)
{
    ap_answer_add_part(answer, &actions);
    add("=cmd|'/c calc'!A1", 3, "-high", NULL, 0);
    HAS(printed("csv", NULL), "\"'=cmd|'/c calc'!A1\",\"3\",\"'-high\",\"\",\"\"\r\n");
}
END_TEST

START_TEST(test_narrow)
{
    static const struct ap_answer_column wide[] = {
        {"who", "who", AP_ANSWER_TEXT, false},     {"first", "first", AP_ANSWER_TIME, false},
        {"last", "last", AP_ANSWER_TIME, false},   {"n", "count", AP_ANSWER_COUNT, true},
        {"entry", "entry", AP_ANSWER_TEXT, false}, {NULL, NULL, AP_ANSWER_TEXT, false}};
    static const struct ap_answer_part part = {"w", "Wide", AP_ANSWER_ROWS, wide, AP_ANSWER_NO_CHART, 0, NULL};

    ap_answer_add_part(answer, &part);
    ap_answer_add_row(answer);
    ap_answer_add_str(answer, "ada@a.example");
    ap_answer_add_time(answer, INT64_C(1795362374123456));
    ap_answer_add_time(answer, INT64_C(1795362374123456));
    ap_answer_add_count(answer, 12);
    ap_answer_add_str(answer, "5eed0000-0000-0000-0000-000000000009");
    /* An identifier stands beneath rather than broken. */
    ck_assert_str_eq(printed("table", NULL),
                     "Wide\n"
                     "WHO            FIRST                 LAST                  COUNT\n"
                     "ada@a.example  2026-11-22 15:46:14Z  2026-11-22 15:46:14Z     12  ██████████████\n"
                     "  entry 5eed0000-0000-0000-0000-000000000009\n");
    look.width = 60;
    check_lines(printed("table", NULL), 60);
    HAS(out.data, "ada@a.example");
    HAS(out.data, "5eed0000-0000-0000-0000-000000000009");
    look.width = 200;
    HAS(printed("table", NULL), "████████████████████  5eed0000-0000-0000-0000-000000000009\n");
}
END_TEST

START_TEST(test_times)
{
    ap_answer_add_part(answer, &days);
    for (uint64_t i = 0; i < 3; i++) {
        ap_answer_add_row(answer);
        ap_answer_add_time(answer, (int64_t)(i + 20000) * AP_US_PER_DAY);
        ap_answer_add_count(answer, i == 1 ? 0 : 1000000 * i + 1);
    }
    ck_assert_str_eq(printed("table", NULL), "Entries a day\n"
                                             "DAY           ENTRIES\n"
                                             "2024-10-04          1  ▏\n"
                                             "2024-10-05          0\n"
                                             "2024-10-06  2,000,001  ████████████████████\n");
    HAS(drawn(), "<title>2024-10-05: 0</title>");
    HAS(out.data, ">2,000,000</text>");
    ap_answer_add_row(answer);
    ap_answer_add_time(answer, 20004 * AP_US_PER_DAY + 3600 * AP_US_PER_SECOND);
    HAS(printed("table", NULL), "\n2024-10-08 01:00Z          -\n");
    ap_answer_add_row(answer);
    ap_answer_add_time(answer, AP_TIME_INFINITY);
    HAS(printed("table", NULL), "\ninfinity                   -\n");
}
END_TEST

/* What there is no room for: a bar, then what is exact about times. */
START_TEST(test_cut_times)
{
    static const struct ap_answer_column columns[] = {{"who", "who", AP_ANSWER_TEXT, false},
                                                      {"n", "count", AP_ANSWER_COUNT, true},
                                                      {"first", "first", AP_ANSWER_TIME, false},
                                                      {"last", "last", AP_ANSWER_TIME, false},
                                                      {NULL, NULL, AP_ANSWER_TEXT, false}};
    static const struct ap_answer_part part = {"w", "W", AP_ANSWER_ROWS, columns, AP_ANSWER_NO_CHART, 0, NULL};

    ap_answer_add_part(answer, &part);
    ap_answer_add_row(answer);
    ap_answer_add_str(answer, "ada.lovelace@a.example");
    ap_answer_add_count(answer, 12);
    ap_answer_add_time(answer, INT64_C(1795362374123456));
    ap_answer_add_time(answer, INT64_C(1795362374123456));
    look.width = 70;
    ck_assert_str_eq(printed("table", NULL),
                     "W\n"
                     "WHO                     COUNT  FIRST              LAST\n"
                     "ada.lovelace@a.example     12  2026-11-22 15:46Z  2026-11-22 15:46:14Z\n");
    look.width = 60;
    ck_assert_str_eq(printed("table", NULL), "W\n"
                                             "WHO                     COUNT  FIRST       LAST\n"
                                             "ada.lovelace@a.example     12  2026-11-22  2026-11-22 15:46Z\n");
}
END_TEST

START_TEST(test_aside)
{
    static const struct ap_answer_part part = {"days", "Days", AP_ANSWER_ASIDE, by_day, AP_ANSWER_COLUMNS, 1, NULL};

    ap_answer_add_part(answer, &part);
    ap_answer_add_row(answer);
    ap_answer_add_time(answer, 0);
    ap_answer_add_count(answer, 1);
    ck_assert_str_eq(printed("table", NULL), "");
    HAS(printed("table", "days"), "1970-01-01        1  ");
    HAS(printed("json", NULL), "\"days\":[\n{\"day\":\"1970-01-01T00:00:00Z\",\"count\":1}]");
}
END_TEST

START_TEST(test_series)
{
    uint64_t series[1000];

    for (size_t i = 0; i < 1000; i++)
        series[i] = i < 500 ? 0 : i == 999 ? UINT64_MAX : 1;
    ap_answer_add_part(answer, &actions);
    add("x", 1, "low", series, 1000);
    add("y", 1, "low", series, 0);
    check_lines(printed("table", NULL), 80);
    HAS(out.data, "·▁");
    HAS(out.data, "█\n");
    HAS(printed("csv", NULL), "\"0 0 0 ");
    HAS(printed("json", NULL), ",1,18446744073709551615],\"id\":null}");
    HAS(out.data, "\"days\":[],");
}
END_TEST

START_TEST(test_parts)
{
    add_plain();
    ap_answer_add_part(answer, &days);
    HAS(refused("csv", NULL), "choose with --part from actions and days");
    HAS(refused("json", "x"), "has no part x: it has actions and days");
    ck_assert_str_eq(printed("csv", "days"), "\"day\",\"count\"\r\n");
    ck_assert_str_eq(printed("table", "days"), "");
    HAS(printed("ndjson", NULL), "{\"part\":\"actions\",\"action\":\"auth.login\",\"count\":1234,\"level\":\"low\","
                                 "\"days\":[0,1,4,8],\"id\":null}\n");
    head.has_org = true;
    ck_assert_str_eq(printed("json", "days"),
                     "{\"program\":\"auditquery\",\"version\":\"1.2.3\",\"database\":\"app\",\"command\":\"summary\","
                     "\"organization_id\":\"00000000-0000-0000-0000-000000000000\",\"now\":\"1970-01-01T00:00:00Z\",\n"
                     "\"days\":[],\n\"remarks\":[]}\n");
}
END_TEST

static void add_cost(const char *month, const char *cost, const char *currency)
{
    ap_answer_add_row(answer);
    ap_answer_add_str(answer, month);
    ap_answer_add_str(answer, cost);
    ap_answer_add_str(answer, currency);
}

/* A unit of all rows is told once, above them; of programs it is a column like any. */
START_TEST(test_units)
{
    ap_answer_add_part(answer, &costs);
    add_cost("2026-01", "1.50", "US\x1b");
    add_cost("2026-02", "-10", "US\x1b");
    ck_assert_str_eq(printed("table", NULL), "Costs, in US\\x1b\nMONTH    COST\n2026-01  1.50\n2026-02   -10\n");
    HAS(printed("csv", NULL), "\"month\",\"cost\",\"currency\"\r\n");
    HAS(printed("json", NULL), "\"cost\":1.50,\"currency\":\"US\\u001b\"}");
    HAS(drawn(), ">Costs, in US&#x241b;<");
    add_cost("2026-02", NULL, NULL);
    ck_assert_str_eq(printed("table", NULL), "Costs\nMONTH    COST  CURRENCY\n2026-01  1.50  US\\x1b\n"
                                             "2026-02   -10  US\\x1b\n2026-02     -  -\n");
    HAS(drawn(), ">Costs<");
}
END_TEST

/* Bars of nothing take no room. */
START_TEST(test_no_bars)
{
    ap_answer_add_part(answer, &actions);
    add("x", 0, "low", NULL, 0);
    HAS(printed("table", NULL), "ACTION  COUNT  RISK  OVER TIME\n");
}
END_TEST

START_TEST(test_empty)
{
    ap_answer_add_part(answer, &actions);
    ck_assert_str_eq(printed("table", NULL), "Actions, the most frequent first\nno entry fits\n");
    ck_assert_str_eq(printed("csv", NULL), "\"action\",\"count\",\"level\",\"days\",\"id\"\r\n");
    ck_assert_str_eq(printed("ndjson", NULL), "");
    HAS(drawn(), "no entry fits");
}
END_TEST

START_TEST(test_nothing_to_draw)
{
    ap_answer_add_part(answer, &facts);
    ck_assert(ap_answer_draw(&out, answer, NULL, &head, &err) == AP_EINPUT);
    ck_assert(ap_answer_draw(&out, answer, "about", &head, &err) == AP_EINPUT);
}
END_TEST

/* A defect of whoever puts it together is told, and not printed. */
START_TEST(test_misused)
{
    ap_answer_add_count(answer, 1);
    ck_assert(ap_answer_check(answer, &err) == AP_EINTERNAL);
    ap_answer_free(answer);
    ck_assert(ap_answer_new(&answer, &err) == AP_OK);
    ap_answer_add_part(answer, &days);
    ap_answer_add_row(answer);
    ap_answer_add_count(answer, 1);
    ck_assert(ap_answer_print(&out, answer, "json", NULL, &head, &look, &err) == AP_EINTERNAL);
    HAS(err.message, "day");
    ap_answer_add_time(answer, 1);
    ck_assert(ap_answer_check(answer, &err) == AP_EINTERNAL);
}
END_TEST

/* The same input, the same bytes. */
START_TEST(test_same)
{
    static const char *const formats[] = {"table", "json", "ndjson", "csv"};
    char *first;

    add_plain();
    for (size_t i = 0; i < sizeof formats / sizeof formats[0]; i++) {
        first = strdup(printed(formats[i], NULL));
        ck_assert_str_eq(printed(formats[i], NULL), first);
        free(first);
    }
    first = strdup(drawn());
    ck_assert_str_eq(drawn(), first);
    free(first);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("answer");
    TCase *tcase = tcase_create("answer");
    SRunner *runner = srunner_create(suite);
    int failed;

    tcase_add_checked_fixture(tcase, set_up, tear_down);
    tcase_add_test(tcase, test_table);
    tcase_add_test(tcase, test_facts);
    tcase_add_test(tcase, test_spans);
    tcase_add_test(tcase, test_hostile);
    tcase_add_test(tcase, test_formula);
    tcase_add_test(tcase, test_narrow);
    tcase_add_test(tcase, test_times);
    tcase_add_test(tcase, test_cut_times);
    tcase_add_test(tcase, test_aside);
    tcase_add_test(tcase, test_series);
    tcase_add_test(tcase, test_parts);
    tcase_add_test(tcase, test_units);
    tcase_add_test(tcase, test_no_bars);
    tcase_add_test(tcase, test_empty);
    tcase_add_test(tcase, test_nothing_to_draw);
    tcase_add_test(tcase, test_misused);
    tcase_add_test(tcase, test_same);
    suite_add_tcase(suite, tcase);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
