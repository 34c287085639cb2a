/* What becomes of the values that a walk meets. */
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

static bool grow(struct ap_event *event, struct ap_value_list *list, const char *at)
{
    uint32_t cap = list->cap == 0 ? 64 : 2 * list->cap;
    struct ap_event_value *grown;

    if (cap > AP_EVENT_VALUES_MAX) {
        (void)ap_event_fault(event, at, "more values that rules look at than one event may have (1048576)");
        return false;
    }
    grown = realloc(list->list, cap * sizeof *grown);
    if (grown == NULL)
        return no_memory(event);
    list->list = grown;
    list->cap = cap;
    return true;
}

static inline bool append(struct ap_event *event, struct ap_value_list *list, uint32_t field, enum ap_value_kind kind,
                          const char *text, size_t len)
{
    struct ap_event_value *value;

    if (list->count == list->cap && !grow(event, list, text))
        return false;
    value = &list->list[list->count++];
    value->kind = kind;
    value->truth = kind == AP_VALUE_BOOL && text[0] == 't';
    value->field = field;
    value->next = AP_NO_VALUE;
    value->text = text;
    value->len = len;
    return true;
}

/* Hang a value on its field, behind those that the field has. */
static inline void link_value(struct ap_event *event, uint32_t field, uint32_t index)
{
    if (event->first[field] == AP_NO_VALUE) {
        event->first[field] = index;
        event->present[event->present_count++] = field;
    } else {
        event->values.list[event->last[field]].next = index;
    }
    event->last[field] = index;
}

bool ap_event_add(struct ap_event *event, uint32_t field, enum ap_value_kind kind, const char *text, size_t len)
{
    if (!append(event, &event->values, field, kind, text, len))
        return false;
    link_value(event, field, event->values.count - 1);
    return true;
}

/* A value that the line has. */
static bool keep(struct ap_event *event, const struct ap_field_node *node, enum ap_value_kind kind, const char *text,
                 size_t len)
{
    return (node->dotted && event->literal[node->field]) || ap_event_add(event, node->field, kind, text, len);
}

bool ap_event_leaf(struct ap_event *event, struct ap_value_list *leaves, enum ap_value_kind kind, const char *text,
                   size_t len)
{
    return append(event, leaves, AP_NO_VALUE, kind, text, len);
}

bool ap_event_take(struct ap_event *event, const struct ap_field_node *node, struct ap_value_list *leaves,
                   enum ap_value_kind kind, const char *text, size_t len)
{
    if (leaves != NULL && kind != AP_VALUE_NULL && !ap_event_leaf(event, leaves, kind, text, len))
        return false;
    return node == NULL || node->field == AP_NO_VALUE || keep(event, node, kind, text, len);
}

bool ap_event_take_escaped(struct ap_event *event, const struct ap_field_node *node, struct ap_value_list *leaves,
                           const char *text, size_t len)
{
    size_t plain_len;
    const char *plain = ap_event_unescape(event, text, len, &plain_len);

    return plain != NULL && ap_event_take(event, node, leaves, AP_VALUE_STRING, plain, plain_len);
}

/* The frame's mark is the object's value, or how many values there were before the array. */
bool ap_event_open(struct ap_event *event, struct ap_frame *frame, bool in_same_array, const char *at)
{
    uint32_t before = event->values.count;

    if (frame->close == ']') {
        frame->mark = in_same_array ? NO_MARK : before;
        return true;
    }
    if (!keep(event, frame->node, AP_VALUE_OBJECT, at, 0))
        return false;
    frame->mark = event->values.count > before ? before : NO_MARK;
    return true;
}

bool ap_event_shut(struct ap_event *event, const struct ap_frame *frame, const char *end)
{
    struct ap_event_value *object;

    if (frame->mark == NO_MARK)
        return true;
    if (frame->close == ']')
        return event->values.count > frame->mark || keep(event, frame->node, AP_VALUE_EMPTY, "", 0);
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
        values->list[kept].next = AP_NO_VALUE;
        link_value(event, values->list[i].field, kept++);
    }
    values->count = kept;
    return true;
}

bool ap_event_former(struct ap_event *event, const char *start, const char *end)
{
    size_t cap = event->former_cap == 0 ? 4 : 2 * event->former_cap;
    struct ap_event_part *grown;

    if (event->former_count == event->former_cap) {
        grown = realloc(event->former, cap * sizeof *grown);
        if (grown == NULL)
            return no_memory(event);
        event->former = grown;
        event->former_cap = cap;
    }
    event->former[event->former_count++] = (struct ap_event_part){start, end};
    return true;
}
