/* A schedule, from the words of a command line. */
#ifndef AUDITPROOF_CMD_AUDITSCHEDULE_ADD_SCHEDULE_H
#define AUDITPROOF_CMD_AUDITSCHEDULE_ADD_SCHEDULE_H

#include "auditproof/schedule.h"

/* As they were given, or NULL. */
struct add_words {
    const char *every, *at, *on, *zone;
    const char *from, *to;
};

struct add_plan {
    struct ap_buf json; /* the schedule */
    struct ap_schedule schedule;
    int64_t first, last;     /* days of AP_ONCE */
    int64_t due_us;          /* the first time, */
    struct ap_period period; /* and what it is of */
};

/* `json`, where it is not NULL, in place of the words. AP_EINPUT says what is wrong. To be freed in every case. */
AP_MUST_CHECK enum ap_status add_read(struct add_plan *plan, const struct add_words *words, const char *json,
                                      struct ap_error *err);
void add_free(struct add_plan *plan);

/* When it is due first, from now on; for AP_ONCE when its days are over. */
AP_MUST_CHECK enum ap_status add_plan_from(struct add_plan *plan, int64_t now_us, struct ap_error *err);

#endif
