/* Indexes that are made beside those who write: each statement in no transaction, when the installation is committed.
 */
#include <stdio.h>
#include <string.h>

#include "schema_internal.h"

/* More than there are partitions: ends a loop that gets nowhere. */
enum { MOST_STEPS = 100000, TIMEOUT_SIZE = 32 };

/* Only what is made concurrently keeps nobody waiting, and may wait itself for as long as it takes. */
static enum ap_status set_lock_timeout(struct ap_db *db, const char *statement, unsigned timeout_ms,
                                       struct ap_error *err)
{
    char timeout[TIMEOUT_SIZE];
    const char *values[] = {timeout};

    (void)snprintf(timeout, sizeof timeout, "%ums", strstr(statement, " CONCURRENTLY ") != NULL ? 0 : timeout_ms);
    return ap_db_query(db, ap_sql("queries/lock_timeout"), 1, values, NULL, err);
}

static enum ap_status run_step(struct ap_db *db, const struct ap_schema_install_options *options, const char *statement,
                               struct ap_error *err)
{
    enum ap_status status = set_lock_timeout(db, statement, options->lock_timeout_ms, err);

    for (unsigned n = 1; status == AP_OK; n++) {
        status = ap_db_exec(db, statement, err);
        if (status == AP_OK || n >= options->attempts || !schema_worth_repeating(err))
            break;
        schema_pause(n - 1);
        status = AP_OK;
    }
    return status;
}

static enum ap_status make(struct ap_db *db, const struct ap_schema_install_options *options, bool *made,
                           struct ap_error *err)
{
    enum ap_status status = AP_OK;

    for (int i = 0; status == AP_OK && i < MOST_STEPS; i++) {
        struct ap_rows *rows = NULL;

        status = ap_db_query(db, ap_sql("queries/index_step"), 0, NULL, &rows, err);
        if (status == AP_OK && ap_rows_count(rows) == 0) {
            ap_rows_free(rows);
            return AP_OK;
        }
        if (status == AP_OK) {
            options->event(options->context, AP_SCHEMA_REMARK, ap_rows_str(rows, 0, 1));
            status = run_step(db, options, ap_rows_str(rows, 0, 1), err);
        }
        if (status != AP_OK)
            status = ap_error_prefix(err, "index %s; all else is installed: install again to make it",
                                     rows != NULL ? ap_rows_str(rows, 0, 0) : "that searches need");
        *made = true;
        ap_rows_free(rows);
    }
    return status == AP_OK ? ap_fail(err, AP_EINTERNAL, "an index is asked for again and again") : status;
}

enum ap_status schema_indexes_make(struct ap_db *db, const struct ap_schema_install_options *options, bool *made,
                                   struct ap_error *err)
{
    struct ap_rows *rows = NULL;
    struct ap_error scratch;
    enum ap_status unlocked, status = ap_db_query(db, ap_sql("queries/index_lock"), 0, NULL, &rows, err);
    bool ours = status == AP_OK && ap_rows_bool(rows, 0, 0);

    ap_rows_free(rows);
    *made = false;
    if (status == AP_OK && !ours)
        options->event(options->context, AP_SCHEMA_REMARK, "another session is making the indexes that searches need");
    if (!ours)
        return status;
    status = make(db, options, made, err);
    /* After a failure too; what the session holds ends with it if even that cannot be said. */
    unlocked = ap_db_query(db, ap_sql("queries/index_unlock"), 0, NULL, NULL, status == AP_OK ? err : &scratch);
    return status == AP_OK ? unlocked : status;
}
