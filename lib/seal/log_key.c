#include "auditproof/log_key.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "auditproof/base64.h"
#include "seal_internal.h"

/* A checkpoint's second line is a number: no change of keys can pass for one. */
static const char header[] = "auditproof/log-key@v1";

void ap_log_key_text(struct ap_buf *out, unsigned number, const struct ap_vkey *before, const struct ap_vkey *after,
                     uint64_t size, const struct ap_hash *root, int64_t at_us)
{
    char old_text[AP_VKEY_TEXT_SIZE], new_text[AP_VKEY_TEXT_SIZE], hash[AP_BASE64_LEN(AP_HASH_LEN) + 1];

    ap_vkey_format(before, old_text);
    ap_vkey_format(after, new_text);
    ap_base64_encode(hash, root->bytes, AP_HASH_LEN);
    hash[AP_BASE64_LEN(AP_HASH_LEN)] = '\0';
    ap_buf_addf(out, "%s\n%s\n%s\n%u\n%" PRIu64 "\n%s\n%" PRId64 "\n", header, old_text, new_text, number, size, hash,
                at_us);
}

bool note_line(struct note_lines *lines, const char **text, size_t *len)
{
    const char *end = lines->left == 0 ? NULL : memchr(lines->at, '\n', lines->left);

    if (end == NULL)
        return false;
    *text = lines->at;
    *len = (size_t)(end - lines->at);
    lines->left -= *len + 1;
    lines->at = end + 1;
    return true;
}

bool note_line_is(struct note_lines *lines, const char *want)
{
    const char *text;
    size_t len;

    return note_line(lines, &text, &len) && len == strlen(want) && memcmp(text, want, len) == 0;
}

bool note_line_number(struct note_lines *lines, uint64_t *out)
{
    const char *text;
    size_t len;

    return note_line(lines, &text, &len) && ap_decimal_parse(out, text, len);
}

bool note_line_hash(struct note_lines *lines, struct ap_hash *out)
{
    uint8_t bytes[AP_BASE64_BYTES(AP_BASE64_LEN(AP_HASH_LEN))];
    const char *text;
    size_t len, n;

    if (!note_line(lines, &text, &len) || len != AP_BASE64_LEN(AP_HASH_LEN) ||
        !ap_base64_decode(bytes, &n, text, len) || n != AP_HASH_LEN)
        return false;
    memcpy(out->bytes, bytes, AP_HASH_LEN);
    return true;
}

static bool vkey_line(struct note_lines *lines, struct ap_digest *digest, struct ap_vkey *out)
{
    const char *text;
    size_t len;

    return note_line(lines, &text, &len) && ap_vkey_parse(out, digest, text, len, NULL) == AP_OK &&
           out->type == AP_KEY_NOTE;
}

/* What one change says, which must be what its row says. */
struct change {
    struct ap_vkey before, after;
    uint64_t number, size, at_us;
    struct ap_hash root;
};

static bool parse_change(struct change *out, const struct ap_note *note, struct ap_digest *digest)
{
    struct note_lines lines = {note->text, note->text_len};

    return note_line_is(&lines, header) && vkey_line(&lines, digest, &out->before) &&
           vkey_line(&lines, digest, &out->after) && note_line_number(&lines, &out->number) &&
           note_line_number(&lines, &out->size) && note_line_hash(&lines, &out->root) &&
           note_line_number(&lines, &out->at_us) && lines.left == 0;
}

bool note_signed_by(const struct ap_note *note, const struct ap_vkey *key)
{
    enum ap_signed is;

    return ap_note_check(note, key, &is, NULL, NULL) == AP_OK && is == AP_SIGNED_WELL;
}

/* NULL, or what is wrong with row i. */
static const char *take_change(struct ap_log_keys *out, struct ap_digest *digest, const struct ap_rows *rows, size_t i,
                               struct ap_note *note, struct ap_buf *bytes)
{
    struct ap_log_key *last = &out->keys[i], *next = &out->keys[i + 1];
    char text[AP_VKEY_TEXT_SIZE];
    struct change change;

    ap_buf_clear(bytes);
    if (!hex_buffer(rows, i, 3, bytes) || ap_note_parse(note, bytes->data, bytes->len, NULL) != AP_OK ||
        !parse_change(&change, note, digest))
        return "its note cannot be read";
    if (i == 0)
        last->vkey = change.before;
    ap_vkey_format(&change.after, text);
    if (change.number != i + 1 || ap_rows_int(rows, i, 0) != (int64_t)(i + 1) ||
        strcmp(text, ap_rows_str(rows, i, 1)) != 0 || change.size != (uint64_t)ap_rows_int(rows, i, 2))
        return "its row and its note disagree";
    if (!ap_vkey_equal(&change.before, &last->vkey) || change.size < last->from_size)
        return "it does not go on from the key before it";
    if (!note_signed_by(note, &change.before) || !note_signed_by(note, &change.after))
        return "it is not signed by the key before it and the key after it";
    next->vkey = change.after;
    next->from_size = change.size;
    next->root = change.root;
    return NULL;
}

/* A key is pinned by its bytes: by whichever of the log's names it is known. */
static bool is_pinned(const struct ap_log_keys *keys, const struct ap_log_key *key, const struct ap_vkey *pinned)
{
    return memcmp(key->vkey.key, pinned->key, AP_PUBLIC_KEY_LEN) == 0 && pinned->type == AP_KEY_NOTE &&
           (strcmp(pinned->name, key->vkey.name) == 0 || strcmp(pinned->name, keys->keys[0].vkey.name) == 0);
}

static enum ap_status take_changes(struct ap_log_keys *out, struct ap_digest *digest, const struct ap_vkey *pinned,
                                   const struct ap_rows *rows, struct ap_error *err)
{
    size_t i, count = ap_rows_count(rows);
    struct ap_note *note = calloc(1, sizeof *note);
    struct ap_buf bytes = AP_BUF_INIT;
    const char *wrong = NULL;

    out->keys = calloc(count + 1, sizeof *out->keys);
    if (out->keys == NULL || note == NULL) {
        free(note);
        return ap_fail_memory(err, "the log's keys");
    }
    out->keys[0].vkey = *pinned;
    out->count = 1;
    for (i = 0; i < count && wrong == NULL; i++) {
        wrong = take_change(out, digest, rows, i, note, &bytes);
        if (wrong == NULL)
            out->count++;
        else
            ap_finding_text(out->problem, "change %zu of the log's key: %s", i + 1, wrong);
    }
    for (i = 0; i < out->count; i++)
        out->known = out->known || is_pinned(out, &out->keys[i], pinned);
    if (!out->known) {
        out->keys[0].vkey = *pinned;
        out->count = 1;
    }
    free(note);
    ap_buf_free(&bytes);
    return AP_OK;
}

enum ap_status ap_log_keys_read(struct ap_db *db, struct ap_digest *digest, const struct ap_vkey *pinned,
                                struct ap_log_keys *out, struct ap_error *err)
{
    struct ap_rows *rows = NULL;
    enum ap_status status;

    memset(out, 0, sizeof *out);
    status = ap_db_query(db, ap_sql("queries/seal_keys"), 0, NULL, &rows, err);
    if (status == AP_OK)
        status = take_changes(out, digest, pinned, rows, err);
    ap_rows_free(rows);
    return status;
}

void ap_log_keys_free(struct ap_log_keys *keys)
{
    free(keys->keys);
    memset(keys, 0, sizeof *keys);
}

const struct ap_log_key *ap_log_keys_at(const struct ap_log_keys *keys, const char *origin, size_t origin_len,
                                        uint64_t size, bool *past)
{
    const struct ap_log_key *found = NULL;
    size_t i;

    *past = false;
    for (i = 0; i < keys->count; i++) {
        const struct ap_log_key *key = &keys->keys[i];
        bool same = strlen(key->vkey.name) == origin_len && memcmp(key->vkey.name, origin, origin_len) == 0;

        if (same && (found == NULL || key->from_size < size)) {
            found = key;
            *past = false;
        } else if (!same && found != NULL && key->from_size < size) {
            *past = true;
        }
    }
    /* A name that the log took later cannot stand on what was there before. */
    if (found != NULL && found != keys->keys && found->from_size >= size)
        *past = true;
    return found;
}
