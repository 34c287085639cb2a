#include "receipt.h"

#include <string.h>

#include "auditproof/json.h"
#include "auditproof/json_read.h"

void receipt_put(struct ap_buf *out, const struct making *making)
{
    ap_buf_adds(out, "{\"verdict\":");
    ap_json_string(out, making->word);
    if (making->has_bundle) {
        ap_buf_adds(out, ",\"bundle_sha256\":\"");
        ap_buf_add_hex(out, making->bundle_sha256, AP_HASH_LEN);
        ap_buf_addc(out, '"');
    }
    ap_buf_adds(out, "}\n");
}

/* A string of ours has no escapes. */
static bool take_text(char *out, size_t size, const struct ap_json_span *value)
{
    if (value->kind != AP_JSON_STRING || value->len < 2 || value->len - 2 >= size)
        return false;
    memcpy(out, value->text + 1, value->len - 2);
    out[value->len - 2] = '\0';
    return true;
}

static bool take(struct receipt *out, const struct ap_json_span *key, const struct ap_json_span *value)
{
    char hex[AP_HASH_TEXT_SIZE];

    if (ap_json_string_is(key, "verdict", strlen("verdict")))
        return take_text(out->word, sizeof out->word, value);
    if (!ap_json_string_is(key, "bundle_sha256", strlen("bundle_sha256")))
        return true;
    out->has_bundle = take_text(hex, sizeof hex, value) && strlen(hex) == (size_t)2 * AP_HASH_LEN &&
                      ap_hex_decode(out->bundle_sha256, AP_HASH_LEN, hex);
    return out->has_bundle;
}

enum ap_status receipt_read(struct receipt *out, const char *text, struct ap_error *err)
{
    struct ap_json_reader reader;
    bool more = true, good = true;
    enum ap_status status;

    memset(out, 0, sizeof *out);
    ap_json_reader_init(&reader, text, strlen(text));
    status = ap_json_read_open(&reader, err);
    while (status == AP_OK && more) {
        struct ap_json_span key, value;

        status = ap_json_read_member(&reader, &more, &key, &value, err);
        if (status == AP_OK && more)
            good = take(out, &key, &value) && good;
    }
    if (status == AP_OK && good && out->word[0] != '\0')
        return AP_OK;
    return ap_fail(err, AP_EINTERNAL, "the report's process did not say what came of it");
}
