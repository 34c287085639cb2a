#include "db_internal.h"

#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <stdlib.h>

enum ap_status ap_db_start(struct ap_db *db, const char *sql, int count, const struct ap_db_arg *args,
                           struct ap_error *err)
{
    Oid types[AP_DB_MAX_ARGS];
    const char *values[AP_DB_MAX_ARGS];
    int lengths[AP_DB_MAX_ARGS], formats[AP_DB_MAX_ARGS];

    if (count > AP_DB_MAX_ARGS)
        return ap_fail(err, AP_EINTERNAL, "a statement with %d parameters", count);
    for (int i = 0; i < count; i++) {
        if (args[i].len > INT_MAX)
            return ap_fail(err, AP_ELIMIT, "a parameter of %zu bytes", args[i].len);
        types[i] = args[i].type;
        values[i] = args[i].data;
        lengths[i] = (int)args[i].len;
        formats[i] = 1;
    }
    if (PQsetnonblocking(db->conn, 1) != 0 ||
        PQsendQueryParams(db->conn, sql, count, types, values, lengths, formats, 0) != 1)
        return db_fail_conn(db, err, "cannot send a statement");
    return AP_OK;
}

enum ap_status ap_db_pump(struct ap_db *db, bool *done, bool *unsent, struct ap_error *err)
{
    int left;

    *done = false;
    *unsent = false;
    /* A server that is going away says why before it closes: read that even when sending fails. */
    left = PQflush(db->conn);
    if (PQconsumeInput(db->conn) != 1)
        return db_fail_conn(db, err, "the connection was lost");
    if (left > 0)
        left = PQflush(db->conn);
    if (left < 0)
        return db_fail_conn(db, err, "the connection was lost");
    *unsent = left > 0;
    *done = PQisBusy(db->conn) == 0;
    return AP_OK;
}

static enum ap_status wait_until_done(struct ap_db *db, struct ap_error *err)
{
    for (;;) {
        bool done, unsent;
        enum ap_status status = ap_db_pump(db, &done, &unsent, err);
        struct pollfd fd = {PQsocket(db->conn), POLLIN, 0};

        if (status != AP_OK || done)
            return status;
        if (unsent)
            fd.events |= POLLOUT;
        if (poll(&fd, 1, -1) < 0 && errno != EINTR)
            return ap_fail_errno(err, errno, "cannot wait for the server");
    }
}

enum ap_status ap_db_take(struct ap_db *db, struct ap_rows **out, struct ap_error *err)
{
    enum ap_status status = wait_until_done(db, err);
    PGresult *result;
    struct ap_rows *rows = NULL;

    if (out != NULL)
        *out = NULL;
    if (status != AP_OK && status != AP_ECONNECT)
        return status;
    /* When the connection is lost, what the server said last is still handed out here. */
    while ((result = PQgetResult(db->conn)) != NULL) {
        ExecStatusType kind = PQresultStatus(result);

        if (kind != PGRES_COMMAND_OK && kind != PGRES_TUPLES_OK) {
            status = db_fail_result(db, result, err);
        } else if (out != NULL && rows == NULL && (rows = calloc(1, sizeof *rows)) != NULL) {
            rows->result = result;
            continue;
        } else if (out != NULL && rows == NULL) {
            status = ap_fail_memory(err, "a result");
        }
        PQclear(result);
    }
    if (PQstatus(db->conn) == CONNECTION_OK && PQsetnonblocking(db->conn, 0) != 0 && status == AP_OK)
        status = db_fail_conn(db, err, "the connection was lost");
    if (status != AP_OK) {
        ap_rows_free(rows);
        return status;
    }
    if (out != NULL)
        *out = rows;
    return AP_OK;
}
