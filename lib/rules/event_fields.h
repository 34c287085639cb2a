/* The fields asked for, as a tree of name parts: inside the event reader only. */
#ifndef AUDITPROOF_RULES_EVENT_FIELDS_H
#define AUDITPROOF_RULES_EVENT_FIELDS_H

#include <string.h>

#include "event.h"

/* The member that classification adds to an event: found at the top like a field, and never a value. */
#define AP_EVENT_MEMBER "_auditproof"

/* What a member name leads to. */
struct ap_field_node {
    uint32_t field;    /* or AP_NO_VALUE */
    uint32_t children; /* how many names go on from here */
    uint32_t index;    /* of this node */
    bool dotted;       /* reached by path, by a name that may also stand at the top as it is */
    bool literal;      /* a dotted name as a member of the top object */
    bool former;       /* AP_EVENT_MEMBER at the top */
};

/* First and last eight bytes (or the whole name twice, filled up with zeros): what a name is found by. */
struct ap_name_key {
    uint64_t first, last;
};

struct ap_field_slot {
    struct ap_name_key key;
    const char *name;
    uint32_t len;
    uint32_t parent, child; /* nodes; child 0, the top, for a free slot */
};

struct ap_fields {
    struct ap_arena arena; /* names */
    struct ap_field_node *nodes;
    size_t node_count, node_cap;
    struct ap_field_slot *slots; /* by hash of parent and name; a power of two, at most half full */
    size_t slot_count, slot_used;
    const char **names; /* of fields */
    size_t count, cap;
    bool leaves, sealed;
};

/* readable: bytes from name on that may be read, at least len. */
static inline struct ap_name_key ap_name_key(const char *name, size_t len, size_t readable)
{
    struct ap_name_key key = {0, 0};

    if (len >= 8) {
        memcpy(&key.first, name, 8);
        memcpy(&key.last, name + len - 8, 8);
        return key;
    }
    if (readable >= 8 && __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__) {
        memcpy(&key.first, name, 8);
        key.first &= (UINT64_C(1) << (8 * len)) - 1;
    } else {
        memcpy(&key.first, name, len);
    }
    key.last = key.first;
    return key;
}

static inline size_t ap_field_hash(struct ap_name_key key, size_t len, uint32_t parent)
{
    uint64_t h = (key.first ^ len) * UINT64_C(0x9E3779B97F4A7C15) ^ (key.last + parent) * UINT64_C(0xD6E8FEB86659FD93);

    return (size_t)(h ^ h >> 32);
}

/* The node that a member of this name leads to from parent, or NULL when nobody asks for it. */
static inline const struct ap_field_node *ap_fields_step(const struct ap_fields *fields,
                                                         const struct ap_field_node *parent, const char *name,
                                                         size_t len, size_t readable)
{
    struct ap_name_key key = ap_name_key(name, len, readable);
    uint32_t from = parent->index;
    const struct ap_field_slot *slot;

    for (size_t i = ap_field_hash(key, len, from);; i++) {
        slot = &fields->slots[i & (fields->slot_count - 1)];
        if (slot->child == 0)
            return NULL;
        if (slot->key.first == key.first && slot->key.last == key.last && slot->len == len && slot->parent == from &&
            (len <= 16 || memcmp(slot->name + 8, name + 8, len - 16) == 0))
            return &fields->nodes[slot->child];
    }
}

#endif
