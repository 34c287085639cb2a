/*
 * What the event reader takes for JSON: the vectors of JSONTestSuite, and random events with bytes changed against the
 * library's own checker.
 */
#include <dirent.h>
#include <stdio.h>

#include "auditproof/json_read.h"
#include "random_events.h"

enum { CHANGES = 20000 };

/* Those that a parser may take or refuse: what is no UTF-8 is refused, and nothing else. */
static bool refused_by_choice(const char *name)
{
    static const char *const refused[] = {
        "i_string_UTF-16LE_with_BOM.json",
        "i_string_UTF-8_invalid_sequence.json",
        "i_string_UTF8_surrogate_U+D800.json",
        "i_string_invalid_utf-8.json",
        "i_string_iso_latin_1.json",
        "i_string_lone_utf8_continuation_byte.json",
        "i_string_not_in_unicode_range.json",
        "i_string_overlong_sequence_2_bytes.json",
        "i_string_overlong_sequence_6_bytes.json",
        "i_string_overlong_sequence_6_bytes_null.json",
        "i_string_truncated-utf-8.json",
        "i_string_utf16BE_no_BOM.json",
        "i_string_utf16LE_no_BOM.json",
        "i_structure_UTF-8_BOM_empty_object.json",
    };

    for (size_t i = 0; i < sizeof refused / sizeof refused[0]; i++) {
        if (strcmp(name, refused[i]) == 0)
            return true;
    }
    return false;
}

static void run_vector(const char *directory, const char *name)
{
    static char line[1 << 20];
    char path[512], *copy;
    size_t len = 5, at;
    FILE *file;
    enum ap_status status, want;

    (void)snprintf(path, sizeof path, "%s/%s", directory, name);
    file = fopen(path, "rb");
    ck_assert_ptr_nonnull(file);
    memcpy(line, "{\"a\":", len);
    len += fread(line + len, 1, sizeof line - len - 1, file);
    ck_assert(feof(file));
    ck_assert_int_eq(fclose(file), 0);
    line[len++] = '}';
    want = name[0] == 'y' || (name[0] == 'i' && !refused_by_choice(name)) ? AP_OK : AP_EINPUT;
    status = read_both(line, len, &at, &copy);
    ck_assert_msg(status == want, "%s: %d at %zu", name, status, at);
    free(copy);
}

START_TEST(agrees_with_the_suite)
{
    static const char directory[] = "tests/vectors/nst-JSONTestSuite/test_parsing";
    DIR *dir = opendir(directory);
    const struct dirent *entry;
    size_t counts[256] = {0};

    ck_assert_ptr_nonnull(dir);
    begin();
    while ((entry = readdir(dir)) != NULL) {
        if (entry->d_name[0] == '.')
            continue;
        run_vector(directory, entry->d_name);
        counts[(unsigned char)entry->d_name[0]]++;
    }
    ck_assert_int_eq(closedir(dir), 0);
    ck_assert_uint_eq(counts['y'], 95);
    ck_assert_uint_eq(counts['n'], 188);
    ck_assert_uint_eq(counts['i'], 35);
    finish();
}
END_TEST

static bool would_be_taken(const char *line, size_t len)
{
    struct ap_json_span span;
    struct ap_error why;

    return ap_json_check(line, len, &span, NULL, &why) == AP_OK && span.kind == AP_JSON_OBJECT;
}

START_TEST(agrees_with_the_checker)
{
    struct ap_buf line = AP_BUF_INIT;
    size_t taken = 0;

    begin();
    for (size_t n = 0; n < CHANGES; n++) {
        char *copy;
        size_t at, len;
        bool read;

        ap_buf_clear(&line);
        put_object(&line, 4);
        for (size_t changes = 1 + below(2); changes > 0; changes--)
            line.data[below(line.len)] = "{}[]\",:\\u0-1.eEtfn x\x80\xC3\xFF\x01"[below(24)];
        len = below(4) == 0 ? below(line.len) : line.len;
        /* The checker refuses what PostgreSQL cannot store: \\u0000 and half a surrogate pair. */
        if (memmem(line.data, len, "\\u0000", 6) != NULL || memmem(line.data, len, "\\uD", 3) != NULL ||
            memmem(line.data, len, "\\ud", 3) != NULL)
            continue;
        read = read_both(line.data, len, &at, &copy) == AP_OK;
        if (read != would_be_taken(copy, len))
            ck_abort_msg("%.*s: %s, at %zu", (int)len, line.data, read ? "taken" : "refused", at);
        taken += read;
        free(copy);
    }
    ck_assert_uint_gt(taken, CHANGES / 50);
    ap_buf_free(&line);
    finish();
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("rules_event_json");
    TCase *tc = tcase_create("core");
    SRunner *runner = srunner_create(suite);
    int failed;

    tcase_set_timeout(tc, 60);
    tcase_add_test(tc, agrees_with_the_suite);
    tcase_add_test(tc, agrees_with_the_checker);
    suite_add_tcase(suite, tc);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
