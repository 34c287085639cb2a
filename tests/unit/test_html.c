/* Text into HTML: nothing of a hostile text may be markup, leave an attribute, or change how the rest is read. */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "auditproof/html.h"

static struct ap_buf out;

static void empty(void)
{
    ap_buf_free(&out);
}

static const char *escaped(const char *text, size_t len)
{
    ap_buf_clear(&out);
    ap_html_put_n(&out, text, len);
    ck_assert(!out.failed);
    return ap_buf_str(&out);
}

static const struct {
    const char *text, *is;
} cases[] = {
    {"", ""},
    {"auth.login", "auth.login"},
    {"<script>alert(1)</script>", "&lt;script&gt;alert(1)&lt;/script&gt;"},
    {"\" onload=\"x", "&quot; onload=&quot;x"},
    {"' onload='x", "&#39; onload=&#39;x"},
    {"a&lt;b", "a&amp;lt;b"},
    {"]]>-->", "]]&gt;--&gt;"},
    {"\x1b[31mred\x1b]0;t\x07", "&#x241b;[31mred&#x241b;]0;t&#x2407;"},
    {"a\tb\r\nc\x7f", "a&#x2409;b&#x240d;&#x240a;c&#x2421;"},
    {"a\xc2\x9b"
     "31m",
     "a&#xfffd;31m"},
    {"user\xe2\x80\xaegnp.exe", "user[U+202E]gnp.exe"},
    {"\xe2\x81\xa6x\xe2\x81\xa9\xe2\x80\x8f\xd8\x9c", "[U+2066]x[U+2069][U+200F][U+061C]"},
    {"pay\xe2\x80\x8bpal\xc2\xad\xef\xbb\xbf", "pay[U+200B]pal[U+00AD][U+FEFF]"},
    {"a\xe2\x80\xa8\xe2\x80\xa9", "a[U+2028][U+2029]"},
    {"\xf3\xa0\x81\x81", "[U+E0041]"},
    {"\xef\xbf\xbf\xef\xb7\x90", "&#xfffd;&#xfffd;"},
    {"\xd8\xb9\xd8\xb1\xd8\xa8\xd9\x8a Z\xc3\xbcrich \xf0\x9f\x91\xa9\xe2\x80\x8d\xf0\x9f\x92\xbb",
     "\xd8\xb9\xd8\xb1\xd8\xa8\xd9\x8a Z\xc3\xbcrich \xf0\x9f\x91\xa9\xe2\x80\x8d\xf0\x9f\x92\xbb"},
    {"\xc0\xbcscript\xff\xe2\x80", "&#xfffd;&#xfffd;script&#xfffd;&#xfffd;&#xfffd;"},
};

START_TEST(test_escape)
{
    ck_assert_str_eq(escaped(cases[_i].text, strlen(cases[_i].text)), cases[_i].is);
}
END_TEST

START_TEST(test_nul)
{
    ck_assert_str_eq(escaped("a\0b", 3), "a&#x2400;b");
    ap_buf_clear(&out);
    ap_html_put(&out, NULL);
    ck_assert_uint_eq(out.len, 0);
}
END_TEST

/* Whatever the bytes, in any position: only text comes out. */
START_TEST(test_any_bytes)
{
    unsigned seed = 7;

    for (int round = 0; round < 5000; round++) {
        char text[12];
        size_t bad = 0;

        for (size_t i = 0; i < sizeof text; i++) {
            seed = seed * 1103515245u + 12345u;
            text[i] = (char)(seed >> 16);
        }
        (void)escaped(text, sizeof text);
        for (size_t i = 0; i < out.len; i++)
            bad += strchr("<>\"'", out.data[i]) != NULL || (unsigned char)out.data[i] < 0x20 || out.data[i] == 0x7f;
        ck_assert_msg(bad == 0, "round %d: %s", round, ap_buf_str(&out));
    }
}
END_TEST

START_TEST(test_cut)
{
    ap_buf_clear(&out);
    ap_html_put_cut(&out, "\xc3\xbc\xc3\xbc<b>", 7, 3);
    ck_assert_str_eq(ap_buf_str(&out), "\xc3\xbc\xc3\xbc&lt;&#x2026;");
    ap_buf_clear(&out);
    ap_html_put_cut(&out, "abc", 3, 3);
    ck_assert_str_eq(ap_buf_str(&out), "abc");
    ap_buf_clear(&out);
    ap_html_put_cut(&out, "abc", 3, 0);
    ck_assert_str_eq(ap_buf_str(&out), "&#x2026;");
}
END_TEST

START_TEST(test_count)
{
    static const struct {
        uint64_t n;
        const char *is;
    } counts[] = {
        {0, "0"},
        {7, "7"},
        {999, "999"},
        {1000, "1,000"},
        {1234567, "1,234,567"},
        {UINT64_MAX, "18,446,744,073,709,551,615"},
    };

    for (size_t i = 0; i < sizeof counts / sizeof *counts; i++) {
        ap_buf_clear(&out);
        ap_html_put_count(&out, counts[i].n);
        ck_assert_str_eq(ap_buf_str(&out), counts[i].is);
    }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("html");
    TCase *tc = tcase_create("html");
    SRunner *runner;
    int failed;

    tcase_add_checked_fixture(tc, NULL, empty);
    tcase_add_loop_test(tc, test_escape, 0, sizeof cases / sizeof *cases);
    tcase_add_test(tc, test_nul);
    tcase_add_test(tc, test_any_bytes);
    tcase_add_test(tc, test_cut);
    tcase_add_test(tc, test_count);
    suite_add_tcase(suite, tc);
    runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
