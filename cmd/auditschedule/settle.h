/* Waiting until what a report is of is there to be read. */
#ifndef AUDITPROOF_CMD_AUDITSCHEDULE_SETTLE_H
#define AUDITPROOF_CMD_AUDITSCHEDULE_SETTLE_H

#include "reports.h"

/* What was waited for in vain: each is a remark of the report. */
struct settled {
    int64_t deadline_us;           /* monotonic */
    uint64_t open;                 /* transactions */
    uint64_t sealed_seq, last_seq; /* the period's last entry is not covered; 0 where it is, or there is none */
    bool sealing;                  /* checkpoints are made in this database */
    bool to_come;                  /* the period is not over: nothing was waited for */
};

/* Of a period that has ended: transactions that are open now; before the report's snapshot is taken. */
AP_MUST_CHECK enum ap_status settle_transactions(struct settled *settled, const struct making *making,
                                                 struct ap_error *err);
/* Then a seal over the last entry of the period. */
AP_MUST_CHECK enum ap_status settle_seals(struct settled *settled, const struct making *making, struct ap_error *err);

void settle_remark(const struct settled *settled, struct ap_answer *answer);

#endif
