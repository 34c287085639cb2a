/*
 * Arbitrary bodies of add-checkpoint: what is parsed is written again the same, and a witness never cosigns what the
 * log did not sign.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "auditproof/witness.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct ap_digest *digest;
static struct ap_signing_key *key;
static struct ap_vkey vkey, log_key;

static void make_keys(void)
{
    uint8_t public_key[AP_PUBLIC_KEY_LEN];

    if (ap_digest_new(&digest, NULL) != AP_OK || ap_signing_key_new(&key, NULL) != AP_OK)
        abort();
    ap_signing_key_public(key, public_key);
    if (ap_vkey_make(&vkey, digest, "witness", AP_KEY_COSIGNATURE, public_key, NULL) != AP_OK ||
        ap_vkey_make(&log_key, digest, "log", AP_KEY_NOTE, public_key, NULL) != AP_OK)
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct ap_witness witness = {NULL, &vkey, &log_key, 1, "/nonexistent"};
    struct ap_witness_request request;
    struct ap_witness_answer answer;
    struct ap_buf again = AP_BUF_INIT;

    if (key == NULL)
        make_keys();
    witness.key = key;
    if (ap_witness_request_parse(&request, (const char *)data, size, NULL) == AP_OK &&
        (ap_witness_request_format(&again, request.old_size, request.proof, request.count, request.note,
                                   request.note_len, NULL) != AP_OK ||
         again.len != size || memcmp(again.data, data, size) != 0))
        abort();
    ap_buf_free(&again);
    if (ap_witness_add_checkpoint(&witness, digest, data, size, 1, &answer, NULL) != AP_OK ||
        answer.http_status < 400 || answer.http_status > 404 || answer.body.len == 0)
        abort();
    ap_buf_free(&answer.body);
    return 0;
}
