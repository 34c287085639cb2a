/* The parts of a summary. Nothing outside lib/query includes this. */
#ifndef AUDITPROOF_QUERY_SUMMARY_PARTS_H
#define AUDITPROOF_QUERY_SUMMARY_PARTS_H

#include "auditproof/answer.h"

extern const struct ap_answer_part summary_action_part, summary_actor_part, summary_level_part, summary_address_part,
    summary_type_part, summary_org_part, summary_hour_part, summary_weekday_part, summary_total_part;
extern const struct ap_answer_part summary_time_parts[]; /* by the unit of the period */
extern const struct ap_answer_part summary_time_aside[]; /* the same, where there are too many for a table */

#endif
