#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "auditproof/history.h"

enum { MEMBERS = 5, STEPS = 30, RUNS = 60 };

/* How an application writes entries: all of a thing, what changed, or the new state alone. */
enum style { WHOLE, CHANGED, NEW_ALONE, STYLES };

/* A thing with members of which each may be missing. */
struct thing {
    int values[MEMBERS]; /* -1: not there */
};

static unsigned seed;

static unsigned below(unsigned n)
{
    seed = seed * 1664525 + 1013904223;
    return (seed >> 8) % n;
}

static void put(struct ap_buf *out, const struct thing *thing, const bool *shown)
{
    bool any = false;

    ap_buf_clear(out);
    ap_buf_addc(out, '{');
    for (int i = 0; i < MEMBERS; i++) {
        if (thing->values[i] < 0 || (shown != NULL && !shown[i]))
            continue;
        ap_buf_addf(out, "%s\"m%d\": {\"l\": [%d], \"n\": %d}", any ? ", " : "", i, thing->values[i] % 3,
                    thing->values[i]);
        any = true;
    }
    ap_buf_addc(out, '}');
    ck_assert(!out->failed);
}

static struct thing change(const struct thing *from, bool *changed, bool may_remove)
{
    struct thing to = *from;

    memset(changed, 0, MEMBERS * sizeof *changed);
    for (unsigned n = 1 + below(3); n > 0; n--) {
        unsigned member = below(MEMBERS);

        to.values[member] = may_remove && below(4) == 0 ? -1 : (int)below(6);
    }
    for (int i = 0; i < MEMBERS; i++)
        changed[i] = to.values[i] != from->values[i];
    return to;
}

/* Every entry is told; what is known in the end is what there is. */
START_TEST(what_is_told_is_known)
{
    enum style style = (enum style)(_i % STYLES);
    struct thing now = {{0, 1, 2, 3, 4}};
    struct ap_buf old = AP_BUF_INIT, new = AP_BUF_INIT, known = AP_BUF_INIT;
    struct ap_history *history;
    struct ap_history_told told;

    seed = (unsigned)_i;
    ck_assert_int_eq(ap_history_new(&history, NULL), AP_OK);
    put(&new, &now, NULL);
    for (size_t step = 1; step <= STEPS; step++) {
        struct ap_entry entry = {.new_values = {new.data, new.len}};
        bool changed[MEMBERS];
        struct thing next = change(&now, changed, style != NEW_ALONE);

        if (step > 1 && style != NEW_ALONE) {
            put(&old, &now, style == CHANGED ? changed : NULL);
            entry.old_values = (struct ap_value){old.data, old.len};
        }
        if (step > 1) {
            put(&new, &next, style == WHOLE ? NULL : changed);
            entry.new_values = (struct ap_value){new.data, new.len};
            now = next;
        }
        ck_assert_int_eq(ap_history_tell(history, &entry, step, &told, NULL), AP_OK);
        ck_assert_uint_eq(told.unlogged.count, 0);
        ck_assert(!told.unread);
    }
    ap_history_put(&known, history);
    put(&new, &now, NULL);
    ck_assert_str_eq(known.data, new.data);
    ap_history_free(history);
    ap_buf_free(&old);
    ap_buf_free(&new);
    ap_buf_free(&known);
}
END_TEST

/* One change that no entry tells is found by the first entry that has the member among its old values. */
START_TEST(what_is_not_told_is_found)
{
    struct thing now = {{0, 1, 2, 3, 4}}, next;
    bool changed[MEMBERS];
    struct ap_buf old = AP_BUF_INIT, new = AP_BUF_INIT;
    struct ap_entry first = {.action = {"x", 1}}, second = {.action = {"x", 1}};
    struct ap_history *history;
    struct ap_history_told told;

    seed = (unsigned)_i;
    ck_assert_int_eq(ap_history_new(&history, NULL), AP_OK);
    put(&new, &now, NULL);
    first.new_values = (struct ap_value){new.data, new.len};
    ck_assert_int_eq(ap_history_tell(history, &first, 1, &told, NULL), AP_OK);
    now.values[_i % MEMBERS] = 7;
    next = change(&now, changed, true);
    put(&old, &now, NULL);
    put(&new, &next, NULL);
    second.old_values = (struct ap_value){old.data, old.len};
    second.new_values = (struct ap_value){new.data, new.len};
    ck_assert(ap_history_contradicts(history, &second));
    ck_assert_int_eq(ap_history_tell(history, &second, 2, &told, NULL), AP_OK);
    ck_assert_uint_ge(told.unlogged.count, 1);
    ck_assert_int_eq(strncmp(told.unlogged.first->path, "/m", 2), 0);
    ck_assert_int_eq(told.unlogged.first->path[2] - '0', _i % MEMBERS);
    ap_history_free(history);
    ap_buf_free(&old);
    ap_buf_free(&new);
}
END_TEST

static void count_known(void *context, const char *path, const struct ap_json *value, size_t number,
                        enum ap_history_how how)
{
    (void)path;
    (void)value;
    ck_assert(number == 2 && how == AP_HISTORY_SET);
    ++*(int *)context;
}

/* What is replaced again and again takes no more memory than what there is, which is copied from time to time. */
START_TEST(much_that_is_replaced)
{
    struct ap_buf new = AP_BUF_INIT;
    struct ap_history *history;
    struct ap_history_told told;
    int known = 0;

    ck_assert_int_eq(ap_history_new(&history, NULL), AP_OK);
    for (int i = 0; i < 400; i++) {
        struct ap_entry entry = {.action = {"x", 1}};

        ap_buf_clear(&new);
        ap_buf_addf(&new, "{\"a\": {\"n\": %d, \"text\": \"", i);
        for (int n = 0; n < 20000; n++)
            ap_buf_addc(&new, 'x');
        ap_buf_adds(&new, "\"}}");
        entry.new_values = (struct ap_value){new.data, new.len};
        ck_assert_int_eq(ap_history_tell(history, &entry, 2, &told, NULL), AP_OK);
    }
    ck_assert_int_eq(ap_history_known(history, count_known, &known, NULL), AP_OK);
    ck_assert_int_eq(known, 1);
    ap_history_free(history);
    ap_buf_free(&new);
}
END_TEST

static void count_any(void *context, const char *path, const struct ap_json *value, size_t number,
                      enum ap_history_how how)
{
    (void)path, (void)value, (void)number, (void)how;
    ++*(int *)context;
}

static void put_wide(struct ap_buf *out, int members, int from, int value)
{
    ap_buf_clear(out);
    for (int i = 0; i < members; i++)
        ap_buf_addf(out, "%s\"k%d\":%d", i > 0 ? "," : "{", from + 2 * i, value);
    ap_buf_addc(out, '}');
    ck_assert(!out->failed);
}

/* Time that grows with the square of the members is more than a test has. */
START_TEST(many_members)
{
    enum { MANY = 100000 };
    struct ap_buf old = AP_BUF_INIT, new = AP_BUF_INIT;
    struct ap_history *history;
    struct ap_history_told told;
    int known = 0;

    ck_assert_int_eq(ap_history_new(&history, NULL), AP_OK);
    for (int i = 0; i < 4; i++) {
        struct ap_entry entry = {.action = {"x", 1}};

        put_wide(&old, MANY, i % 2, i);
        put_wide(&new, MANY, i % 2, i + 1);
        entry.old_values = (struct ap_value){old.data, old.len};
        if (i < 3)
            entry.new_values = (struct ap_value){new.data, new.len};
        ck_assert_int_eq(ap_history_tell(history, &entry, 2, &told, NULL), AP_OK);
    }
    ck_assert_int_eq(ap_history_known(history, count_any, &known, NULL), AP_OK);
    ck_assert_int_eq(known, 2 * MANY);
    ap_history_free(history);
    ap_buf_free(&old);
    ap_buf_free(&new);
}
END_TEST

static struct ap_value value_of(const char *text)
{
    return (struct ap_value){text, strlen(text)};
}

static void append_path(void *context, const char *path, const struct ap_json *value, size_t number,
                        enum ap_history_how how)
{
    ap_buf_addf(context, "%s=%s by %s #%zu; ", path, value->text, ap_history_how_name(how), number);
}

/* A member of an object within is another than one of the same name that was left. */
START_TEST(names_within)
{
    const struct ap_entry entries[] = {
        {.old_values = value_of("{\"role\": 1}")},
        {.old_values = value_of("{\"prefs\": {\"lang\": 1}}"), .new_values = value_of("{\"prefs\": {\"lang\": 2}}")},
        {.old_values = value_of("{\"prefs\": {\"role\": 3}}"), .new_values = value_of("{\"prefs\": {\"role\": 4}}")},
    };
    struct ap_buf out = AP_BUF_INIT;
    struct ap_history *history;
    struct ap_history_told told;

    ck_assert_int_eq(ap_history_new(&history, NULL), AP_OK);
    for (size_t i = 0; i < sizeof entries / sizeof entries[0]; i++)
        ck_assert_int_eq(ap_history_tell(history, &entries[i], i + 1, &told, NULL), AP_OK);
    ck_assert_int_eq(ap_history_known(history, append_path, &out, NULL), AP_OK);
    ck_assert_str_eq(out.data, "/prefs/lang=2 by set #2; /prefs/role=4 by set #3; /role=1 by left #1; ");
    ap_history_free(history);
    ap_buf_free(&out);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("history");
    TCase *tc = tcase_create("history");
    SRunner *runner = srunner_create(suite);
    int failed;

    tcase_add_loop_test(tc, what_is_told_is_known, 0, RUNS);
    tcase_add_loop_test(tc, what_is_not_told_is_found, 0, RUNS);
    tcase_add_test(tc, much_that_is_replaced);
    tcase_add_test(tc, many_members);
    tcase_add_test(tc, names_within);
    suite_add_tcase(suite, tc);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
