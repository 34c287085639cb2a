/*
 * Proofs as text: C2SP tlog-proof (`c2sp.org/tlog-proof@v1`), and our entry proof around it, which leads from the text
 * of one entry to a signed checkpoint (audit-format(5), PROOFS). Parsed parts point into the caller's text.
 */
#ifndef AUDITPROOF_PROOF_H
#define AUDITPROOF_PROOF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "auditproof/buf.h"
#include "auditproof/chain.h"
#include "auditproof/merkle.h"
#include "auditproof/note.h"

enum {
    AP_SEAL_LEN = 100,             /* bytes of a seal record */
    AP_PROOF_BYTES_MAX = 64 << 20, /* of a proof file: an entry text may be long */
    AP_PROOF_EXTRA_MAX = 4096,
};

/* What a seal says: this chain had this many entries, this root, and this last entry. */
struct ap_seal {
    struct ap_uuid chain;
    uint64_t size;
    struct ap_hash root;
    struct ap_hash entry_hash; /* of the entry numbered `size` */
    int64_t sealed_at_us;
};

/* "AP1S" ‖ chain ‖ size ‖ root ‖ entry hash ‖ sealed_at (audit-format(5), SEALS). */
void ap_seal_encode(uint8_t out[AP_SEAL_LEN], const struct ap_seal *seal);
bool ap_seal_decode(struct ap_seal *out, const uint8_t *bytes, size_t len);

/* An inclusion proof with its place. */
struct ap_inclusion {
    uint64_t index; /* from 0 */
    struct ap_hash hashes[AP_PROOF_MAX];
    size_t count;
};

/* c2sp.org/tlog-proof@v1 */
struct ap_tlog_proof {
    uint8_t extra[AP_PROOF_EXTRA_MAX];
    size_t extra_len;
    struct ap_inclusion inclusion;
    const char *note; /* the checkpoint, verbatim */
    size_t note_len;
};

AP_MUST_CHECK enum ap_status ap_tlog_proof_parse(struct ap_tlog_proof *out, const char *text, size_t len,
                                                 struct ap_error *err);
void ap_tlog_proof_format(struct ap_buf *out, const struct ap_tlog_proof *proof);

/*
 *     auditproof/entry-proof@v1
 *     entry <base64 of the entry text>
 *     record <base64 of the record's 100 bytes>
 *     history <base64 of notes>  how the log's key and name changed, when they did
 *     consistency                for each change of the key in the history, in order, from the log then to the
 * checkpoint <base64 hash> … index <seq - 1> <base64 hash>            inclusion in the chain's tree as the seal has it
 *     …
 *     <empty line>
 *     c2sp.org/tlog-proof@v1   with the seal record as its extra data
 *     …
 */
struct ap_entry_proof {
    struct ap_buf entry_text; /* owned; empty when the proof leaves it out: then only the record is proven */
    uint8_t record[AP_RECORD_LEN];
    struct ap_buf history; /* owned; notes of changed keys and declared restores, one after the other (log_key.h) */
    struct ap_buf changes; /* owned: for each change of the key, a byte that is their number, and hashes */
    struct ap_inclusion inclusion;
    struct ap_tlog_proof seal;
};

/* ap_entry_proof_clear also after a failure. About 6 kB beside the text. */
AP_MUST_CHECK enum ap_status ap_entry_proof_parse(struct ap_entry_proof *out, const char *text, size_t len,
                                                  struct ap_error *err);
AP_MUST_CHECK enum ap_status ap_entry_proof_format(struct ap_buf *out, const struct ap_entry_proof *proof,
                                                   struct ap_error *err);
void ap_entry_proof_clear(struct ap_entry_proof *proof);

/* The proofs of consistency of changes of the key: put one after the others; take that number i, from 0, false when
 * there are not so many. */
AP_MUST_CHECK enum ap_status ap_entry_proof_add_change(struct ap_entry_proof *proof, const struct ap_hash *hashes,
                                                       size_t count, struct ap_error *err);
bool ap_entry_proof_change(const struct ap_entry_proof *proof, size_t i, struct ap_hash out[AP_PROOF_MAX],
                           size_t *count);

/* Each step of DESIGN's chain of reasoning, in order; the first that does not hold ends it. */
enum ap_proof_step {
    AP_PROOF_HOLDS,
    AP_PROOF_ENTRY_TEXT, /* the text's hash is not the record's content hash */
    AP_PROOF_RECORD,     /* the record is not one: magic, seq and index disagree */
    AP_PROOF_CHAIN,      /* the record is not in the tree that the seal pins */
    AP_PROOF_SEAL,       /* the extra data is no seal record of this chain */
    AP_PROOF_LOG,        /* the seal is not in the log that the checkpoint pins */
};

/* Everything but signatures, which the caller checks on `checkpoint` with keys that it trusts. *seal and *checkpoint
 * are filled as far as it went. */
AP_MUST_CHECK enum ap_status ap_entry_proof_check(const struct ap_entry_proof *proof, struct ap_digest *digest,
                                                  enum ap_proof_step *step, struct ap_seal *seal, struct ap_note *note,
                                                  struct ap_checkpoint *checkpoint, struct ap_error *err);

/* A sentence for each step, for messages. Static. */
const char *ap_proof_step_text(enum ap_proof_step step);

#endif
