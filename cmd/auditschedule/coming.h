/* When a schedule is due, as people and programs read it. */
#ifndef AUDITPROOF_CMD_AUDITSCHEDULE_COMING_H
#define AUDITPROOF_CMD_AUDITSCHEDULE_COMING_H

#include "auditproof/schedule.h"

/* What the zone's clocks show: "Tue 2026-12-01 09:00 +01:00". */
void coming_put_local(struct ap_buf *out, const struct ap_zone *zone, int64_t time_us);

/* The heads of the columns below, with their line's end. */
extern const char coming_heads[];

/*
 * A line of one time that it is due, and of its period: UTC, the zone's clocks, the first and the last day. Where these
 * clocks jump or repeat the time, a line beneath says so.
 */
void coming_put(struct ap_buf *out, const struct ap_schedule *schedule, int64_t due_us, struct ap_period period);
/* The same as a line of JSON. */
void coming_put_json(struct ap_buf *out, const struct ap_schedule *schedule, int64_t due_us, struct ap_period period);

/* So many lines of the former for the times after after_us, but for AP_ONCE. */
void coming_put_next(struct ap_buf *out, const struct ap_schedule *schedule, int64_t after_us, uint64_t count);

#endif
