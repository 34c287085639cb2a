/*
 * What the platform's own tables tell of a tenant (auditquery(1), USAGE, BILLING AND PERFORMANCE): what it used, what
 * it was billed and which plans it had, and how fast its pages were. Read with the caller's own rights.
 */
#ifndef AUDITPROOF_PLATFORM_H
#define AUDITPROOF_PLATFORM_H

#include "auditproof/answer.h"
#include "auditproof/db.h"

enum { AP_PLATFORM_DAYS_MAX = 3660, AP_PLATFORM_ROWS_MAX = 10000 };

struct ap_platform_ask {
    struct ap_uuid org;
    int64_t since_us, until_us; /* from, and before; either may be infinite for billing alone */
    int64_t now_us;             /* what is overdue by then */
    uint64_t limit;             /* rows of a part, 1 to AP_PLATFORM_ROWS_MAX */
    bool days;                  /* day by day, too */
};

/*
 * Put the answer together, in the caller's transaction, which must be a snapshot. AP_ESTATE where a table is not there,
 * or this login may not read it, or reads none of this tenant's rows; AP_EINPUT for a period that is too long or none.
 */
AP_MUST_CHECK enum ap_status ap_platform_usage(struct ap_answer **out, struct ap_db *db,
                                               const struct ap_platform_ask *ask, struct ap_error *err);
AP_MUST_CHECK enum ap_status ap_platform_billing(struct ap_answer **out, struct ap_db *db,
                                                 const struct ap_platform_ask *ask, struct ap_error *err);
AP_MUST_CHECK enum ap_status ap_platform_performance(struct ap_answer **out, struct ap_db *db,
                                                     const struct ap_platform_ask *ask, struct ap_error *err);

#endif
