/* Text on its way to a terminal: it must not act there, and its width must be what a terminal makes of it. */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "auditproof/display.h"
#include "auditproof/utf8.h"

static struct ap_buf out;

static void empty(void)
{
    ap_buf_free(&out);
}

static const char *shown(const char *text, size_t len)
{
    ap_buf_clear(&out);
    ap_display_put(&out, text, len);
    ck_assert(!out.failed);
    return ap_buf_str(&out);
}

static const struct {
    const char *text, *is;
    size_t width;
} cases[] = {
    {"", "", 0},
    {"auth.login", "auth.login", 10},
    {"\x1b[31mred\x1b]0;t\x07", "\\x1b[31mred\\x1b]0;t\\x07", 23},
    {"a\tb\r\nc\x7f", "a\\x09b\\x0d\\x0ac\\x7f", 19},
    {"a\xc2\x9b"
     "31m",
     "a\\u009b31m", 10},
    {"user\xe2\x80\xaegnp.exe", "user\\u202egnp.exe", 17},
    {"pay\xe2\x80\x8bpal\xc2\xad\xef\xbb\xbf", "pay\\u200bpal\\u00ad\\ufeff", 24},
    {"a\xe2\x80\xa8\xe2\x80\xa9", "a\\u2028\\u2029", 13},
    {"\xf3\xa0\x81\x81", "\\U000e0041", 10},
    {"\xee\x80\x80\xf4\x80\x80\x80", "\\ue000\\U00100000", 16},
    {"\xef\xbf\xbf\xef\xb7\x90\xcd\xb8", "\\uffff\\ufdd0\\u0378", 18},
    {"\xc0\xbcscript\xff\xe2\x80", "\\xc0\\xbcscript\\xff\\xe2\\x80", 26},
    {"Z\xc3\xbcrich", "Z\xc3\xbcrich", 6},
    {"Zu\xcc\x88rich", "Zu\xcc\x88rich", 6},
    {"\xe6\x97\xa5\xe6\x9c\xac", "\xe6\x97\xa5\xe6\x9c\xac", 4},
    {"\xf0\x9f\x94\x91 \xef\xbc\xa1", "\xf0\x9f\x94\x91 \xef\xbc\xa1", 5},
    {"\xd7\xa9\xd7\x9c\xd7\x95\xd7\x9d", "\xd7\xa9\xd7\x9c\xd7\x95\xd7\x9d", 4},
    {"\xe1\x84\x92\xe1\x85\xa1\xe1\x86\xab", "\xe1\x84\x92\xe1\x85\xa1\xe1\x86\xab", 2},
    /* A mark at the start would sit on what a table has before it. */
    {"\xcc\x81x", "\\u0301x", 7},
    {"\n\xcc\x81", "\\x0a\\u0301", 10},
};

START_TEST(test_shown)
{
    size_t len = strlen(cases[_i].text);

    ck_assert_str_eq(shown(cases[_i].text, len), cases[_i].is);
    ck_assert_uint_eq(ap_display_width(cases[_i].text, len), cases[_i].width);
}
END_TEST

START_TEST(test_nul)
{
    ck_assert_str_eq(shown("a\0b", 3), "a\\x00b");
}
END_TEST

/* Marks upon marks would climb over the lines above. */
START_TEST(test_marks)
{
    char text[1 + 2 * 100 + 1] = "a";

    for (size_t i = 0; i < 100; i++)
        memcpy(text + 1 + 2 * i, "\xcc\x81", 2);
    ck_assert_uint_eq(ap_display_width(text, 201), 1 + 6 * 92);
    (void)shown(text, 201);
    ck_assert_uint_eq(out.len, 1 + 2 * AP_DISPLAY_MARKS + 6 * 92);
}
END_TEST

static void json(const char *text)
{
    ap_buf_clear(&out);
    ap_buf_adds(&out, text);
    ap_display_json(&out, 0);
    ck_assert(!out.failed);
}

START_TEST(test_json)
{
    json("{\"a\":\"\xc2\x9b"
         "31m\xe2\x80\xae\xf3\xa0\x81\x81\x7f\xc3\xbc\"}\n");
    ck_assert_str_eq(ap_buf_str(&out), "{\"a\":\"\\u009b31m\\u202e\\udb40\\udc41\\u007f\xc3\xbc\"}\n");
    json("{\"a\": 1}\n");
    ck_assert_str_eq(ap_buf_str(&out), "{\"a\": 1}\n");
    json("");
    ck_assert_uint_eq(out.len, 0);
}
END_TEST

START_TEST(test_lines)
{
    ap_buf_clear(&out);
    ap_buf_adds(&out, "\x1b kept\r\n");
    ap_display_lines(&out, out.len);
    ck_assert_str_eq(ap_buf_str(&out), "\x1b kept\r\n");
    ap_buf_adds(&out, "a\x1b[0m\rb\r\n\xc2\x9b\n\xff");
    ap_display_lines(&out, 8);
    ck_assert_str_eq(ap_buf_str(&out), "\x1b kept\r\na\\x1b[0m\\x0db\r\n\\u009b\n\\xff");
}
END_TEST

/* Whatever the bytes, in any position: nothing that a terminal acts on comes out. */
START_TEST(test_any_bytes)
{
    unsigned seed = 7;

    for (int round = 0; round < 5000; round++) {
        char text[12];

        for (size_t i = 0; i < sizeof text; i++) {
            seed = seed * 1103515245u + 12345u;
            text[i] = (char)(seed >> 16);
        }
        (void)shown(text, sizeof text);
        ck_assert_uint_eq(ap_utf8_valid(out.data, out.len), out.len);
        for (size_t i = 0; i < out.len; i++) {
            ck_assert_uint_ge((unsigned char)out.data[i], 0x20);
            ck_assert_uint_ne((unsigned char)out.data[i], 0x7f);
        }
    }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("display");
    TCase *tc = tcase_create("display");
    SRunner *runner;
    int failed;

    tcase_add_checked_fixture(tc, NULL, empty);
    tcase_add_loop_test(tc, test_shown, 0, sizeof cases / sizeof *cases);
    tcase_add_test(tc, test_nul);
    tcase_add_test(tc, test_marks);
    tcase_add_test(tc, test_json);
    tcase_add_test(tc, test_lines);
    tcase_add_test(tc, test_any_bytes);
    suite_add_tcase(suite, tc);
    runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
