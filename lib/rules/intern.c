#include "intern.h"

#include <stdlib.h>
#include <string.h>

#include "hash.h"

enum { FIRST_SLOTS = 64 };

/* Only rules' own strings are in the table: a seed would guard against nothing. */
static uint64_t hash_of(uint32_t space, const void *bytes, size_t len)
{
    return hash_bytes(((uint64_t)space + 1) * UINT64_C(0x9e3779b97f4a7c15), bytes, len);
}

void ap_intern_init(struct ap_intern *intern, struct ap_arena *arena)
{
    memset(intern, 0, sizeof *intern);
    intern->arena = arena;
}

void ap_intern_free(struct ap_intern *intern)
{
    free(intern->keys);
    free(intern->slots);
    ap_intern_init(intern, intern->arena);
}

static uint32_t find(const struct ap_intern *intern, uint64_t hash, uint32_t space, const void *bytes, size_t len)
{
    uint32_t mask = intern->slot_count - 1;

    if (intern->slot_count == 0)
        return AP_INTERN_NONE;
    for (uint32_t at = (uint32_t)hash & mask; intern->slots[at] != 0; at = (at + 1) & mask) {
        const struct ap_intern_key *key = &intern->keys[intern->slots[at] - 1];

        if (key->hash == hash && key->space == space && key->len == len && memcmp(key->bytes, bytes, len) == 0)
            return intern->slots[at] - 1;
    }
    return AP_INTERN_NONE;
}

uint32_t ap_intern_find(const struct ap_intern *intern, uint32_t space, const void *bytes, size_t len)
{
    return find(intern, hash_of(space, bytes, len), space, bytes, len);
}

static void put(uint32_t *slots, uint32_t slot_count, uint64_t hash, uint32_t number)
{
    uint32_t at = (uint32_t)hash & (slot_count - 1);

    while (slots[at] != 0)
        at = (at + 1) & (slot_count - 1);
    slots[at] = number + 1;
}

static bool grow_slots(struct ap_intern *intern)
{
    uint32_t count = intern->slot_count == 0 ? FIRST_SLOTS : intern->slot_count * 2;
    uint32_t *slots = count == 0 ? NULL : calloc(count, sizeof *slots);

    if (slots == NULL)
        return false;
    for (uint32_t i = 0; i < intern->count; i++)
        put(slots, count, intern->keys[i].hash, i);
    free(intern->slots);
    intern->slots = slots;
    intern->slot_count = count;
    return true;
}

static bool grow_keys(struct ap_intern *intern)
{
    uint32_t cap = intern->cap == 0 ? FIRST_SLOTS : intern->cap * 2;
    struct ap_intern_key *keys = cap == 0 ? NULL : realloc(intern->keys, cap * sizeof *keys);

    if (keys == NULL)
        return false;
    intern->keys = keys;
    intern->cap = cap;
    return true;
}

enum ap_status ap_intern_add(struct ap_intern *intern, uint32_t space, const void *bytes, size_t len, uint32_t *number,
                             struct ap_error *err)
{
    struct ap_intern_key key = {.len = len, .hash = hash_of(space, bytes, len), .space = space};

    *number = find(intern, key.hash, space, bytes, len);
    if (*number != AP_INTERN_NONE)
        return AP_OK;
    if ((intern->count >= intern->slot_count / 2 && !grow_slots(intern)) ||
        (intern->count == intern->cap && !grow_keys(intern)))
        return ap_fail_memory(err, "the rules' index");
    key.bytes = ap_arena_copy(intern->arena, bytes, len);
    if (key.bytes == NULL)
        return ap_fail_memory(err, "the rules' index");
    *number = intern->count++;
    intern->keys[*number] = key;
    put(intern->slots, intern->slot_count, key.hash, *number);
    return AP_OK;
}
