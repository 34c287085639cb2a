/* Splitting CSV: records out of pieces of any size, fields out of records. */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "auditproof/csv.h"

static struct ap_csv_row row;

static enum ap_status parse(const char *text, size_t *at)
{
    struct ap_error err;

    return ap_csv_parse(&row, text, strlen(text), at, &err);
}

static void expect(size_t i, const char *text, bool quoted)
{
    ck_assert_uint_lt(i, row.count);
    ck_assert_uint_eq(row.fields[i].len, strlen(text));
    ck_assert_mem_eq(row.fields[i].text, text, strlen(text));
    ck_assert_int_eq(row.fields[i].quoted, quoted);
}

START_TEST(splits_fields)
{
    ck_assert_int_eq(parse("a,,\"\",\"b,\"\"c\"\"\n\",\"d\"\"\",last", NULL), AP_OK);
    ck_assert_uint_eq(row.count, 6);
    expect(0, "a", false);
    expect(1, "", false);
    expect(2, "", true);
    expect(3, "b,\"c\"\n", true);
    expect(4, "d\"", true);
    expect(5, "last", false);
    ck_assert_uint_eq(row.fields[3].offset, 6);
    ck_assert_int_eq(parse("", NULL), AP_OK);
    ck_assert_uint_eq(row.count, 1);
    ck_assert_int_eq(parse("a,", NULL), AP_OK);
    ck_assert_uint_eq(row.count, 2);
}
END_TEST

START_TEST(refuses_and_says_where)
{
    static const struct {
        const char *text;
        size_t at;
    } bad[] = {{"a\"b", 1}, {"x,\"a", 2}, {"\"a\"b", 3}, {"x,\"a\" ,y", 5}, {"a\xFF", 1}};
    char many[600];
    struct ap_error err;
    size_t at;

    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        ck_assert_msg(parse(bad[i].text, &at) == AP_EINPUT, "taken: %s", bad[i].text);
        ck_assert_uint_eq(at, bad[i].at);
    }
    ck_assert_int_eq(ap_csv_parse(&row, "a\0b", 3, &at, &err), AP_EINPUT);
    ck_assert_uint_eq(at, 1);
    memset(many, ',', sizeof many);
    ck_assert_int_eq(ap_csv_parse(&row, many, AP_CSV_MAX_FIELDS - 1, NULL, &err), AP_OK);
    ck_assert_int_eq(ap_csv_parse(&row, many, AP_CSV_MAX_FIELDS, NULL, &err), AP_EINPUT);
}
END_TEST

/* Whatever the pieces are that a text arrives in, the records are the same. */
START_TEST(finds_records_in_pieces)
{
    static const char text[] = "a,b\r\n\"x\n\"\"y\r\n\",2\n\n\"\",\"\"\n\"a\"\"\"\n";
    static const char *const records[] = {"a,b", "\"x\n\"\"y\r\n\",2", "", "\"\",\"\"", "\"a\"\"\""};

    for (size_t piece = 1; piece <= sizeof text; piece++) {
        struct ap_csv_scan scan = {0, AP_CSV_FIELD_START};
        size_t from = 0, have = 0, n = 0, len, next;

        while (from < sizeof text - 1) {
            if (!ap_csv_scan(&scan, text + from, have - from, &len, &next)) {
                ck_assert_uint_lt(have, sizeof text - 1);
                have = have + piece > sizeof text - 1 ? sizeof text - 1 : have + piece;
                continue;
            }
            ck_assert_uint_lt(n, 5);
            ck_assert_uint_eq(len, strlen(records[n]));
            ck_assert_mem_eq(text + from, records[n], len);
            from += next;
            n++;
            memset(&scan, 0, sizeof scan);
        }
        ck_assert_uint_eq(n, 5);
    }
}
END_TEST

static void free_row(void)
{
    ap_buf_free(&row.plain);
}

int main(void)
{
    Suite *suite = suite_create("csv");
    TCase *tc = tcase_create("core");
    SRunner *runner = srunner_create(suite);
    int failed;

    tcase_add_checked_fixture(tc, NULL, free_row);
    tcase_add_test(tc, splits_fields);
    tcase_add_test(tc, refuses_and_says_where);
    tcase_add_test(tc, finds_records_in_pieces);
    suite_add_tcase(suite, tc);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
