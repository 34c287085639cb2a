/* The parts of what is told of retention. Nothing outside lib/retain includes this. */
#ifndef AUDITPROOF_RETAIN_RETENTION_PARTS_H
#define AUDITPROOF_RETAIN_RETENTION_PARTS_H

#include "auditproof/answer.h"

extern const struct ap_answer_part retain_status_part, retain_due_part, retain_forecast_part, retain_policies_part,
    retain_holds_part, retain_purges_part;

#endif
