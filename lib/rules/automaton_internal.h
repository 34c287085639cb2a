/* An automaton as it is built (automaton_build.c) and run (automaton.c). */
#ifndef AUDITPROOF_RULES_AUTOMATON_INTERNAL_H
#define AUDITPROOF_RULES_AUTOMATON_INTERNAL_H

#include <stdbool.h>
#include <string.h>

#include "automaton.h"
#include "lists.h"

/* In a transition: needles end in the state that it leads to. */
#define AP_AUTOMATON_HIT (UINT32_C(1) << 31)

/*
 * A text is sampled: at every `stride` bytes, is the gram of `gram` bytes there one that some needle has among its
 * first `stride` ones? A needle of at least stride + gram - 1 bytes, wherever it stands, covers a sample with such a
 * gram. Grams are kept in a Bloom filter, whose two bits for a gram are in one word.
 */
enum {
    AP_FILTER_STRIDE_MAX = 16,
    AP_FILTER_MANY = 4096, /* needles: so many share their short grams with much of any text */
    AP_FILTER_WORDS_MIN = 1 << 6,
    AP_FILTER_WORDS_MAX = 1 << 15,
};

struct ap_gram_filter {
    uint64_t *words; /* owned; NULL: no filter, for needles of a single byte */
    unsigned shift;  /* of a hash, to the number of its word */
    unsigned gram;   /* bytes: 2, 3, 4 or 6 */
    size_t stride;
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
    struct ap_gram_filter filter;
    size_t shortest; /* bytes of a needle */
    size_t size;
};

static inline uint64_t ap_filter_hash(unsigned gram, const char *text)
{
    uint32_t four = 0;
    uint16_t two;
    uint64_t x;

    if (gram < 4) {
        memcpy(&two, text, 2);
        x = gram == 2 ? two : two | (uint64_t)(uint8_t)text[2] << 16;
    } else {
        memcpy(&four, text, 4);
        x = four;
    }
    if (gram == 6) {
        memcpy(&two, text + 4, 2);
        x |= (uint64_t)two << 32;
    }
    return x * UINT64_C(0x9e3779b97f4a7c15);
}

static inline uint64_t ap_filter_bits(uint64_t hash)
{
    return UINT64_C(1) << (hash >> 26 & 63) | UINT64_C(1) << (hash >> 32 & 63);
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
