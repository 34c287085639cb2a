/* Rule sets: from directories to rules, and to bytes that name what was loaded. */
#include <check.h>
#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "auditproof/rules.h"

static char dir[] = "/tmp/auditproof-rules-XXXXXX";

static void write_file(const char *name, const char *text)
{
    char path[4096];
    FILE *file;

    ck_assert_int_lt(snprintf(path, sizeof path, "%s/%s", dir, name), sizeof path);
    file = fopen(path, "wb");
    ck_assert_ptr_nonnull(file);
    ck_assert_int_ge(fputs(text, file), 0);
    ck_assert_int_eq(fclose(file), 0);
}

static void write_rule(const char *name, const char *title, unsigned id)
{
    char text[512];

    (void)snprintf(text, sizeof text,
                   "title: %s\nid: 00000000-0000-4000-8000-%012u\nlevel: low\nlogsource: {product: auditproof}\n"
                   "detection: {s: {a: %u}, condition: s}\n",
                   title, id, id);
    write_file(name, text);
}

static void make_directory(const char *name)
{
    char path[4096];

    ck_assert_int_lt(snprintf(path, sizeof path, "%s/%s", dir, name), sizeof path);
    ck_assert_int_eq(mkdir(path, 0755), 0);
}

static struct ap_rules *load(const char *const *paths, size_t count)
{
    struct ap_rules_options options = {.paths = paths, .path_count = count};
    struct ap_rules *rules;
    struct ap_error err;

    ck_assert_msg(ap_rules_load(&rules, &options, &err) == AP_OK, "%s", err.message);
    return rules;
}

static void expect_no_problem(const struct ap_rules *rules)
{
    const struct ap_rule_problem *problems;
    size_t count;

    problems = ap_rules_problems(rules, &count);
    ck_assert_msg(count == 0, "%s:%u:%u: %s", problems[0].file, problems[0].line, problems[0].column,
                  problems[0].message);
}

static void setup(void)
{
    ck_assert_ptr_nonnull(mkdtemp(dir));
}

static void teardown(void)
{
    char command[4096];
    glob_t found;

    /* Deepest first. */
    for (int depth = 3; depth > 0; depth--) {
        (void)snprintf(command, sizeof command, "%s%s", dir, depth == 3 ? "/*/*/*" : depth == 2 ? "/*/*" : "/*");
        if (glob(command, GLOB_PERIOD, NULL, &found) == 0) {
            for (size_t i = 0; i < found.gl_pathc; i++)
                (void)remove(found.gl_pathv[i]);
            globfree(&found);
        }
    }
    ck_assert_int_eq(rmdir(dir), 0);
    memcpy(dir + strlen(dir) - 6, "XXXXXX", 6);
}

START_TEST(searches_directories_in_order)
{
    const char *paths[] = {dir};
    char link_to[4096], link_at[4096];
    struct ap_rules *rules;

    write_rule("b.yml", "B", 2);
    write_rule("a.yaml", "A", 3);
    write_rule("a.test.yml", "no rule: a test", 4);
    write_rule(".hidden.yml", "hidden", 5);
    write_rule("c.txt", "no YAML", 6);
    make_directory("deep");
    write_rule("deep/d.yml", "D", 1);
    /* A circle, and a second name for a file. */
    (void)snprintf(link_at, sizeof link_at, "%s/deep/up", dir);
    ck_assert_int_eq(symlink("..", link_at), 0);
    (void)snprintf(link_at, sizeof link_at, "%s/z.yml", dir);
    (void)snprintf(link_to, sizeof link_to, "%s/b.yml", dir);
    ck_assert_int_eq(symlink(link_to, link_at), 0);
    rules = load(paths, 1);
    expect_no_problem(rules);
    ck_assert_uint_eq(ap_rules_count(rules), 3);
    ck_assert_str_eq(ap_rules_info(rules, 0)->title, "D");
    ck_assert_str_eq(ap_rules_info(rules, 1)->title, "B");
    ck_assert_str_eq(ap_rules_info(rules, 2)->title, "A");
    (void)snprintf(link_to, sizeof link_to, "%s/deep/d.yml", dir);
    ck_assert_str_eq(ap_rules_info(rules, 0)->file, link_to);
    ck_assert_uint_eq(ap_rules_find(rules, "00000000-0000-4000-8000-000000000002"), 1);
    ck_assert_uint_eq(ap_rules_find(rules, "A"), 2);
    ck_assert_uint_eq(ap_rules_find(rules, "E"), SIZE_MAX);
    ap_rules_free(rules);
}
END_TEST

START_TEST(the_digest_is_of_names_and_bytes)
{
    char one[4096], other[4096];
    const char *both[] = {one, other}, *back[] = {other, one}, *again[] = {one, one, dir};
    uint8_t digest[AP_HASH_LEN];
    struct ap_rules *rules;

    make_directory("one");
    make_directory("other");
    (void)snprintf(one, sizeof one, "%s/one", dir);
    (void)snprintf(other, sizeof other, "%s/other/", dir);
    write_rule("one/a.yml", "A", 1);
    write_rule("other/b.yml", "B", 2);
    rules = load(both, 2);
    memcpy(digest, ap_rules_digest(rules), sizeof digest);
    ap_rules_free(rules);
    /* The same files by another way are the same rule set, when none of a name is in the way. */
    rules = load(back, 2);
    ck_assert_mem_eq(ap_rules_digest(rules), digest, sizeof digest);
    ap_rules_free(rules);
    rules = load(again, 3);
    ck_assert_uint_eq(ap_rules_count(rules), 2);
    ck_assert_mem_ne(ap_rules_digest(rules), digest, sizeof digest);
    ap_rules_free(rules);
    write_rule("other/a.yml", "Another A", 3);
    rules = load(both, 2);
    expect_no_problem(rules);
    ck_assert_uint_eq(ap_rules_count(rules), 3);
    ap_rules_free(rules);
}
END_TEST

START_TEST(packs_and_unpacks)
{
    static const char pipeline[] = "name: p\ntransformations:\n- {type: field_name_mapping, mapping: {a: b}}\n";
    const char *paths[] = {dir};
    const struct ap_rule_file file = {.name = "p.yml", .text = pipeline, .len = sizeof pipeline - 1, .pipeline = true};
    struct ap_rules_options options = {.paths = paths, .path_count = 1, .files = &file, .file_count = 1};
    struct ap_buf bytes = AP_BUF_INIT, same = AP_BUF_INIT;
    struct ap_rules *rules, *again;
    struct ap_error err;

    write_rule("a.yml", "A", 1);
    write_file("bad.yml", "title: [");
    ck_assert_msg(ap_rules_load(&rules, &options, &err) == AP_OK, "%s", err.message);
    ck_assert_int_eq(ap_rules_pack(rules, &bytes, &err), AP_OK);
    ck_assert_msg(ap_rules_unpack(&again, bytes.data, bytes.len, false, &err) == AP_OK, "%s", err.message);
    ck_assert_uint_eq(ap_rules_count(again), 1);
    ck_assert_mem_eq(ap_rules_digest(rules), ap_rules_digest(again), AP_HASH_LEN);
    ck_assert_int_eq(ap_rules_pack(again, &same, &err), AP_OK);
    ck_assert_uint_eq(same.len, bytes.len);
    ck_assert_mem_eq(same.data, bytes.data, bytes.len);
    ap_rules_free(again);
    ap_rules_free(rules);
    for (size_t len = 0; len < bytes.len; len++) {
        enum ap_status status = ap_rules_unpack(&again, bytes.data, len, false, &err);

        /* Whole files may be gone; part of one may not. */
        if (status == AP_OK)
            ap_rules_free(again);
        else
            ck_assert_int_eq(status, AP_EINPUT);
    }
    ap_buf_free(&bytes);
    ap_buf_free(&same);
}
END_TEST

START_TEST(says_what_it_cannot_read)
{
    const char *paths[] = {"/nonexistent/rules"};
    struct ap_rules_options options = {.paths = paths, .path_count = 1};
    struct ap_rules *rules;
    struct ap_error err;
    char path[4096];

    ck_assert_int_eq(ap_rules_load(&rules, &options, &err), AP_EIO);
    ck_assert_str_eq(err.message, "cannot read /nonexistent/rules: No such file or directory");
    ck_assert_ptr_null(rules);
    (void)snprintf(path, sizeof path, "%s/gone.yml", dir);
    ck_assert_int_eq(symlink("/nonexistent/file", path), 0);
    paths[0] = dir;
    ck_assert_int_eq(ap_rules_load(&rules, &options, &err), AP_EIO);
    ck_assert_ptr_nonnull(strstr(err.message, "gone.yml: No such file"));
}
END_TEST

/* The rules and pipelines that come with auditproof are without fault. */
START_TEST(shipped_rules_load)
{
    const char *paths[] = {"rules/auditproof"};
    const char *pipelines[1];
    struct ap_rules_options options = {.paths = paths, .path_count = 1, .pipelines = pipelines};
    struct ap_rules *rules;
    struct ap_error err;
    glob_t found;

    rules = load(paths, 1);
    expect_no_problem(rules);
    ck_assert_uint_gt(ap_rules_count(rules), 0);
    ap_rules_free(rules);
    ck_assert_int_eq(glob("rules/pipelines/*.yml", 0, NULL, &found), 0);
    for (size_t i = 0; i < found.gl_pathc; i++) {
        pipelines[0] = found.gl_pathv[i];
        options.pipeline_count = 1;
        ck_assert_msg(ap_rules_load(&rules, &options, &err) == AP_OK, "%s", err.message);
        expect_no_problem(rules);
        ap_rules_free(rules);
    }
    globfree(&found);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("rules_set");
    TCase *tcase = tcase_create("set");
    SRunner *runner;
    int failed;

    tcase_set_timeout(tcase, 60);
    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_add_test(tcase, searches_directories_in_order);
    tcase_add_test(tcase, the_digest_is_of_names_and_bytes);
    tcase_add_test(tcase, packs_and_unpacks);
    tcase_add_test(tcase, says_what_it_cannot_read);
    tcase_add_test(tcase, shipped_rules_load);
    suite_add_tcase(suite, tcase);
    runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
