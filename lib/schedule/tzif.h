/* A compiled time zone (RFC 8536, version 2 and later). Nothing outside lib/schedule includes this. */
#ifndef AUDITPROOF_SCHEDULE_TZIF_H
#define AUDITPROOF_SCHEDULE_TZIF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "auditproof/error.h"

/* When clocks change, in a year: RFC 8536, section 3.3.1, and POSIX's TZ. */
struct tz_date {
    enum {
        TZ_MONTH,
        TZ_JULIAN,
        TZ_DAY
    } kind; /* a weekday of a month; day 1 to 365 without 29 February; day 0 to 365 */
    int month, week, day;
    int32_t seconds; /* after midnight, by the clocks before the change */
};

struct tz_rule {
    bool known, changes; /* changes: there is another time for a part of the year */
    int32_t standard, other;
    struct tz_date from, until; /* of the other time */
};

/* After the last change in the file: "CET-1CEST,M3.5.0,M10.5.0/3". False where it is malformed. */
bool tz_rule_parse(struct tz_rule *out, const char *text, size_t len);
int32_t tz_rule_offset(const struct tz_rule *rule, int64_t second);

struct tz_change {
    int64_t second;
    int32_t offset; /* from then on */
};

struct tzif {
    int32_t first; /* offset before any change */
    size_t count;
    struct tz_change *changes; /* owned, in order */
    struct tz_rule rule;
};

/* Read from a file's bytes. AP_EINPUT where they are no such file. */
AP_MUST_CHECK enum ap_status tzif_read(struct tzif *out, const uint8_t *bytes, size_t len, struct ap_error *err);
void tzif_free(struct tzif *zone);

/* Seconds ahead of UTC. */
int32_t tzif_offset(const struct tzif *zone, int64_t second);

#endif
