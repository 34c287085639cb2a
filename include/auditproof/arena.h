/*
 * Memory that is freed all at once: for what is built piece by piece and dies together, such as a loaded rule set or
 * one event. An allocation that fails marks the arena; what it returned is NULL, and ap_arena_check says so once at the
 * end where a run of allocations may be looked at together.
 */
#ifndef AUDITPROOF_ARENA_H
#define AUDITPROOF_ARENA_H

#include <stdbool.h>
#include <stddef.h>

#include "auditproof/error.h"

struct ap_arena_block;

struct ap_arena {
    struct ap_arena_block *first, *now; /* owned */
    size_t used;                        /* bytes given out, for bounds */
    size_t limit;                       /* bytes that may be given out; 0 for none */
    bool failed;
    bool over; /* the limit was what failed */
};

/* limit: bytes that may be given out between two resets, 0 for none. Allocates nothing yet. */
void ap_arena_init(struct ap_arena *arena, size_t limit);
void ap_arena_free(struct ap_arena *arena);  /* everything; the arena is as after init */
void ap_arena_reset(struct ap_arena *arena); /* forgets everything given out, keeps the memory */

/* Zeroed, aligned for any type; NULL when memory ran out, the limit is passed, or count * size overflows. */
void *ap_arena_alloc(struct ap_arena *arena, size_t count, size_t size);

/* len bytes, not zeroed and not aligned; NULL as above. */
char *ap_arena_bytes(struct ap_arena *arena, size_t len);

/* A copy, with a NUL after it that is not counted; NULL as above. */
char *ap_arena_copy(struct ap_arena *arena, const char *text, size_t len);

/* AP_OK, or AP_ENOMEM (AP_ELIMIT past the limit) when anything failed since the last reset. */
AP_MUST_CHECK enum ap_status ap_arena_check(const struct ap_arena *arena, const char *what, struct ap_error *err);

#endif
