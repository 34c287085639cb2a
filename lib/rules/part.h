/* Parts of a time, for the modifiers minute, hour, day, week, month and year: in UTC, weeks as ISO 8601 counts them. */
#ifndef AUDITPROOF_RULES_PART_H
#define AUDITPROOF_RULES_PART_H

#include "event.h"

/* False when the value is not a time. part is not AP_PART_WHOLE. */
bool ap_part_of(struct ap_number *out, const struct ap_event_value *value, enum ap_part part);

#endif
