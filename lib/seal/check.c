/* Before anything is signed: is the log the one that was signed before, here and at the anchors? */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "seal_internal.h"

enum ap_status round_new(struct round **out, struct ap_db *db, const struct ap_seal_options *options,
                         struct ap_seal_report *report, struct ap_error *err)
{
    struct round *r = calloc(1, sizeof *r);

    *out = r;
    memset(report, 0, sizeof *report);
    if (r == NULL)
        return ap_fail_memory(err, "a round of sealing");
    r->db = db;
    r->own = *options;
    r->options = &r->own;
    r->report = report;
    r->log_tiles.db = r->chain_tiles.db = db;
    memcpy(r->log_tiles.tree, SEAL_LOG_TREE, sizeof SEAL_LOG_TREE);
    return ap_digest_new(&r->digest, err);
}

void round_free(struct round *r)
{
    if (r == NULL)
        return;
    ap_db_rollback(r->db);
    stored_checkpoint_free(&r->last);
    ap_log_keys_free(&r->keys);
    ap_epochs_free(&r->epochs);
    tile_store_free(&r->log_tiles);
    tile_store_free(&r->chain_tiles);
    ap_buf_free(&r->seals);
    ap_digest_free(r->digest);
    free(r);
}

enum ap_status round_refuse(struct round *r, enum ap_finding_kind kind, const char *expected, const char *there,
                            const char *detail, struct ap_error *err)
{
    struct ap_finding finding;

    r->report->refused = true;
    memset(&finding, 0, sizeof finding);
    finding.kind = kind;
    ap_finding_text(finding.expected, "%s", expected);
    ap_finding_text(finding.found, "%s", there);
    ap_finding_text(finding.detail, "%s", detail);
    return r->options->found(r->options->context, &finding, err);
}

enum ap_status round_root(struct round *r, uint64_t size, struct ap_hash *out, struct ap_error *err)
{
    struct ap_tile_source *source = calloc(1, sizeof *source);
    enum ap_status status;

    if (source == NULL)
        return ap_fail_memory(err, "tiles");
    source->read = tile_store_read;
    source->context = &r->log_tiles;
    status = size == 0 ? ap_merkle_empty(r->digest, out, err) : ap_tiles_root(source, r->digest, size, out, err);
    free(source);
    return status;
}

bool round_is_own(const struct round *r)
{
    const char *name = r->options->vkey->name;

    return r->last.there && strlen(name) == r->last.is.origin_len &&
           memcmp(name, r->last.is.origin, r->last.is.origin_len) == 0;
}

/* The key of its time signed the checkpoint at hand. */
static enum ap_status is_signed(const struct round *r, bool *yes, struct ap_error *err)
{
    const struct stored_checkpoint *at = &r->last;
    const struct ap_log_key *key;
    enum ap_signed is = AP_SIGNED_NOT;
    enum ap_status status = AP_OK;
    bool past;

    *yes = false;
    if (at->problem[0] != '\0')
        return AP_OK;
    key = ap_log_keys_at(&r->keys, at->is.origin, at->is.origin_len, at->is.size, &past);
    if (key != NULL && !past)
        status = ap_note_check(&at->parsed, &key->vkey, &is, NULL, err);
    *yes = status == AP_OK && is == AP_SIGNED_WELL;
    return status;
}

enum ap_status round_find_signed(struct round *r, struct ap_error *err)
{
    enum ap_status status = AP_OK;
    bool yes = false;

    while (status == AP_OK && r->last.there) {
        status = is_signed(r, &yes, err);
        if (status != AP_OK || yes)
            break;
        status = stored_checkpoint_before(r->db, &r->last, err);
    }
    return status;
}

/* Without an own one before it, it may as well be that the key that was given is not the log's. */
static enum ap_status refuse_unsigned(struct round *r, struct ap_error *err)
{
    char expected[AP_FINDING_TEXT_SIZE], there[AP_FINDING_TEXT_SIZE], detail[AP_FINDING_TEXT_SIZE], origin[100];
    bool is_none = r->last.problem[0] != '\0';
    uint64_t size = r->last.size;
    enum ap_status status;

    ap_finding_text(expected, "checkpoint %" PRIu64 " of the database signed by key %s", size, r->options->vkey->name);
    ap_finding_text(there, "%s%s", is_none ? "a note that is no checkpoint: " : "a checkpoint that it did not sign",
                    r->last.problem);
    (void)snprintf(origin, sizeof origin, "%.*s", is_none ? 0 : (int)r->last.is.origin_len, r->last.is.origin);
    status = round_find_signed(r, err);
    if (status != AP_OK)
        return status;
    if (!r->last.there && !is_none)
        return ap_fail(
            err, AP_ESTATE,
            "the log was last sealed as %s, and its checkpoint is not signed by key %s: seal with the key "
            "that the log has, or, after a restore from a backup, declare it with `auditseal epoch` and name "
            "the anchors that have the changes of its key",
            origin, r->options->vkey->name);
    ap_finding_text(
        detail,
        "Whoever wrote it may seal, and had not the key; the newest one that is signed is of %" PRIu64
        " seals. Find out who it was; then the owner takes away what nobody signed with `auditseal repair`.",
        r->last.there ? r->last.size : 0);
    return round_refuse(r, AP_FINDING_SIGNATURE, expected, there, detail, err);
}

enum ap_status round_compare_root(struct round *r, struct ap_error *err)
{
    const struct stored_checkpoint *last = &r->last;
    char expected[AP_FINDING_TEXT_SIZE], there[AP_FINDING_TEXT_SIZE];
    struct ap_hash root;
    enum ap_status status;

    round_describe(expected, last->is.size, &last->is.root);
    if (last->seals < last->is.size) {
        ap_finding_text(there, "%" PRIu64 " seals", last->seals);
        return round_refuse(r, AP_FINDING_TRUNCATED, expected, there, "Seals were removed.", err);
    }
    status = ap_tree_open(&r->log, last->is.size, tile_store_read, &r->log_tiles, err);
    if (status == AP_OK)
        status = ap_tree_root(&r->log, r->digest, &root, err);
    if (status != AP_OK || ap_hash_equal(&root, &last->is.root))
        return status;
    round_describe(there, last->is.size, &root);
    return round_refuse(r, AP_FINDING_REWRITTEN, expected, there, "The tiles of the seal log were changed.", err);
}

/* The log in the database is the one that was last signed, and by the key that it had then. */
static enum ap_status check_last(struct round *r, struct ap_error *err)
{
    char expected[AP_FINDING_TEXT_SIZE], there[AP_FINDING_TEXT_SIZE];
    bool yes;
    enum ap_status status = is_signed(r, &yes, err);

    if (status == AP_OK && !yes)
        return refuse_unsigned(r, err);
    if (status == AP_OK)
        status = round_compare_root(r, err);
    if (status != AP_OK || r->report->refused || r->last.seals == r->last.is.size)
        return status;
    ap_finding_text(expected, "a checkpoint over seals %" PRIu64 " to %" PRIu64, r->last.is.size, r->last.seals - 1);
    ap_finding_text(there, "none; the newest one is of %" PRIu64 " seals", r->last.is.size);
    return round_refuse(
        r, AP_FINDING_TRUNCATED, expected, there,
        "Checkpoints were removed; or somebody who may seal, and has not the key, added seals: what was "
        "signed is at the anchors. The owner takes away what nobody signed with `auditseal repair`.",
        err);
}

enum ap_status round_read_history(struct round *r, struct ap_error *err)
{
    enum ap_status status = log_keys_stored(r->db, r->digest, r->options->vkey, &r->keys, err);

    if (status == AP_OK)
        status = ap_epochs_read(r->db, &r->keys, &r->epochs, err);
    r->stored_keys = r->keys.count;
    r->stored_epochs = r->epochs.count;
    if (status == AP_OK && r->adopts && r->keys.problem[0] == '\0' && r->epochs.problem[0] == '\0')
        status = round_adopt(r, err);
    log_keys_settle(&r->keys, r->options->vkey);
    return status;
}

/* The key that was given is the log's newest, by whatever name; from here on the log's own name for it counts. */
static enum ap_status check_keys(struct round *r, struct ap_error *err)
{
    const struct ap_log_key *newest = &r->keys.keys[r->keys.count - 1];
    const char *problem = r->keys.problem[0] != '\0' ? r->keys.problem : r->epochs.problem;

    if (problem[0] != '\0')
        return round_refuse(r, AP_FINDING_SIGNATURE, "keys that lead to this one, each signed by the one before",
                            problem,
                            "The history of the log's keys in the database was changed. The owner takes away what "
                            "nobody signed with `auditseal repair`.",
                            err);
    if (!r->keys.known)
        return ap_fail(err, AP_ESTATE,
                       "the log's keys in the database do not lead to this one: seal with the key that the log has, "
                       "and run auditverify if this is it");
    if (memcmp(newest->vkey.key, r->options->vkey->key, AP_PUBLIC_KEY_LEN) != 0)
        return ap_fail(err, AP_ESTATE, "the log's key was changed at %" PRIu64 " seals: take the key that it has now",
                       newest->from_size);
    r->own.vkey = &newest->vkey;
    return AP_OK;
}

enum ap_status round_begin(struct round *r, struct ap_error *err)
{
    enum ap_status status = ap_db_exec(r->db, ap_sql("queries/seal_transaction"), err);

    if (status == AP_OK)
        status = ap_db_exec(r->db, ap_sql("queries/seal_planner"), err);
    if (status == AP_OK)
        status = round_wait(r, err);
    return status == AP_OK ? stored_checkpoint_look(r->db, &r->last, err) : status;
}

enum ap_status round_open(struct round *r, struct ap_error *err)
{
    enum ap_status status = round_begin(r, err);

    /* What a declaration takes up from elsewhere is held against the checkpoint. */
    if (status == AP_OK && r->adopts && r->last.problem[0] != '\0')
        status = ap_fail(err, AP_ESTATE, "the note of checkpoint %" PRIu64 " in the database is none: %s", r->last.size,
                         r->last.problem);
    if (status == AP_OK)
        status = round_read_history(r, err);
    if (status == AP_OK)
        status = check_keys(r, err);
    if (status != AP_OK || r->report->refused)
        return status;
    if (r->last.there)
        return check_last(r, err);
    if (r->last.seals == 0)
        return ap_tree_open(&r->log, 0, tile_store_read, &r->log_tiles, err);
    return round_refuse(r, AP_FINDING_TRUNCATED, "a checkpoint over the seals", "none",
                        "Checkpoints were removed; or somebody who may seal, and has not the key, added seals before "
                        "anything was sealed. The owner takes away what nobody signed with `auditseal repair`.",
                        err);
}
