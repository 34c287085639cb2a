/* Correlations over hand-made rules: windows, groups, chains, bounds, saved state, and a naive model of the same. */
#include <check.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "rules/correlate.h"

enum { RULES = 8, SECOND = 1000000 };
#define T0 INT64_C(1767225600) /* 2026-01-01 */

/* A rule list of RULES event rules, called by their index, and then correlations. */
struct bench {
    struct ap_rule_list list;
    struct ap_rule *rules[RULES + 8];
    struct ap_fields *fields;
    struct ap_event *event;
    struct ap_correlator *correlator;
    struct ap_error err;
    char hits[4096]; /* "rule@last:value " for each */
    size_t hit_count;
};

static struct bench b;

static struct ap_text text(const char *s)
{
    struct ap_text t = {s, s == NULL ? 0 : strlen(s)};

    return t;
}

static void *must(void *memory)
{
    ck_assert_ptr_nonnull(memory);
    return memory;
}

static void setup(void)
{
    size_t i;

    memset(&b, 0, sizeof b);
    ap_arena_init(&b.list.arena, 0);
    b.list.rules = b.rules;
    b.list.profile.time = text("at");
    b.list.profile.partition = text("org");
    for (i = 0; i < RULES; i++) {
        b.rules[i] = must(ap_arena_alloc(&b.list.arena, 1, sizeof *b.rules[i]));
        b.rules[i]->kind = AP_RULE_EVENT;
        b.rules[i]->applies = true;
    }
    b.list.count = RULES;
    ck_assert_int_eq(ap_fields_new(&b.fields, &b.err), AP_OK);
}

static void teardown(void)
{
    ap_correlator_free(b.correlator);
    ap_event_free(b.event);
    ap_fields_free(b.fields);
    ap_arena_free(&b.list.arena);
}

static struct ap_group_field *named(const char *const *names, size_t count, size_t rules)
{
    struct ap_group_field *fields = must(ap_arena_alloc(&b.list.arena, count + 1, sizeof *fields));
    size_t i, k;

    for (i = 0; i < count; i++) {
        struct ap_text *each = must(ap_arena_alloc(&b.list.arena, rules, sizeof *each));

        for (k = 0; k < rules; k++)
            each[k] = text(names[i]);
        fields[i].name = text(names[i]);
        fields[i].field = each;
    }
    return fields;
}

/* A correlation of rules 0 .. rule_count - 1, grouped by "user", one bound. Returns it for the test to change. */
static struct ap_correlation *correlation(enum ap_correlation_type type, size_t rule_count, int64_t span_s,
                                          enum ap_compare compare, double number)
{
    static const char *const user[] = {"user"}, *const value[] = {"v"};
    struct ap_rule *rule = must(ap_arena_alloc(&b.list.arena, 1, sizeof *rule));
    struct ap_correlation *c = must(ap_arena_alloc(&b.list.arena, 1, sizeof *c));
    size_t *rules = must(ap_arena_alloc(&b.list.arena, RULES, sizeof *rules)), i;

    for (i = 0; i < rule_count; i++)
        rules[i] = i;
    c->type = type;
    c->rules = rules;
    c->rule_count = rule_count;
    c->span_us = span_s * SECOND;
    c->group = named(user, 1, rule_count);
    c->group_count = 1;
    if (number >= 0) {
        c->bounds[0].compare = compare;
        c->bounds[0].number = number;
        c->bound_count = 1;
    }
    if (type >= AP_VALUE_COUNT && type <= AP_VALUE_PERCENTILE) {
        c->values = named(value, 1, rule_count);
        c->value_count = 1;
    }
    c->depth = 1;
    rule->kind = AP_RULE_CORRELATION;
    rule->applies = rule->reports = true;
    rule->correlation = c;
    b.rules[b.list.count++] = rule;
    return c;
}

static void open_with(const struct ap_correlator_limits *limits)
{
    ap_correlator_free(b.correlator);
    ck_assert_int_eq(ap_correlator_new(&b.correlator, &b.list, b.fields, limits, &b.err), AP_OK);
    if (b.event == NULL) {
        ck_assert_int_eq(ap_fields_seal(b.fields, &b.err), AP_OK);
        ck_assert_int_eq(ap_event_new(&b.event, b.fields, &b.err), AP_OK);
    }
}

static enum ap_status on_hit(void *context, const struct ap_correlation_hit *hit, struct ap_error *err)
{
    size_t len = strlen(b.hits);

    (void)context;
    (void)err;
    b.hit_count++;
    if (len < sizeof b.hits - 100)
        (void)snprintf(b.hits + len, sizeof b.hits - len, "%zu@%" PRId64 "=%g%s%s%s ", hit->rule - RULES,
                       hit->last_us / SECOND - T0, hit->value, hit->group_count > 0 && hit->group[0].text ? "/" : "",
                       hit->group_count > 0 && hit->group[0].text ? hit->group[0].text : "", hit->closed ? "." : "");
    return AP_OK;
}

static void feed_line(const char *line, const size_t *rules, size_t count)
{
    size_t at;

    ck_assert_int_eq(ap_event_read(b.event, line, strlen(line), &at, &b.err), AP_OK);
    ck_assert_int_eq(ap_correlator_feed(b.correlator, b.event, rules, count, on_hit, NULL, &b.err), AP_OK);
}

/* An event of a user that matches one rule, `at` seconds after T0; more is further members, with a comma before. */
static void feed(size_t rule, int64_t at, const char *user, const char *more)
{
    char line[512];

    ck_assert_int_lt(
        snprintf(line, sizeof line, "{\"at\":%" PRId64 ",\"org\":\"o\",\"user\":\"%s\"%s}", T0 + at, user, more), 512);
    feed_line(line, &rule, 1);
}

#define HITS(expected)                                                                                                 \
    do {                                                                                                               \
        ck_assert_str_eq(b.hits, expected);                                                                            \
        b.hits[0] = '\0';                                                                                              \
    } while (0)

START_TEST(a_window_slides_and_leaves_its_start_out)
{
    correlation(AP_EVENT_COUNT, 1, 60, AP_COMPARE_GTE, 3);
    open_with(NULL);
    feed(0, 0, "u", "");
    feed(0, 30, "u", "");
    feed(0, 60, "u", ""); /* (0, 60]: two */
    HITS("");
    feed(0, 89, "u", ""); /* (29, 89]: three */
    HITS("0@89=3/u ");
}
END_TEST

START_TEST(a_group_fires_once_until_the_condition_clears)
{
    int64_t i;

    correlation(AP_EVENT_COUNT, 1, 60, AP_COMPARE_GTE, 3);
    open_with(NULL);
    for (i = 0; i < 10; i++)
        feed(0, i, "u", "");
    HITS("0@2=3/u ");
    feed(0, 100, "u", "");
    feed(0, 101, "u", "");
    HITS("");
    feed(0, 102, "u", "");
    HITS("0@102=3/u ");
}
END_TEST

START_TEST(a_bound_of_one_fires_anew_after_a_pause)
{
    correlation(AP_EVENT_COUNT, 1, 60, AP_COMPARE_GTE, 1);
    open_with(NULL);
    feed(0, 0, "u", "");
    feed(0, 30, "u", "");
    feed(0, 300, "u", "");
    HITS("0@0=1/u 0@300=1/u ");
}
END_TEST

START_TEST(groups_partitions_and_absent_values_are_kept_apart)
{
    size_t rule = 0;

    correlation(AP_EVENT_COUNT, 1, 60, AP_COMPARE_GTE, 2);
    open_with(NULL);
    feed(0, 0, "u", "");
    feed(0, 1, "w", "");
    feed_line("{\"at\":\"2026-01-01T00:00:02Z\",\"org\":\"other\",\"user\":\"u\"}", &rule, 1);
    feed_line("{\"at\":\"2026-01-01T00:00:03Z\",\"user\":\"u\"}", &rule, 1);
    feed_line("{\"at\":\"2026-01-01T00:00:04Z\",\"org\":\"o\"}", &rule, 1);
    feed_line("{\"at\":\"2026-01-01T00:00:05Z\",\"org\":\"o\",\"user\":\"\"}", &rule, 1);
    HITS("");
    feed_line("{\"at\":\"2026-01-01T00:00:06Z\",\"org\":\"o\",\"user\":null}", &rule, 1);
    HITS("0@6=2 ");
    feed(0, 7, "u", "");
    HITS("0@7=2/u ");
}
END_TEST

START_TEST(one_event_counts_once_however_many_rules_it_matches)
{
    static const size_t both[] = {0, 1};

    correlation(AP_EVENT_COUNT, 2, 60, AP_COMPARE_GTE, 2);
    open_with(NULL);
    feed_line("{\"at\":1767225600,\"org\":\"o\",\"user\":\"u\"}", both, 2);
    HITS("");
    feed(1, 1, "u", "");
    HITS("0@1=2/u ");
}
END_TEST

START_TEST(distinct_values_are_counted_and_lacking_ones_are_not)
{
    struct ap_correlation_stats stats;

    correlation(AP_VALUE_COUNT, 1, 60, AP_COMPARE_GTE, 3);
    open_with(NULL);
    feed(0, 0, "u", ",\"v\":\"a\"");
    feed(0, 1, "u", ",\"v\":\"a\"");
    feed(0, 2, "u", ",\"v\":\"b\"");
    feed(0, 3, "u", "");
    feed(0, 4, "u", ",\"v\":null");
    HITS("");
    feed(0, 61, "u", ",\"v\":\"c\""); /* (1, 61]: "a" is gone */
    HITS("");
    feed(0, 61, "u", ",\"v\":\"d\"");
    HITS("0@61=3/u ");
    ap_correlator_stats(b.correlator, &stats);
    ck_assert_uint_eq(stats.lacking, 2);
}
END_TEST

START_TEST(values_are_added_averaged_and_ranked)
{
    static const struct {
        enum ap_correlation_type type;
        double percentile, bound;
        const char *hits;
    } cases[] = {
        {AP_VALUE_SUM, 0, 100, "0@3=110/u "},
        {AP_VALUE_AVG, 0, 27.5, "0@3=27.5/u "},
        {AP_VALUE_MEDIAN, 0, 20, "0@2=20/u "},
        {AP_VALUE_PERCENTILE, 90, 50, "0@3=51.5/u "}, /* 5 20 20 65: rank 2.7, 20 + 0.7 * 45 */
    };
    size_t i;

    for (i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct ap_correlation *c;

        teardown();
        setup();
        c = correlation(cases[i].type, 1, 60, AP_COMPARE_GTE, cases[i].bound);
        c->percentile = cases[i].percentile;
        open_with(NULL);
        feed(0, 0, "u", ",\"v\":5");
        feed(0, 1, "u", ",\"v\":\"20\"");
        feed(0, 1, "u", ",\"v\":\"many\"");
        feed(0, 2, "u", ",\"v\":2e1");
        feed(0, 3, "u", ",\"v\":65");
        HITS(cases[i].hits);
    }
}
END_TEST

START_TEST(rules_are_met_together_in_any_order_or_the_listed_one)
{
    correlation(AP_TEMPORAL, 3, 60, AP_COMPARE_GTE, -1);
    correlation(AP_TEMPORAL_ORDERED, 3, 60, AP_COMPARE_GTE, -1);
    open_with(NULL);
    feed(2, 0, "u", "");
    feed(0, 1, "u", "");
    feed(1, 2, "u", "");
    HITS("0@2=3/u ");
    feed(2, 3, "u", "");
    HITS("1@3=3/u ");
    feed(2, 100, "w", "");
    feed(1, 100, "w", "");
    feed(0, 100, "w", ""); /* one instant: any order */
    HITS("0@100=3/w 1@100=3/w ");
    feed(0, 200, "x", "");
    feed(1, 261, "x", "");
    feed(2, 262, "x", ""); /* the first has left */
    HITS("");
}
END_TEST

START_TEST(words_say_which_rules)
{
    struct ap_correlation *c = correlation(AP_TEMPORAL, 3, 60, AP_COMPARE_GTE, -1);
    struct ap_expr leaves[3], not_c, all;
    const struct ap_expr *not_parts[1] = {&leaves[2]}, *parts[3] = {&leaves[0], &leaves[1], &not_c};
    size_t i;

    memset(leaves, 0, sizeof leaves);
    memset(&not_c, 0, sizeof not_c);
    memset(&all, 0, sizeof all);
    for (i = 0; i < 3; i++)
        leaves[i].refers = i;
    not_c.kind = AP_EXPR_NOT;
    not_c.parts = not_parts;
    not_c.count = 1;
    all.kind = AP_EXPR_AND;
    all.parts = parts;
    all.count = 3;
    c->when = &all;
    open_with(NULL);
    feed(0, 0, "u", "");
    feed(1, 1, "u", "");
    HITS("0@1=2/u ");
    feed(2, 0, "w", "");
    feed(0, 1, "w", "");
    feed(1, 2, "w", "");
    HITS("");
}
END_TEST

START_TEST(too_few_is_known_when_the_window_closes)
{
    correlation(AP_EVENT_COUNT, 1, 60, AP_COMPARE_LT, 3);
    open_with(NULL);
    feed(0, 0, "few", "");
    feed(0, 1, "many", "");
    feed(0, 2, "many", "");
    feed(0, 3, "many", "");
    feed(0, 59, "few", "");
    HITS("");
    feed(0, 60, "other", ""); /* closes [0, 60) of "few"; "many" closes at 61 */
    HITS("0@59=2/few. ");
    feed(0, 61, "other", "");
    HITS("");
    ck_assert_int_eq(ap_correlator_end(b.correlator, on_hit, NULL, &b.err), AP_OK);
    HITS("0@61=2/other. ");
}
END_TEST

START_TEST(an_event_that_matches_nothing_moves_time_on)
{
    correlation(AP_EVENT_COUNT, 1, 60, AP_COMPARE_LT, 3);
    open_with(NULL);
    feed(0, 0, "u", "");
    feed_line("{\"at\":1767225660,\"org\":\"o\",\"user\":\"x\"}", NULL, 0);
    HITS("0@0=1/u. ");
}
END_TEST

START_TEST(hits_are_events_of_other_correlations)
{
    struct ap_correlation *second;
    size_t *rules;

    correlation(AP_EVENT_COUNT, 1, 10, AP_COMPARE_GTE, 2);
    second = correlation(AP_EVENT_COUNT, 1, 1000, AP_COMPARE_GTE, 2);
    rules = must(ap_arena_alloc(&b.list.arena, 1, sizeof *rules));
    rules[0] = RULES; /* the first correlation */
    second->rules = rules;
    second->depth = 2;
    b.rules[RULES]->reports = false; /* whoever is told of the hit leaves it out */
    open_with(NULL);
    feed(0, 0, "u", "");
    feed(0, 1, "u", "");
    feed(0, 100, "u", "");
    HITS("0@1=2/u ");
    feed(0, 101, "u", "");
    HITS("0@101=2/u 1@101=2/u ");
}
END_TEST

START_TEST(an_alias_names_another_field_for_each_rule)
{
    struct ap_correlation *c = correlation(AP_TEMPORAL, 2, 60, AP_COMPARE_GTE, -1);
    struct ap_text each[2];
    struct ap_group_field group = {.others = NULL};

    each[0] = text("user");
    each[1] = text("target");
    group.name = text("who");
    group.field = each;
    c->group = &group;
    open_with(NULL);
    feed(0, 0, "ann", "");
    feed(1, 1, "bob", ",\"target\":\"ann\"");
    HITS("0@1=2/ann ");
}
END_TEST

START_TEST(the_first_field_that_is_there_counts)
{
    static const struct ap_text others[] = {{"ip", 2}, {"address", 7}, {NULL, 0}};
    static const struct ap_text *const each_others[] = {others, NULL};
    struct ap_correlation *c = correlation(AP_TEMPORAL, 2, 60, AP_COMPARE_GTE, -1);
    struct ap_group_field group = {.others = each_others};
    struct ap_text each[2];

    each[0] = text("client");
    each[1] = text("address");
    group.name = text("where");
    group.field = each;
    c->group = &group;
    c->group_count = 1;
    open_with(NULL);
    feed(0, 0, "ann", ",\"address\":\"b\",\"client\":null,\"ip\":\"a\"");
    feed(1, 1, "bob", ",\"address\":\"b\"");
    feed(0, 2, "cyd", ",\"address\":\"b\"");
    HITS("0@2=2/b ");
}
END_TEST

START_TEST(events_out_of_order_find_their_window)
{
    struct ap_correlation_stats stats;

    correlation(AP_EVENT_COUNT, 1, 60, AP_COMPARE_GTE, 3);
    open_with(NULL);
    feed(0, 100, "u", "");
    feed(0, 50, "u", "");
    HITS("");
    feed(0, 60, "u", ""); /* (40, 100] */
    HITS("0@100=3/u ");
    feed(0, 2000, "u", "");
    feed(0, 100, "u", ""); /* ten minutes and more behind */
    ap_correlator_stats(b.correlator, &stats);
    ck_assert_uint_eq(stats.late, 1);
}
END_TEST

START_TEST(one_false_time_does_not_end_all_windows)
{
    struct ap_correlation_stats stats;
    int64_t i;

    correlation(AP_EVENT_COUNT, 1, 60, AP_COMPARE_GTE, 3);
    open_with(NULL);
    feed(0, 0, "u", "");
    feed(0, INT64_C(80000) * 365 * 24, "mallory", "");
    for (i = 1; i < 8; i++)
        feed(0, i, "u", "");
    HITS("");
    feed(0, 8, "u", ""); /* so many cannot all be wrong */
    feed(0, 9, "u", "");
    feed(0, 10, "u", "");
    HITS("0@10=3/u ");
    ap_correlator_stats(b.correlator, &stats);
    ck_assert_uint_eq(stats.late, 7);
}
END_TEST

START_TEST(stragglers_do_not_turn_time_back)
{
    struct ap_correlation_stats stats;
    int64_t i;

    correlation(AP_EVENT_COUNT, 1, 60, AP_COMPARE_GTE, 3);
    open_with(NULL);
    for (i = 0; i < 100; i++) {
        feed(0, 10000 + 100 * i, "u", "");
        feed(0, i, "v", "");
    }
    HITS("");
    ap_correlator_stats(b.correlator, &stats);
    ck_assert_uint_eq(stats.late, 100);
}
END_TEST

START_TEST(nobody_is_ahead_of_who_recorded_it)
{
    static const char *const times[] = {"\"9999-12-31T00:00:00Z\"", "\"infinity\"", "null", "\"2026-01-01T00:00:02Z\""};
    char line[128];
    size_t i, rule = 0;

    correlation(AP_EVENT_COUNT, 1, 60, AP_COMPARE_GTE, 4);
    open_with(NULL);
    for (i = 0; i < sizeof times / sizeof times[0]; i++) {
        ap_correlator_recorded(b.correlator, true, (T0 + (int64_t)i) * SECOND);
        (void)snprintf(line, sizeof line, "{\"at\":%s,\"org\":\"o\",\"user\":\"u\"}", times[i]);
        feed_line(line, &rule, 1);
    }
    HITS("0@2=4/u ");
    /* A clock that is a little fast is a clock. */
    ap_correlator_recorded(b.correlator, true, (T0 + 100) * SECOND);
    feed(0, 500, "w", "");
    feed(0, 501, "w", "");
    feed(0, 502, "w", "");
    feed(0, 503, "w", "");
    HITS("0@503=4/w ");
    ap_correlator_recorded(b.correlator, false, 0);
    feed(0, 90000, "w", "");
    feed(0, 90001, "w", "");
    feed(0, 90002, "w", "");
    feed(0, 90003, "w", "");
    HITS("0@90003=4/w ");
}
END_TEST

START_TEST(state_is_bounded_and_what_is_lost_is_counted)
{
    struct ap_correlator_limits limits = {1000, 5000, 0};
    struct ap_correlation_stats stats;
    char user[32];
    int i;

    correlation(AP_EVENT_COUNT, 1, 3600, AP_COMPARE_GTE, 2);
    open_with(&limits);
    for (i = 0; i < 100000; i++) {
        (void)snprintf(user, sizeof user, "user-%d", i);
        feed(0, i / 100, user, "");
    }
    ap_correlator_stats(b.correlator, &stats);
    ck_assert_uint_eq(stats.groups, 1000);
    ck_assert_uint_eq(stats.evicted_groups, 99000);
    ck_assert_uint_le(stats.held, 5000);
    for (i = 0; i < 100000; i++)
        feed(0, 1000, "one", "");
    ap_correlator_stats(b.correlator, &stats);
    ck_assert_uint_le(stats.held, 5000);
    ck_assert_uint_eq(b.hit_count, 1);
}
END_TEST

/* Two tenants make groups without end; those of others stay. */
START_TEST(no_tenant_drives_out_the_groups_of_others)
{
    struct ap_correlator_limits limits = {1000, 0, 0};
    struct ap_correlation_stats stats;
    char line[128];
    size_t rule = 0;
    int i;

    correlation(AP_EVENT_COUNT, 1, 3600, AP_COMPARE_GTE, 2);
    open_with(&limits);
    for (i = 0; i < 200; i++) {
        (void)snprintf(line, sizeof line, "{\"at\":%d,\"org\":\"o%d\",\"user\":\"u%d\"}", (int)T0, i % 10, i);
        feed_line(line, &rule, 1);
    }
    for (i = 0; i < 20000; i++) {
        (void)snprintf(line, sizeof line, "{\"at\":%d,\"org\":\"bad%d\",\"user\":\"v%d\"}", (int)T0, i % 2, i);
        feed_line(line, &rule, 1);
    }
    ap_correlator_stats(b.correlator, &stats);
    ck_assert_uint_eq(stats.groups, 1000);
    ck_assert_uint_eq(b.hit_count, 0);
    for (i = 0; i < 200; i++) {
        (void)snprintf(line, sizeof line, "{\"at\":%d,\"org\":\"o%d\",\"user\":\"u%d\"}", (int)T0 + 1, i % 10, i);
        feed_line(line, &rule, 1);
    }
    ck_assert_uint_eq(b.hit_count, 200);
    /* Whoever comes new finds room, too. */
    for (i = 0; i < 2; i++) {
        (void)snprintf(line, sizeof line, "{\"at\":%d,\"org\":\"new\",\"user\":\"u\"}", (int)T0 + i);
        feed_line(line, &rule, 1);
        feed(0, 0, "someone else", "");
        (void)snprintf(line, sizeof line, "{\"at\":%d,\"org\":\"bad0\",\"user\":\"w%d\"}", (int)T0, i);
        feed_line(line, &rule, 1);
    }
    ck_assert_uint_eq(b.hit_count, 202);
}
END_TEST

START_TEST(no_tenant_drives_out_the_events_of_others)
{
    struct ap_correlator_limits limits = {0, 1000, 0};
    struct ap_correlation_stats stats;
    char line[128];
    size_t rule = 0;
    int i;

    correlation(AP_VALUE_SUM, 1, 3600, AP_COMPARE_GTE, 1000000);
    correlation(AP_EVENT_COUNT, 1, 3600, AP_COMPARE_GTE, 6);
    open_with(&limits);
    for (i = 0; i < 5; i++)
        feed(0, i, "u", ",\"v\":1");
    for (i = 0; i < 5000; i++) {
        (void)snprintf(line, sizeof line, "{\"at\":%d,\"org\":\"bad\",\"user\":\"v%d\",\"v\":1}", (int)T0, i % 3);
        feed_line(line, &rule, 1);
    }
    ap_correlator_stats(b.correlator, &stats);
    ck_assert_uint_le(stats.held, 1000);
    ck_assert_uint_ge(stats.held, 600);
    b.hits[0] = '\0';
    feed(0, 5, "u", ",\"v\":1");
    HITS("1@5=6/u ");
}
END_TEST

START_TEST(long_values_do_not_fill_the_state)
{
    struct ap_buf line = AP_BUF_INIT, state = AP_BUF_INIT;
    size_t rule = 0, i;

    correlation(AP_EVENT_COUNT, 1, 60, AP_COMPARE_GTE, 2);
    open_with(NULL);
    ap_buf_adds(&line, "{\"at\":1767225600,\"org\":\"o\",\"user\":\"");
    for (i = 0; i < 100000; i++)
        ap_buf_addc(&line, 'x');
    ap_buf_adds(&line, "\"}");
    feed_line(line.data, &rule, 1);
    ck_assert_int_eq(ap_correlator_save(b.correlator, "o", 1, &state, &b.err), AP_OK);
    ck_assert_uint_lt(state.len, 300);
    feed_line(line.data, &rule, 1);
    ck_assert_uint_eq(b.hit_count, 1);
    ck_assert_ptr_nonnull(strstr(b.hits, "/sha256:"));
    ap_buf_free(&line);
    ap_buf_free(&state);
}
END_TEST

static void some_rules(void)
{
    correlation(AP_EVENT_COUNT, 1, 60, AP_COMPARE_GTE, 3);
    correlation(AP_VALUE_COUNT, 1, 60, AP_COMPARE_GTE, 3);
    correlation(AP_VALUE_MEDIAN, 1, 60, AP_COMPARE_GTE, 50);
    correlation(AP_TEMPORAL_ORDERED, 3, 60, AP_COMPARE_GTE, -1);
    correlation(AP_EVENT_COUNT, 2, 90, AP_COMPARE_LTE, 2);
    correlation(AP_TEMPORAL_ORDERED, 2, 400, AP_COMPARE_EQ, 1);
}

static void feed_random(unsigned *seed, int64_t at)
{
    char more[64], user[8];

    if ((*seed >> 16) % 50 == 0)
        at += 100000;
    if (at % 700 > 550)
        at -= 4000;
    (void)snprintf(user, sizeof user, "u%u", (*seed >> 8) % 3);
    (void)snprintf(more, sizeof more, ",\"v\":%u", (*seed >> 12) % 90);
    feed((*seed >> 20) % 3, at, user, more);
    *seed = *seed * 1103515245U + 12345U;
}

START_TEST(saved_state_goes_on_as_if_nothing_had_been)
{
    struct ap_buf first = AP_BUF_INIT, again = AP_BUF_INIT;
    char straight[sizeof b.hits];
    unsigned seed = 7;
    int64_t i;

    some_rules();
    open_with(NULL);
    for (i = 0; i < 300; i++)
        feed_random(&seed, i * 7);
    memcpy(straight, b.hits, sizeof straight);
    ck_assert_uint_gt(b.hit_count, 20);

    b.hits[0] = '\0';
    seed = 7;
    open_with(NULL);
    for (i = 0; i < 300; i++) {
        feed_random(&seed, i * 7);
        if (i % 10 != 0)
            continue;
        ap_buf_clear(&first);
        ap_buf_clear(&again);
        ck_assert_int_eq(ap_correlator_save(b.correlator, "o", 1, &first, &b.err), AP_OK);
        open_with(NULL);
        ck_assert_int_eq(ap_correlator_load(b.correlator, "o", 1, first.data, first.len, &b.err), AP_OK);
        ck_assert_int_eq(ap_correlator_save(b.correlator, "o", 1, &again, &b.err), AP_OK);
        ck_assert_uint_eq(first.len, again.len);
        ck_assert_mem_eq(first.data, again.data, first.len);
    }
    ck_assert_str_eq(b.hits, straight);
    ap_buf_free(&first);
    ap_buf_free(&again);
}
END_TEST

START_TEST(damaged_state_is_refused)
{
    struct ap_buf state = AP_BUF_INIT;
    struct ap_correlation_stats stats;
    unsigned seed = 7;
    size_t i;

    some_rules();
    open_with(NULL);
    for (i = 0; i < 60; i++)
        feed_random(&seed, (int64_t)i);
    ck_assert_int_eq(ap_correlator_save(b.correlator, "o", 1, &state, &b.err), AP_OK);
    for (i = 1; i < state.len; i++)
        ck_assert_int_eq(ap_correlator_load(b.correlator, "o", 1, state.data, i, &b.err), AP_EINPUT);
    ap_correlator_stats(b.correlator, &stats);
    ck_assert_uint_eq(stats.groups, 0);
    ck_assert_uint_eq(stats.held, 0);
    for (i = 0; i < state.len; i++) {
        state.data[i] = (char)~state.data[i];
        if (ap_correlator_load(b.correlator, "o", 1, state.data, state.len, &b.err) != AP_OK)
            ck_assert_int_eq(b.err.status, AP_EINPUT);
        state.data[i] = (char)~state.data[i];
    }
    ap_buf_free(&state);
}
END_TEST

/* The same by going through all events each time. */
struct past {
    int64_t at;
    unsigned user, value;
};

static double model(const struct past *past, size_t count, enum ap_correlation_type type, int64_t end, int64_t span,
                    unsigned user)
{
    bool seen[90] = {false};
    double out = 0;
    size_t i;

    for (i = 0; i < count; i++)
        if (past[i].user == user && past[i].at > end - span && past[i].at <= end) {
            if (type == AP_VALUE_COUNT && seen[past[i].value])
                continue;
            seen[past[i].value] = true;
            out += type == AP_VALUE_SUM ? (double)past[i].value : 1;
        }
    return out;
}

START_TEST(windows_agree_with_going_through_everything)
{
    static const enum ap_correlation_type types[] = {AP_EVENT_COUNT, AP_VALUE_COUNT, AP_VALUE_SUM};
    static struct past past[600];
    unsigned seed;
    size_t t, i, hits;

    for (t = 0; t < 3; t++)
        for (seed = 1; seed < 20; seed++) {
            double bound = types[t] == AP_VALUE_SUM ? 200 : 4;
            unsigned state = seed * 2654435761U;
            bool firing[3] = {false, false, false};
            int64_t at = 0;

            teardown();
            setup();
            correlation(types[t], 1, 60, AP_COMPARE_GTE, bound);
            open_with(NULL);
            for (i = 0; i < 600; i++) {
                char user[8], more[32];
                bool holds;

                state = state * 1103515245U + 12345U;
                at += (state >> 16) % 40 == 0 ? 200 : (state >> 16) % 20;
                past[i].at = at;
                past[i].user = (state >> 8) % 3;
                past[i].value = (state >> 24) % 90;
                if (model(past, i, types[t], at, 60, past[i].user) < bound)
                    firing[past[i].user] = false;
                holds = model(past, i + 1, types[t], at, 60, past[i].user) >= bound;
                hits = b.hit_count;
                (void)snprintf(user, sizeof user, "u%u", past[i].user);
                (void)snprintf(more, sizeof more, ",\"v\":%u", past[i].value);
                feed(0, at, user, more);
                ck_assert_uint_eq(b.hit_count - hits, holds && !firing[past[i].user]);
                firing[past[i].user] = holds;
            }
            ck_assert_uint_gt(b.hit_count, 5);
        }
}
END_TEST

/* Whether, of this user's events that are after `begin` and up to `end`, rules 0 to 2 come one after the other. */
static bool in_order(const struct past *past, size_t count, int64_t begin, int64_t end, unsigned user)
{
    int64_t at = INT64_MIN;
    unsigned rule;
    size_t i;

    for (rule = 0; rule < 3; rule++) {
        int64_t next = INT64_MAX;

        for (i = 0; i < count; i++)
            if (past[i].user == user && past[i].value == rule && past[i].at > begin && past[i].at <= end &&
                past[i].at >= at && past[i].at < next)
                next = past[i].at;
        if (next == INT64_MAX)
            return false;
        at = next;
    }
    return true;
}

/* Long runs of one rule, ties, and short runs. */
START_TEST(orders_agree_with_going_through_everything)
{
    static struct past past[600];
    struct ap_correlation_stats stats;
    unsigned seed;
    size_t i, hits;

    for (seed = 1; seed < 20; seed++) {
        unsigned state = seed * 2654435761U, rule = 0;
        bool firing[2] = {false, false};
        int64_t at = 0;

        teardown();
        setup();
        correlation(AP_TEMPORAL_ORDERED, 3, 60, AP_COMPARE_GTE, -1);
        open_with(NULL);
        for (i = 0; i < 600; i++) {
            char user[8];
            bool holds;

            state = state * 1103515245U + 12345U;
            at += (state >> 16) % 40 == 0 ? 50 : (state >> 16) % 4;
            if ((state >> 20) % (seed % 3 == 0 ? 2 : 6) == 0)
                rule = (state >> 24) % 3;
            past[i] = (struct past){at, (state >> 8) % 2, rule};
            if (!in_order(past, i, at - 60, at, past[i].user))
                firing[past[i].user] = false;
            holds = in_order(past, i + 1, at - 60, at, past[i].user);
            hits = b.hit_count;
            (void)snprintf(user, sizeof user, "u%u", past[i].user);
            feed(rule, at, user, "");
            ck_assert_uint_eq(b.hit_count - hits, holds && !firing[past[i].user]);
            firing[past[i].user] = holds;
        }
        ck_assert_uint_gt(b.hit_count, 3);
        ap_correlator_stats(b.correlator, &stats);
        ck_assert_uint_eq(stats.evicted_events, 0);
    }
}
END_TEST

/* What an account does all day is not kept, but who waits to be completed is, whatever others do. */
START_TEST(an_order_is_kept_in_little)
{
    struct ap_correlator_limits limits = {0, 2000, 0};
    struct ap_correlation_stats stats;
    char user[32];
    int64_t i;

    correlation(AP_TEMPORAL_ORDERED, 2, 3600, AP_COMPARE_GTE, -1);
    open_with(NULL);
    for (i = 0; i < 100000; i++)
        feed(1, i / 10, "busy", "");
    ap_correlator_stats(b.correlator, &stats);
    ck_assert_uint_le(stats.held, 40);
    ck_assert_uint_eq(stats.evicted_events, 0);
    feed(0, 9990, "busy", ""); /* late by ten seconds */
    HITS("0@9999=2/busy ");
    feed(0, 9000, "other", "");
    feed(1, 9001, "other", "");
    HITS("0@9001=2/other ");

    open_with(&limits);
    feed(0, 0, "waits", "");
    for (i = 0; i < 20000; i++) {
        (void)snprintf(user, sizeof user, "user-%d", (int)(i % 4000));
        feed(1, i / 10, user, "");
    }
    ap_correlator_stats(b.correlator, &stats);
    ck_assert_uint_le(stats.held, 2000);
    ck_assert_uint_gt(stats.evicted_groups, 0);
    HITS("");
    feed(1, 2100, "waits", "");
    HITS("0@2100=2/waits ");

    /* Nothing is lost with those that wait for nothing. */
    open_with(&limits);
    for (i = 0; i < 4000; i++) {
        (void)snprintf(user, sizeof user, "user-%d", (int)i);
        feed(1, i, user, "");
    }
    ap_correlator_stats(b.correlator, &stats);
    ck_assert_uint_le(stats.held, 2000);
    ck_assert_uint_eq(stats.evicted_groups, 0);
}
END_TEST

static enum ap_status on_times(void *context, const struct ap_correlation_hit *hit, struct ap_error *err)
{
    (void)context;
    (void)err;
    (void)snprintf(b.hits, sizeof b.hits, "%" PRId64 "-%" PRId64 " %" PRIu64, hit->first_us / SECOND - T0,
                   hit->last_us / SECOND - T0, hit->count);
    return AP_OK;
}

/* An order that slides tells of the events that make it up; one that closes, of all in its window. */
START_TEST(an_order_tells_when_it_began)
{
    size_t rules[] = {1, 1, 0, 0, 1}, i;
    int64_t times[] = {0, 10, 20, 30, 40};
    char line[128];
    size_t at;

    correlation(AP_TEMPORAL_ORDERED, 2, 3600, AP_COMPARE_GTE, -1);
    open_with(NULL);
    for (i = 0; i < 5; i++) {
        (void)snprintf(line, sizeof line, "{\"at\":%" PRId64 ",\"org\":\"o\",\"user\":\"u\"}", T0 + times[i]);
        ck_assert_int_eq(ap_event_read(b.event, line, strlen(line), &at, &b.err), AP_OK);
        ck_assert_int_eq(ap_correlator_feed(b.correlator, b.event, &rules[i], 1, on_times, NULL, &b.err), AP_OK);
    }
    HITS("30-40 2");

    teardown();
    setup();
    correlation(AP_TEMPORAL_ORDERED, 2, 3600, AP_COMPARE_EQ, 1);
    open_with(NULL);
    for (i = 0; i < 500; i++)
        feed(0, (int64_t)i, "u", "");
    ck_assert_int_eq(ap_correlator_end(b.correlator, on_times, NULL, &b.err), AP_OK);
    HITS("0-499 500");
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("rules_correlate");
    TCase *tcase = tcase_create("rules_correlate");
    SRunner *runner;
    int failed;

    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_set_timeout(tcase, 60);
    tcase_add_test(tcase, a_window_slides_and_leaves_its_start_out);
    tcase_add_test(tcase, a_group_fires_once_until_the_condition_clears);
    tcase_add_test(tcase, a_bound_of_one_fires_anew_after_a_pause);
    tcase_add_test(tcase, groups_partitions_and_absent_values_are_kept_apart);
    tcase_add_test(tcase, one_event_counts_once_however_many_rules_it_matches);
    tcase_add_test(tcase, distinct_values_are_counted_and_lacking_ones_are_not);
    tcase_add_test(tcase, values_are_added_averaged_and_ranked);
    tcase_add_test(tcase, rules_are_met_together_in_any_order_or_the_listed_one);
    tcase_add_test(tcase, words_say_which_rules);
    tcase_add_test(tcase, too_few_is_known_when_the_window_closes);
    tcase_add_test(tcase, an_event_that_matches_nothing_moves_time_on);
    tcase_add_test(tcase, hits_are_events_of_other_correlations);
    tcase_add_test(tcase, an_alias_names_another_field_for_each_rule);
    tcase_add_test(tcase, the_first_field_that_is_there_counts);
    tcase_add_test(tcase, events_out_of_order_find_their_window);
    tcase_add_test(tcase, one_false_time_does_not_end_all_windows);
    tcase_add_test(tcase, stragglers_do_not_turn_time_back);
    tcase_add_test(tcase, nobody_is_ahead_of_who_recorded_it);
    tcase_add_test(tcase, state_is_bounded_and_what_is_lost_is_counted);
    tcase_add_test(tcase, no_tenant_drives_out_the_groups_of_others);
    tcase_add_test(tcase, no_tenant_drives_out_the_events_of_others);
    tcase_add_test(tcase, long_values_do_not_fill_the_state);
    tcase_add_test(tcase, saved_state_goes_on_as_if_nothing_had_been);
    tcase_add_test(tcase, damaged_state_is_refused);
    tcase_add_test(tcase, windows_agree_with_going_through_everything);
    tcase_add_test(tcase, orders_agree_with_going_through_everything);
    tcase_add_test(tcase, an_order_is_kept_in_little);
    tcase_add_test(tcase, an_order_tells_when_it_began);
    suite_add_tcase(suite, tcase);
    runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
