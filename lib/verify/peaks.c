#include "seals.h"

enum { TILE_HEIGHT = 8 };

_Static_assert(1 << TILE_HEIGHT == AP_TILE_WIDTH, "a tile is a tree");

enum ap_status peaks_add(struct peaks *peaks, struct ap_digest *digest, const struct ap_hash *leaf,
                         struct ap_error *err)
{
    unsigned height = 0;

    peaks->hashes[peaks->count++] = *leaf;
    peaks->full_count = 0;
    /* As many perfect subtrees become one as the size has low bits set. */
    for (uint64_t bits = peaks->size++; (bits & 1) != 0; bits >>= 1) {
        struct ap_hash *left = &peaks->hashes[peaks->count - 2];
        enum ap_status status = ap_merkle_node(digest, left, left + 1, left, err);

        if (status != AP_OK)
            return status;
        peaks->count--;
        if (++height % TILE_HEIGHT == 0)
            peaks->full[peaks->full_count++] = *left;
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
