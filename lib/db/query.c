#include "db_internal.h"

#include <stdlib.h>
#include <string.h>

#include "auditproof/buf.h"

/* libpq ends its messages with a newline; ours stand in a sentence. */
static size_t trimmed_length(const char *text)
{
    size_t len = strlen(text);

    while (len > 0 && (text[len - 1] == '\n' || text[len - 1] == ' '))
        len--;
    return len;
}

enum ap_status db_fail_conn(struct ap_db *db, struct ap_error *err, const char *what)
{
    const char *why = PQerrorMessage(db->conn);
    enum ap_status status = PQstatus(db->conn) == CONNECTION_OK ? AP_ESQL : AP_ECONNECT;

    return ap_fail(err, status, "%s: %.*s", what, (int)trimmed_length(why), why);
}

/* Detail and hint are sentences, as PostgreSQL would have them; the message is none. */
static void fail_with(struct ap_error *err, enum ap_status status, const char *message, const char *detail,
                      const char *hint)
{
    const char *more[] = {detail, hint};
    struct ap_buf text = AP_BUF_INIT;

    ap_buf_adds(&text, message);
    for (size_t i = 0; i < sizeof more / sizeof *more; i++) {
        if (more[i] == NULL || *more[i] == '\0')
            continue;
        ap_buf_adds(&text, text.len > 0 && text.data[text.len - 1] == '.' ? " " : ". ");
        ap_buf_adds(&text, more[i]);
    }
    (void)ap_fail(err, status, "%s", text.failed ? message : ap_buf_str(&text));
    ap_buf_free(&text);
}

enum ap_status db_fail_result(struct ap_db *db, const PGresult *result, struct ap_error *err)
{
    const char *state = PQresultErrorField(result, PG_DIAG_SQLSTATE);
    const char *severity = PQresultErrorField(result, PG_DIAG_SEVERITY_NONLOCALIZED);
    const char *message = PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY);
    const char *detail = PQresultErrorField(result, PG_DIAG_MESSAGE_DETAIL);
    const char *hint = PQresultErrorField(result, PG_DIAG_MESSAGE_HINT);
    enum ap_status status = AP_ESQL;

    /* The last that a server says to a connection which it ends. */
    if (severity != NULL && (strcmp(severity, "FATAL") == 0 || strcmp(severity, "PANIC") == 0))
        db->lost = true;
    if (ap_db_is_lost(db))
        status = AP_ECONNECT;
    if (message == NULL) {
        /* libpq made this result itself: the connection broke before the server could say anything, though libpq may
         * take it for good until it is used again. Its first line says so, the others guess why. */
        message = PQresultErrorMessage(result);
        db->lost = true;
        return ap_fail(err, AP_ECONNECT, "%.*s", (int)strcspn(message, "\n"), message);
    }
    /* Of a CHECK or NOT NULL violation the detail is the whole row: personal data, and no help. */
    if (state != NULL && (strcmp(state, "23514") == 0 || strcmp(state, "23502") == 0))
        detail = NULL;
    fail_with(err, status, message, detail, hint);
    if (err != NULL && state != NULL && strlen(state) == AP_SQLSTATE_SIZE - 1)
        memcpy(err->sqlstate, state, AP_SQLSTATE_SIZE);
    return status;
}

enum ap_status ap_db_exec(struct ap_db *db, const char *sql, struct ap_error *err)
{
    PGresult *result = PQexec(db->conn, sql);
    ExecStatusType kind = PQresultStatus(result);
    enum ap_status status = AP_OK;

    if (result == NULL)
        return db_fail_conn(db, err, "the server did not answer");
    if (kind != PGRES_COMMAND_OK && kind != PGRES_TUPLES_OK && kind != PGRES_EMPTY_QUERY)
        status = db_fail_result(db, result, err);
    PQclear(result);
    return status;
}

void ap_db_rollback(struct ap_db *db)
{
    /* Where none is open the server would write a warning to its log. */
    if (PQtransactionStatus(db->conn) != PQTRANS_IDLE)
        PQclear(PQexec(db->conn, "ROLLBACK"));
}

static enum ap_status query(struct ap_db *db, const char *sql, int count, const char *const *values, int binary,
                            struct ap_rows **out, struct ap_error *err)
{
    PGresult *result = PQexecParams(db->conn, sql, count, NULL, values, NULL, NULL, binary);
    ExecStatusType kind = PQresultStatus(result);
    enum ap_status status;

    if (out != NULL)
        *out = NULL;
    if (result == NULL)
        return db_fail_conn(db, err, "the server did not answer");
    if (kind != PGRES_COMMAND_OK && kind != PGRES_TUPLES_OK) {
        status = db_fail_result(db, result, err);
        PQclear(result);
        return status;
    }
    if (out == NULL) {
        PQclear(result);
        return AP_OK;
    }
    *out = calloc(1, sizeof **out);
    if (*out == NULL) {
        PQclear(result);
        return ap_fail_memory(err, "a result");
    }
    (*out)->result = result;
    return AP_OK;
}

enum ap_status ap_db_query(struct ap_db *db, const char *sql, int count, const char *const *values,
                           struct ap_rows **out, struct ap_error *err)
{
    return query(db, sql, count, values, 0, out, err);
}

enum ap_status ap_db_query_binary(struct ap_db *db, const char *sql, int count, const char *const *values,
                                  struct ap_rows **out, struct ap_error *err)
{
    return query(db, sql, count, values, 1, out, err);
}

size_t ap_rows_count(const struct ap_rows *rows)
{
    return (size_t)PQntuples(rows->result);
}

const char *ap_rows_text(const struct ap_rows *rows, size_t row, int column)
{
    return PQgetisnull(rows->result, (int)row, column) ? NULL : PQgetvalue(rows->result, (int)row, column);
}

const char *ap_rows_str(const struct ap_rows *rows, size_t row, int column)
{
    const char *text = ap_rows_text(rows, row, column);

    return text != NULL ? text : "";
}

int64_t ap_rows_int(const struct ap_rows *rows, size_t row, int column)
{
    const char *text = ap_rows_text(rows, row, column);

    return text != NULL ? strtoll(text, NULL, 10) : 0;
}

bool ap_rows_bool(const struct ap_rows *rows, size_t row, int column)
{
    return ap_rows_str(rows, row, column)[0] == 't';
}

struct ap_field ap_rows_field(const struct ap_rows *rows, size_t row, int column)
{
    struct ap_field field = {NULL, 0};

    if (PQgetisnull(rows->result, (int)row, column))
        return field;
    field.data = (const uint8_t *)PQgetvalue(rows->result, (int)row, column);
    field.len = (size_t)PQgetlength(rows->result, (int)row, column);
    return field;
}

int64_t ap_rows_affected(const struct ap_rows *rows)
{
    return strtoll(PQcmdTuples(rows->result), NULL, 10);
}

void ap_rows_free(struct ap_rows *rows)
{
    if (rows == NULL)
        return;
    PQclear(rows->result);
    free(rows);
}
