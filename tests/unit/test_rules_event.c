/* Reading events: which values a field has, what an object holds, and what a line is given back as. */
#include <stdio.h>

#include "rules_event.h"

#define SPACES "                                                                                "

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

START_TEST(passes_over_spaces_in_names)
{
    static const char *const names[] = {"ThreatName", "a.b", "_auditproof.x"};

    begin(names, 3, false, _i);
    EXPECT("{\"Threat Name\":\"w\",\" ThreatName \":1}", "s:w|n:1", "-", "-");
    EXPECT("{\"a \":{\"\\u0020b\":1}}", "-", "n:1", "-");
    EXPECT("{\"a . b\":1}", "-", "n:1", "-");
    EXPECT("{\"Threat\\tName\":1,\"_audit proof\":{\"x\":1}}", "-", "-", "-");
    EXPECT("{\"" SPACES SPACES SPACES SPACES "ThreatName\":1}", "n:1", "-", "-");
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
    const struct ap_event_value *leaves;
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

static bool gather(void *context, const struct ap_event_value *value)
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
    const struct ap_event_value *values;
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
    tcase_add_loop_test(tc, passes_over_spaces_in_names, 0, WAYS);
    tcase_add_loop_test(tc, resolves_escapes, 0, WAYS);
    tcase_add_loop_test(tc, gives_leaves, 0, WAYS);
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
