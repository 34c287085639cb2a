#include "event_internal.h"

#include "auditproof/bytes.h"
#include "auditproof/utf8.h"
#include "event_scan.h"

/* The state of a walk that is not a position: small enough for registers, as everything below is inlined into one. */
struct walk {
    struct ap_event *event;
    struct ap_frame *base, *top;      /* frames above base are open */
    const struct ap_field_node *node; /* of the value that comes next */
    struct ap_value_list *leaves;
    bool wanted; /* somebody wants the next value, if it is no array or object */
    bool words;  /* constant in each of the two walkers */
};

/* p is on a backslash; returns what follows the escape, or NULL. Half a surrogate pair is legal JSON. */
static const char *skip_escape(struct ap_event *event, const char *p)
{
    const char *at = p++;

    if (p < event->end && *p != '\0' && strchr("\"\\/bfnrt", *p) != NULL)
        return p + 1;
    if (p == event->end || *p != 'u')
        return ap_event_fault(event, at, "a backslash that starts no JSON escape");
    for (int i = 1; i <= 4; i++) {
        if (p + i >= event->end || ap_hex_digit(p[i]) < 0)
            return ap_event_fault(event, at, "\\u without four hexadecimal digits");
    }
    return p + 5;
}

/* Characters beyond ASCII. */
static const char *skip_characters(struct ap_event *event, const char *p)
{
    size_t n;

    do {
        n = ap_utf8_char(p, (size_t)(event->end - p));
        if (n == 0)
            return ap_event_fault(event, p, "bytes that are not UTF-8");
        p += n;
    } while (p < event->end && (unsigned char)*p >= 0x80);
    return p;
}

/* p is on what is not plain in a string, and is not its end; returns the first thing after it. */
static __attribute__((noinline)) const char *skip_special(struct ap_event *event, const char *p)
{
    if (p == event->end)
        return ap_event_fault(event, p, "a string that does not end");
    if (*p == '\\')
        return skip_escape(event, p);
    if ((unsigned char)*p >= 0x80)
        return skip_characters(event, p);
    return ap_event_fault(event, p, "an unescaped control character in a string");
}

static AP_ALWAYS_INLINE const char *skip_plain(const struct walk *w, const char *p)
{
#ifdef __SSE2__
    if (!w->words)
        return ap_plain_vectors(p, w->event->start, w->event->end);
#endif
    return ap_plain_words(p, w->event->end);
}

/* The closing quote of the string whose first byte is p, or NULL. */
static AP_ALWAYS_INLINE const char *skip_string(const struct walk *w, const char *p, bool *escaped)
{
    *escaped = false;
    for (;;) {
        p = skip_plain(w, p);
        if (p < w->event->end && *p == '"')
            return p;
        *escaped = *escaped || (p < w->event->end && *p == '\\');
        p = skip_special(w->event, p);
        if (p == NULL)
            return NULL;
    }
}

static AP_ALWAYS_INLINE void aim(struct walk *w, const struct ap_field_node *node)
{
    w->node = node;
    w->wanted = (node != NULL && node->field != AP_NO_VALUE) || w->leaves != NULL;
}

/* Deeper than what is looked into, nobody wants anything. */
static AP_ALWAYS_INLINE bool too_deep(const struct walk *w)
{
    return w->top - w->event->frames > AP_EVENT_DEPTH;
}

static AP_ALWAYS_INLINE struct ap_value_list *leaves_here(const struct walk *w)
{
    return too_deep(w) ? NULL : w->leaves;
}

static AP_ALWAYS_INLINE const char *string_value(const struct walk *w, const char *p)
{
    const char *text = p + 1;
    bool escaped;

    p = skip_string(w, text, &escaped);
    if (p == NULL)
        return NULL;
    if (w->wanted &&
        !(escaped ? ap_event_take_escaped(w->event, w->node, leaves_here(w), text, (size_t)(p - text))
                  : ap_event_take(w->event, w->node, leaves_here(w), AP_VALUE_STRING, text, (size_t)(p - text))))
        return NULL;
    return p + 1;
}

/* A number, or one of the three words. */
static AP_ALWAYS_INLINE const char *other_value(const struct walk *w, const char *p)
{
    const char *text = p;
    size_t left = (size_t)(w->event->end - p);
    enum ap_value_kind kind = AP_VALUE_NUMBER;

    if (*p == '-' || ap_is_digit(*p)) {
        p = ap_skip_number(p);
        if (p == NULL)
            return ap_event_fault(w->event, text, "not a JSON number");
    } else if (left >= 5 && (memcmp(p, "true", 4) == 0 || memcmp(p, "null", 4) == 0)) {
        kind = *p == 't' ? AP_VALUE_BOOL : AP_VALUE_NULL;
        p += 4;
    } else if (left >= 6 && memcmp(p, "false", 5) == 0) {
        kind = AP_VALUE_BOOL;
        p += 5;
    } else {
        return ap_event_fault(w->event, p, "not a JSON value");
    }
    if (w->wanted && !ap_event_take(w->event, w->node, leaves_here(w), kind, text, (size_t)(p - text)))
        return NULL;
    return p;
}

/* p is on an opening bracket; returns what follows it, or its closing bracket when nothing is in it. */
static AP_ALWAYS_INLINE const char *enter(struct walk *w, const char *p, bool *inside)
{
    struct ap_frame *frame = w->top + 1;
    size_t depth = (size_t)(frame - w->event->frames);
    bool in_same_array = w->top != w->base && w->top->close == ']' && *p == '[';

    if (depth > AP_EVENT_DEPTH_MAX)
        return ap_event_fault(w->event, p, "arrays and objects are nested too deeply (1024 levels at most)");
    *frame = (struct ap_frame){.node = w->node, .close = *p == '{' ? '}' : ']'};
    if (w->node != NULL && w->node->field != AP_NO_VALUE && !ap_event_open(w->event, frame, in_same_array, p))
        return NULL;
    w->top = frame;
    p = ap_skip_space(p + 1);
    *inside = *p != frame->close;
    return p;
}

/* After a value: close what ends here, up to the comma before the next one, which is passed. */
static AP_ALWAYS_INLINE const char *leave(struct walk *w, const char *p)
{
    while (w->top != w->base) {
        if (p == w->event->end)
            return ap_event_fault(w->event, p, "the object does not end");
        p = ap_skip_space(p);
        if (*p == ',')
            return p + 1;
        if (*p != w->top->close)
            return ap_event_fault(w->event, p, "a comma or a closing bracket is missing");
        p++;
        if (w->top->node != NULL && w->top->node->field != AP_NO_VALUE && !ap_event_shut(w->event, w->top, p))
            return NULL;
        w->top--;
    }
    return p;
}

/* Products write "Threat Name" for what rules call ThreatName. No rule asks for the name as it is. */
static __attribute__((noinline)) const struct ap_field_node *
step_spaced(const struct ap_fields *fields, const struct ap_field_node *parent, const char *name, size_t len)
{
    char plain[256];
    const struct ap_field_node *node;
    size_t used = 0;

    for (size_t i = 0; i < len; i++) {
        if (name[i] == ' ')
            continue;
        if (used == sizeof plain)
            return NULL;
        plain[used++] = name[i];
    }
    node = ap_fields_step(fields, parent, plain, used, used);
    return node != NULL && node->former ? NULL : node;
}

/* The node for a member of the object on top. The name's escapes are resolved first. */
static AP_ALWAYS_INLINE const struct ap_field_node *step(const struct walk *w, const char *name, const char *end,
                                                         bool escaped)
{
    struct ap_event *event = w->event;
    size_t len = (size_t)(end - name), readable = (size_t)(event->end - name);
    const struct ap_field_node *node;

    if (w->top->node == NULL || w->top->node->children == 0 || too_deep(w))
        return NULL;
    if (escaped) {
        name = ap_event_unescape(event, name, len, &len);
        if (name == NULL)
            return NULL;
        readable = len;
    }
    node = ap_fields_step(event->fields, w->top->node, name, len, readable);
    if (node == NULL && memchr(name, ' ', len) != NULL)
        return step_spaced(event->fields, w->top->node, name, len);
    return node;
}

/* p is where a member's name is due; returns its value's first byte, with the walk aimed at it. */
static AP_ALWAYS_INLINE const char *member(struct walk *w, const char *p, const char **name)
{
    bool escaped;

    p = ap_skip_space(p);
    *name = p;
    if (*p != '"')
        return ap_event_fault(w->event, p, "a member's name in double quotes is missing");
    p = skip_string(w, p + 1, &escaped);
    if (p == NULL)
        return NULL;
    aim(w, step(w, *name + 1, p, escaped));
    p = ap_skip_space(p + 1);
    if (*p != ':')
        return ap_event_fault(w->event, p, "a colon is missing after a member's name");
    return ap_skip_space(p + 1);
}

/*
 * Members of the top object that are no plain fields: ours of an earlier time, which nobody sees, and dotted names. Not
 * given the walk, which would then have to be in memory.
 */
static __attribute__((noinline)) const char *
special_member(struct ap_event *event, size_t depth, const struct ap_field_node *node, const char *name, const char *p)
{
    if (!node->former)
        return ap_event_literal(event, node->field) ? p : NULL;
    p = event->walk(event, p, depth, NULL, NULL);
    return p != NULL && ap_event_former(event, name, p) ? p : NULL;
}

static AP_ALWAYS_INLINE const char *walk_value(struct ap_event *event, const char *p, size_t depth,
                                               const struct ap_field_node *node, struct ap_value_list *leaves,
                                               bool words)
{
    struct walk w = {event, event->frames + depth, event->frames + depth, NULL, leaves, false, words};
    const char *name;
    bool inside, done;

    aim(&w, node);
    for (;;) {
        inside = false;
        if (*p == '"')
            p = string_value(&w, p);
        else if (*p == '{' || *p == '[')
            p = enter(&w, p, &inside);
        else
            p = other_value(&w, p);
        do {
            if (p != NULL && !inside)
                p = leave(&w, p);
            if (p == NULL || w.top == w.base)
                return p;
            done = false;
            if (w.top->close == '}') {
                p = member(&w, p, &name);
                if (p == NULL)
                    return NULL;
                if (w.node != NULL && (w.node->former || w.node->literal)) {
                    done = w.node->former;
                    inside = false;
                    p = special_member(event, (size_t)(w.top - event->frames), w.node, name, p);
                }
            } else {
                p = ap_skip_space(p);
                aim(&w, too_deep(&w) ? NULL : w.top->node);
            }
        } while (done);
        if (p == NULL)
            return NULL;
    }
}

const char *ap_event_walk_words(struct ap_event *event, const char *p, size_t depth, const struct ap_field_node *node,
                                struct ap_value_list *leaves)
{
    return walk_value(event, p, depth, node, leaves, true);
}

#ifdef __SSE2__
const char *ap_event_walk_vectors(struct ap_event *event, const char *p, size_t depth, const struct ap_field_node *node,
                                  struct ap_value_list *leaves)
{
    return walk_value(event, p, depth, node, leaves, false);
}
#endif
