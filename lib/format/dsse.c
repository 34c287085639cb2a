#include "auditproof/dsse.h"

#include <string.h>

#include "auditproof/base64.h"
#include "auditproof/bytes.h"
#include "auditproof/json.h"
#include "auditproof/json_read.h"

void ap_dsse_pae(struct ap_buf *out, const char *type, const void *body, size_t len)
{
    ap_buf_addf(out, "DSSEv1 %zu %s %zu ", strlen(type), type, len);
    ap_buf_add(out, body, len);
}

static void add_base64(struct ap_buf *out, const void *bytes, size_t len)
{
    char *to = ap_buf_reserve(out, AP_BASE64_LEN(len));

    if (to == NULL)
        return;
    ap_base64_encode(to, bytes, len);
    out->len += AP_BASE64_LEN(len);
    out->data[out->len] = '\0';
}

enum ap_status ap_dsse_seal(struct ap_buf *out, const char *type, const void *body, size_t len,
                            const struct ap_signing_key *key, struct ap_error *err)
{
    uint8_t public_key[AP_PUBLIC_KEY_LEN], fingerprint[AP_HASH_LEN], signature[AP_SIGNATURE_LEN];
    struct ap_buf pae = AP_BUF_INIT;
    char hex[2 * AP_HASH_LEN];
    enum ap_status status;

    ap_signing_key_public(key, public_key);
    ap_dsse_pae(&pae, type, body, len);
    status = ap_buf_check(&pae, "a signed statement", err);
    if (status == AP_OK)
        status = ap_public_key_fingerprint(public_key, fingerprint, err);
    if (status == AP_OK)
        status = ap_sign(key, pae.data, pae.len, signature, err);
    ap_buf_free(&pae);
    if (status != AP_OK)
        return status;
    ap_hex_encode(hex, fingerprint, sizeof fingerprint);
    ap_buf_adds(out, "{\"payload\":\"");
    add_base64(out, body, len);
    ap_buf_adds(out, "\",\"payloadType\":");
    ap_json_string(out, type);
    ap_buf_addf(out, ",\"signatures\":[{\"keyid\":\"%.*s\",\"sig\":\"", (int)sizeof hex, hex);
    add_base64(out, signature, sizeof signature);
    ap_buf_adds(out, "\"}]}\n");
    return ap_buf_check(out, "a signed statement", err);
}

/* Append what a string span of base64 stands for; the URL-safe alphabet goes without padding as often as with it. */
static enum ap_status decode(struct ap_buf *out, const struct ap_json_span *span, const char *what,
                             struct ap_error *err)
{
    struct ap_buf text = AP_BUF_INIT;
    size_t len = 0;
    bool good = false;
    char *to;

    if (span->kind != AP_JSON_STRING)
        return ap_fail(err, AP_EINPUT, "the envelope has no %s", what);
    ap_json_decode(span, &text);
    for (size_t i = 0; i < text.len; i++)
        text.data[i] = text.data[i] == '-' ? '+' : text.data[i] == '_' ? '/' : text.data[i];
    while (text.len % 4 > 1 && !text.failed)
        ap_buf_addc(&text, '=');
    to = text.failed ? NULL : ap_buf_reserve(out, AP_BASE64_BYTES(text.len));
    if (to != NULL)
        good = ap_base64_decode((uint8_t *)to, &len, ap_buf_str(&text), text.len);
    ap_buf_free(&text);
    if (to == NULL)
        return ap_fail_memory(err, "an envelope");
    if (!good)
        return ap_fail(err, AP_EINPUT, "the envelope's %s is not base64", what);
    out->len += len;
    out->data[out->len] = '\0';
    return AP_OK;
}

/* The three members that count; others are anybody's. */
struct envelope {
    struct ap_json_span payload, type, signatures;
};

static enum ap_status read_envelope(struct envelope *out, const char *text, size_t len, struct ap_error *err)
{
    struct ap_json_reader reader;
    struct ap_json_span name, value;
    enum ap_status status;
    bool more = true;

    memset(out, 0, sizeof *out);
    if (len > AP_DSSE_MAX)
        return ap_fail(err, AP_ELIMIT, "an envelope of %zu bytes is too long; the bound is %d", len, AP_DSSE_MAX);
    ap_json_reader_init(&reader, text, len);
    status = ap_json_read_open(&reader, err);
    while (status == AP_OK) {
        status = ap_json_read_member(&reader, &more, &name, &value, err);
        if (status != AP_OK || !more)
            break;
        if (ap_json_string_is(&name, "payload", 7))
            out->payload = value;
        else if (ap_json_string_is(&name, "payloadType", 11))
            out->type = value;
        else if (ap_json_string_is(&name, "signatures", 10))
            out->signatures = value;
    }
    if (status == AP_OK)
        status = ap_json_read_end(&reader, err);
    if (status == AP_OK && (out->type.kind != AP_JSON_STRING || out->signatures.kind != AP_JSON_ARRAY))
        status = ap_fail(err, AP_EINPUT, "the envelope has no payloadType, or no signatures");
    return status;
}

static enum ap_status check_signature(struct ap_json_reader *reader, const struct ap_buf *pae,
                                      const uint8_t key[AP_PUBLIC_KEY_LEN], bool *good, struct ap_error *err)
{
    struct ap_buf signature = AP_BUF_INIT;
    struct ap_json_span name, value, sig = {AP_JSON_NULL, NULL, 0};
    enum ap_status status = ap_json_read_open(reader, err);
    bool more = true, matches = false;

    while (status == AP_OK) {
        status = ap_json_read_member(reader, &more, &name, &value, err);
        if (status != AP_OK || !more)
            break;
        if (ap_json_string_is(&name, "sig", 3))
            sig = value;
    }
    if (status == AP_OK)
        status = decode(&signature, &sig, "sig", err);
    /* A signature of another length is another kind of key's. */
    if (status == AP_OK && signature.len == AP_SIGNATURE_LEN)
        status = ap_signature_check(key, pae->data, pae->len, (const uint8_t *)signature.data, &matches, err);
    *good = *good || matches;
    ap_buf_free(&signature);
    return status;
}

static void skip_space(struct ap_json_reader *reader)
{
    while (reader->at < reader->end && memchr(" \t\r\n", *reader->at, 4) != NULL)
        reader->at++;
}

/* Commas are where they should be: the envelope was read as JSON already. */
static enum ap_status check_signatures(const struct ap_json_span *list, const struct ap_buf *pae,
                                       const uint8_t key[AP_PUBLIC_KEY_LEN], bool *good, struct ap_error *err)
{
    struct ap_json_reader reader;
    enum ap_status status = AP_OK;

    ap_json_reader_init(&reader, list->text + 1, list->len - 2);
    skip_space(&reader);
    while (status == AP_OK && reader.at < reader.end) {
        status = check_signature(&reader, pae, key, good, err);
        skip_space(&reader);
        reader.at += reader.at < reader.end ? 1 : 0;
    }
    return status;
}

enum ap_status ap_dsse_open(struct ap_buf *payload, const char *envelope, size_t len, const char *type,
                            const uint8_t key[AP_PUBLIC_KEY_LEN], bool *good, struct ap_error *err)
{
    struct ap_buf pae = AP_BUF_INIT;
    struct envelope parts;
    size_t before = payload->len;
    bool is_signed = false;
    enum ap_status status = read_envelope(&parts, envelope, len, err);

    *good = false;
    if (status == AP_OK)
        status = decode(payload, &parts.payload, "payload", err);
    if (status != AP_OK)
        return status;
    ap_dsse_pae(&pae, type, payload->data + before, payload->len - before);
    status = ap_buf_check(&pae, "an envelope", err);
    if (status == AP_OK)
        status = check_signatures(&parts.signatures, &pae, key, &is_signed, err);
    *good = status == AP_OK && is_signed && ap_json_string_is(&parts.type, type, strlen(type));
    ap_buf_free(&pae);
    return status;
}
