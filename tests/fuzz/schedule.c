/* An arbitrary schedule: refused, or due again and again, each time later and for a period that ends by then. */
#include <stdint.h>
#include <stdlib.h>

#include "auditproof/schedule.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    int64_t due_us = ap_days_from_civil(2026, 1, 1) * AP_US_PER_DAY, until_us = INT64_MIN;
    struct ap_buf text = AP_BUF_INIT;
    struct ap_schedule schedule;

    if (ap_schedule_parse(&schedule, (const char *)data, size, NULL) != AP_OK)
        return 0;
    ap_schedule_describe(&text, &schedule);
    for (int i = 0; i < 40 && schedule.frequency != AP_ONCE; i++) {
        int64_t next_us = ap_schedule_next(&schedule, due_us);
        struct ap_period period = ap_schedule_period(&schedule, next_us);

        if (next_us <= due_us || period.until_us > next_us || period.from_us >= period.until_us ||
            (i > 0 && period.from_us != until_us))
            abort();
        due_us = next_us;
        until_us = period.until_us;
    }
    ap_schedule_free(&schedule);
    ap_buf_free(&text);
    return 0;
}
