#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "auditproof/retention_status.h"

/* Columns of queries/retention_state. */
enum { STATE_NOW, STATE_BEHIND, STATE_HOLDS, STATE_REVIEWS };

static enum ap_status read_sum(struct ap_db *db, const char *query, const char *const values[2],
                               struct ap_retention_sum *sum, struct ap_error *err)
{
    enum ap_status status = ap_db_query(db, ap_sql(query), 2, values, &sum->rows, err);

    for (size_t i = 0; status == AP_OK && i < ap_rows_count(sum->rows); i++) {
        const char *next = ap_rows_text(sum->rows, i, AP_RETENTION_NEXT);

        sum->due += ap_rows_int(sum->rows, i, AP_RETENTION_DUE);
        sum->held += ap_rows_int(sum->rows, i, AP_RETENTION_HELD);
        sum->overdue += ap_rows_int(sum->rows, i, AP_RETENTION_OVERDUE);
        /* Dates of four digits' years sort as they are; "infinity" comes after them. */
        if (next != NULL && (sum->next == NULL || strcmp(next, sum->next) < 0))
            sum->next = next;
    }
    return status;
}

enum ap_status ap_retention_status_read(struct ap_retention_status *out, struct ap_db *db, const struct ap_uuid *chain,
                                        uint64_t grace_days, struct ap_error *err)
{
    char id[AP_UUID_TEXT_SIZE], grace[24];
    const char *values[] = {chain != NULL ? id : NULL, grace};
    enum ap_status status;

    *out = (struct ap_retention_status){.state = NULL};
    if (chain != NULL)
        ap_uuid_format(id, chain);
    (void)snprintf(grace, sizeof grace, "%" PRIu64, grace_days);
    status = read_sum(db, "queries/retention_due", values, &out->entries, err);
    if (status == AP_OK)
        status = read_sum(db, "queries/retention_rows", values, &out->metrics, err);
    if (status == AP_OK)
        status = ap_db_query(db, ap_sql("queries/retention_state"), 1, values, &out->state, err);
    if (status != AP_OK)
        return status;
    out->now = ap_rows_str(out->state, 0, STATE_NOW);
    out->clock_behind = ap_rows_bool(out->state, 0, STATE_BEHIND);
    out->holds = ap_rows_int(out->state, 0, STATE_HOLDS);
    out->reviews = ap_rows_int(out->state, 0, STATE_REVIEWS);
    return AP_OK;
}

void ap_retention_status_free(struct ap_retention_status *status)
{
    ap_rows_free(status->entries.rows);
    ap_rows_free(status->metrics.rows);
    ap_rows_free(status->state);
}

bool ap_retention_is_late(const struct ap_retention_status *status)
{
    return status->entries.overdue > 0 || status->metrics.overdue > 0 || status->reviews > 0 || status->clock_behind;
}
