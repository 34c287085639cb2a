/* What sealing came to, for monitoring (auditseal(1), METRICS). */
#ifndef AUDITPROOF_CMD_AUDITSEAL_METRICS_FILE_H
#define AUDITPROOF_CMD_AUDITSEAL_METRICS_FILE_H

#include "anchoring.h"

/* A round of sealing. */
struct round_end {
    const struct anchoring *anchoring;
    const struct ap_seal_report
        *report; /* NULL when it failed: what the file says of the last one that did not stays */
    uint64_t findings;
    int64_t duration_us;
    int exit_status;
};

/*
 * Replaces the file as a whole. state NULL: it could not be read. round NULL: there was none, and what the file says of
 * the last one stays.
 */
AP_MUST_CHECK enum ap_status metrics_file_write(const char *path, const char *database,
                                                const struct ap_seal_state *state, const struct round_end *round,
                                                struct ap_error *err);

#endif
