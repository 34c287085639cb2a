/*
 * Whoever may seal can write rows, and without the key none that is signed. Such rows stop sealing: nothing is signed
 * on top of them. Here the owner has them removed, and nothing else: what a signed checkpoint covers stays.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "seal_internal.h"

/*
 * A change of the key that is signed and of a longer log says that the log was longer; after a declared restore only
 * the restore does, for it may have taken up changes of what was lost.
 */
static enum ap_status check_longest(struct round *r, struct ap_error *err)
{
    char expected[AP_FINDING_TEXT_SIZE], there[AP_FINDING_TEXT_SIZE];
    uint64_t longest = r->keys.keys[r->keys.count - 1].from_size, kept = r->last.there ? r->last.is.size : 0;

    if (r->epochs.count > 0)
        longest = r->epochs.epochs[r->epochs.count - 1].size;
    if (longest <= kept)
        return AP_OK;
    ap_finding_text(expected, "a signed checkpoint of %" PRIu64 " seals", longest);
    ap_finding_text(there, "none of more than %" PRIu64, kept);
    return round_refuse(r, AP_FINDING_TRUNCATED, expected, there,
                        "A change of the log's key that is signed says that the log was that long: checkpoints were "
                        "removed, and what they covered must stay.",
                        err);
}

/* What stays: up to the newest checkpoint that is signed. */
static enum ap_status find_kept(struct round *r, bool nothing_signed, struct ap_error *err)
{
    bool had_rows = r->last.there || r->last.seals > 0;
    enum ap_status status = round_find_signed(r, err);

    if (status != AP_OK)
        return status;
    if (!r->last.there && had_rows && !nothing_signed)
        return ap_fail(err, AP_ESTATE,
                       "no checkpoint in the database is signed by key %s: give the key that the log has, or say "
                       "--nothing-signed if nothing was ever sealed with it",
                       r->options->vkey->name);
    status = r->last.there ? round_compare_root(r, err) : ap_tree_open(&r->log, 0, tile_store_read, &r->log_tiles, err);
    if (status == AP_OK && !r->report->refused)
        status = check_longest(r, err);
    return status == AP_OK && !r->report->refused ? round_check_anchors(r, err) : status;
}

static enum ap_status take_away(struct round *r, const char *reason, struct ap_seal_repair *out, struct ap_error *err)
{
    char kept[24], keys[24], epochs[24];
    const char *values[4] = {kept, keys, epochs, reason};
    struct ap_rows *rows;
    enum ap_status status;

    (void)snprintf(kept, sizeof kept, "%" PRIu64, out->kept_size);
    (void)snprintf(keys, sizeof keys, "%zu", r->keys.count - 1);
    (void)snprintf(epochs, sizeof epochs, "%zu", r->epochs.count);
    status = ap_db_query(r->db, ap_sql("queries/seal_repair"), 4, values, &rows, err);
    if (status != AP_OK)
        return status;
    out->seals = (uint64_t)ap_rows_int(rows, 0, 0);
    out->checkpoints = (uint64_t)ap_rows_int(rows, 0, 1);
    out->declarations = (uint64_t)ap_rows_int(rows, 0, 2) + (uint64_t)ap_rows_int(rows, 0, 3);
    ap_rows_free(rows);
    /* Where there was nothing to remove, no repair is recorded either. */
    return out->seals + out->checkpoints + out->declarations > 0 ? ap_db_exec(r->db, ap_sql("install/commit"), err)
                                                                 : AP_OK;
}

/* The key that was given must be the newest of those that hold. */
static enum ap_status take_key(struct round *r, struct ap_error *err)
{
    const struct ap_log_key *newest = &r->keys.keys[r->keys.count - 1];

    if (!r->keys.known || memcmp(newest->vkey.key, r->options->vkey->key, AP_PUBLIC_KEY_LEN) != 0)
        return ap_fail(err, AP_ESTATE,
                       "the log's keys in the database, as far as they are signed, do not lead to this one: give the "
                       "key that the log has now");
    r->own.vkey = &newest->vkey;
    /* What does not hold goes; the rest must agree with the anchors. */
    r->keys.problem[0] = r->epochs.problem[0] = '\0';
    return AP_OK;
}

enum ap_status ap_seal_repair(struct ap_db *db, const struct ap_seal_options *options, const char *reason,
                              bool nothing_signed, struct ap_seal_report *report, struct ap_seal_repair *out,
                              struct ap_error *err)
{
    struct round *r;
    enum ap_status status = round_new(&r, db, options, report, err);

    memset(out, 0, sizeof *out);
    if (status == AP_OK)
        status = round_begin(r, err);
    if (status == AP_OK)
        status = round_read_history(r, err);
    if (status == AP_OK)
        status = take_key(r, err);
    if (status == AP_OK)
        status = find_kept(r, nothing_signed, err);
    if (status == AP_OK && !report->refused) {
        out->kept_size = r->last.there ? r->last.is.size : 0;
        status = take_away(r, reason, out, err);
    }
    round_free(r);
    return status;
}
