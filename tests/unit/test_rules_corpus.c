/* Every public rule for cloud services loads as it was published (tests/rules/sigma-saas/SOURCES.md). */
#include <check.h>
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "rules/load.h"

enum { RULES = 348 };

static struct ap_rule_file files[RULES + 1];
static size_t count;

static char *read_file(const char *path, size_t *len)
{
    FILE *in = fopen(path, "rb");
    char *text = malloc(1 << 20);

    ck_assert_msg(in != NULL && text != NULL, "cannot read %s", path);
    *len = fread(text, 1, 1 << 20, in);
    ck_assert_uint_lt(*len, 1 << 20);
    (void)fclose(in);
    return text;
}

static void find_files(const char *directory)
{
    DIR *dir = opendir(directory);
    struct dirent *entry;

    ck_assert_msg(dir != NULL, "cannot read %s", directory);
    while ((entry = readdir(dir)) != NULL) {
        size_t len = strlen(entry->d_name);
        char path[4096];

        if (entry->d_name[0] == '.')
            continue;
        ck_assert_int_lt(snprintf(path, sizeof path, "%s/%s", directory, entry->d_name), sizeof path);
        if (entry->d_type == DT_DIR) {
            find_files(path);
        } else if (len > 4 && strcmp(entry->d_name + len - 4, ".yml") == 0) {
            ck_assert_uint_le(count, RULES);
            files[count].name = strdup(path);
            files[count].text = read_file(path, &files[count].len);
            count++;
        }
    }
    (void)closedir(dir);
}

START_TEST(every_public_rule_loads)
{
    struct ap_problems problems;
    struct ap_rule_list list;
    struct ap_error err;

    find_files("tests/rules/sigma-saas/rules");
    ck_assert_uint_eq(count, RULES);
    ck_assert_msg(ap_rule_list_load(&list, &problems, files, count, true, &err) == AP_OK, "%s", err.message);
    for (size_t i = 0; i < problems.count; i++)
        ck_assert_msg(problems.list[i].kind == AP_PROBLEM_WARNING, "%s:%u:%u: %s", problems.list[i].file,
                      problems.list[i].line, problems.list[i].column, problems.list[i].message);
    ck_assert_uint_eq(list.count, RULES);
    for (size_t i = 0; i < list.count; i++) {
        ck_assert(i == 0 || strcmp(list.rules[i - 1]->info.id, list.rules[i]->info.id) < 0);
        ck_assert_ptr_nonnull(list.rules[i]->expr);
        ck_assert(list.rules[i]->applies && list.rules[i]->reports);
        ck_assert(list.rules[i]->info.level_given && list.rules[i]->info.tag_count > 0);
    }
    ap_rule_list_free(&list);
    ap_problems_free(&problems);
    for (size_t i = 0; i < count; i++) {
        free((void *)(uintptr_t)files[i].name);
        free((void *)(uintptr_t)files[i].text);
    }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("rules_corpus");
    TCase *tcase = tcase_create("corpus");
    SRunner *runner;
    int failed;

    tcase_set_timeout(tcase, 60);
    tcase_add_test(tcase, every_public_rule_loads);
    suite_add_tcase(suite, tcase);
    runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
