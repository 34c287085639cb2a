/* What left while a legal hold was in force. */
#ifndef AUDITPROOF_VERIFY_PURGED_HOLDS_H
#define AUDITPROOF_VERIFY_PURGED_HOLDS_H

#include "auditproof/certificate.h"
#include "run.h"

/*
 * What plans say that holds kept when they were made: whom a hold is about cannot be told of rows that are gone, but by
 * a plan from before. Arrays as PostgreSQL reads them.
 */
struct planned_holds {
    struct ap_buf chains, from, to, holds;
};

#define PLANNED_HOLDS_INIT                                                                                             \
    {                                                                                                                  \
        AP_BUF_INIT, AP_BUF_INIT, AP_BUF_INIT, AP_BUF_INIT                                                             \
    }

void planned_holds_add(struct planned_holds *holds, const struct ap_purge_text *plan);
void planned_holds_free(struct planned_holds *holds);

AP_MUST_CHECK enum ap_status run_check_purged_holds(struct run *run, struct planned_holds *holds, struct ap_error *err);

#endif
