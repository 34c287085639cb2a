#include "db_internal.h"

#include <stdlib.h>
#include <string.h>

#include "auditproof/bytes.h"

/*
 * One statement with every name qualified, so that no search_path of the role or database can redirect it. SETs, not
 * start-up options: connection poolers refuse those. Time-outs are lifted as pg_dump lifts them: a role's limit for web
 * requests must not cut a verification short.
 */
static const char settings[] =
    "SELECT pg_catalog.set_config('search_path', '', false), pg_catalog.set_config('TimeZone', 'UTC', false),"
    " pg_catalog.set_config('DateStyle', 'ISO, YMD', false), pg_catalog.set_config('IntervalStyle', 'iso_8601', false),"
    " pg_catalog.set_config('extra_float_digits', '1', false), pg_catalog.set_config('bytea_output', 'hex', false),"
    " pg_catalog.set_config('jit', 'off', false), pg_catalog.set_config('statement_timeout', '0', false),"
    " pg_catalog.set_config('lock_timeout', '0', false),"
    " pg_catalog.set_config('idle_in_transaction_session_timeout', '0', false),"
    " pg_catalog.set_config('standard_conforming_strings', 'on', false),"
    " pg_catalog.set_config('quote_all_identifiers', 'off', false),"
    " pg_catalog.set_config('row_security', $1, false)";

static void on_notice(void *context, const PGresult *result)
{
    struct ap_db *db = context;
    const char *severity = PQresultErrorField(result, PG_DIAG_SEVERITY_NONLOCALIZED);
    const char *message = PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY);

    if (db->notice != NULL && message != NULL)
        db->notice(db->notice_context, severity != NULL ? severity : "NOTICE", message);
}

static enum ap_status keep_params(struct ap_db *db, const struct ap_db_params *params, struct ap_error *err)
{
    const struct {
        const char *key;
        const char *value;
    } given[] = {
        {"dbname", params->dbname},  {"host", params->host},         {"port", params->port},
        {"user", params->user},      {"password", params->password}, {"fallback_application_name", params->program},
        {"client_encoding", "UTF8"},
    };
    int n = 0;

    for (size_t i = 0; i < sizeof given / sizeof given[0]; i++) {
        if (given[i].value == NULL)
            continue;
        db->values[n] = strdup(given[i].value);
        if (db->values[n] == NULL)
            return ap_fail_memory(err, "connection parameters");
        db->keys[n++] = given[i].key;
    }
    db->row_security = params->row_security;
    return AP_OK;
}

static enum ap_status connect_now(struct ap_db *db, struct ap_error *err)
{
    const char *row_security = db->row_security ? "on" : "off";

    PQfinish(db->conn);
    db->lost = false;
    db->conn = PQconnectdbParams(db->keys, (const char *const *)db->values, 1);
    if (db->conn == NULL)
        return ap_fail_memory(err, "a connection");
    if (PQstatus(db->conn) != CONNECTION_OK) {
        enum ap_status status = db_fail_conn(db, err, "cannot connect to the database");

        err->status = status == AP_ENOMEM ? status : AP_ECONNECT;
        return err->status;
    }
    (void)PQsetNoticeReceiver(db->conn, on_notice, db);
    return ap_db_query(db, settings, 1, &row_security, NULL, err);
}

enum ap_status ap_db_open(struct ap_db **out, const struct ap_db_params *params, bool *needs_password,
                          struct ap_error *err)
{
    struct ap_error scratch;
    struct ap_db *db;
    enum ap_status status;

    if (err == NULL)
        err = &scratch;
    *out = NULL;
    if (needs_password != NULL)
        *needs_password = false;
    db = calloc(1, sizeof *db);
    if (db == NULL)
        return ap_fail_memory(err, "a connection");
    status = keep_params(db, params, err);
    if (status == AP_OK)
        status = connect_now(db, err);
    if (status != AP_OK) {
        if (needs_password != NULL && db->conn != NULL)
            *needs_password = PQconnectionNeedsPassword(db->conn) != 0;
        ap_db_close(db);
        return status;
    }
    *out = db;
    return AP_OK;
}

enum ap_status ap_db_clone(struct ap_db **out, const struct ap_db *db, struct ap_error *err)
{
    struct ap_db *copy = calloc(1, sizeof *copy);
    enum ap_status status = AP_OK;
    struct ap_error scratch;

    *out = NULL;
    if (copy == NULL)
        return ap_fail_memory(err, "a connection");
    copy->row_security = db->row_security;
    for (int i = 0; i < DB_MAX_PARAMS && db->values[i] != NULL && status == AP_OK; i++) {
        copy->keys[i] = db->keys[i];
        copy->values[i] = strdup(db->values[i]);
        if (copy->values[i] == NULL)
            status = ap_fail_memory(err, "connection parameters");
    }
    if (status == AP_OK)
        status = connect_now(copy, err != NULL ? err : &scratch);
    if (status != AP_OK) {
        ap_db_close(copy);
        return status;
    }
    *out = copy;
    return AP_OK;
}

void ap_db_close(struct ap_db *db)
{
    if (db == NULL)
        return;
    PQfinish(db->conn);
    for (int i = 0; i < DB_MAX_PARAMS; i++) {
        if (db->values[i] != NULL && strcmp(db->keys[i], "password") == 0)
            ap_wipe(db->values[i], strlen(db->values[i]));
        free(db->values[i]);
    }
    free(db);
}

enum ap_status ap_db_reconnect(struct ap_db *db, struct ap_error *err)
{
    struct ap_error scratch;

    return connect_now(db, err != NULL ? err : &scratch);
}

int ap_db_server_version(const struct ap_db *db)
{
    return PQserverVersion(db->conn);
}

const char *ap_db_name(const struct ap_db *db)
{
    return PQdb(db->conn);
}

const char *ap_db_user(const struct ap_db *db)
{
    return PQuser(db->conn);
}

void ap_db_on_notice(struct ap_db *db, ap_db_notice_fn *fn, void *context)
{
    db->notice = fn;
    db->notice_context = context;
}

int ap_db_socket(const struct ap_db *db)
{
    return PQsocket(db->conn);
}

bool ap_db_is_lost(const struct ap_db *db)
{
    return db->lost || PQstatus(db->conn) != CONNECTION_OK;
}

void ap_db_cancel(struct ap_db *db)
{
    char why[256];
    PGcancel *cancel = PQgetCancel(db->conn);

    if (cancel == NULL)
        return;
    /* Best effort by contract: a server that cannot be told to stop is being left anyway. */
    (void)PQcancel(cancel, why, (int)sizeof why);
    PQfreeCancel(cancel);
}
