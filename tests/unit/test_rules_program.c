#include <check.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "auditproof/buf.h"
#include "rules/program.h"
#include "rules_random.h"

enum { FIELDS = 4, RULES = 12, DEPTH = 4 };

static const char *const field_names[FIELDS] = {"a", "b", "c.d", "e"};

static struct ap_text field_name(void)
{
    const char *name = field_names[draw(FIELDS)];

    return (struct ap_text){name, strlen(name)};
}

static struct ap_text literal(struct ap_arena *arena, const char *text)
{
    return kept(arena, text, strlen(text));
}

static void random_regex(struct ap_arena *arena, struct ap_test *test)
{
    static const char *const pieces[] = {"abk",           "(ab|ba)", "[ab]", "a+",     "b*",     "\\.",     "é",
                                         "(?:k|s1){1,2}", "aab?",    "^",    "$",      "K",      "(?i)ksa", ".",
                                         "(bab|)",        "\\w",     "S",    "(a.b)?", "(aba)+", "bb",      "a{2}b",
                                         "a{0,2}",        "\\d{1,}", "abab"};
    struct ap_buf buf = AP_BUF_INIT;

    for (unsigned i = 1 + draw(4); i > 0; i--)
        ap_buf_adds(&buf, pieces[draw(sizeof pieces / sizeof *pieces)]);
    if (draw(4) == 0)
        ap_buf_adds(&buf, "|aba");
    test->kind = AP_TEST_REGEX;
    test->regex = kept(arena, ap_buf_str(&buf), buf.len);
    test->caseless = draw(2);
    test->dotall = draw(2);
    test->multiline = draw(2);
    ap_buf_free(&buf);
}

static void random_number(struct ap_arena *arena, struct ap_test *test)
{
    static const char *const numbers[] = {"1", "11", "1e1", "1.0", "-1", "9007199254740993", "9007199254740992", "0"};
    const char *text = numbers[draw(sizeof numbers / sizeof *numbers)];

    ck_assert(ap_number_parse(&test->number, text, strlen(text)));
    test->spelling = literal(arena, text);
    test->kind = draw(2) ? AP_TEST_NUMBER : AP_TEST_COMPARE;
    test->compare = (enum ap_compare)draw(6);
}

static const struct ap_test *random_test(struct ap_arena *arena)
{
    struct ap_test *test = ap_arena_alloc(arena, 1, sizeof *test);

    ck_assert_ptr_nonnull(test);
    test->field = field_name();
    test->kind = AP_TEST_STRING;
    switch (draw(12)) {
    case 0:
        random_regex(arena, test);
        break;
    case 1:
        random_number(arena, test);
        break;
    case 2:
        test->kind = AP_TEST_BOOL;
        test->truth = draw(2);
        break;
    case 3:
        test->kind = AP_TEST_NULL;
        break;
    case 4:
        test->kind = AP_TEST_EXISTS;
        test->truth = true;
        break;
    case 5:
        test->kind = AP_TEST_FIELD;
        test->other = field_name();
        test->cased = draw(2);
        test->relation = (enum ap_relation)draw(4);
        break;
    case 6:
        test->kind = AP_TEST_CIDR;
        test->cidr = (struct ap_cidr){.bytes = {10, 0, 0, 0}, .len = 4, .bits = (uint8_t)(8 + draw(3))};
        break;
    default:
        test->cased = draw(4) == 0;
        test->pattern = random_pattern(arena, test->cased, 4);
    }
    if ((test->kind == AP_TEST_STRING || test->kind == AP_TEST_REGEX) && draw(6) == 0)
        test->field = (struct ap_text){NULL, 0};
    return test;
}

static const struct ap_expr *of_tests(struct ap_arena *arena, enum ap_expr_kind kind, const struct ap_test **tests,
                                      size_t count)
{
    struct ap_expr *expr = ap_arena_alloc(arena, 1, sizeof *expr);
    struct ap_expr *leaves = ap_arena_alloc(arena, count, sizeof *leaves);
    const struct ap_expr **parts = ap_arena_alloc(arena, count, sizeof(struct ap_expr *));

    ck_assert(expr != NULL && leaves != NULL && parts != NULL);
    for (size_t i = 0; i < count; i++) {
        leaves[i].kind = AP_EXPR_TEST;
        leaves[i].test = tests[i];
        parts[i] = &leaves[i];
    }
    expr->kind = kind;
    expr->parts = parts;
    expr->count = count;
    return expr;
}

/* One field, and a list of what it may be. */
static const struct ap_expr *random_list(struct ap_arena *arena)
{
    const struct ap_test *tests[6];
    struct ap_text field = field_name();
    size_t count = 2 + draw(5);

    for (size_t i = 0; i < count; i++) {
        struct ap_test *test = ap_arena_alloc(arena, 1, sizeof *test);

        ck_assert_ptr_nonnull(test);
        test->field = field;
        test->pattern = random_pattern(arena, false, 3);
        tests[i] = test;
    }
    return of_tests(arena, AP_EXPR_OR, tests, count);
}

static const struct ap_expr *random_expr(struct ap_arena *arena, unsigned depth)
{
    struct ap_expr *expr = ap_arena_alloc(arena, 1, sizeof *expr);
    const struct ap_expr **parts;

    ck_assert_ptr_nonnull(expr);
    expr->kind = depth == 0 ? AP_EXPR_TEST : (enum ap_expr_kind)draw(4);
    if (expr->kind == AP_EXPR_TEST) {
        expr->test = random_test(arena);
        return expr;
    }
    expr->count = expr->kind == AP_EXPR_NOT ? 1 : draw(20) == 0 ? 0 : 1 + draw(5);
    if (expr->kind == AP_EXPR_OR && draw(3) == 0)
        return random_list(arena);
    parts = ap_arena_alloc(arena, expr->count + 1, sizeof(struct ap_expr *));
    ck_assert_ptr_nonnull(parts);
    for (size_t i = 0; i < expr->count; i++)
        parts[i] = random_expr(arena, depth - 1);
    expr->parts = parts;
    return expr;
}

static struct ap_rule *make_rule(struct ap_rule_list *list, const struct ap_expr *expr)
{
    struct ap_rule *rule = ap_arena_alloc(&list->arena, 1, sizeof *rule);

    ck_assert_ptr_nonnull(rule);
    rule->kind = AP_RULE_EVENT;
    rule->applies = rule->reports = true;
    rule->expr = expr;
    list->rules[list->count++] = rule;
    return rule;
}

static void init_list(struct ap_rule_list *list)
{
    memset(list, 0, sizeof *list);
    ap_arena_init(&list->arena, 0);
    list->rules = ap_arena_alloc(&list->arena, 2000, sizeof(struct ap_rule *));
    ck_assert_ptr_nonnull(list->rules);
}

static void random_value(struct ap_buf *line, unsigned depth)
{
    static const char *const plain[] = {"1",
                                        "1.0",
                                        "11",
                                        "10",
                                        "9007199254740993",
                                        "9007199254740992.0",
                                        "-1",
                                        "true",
                                        "false",
                                        "null",
                                        "[]",
                                        "{}",
                                        "\"1\"",
                                        "\"11\"",
                                        "\"True\"",
                                        "\"1e1\"",
                                        "\"1E1\"",
                                        "\"10.0.0.1\"",
                                        "\"\"",
                                        "\"fal\u017fe\"",
                                        "\"10.32.1.1\"",
                                        "\"10.0.0.1 \""};
    char text[128];

    switch (draw(depth == 0 ? 4 : 7)) {
    case 0:
        ap_buf_adds(line, plain[draw(sizeof plain / sizeof *plain)]);
        break;
    case 4:
        ap_buf_adds(line, "[");
        for (unsigned i = 1 + draw(3); i > 0; i--) {
            random_value(line, depth - 1);
            ap_buf_adds(line, i > 1 ? "," : "]");
        }
        break;
    case 5:
        ap_buf_adds(line, "{ \"d\": ");
        random_value(line, depth - 1);
        ap_buf_adds(line, ", \"aba\" :");
        random_value(line, depth - 1);
        ap_buf_adds(line, "}");
        break;
    default:
        random_text(text, 9);
        ap_buf_addf(line, "\"%s\"", text);
    }
}

static void random_line(struct ap_buf *line)
{
    static const char *const members[] = {"a", "b", "c", "e", "c.d", "z"};
    bool first = true;

    ap_buf_clear(line);
    ap_buf_adds(line, "{");
    for (size_t i = 0; i < sizeof members / sizeof *members; i++) {
        if (draw(3) == 0)
            continue;
        ap_buf_addf(line, "%s\"%s\":", first ? "" : ",", members[i]);
        first = false;
        random_value(line, 2);
    }
    ap_buf_adds(line, "}");
    ck_assert_int_eq(ap_buf_check(line, "test", NULL), AP_OK);
}

struct machine {
    struct ap_fields *fields;
    struct ap_program *program;
    struct ap_matcher *matcher;
    struct ap_event *event;
};

static void start(struct machine *machine, const struct ap_rule_list *list)
{
    struct ap_error err;

    ck_assert_int_eq(ap_fields_new(&machine->fields, &err), AP_OK);
    ck_assert_int_eq(ap_program_new(&machine->program, list, machine->fields, &err), AP_OK);
    ck_assert_int_eq(ap_fields_seal(machine->fields, &err), AP_OK);
    ck_assert_int_eq(ap_matcher_new(&machine->matcher, machine->program, &err), AP_OK);
    ck_assert_int_eq(ap_event_new(&machine->event, machine->fields, &err), AP_OK);
}

static void stop(struct machine *machine)
{
    ap_event_free(machine->event);
    ap_matcher_free(machine->matcher);
    ap_program_free(machine->program);
    ap_fields_free(machine->fields);
}

static size_t run(struct machine *machine, const char *line, const size_t **rules)
{
    struct ap_error err;
    size_t at, count;

    ck_assert_msg(ap_event_read(machine->event, line, strlen(line), &at, &err) == AP_OK, "%s: %s", line, err.message);
    ck_assert_int_eq(ap_matcher_run(machine->matcher, machine->event, rules, &count, &err), AP_OK);
    return count;
}

/* The rules found through the index are those whose expressions hold, and no others. Returns how many. */
static size_t agree(struct machine *machine, const struct ap_rule_list *list, const char *line)
{
    const size_t *rules;
    size_t count = run(machine, line, &rules), at = 0;
    size_t found[RULES];

    ck_assert_uint_le(count, RULES);
    memcpy(found, rules, count * sizeof *found);
    for (size_t rule = 0; rule < list->count; rule++) {
        bool matches, is_found = at < count && found[at] == rule;

        at += is_found;
        ck_assert_int_eq(ap_matcher_explain(machine->matcher, machine->event, rule, NULL, NULL, &matches, NULL), AP_OK);
        ck_assert_msg(matches == is_found, "rule %zu, %s by its expression, %s through the index: %s", rule,
                      matches ? "a match" : "a miss", is_found ? "a match" : "a miss", line);
    }
    ck_assert_uint_eq(at, count);
    return count;
}

START_TEST(index_and_expressions_agree)
{
    struct ap_buf line = AP_BUF_INIT;
    size_t matches = 0, pairs = 0;

    for (int round = 0; round < 700; round++) {
        struct ap_rule_list list;
        struct machine machine;

        init_list(&list);
        for (int i = 0; i < RULES; i++)
            make_rule(&list, random_expr(&list.arena, draw(DEPTH)));
        start(&machine, &list);
        for (int i = 0; i < 30; i++) {
            random_line(&line);
            matches += agree(&machine, &list, ap_buf_str(&line));
            pairs += RULES;
        }
        stop(&machine);
        ap_arena_free(&list.arena);
    }
    ck_assert_uint_gt(matches, pairs / 20);
    ck_assert_uint_lt(matches, pairs / 2);
    ap_buf_free(&line);
}
END_TEST

static const struct ap_test *equals(struct ap_arena *arena, const char *field, const char *value)
{
    struct ap_test *test = ap_arena_alloc(arena, 1, sizeof *test);
    struct ap_step *step = ap_arena_alloc(arena, 1, sizeof *step);

    ck_assert(test != NULL && step != NULL);
    step->kind = AP_STEP_TEXT;
    step->text = kept_folded(arena, value, strlen(value), false);
    test->kind = AP_TEST_STRING;
    test->field = literal(arena, field);
    test->pattern = (struct ap_pattern){step, 1};
    return test;
}

static const struct ap_test *regex(struct ap_arena *arena, const char *field, const char *expression)
{
    struct ap_test *test = ap_arena_alloc(arena, 1, sizeof *test);

    ck_assert_ptr_nonnull(test);
    test->kind = AP_TEST_REGEX;
    test->field = literal(arena, field);
    test->regex = literal(arena, expression);
    return test;
}

/* Rules are woken by what few of them ask for, so that an event meets those that it concerns. */
START_TEST(an_event_meets_few_rules)
{
    struct ap_rule_list list;
    struct machine machine;
    struct ap_match_stats stats;
    const size_t *rules;
    char name[32], line[128];

    init_list(&list);
    for (int i = 0; i < 1000; i++) {
        const struct ap_test *tests[2];

        (void)snprintf(name, sizeof name, "Action%d", i);
        tests[0] = equals(&list.arena, "source", "service.example");
        tests[1] = equals(&list.arena, "name", name);
        make_rule(&list, of_tests(&list.arena, AP_EXPR_AND, tests, 2));
    }
    start(&machine, &list);
    for (int i = 0; i < 1000; i++) {
        (void)snprintf(line, sizeof line, "{\"source\":\"SERVICE.example\",\"name\":\"actION%d\"}", i);
        ck_assert_uint_eq(run(&machine, line, &rules), 1);
        ck_assert_uint_eq(rules[0], (size_t)i);
    }
    ap_matcher_stats(machine.matcher, &stats);
    ck_assert_uint_eq(stats.events, 1000);
    ck_assert_uint_eq(stats.rules, 1000000);
    ck_assert_uint_eq(stats.candidates, 1000);
    ck_assert_uint_eq(stats.hits, 1000);
    stop(&machine);
    ap_arena_free(&list.arena);
}
END_TEST

START_TEST(a_rule_that_is_cut_off_is_told_once_and_harms_no_other)
{
    struct ap_rule_list list;
    struct machine machine;
    struct ap_match_stats stats;
    const struct ap_test *tests[2];
    const size_t *rules;
    char line[256];
    clock_t begun = clock();

    init_list(&list);
    tests[0] = regex(&list.arena, "a", "^(aaaa|a|a)*$");
    make_rule(&list, of_tests(&list.arena, AP_EXPR_AND, tests, 1));
    tests[1] = equals(&list.arena, "b", "x");
    make_rule(&list, of_tests(&list.arena, AP_EXPR_OR, tests, 2));
    start(&machine, &list);
    (void)snprintf(line, sizeof line, "{\"a\":\"%060d!\",\"b\":\"x\"}", 0);
    for (char *c = line; *c != '\0'; c++)
        if (*c == '0')
            *c = 'a';
    for (int i = 0; i < 3; i++) {
        ck_assert_uint_eq(run(&machine, line, &rules), 1);
        ck_assert_uint_eq(rules[0], 1);
        ck_assert_uint_eq(ap_matcher_limited(machine.matcher), i == 0 ? 0 : SIZE_MAX);
        ck_assert_uint_eq(ap_matcher_limited(machine.matcher), SIZE_MAX);
    }
    ck_assert_uint_eq(run(&machine, "{\"a\":\"aaa\"}", &rules), 2);
    ap_matcher_stats(machine.matcher, &stats);
    ck_assert_uint_eq(stats.limits, 3);
    ck_assert_uint_eq(stats.searches, 4);
    ck_assert_msg((double)(clock() - begun) / CLOCKS_PER_SEC < 5.0, "cut off too late");
    stop(&machine);
    ap_arena_free(&list.arena);
}
END_TEST

START_TEST(many_values_that_explode_take_bounded_time)
{
    struct ap_rule_list list;
    struct machine machine;
    const struct ap_test *tests[1];
    struct ap_buf line = AP_BUF_INIT;
    const size_t *rules;
    clock_t begun;

    init_list(&list);
    tests[0] = regex(&list.arena, "a", "^(aaaa|a|a)*$");
    make_rule(&list, of_tests(&list.arena, AP_EXPR_AND, tests, 1));
    start(&machine, &list);
    ap_buf_adds(&line, "{\"a\":[");
    for (int i = 0; i < 5000; i++)
        ap_buf_adds(&line, "\"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa!\",");
    ap_buf_adds(&line, "\"x\"]}");
    begun = clock();
    ck_assert_uint_eq(run(&machine, ap_buf_str(&line), &rules), 0);
    ck_assert_msg((double)(clock() - begun) / CLOCKS_PER_SEC < 3.0, "cut off too late");
    ck_assert_uint_eq(ap_matcher_limited(machine.matcher), 0);
    ck_assert_uint_eq(run(&machine, "{\"a\":\"aaa\"}", &rules), 1);
    stop(&machine);
    ap_arena_free(&list.arena);
    ap_buf_free(&line);
}
END_TEST

struct told {
    char text[256];
};

static void tell(void *context, const struct ap_expr *expr, unsigned depth, bool holds)
{
    struct told *told = context;
    size_t used = strlen(told->text);

    (void)snprintf(told->text + used, sizeof told->text - used, "%u%c%c ", depth, "taon"[expr->kind],
                   holds ? '+' : '-');
}

START_TEST(explains_every_part)
{
    struct ap_rule_list list;
    struct machine machine;
    struct told told = {""};
    const struct ap_test *tests[3];
    const size_t *rules;
    struct ap_error err;
    bool matches;

    init_list(&list);
    tests[0] = equals(&list.arena, "a", "x");
    tests[1] = equals(&list.arena, "b", "y");
    tests[2] = equals(&list.arena, "c", "z");
    make_rule(&list, of_tests(&list.arena, AP_EXPR_AND, tests, 3));
    make_rule(&list, list.rules[0]->expr)->applies = false;
    start(&machine, &list);
    ck_assert_uint_eq(run(&machine, "{\"a\":\"X\",\"c\":[1,\"z\"]}", &rules), 0);
    ck_assert_int_eq(ap_matcher_explain(machine.matcher, machine.event, 0, tell, &told, &matches, NULL), AP_OK);
    ck_assert(!matches);
    ck_assert_str_eq(told.text, "0a- 1t+ 1t- 1t+ ");
    ck_assert_int_eq(ap_matcher_explain(machine.matcher, machine.event, 1, tell, &told, &matches, &err), AP_ESTATE);
    ck_assert_int_eq(ap_matcher_explain(machine.matcher, machine.event, 2, tell, &told, &matches, &err), AP_EINPUT);
    stop(&machine);
    ap_arena_free(&list.arena);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("program");
    TCase *tcase = tcase_create("program");
    SRunner *runner;
    int failed;

    tcase_set_timeout(tcase, 120);
    tcase_add_test(tcase, index_and_expressions_agree);
    tcase_add_test(tcase, an_event_meets_few_rules);
    tcase_add_test(tcase, a_rule_that_is_cut_off_is_told_once_and_harms_no_other);
    tcase_add_test(tcase, many_values_that_explode_take_bounded_time);
    tcase_add_test(tcase, explains_every_part);
    suite_add_tcase(suite, tcase);
    runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
