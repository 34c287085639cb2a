/* Random events, and reading a line both ways, which must agree. */
#ifndef TESTS_UNIT_RANDOM_EVENTS_H
#define TESTS_UNIT_RANDOM_EVENTS_H

#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "rules/event_internal.h"

static const char *const names[] = {"a", "b", "a.b", "a.b.c", "b.a", "c", "c.c.c", "a longer name", "a longer name.b"};
enum { NAMES = sizeof names / sizeof names[0], WAYS = 2 };

static struct ap_fields *fields;
static struct ap_event *events[WAYS];
static struct ap_error err;

static inline void begin(void)
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

static inline void finish(void)
{
    for (size_t i = 0; i < WAYS; i++)
        ap_event_free(events[i]);
    ap_fields_free(fields);
}

static inline bool same_value(const struct ap_event_value *a, const struct ap_event_value *b)
{
    return a->kind == b->kind && a->truth == b->truth && a->field == b->field && a->next == b->next &&
           a->len == b->len && memcmp(a->text, b->text, a->len) == 0;
}

static inline bool same_values(const struct ap_event_value *a, size_t a_count, const struct ap_event_value *b,
                               size_t b_count)
{
    for (size_t i = 0; i < a_count && i < b_count; i++) {
        if (!same_value(&a[i], &b[i]))
            return false;
    }
    return a_count == b_count;
}

/* Both ways over a copy without a byte to spare, which the caller frees. */
static inline enum ap_status read_both(const char *line, size_t len, size_t *at, char **copy)
{
    enum ap_status status[WAYS];
    size_t ats[WAYS] = {0, 0}, count[WAYS], leaf_count[WAYS];
    const struct ap_event_value *values[WAYS], *leaves[WAYS];

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

static uint64_t state = 88172645463325252U;

static inline size_t below(size_t bound)
{
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    return (size_t)(state % bound);
}

static inline void put_one_of(struct ap_buf *out, const char *const *texts, size_t count)
{
    ap_buf_adds(out, texts[below(count)]);
}
#define PUT_ONE_OF(out, ...)                                                                                           \
    put_one_of(out, (const char *const[]){__VA_ARGS__}, sizeof((const char *const[]){__VA_ARGS__}) / sizeof(char *))

static inline void put_space(struct ap_buf *out)
{
    if (below(6) == 0)
        PUT_ONE_OF(out, " ", "  ", "\t", "\r", " \n ");
}

static inline void put_string(struct ap_buf *out)
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

static inline void put_value(struct ap_buf *out, size_t depth);

/* Members are of different names, for jansson keeps one of those that are the same. */
static inline void put_object(struct ap_buf *out, size_t depth)
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

static inline void put_array(struct ap_buf *out, size_t depth)
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

static inline void put_value(struct ap_buf *out, size_t depth)
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

#endif
