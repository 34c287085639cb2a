#include "status_answer.h"

#include <string.h>

#include "auditproof/clock.h"

enum { FIRST_REPORTS = 12 };

static const struct ap_answer_column fact_columns[] = {
    {"verdict", "Reports", AP_ANSWER_TEXT, false},
    {"as_of", "As of", AP_ANSWER_TIME, false},
    {"late", "Late", AP_ANSWER_COUNT, false},
    {"failed", "Failed", AP_ANSWER_COUNT, false},
    {"wrong", "Cannot be planned", AP_ANSWER_COUNT, false},
    {"unmailed", "Mails not taken", AP_ANSWER_COUNT, false},
    {"running", "Running", AP_ANSWER_COUNT, false},
    {"pending", "Waiting", AP_ANSWER_COUNT, false},
    {"next_run_at", "Next due", AP_ANSWER_TIME, false},
    {NULL, NULL, AP_ANSWER_TEXT, false},
};

static const struct ap_answer_column trouble_columns[] = {
    {"moment", "WHAT", AP_ANSWER_TEXT, false},
    {"since", NULL, AP_ANSWER_TIME, false},
    {"seconds", "FOR", AP_ANSWER_SPAN, false},
    {"report_type", "TYPE", AP_ANSWER_TEXT, false},
    {"scheduled_for", "DUE", AP_ANSWER_TIME, false},
    {"report_name", "NAME", AP_ANSWER_TEXT, false},
    {"state", "STATE", AP_ANSWER_TEXT, false},
    {"attempt", NULL, AP_ANSWER_COUNT, false},
    {"runner", "RUNNER", AP_ANSWER_TEXT, false},
    {"error", "ERROR", AP_ANSWER_TEXT, false},
    {"told_at", "TOLD", AP_ANSWER_TIME, false},
    {"report_id", "REPORT", AP_ANSWER_TEXT, false},
    {"organization_id", "ORGANIZATION", AP_ANSWER_TEXT, false},
    {"recipient", "RECIPIENT", AP_ANSWER_TEXT, false},
    {NULL, NULL, AP_ANSWER_TEXT, false},
};

static const struct ap_answer_column running_columns[] = {
    {"scheduled_for", "DUE", AP_ANSWER_TIME, false},
    {"report_type", "TYPE", AP_ANSWER_TEXT, false},
    {"report_name", "NAME", AP_ANSWER_TEXT, false},
    {"attempt", "ATTEMPT", AP_ANSWER_COUNT, false},
    {"runner", "RUNNER", AP_ANSWER_TEXT, false},
    {"started_at", "SINCE", AP_ANSWER_TIME, false},
    {"lease_until", "LEASE", AP_ANSWER_TIME, false},
    {"report_id", "REPORT", AP_ANSWER_TEXT, false},
    {"organization_id", "ORGANIZATION", AP_ANSWER_TEXT, false},
    {NULL, NULL, AP_ANSWER_TEXT, false},
};

static const struct ap_answer_column waiting_columns[] = {
    {"scheduled_for", "DUE", AP_ANSWER_TIME, false},
    {"report_type", "TYPE", AP_ANSWER_TEXT, false},
    {"report_name", "NAME", AP_ANSWER_TEXT, false},
    {"attempt", "ATTEMPTS", AP_ANSWER_COUNT, false},
    {"due_at", "NOT BEFORE", AP_ANSWER_TIME, false},
    {"error", "ERROR", AP_ANSWER_TEXT, false},
    {"report_id", "REPORT", AP_ANSWER_TEXT, false},
    {"organization_id", "ORGANIZATION", AP_ANSWER_TEXT, false},
    {NULL, NULL, AP_ANSWER_TEXT, false},
};

static const struct ap_answer_column report_columns[] = {
    {"next_run_at", "NEXT", AP_ANSWER_TIME, false},
    {"last_success", "LAST SUCCESS", AP_ANSWER_TIME, false},
    {"report_type", "TYPE", AP_ANSWER_TEXT, false},
    {"report_name", "NAME", AP_ANSWER_TEXT, false},
    {"report_id", "REPORT", AP_ANSWER_TEXT, false},
    {"organization_id", "ORGANIZATION", AP_ANSWER_TEXT, false},
    {NULL, NULL, AP_ANSWER_TEXT, false},
};

static const struct ap_answer_part parts[] = {
    {"status", "Scheduled reports", AP_ANSWER_FACTS, fact_columns, AP_ANSWER_NO_CHART, 0, NULL},
    {"trouble", "Late, failed, not to be planned, or not to be mailed", AP_ANSWER_ROWS, trouble_columns,
     AP_ANSWER_NO_CHART, 0, NULL},
    {"running", "Running", AP_ANSWER_ROWS, running_columns, AP_ANSWER_NO_CHART, 0, NULL},
    {"waiting", "Waiting to be run, or to be tried again", AP_ANSWER_ROWS, waiting_columns, AP_ANSWER_NO_CHART, 0,
     NULL},
    {"reports", "Reports", AP_ANSWER_ROWS, report_columns, AP_ANSWER_NO_CHART, 0, "no report is scheduled"},
};
enum { FACTS, TROUBLE, RUNNING, WAITING, REPORTS };

static void add_facts(struct ap_answer *answer, const struct standing *s)
{
    ap_answer_add_part(answer, &parts[FACTS]);
    ap_answer_add_row(answer);
    ap_answer_add_str(answer, s->failed + s->wrong + s->unmailed > 0 ? "failed" : s->late > 0 ? "late" : "well");
    ap_answer_add_time(answer, s->now_us);
    ap_answer_add_count(answer, s->late);
    ap_answer_add_count(answer, s->failed);
    ap_answer_add_count(answer, s->wrong);
    ap_answer_add_count(answer, s->unmailed);
    ap_answer_add_count(answer, s->running);
    ap_answer_add_count(answer, s->pending);
    if (s->next_us == AP_TIME_INFINITY)
        ap_answer_add_null(answer);
    else
        ap_answer_add_time(answer, s->next_us);
}

/* A cell for each column of the part from `first` on, of these columns of the rows. */
static void add_cells(struct ap_answer *answer, const struct ap_answer_column *columns, const struct ap_rows *rows,
                      size_t row, const int *from)
{
    for (size_t i = 0; columns[i].name != NULL; i++)
        ap_answer_add_value(answer, columns[i].kind, ap_rows_text(rows, row, from[i]));
}

static void add_trouble(struct ap_answer *answer, const struct standing *s)
{
    static const int after[] = {TROUBLE_TYPE,    TROUBLE_SCHEDULED,    TROUBLE_NAME,     TROUBLE_STATE,
                                TROUBLE_ATTEMPT, TROUBLE_RUNNER,       TROUBLE_ERROR,    TROUBLE_TOLD,
                                TROUBLE_REPORT,  TROUBLE_ORGANIZATION, TROUBLE_RECIPIENT};

    ap_answer_add_part(answer, &parts[TROUBLE]);
    for (size_t i = 0; i < ap_rows_count(s->trouble); i++) {
        ap_answer_add_row(answer);
        ap_answer_add_str(answer, ap_rows_text(s->trouble, i, TROUBLE_MOMENT));
        ap_answer_add_value(answer, AP_ANSWER_TIME, ap_rows_text(s->trouble, i, TROUBLE_SINCE));
        ap_answer_add_time(answer, s->now_us - ap_rows_int(s->trouble, i, TROUBLE_SINCE));
        add_cells(answer, trouble_columns + 3, s->trouble, i, after);
    }
}

static void add_going(struct ap_answer *answer, const struct standing *s, const char *state,
                      const struct ap_answer_part *part, const int *from)
{
    ap_answer_add_part(answer, part);
    for (size_t i = 0; i < ap_rows_count(s->going); i++) {
        if (strcmp(ap_rows_str(s->going, i, GOING_STATE), state) != 0)
            continue;
        ap_answer_add_row(answer);
        add_cells(answer, part->columns, s->going, i, from);
    }
}

static void add_reports(struct ap_answer *answer, const struct standing *s, bool all)
{
    static const int from[] = {REPORTS_NEXT, REPORTS_SUCCESS, REPORTS_TYPE,
                               REPORTS_NAME, REPORTS_ID,      REPORTS_ORGANIZATION};
    size_t count = ap_rows_count(s->reports), shown = all || count < FIRST_REPORTS ? count : FIRST_REPORTS;

    ap_answer_add_part(answer, &parts[REPORTS]);
    for (size_t i = 0; i < shown; i++) {
        ap_answer_add_row(answer);
        add_cells(answer, report_columns, s->reports, i, from);
    }
    if (shown < count)
        ap_answer_remark(answer, "%zu more reports: --all", count - shown);
}

void status_answer(struct ap_answer *answer, const struct standing *s, bool all)
{
    static const int running[] = {GOING_SCHEDULED, GOING_TYPE,  GOING_NAME,   GOING_ATTEMPT,     GOING_RUNNER,
                                  GOING_STARTED,   GOING_LEASE, GOING_REPORT, GOING_ORGANIZATION};
    static const int waiting[] = {GOING_SCHEDULED, GOING_TYPE,  GOING_NAME,   GOING_ATTEMPT,
                                  GOING_DUE,       GOING_ERROR, GOING_REPORT, GOING_ORGANIZATION};

    add_facts(answer, s);
    add_trouble(answer, s);
    add_going(answer, s, "running", &parts[RUNNING], running);
    add_going(answer, s, "pending", &parts[WAITING], waiting);
    add_reports(answer, s, all);
}
