/* Handing the notes of changed keys and declared restores to anchors: directories keep them, commands are told. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "seal_internal.h"

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
                        const struct ap_log_key *after, const char *suffix, const char *note, size_t len,
                        struct ap_anchor_result *result)
{
    const uint8_t *id = after->vkey.id;
    struct ap_buf answer = AP_BUF_INIT;
    struct ap_error why;
    char name[64];
    enum ap_status status;

    (void)snprintf(name, sizeof name, "%020" PRIu64 "-%02x%02x%02x%02x.%s", after->from_size, id[0], id[1], id[2],
                   id[3], suffix);
    status = anchor_dir_keep(anchor->target, digest, before->name, name, note, len, &answer, &why);
    if (status == AP_OK && strcmp(before->name, after->vkey.name) != 0)
        status = anchor_dir_keep(anchor->target, digest, after->vkey.name, name, note, len, &answer, &why);
    ap_buf_free(&answer);
    if (status == AP_OK)
        return;
    result->done = false;
    (void)snprintf(result->message, sizeof result->message, "%s", why.message);
}

/* The history that is handed over. */
struct history {
    struct ap_log_keys keys;
    struct ap_epochs epochs;
};

static enum ap_status read_history(struct history *h, struct ap_db *db, const struct ap_seal_options *options,
                                   struct ap_digest *digest, struct ap_error *err)
{
    enum ap_status status;

    memset(h, 0, sizeof *h);
    status = ap_log_keys_read(db, digest, options->vkey, &h->keys, err);
    return status == AP_OK && h->keys.count > 1 ? ap_epochs_read(db, &h->keys, &h->epochs, err) : status;
}

static void free_history(struct history *h)
{
    ap_log_keys_free(&h->keys);
    ap_epochs_free(&h->epochs);
}

/* The restore that a change of the name came with, or NULL. */
static const struct ap_epoch *restore_of(const struct history *h, size_t change)
{
    for (size_t e = 0; e < h->epochs.count; e++) {
        const struct ap_epoch *epoch = &h->epochs.epochs[e];

        if (strcmp(epoch->origin_after, h->keys.keys[change].vkey.name) == 0 &&
            strcmp(epoch->origin_before, h->keys.keys[change - 1].vkey.name) == 0)
            return epoch;
    }
    return NULL;
}

static void keep_all(const struct history *h, const struct ap_anchor *anchor, struct ap_digest *digest,
                     struct ap_anchor_result *result)
{
    for (size_t i = 1; i < h->keys.count; i++) {
        const struct ap_vkey *before = &h->keys.keys[i - 1].vkey;
        const struct ap_log_key *after = &h->keys.keys[i];
        const struct ap_epoch *epoch = restore_of(h, i);

        keep_beside(anchor, digest, before, after, "key", after->note, after->note_len, result);
        if (epoch != NULL)
            keep_beside(anchor, digest, before, after, "epoch", epoch->note, epoch->note_len, result);
    }
}

/* Changes from one to another, in order, as far as the command takes them. */
static bool tell_command(const struct history *h, const struct ap_anchor *anchor, size_t first, size_t last,
                         struct ap_anchor_result *result)
{
    struct ap_error why;
    enum ap_status status = AP_OK;

    for (size_t i = first; i <= last && i < h->keys.count && status == AP_OK; i++) {
        const struct ap_log_key *key = &h->keys.keys[i];
        const struct ap_epoch *epoch = restore_of(h, i);

        if (epoch != NULL)
            status = anchor_command_tell(anchor->target, "epoch", epoch->note, epoch->note_len, &why);
        if (status == AP_OK)
            status = anchor_command_tell(anchor->target, "rotation", key->note, key->note_len, &why);
    }
    if (status == AP_OK)
        return true;
    result->done = false;
    (void)snprintf(result->message, sizeof result->message, "%s", why.message);
    return false;
}

/* The number of the change under which a checkpoint was signed; 0 for none. */
static size_t change_at(const struct history *h, const char *origin, uint64_t size)
{
    bool past;
    const struct ap_log_key *key = ap_log_keys_at(&h->keys, origin, strlen(origin), size, &past);

    return key == NULL ? 0 : (size_t)(key - h->keys.keys);
}

/* The first change that nothing which the command took came after. */
static enum ap_status first_untold(const struct history *h, struct ap_db *db, const struct ap_anchor *anchor,
                                   size_t *first, struct ap_error *err)
{
    const char *values[2] = {ap_anchor_kind_name(anchor->kind), anchor->name};
    struct ap_rows *rows = NULL;
    enum ap_status status = ap_db_query(db, ap_sql("queries/seal_newest_answered"), 2, values, &rows, err);

    *first = 1;
    if (status == AP_OK && ap_rows_count(rows) > 0)
        *first = change_at(h, ap_rows_str(rows, 0, 0), (uint64_t)ap_rows_int(rows, 0, 1)) + 1;
    ap_rows_free(rows);
    return status;
}

enum ap_status seal_tell_before(struct ap_db *db, const struct ap_seal_options *options, struct ap_digest *digest,
                                const struct ap_anchor *anchor, const char *origin, uint64_t size,
                                struct ap_anchor_result *result, bool *failed, struct ap_error *err)
{
    struct history h;
    size_t first = 1;
    enum ap_status status = read_history(&h, db, options, digest, err);

    if (status == AP_OK && h.keys.count > 1) {
        status = first_untold(&h, db, anchor, &first, err);
        if (status == AP_OK)
            *failed = !tell_command(&h, anchor, first, change_at(&h, origin, size), result);
    }
    free_history(&h);
    return status;
}

enum ap_status seal_publish_changes(struct ap_db *db, const struct ap_seal_options *options, struct ap_digest *digest,
                                    bool now, struct ap_seal_report *report, struct ap_error *err)
{
    struct history h;
    enum ap_status status = read_history(&h, db, options, digest, err);
    size_t i, first;

    for (i = 0; i < options->anchor_count && status == AP_OK && h.keys.count > 1; i++) {
        struct ap_anchor_result *result;
        struct ap_anchor anchor;

        status = ap_anchor_parse(&anchor, options->anchors[i], err);
        if (status != AP_OK)
            break;
        result = result_of(report, anchor.name);
        /* What could not be put there just now is told of, and these go there with it the next time. */
        if (anchor.kind == AP_ANCHOR_DIRECTORY && result->done)
            keep_all(&h, &anchor, digest, result);
        if (anchor.kind != AP_ANCHOR_COMMAND || !now)
            continue;
        status = first_untold(&h, db, &anchor, &first, err);
        if (status == AP_OK)
            (void)tell_command(&h, &anchor, first, h.keys.count - 1, result);
    }
    free_history(&h);
    return status;
}
