#include <stdio.h>
#include <string.h>

#include "auditproof/clock.h"
#include "auditproof/reading.h"
#include "run.h"

/* The one snapshot that everything is read in, and as whom. */

/* Entries are recorded by the primary's clock, which a standby's may be behind. */
enum { STANDBY_CLOCK_US = 60 * AP_US_PER_SECOND };

static enum ap_status check_no_problem(const struct run *run, const char *query, const char *so, struct ap_error *err)
{
    struct ap_rows *rows = NULL;
    enum ap_status status = ap_db_query(run->db, ap_sql(query), 0, NULL, &rows, err);

    if (status != AP_OK)
        return status;
    if (ap_rows_count(rows) > 0)
        status = ap_fail(err, AP_ESTATE, "cannot verify this database%s: %s", so, ap_rows_str(rows, 0, 0));
    ap_rows_free(rows);
    return status;
}

static enum ap_status check_shape(const struct run *run, struct ap_error *err)
{
    enum ap_status status = check_no_problem(run, "queries/verify_shape", "", err);

    if (status == AP_OK && run->through_view)
        status = check_no_problem(run, "queries/verify_view", " as a role that policies apply to", err);
    return status;
}

/* In the transaction that is open: who reads, and how little the server may rely on. */
static enum ap_status set_up(struct ap_db *db, struct ap_error *err)
{
    enum ap_status status = ap_db_query(db, ap_sql("queries/verify_role"), 0, NULL, NULL, err);

    if (status == AP_OK)
        status = ap_db_exec(db,
                            "SET LOCAL enable_indexscan = off; SET LOCAL enable_indexonlyscan = off;"
                            " SET LOCAL enable_bitmapscan = off;"
                            /* A database can have its own defaults, and what is off is no worse than what is off. */
                            " SET LOCAL enable_seqscan = on; SET LOCAL enable_sort = on;"
                            " SET LOCAL enable_hashjoin = on; SET LOCAL enable_material = on;"
                            /* A constraint may lie too, and so may the bounds of a partition. */
                            " SET LOCAL constraint_exclusion = off; SET LOCAL enable_partition_pruning = off",
                            err);
    return status;
}

enum ap_status run_join_snapshot(const struct run *run, struct ap_db *db, struct ap_error *err)
{
    char sql[256];
    enum ap_status status;

    /* The name of a snapshot cannot be a parameter; run_begin made sure that it is digits and dashes. */
    (void)snprintf(sql, sizeof sql, "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY; SET TRANSACTION SNAPSHOT '%s'",
                   run->snapshot);
    status = ap_db_exec(db, sql, err);
    return status == AP_OK ? set_up(db, err) : status;
}

/* The role is found out ahead of the transaction: nothing may be read in it before its locks are taken. */
static enum ap_status begin_as_reader(struct run *run, struct ap_error *err)
{
    struct ap_rows *role = NULL;
    enum ap_status status = check_shape(run, err);

    if (status == AP_OK)
        status = ap_db_query(run->db, ap_sql("queries/verify_role"), 0, NULL, &role, err);
    if (status == AP_OK)
        run->through_view = ap_rows_count(role) == 1 && ap_rows_bool(role, 0, 1);
    if (status == AP_OK && run->through_view)
        status = check_shape(run, err);
    if (status == AP_OK)
        status = ap_db_exec(run->db, ap_sql("queries/begin_snapshot"), err);
    if (status == AP_OK && ap_rows_count(role) == 1 && ap_rows_text(role, 0, 0) != NULL)
        status = ap_db_exec(run->db, "SET LOCAL ROLE auditproof_auditor", err);
    ap_rows_free(role);
    return status;
}

static enum ap_status begin_locked(struct run *run, struct ap_error *err)
{
    enum ap_status status = begin_as_reader(run, err);

    if (status == AP_OK)
        status = ap_db_exec(run->db, ap_sql("queries/verify_lock"), err);
    if (status == AP_OK && run->through_view)
        status = ap_db_exec(run->db, ap_sql("queries/verify_lock_view"), err);
    return status == AP_OK ? set_up(run->db, err) : status;
}

enum ap_status ap_reading_begin(struct ap_db *db, struct ap_reading *reading, struct ap_error *err)
{
    struct run run;
    enum ap_status status;

    memset(&run, 0, sizeof run);
    run.db = db;
    status = begin_as_reader(&run, err);
    reading->db = db;
    reading->through_view = run.through_view;
    return status;
}

enum ap_status run_begin(struct run *run, struct ap_verify_report *report, struct ap_error *err)
{
    struct ap_rows *rows = NULL;
    enum ap_status status = begin_locked(run, err);

    /* Once more: something may have happened before the locks were there. */
    if (status == AP_OK)
        status = check_shape(run, err);
    if (status == AP_OK)
        status = ap_db_query(run->db, ap_sql("queries/verify_begin"), 0, NULL, &rows, err);
    if (status != AP_OK)
        return status;
    if (ap_rows_count(rows) != 1 || strlen(ap_rows_str(rows, 0, 0)) >= sizeof run->snapshot ||
        ap_rows_str(rows, 0, 0)[strspn(ap_rows_str(rows, 0, 0), "0123456789ABCDEF-")] != '\0') {
        status = ap_fail(err, AP_EIO, "the server sent a snapshot name that this version cannot read");
    } else {
        (void)snprintf(run->snapshot, sizeof run->snapshot, "%s", ap_rows_str(rows, 0, 0));
        run->snapshot_us = report->snapshot_us = ap_rows_int(rows, 0, 1);
        run->standby = report->in_recovery = ap_rows_bool(rows, 0, 2);
        run->latest_us = ap_rows_int(rows, 0, 3) + (report->in_recovery ? STANDBY_CLOCK_US : 0);
    }
    ap_rows_free(rows);
    return status;
}

/* The statements name the table; who may not read that reads the view, whose columns are the same. */
static void name_view(struct ap_buf *out, const char *sql)
{
    static const char table[] = "public.audit_logs ", view[] = "auditproof.entry ";
    const char *at;

    while ((at = strstr(sql, table)) != NULL) {
        ap_buf_add(out, sql, (size_t)(at - sql));
        ap_buf_adds(out, view);
        sql = at + sizeof table - 1;
    }
    ap_buf_adds(out, sql);
}

enum ap_status run_query(struct run *run, const char *name, int count, const char *const *values, struct ap_rows **rows,
                         struct ap_error *err)
{
    struct ap_buf sql = AP_BUF_INIT;
    enum ap_status status;

    *rows = NULL;
    if (!run->through_view)
        return ap_db_query(run->db, ap_sql(name), count, values, rows, err);
    name_view(&sql, ap_sql(name));
    status = ap_buf_check(&sql, "a statement", err);
    if (status == AP_OK)
        status = ap_db_query(run->db, sql.data, count, values, rows, err);
    ap_buf_free(&sql);
    return status;
}

enum ap_status run_use_indexes(struct run *run, bool use, struct ap_error *err)
{
    run->indexed = use;
    /* A part of a table is looked up row by row: by the usual costs the server would read the whole to join it. */
    return ap_db_exec(run->db,
                      use ? "SET LOCAL enable_indexscan = on; SET LOCAL enable_bitmapscan = on;"
                            " SET LOCAL enable_hashjoin = off; SET LOCAL enable_mergejoin = off"
                          : "SET LOCAL enable_indexscan = off; SET LOCAL enable_bitmapscan = off;"
                            " SET LOCAL enable_hashjoin = on; SET LOCAL enable_mergejoin = on;"
                            " SET LOCAL enable_seqscan = on",
                      err);
}

enum ap_status run_query_by_index(struct run *run, const char *name, int count, const char *const *values,
                                  struct ap_rows **rows, struct ap_error *err)
{
    enum ap_status status = ap_db_exec(run->db, "SET LOCAL enable_indexscan = on", err);

    *rows = NULL;
    if (status == AP_OK)
        status = run_query(run, name, count, values, rows, err);
    if (status == AP_OK && !run->indexed)
        status = ap_db_exec(run->db, "SET LOCAL enable_indexscan = off", err);
    if (status != AP_OK) {
        ap_rows_free(*rows);
        *rows = NULL;
    }
    return status;
}

enum ap_status ap_reading_query(const struct ap_reading *reading, const char *name, int count,
                                const char *const *values, struct ap_rows **rows, struct ap_error *err)
{
    struct run run;

    memset(&run, 0, sizeof run);
    run.db = reading->db;
    run.through_view = reading->through_view;
    return run_query(&run, name, count, values, rows, err);
}
