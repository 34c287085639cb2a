/* Legal holds. */
#include <stdio.h>
#include <string.h>

#include "auditproof/clock.h"
#include "retain_internal.h"

/* What a hold names as text, or NULL. */
struct hold_texts {
    char chain[AP_UUID_TEXT_SIZE], resource[AP_UUID_TEXT_SIZE];
    char from[AP_TIME_TEXT_SIZE], until[AP_TIME_TEXT_SIZE], review[AP_TIME_TEXT_SIZE];
};

static const char *uuid_text(char out[AP_UUID_TEXT_SIZE], const struct ap_uuid *uuid)
{
    if (uuid == NULL)
        return NULL;
    ap_uuid_format(out, uuid);
    return out;
}

static const char *time_text(char out[AP_TIME_TEXT_SIZE], int64_t time_us)
{
    if (time_us == AP_TIME_INFINITY || time_us == AP_TIME_MINUS_INFINITY)
        return NULL;
    ap_time_format(out, time_us);
    return out;
}

static enum ap_status send_actor(struct ap_db *db, const char *actor, struct ap_error *err)
{
    struct ap_buf line = AP_BUF_INIT;
    enum ap_status status = retain_subject_make(db, err);

    if (status == AP_OK && actor != NULL)
        status = retain_subject_add(&line, actor, err);
    if (status == AP_OK && actor != NULL)
        status = retain_subject_send(db, &line, err);
    ap_buf_free(&line);
    return status;
}

static enum ap_status place(struct ap_db *db, const struct ap_hold *hold, struct ap_uuid *id, struct ap_error *err)
{
    struct hold_texts t;
    struct ap_uuid account;
    bool by_account = hold->actor != NULL && ap_uuid_parse(&account, hold->actor);
    const char *values[] = {uuid_text(t.chain, hold->chain),
                            by_account ? "true" : "false",
                            hold->resource_type,
                            uuid_text(t.resource, hold->resource_id),
                            hold->action,
                            time_text(t.from, hold->from_us),
                            time_text(t.until, hold->until_us),
                            hold->matter,
                            hold->custodian,
                            hold->reason,
                            time_text(t.review, hold->review_us)};
    struct ap_rows *rows = NULL;
    enum ap_status status;

    status = retain_refused(ap_db_query(db, ap_sql("queries/hold_place"), 11, values, &rows, err), err);
    if (status == AP_OK && !ap_uuid_parse(id, ap_rows_str(rows, 0, 0)))
        status = ap_fail(err, AP_EINTERNAL, "the database gives \"%.60s\" for a hold", ap_rows_str(rows, 0, 0));
    ap_rows_free(rows);
    return status;
}

/* Whom it is about is gone from the session by its end. */
enum ap_status ap_hold_place(struct ap_db *db, const struct ap_hold *hold, struct ap_uuid *id, struct ap_error *err)
{
    enum ap_status status = ap_db_exec(db, "BEGIN", err);

    if (status == AP_OK)
        status = send_actor(db, hold->actor, err);
    if (status == AP_OK)
        status = place(db, hold, id, err);
    if (status == AP_OK)
        status = ap_db_exec(db, ap_sql("queries/subject_drop"), err);
    if (status == AP_OK)
        status = retain_refused(ap_db_exec(db, "COMMIT", err), err);
    if (status != AP_OK)
        ap_db_rollback(db);
    return status;
}

enum ap_status ap_hold_release(struct ap_db *db, const struct ap_uuid *id, const char *reason, bool *in_force,
                               struct ap_error *err)
{
    char text[AP_UUID_TEXT_SIZE];
    const char *values[] = {uuid_text(text, id), reason};
    struct ap_rows *rows = NULL;
    enum ap_status status;

    status = retain_refused(ap_db_query(db, ap_sql("queries/hold_release"), 2, values, &rows, err), err);
    if (status == AP_OK)
        *in_force = ap_rows_int(rows, 0, 0) > 0;
    ap_rows_free(rows);
    return status;
}
