/*
 * Numbers for byte strings: the first one added is 0, the next 1, and equal ones have the same. A string belongs to a
 * space (a field, say), and strings of different spaces are different.
 */
#ifndef AUDITPROOF_RULES_INTERN_H
#define AUDITPROOF_RULES_INTERN_H

#include <stddef.h>
#include <stdint.h>

#include "auditproof/arena.h"
#include "auditproof/error.h"

#define AP_INTERN_NONE UINT32_MAX

struct ap_intern_key {
    const char *bytes;
    size_t len;
    uint64_t hash;
    uint32_t space;
};

struct ap_intern {
    struct ap_arena *arena;     /* of the copies of the strings; borrowed */
    struct ap_intern_key *keys; /* owned; by number */
    uint32_t count, cap;
    uint32_t *slots; /* owned; number + 1, or 0; a power of two of them, at most half of it in use */
    uint32_t slot_count;
};

void ap_intern_init(struct ap_intern *intern, struct ap_arena *arena);
void ap_intern_free(struct ap_intern *intern);

AP_MUST_CHECK enum ap_status ap_intern_add(struct ap_intern *intern, uint32_t space, const void *bytes, size_t len,
                                           uint32_t *number, struct ap_error *err);

/* The number, or AP_INTERN_NONE. */
uint32_t ap_intern_find(const struct ap_intern *intern, uint32_t space, const void *bytes, size_t len);

#endif
