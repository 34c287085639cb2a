/* What was made, held against the chain and the files. */
#ifndef AUDITPROOF_CMD_AUDITSCHEDULE_HISTORY_VERIFY_H
#define AUDITPROOF_CMD_AUDITSCHEDULE_HISTORY_VERIFY_H

#include "auditproof/answer.h"
#include "auditproof/db.h"

/* AP_ESTATE unless the login reads every entry: what is hidden from it would seem to be gone. */
AP_MUST_CHECK enum ap_status history_verify_ready(struct ap_db *db, struct ap_error *err);

/* Where files are that output_url gives another name: what run was given as --output and --url; NULL for none. */
struct verify_place {
    const char *directory, *url;
};

/* A part "runs" of the rows of queries/schedule_verify; *wrong counts those that are not as recorded. */
AP_MUST_CHECK enum ap_status history_verify(struct ap_answer *answer, const struct ap_rows *rows,
                                            const struct verify_place *place, uint64_t *wrong, struct ap_error *err);

#endif
