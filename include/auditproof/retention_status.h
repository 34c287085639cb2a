/*
 * What may leave, what must not, and what should have (auditretain(1), STATUS; auditschedule(1), retention_status).
 */
#ifndef AUDITPROOF_RETENTION_STATUS_H
#define AUDITPROOF_RETENTION_STATUS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "auditproof/answer.h"
#include "auditproof/db.h"
#include "auditproof/error.h"
#include "auditproof/uuid.h"

/* What may leave, and is there so many days later, is overdue. */
enum { AP_RETENTION_GRACE_DAYS = 31 };

/* Columns of struct ap_retention_sum's rows, one for each organization: what they are kept for is years or days. */
enum {
    AP_RETENTION_ORG,
    AP_RETENTION_KEPT,
    AP_RETENTION_DUE,
    AP_RETENTION_HELD,
    AP_RETENTION_OVERDUE,
    AP_RETENTION_BYTES, /* of what is due */
    AP_RETENTION_SINCE, /* a day */
    AP_RETENTION_NEXT   /* the day on which something is due next */
};

struct ap_retention_sum {
    struct ap_rows *rows; /* owned */
    int64_t due, held, overdue;
    const char *next; /* borrowed; NULL when nothing falls due */
};

struct ap_retention_status {
    struct ap_retention_sum entries, metrics; /* of audit_logs, and of performance_analytics */
    struct ap_rows *state;                    /* owned */
    const char *now;                          /* by the server's clock; borrowed */
    bool clock_behind;                        /* the newest checkpoint: nothing may leave */
    int64_t holds, reviews;                   /* in force, and of these overdue for review */
};

/* Of one chain, or of all where that is NULL, in the caller's transaction. Free *out in every case. */
AP_MUST_CHECK enum ap_status ap_retention_status_read(struct ap_retention_status *out, struct ap_db *db,
                                                      const struct ap_uuid *chain, uint64_t grace_days,
                                                      struct ap_error *err);
void ap_retention_status_free(struct ap_retention_status *status);

/* Is anything overdue, or a hold's review, or the clock behind? */
bool ap_retention_is_late(const struct ap_retention_status *status);

struct ap_retention_ask {
    struct ap_uuid org;
    int64_t since_us, until_us; /* of purges; all else is as of now */
    uint64_t grace_days;
    uint64_t limit; /* rows of a part */
};

enum { AP_RETENTION_WORD_SIZE = 512 };

struct ap_retention_report {
    struct ap_answer *answer;          /* owned */
    bool late;                         /* something is overdue, or */
    bool failed;                       /* does not verify: */
    char word[AP_RETENTION_WORD_SIZE]; /* what; or that there is nothing */
};

/*
 * Policies in force, what is due and what will be, holds, and purges with their certificates, in the caller's
 * transaction, which must be a snapshot, as somebody who may read the chains. Free *out in every case.
 */
AP_MUST_CHECK enum ap_status ap_retention_report(struct ap_retention_report *out, struct ap_db *db,
                                                 const struct ap_retention_ask *ask, struct ap_error *err);
void ap_retention_report_free(struct ap_retention_report *report);

#endif
