#ifndef AP_REPORT_SAY_H
#define AP_REPORT_SAY_H

#include "report_internal.h"

/* What was verified, row by row (facts.c). */
void say_facts(struct ap_buf *out, const struct ap_report *report);
/* Actions that no population holds (unmapped.c). */
void say_unmapped(struct ap_buf *out, const struct ap_report *report);

#endif
