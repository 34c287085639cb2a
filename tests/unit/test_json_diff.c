#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "auditproof/json_diff.h"
#include "shell.h"

static char root[512];

static void set_up(void)
{
    ck_assert_ptr_nonnull(getcwd(root, sizeof root));
    directory_make("json-diff");
}

/* Owned by the caller. */
static char *diff_of(const char *before, const char *after)
{
    struct ap_arena arena;
    struct ap_json *trees[2];
    struct ap_json_diff diff = {&arena, NULL, NULL, 0, 0, 0};
    struct ap_buf out = AP_BUF_INIT;

    ap_arena_init(&arena, (size_t)256 << 20);
    ck_assert_int_eq(ap_json_tree(&trees[0], &arena, before, strlen(before), NULL), AP_OK);
    ck_assert_int_eq(ap_json_tree(&trees[1], &arena, after, strlen(after), NULL), AP_OK);
    ap_json_diff_values(&diff, "", trees[0], trees[1]);
    ck_assert_int_eq(ap_arena_check(&arena, "a diff", NULL), AP_OK);
    ap_json_diff_put(&out, &diff);
    ck_assert(!out.failed);
    ap_arena_free(&arena);
    return out.data;
}

static const struct {
    const char *before, *after, *diff;
} known[] = {
    {"{}", " { } ", "[]"},
    {"1.0", "1.00", "[{\"op\": \"replace\", \"path\": \"\", \"value\": 1.00}]"},
    {"{\"b\":1,\"a\":1}", "{\"c\":1,\"b\":2}",
     "[{\"op\": \"remove\", \"path\": \"/a\"}, {\"op\": \"replace\", \"path\": \"/b\", \"value\": 2}, "
     "{\"op\": \"add\", \"path\": \"/c\", \"value\": 1}]"},
    {"{\"a/b\":{\"m~n\":1,\"\":[]}}", "{\"a/b\":{\"m~n\":null,\"\":{}}}",
     "[{\"op\": \"replace\", \"path\": \"/a~1b/\", \"value\": {}}, "
     "{\"op\": \"replace\", \"path\": \"/a~1b/m~0n\", \"value\": null}]"},
    {"[\"a\",\"b\",\"c\",\"d\"]", "[\"b\",\"d\"]",
     "[{\"op\": \"remove\", \"path\": \"/0\"}, {\"op\": \"remove\", \"path\": \"/1\"}]"},
    {"[1,2,3]", "[0,1,2,9,3,4]",
     "[{\"op\": \"add\", \"path\": \"/0\", \"value\": 0}, {\"op\": \"add\", \"path\": \"/3\", \"value\": 9}, "
     "{\"op\": \"add\", \"path\": \"/5\", \"value\": 4}]"},
    {"[{\"id\":1,\"x\":1},{\"id\":2}]", "[{\"id\":1,\"x\":2},{\"id\":2}]",
     "[{\"op\": \"replace\", \"path\": \"/0/x\", \"value\": 2}]"},
    {"{\"a\":1,\"a\":2}", "{\"a\":2}", "[]"},
    {"\"\\u00fc\\n\"", "\"\xc3\xbc\\u000a\"", "[]"},
    {"{\"\\u006b\":{\"z\":[[1]]}}", "{\"k\":{\"z\":[[1,true]]}}",
     "[{\"op\": \"add\", \"path\": \"/k/z/0/1\", \"value\": true}]"},
};

START_TEST(known_differences)
{
    char *got = diff_of(known[_i].before, known[_i].after);

    ck_assert_str_eq(got, known[_i].diff);
    free(got);
}
END_TEST

START_TEST(what_is_too_much_is_one_replacement)
{
    struct ap_buf before = AP_BUF_INIT, after = AP_BUF_INIT;
    char *got;

    for (int i = 0; i < 6000; i++) {
        ap_buf_addf(&before, "%s\"%d\":1", i > 0 ? "," : "{", i);
        ap_buf_addf(&after, "%s\"%d\":2", i > 0 ? "," : "{", i);
    }
    ap_buf_addc(&before, '}');
    ap_buf_addc(&after, '}');
    got = diff_of(before.data, after.data);
    ck_assert_int_eq(strncmp(got, "[{\"op\": \"replace\", \"path\": \"\", \"value\": {", 40), 0);
    free(got);
    ap_buf_free(&before);
    ap_buf_free(&after);
}
END_TEST

static void put_nested(struct ap_buf *out, int outer, int inner, int ends)
{
    for (int i = 0; i < outer; i++) {
        ap_buf_addf(out, "%s[%d", i > 0 ? "," : "[", ends + i);
        for (int j = 0; j < inner; j++)
            ap_buf_adds(out, ",9");
        ap_buf_addf(out, ",%d]", ends + i);
    }
    ap_buf_addc(out, ']');
    ck_assert(!out->failed);
}

/* Each of many arrays could be aligned, but not all of them: that would be a gigabyte. */
START_TEST(arrays_of_arrays)
{
    struct ap_buf before = AP_BUF_INIT, after = AP_BUF_INIT;
    char *got;
    size_t changes = 0;

    put_nested(&before, 500, 510, 0);
    put_nested(&after, 500, 510, 1000);
    got = diff_of(before.data, after.data);
    for (const char *at = got; (at = strstr(at, "\"op\"")) != NULL; at++)
        changes++;
    ck_assert_uint_eq(changes, 1000);
    free(got);
    ap_buf_free(&before);
    ap_buf_free(&after);
}
END_TEST

static unsigned below(unsigned *seed, unsigned n)
{
    *seed = *seed * 1664525 + 1013904223;
    return (*seed >> 8) % n;
}

/* Few names and values, so that what two have in common is much. */
static void put_random(struct ap_buf *out, unsigned *seed, int depth)
{
    static const char *const names[] = {"a", "b~", "/c", "", "\\u00e9", "m"};
    static const char *const values[] = {"1", "1.5", "\"x\"", "\"y/\\n\"", "null", "true", "\"\"", "-0"};
    unsigned kind = below(seed, depth > 0 ? 6 : 3), count = below(seed, 6);

    if (kind < 3) {
        ap_buf_adds(out, values[below(seed, 8)]);
        return;
    }
    ap_buf_addc(out, kind == 3 ? '{' : '[');
    for (unsigned i = 0; i < (kind == 3 ? count : count * 2); i++) {
        ap_buf_adds(out, i > 0 ? "," : "");
        if (kind == 3)
            ap_buf_addf(out, "\"%s\":", names[below(seed, 6)]);
        put_random(out, seed, depth - 1);
    }
    ap_buf_addc(out, kind == 3 ? '}' : ']');
}

/* An implementation of RFC 6902 that is none of ours applies them. */
START_TEST(applied_they_give_the_other_value)
{
    struct ap_buf before = AP_BUF_INIT, after = AP_BUF_INIT;
    unsigned seed = 7;
    FILE *out = fopen(in_directory("diffs"), "w");

    ck_assert_ptr_nonnull(out);
    for (int i = 0; i < 4000; i++) {
        char *diff;

        ap_buf_clear(&before);
        ap_buf_clear(&after);
        put_random(&before, &seed, 4);
        put_random(&after, &seed, 4);
        diff = diff_of(before.data, after.data);
        ck_assert_int_gt(fprintf(out, "[%s,%s,%s]\n", before.data, after.data, diff), 0);
        free(diff);
    }
    ck_assert_int_eq(fclose(out), 0);
    ck_assert_msg(sh("python3 -B '%s/tests/lib/json_patch.py' diffs >said 2>&1 || { cat said; exit 1; }", root),
                  "a diff, applied, gives something else");
    ap_buf_free(&before);
    ap_buf_free(&after);
}
END_TEST

START_TEST(what_is_set_is_got)
{
    struct ap_arena arena;
    struct ap_json *object, *value, *copy;
    struct ap_buf out = AP_BUF_INIT;

    ap_arena_init(&arena, 0);
    ck_assert_int_eq(ap_json_tree(&object, &arena, "{\"b\": [1, {\"x\": \"\\u0001\"}]}", 27, NULL), AP_OK);
    ck_assert_int_eq(ap_json_tree(&value, &arena, "{\"a\": 1, \"b\": 2, \"c\": 3}", 24, NULL), AP_OK);
    ap_json_mark(value, 7, 1);
    copy = ap_json_copy(&arena, value);
    ck_assert(ap_json_equal(copy, value) && copy->items[2]->mark == 7 && copy->items[2]->remark == 1);
    ck_assert(ap_json_set(&arena, object, copy->items[2]) && ap_json_set(&arena, object, copy->items[0]));
    ck_assert_ptr_eq(ap_json_get(object, "c", 1), copy->items[2]);
    ck_assert_ptr_null(ap_json_get(object, "d", 1));
    ck_assert_ptr_null(ap_json_get(ap_json_get(object, "a", 1), "a", 1));
    ap_json_put(&out, object);
    ck_assert_str_eq(out.data, "{\"a\": 1, \"b\": [1, {\"x\": \"\\u0001\"}], \"c\": 3}");
    ck_assert(ap_json_set(&arena, object, copy->items[1]) && object->count == 3);
    ap_json_drop(object, copy, NULL);
    ck_assert(object->count == 0 && ap_json_join(&arena, object, copy->items + 1, 2) && object->count == 2);
    ck_assert(ap_json_join(&arena, object, copy->items, 1) && ap_json_get(object, "a", 1) == copy->items[0]);
    copy->count = 2;
    ap_json_drop(object, value, copy);
    ap_buf_clear(&out);
    ap_json_put(&out, object);
    ck_assert_str_eq(out.data, "{\"a\": 1, \"b\": 2}");
    ck_assert(!ap_json_equal(object, value));
    ap_json_drop(value, copy, NULL);
    ck_assert(ap_json_join(&arena, value, copy->items, 2) && value->count == 3);
    ap_json_drop(value, object, NULL);
    ck_assert(value->count == 1 && ap_json_join(&arena, object, value->items, 1) && object->count == 3);
    ck_assert(ap_json_join(&arena, value, object->items, 2));
    ap_json_rehash(object);
    ap_json_rehash(value);
    ck_assert(ap_json_equal(object, value));
    ap_buf_free(&out);
    ap_arena_free(&arena);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("json_diff");
    TCase *tc = tcase_create("json_diff");
    SRunner *runner = srunner_create(suite);
    int failed;

    tcase_add_checked_fixture(tc, set_up, directory_remove);
    tcase_add_loop_test(tc, known_differences, 0, sizeof known / sizeof known[0]);
    tcase_add_test(tc, what_is_too_much_is_one_replacement);
    tcase_add_test(tc, arrays_of_arrays);
    tcase_add_test(tc, applied_they_give_the_other_value);
    tcase_add_test(tc, what_is_set_is_got);
    suite_add_tcase(suite, tc);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
