#include <check.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "auditproof/bundle_check.h"
#include "check/event_line.h"
#include "check/files.h"
#include "format/json_members.h"
#include "check/untar.h"
#include "shell.h"

/* --- lines of data/events */

#define HASH "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
#define SALT "00112233445566778899aabbccddeeff"

static bool read_line(struct event_line *line, const char *text)
{
    static char copy[4096];
    size_t len = strlen(text);

    ck_assert_uint_lt(len, sizeof copy);
    memcpy(copy, text, len + 1);
    return event_line_read(line, copy, len);
}

START_TEST(a_whole_line)
{
    struct event_line line;

    ck_assert(read_line(&line, "{\"seq\":17,\"prev\":\"" HASH "\",\"recorded_at_us\":-5,\"entry_hash\":\"" HASH
                               "\",\"text\":\"[\\\"a\\\"]\\n\\u001f\",\"disclosed\":{\"actor\":{\"salt\":\"" SALT
                               "\",\"text\":\"x\"},\"account\":{\"salt\":\"" SALT
                               "\",\"text\":\"\"}},\"erased\":[\"content\"],\"size\":18,\"inclusion\":[\"" HASH
                               "\",\"" HASH "\"]}"));
    ck_assert_uint_eq(line.seq, 17);
    ck_assert_int_eq(line.recorded_at_us, -5);
    ck_assert(line.has_prev && line.has_text && line.has_inclusion);
    ck_assert_uint_eq(line.text.len, 7);
    ck_assert_mem_eq(line.text.data, "[\"a\"]\n\x1f", 7);
    ck_assert(line.disclosed[AP_GROUP_ACTOR].there && line.disclosed[AP_GROUP_ACCOUNT].there);
    ck_assert(!line.disclosed[AP_GROUP_CONTENT].there && line.erased[AP_GROUP_CONTENT]);
    ck_assert_mem_eq(line.disclosed[AP_GROUP_ACTOR].text.data, "x", 1);
    ck_assert_uint_eq(line.disclosed[AP_GROUP_ACCOUNT].text.len, 0);
    ck_assert_uint_eq(line.erased_count, 1);
    ck_assert_uint_eq(line.inclusion_count, 2);
    /* What a line has is gone from the next. */
    ck_assert(read_line(&line,
                        "{\"seq\":9223372036854775807,\"recorded_at_us\":9223372036854775807,\"entry_hash\":\"" HASH
                        "\",\"content_hash\":\"" HASH "\",\"purged\":true}"));
    ck_assert(!line.has_prev && !line.has_text && !line.has_inclusion && line.erased_count == 0);
    ck_assert(!line.disclosed[AP_GROUP_ACTOR].there && !line.erased[AP_GROUP_CONTENT]);
}
END_TEST

#define HEAD "{\"seq\":1,\"recorded_at_us\":0,\"entry_hash\":\"" HASH "\""

START_TEST(lines_that_are_none)
{
    static const char *const bad[] = {
        "",
        "{}",
        HEAD "}",
        HEAD ",\"text\":\"x\"} ",
        HEAD ",\"text\":\"x\"",
        HEAD ", \"text\":\"x\"}",
        HEAD ",\"text\":\"x\",\"purged\":true}",
        HEAD ",\"text\":\"x\",\"text\":\"x\"}",
        HEAD ",\"text\":\"\\/\"}",
        HEAD ",\"text\":\"\\u0041\"}",
        HEAD ",\"text\":\"\\u000a\"}",
        HEAD ",\"text\":\"\\u001F\"}",
        HEAD ",\"text\":\"\t\"}",
        HEAD ",\"text\":\"\xff\"}",
        HEAD ",\"text\":\"\xed\xa0\x80\"}",
        HEAD ",\"text\":\"x\\\"}",
        HEAD ",\"text\":\"\\u00\"}",
        HEAD ",\"text\":\"x\",\"disclosed\":{\"other\":{\"salt\":\"" SALT "\",\"text\":\"\"}}}",
        HEAD ",\"text\":\"x\",\"disclosed\":{\"actor\":{\"text\":\"\",\"salt\":\"" SALT "\"}}}",
        HEAD ",\"text\":\"x\",\"disclosed\":{\"actor\":{\"salt\":\"" SALT "\",\"text\":\"\"},}}",
        HEAD ",\"text\":\"x\",\"erased\":[\"actor\",\"actor\"]}",
        HEAD ",\"text\":\"x\",\"size\":0,\"inclusion\":[]}",
        HEAD ",\"text\":\"x\",\"size\":1}",
        HEAD ",\"content_hash\":\"" HASH "\",\"purged\":true,\"disclosed\":{}}",
        HEAD ",\"content_hash\":\"" HASH "\",\"purged\":false}",
        "{\"seq\":01,\"recorded_at_us\":0,\"entry_hash\":\"" HASH "\",\"text\":\"x\"}",
        "{\"seq\":0,\"recorded_at_us\":0,\"entry_hash\":\"" HASH "\",\"text\":\"x\"}",
        "{\"seq\":1,\"recorded_at_us\":-0,\"entry_hash\":\"" HASH "\",\"text\":\"x\"}",
        "{\"seq\":1,\"recorded_at_us\":9223372036854775808,\"entry_hash\":\"" HASH "\",\"text\":\"x\"}",
        "{\"seq\":9223372036854775808,\"recorded_at_us\":0,\"entry_hash\":\"" HASH "\",\"text\":\"x\"}",
    };
    struct event_line line;

    ck_assert(read_line(&line, HEAD ",\"text\":\"x\"}"));
    ck_assert(read_line(&line, HEAD ",\"text\":\"\x7f\xc3\xa9\",\"disclosed\":{},\"erased\":[]}"));
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        ck_assert_msg(!read_line(&line, bad[i]), "%s", bad[i]);
}
END_TEST

/* Each byte changed in every way: what is read then is something else than it was, or nothing. */
START_TEST(one_way_to_write_a_line)
{
    static const char good[] = HEAD ",\"text\":\"\\\"\\n\",\"erased\":[\"actor\"],\"size\":2,\"inclusion\":[]}";
    struct event_line was, is;

    ck_assert(read_line(&was, good));
    for (size_t at = 0; at < sizeof good - 1; at++)
        for (int c = 1; c < 256; c++) {
            char text[sizeof good];

            memcpy(text, good, sizeof good);
            if (text[at] == (char)c)
                continue;
            text[at] = (char)c;
            if (event_line_read(&is, text, sizeof good - 1))
                ck_assert(is.seq != was.seq || is.recorded_at_us != was.recorded_at_us || is.size != was.size ||
                          !ap_hash_equal(&is.entry_hash, &was.entry_hash) || is.text.len != was.text.len ||
                          memcmp(is.text.data, "\"\n", 2) != 0);
        }
}
END_TEST

START_TEST(numbers_of_bad_lines)
{
    ck_assert_uint_eq(event_line_seq("{\"seq\":12,x", 11), 12);
    ck_assert_uint_eq(event_line_seq("{\"seq\":12}", 10), 12);
    ck_assert_uint_eq(event_line_seq("{\"seq\":12", 9), 0);
    ck_assert_uint_eq(event_line_seq("{\"seq\":012,", 11), 0);
    ck_assert_uint_eq(event_line_seq("{\"seq\":99999999999999999999999,", 31), 0);
    ck_assert_uint_eq(event_line_seq("", 0), 0);
}
END_TEST

/* --- JSON */

START_TEST(members_of_objects)
{
    static const char text[] = " {\"a\" : -7, \"b\\u0063\":\"\\u0041\", \"n\":null, \"l\":[ \"" HASH "\" , \"" HASH
                               "\"], \"f\":1.0, \"o\":{\"a\":1}} ";
    struct ap_hash hashes[2];
    struct json_members is;
    uint64_t count;
    int64_t number;
    char word[4];
    size_t n;

    ck_assert_int_eq(json_check_unique(text, sizeof text - 1, NULL), AP_OK);
    ck_assert_int_eq(members_read(&is, text, sizeof text - 1, NULL), AP_OK);
    ck_assert(json_int(members_get(&is, "a"), &number) && number == -7);
    ck_assert(!json_count(members_get(&is, "a"), &count) && !json_count(members_get(&is, "f"), &count));
    ck_assert(json_text(members_get(&is, "bc"), word, sizeof word) && strcmp(word, "A") == 0);
    ck_assert(json_is_null(members_get(&is, "n")) && !json_is_null(members_get(&is, "x")));
    ck_assert(json_hashes(members_get(&is, "l"), hashes, 2, &n) && n == 2 && ap_hash_equal(&hashes[0], &hashes[1]));
    ck_assert(!json_hashes(members_get(&is, "l"), hashes, 1, &n));
    members_free(&is);
    ck_assert_int_eq(members_read(&is, "[]", 2, NULL), AP_EINPUT);
    members_free(&is);
}
END_TEST

START_TEST(members_twice)
{
    static const char *const bad[] = {
        "{\"a\":1,\"a\":1}",
        "[{\"b\":[{\"x\":1,\"y\":2,\"\\u0078\":3}]}]",
        "{\"a\":{\"b\":1},\"c\":2,\"a\":{}}",
        "{",
        "",
    };
    static const char *const good[] = {"{\"a\":{\"a\":{\"a\":\"a:\"}},\"b\":\"a\",\"c\":[\"a\",\"a\"]}", "1",
                                       "[[],{}]"};

    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        ck_assert_msg(json_check_unique(bad[i], strlen(bad[i]), NULL) == AP_EINPUT, "%s", bad[i]);
    for (size_t i = 0; i < sizeof good / sizeof *good; i++)
        ck_assert_msg(json_check_unique(good[i], strlen(good[i]), NULL) == AP_OK, "%s", good[i]);
}
END_TEST

/* --- archives */

struct memory {
    const uint8_t *at;
    size_t left, step;
};

static enum ap_status read_memory(void *context, uint8_t *out, size_t size, size_t *len, const char **problem,
                                  struct ap_error *err)
{
    struct memory *memory = context;

    (void)err;
    *problem = NULL;
    *len = memory->left < memory->step ? memory->left : memory->step;
    ck_assert_uint_le(*len, size);
    memcpy(out, memory->at, *len);
    memory->at += *len;
    memory->left -= *len;
    return AP_OK;
}

static size_t add_member(uint8_t *tar, size_t at, const char *path, const char *bytes)
{
    uint8_t *block = tar + at;
    unsigned sum = 0;

    memset(block, 0, 1024);
    memcpy(block, path, strlen(path));
    (void)snprintf((char *)block + 100, 8, "0000644");
    (void)snprintf((char *)block + 108, 8, "0000000");
    (void)snprintf((char *)block + 116, 8, "0000000");
    (void)snprintf((char *)block + 124, 12, "%011o", (unsigned)strlen(bytes));
    (void)snprintf((char *)block + 136, 12, "00000000000");
    memset(block + 148, ' ', 8);
    block[156] = '0';
    memcpy(block + 257,
           "ustar\0"
           "00",
           8);
    for (size_t i = 0; i < 512; i++)
        sum += block[i];
    (void)snprintf((char *)block + 148, 7, "%06o", sum);
    memcpy(block + 512, bytes, strlen(bytes));
    return at + (bytes[0] == '\0' ? 512 : 1024);
}

/* The members' bytes, one after the other; or the problem. */
static const char *read_tar(const uint8_t *tar, size_t len, size_t step, struct ap_buf *out)
{
    struct memory memory = {tar, len, step};
    struct untar untar;
    const char *problem;
    bool more = true;
    char *bytes;
    size_t n;

    ck_assert_int_eq(untar_open(&untar, read_memory, &memory, NULL), AP_OK);
    while (more) {
        ck_assert_int_eq(untar_next(&untar, &more, NULL), AP_OK);
        for (n = more; n > 0;) {
            ck_assert_int_eq(untar_read(&untar, &bytes, &n, NULL), AP_OK);
            ap_buf_add(out, bytes, n);
        }
        more = more && untar.problem == NULL;
    }
    problem = untar.problem;
    untar_free(&untar);
    return problem;
}

START_TEST(archives_in_pieces)
{
    static uint8_t tar[8192];
    size_t len = add_member(tar, 0, "b/a", "one ");

    len = add_member(tar, len, "b/c/d", "");
    len = add_member(tar, len, "b/c/e", "two");
    len += 1024;
    for (size_t step = 1; step <= 1500; step += 7) {
        struct ap_buf out = AP_BUF_INIT;

        ck_assert_ptr_null(read_tar(tar, len, step, &out));
        ck_assert_str_eq(ap_buf_str(&out), "one two");
        ap_buf_free(&out);
    }
    for (size_t cut = 0; cut < len; cut += 13) {
        struct ap_buf out = AP_BUF_INIT;

        ck_assert_ptr_nonnull(read_tar(tar, cut, 512, &out));
        ap_buf_free(&out);
    }
}
END_TEST

START_TEST(archives_refused)
{
    static const char *const pairs[][2] = {
        {"b/a", "b/a"},    {"b/b", "b/a"},  {"b/a", "c/a"}, {"b/A", "b/a"}, {"b/a", "b/a/x"},   {"b/a", "b/../x"},
        {"b/a", "b/a//x"}, {"/b/a", "b/b"}, {"B/a", "B/b"}, {"b", "b/a"},   {"b/D/x", "b/d/y"},
    };
    static uint8_t tar[8192];

    for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++) {
        struct ap_buf out = AP_BUF_INIT;
        size_t len = add_member(tar, 0, pairs[i][0], "x");

        len = add_member(tar, len, pairs[i][1], "y");
        memset(tar + len, 0, 1024);
        ck_assert_msg(read_tar(tar, len + 1024, 512, &out) != NULL, "%s %s", pairs[i][0], pairs[i][1]);
        ap_buf_free(&out);
    }
}
END_TEST

START_TEST(files_by_path)
{
    static const uint8_t hash[AP_HASH_LEN];
    struct files files = {.count = 0};
    char path[16];

    for (unsigned i = 0; i < 1000; i++) {
        (void)snprintf(path, sizeof path, "f%05u", i * 2);
        ck_assert_int_eq(files_add(&files, path, i, hash, NULL), AP_OK);
    }
    for (unsigned i = 0; i < 2000; i++) {
        const struct file *file;

        (void)snprintf(path, sizeof path, "f%05u", i);
        file = files_find(&files, path);
        ck_assert((file != NULL) == (i % 2 == 0));
        ck_assert(file == NULL || file->size == i / 2);
    }
    files_free(&files);
}
END_TEST

/* --- extracting */

static void write_bundle(const char *name, const char *text)
{
    struct ap_bundle_options options = {.path = in_directory(name), .name = "b"};
    struct ap_bundle_summary summary;
    struct ap_signing_key *key;
    struct ap_bundle *bundle;

    ck_assert_int_eq(ap_signing_key_new(&key, NULL), AP_OK);
    ck_assert_int_eq(ap_bundle_create(&bundle, &options, NULL), AP_OK);
    ck_assert_int_eq(ap_bundle_add(bundle, "data/deep/x", text, strlen(text), NULL), AP_OK);
    ck_assert_int_eq(ap_bundle_finish(bundle, key, NULL, 0, &summary, NULL), AP_OK);
    ck_assert_int_eq(ap_bundle_commit(bundle, NULL), AP_OK);
    ap_bundle_free(bundle);
    ap_signing_key_free(key);
}

static enum ap_status extract(const char *name, const struct ap_bundle_check_report *report)
{
    int fd = open(in_directory(name), O_RDONLY | O_CLOEXEC);
    char *out = strdup(in_directory("out"));
    enum ap_status status;

    ck_assert(fd >= 0 && out != NULL);
    status = ap_bundle_extract(fd, name, report, out, NULL, NULL);
    free(out);
    ck_assert_int_eq(close(fd), 0);
    return status;
}

/* A bundle that is another when it is read again leaves nothing behind. */
START_TEST(only_what_was_checked)
{
    struct ap_bundle_check_options options = {.max_findings = 10};
    struct ap_bundle_check_report report;
    int fd;

    directory_make("test_bundle_check");
    write_bundle("a", "one");
    write_bundle("b", "two");
    fd = open(in_directory("a"), O_RDONLY | O_CLOEXEC);
    ck_assert_int_eq(ap_bundle_check(fd, "a", &options, &report, NULL), AP_OK);
    ck_assert_int_eq(close(fd), 0);
    ck_assert(report.whole && report.verdict == AP_BUNDLE_FINDINGS);
    ck_assert_int_eq(extract("a", &report), AP_ESTATE);
    ck_assert_int_eq(access(in_directory("out"), F_OK), -1);
    /* Most of a bundle is not there; here that is no matter. */
    report.found = 0;
    ck_assert_int_eq(extract("b", &report), AP_ESTATE);
    ck_assert_int_eq(access(in_directory("out/b"), F_OK), -1);
    ck_assert_int_eq(rmdir(in_directory("out")), 0);
    ck_assert_int_eq(extract("a", &report), AP_OK);
    ck_assert_int_eq(access(in_directory("out/b/data/deep/x"), F_OK), 0);
    ck_assert_int_eq(extract("a", &report), AP_ESTATE);
    ap_bundle_check_report_free(&report);
    directory_remove();
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("bundle_check");
    TCase *tc = tcase_create("all");
    SRunner *runner;
    int failed;

    tcase_add_test(tc, a_whole_line);
    tcase_add_test(tc, lines_that_are_none);
    tcase_add_test(tc, one_way_to_write_a_line);
    tcase_add_test(tc, numbers_of_bad_lines);
    tcase_add_test(tc, members_of_objects);
    tcase_add_test(tc, members_twice);
    tcase_add_test(tc, archives_in_pieces);
    tcase_add_test(tc, archives_refused);
    tcase_add_test(tc, files_by_path);
    tcase_add_test(tc, only_what_was_checked);
    suite_add_tcase(suite, tc);
    runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
