/*
 * Are two multisets of (chain, log id, content hash) the same, whatever order they arrive in?
 *
 * A keyed sum answers yes or no: the sum modulo 2^128 of SipHash-2-4-128 over each item, with a key drawn afresh each
 * run and so unknown to whoever arranged the items. An invertible Bloom lookup table of the same items, one side added
 * and the other taken away, then gives back the items in which they differ, as long as these are few.
 */
#ifndef AUDITPROOF_VERIFY_MULTISET_H
#define AUDITPROOF_VERIFY_MULTISET_H

#include <stdbool.h>
#include <stdint.h>

#include "auditproof/bytes.h"
#include "auditproof/error.h"

struct multiset_item {
    struct ap_uuid chain;
    struct ap_uuid log_id;
    uint8_t content_hash[AP_HASH_LEN];
};

struct multiset_key {
    uint64_t word[2];
};

enum {
    MULTISET_CELLS = 12288, /* three sub-tables of 4096: 1 MiB, and up to about 9,000 differences */
    MULTISET_ITEM_WORDS = 8,
};

struct multiset_cell {
    uint64_t item[MULTISET_ITEM_WORDS]; /* exclusive or of the items */
    uint64_t check;                     /* exclusive or of half of each item's PRF */
    int64_t count;
};

/* An item on its way into the cells. */
struct multiset_waiting {
    uint64_t item[MULTISET_ITEM_WORDS];
    uint64_t prf[2];
    int sign; /* 0: none waits */
};

struct multiset {
    struct multiset_key key;
    uint64_t sum[2]; /* high, low */
    int64_t count;   /* entries less rows */
    struct multiset_cell *cells;
    struct multiset_waiting waiting;
};

AP_MUST_CHECK enum ap_status multiset_key_draw(struct multiset_key *key, struct ap_error *err);
AP_MUST_CHECK enum ap_status multiset_init(struct multiset *set, const struct multiset_key *key, struct ap_error *err);
void multiset_free(struct multiset *set);

/* Add the item to (sign 1), or take it from (sign -1), the set. */
void multiset_add(struct multiset *set, const struct multiset_item *item, int sign);

/* Add all of `from`, which has the same key. */
void multiset_merge(struct multiset *set, struct multiset *from);

bool multiset_is_empty(const struct multiset *set);

/*
 * Take the differences out one by one: fn is called for each with its sign. *complete is false when some could not be
 * separated, as where there are too many or the same item differs twice; what was called is then to be forgotten. The
 * set is used up.
 */
typedef enum ap_status multiset_fn(void *context, const struct multiset_item *item, int sign, struct ap_error *err);
AP_MUST_CHECK enum ap_status multiset_peel(struct multiset *set, multiset_fn *fn, void *context, bool *complete,
                                           struct ap_error *err);

/* SipHash-2-4 with 128-bit output over len bytes; exported for its test vectors. */
void multiset_siphash(uint64_t out[2], const struct multiset_key *key, const void *data, size_t len);

#endif
