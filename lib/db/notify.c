#include "db_internal.h"

enum ap_status ap_db_notified(struct ap_db *db, ap_db_notified_fn *fn, void *context, struct ap_error *err)
{
    PGnotify *notify;

    if (PQconsumeInput(db->conn) != 1)
        return db_fail_conn(db, err, "the connection was lost");
    while ((notify = PQnotifies(db->conn)) != NULL) {
        fn(context, notify->extra);
        PQfreemem(notify);
    }
    return AP_OK;
}
