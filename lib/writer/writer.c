/* Two batches: one takes lines while the server works on the other. */
#include "auditproof/writer.h"

#include <poll.h>
#include <stdlib.h>
#include <string.h>

#include "auditproof/clock.h"
#include "auditproof/digest.h"
#include "writer_internal.h"

/* A loss of the server is not worth waiting for here: the first statement would find out anyway. */
static enum ap_status check_database(struct ap_writer *w, struct ap_error *err)
{
    struct ap_rows *rows = NULL;
    enum ap_status status = ap_db_query(w->db, ap_sql("queries/write_ready"), 0, NULL, &rows, err);
    const char *missing;

    if (status != AP_OK)
        return status;
    missing = ap_rows_count(rows) > 0 ? ap_rows_text(rows, 0, 0) : "an answer";
    if (missing != NULL)
        status = ap_fail(err, AP_ESTATE, "%s", missing);
    ap_rows_free(rows);
    return status;
}

enum ap_status ap_writer_new(struct ap_writer **out, struct ap_db *db, const struct ap_writer_options *options,
                             struct ap_error *err)
{
    struct ap_writer *w = calloc(1, sizeof *w);
    size_t capacity = (size_t)options->batch_rows;
    enum ap_status status;

    *out = NULL;
    if (w == NULL)
        return ap_fail_memory(err, "a writer");
    w->db = db;
    w->options = *options;
    w->filling = &w->batches[0];
    status = batch_init(&w->batches[0], capacity, err);
    if (status == AP_OK)
        status = batch_init(&w->batches[1], capacity, err);
    if (status == AP_OK)
        status = arrays_init(&w->arrays, capacity, err);
    if (status == AP_OK)
        status = check_database(w, err);
    if (status != AP_OK) {
        ap_writer_free(w);
        return status;
    }
    *out = w;
    return AP_OK;
}

void ap_writer_free(struct ap_writer *writer)
{
    if (writer == NULL)
        return;
    batch_free(&writer->batches[0]);
    batch_free(&writer->batches[1]);
    arrays_free(&writer->arrays);
    free(writer);
}

/* A random UUID (RFC 9562, version 4). */
static enum ap_status new_id(struct ap_writer *w, struct ap_uuid *out, struct ap_error *err)
{
    enum ap_status status;

    if (w->random_left < sizeof out->bytes) {
        status = ap_random(w->random, sizeof w->random, err);
        if (status != AP_OK)
            return status;
        w->random_left = sizeof w->random;
    }
    w->random_left -= sizeof out->bytes;
    memcpy(out->bytes, w->random + w->random_left, sizeof out->bytes);
    out->bytes[6] = (uint8_t)(0x40 | (out->bytes[6] & 0x0F));
    out->bytes[8] = (uint8_t)(0x80 | (out->bytes[8] & 0x3F));
    return AP_OK;
}

enum ap_status ap_writer_add(struct ap_writer *writer, const struct ap_draft *entry, const struct ap_line *line,
                             size_t *offset, struct ap_error *err)
{
    struct batch *batch = writer->filling;
    struct ap_uuid id;
    enum ap_status status;

    if (!ap_writer_has_room(writer))
        return ap_fail(err, AP_EINTERNAL, "an entry was added to a full batch");
    status = new_id(writer, &id, err);
    if (status == AP_OK)
        status = batch_add(batch, entry, line, &id, offset, err);
    if (status == AP_OK && batch->count == 1)
        batch->first_us = ap_clock_monotonic_us();
    return status;
}

static bool is_full(const struct ap_writer *w)
{
    return w->filling->count == w->filling->capacity || w->filling->wire.len >= w->options.batch_bytes;
}

bool ap_writer_has_room(const struct ap_writer *writer)
{
    return !writer->stopped && !is_full(writer);
}

static int64_t due_in_us(const struct ap_writer *w)
{
    int64_t due = w->filling->first_us + w->options.batch_age_us - ap_clock_monotonic_us();

    return is_full(w) || due < 0 ? 0 : due;
}

static enum ap_status launch(struct ap_writer *w, struct ap_error *err)
{
    struct batch *batch = w->filling;

    w->flying = batch;
    w->filling = batch == &w->batches[0] ? &w->batches[1] : &w->batches[0];
    return store_send(w, batch, 0, batch->count, err);
}

static enum ap_status land(struct ap_writer *w, struct ap_error *err)
{
    enum ap_status status = store_settle(w, w->flying, err);

    /* After a failure or a stop the batch is kept, for ap_writer_left. */
    if (status == AP_OK && !w->stopped) {
        batch_clear(w->flying);
        w->flying = NULL;
    }
    return status;
}

enum ap_status ap_writer_pump(struct ap_writer *writer, struct ap_error *err)
{
    bool done = false, unsent;
    enum ap_status status = AP_OK;

    if (writer->stopped)
        return AP_OK;
    if (writer->flying != NULL) {
        /* A failure to pump is the statement's: settling finds out what became of it. */
        if (ap_db_pump(writer->db, &done, &unsent, NULL) == AP_OK && !done)
            return AP_OK;
        status = land(writer, err);
    }
    if (status == AP_OK && !writer->stopped && writer->filling->count > 0 && due_in_us(writer) == 0)
        status = launch(writer, err);
    return status;
}

void ap_writer_wait(const struct ap_writer *writer, int *fd, short *events, int *timeout_ms)
{
    bool done, unsent = false;

    *fd = -1;
    *events = POLLIN;
    *timeout_ms = -1;
    if (writer->flying != NULL) {
        *fd = ap_db_socket(writer->db);
        if (ap_db_pump(writer->db, &done, &unsent, NULL) != AP_OK || done)
            *timeout_ms = 0;
        if (unsent)
            *events |= POLLOUT;
    } else if (writer->filling->count > 0) {
        *timeout_ms = (int)((due_in_us(writer) + 999) / 1000);
    }
}

enum ap_status ap_writer_finish(struct ap_writer *writer, struct ap_error *err)
{
    enum ap_status status = AP_OK;

    if (!writer->stopped && writer->flying != NULL)
        status = land(writer, err);
    if (status == AP_OK && !writer->stopped && writer->filling->count > 0) {
        status = launch(writer, err);
        if (status == AP_OK)
            status = land(writer, err);
    }
    return status;
}

bool ap_writer_stopped(const struct ap_writer *writer)
{
    return writer->stopped;
}

enum ap_status ap_writer_left(const struct ap_writer *writer, ap_writer_left_fn *fn, void *context,
                              struct ap_error *err)
{
    const struct batch *batches[] = {writer->flying, writer->filling};
    enum ap_status status = AP_OK;

    for (size_t b = 0; b < 2; b++) {
        for (size_t i = 0; batches[b] != NULL && i < batches[b]->count && status == AP_OK; i++) {
            const struct row *row = &batches[b]->rows[i];
            struct ap_line line = batch_line(batches[b], row);

            if (row->state == ROW_PENDING)
                status = fn(context, &line, &row->id, batches[b]->unknown, err);
        }
    }
    return status;
}
