#include "auditproof/capture.h"

#include <string.h>
#include <time.h>

#include "auditproof/json.h"

/* With the two seconds that each try waits for the lock (sql/objects/24_capture_attach.sql). */
enum { TRIES = 5 };

static const char lock_not_available[] = "55P03";

static enum ap_status require_installed(struct ap_db *db, struct ap_error *err)
{
    struct ap_rows *rows = NULL;
    enum ap_status status = ap_db_query(db, ap_sql("queries/capture_installed"), 0, NULL, &rows, err);

    if (status == AP_OK && !ap_rows_bool(rows, 0, 0))
        status = ap_fail(err, AP_ESTATE, "auditproof is not installed in database \"%s\": run auditmigrate install",
                         ap_db_name(db));
    ap_rows_free(rows);
    return status;
}

static void add_columns(struct ap_buf *buf, const char *const *columns, size_t count)
{
    ap_buf_addc(buf, '[');
    for (size_t i = 0; i < count; i++) {
        if (i > 0)
            ap_buf_addc(buf, ',');
        ap_json_string(buf, columns[i]);
    }
    ap_buf_addc(buf, ']');
}

/* *rows holds one row when AP_OK. */
static enum ap_status on_table(struct ap_db *db, const char *sql, int count, const char *const *values,
                               struct ap_rows **rows, struct ap_error *err)
{
    const struct timespec pause = {0, 200000000};
    enum ap_status status = require_installed(db, err);

    for (int i = 0; status == AP_OK; i++) {
        status = ap_db_query(db, sql, count, values, rows, err);
        if (status != AP_ESQL || strcmp(err->sqlstate, lock_not_available) != 0 || i + 1 == TRIES)
            break;
        /* Writers that queued behind our wait for the lock go first. */
        (void)nanosleep(&pause, NULL);
        status = AP_OK;
    }
    if (status == AP_ESQL && strcmp(err->sqlstate, lock_not_available) == 0)
        return ap_error_prefix(err, "table %s is in use by a long transaction, run again when it has ended", values[0]);
    if (status == AP_OK && ap_rows_text(*rows, 0, 0) == NULL) {
        ap_rows_free(*rows);
        *rows = NULL;
        return ap_fail(err, AP_EINPUT, "there is no table %s in database \"%s\"", values[0], ap_db_name(db));
    }
    return status;
}

enum ap_status ap_capture_attach(struct ap_db *db, const char *table, const struct ap_capture_options *options,
                                 enum ap_capture_outcome *outcome, struct ap_error *err)
{
    struct ap_buf withheld = AP_BUF_INIT, ignored = AP_BUF_INIT;
    struct ap_error scratch;
    struct ap_rows *rows = NULL;
    enum ap_status status;

    if (err == NULL)
        err = &scratch;
    add_columns(&withheld, options->withheld, options->withheld_count);
    add_columns(&ignored, options->ignored, options->ignored_count);
    status = ap_buf_check(&withheld, "column names", err);
    if (status == AP_OK)
        status = ap_buf_check(&ignored, "column names", err);
    if (status == AP_OK) {
        const char *values[] = {table,
                                ap_buf_str(&withheld),
                                ap_buf_str(&ignored),
                                options->risk_level,
                                options->resource_type,
                                options->organization_column};

        status = on_table(db, ap_sql("queries/capture_attach"), 6, values, &rows, err);
    }
    if (status == AP_OK) {
        const char *what = ap_rows_str(rows, 0, 0);

        *outcome = strcmp(what, "attached") == 0  ? AP_CAPTURE_ATTACHED
                   : strcmp(what, "changed") == 0 ? AP_CAPTURE_CHANGED
                                                  : AP_CAPTURE_UNCHANGED;
    }
    ap_rows_free(rows);
    ap_buf_free(&withheld);
    ap_buf_free(&ignored);
    return status;
}

enum ap_status ap_capture_detach(struct ap_db *db, const char *table, bool *was_attached, struct ap_error *err)
{
    struct ap_error scratch;
    struct ap_rows *rows = NULL;
    enum ap_status status;

    if (err == NULL)
        err = &scratch;
    status = on_table(db, ap_sql("queries/capture_detach"), 1, &table, &rows, err);
    if (status == AP_OK && was_attached != NULL)
        *was_attached = ap_rows_bool(rows, 0, 0);
    ap_rows_free(rows);
    return status;
}

enum ap_status ap_capture_list(struct ap_db *db, ap_capture_fn *fn, void *context, struct ap_error *err)
{
    struct ap_rows *rows = NULL;
    enum ap_status status = require_installed(db, err);

    if (status == AP_OK)
        status = ap_db_query(db, ap_sql("queries/capture_list"), 0, NULL, &rows, err);
    for (size_t i = 0; status == AP_OK && i < ap_rows_count(rows); i++) {
        const struct ap_capture_table table = {
            ap_rows_str(rows, i, 0), ap_rows_str(rows, i, 1), ap_rows_str(rows, i, 2), ap_rows_str(rows, i, 3),
            ap_rows_str(rows, i, 4), ap_rows_str(rows, i, 5), ap_rows_str(rows, i, 6), ap_rows_str(rows, i, 7)};

        status = fn(context, &table, err);
    }
    ap_rows_free(rows);
    return status;
}
