#include "platform.h"

#include <inttypes.h>

/* Columns as the queries have them. */
static const struct ap_answer_column resource_columns[] = {
    {"resource", "resource", AP_ANSWER_TEXT, false}, {"quantity", "quantity", AP_ANSWER_NUMBER, false},
    {"unit", "unit", AP_ANSWER_TEXT, false},         {"measure", "is", AP_ANSWER_TEXT, false},
    {"by_day", "by day", AP_ANSWER_SERIES, false},   {"billable", "billable", AP_ANSWER_NUMBER, false},
    {"overage", "over", AP_ANSWER_NUMBER, false},    {"cost", "cost", AP_ANSWER_NUMBER, false},
    {"currency", "currency", AP_ANSWER_UNIT, false}, {"peak", NULL, AP_ANSWER_NUMBER, false},
    {"peak_day", NULL, AP_ANSWER_TEXT, false},       {NULL, NULL, AP_ANSWER_TEXT, false},
};

static const struct ap_answer_column day_columns[] = {
    {"day", "day", AP_ANSWER_TEXT, false},
    {"resource", "resource", AP_ANSWER_TEXT, false},
    {"quantity", "quantity", AP_ANSWER_NUMBER, false},
    {"unit", "unit", AP_ANSWER_TEXT, false},
    {"billable", "billable", AP_ANSWER_NUMBER, false},
    {"overage", "over", AP_ANSWER_NUMBER, false},
    {"cost", "cost", AP_ANSWER_NUMBER, false},
    {"currency", "currency", AP_ANSWER_UNIT, false},
    {NULL, NULL, AP_ANSWER_TEXT, false},
};

static const struct ap_answer_column cost_columns[] = {
    {"day", "day", AP_ANSWER_TEXT, false},
    {"cost", "cost", AP_ANSWER_NUMBER, false},
    {"currency", "currency", AP_ANSWER_UNIT, false},
    {NULL, NULL, AP_ANSWER_TEXT, false},
};

static const struct ap_answer_part resources = {
    "resources", "Used, by resource", AP_ANSWER_ROWS, resource_columns, AP_ANSWER_NO_CHART, 0, "nothing was used"};
static const struct ap_answer_part days = {
    "days", "Day by day, the newest first", AP_ANSWER_ROWS, day_columns, AP_ANSWER_NO_CHART, 0, NULL};
static const struct ap_answer_part costs = {"costs", "Cost by day", AP_ANSWER_ROWS, cost_columns, AP_ANSWER_NO_CHART,
                                            0,       NULL};
static const struct ap_answer_part drawn_costs = {
    "costs", "Cost by day", AP_ANSWER_ROWS, cost_columns, AP_ANSWER_COLUMNS, 1, NULL};

enum { COST_CURRENCY = 2 };
enum { DIFFER, TWICE, UNPRICED };

/* Amounts of two currencies are not drawn on one scale. */
static enum ap_status tell_costs(struct platform *p, struct ap_error *err)
{
    struct ap_rows *rows = NULL;
    enum ap_status status;

    p->limit = AP_PLATFORM_ROWS_MAX;
    status = platform_ask(p, "query_usage", "query_usage_costs", NULL, &rows, err);

    if (status == AP_OK)
        platform_put(p, platform_is_same(rows, COST_CURRENCY) ? &drawn_costs : &costs, rows);
    p->limit = p->ask->limit;
    ap_rows_free(rows);
    return status;
}

static void remark(struct platform *p, uint64_t count, const char *one, const char *several)
{
    if (count > 0)
        ap_answer_remark(p->answer, "%" PRIu64 " %s", count, count == 1 ? one : several);
}

static enum ap_status tell_doubts(struct platform *p, struct ap_error *err)
{
    struct ap_rows *rows = NULL, *odd = NULL;
    enum ap_status status = platform_ask(p, "query_usage", "query_usage_doubts", NULL, &rows, err);

    if (status == AP_OK)
        status = platform_ask(p, "query_usage_odd", NULL, NULL, &odd, err);
    if (status == AP_OK) {
        remark(p, (uint64_t)ap_rows_int(rows, 0, DIFFER),
               "day of a resource has hours that add up to something else than its whole day, which counts",
               "days of a resource have hours that add up to something else than the whole day, which counts");
        remark(p, (uint64_t)ap_rows_int(rows, 0, TWICE),
               "day of a resource has several rows for the whole day, which are added up",
               "days of a resource have several rows for the whole day, which are added up");
        remark(p, (uint64_t)ap_rows_int(rows, 0, UNPRICED), "row to be billed has no cost, and adds none",
               "rows to be billed have no cost, and add none");
        remark(p, (uint64_t)ap_rows_int(odd, 0, 0), "row is left out: an amount in it is no number",
               "rows are left out: an amount in them is no number");
    }
    ap_rows_free(rows);
    ap_rows_free(odd);
    return status;
}

enum ap_status ap_platform_usage(struct ap_answer **out, struct ap_db *db, const struct ap_platform_ask *ask,
                                 struct ap_error *err)
{
    static const char *const tables[] = {"usage_tracking", NULL};
    struct platform p;
    enum ap_status status = platform_begin(&p, db, ask, tables, true, err);

    if (status == AP_OK)
        status = platform_tell(&p, &resources, "query_usage", "query_usage_resources", NULL, err);
    if (status == AP_OK && ask->days)
        status = platform_tell(&p, &days, "query_usage", "query_usage_days", NULL, err);
    if (status == AP_OK && ask->days)
        status = tell_costs(&p, err);
    if (status == AP_OK)
        status = tell_doubts(&p, err);
    return platform_end(out, &p, status, err);
}
