/*
 * Proofs, notes, verifier keys and policies that a stranger sends: whatever they hold, they are read or refused, a
 * proof that is read is written again as it was, and nothing holds of which nothing was signed.
 */
#include <stdlib.h>
#include <string.h>

#include "auditproof/clock.h"
#include "auditproof/policy.h"
#include "auditproof/proof.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void read_proof(struct ap_digest *digest, const char *text, size_t size)
{
    static struct ap_entry_proof proof;
    static struct ap_note note;
    char at[AP_TIME_TEXT_SIZE];
    struct ap_buf again = AP_BUF_INIT;
    struct ap_checkpoint checkpoint;
    enum ap_proof_step step;
    struct ap_seal seal;

    if (ap_entry_proof_parse(&proof, text, size, NULL) == AP_OK) {
        if (ap_entry_proof_format(&again, &proof, NULL) != AP_OK || again.len != size ||
            memcmp(again.data, text, size) != 0)
            abort();
        if (ap_entry_proof_check(&proof, digest, &step, &seal, &note, &checkpoint, NULL) == AP_OK)
            ap_time_format(at, seal.sealed_at_us);
    }
    ap_entry_proof_clear(&proof);
    ap_buf_free(&again);
}

static void read_note(struct ap_digest *digest, const char *text, size_t size)
{
    static struct ap_vkey key;
    static struct ap_note note;
    struct ap_policy_verdict verdict;
    struct ap_checkpoint checkpoint;
    struct ap_policy *policy = NULL;
    enum ap_signed is;
    bool keyed = ap_vkey_parse(&key, digest, text, strcspn(text, "\n"), NULL) == AP_OK;
    bool ruled = ap_policy_parse(&policy, digest, text, size, NULL) == AP_OK;

    if (ap_note_parse(&note, text, size, NULL) == AP_OK &&
        ap_checkpoint_parse(&checkpoint, note.text, note.text_len, NULL) == AP_OK) {
        if (keyed && ap_note_check(&note, &key, &is, NULL, NULL) == AP_OK && is == AP_SIGNED_WELL)
            abort();
        if (ruled && ap_policy_check(policy, &note, &verdict, NULL) == AP_OK && verdict.by_log)
            abort();
    }
    ap_policy_free(policy);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct ap_digest *digest;
    char *text = malloc(size + 1);

    if (text == NULL || (digest == NULL && ap_digest_new(&digest, NULL) != AP_OK))
        abort();
    memcpy(text, data, size);
    text[size] = '\0';
    read_proof(digest, text, size);
    read_note(digest, text, size);
    free(text);
    return 0;
}
