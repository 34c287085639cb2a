#include "event_internal.h"

#include <stdlib.h>

enum ap_status ap_event_new(struct ap_event **out, const struct ap_fields *fields, struct ap_error *err)
{
    struct ap_event *event = calloc(1, sizeof *event);
    size_t room = fields->count + 1; /* none of these allocations is of nothing */

    if (event == NULL)
        return ap_fail_memory(err, "an event");
    ap_arena_init(&event->read_memory, 0);
    ap_arena_init(&event->look_memory, 0);
    event->memory = &event->read_memory;
    event->fields = fields;
#ifdef __SSE2__
    event->walk = ap_event_walk_vectors;
#else
    event->walk = ap_event_walk_words;
#endif
    event->first = malloc(room * sizeof *event->first);
    event->last = malloc(room * sizeof *event->last);
    event->present = malloc(room * sizeof *event->present);
    event->literal = calloc(room, sizeof *event->literal);
    if (event->first == NULL || event->last == NULL || event->present == NULL || event->literal == NULL) {
        ap_event_free(event);
        return ap_fail_memory(err, "an event");
    }
    for (size_t i = 0; i < room; i++)
        event->first[i] = AP_NO_VALUE;
    *out = event;
    return AP_OK;
}

void ap_event_free(struct ap_event *event)
{
    if (event == NULL)
        return;
    ap_arena_free(&event->read_memory);
    ap_arena_free(&event->look_memory);
    free(event->values.list);
    free(event->leaves.list);
    free(event->inside.list);
    free(event->first);
    free(event->last);
    free(event->present);
    free(event->literal);
    free(event->former);
    free(event);
}

static void reset(struct ap_event *event)
{
    for (size_t i = 0; i < event->present_count; i++) {
        event->first[event->present[i]] = AP_NO_VALUE;
        event->literal[event->present[i]] = false;
    }
    /* A name may have been met whose value did not come. */
    if (event->fault != NULL)
        memset(event->literal, 0, event->fields->count);
    event->present_count = 0;
    event->values.count = 0;
    event->leaves.count = 0;
    event->former_count = 0;
    event->looked.text = NULL;
    event->fault = NULL;
    event->no_memory = false;
    ap_arena_reset(&event->read_memory);
}

static bool is_space(char c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

/* From the first byte that is no space to the last; false unless these are brackets of an object. */
static bool find_brackets(struct ap_event *event, const char *line, size_t len)
{
    const char *p = line, *end = line + len;

    while (p < end && is_space(*p))
        p++;
    while (end > p && is_space(end[-1]))
        end--;
    event->start = line;
    event->end = end;
    event->object = p;
    event->close = end - 1;
    if (p == end)
        (void)ap_event_fault(event, p, "nothing where an object should be");
    else if (*p != '{')
        (void)ap_event_fault(event, p, "not a JSON object");
    else if (end[-1] != '}') /* which everything after this relies on */
        (void)ap_event_fault(event, end, "the line does not end with the object's closing bracket");
    return event->fault == NULL;
}

enum ap_status ap_event_read(struct ap_event *event, const char *line, size_t len, size_t *at, struct ap_error *err)
{
    const char *end;

    reset(event);
    if (find_brackets(event, line, len)) {
        end = event->walk(event, event->object, 0, event->fields->nodes, event->fields->leaves ? &event->leaves : NULL);
        if (end != NULL && end != event->end)
            (void)ap_event_fault(event, end, "something follows the object");
    }
    if (event->fault == NULL)
        return AP_OK;
    if (event->no_memory)
        return ap_fail_memory(err, "an event's values");
    *at = (size_t)(event->fault_at - line);
    return ap_fail(err, AP_EINPUT, "%s", event->fault);
}

const struct ap_event_value *ap_event_values(const struct ap_event *event, size_t *count)
{
    *count = event->values.count;
    return event->values.list;
}

uint32_t ap_event_first(const struct ap_event *event, uint32_t field)
{
    return event->first[field];
}

const uint32_t *ap_event_present(const struct ap_event *event, size_t *count)
{
    *count = event->present_count;
    return event->present;
}

const struct ap_event_value *ap_event_leaves(const struct ap_event *event, size_t *count)
{
    *count = event->leaves.count;
    return event->leaves.list;
}

enum ap_status ap_event_put(struct ap_event *event, uint32_t field, enum ap_value_kind kind, const char *text,
                            size_t len, bool truth, struct ap_error *err)
{
    if (ap_event_add(event, field, kind, text, len)) {
        event->values.list[event->values.count - 1].truth = truth;
        return AP_OK;
    }
    if (event->no_memory)
        return ap_fail_memory(err, "an event's values");
    return ap_fail(err, AP_ELIMIT, "%s", event->fault);
}
