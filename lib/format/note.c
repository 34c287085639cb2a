/* Notes and their signature lines (C2SP signed-note v1.0.0, tlog-cosignature). */
#include "auditproof/note.h"

#include <string.h>

#include "auditproof/base64.h"
#include "auditproof/utf8.h"

/* U+2014 and a space. */
static const char dash[] = "\xe2\x80\x94 ";
enum { DASH_LEN = 4, SIGNATURE_MAX = 8192 };

static enum ap_status malformed(struct ap_error *err, const char *what)
{
    return ap_fail(err, AP_EINPUT, "not a signed note: %s (C2SP signed-note)", what);
}

/* Valid UTF-8, and no control characters but newlines. */
static bool is_note_text(const char *bytes, size_t len)
{
    size_t i;

    for (i = 0; i < len; i++)
        if ((unsigned char)bytes[i] < 0x20 && bytes[i] != '\n')
            return false;
    return ap_utf8_valid(bytes, len) == len;
}

/* Where the signature lines begin: after the last empty line. */
static size_t signatures_at(const char *bytes, size_t len)
{
    size_t i;

    for (i = len; i > 1; i--)
        if (bytes[i - 1] == '\n' && bytes[i - 2] == '\n')
            return i;
    return 0;
}

/* "— name base64" without its newline. */
static bool parse_line(struct ap_note_signature *out, const char *line, size_t len)
{
    uint8_t bytes[AP_BASE64_BYTES(SIGNATURE_MAX)];
    const char *space;
    size_t n;

    if (len <= DASH_LEN || memcmp(line, dash, DASH_LEN) != 0)
        return false;
    line += DASH_LEN;
    len -= DASH_LEN;
    space = memchr(line, ' ', len);
    if (space == NULL || space == line || memchr(line, '+', (size_t)(space - line)) != NULL)
        return false;
    out->name = line;
    out->name_len = (size_t)(space - line);
    len -= out->name_len + 1;
    if (len > SIGNATURE_MAX || !ap_base64_decode(bytes, &n, space + 1, len) || n <= AP_KEY_ID_LEN)
        return false;
    memcpy(out->id, bytes, AP_KEY_ID_LEN);
    out->len = n - AP_KEY_ID_LEN;
    memcpy(out->bytes, bytes + AP_KEY_ID_LEN, out->len < sizeof out->bytes ? out->len : sizeof out->bytes);
    return true;
}

enum ap_status ap_note_parse(struct ap_note *out, const char *bytes, size_t len, struct ap_error *err)
{
    return ap_note_parse_long(out, bytes, len, AP_NOTE_MAX, err);
}

enum ap_status ap_note_parse_long(struct ap_note *out, const char *bytes, size_t len, size_t max, struct ap_error *err)
{
    size_t at;

    memset(out, 0, sizeof *out);
    if (len > max)
        return ap_fail(err, AP_ELIMIT, "a note of %zu bytes is too long; the bound is %zu", len, max);
    if (len == 0 || bytes[len - 1] != '\n')
        return malformed(err, "it does not end in a newline");
    if (!is_note_text(bytes, len))
        return malformed(err, "it is not UTF-8, or has control characters");
    at = signatures_at(bytes, len);
    if (at < 2 || at == len)
        return malformed(err, "no empty line stands before signatures");
    out->text = bytes;
    out->text_len = at - 1;
    while (at < len) {
        const char *end = memchr(bytes + at, '\n', len - at);
        size_t line_len = (size_t)(end - (bytes + at));

        if (out->count == AP_NOTE_SIGNATURES_MAX)
            return ap_fail(err, AP_ELIMIT, "a note with more than %d signatures", AP_NOTE_SIGNATURES_MAX);
        if (!parse_line(&out->signatures[out->count++], bytes + at, line_len))
            return malformed(err, "a signature line is not as it must be");
        at += line_len + 1;
    }
    return AP_OK;
}

/* What a cosignature is over (C2SP tlog-cosignature, "Ed25519 signed message"). */
static void cosigned_message(struct ap_buf *out, uint64_t time_s, const char *text, size_t len)
{
    ap_buf_addf(out, "cosignature/v1\ntime %llu\n", (unsigned long long)time_s);
    ap_buf_add(out, text, len);
}

static enum ap_status check_cosignature(const struct ap_note *note, const struct ap_vkey *key, const uint8_t *bytes,
                                        bool *good, uint64_t *time_s, struct ap_error *err)
{
    struct ap_buf message = AP_BUF_INIT;
    uint64_t at_s = ap_get_u64(bytes);
    enum ap_status status;

    *good = false;
    if (at_s > INT64_MAX)
        return AP_OK;
    cosigned_message(&message, at_s, note->text, note->text_len);
    status = ap_buf_check(&message, "a cosignature", err);
    if (status == AP_OK)
        status = ap_signature_check(key->key, message.data, message.len, bytes + 8, good, err);
    ap_buf_free(&message);
    if (*good && time_s != NULL)
        *time_s = at_s;
    return status;
}

enum ap_status ap_note_check(const struct ap_note *note, const struct ap_vkey *key, enum ap_signed *out,
                             uint64_t *time_s, struct ap_error *err)
{
    size_t name_len = strlen(key->name), i;

    *out = AP_SIGNED_NOT;
    for (i = 0; i < note->count; i++) {
        const struct ap_note_signature *s = &note->signatures[i];
        enum ap_status status = AP_OK;
        bool good = false;

        if (s->name_len != name_len || memcmp(s->name, key->name, name_len) != 0 ||
            memcmp(s->id, key->id, AP_KEY_ID_LEN) != 0)
            continue;
        if (key->type == AP_KEY_NOTE && s->len == AP_SIGNATURE_LEN)
            status = ap_signature_check(key->key, note->text, note->text_len, s->bytes, &good, err);
        else if (key->type == AP_KEY_COSIGNATURE && s->len == AP_SIGNATURE_LEN + 8)
            status = check_cosignature(note, key, s->bytes, &good, time_s, err);
        if (status != AP_OK)
            return status;
        *out = good ? AP_SIGNED_WELL : AP_SIGNED_BADLY;
        /* One bad signature of a known key spoils the note. */
        if (!good)
            return AP_OK;
    }
    return AP_OK;
}

bool ap_note_signed_by(const struct ap_note *note, const struct ap_vkey *key)
{
    enum ap_signed is;

    return ap_note_check(note, key, &is, NULL, NULL) == AP_OK && is == AP_SIGNED_WELL;
}

enum ap_status ap_note_sign(struct ap_buf *out, const char *text, size_t text_len, const struct ap_vkey *key,
                            const struct ap_signing_key *signer, uint64_t time_s, struct ap_error *err)
{
    uint8_t bytes[AP_KEY_ID_LEN + 8 + AP_SIGNATURE_LEN];
    char encoded[AP_BASE64_LEN(sizeof bytes)];
    struct ap_buf message = AP_BUF_INIT;
    size_t at = AP_KEY_ID_LEN;
    enum ap_status status;

    memcpy(bytes, key->id, AP_KEY_ID_LEN);
    if (key->type == AP_KEY_COSIGNATURE) {
        ap_put_u64(bytes + at, time_s);
        at += 8;
        cosigned_message(&message, time_s, text, text_len);
    } else {
        ap_buf_add(&message, text, text_len);
    }
    status = ap_buf_check(&message, "what is to be signed", err);
    if (status == AP_OK)
        status = ap_sign(signer, message.data, message.len, bytes + at, err);
    ap_buf_free(&message);
    if (status != AP_OK)
        return status;
    at += AP_SIGNATURE_LEN;
    ap_base64_encode(encoded, bytes, at);
    ap_buf_addf(out, "%s%s ", dash, key->name);
    ap_buf_add(out, encoded, AP_BASE64_LEN(at));
    ap_buf_addc(out, '\n');
    return ap_buf_check(out, "a signature", err);
}
