/*
 * A state of incremental verification that somebody else wrote: whatever it holds, it is read or refused, and one that
 * is read is written again as it was. The digest is put right, or nothing would get past it.
 */
#include <stdlib.h>
#include <string.h>

#include "auditproof/digest.h"
#include "verify/state.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void read_and_write(const char *text, size_t size)
{
    static struct state state;
    struct ap_buf again = AP_BUF_INIT;

    if (state_parse(&state, text, size, NULL) == AP_OK &&
        (state_encode(&again, &state, NULL) != AP_OK || again.len != size || memcmp(again.data, text, size) != 0))
        abort();
    ap_buf_free(&again);
    state_free(&state);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct ap_digest *digest;
    const struct ap_span span = {data, size};
    struct ap_buf text = AP_BUF_INIT;
    char hex[AP_HASH_TEXT_SIZE] = "";
    uint8_t hash[AP_HASH_LEN];

    if ((digest == NULL && ap_digest_new(&digest, NULL) != AP_OK) ||
        ap_digest_spans(digest, hash, &span, 1, NULL) != AP_OK)
        abort();
    ap_hex_encode(hex, hash, AP_HASH_LEN);
    ap_buf_add(&text, data, size);
    ap_buf_addf(&text, "sha256 %s\n", hex);
    if (text.failed)
        abort();
    read_and_write(ap_buf_str(&text), text.len);
    ap_buf_clear(&text);
    ap_buf_add(&text, data, size);
    read_and_write(ap_buf_str(&text), text.len);
    ap_buf_free(&text);
    return 0;
}
