#include "auditproof/log_key.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "auditproof/base64.h"
#include "log_record.h"

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

static bool parse_change(struct key_change *out, const struct ap_note *note, struct ap_digest *digest)
{
    struct note_lines lines = {note->text, note->text_len};

    return note_line_is(&lines, header) && vkey_line(&lines, digest, &out->before) &&
           vkey_line(&lines, digest, &out->after) && note_line_number(&lines, &out->number) &&
           note_line_number(&lines, &out->size) && note_line_hash(&lines, &out->root) &&
           note_line_number(&lines, &out->at_us) && lines.left == 0 && out->at_us <= INT64_MAX;
}

bool record_note(struct record_reader *reader, const struct ap_rows *rows, size_t row)
{
    const char *text = ap_rows_str(rows, row, 3);
    size_t len = strlen(text) / 2;
    char *room;

    ap_buf_clear(&reader->bytes);
    room = ap_buf_reserve(&reader->bytes, len + 1);
    if (room == NULL || !ap_hex_decode((uint8_t *)room, len, text))
        return false;
    reader->bytes.len = len;
    room[len] = '\0';
    return ap_note_parse(&reader->note, room, len, NULL) == AP_OK;
}

const char *key_change_read(struct key_change *out, struct record_reader *reader, const struct ap_rows *rows,
                            size_t row)
{
    char text[AP_VKEY_TEXT_SIZE];

    out->sound = false;
    if (!record_note(reader, rows, row) || !parse_change(out, &reader->note, reader->digest))
        return "its note cannot be read";
    if (!ap_note_signed_by(&reader->note, &out->before) || !ap_note_signed_by(&reader->note, &out->after))
        return "it is not signed by the key before it and the key after it";
    out->sound = true;
    ap_vkey_format(&out->after, text);
    if (out->number != (uint64_t)ap_rows_int(rows, row, 0) || strcmp(text, ap_rows_str(rows, row, 1)) != 0 ||
        out->size != (uint64_t)ap_rows_int(rows, row, 2))
        return "its row and its note disagree";
    return NULL;
}

bool key_change_goes_on(const struct key_change *change, const struct ap_vkey *last, uint64_t from_size)
{
    return ap_vkey_equal(&change->before, last) &&
           (change->size >= from_size || strcmp(change->after.name, last->name) != 0);
}

/* NULL, or why this change does not follow `last`. Under one name the log never shrinks; a restore gives it another. */
static const char *misfit(const struct key_change *change, const struct ap_note *note, const struct ap_log_key *last)
{
    if (!key_change_goes_on(change, &last->vkey, last->from_size))
        return "it does not go on from the key before it";
    if (!ap_note_signed_by(note, &change->before) || !ap_note_signed_by(note, &change->after))
        return "it is not signed by the key before it and the key after it";
    return NULL;
}

static enum ap_status append(struct ap_log_keys *keys, const struct key_change *change, const char *note, size_t len,
                             struct ap_error *err)
{
    struct ap_log_key *more = realloc(keys->keys, (keys->count + 1) * sizeof *more), *next;

    if (more == NULL)
        return ap_fail_memory(err, "the log's keys");
    keys->keys = more;
    next = &more[keys->count];
    memset(next, 0, sizeof *next);
    next->vkey = change->after;
    next->from_size = change->size;
    next->root = change->root;
    next->at_us = (int64_t)change->at_us;
    next->note = strndup(note, len);
    next->note_len = len;
    if (next->note == NULL)
        return ap_fail_memory(err, "the log's keys");
    keys->count++;
    return AP_OK;
}

static enum ap_status take_row(struct ap_log_keys *keys, struct record_reader *reader, const struct ap_rows *rows,
                               size_t i, struct ap_error *err)
{
    struct key_change change;
    const char *wrong = key_change_read(&change, reader, rows, i);

    if (wrong == NULL && i == 0)
        keys->keys[0].vkey = change.before;
    if (wrong == NULL && change.number != i + 1)
        wrong = "it is not the one that comes next";
    if (wrong == NULL && !key_change_goes_on(&change, &keys->keys[i].vkey, keys->keys[i].from_size))
        wrong = "it does not go on from the key before it";
    if (wrong == NULL)
        return append(keys, &change, reader->bytes.data, reader->bytes.len, err);
    ap_finding_text(keys->problem, "change %zu of the log's key: %s", i + 1, wrong);
    return AP_OK;
}

/* Only the first key, which may be any. */
static enum ap_status start(struct ap_log_keys *keys, const struct ap_vkey *first, struct ap_error *err)
{
    memset(keys, 0, sizeof *keys);
    keys->keys = calloc(1, sizeof *keys->keys);
    if (keys->keys == NULL)
        return ap_fail_memory(err, "the log's keys");
    keys->keys[0].vkey = *first;
    keys->count = 1;
    return AP_OK;
}

static void forget_changes(struct ap_log_keys *keys)
{
    while (keys->count > 1)
        free(keys->keys[--keys->count].note);
}

enum ap_status log_keys_stored(struct ap_db *db, struct ap_digest *digest, const struct ap_vkey *first,
                               struct ap_log_keys *out, struct ap_error *err)
{
    struct record_reader reader = {.digest = digest};
    struct ap_rows *rows = NULL;
    enum ap_status status = start(out, first, err);
    size_t i;

    if (status == AP_OK)
        status = ap_db_query(db, ap_sql("queries/seal_keys"), 0, NULL, &rows, err);
    for (i = 0; status == AP_OK && i < ap_rows_count(rows) && out->problem[0] == '\0'; i++)
        status = take_row(out, &reader, rows, i, err);
    ap_rows_free(rows);
    ap_buf_free(&reader.bytes);
    return status;
}

/* A key is pinned by its bytes: by whichever of the log's names it is known. */
static bool is_pinned(const struct ap_log_keys *keys, const struct ap_log_key *key, const struct ap_vkey *pinned)
{
    return memcmp(key->vkey.key, pinned->key, AP_PUBLIC_KEY_LEN) == 0 && pinned->type == AP_KEY_NOTE &&
           (strcmp(pinned->name, key->vkey.name) == 0 || strcmp(pinned->name, keys->keys[0].vkey.name) == 0);
}

void log_keys_settle(struct ap_log_keys *keys, const struct ap_vkey *pinned)
{
    size_t i;

    keys->known = false;
    for (i = 0; i < keys->count; i++)
        keys->known = keys->known || is_pinned(keys, &keys->keys[i], pinned);
    if (keys->known)
        return;
    forget_changes(keys);
    keys->keys[0].vkey = *pinned;
}

enum ap_status ap_log_keys_read(struct ap_db *db, struct ap_digest *digest, const struct ap_vkey *pinned,
                                struct ap_log_keys *out, struct ap_error *err)
{
    enum ap_status status = log_keys_stored(db, digest, pinned, out, err);

    if (status == AP_OK)
        log_keys_settle(out, pinned);
    return status;
}

/* Another note for a change that is there would be another history, signed by a key of the log. */
static enum ap_status take_note(struct ap_log_keys *keys, const struct key_change *change,
                                const struct ap_log_note *note, struct ap_error *err)
{
    const struct ap_log_key *there;

    if (change->number == keys->count)
        return append(keys, change, note->bytes, note->len, err);
    there = &keys->keys[change->number];
    if (!ap_vkey_equal(&there->vkey, &change->after) || there->from_size != change->size ||
        !ap_hash_equal(&there->root, &change->root))
        ap_finding_text(keys->problem,
                        "there are two different changes %" PRIu64 " of the log's key: somebody has a key of the log",
                        change->number);
    return AP_OK;
}

enum ap_status log_keys_follow(struct ap_log_keys *keys, struct ap_digest *digest, const struct ap_log_notes *notes,
                               struct ap_error *err)
{
    struct ap_note *note = calloc(1, sizeof *note);
    enum ap_status status = note == NULL ? ap_fail_memory(err, "a note") : AP_OK;
    struct key_change change;
    size_t number, i;

    for (number = 1; number <= keys->count && keys->problem[0] == '\0'; number++)
        for (i = 0; i < notes->count && status == AP_OK && keys->problem[0] == '\0'; i++) {
            const struct ap_log_note *from = &notes->notes[i];

            if (!from->epoch && from->number == number && ap_note_parse(note, from->bytes, from->len, NULL) == AP_OK &&
                parse_change(&change, note, digest) && misfit(&change, note, &keys->keys[number - 1]) == NULL)
                status = take_note(keys, &change, from, err);
        }
    free(note);
    return status;
}

/* A first key, and where it leads. */
static enum ap_status try_start(struct ap_log_keys *keys, struct ap_digest *digest, const struct ap_log_notes *notes,
                                const struct ap_vkey *first, const struct ap_vkey *pinned, bool sure,
                                struct ap_error *err)
{
    struct ap_log_keys tried;
    enum ap_status status = start(&tried, first, err);

    if (status == AP_OK)
        status = log_keys_follow(&tried, digest, notes, err);
    if (status == AP_OK)
        log_keys_settle(&tried, pinned);
    if (status == AP_OK && (tried.known || (sure && tried.problem[0] != '\0')))
        keys->keys[0].vkey = *first;
    ap_log_keys_free(&tried);
    return status;
}

enum ap_status log_keys_begin(struct ap_log_keys *keys, struct ap_digest *digest, const struct ap_log_notes *notes,
                              const struct ap_vkey *pinned, const struct ap_note *signed_by_it, struct ap_error *err)
{
    struct ap_note *note = calloc(1, sizeof *note);
    enum ap_status status = note == NULL ? ap_fail_memory(err, "a note") : AP_OK;
    struct key_change change;
    size_t i;

    for (i = 0; i < notes->count && status == AP_OK; i++) {
        const struct ap_log_note *from = &notes->notes[i];

        if (!from->epoch && from->number == 1 && ap_note_parse(note, from->bytes, from->len, NULL) == AP_OK &&
            parse_change(&change, note, digest) && ap_note_signed_by(note, &change.before) &&
            (signed_by_it == NULL || ap_note_signed_by(signed_by_it, &change.before)))
            status = try_start(keys, digest, notes, &change.before, pinned, signed_by_it != NULL, err);
    }
    free(note);
    return status;
}

enum ap_status ap_log_notes_read(const struct ap_log_notes *notes, struct ap_digest *digest,
                                 const struct ap_vkey *pinned, struct ap_log_keys *keys, struct ap_epochs *epochs,
                                 struct ap_error *err)
{
    enum ap_status status = start(keys, pinned, err);

    memset(epochs, 0, sizeof *epochs);
    if (status == AP_OK)
        status = log_keys_begin(keys, digest, notes, pinned, NULL, err);
    if (status == AP_OK)
        status = log_keys_follow(keys, digest, notes, err);
    if (status == AP_OK) {
        log_keys_settle(keys, pinned);
        status = epochs_follow(epochs, keys, notes, err);
    }
    return status;
}

void ap_log_keys_free(struct ap_log_keys *keys)
{
    forget_changes(keys);
    free(keys->keys);
    memset(keys, 0, sizeof *keys);
}

bool ap_log_keys_left(const struct ap_log_keys *keys, size_t i)
{
    for (size_t j = i + 1; j < keys->count; j++)
        if (keys->keys[j].from_size < keys->keys[i].from_size)
            return false;
    return true;
}

enum ap_status ap_log_keys_extended(const struct ap_log_keys *keys, size_t i, struct ap_digest *digest,
                                    const struct ap_checkpoint *by, const struct ap_hash *proof, size_t count,
                                    bool *holds, struct ap_error *err)
{
    const struct ap_log_key *key = &keys->keys[i];

    if (ap_log_keys_left(keys, i))
        return ap_merkle_check_consistency(digest, key->from_size, by->size, &key->root, &by->root, proof, count, holds,
                                           err);
    *holds = count == 0;
    return AP_OK;
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
