/* What monitoring reads: a file in Prometheus' text format, for node_exporter's textfile collector. */
#ifndef AUDITPROOF_CMD_AUDITSEAL_METRICS_H
#define AUDITPROOF_CMD_AUDITSEAL_METRICS_H

#include "auditproof/seal.h"

struct metrics {
    const struct ap_seal_state *state; /* NULL when it could not be read */
    bool round;                        /* a round of sealing ended; otherwise the file's word on the last one stays */
    bool success;                      /* of the round: nothing found, and no anchor lacks anything */
    int64_t now_us;
    uint64_t findings, anchors, lacking;
};

/* Replaces the file as a whole. */
AP_MUST_CHECK enum ap_status metrics_write(const char *path, const struct metrics *metrics, struct ap_error *err);

#endif
