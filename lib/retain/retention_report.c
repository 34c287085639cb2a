/* The state of retention as an answer: what is due, by which policies, what holds it, and what was destroyed. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "auditproof/clock.h"
#include "auditproof/retention_status.h"
#include "retention_parts.h"
#include "retain_internal.h"

/* Columns of queries/retention_now. */
enum { NOW_YEARS, NOW_ENTRIES, NOW_MONTH, NOW_FIRST_AT, NOW_FIRST_SEQ, NOW_CREATED };

struct report {
    struct ap_retention_report *out;
    struct ap_db *db;
    const struct ap_retention_ask *ask;
    struct ap_retention_status is;
    char chain[AP_UUID_TEXT_SIZE], limit[24];
    struct retain_purges purges;
};

static enum ap_status ask(struct report *report, const char *query, int count, struct ap_rows **rows,
                          struct ap_error *err)
{
    const char *values[2] = {report->chain, report->limit};

    return ap_db_query(report->db, ap_sql(query), count, values, rows, err);
}

static void add_status(struct report *report, const struct ap_rows *now)
{
    struct ap_answer *answer = report->out->answer;
    const struct ap_retention_status *is = &report->is;

    ap_answer_add_part(answer, &retain_status_part);
    ap_answer_add_row(answer);
    ap_answer_add_str(answer, is->now);
    ap_answer_add_value(answer, AP_ANSWER_COUNT, ap_rows_text(now, 0, NOW_YEARS));
    ap_answer_add_value(answer, AP_ANSWER_COUNT, ap_rows_text(now, 0, NOW_ENTRIES));
    ap_answer_add_value(answer, AP_ANSWER_COUNT, ap_rows_text(now, 0, NOW_MONTH));
    ap_answer_add_value(answer, AP_ANSWER_TIME, ap_rows_text(now, 0, NOW_FIRST_AT));
    ap_answer_add_value(answer, AP_ANSWER_COUNT, ap_rows_text(now, 0, NOW_FIRST_SEQ));
    ap_answer_add_value(answer, AP_ANSWER_TIME, ap_rows_text(now, 0, NOW_CREATED));
    ap_answer_add_count(answer, report->ask->grace_days);
    ap_answer_add_count(answer, (uint64_t)is->holds);
    ap_answer_add_count(answer, (uint64_t)is->reviews);
    ap_answer_add_flag(answer, is->clock_behind);
}

static void add_due(struct report *report, const char *table, const char *unit, const struct ap_retention_sum *sum)
{
    struct ap_answer *answer = report->out->answer;
    char kept[40];

    for (size_t row = 0; row < ap_rows_count(sum->rows); row++) {
        const struct ap_rows *rows = sum->rows;

        (void)snprintf(kept, sizeof kept, "%.20s %s", ap_rows_str(rows, row, AP_RETENTION_KEPT), unit);
        ap_answer_add_row(answer);
        ap_answer_add_str(answer, table);
        ap_answer_add_str(answer, kept);
        ap_answer_add_value(answer, AP_ANSWER_COUNT, ap_rows_text(rows, row, AP_RETENTION_DUE));
        ap_answer_add_value(answer, AP_ANSWER_COUNT, ap_rows_text(rows, row, AP_RETENTION_OVERDUE));
        ap_answer_add_value(answer, AP_ANSWER_COUNT, ap_rows_text(rows, row, AP_RETENTION_HELD));
        ap_answer_add_value(answer, AP_ANSWER_COUNT, ap_rows_text(rows, row, AP_RETENTION_BYTES));
        ap_answer_add_str(answer, ap_rows_text(rows, row, AP_RETENTION_SINCE));
        ap_answer_add_str(answer, ap_rows_text(rows, row, AP_RETENTION_NEXT));
    }
}

/* A part of the rows of a query of the chain, and with two parameters of the limit. */
static enum ap_status tell(struct report *report, const struct ap_answer_part *part, const char *query, int count,
                           struct ap_error *err)
{
    struct ap_rows *rows = NULL;
    enum ap_status status = ask(report, query, count, &rows, err);

    if (status == AP_OK)
        ap_answer_add_rows(report->out->answer, part, rows, 0, report->ask->limit);
    if (status == AP_OK && count > 1 && ap_rows_count(rows) > report->ask->limit)
        ap_answer_remark(report->out->answer, "%s: only the first %" PRIu64, part->name, report->ask->limit);
    ap_rows_free(rows);
    return status;
}

/* A year in which nothing falls due is no picture. */
static enum ap_status tell_forecast(struct report *report, struct ap_error *err)
{
    struct ap_rows *rows = NULL;
    enum ap_status status = ask(report, "queries/retention_forecast", 1, &rows, err);
    int64_t entries = 0;

    for (size_t row = 0; status == AP_OK && row < ap_rows_count(rows); row++)
        entries += ap_rows_int(rows, row, 1);
    if (status == AP_OK)
        ap_answer_add_rows(report->out->answer, &retain_forecast_part, rows, 0, entries > 0 ? SIZE_MAX : 0);
    ap_rows_free(rows);
    return status;
}

static enum ap_status tell_all(struct report *report, struct ap_error *err)
{
    struct ap_rows *now = NULL;
    enum ap_status status = ask(report, "queries/retention_now", 1, &now, err);

    if (status == AP_OK) {
        add_status(report, now);
        ap_answer_add_part(report->out->answer, &retain_due_part);
        add_due(report, "audit_logs", "years", &report->is.entries);
        add_due(report, "performance_analytics", "days", &report->is.metrics);
    }
    ap_rows_free(now);
    if (status == AP_OK)
        status = tell_forecast(report, err);
    if (status == AP_OK)
        status = tell(report, &retain_policies_part, "queries/retention_in_force", 1, err);
    if (status == AP_OK)
        status = tell(report, &retain_holds_part, "queries/retention_holds", 2, err);
    if (status == AP_OK)
        status = retain_purges_tell(&report->purges, report->out->answer, &retain_purges_part, report->ask->limit, err);
    return status;
}

/* Append what is wrong, as far as there is room. */
static void AP_PRINTF(2, 3) blame(struct ap_retention_report *report, const char *format, ...)
{
    size_t len = strlen(report->word);
    va_list args;

    if (len > 0 && len + 3 < sizeof report->word) {
        memcpy(report->word + len, "; ", 3);
        len += 2;
    }
    va_start(args, format);
    (void)vsnprintf(report->word + len, sizeof report->word - len, format, args);
    va_end(args);
    report->late = true;
}

static void judge(struct report *report)
{
    const struct ap_retention_status *is = &report->is;

    if (is->entries.overdue > 0)
        blame(report->out, "%" PRId64 " entries could have left more than %" PRIu64 " days ago", is->entries.overdue,
              report->ask->grace_days);
    if (is->metrics.overdue > 0)
        blame(report->out, "%" PRId64 " rows of performance_analytics could have left more than %" PRIu64 " days ago",
              is->metrics.overdue, report->ask->grace_days);
    if (is->reviews > 0)
        blame(report->out, "the review of %" PRId64 " legal hold%s is overdue", is->reviews,
              is->reviews == 1 ? "" : "s");
    if (is->clock_behind)
        blame(report->out, "the server's clock is behind the newest checkpoint, so that nothing may leave");
    if (report->purges.bad > 0)
        blame(report->out, "%" PRIu64 " purge%s of the period cannot be verified", report->purges.bad,
              report->purges.bad == 1 ? "" : "s");
    report->out->failed = report->purges.bad > 0;
    if (report->out->late)
        return;
    (void)snprintf(report->out->word, sizeof report->out->word, "nothing is overdue%s",
                   report->purges.count > 0 ? ", and every purge of the period has its certificate" : "");
}

enum ap_status ap_retention_report(struct ap_retention_report *out, struct ap_db *db,
                                   const struct ap_retention_ask *asked, struct ap_error *err)
{
    struct report report = {.out = out, .db = db, .ask = asked};
    enum ap_status status;

    *out = (struct ap_retention_report){.answer = NULL};
    ap_uuid_format(report.chain, &asked->org);
    (void)snprintf(report.limit, sizeof report.limit, "%" PRIu64, asked->limit + 1);
    status = ap_answer_new(&out->answer, err);
    if (status == AP_OK)
        status = ap_retention_status_read(&report.is, db, &asked->org, asked->grace_days, err);
    if (status == AP_OK)
        status = retain_purges_read(&report.purges, db, asked, err);
    if (status == AP_OK)
        status = tell_all(&report, err);
    if (status == AP_OK)
        judge(&report);
    ap_retention_status_free(&report.is);
    retain_purges_free(&report.purges);
    return status;
}

void ap_retention_report_free(struct ap_retention_report *report)
{
    ap_answer_free(report->answer);
    report->answer = NULL;
}
