/* Reading JSON in place: what is taken, what is refused and where, and that spans are exact. */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "auditproof/json_read.h"

static enum ap_status check(const char *text, size_t len, size_t *at)
{
    struct ap_json_span span;
    struct ap_error err;
    /* An exact allocation lets the sanitizers see a read past the end. */
    char *copy = malloc(len > 0 ? len : 1);
    enum ap_status status;

    ck_assert_ptr_nonnull(copy);
    memcpy(copy, text, len);
    status = ap_json_check(copy, len, &span, at, &err);
    if (status == AP_OK)
        ck_assert_uint_le(span.len, len);
    free(copy);
    return status;
}

START_TEST(takes_what_rfc_8259_allows)
{
    static const char *const good[] = {
        "null",
        "true",
        "false",
        "0",
        "-0",
        "1.50",
        "1e400",
        "-1.5E-7",
        "123456789012345678901234567890",
        "\"\"",
        "\"a\\\"\\\\\\/\\b\\f\\n\\r\\t\\u00e9\\ud83d\\ude00\"",
        "\"\xC3\xA9\xF0\x9F\x98\x80\"",
        "[]",
        "{}",
        " [ 1 , [ ] , { } ] ",
        "{\"a\":{\"b\":[1,{\"c\":null}]},\"d\":\"\"}",
        "\t\r\n{}\n",
        "{\"\":1}",
        "\"\x7F\"",
    };

    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++)
        ck_assert_msg(check(good[i], strlen(good[i]), NULL) == AP_OK, "refused: %s", good[i]);
}
END_TEST

START_TEST(refuses_everything_else_and_says_where)
{
    static const struct {
        const char *text;
        size_t at;
    } bad[] = {
        {"", 0},
        {" ", 1},
        {"nul", 0},
        {"True", 0},
        {"+1", 0},
        {".5", 0},
        {"01", 0},
        {"1.", 0},
        {"1e", 0},
        {"-", 0},
        {"NaN", 0},
        {"1 2", 2},
        {"[1,]", 3},
        {"[1", 2},
        {"[1 2]", 3},
        {"{\"a\" 1}", 5},
        {"{\"a\":}", 5},
        {"{a:1}", 1},
        {"{\"a\":1,}", 7},
        {"{\"a\":1", 6},
        {"[}", 1},
        {"{]", 1},
        {"[1}", 2},
        {"'a'", 0},
        {"\"a", 0},
        {"\"a\nb\"", 2},
        {"\"\\x\"", 1},
        {"\"\\u12g4\"", 1},
        {"\"\\u0000\"", 1},
        {"\"\\ud800\"", 1},
        {"\"\\ud800\\u0041\"", 1},
        {"\"\\udc00\"", 1},
        {"\"ab\xFF\"", 3},
        {"\"\xC0\x80\"", 1},
        {"\"\xED\xA0\x80\"", 1},
        {"\"\xF4\x90\x80\x80\"", 1},
        {"\"\xE2\x82\"", 1},
        {"{} x", 3},
        {"\"\\", 1},
        {"// c", 0},
    };

    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        size_t at = 999;

        ck_assert_msg(check(bad[i].text, strlen(bad[i].text), &at) == AP_EINPUT, "taken: %s", bad[i].text);
        ck_assert_msg(at == bad[i].at, "%s: at %zu, not %zu", bad[i].text, at, bad[i].at);
    }
    ck_assert_int_eq(check("\"a\0b\"", 5, NULL), AP_EINPUT);
    ck_assert_int_eq(check("{}\0", 3, NULL), AP_EINPUT);
}
END_TEST

START_TEST(nests_to_its_limit_and_no_further)
{
    char text[2 * AP_JSON_MAX_DEPTH + 4];

    memset(text, '[', AP_JSON_MAX_DEPTH);
    memset(text + AP_JSON_MAX_DEPTH, ']', AP_JSON_MAX_DEPTH);
    ck_assert_int_eq(check(text, (size_t)2 * AP_JSON_MAX_DEPTH, NULL), AP_OK);
    memset(text, '[', AP_JSON_MAX_DEPTH + 1);
    text[AP_JSON_MAX_DEPTH + 1] = '1';
    memset(text + AP_JSON_MAX_DEPTH + 2, ']', AP_JSON_MAX_DEPTH + 1);
    ck_assert_int_eq(check(text, (size_t)2 * AP_JSON_MAX_DEPTH + 3, NULL), AP_EINPUT);
}
END_TEST

START_TEST(hands_out_members_as_they_stand)
{
    static const char text[] = " { \"a\" : 1.00 ,\"b\":{\"c\":[1e400]}, \"d\\u0065\" : \"x\" } ";
    static const char *const keys[] = {"\"a\"", "\"b\"", "\"d\\u0065\""};
    static const char *const values[] = {"1.00", "{\"c\":[1e400]}", "\"x\""};
    struct ap_json_reader r;
    struct ap_json_span key, value;
    struct ap_error err;
    size_t n = 0;
    bool more = true;

    ap_json_reader_init(&r, text, sizeof text - 1);
    ck_assert_int_eq(ap_json_read_open(&r, &err), AP_OK);
    for (;;) {
        ck_assert_int_eq(ap_json_read_member(&r, &more, &key, &value, &err), AP_OK);
        if (!more)
            break;
        ck_assert_uint_lt(n, 3);
        ck_assert_uint_eq(key.len, strlen(keys[n]));
        ck_assert_mem_eq(key.text, keys[n], key.len);
        ck_assert_uint_eq(value.len, strlen(values[n]));
        ck_assert_mem_eq(value.text, values[n], value.len);
        n++;
    }
    ck_assert_uint_eq(n, 3);
    ck_assert_int_eq(ap_json_read_end(&r, &err), AP_OK);
    ck_assert(ap_json_string_is(&(struct ap_json_span){AP_JSON_STRING, keys[2], 9}, "de", 2));
    ck_assert(!ap_json_string_is(&(struct ap_json_span){AP_JSON_STRING, keys[2], 9}, "d", 1));
}
END_TEST

START_TEST(decodes_every_escape)
{
    static const char text[] = "\"\\\"\\\\\\/\\b\\f\\n\\r\\t|\\u0041\\u00e9\\u20ac\\ud83d\\ude00|\xC3\xA9\"";
    struct ap_json_span span;
    struct ap_buf out = AP_BUF_INIT;
    struct ap_error err;

    ck_assert_int_eq(ap_json_check(text, sizeof text - 1, &span, NULL, &err), AP_OK);
    ck_assert_int_eq(span.kind, AP_JSON_STRING);
    ap_json_decode(&span, &out);
    ck_assert_str_eq(out.data, "\"\\/\b\f\n\r\t|A\xC3\xA9\xE2\x82\xAC\xF0\x9F\x98\x80|\xC3\xA9");
    ap_buf_free(&out);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("json_read");
    TCase *tc = tcase_create("core");
    SRunner *runner = srunner_create(suite);
    int failed;

    tcase_add_test(tc, takes_what_rfc_8259_allows);
    tcase_add_test(tc, refuses_everything_else_and_says_where);
    tcase_add_test(tc, nests_to_its_limit_and_no_further);
    tcase_add_test(tc, hands_out_members_as_they_stand);
    tcase_add_test(tc, decodes_every_escape);
    suite_add_tcase(suite, tc);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
