/* Hashes and the two checks of RFC 9162 §2.1.3.2 and §2.1.4.2. */
#include "auditproof/merkle.h"

#include <string.h>

bool ap_hash_equal(const struct ap_hash *a, const struct ap_hash *b)
{
    return memcmp(a->bytes, b->bytes, sizeof a->bytes) == 0;
}

enum ap_status ap_merkle_empty(struct ap_digest *digest, struct ap_hash *out, struct ap_error *err)
{
    return ap_digest_spans(digest, out->bytes, NULL, 0, err);
}

enum ap_status ap_merkle_leaf(struct ap_digest *digest, const void *data, size_t len, struct ap_hash *out,
                              struct ap_error *err)
{
    struct ap_span spans[2] = {{"\x00", 1}, {data, len}};

    return ap_digest_spans(digest, out->bytes, spans, 2, err);
}

enum ap_status ap_merkle_node(struct ap_digest *digest, const struct ap_hash *left, const struct ap_hash *right,
                              struct ap_hash *out, struct ap_error *err)
{
    struct ap_span spans[3] = {{"\x01", 1}, {left->bytes, AP_HASH_LEN}, {right->bytes, AP_HASH_LEN}};

    return ap_digest_spans(digest, out->bytes, spans, 3, err);
}

enum ap_status ap_merkle_inclusion_root(struct ap_digest *digest, const struct ap_hash *leaf, uint64_t index,
                                        uint64_t size, const struct ap_hash *proof, size_t count, struct ap_hash *root,
                                        bool *leads, struct ap_error *err)
{
    uint64_t fn = index, sn = size - 1;
    enum ap_status status;
    size_t i;

    *leads = false;
    *root = *leaf;
    if (index >= size)
        return AP_OK;
    for (i = 0; i < count; i++) {
        if (sn == 0)
            return AP_OK;
        if ((fn & 1) != 0 || fn == sn) {
            status = ap_merkle_node(digest, &proof[i], root, root, err);
            while ((fn & 1) == 0 && fn != 0) {
                fn >>= 1;
                sn >>= 1;
            }
        } else {
            status = ap_merkle_node(digest, root, &proof[i], root, err);
        }
        if (status != AP_OK)
            return status;
        fn >>= 1;
        sn >>= 1;
    }
    *leads = sn == 0;
    return AP_OK;
}

enum ap_status ap_merkle_check_inclusion(struct ap_digest *digest, const struct ap_hash *leaf, uint64_t index,
                                         uint64_t size, const struct ap_hash *proof, size_t count,
                                         const struct ap_hash *root, bool *holds, struct ap_error *err)
{
    struct ap_hash there;
    enum ap_status status = ap_merkle_inclusion_root(digest, leaf, index, size, proof, count, &there, holds, err);

    *holds = status == AP_OK && *holds && ap_hash_equal(&there, root);
    return status;
}

/* The general case: 0 < size1 < size2, and a proof. */
static enum ap_status walk_consistency(struct ap_digest *digest, uint64_t size1, uint64_t size2,
                                       const struct ap_hash *root1, const struct ap_hash *root2,
                                       const struct ap_hash *proof, size_t count, bool *holds, struct ap_error *err)
{
    uint64_t fn = size1 - 1, sn = size2 - 1;
    struct ap_hash fr, sr;
    enum ap_status status = AP_OK;
    size_t i = 0;

    while ((fn & 1) != 0) {
        fn >>= 1;
        sn >>= 1;
    }
    /* A power of two is a node of the larger tree, so the proof leaves it out. */
    fr = sr = (size1 & (size1 - 1)) == 0 ? *root1 : proof[i++];
    for (; i < count; i++) {
        if (sn == 0)
            return AP_OK;
        if ((fn & 1) != 0 || fn == sn) {
            status = ap_merkle_node(digest, &proof[i], &fr, &fr, err);
            if (status == AP_OK)
                status = ap_merkle_node(digest, &proof[i], &sr, &sr, err);
            while ((fn & 1) == 0 && fn != 0) {
                fn >>= 1;
                sn >>= 1;
            }
        } else {
            status = ap_merkle_node(digest, &sr, &proof[i], &sr, err);
        }
        if (status != AP_OK)
            return status;
        fn >>= 1;
        sn >>= 1;
    }
    *holds = sn == 0 && ap_hash_equal(&fr, root1) && ap_hash_equal(&sr, root2);
    return AP_OK;
}

enum ap_status ap_merkle_check_consistency(struct ap_digest *digest, uint64_t size1, uint64_t size2,
                                           const struct ap_hash *root1, const struct ap_hash *root2,
                                           const struct ap_hash *proof, size_t count, bool *holds, struct ap_error *err)
{
    struct ap_hash empty;
    enum ap_status status;

    *holds = false;
    if (size1 > size2)
        return AP_OK;
    if (size1 == 0) {
        status = ap_merkle_empty(digest, &empty, err);
        *holds = status == AP_OK && count == 0 && ap_hash_equal(root1, &empty) &&
                 (size2 != 0 || ap_hash_equal(root2, &empty));
        return status;
    }
    if (size1 == size2) {
        *holds = count == 0 && ap_hash_equal(root1, root2);
        return AP_OK;
    }
    if (count == 0)
        return AP_OK;
    return walk_consistency(digest, size1, size2, root1, root2, proof, count, holds, err);
}
