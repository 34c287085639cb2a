#ifndef AUDITPROOF_RETAIN_INTERNAL_H
#define AUDITPROOF_RETAIN_INTERNAL_H

#include "auditproof/retain.h"

/* AP_EINPUT in the place of AP_ESQL where the database refuses what was asked for, and not because it is broken. */
enum ap_status retain_refused(enum ap_status status, struct ap_error *err);

#endif
