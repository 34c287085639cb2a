/* What reports are made of: an answer for each type. */
#ifndef AUDITPROOF_CMD_AUDITSCHEDULE_REPORTS_H
#define AUDITPROOF_CMD_AUDITSCHEDULE_REPORTS_H

#include "auditproof/answer.h"
#include "auditproof/db.h"
#include "auditproof/pdf.h"
#include "auditproof/query.h"
#include "auditproof/risk.h"

enum { REPORT_TEXT_SIZE = 256 };

/* A report that is being made. */
struct making {
    struct ap_db *db; /* in a snapshot */
    struct ap_query_access access;
    struct ap_uuid org;
    int64_t since_us, until_us, now_us;
    bool on_paper;               /* nobody wants a table of thousands */
    struct ap_answer *answer;    /* to be freed, */
    struct ap_risk_answer *risk; /* or, where it is there, this, which owns the answer */
    enum ap_pdf_verdict verdict;
    char verdict_text[REPORT_TEXT_SIZE]; /* "" where there is none */
};

/* What becomes of periods that were missed (auditschedule(1), RUNS). */
enum report_policy {
    REPORT_EVIDENCE, /* all are made */
    REPORT_DIGEST,   /* the latest is */
};

struct report_kind {
    const char *name; /* report_type */
    const char *title;
    enum report_policy policy;
    bool of_entries; /* made of audit_logs, as auditproof_auditor; else of the platform's tables, as the login itself */
    enum ap_status (*build)(struct making *making, struct ap_error *err);
    const char *csv_part; /* of the answer, that a CSV file has: its parts' columns differ */
};

/* By its type, or NULL. Static. */
const struct report_kind *report_kind(const char *name);

#endif
