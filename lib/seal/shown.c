/* What the anchors show of the log, held against the database: the same, more, or another one. */
#include <inttypes.h>
#include <string.h>

#include "seal_internal.h"

/* What an anchor shows under one of the log's names. */
struct shown {
    const char *anchor;
    struct ap_note note;
    struct ap_checkpoint is;
};

/* What a restore lost, gathered while all that the anchors show is compared. */
struct lost {
    struct round *r;
    const char *anchor;
    struct ap_epoch *epoch;
    bool has_newest; /* an anchor shows the newest checkpoint that the database has */
    bool failed;     /* to compare, which is no fault of the anchor */
};

static const char rewritten_advice[] =
    "This is no older state of what was signed, which a backup would be: treat it as an attack, keep the database for "
    "whoever looks into it, and put back one whose seals the anchors confirm.";

void round_describe(char out[AP_FINDING_TEXT_SIZE], uint64_t size, const struct ap_hash *root)
{
    char hex[AP_HASH_TEXT_SIZE] = "";

    ap_hex_encode(hex, root->bytes, AP_HASH_LEN);
    ap_finding_text(out, "a seal log of %" PRIu64 " with root %s", size, hex);
}

static enum ap_status refuse_rewritten(struct round *r, const struct shown *shown, const char *there,
                                       struct ap_error *err)
{
    char expected[AP_FINDING_TEXT_SIZE], detail[AP_FINDING_TEXT_SIZE];

    round_describe(expected, shown->is.size, &shown->is.root);
    ap_finding_text(detail, "Anchor %s disagrees. %s", shown->anchor, rewritten_advice);
    return round_refuse(r, AP_FINDING_REWRITTEN, expected, there, detail, err);
}

/* A checkpoint of more seals than the database has: a restore lost it, if that is what is being declared. */
static enum ap_status take_longer(struct round *r, const struct shown *shown, struct lost *lost, struct ap_error *err)
{
    char expected[AP_FINDING_TEXT_SIZE], there[AP_FINDING_TEXT_SIZE], detail[AP_FINDING_TEXT_SIZE];
    const char *name = r->options->vkey->name;
    const struct ap_checkpoint *is = &shown->is;

    if (lost != NULL) {
        if (is->size > lost->epoch->known_size && is->origin_len == strlen(name) &&
            memcmp(is->origin, name, is->origin_len) == 0) {
            lost->epoch->known_size = is->size;
            lost->epoch->known_root = is->root;
        }
        return AP_OK;
    }
    round_describe(expected, is->size, &is->root);
    ap_finding_text(there, "a seal log of %" PRIu64, r->log.size);
    ap_finding_text(detail,
                    "Anchor %s disagrees. If the database was restored from a backup on purpose, declare it with "
                    "`auditseal epoch`; otherwise treat it as an attack.",
                    shown->anchor);
    return round_refuse(r, AP_FINDING_TRUNCATED, expected, there, detail, err);
}

/* Is it a prefix of the log, or was the log cut or rewritten since? */
static enum ap_status compare_log(struct round *r, const struct shown *shown, bool past, struct lost *lost,
                                  struct ap_error *err)
{
    const struct ap_checkpoint *is = &shown->is;
    char there[AP_FINDING_TEXT_SIZE];
    struct ap_hash root;
    enum ap_status status;

    if (ap_epochs_explain(&r->epochs, is->origin, is->origin_len, is->size, &is->root) != NULL)
        return AP_OK;
    if (past)
        return refuse_rewritten(r, shown, "a log that goes on under another name", err);
    if (is->size > r->log.size)
        return take_longer(r, shown, lost, err);
    status = round_root(r, is->size, &root, err);
    if (status == AP_OK && ap_hash_equal(&root, &is->root)) {
        if (lost != NULL && is->size == r->log.size)
            lost->has_newest = true;
        return AP_OK;
    }
    round_describe(there, is->size, &root);
    return status == AP_OK ? refuse_rewritten(r, shown, there, err) : status;
}

static enum ap_status compare_note(struct round *r, const char *name, const struct ap_buf *bytes, struct lost *lost,
                                   struct ap_error *err)
{
    char detail[AP_FINDING_TEXT_SIZE];
    const struct ap_log_key *key = NULL;
    struct shown shown;
    enum ap_signed by = AP_SIGNED_NOT;
    bool past = false;
    enum ap_status status = ap_note_parse(&shown.note, bytes->data, bytes->len, err);

    shown.anchor = name;
    if (status == AP_OK)
        status = ap_checkpoint_parse(&shown.is, shown.note.text, shown.note.text_len, err);
    if (status == AP_OK)
        key = ap_log_keys_at(&r->keys, shown.is.origin, shown.is.origin_len, shown.is.size, &past);
    if (key != NULL)
        status = ap_note_check(&shown.note, &key->vkey, &by, NULL, err);
    if (status == AP_EINPUT || (status == AP_OK && by != AP_SIGNED_WELL)) {
        ap_finding_text(detail, "%s checkpoint at anchor %s is not signed by this log's key.",
                        lost == NULL ? "The newest" : "A", name);
        return round_refuse(r, AP_FINDING_SIGNATURE, "a checkpoint signed by the key of its time", "one that is not",
                            detail, err);
    }
    return status == AP_OK ? compare_log(r, &shown, past, lost, err) : status;
}

/* Of a directory that a restore is held against: only the first that disagrees is told of. */
static enum ap_status compare_one(void *context, const struct ap_buf *note, struct ap_error *err)
{
    struct lost *lost = context;
    enum ap_status status = lost->r->report->refused ? AP_OK : compare_note(lost->r, lost->anchor, note, lost, err);

    lost->failed = status != AP_OK;
    return status;
}

/* What hides a checkpoint was put there by somebody. */
static enum ap_status refuse_hidden(struct round *r, const struct lost *lost, struct ap_error *err)
{
    char detail[AP_FINDING_TEXT_SIZE];

    ap_finding_text(detail, "%s file of an anchor is not a checkpoint of the size in its name.",
                    lost == NULL ? "The newest" : "A");
    return round_refuse(r, AP_FINDING_SIGNATURE, "a checkpoint signed by this key", err->message, detail, err);
}

/*
 * Without a restore to declare, an anchor that cannot be read now is not an alarm: what it lacks is handed to it at the
 * end, and said if that fails.
 */
static enum ap_status check_name(struct round *r, const struct ap_anchor *anchor, const char *name, struct lost *lost,
                                 struct ap_error *err)
{
    struct ap_buf note = AP_BUF_INIT;
    enum ap_status status;

    if (lost != NULL && anchor->kind == AP_ANCHOR_DIRECTORY) {
        status = anchor_dir_all(anchor->target, r->digest, name, compare_one, lost, err);
        return status == AP_ESTATE && !lost->failed ? refuse_hidden(r, lost, err) : status;
    }
    status = ap_anchor_newest(anchor, &r->options->means, r->digest, name, &note, err);
    if (status == AP_ESTATE)
        status = refuse_hidden(r, lost, err);
    else if (status == AP_OK && note.len > 0)
        status = compare_note(r, anchor->name, &note, lost, err);
    else if (lost == NULL)
        status = AP_OK;
    ap_buf_free(&note);
    return status;
}

static enum ap_status check_anchor(struct round *r, const struct ap_anchor *anchor, struct lost *lost,
                                   struct ap_error *err)
{
    enum ap_status status = AP_OK;
    size_t i;

    for (i = 0; i < r->keys.count && status == AP_OK && (lost == NULL || !r->report->refused); i++)
        /* Once a name: they follow each other. */
        if (i == 0 || strcmp(r->keys.keys[i].vkey.name, r->keys.keys[i - 1].vkey.name) != 0)
            status = check_name(r, anchor, r->keys.keys[i].vkey.name, lost, err);
    return status;
}

static enum ap_status check_anchors(struct round *r, struct lost *lost, struct ap_error *err)
{
    enum ap_status status = AP_OK;
    size_t i;

    for (i = 0; i < r->options->anchor_count && status == AP_OK && (lost == NULL || !r->report->refused); i++) {
        struct ap_anchor anchor;

        status = ap_anchor_parse(&anchor, r->options->anchors[i], err);
        if (lost != NULL)
            lost->anchor = anchor.name;
        if (status == AP_OK)
            status = check_anchor(r, &anchor, lost, err);
    }
    return status;
}

/* Each change says which root the log had when its key or name was changed. */
static enum ap_status compare_changes(struct round *r, size_t first, struct lost *lost, struct ap_error *err)
{
    char expected[AP_FINDING_TEXT_SIZE], there[AP_FINDING_TEXT_SIZE];
    enum ap_status status = AP_OK;
    struct ap_hash root;

    for (size_t i = first; i < r->keys.count && status == AP_OK && !r->report->refused; i++) {
        const struct ap_log_key *key = &r->keys.keys[i];
        const char *name = r->keys.keys[i - 1].vkey.name;

        if (key->from_size > r->log.size ||
            ap_epochs_explain(&r->epochs, name, strlen(name), key->from_size, &key->root) != NULL)
            continue;
        status = round_root(r, key->from_size, &root, err);
        if (status == AP_OK && !ap_hash_equal(&root, &key->root)) {
            round_describe(expected, key->from_size, &key->root);
            round_describe(there, key->from_size, &root);
            status = round_refuse(r, AP_FINDING_REWRITTEN, expected, there, rewritten_advice, err);
        } else if (lost != NULL && key->from_size == r->log.size) {
            lost->has_newest = true;
        }
    }
    return status;
}

enum ap_status round_check_anchors(struct round *r, struct ap_error *err)
{
    enum ap_status status = check_anchors(r, NULL, err);

    if (status == AP_OK && !r->report->refused)
        status = round_check_history(r, err);
    return status == AP_OK && !r->report->refused ? compare_changes(r, 1, NULL, err) : status;
}

/* A witness cosigns only what goes on from what it cosigned before: so what it cosigned is a part of what it shows. */
static enum ap_status ask_cosignatures(struct lost *lost, struct ap_error *err)
{
    const struct ap_seal_options *options = lost->r->options;
    struct ap_buf bytes = AP_BUF_INIT, reply = AP_BUF_INIT;
    struct ap_note note;
    bool stamped;
    enum ap_status status;

    ap_buf_add(&bytes, lost->r->last.note.data, lost->r->last.note.len);
    status = ap_seal_attested(lost->r->db, lost->r->last.size, &bytes, &reply, &stamped, err);
    /* Lines that are none are no cosignature. */
    if (status == AP_OK && ap_note_parse(&note, bytes.data, bytes.len, NULL) == AP_OK)
        for (size_t i = 0; i < options->anchor_count && status == AP_OK && !lost->has_newest; i++) {
            struct ap_anchor anchor;

            status = ap_anchor_parse(&anchor, options->anchors[i], err);
            if (status == AP_OK && anchor.kind == AP_ANCHOR_WITNESS)
                status = anchor_witness_vouches(anchor.target, &options->means, &note, &lost->has_newest, err);
        }
    ap_buf_free(&bytes);
    ap_buf_free(&reply);
    return status;
}

enum ap_status round_find_lost(struct round *r, struct ap_epoch *epoch, struct ap_error *err)
{
    const struct ap_log_key *newest = &r->keys.keys[r->keys.count - 1];
    struct lost lost = {r, NULL, epoch, false, false};
    enum ap_status status = check_anchors(r, &lost, err);

    if (status == AP_OK && !r->report->refused)
        status = compare_changes(r, r->stored_keys, &lost, err);
    if (status != AP_OK || r->report->refused)
        return status;
    /* A restore that was not sealed yet was shown to nobody; it is superseded all the same. */
    if (epoch->known_size == 0 && r->keys.count > r->stored_keys && newest->from_size >= r->log.size) {
        epoch->known_size = newest->from_size;
        epoch->known_root = newest->root;
    } else if (epoch->known_size == 0) {
        return ap_fail(err, AP_ESTATE,
                       "no anchor shows a checkpoint that this log has lost: there is no restore to declare. Name the "
                       "anchors with --anchor");
    }
    if (r->last.there && !lost.has_newest)
        status = ask_cosignatures(&lost, err);
    if (status == AP_OK && r->last.there && !lost.has_newest)
        status = ap_fail(err, AP_ESTATE,
                         "no anchor shows the newest checkpoint that the database has, of %" PRIu64
                         " seals, and no witness that is named has cosigned it: so nobody can tell whether it is an "
                         "older state of this log, or another one. Name an anchor that has it, with --anchor, the "
                         "witness's key with --witness-key, or restore another backup",
                         r->last.size);
    return status;
}
