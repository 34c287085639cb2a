/* Reading events: which values a field has, what is refused and where, what a line is given back as; and that both ways
 * through a line, by vectors and by words, do the same. */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "rules/event_internal.h"

static struct ap_fields *fields;
static struct ap_event *event;
static struct ap_error err;
static char *copy; /* the line, without a byte to spare: sanitizers see what reads past it */

/* Both ways; each test of this file runs once with each (loop tests). */
static ap_walk_fn *const ways[] = {
    ap_event_walk_words,
#ifdef __SSE2__
    ap_event_walk_vectors,
#endif
};
enum { WAYS = sizeof ways / sizeof ways[0] };

static void begin(const char *const *names, size_t count, bool leaves, int way)
{
    uint32_t id;

    ck_assert_int_eq(ap_fields_new(&fields, &err), AP_OK);
    for (size_t i = 0; i < count; i++) {
        ck_assert_int_eq(ap_fields_add(fields, names[i], strlen(names[i]), &id, &err), AP_OK);
        ck_assert_uint_eq(id, i);
    }
    if (leaves)
        ap_fields_want_leaves(fields);
    ck_assert_int_eq(ap_fields_seal(fields, &err), AP_OK);
    ck_assert_int_eq(ap_event_new(&event, fields, &err), AP_OK);
    event->walk = ways[way];
}

static void finish(void)
{
    ap_event_free(event);
    ap_fields_free(fields);
    free(copy);
    copy = NULL;
}

static enum ap_status read_bytes(const char *line, size_t len, size_t *at)
{
    free(copy);
    copy = malloc(len > 0 ? len : 1);
    ck_assert_ptr_nonnull(copy);
    memcpy(copy, line, len);
    return ap_event_read(event, copy, len, at, &err);
}

static void describe(struct ap_buf *out, const struct ap_value *v)
{
    static const char kinds[] = "snbzoe";

    ap_buf_addf(out, "%s%c:", out->len > 0 ? "|" : "", kinds[v->kind]);
    ap_buf_add(out, v->text, v->len);
    if (v->kind == AP_VALUE_BOOL)
        ck_assert_int_eq(v->truth, v->text[0] == 't');
}

/* The values of one field as text: s:string, n:number, b:Boolean, z:null, o:object, e: for an empty array; "-": absent.
 */
static const char *values_of(uint32_t field)
{
    static struct ap_buf out;
    const struct ap_value *all;
    uint32_t i = ap_event_first(event, field), before = 0;
    size_t count;

    ap_buf_clear(&out);
    all = ap_event_values(event, &count);
    if (i == AP_NO_VALUE)
        return "-";
    for (; i != AP_NO_VALUE; i = all[i].next) {
        ck_assert_uint_lt(i, count);
        ck_assert_uint_eq(all[i].field, field);
        ck_assert_uint_ge(i, before); /* in the order of the line */
        before = i;
        describe(&out, &all[i]);
    }
    return ap_buf_str(&out);
}

/* One line against what the fields should have, in the order of their names. */
static void expect(const char *line, const char *const *want, size_t count)
{
    size_t at, present, absent = 0;
    enum ap_status status = read_bytes(line, strlen(line), &at);

    ck_assert_msg(status == AP_OK, "%s: %s", line, err.message);
    for (uint32_t i = 0; i < count; i++) {
        const char *got = values_of(i);

        ck_assert_msg(strcmp(got, want[i]) == 0, "%s: %s is %s, not %s", line, ap_fields_name(fields, i), got, want[i]);
        absent += strcmp(want[i], "-") == 0;
    }
    (void)ap_event_present(event, &present);
    ck_assert_uint_eq(present, count - absent);
}

#define EXPECT(line, ...)                                                                                              \
    expect(line, (const char *const[]){__VA_ARGS__}, sizeof((const char *const[]){__VA_ARGS__}) / sizeof(char *))

START_TEST(finds_fields)
{
    static const char *const names[] = {
        "a", "a.b", "a.b.c", "d", "longerThanEightBytes", "a name of more than sixteen"};

    begin(names, 6, false, _i);
    EXPECT("{}", "-", "-", "-", "-", "-", "-");
    EXPECT(" {\"x\":1} ", "-", "-", "-", "-", "-", "-");
    EXPECT("{\"a\":\"v\",\"d\":1.50}", "s:v", "-", "-", "n:1.50", "-", "-");
    EXPECT("{\"a\":{\"b\":{\"c\":true}},\"d\":null}", "o:{\"b\":{\"c\":true}}", "o:{\"c\":true}", "b:true", "z:null",
           "-", "-");
    EXPECT("{\"longerThanEightBytes\":\"\",\"longerThenEightBytes\":1,\"longerThanEightByte\":2}", "-", "-", "-", "-",
           "s:", "-");
    EXPECT("{\"a name of more than sixteen\":1,\"a name of more then sixteen\":2}", "-", "-", "-", "-", "-", "n:1");
    EXPECT("{\"b\":1,\"c\":2,\"A\":3,\"\":4,\"a\\u0000\":5}", "-", "-", "-", "-", "-", "-");
    EXPECT("{\"x\":{\"a\":1,\"d\":2},\"d\":{\"a\":{\"b\":3}}}", "-", "-", "-", "o:{\"a\":{\"b\":3}}", "-", "-");
    EXPECT("{ \"a\" : { \"b\" : -0 } , \"d\" : false }", "o:{ \"b\" : -0 }", "n:-0", "-", "b:false", "-", "-");
    /* Escapes in a name are resolved before it is looked up. */
    EXPECT("{\"\\u0061\":{\"\\u0062\":1}}", "o:{\"\\u0062\":1}", "n:1", "-", "-", "-", "-");
    finish();
}
END_TEST

START_TEST(goes_through_arrays)
{
    static const char *const names[] = {"a", "a.b"};

    begin(names, 2, false, _i);
    EXPECT("{\"a\":[1,\"x\",null,true]}", "n:1|s:x|z:null|b:true", "-");
    EXPECT("{\"a\":[]}", "e:", "-");
    EXPECT("{\"a\":[[],[ ]]}", "e:", "-");
    EXPECT("{\"a\":[[],[1,[2]],[]]}", "n:1|n:2", "-");
    EXPECT("{\"a\":[{\"b\":1},{\"b\":[2,3]},{\"c\":4},{\"b\":[]}]}",
           "o:{\"b\":1}|o:{\"b\":[2,3]}|o:{\"c\":4}|o:{\"b\":[]}", "n:1|n:2|n:3|e:");
    EXPECT("{\"a\":[[{\"b\":1}],5]}", "o:{\"b\":1}|n:5", "n:1");
    /* Twice is two values, whatever they are. */
    EXPECT("{\"a\":1,\"a\":[],\"a\":{\"b\":2},\"a\":{\"b\":3}}", "n:1|e:|o:{\"b\":2}|o:{\"b\":3}", "n:2|n:3");
    EXPECT("{\"a\":{}}", "o:{}", "-");
    finish();
}
END_TEST

START_TEST(takes_dotted_names_first)
{
    static const char *const names[] = {"a.b", "a", "c.d.e"};

    begin(names, 3, false, _i);
    EXPECT("{\"a.b\":1}", "n:1", "-", "-");
    EXPECT("{\"a.b\":1,\"a\":{\"b\":2}}", "n:1", "o:{\"b\":2}", "-");
    EXPECT("{\"c\":{\"d\":{\"e\":0}},\"a\":{\"b\":[2,3]},\"a.b\":[1,4]}", "n:1|n:4", "o:{\"b\":[2,3]}", "n:0");
    EXPECT("{\"a.b\":[],\"a\":{\"b\":2}}", "e:", "o:{\"b\":2}", "-");
    EXPECT("{\"a.b\":{\"x\":[]}}", "o:{\"x\":[]}", "-", "-");
    EXPECT("{\"a\":{\"b\":2}}", "n:2", "o:{\"b\":2}", "-"); /* and that is forgotten with the line */
    /* Only the whole name, and only at the top. */
    EXPECT("{\"c.d\":{\"e\":1},\"x\":{\"a.b\":1}}", "-", "-", "-");
    EXPECT("{\"c\":{\"d.e\":1}}", "-", "-", "-");
    finish();
}
END_TEST

START_TEST(resolves_escapes)
{
    static const char *const names[] = {"a"};
    size_t at;

    begin(names, 1, false, _i);
    EXPECT("{\"a\":\"\\\"\\\\\\/\\b\\f\\n\\r\\t|\\u0041\\u00e9\\u20AC\\ud83d\\uDE00|\xC3\xA9\"}",
           "s:\"\\/\b\f\n\r\t|A\xC3\xA9\xE2\x82\xAC\xF0\x9F\x98\x80|\xC3\xA9");
    EXPECT("{\"a\":\"\\ud800\"}", "s:\xEF\xBF\xBD");
    EXPECT("{\"a\":\"\\ud800\\u0041\\udc00\\ud800\\ud83d\\ude00\\ud800\\n\"}",
           "s:\xEF\xBF\xBD"
           "A\xEF\xBF\xBD\xEF\xBF\xBD\xF0\x9F\x98\x80\xEF\xBF\xBD\n");
    ck_assert_int_eq(read_bytes("{\"a\":\"x\\u0000y\"}", 16, &at), AP_OK);
    ck_assert_uint_eq(ap_event_values(event, &at)[0].len, 3);
    ck_assert_mem_eq(ap_event_values(event, &at)[0].text, "x\0y", 3);
    finish();
}
END_TEST

START_TEST(gives_leaves)
{
    static const char *const names[] = {"a"};
    const struct ap_value *leaves;
    struct ap_buf out = AP_BUF_INIT;
    size_t at, count;
    const char *line =
        "{\"a\":[1,{\"b\":\"x\\ny\"}],\"c\":{\"d\":null,\"e\":[false,[],{}]},\"_auditproof\":{\"f\":\"no\"}}";

    begin(names, 1, true, _i);
    ck_assert_int_eq(read_bytes(line, strlen(line), &at), AP_OK);
    leaves = ap_event_leaves(event, &count);
    for (size_t i = 0; i < count; i++) {
        ck_assert_uint_eq(leaves[i].field, AP_NO_VALUE);
        describe(&out, &leaves[i]);
    }
    ck_assert_str_eq(ap_buf_str(&out), "n:1|s:x\ny|b:false");
    ck_assert_str_eq(values_of(0), "n:1|o:{\"b\":\"x\\ny\"}");
    ap_buf_free(&out);
    finish();
}
END_TEST

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

static void begins(const char *line, const char *want)
{
    struct ap_buf out = AP_BUF_INIT;
    size_t at;

    ck_assert_int_eq(read_bytes(line, strlen(line), &at), AP_OK);
    ap_event_begin(event, &out);
    ck_assert_str_eq(ap_buf_str(&out), want);
    ap_buf_free(&out);
}

START_TEST(gives_the_line_back)
{
    static const char *const names[] = {"a", "_auditproof", "_auditproof.b"};

    begin(names, 3, false, _i);
    begins("{}", "{");
    begins(" { } ", "{");
    begins("{\"a\":1}", "{\"a\":1,");
    begins("\t{ \"a\" : 1 }\r", "{\"a\" : 1,");
    begins("{\"_auditproof\":1}", "{");
    begins("{\"_auditproof\":1,\"a\":2}", "{\"a\":2,");
    begins("{\"a\":2 , \"_auditproof\" : {\"b\":[\"}\"]} }", "{\"a\":2,");
    begins("{\"a\":1,\"_auditproof\":[],\"b\":\",\"}", "{\"a\":1,\"b\":\",\",");
    begins(
        "{\"_auditproof\":1,\"_auditproof\":2,\"a\":3,\"_auditproof\":4,\"_auditproof\":5,\"b\":6,\"_auditproof\":7}",
        "{\"a\":3,\"b\":6,");
    begins("{\"\\u005fauditproof\":1,\"a\":{\"_auditproof\":2}}", "{\"a\":{\"_auditproof\":2},");
    EXPECT("{\"_auditproof\":{\"b\":1},\"a\":[]}", "e:", "-", "-");
    finish();
}
END_TEST

static bool gather(void *context, const struct ap_value *value)
{
    struct ap_buf *out = context;

    describe(out, value);
    return value->kind == AP_VALUE_STRING && value->len == 4 && memcmp(value->text, "stop", 4) == 0;
}

START_TEST(looks_into_objects)
{
    static const char *const names[] = {"a"};
    static const struct {
        const char *line, *want;
        bool stops;
    } cases[] = {
        {"{\"a\":{}}", "o:{}", false},
        {"{\"a\":{ \"b\" : [ 1.0 , \"x y\" , null , { \"c\" : true } ] , \"d\":[ ] }}",
         "n:1.0|s:x y|b:true|o:{\"b\":[1.0,\"x y\",null,{\"c\":true}],\"d\":[]}", false},
        {"{\"a\":{\"\\u0062\\/\":\"\\u0041\\n\\u001f\\ud800 \\\"\"}}",
         "s:A\n\x1f\xEF\xBF\xBD \"|o:{\"b/\":\"A\\n\\u001f\xEF\xBF\xBD \\\"\"}", false},
        {"{\"a\":{\"x\":1,\"y\":[\"stop\",2]}}", "n:1|s:stop", true},
    };
    const struct ap_value *values;
    size_t at, count;
    bool stopped;

    begin(names, 1, false, _i);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        ck_assert_int_eq(read_bytes(cases[i].line, strlen(cases[i].line), &at), AP_OK);
        values = ap_event_values(event, &count);
        for (int twice = 0; twice < 2; twice++) {
            struct ap_buf out = AP_BUF_INIT;

            ck_assert_int_eq(ap_event_look_into(event, &values[0], gather, &out, &stopped, &err), AP_OK);
            ck_assert_str_eq(ap_buf_str(&out), cases[i].want);
            ck_assert(stopped == cases[i].stops);
            ap_buf_free(&out);
        }
    }
    finish();
}
END_TEST

START_TEST(takes_values_from_elsewhere)
{
    static const char *const names[] = {"a", "enrich.first_seen_ip"};

    begin(names, 2, false, _i);
    EXPECT("{\"a\":1}", "n:1", "-");
    ck_assert_int_eq(ap_event_put(event, 1, AP_VALUE_BOOL, "true", 4, true, &err), AP_OK);
    ck_assert_int_eq(ap_event_put(event, 0, AP_VALUE_STRING, "x", 1, false, &err), AP_OK);
    ck_assert_str_eq(values_of(0), "n:1|s:x");
    ck_assert_str_eq(values_of(1), "b:true");
    EXPECT("{\"a\":2}", "n:2", "-");
    finish();
}
END_TEST

START_TEST(numbers_fields)
{
    static const char line[] = "{\"a\":{\"b4999\":{\"c\":1}},\"field4998\":2}";
    uint32_t id, again;
    char name[32];
    size_t at;

    ck_assert_int_eq(ap_fields_new(&fields, &err), AP_OK);
    for (uint32_t i = 0; i < 5000; i++) {
        int n = snprintf(name, sizeof name, i % 2 == 0 ? "field%u" : "a.b%u.c", i);

        ck_assert_int_eq(ap_fields_add(fields, name, (size_t)n, &id, &err), AP_OK);
        ck_assert_int_eq(ap_fields_add(fields, name, (size_t)n, &again, &err), AP_OK);
        ck_assert_uint_eq(id, i);
        ck_assert_uint_eq(again, i);
    }
    ck_assert_uint_eq(ap_fields_count(fields), 5000);
    ck_assert_str_eq(ap_fields_name(fields, 7), "a.b7.c");
    ck_assert_int_eq(ap_fields_seal(fields, &err), AP_OK);
    ck_assert_int_eq(ap_fields_add(fields, "x", 1, &id, &err), AP_EINTERNAL);
    ck_assert_int_eq(ap_event_new(&event, fields, &err), AP_OK);
    ck_assert_int_eq(read_bytes(line, strlen(line), &at), AP_OK);
    ck_assert_str_eq(values_of(4999), "n:1");
    ck_assert_str_eq(values_of(4998), "n:2");
    finish();
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("rules_event");
    TCase *tc = tcase_create("core");
    SRunner *runner = srunner_create(suite);
    int failed;

    tcase_set_timeout(tc, 30);
    tcase_add_loop_test(tc, finds_fields, 0, WAYS);
    tcase_add_loop_test(tc, goes_through_arrays, 0, WAYS);
    tcase_add_loop_test(tc, takes_dotted_names_first, 0, WAYS);
    tcase_add_loop_test(tc, resolves_escapes, 0, WAYS);
    tcase_add_loop_test(tc, gives_leaves, 0, WAYS);
    tcase_add_loop_test(tc, refuses_and_says_where, 0, WAYS);
    tcase_add_loop_test(tc, sees_every_byte_of_a_string, 0, WAYS);
    tcase_add_loop_test(tc, nests_to_its_limits, 0, WAYS);
    tcase_add_loop_test(tc, bounds_how_many_values, 0, WAYS);
    tcase_add_loop_test(tc, gives_the_line_back, 0, WAYS);
    tcase_add_loop_test(tc, looks_into_objects, 0, WAYS);
    tcase_add_loop_test(tc, takes_values_from_elsewhere, 0, WAYS);
    tcase_add_test(tc, numbers_fields);
    suite_add_tcase(suite, tc);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
