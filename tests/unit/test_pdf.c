/* PDFs of answers: of whatever others wrote into them, always the same, and never more than memory bears. */
#include <check.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include "auditproof/clock.h"
#include "auditproof/pdf.h"

#define TEXT(name)                                                                                                     \
    {                                                                                                                  \
        name, name, AP_ANSWER_TEXT, false                                                                              \
    }
#define END                                                                                                            \
    {                                                                                                                  \
        NULL, NULL, AP_ANSWER_TEXT, false                                                                              \
    }

static const struct ap_answer_column counts[] = {TEXT("action"),
                                                 {"count", "count", AP_ANSWER_COUNT, true},
                                                 {"level", "risk", AP_ANSWER_LEVEL, false},
                                                 {"days", "over time", AP_ANSWER_SERIES, false},
                                                 {"last", "last", AP_ANSWER_TIME, false},
                                                 END};
static const struct ap_answer_part bars = {"bars", "Bars", AP_ANSWER_ROWS, counts, AP_ANSWER_BARS, 1, "none"};
static const struct ap_answer_part uprights = {"columns",         "Columns", AP_ANSWER_ROWS, counts,
                                               AP_ANSWER_COLUMNS, 1,         "none"};
static const struct ap_answer_part facts = {"facts", "Facts", AP_ANSWER_FACTS, counts, AP_ANSWER_NO_CHART, 0, NULL};

/* As many columns as a part may have. */
static const struct ap_answer_column many[] = {
    TEXT("a"), TEXT("b"), TEXT("c"), TEXT("d"), TEXT("e"), TEXT("f"), TEXT("g"), TEXT("h"), TEXT("i"),
    TEXT("j"), TEXT("k"), TEXT("l"), TEXT("m"), TEXT("n"), TEXT("o"), TEXT("p"), TEXT("q"), TEXT("r"),
    TEXT("s"), TEXT("t"), TEXT("u"), TEXT("v"), TEXT("w"), TEXT("x"), TEXT("y"), TEXT("z"), TEXT("0"),
    TEXT("1"), TEXT("2"), TEXT("3"), TEXT("4"), TEXT("5"), END};
static const struct ap_answer_part wide = {"wide", "Wide", AP_ANSWER_ROWS, many, AP_ANSWER_NO_CHART, 0, NULL};
enum { MANY = 32, LONG = 1 << 20 };

static const char *const hostile[] = {
    "",
    " ",
    "\n\n\n\n\n\n",
    "a\tb\rc\nd\x0b\x0c",
    "\x01\x02\x03\x1b[31mred\x1b[0m\x7f",
    "\xe2\x80\xae"
    "txet desrever\xe2\x80\xac\xe2\x81\xa6\xe2\x81\xa9",
    "\xd7\xa9\xd7\x9c\xd7\x95\xd7\x9d \xd8\xb3\xd9\x84\xd8\xa7\xd9\x85 abc 123",
    "\xe7\x9b\xa3\xe6\x9f\xbb\xe8\xa8\x98\xe9\x8c\xb2 "
    "\xe0\xa4\xb8\xe0\xa5\x81\xe0\xa4\xb0\xe0\xa4\x95\xe0\xa5\x8d\xe0\xa4\xb7\xe0\xa4\xbe",
    "\xf0\x9f\x91\xa9\xe2\x80\x8d\xf0\x9f\x92\xbb\xf0\x9f\x87\xa9\xf0\x9f\x87\xaa\xf0\x9f\x98\x80",
    "\xef\xbf\xbe\xef\xbf\xbf\xef\xbb\xbf\xf4\x8f\xbf\xbf",
    "not UTF-8: \xff\xfe\xc3\x28\xed\xa0\x80\xe2\x82",
    "<b>markup</b> &amp; %s%n (parentheses\\) <</Type/Catalog>> endstream endobj",
};
enum { HOSTILE = sizeof hostile / sizeof hostile[0] };

static char *repeated(const char *unit, size_t len)
{
    char *text = malloc(len + 1);
    size_t step = strlen(unit);

    ck_assert_ptr_nonnull(text);
    for (size_t i = 0; i < len; i++)
        text[i] = unit[i % step];
    text[len - len % step] = '\0';
    return text;
}

static void add_row(struct ap_answer *answer, const char *text, uint64_t count)
{
    uint64_t series[] = {count, 0, UINT64_MAX, 1};

    ap_answer_add_row(answer);
    ap_answer_add_str(answer, text);
    ap_answer_add_count(answer, count);
    ap_answer_add_str(answer, count % 2 == 0 ? "high" : text);
    ap_answer_add_series(answer, series, 4);
    ap_answer_add_time(answer, (int64_t)count);
}

static void fill(struct ap_answer *answer, const char *text)
{
    ap_answer_add_part(answer, &facts);
    add_row(answer, text, 1);
    ap_answer_add_part(answer, &bars);
    for (uint64_t i = 0; i < 2; i++)
        add_row(answer, text, i * INT64_MAX);
    ap_answer_add_part(answer, &uprights);
    for (uint64_t i = 0; i < 3; i++)
        add_row(answer, text, i);
    ap_answer_add_row(answer);
    ap_answer_add_part(answer, &wide);
    ap_answer_add_row(answer);
    for (int c = 0; c < MANY; c++)
        ap_answer_add_str(answer, text);
    ap_answer_remark(answer, "%.900s", text);
}

static void write_pdf(struct ap_buf *out, const struct ap_answer *answer, const char *text)
{
    const struct ap_pdf_fact shown[] = {{"Name", text}, {"Other", text}};
    const struct ap_pdf_title title = {.title = "Title",
                                       .name = text,
                                       .facts = shown,
                                       .fact_count = 2,
                                       .verdict = AP_PDF_BAD,
                                       .verdict_word = text,
                                       .verdict_text = text,
                                       .foot = text,
                                       .time_us = INT64_C(1700000000000000)};
    struct ap_error err;

    ck_assert_msg(ap_pdf_write(out, answer, &title, &err) == AP_OK, "%s", err.message);
    ck_assert_uint_gt(out->len, 1000);
    ck_assert_int_eq(memcmp(out->data, "%PDF-1.", 7), 0);
    ck_assert_ptr_nonnull(memmem(out->data + out->len - 16, 16, "%%EOF", 5));
}

/* Twice, and the same both times. */
static void check_text(const char *text)
{
    struct ap_buf first = AP_BUF_INIT, second = AP_BUF_INIT;
    struct ap_answer *answer = NULL;
    struct ap_error err;

    ck_assert_int_eq(ap_answer_new(&answer, &err), AP_OK);
    fill(answer, text);
    write_pdf(&first, answer, text);
    write_pdf(&second, answer, text);
    ck_assert_uint_eq(first.len, second.len);
    ck_assert_int_eq(memcmp(first.data, second.data, first.len), 0);
    ap_answer_free(answer);
    ap_buf_free(&first);
    ap_buf_free(&second);
}

START_TEST(hostile_text)
{
    check_text(hostile[_i]);
}
END_TEST

START_TEST(long_text)
{
    static const char *const units[] = {"x", "word ", "\xcc\x88", "\xd7\xa9", "\xe2\x80\x8d", "\xe7\x9b\xa3", "\n"};
    char *text = repeated(units[_i], LONG);

    check_text(text);
    text[300] = '\0';
    check_text(_i == 0 ? text : "x");
    free(text);
}
END_TEST

START_TEST(empty_answer)
{
    struct ap_buf out = AP_BUF_INIT;
    struct ap_answer *answer = NULL;
    struct ap_error err;

    ck_assert_int_eq(ap_answer_new(&answer, &err), AP_OK);
    write_pdf(&out, answer, "");
    ap_buf_clear(&out);
    ap_answer_add_part(answer, &bars);
    write_pdf(&out, answer, "");
    ap_answer_free(answer);
    ap_buf_free(&out);
}
END_TEST

/* Seconds and mebibytes that nobody would notice: AUDIT_TELL says how many. */
START_TEST(long_table)
{
    enum { ROWS = 5000 };
    struct ap_buf out = AP_BUF_INIT;
    struct ap_answer *answer = NULL;
    struct rusage before, after;
    struct ap_error err;
    char text[64];

    ck_assert_int_eq(getrusage(RUSAGE_SELF, &before), 0);
    ck_assert_int_eq(ap_answer_new(&answer, &err), AP_OK);
    ap_answer_add_part(answer, &bars);
    for (uint64_t i = 0; i < ROWS; i++) {
        (void)snprintf(text, sizeof text, "an action with some words, number %" PRIu64, i);
        add_row(answer, text, i);
    }
    write_pdf(&out, answer, "");
    ck_assert_int_eq(getrusage(RUSAGE_SELF, &after), 0);
    if (getenv("AUDIT_TELL") != NULL)
        (void)printf("%d rows: %zu bytes, %.2f s, %ld KiB at most, %ld before\n", ROWS, out.len,
                     (double)(after.ru_utime.tv_sec - before.ru_utime.tv_sec) +
                         (double)(after.ru_utime.tv_usec - before.ru_utime.tv_usec) / 1e6,
                     after.ru_maxrss, before.ru_maxrss);
    ap_answer_free(answer);
    ap_buf_free(&out);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("pdf");
    TCase *tcase = tcase_create("pdf");
    SRunner *runner;
    int failed;

    tcase_set_timeout(tcase, 120);
    tcase_add_loop_test(tcase, hostile_text, 0, HOSTILE);
    tcase_add_loop_test(tcase, long_text, 0, 7);
    tcase_add_test(tcase, empty_answer);
    tcase_add_test(tcase, long_table);
    suite_add_tcase(suite, tcase);
    runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
