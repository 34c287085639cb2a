/* A SOC 2 bundle as a report: soc2.c writes and checks it, soc2_parts.c says what is in it. */
#ifndef AUDITPROOF_CMD_AUDITSCHEDULE_SOC2_H
#define AUDITPROOF_CMD_AUDITSCHEDULE_SOC2_H

#include "auditproof/bundle_check.h"
#include "auditproof/export.h"
#include "auditproof/soc2.h"
#include "evidence.h"
#include "reports.h"
#include "settle.h"
#include "verification.h"

struct evidence_run {
    struct ap_digest *digest;   /* owned */
    struct ap_signing_key *key; /* owned */
    struct ap_vkey vkey, log_key;
    struct ap_soc2 *soc2; /* owned */
    struct ap_export_report exported;
    struct ap_bundle_check_report checked; /* once it was written */
    uint64_t found;
    struct ap_finding finding;    /* the first */
    struct ap_policy *policy;     /* owned; may be NULL */
    struct verification verified; /* the chain that it is from */
    struct settled settled;
};

void soc2_judge(struct making *making, const struct evidence_run *run);
void soc2_put(struct making *making, const struct evidence_run *run);
/* All of it in one table, for CSV. */
AP_MUST_CHECK enum ap_status soc2_put_sheet(struct making *making, const struct evidence_run *run,
                                            struct ap_error *err);

/* Is there something of the period that the bundle may lack? */
bool soc2_lacks(const struct evidence_run *run);

#endif
