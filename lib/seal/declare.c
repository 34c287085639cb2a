/* What is said of the log, signed, rather than sealed in it: another key, and a restore from a backup. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "auditproof/clock.h"
#include "seal_internal.h"

/* A text signed by one key or two, as hexadecimal. */
static enum ap_status sign_note(struct ap_buf *out, const struct ap_buf *text, const struct ap_vkey *vkey,
                                const struct ap_signing_key *key, const struct ap_vkey *vkey2,
                                const struct ap_signing_key *key2, struct ap_error *err)
{
    struct ap_buf note = AP_BUF_INIT;
    enum ap_status status = ap_buf_check(text, "a note", err);
    char *room;

    ap_buf_add(&note, ap_buf_str(text), text->len);
    ap_buf_addc(&note, '\n');
    if (status == AP_OK)
        status = ap_note_sign(&note, ap_buf_str(text), text->len, vkey, key, 0, err);
    if (status == AP_OK && vkey2 != NULL)
        status = ap_note_sign(&note, ap_buf_str(text), text->len, vkey2, key2, 0, err);
    if (status == AP_OK)
        status = ap_buf_check(&note, "a note", err);
    room = status == AP_OK ? ap_buf_reserve(out, 2 * note.len + 1) : NULL;
    if (room != NULL) {
        ap_hex_encode(room, (const uint8_t *)note.data, note.len);
        out->len += 2 * note.len;
        ap_buf_addc(out, '\0');
    }
    ap_buf_free(&note);
    return status == AP_OK ? ap_buf_check(out, "a note", err) : status;
}

/* From the log's key and name to the next. */
static enum ap_status change_key(struct round *r, const struct ap_vkey *after, const struct ap_signing_key *key,
                                 struct ap_error *err)
{
    struct ap_buf text = AP_BUF_INIT, hex = AP_BUF_INIT;
    char number[24], vkey[AP_VKEY_TEXT_SIZE], size[24], at[24];
    const char *values[5] = {number, vkey, size, NULL, at};
    struct ap_hash root;
    enum ap_status status = round_root(r, r->log.size, &root, err);

    (void)snprintf(number, sizeof number, "%zu", r->keys.count);
    (void)snprintf(size, sizeof size, "%" PRIu64, r->log.size);
    (void)snprintf(at, sizeof at, "%" PRId64, r->at_us);
    ap_vkey_format(after, vkey);
    ap_log_key_text(&text, (unsigned)r->keys.count, r->options->vkey, after, r->log.size, &root, r->at_us);
    if (status == AP_OK)
        status = sign_note(&hex, &text, r->options->vkey, r->options->key, after, key, err);
    values[3] = ap_buf_str(&hex);
    if (status == AP_OK)
        status = ap_db_query(r->db, ap_sql("queries/seal_keep_key"), 5, values, NULL, err);
    ap_buf_free(&text);
    ap_buf_free(&hex);
    return status;
}

static enum ap_status commit(struct round *r, const struct ap_vkey *now, struct ap_error *err)
{
    enum ap_status status = ap_db_exec(r->db, ap_sql("install/commit"), err);

    r->report->size = r->log.size;
    r->report->sealed_at_us = r->at_us;
    r->own.vkey = now;
    return status == AP_OK ? seal_publish_changes(r->db, r->options, r->digest, r->report, err) : status;
}

static enum ap_status rotate(struct round *r, const struct ap_signing_key *key, const struct ap_vkey *vkey,
                             struct ap_error *err)
{
    const char *name = r->options->vkey->name;
    struct ap_vkey after;
    enum ap_status status;
    size_t i;

    if (strcmp(vkey->name, name) != 0 && strcmp(vkey->name, r->keys.keys[0].vkey.name) != 0)
        return ap_fail(err, AP_EINPUT, "the new key is of %s, and the log is %s: make it with --origin %s", vkey->name,
                       name, name);
    if (!r->last.there)
        return ap_fail(err, AP_ESTATE, "nothing is sealed yet: seal with the new key");
    for (i = 0; i < r->keys.count; i++)
        if (memcmp(r->keys.keys[i].vkey.key, vkey->key, AP_PUBLIC_KEY_LEN) == 0)
            return ap_fail(err, AP_EINPUT, "the log has, or had, this key already: make a new one");
    status = ap_vkey_make(&after, r->digest, name, AP_KEY_NOTE, vkey->key, err);
    if (status == AP_OK)
        status = change_key(r, &after, key, err);
    return status == AP_OK ? commit(r, &after, err) : status;
}

enum ap_status ap_seal_rotate(struct ap_db *db, const struct ap_seal_options *options,
                              const struct ap_signing_key *new_key, const struct ap_vkey *new_vkey,
                              struct ap_seal_report *report, struct ap_error *err)
{
    struct round *r;
    enum ap_status status = round_new(&r, db, options, report, err);

    if (status == AP_OK)
        status = round_open(r, err);
    if (status == AP_OK && !report->refused)
        status = round_check_anchors(r, err);
    if (status == AP_OK && !report->refused)
        status = rotate(r, new_key, new_vkey, err);
    round_free(r);
    return status;
}

/* The newest checkpoint of an anchor, when it is not of this log. */
static enum ap_status look(struct round *r, const struct ap_anchor *anchor, struct ap_epoch *epoch,
                           struct ap_error *err)
{
    const char *name = r->options->vkey->name;
    const struct ap_log_key *key;
    struct ap_buf bytes = AP_BUF_INIT;
    struct ap_checkpoint is;
    struct ap_note note;
    struct ap_hash root;
    bool past;
    enum ap_status status = ap_anchor_newest(anchor, &r->options->means, r->digest, name, &bytes, err);

    if (status != AP_OK || bytes.len == 0) {
        ap_buf_free(&bytes);
        return status;
    }
    status = ap_note_parse(&note, bytes.data, bytes.len, err);
    if (status == AP_OK)
        status = ap_checkpoint_parse(&is, note.text, note.text_len, err);
    key = status == AP_OK ? ap_log_keys_at(&r->keys, is.origin, is.origin_len, is.size, &past) : NULL;
    if (status == AP_OK && (key == NULL || past || !note_signed_by(&note, &key->vkey)))
        status =
            ap_fail(err, AP_ESTATE, "the newest checkpoint at anchor %s is not signed by this log's key", anchor->name);
    if (status == AP_OK && is.size <= r->log.size)
        status = round_root(r, is.size, &root, err);
    if (status == AP_OK && (is.size > r->log.size || !ap_hash_equal(&root, &is.root)) && is.size > epoch->known_size) {
        epoch->known_size = is.size;
        epoch->known_root = is.root;
    }
    ap_buf_free(&bytes);
    return status;
}

static enum ap_status keep_epoch(struct round *r, const struct ap_epoch *epoch, struct ap_error *err)
{
    struct ap_buf text = AP_BUF_INIT, hex = AP_BUF_INIT;
    char number[24], size[24], at[24];
    const char *values[5] = {number, size, epoch->reason, NULL, at};
    enum ap_status status;

    (void)snprintf(number, sizeof number, "%u", epoch->number);
    (void)snprintf(size, sizeof size, "%" PRIu64, epoch->size);
    (void)snprintf(at, sizeof at, "%" PRId64, epoch->at_us);
    ap_epoch_text(&text, epoch);
    status = sign_note(&hex, &text, r->options->vkey, r->options->key, NULL, NULL, err);
    values[3] = ap_buf_str(&hex);
    if (status == AP_OK)
        status = ap_db_query(r->db, ap_sql("queries/seal_keep_epoch"), 5, values, NULL, err);
    ap_buf_free(&text);
    ap_buf_free(&hex);
    return status;
}

/* A log that was put back cannot go on under its name: readers of it would see two logs of the same size. */
static enum ap_status new_name(const struct round *r, char out[AP_KEY_NAME_MAX + 1], struct ap_error *err)
{
    char at[AP_TIME_TEXT_SIZE];
    int n;

    ap_time_format(at, r->at_us - r->at_us % AP_US_PER_SECOND);
    n = snprintf(out, AP_KEY_NAME_MAX + 1, "%s/since-%s", r->keys.keys[0].vkey.name, at);
    if (n < 0 || n > AP_KEY_NAME_MAX)
        return ap_fail(err, AP_ELIMIT, "the log's name is too long to get an addition");
    if (strcmp(out, r->options->vkey->name) == 0)
        return ap_fail(err, AP_ESTATE, "the log was renamed in this very second: wait for the next one");
    return AP_OK;
}

static enum ap_status declare(struct round *r, struct ap_epoch *epoch, struct ap_error *err)
{
    struct ap_vkey after;
    enum ap_status status = AP_OK;
    size_t i;

    for (i = 0; i < r->options->anchor_count && status == AP_OK; i++) {
        struct ap_anchor anchor;

        status = ap_anchor_parse(&anchor, r->options->anchors[i], err);
        if (status == AP_OK)
            status = look(r, &anchor, epoch, err);
    }
    if (status != AP_OK)
        return status;
    if (epoch->known_size == 0)
        return ap_fail(err, AP_ESTATE,
                       "no anchor shows a checkpoint that this log does not have: there is no restore to "
                       "declare. Name the anchors with --anchor");
    (void)snprintf(epoch->origin_before, sizeof epoch->origin_before, "%s", r->options->vkey->name);
    epoch->number = (unsigned)r->epochs.count + 1;
    epoch->size = r->log.size;
    epoch->at_us = r->at_us;
    status = new_name(r, epoch->origin_after, err);
    if (status == AP_OK)
        status = round_root(r, r->log.size, &epoch->root, err);
    if (status == AP_OK)
        status = ap_vkey_make(&after, r->digest, epoch->origin_after, AP_KEY_NOTE, r->options->vkey->key, err);
    if (status == AP_OK)
        status = keep_epoch(r, epoch, err);
    if (status == AP_OK)
        status = change_key(r, &after, r->options->key, err);
    return status == AP_OK ? commit(r, &after, err) : status;
}

enum ap_status ap_seal_epoch(struct ap_db *db, const struct ap_seal_options *options, const char *reason,
                             struct ap_seal_report *report, struct ap_epoch *epoch, struct ap_error *err)
{
    struct round *r;
    enum ap_status status = round_new(&r, db, options, report, err);

    memset(epoch, 0, sizeof *epoch);
    if (status == AP_OK && (epoch->reason = strdup(reason)) == NULL)
        status = ap_fail_memory(err, "a reason");
    if (status == AP_OK)
        status = round_open(r, err);
    if (status == AP_OK && !report->refused)
        status = declare(r, epoch, err);
    free(epoch->reason);
    epoch->reason = NULL;
    round_free(r);
    return status;
}

static struct ap_anchor_result *result_of(struct ap_seal_report *report, const char *name)
{
    struct ap_anchor_result *result;
    size_t i;

    for (i = 0; i < report->anchor_count; i++)
        if (strcmp(report->anchors[i].name, name) == 0)
            return &report->anchors[i];
    result = &report->anchors[report->anchor_count++];
    (void)snprintf(result->name, sizeof result->name, "%s", name);
    result->done = true;
    return result;
}

/* One note in the directories of both names that it speaks of. */
static void keep_beside(const struct ap_anchor *anchor, struct ap_digest *digest, const struct ap_vkey *before,
                        const struct ap_log_key *after, const char *suffix, const struct ap_buf *note,
                        struct ap_anchor_result *result)
{
    const uint8_t *id = after->vkey.id;
    struct ap_buf answer = AP_BUF_INIT;
    struct ap_error why;
    char name[64];
    enum ap_status status;

    (void)snprintf(name, sizeof name, "%020" PRIu64 "-%02x%02x%02x%02x.%s", after->from_size, id[0], id[1], id[2],
                   id[3], suffix);
    status = anchor_dir_keep(anchor->target, digest, before->name, name, note->data, note->len, &answer, &why);
    if (status == AP_OK && strcmp(before->name, after->vkey.name) != 0)
        status = anchor_dir_keep(anchor->target, digest, after->vkey.name, name, note->data, note->len, &answer, &why);
    ap_buf_free(&answer);
    if (status == AP_OK)
        return;
    result->done = false;
    (void)snprintf(result->message, sizeof result->message, "%s", why.message);
}

static void publish_rows(const struct ap_log_keys *keys, const struct ap_epochs *epochs, const struct ap_rows *key_rows,
                         const struct ap_rows *epoch_rows, const struct ap_anchor *anchor, struct ap_digest *digest,
                         struct ap_seal_report *report)
{
    struct ap_anchor_result *result = result_of(report, anchor->name);
    struct ap_buf note = AP_BUF_INIT;
    size_t i, e;

    for (i = 1; i < keys->count; i++) {
        const struct ap_vkey *before = &keys->keys[i - 1].vkey;
        const struct ap_log_key *after = &keys->keys[i];

        ap_buf_clear(&note);
        if (i - 1 < ap_rows_count(key_rows) && hex_buffer(key_rows, i - 1, 3, &note))
            keep_beside(anchor, digest, before, after, "key", &note, result);
        for (e = 0; e < epochs->count && e < ap_rows_count(epoch_rows); e++) {
            ap_buf_clear(&note);
            if (strcmp(epochs->epochs[e].origin_after, after->vkey.name) == 0 &&
                strcmp(epochs->epochs[e].origin_before, before->name) == 0 && hex_buffer(epoch_rows, e, 3, &note))
                keep_beside(anchor, digest, before, after, "epoch", &note, result);
        }
    }
    ap_buf_free(&note);
}

enum ap_status seal_publish_changes(struct ap_db *db, const struct ap_seal_options *options, struct ap_digest *digest,
                                    struct ap_seal_report *report, struct ap_error *err)
{
    struct ap_rows *key_rows = NULL, *epoch_rows = NULL;
    struct ap_log_keys keys;
    struct ap_epochs epochs;
    enum ap_status status;
    size_t i;

    memset(&epochs, 0, sizeof epochs);
    status = ap_log_keys_read(db, digest, options->vkey, &keys, err);
    if (status == AP_OK && keys.count > 1)
        status = ap_epochs_read(db, &keys, &epochs, err);
    if (status == AP_OK && keys.count > 1)
        status = ap_db_query(db, ap_sql("queries/seal_keys"), 0, NULL, &key_rows, err);
    if (status == AP_OK && keys.count > 1)
        status = ap_db_query(db, ap_sql("queries/seal_epochs"), 0, NULL, &epoch_rows, err);
    for (i = 0; i < options->anchor_count && status == AP_OK && keys.count > 1; i++) {
        struct ap_anchor anchor;

        status = ap_anchor_parse(&anchor, options->anchors[i], err);
        if (status == AP_OK && anchor.kind == AP_ANCHOR_DIRECTORY)
            publish_rows(&keys, &epochs, key_rows, epoch_rows, &anchor, digest, report);
    }
    ap_rows_free(key_rows);
    ap_rows_free(epoch_rows);
    ap_log_keys_free(&keys);
    ap_epochs_free(&epochs);
    return status;
}
