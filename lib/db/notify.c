#include "db_internal.h"

enum ap_status ap_db_notified(struct ap_db *db, uint64_t *count, struct ap_error *err)
{
    PGnotify *notify;

    *count = 0;
    if (PQconsumeInput(db->conn) != 1)
        return db_fail_conn(db, err, "the connection was lost");
    while ((notify = PQnotifies(db->conn)) != NULL) {
        (*count)++;
        PQfreemem(notify);
    }
    return AP_OK;
}
