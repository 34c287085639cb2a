/* A SOC 2 bundle as a report: soc2.c writes and checks it, soc2_parts.c says what is in it. */
#ifndef AUDITPROOF_CMD_AUDITSCHEDULE_SOC2_H
#define AUDITPROOF_CMD_AUDITSCHEDULE_SOC2_H

#include "auditproof/bundle_check.h"
#include "auditproof/export.h"
#include "auditproof/soc2.h"
#include "evidence.h"
#include "reports.h"

struct evidence_run {
    struct ap_digest *digest;   /* owned */
    struct ap_signing_key *key; /* owned */
    struct ap_vkey vkey, log_key;
    struct ap_soc2 *soc2; /* owned */
    struct ap_export_report exported;
    struct ap_bundle_check_report checked; /* once it was written */
    uint64_t found;
    struct ap_finding finding; /* the first */
};

void soc2_judge(struct making *making, const struct evidence_run *run);
void soc2_put(struct making *making, const struct evidence_run *run);

#endif
