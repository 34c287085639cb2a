#include "auditproof/chain.h"

#include <string.h>

const uint8_t ap_hash_zero[AP_HASH_LEN] = {0};

void ap_record_encode(uint8_t out[AP_RECORD_LEN], const struct ap_record *record, const uint8_t prev[AP_HASH_LEN])
{
    memcpy(out, "AP1E", 4);
    memcpy(out + 4, record->chain.bytes, AP_UUID_LEN);
    ap_put_u64(out + 20, record->seq);
    ap_put_u64(out + 28, (uint64_t)record->recorded_at_us);
    memcpy(out + 36, prev, AP_HASH_LEN);
    memcpy(out + 68, record->content_hash, AP_HASH_LEN);
}

enum ap_status ap_record_hash(struct ap_digest *digest, uint8_t out[AP_HASH_LEN], const struct ap_record *record,
                              const uint8_t prev[AP_HASH_LEN], struct ap_error *err)
{
    /* The domain byte and the record lie together so that the digest is fed once. */
    uint8_t leaf[1 + AP_RECORD_LEN];
    struct ap_span span = {leaf, sizeof leaf};

    leaf[0] = 0x00;
    ap_record_encode(leaf + 1, record, prev);
    return ap_digest_spans(digest, out, &span, 1, err);
}
