#include "platform.h"

#include "auditproof/clock.h"

/* Columns as the queries have them. Amounts in the smallest unit are integers, for programs. */
static const struct ap_answer_column total_columns[] = {
    {"status", "status", AP_ANSWER_TEXT, false},
    {"invoices", "invoices", AP_ANSWER_COUNT, false},
    {"due", "due", AP_ANSWER_NUMBER, false},
    {"paid", "paid", AP_ANSWER_NUMBER, false},
    {"outstanding", "outstanding", AP_ANSWER_NUMBER, false},
    {"overdue", "overdue", AP_ANSWER_COUNT, false},
    {"overdue_amount", "amount", AP_ANSWER_NUMBER, false},
    {"currency", "currency", AP_ANSWER_UNIT, false},
    {"due_units", NULL, AP_ANSWER_NUMBER, false},
    {"paid_units", NULL, AP_ANSWER_NUMBER, false},
    {"outstanding_units", NULL, AP_ANSWER_NUMBER, false},
    {"overdue_units", NULL, AP_ANSWER_NUMBER, false},
    {NULL, NULL, AP_ANSWER_TEXT, false},
};

static const struct ap_answer_column overdue_columns[] = {
    {"invoice", "invoice", AP_ANSWER_TEXT, false},
    {"due_date", "due date", AP_ANSWER_TEXT, false},
    {"days", "days ago", AP_ANSWER_COUNT, false},
    {"outstanding", "outstanding", AP_ANSWER_NUMBER, false},
    {"currency", "currency", AP_ANSWER_UNIT, false},
    {"outstanding_units", NULL, AP_ANSWER_NUMBER, false},
    {NULL, NULL, AP_ANSWER_TEXT, false},
};

static const struct ap_answer_column month_columns[] = {
    {"month", "month", AP_ANSWER_TEXT, false},       {"invoices", "invoices", AP_ANSWER_COUNT, false},
    {"due", "due", AP_ANSWER_NUMBER, false},         {"paid", "paid", AP_ANSWER_NUMBER, false},
    {"currency", "currency", AP_ANSWER_UNIT, false}, {"due_units", NULL, AP_ANSWER_NUMBER, false},
    {"paid_units", NULL, AP_ANSWER_NUMBER, false},   {NULL, NULL, AP_ANSWER_TEXT, false},
};

static const struct ap_answer_column invoice_columns[] = {
    {"invoice", "invoice", AP_ANSWER_TEXT, false},
    {"from", "from", AP_ANSWER_TEXT, false},
    {"to", NULL, AP_ANSWER_TEXT, false},
    {"status", "status", AP_ANSWER_TEXT, false},
    {"due", "due", AP_ANSWER_NUMBER, false},
    {"paid", "paid", AP_ANSWER_NUMBER, false},
    {"due_date", "due date", AP_ANSWER_TEXT, false},
    {"paid_at", "paid at", AP_ANSWER_TIME, false},
    {"overdue", NULL, AP_ANSWER_FLAG, false},
    {"currency", "currency", AP_ANSWER_UNIT, false},
    {"due_units", NULL, AP_ANSWER_NUMBER, false},
    {"paid_units", NULL, AP_ANSWER_NUMBER, false},
    {NULL, NULL, AP_ANSWER_TEXT, false},
};

static const struct ap_answer_column change_columns[] = {
    {"effective", "effective", AP_ANSWER_TEXT, false},     {"change", "change", AP_ANSWER_TEXT, false},
    {"from_plan", "from plan", AP_ANSWER_TEXT, false},     {"to_plan", "to plan", AP_ANSWER_TEXT, false},
    {"from_amount", "from", AP_ANSWER_NUMBER, false},      {"to_amount", "to", AP_ANSWER_NUMBER, false},
    {"difference", "difference", AP_ANSWER_NUMBER, false}, {"currency", "currency", AP_ANSWER_UNIT, false},
    {"from_status", "from status", AP_ANSWER_TEXT, false}, {"to_status", "to status", AP_ANSWER_TEXT, false},
    {"reason", "reason", AP_ANSWER_TEXT, false},           {"initiated_by", "by", AP_ANSWER_TEXT, false},
    {"from_units", NULL, AP_ANSWER_NUMBER, false},         {"to_units", NULL, AP_ANSWER_NUMBER, false},
    {"difference_units", NULL, AP_ANSWER_NUMBER, false},   {NULL, NULL, AP_ANSWER_TEXT, false},
};

static const struct ap_answer_column movement_columns[] = {
    {"change", "change", AP_ANSWER_TEXT, false},           {"changes", "changes", AP_ANSWER_COUNT, false},
    {"difference", "difference", AP_ANSWER_NUMBER, false}, {"currency", "currency", AP_ANSWER_UNIT, false},
    {"difference_units", NULL, AP_ANSWER_NUMBER, false},   {NULL, NULL, AP_ANSWER_TEXT, false},
};

static const struct ap_answer_part totals = {
    "totals", "Invoices, by currency and status", AP_ANSWER_ROWS, total_columns, AP_ANSWER_NO_CHART, 0, "no invoices"};
static const struct ap_answer_part overdue = {
    "overdue", "Overdue now, of any period", AP_ANSWER_ROWS, overdue_columns, AP_ANSWER_NO_CHART, 0, NULL};
static const struct ap_answer_part months = {
    "months", "Billed, by month", AP_ANSWER_ROWS, month_columns, AP_ANSWER_NO_CHART, 0, NULL};
static const struct ap_answer_part drawn_months = {
    "months", "Billed, by month", AP_ANSWER_ROWS, month_columns, AP_ANSWER_COLUMNS, 2, NULL};
static const struct ap_answer_part invoices = {
    "invoices", "Invoices, the newest first", AP_ANSWER_ROWS, invoice_columns, AP_ANSWER_NO_CHART, 0, NULL};
static const struct ap_answer_part changes = {
    "changes",          "Changes of plan, the newest first", AP_ANSWER_ROWS, change_columns, AP_ANSWER_NO_CHART, 0,
    "no change of plan"};
static const struct ap_answer_part movement = {
    "movement", "What they come to", AP_ANSWER_ROWS, movement_columns, AP_ANSWER_NO_CHART, 0, NULL};

enum { MONTH_CURRENCY = 4 };

/* Whenever it was billed. */
static enum ap_status tell_overdue(struct platform *p, struct ap_error *err)
{
    const struct ap_platform_ask *ask = p->ask;
    struct ap_platform_ask ever = *ask;
    enum ap_status status;

    ever.since_us = AP_TIME_MINUS_INFINITY;
    ever.until_us = AP_TIME_INFINITY;
    p->ask = &ever;
    status = platform_tell(p, &overdue, "query_billing", "query_billing_overdue", NULL, err);
    p->ask = ask;
    return status;
}

/* Amounts of two currencies are not drawn on one scale. */
static enum ap_status tell_months(struct platform *p, struct ap_error *err)
{
    struct ap_rows *rows = NULL;
    enum ap_status status;

    p->limit = AP_PLATFORM_ROWS_MAX;
    status = platform_ask(p, "query_billing", "query_billing_months", NULL, &rows, err);

    if (status == AP_OK)
        platform_put(p, platform_is_same(rows, MONTH_CURRENCY) ? &drawn_months : &months, rows);
    p->limit = p->ask->limit;
    ap_rows_free(rows);
    return status;
}

enum ap_status ap_platform_billing(struct ap_answer **out, struct ap_db *db, const struct ap_platform_ask *ask,
                                   struct ap_error *err)
{
    static const char *const tables[] = {"invoices", "subscription_changes", NULL};
    struct platform p;
    enum ap_status status = platform_begin(&p, db, ask, tables, false, err);

    if (status == AP_OK)
        status = platform_tell(&p, &totals, "query_billing", "query_billing_totals", NULL, err);
    if (status == AP_OK)
        status = tell_overdue(&p, err);
    if (status == AP_OK)
        status = tell_months(&p, err);
    if (status == AP_OK)
        status = platform_tell(&p, &invoices, "query_billing", "query_billing_invoices", NULL, err);
    if (status == AP_OK)
        status = platform_tell(&p, &changes, "query_billing_plans", "query_billing_changes", NULL, err);
    if (status == AP_OK)
        status = platform_tell(&p, &movement, "query_billing_plans", "query_billing_movement", NULL, err);
    return platform_end(out, &p, status, err);
}
