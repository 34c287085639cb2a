#include "auditproof/copy.h"

#include <poll.h>
#include <stdlib.h>
#include <time.h>

#include "copy_stream.h"
#include "db_internal.h"

enum {
    NAP_MIN_US = 50,
    NAP_MAX_US = 400,
    NAPS_BEFORE_POLL = 8, /* then the server is slow, and waiting for it in poll() costs least */
    POLL_MS = 250,        /* how often a reader that waits looks at its stop flag */
};

struct ap_copy {
    struct ap_db *db;
    struct copy_stream stream;
    char *message; /* what PQgetCopyData gave; owned */
    bool ended;
    long nap_us;
    int naps;
};

enum ap_status ap_copy_open(struct ap_copy **out, struct ap_db *db, const char *sql, size_t columns,
                            struct ap_error *err)
{
    PGresult *result;
    enum ap_status status = AP_OK;
    struct ap_copy *copy;

    *out = NULL;
    if (columns > AP_COPY_MAX_COLUMNS)
        return ap_fail(err, AP_EINTERNAL, "a COPY of %zu columns, of %d at most", columns, AP_COPY_MAX_COLUMNS);
    copy = calloc(1, sizeof *copy);
    if (copy == NULL)
        return ap_fail_memory(err, "a COPY stream");
    copy->db = db;
    copy->stream.columns = columns;
    copy->nap_us = NAP_MIN_US;
    result = PQexec(db->conn, sql);
    if (PQresultStatus(result) != PGRES_COPY_OUT)
        status = result == NULL ? db_fail_conn(db, err, "the server did not answer") : db_fail_result(db, result, err);
    else if (PQbinaryTuples(result) != 1 || PQnfields(result) != (int)columns)
        status = ap_fail(err, AP_EINTERNAL, "a COPY gave %d columns instead of %zu", PQnfields(result), columns);
    PQclear(result);
    if (status != AP_OK) {
        free(copy);
        return status;
    }
    *out = copy;
    return AP_OK;
}

/* Wait until there may be more in the socket: first by napping, so that much is there at once; then by poll(). */
static void wait_for_data(struct ap_copy *copy)
{
    if (copy->naps < NAPS_BEFORE_POLL) {
        struct timespec nap = {0, copy->nap_us * 1000};

        copy->naps++;
        copy->nap_us = copy->nap_us * 2 > NAP_MAX_US ? NAP_MAX_US : copy->nap_us * 2;
        (void)nanosleep(&nap, NULL);
    } else {
        struct pollfd fd = {PQsocket(copy->db->conn), POLLIN, 0};

        /* Whatever poll says, the next read tells what happened to the connection. */
        (void)poll(&fd, 1, POLL_MS);
    }
}

static enum ap_status finish(struct ap_copy *copy, struct ap_error *err)
{
    PGresult *result = PQgetResult(copy->db->conn);
    enum ap_status status = AP_OK;

    if (PQresultStatus(result) != PGRES_COMMAND_OK)
        status = result == NULL ? db_fail_conn(copy->db, err, "the server's answer was cut off")
                                : db_fail_result(copy->db, result, err);
    PQclear(result);
    copy->ended = true;
    while ((result = PQgetResult(copy->db->conn)) != NULL)
        PQclear(result);
    return status == AP_OK ? copy_stream_end(&copy->stream, err) : status;
}

/* Take a message that has already arrived: *got, or ended, or neither when there is none yet. */
static enum ap_status take_message(struct ap_copy *copy, bool *got, struct ap_error *err)
{
    int len = PQgetCopyData(copy->db->conn, &copy->message, 1);

    *got = len > 0;
    if (len > 0) {
        copy->stream.at = (const uint8_t *)copy->message;
        copy->stream.end = copy->stream.at + len;
        return AP_OK;
    }
    if (len == 0)
        return AP_OK;
    return len == -1 ? finish(copy, err) : db_fail_conn(copy->db, err, "reading from the server");
}

/* Give the stream its next message; ended is true when the stream is over. */
static enum ap_status next_message(struct ap_copy *copy, const volatile bool *stop, struct ap_error *err)
{
    enum ap_status status;
    bool got, fresh = false;

    PQfreemem(copy->message);
    copy->message = NULL;
    copy->stream.at = copy->stream.end = NULL;
    for (;;) {
        status = take_message(copy, &got, err);
        if (status != AP_OK || copy->ended)
            return status;
        if (got) {
            if (fresh) {
                copy->naps = 0;
                copy->nap_us = NAP_MIN_US;
            }
            return AP_OK;
        }
        if (stop != NULL && *stop)
            return ap_fail(err, AP_ECANCELLED, "stopped on request");
        if (fresh)
            wait_for_data(copy);
        if (PQconsumeInput(copy->db->conn) == 0)
            return db_fail_conn(copy->db, err, "reading from the server");
        fresh = true;
    }
}

enum ap_status ap_copy_next(struct ap_copy *copy, struct ap_field *fields, bool *more, const volatile bool *stop,
                            struct ap_error *err)
{
    enum ap_status status;

    for (;;) {
        status = copy_stream_next(&copy->stream, fields, more, err);
        if (status != AP_OK || *more || copy->ended)
            return status;
        status = next_message(copy, stop, err);
        if (status != AP_OK)
            return status;
    }
}

void ap_copy_close(struct ap_copy *copy)
{
    PGresult *result;
    char *rest = NULL;

    if (copy == NULL)
        return;
    PQfreemem(copy->message);
    if (!copy->ended) {
        ap_db_cancel(copy->db);
        while (PQgetCopyData(copy->db->conn, &rest, 0) > 0)
            PQfreemem(rest);
        while ((result = PQgetResult(copy->db->conn)) != NULL) {
            bool broken = PQresultStatus(result) == PGRES_COPY_OUT;

            PQclear(result);
            /* A connection that broke inside COPY reports COPY_OUT for ever. */
            if (broken)
                break;
        }
    }
    free(copy);
}
