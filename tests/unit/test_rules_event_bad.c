/* Lines that are no events: what is refused and where, and the bounds of what is read. */
#include "rules_event.h"

START_TEST(refuses_and_says_where)
{
    static const struct {
        const char *text;
        size_t at;
    } bad[] = {
        {"", 0},
        {"  ", 2},
        {"null", 0},
        {" [1]", 1},
        {"\"a\"", 0},
        {"{", 1},
        {"{\"a\":1", 6},
        {"{\"a\":{\"b\":1}", 12},
        {"{\"a\":[1}", 7},
        {"{\"a\":1]}", 6},
        {"{\"a\" 1}", 5},
        {"{\"a\":}", 5},
        {"{a:1}", 1},
        {"{\"a\":1,}", 7},
        {"{,}", 1},
        {"{\"a\":[,]}", 6},
        {"{\"a\":[1,]}", 8},
        {"{\"a\":[1 2]}", 8},
        {"{\"a\":1}}", 7},
        {"{\"a\":1}{}", 7},
        {"{\"a\":1} x", 9},
        {"{\"a\":tru}", 5},
        {"{\"a\":t}", 5},
        {"{\"a\":nulL}", 5},
        {"{\"a\":falsee}", 10},
        {"{\"a\":01}", 5},
        {"{\"a\":1.}", 5},
        {"{\"a\":.5}", 5},
        {"{\"a\":+1}", 5},
        {"{\"a\":-}", 5},
        {"{\"a\":1e}", 5},
        {"{\"a\":1e+}", 5},
        {"{\"a\":1x}", 6},
        {"{\"a\":NaN}", 5},
        {"{\"a\":'b'}", 5},
        {"{\"a\":\"b}", 8},
        {"{\"a\":\"b\n\"}", 7},
        {"{\"a\":\"\\x\"}", 6},
        {"{\"a\":\"\\u12g4\"}", 6},
        {"{\"a\":\"\\u12\"}", 6},
        {"{\"a\":\"\\u}", 6},
        {"{\"a\":\"\\}", 6},
        {"{\"a\":\"\xFF\"}", 6},
        {"{\"a\":\"0123456789012345\xC0\x80\"}", 22},
        {"{\"a\":\"\xED\xA0\x80\"}", 6},
        {"{\"a\":\"\xF4\x90\x80\x80\"}", 6},
        {"{\"a\":\"\xE2\x82\"}", 6},
        {"{\"\xE2\x82\":1}", 2},
        {"{\"zz\":{\"zz\":[{\"zz\":01}]}}", 19},
        {"{\"_auditproof\":[}", 16},
        {"{\"_auditproof\":{}", 17},
        {"{\"a\":1,\"_auditproof\"}", 20},
        {"{\"a\":1}\xC2\xA0", 9},
        {"\xEF\xBB\xBF{}", 0},
    };
    static const char *const names[] = {"a"};

    begin(names, 1, false, _i);
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        size_t at = 999;

        ck_assert_msg(read_bytes(bad[i].text, strlen(bad[i].text), &at) == AP_EINPUT, "taken: %s", bad[i].text);
        ck_assert_msg(at == bad[i].at, "%s: at %zu, not %zu (%s)", bad[i].text, at, bad[i].at, err.message);
        ck_assert_int_eq(err.status, AP_EINPUT);
        EXPECT("{\"a\":\"next\"}", "s:next");
    }
    finish();
}
END_TEST

/* Strings of every length and alignment, with each byte at each place: nothing is missed, before or after the middle.
 */
START_TEST(sees_every_byte_of_a_string)
{
    static const char *const names[] = {"a"};
    char line[128];
    size_t at = 0;

    begin(names, 1, false, _i);
    for (size_t len = 1; len < 50; len++) {
        for (size_t place = 0; place < len; place++) {
            static const char bytes[] = {'"', '\\', '\0', 31, 32, '!', 127, (char)0x80, (char)0xFF};

            for (size_t b = 0; b < sizeof bytes; b++) {
                bool plain = bytes[b] == 32 || bytes[b] == '!' || bytes[b] == 127;
                /* A backslash before the closing quote makes the string go on to the end. */
                size_t where = bytes[b] == '\\' && place == len - 1 ? len + 8 : 6 + place + (bytes[b] == '"');
                enum ap_status status;

                memset(line, 'x', sizeof line);
                memcpy(line, "{\"a\":\"", 6);
                line[6 + place] = bytes[b];
                memcpy(line + 6 + len, "\"}", 2);
                status = read_bytes(line, len + 8, &at);
                if (status != (plain ? AP_OK : AP_EINPUT) || (plain && ap_event_values(event, &at)[0].len != len) ||
                    (!plain && at != where))
                    ck_abort_msg("length %zu, byte %d at %zu: %d, at %zu", len, bytes[b], place, status, at);
            }
        }
    }
    finish();
}
END_TEST

static void nested(char *line, size_t depth, const char *inside)
{
    size_t len = strlen(inside);

    memcpy(line, "{\"a\":", 5);
    memset(line + 5, '[', depth - 1);
    memcpy(line + 5 + depth - 1, inside, len);
    memset(line + 5 + depth - 1 + len, ']', depth - 1);
    memcpy(line + 5 + 2 * (depth - 1) + len, "}", 2);
}

START_TEST(nests_to_its_limits)
{
    static const char *const names[] = {"a"};
    static char line[3 * 100000];
    size_t at;

    begin(names, 1, true, _i);
    nested(line, AP_EVENT_DEPTH, "5");
    EXPECT(line, "n:5");
    (void)ap_event_leaves(event, &at);
    ck_assert_uint_eq(at, 1);
    nested(line, AP_EVENT_DEPTH + 1, "5");
    EXPECT(line, "e:");
    (void)ap_event_leaves(event, &at);
    ck_assert_uint_eq(at, 0);
    nested(line, AP_EVENT_DEPTH_MAX, "5");
    EXPECT(line, "e:");
    nested(line, AP_EVENT_DEPTH_MAX + 1, "5");
    ck_assert_int_eq(read_bytes(line, strlen(line), &at), AP_EINPUT);
    ck_assert_uint_eq(at, 5 + AP_EVENT_DEPTH_MAX - 1);
    nested(line, 100000, "");
    ck_assert_int_eq(read_bytes(line, strlen(line), &at), AP_EINPUT);
    ck_assert_ptr_nonnull(strstr(err.message, "1024 levels"));
    finish();
}
END_TEST

START_TEST(bounds_how_many_values)
{
    static const char *const names[] = {"a"};
    size_t count = AP_EVENT_VALUES_MAX + 1, at, len = 0;
    char *line = malloc(2 * count + 16);

    ck_assert_ptr_nonnull(line);
    begin(names, 1, false, _i);
    memcpy(line, "{\"b\":[1", 7);
    for (len = 7; len < 2 * count + 5; len += 2)
        memcpy(line + len, ",1", 2);
    memcpy(line + len, "]}", 2);
    len += 2;
    ck_assert_int_eq(read_bytes(line, len, &at), AP_OK); /* nobody asks for them */
    line[2] = 'a';
    ck_assert_int_eq(read_bytes(line, len, &at), AP_EINPUT);
    ck_assert_uint_eq(at, len - 3);
    EXPECT("{\"a\":1}", "n:1");
    free(line);
    finish();
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("rules_event_bad");
    TCase *tc = tcase_create("core");
    SRunner *runner = srunner_create(suite);
    int failed;

    tcase_set_timeout(tc, 30);
    tcase_add_loop_test(tc, refuses_and_says_where, 0, WAYS);
    tcase_add_loop_test(tc, sees_every_byte_of_a_string, 0, WAYS);
    tcase_add_loop_test(tc, nests_to_its_limits, 0, WAYS);
    tcase_add_loop_test(tc, bounds_how_many_values, 0, WAYS);
    suite_add_tcase(suite, tc);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
