/* Which key must have signed a checkpoint, and which declared restore explains one. */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "auditproof/log_key.h"

/* log: key 0 from 0, key 1 from 4, key 2 from 4 too, key 3 from 9; log/since-x: key 4 from 12, key 5 from 20. */
static struct ap_log_key key_list[6];
static struct ap_log_keys keys = {key_list, 6, true, ""};

static void set_up(void)
{
    static const uint64_t from[] = {0, 4, 4, 9, 12, 20};

    memset(key_list, 0, sizeof key_list);
    for (size_t i = 0; i < 6; i++) {
        (void)snprintf(key_list[i].vkey.name, sizeof key_list[i].vkey.name, "%s", i < 4 ? "log" : "log/since-x");
        key_list[i].from_size = from[i];
    }
}

/* The number of the key, 100 more where only a restore explains the checkpoint; -1 for none. */
static int at(const char *origin, uint64_t size)
{
    bool past;
    const struct ap_log_key *key = ap_log_keys_at(&keys, origin, strlen(origin), size, &past);

    return key == NULL ? -1 : (int)(key - key_list) + (past ? 100 : 0);
}

START_TEST(keys_of_their_time)
{
    ck_assert_int_eq(at("log", 1), 0);
    ck_assert_int_eq(at("log", 4), 0);
    /* A key that was changed at once signed nothing. */
    ck_assert_int_eq(at("log", 5), 2);
    ck_assert_int_eq(at("log", 9), 2);
    ck_assert_int_eq(at("log", 10), 3);
    ck_assert_int_eq(at("log", 12), 3);
    ck_assert_int_eq(at("log", 13), 103);
    ck_assert_int_eq(at("log", 21), 103);
    ck_assert_int_eq(at("log/since-x", 13), 4);
    ck_assert_int_eq(at("log/since-x", 20), 4);
    ck_assert_int_eq(at("log/since-x", 21), 5);
    ck_assert_int_eq(at("log/since-x", 12), 104);
    ck_assert_int_eq(at("log/since", 13), -1);
    ck_assert_int_eq(at("lo", 1), -1);
}
END_TEST

START_TEST(restores_that_explain)
{
    static struct ap_epoch list[1];
    struct ap_epochs epochs = {list, 1, ""};
    struct ap_hash root = {{1}}, other = {{2}};

    memset(list, 0, sizeof list);
    (void)snprintf(list[0].origin_before, sizeof list[0].origin_before, "log");
    (void)snprintf(list[0].origin_after, sizeof list[0].origin_after, "log/since-x");
    list[0].size = 12;
    list[0].kept = 12;
    list[0].known_size = 15;
    list[0].known_root = root;
    ck_assert_ptr_null(ap_epochs_explain(&epochs, "log", 3, 12, &root));
    ck_assert_ptr_eq(ap_epochs_explain(&epochs, "log", 3, 13, &other), list);
    ck_assert_ptr_eq(ap_epochs_explain(&epochs, "log", 3, 15, &root), list);
    ck_assert_ptr_null(ap_epochs_explain(&epochs, "log", 3, 15, &other));
    ck_assert_ptr_null(ap_epochs_explain(&epochs, "log", 3, 16, &root));
    ck_assert_ptr_null(ap_epochs_explain(&epochs, "log/since-x", 11, 13, &root));
    /* A later restore went further back. */
    list[0].kept = 10;
    ck_assert_ptr_null(ap_epochs_explain(&epochs, "log", 3, 10, &root));
    ck_assert_ptr_eq(ap_epochs_explain(&epochs, "log", 3, 11, &other), list);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("log_key");
    TCase *tests = tcase_create("log_key");
    SRunner *runner = srunner_create(suite);
    int failed;

    tcase_add_checked_fixture(tests, set_up, NULL);
    tcase_add_test(tests, keys_of_their_time);
    tcase_add_test(tests, restores_that_explain);
    suite_add_tcase(suite, tests);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
