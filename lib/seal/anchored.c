/* What anchors have: as they show it now, or as the record says that they answered. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "auditproof/clock.h"
#include "seal_internal.h"

/* Columns of queries/seal_answered.sql. */
enum { A_KIND, A_NAME, A_SIZE, A_AT };

enum ap_status anchor_answered(struct ap_db *db, const struct ap_anchor *anchor, const char *origin,
                               struct ap_anchor_result *result, struct ap_error *err)
{
    const char *values[3] = {origin, ap_anchor_kind_name(anchor->kind), anchor->name};
    struct ap_rows *rows = NULL;
    enum ap_status status = seal_read(db, ap_sql("queries/seal_answered"), 3, values, &rows, err);

    if (status == AP_OK && ap_rows_count(rows) > 0) {
        result->size = (uint64_t)ap_rows_int(rows, 0, A_SIZE);
        result->answered_us = ap_rows_int(rows, 0, A_AT);
    }
    ap_rows_free(rows);
    return status;
}

/* size 0: none. */
static enum ap_status look(const struct ap_anchor *anchor, const struct ap_anchor_means *means,
                           struct ap_digest *digest, const char *origin, uint64_t *size, struct ap_error *err)
{
    struct ap_buf bytes = AP_BUF_INIT;
    struct ap_checkpoint is;
    struct ap_note note;
    enum ap_status status = ap_anchor_newest(anchor, means, digest, origin, &bytes, err);

    *size = 0;
    if (status == AP_OK && bytes.len > 0 && ap_note_parse(&note, bytes.data, bytes.len, NULL) == AP_OK &&
        ap_checkpoint_parse(&is, note.text, note.text_len, NULL) == AP_OK)
        *size = is.size;
    ap_buf_free(&bytes);
    return status;
}

static bool is_refilled(const struct ap_anchor_means *means, const char *name)
{
    for (size_t i = 0; i < means->refill_count; i++)
        if (strcmp(means->refill[i], name) == 0)
            return true;
    return false;
}

enum ap_status anchor_lost(struct ap_db *db, const struct ap_anchor *anchor, const struct ap_anchor_means *means,
                           struct ap_digest *digest, const char *origin, struct ap_anchor_result *result, bool *lost,
                           struct ap_error *err)
{
    char at[AP_TIME_TEXT_SIZE];
    enum ap_status status;
    uint64_t size;

    *lost = false;
    /* Why it cannot be read is said when something is to be put there. */
    if (anchor->kind != AP_ANCHOR_DIRECTORY || is_refilled(means, anchor->name) ||
        look(anchor, means, digest, origin, &size, NULL) != AP_OK || size > 0)
        return AP_OK;
    status = anchor_answered(db, anchor, origin, result, err);
    *lost = status == AP_OK && result->size > 0;
    if (!*lost)
        return status;
    ap_time_format(at, result->answered_us);
    (void)snprintf(result->message, sizeof result->message,
                   "it had checkpoints, that of %" PRIu64
                   " seals since %s, and shows none: is its file system mounted? If it is, and they are lost, or were "
                   "put there by another host under the same name, go on with --refill-anchor once",
                   result->size, at);
    result->size = 0;
    return AP_OK;
}

/* One that was named. What it shows now counts for more than what was once said of it. */
static enum ap_status look_at(struct ap_db *db, const char *name, struct ap_digest *digest, const char *origin,
                              const struct ap_seal_options *options, struct ap_seal_report *report,
                              struct ap_error *err)
{
    struct ap_anchor_result *result = &report->anchors[report->anchor_count++];
    struct ap_anchor anchor;
    struct ap_error why;
    bool lost = false;
    enum ap_status status = ap_anchor_parse(&anchor, name, err);

    (void)snprintf(result->name, sizeof result->name, "%s", name);
    if (status == AP_OK)
        status = anchor_lost(db, &anchor, &options->means, digest, origin, result, &lost, err);
    if (status != AP_OK || lost)
        return status;
    if (look(&anchor, &options->means, digest, origin, &result->size, &why) != AP_OK)
        (void)snprintf(result->message, sizeof result->message, "%s", why.message);
    result->asked = result->size > 0 || anchor.kind == AP_ANCHOR_DIRECTORY;
    if (!result->asked)
        status = anchor_answered(db, &anchor, origin, result, err);
    result->done = result->size == report->size;
    if (result->done || result->message[0] != '\0')
        return status;
    if (result->size == 0)
        (void)snprintf(result->message, sizeof result->message, "it has no checkpoint of this log");
    else if (result->asked)
        (void)snprintf(result->message, sizeof result->message, "its newest checkpoint is of %" PRIu64 " seals",
                       result->size);
    return status;
}

static bool is_there(const struct ap_seal_report *report, const char *name)
{
    for (size_t i = 0; i < report->anchor_count; i++)
        if (strcmp(report->anchors[i].name, name) == 0)
            return true;
    return false;
}

/* Those that answered once and were not named. What they have now is not looked at: anyone may have written the name.
 */
static enum ap_status add_recorded(struct ap_db *db, const char *origin, struct ap_seal_report *report,
                                   struct ap_error *err)
{
    const char *values[3] = {origin, NULL, NULL};
    struct ap_rows *rows = NULL;
    enum ap_status status = seal_read(db, ap_sql("queries/seal_answered"), 3, values, &rows, err);

    for (size_t i = 0; status == AP_OK && i < ap_rows_count(rows) && report->anchor_count < AP_ANCHORS_MAX; i++) {
        struct ap_anchor_result *result;

        if (is_there(report, ap_rows_str(rows, i, A_NAME)))
            continue;
        result = &report->anchors[report->anchor_count++];
        (void)snprintf(result->name, sizeof result->name, "%s", ap_rows_str(rows, i, A_NAME));
        result->size = (uint64_t)ap_rows_int(rows, i, A_SIZE);
        result->answered_us = ap_rows_int(rows, i, A_AT);
        result->done = result->size == report->size;
    }
    ap_rows_free(rows);
    return status;
}

enum ap_status ap_seal_anchors(struct ap_db *db, const struct ap_seal_options *options, struct ap_seal_report *report,
                               struct ap_error *err)
{
    struct stored_checkpoint last;
    struct ap_digest *digest = NULL;
    char origin[AP_KEY_NAME_MAX + 1];
    enum ap_status status = stored_checkpoint_read(db, &last, err);

    memset(report, 0, sizeof *report);
    report->quorum = options->means.policy == NULL;
    if (status == AP_OK && last.there) {
        report->size = last.size;
        report->root = last.is.root;
        report->sealed_at_us = last.sealed_at_us;
        (void)snprintf(origin, sizeof origin, "%.*s", (int)last.is.origin_len, last.is.origin);
        status = ap_digest_new(&digest, err);
        for (size_t i = 0; i < options->anchor_count && i < AP_ANCHORS_MAX && status == AP_OK; i++)
            status = look_at(db, options->anchors[i], digest, origin, options, report, err);
        if (status == AP_OK)
            status = add_recorded(db, origin, report, err);
        if (status == AP_OK && options->means.policy != NULL)
            status = seal_judge_quorum(db, options, digest, origin, report, err);
    }
    ap_digest_free(digest);
    stored_checkpoint_free(&last);
    return status;
}
