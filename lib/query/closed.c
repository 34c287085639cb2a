/* What rules found at the end of a window. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "auditproof/incidents.h"
#include "statement.h"

static void put_levels(struct ap_buf *array, unsigned risk)
{
    static const char *const levels[] = {"low", "medium", "high", "critical"};

    for (size_t i = 0; i < sizeof levels / sizeof *levels; i++)
        if ((risk & 1U << i) != 0)
            statement_array_add(array, levels[i], strlen(levels[i]));
    if ((risk & AP_QUERY_LOW) != 0)
        statement_array_add(array, "informational", strlen("informational"));
    statement_array_end(array);
}

bool ap_query_closed_fits(const struct ap_query_filter *filter)
{
    return !filter->has_id && !filter->has_actor && filter->email == NULL && filter->action_count == 0 &&
           filter->resource_type == NULL && !filter->has_resource && filter->address == NULL && filter->agent == NULL &&
           filter->session == NULL && filter->word_count == 0 && filter->where_count == 0;
}

static enum ap_status read_row(struct ap_query_closed *out, const struct ap_rows *rows, size_t row,
                               struct ap_error *err)
{
    out->level = ap_rows_str(rows, row, 0);
    out->rule = ap_rows_str(rows, row, 1);
    out->title = ap_rows_str(rows, row, 2);
    out->time_us = ap_rows_int(rows, row, 5);
    if (ap_uuid_parse(&out->chain, ap_rows_str(rows, row, 3)) && ap_uuid_parse(&out->id, ap_rows_str(rows, row, 4)))
        return AP_OK;
    return ap_fail(err, AP_EIO, "the server sent a finding that this version cannot read");
}

enum ap_status ap_query_closed(struct ap_db *db, const struct ap_query_filter *filter, uint64_t most,
                               ap_query_closed_fn *fn, void *context, struct ap_error *err)
{
    char since[STATEMENT_TIME_SIZE], until[STATEMENT_TIME_SIZE], chain[AP_UUID_TEXT_SIZE], limit[24];
    struct ap_buf levels = AP_BUF_INIT;
    const char *values[6] = {NULL,         since, filter->has_until ? until : NULL, filter->has_org ? chain : NULL,
                             filter->rule, limit};
    struct ap_rows *rows = NULL;
    enum ap_status status;

    statement_time(since, filter->has_since ? filter->since_us : AP_TIME_MINUS_INFINITY);
    statement_time(until, filter->until_us);
    ap_uuid_format(chain, &filter->org);
    (void)snprintf(limit, sizeof limit, "%" PRIu64, most);
    put_levels(&levels, filter->risk);
    values[0] = ap_buf_str(&levels);
    status = ap_buf_check(&levels, "levels", err);
    if (status == AP_OK)
        status = ap_db_query(db, ap_sql("queries/query_closed"), 6, values, &rows, err);
    for (size_t i = 0; status == AP_OK && i < ap_rows_count(rows); i++) {
        struct ap_query_closed closed;

        status = read_row(&closed, rows, i, err);
        if (status == AP_OK)
            status = fn(context, &closed, err);
    }
    ap_rows_free(rows);
    ap_buf_free(&levels);
    return status;
}
