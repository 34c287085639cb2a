#include "yaml_build.h"

#include <stdio.h>
#include <stdlib.h>

#include "auditproof/utf8.h"

#define CORE_TAG "tag:yaml.org,2002:"

static struct ap_mark mark_of(const struct ap_yaml_builder *b, const yaml_mark_t *mark)
{
    struct ap_mark at = {b->lines + (uint32_t)mark->line + 1, (uint32_t)mark->column + 1};

    return at;
}

/* Always false. */
AP_PRINTF(3, 4) static bool refuse(struct ap_yaml_builder *b, struct ap_mark at, const char *fmt, ...)
{
    va_list args;

    b->bad = true;
    b->problem.at = at;
    va_start(args, fmt);
    if (vsnprintf(b->problem.message, sizeof b->problem.message, fmt, args) >= (int)sizeof b->problem.message)
        b->problem.message[ap_utf8_valid(b->problem.message, sizeof b->problem.message - 1)] = '\0';
    va_end(args);
    return false;
}

static bool out_of_memory(struct ap_yaml_builder *b)
{
    b->arena->failed = true;
    b->bad = true;
    return false;
}

static size_t hash_text(const struct ap_text *text)
{
    uint64_t hash = UINT64_C(0xcbf29ce484222325);

    for (size_t i = 0; i < text->len; i++)
        hash = (hash ^ (unsigned char)text->text[i]) * UINT64_C(0x100000001b3);
    return (size_t)(hash ^ hash >> 29);
}

static bool same_text(const struct ap_text *a, const struct ap_text *b)
{
    return a->len == b->len && memcmp(a->text, b->text, a->len) == 0;
}

/* The slot of a key in a mapping that is being read: of the pair that has it already, or free. */
static size_t slot_of(const struct ap_yaml_frame *frame, const struct ap_text *key)
{
    size_t slot = hash_text(key) & (frame->slot_count - 1);

    while (frame->slots[slot] != 0 && !same_text(&frame->node->items[2 * (frame->slots[slot] - 1)]->text, key))
        slot = (slot + 1) & (frame->slot_count - 1);
    return slot;
}

static bool grow_slots(struct ap_yaml_frame *frame)
{
    size_t count = frame->slot_count == 0 ? 16 : frame->slot_count * 2;
    size_t *slots;

    if (frame->node->count * 2 < frame->slot_count)
        return true;
    slots = calloc(count, sizeof *slots);
    if (slots == NULL)
        return false;
    free(frame->slots);
    frame->slots = slots;
    frame->slot_count = count;
    for (size_t i = 0; i < frame->node->count; i++)
        slots[slot_of(frame, &frame->node->items[2 * i]->text)] = i + 1;
    return true;
}

/* Room for `more` node pointers behind those in use: the items are copied to a larger place in the arena. */
static bool grow_items(struct ap_yaml_builder *b, struct ap_yaml_frame *frame, size_t used, size_t more)
{
    struct ap_yaml **items;
    size_t cap = frame->cap == 0 ? 8 : frame->cap * 2;

    if (used + more <= frame->cap)
        return true;
    items = ap_arena_alloc(b->arena, cap, sizeof(struct ap_yaml *));
    if (items == NULL)
        return out_of_memory(b);
    if (used > 0)
        memcpy(items, frame->node->items, used * sizeof(struct ap_yaml *));
    frame->node->items = items;
    frame->cap = cap;
    return true;
}

/* A mapping's frame waits for a value when its last pair has none yet. */
static bool awaits_value(const struct ap_yaml_frame *frame)
{
    return frame->node->kind == AP_YAML_MAP && frame->node->count > 0 &&
           frame->node->items[2 * frame->node->count - 1] == NULL;
}

static bool add_key(struct ap_yaml_builder *b, struct ap_yaml_frame *frame, struct ap_yaml *key)
{
    size_t slot;

    if (!ap_yaml_is_scalar(key))
        return refuse(b, key->at, "a key of a mapping cannot be %s", ap_yaml_kind_name(key));
    if (key->text.len == 2 && memcmp(key->text.text, "<<", 2) == 0)
        return refuse(b, key->at, "merge keys ('<<') are not supported: write the keys out");
    if (!grow_slots(frame))
        return out_of_memory(b);
    slot = slot_of(frame, &key->text);
    if (frame->slots[slot] != 0)
        return refuse(b, key->at, "key '%.100s' is given twice; it is on line %u too", key->text.text,
                      frame->node->items[2 * (frame->slots[slot] - 1)]->at.line);
    if (!grow_items(b, frame, 2 * frame->node->count, 2))
        return false;
    frame->node->items[2 * frame->node->count] = key;
    frame->node->items[2 * frame->node->count + 1] = NULL;
    frame->slots[slot] = ++frame->node->count;
    return true;
}

/* Put a node where it belongs: it is the root, an element, a key or a value. */
static bool place(struct ap_yaml_builder *b, struct ap_yaml *node)
{
    struct ap_yaml_frame *frame;

    if (b->depth == 0) {
        b->root = node;
        return true;
    }
    frame = &b->stack[b->depth - 1];
    if (awaits_value(frame)) {
        frame->node->items[2 * frame->node->count - 1] = node;
        return true;
    }
    if (frame->node->kind == AP_YAML_MAP)
        return add_key(b, frame, node);
    if (!grow_items(b, frame, frame->node->count, 1))
        return false;
    frame->node->items[frame->node->count++] = node;
    return true;
}

static bool count_nodes(struct ap_yaml_builder *b, struct ap_mark at, uint32_t nodes)
{
    b->nodes += nodes;
    if (b->nodes > AP_RULE_NODES_MAX)
        return refuse(b, at, "the file unfolds to more than %d nodes; aliases count each time that they are used",
                      AP_RULE_NODES_MAX);
    return true;
}

static bool add_anchor(struct ap_yaml_builder *b, const yaml_char_t *name, struct ap_yaml *node, bool open)
{
    struct ap_yaml_anchor *anchor;

    if (name == NULL)
        return true;
    if (b->anchor_count == b->anchor_cap) {
        size_t cap = b->anchor_cap == 0 ? 16 : b->anchor_cap * 2;
        struct ap_yaml_anchor *grown = realloc(b->anchors, cap * sizeof *grown);

        if (grown == NULL)
            return out_of_memory(b);
        b->anchors = grown;
        b->anchor_cap = cap;
    }
    if (b->anchor_count >= 1000)
        return refuse(b, node->at, "the document has more than 1000 anchors");
    anchor = &b->anchors[b->anchor_count++];
    anchor->name = ap_arena_copy(b->arena, (const char *)name, strlen((const char *)name));
    anchor->node = node;
    anchor->open = open;
    return anchor->name != NULL || out_of_memory(b);
}

static struct ap_yaml *new_node(struct ap_yaml_builder *b, enum ap_yaml_kind kind, const yaml_mark_t *mark)
{
    struct ap_yaml *node = ap_arena_alloc(b->arena, 1, sizeof *node);

    if (node == NULL) {
        (void)out_of_memory(b);
        return NULL;
    }
    node->kind = kind;
    node->at = mark_of(b, mark);
    node->nodes = 1;
    return count_nodes(b, node->at, 1) ? node : NULL;
}

static bool on_alias(struct ap_yaml_builder *b, const yaml_event_t *event)
{
    const char *name = (const char *)event->data.alias.anchor;
    struct ap_mark at = mark_of(b, &event->start_mark);
    size_t i = b->anchor_count;

    /* A name may be given anew: the last one counts. */
    while (i > 0 && strcmp(b->anchors[i - 1].name, name) != 0)
        i--;
    if (i == 0)
        return refuse(b, at, "alias '*%.100s' names no anchor before it", name);
    if (b->anchors[i - 1].open)
        return refuse(b, at, "alias '*%.100s' stands within what it names", name);
    if (b->depth + b->anchors[i - 1].node->height >= AP_RULE_DEPTH_MAX)
        return refuse(b, at, "alias '*%.100s' nests more than %d deep here", name, AP_RULE_DEPTH_MAX);
    return count_nodes(b, at, b->anchors[i - 1].node->nodes) && place(b, b->anchors[i - 1].node);
}

/* An explicit tag decides; without one, a plain scalar is resolved by its text and a quoted one is a string. */
static bool resolve(struct ap_yaml_builder *b, struct ap_yaml *node, const yaml_event_t *event)
{
    const char *tag = (const char *)event->data.scalar.tag;
    enum ap_yaml_kind kind = AP_YAML_STRING;

    if (tag == NULL) {
        if (event->data.scalar.style == YAML_PLAIN_SCALAR_STYLE)
            ap_yaml_resolve(node);
        return true;
    }
    if (strcmp(tag, "!") == 0 || strcmp(tag, CORE_TAG "str") == 0)
        return true;
    if (strcmp(tag, CORE_TAG "null") == 0)
        kind = AP_YAML_NULL;
    else if (strcmp(tag, CORE_TAG "bool") == 0)
        kind = AP_YAML_BOOL;
    else if (strcmp(tag, CORE_TAG "int") == 0 || strcmp(tag, CORE_TAG "float") == 0)
        kind = AP_YAML_NUMBER;
    else
        return refuse(b, node->at, "tag '%.100s' is not known", tag);
    ap_yaml_resolve(node);
    if (node->kind != kind)
        return refuse(b, node->at, "'%.100s' is not what its tag '%.100s' says", node->text.text, tag);
    return true;
}

static bool on_scalar(struct ap_yaml_builder *b, const yaml_event_t *event)
{
    struct ap_yaml *node = new_node(b, AP_YAML_STRING, &event->start_mark);
    size_t len = event->data.scalar.length, quotes;

    if (node == NULL)
        return false;
    node->text.text = ap_arena_copy(b->arena, (const char *)event->data.scalar.value, len);
    if (node->text.text == NULL)
        return out_of_memory(b);
    node->text.len = len;
    quotes = event->data.scalar.style == YAML_SINGLE_QUOTED_SCALAR_STYLE ||
             event->data.scalar.style == YAML_DOUBLE_QUOTED_SCALAR_STYLE;
    node->text_at = node->at;
    node->text_at.column += (uint32_t)quotes;
    node->verbatim =
        event->start_mark.line == event->end_mark.line && event->data.scalar.tag == NULL &&
        event->data.scalar.anchor == NULL &&
        event->end_mark.column - event->start_mark.column == ap_utf8_count(node->text.text, len) + 2 * quotes;
    return resolve(b, node, event) && add_anchor(b, event->data.scalar.anchor, node, false) && place(b, node);
}

static bool on_start(struct ap_yaml_builder *b, const yaml_event_t *event, enum ap_yaml_kind kind,
                     const yaml_char_t *anchor, const yaml_char_t *tag)
{
    const char *expected = kind == AP_YAML_LIST ? CORE_TAG "seq" : CORE_TAG "map";
    struct ap_yaml *node = new_node(b, kind, &event->start_mark);

    if (node == NULL)
        return false;
    if (tag != NULL && strcmp((const char *)tag, "!") != 0 && strcmp((const char *)tag, expected) != 0)
        return refuse(b, node->at, "tag '%.100s' is not known", (const char *)tag);
    if (b->depth == AP_RULE_DEPTH_MAX)
        return refuse(b, node->at, "the document nests more than %d deep", AP_RULE_DEPTH_MAX);
    if (!add_anchor(b, anchor, node, true) || !place(b, node))
        return false;
    memset(&b->stack[b->depth], 0, sizeof b->stack[b->depth]);
    b->stack[b->depth++].node = node;
    return true;
}

static bool on_end(struct ap_yaml_builder *b)
{
    struct ap_yaml_frame *frame = &b->stack[--b->depth];
    struct ap_yaml *node = frame->node;
    size_t parts = node->kind == AP_YAML_MAP ? 2 * node->count : node->count;

    for (size_t i = 0; i < parts; i++) {
        node->nodes += node->items[i]->nodes;
        if (node->items[i]->height >= node->height)
            node->height = node->items[i]->height + 1;
    }
    if (node->height == 0)
        node->height = 1;
    free(frame->slots);
    for (size_t i = b->anchor_count; i > 0; i--)
        if (b->anchors[i - 1].node == node)
            b->anchors[i - 1].open = false;
    return true;
}

bool ap_yaml_builder_take(struct ap_yaml_builder *b, const yaml_event_t *event)
{
    switch (event->type) {
    case YAML_ALIAS_EVENT:
        return on_alias(b, event);
    case YAML_SCALAR_EVENT:
        return on_scalar(b, event);
    case YAML_SEQUENCE_START_EVENT:
        return on_start(b, event, AP_YAML_LIST, event->data.sequence_start.anchor, event->data.sequence_start.tag);
    case YAML_MAPPING_START_EVENT:
        return on_start(b, event, AP_YAML_MAP, event->data.mapping_start.anchor, event->data.mapping_start.tag);
    case YAML_SEQUENCE_END_EVENT:
    case YAML_MAPPING_END_EVENT:
        return on_end(b);
    case YAML_NO_EVENT:
    case YAML_STREAM_START_EVENT:
    case YAML_STREAM_END_EVENT:
    case YAML_DOCUMENT_START_EVENT:
    case YAML_DOCUMENT_END_EVENT:
        break;
    }
    return true;
}

void ap_yaml_builder_init(struct ap_yaml_builder *b, struct ap_arena *arena)
{
    memset(b, 0, sizeof *b);
    b->arena = arena;
}

void ap_yaml_builder_reset(struct ap_yaml_builder *b)
{
    while (b->depth > 0)
        free(b->stack[--b->depth].slots);
    b->anchor_count = 0;
    b->root = NULL;
    b->bad = false;
}

void ap_yaml_builder_free(struct ap_yaml_builder *b)
{
    ap_yaml_builder_reset(b);
    free(b->anchors);
}
