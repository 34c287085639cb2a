/* An automaton as it is built (automaton_build.c) and run (automaton.c). */
#ifndef AUDITPROOF_RULES_AUTOMATON_INTERNAL_H
#define AUDITPROOF_RULES_AUTOMATON_INTERNAL_H

#include <stdbool.h>
#include <string.h>

#include "automaton.h"
#include "lists.h"

/* In a transition: needles end in the state that it leads to. */
#define AP_AUTOMATON_HIT (UINT32_C(1) << 31)

enum {
    AP_FILTER_LEAST = 3,   /* needles that are shorter leave nothing to jump over */
    AP_FILTER_WINDOW = 32, /* of longer ones, so many bytes are looked at */
    AP_FILTER_BITS_MIN = 12,
    AP_FILTER_BITS_MAX = 18,
};

/*
 * How far a window over the text may move on, by a hash of its last `block` bytes: to where these would be the last
 * such block of a needle's first `window` bytes.
 */
struct ap_filter {
    uint8_t *jumps; /* owned; NULL: no filter */
    unsigned bits, block;
    size_t window;
};

/* States are numbered breadth first, 0 being the root, so that a state's children stand side by side. */
struct ap_automaton {
    uint32_t count;
    uint32_t *table;  /* transitions by state * classes + class, to state * classes; NULL where it would be too large */
    uint32_t *child;  /* first child; the next state's first child is where they end. count + 1 of them */
    uint32_t *fail;   /* the state of the longest proper suffix */
    uint32_t *suffix; /* the longest proper suffix that is a needle, or 0 */
    uint32_t *depth;  /* bytes */
    uint8_t *byte;    /* that leads to it */
    struct ap_lists refs;
    uint32_t classes;
    uint16_t class[256]; /* 0: bytes of no needle */
    uint32_t root[256];  /* children of the root, by byte, or 0 */
    struct ap_filter filter;
    size_t shortest; /* bytes of a needle */
    size_t size;
};

static inline uint32_t ap_filter_hash(const struct ap_filter *filter, const char *block)
{
    uint32_t x = (uint8_t)block[0] | (uint32_t)(uint8_t)block[1] << 8;

    if (filter->block == 3)
        x |= (uint32_t)(uint8_t)block[2] << 16;
    return x * UINT32_C(0x9e3779b1) >> (32 - filter->bits);
}

/* The child of a state by a byte, or 0. */
static inline uint32_t ap_automaton_child(const struct ap_automaton *a, uint32_t state, uint8_t byte)
{
    if (state == 0)
        return a->root[byte];
    for (uint32_t at = a->child[state]; at < a->child[state + 1]; at++)
        if (a->byte[at] == byte)
            return at;
    return 0;
}

#endif
