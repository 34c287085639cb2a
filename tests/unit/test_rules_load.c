/*
 * What rule files become, and what is said of those that are wrong: the cases in tests/rules/load. A case is a line
 * "=== what it shows", the files, a line "==>", and what must come of them: the problems with their places, then the
 * rules (rule_text.h). Within the files,
 *     @file NAME, @pipeline NAME   start another one
 *     @rule                        starts a document whose detection are the lines after it, indented by four
 * WRITE_CASES=1 writes the cases anew with what came of them, to be read before it is believed.
 */
#include <check.h>
#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "rule_text.h"
#include "rules/load.h"

enum { FILES_MAX = 16 };

struct set {
    struct ap_buf texts[FILES_MAX];
    struct ap_rule_file files[FILES_MAX];
    char names[FILES_MAX][64];
    size_t count;
    unsigned rules;
    bool indent;
};

static glob_t paths;

static void start_file(struct set *set, const char *name, size_t len, bool pipeline)
{
    ck_assert_uint_lt(set->count, FILES_MAX);
    ck_assert_uint_lt(len, sizeof set->names[0]);
    memcpy(set->names[set->count], name, len);
    set->names[set->count][len] = '\0';
    set->files[set->count].name = set->names[set->count];
    set->files[set->count].pipeline = pipeline;
    set->count++;
    set->indent = false;
}

static bool starts(const char *line, size_t len, const char *with)
{
    return len >= strlen(with) && memcmp(line, with, strlen(with)) == 0;
}

static void add_line(struct set *set, const char *line, size_t len)
{
    struct ap_buf *text;

    if (starts(line, len, "@file ")) {
        start_file(set, line + 6, len - 6, false);
        return;
    }
    if (starts(line, len, "@pipeline ")) {
        start_file(set, line + 10, len - 10, true);
        return;
    }
    if (set->count == 0)
        start_file(set, "a.yml", 5, false);
    text = &set->texts[set->count - 1];
    if (starts(line, len, "@rule")) {
        set->rules++;
        if (text->len > 0)
            ap_buf_adds(text, "---\n");
        ap_buf_addf(text,
                    "title: R%u\nid: 00000000-0000-4000-8000-%012u\nlogsource: {product: auditproof}\n"
                    "level: low\ndetection:\n",
                    set->rules, set->rules);
        set->indent = true;
        return;
    }
    if (starts(line, len, "---") || starts(line, len, "..."))
        set->indent = false;
    if (set->indent)
        ap_buf_adds(text, "    ");
    ap_buf_add(text, line, len);
    ap_buf_addc(text, '\n');
}

static void load(struct set *set, struct ap_buf *out)
{
    struct ap_problems problems;
    struct ap_rule_list list;
    struct ap_error err;

    for (size_t i = 0; i < set->count; i++) {
        set->files[i].text = ap_buf_str(&set->texts[i]);
        set->files[i].len = set->texts[i].len;
    }
    if (ap_rule_list_load(&list, &problems, set->files, set->count, false, &err) != AP_OK) {
        ap_buf_addf(out, "fails: %s\n", err.message);
        return;
    }
    for (size_t i = 0; i < problems.count; i++) {
        const struct ap_rule_problem *p = &problems.list[i];

        ap_buf_addf(out, "%s:%u:%u: %s%s\n", p->file, p->line, p->column,
                    p->kind == AP_PROBLEM_WARNING ? "warning: " : "", p->message);
    }
    for (size_t i = 0; i < list.count; i++)
        add_rule(out, &list, list.rules[i]);
    ap_rule_list_free(&list);
    ap_problems_free(&problems);
}

/* One case at *at, which goes past it; appended to out with what came of it. */
static void run_case(const char **at, struct ap_buf *out, const char *path)
{
    static struct set set;
    struct ap_buf is = AP_BUF_INIT, must = AP_BUF_INIT;
    char name[200] = "";
    bool expecting = false;

    memset(&set, 0, sizeof set);
    while (**at != '\0') {
        const char *line = *at, *end = strchr(line, '\n');
        size_t len = end == NULL ? strlen(line) : (size_t)(end - line);

        if (starts(line, len, "=== ") && name[0] != '\0')
            break;
        *at = end == NULL ? line + len : end + 1;
        if (starts(line, len, "=== "))
            (void)snprintf(name, sizeof name, "%.*s", (int)len - 4, line + 4);
        else if (starts(line, len, "==>"))
            expecting = true;
        else if (expecting && len > 0)
            ap_buf_addf(&must, "%.*s\n", (int)len, line);
        else if (!expecting && name[0] != '\0')
            add_line(&set, line, len);
        if (!expecting || starts(line, len, "==>"))
            ap_buf_addf(out, "%.*s\n", (int)len, line);
    }
    load(&set, &is);
    ap_buf_add(out, ap_buf_str(&is), is.len);
    if (**at != '\0')
        ap_buf_addc(out, '\n');
    if (getenv("WRITE_CASES") == NULL && name[0] != '\0')
        ck_assert_msg(strcmp(ap_buf_str(&is), ap_buf_str(&must)) == 0, "%s: %s:\nis\n%s\nmust be\n%s", path, name,
                      ap_buf_str(&is), ap_buf_str(&must));
    for (size_t i = 0; i < set.count; i++)
        ap_buf_free(&set.texts[i]);
    ap_buf_free(&is);
    ap_buf_free(&must);
}

START_TEST(loads_what_the_cases_say)
{
    const char *path = paths.gl_pathv[_i], *at;
    struct ap_buf text = AP_BUF_INIT, out = AP_BUF_INIT;
    FILE *file = fopen(path, "rb");
    size_t cases = 0;

    ck_assert_ptr_nonnull(file);
    text.len = fread(ap_buf_reserve(&text, 1 << 20), 1, 1 << 20, file);
    text.data[text.len] = '\0';
    (void)fclose(file);
    for (at = text.data; *at != '\0'; cases++)
        run_case(&at, &out, path);
    ck_assert_uint_gt(cases, 0);
    if (getenv("WRITE_CASES") != NULL) {
        file = fopen(path, "wb");
        ck_assert_uint_eq(fwrite(out.data, 1, out.len, file), out.len);
        ck_assert_int_eq(fclose(file), 0);
    }
    ap_buf_free(&text);
    ap_buf_free(&out);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("rules_load");
    TCase *tcase = tcase_create("cases");
    SRunner *runner;
    int failed;

    if (glob("tests/rules/load/*.cases", 0, NULL, &paths) != 0)
        return EXIT_FAILURE;
    tcase_set_timeout(tcase, 60);
    tcase_add_loop_test(tcase, loads_what_the_cases_say, 0, (int)paths.gl_pathc);
    suite_add_tcase(suite, tcase);
    runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    globfree(&paths);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
