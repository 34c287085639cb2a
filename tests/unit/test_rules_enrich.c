/* What the engine adds to an event: new addresses and programs, first sights, hours. */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "rules/enrich.h"

enum { NEW_IP, NEW_AGENT, NEW_ACTOR, OFF_HOURS, FIELDS };

static const char *const names[FIELDS] = {"enrich.first_seen_ip", "enrich.first_seen_user_agent",
                                          "enrich.first_seen_actor", "enrich.off_hours"};
static struct ap_rule_list list;
static struct ap_fields *fields;
static struct ap_event *event;
static struct ap_enricher *enricher;
static struct ap_error err;
static uint32_t ids[FIELDS];

static struct ap_text text(const char *s)
{
    struct ap_text t = {s, strlen(s)};

    return t;
}

static void open_with(const struct ap_classifier_options *options)
{
    size_t i;

    memset(&list, 0, sizeof list);
    list.profile.time = text("created_at");
    list.profile.partition = text("organization_id");
    list.profile.actor = text("actor_id");
    list.profile.address = text("ip_address");
    list.profile.agent = text("user_agent");
    list.profile.hours_from_min = 7 * 60;
    list.profile.hours_to_min = 19 * 60;
    list.profile.work_days = 0x1f;
    ck_assert_int_eq(ap_fields_new(&fields, &err), AP_OK);
    for (i = 0; i < FIELDS; i++)
        ck_assert_int_eq(ap_fields_add(fields, names[i], strlen(names[i]), &ids[i], &err), AP_OK);
    ck_assert_int_eq(ap_enricher_new(&enricher, &list, fields, options, &err), AP_OK);
    ck_assert_int_eq(ap_fields_seal(fields, &err), AP_OK);
    ck_assert_int_eq(ap_event_new(&event, fields, &err), AP_OK);
}

static void teardown(void)
{
    ap_enricher_free(enricher);
    ap_event_free(event);
    ap_fields_free(fields);
    enricher = NULL;
    event = NULL;
    fields = NULL;
}

static char of(unsigned which)
{
    const struct ap_event_value *values;
    uint32_t first = ap_event_first(event, ids[which]);
    size_t count;

    if (first == AP_NO_VALUE)
        return '-';
    values = ap_event_values(event, &count);
    return values[first].kind == AP_VALUE_BOOL ? "ft"[values[first].truth] : values[first].text[0];
}

/* "tf-t": the four fields in order; '-' for one that was not given. */
static const char *enriched(const char *line)
{
    static char out[FIELDS + 1];
    size_t at;

    ck_assert_int_eq(ap_event_read(event, line, strlen(line), &at, &err), AP_OK);
    ck_assert_int_eq(ap_enrich(enricher, event, &err), AP_OK);
    out[0] = of(NEW_IP);
    out[1] = of(NEW_AGENT);
    out[2] = of(NEW_ACTOR);
    out[3] = of(OFF_HOURS);
    return out;
}

START_TEST(new_means_known_actor_and_unknown_value)
{
    open_with(NULL);
    ck_assert_str_eq(enriched("{\"actor_id\":\"a\",\"ip_address\":\"10.0.0.1\",\"user_agent\":\"x\"}"), "fft-");
    ck_assert_str_eq(enriched("{\"actor_id\":\"a\",\"ip_address\":\"10.0.0.1\",\"user_agent\":\"x\"}"), "fff-");
    ck_assert_str_eq(enriched("{\"actor_id\":\"a\",\"ip_address\":\"10.0.0.2\",\"user_agent\":\"x\"}"), "tff-");
    ck_assert_str_eq(enriched("{\"actor_id\":\"a\",\"ip_address\":\"10.0.0.2\",\"user_agent\":\"y\"}"), "ftf-");
    ck_assert_str_eq(enriched("{\"actor_id\":\"a\"}"), "--f-");
    ck_assert_str_eq(enriched("{\"actor_id\":\"b\",\"ip_address\":\"10.0.0.2\"}"), "f-t-");
    ck_assert_str_eq(enriched("{\"ip_address\":\"10.0.0.2\"}"), "----");
}
END_TEST

START_TEST(tenants_do_not_share_history)
{
    open_with(NULL);
    (void)enriched("{\"organization_id\":\"1\",\"actor_id\":\"a\",\"ip_address\":\"10.0.0.1\"}");
    ck_assert_str_eq(enriched("{\"organization_id\":\"2\",\"actor_id\":\"a\",\"ip_address\":\"10.0.0.2\"}"), "f-t-");
    ck_assert_str_eq(enriched("{\"organization_id\":\"1\",\"actor_id\":\"a\",\"ip_address\":\"10.0.0.2\"}"), "t-f-");
}
END_TEST

START_TEST(hours_are_utc_and_days_are_the_weeks)
{
    open_with(NULL);
    ck_assert_str_eq(enriched("{\"created_at\":\"2026-11-20T07:00:00Z\"}"), "---f"); /* Friday */
    ck_assert_str_eq(enriched("{\"created_at\":\"2026-11-20T06:59:59Z\"}"), "---t");
    ck_assert_str_eq(enriched("{\"created_at\":\"2026-11-20T19:00:00Z\"}"), "---t");
    ck_assert_str_eq(enriched("{\"created_at\":\"2026-11-20T20:59:00+02:00\"}"), "---f");
    ck_assert_str_eq(enriched("{\"created_at\":\"2026-11-21T12:00:00Z\"}"), "---t"); /* Saturday */
    ck_assert_str_eq(enriched("{\"created_at\":\"1969-12-31T12:00:00Z\"}"), "---f"); /* Wednesday */
    ck_assert_str_eq(enriched("{\"created_at\":\"soon\"}"), "----");
}
END_TEST

START_TEST(what_was_enriched_before_stands)
{
    open_with(NULL);
    (void)enriched("{\"actor_id\":\"a\",\"ip_address\":\"10.0.0.1\"}");
    ck_assert_str_eq(enriched("{\"actor_id\":\"a\",\"ip_address\":\"10.0.0.2\",\"enrich\":{\"first_seen_ip\":\"no\"}}"),
                     "n-f-");
}
END_TEST

START_TEST(history_is_bounded_and_what_is_lost_is_counted)
{
    struct ap_classifier_options options = {.history_actors = 100};
    char line[128];
    int i;

    open_with(&options);
    for (i = 0; i < 1000; i++) {
        ck_assert_int_lt(snprintf(line, sizeof line, "{\"actor_id\":\"a%d\",\"ip_address\":\"10.0.0.1\"}", i), 128);
        ck_assert_str_eq(enriched(line), "f-t-");
    }
    ck_assert_uint_eq(ap_enricher_evicted(enricher), 900);
    for (i = 0; i < 1000; i++) {
        ck_assert_int_lt(
            snprintf(line, sizeof line, "{\"actor_id\":\"a999\",\"ip_address\":\"10.0.%d.%d\"}", i / 250, 1 + i % 250),
            128);
        ck_assert_str_eq(enriched(line), i == 0 ? "f-f-" : "t-f-");
    }
}
END_TEST

static unsigned asked;

static enum ap_status remembers(void *context, enum ap_history_kind kind, const char *partition, const char *actor,
                                const char *value, struct ap_history_answer *answer, struct ap_error *e)
{
    (void)context;
    (void)e;
    asked++;
    ck_assert_str_eq(partition, "o");
    ck_assert(kind != AP_HISTORY_ACTOR || value == NULL);
    answer->actor_seen = strcmp(actor, "old") == 0;
    answer->value_seen = answer->actor_seen && value != NULL && strcmp(value, "10.0.0.1") == 0;
    return AP_OK;
}

START_TEST(a_longer_history_is_asked_once_a_value)
{
    struct ap_classifier_options options = {.history = remembers};

    open_with(&options);
    ck_assert_str_eq(enriched("{\"organization_id\":\"o\",\"actor_id\":\"old\",\"ip_address\":\"10.0.0.1\"}"), "f-f-");
    ck_assert_str_eq(enriched("{\"organization_id\":\"o\",\"actor_id\":\"old\",\"ip_address\":\"10.0.0.9\"}"), "t-f-");
    asked = 0;
    ck_assert_str_eq(enriched("{\"organization_id\":\"o\",\"actor_id\":\"old\",\"ip_address\":\"10.0.0.9\"}"), "f-f-");
    ck_assert_uint_eq(asked, 0);
    ck_assert_str_eq(enriched("{\"organization_id\":\"o\",\"actor_id\":\"new\",\"ip_address\":\"10.0.0.1\"}"), "f-t-");
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("rules_enrich");
    TCase *tcase = tcase_create("rules_enrich");
    SRunner *runner;
    int failed;

    tcase_add_checked_fixture(tcase, NULL, teardown);
    tcase_add_test(tcase, new_means_known_actor_and_unknown_value);
    tcase_add_test(tcase, tenants_do_not_share_history);
    tcase_add_test(tcase, hours_are_utc_and_days_are_the_weeks);
    tcase_add_test(tcase, what_was_enriched_before_stands);
    tcase_add_test(tcase, history_is_bounded_and_what_is_lost_is_counted);
    tcase_add_test(tcase, a_longer_history_is_asked_once_a_value);
    suite_add_tcase(suite, tcase);
    runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
