/* Buffers, bytes, UUIDs, error messages, finding names, JSON strings. */
#include "auditproof/buf.h"
#include "auditproof/bytes.h"
#include "auditproof/error.h"
#include "auditproof/finding.h"
#include "auditproof/json.h"

#include <errno.h>

#include "vectors.h"

START_TEST(buf_grows)
{
    struct ap_buf buf = AP_BUF_INIT;

    ck_assert_str_eq(ap_buf_str(&buf), "");
    for (int i = 0; i < 1000; i++) {
        ap_buf_addc(&buf, 'a');
        ap_buf_adds(&buf, "bc");
        ap_buf_add(&buf, "de", 1);
        ap_buf_addf(&buf, "%03d", i);
    }
    ck_assert_int_eq(ap_buf_check(&buf, "a test", NULL), AP_OK);
    ck_assert_uint_eq(buf.len, 7000);
    ck_assert_mem_eq(buf.data + 6993, "abcd999", 8);
    ap_buf_clear(&buf);
    ck_assert_uint_eq(buf.len, 0);
    ck_assert_str_eq(ap_buf_str(&buf), "");
    ap_buf_free(&buf);
    ap_buf_free(&buf);
    ap_buf_free(NULL);
    ck_assert_ptr_null(buf.data);
}
END_TEST

START_TEST(buf_keeps_nul_bytes)
{
    struct ap_buf buf = AP_BUF_INIT;

    ap_buf_add(&buf, "a\0b", 3);
    ap_buf_add(&buf, NULL, 0);
    ck_assert_uint_eq(buf.len, 3);
    ck_assert_mem_eq(buf.data, "a\0b", 4);
    ap_buf_free(&buf);
}
END_TEST

/* One append past the limit makes every later one a no-op, until the buffer is cleared. */
START_TEST(buf_fails_once_for_all)
{
    struct ap_buf buf = AP_BUF_INIT;
    struct ap_error err;

    ap_buf_adds(&buf, "kept");
    ck_assert_ptr_null(ap_buf_reserve(&buf, AP_BUF_MAX));
    ck_assert_ptr_null(ap_buf_reserve(&buf, SIZE_MAX));
    ap_buf_adds(&buf, "lost");
    ap_buf_addf(&buf, "%s", "lost");
    ck_assert_int_eq(ap_buf_check(&buf, "a long text", &err), AP_ENOMEM);
    ck_assert_str_eq(err.message, "out of memory for a long text");
    ck_assert_str_eq(ap_buf_str(&buf), "kept");
    ap_buf_clear(&buf);
    ap_buf_adds(&buf, "again");
    ck_assert_int_eq(ap_buf_check(&buf, "a test", &err), AP_OK);
    ck_assert_str_eq(ap_buf_str(&buf), "again");
    ap_buf_free(&buf);
}
END_TEST

START_TEST(integers)
{
    uint8_t bytes[8];

    ap_put_u64(bytes, UINT64_C(0x0102030405060708));
    ck_assert_mem_eq(bytes, "\1\2\3\4\5\6\7\10", 8);
    ck_assert_uint_eq(ap_get_u64(bytes), UINT64_C(0x0102030405060708));
    ck_assert_uint_eq(ap_get_u32(bytes), 0x01020304);
    ck_assert_uint_eq(ap_get_u16(bytes), 0x0102);
    ap_put_u64(bytes, UINT64_MAX);
    ck_assert_uint_eq(ap_get_u64(bytes), UINT64_MAX);
    ck_assert_uint_eq(ap_get_u32(bytes), UINT32_MAX);
    ck_assert_uint_eq(ap_get_u16(bytes), UINT16_MAX);
    ap_put_u32(bytes, 0x80000000);
    ck_assert_mem_eq(bytes, "\x80\0\0\0\xff\xff\xff\xff", 8);
}
END_TEST

START_TEST(hexadecimal)
{
    uint8_t bytes[256], back[256];
    char text[513] = "";

    for (int i = 0; i < 256; i++)
        bytes[i] = (uint8_t)i;
    ap_hex_encode(text, bytes, sizeof bytes);
    ck_assert_uint_eq(strlen(text), 512);
    ck_assert_int_eq(strncmp(text, "000102", 6), 0);
    ck_assert_str_eq(text + 506, "fdfeff");
    ck_assert(ap_hex_decode(back, sizeof back, text));
    ck_assert_mem_eq(back, bytes, sizeof bytes);
    ck_assert(ap_hex_decode(back, 3, "aBCdEf"));
    ck_assert_mem_eq(back, "\xab\xcd\xef", 3);
    ck_assert(ap_hex_decode(back, 0, ""));
    for (int c = 0; c < 256; c++) {
        char pair[3] = {(char)c, '0', '\0'};
        bool is_digit = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');

        ck_assert(ap_hex_decode(back, 1, pair) == is_digit);
        pair[0] = '0';
        pair[1] = (char)c;
        ck_assert(ap_hex_decode(back, 1, pair) == is_digit);
    }
    ck_assert(!ap_hex_decode(back, 2, "abc"));
}
END_TEST

START_TEST(uuids)
{
    static const char *const refused[] = {
        "",
        "5a1f0c9e",
        "5a1f0c9e-1111-4aaa-8bbb-0123456789a",
        "5a1f0c9e-1111-4aaa-8bbb-0123456789abc",
        "5a1f0c9e-1111-4aaa-8bbb-0123456789ag",
        "5a1f0c9e11114aaa8bbb0123456789ab",
        "5a1f0c9e-1111-4aaa-8bbb0123456789ab-",
        "{5a1f0c9e-1111-4aaa-8bbb-0123456789ab}",
        " 5a1f0c9e-1111-4aaa-8bbb-0123456789ab",
        "5a1f0c9e-1111-4aaa-8bbb-0123456789ab ",
        "5a1f0c9e_1111_4aaa_8bbb_0123456789ab",
    };
    struct ap_uuid a, b;
    char text[AP_UUID_TEXT_SIZE];

    ck_assert(ap_uuid_parse(&a, "5A1F0C9E-1111-4aaa-8bbb-0123456789ab"));
    ap_uuid_format(text, &a);
    ck_assert_str_eq(text, "5a1f0c9e-1111-4aaa-8bbb-0123456789ab");
    ck_assert(ap_uuid_parse(&b, text));
    ck_assert(ap_uuid_equal(&a, &b));
    ck_assert_int_eq(ap_uuid_compare(&a, &b), 0);
    b.bytes[0] = 0xff;
    ck_assert(!ap_uuid_equal(&a, &b));
    ck_assert_int_lt(ap_uuid_compare(&a, &b), 0);
    ck_assert_int_gt(ap_uuid_compare(&b, &ap_uuid_nil), 0);
    ap_uuid_format(text, &ap_uuid_nil);
    ck_assert_str_eq(text, "00000000-0000-0000-0000-000000000000");
    for (size_t i = 0; i < sizeof refused / sizeof refused[0]; i++)
        ck_assert_msg(!ap_uuid_parse(&a, refused[i]), "\"%s\" was accepted", refused[i]);
}
END_TEST

START_TEST(wipe)
{
    uint8_t secret[5] = {1, 2, 3, 4, 5};

    ap_wipe(secret, 4);
    ck_assert_mem_eq(secret, "\0\0\0\0\5", 5);
}
END_TEST

START_TEST(errors)
{
    struct ap_error err;

    memset(&err, 'x', sizeof err);
    ck_assert_int_eq(ap_fail(&err, AP_EINPUT, "line %d: \"%s\"", 7, "x"), AP_EINPUT);
    ck_assert_int_eq(err.status, AP_EINPUT);
    ck_assert_str_eq(err.sqlstate, "");
    ck_assert_str_eq(err.message, "line 7: \"x\"");
    ck_assert_int_eq(ap_error_prefix(&err, "%s.ndjson", "events"), AP_EINPUT);
    ck_assert_str_eq(err.message, "events.ndjson: line 7: \"x\"");
    ck_assert_int_eq(ap_fail_errno(&err, ENOSPC, "cannot write %s", "out"), AP_EIO);
    ck_assert_str_eq(err.message, "cannot write out: No space left on device");
    ck_assert_int_eq(ap_fail_memory(&err, "rows"), AP_ENOMEM);
    ck_assert_str_eq(err.message, "out of memory for rows");
    ck_assert_int_eq(ap_fail(NULL, AP_ESQL, "dropped"), AP_ESQL);
    ck_assert_int_eq(ap_fail_errno(NULL, ENOENT, "dropped"), AP_EIO);
}
END_TEST

/* No byte of a character whose rest was cut off, whatever the offset of the cut. */
static void check_cut(const char *message, size_t size)
{
    size_t len = strlen(message);
    size_t i = 0;

    ck_assert_uint_lt(len, size);
    ck_assert_uint_ge(len, size - 1 - 3);
    ck_assert_str_eq(message + len - 3, "...");
    while (i < len - 3 && message[i] == 'x')
        i++;
    ck_assert_uint_eq((len - 3 - i) % 4, 0);
    for (; i < len - 3; i += 4)
        ck_assert_mem_eq(message + i, "\xf0\x9f\x98\x80", 4);
}

START_TEST(cut_at_characters)
{
    struct ap_buf faces = AP_BUF_INIT;
    struct ap_error err;
    char text[AP_FINDING_TEXT_SIZE];

    for (int i = 0; i < 400; i++)
        ap_buf_adds(&faces, "\xf0\x9f\x98\x80");
    for (int shift = 0; shift < 4; shift++) {
        (void)ap_fail(&err, AP_EINPUT, "%.*s%s", shift, "xxxx", faces.data);
        check_cut(err.message, sizeof err.message);
        (void)ap_fail_errno(&err, EIO, "%.*s%s", shift, "xxxx", faces.data);
        ck_assert_uint_lt(strlen(err.message), sizeof err.message);
        (void)ap_fail(&err, AP_EINPUT, "%s", faces.data);
        (void)ap_error_prefix(&err, "%.*s", shift, "xxxx");
        ck_assert_uint_lt(strlen(err.message), sizeof err.message);
        ck_assert_str_eq(err.message + strlen(err.message) - 3, "...");
        ap_finding_text(text, "%.*s%s", shift, "xxxx", faces.data);
        check_cut(text, sizeof text);
    }
    ap_buf_free(&faces);
}
END_TEST

/* What just fits is not cut. */
START_TEST(not_cut)
{
    char text[AP_FINDING_TEXT_SIZE], full[AP_FINDING_TEXT_SIZE];

    memset(full, 'y', sizeof full - 1);
    full[sizeof full - 1] = '\0';
    ap_finding_text(text, "%s", full);
    ck_assert_str_eq(text, full);
}
END_TEST

START_TEST(names)
{
    for (int i = 0; i < AP_FINDING_KINDS; i++) {
        const char *name = ap_finding_name((enum ap_finding_kind)i);

        ck_assert_ptr_nonnull(name);
        ck_assert_uint_gt(strlen(name), 0);
        ck_assert_uint_eq(strspn(name, "abcdefghijklmnopqrstuvwxyz-"), strlen(name));
        for (int j = 0; j < i; j++)
            ck_assert_str_ne(name, ap_finding_name((enum ap_finding_kind)j));
    }
    for (int i = AP_OK; i <= AP_EINTERNAL; i++) {
        ck_assert_str_ne(ap_status_name((enum ap_status)i), "unknown");
        for (int j = AP_OK; j < i; j++)
            ck_assert_str_ne(ap_status_name((enum ap_status)i), ap_status_name((enum ap_status)j));
    }
    ck_assert_str_eq(ap_version(), AP_VERSION);
}
END_TEST

START_TEST(json_strings)
{
    static const struct {
        const char *text, *json;
    } cases[] = {
        {NULL, "null"},
        {"", "\"\""},
        {"plain / text", "\"plain / text\""},
        {"\"\\", "\"\\\"\\\\\""},
        {"\b\f\n\r\t", "\"\\b\\f\\n\\r\\t\""},
        {"\x01\x0b\x1b\x1f", "\"\\u0001\\u000b\\u001b\\u001f\""},
        {"\x7f", "\"\x7f\""},
        {"\xc2\x80\xe2\x80\xa8\xf0\x9f\x98\x80", "\"\xc2\x80\xe2\x80\xa8\xf0\x9f\x98\x80\""},
    };
    struct ap_buf buf = AP_BUF_INIT;

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        ap_buf_clear(&buf);
        ap_json_string(&buf, cases[i].text);
        ck_assert_str_eq(ap_buf_str(&buf), cases[i].json);
    }
    ap_buf_clear(&buf);
    ap_json_string_n(&buf, "a\0b", 3);
    ck_assert_str_eq(ap_buf_str(&buf), "\"a\\u0000b\"");
    ap_buf_free(&buf);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("base");
    TCase *tests = tcase_create("base");

    tcase_add_test(tests, buf_grows);
    tcase_add_test(tests, buf_keeps_nul_bytes);
    tcase_add_test(tests, buf_fails_once_for_all);
    tcase_add_test(tests, integers);
    tcase_add_test(tests, hexadecimal);
    tcase_add_test(tests, uuids);
    tcase_add_test(tests, wipe);
    tcase_add_test(tests, errors);
    tcase_add_test(tests, cut_at_characters);
    tcase_add_test(tests, not_cut);
    tcase_add_test(tests, names);
    tcase_add_test(tests, json_strings);
    suite_add_tcase(suite, tests);
    return vectors_main(suite);
}
