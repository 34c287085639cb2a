#include "history.h"

#include <stdlib.h>
#include <string.h>

static bool has_key(const struct ap_log_keys *log, const struct ap_vkey *key)
{
    for (size_t i = 0; i < log->count; i++)
        if (ap_vkey_equal(&log->keys[i].vkey, key))
            return true;
    return false;
}

/* Pinned keys that the record does not have are from before it. */
static enum ap_status join_keys(struct history *history, struct ap_verify_options *asked, struct ap_error *err)
{
    size_t count = 0;

    history->keys = calloc(asked->key_count + history->log.count, sizeof *history->keys);
    if (history->keys == NULL)
        return ap_fail_memory(err, "the log's keys");
    for (size_t i = 0; i < asked->key_count; i++)
        if (!has_key(&history->log, &asked->keys[i]))
            history->keys[count++] = asked->keys[i];
    for (size_t i = 0; i < history->log.count; i++)
        history->keys[count++] = history->log.keys[i].vkey;
    asked->keys = history->keys;
    asked->key_count = count;
    return AP_OK;
}

/*
 * A key that the record does not know may have come after it: whoever stole a retired key could declare restores from a
 * time before it was changed, and hide what the newer key signed. Then they explain nothing.
 */
static bool knows_all(const struct ap_log_keys *log, const struct ap_verify_options *asked)
{
    for (size_t i = 0; i < asked->key_count; i++) {
        bool there = false;

        for (size_t k = 0; k < log->count && !there; k++)
            there = memcmp(log->keys[k].vkey.key, asked->keys[i].key, AP_PUBLIC_KEY_LEN) == 0;
        if (!there)
            return false;
    }
    return true;
}

static enum ap_status take_restores(struct history *history, struct ap_verify_options *asked, struct ap_error *err)
{
    history->restores = calloc(history->epochs.count + 1, sizeof *history->restores);
    if (history->restores == NULL)
        return ap_fail_memory(err, "declared restores");
    for (size_t i = 0; i < history->epochs.count; i++) {
        const struct ap_epoch *epoch = &history->epochs.epochs[i];

        history->restores[i] =
            (struct ap_verify_restore){epoch->origin_before, epoch->kept, epoch->known_size, epoch->known_root};
    }
    asked->restores = history->restores;
    asked->restore_count = history->epochs.count;
    return AP_OK;
}

enum ap_status history_read(struct history *history, struct ap_db *db, struct ap_verify_options *asked,
                            struct ap_error *err)
{
    struct ap_digest *digest = NULL;
    enum ap_status status = AP_OK;

    memset(history, 0, sizeof *history);
    if (asked->key_count == 0)
        return AP_OK;
    status = ap_digest_new(&digest, err);
    for (size_t i = asked->key_count; i-- > 0 && status == AP_OK && !history->log.known;) {
        ap_log_keys_free(&history->log);
        status = ap_log_keys_read(db, digest, &asked->keys[i], &history->log, err);
    }
    /* Without the tables, verification says what the database lacks. */
    if (status == AP_ESQL && (strcmp(err->sqlstate, "42P01") == 0 || strcmp(err->sqlstate, "3F000") == 0))
        status = AP_OK;
    if (status == AP_OK && history->log.known)
        status = ap_epochs_read(db, &history->log, &history->epochs, err);
    if (status == AP_OK && history->log.known && knows_all(&history->log, asked))
        status = take_restores(history, asked, err);
    if (status == AP_OK && history->log.known)
        status = join_keys(history, asked, err);
    ap_digest_free(digest);
    return status;
}

void history_clear(struct history *history)
{
    ap_epochs_free(&history->epochs);
    ap_log_keys_free(&history->log);
    free(history->keys);
    free(history->restores);
}
