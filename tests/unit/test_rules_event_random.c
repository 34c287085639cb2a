/*
 * The event reader against others: the vectors of JSONTestSuite; random events against jansson, field by field; and the
 * same events with bytes changed against the library's own checker of JSON. Both ways through a line must agree in all.
 */
#include <check.h>
#include <dirent.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "auditproof/json_read.h"
#include "rules/event_internal.h"

static const char *const names[] = {"a", "b", "a.b", "a.b.c", "b.a", "c", "c.c.c", "a longer name", "a longer name.b"};
enum { NAMES = sizeof names / sizeof names[0], WAYS = 2, EVENTS = 4000, CHANGES = 20000 };

static struct ap_fields *fields;
static struct ap_event *events[WAYS];
static struct ap_error err;

static void begin(void)
{
    uint32_t id;

    ck_assert_int_eq(ap_fields_new(&fields, &err), AP_OK);
    for (size_t i = 0; i < NAMES; i++)
        ck_assert_int_eq(ap_fields_add(fields, names[i], strlen(names[i]), &id, &err), AP_OK);
    ap_fields_want_leaves(fields);
    ck_assert_int_eq(ap_fields_seal(fields, &err), AP_OK);
    for (size_t i = 0; i < WAYS; i++)
        ck_assert_int_eq(ap_event_new(&events[i], fields, &err), AP_OK);
    events[1]->walk = ap_event_walk_words;
}

static void finish(void)
{
    for (size_t i = 0; i < WAYS; i++)
        ap_event_free(events[i]);
    ap_fields_free(fields);
}

static bool same_value(const struct ap_value *a, const struct ap_value *b)
{
    return a->kind == b->kind && a->truth == b->truth && a->field == b->field && a->next == b->next &&
           a->len == b->len && memcmp(a->text, b->text, a->len) == 0;
}

static bool same_values(const struct ap_value *a, size_t a_count, const struct ap_value *b, size_t b_count)
{
    for (size_t i = 0; i < a_count && i < b_count; i++) {
        if (!same_value(&a[i], &b[i]))
            return false;
    }
    return a_count == b_count;
}

/* Both ways over a copy without a byte to spare, which the caller frees. */
static enum ap_status read_both(const char *line, size_t len, size_t *at, char **copy)
{
    enum ap_status status[WAYS];
    size_t ats[WAYS] = {0, 0}, count[WAYS], leaf_count[WAYS];
    const struct ap_value *values[WAYS], *leaves[WAYS];

    *copy = malloc(len > 0 ? len : 1);
    if (*copy == NULL)
        ck_abort_msg("out of memory");
    memcpy(*copy, line, len);
    for (size_t i = 0; i < WAYS; i++) {
        status[i] = ap_event_read(events[i], *copy, len, &ats[i], &err);
        values[i] = ap_event_values(events[i], &count[i]);
        leaves[i] = ap_event_leaves(events[i], &leaf_count[i]);
    }
    *at = ats[0];
    if (status[0] != status[1] || ats[0] != ats[1] || ats[0] > len)
        ck_abort_msg("%.*s: %d at %zu by vectors, %d at %zu by words", (int)len, line, status[0], ats[0], status[1],
                     ats[1]);
    if (status[0] == AP_OK && (!same_values(values[0], count[0], values[1], count[1]) ||
                               !same_values(leaves[0], leaf_count[0], leaves[1], leaf_count[1])))
        ck_abort_msg("%.*s: the two ways found different values", (int)len, line);
    return status[0];
}

/* Those that a parser may take or refuse: what is no UTF-8 is refused, and nothing else. */
static bool refused_by_choice(const char *name)
{
    static const char *const refused[] = {
        "i_string_UTF-16LE_with_BOM.json",
        "i_string_UTF-8_invalid_sequence.json",
        "i_string_UTF8_surrogate_U+D800.json",
        "i_string_invalid_utf-8.json",
        "i_string_iso_latin_1.json",
        "i_string_lone_utf8_continuation_byte.json",
        "i_string_not_in_unicode_range.json",
        "i_string_overlong_sequence_2_bytes.json",
        "i_string_overlong_sequence_6_bytes.json",
        "i_string_overlong_sequence_6_bytes_null.json",
        "i_string_truncated-utf-8.json",
        "i_string_utf16BE_no_BOM.json",
        "i_string_utf16LE_no_BOM.json",
        "i_structure_UTF-8_BOM_empty_object.json",
    };

    for (size_t i = 0; i < sizeof refused / sizeof refused[0]; i++) {
        if (strcmp(name, refused[i]) == 0)
            return true;
    }
    return false;
}

static void run_vector(const char *directory, const char *name)
{
    static char line[1 << 20];
    char path[512], *copy;
    size_t len = 5, at;
    FILE *file;
    enum ap_status status, want;

    (void)snprintf(path, sizeof path, "%s/%s", directory, name);
    file = fopen(path, "rb");
    ck_assert_ptr_nonnull(file);
    memcpy(line, "{\"a\":", len);
    len += fread(line + len, 1, sizeof line - len - 1, file);
    ck_assert(feof(file));
    ck_assert_int_eq(fclose(file), 0);
    line[len++] = '}';
    want = name[0] == 'y' || (name[0] == 'i' && !refused_by_choice(name)) ? AP_OK : AP_EINPUT;
    status = read_both(line, len, &at, &copy);
    ck_assert_msg(status == want, "%s: %d at %zu", name, status, at);
    free(copy);
}

START_TEST(agrees_with_the_suite)
{
    static const char directory[] = "tests/vectors/nst-JSONTestSuite/test_parsing";
    DIR *dir = opendir(directory);
    const struct dirent *entry;
    size_t counts[256] = {0};

    ck_assert_ptr_nonnull(dir);
    begin();
    while ((entry = readdir(dir)) != NULL) {
        if (entry->d_name[0] == '.')
            continue;
        run_vector(directory, entry->d_name);
        counts[(unsigned char)entry->d_name[0]]++;
    }
    ck_assert_int_eq(closedir(dir), 0);
    ck_assert_uint_eq(counts['y'], 95);
    ck_assert_uint_eq(counts['n'], 188);
    ck_assert_uint_eq(counts['i'], 35);
    finish();
}
END_TEST

static uint64_t state = 88172645463325252U;

static size_t below(size_t bound)
{
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    return (size_t)(state % bound);
}

static void put_one_of(struct ap_buf *out, const char *const *texts, size_t count)
{
    ap_buf_adds(out, texts[below(count)]);
}
#define PUT_ONE_OF(out, ...)                                                                                           \
    put_one_of(out, (const char *const[]){__VA_ARGS__}, sizeof((const char *const[]){__VA_ARGS__}) / sizeof(char *))

static void put_space(struct ap_buf *out)
{
    if (below(6) == 0)
        PUT_ONE_OF(out, " ", "  ", "\t", "\r", " \n ");
}

static void put_string(struct ap_buf *out)
{
    ap_buf_addc(out, '"');
    for (size_t n = below(4) == 0 ? below(60) : below(6); n > 0; n--) {
        if (below(4) > 0)
            PUT_ONE_OF(out, "x", "y z", "{", "}", "[", "]", ",", ":", "/", "true", "0");
        else
            PUT_ONE_OF(out, "\\\"", "\\\\", "\\/", "\\n", "\\u0041", "\\u00e9", "\\u20AC", "\\ud83d\\ude00", "\\u0000",
                       "\xC3\xA9", "\xE2\x82\xAC", "\xF0\x9F\x98\x80", "\x7F");
    }
    ap_buf_addc(out, '"');
}

static void put_value(struct ap_buf *out, size_t depth);

/* Members are of different names, for jansson keeps one of those that are the same. */
static void put_object(struct ap_buf *out, size_t depth)
{
    static const char *const keys[] = {
        "a", "b", "c", "d", "\\u0061\\u0062", "a longer name", "a.b", "a longer name.b", "_auditproof", "", "another"};
    size_t count = sizeof keys / sizeof keys[0];
    const char *comma = "";

    ap_buf_addc(out, '{');
    put_space(out);
    for (size_t i = 0; i < count; i++) {
        if (below(3) > 0)
            continue;
        ap_buf_addf(out, "%s", comma);
        put_space(out);
        ap_buf_addf(out, "\"%s\"", keys[i]);
        put_space(out);
        ap_buf_addc(out, ':');
        put_space(out);
        put_value(out, depth + 1);
        put_space(out);
        comma = ",";
    }
    ap_buf_addc(out, '}');
}

static void put_array(struct ap_buf *out, size_t depth)
{
    ap_buf_addc(out, '[');
    put_space(out);
    for (size_t n = below(4); n > 0; n--) {
        put_value(out, depth + 1);
        put_space(out);
        if (n > 1)
            ap_buf_addc(out, ',');
        put_space(out);
    }
    ap_buf_addc(out, ']');
}

static void put_value(struct ap_buf *out, size_t depth)
{
    switch (below(depth > 6 ? 3 : 7)) {
    case 0:
        put_string(out);
        break;
    case 1:
        PUT_ONE_OF(out, "true", "false", "null");
        break;
    case 2:
        PUT_ONE_OF(out, "0", "-0", "1", "-12", "3.5", "1e3", "2.5E-3", "9223372036854775807", "0.1");
        break;
    case 3:
        put_array(out, depth);
        break;
    default:
        put_object(out, depth);
    }
}

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

static bool means(const struct ap_value *value, const json_t *want)
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
    const struct ap_value *values = ap_event_values(events[0], &count);
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

static bool gather(void *context, const struct ap_value *value)
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
    const struct ap_value *values = ap_event_values(events[0], &count);
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
        const struct ap_value *leaves;
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

/* The library's checker refuses two things more, which PostgreSQL cannot store. */
static bool would_be_taken(const char *line, size_t len)
{
    struct ap_json_span span;
    struct ap_error why;

    if (ap_json_check(line, len, &span, NULL, &why) == AP_OK)
        return span.kind == AP_JSON_OBJECT;
    return false;
}

START_TEST(agrees_with_the_checker)
{
    struct ap_buf line = AP_BUF_INIT;
    size_t taken = 0;

    begin();
    for (size_t n = 0; n < CHANGES; n++) {
        char *copy;
        size_t at, len;
        bool read;

        ap_buf_clear(&line);
        put_object(&line, 4);
        for (size_t changes = 1 + below(2); changes > 0; changes--)
            line.data[below(line.len)] = "{}[]\",:\\u0-1.eEtfn x\x80\xC3\xFF\x01"[below(24)];
        len = below(4) == 0 ? below(line.len) : line.len;
        /* Not what the two differ in. */
        if (memmem(line.data, len, "\\u0000", 6) != NULL || memmem(line.data, len, "\\uD", 3) != NULL ||
            memmem(line.data, len, "\\ud", 3) != NULL)
            continue;
        read = read_both(line.data, len, &at, &copy) == AP_OK;
        if (read != would_be_taken(copy, len))
            ck_abort_msg("%.*s: %s, at %zu", (int)len, line.data, read ? "taken" : "refused", at);
        taken += read;
        free(copy);
    }
    ck_assert_uint_gt(taken, CHANGES / 50);
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
    tcase_add_test(tc, agrees_with_the_suite);
    tcase_add_test(tc, agrees_with_jansson);
    tcase_add_test(tc, agrees_with_the_checker);
    suite_add_tcase(suite, tc);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
