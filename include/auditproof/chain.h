/* The chain: records, and the hashes that link them (audit-format(5), CHAIN; RFC 6962 §2.1 for the leaf hash). */
#ifndef AUDITPROOF_CHAIN_H
#define AUDITPROOF_CHAIN_H

#include <stdint.h>

#include "auditproof/bytes.h"
#include "auditproof/digest.h"
#include "auditproof/error.h"

enum { AP_RECORD_LEN = 100 };

/* What a chain entry holds beside its hash. */
struct ap_record {
    struct ap_uuid chain;
    uint64_t seq; /* from 1 */
    int64_t recorded_at_us;
    uint8_t content_hash[AP_HASH_LEN];
};

/* The predecessor of seq 1: 32 zero bytes. */
extern const uint8_t ap_hash_zero[AP_HASH_LEN];

/* "AP1E" ‖ chain ‖ seq ‖ recorded_at ‖ prev ‖ content_hash */
void ap_record_encode(uint8_t out[AP_RECORD_LEN], const struct ap_record *record, const uint8_t prev[AP_HASH_LEN]);

/* entry hash = SHA-256(0x00 ‖ record) */
AP_MUST_CHECK enum ap_status ap_record_hash(struct ap_digest *digest, uint8_t out[AP_HASH_LEN],
                                            const struct ap_record *record, const uint8_t prev[AP_HASH_LEN],
                                            struct ap_error *err);

#endif
