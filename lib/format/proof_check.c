/* Seal records, and what a proof proves (audit-format(5), SEALS and PROOFS). */
#include <string.h>

#include "auditproof/proof.h"

static const char seal_magic[4] = {'A', 'P', '1', 'S'}, record_magic[4] = {'A', 'P', '1', 'E'};

/* Offsets in a seal record, and in a record (audit-format(5)). */
enum { SEAL_CHAIN = 4, SEAL_SIZE = 20, SEAL_ROOT = 28, SEAL_HASH = 60, SEAL_AT = 92 };
enum { RECORD_CHAIN = 4, RECORD_SEQ = 20, RECORD_CONTENT = 68 };

void ap_seal_encode(uint8_t out[AP_SEAL_LEN], const struct ap_seal *seal)
{
    memcpy(out, seal_magic, sizeof seal_magic);
    memcpy(out + SEAL_CHAIN, seal->chain.bytes, AP_UUID_LEN);
    ap_put_u64(out + SEAL_SIZE, seal->size);
    memcpy(out + SEAL_ROOT, seal->root.bytes, AP_HASH_LEN);
    memcpy(out + SEAL_HASH, seal->entry_hash.bytes, AP_HASH_LEN);
    ap_put_u64(out + SEAL_AT, (uint64_t)seal->sealed_at_us);
}

bool ap_seal_decode(struct ap_seal *out, const uint8_t *bytes, size_t len)
{
    if (len != AP_SEAL_LEN || memcmp(bytes, seal_magic, sizeof seal_magic) != 0)
        return false;
    memcpy(out->chain.bytes, bytes + SEAL_CHAIN, AP_UUID_LEN);
    out->size = ap_get_u64(bytes + SEAL_SIZE);
    memcpy(out->root.bytes, bytes + SEAL_ROOT, AP_HASH_LEN);
    memcpy(out->entry_hash.bytes, bytes + SEAL_HASH, AP_HASH_LEN);
    out->sealed_at_us = (int64_t)ap_get_u64(bytes + SEAL_AT);
    return true;
}

/* The entry's text, its record, and the record in the tree that the seal pins. */
static enum ap_status check_entry(const struct ap_entry_proof *proof, struct ap_digest *digest,
                                  const struct ap_seal *seal, enum ap_proof_step *step, struct ap_error *err)
{
    struct ap_span text = {proof->entry_text.data, proof->entry_text.len};
    struct ap_hash leaf;
    uint8_t content[AP_HASH_LEN];
    enum ap_status status;
    bool holds;

    *step = AP_PROOF_RECORD;
    if (memcmp(proof->record, record_magic, sizeof record_magic) != 0 ||
        ap_get_u64(proof->record + RECORD_SEQ) != proof->inclusion.index + 1)
        return AP_OK;
    if (text.len > 0) {
        *step = AP_PROOF_ENTRY_TEXT;
        status = ap_digest_spans(digest, content, &text, 1, err);
        if (status != AP_OK || memcmp(content, proof->record + RECORD_CONTENT, AP_HASH_LEN) != 0)
            return status;
    }
    *step = AP_PROOF_SEAL;
    if (memcmp(seal->chain.bytes, proof->record + RECORD_CHAIN, AP_UUID_LEN) != 0)
        return AP_OK;
    *step = AP_PROOF_CHAIN;
    status = ap_merkle_leaf(digest, proof->record, AP_RECORD_LEN, &leaf, err);
    if (status == AP_OK)
        status = ap_merkle_check_inclusion(digest, &leaf, proof->inclusion.index, seal->size, proof->inclusion.hashes,
                                           proof->inclusion.count, &seal->root, &holds, err);
    if (status == AP_OK && holds)
        *step = AP_PROOF_HOLDS;
    return status;
}

enum ap_status ap_entry_proof_check(const struct ap_entry_proof *proof, struct ap_digest *digest,
                                    enum ap_proof_step *step, struct ap_seal *seal, struct ap_note *note,
                                    struct ap_checkpoint *checkpoint, struct ap_error *err)
{
    struct ap_hash leaf;
    enum ap_status status;
    bool holds;

    memset(seal, 0, sizeof *seal);
    memset(checkpoint, 0, sizeof *checkpoint);
    *step = AP_PROOF_SEAL;
    status = ap_note_parse(note, proof->seal.note, proof->seal.note_len, err);
    if (status == AP_OK)
        status = ap_checkpoint_parse(checkpoint, note->text, note->text_len, err);
    if (status != AP_OK || !ap_seal_decode(seal, proof->seal.extra, proof->seal.extra_len))
        return status;
    status = check_entry(proof, digest, seal, step, err);
    if (status != AP_OK || *step != AP_PROOF_HOLDS)
        return status;
    *step = AP_PROOF_LOG;
    status = ap_merkle_leaf(digest, proof->seal.extra, proof->seal.extra_len, &leaf, err);
    if (status == AP_OK)
        status = ap_merkle_check_inclusion(digest, &leaf, proof->seal.inclusion.index, checkpoint->size,
                                           proof->seal.inclusion.hashes, proof->seal.inclusion.count, &checkpoint->root,
                                           &holds, err);
    if (status == AP_OK && holds)
        *step = AP_PROOF_HOLDS;
    return status;
}

const char *ap_proof_step_text(enum ap_proof_step step)
{
    switch (step) {
    case AP_PROOF_HOLDS:
        return "the entry is in the chain, the chain in the seal, and the seal in the checkpoint";
    case AP_PROOF_ENTRY_TEXT:
        return "the entry text is not the one whose hash the record holds";
    case AP_PROOF_RECORD:
        return "the record is not a chain record of the entry number that the proof is about";
    case AP_PROOF_CHAIN:
        return "the record is not in the chain that the seal pins";
    case AP_PROOF_SEAL:
        return "the seal is not a seal of the record's chain";
    case AP_PROOF_LOG:
        return "the seal is not in the seal log that the checkpoint pins";
    }
    return "";
}
