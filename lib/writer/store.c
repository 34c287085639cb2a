/*
 * Storing a batch, come what may. A batch is one statement and so one transaction: all of it or nothing. A line that
 * the database refuses fails its whole batch and is found by halving; the halves without one are stored on the way.
 */
#include <string.h>

#include "writer_internal.h"

enum ap_status store_send(struct ap_writer *w, struct batch *batch, size_t from, size_t to, struct ap_error *err)
{
    struct ap_error why;
    size_t count;
    enum ap_status status = arrays_fill(&w->arrays, batch, from, to, &count, err);

    if (status != AP_OK)
        return status;
    batch->unknown = true;
    status = ap_db_start(w->db, ap_sql("queries/write_entries"), AP_ENTRY_COLUMNS, w->arrays.args, &why);
    /* A connection that is gone is found out, and mended, where the outcome is taken. */
    if (status == AP_OK || ap_db_is_lost(w->db))
        return AP_OK;
    if (err != NULL)
        *err = why;
    return status;
}

enum ap_status refuse_row(struct ap_writer *w, struct batch *batch, struct row *row, size_t offset, const char *message,
                          const char *sqlstate, struct ap_error *err)
{
    struct ap_refusal refusal = {batch_line(batch, row), offset, message, sqlstate};

    row->state = ROW_REFUSED;
    if (w->options.stop_on_refusal)
        w->stopped = true;
    return w->options.refused(w->options.context, &refusal, err);
}

static void mark_stored(struct batch *batch, size_t from, size_t to)
{
    for (size_t i = from; i < to; i++)
        if (batch->rows[i].state == ROW_PENDING)
            batch->rows[i].state = ROW_STORED;
}

static size_t pending(const struct batch *batch, size_t from, size_t to, size_t *last)
{
    size_t n = 0;

    for (size_t i = from; i < to; i++) {
        if (batch->rows[i].state != ROW_PENDING)
            continue;
        *last = i;
        n++;
    }
    return n;
}

static enum ap_status store_range(struct ap_writer *w, struct batch *batch, size_t from, size_t to,
                                  struct ap_error *err);

/* The statement over [from, to) failed for a reason that lies in a line of it. */
static enum ap_status isolate(struct ap_writer *w, struct batch *batch, size_t from, size_t to, struct ap_error *why)
{
    bool duplicate = strcmp(why->sqlstate, "23505") == 0;
    size_t found = 0, last = from, middle, n;
    enum ap_status status;

    if (duplicate && (w->options.skip_existing || batch->lost_once || pending(batch, from, to, &last) == 1)) {
        struct ap_error lookup;

        status = lookup_existing(w, batch, from, to, &found, &lookup);
        if (status != AP_OK) {
            *why = lookup;
            return status;
        }
    }
    n = pending(batch, from, to, &last);
    if (n == 0 || w->stopped)
        return AP_OK;
    if (found > 0)
        return store_range(w, batch, from, to, why);
    if (n == 1) {
        struct ap_error copy = *why;

        return refuse_row(w, batch, &batch->rows[last], SIZE_MAX, copy.message, copy.sqlstate, why);
    }
    /* Halve what is pending, not the range, so that neither half is empty. */
    for (middle = from, n /= 2; n > 0; middle++)
        n -= batch->rows[middle].state == ROW_PENDING ? 1 : 0;
    status = store_range(w, batch, from, middle, why);
    if (status == AP_OK && !w->stopped)
        status = store_range(w, batch, middle, to, why);
    return status;
}

/* Take the outcome of the statement under way over [from, to), and make it good. */
static enum ap_status take_outcome(struct ap_writer *w, struct batch *batch, size_t from, size_t to, bool *again,
                                   struct ap_error *err)
{
    enum ap_status status = ap_db_take(w->db, NULL, err);
    size_t found = 0, last;

    *again = false;
    if (status == AP_OK) {
        retry_succeeded(w);
        batch->unknown = false;
        mark_stored(batch, from, to);
        return AP_OK;
    }
    if (status == AP_ECONNECT) {
        batch->lost_once = true;
        status = retry_reconnect(w, err);
        if (status == AP_OK)
            status = lookup_existing(w, batch, from, to, &found, err);
        if (status != AP_OK)
            return status;
        batch->unknown = false;
        *again = !w->stopped && pending(batch, from, to, &last) > 0;
        if (!*again)
            retry_succeeded(w);
        return AP_OK;
    }
    batch->unknown = false;
    if (status != AP_ESQL)
        return status;
    switch (retry_judge(err->sqlstate)) {
    case VERDICT_LINE:
        retry_succeeded(w);
        return isolate(w, batch, from, to, err);
    case VERDICT_RETRY:
        status = retry_pause(w, err);
        *again = status == AP_OK;
        return status;
    case VERDICT_FATAL:
        break;
    }
    return status;
}

static enum ap_status settle_range(struct ap_writer *w, struct batch *batch, size_t from, size_t to,
                                   struct ap_error *err)
{
    enum ap_status status;
    bool again = false;

    do {
        status = AP_OK;
        if (again)
            status = store_send(w, batch, from, to, err);
        if (status == AP_OK)
            status = take_outcome(w, batch, from, to, &again, err);
    } while (status == AP_OK && again);
    return status;
}

static enum ap_status store_range(struct ap_writer *w, struct batch *batch, size_t from, size_t to,
                                  struct ap_error *err)
{
    enum ap_status status = store_send(w, batch, from, to, err);

    return status == AP_OK ? settle_range(w, batch, from, to, err) : status;
}

enum ap_status store_settle(struct ap_writer *w, struct batch *batch, struct ap_error *err)
{
    enum ap_status status = settle_range(w, batch, 0, batch->count, err);
    struct ap_error unheard;
    enum ap_status reported;

    /* What is stored is reported even when the rest failed; the first failure is the one to tell of. */
    reported = receipts_report(w, batch, status == AP_OK ? err : &unheard);
    return status == AP_OK ? reported : status;
}
