/* The second implementation of the bundle format, in tests/vectors, reads what this one writes. */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "auditproof/buf.h"
#include "auditproof/bundle.h"
#include "auditproof/file.h"
#include "shell.h"

static char root[512];
static struct ap_error err;

static void set_up(void)
{
    ck_assert_ptr_nonnull(getcwd(root, sizeof root));
    directory_make("test_bundle_second");
    ck_assert(sh("python3 -B '%s/tests/vectors/bundle_make.py' made", root));
    ck_assert(sh("PYTHONPATH='%s/tests/vectors' python3 -B -c 'import sys; from bundle_world import World; "
                 "sys.stdout.buffer.write(World().bundle_key.der)' | openssl pkey -inform DER -out key.pem",
                 root));
}

static bool is_written_by_the_library(const char *path)
{
    static const char *const names[] = {"bag-info.txt",      "bagit.txt",       "manifest-sha256.txt",
                                        "proof/pubkeys.pem", "tagmanifest.sig", "tagmanifest-sha256.txt"};

    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        if (strcmp(path, names[i]) == 0)
            return true;
    return false;
}

/* The files of a bundle that the second implementation made, as list names them, in a bundle of ours. */
static void write_again(const char *list, struct ap_bundle *bundle)
{
    struct ap_buf text = AP_BUF_INIT, bytes = AP_BUF_INIT;
    char path[256];

    ck_assert_int_eq(ap_file_read(list, 1 << 20, &text, &err), AP_OK);
    for (char *line = text.data, *end; *line != '\0'; line = end + 1) {
        end = strchr(line, '\n');
        ck_assert_ptr_nonnull(end);
        *end = '\0';
        if (is_written_by_the_library(line))
            continue;
        ap_buf_clear(&bytes);
        (void)snprintf(path, sizeof path, "%s/theirs/%s", directory, line);
        ck_assert_msg(ap_file_read(path, 1 << 26, &bytes, &err) == AP_OK, "%s", err.message);
        ck_assert_msg(ap_bundle_add(bundle, line, bytes.data, bytes.len, &err) == AP_OK, "%s", err.message);
    }
    ap_buf_free(&text);
    ap_buf_free(&bytes);
}

static void agree(const char *name)
{
    static const struct ap_bag_info info[] = {{"Source-Organization", "Zo\303\253 & <S\303\266hne>"},
                                              {"Bagging-Date", "2026-01-26"},
                                              {"External-Identifier", "auditproof-again"}};
    struct ap_bundle_options options = {
        .path = in_directory("ours.tar.gz"), .name = "auditproof-again", .mtime_s = 1768608000, .force = true};
    struct ap_bundle_summary summary;
    struct ap_signing_key *key;
    struct ap_bundle *bundle;

    ck_assert(sh("rm -rf theirs ours; mkdir theirs ours; tar -xzf made/%s.tar.gz -C theirs --strip-components=1;"
                 "cd theirs; find . -type f | sed 's,^\\./,,' | sort -r >../list",
                 name));
    ck_assert_int_eq(ap_signing_key_open(&key, in_directory("key.pem"), NULL, NULL, &err), AP_OK);
    ck_assert_int_eq(ap_bundle_create(&bundle, &options, &err), AP_OK);
    write_again(in_directory("list"), bundle);
    ck_assert_int_eq(ap_bundle_finish(bundle, key, info, 3, &summary, &err), AP_OK);
    ck_assert_int_eq(ap_bundle_commit(bundle, &err), AP_OK);
    ap_bundle_free(bundle);
    ap_signing_key_free(key);
    ck_assert_msg(sh("python3 -B '%s/tests/vectors/bundle_check.py' ours.tar.gz >said || { cat said; exit 1; }", root),
                  "%s", name);
    ck_assert(sh("grep -q ^intact said; tar -xzf ours.tar.gz -C ours --strip-components=1; cmp ours/proof/pubkeys.pem "
                 "theirs/proof/pubkeys.pem; cmp ours/manifest-sha256.txt theirs/manifest-sha256.txt"));
}

START_TEST(second_checker_finds_nothing)
{
    agree("soc2");
    agree("gdpr-subject-of-nobody");
    agree("system");
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("bundle_second");
    TCase *tc = tcase_create("core");
    SRunner *runner = srunner_create(suite);
    int failed;

    tcase_add_checked_fixture(tc, set_up, directory_remove);
    tcase_set_timeout(tc, 120);
    tcase_add_test(tc, second_checker_finds_nothing);
    suite_add_tcase(suite, tc);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
