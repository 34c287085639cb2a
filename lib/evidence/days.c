/* What is counted on the way: entries a day, and ranges of entries without their row or with erased groups. */
#include <stdlib.h>

#include "auditproof/clock.h"
#include "evidence_internal.h"

enum { DAYS_MAX = 400 * 366, RANGES_MAX = 10000 };

static int64_t day_of(int64_t time_us)
{
    int64_t day = time_us / AP_US_PER_DAY;

    return time_us % AP_US_PER_DAY < 0 ? day - 1 : day;
}

enum ap_status tally_init(struct tally *tally, int64_t from_us, int64_t to_us, struct ap_error *err)
{
    tally->first_day = day_of(from_us);
    tally->days = (size_t)(day_of(to_us - 1) - tally->first_day + 1);
    if (day_of(to_us - 1) - tally->first_day >= DAYS_MAX)
        return ap_fail(err, AP_EINPUT, "a period of more than 400 years");
    tally->counts = calloc(tally->days, sizeof *tally->counts);
    return tally->counts != NULL ? AP_OK : ap_fail_memory(err, "the days of a period");
}

void tally_free(struct tally *tally)
{
    free(tally->counts);
    free(tally->purged.items);
    free(tally->erased.items);
}

static enum ap_status extend(struct ranges *ranges, uint64_t seq, struct ap_error *err)
{
    struct seq_range *grown;

    if (ranges->count > 0 && ranges->items[ranges->count - 1].last + 1 == seq && ranges->more == 0) {
        ranges->items[ranges->count - 1].last = seq;
        return AP_OK;
    }
    if (ranges->count == RANGES_MAX) {
        ranges->more++;
        return AP_OK;
    }
    if (ranges->count == ranges->cap) {
        size_t cap = ranges->cap == 0 ? 16 : 2 * ranges->cap;

        grown = reallocarray(ranges->items, cap, sizeof *grown);
        if (grown == NULL)
            return ap_fail_memory(err, "ranges of entries");
        ranges->items = grown;
        ranges->cap = cap;
    }
    ranges->items[ranges->count++] = (struct seq_range){seq, seq};
    return AP_OK;
}

enum ap_status tally_add(struct tally *tally, const struct ap_evidence_entry *is, struct ap_error *err)
{
    uint64_t seq = is->entry->record.seq;
    int64_t day = day_of(is->time_us) - tally->first_day;
    enum ap_status status = AP_OK;

    if (is->asked_for && day >= 0 && (size_t)day < tally->days)
        tally->counts[day]++;
    if (is->purged)
        status = extend(&tally->purged, seq, err);
    else if (is->entry->kept[0] != NULL || is->entry->kept[1] != NULL || is->entry->kept[2] != NULL)
        status = extend(&tally->erased, seq, err);
    return status;
}
