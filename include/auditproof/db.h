/*
 * A connection to PostgreSQL, over libpq, set up so that what comes back does not depend on the role's or database's
 * settings: client_encoding UTF8, search_path empty, TimeZone UTC, DateStyle ISO, extra_float_digits 1, bytea_output
 * hex, row_security off (PostgreSQL then refuses to hide rows instead of hiding them), JIT off.
 */
#ifndef AUDITPROOF_DB_H
#define AUDITPROOF_DB_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "auditproof/error.h"

struct ap_db;
struct ap_rows;

/* Any member may be NULL; libpq's environment and defaults then decide. All are borrowed for the call. */
struct ap_db_params {
    const char *dbname; /* a name, a conninfo string or a URI */
    const char *host;
    const char *port;
    const char *user;
    const char *password; /* from a prompt, never from a command line */
    const char *program;  /* fallback application_name */
    bool row_security;    /* leave row security on, for tools that act as a tenant's user */
};

/*
 * AP_ECONNECT when the server cannot be reached or refuses the login. *needs_password (may be NULL) is then true when
 * a password would have helped.
 */
AP_MUST_CHECK enum ap_status ap_db_open(struct ap_db **out, const struct ap_db_params *params, bool *needs_password,
                                        struct ap_error *err);
void ap_db_close(struct ap_db *db); /* NULL is harmless */

/* A second connection with the same parameters and settings. */
AP_MUST_CHECK enum ap_status ap_db_clone(struct ap_db **out, const struct ap_db *db, struct ap_error *err);

/* Server version as libpq gives it (150018 is 15.18); the database's name; the login's name. Borrowed. */
int ap_db_server_version(const struct ap_db *db);
const char *ap_db_name(const struct ap_db *db);
const char *ap_db_user(const struct ap_db *db);

/* Called for each NOTICE or WARNING with its severity word and message; without one they are dropped. */
typedef void ap_db_notice_fn(void *context, const char *severity, const char *message);
void ap_db_on_notice(struct ap_db *db, ap_db_notice_fn *fn, void *context);

/* Socket for poll(2), or -1. Whether the last failure was the loss of the connection. */
int ap_db_socket(const struct ap_db *db);
bool ap_db_is_lost(const struct ap_db *db);

/* Notifications that have come since this was asked, each with its payload; reads what is there without waiting. */
typedef void ap_db_notified_fn(void *context, const char *payload);
AP_MUST_CHECK enum ap_status ap_db_notified(struct ap_db *db, ap_db_notified_fn *fn, void *context,
                                            struct ap_error *err);

/* Drop the connection and make it anew with the same parameters and settings. Prepared statements are gone. */
AP_MUST_CHECK enum ap_status ap_db_reconnect(struct ap_db *db, struct ap_error *err);

/* Ask the server to stop what it is doing. Safe from another thread; best effort. */
void ap_db_cancel(struct ap_db *db);

/* Run one or more statements without parameters; results are discarded. */
AP_MUST_CHECK enum ap_status ap_db_exec(struct ap_db *db, const char *sql, struct ap_error *err);

/* End the transaction that is open, if one is, without its changes. A lost connection has done the same. */
void ap_db_rollback(struct ap_db *db);

/*
 * Run one statement with text parameters (NULL for SQL NULL). *out (may be NULL) holds the rows and is owned by the
 * caller. AP_ESQL carries the SQLSTATE and the server's message with its detail and hint.
 */
AP_MUST_CHECK enum ap_status ap_db_query(struct ap_db *db, const char *sql, int count, const char *const *values,
                                         struct ap_rows **out, struct ap_error *err);

/* One column of a row in PostgreSQL's binary format: data is NULL for SQL NULL. Borrowed. */
struct ap_field {
    const uint8_t *data;
    size_t len; /* bytes */
};

/* ap_db_query whose result comes in binary: of its rows, ask ap_rows_field only. */
AP_MUST_CHECK enum ap_status ap_db_query_binary(struct ap_db *db, const char *sql, int count, const char *const *values,
                                                struct ap_rows **out, struct ap_error *err);

/*
 * Run one `COPY … FROM STDIN` with all of its data. Unlike a statement's parameters, these never get into the server's
 * log.
 */
AP_MUST_CHECK enum ap_status ap_db_copy_in(struct ap_db *db, const char *sql, const char *text, size_t len,
                                           struct ap_error *err);

/*
 * Statements that run while the caller does something else: start one, pump until it is done, take its rows. One at a
 * time a connection. Parameters are in PostgreSQL's binary format.
 */
struct ap_db_arg {
    uint32_t type;    /* the type's OID */
    const void *data; /* NULL for SQL NULL; copied by ap_db_start */
    size_t len;       /* bytes */
};

enum { AP_DB_MAX_ARGS = 32 };

/* Type OIDs, fixed by PostgreSQL's catalog. */
enum {
    AP_OID_INT8 = 20,
    AP_OID_TEXT = 25,
    AP_OID_INET = 869,
    AP_OID_INET_ARRAY = 1041,
    AP_OID_TEXT_ARRAY = 1009,
    AP_OID_TIMESTAMPTZ = 1184,
    AP_OID_TIMESTAMPTZ_ARRAY = 1185,
    AP_OID_UUID = 2950,
    AP_OID_UUID_ARRAY = 2951,
    AP_OID_JSONB = 3802,
    AP_OID_JSONB_ARRAY = 3807,
};

AP_MUST_CHECK enum ap_status ap_db_start(struct ap_db *db, const char *sql, int count, const struct ap_db_arg *args,
                                         struct ap_error *err);

/*
 * Send and receive what can be without waiting. *done: the result is there, call ap_db_take. Otherwise poll the socket
 * for reading, and for writing when *unsent, then pump again.
 */
AP_MUST_CHECK enum ap_status ap_db_pump(struct ap_db *db, bool *done, bool *unsent, struct ap_error *err);

/* The outcome of the statement that was started, as ap_db_query gives it. Waits when it is not there yet. */
AP_MUST_CHECK enum ap_status ap_db_take(struct ap_db *db, struct ap_rows **out, struct ap_error *err);

size_t ap_rows_count(const struct ap_rows *rows);
/* Column's text, or NULL for SQL NULL. Borrowed from rows. Column numbers count from 0. */
const char *ap_rows_text(const struct ap_rows *rows, size_t row, int column);
/* As text, but "" for NULL. */
const char *ap_rows_str(const struct ap_rows *rows, size_t row, int column);
int64_t ap_rows_int(const struct ap_rows *rows, size_t row, int column); /* 0 for NULL */
bool ap_rows_bool(const struct ap_rows *rows, size_t row, int column);   /* false for NULL */
struct ap_field ap_rows_field(const struct ap_rows *rows, size_t row, int column);
/* What the statement changed, as its command tag says. */
int64_t ap_rows_affected(const struct ap_rows *rows);
void ap_rows_free(struct ap_rows *rows); /* NULL is harmless */

/*
 * The text of sql/NAME.sql as embedded at build time ("queries/heads"), NUL-terminated, static. NULL when there is no
 * such file, which is a defect of the caller.
 */
const char *ap_sql(const char *name);

/* The embedded files in byte order of their names: name and text for index 0, 1, …; false past the last. */
bool ap_sql_at(size_t index, const char **name, const char **text);

#endif
