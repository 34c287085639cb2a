#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "recheck.h"

/*
 * Rows that no entry covers. There is no telling where they stand, so they are looked for among the rows that say they
 * are young, and, for those that say otherwise, in a share of the ids.
 */

enum { NUMBER_SIZE = 24 };

/* The shares that are due, those next to each other as one. */
static enum ap_status list_ranges(const struct recheck *recheck, struct ap_buf *first, struct ap_buf *after,
                                  struct ap_error *err)
{
    const bool *due = recheck->share_due;
    char text[AP_UUID_TEXT_SIZE];
    enum ap_status status;

    ap_buf_addc(first, '{');
    ap_buf_addc(after, '{');
    for (size_t i = 0; i < recheck->cycle; i++) {
        struct ap_uuid id = share_first(i, recheck->cycle);

        ap_uuid_format(text, &id);
        if (due[i] && (i == 0 || !due[i - 1]))
            ap_buf_addf(first, "%s%s", first->len > 1 ? "," : "", text);
        if (!due[i] && i > 0 && due[i - 1])
            ap_buf_addf(after, "%s%s", after->len > 1 ? "," : "", text);
    }
    if (due[recheck->cycle - 1])
        ap_buf_addf(after, "%sNULL", after->len > 1 ? "," : "");
    ap_buf_addc(first, '}');
    ap_buf_addc(after, '}');
    status = ap_buf_check(first, "ids", err);
    return status == AP_OK ? ap_buf_check(after, "ids", err) : status;
}

static enum ap_status open_stream(struct recheck *recheck, struct ap_copy **copy, struct ap_error *err)
{
    struct ap_buf first = AP_BUF_INIT, after = AP_BUF_INIT;
    int64_t since_us = recheck->report->incremental.rows_since_us;
    struct ap_rows *rows = NULL;
    char since[NUMBER_SIZE];
    const char *values[4];
    enum ap_status status = list_ranges(recheck, &first, &after, err);

    (void)snprintf(since, sizeof since, "%" PRId64, since_us);
    values[0] = first.data;
    values[1] = after.data;
    values[2] = since_us > 0 ? since : NULL;
    values[3] = recheck->run->through_view ? "t" : "f";
    if (status == AP_OK)
        status = ap_db_query(recheck->run->db, ap_sql("queries/verify_loose"), 4, values, &rows, err);
    if (status == AP_OK)
        status = ap_copy_open(copy, recheck->run->db, ap_rows_str(rows, 0, 0), ROW_COLUMNS_ERASED, err);
    ap_rows_free(rows);
    ap_buf_free(&first);
    ap_buf_free(&after);
    return status;
}

/* One that was moved here from its own chain may have been met there. */
static bool is_known(const struct recheck *recheck, const struct difference *row)
{
    for (size_t i = 0; i < recheck->resolver.count; i++)
        if (recheck->resolver.items[i].sign < 0 &&
            memcmp(&recheck->resolver.items[i].item, &row->item, sizeof row->item) == 0)
            return true;
    return false;
}

static enum ap_status take(struct recheck *recheck, const struct ap_field *fields, bool look, struct ap_error *err)
{
    struct run *run = recheck->run;
    struct difference row;
    uint64_t erased = 0;
    enum ap_status status;

    memset(&row, 0, sizeof row);
    row.sign = -1;
    status = row_item(run, recheck->digest, &recheck->text, fields, ROW_COLUMNS_ERASED, &row.item, &erased, err);
    if (status != AP_OK)
        return status;
    recheck->window_bad = true;
    recheck->share_bad[share_of(&row.item.log_id, recheck->cycle)] = true;
    if (item_is(run, &row.item, MARK_UNADOPTED)) {
        int64_t created_us = 0;
        bool dated = row_created(&created_us, fields);

        return unadopted_add(&run->unadopted, &row.item.chain, dated, created_us, err);
    }
    if (look && is_known(recheck, &row))
        return AP_OK;
    status = resolver_add(&recheck->resolver, &row, err);
    return status;
}

enum ap_status recheck_loose(struct recheck *recheck, struct ap_error *err)
{
    struct ap_field fields[AP_COPY_MAX_COLUMNS];
    struct ap_copy *copy = NULL;
    size_t before = recheck->resolver.count;
    bool more = false;
    enum ap_status status = open_stream(recheck, &copy, err);

    while (status == AP_OK) {
        status = ap_copy_next(copy, fields, &more, recheck->run->options->stop, err);
        if (status != AP_OK || !more)
            break;
        /* Of a flood the first are named, whatever they were before. */
        status = take(recheck, fields, before > 0 && recheck->resolver.count < 4096, err);
        if (status == AP_OK && recheck->resolver.count >= 1 << 16)
            status = resolver_flush(&recheck->resolver, err);
    }
    ap_copy_close(copy);
    return status;
}
