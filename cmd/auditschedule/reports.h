/* What reports are made of: an answer for each type. */
#ifndef AUDITPROOF_CMD_AUDITSCHEDULE_REPORTS_H
#define AUDITPROOF_CMD_AUDITSCHEDULE_REPORTS_H

#include "auditproof/answer.h"
#include "auditproof/db.h"
#include "auditproof/pdf.h"
#include "auditproof/query.h"
#include "auditproof/risk.h"

enum { REPORT_TEXT_SIZE = 768, REPORT_WORD_SIZE = 16 };

/* A report that is being made. */
struct making {
    struct ap_db *db; /* in a snapshot, but where the kind takes its own */
    struct ap_query_access access;
    struct ap_uuid org;
    struct ap_rows *named; /* to be freed: */
    const char *org_name;  /* what the organization is called, or NULL */
    int64_t since_us, until_us, now_us;
    const char *output;          /* the file that it goes into, or NULL */
    bool on_paper;               /* nobody wants a table of thousands */
    bool in_csv;                 /* it has one table, which others are to compute with */
    struct ap_answer *answer;    /* to be freed, */
    struct ap_risk_answer *risk; /* or, where it is there, this, which owns the answer */
    struct ap_answer *sheet;     /* to be freed: of one part, for CSV in its place; may be NULL */
    bool has_bundle;             /* an evidence bundle was written, at report_bundle_path() */
    uint8_t bundle_sha256[AP_HASH_LEN];
    enum ap_pdf_verdict verdict;
    char word[REPORT_WORD_SIZE];         /* its verdict, as the run's record has it; "" for "complete" */
    char verdict_text[REPORT_TEXT_SIZE]; /* and what that means here; "" where there is none of its own */
};

enum report_source {
    REPORT_OF_PLATFORM, /* its tables, as the login itself */
    REPORT_OF_ENTRIES,  /* audit_logs, as auditproof_auditor */
    REPORT_OF_CHAIN,    /* verified, in a snapshot of its own */
};

/* What becomes of periods that were missed (auditschedule(1), RUNS); the database has it in report_digests(). */
enum report_policy {
    REPORT_EVIDENCE, /* all are made */
    REPORT_DIGEST,   /* the latest is */
};

struct report_kind {
    const char *name; /* report_type */
    const char *title;
    enum report_policy policy;
    enum report_source source;
    enum ap_status (*build)(struct making *making, struct ap_error *err);
    const char *csv_part; /* of the answer, that a CSV file has: its parts' columns differ. NULL with a sheet */
};

/* Where the bundle of a report in this file is: beside it, with the same stem. Appended. */
void report_bundle_path(struct ap_buf *out, const char *report);

/* By its type, or NULL; one after the other, and past the last NULL. Static. */
const struct report_kind *report_kind(const char *name);
const struct report_kind *report_kind_at(size_t number);

/* soc2.c: soc2_evidence */
AP_MUST_CHECK enum ap_status build_soc2(struct making *making, struct ap_error *err);
/* verification.c: chain_verification */
AP_MUST_CHECK enum ap_status build_verification(struct making *making, struct ap_error *err);

#endif
