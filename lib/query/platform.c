#include "platform.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "auditproof/clock.h"
#include "statement.h"

enum { THERE, READABLE, ROW_SECURITY, ROLE };

static const struct ap_answer_column period_columns[] = {
    {"organization", "Organization", AP_ANSWER_TEXT, false},
    {"since", "From", AP_ANSWER_TIME, false},
    {"until", "Before", AP_ANSWER_TIME, false},
    {NULL, NULL, AP_ANSWER_TEXT, false},
};

static const struct ap_answer_part period_part = {
    "period", "Asked about", AP_ANSWER_FACTS, period_columns, AP_ANSWER_NO_CHART, 0, NULL};

static const char who_may[] =
    "ask as a user of that organization, as a super admin of the platform, or as service_role";

static enum ap_status check_table(struct platform *p, const char *table, struct ap_error *err)
{
    struct ap_rows *rows = NULL;
    enum ap_status status = ap_db_query(p->db, ap_sql("queries/query_platform_access"), 1, &table, &rows, err);

    if (status == AP_OK && !ap_rows_bool(rows, 0, THERE))
        status =
            ap_fail(err, AP_ESTATE, "there is no table public.%s in this database: it is the platform's own", table);
    else if (status == AP_OK && !ap_rows_bool(rows, 0, READABLE))
        status = ap_fail(err, AP_ESTATE, "%s may not read public.%s: %s, or have SELECT on it granted",
                         ap_rows_str(rows, 0, ROLE), table, who_may);
    else if (status == AP_OK && ap_rows_bool(rows, 0, ROW_SECURITY))
        (void)snprintf(p->hidden, sizeof p->hidden, "%s", ap_rows_str(rows, 0, ROLE));
    ap_rows_free(rows);
    return status;
}

/* Whose user this is matters only where policies apply. */
static enum ap_status check_tenant(struct platform *p, struct ap_error *err)
{
    struct ap_rows *rows = NULL;
    struct ap_uuid org;
    enum ap_status status;

    if (p->hidden[0] == '\0')
        return AP_OK;
    status = ap_db_query(p->db, ap_sql("queries/query_tenant"), 0, NULL, &rows, err);
    if (status == AP_OK && (ap_rows_bool(rows, 0, 1) ||
                            (ap_uuid_parse(&org, ap_rows_str(rows, 0, 0)) && ap_uuid_equal(&org, &p->ask->org))))
        p->hidden[0] = '\0';
    ap_rows_free(rows);
    return status;
}

static enum ap_status check_period(struct platform *p, bool daily, struct ap_error *err)
{
    int64_t since_us = p->ask->since_us, until_us = p->ask->until_us;
    uint64_t time_of_day_us, days;

    if (since_us >= until_us)
        return ap_fail(err, AP_EINPUT, "the period ends before it begins");
    time_of_day_us = (uint64_t)((since_us % AP_US_PER_DAY + AP_US_PER_DAY) % AP_US_PER_DAY);
    days = ((uint64_t)until_us - (uint64_t)since_us - 1 + time_of_day_us) / (uint64_t)AP_US_PER_DAY + 1;
    if (days <= AP_PLATFORM_DAYS_MAX)
        p->days = (size_t)days;
    else if (daily)
        return ap_fail(err, AP_EINPUT, "the period has more than %d days: --since and --until make it shorter",
                       AP_PLATFORM_DAYS_MAX);
    return AP_OK;
}

enum ap_status platform_begin(struct platform *p, struct ap_db *db, const struct ap_platform_ask *ask,
                              const char *const *tables, bool daily, struct ap_error *err)
{
    char org[AP_UUID_TEXT_SIZE];
    enum ap_status status;

    *p = (struct platform){.db = db, .ask = ask, .limit = ask->limit};
    if (ap_uuid_equal(&ask->org, &ap_uuid_nil))
        return ap_fail(err, AP_EINPUT,
                       "the platform's tables are of organizations: there is nothing of the system's own");
    status = check_period(p, daily, err);
    for (size_t i = 0; status == AP_OK && tables[i] != NULL; i++)
        status = check_table(p, tables[i], err);
    if (status == AP_OK)
        status = check_tenant(p, err);
    if (status == AP_OK)
        status = ap_answer_new(&p->answer, err);
    if (status != AP_OK)
        return status;
    ap_uuid_format(org, &ask->org);
    ap_answer_add_part(p->answer, &period_part);
    ap_answer_add_row(p->answer);
    ap_answer_add_str(p->answer, org);
    ap_answer_add_time(p->answer, ask->since_us);
    ap_answer_add_time(p->answer, ask->until_us);
    return AP_OK;
}

enum ap_status platform_end(struct ap_answer **out, struct platform *p, enum ap_status status, struct ap_error *err)
{
    char org[AP_UUID_TEXT_SIZE];

    *out = NULL;
    ap_uuid_format(org, &p->ask->org);
    if (status == AP_OK && p->told == 0 && p->hidden[0] != '\0')
        status = ap_fail(err, AP_ESTATE, "row level security shows %s nothing of organization %s: %s", p->hidden, org,
                         who_may);
    if (status == AP_OK)
        status = ap_answer_check(p->answer, err);
    if (status != AP_OK) {
        ap_answer_free(p->answer);
        return status;
    }
    *out = p->answer;
    return AP_OK;
}

enum ap_status platform_ask(struct platform *p, const char *beginning, const char *end, const char *of,
                            struct ap_rows **rows, struct ap_error *err)
{
    struct statement statement;
    char org[AP_UUID_TEXT_SIZE], since[STATEMENT_TIME_SIZE], until[STATEMENT_TIME_SIZE], now[STATEMENT_TIME_SIZE],
        limit[24];
    const char *values[4] = {org, since, until, now};
    enum ap_status status;

    memset(&statement, 0, sizeof statement);
    ap_uuid_format(org, &p->ask->org);
    statement_time(since, p->ask->since_us);
    statement_time(until, p->ask->until_us);
    statement_time(now, p->ask->now_us);
    (void)snprintf(limit, sizeof limit, "%" PRIu64, p->limit + 1);
    statement_add(&statement, beginning, strcmp(beginning, "query_billing") == 0 ? 4 : 3, values);
    if (end != NULL)
        statement_add1(&statement, end, of);
    statement_add1(&statement, "query_limit", limit);
    status = statement_run(&statement, p->db, rows, err);
    statement_free(&statement);
    return status;
}

/* "0:12,3:7": days by their number, and what they have; others have nothing. */
static void put_series(const struct platform *p, const char *text)
{
    uint64_t *counts = p->days > 0 ? calloc(p->days, sizeof *counts) : NULL;

    while (counts != NULL && *text != '\0') {
        char *rest;
        uint64_t day = strtoull(text, &rest, 10);
        uint64_t count = *rest == ':' ? strtoull(rest + 1, &rest, 10) : 0;

        if (day < p->days)
            counts[day] = count;
        text = *rest == ',' ? rest + 1 : "";
    }
    if (counts != NULL)
        ap_answer_add_series(p->answer, counts, p->days);
    else
        ap_answer_add_null(p->answer);
    free(counts);
}

static void put_cell(struct platform *p, const struct ap_answer_column *column, const struct ap_rows *rows, size_t row,
                     int at)
{
    const char *text = ap_rows_text(rows, row, at);

    if (text != NULL && column->kind == AP_ANSWER_SERIES)
        put_series(p, text);
    else
        ap_answer_add_value(p->answer, column->kind, text);
}

void platform_put(struct platform *p, const struct ap_answer_part *part, const struct ap_rows *rows)
{
    size_t count = ap_rows_count(rows);
    bool more = count > p->limit;

    ap_answer_add_part(p->answer, part);
    count = more ? (size_t)p->limit : count;
    for (size_t row = 0; row < count; row++) {
        ap_answer_add_row(p->answer);
        for (int c = 0; part->columns[c].name != NULL; c++)
            put_cell(p, &part->columns[c], rows, row, c);
    }
    p->told += count;
    if (more)
        ap_answer_remark(p->answer, "%s: only the first %" PRIu64 " rows; auditquery's --limit takes up to %d",
                         part->name, p->limit, AP_PLATFORM_ROWS_MAX);
}

bool platform_is_same(const struct ap_rows *rows, int column)
{
    size_t count = ap_rows_count(rows);

    for (size_t row = 1; row < count; row++)
        if (strcmp(ap_rows_str(rows, 0, column), ap_rows_str(rows, row, column)) != 0)
            return false;
    return count > 0;
}

enum ap_status platform_tell(struct platform *p, const struct ap_answer_part *part, const char *beginning,
                             const char *end, const char *of, struct ap_error *err)
{
    struct ap_rows *rows = NULL;
    enum ap_status status = platform_ask(p, beginning, end, of, &rows, err);

    if (status == AP_OK)
        platform_put(p, part, rows);
    ap_rows_free(rows);
    return status;
}
