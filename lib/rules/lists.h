/* Many short lists of numbers in one piece of memory: gathered as pairs in any order, then read by owner. */
#ifndef AUDITPROOF_RULES_LISTS_H
#define AUDITPROOF_RULES_LISTS_H

#include <stddef.h>
#include <stdint.h>

#include "auditproof/error.h"

struct ap_pair {
    uint32_t owner, item;
};

struct ap_lists {
    struct ap_pair *pairs; /* owned, until they are made into lists */
    size_t pair_count, pair_cap;
    uint32_t *first; /* owned; owner's items are items[first[owner]] to items[first[owner + 1]] */
    uint32_t *items; /* owned; in the order they were added */
    uint32_t owners;
};

#define AP_LISTS_INIT                                                                                                  \
    {                                                                                                                  \
        0                                                                                                              \
    }

AP_MUST_CHECK enum ap_status ap_lists_add(struct ap_lists *lists, uint32_t owner, uint32_t item, struct ap_error *err);

/* Owners are below `owners`. After the last add. */
AP_MUST_CHECK enum ap_status ap_lists_make(struct ap_lists *lists, uint32_t owners, struct ap_error *err);
void ap_lists_free(struct ap_lists *lists);

static inline const uint32_t *ap_lists_of(const struct ap_lists *lists, uint32_t owner, uint32_t *count)
{
    *count = lists->first[owner + 1] - lists->first[owner];
    return lists->items + lists->first[owner];
}

#endif
