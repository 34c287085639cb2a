/*
 * An arbitrary line: both ways through it agree; it is refused with a place inside it, or its values lie in order, are
 * UTF-8, and what is given back can be added to. The checker of JSON takes what was taken, but for what PostgreSQL
 * cannot store and deeper nesting.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "auditproof/json_read.h"
#include "auditproof/utf8.h"
#include "rules/event_internal.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct ap_event *events[2];
static struct ap_fields *fields;

static void require(bool holds)
{
    if (!holds)
        abort();
}

static void prepare(void)
{
    static const char *const names[] = {"a", "a.b", "a.b.c", "userIdentity.sessionContext", "eventName"};
    struct ap_error err;
    uint32_t id;

    require(ap_fields_new(&fields, &err) == AP_OK);
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        require(ap_fields_add(fields, names[i], strlen(names[i]), &id, &err) == AP_OK);
    ap_fields_want_leaves(fields);
    require(ap_fields_seal(fields, &err) == AP_OK);
    for (int i = 0; i < 2; i++)
        require(ap_event_new(&events[i], fields, &err) == AP_OK);
    events[1]->walk = ap_event_walk_words;
}

static bool check_text(void *context, const struct ap_event_value *value)
{
    (void)context;
    require(ap_utf8_valid(value->text, value->len) == value->len);
    return false;
}

static void check_list(const struct ap_event_value *a, const struct ap_event_value *b, size_t count)
{
    struct ap_number number;
    int64_t time_us;

    for (size_t i = 0; i < count; i++) {
        require(a[i].kind == b[i].kind && a[i].truth == b[i].truth && a[i].field == b[i].field &&
                a[i].next == b[i].next && a[i].len == b[i].len && memcmp(a[i].text, b[i].text, a[i].len) == 0);
        require(a[i].next == AP_NO_VALUE || (a[i].next > i && a[i].next < count));
        (void)check_text(NULL, &a[i]);
        (void)ap_event_time(&time_us, &a[i]);
        require(a[i].kind != AP_VALUE_NUMBER || ap_number_parse(&number, a[i].text, a[i].len));
    }
}

static void check_given_back(void)
{
    struct ap_buf out = AP_BUF_INIT;
    struct ap_error err;
    size_t at;

    ap_event_begin(events[0], &out);
    ap_buf_adds(&out, "\"_auditproof\":{}}");
    require(ap_event_read(events[1], out.data, out.len, &at, &err) == AP_OK);
    ap_buf_free(&out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const char *line = (const char *)data;
    const struct ap_event_value *values[2], *leaves[2];
    size_t at[2] = {0, 0}, count[2], leaf_count[2];
    enum ap_status status[2];
    struct ap_json_span span;
    struct ap_error err;
    bool stopped;

    if (fields == NULL)
        prepare();
    for (int i = 0; i < 2; i++) {
        status[i] = ap_event_read(events[i], line, size, &at[i], &err);
        values[i] = ap_event_values(events[i], &count[i]);
        leaves[i] = ap_event_leaves(events[i], &leaf_count[i]);
    }
    require(status[0] == status[1] && at[0] == at[1] && at[0] <= size);
    if (status[0] != AP_OK) {
        require(ap_json_check(line, size, &span, NULL, &err) != AP_OK || span.kind != AP_JSON_OBJECT);
        return 0;
    }
    require(count[0] == count[1] && leaf_count[0] == leaf_count[1]);
    check_list(values[0], values[1], count[0]);
    check_list(leaves[0], leaves[1], leaf_count[0]);
    for (size_t i = 0; i < count[0]; i++) {
        if (values[0][i].kind == AP_VALUE_OBJECT)
            require(ap_event_look_into(events[0], &values[0][i], check_text, NULL, &stopped, &err) == AP_OK);
    }
    check_given_back();
    return 0;
}
