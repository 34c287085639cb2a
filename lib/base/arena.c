#include "auditproof/arena.h"

#include <stdalign.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define BLOCK_MIN ((size_t)16 << 10)
#define BLOCK_MAX ((size_t)1 << 20)

struct ap_arena_block {
    struct ap_arena_block *next;
    size_t cap, len;
    alignas(max_align_t) char bytes[];
};

void ap_arena_init(struct ap_arena *arena, size_t limit)
{
    memset(arena, 0, sizeof *arena);
    arena->limit = limit;
}

void ap_arena_free(struct ap_arena *arena)
{
    struct ap_arena_block *block, *next;

    if (arena == NULL)
        return;
    for (block = arena->first; block != NULL; block = next) {
        next = block->next;
        free(block);
    }
    ap_arena_init(arena, arena->limit);
}

void ap_arena_reset(struct ap_arena *arena)
{
    struct ap_arena_block *block;

    for (block = arena->first; block != NULL; block = block->next)
        block->len = 0;
    arena->now = arena->first;
    arena->used = 0;
    arena->failed = false;
    arena->over = false;
}

/* The next block that has room, or a new one after the present. */
static struct ap_arena_block *block_for(struct ap_arena *arena, size_t size)
{
    struct ap_arena_block *block = arena->now, *made;
    size_t cap = block == NULL ? BLOCK_MIN : block->cap < BLOCK_MAX ? block->cap * 2 : block->cap;

    while (block != NULL && block->next != NULL) {
        block = block->next;
        arena->now = block;
        if (size <= block->cap - block->len)
            return block;
    }
    if (cap < size)
        cap = size;
    if (cap > SIZE_MAX - sizeof *made)
        return NULL;
    made = malloc(sizeof *made + cap);
    if (made == NULL)
        return NULL;
    made->next = NULL;
    made->cap = cap;
    made->len = 0;
    if (block == NULL)
        arena->first = made;
    else
        block->next = made;
    arena->now = made;
    return made;
}

static char *take(struct ap_arena *arena, size_t size, size_t align)
{
    struct ap_arena_block *block = arena->now;
    size_t at = block == NULL ? 0 : (block->len + align - 1) & ~(align - 1);

    if (arena->limit != 0 && (size > arena->limit || arena->used > arena->limit - size)) {
        arena->over = true;
        goto fail;
    }
    if (block == NULL || at > block->cap || size > block->cap - at) {
        block = block_for(arena, size);
        if (block == NULL)
            goto fail;
        at = block->len;
    }
    block->len = at + size;
    arena->used += size;
    return block->bytes + at;

fail:
    arena->failed = true;
    return NULL;
}

void *ap_arena_alloc(struct ap_arena *arena, size_t count, size_t size)
{
    char *memory;

    if (size != 0 && count > (SIZE_MAX - alignof(max_align_t)) / size) {
        arena->failed = true;
        return NULL;
    }
    memory = take(arena, count * size, alignof(max_align_t));
    if (memory != NULL)
        memset(memory, 0, count * size);
    return memory;
}

char *ap_arena_bytes(struct ap_arena *arena, size_t len)
{
    return take(arena, len, 1);
}

char *ap_arena_copy(struct ap_arena *arena, const char *text, size_t len)
{
    char *copy = len == SIZE_MAX ? NULL : take(arena, len + 1, 1);

    if (copy == NULL) {
        arena->failed = true;
        return NULL;
    }
    if (len > 0)
        memcpy(copy, text, len);
    copy[len] = '\0';
    return copy;
}

enum ap_status ap_arena_check(const struct ap_arena *arena, const char *what, struct ap_error *err)
{
    if (!arena->failed)
        return AP_OK;
    if (arena->over)
        return ap_fail(err, AP_ELIMIT, "%s is too large: it would take more than %zu bytes of memory", what,
                       arena->limit);
    return ap_fail_memory(err, what);
}
