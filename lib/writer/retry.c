/* Finding the server again, and finding out what it kept. */
#include <inttypes.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>

#include "auditproof/clock.h"
#include "writer_internal.h"

enum { FIRST_PAUSE_MS = 10, LONGEST_PAUSE_MS = 1000 };

enum verdict retry_judge(const char *sqlstate)
{
    /* Data exceptions, constraints, what a trigger or row security says, values too large for an index, raised errors.
     */
    static const char *const line_classes[] = {"21", "22", "23", "27", "38", "39", "44", "54", "P0"};
    /* Rolled back, out of resources, stopped by an operator, locked. */
    static const char *const retry_classes[] = {"08", "40", "53", "55", "57"};

    if (strcmp(sqlstate, "42501") == 0)
        return VERDICT_LINE;
    for (size_t i = 0; i < sizeof line_classes / sizeof line_classes[0]; i++)
        if (strncmp(sqlstate, line_classes[i], 2) == 0)
            return VERDICT_LINE;
    for (size_t i = 0; i < sizeof retry_classes / sizeof retry_classes[0]; i++)
        if (strncmp(sqlstate, retry_classes[i], 2) == 0)
            return VERDICT_RETRY;
    return VERDICT_FATAL;
}

void retry_succeeded(struct ap_writer *w)
{
    w->trouble_since_us = 0;
}

static void in_trouble(struct ap_writer *w)
{
    if (w->trouble_since_us != 0)
        return;
    w->trouble_since_us = ap_clock_monotonic_us();
    w->pause_ms = FIRST_PAUSE_MS;
}

enum ap_status retry_pause(struct ap_writer *w, struct ap_error *err)
{
    int64_t now_us = ap_clock_monotonic_us();

    in_trouble(w);
    if (now_us - w->trouble_since_us >= w->options.retry_for_us ||
        (w->options.giving_up != NULL && w->options.giving_up(w->options.context)))
        return err->status;
    (void)poll(NULL, 0, w->pause_ms);
    w->pause_ms = w->pause_ms * 2 > LONGEST_PAUSE_MS ? LONGEST_PAUSE_MS : w->pause_ms * 2;
    return AP_OK;
}

enum ap_status retry_reconnect(struct ap_writer *w, struct ap_error *err)
{
    struct ap_error lost = *err;
    bool told = false;

    for (;;) {
        enum ap_status status;

        /* A server that answers and breaks again at once is trouble too: only success ends it. */
        if (w->trouble_since_us != 0 && retry_pause(w, err) != AP_OK)
            return err->status;
        in_trouble(w);
        status = ap_db_reconnect(w->db, err);
        if (status == AP_OK)
            break;
        if (!told && w->options.remark != NULL)
            w->options.remark(w->options.context, lost.message);
        told = true;
    }
    if (told && w->options.remark != NULL)
        w->options.remark(w->options.context, "connected again");
    return AP_OK;
}

static enum ap_status ask_once(struct ap_writer *w, const char *sql, int count, struct ap_rows **out,
                               struct ap_error *err)
{
    enum ap_status status = ap_db_start(w->db, sql, count, w->arrays.args, err);

    return status == AP_OK || ap_db_is_lost(w->db) ? ap_db_take(w->db, out, err) : status;
}

/* A question may be asked again as often as need be. */
static enum ap_status ask(struct ap_writer *w, const char *sql, int count, struct ap_rows **out, struct ap_error *err)
{
    enum ap_status status;

    for (;;) {
        status = ask_once(w, sql, count, out, err);
        if (status == AP_ECONNECT)
            status = retry_reconnect(w, err);
        else if (status == AP_ESQL && retry_judge(err->sqlstate) == VERDICT_RETRY)
            status = retry_pause(w, err);
        else
            return status;
        if (status != AP_OK)
            return status;
    }
}

/* An id that is there: our own doing, or passed over as asked, or a refusal. */
static enum ap_status found_one(struct ap_writer *w, struct batch *batch, struct row *row, bool same,
                                struct ap_error *err)
{
    char message[160];
    char id[AP_UUID_TEXT_SIZE];

    if (same && (batch->lost_once || w->options.skip_existing)) {
        row->state = batch->lost_once ? ROW_STORED : ROW_EARLIER;
        return AP_OK;
    }
    ap_uuid_format(id, &row->id);
    (void)snprintf(message, sizeof message,
                   same ? "an entry with id %s is there already (--on-conflict=skip would pass over it)"
                        : "an entry with id %s is there already and says something else",
                   id);
    return refuse_row(w, batch, row, SIZE_MAX, message, "23505", err);
}

enum ap_status lookup_existing(struct ap_writer *w, struct batch *batch, size_t from, size_t to, size_t *found,
                               struct ap_error *err)
{
    struct ap_rows *rows = NULL;
    size_t count;
    enum ap_status status = arrays_fill(&w->arrays, batch, from, to, &count, err);

    *found = 0;
    if (status == AP_OK)
        status = ask(w, ap_sql("queries/write_existing"), AP_ENTRY_COLUMNS, &rows, err);
    if (status != AP_OK)
        return status;
    for (size_t i = 0; status == AP_OK && i < ap_rows_count(rows); i++) {
        int64_t n = ap_rows_int(rows, i, 0);
        bool same = ap_rows_bool(rows, i, 1), welcome = same && (batch->lost_once || w->options.skip_existing);

        if (n < 1 || (uint64_t)n > count)
            continue;
        /* When the run stops at the first refusal, the lines before it must be stored first: halving comes to it. */
        if (!welcome && count > 1 && w->options.stop_on_refusal)
            continue;
        (*found)++;
        status = found_one(w, batch, &batch->rows[w->arrays.order[n - 1]], same, err);
    }
    ap_rows_free(rows);
    return status;
}

static bool read_receipt(struct ap_stored *stored, const struct ap_rows *rows, size_t i)
{
    stored->has_receipt = true;
    stored->seq = strtoull(ap_rows_str(rows, i, 2), NULL, 10);
    return ap_uuid_parse(&stored->chain, ap_rows_str(rows, i, 1)) &&
           strlen(ap_rows_str(rows, i, 3)) == AP_HASH_TEXT_SIZE - 1 &&
           ap_hex_decode(stored->entry_hash, AP_HASH_LEN, ap_rows_str(rows, i, 3));
}

static enum ap_status report_row(struct ap_writer *w, const struct batch *batch, const struct row *row,
                                 const struct ap_rows *receipts, size_t n, struct ap_error *err)
{
    struct ap_stored stored = {.line = batch_line(batch, row), .id = row->id, .earlier = row->state == ROW_EARLIER};

    if (receipts != NULL && (n >= ap_rows_count(receipts) || !read_receipt(&stored, receipts, n)))
        return ap_fail(err, AP_ESTATE, "line %" PRIu64 " is stored, but has no chain entry: run auditverify",
                       row->number);
    return w->options.stored(w->options.context, &stored, err);
}

enum ap_status receipts_report(struct ap_writer *w, struct batch *batch, struct ap_error *err)
{
    struct ap_rows *receipts = NULL;
    enum ap_status status;
    size_t count;

    status = arrays_fill_ids(&w->arrays, batch, &count, err);
    if (status == AP_OK && count > 0 && w->options.receipts)
        status = ask(w, ap_sql("queries/write_receipts"), 1, &receipts, err);
    if (status == AP_OK)
        retry_succeeded(w);
    for (size_t n = 0; status == AP_OK && n < count; n++)
        status = report_row(w, batch, &batch->rows[w->arrays.order[n]], receipts, n, err);
    ap_rows_free(receipts);
    return status;
}
