/* What the parts of the db module share. Nothing outside lib/db includes this. */
#ifndef AUDITPROOF_DB_INTERNAL_H
#define AUDITPROOF_DB_INTERNAL_H

#include <libpq-fe.h>

#include "auditproof/db.h"

/* The parameters of struct ap_db_params, client_encoding, and the terminating NULL. */
enum { DB_MAX_PARAMS = 8 };

struct ap_db {
    PGconn *conn;
    const char *keys[DB_MAX_PARAMS]; /* static strings, NULL-terminated */
    char *values[DB_MAX_PARAMS];     /* owned */
    ap_db_notice_fn *notice;
    void *notice_context;
    bool row_security;
    bool lost; /* though libpq takes it for good, until it is used again */
};

struct ap_rows {
    PGresult *result;
};

/* Describe the connection's, or a result's, failure. Both return the status they set. */
enum ap_status db_fail_conn(struct ap_db *db, struct ap_error *err, const char *what);
enum ap_status db_fail_result(struct ap_db *db, const PGresult *result, struct ap_error *err);

#endif
