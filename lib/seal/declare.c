/* What is said of the log, signed, rather than sealed in it: another key, and a restore from a backup. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "auditproof/clock.h"
#include "seal_internal.h"

/* A text signed by one key or two. */
static enum ap_status sign_note(struct ap_buf *out, const struct ap_buf *text, const struct ap_vkey *vkey,
                                const struct ap_signing_key *key, const struct ap_vkey *vkey2,
                                const struct ap_signing_key *key2, struct ap_error *err)
{
    enum ap_status status = ap_buf_check(text, "a note", err);

    ap_buf_add(out, ap_buf_str(text), text->len);
    ap_buf_addc(out, '\n');
    if (status == AP_OK)
        status = ap_note_sign(out, ap_buf_str(text), text->len, vkey, key, 0, err);
    if (status == AP_OK && vkey2 != NULL)
        status = ap_note_sign(out, ap_buf_str(text), text->len, vkey2, key2, 0, err);
    return status == AP_OK ? ap_buf_check(out, "a note", err) : status;
}

/* A row of a note: its number, what is said of it beside, the size of the log, the note and its time. */
static enum ap_status keep_note(struct round *r, const char *query, size_t number, const char *beside, uint64_t size,
                                const char *note, size_t len, int64_t at_us, struct ap_error *err)
{
    char number_text[24], size_text[24], at_text[24];
    const char *values[5] = {number_text, beside, size_text, NULL, at_text};
    struct ap_buf hex = AP_BUF_INIT;
    char *room = ap_buf_reserve(&hex, 2 * len + 1);
    enum ap_status status;

    if (room == NULL)
        return ap_fail_memory(err, "a note");
    ap_hex_encode(room, (const uint8_t *)note, len);
    room[2 * len] = '\0';
    values[3] = room;
    (void)snprintf(number_text, sizeof number_text, "%zu", number);
    (void)snprintf(size_text, sizeof size_text, "%" PRIu64, size);
    (void)snprintf(at_text, sizeof at_text, "%" PRId64, at_us);
    status = ap_db_query(r->db, query, 5, values, NULL, err);
    ap_buf_free(&hex);
    return status;
}

static enum ap_status keep_key(struct round *r, size_t number, const struct ap_vkey *after, uint64_t size,
                               const char *note, size_t len, int64_t at_us, struct ap_error *err)
{
    char vkey[AP_VKEY_TEXT_SIZE];

    ap_vkey_format(after, vkey);
    return keep_note(r, ap_sql("queries/seal_keep_key"), number, vkey, size, note, len, at_us, err);
}

/* From the log's key and name to the next. */
static enum ap_status change_key(struct round *r, const struct ap_vkey *after, const struct ap_signing_key *key,
                                 struct ap_error *err)
{
    struct ap_buf text = AP_BUF_INIT, note = AP_BUF_INIT;
    size_t number = r->keys.count;
    struct ap_hash root;
    enum ap_status status = round_root(r, r->log.size, &root, err);

    ap_log_key_text(&text, (unsigned)number, r->options->vkey, after, r->log.size, &root, r->at_us);
    if (status == AP_OK)
        status = sign_note(&note, &text, r->options->vkey, r->options->key, after, key, err);
    if (status == AP_OK)
        status = keep_key(r, number, after, r->log.size, note.data, note.len, r->at_us, err);
    ap_buf_free(&text);
    ap_buf_free(&note);
    return status;
}

static enum ap_status commit(struct round *r, const struct ap_vkey *now, struct ap_error *err)
{
    enum ap_status status = ap_db_exec(r->db, ap_sql("install/commit"), err);

    r->report->size = r->log.size;
    r->report->sealed_at_us = r->at_us;
    r->report->vkey = *now;
    r->report->adopted = r->keys.count - r->stored_keys;
    return status;
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
    if (status == AP_OK)
        status = commit(r, &after, err);
    if (status != AP_OK)
        return status;
    r->report->root = r->last.is.root;
    /* The last that the old key signed, while who knows only that one can still take it. */
    r->report->quorum = true;
    if (round_is_own(r))
        status = seal_publish(r->db, r->options, r->digest, r->report, err);
    r->own.vkey = &r->report->vkey;
    return status == AP_OK ? seal_publish_changes(r->db, r->options, r->digest, true, r->report, err) : status;
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

static enum ap_status keep_epoch(struct round *r, const struct ap_epoch *epoch, const char *note, size_t len,
                                 struct ap_error *err)
{
    return keep_note(r, ap_sql("queries/seal_keep_epoch"), epoch->number, epoch->reason, epoch->size, note, len,
                     epoch->at_us, err);
}

static enum ap_status sign_epoch(struct round *r, const struct ap_epoch *epoch, struct ap_error *err)
{
    struct ap_buf text = AP_BUF_INIT, note = AP_BUF_INIT;
    enum ap_status status;

    ap_epoch_text(&text, epoch);
    status = sign_note(&note, &text, r->options->vkey, r->options->key, NULL, NULL, err);
    if (status == AP_OK)
        status = keep_epoch(r, epoch, note.data, note.len, err);
    ap_buf_free(&text);
    ap_buf_free(&note);
    return status;
}

/* What the database did not know of the log's keys and restores. */
static enum ap_status keep_adopted(struct round *r, struct ap_error *err)
{
    enum ap_status status = AP_OK;
    size_t i;

    for (i = r->stored_keys; i < r->keys.count && status == AP_OK; i++) {
        const struct ap_log_key *key = &r->keys.keys[i];

        status = keep_key(r, i, &key->vkey, key->from_size, key->note, key->note_len, key->at_us, err);
    }
    for (i = r->stored_epochs; i < r->epochs.count && status == AP_OK; i++) {
        const struct ap_epoch *epoch = &r->epochs.epochs[i];

        status = keep_epoch(r, epoch, epoch->note, epoch->note_len, err);
    }
    return status;
}

/* A log that was put back cannot go on under its name: readers of it would see two logs of the same size. */
static enum ap_status new_name(const struct round *r, char out[AP_KEY_NAME_MAX + 1], struct ap_error *err)
{
    char at[AP_TIME_TEXT_SIZE];
    size_t i;
    int n;

    ap_time_format(at, r->at_us - r->at_us % AP_US_PER_SECOND);
    n = snprintf(out, AP_KEY_NAME_MAX + 1, "%s/since-%s", r->keys.keys[0].vkey.name, at);
    if (n < 0 || n > AP_KEY_NAME_MAX)
        return ap_fail(err, AP_ELIMIT, "the log's name is too long to get an addition");
    for (i = 0; i < r->keys.count; i++)
        if (strcmp(out, r->keys.keys[i].vkey.name) == 0)
            return ap_fail(err, AP_ESTATE, "the log was renamed in this very second: wait for the next one");
    return AP_OK;
}

static enum ap_status declare(struct round *r, struct ap_epoch *epoch, struct ap_error *err)
{
    struct ap_vkey after;
    enum ap_status status = round_find_lost(r, epoch, err);

    if (status != AP_OK || r->report->refused)
        return status;
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
        status = keep_adopted(r, err);
    if (status == AP_OK)
        status = sign_epoch(r, epoch, err);
    if (status == AP_OK)
        status = change_key(r, &after, r->options->key, err);
    if (status == AP_OK)
        status = commit(r, &after, err);
    if (status != AP_OK)
        return status;
    r->report->quorum = true;
    r->own.vkey = &r->report->vkey;
    return seal_publish_changes(r->db, r->options, r->digest, true, r->report, err);
}

enum ap_status ap_seal_epoch(struct ap_db *db, const struct ap_seal_options *options, const char *reason,
                             struct ap_seal_report *report, struct ap_epoch *epoch, struct ap_error *err)
{
    struct round *r;
    enum ap_status status = round_new(&r, db, options, report, err);

    memset(epoch, 0, sizeof *epoch);
    if (status == AP_OK)
        r->adopts = true;
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
