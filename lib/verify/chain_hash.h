/* Where a chain's id belongs in a table of chains. */
#ifndef AUDITPROOF_VERIFY_CHAIN_HASH_H
#define AUDITPROOF_VERIFY_CHAIN_HASH_H

#include <stddef.h>

#include "auditproof/bytes.h"

/*
 * Chain ids are chosen by others, so a few bits of them would make a poor hash: they are mixed. A flood of colliding
 * ids costs time, not correctness. cap is a power of two.
 */
static inline size_t chain_hash(const struct ap_uuid *id, size_t cap)
{
    uint64_t mixed = (ap_get_u64(id->bytes) ^ ap_get_u64(id->bytes + 8)) * UINT64_C(0x9e3779b97f4a7c15);

    return (size_t)(mixed >> 20) & (cap - 1);
}

#endif
