/* Months of a partitioned table that are over: verified for a plan, and dropped by it. */
#include <string.h>

#include "retain/purge_internal.h"

enum { VERIFICATIONS = 3 };

enum ap_status ap_purge_verify(struct ap_db *db, const char *digest, ap_purge_month *tell, void *context,
                               struct ap_error *err)
{
    struct ap_rows *months = NULL;
    enum ap_status status = ap_db_query(db, ap_sql("queries/purge_months"), 1, &digest, &months, err);

    for (size_t i = 0; status == AP_OK && i < ap_rows_count(months); i++) {
        const char *values[2] = {digest, ap_rows_str(months, i, 0)};
        struct ap_rows *rows = NULL;

        status = purge_run_step(db, "queries/purge_verify", 2, values, &rows, err);
        if (status == AP_OK && tell != NULL)
            tell(context, values[1], ap_rows_text(rows, 0, 0));
        ap_rows_free(rows);
    }
    ap_rows_free(months);
    return status;
}

/* *again: it would be dropped, were it verified. */
static enum ap_status drop(struct ap_db *db, const char *query, const char *digest, const char *month, bool *again,
                           int64_t *gone, struct ap_error *err)
{
    char now[PURGE_NUMBER_SIZE];
    const char *values[3] = {digest, month, now};
    struct ap_rows *rows = NULL;
    enum ap_status status;

    *again = false;
    *gone = 0;
    purge_now_text(now);
    status = purge_run_step(db, query, 3, values, &rows, err);
    if (status == AP_OK && ap_rows_count(rows) == 1) {
        *again = strcmp(ap_rows_str(rows, 0, 2), "t") == 0;
        *gone = ap_rows_text(rows, 0, 0) != NULL ? ap_rows_int(rows, 0, 0) : 0;
    }
    ap_rows_free(rows);
    return status;
}

/* Verified when it was planned; again where rows of it were changed since, as by an erasure, or written to another
 * file. */
static enum ap_status purge_month(struct ap_db *db, const char *query, const char *digest, const char *month,
                                  int64_t *gone, struct ap_error *err)
{
    const char *values[2] = {digest, month};
    bool again = false;
    enum ap_status status = drop(db, query, digest, month, &again, gone, err);

    for (int i = 0; status == AP_OK && again && i < VERIFICATIONS; i++) {
        struct ap_rows *rows = NULL;

        status = purge_run_step(db, "queries/purge_verify", 2, values, &rows, err);
        again = status == AP_OK && ap_rows_text(rows, 0, 0) == NULL;
        ap_rows_free(rows);
        if (again)
            status = drop(db, query, digest, month, &again, gone, err);
    }
    /* Whoever reads the month, or all of them, may do so for long: it goes row by row. */
    return status != AP_OK && strcmp(err->sqlstate, "55P03") == 0 ? AP_OK : status;
}

enum ap_status purge_months(struct ap_db *db, const char *digest, bool chained, purge_gone *tell, void *context,
                            struct ap_error *err)
{
    const char *query = chained ? "queries/purge_partition" : "queries/purge_partition_rows";
    struct ap_rows *months = NULL;
    enum ap_status status = ap_db_query(db, ap_sql("queries/purge_months"), 1, &digest, &months, err);

    for (size_t i = 0; status == AP_OK && i < ap_rows_count(months); i++) {
        int64_t gone = 0;

        status = purge_month(db, query, digest, ap_rows_str(months, i, 0), &gone, err);
        if (status == AP_OK && gone > 0)
            status = tell(context, (uint64_t)gone, err);
    }
    ap_rows_free(months);
    return status;
}
