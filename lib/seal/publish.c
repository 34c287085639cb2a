/* Handing checkpoints to anchors, after they have been committed: a crash before leaves them to the next round. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "auditproof/timestamp.h"
#include "seal_internal.h"

/* An anchor's name, and a number. */
enum { STAMP_NAME_SIZE = AP_ANCHOR_NAME_SIZE + 32 };

/* Handing over, to all anchors. */
struct delivery {
    struct ap_db *db;
    const struct ap_seal_options *options;
    struct ap_digest *digest;
    struct ap_anchor_means means;
    const char *origin;
    const struct ap_seal_report *report;
};

/* The size of the newest checkpoint that the anchor shows; false when it shows none. */
static bool newest_size(const struct delivery *d, const struct ap_anchor *anchor, uint64_t *size)
{
    struct ap_buf bytes = AP_BUF_INIT;
    struct ap_checkpoint is;
    struct ap_note note;
    bool there;

    there = ap_anchor_newest(anchor, &d->means, d->digest, d->origin, &bytes, NULL) == AP_OK && bytes.len > 0 &&
            ap_note_parse(&note, bytes.data, bytes.len, NULL) == AP_OK &&
            ap_checkpoint_parse(&is, note.text, note.text_len, NULL) == AP_OK;
    if (there)
        *size = is.size;
    ap_buf_free(&bytes);
    return there;
}

/* The anchor's answer becomes an attestation. */
static enum ap_status keep_answer(struct ap_db *db, const struct ap_anchor *anchor, const char *size,
                                  const struct ap_buf *answer, struct ap_error *err)
{
    struct ap_buf hex = AP_BUF_INIT;
    const char *values[4] = {size, ap_anchor_kind_name(anchor->kind), anchor->name, NULL};
    char *room = ap_buf_reserve(&hex, 2 * answer->len + 1);
    enum ap_status status;

    if (room == NULL)
        return ap_fail_memory(err, "an anchor's answer");
    ap_hex_encode(room, (const uint8_t *)ap_buf_str(answer), answer->len);
    room[2 * answer->len] = '\0';
    values[3] = room;
    status = ap_db_query(db, ap_sql("queries/seal_keep_answer"), 4, values, NULL, err);
    ap_buf_free(&hex);
    return status;
}

/*
 * Whoever owns the database can put another note in its place before it gets to the anchors, which would keep that for
 * good. So it must be of this log and size, and the newest one what was just checked or signed.
 */
static bool is_checkpoint(const struct ap_buf *bytes, const char *origin, uint64_t size,
                          const struct ap_seal_report *report)
{
    struct ap_checkpoint is;
    struct ap_note note;

    return ap_note_parse(&note, bytes->data, bytes->len, NULL) == AP_OK &&
           ap_checkpoint_parse(&is, note.text, note.text_len, NULL) == AP_OK && is.size == size &&
           size <= report->size && is.origin_len == strlen(origin) && memcmp(is.origin, origin, is.origin_len) == 0 &&
           (size != report->size || ap_hash_equal(&is.root, &report->root));
}

/* *failed: the anchor did not take it, and `result` says why. A status other than AP_OK is the database's. */
static enum ap_status hand_over(const struct delivery *d, const struct ap_anchor *anchor,
                                const struct ap_anchor_means *means, const struct ap_rows *rows, size_t row,
                                struct ap_anchor_result *result, bool *failed, struct ap_error *err)
{
    struct ap_buf note = AP_BUF_INIT, answer = AP_BUF_INIT;
    uint64_t size = (uint64_t)ap_rows_int(rows, row, 0);
    struct ap_error why;
    enum ap_status status = AP_OK;

    *failed = !hex_buffer(rows, row, 1, &note) || !is_checkpoint(&note, d->origin, size, d->report);
    if (*failed)
        (void)snprintf(result->message, sizeof result->message,
                       "the checkpoint of %" PRIu64
                       " seals in the database is not the one that was signed; run auditverify",
                       size);
    if (!*failed &&
        ap_anchor_publish(anchor, means, d->digest, d->origin, size, note.data, note.len, &answer, &why) != AP_OK) {
        *failed = true;
        (void)snprintf(result->message, sizeof result->message, "%s", why.message);
    }
    result->asked = true;
    if (!*failed)
        status = keep_answer(d->db, anchor, ap_rows_str(rows, row, 0), &answer, err);
    ap_buf_free(&note);
    ap_buf_free(&answer);
    return status;
}

static bool is_vouched(const struct delivery *d, const struct ap_rows *rows, size_t row)
{
    struct ap_buf answer = AP_BUF_INIT, note = AP_BUF_INIT;
    char why[AP_TIMESTAMP_WHY_SIZE];
    struct ap_timestamp said;
    bool good = false;

    good = hex_buffer(rows, row, 1, &answer) && hex_buffer(rows, row, 2, &note) &&
           ap_timestamp_check(answer.data, answer.len, NULL, 0, note.data, note.len, d->means.authorities, &said, &good,
                              why, NULL) == AP_OK &&
           good;
    ap_buf_free(&answer);
    ap_buf_free(&note);
    return good;
}

/*
 * The name for the next answer of an authority: while none is there that the trusted certificates vouch for, one that
 * is free, so that what was taken unchecked, or put there, does not stand in the way for good.
 */
static enum ap_status name_answer(const struct delivery *d, const struct ap_anchor *anchor, const char *size,
                                  char out[STAMP_NAME_SIZE], struct ap_error *err)
{
    const char *values[2] = {size, anchor->name};
    struct ap_rows *rows = NULL;
    enum ap_status status = seal_read(d->db, ap_sql("queries/seal_stamps"), 2, values, &rows, err);
    size_t count = status == AP_OK ? ap_rows_count(rows) : 0, number = 1, i;
    bool vouched = false, taken = true;

    for (i = 0; i < count && !vouched; i++)
        vouched = is_vouched(d, rows, i);
    (void)snprintf(out, STAMP_NAME_SIZE, "%s", anchor->name);
    while (!vouched && taken && number <= count + 1) {
        if (number > 1)
            (void)snprintf(out, STAMP_NAME_SIZE, "%s #%zu", anchor->name, number);
        for (taken = false, i = 0; i < count && !taken; i++)
            taken = strcmp(out, ap_rows_str(rows, i, 0)) == 0;
        number++;
    }
    /* A name that is taken: nothing more is asked for. */
    if (vouched)
        (void)snprintf(out, STAMP_NAME_SIZE, "%s", ap_rows_str(rows, 0, 0));
    ap_rows_free(rows);
    return status;
}

/*
 * A witness has cosigned more than this round has: another sealer may have handed it what was sealed since. Then the
 * database has a checkpoint of that size, and the witness cosigns it again only if its root is the one that it knows.
 */
static enum ap_status hand_over_newer(const struct delivery *d, const struct ap_anchor *anchor, uint64_t size,
                                      bool *done, struct ap_error *err)
{
    char before[24], newer[24];
    const char *values[5] = {ap_anchor_kind_name(anchor->kind), anchor->name, d->origin, before, newer};
    struct ap_buf note = AP_BUF_INIT, answer = AP_BUF_INIT;
    struct ap_anchor_means means = d->means;
    struct ap_rows *rows = NULL;
    enum ap_status status;

    (void)snprintf(before, sizeof before, "%" PRIu64, size - 1);
    (void)snprintf(newer, sizeof newer, "%" PRIu64, size);
    means.known_size = size;
    status = seal_read(d->db, ap_sql("queries/seal_unanchored"), 5, values, &rows, err);
    *done = status == AP_OK && ap_rows_count(rows) == 1 && hex_buffer(rows, 0, 1, &note) &&
            ap_anchor_publish(anchor, &means, d->digest, d->origin, size, note.data, note.len, &answer, NULL) == AP_OK;
    if (*done)
        status = keep_answer(d->db, anchor, newer, &answer, err);
    ap_rows_free(rows);
    ap_buf_free(&note);
    ap_buf_free(&answer);
    return status;
}

/* Where only the newest counts. */
static enum ap_status publish_newest(const struct delivery *d, const struct ap_anchor *anchor,
                                     struct ap_anchor_result *result, struct ap_error *err)
{
    char size[24];
    const char *values[4] = {ap_anchor_kind_name(anchor->kind), anchor->name, d->origin, size};
    struct ap_anchor_means means = d->means;
    struct ap_anchor named = *anchor;
    char name[STAMP_NAME_SIZE];
    struct ap_rows *rows = NULL;
    enum ap_status status = AP_OK;
    bool failed = false, done = false;
    uint64_t newer = 0;

    (void)snprintf(size, sizeof size, "%" PRIu64, d->report->size);
    if (anchor->kind == AP_ANCHOR_AUTHORITY && means.authorities != NULL) {
        status = name_answer(d, anchor, size, name, err);
        values[1] = named.name = name;
    }
    if (status == AP_OK)
        status = seal_read(d->db, ap_sql("queries/seal_newest_unanchored"), 4, values, &rows, err);
    if (status != AP_OK)
        return status;
    if (ap_rows_count(rows) > 0) {
        means.known_size = (uint64_t)ap_rows_int(rows, 0, 2);
        means.newer_size = &newer;
        status = hand_over(d, &named, &means, rows, 0, result, &failed, err);
    }
    ap_rows_free(rows);
    if (status == AP_OK && failed && newer > d->report->size)
        status = hand_over_newer(d, &named, newer, &done, err);
    result->done = status == AP_OK && (!failed || done);
    if (result->done)
        result->message[0] = '\0';
    return status;
}

/* Does the directory show this round's checkpoint, or one that another sealer has made since? */
static enum ap_status shows_log(const struct delivery *d, const struct ap_anchor *anchor, bool *there,
                                struct ap_error *err)
{
    struct stored_checkpoint last;
    uint64_t newest = 0;
    enum ap_status status;

    *there = newest_size(d, anchor, &newest) && newest == d->report->size;
    if (*there || newest < d->report->size)
        return AP_OK;
    status = stored_checkpoint_read(d->db, &last, err);
    *there = status == AP_OK && last.there && newest <= last.size;
    stored_checkpoint_free(&last);
    return status;
}

static enum ap_status publish_each(const struct delivery *d, const struct ap_anchor *anchor,
                                   struct ap_anchor_result *result, struct ap_error *err)
{
    char shown[24], size[24];
    const char *values[5] = {ap_anchor_kind_name(anchor->kind), anchor->name, d->origin, NULL, size};
    struct ap_rows *rows = NULL;
    enum ap_status status = AP_OK;
    size_t i, count = 1;
    uint64_t newest = 0;
    bool failed = false, there = false;

    (void)snprintf(size, sizeof size, "%" PRIu64, d->report->size);
    if (anchor->kind == AP_ANCHOR_COMMAND && d->options->vkey != NULL)
        status =
            seal_tell_before(d->db, d->options, d->digest, anchor, d->origin, d->report->size, result, &failed, err);
    while (status == AP_OK && !failed && count > 0) {
        /* What a directory shows counts for more than what was once said of it: it may have been lost. */
        if (anchor->kind == AP_ANCHOR_DIRECTORY) {
            (void)newest_size(d, anchor, &newest);
            (void)snprintf(shown, sizeof shown, "%" PRIu64, newest);
            values[3] = shown;
        }
        status = seal_read(d->db, ap_sql("queries/seal_unanchored"), 5, values, &rows, err);
        count = status == AP_OK ? ap_rows_count(rows) : 0;
        for (i = 0; i < count && status == AP_OK && !failed; i++)
            status = hand_over(d, anchor, &d->means, rows, i, result, &failed, err);
        ap_rows_free(rows);
        rows = NULL;
    }
    /* What the database says that it lacks is not what it has. */
    if (status == AP_OK && !failed && anchor->kind == AP_ANCHOR_DIRECTORY)
        status = shows_log(d, anchor, &there, err);
    if (status == AP_OK && !failed && anchor->kind == AP_ANCHOR_DIRECTORY && !there) {
        failed = true;
        (void)snprintf(result->message, sizeof result->message,
                       "its newest checkpoint is not the log's, of %" PRIu64 " seals", d->report->size);
    }
    result->done = status == AP_OK && !failed;
    return status;
}

static enum ap_status publish_to(const struct delivery *d, const struct ap_anchor *anchor,
                                 struct ap_anchor_result *result, struct ap_error *err)
{
    bool lost = false;
    enum ap_status status = anchor_lost(d->db, anchor, &d->means, d->digest, d->origin, result, &lost, err);

    if (status != AP_OK || lost)
        return status;
    result->asked = anchor->kind == AP_ANCHOR_DIRECTORY;
    status = ap_anchor_newest_only(anchor->kind) ? publish_newest(d, anchor, result, err)
                                                 : publish_each(d, anchor, result, err);
    if (status == AP_OK && result->done && result->asked)
        result->size = d->report->size;
    else if (status == AP_OK)
        status = anchor_answered(d->db, anchor, d->origin, result, err);
    return status;
}

static enum ap_status prove(void *context, uint64_t size1, uint64_t size2, struct ap_hash *proof, size_t *count,
                            struct ap_error *err)
{
    return ap_seal_prove_consistency(context, size1, size2, proof, count, err);
}

/* Did a key sign that the log's record leads to from one of the policy's? */
static enum ap_status is_followed(const struct delivery *d, const struct ap_note *note, bool *is, struct ap_error *err)
{
    enum ap_status status = AP_OK;

    *is = false;
    for (size_t i = 0; i < d->means.policy->log_count && status == AP_OK && !*is; i++) {
        const struct ap_log_key *key;
        struct ap_log_keys keys;
        bool past = false;

        status = ap_log_keys_read(d->db, d->digest, &d->means.policy->logs[i].key, &keys, err);
        key = status == AP_OK && keys.known && keys.problem[0] == '\0'
                  ? ap_log_keys_at(&keys, d->origin, strlen(d->origin), d->report->size, &past)
                  : NULL;
        *is = key != NULL && !past && ap_note_signed_by(note, &key->vkey);
        ap_log_keys_free(&keys);
    }
    return status;
}

static enum ap_status judge_quorum(const struct delivery *d, struct ap_seal_report *report, struct ap_error *err)
{
    struct ap_buf bytes = AP_BUF_INIT;
    struct ap_policy_verdict verdict;
    struct ap_note note;
    enum ap_status status = cosigned_read(d->db, d->report->size, &bytes, err);

    memset(&verdict, 0, sizeof verdict);
    if (status == AP_OK && is_checkpoint(&bytes, d->origin, d->report->size, d->report)) {
        status = ap_note_parse(&note, bytes.data, bytes.len, err);
        if (status == AP_OK)
            status = ap_policy_check(d->means.policy, &note, &verdict, err);
        if (status == AP_OK && !verdict.by_log)
            status = is_followed(d, &note, &verdict.by_log, err);
    }
    report->quorum = status == AP_OK && verdict.by_log && !verdict.bad_signature && verdict.quorum;
    memcpy(report->cosigned, verdict.cosigned, sizeof report->cosigned);
    ap_buf_free(&bytes);
    return status;
}

enum ap_status seal_judge_quorum(struct ap_db *db, const struct ap_seal_options *options, struct ap_digest *digest,
                                 const char *origin, struct ap_seal_report *report, struct ap_error *err)
{
    struct delivery d = {db, options, digest, options->means, origin, report};

    return judge_quorum(&d, report, err);
}

static enum ap_status publish_all(struct ap_db *db, const struct ap_seal_options *options, const char *origin,
                                  struct ap_digest *digest, struct ap_seal_report *report, struct ap_error *err)
{
    struct delivery d = {db, options, digest, options->means, origin, report};
    enum ap_status status = AP_OK;

    d.means.prove = prove;
    d.means.prove_context = db;
    for (size_t i = 0; i < options->anchor_count && i < AP_ANCHORS_MAX && status == AP_OK; i++) {
        struct ap_anchor_result *result = &report->anchors[report->anchor_count++];
        struct ap_anchor anchor;

        status = ap_anchor_parse(&anchor, options->anchors[i], err);
        (void)snprintf(result->name, sizeof result->name, "%s", options->anchors[i]);
        if (status == AP_OK)
            status = publish_to(&d, &anchor, result, err);
    }
    report->quorum = true;
    if (status == AP_OK && options->means.policy != NULL)
        status = judge_quorum(&d, report, err);
    return status;
}

enum ap_status seal_publish(struct ap_db *db, const struct ap_seal_options *options, struct ap_digest *digest,
                            struct ap_seal_report *report, struct ap_error *err)
{
    return publish_all(db, options, options->vkey->name, digest, report, err);
}

enum ap_status ap_seal_hand_over(struct ap_db *db, const struct ap_seal_options *options, struct ap_seal_report *report,
                                 struct ap_error *err)
{
    struct stored_checkpoint last;
    struct ap_digest *digest = NULL;
    char origin[AP_KEY_NAME_MAX + 1];
    enum ap_status status = stored_checkpoint_read(db, &last, err);

    memset(report, 0, sizeof *report);
    if (status == AP_OK && !last.there)
        status = ap_fail(err, AP_ESTATE, "nothing is sealed yet; run auditseal seal first");
    if (status == AP_OK && last.is.origin_len >= sizeof origin)
        status = ap_fail(err, AP_ESTATE, "the origin of the newest checkpoint is too long");
    if (status == AP_OK) {
        report->size = last.size;
        report->root = last.is.root;
        report->sealed_at_us = last.sealed_at_us;
        memcpy(origin, last.is.origin, last.is.origin_len);
        origin[last.is.origin_len] = '\0';
        status = ap_digest_new(&digest, err);
    }
    if (status == AP_OK)
        status = publish_all(db, options, origin, digest, report, err);
    ap_digest_free(digest);
    stored_checkpoint_free(&last);
    return status;
}
