/* What the parts of the event reader share. */
#ifndef AUDITPROOF_RULES_EVENT_INTERNAL_H
#define AUDITPROOF_RULES_EVENT_INTERNAL_H

#include "event_fields.h"

/* Values of one event; a line that has more is refused. */
enum { AP_EVENT_VALUES_MAX = 1 << 20 };

struct ap_value_list {
    struct ap_event_value *list; /* owned */
    uint32_t count, cap;
};

/* An array or object that is open. */
struct ap_frame {
    const struct ap_field_node *node; /* of its member, or NULL */
    uint32_t mark;                    /* what ap_event_shut needs to know */
    char close;                       /* '}' or ']' */
};

struct ap_event_part {
    const char *start, *end;
};

struct ap_event;

/*
 * Check one value at p and return where it ends, or NULL after a fault. What lies under node becomes values, and leaves
 * are added to a list; either may be NULL. depth: arrays and objects that it is in.
 */
typedef const char *ap_walk_fn(struct ap_event *event, const char *p, size_t depth, const struct ap_field_node *node,
                               struct ap_value_list *leaves);

struct ap_event {
    const struct ap_fields *fields;
    ap_walk_fn *walk;
    const char *start, *end;    /* what may be read; the last byte is the closing bracket of what is walked */
    const char *object, *close; /* the brackets of the event's object */
    struct ap_value_list values, leaves;
    uint32_t *first, *last; /* values of each field */
    uint32_t *present;
    size_t present_count;
    bool *literal; /* fields whose name stands at the top as it is: paths give them no more values */
    struct ap_arena read_memory, look_memory; /* texts that differ from the line's: of values, of what is in one */
    struct ap_arena *memory;                  /* that of what is going on */
    struct ap_event_part *former; /* members named AP_EVENT_MEMBER, from the name's quote to the value's end */
    size_t former_count, former_cap;
    const char *fault, *fault_at; /* fault NULL: none */
    bool no_memory;
    struct ap_event_value looked; /* the object that the list below was made from; text NULL for none */
    struct ap_value_list inside;
    struct ap_frame frames[AP_EVENT_DEPTH_MAX + 1];
};

/* The two ways to go through a line: by vectors of sixteen bytes where the machine has them, and by words of eight. */
ap_walk_fn ap_event_walk_words;
#ifdef __SSE2__
ap_walk_fn ap_event_walk_vectors;
#endif

/* Stop with a message: NULL, for the walker to return. */
const char *ap_event_fault(struct ap_event *event, const char *at, const char *message);

/*
 * What a walk meets; false after a fault. A value other than an array or object goes to its field and to the leaves, as
 * far as there are such; text is that of a string without its quotes, and borrowed.
 */
bool ap_event_take(struct ap_event *event, const struct ap_field_node *node, struct ap_value_list *leaves,
                   enum ap_value_kind kind, const char *text, size_t len);
bool ap_event_take_escaped(struct ap_event *event, const struct ap_field_node *node, struct ap_value_list *leaves,
                           const char *text, size_t len);
bool ap_event_open(struct ap_event *event, struct ap_frame *frame, bool in_same_array, const char *at);
bool ap_event_shut(struct ap_event *event, const struct ap_frame *frame, const char *end);
bool ap_event_former(struct ap_event *event, const char *start, const char *end);
bool ap_event_literal(struct ap_event *event, uint32_t field);

/* An object's value with the text that it has without white space, in the event's memory; false with a fault. */
bool ap_event_compact(struct ap_event *event, const struct ap_event_value *object, struct ap_event_value *compact);

/* Append to the values, and to a list of leaves; false, with a fault, when it is full. */
bool ap_event_add(struct ap_event *event, uint32_t field, enum ap_value_kind kind, const char *text, size_t len);
bool ap_event_leaf(struct ap_event *event, struct ap_value_list *leaves, enum ap_value_kind kind, const char *text,
                   size_t len);

/* A string of len bytes, which was checked, with its escapes resolved, in the event's memory; NULL with a fault. */
const char *ap_event_unescape(struct ap_event *event, const char *text, size_t len, size_t *out_len);

#endif
