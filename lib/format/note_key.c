/* Verifier keys and checkpoint texts (C2SP signed-note v1.0.0, tlog-checkpoint v1.0.0). */
#include <stdio.h>
#include <string.h>

#include "auditproof/base64.h"
#include "auditproof/note.h"
#include "auditproof/utf8.h"

/* White_Space of Unicode 15.0 beyond ASCII. */
static bool is_wide_space(const char *at, size_t len)
{
    static const char *const spaces[] = {
        "\xc2\x85",     "\xc2\xa0",     "\xe1\x9a\x80", "\xe2\x80\x80", "\xe2\x80\x81", "\xe2\x80\x82", "\xe2\x80\x83",
        "\xe2\x80\x84", "\xe2\x80\x85", "\xe2\x80\x86", "\xe2\x80\x87", "\xe2\x80\x88", "\xe2\x80\x89", "\xe2\x80\x8a",
        "\xe2\x80\xa8", "\xe2\x80\xa9", "\xe2\x80\xaf", "\xe2\x81\x9f", "\xe3\x80\x80",
    };
    size_t i;

    for (i = 0; i < sizeof spaces / sizeof *spaces; i++)
        if (strlen(spaces[i]) <= len && memcmp(at, spaces[i], strlen(spaces[i])) == 0)
            return true;
    return false;
}

static bool is_key_name(const char *name, size_t len)
{
    size_t i;

    if (len == 0 || len > AP_KEY_NAME_MAX || ap_utf8_valid(name, len) != len)
        return false;
    for (i = 0; i < len; i++)
        if ((unsigned char)name[i] <= 0x20 || name[i] == 0x7f || name[i] == '+' || is_wide_space(name + i, len - i))
            return false;
    return true;
}

enum ap_status ap_vkey_make(struct ap_vkey *out, struct ap_digest *digest, const char *name, uint8_t type,
                            const uint8_t key[AP_PUBLIC_KEY_LEN], struct ap_error *err)
{
    size_t len = strlen(name);
    struct ap_span spans[4] = {{name, len}, {"\n", 1}, {&type, 1}, {key, AP_PUBLIC_KEY_LEN}};
    uint8_t hash[AP_HASH_LEN];
    enum ap_status status;

    if (!is_key_name(name, len))
        return ap_fail(
            err, AP_EINPUT,
            "\"%s\" cannot name a key: 1 to %d bytes without white space or '+', best a host and path such as "
            "audit.example.com/seals",
            name, AP_KEY_NAME_MAX);
    memset(out, 0, sizeof *out);
    memcpy(out->name, name, len);
    out->type = type;
    memcpy(out->key, key, AP_PUBLIC_KEY_LEN);
    status = ap_digest_spans(digest, hash, spans, 4, err);
    memcpy(out->id, hash, AP_KEY_ID_LEN);
    return status;
}

enum ap_status ap_vkey_parse(struct ap_vkey *out, struct ap_digest *digest, const char *text, size_t len,
                             struct ap_error *err)
{
    const char *first = memchr(text, '+', len), *second = NULL;
    uint8_t id[AP_KEY_ID_LEN], bytes[AP_BASE64_BYTES(44)];
    char name[AP_KEY_NAME_MAX + 1];
    enum ap_status status;
    size_t n = 0;

    /* Only the first two: base64 has '+' of its own. */
    if (first != NULL)
        second = memchr(first + 1, '+', len - (size_t)(first + 1 - text));
    if (second == NULL || (size_t)(first - text) > AP_KEY_NAME_MAX || second - first != 9 ||
        !ap_hex_decode(id, AP_KEY_ID_LEN, first + 1) || len - (size_t)(second + 1 - text) != 44 ||
        !ap_base64_decode(bytes, &n, second + 1, 44) || n != 1 + AP_PUBLIC_KEY_LEN)
        return ap_fail(err, AP_EINPUT,
                       "\"%.*s\" is not a verifier key: NAME+8 hexadecimal digits+base64 of an Ed25519 key",
                       len > 400 ? 400 : (int)len, text);
    if (bytes[0] != AP_KEY_NOTE && bytes[0] != AP_KEY_COSIGNATURE)
        return ap_fail(err, AP_EINPUT,
                       "verifier key %.*s is of type 0x%02x; Ed25519 notes (0x01) and cosignatures (0x04) are known",
                       (int)(first - text), text, bytes[0]);
    memcpy(name, text, (size_t)(first - text));
    name[first - text] = '\0';
    if (strlen(name) != (size_t)(first - text))
        return ap_fail(err, AP_EINPUT, "a verifier key's name has a NUL in it");
    status = ap_vkey_make(out, digest, name, bytes[0], bytes + 1, err);
    if (status == AP_OK && memcmp(out->id, id, AP_KEY_ID_LEN) != 0)
        return ap_fail(err, AP_EINPUT, "verifier key %s: its id does not belong to its name and key; was it mistyped?",
                       name);
    return status;
}

void ap_vkey_format(const struct ap_vkey *key, char out[AP_VKEY_TEXT_SIZE])
{
    uint8_t bytes[1 + AP_PUBLIC_KEY_LEN];
    size_t at = strlen(key->name);

    memcpy(out, key->name, at);
    out[at++] = '+';
    ap_hex_encode(out + at, key->id, AP_KEY_ID_LEN);
    at += 8;
    out[at++] = '+';
    bytes[0] = key->type;
    memcpy(bytes + 1, key->key, AP_PUBLIC_KEY_LEN);
    ap_base64_encode(out + at, bytes, sizeof bytes);
    out[at + AP_BASE64_LEN(sizeof bytes)] = '\0';
}

bool ap_vkey_equal(const struct ap_vkey *a, const struct ap_vkey *b)
{
    return a->type == b->type && strcmp(a->name, b->name) == 0 && memcmp(a->key, b->key, AP_PUBLIC_KEY_LEN) == 0;
}

bool ap_decimal_parse(uint64_t *out, const char *text, size_t len)
{
    uint64_t value = 0;
    size_t i;

    if (len == 0 || len > 20 || (len > 1 && text[0] == '0'))
        return false;
    for (i = 0; i < len; i++) {
        unsigned digit = (unsigned)(text[i] - '0');

        if (text[i] < '0' || text[i] > '9' || value > (UINT64_MAX - digit) / 10)
            return false;
        value = value * 10 + digit;
    }
    *out = value;
    return true;
}

/* The next line without its newline; NULL when there is none that ends. */
static const char *next_line(const char **at, const char *end, size_t *len)
{
    const char *line = *at, *newline = memchr(line, '\n', (size_t)(end - line));

    if (newline == NULL)
        return NULL;
    *len = (size_t)(newline - line);
    *at = newline + 1;
    return line;
}

enum ap_status ap_checkpoint_parse(struct ap_checkpoint *out, const char *text, size_t len, struct ap_error *err)
{
    const char *at = text, *end = text + len, *size, *root;
    uint8_t bytes[AP_BASE64_BYTES(44)];
    size_t size_len, root_len, n = 0;

    memset(out, 0, sizeof *out);
    out->origin = next_line(&at, end, &out->origin_len);
    size = out->origin == NULL ? NULL : next_line(&at, end, &size_len);
    root = size == NULL ? NULL : next_line(&at, end, &root_len);
    if (root == NULL || out->origin_len == 0 || !ap_decimal_parse(&out->size, size, size_len) || root_len != 44 ||
        !ap_base64_decode(bytes, &n, root, root_len) || n != AP_HASH_LEN)
        return ap_fail(err, AP_EINPUT,
                       "not a checkpoint: origin, size and root are wanted, a line each (C2SP tlog-checkpoint)");
    memcpy(out->root.bytes, bytes, AP_HASH_LEN);
    out->extensions = at;
    out->extensions_len = (size_t)(end - at);
    return AP_OK;
}

void ap_checkpoint_format(struct ap_buf *out, const char *origin, uint64_t size, const struct ap_hash *root)
{
    char encoded[AP_BASE64_LEN(AP_HASH_LEN)];

    ap_base64_encode(encoded, root->bytes, AP_HASH_LEN);
    ap_buf_addf(out, "%s\n%llu\n", origin, (unsigned long long)size);
    ap_buf_add(out, encoded, sizeof encoded);
    ap_buf_addc(out, '\n');
}
