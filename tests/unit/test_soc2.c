/* Mappings of criteria: what they come to, what is said of those that are wrong, and which entries they name. */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "soc2/soc2_internal.h"

static struct ap_soc2 *soc2;
static struct ap_error err;

static void start(void)
{
    soc2 = calloc(1, sizeof *soc2);
    ck_assert_ptr_nonnull(soc2);
    ap_arena_init(&soc2->list.arena, 0);
    ck_assert_int_eq(kinds_init(&soc2->kinds, &err), AP_OK);
}

static void end(void)
{
    ap_soc2_free(soc2);
}

static enum ap_status read_mapping(const char *text)
{
    struct mapping_file file = {.name = "m.yaml", .text = AP_BUF_INIT};
    enum ap_status status;

    ap_buf_adds(&file.text, text);
    status = soc2_mapping_read(soc2, &file, &err);
    ap_buf_free(&file.text);
    return status;
}

static uint64_t in_population(const char *action, const char *resource_type, const char *risk_level, uint64_t seq)
{
    struct ap_entry row;
    struct ap_stretch_entry entry;
    struct ap_evidence_entry is;
    struct mask mask;

    memset(&row, 0, sizeof row);
    memset(&entry, 0, sizeof entry);
    memset(&is, 0, sizeof is);
    row.action = (struct ap_value){action, strlen(action)};
    row.resource_type = (struct ap_value){resource_type, strlen(resource_type)};
    if (risk_level != NULL)
        row.risk_level = (struct ap_value){risk_level, strlen(risk_level)};
    entry.row = &row;
    entry.record.seq = seq;
    is.entry = &entry;
    is.time_us = -(int64_t)seq;
    ck_assert_int_eq(kinds_take(soc2, &is, &mask, &err), AP_OK);
    return mask.words[0];
}

#define HEAD "format: auditproof-soc2/1\ncriteria:\n"
#define CRITERION HEAD "  - id: CC6.1\n    title: T\n    strength: weak\n"

START_TEST(names_entries)
{
    ck_assert_int_eq(read_mapping(CRITERION "    populations:\n"
                                            "      - {name: a, actions: ['login*', 'x?z'], except: [login_page]}\n"
                                            "      - {name: b, resource_types: [Invoices]}\n"
                                            "      - {name: c, risk_levels: [high, critical], except: ['quiet*']}\n"),
                     AP_OK);
    ck_assert_uint_eq(soc2->totals[0].populations, 3);
    ck_assert_uint_eq(in_population("LOGIN_FAILED", "", "low", 1), 1);
    ck_assert_uint_eq(in_population("Login_Page", "", "low", 2), 0);
    ck_assert_uint_eq(in_population("a.login", "", NULL, 3), 0);
    ck_assert_uint_eq(in_population("xYz", "INVOICES", "high", 4), 7);
    ck_assert_uint_eq(in_population("xYz", "INVOICES", "low", 5), 3);
    ck_assert_uint_eq(in_population("quietly", "invoices", "critical", 6), 2);
    ck_assert_uint_eq(in_population("", "", "high\n", 7), 0);
}
END_TEST

START_TEST(later_ones_change_earlier_ones)
{
    size_t count;

    ck_assert_int_eq(read_mapping(CRITERION "    limits: L\n    populations:\n"
                                            "      - {name: a, title: A, actions: [one]}\n"
                                            "      - {name: b, actions: [two]}\n"),
                     AP_OK);
    ck_assert_int_eq(read_mapping(HEAD "  - id: cc6.1\n    title: New\n    populations:\n"
                                       "      - {name: a, actions: [three]}\n"
                                       "      - {name: b, replace: true, actions: [four]}\n"
                                       "  - {id: X1, title: Own, strength: none}\n"),
                     AP_OK);
    ck_assert_str_eq(ap_soc2_totals(soc2, &count)[0].title, "New");
    ck_assert_uint_eq(count, 2);
    ck_assert_str_eq(soc2->totals[0].criterion, "CC6.1");
    ck_assert_str_eq(soc2->totals[0].limits, "L");
    ck_assert_str_eq(soc2->populations[0].title, "A");
    ck_assert_uint_eq(in_population("one", "", "low", 1), 1);
    ck_assert_uint_eq(in_population("three", "", "low", 2), 1);
    ck_assert_uint_eq(in_population("two", "", "low", 3), 0);
    ck_assert_uint_eq(in_population("four", "", "low", 4), 2);
}
END_TEST

static const struct {
    const char *text, *says;
} wrong[] = {
    {"", "m.yaml holds no mapping"},
    {"[]", "m.yaml:1:1: a mapping begins with 'format'"},
    {"format: auditproof-soc2/2", "m.yaml:1:9: 'format' must be auditproof-soc2/1"},
    {"criteria: []", "m.yaml:1:1: 'format' must be auditproof-soc2/1"},
    {"format: auditproof-soc2/1\n---\nformat: auditproof-soc2/1\n", "m.yaml:3:1: a mapping is one document"},
    {"format: auditproof-soc2/1\ncriterion: []\n", "m.yaml:2:1: unknown key 'criterion' in a mapping"},
    {"format: auditproof-soc2/1\ncriteria: {}\n", "'criteria' must be a list, not a mapping"},
    {HEAD "  - x\n", "m.yaml:3:5: a criterion must be a mapping"},
    {HEAD "  - {title: T}\n", "a criterion needs an 'id'"},
    {HEAD "  - {id: ../../x, title: T, strength: weak}\n", "a criterion needs an 'id'"},
    {HEAD "  - {id: .., title: T, strength: weak}\n", "a criterion needs an 'id'"},
    {HEAD "  - {id: 6.1, title: T, strength: weak}\n", "a letter first"},
    {HEAD "  - {id: CC6.1.2.3, title: T, strength: weak}\n", "of at most 8 letters"},
    {HEAD "  - {id: CC6.1, strength: weak}\n", "criterion CC6.1 needs a 'title' and a 'strength'"},
    {HEAD "  - {id: CC6.1, title: T}\n", "criterion CC6.1 needs a 'title' and a 'strength'"},
    {HEAD "  - {id: CC6.1, title: T, strength: superb}\n", "strong, partial, weak or none, not 'superb'"},
    {HEAD "  - {id: CC6.1, title: [T], strength: weak}\n", "'title' must be a string, not a list"},
    {CRITERION "    populations: [{actions: [x]}]\n", "a population needs a 'name'"},
    {CRITERION "    populations: [{name: A/b, actions: [x]}]\n", "a population needs a 'name'"},
    {CRITERION "    populations: [{name: a}]\n", "needs 'actions', 'resource_types' or 'risk_levels'"},
    {CRITERION "    populations: [{name: a, action: [x]}]\n", "unknown key 'action' in a population: did you mean"},
    {CRITERION "    populations: [{name: a, actions: {x: y}}]\n", "'actions' must be a list, not a mapping"},
    {CRITERION "    populations: [{name: a, actions: ['']}]\n", "an empty pattern"},
    {CRITERION "    populations: [{name: a, risk_levels: [hihg]}]\n", "'hihg' is no risk level: did you mean 'high'?"},
    {CRITERION "    populations: [{name: a, actions: [x], replace: 1}]\n", "'replace' must be true or false"},
    {CRITERION "    files: [{about: x}]\n", "a file needs a 'path'"},
    {HEAD "  - {id: C1, title: T, strength: none, populations: [{name: a, actions: [x]}]}\n", "and so not no strength"},
    {"a: [", "this is not YAML"},
    {"\xff\xfe", "not UTF-8"},
};

START_TEST(says_what_is_wrong)
{
    ck_assert_int_eq(read_mapping(wrong[_i].text), AP_EINPUT);
    ck_assert_msg(strstr(err.message, wrong[_i].says) != NULL, "%s", err.message);
}
END_TEST

START_TEST(keeps_to_its_bounds)
{
    struct ap_buf text = AP_BUF_INIT;

    ap_buf_adds(&text, CRITERION "    populations:\n");
    for (unsigned i = 0; i <= AP_SOC2_POPULATIONS_MAX; i++)
        ap_buf_addf(&text, "      - {name: p%u, actions: [x]}\n", i);
    ck_assert_int_eq(read_mapping(text.data), AP_EINPUT);
    ck_assert(strstr(err.message, "more than 80 populations") != NULL);
    ck_assert_uint_eq(soc2->population_count, AP_SOC2_POPULATIONS_MAX);
    ap_buf_clear(&text);
    ap_buf_adds(&text, HEAD);
    for (unsigned i = 0; i <= AP_SOC2_CRITERIA_MAX; i++)
        ap_buf_addf(&text, "  - {id: X%u, title: T, strength: none}\n", i);
    ck_assert_int_eq(read_mapping(text.data), AP_EINPUT);
    ck_assert(strstr(err.message, "more than 48 criteria") != NULL);
    ap_buf_free(&text);
}
END_TEST

/* Whoever may write entries may make up as many actions as they like. */
START_TEST(counts_what_it_does_not_list)
{
    struct ap_buf name = AP_BUF_INIT;
    struct kind **list;
    size_t pairs;

    for (unsigned i = 0; i < AP_SOC2_ACTIONS_MAX + 1000; i++) {
        ap_buf_clear(&name);
        ap_buf_addf(&name, "action %u", i);
        (void)in_population(name.data, "r", "low", i + 1);
    }
    (void)in_population("action 0", "r", "low", 20000);
    ck_assert_uint_eq(ap_soc2_unmapped(soc2, &pairs), AP_SOC2_ACTIONS_MAX + 1001);
    ck_assert_uint_eq(pairs, AP_SOC2_ACTIONS_MAX);
    ck_assert_int_eq(kinds_unmapped(soc2, true, &list, &pairs, &err), AP_OK);
    ck_assert_str_eq(list[0]->action, "action 0");
    ck_assert_uint_eq(list[0]->unmapped, 2);
    ck_assert_uint_eq(list[0]->first_seq, 1);
    ck_assert_uint_eq(list[0]->last_seq, 20000);
    ck_assert_int_eq(list[0]->first_us, -20000);
    ck_assert_int_eq(list[0]->last_us, -1);
    free(list);
    ap_buf_free(&name);
}
END_TEST

START_TEST(ours_is_whole)
{
    struct ap_soc2_options options;
    const struct ap_soc2_total *totals;
    struct ap_soc2 *is;
    size_t count;

    memset(&options, 0, sizeof options);
    ck_assert_msg(ap_soc2_load(&is, &options, &err) == AP_OK, "%s", err.message);
    totals = ap_soc2_totals(is, &count);
    ck_assert_uint_ge(count, 35);
    for (size_t i = 0; i < count; i++) {
        ck_assert_msg(totals[i].limits[0] != '\0' && totals[i].asks[0] != '\0', "%s", totals[i].criterion);
        ck_assert_msg((strcmp(totals[i].strength, "none") == 0) == (totals[i].populations == 0), "%s",
                      totals[i].criterion);
    }
    ap_soc2_free(is);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("soc2");
    TCase *tc = tcase_create("core");
    SRunner *runner = srunner_create(suite);
    int failed;

    tcase_add_checked_fixture(tc, start, end);
    tcase_add_test(tc, names_entries);
    tcase_add_test(tc, later_ones_change_earlier_ones);
    tcase_add_loop_test(tc, says_what_is_wrong, 0, (int)(sizeof wrong / sizeof wrong[0]));
    tcase_add_test(tc, keeps_to_its_bounds);
    tcase_add_test(tc, counts_what_it_does_not_list);
    tcase_add_test(tc, ours_is_whole);
    suite_add_tcase(suite, tc);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
