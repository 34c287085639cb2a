/* Reports, as somebody schedules them, and as they stand. */
#include "auditproof/scheduler.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "auditproof/json.h"

enum { NUMBER_SIZE = 24 };

/* What the server finds wrong with the values: data exceptions, and constraints. */
static bool is_of_values(const struct ap_error *err)
{
    return strncmp(err->sqlstate, "22", 2) == 0 || strncmp(err->sqlstate, "23", 2) == 0;
}

static enum ap_status insert(struct ap_db *db, const struct ap_schedule_add *add, struct ap_schedule_added *out,
                             struct ap_error *err)
{
    char org[AP_UUID_TEXT_SIZE], first[NUMBER_SIZE], last[NUMBER_SIZE], due[NUMBER_SIZE];
    struct ap_buf emails = AP_BUF_INIT;
    const char *values[10] = {org,   add->type, add->creator, add->name, add->format, add->scheduling,
                              first, last,      due,          NULL};
    struct ap_rows *rows = NULL;
    enum ap_status status;

    ap_uuid_format(org, &add->organization);
    (void)snprintf(first, sizeof first, "%" PRId64, add->first_day);
    (void)snprintf(last, sizeof last, "%" PRId64, add->last_day);
    (void)snprintf(due, sizeof due, "%" PRId64, add->due_us);
    ap_buf_addc(&emails, '[');
    for (size_t i = 0; i < add->email_count; i++) {
        ap_buf_adds(&emails, i > 0 ? "," : "");
        ap_json_string(&emails, add->emails[i]);
    }
    ap_buf_addc(&emails, ']');
    status = ap_buf_check(&emails, "addresses", err);
    values[9] = emails.data;
    if (status == AP_OK)
        status = ap_db_query(db, ap_sql("queries/schedule_add"), 10, values, &rows, err);
    if (status == AP_OK) {
        (void)ap_uuid_parse(&out->report, ap_rows_str(rows, 0, 0));
        (void)snprintf(out->stranger, sizeof out->stranger, "%s", ap_rows_str(rows, 0, 2));
    } else if (status == AP_ESQL && is_of_values(err)) {
        status = err->status = AP_EINPUT;
    }
    ap_rows_free(rows);
    ap_buf_free(&emails);
    return status;
}

enum ap_status ap_schedule_add(struct ap_db *db, const struct ap_schedule_add *add, bool keep,
                               struct ap_schedule_added *out, struct ap_error *err)
{
    enum ap_status status = ap_db_exec(db, ap_sql("queries/schedule_begin"), err);

    memset(out, 0, sizeof *out);
    if (status == AP_OK)
        status = insert(db, add, out, err);
    if (status == AP_OK && keep)
        status = ap_db_exec(db, ap_sql("install/commit"), err);
    ap_db_rollback(db);
    return status;
}
