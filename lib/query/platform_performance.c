#include "platform.h"

#include <inttypes.h>

/* Columns as the queries have them. */
static const struct ap_answer_column vital_columns[] = {
    {"metric", "metric", AP_ANSWER_TEXT, false},
    {"samples", "samples", AP_ANSWER_COUNT, false},
    {"p50", "p50", AP_ANSWER_NUMBER, false},
    {"p75", "p75", AP_ANSWER_NUMBER, false},
    {"p95", "p95", AP_ANSWER_NUMBER, false},
    {"rating", "rating", AP_ANSWER_TEXT, false},
    {"by_day", "p75 by day", AP_ANSWER_SERIES, false},
    {"unit", NULL, AP_ANSWER_TEXT, false},
    {"good", NULL, AP_ANSWER_NUMBER, false},
    {"poor", NULL, AP_ANSWER_NUMBER, false},
    {NULL, NULL, AP_ANSWER_TEXT, false},
};

static const struct ap_answer_column day_columns[] = {
    {"day", "day", AP_ANSWER_TEXT, false},   {"samples", "samples", AP_ANSWER_COUNT, false},
    {"p50", "p50", AP_ANSWER_NUMBER, false}, {"p75", "p75", AP_ANSWER_NUMBER, false},
    {"p95", "p95", AP_ANSWER_NUMBER, false}, {"rating", "rating", AP_ANSWER_TEXT, false},
    {NULL, NULL, AP_ANSWER_TEXT, false},
};

static const struct ap_answer_column route_columns[] = {
    {"route", "route", AP_ANSWER_TEXT, false},      {"metric", "metric", AP_ANSWER_TEXT, false},
    {"samples", "samples", AP_ANSWER_COUNT, false}, {"p50", NULL, AP_ANSWER_NUMBER, false},
    {"p75", "p75", AP_ANSWER_NUMBER, false},        {"p95", "p95", AP_ANSWER_NUMBER, false},
    {"rating", "rating", AP_ANSWER_TEXT, false},    {NULL, NULL, AP_ANSWER_TEXT, false},
};

static const struct ap_answer_column error_columns[] = {
    {"error", "error", AP_ANSWER_TEXT, false},
    {"errors", "errors", AP_ANSWER_COUNT, false},
    {"sessions", "sessions", AP_ANSWER_COUNT, false},
    {"by_day", "by day", AP_ANSWER_SERIES, false},
    {"last", "last", AP_ANSWER_TIME, false},
    {"route", "route", AP_ANSWER_TEXT, false},
    {"users", NULL, AP_ANSWER_COUNT, false},
    {"first", NULL, AP_ANSWER_TIME, false},
    {NULL, NULL, AP_ANSWER_TEXT, false},
};

static const struct ap_answer_column call_columns[] = {
    {"call", "call", AP_ANSWER_TEXT, false},         {"route", "route", AP_ANSWER_TEXT, false},
    {"calls", "calls", AP_ANSWER_COUNT, false},      {"p50", "p50", AP_ANSWER_NUMBER, false},
    {"p75", "p75", AP_ANSWER_NUMBER, false},         {"p95", "p95", AP_ANSWER_NUMBER, false},
    {"longest", "longest", AP_ANSWER_NUMBER, false}, {NULL, NULL, AP_ANSWER_TEXT, false},
};

static const struct ap_answer_part vitals = {
    "vitals",       "Web Vitals, in ms; CLS has no unit", AP_ANSWER_ROWS, vital_columns, AP_ANSWER_NO_CHART, 0,
    "no Web Vitals"};
static const struct ap_answer_part routes = {
    "routes", "By route, those with the most samples first", AP_ANSWER_ROWS, route_columns, AP_ANSWER_NO_CHART, 0,
    NULL};
static const struct ap_answer_part errors = {
    "errors", "Errors, the most frequent first", AP_ANSWER_ROWS, error_columns, AP_ANSWER_NO_CHART, 0, "no errors"};
static const struct ap_answer_part calls = {"calls",
                                            "Calls of the API, in ms, those that take the most time altogether first",
                                            AP_ANSWER_ROWS,
                                            call_columns,
                                            AP_ANSWER_NO_CHART,
                                            0,
                                            NULL};

/* A metric each: they have different units. */
static const struct ap_answer_part days[] = {
    {"LCP", "LCP by day", AP_ANSWER_ROWS, day_columns, AP_ANSWER_COLUMNS, 3, NULL},
    {"FID", "FID by day", AP_ANSWER_ROWS, day_columns, AP_ANSWER_COLUMNS, 3, NULL},
    {"CLS", "CLS by day", AP_ANSWER_ROWS, day_columns, AP_ANSWER_COLUMNS, 3, NULL},
    {"FCP", "FCP by day", AP_ANSWER_ROWS, day_columns, AP_ANSWER_COLUMNS, 3, NULL},
    {"TTFB", "TTFB by day", AP_ANSWER_ROWS, day_columns, AP_ANSWER_COLUMNS, 3, NULL},
};

static enum ap_status tell_days(struct platform *p, struct ap_error *err)
{
    enum ap_status status = AP_OK;

    p->limit = AP_PLATFORM_ROWS_MAX;
    for (size_t i = 0; status == AP_OK && i < sizeof days / sizeof days[0]; i++)
        status = platform_tell(p, &days[i], "query_performance", "query_performance_days", days[i].name, err);
    p->limit = p->ask->limit;
    return status;
}

static enum ap_status tell_left_out(struct platform *p, struct ap_error *err)
{
    struct ap_rows *rows = NULL;
    enum ap_status status = platform_ask(p, "query_performance", "query_performance_left_out", NULL, &rows, err);
    int64_t count = status == AP_OK ? ap_rows_int(rows, 0, 0) : 0;

    if (count > 0)
        ap_answer_remark(p->answer, "%" PRId64 " %s", count,
                         count == 1 ? "measurement is left out: it has no value, or none that can be"
                                    : "measurements are left out: they have no value, or none that can be");
    ap_rows_free(rows);
    return status;
}

enum ap_status ap_platform_performance(struct ap_answer **out, struct ap_db *db, const struct ap_platform_ask *ask,
                                       struct ap_error *err)
{
    static const char *const tables[] = {"performance_analytics", NULL};
    struct platform p;
    enum ap_status status = platform_begin(&p, db, ask, tables, true, err);

    if (status == AP_OK)
        status = platform_tell(&p, &vitals, "query_performance", "query_performance_vitals", NULL, err);
    if (status == AP_OK && ask->days)
        status = tell_days(&p, err);
    if (status == AP_OK)
        status = platform_tell(&p, &routes, "query_performance", "query_performance_routes", NULL, err);
    if (status == AP_OK)
        status = platform_tell(&p, &errors, "query_performance", "query_performance_errors", NULL, err);
    if (status == AP_OK)
        status = platform_tell(&p, &calls, "query_performance", "query_performance_calls", NULL, err);
    if (status == AP_OK)
        status = tell_left_out(&p, err);
    return platform_end(out, &p, status, err);
}
