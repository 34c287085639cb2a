/*
 * Mail that is to be sent of reports, from auditproof.report_mail: claimed by one runner of many, and what became of it
 * (auditschedule(1), DELIVERY; audit-schema(5)). At least once: the Message-ID is the same for every attempt.
 */
#ifndef AUDITPROOF_OUTBOX_H
#define AUDITPROOF_OUTBOX_H

#include <stdbool.h>
#include <stdint.h>

#include "auditproof/db.h"
#include "auditproof/error.h"
#include "auditproof/mail.h"
#include "auditproof/uuid.h"

/* A mail that was claimed, and the run that it tells of. */
struct ap_outbox_mail {
    struct ap_uuid report, organization, told_by; /* told_by: the entry that tells of the run */
    int64_t scheduled_us, from_us, until_us, queued_us;
    uint64_t bytes; /* of the output */
    int attempt;    /* from 1 */
    int tries;      /* of these, those that count */
    bool given_up;  /* it is not to be sent, for: */
    const char *error;
    const char *recipient, *message_id;
    const char *type, *format, *verdict, *sha256, *bundle_sha256, *url;
    const char *name, *organization_name, *zone; /* empty where it has none */
    struct ap_rows *rows;                        /* owned; what the above borrows from */
};

struct ap_outbox {
    const char *runner;
    int64_t lease_us; /* whole seconds: longer than an attempt takes */
    int most_tries;
    int64_t keep_us;    /* whole seconds; what has waited for longer is given up */
    bool members;       /* only to active members of the organization */
    const char *domain; /* of a Message-ID */
};

/* *found is false where nothing is to be sent now. Free the mail in any case. */
AP_MUST_CHECK enum ap_status ap_outbox_claim(struct ap_db *db, const struct ap_outbox *outbox,
                                             struct ap_outbox_mail *mail, bool *found, struct ap_error *err);
void ap_outbox_mail_free(struct ap_outbox_mail *mail);

/*
 * Record what became of an attempt. What is to be tried again waits as a run does (scheduler.h), and what is blocked
 * for five minutes. *mine is false where the mail is another runner's by now, and nothing was recorded. *over: it is
 * not tried again.
 */
AP_MUST_CHECK enum ap_status ap_outbox_settle(struct ap_db *db, const struct ap_outbox *outbox,
                                              const struct ap_outbox_mail *mail, const struct ap_mail_result *result,
                                              bool *mine, bool *over, struct ap_error *err);

/* Delete what is known of mail that ended so many days ago, 30 at least: it has people's addresses. */
AP_MUST_CHECK enum ap_status ap_outbox_forget(struct ap_db *db, int days, struct ap_error *err);

/* How many wait. */
AP_MUST_CHECK enum ap_status ap_outbox_waiting(struct ap_db *db, uint64_t *out, struct ap_error *err);

#endif
