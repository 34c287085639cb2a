/* What the tests of the event reader share: reading a line either way, and the values of a field as text. */
#ifndef TESTS_UNIT_RULES_EVENT_H
#define TESTS_UNIT_RULES_EVENT_H

#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "rules/event_internal.h"

static struct ap_fields *fields;
static struct ap_event *event;
static struct ap_error err;
static char *copy; /* the line, without a byte to spare: sanitizers see what reads past it */

/* Both ways; each test of this file runs once with each (loop tests). */
static ap_walk_fn *const ways[] = {
    ap_event_walk_words,
#ifdef __SSE2__
    ap_event_walk_vectors,
#endif
};
enum { WAYS = sizeof ways / sizeof ways[0] };

static inline void begin(const char *const *names, size_t count, bool leaves, int way)
{
    uint32_t id;

    ck_assert_int_eq(ap_fields_new(&fields, &err), AP_OK);
    for (size_t i = 0; i < count; i++) {
        ck_assert_int_eq(ap_fields_add(fields, names[i], strlen(names[i]), &id, &err), AP_OK);
        ck_assert_uint_eq(id, i);
    }
    if (leaves)
        ap_fields_want_leaves(fields);
    ck_assert_int_eq(ap_fields_seal(fields, &err), AP_OK);
    ck_assert_int_eq(ap_event_new(&event, fields, &err), AP_OK);
    event->walk = ways[way];
}

static inline void finish(void)
{
    ap_event_free(event);
    ap_fields_free(fields);
    free(copy);
    copy = NULL;
}

static inline enum ap_status read_bytes(const char *line, size_t len, size_t *at)
{
    free(copy);
    copy = malloc(len > 0 ? len : 1);
    ck_assert_ptr_nonnull(copy);
    memcpy(copy, line, len);
    return ap_event_read(event, copy, len, at, &err);
}

static inline void describe(struct ap_buf *out, const struct ap_event_value *v)
{
    static const char kinds[] = "snbzoe";

    ap_buf_addf(out, "%s%c:", out->len > 0 ? "|" : "", kinds[v->kind]);
    ap_buf_add(out, v->text, v->len);
    if (v->kind == AP_VALUE_BOOL)
        ck_assert_int_eq(v->truth, v->text[0] == 't');
}

/* The values of one field as text: s:string, n:number, b:Boolean, z:null, o:object, e: for an empty array; "-": absent.
 */
static inline const char *values_of(uint32_t field)
{
    static struct ap_buf out;
    const struct ap_event_value *all;
    uint32_t i = ap_event_first(event, field), before = 0;
    size_t count;

    ap_buf_clear(&out);
    all = ap_event_values(event, &count);
    if (i == AP_NO_VALUE)
        return "-";
    for (; i != AP_NO_VALUE; i = all[i].next) {
        ck_assert_uint_lt(i, count);
        ck_assert_uint_eq(all[i].field, field);
        ck_assert_uint_ge(i, before); /* in the order of the line */
        before = i;
        describe(&out, &all[i]);
    }
    return ap_buf_str(&out);
}

/* One line against what the fields should have, in the order of their names. */
static inline void expect(const char *line, const char *const *want, size_t count)
{
    size_t at, present, absent = 0;
    enum ap_status status = read_bytes(line, strlen(line), &at);

    ck_assert_msg(status == AP_OK, "%s: %s", line, err.message);
    for (uint32_t i = 0; i < count; i++) {
        const char *got = values_of(i);

        ck_assert_msg(strcmp(got, want[i]) == 0, "%s: %s is %s, not %s", line, ap_fields_name(fields, i), got, want[i]);
        absent += strcmp(want[i], "-") == 0;
    }
    (void)ap_event_present(event, &present);
    ck_assert_uint_eq(present, count - absent);
}

#define EXPECT(line, ...)                                                                                              \
    expect(line, (const char *const[]){__VA_ARGS__}, sizeof((const char *const[]){__VA_ARGS__}) / sizeof(char *))

#endif
