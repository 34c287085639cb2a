#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "rules/address.h"
#include "rules/part.h"

START_TEST(addresses_within_networks)
{
    static const struct {
        struct ap_cidr cidr;
        const char *text;
        bool within;
    } cases[] = {
        {{{10}, 4, 8}, "10.255.0.1", true},
        {{{10}, 4, 8}, "11.0.0.1", false},
        {{{10}, 4, 8}, "10.1", false},
        {{{10}, 4, 8}, "10.0.0.1/32", false},
        {{{10}, 4, 8}, "", false},
        {{{10}, 4, 8}, "::ffff:10.0.0.1", false},
        {{{192, 168, 8}, 4, 21}, "192.168.15.255", true},
        {{{192, 168, 8}, 4, 21}, "192.168.16.0", false},
        {{{0}, 4, 0}, "255.1.2.3", true},
        {{{1, 2, 3, 4}, 4, 32}, "1.2.3.4", true},
        {{{1, 2, 3, 4}, 4, 32}, "1.2.3.5", false},
        {{{0x20, 0x01, 0x0d, 0xb8}, 16, 33}, "2001:DB8:7fff::1", true},
        {{{0x20, 0x01, 0x0d, 0xb8}, 16, 33}, "2001:db8:8000::1", false},
        {{{0}, 16, 0}, "1.2.3.4", false},
        {{{0}, 16, 0}, "1111:2222:3333:4444:5555:6666:7777:8888:9999:aaaa:bbbb", false},
    };

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        ck_assert_msg(ap_address_within(&cases[i].cidr, cases[i].text, strlen(cases[i].text)) == cases[i].within,
                      "case %zu: %s", i, cases[i].text);
    ck_assert(!ap_address_within(&cases[0].cidr, "10.0.0.1\0", 9));
}
END_TEST

static int64_t part_of(const char *text, enum ap_part part)
{
    struct ap_event_value value = {.kind = AP_VALUE_STRING, .text = text, .len = strlen(text)};
    struct ap_number number;

    return ap_part_of(&number, &value, part) ? number.integer : -1;
}

START_TEST(parts_of_times)
{
    static const struct {
        const char *date;
        int64_t week; /* of ISO 8601 */
    } weeks[] = {{"2005-01-01", 53}, {"2005-01-02", 53}, {"2005-12-31", 52}, {"2007-01-01", 1},  {"2007-12-30", 52},
                 {"2007-12-31", 1},  {"2008-12-28", 52}, {"2008-12-29", 1},  {"2010-01-03", 53}, {"1969-12-29", 1}};
    const char *time = "2024-02-29T23:59:30.5+01:00";

    ck_assert_int_eq(part_of(time, AP_PART_MINUTE), 59);
    ck_assert_int_eq(part_of(time, AP_PART_HOUR), 22);
    ck_assert_int_eq(part_of(time, AP_PART_DAY), 29);
    ck_assert_int_eq(part_of(time, AP_PART_MONTH), 2);
    ck_assert_int_eq(part_of(time, AP_PART_YEAR), 2024);
    ck_assert_int_eq(part_of("1969-12-31T23:58:59Z", AP_PART_MINUTE), 58);
    ck_assert_int_eq(part_of("1969-12-31T23:58:59Z", AP_PART_YEAR), 1969);
    ck_assert_int_eq(part_of("yesterday", AP_PART_YEAR), -1);
    for (size_t i = 0; i < sizeof weeks / sizeof *weeks; i++) {
        char text[32] = "";

        memcpy(text, weeks[i].date, 10);
        memcpy(text + 10, "T12:00:00Z", 10);
        ck_assert_msg(part_of(text, AP_PART_WEEK) == weeks[i].week, "%s", text);
    }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("values");
    TCase *tcase = tcase_create("values");
    SRunner *runner;
    int failed;

    tcase_add_test(tcase, addresses_within_networks);
    tcase_add_test(tcase, parts_of_times);
    suite_add_tcase(suite, tcase);
    runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
