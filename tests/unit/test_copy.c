/* Decoding COPY's binary stream: what is whole is given, and what is not is never taken for an end. */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "db/copy_stream.h"

enum { COLUMNS = 2 };

#define HEADER "PGCOPY\n\377\r\n\0\0\0\0\0\0\0\0\0"
#define ROW "\0\2\0\0\0\3abc\377\377\377\377"
#define TRAILER "\377\377"

/* Every message in memory of its own size, so that a sanitizer sees a read past its end. */
struct reader {
    struct copy_stream stream;
    struct ap_field fields[COLUMNS];
    uint8_t *message;
    struct ap_error err;
    size_t rows;
};

static struct reader *reader_new(void)
{
    struct reader *r = calloc(1, sizeof *r);

    ck_assert_ptr_nonnull(r);
    r->stream.columns = COLUMNS;
    return r;
}

static void reader_free(struct reader *r)
{
    free(r->message);
    free(r);
}

static enum ap_status feed(struct reader *r, const char *bytes, size_t len)
{
    enum ap_status status;
    bool more;

    free(r->message);
    r->message = malloc(len + (len == 0));
    ck_assert_ptr_nonnull(r->message);
    memcpy(r->message, bytes, len);
    r->stream.at = r->message;
    r->stream.end = r->message + len;
    while ((status = copy_stream_next(&r->stream, r->fields, &more, &r->err)) == AP_OK && more)
        r->rows++;
    ck_assert(status == AP_OK || !more);
    return status;
}

#define FEED(r, bytes) feed(r, bytes, sizeof(bytes) - 1)

static void expect_refused(const char *bytes, size_t len, const char *message)
{
    struct reader *r = reader_new();

    ck_assert_int_eq(feed(r, bytes, len), AP_EIO);
    ck_assert_msg(strstr(r->err.message, message) != NULL, "\"%s\" has no \"%s\"", r->err.message, message);
    reader_free(r);
}

#define REFUSED(bytes, message) expect_refused(bytes, sizeof(bytes) - 1, message)

START_TEST(gives_rows_message_by_message)
{
    struct reader *r = reader_new();

    ck_assert_int_eq(FEED(r, HEADER ROW), AP_OK);
    ck_assert_uint_eq(r->rows, 1);
    ck_assert_uint_eq(r->fields[0].len, 3);
    ck_assert_mem_eq(r->fields[0].data, "abc", 3);
    ck_assert_ptr_null(r->fields[1].data);
    ck_assert_int_eq(FEED(r, ROW "\0\2\0\0\0\0\0\0\0\1x"), AP_OK);
    ck_assert_uint_eq(r->rows, 3);
    ck_assert_msg(r->fields[0].data != NULL && r->fields[0].len == 0, "an empty value is not NULL");
    ck_assert_mem_eq(r->fields[1].data, "x", 1);
    ck_assert_int_eq(copy_stream_end(&r->stream, &r->err), AP_EIO);
    ck_assert_int_eq(FEED(r, TRAILER), AP_OK);
    ck_assert_int_eq(copy_stream_end(&r->stream, &r->err), AP_OK);
    ck_assert_uint_eq(r->rows, 3);
    reader_free(r);
}
END_TEST

START_TEST(takes_a_table_without_rows)
{
    struct reader *r = reader_new();

    ck_assert_int_eq(FEED(r, HEADER), AP_OK);
    ck_assert_int_eq(FEED(r, TRAILER), AP_OK);
    ck_assert_int_eq(copy_stream_end(&r->stream, &r->err), AP_OK);
    ck_assert_uint_eq(r->rows, 0);
    reader_free(r);
}
END_TEST

START_TEST(skips_a_header_extension)
{
    struct reader *r = reader_new();

    ck_assert_int_eq(FEED(r, "PGCOPY\n\377\r\n\0\0\0\0\0\0\0\0\4ext!" ROW TRAILER), AP_OK);
    ck_assert_uint_eq(r->rows, 1);
    reader_free(r);
    REFUSED("PGCOPY\n\377\r\n\0\0\0\0\0\0\0\0\5ext!", "header");
    REFUSED("PGCOPY\n\377\r\n\0\0\0\0\0\377\377\377\377" ROW, "header");
    REFUSED("PGCOPY\n\377\r\n\0\0\1\0\0\0\0\0\0" ROW, "header");
}
END_TEST

START_TEST(refuses_another_beginning)
{
    REFUSED(ROW, "signature");
    REFUSED("PGCOPY\n\377\r\n\0\0\0\0\0\0\0\0", "signature");
    REFUSED("PGCOPX\n\377\r\n\0\0\0\0\0\0\0\0\0" ROW, "signature");
    /* As what turned CR LF into LF would leave it. */
    REFUSED("PGCOPY\n\377\n\0\0\0\0\0\0\0\0\0" ROW, "signature");
}
END_TEST

START_TEST(refuses_a_header_in_two_messages)
{
    struct reader *r = reader_new();

    ck_assert_int_eq(feed(r, HEADER, 7), AP_EIO);
    reader_free(r);
}
END_TEST

START_TEST(refuses_a_row_cut_anywhere)
{
    static const char row[] = HEADER ROW;

    for (size_t len = sizeof HEADER; len < sizeof row - 1; len++)
        expect_refused(row, len, "cut short");
}
END_TEST

START_TEST(refuses_lengths_that_lie)
{
    REFUSED(HEADER "\0\2\0\0\0\4abc", "cut short");
    REFUSED(HEADER "\0\2\177\377\377\377abc\377\377\377\377", "cut short");
    REFUSED(HEADER "\0\2\377\377\377\376abc\377\377\377\377", "cut short");
    REFUSED(HEADER "\0\2\200\0\0\0abc\377\377\377\377", "cut short");
}
END_TEST

START_TEST(refuses_other_columns)
{
    REFUSED(HEADER "\0\1\0\0\0\3abc", "row of 1 columns instead of 2");
    REFUSED(HEADER "\0\3\0\0\0\3abc\377\377\377\377\377\377\377\377", "row of 3 columns instead of 2");
    REFUSED(HEADER "\0\0", "row of 0 columns instead of 2");
    REFUSED(HEADER "\377\376", "row of 65534 columns instead of 2");
}
END_TEST

START_TEST(refuses_what_follows_the_trailer)
{
    struct reader *r = reader_new();

    REFUSED(HEADER TRAILER ROW, "after its trailer");
    REFUSED(HEADER TRAILER TRAILER, "after its trailer");
    REFUSED(HEADER ROW TRAILER "\0", "after its trailer");
    ck_assert_int_eq(FEED(r, HEADER ROW TRAILER), AP_OK);
    ck_assert_int_eq(FEED(r, ROW), AP_EIO);
    reader_free(r);
}
END_TEST

START_TEST(misses_the_trailer)
{
    struct reader *r = reader_new();

    ck_assert_int_eq(copy_stream_end(&r->stream, &r->err), AP_EIO);
    ck_assert_int_eq(FEED(r, HEADER ROW), AP_OK);
    ck_assert_int_eq(copy_stream_end(&r->stream, &r->err), AP_EIO);
    ck_assert_msg(strstr(r->err.message, "without its trailer") != NULL, "%s", r->err.message);
    reader_free(r);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("copy");
    TCase *tc = tcase_create("stream");
    SRunner *runner = srunner_create(suite);
    int failed;

    tcase_add_test(tc, gives_rows_message_by_message);
    tcase_add_test(tc, takes_a_table_without_rows);
    tcase_add_test(tc, skips_a_header_extension);
    tcase_add_test(tc, refuses_another_beginning);
    tcase_add_test(tc, refuses_a_header_in_two_messages);
    tcase_add_test(tc, refuses_a_row_cut_anywhere);
    tcase_add_test(tc, refuses_lengths_that_lie);
    tcase_add_test(tc, refuses_other_columns);
    tcase_add_test(tc, refuses_what_follows_the_trailer);
    tcase_add_test(tc, misses_the_trailer);
    suite_add_tcase(suite, tc);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
