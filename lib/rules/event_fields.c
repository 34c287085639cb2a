#include "event_fields.h"

#include <stdlib.h>

enum { SLOTS_MIN = 64, FIELDS_MAX = 1 << 20 };

static void place(struct ap_field_slot *slots, size_t count, const struct ap_field_slot *slot)
{
    size_t i = ap_field_hash(slot->key, slot->len, slot->parent);

    while (slots[i & (count - 1)].child != 0)
        i++;
    slots[i & (count - 1)] = *slot;
}

static bool grow_slots(struct ap_fields *fields)
{
    size_t count = fields->slot_count == 0 ? SLOTS_MIN : 2 * fields->slot_count;
    struct ap_field_slot *slots = calloc(count, sizeof *slots);

    if (slots == NULL)
        return false;
    for (size_t i = 0; i < fields->slot_count; i++) {
        if (fields->slots[i].child != 0)
            place(slots, count, &fields->slots[i]);
    }
    free(fields->slots);
    fields->slots = slots;
    fields->slot_count = count;
    return true;
}

/* A new node that nothing leads to yet; 0, which is the top, when memory runs out. */
static uint32_t new_node(struct ap_fields *fields)
{
    struct ap_field_node *nodes;
    size_t cap = fields->node_cap == 0 ? 64 : 2 * fields->node_cap;

    if (fields->node_count == fields->node_cap) {
        nodes = cap > UINT32_MAX ? NULL : realloc(fields->nodes, cap * sizeof *nodes);
        if (nodes == NULL)
            return 0;
        fields->nodes = nodes;
        fields->node_cap = cap;
    }
    fields->nodes[fields->node_count] =
        (struct ap_field_node){.field = AP_NO_VALUE, .index = (uint32_t)fields->node_count};
    return (uint32_t)fields->node_count++;
}

/* The node that name leads to from parent, made if need be; 0 when memory runs out. */
static uint32_t lead(struct ap_fields *fields, uint32_t parent, const char *name, size_t len)
{
    const struct ap_field_node *found = ap_fields_step(fields, &fields->nodes[parent], name, len, len);
    struct ap_field_slot slot = {.key = ap_name_key(name, len, len), .len = (uint32_t)len, .parent = parent};

    if (found != NULL)
        return (uint32_t)(found - fields->nodes);
    if (2 * (fields->slot_used + 1) > fields->slot_count && !grow_slots(fields))
        return 0;
    slot.name = ap_arena_copy(&fields->arena, name, len);
    slot.child = slot.name == NULL ? 0 : new_node(fields);
    if (slot.child == 0)
        return 0;
    place(fields->slots, fields->slot_count, &slot);
    fields->slot_used++;
    fields->nodes[parent].children++;
    return slot.child;
}

enum ap_status ap_fields_new(struct ap_fields **out, struct ap_error *err)
{
    struct ap_fields *fields = calloc(1, sizeof *fields);
    uint32_t member;

    if (fields == NULL)
        return ap_fail_memory(err, "the fields of a rule set");
    ap_arena_init(&fields->arena, 0);
    if (!grow_slots(fields))
        goto fail;
    (void)new_node(fields);
    if (fields->node_count == 0)
        goto fail;
    member = lead(fields, 0, AP_EVENT_MEMBER, strlen(AP_EVENT_MEMBER));
    if (member == 0)
        goto fail;
    fields->nodes[member].former = true;
    *out = fields;
    return AP_OK;

fail:
    ap_fields_free(fields);
    return ap_fail_memory(err, "the fields of a rule set");
}

void ap_fields_free(struct ap_fields *fields)
{
    if (fields == NULL)
        return;
    ap_arena_free(&fields->arena);
    free(fields->nodes);
    free(fields->slots);
    free(fields->names);
    free(fields);
}

/* The node at the end of a path, part by part. */
static uint32_t lead_path(struct ap_fields *fields, const char *name, size_t len)
{
    uint32_t node = 0;
    const char *part = name, *end = name + len;

    for (;;) {
        const char *dot = memchr(part, '.', (size_t)(end - part));

        node = lead(fields, node, part, (size_t)((dot != NULL ? dot : end) - part));
        if (node == 0 || dot == NULL)
            return node;
        part = dot + 1;
    }
}

static bool new_field(struct ap_fields *fields, const char *name, size_t len)
{
    size_t cap = fields->cap == 0 ? 64 : 2 * fields->cap;
    const char **names;

    if (fields->count == fields->cap) {
        names = realloc(fields->names, cap * sizeof *names);
        if (names == NULL)
            return false;
        fields->names = names;
        fields->cap = cap;
    }
    fields->names[fields->count] = ap_arena_copy(&fields->arena, name, len);
    return fields->names[fields->count] != NULL;
}

enum ap_status ap_fields_add(struct ap_fields *fields, const char *name, size_t len, uint32_t *id, struct ap_error *err)
{
    uint32_t whole, path;
    bool dotted = memchr(name, '.', len) != NULL;

    if (ap_fields_find(fields, name, len, id))
        return AP_OK;
    if (fields->sealed)
        return ap_fail(err, AP_EINTERNAL, "a field is added after the fields were sealed");
    if (len > UINT32_MAX / 2 || fields->count >= FIELDS_MAX)
        return ap_fail(err, AP_ELIMIT, "the rules look at more than %d fields", FIELDS_MAX);
    whole = lead(fields, 0, name, len);
    if (whole == 0)
        return ap_fail_memory(err, "the fields of a rule set");
    if (fields->nodes[whole].field == AP_NO_VALUE) {
        path = dotted ? lead_path(fields, name, len) : whole;
        if (path == 0 || !new_field(fields, name, len))
            return ap_fail_memory(err, "the fields of a rule set");
        fields->nodes[path].field = (uint32_t)fields->count;
        fields->nodes[path].dotted = dotted;
        fields->nodes[whole].field = (uint32_t)fields->count++;
        fields->nodes[whole].literal = dotted;
    }
    *id = fields->nodes[whole].field;
    return AP_OK;
}

void ap_fields_want_leaves(struct ap_fields *fields)
{
    fields->leaves = true;
}

enum ap_status ap_fields_seal(struct ap_fields *fields, struct ap_error *err)
{
    (void)err;
    fields->sealed = true;
    return AP_OK;
}

bool ap_fields_find(const struct ap_fields *fields, const char *name, size_t len, uint32_t *id)
{
    const struct ap_field_node *node = ap_fields_step(fields, &fields->nodes[0], name, len, len);

    *id = node != NULL ? node->field : AP_NO_VALUE;
    return *id != AP_NO_VALUE;
}

size_t ap_fields_count(const struct ap_fields *fields)
{
    return fields->count;
}

const char *ap_fields_name(const struct ap_fields *fields, uint32_t id)
{
    return fields->names[id];
}
