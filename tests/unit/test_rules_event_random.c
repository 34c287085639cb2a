/* The event reader against jansson: random events, field by field. */
#include <jansson.h>
#include <stdio.h>

#include "random_events.h"

enum { EVENTS = 4000 };

/* What jansson's tree has for a field, in order, flattened; borrowed references. */
struct found {
    const json_t *list[4096];
    size_t count;
};

static json_t empty_array; /* stands for one, by its address */

static void flatten(struct found *found, const json_t *value)
{
    size_t i;
    const json_t *element;

    if (!json_is_array(value)) {
        found->list[found->count++] = value;
        return;
    }
    json_array_foreach(value, i, element) flatten(found, element);
}

static void find(struct found *found, const json_t *value, const char *path)
{
    size_t before = found->count, i;
    const json_t *element;
    char part[64];

    if (path == NULL) {
        flatten(found, value);
        if (found->count == before)
            found->list[found->count++] = &empty_array;
    } else if (json_is_array(value)) {
        json_array_foreach(value, i, element) find(found, element, path);
    } else if (json_is_object(value)) {
        size_t len = strcspn(path, ".");

        (void)snprintf(part, sizeof part, "%.*s", (int)len, path);
        element = json_object_get(value, part);
        if (element != NULL)
            find(found, element, path[len] == '.' ? path + len + 1 : NULL);
    }
}

static void find_leaves(struct found *found, const json_t *value)
{
    size_t i;
    const char *key;
    json_t *element;

    if (json_is_array(value))
        json_array_foreach(value, i, element) find_leaves(found, element);
    else if (json_is_object(value))
        json_object_foreach((json_t *)(uintptr_t)value, key, element) find_leaves(found, element);
    else if (!json_is_null(value))
        found->list[found->count++] = value;
}

static bool means(const struct ap_event_value *value, const json_t *want)
{
    struct ap_number number;
    json_t *object;
    bool same;

    if (want == &empty_array)
        return value->kind == AP_VALUE_EMPTY;
    switch (value->kind) {
    case AP_VALUE_STRING:
        return json_is_string(want) && json_string_length(want) == value->len &&
               memcmp(json_string_value(want), value->text, value->len) == 0;
    case AP_VALUE_NUMBER:
        return json_is_number(want) && ap_number_parse(&number, value->text, value->len) &&
               (json_is_integer(want) ? number.is_integer && number.integer == json_integer_value(want)
                                      : number.real == json_real_value(want));
    case AP_VALUE_BOOL:
        return json_is_boolean(want) && value->truth == json_is_true(want);
    case AP_VALUE_NULL:
        return json_is_null(want);
    case AP_VALUE_OBJECT:
        object = json_loadb(value->text, value->len, JSON_ALLOW_NUL, NULL);
        same = json_equal(object, want);
        json_decref(object);
        return same;
    case AP_VALUE_EMPTY:
    default:
        return false;
    }
}

static void compare_field(const json_t *tree, uint32_t field, const char *line)
{
    static struct found found;
    size_t count;
    const struct ap_event_value *values = ap_event_values(events[0], &count);
    uint32_t at = ap_event_first(events[0], field);
    const json_t *whole = json_object_get(tree, names[field]);

    found.count = 0;
    if (whole != NULL)
        find(&found, whole, NULL);
    else
        find(&found, tree, names[field]);
    for (size_t i = 0; i < found.count; i++) {
        if (at == AP_NO_VALUE || !means(&values[at], found.list[i]))
            ck_abort_msg("%s: value %zu of %s", line, i, names[field]);
        at = values[at].next;
    }
    if (at != AP_NO_VALUE)
        ck_abort_msg("%s: more values of %s than there are", line, names[field]);
}

static bool gather(void *context, const struct ap_event_value *value)
{
    struct found *found = context;

    if (value->kind == AP_VALUE_OBJECT)
        return false;
    if (found->count == 0 || !means(value, found->list[--found->count]))
        ck_abort_msg("a leaf of an object: %.*s", (int)value->len, value->text);
    return false;
}

/* Looking into each object finds its leaves. They are taken from the end, so they are turned around first. */
static void compare_objects(void)
{
    static struct found found;
    size_t count;
    const struct ap_event_value *values = ap_event_values(events[0], &count);
    bool stopped;

    for (size_t i = 0; i < count; i++) {
        json_t *object;

        if (values[i].kind != AP_VALUE_OBJECT)
            continue;
        object = json_loadb(values[i].text, values[i].len, JSON_ALLOW_NUL, NULL);
        found.count = 0;
        find_leaves(&found, object);
        for (size_t j = 0; j < found.count / 2; j++) {
            const json_t *other = found.list[found.count - 1 - j];

            found.list[found.count - 1 - j] = found.list[j];
            found.list[j] = other;
        }
        ck_assert_int_eq(ap_event_look_into(events[0], &values[i], gather, &found, &stopped, &err), AP_OK);
        if (found.count != 0)
            ck_abort_msg("%.*s: leaves that were not found", (int)values[i].len, values[i].text);
        json_decref(object);
    }
}

/* The line with a member put after what is given back: the same but for that member. */
static void compare_given_back(const json_t *tree, const char *line)
{
    struct ap_buf out = AP_BUF_INIT;
    json_t *back;

    ap_event_begin(events[0], &out);
    ap_buf_adds(&out, "\"_auditproof\":5}");
    back = json_loadb(out.data, out.len, JSON_ALLOW_NUL | JSON_REJECT_DUPLICATES, NULL);
    if (back == NULL || json_integer_value(json_object_get(back, "_auditproof")) != 5)
        ck_abort_msg("%s: given back as %s", line, out.data);
    (void)json_object_del(back, "_auditproof");
    if (!json_equal(back, tree))
        ck_abort_msg("%s: given back as %s", line, out.data);
    json_decref(back);
    ap_buf_free(&out);
}

START_TEST(agrees_with_jansson)
{
    static struct found found;
    struct ap_buf line = AP_BUF_INIT;

    begin();
    for (size_t n = 0; n < EVENTS; n++) {
        const struct ap_event_value *leaves;
        size_t at, count;
        json_t *tree;
        char *copy;

        ap_buf_clear(&line);
        put_object(&line, 1);
        tree = json_loadb(line.data, line.len, JSON_ALLOW_NUL, NULL);
        if (tree == NULL || read_both(line.data, line.len, &at, &copy) != AP_OK)
            ck_abort_msg("%s: refused", line.data);
        (void)json_object_del(tree, "_auditproof");
        for (uint32_t field = 0; field < NAMES; field++)
            compare_field(tree, field, line.data);
        found.count = 0;
        find_leaves(&found, tree);
        leaves = ap_event_leaves(events[0], &count);
        if (count != found.count)
            ck_abort_msg("%s: %zu leaves, not %zu", line.data, count, found.count);
        for (size_t i = 0; i < count; i++) {
            if (!means(&leaves[i], found.list[i]))
                ck_abort_msg("%s: leaf %zu", line.data, i);
        }
        compare_objects();
        compare_given_back(tree, line.data);
        json_decref(tree);
        free(copy);
    }
    ap_buf_free(&line);
    finish();
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("rules_event_random");
    TCase *tc = tcase_create("core");
    SRunner *runner = srunner_create(suite);
    int failed;

    tcase_set_timeout(tc, 60);
    tcase_add_test(tc, agrees_with_jansson);
    suite_add_tcase(suite, tc);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
