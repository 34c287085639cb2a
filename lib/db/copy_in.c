#include "auditproof/db.h"
#include "db_internal.h"

enum ap_status ap_db_copy_in(struct ap_db *db, const char *sql, const char *text, size_t len, struct ap_error *err)
{
    enum { PIECE = 1 << 20 };
    PGresult *result = PQexec(db->conn, sql);
    bool started = PQresultStatus(result) == PGRES_COPY_IN;
    enum ap_status status = AP_OK;

    if (!started)
        status = result == NULL ? db_fail_conn(db, err, "the server did not answer") : db_fail_result(db, result, err);
    PQclear(result);
    if (!started)
        return status;
    for (size_t at = 0; status == AP_OK && at < len; at += PIECE)
        if (PQputCopyData(db->conn, text + at, (int)(len - at < PIECE ? len - at : PIECE)) != 1)
            status = db_fail_conn(db, err, "cannot send to the server");
    if (status == AP_OK && PQputCopyEnd(db->conn, NULL) != 1)
        status = db_fail_conn(db, err, "cannot send to the server");
    while ((result = PQgetResult(db->conn)) != NULL) {
        if (status == AP_OK && PQresultStatus(result) != PGRES_COMMAND_OK)
            status = db_fail_result(db, result, err);
        PQclear(result);
    }
    return status;
}
