/* A stretch of time in hours, days, weeks or months of UTC. Nothing outside lib/query includes this. */
#ifndef AUDITPROOF_QUERY_PERIOD_H
#define AUDITPROOF_QUERY_PERIOD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "auditproof/error.h"

enum period_unit { PERIOD_HOUR, PERIOD_DAY, PERIOD_WEEK, PERIOD_MONTH };

/* More than these would be no picture of anything. */
enum { PERIOD_MOST = 800 };

struct period {
    enum period_unit unit;
    int64_t from_us; /* where its first unit begins */
    size_t count;    /* of units; 0 for none */
};

extern const char *const period_unit_names[]; /* as date_trunc has them */

/* Around these two times, both within. by: a unit's name, or NULL for the one that gives some dozens. Of more than
 * PERIOD_MOST units the last ones. AP_EINPUT when there is no such unit. */
AP_MUST_CHECK enum ap_status period_make(struct period *out, int64_t first_us, int64_t last_us, const char *by,
                                         struct ap_error *err);

/* Where the unit with this number begins; and the number of the unit that a time is in, or false when it is in none. */
int64_t period_at(const struct period *period, size_t number);
bool period_find(const struct period *period, int64_t time_us, size_t *number);

#endif
