#include "event_internal.h"

/* The leaves under an object, and its compact text after them. Kept for the next test that looks into the same. */
static bool look(struct ap_event *event, const struct ap_event_value *object)
{
    const char *start = event->start, *end = event->end;
    struct ap_event_value compact;
    bool done;

    ap_arena_reset(&event->look_memory);
    event->memory = &event->look_memory;
    event->inside.count = 0;
    event->start = object->text;
    event->end = object->text + object->len;
    done = event->walk(event, object->text, 0, NULL, &event->inside) != NULL &&
           ap_event_compact(event, object, &compact) &&
           ap_event_leaf(event, &event->inside, AP_VALUE_OBJECT, compact.text, compact.len);
    event->start = start;
    event->end = end;
    event->memory = &event->read_memory;
    return done;
}

enum ap_status ap_event_look_into(struct ap_event *event, const struct ap_event_value *object, ap_value_fn *fn,
                                  void *context, bool *stopped, struct ap_error *err)
{
    *stopped = false;
    if (event->looked.text != object->text || event->looked.len != object->len) {
        event->looked.text = NULL;
        if (!look(event, object)) {
            if (event->no_memory)
                return ap_fail_memory(err, "the values of an object");
            return ap_fail(err, AP_ELIMIT, "%s", event->fault);
        }
        event->looked = *object;
    }
    for (uint32_t i = 0; i < event->inside.count && !*stopped; i++)
        *stopped = fn(context, &event->inside.list[i]);
    return AP_OK;
}
