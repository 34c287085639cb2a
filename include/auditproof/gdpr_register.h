/*
 * What happened to personal data of an organization under the GDPR, from what auditproof itself records: decisions on
 * erasure and what was erased, accounts whose entries were detached, bundles and reports given out, who looked at
 * entries, legal holds, what was destroyed after its window, and periods that were set; each by whom, when, and by
 * which chained entry that is told (auditschedule(1), gdpr_register).
 */
#ifndef AUDITPROOF_GDPR_REGISTER_H
#define AUDITPROOF_GDPR_REGISTER_H

#include <stdbool.h>
#include <stdint.h>

#include "auditproof/answer.h"
#include "auditproof/db.h"
#include "auditproof/error.h"
#include "auditproof/uuid.h"

struct ap_gdpr_register_ask {
    struct ap_uuid org;
    int64_t since_us, until_us;
    uint64_t limit; /* lines of a kind; all of them are counted */
    bool whole;     /* AP_ELIMIT where there are more, instead of a remark */
};

struct ap_gdpr_register {
    struct ap_answer *answer; /* owned */
    uint64_t lines, untold;   /* untold: no chained entry tells of it, which is a finding */
};

/*
 * In the caller's transaction, which must be a snapshot, as somebody who may read the chains. Its part `register` has
 * all lines in the order of time, for programs; the others are of a kind each. Free *out in every case.
 */
AP_MUST_CHECK enum ap_status ap_gdpr_register(struct ap_gdpr_register *out, struct ap_db *db,
                                              const struct ap_gdpr_register_ask *ask, struct ap_error *err);
void ap_gdpr_register_free(struct ap_gdpr_register *gdpr_register);

#endif
