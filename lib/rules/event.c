#include "event_internal.h"

#include <stdlib.h>

#define NO_MARK UINT32_MAX

const char *ap_event_fault(struct ap_event *event, const char *at, const char *message)
{
    if (event->fault == NULL) {
        event->fault = message;
        event->fault_at = at;
    }
    return NULL;
}

static bool no_memory(struct ap_event *event)
{
    event->no_memory = true;
    (void)ap_event_fault(event, event->start, "out of memory");
    return false;
}

bool ap_event_append(struct ap_event *event, struct ap_value_list *list, const struct ap_value *value)
{
    uint32_t cap = list->cap == 0 ? 64 : 2 * list->cap;
    struct ap_value *grown;

    if (list->count == list->cap) {
        if (cap > AP_EVENT_VALUES_MAX) {
            (void)ap_event_fault(event, value->text,
                                 "more values that rules look at than one event may have (1048576)");
            return false;
        }
        grown = realloc(list->list, cap * sizeof *grown);
        if (grown == NULL)
            return no_memory(event);
        list->list = grown;
        list->cap = cap;
    }
    list->list[list->count++] = *value;
    return true;
}

/* Hang the last value of the list on its field. */
static void link_value(struct ap_event *event, uint32_t index)
{
    uint32_t field = event->values.list[index].field;

    event->values.list[index].next = AP_NO_VALUE;
    if (event->first[field] == AP_NO_VALUE) {
        event->first[field] = index;
        event->present[event->present_count++] = field;
    } else {
        event->values.list[event->last[field]].next = index;
    }
    event->last[field] = index;
}

static bool add(struct ap_event *event, uint32_t field, const struct ap_value *value)
{
    if (!ap_event_append(event, &event->values, value))
        return false;
    event->values.list[event->values.count - 1].field = field;
    link_value(event, event->values.count - 1);
    return true;
}

bool ap_event_keep(struct ap_event *event, const struct ap_field_node *node, const struct ap_value *value)
{
    return (node->dotted && event->literal[node->field]) || add(event, node->field, value);
}

bool ap_event_leaf(struct ap_event *event, struct ap_value_list *leaves, const struct ap_value *value)
{
    if (!ap_event_append(event, leaves, value))
        return false;
    leaves->list[leaves->count - 1].field = AP_NO_VALUE;
    leaves->list[leaves->count - 1].next = AP_NO_VALUE;
    return true;
}

/* The frame's mark is the object's value, or how many values there were before the array. */
bool ap_event_open(struct ap_event *event, struct ap_frame *frame, bool in_same_array, const char *at)
{
    struct ap_value value = {.kind = AP_VALUE_OBJECT, .text = at};
    uint32_t before = event->values.count;

    if (frame->close == ']') {
        frame->mark = in_same_array ? NO_MARK : before;
        return true;
    }
    if (!ap_event_keep(event, frame->node, &value))
        return false;
    frame->mark = event->values.count > before ? before : NO_MARK;
    return true;
}

bool ap_event_shut(struct ap_event *event, const struct ap_frame *frame, const char *end)
{
    struct ap_value empty = {.kind = AP_VALUE_EMPTY, .text = ""};
    struct ap_value *object;

    if (frame->mark == NO_MARK)
        return true;
    if (frame->close == ']')
        return event->values.count > frame->mark || ap_event_keep(event, frame->node, &empty);
    object = &event->values.list[frame->mark];
    object->len = (size_t)(end - object->text);
    return true;
}

/* A dotted name stands at the top as it is: values that its path has given are forgotten, and it gives no more. */
bool ap_event_literal(struct ap_event *event, uint32_t field)
{
    struct ap_value_list *values = &event->values;
    uint32_t kept = 0;

    if (event->literal[field])
        return true;
    event->literal[field] = true;
    if (event->first[field] == AP_NO_VALUE)
        return true;
    for (size_t i = 0; i < event->present_count; i++)
        event->first[event->present[i]] = AP_NO_VALUE;
    event->present_count = 0;
    for (uint32_t i = 0; i < values->count; i++) {
        if (values->list[i].field == field)
            continue;
        values->list[kept] = values->list[i];
        link_value(event, kept++);
    }
    values->count = kept;
    return true;
}

bool ap_event_former(struct ap_event *event, const char *start, const char *end)
{
    size_t cap = event->former_cap == 0 ? 4 : 2 * event->former_cap;
    struct ap_span *grown;

    if (event->former_count == event->former_cap) {
        grown = realloc(event->former, cap * sizeof *grown);
        if (grown == NULL)
            return no_memory(event);
        event->former = grown;
        event->former_cap = cap;
    }
    event->former[event->former_count++] = (struct ap_span){start, end};
    return true;
}

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

const struct ap_value *ap_event_values(const struct ap_event *event, size_t *count)
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

const struct ap_value *ap_event_leaves(const struct ap_event *event, size_t *count)
{
    *count = event->leaves.count;
    return event->leaves.list;
}

enum ap_status ap_event_put(struct ap_event *event, uint32_t field, enum ap_value_kind kind, const char *text,
                            size_t len, bool truth, struct ap_error *err)
{
    struct ap_value value = {.kind = kind, .truth = truth, .text = text, .len = len};

    if (add(event, field, &value))
        return AP_OK;
    if (event->no_memory)
        return ap_fail_memory(err, "an event's values");
    return ap_fail(err, AP_ELIMIT, "%s", event->fault);
}
