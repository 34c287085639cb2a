/*
 * Which texts come most often in a stream, in bounded memory: the Space-Saving algorithm (Metwally, Agrawal, El Abbadi
 * 2005). Counts are exact as long as no more different texts came than there is room for; after that a count is an
 * upper bound, and the item says by how much it may be too high.
 */
#ifndef AP_REPORT_TOP_H
#define AP_REPORT_TOP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "auditproof/error.h"

/* A longer text is told from others by its first bytes and its length. */
enum { TOP_ROOM = 4096, TOP_TEXT_MAX = 240 };

struct top_item {
    uint64_t count, over; /* the true count lies from count - over to count */
    uint64_t len;         /* of the text, which may be longer than what is kept of it */
    uint64_t hash;
    uint16_t next, at; /* in its chain, from 1; in the heap */
    uint8_t kind;
    char text[TOP_TEXT_MAX];
};

struct top {
    struct top_item *items; /* owned */
    uint16_t *heads;        /* owned: item of each chain, from 1 */
    uint16_t *heap;         /* owned: items by count, the least first, once there is no room left */
    size_t count;
    bool full;      /* a text came for which there was no room */
    uint64_t total; /* of all counts */
};

AP_MUST_CHECK enum ap_status top_init(struct top *top, struct ap_error *err);
void top_free(struct top *top);
void top_add(struct top *top, uint8_t kind, const char *text, size_t len);

/* The most frequent, in order, at most max; those with equal counts in the order of their texts. Returns how many. */
size_t top_sorted(const struct top *top, const struct top_item **out, size_t max);

size_t top_kept(const struct top_item *item); /* bytes of its text */

#endif
