#include "auditproof/copy.h"

#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "auditproof/bytes.h"
#include "db_internal.h"

enum {
    NAP_MIN_US = 50,
    NAP_MAX_US = 400,
    NAPS_BEFORE_POLL = 8, /* then the server is slow, and waiting for it in poll() costs least */
    POLL_MS = 250,        /* how often a reader that waits looks at its stop flag */
    SIGNATURE_LEN = 11,
    HEADER_LEN = SIGNATURE_LEN + 4 + 4,
};

struct ap_copy {
    struct ap_db *db;
    size_t columns;
    char *message; /* what PQgetCopyData gave; owned */
    const uint8_t *at, *end;
    bool has_header, has_trailer, ended;
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
    copy = calloc(1, sizeof *copy);
    if (copy == NULL)
        return ap_fail_memory(err, "a COPY stream");
    copy->db = db;
    copy->columns = columns;
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
    if (status == AP_OK && !copy->has_trailer)
        return ap_fail(err, AP_EIO, "the server's COPY stream ended without its trailer");
    return status;
}

/* Take a message that has already arrived: *got, or ended, or neither when there is none yet. */
static enum ap_status take_message(struct ap_copy *copy, bool *got, struct ap_error *err)
{
    int len = PQgetCopyData(copy->db->conn, &copy->message, 1);

    *got = len > 0;
    if (len > 0) {
        copy->at = (const uint8_t *)copy->message;
        copy->end = copy->at + len;
        return AP_OK;
    }
    if (len == 0)
        return AP_OK;
    return len == -1 ? finish(copy, err) : db_fail_conn(copy->db, err, "reading from the server");
}

/* Make [at, end) hold the next message; ended is true when the stream is over. */
static enum ap_status next_message(struct ap_copy *copy, const volatile bool *stop, struct ap_error *err)
{
    enum ap_status status;
    bool got, fresh = false;

    PQfreemem(copy->message);
    copy->message = NULL;
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

static enum ap_status cut_short(struct ap_error *err)
{
    return ap_fail(err, AP_EIO, "the server's COPY stream is malformed: a row is cut short");
}

static enum ap_status read_header(struct ap_copy *copy, struct ap_error *err)
{
    static const char signature[SIGNATURE_LEN] = "PGCOPY\n\377\r\n";
    size_t have = (size_t)(copy->end - copy->at);
    size_t extension;

    if (have < HEADER_LEN || memcmp(copy->at, signature, SIGNATURE_LEN) != 0)
        return ap_fail(err, AP_EIO, "the server's COPY stream does not begin with the binary format's signature");
    extension = ap_get_u32(copy->at + SIGNATURE_LEN + 4);
    if (ap_get_u32(copy->at + SIGNATURE_LEN) != 0 || extension > have - HEADER_LEN)
        return ap_fail(err, AP_EIO, "the server's COPY stream has a header that this version does not know");
    copy->at += HEADER_LEN + extension;
    copy->has_header = true;
    return AP_OK;
}

static enum ap_status read_row(struct ap_copy *copy, struct ap_field *fields, struct ap_error *err)
{
    const uint8_t *p = copy->at + 2;

    for (size_t i = 0; i < copy->columns; i++) {
        uint32_t len;

        if (copy->end - p < 4)
            return cut_short(err);
        len = ap_get_u32(p);
        p += 4;
        if (len == UINT32_MAX) {
            fields[i] = (struct ap_field){NULL, 0};
            continue;
        }
        if (len > (size_t)(copy->end - p))
            return cut_short(err);
        fields[i] = (struct ap_field){p, len};
        p += len;
    }
    copy->at = p;
    return AP_OK;
}

enum ap_status ap_copy_next(struct ap_copy *copy, struct ap_field *fields, bool *more, const volatile bool *stop,
                            struct ap_error *err)
{
    enum ap_status status;
    uint16_t count;

    *more = false;
    while (!copy->ended) {
        if (copy->at == copy->end) {
            status = next_message(copy, stop, err);
            if (status != AP_OK)
                return status;
            continue;
        }
        if (!copy->has_header) {
            status = read_header(copy, err);
            if (status != AP_OK)
                return status;
            continue;
        }
        if (copy->has_trailer)
            return ap_fail(err, AP_EIO, "the server's COPY stream goes on after its trailer");
        if (copy->end - copy->at < 2)
            return cut_short(err);
        count = ap_get_u16(copy->at);
        if (count == UINT16_MAX) {
            copy->has_trailer = true;
            copy->at += 2;
            continue;
        }
        if (count != copy->columns)
            return ap_fail(err, AP_EIO, "the server's COPY stream has a row of %u columns instead of %zu", count,
                           copy->columns);
        *more = true;
        return read_row(copy, fields, err);
    }
    return AP_OK;
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
