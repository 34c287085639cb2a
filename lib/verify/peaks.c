#include "seals.h"

enum ap_status peaks_add(struct peaks *peaks, struct ap_digest *digest, const struct ap_hash *leaf,
                         struct ap_error *err)
{
    peaks->hashes[peaks->count++] = *leaf;
    /* As many perfect subtrees become one as the size has low bits set. */
    for (uint64_t bits = peaks->size++; (bits & 1) != 0; bits >>= 1) {
        struct ap_hash *left = &peaks->hashes[peaks->count - 2];
        enum ap_status status = ap_merkle_node(digest, left, left + 1, left, err);

        if (status != AP_OK)
            return status;
        peaks->count--;
    }
    return AP_OK;
}

enum ap_status peaks_root(const struct peaks *peaks, struct ap_digest *digest, struct ap_hash *out,
                          struct ap_error *err)
{
    enum ap_status status = AP_OK;

    if (peaks->count == 0)
        return ap_merkle_empty(digest, out, err);
    *out = peaks->hashes[peaks->count - 1];
    for (size_t i = peaks->count - 1; i-- > 0 && status == AP_OK;)
        status = ap_merkle_node(digest, &peaks->hashes[i], out, out, err);
    return status;
}
