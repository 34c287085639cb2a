/* How the reports of a database stand. */
#ifndef AUDITPROOF_CMD_AUDITSCHEDULE_STATUS_H
#define AUDITPROOF_CMD_AUDITSCHEDULE_STATUS_H

#include "auditproof/db.h"

/* Columns of queries/schedule_trouble, schedule_going, schedule_reports, schedule_counts and schedule_mail_counts. */
enum {
    TROUBLE_MOMENT,
    TROUBLE_SINCE,
    TROUBLE_SCHEDULED,
    TROUBLE_TYPE,
    TROUBLE_NAME,
    TROUBLE_STATE,
    TROUBLE_ATTEMPT,
    TROUBLE_RUNNER,
    TROUBLE_ERROR,
    TROUBLE_TOLD,
    TROUBLE_REPORT,
    TROUBLE_ORGANIZATION,
    TROUBLE_RECIPIENT,
};
enum {
    GOING_STATE,
    GOING_SCHEDULED,
    GOING_TYPE,
    GOING_NAME,
    GOING_ATTEMPT,
    GOING_RUNNER,
    GOING_STARTED,
    GOING_LEASE,
    GOING_DUE,
    GOING_ERROR,
    GOING_REPORT,
    GOING_ORGANIZATION,
};
enum {
    REPORTS_NEXT,
    REPORTS_SUCCESS,
    REPORTS_TYPE,
    REPORTS_NAME,
    REPORTS_FORMAT,
    REPORTS_STATUS,
    REPORTS_VERDICT,
    REPORTS_ERROR,
    REPORTS_ID,
    REPORTS_ORGANIZATION,
};
enum { COUNTS_STATE, COUNTS_TYPE, COUNTS_RUNS, COUNTS_FINISHED };
enum { MAIL_STATE, MAIL_COUNT };

struct standing {
    int64_t now_us; /* by the server's clock */
    struct ap_rows *trouble, *going, *reports, *counts, *mails;
    uint64_t late, failed, wrong, unmailed, untold; /* of trouble */
    uint64_t running, pending;                      /* of going */
    int64_t oldest_us; /* when the first of those that have not ended was due; AP_TIME_INFINITY */
    int64_t next_us;   /* when a report is due next; AP_TIME_INFINITY */
};

/* For Prometheus (auditschedule(1), METRICS); replaces the file as a whole. */
AP_MUST_CHECK enum ap_status status_metrics(const char *path, const char *database, const struct standing *standing,
                                            struct ap_error *err);

#endif
