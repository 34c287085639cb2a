#include "tzif.h"

#include <stdlib.h>
#include <string.h>

#include "auditproof/bytes.h"

enum {
    HEADER = 44,
    TYPE = 6,
    MOST_TYPES = 256,
    MOST_CHANGES = 10000,
    LONGEST_OFFSET = 26 * 60 * 60, /* no zone is further from UTC */
};

struct counts {
    uint32_t utc, standard, leaps, changes, types, characters;
};

static bool read_header(struct counts *out, const uint8_t *bytes, size_t len)
{
    if (len < HEADER || memcmp(bytes, "TZif", 4) != 0 || bytes[4] < '2')
        return false;
    *out = (struct counts){ap_get_u32(bytes + 20), ap_get_u32(bytes + 24), ap_get_u32(bytes + 28),
                           ap_get_u32(bytes + 32), ap_get_u32(bytes + 36), ap_get_u32(bytes + 40)};
    return out->changes <= MOST_CHANGES && out->types <= MOST_TYPES && out->utc <= MOST_TYPES &&
           out->standard <= MOST_TYPES && out->leaps <= MOST_CHANGES && out->characters <= MOST_CHANGES;
}

/* Bytes of a block behind its header, whose times take so many. */
static size_t block_len(const struct counts *counts, size_t time)
{
    return counts->changes * (time + 1) + (size_t)counts->types * TYPE + counts->characters +
           counts->leaps * (time + 4) + counts->standard + counts->utc;
}

static bool read_offset(int32_t *out, const uint8_t *types, const struct counts *counts, size_t type)
{
    uint32_t bits = type < counts->types ? ap_get_u32(types + type * TYPE) : 0;

    *out = bits <= INT32_MAX ? (int32_t)bits : -(int32_t)(UINT32_MAX - bits) - 1;
    return type<counts->types && * out> - LONGEST_OFFSET && *out < LONGEST_OFFSET;
}

static int64_t signed_of(uint64_t bits)
{
    return bits <= INT64_MAX ? (int64_t)bits : -(int64_t)(UINT64_MAX - bits) - 1;
}

/* The times, then which type of time begins at each, then the types. */
static bool read_changes(struct tzif *out, const uint8_t *block, const struct counts *counts)
{
    const uint8_t *which = block + counts->changes * 8, *types = which + counts->changes;
    bool sound = read_offset(&out->first, types, counts, 0);

    for (size_t i = 0; sound && i < counts->changes; i++) {
        struct tz_change *change = &out->changes[i];

        change->second = signed_of(ap_get_u64(block + i * 8));
        sound = read_offset(&change->offset, types, counts, which[i]) &&
                (i == 0 || change->second > out->changes[i - 1].second);
    }
    out->count = counts->changes;
    return sound;
}

/* Behind the second block: a line between two line ends. */
static bool read_footer(struct tzif *out, const uint8_t *bytes, size_t len)
{
    const uint8_t *end = len > 1 && bytes[0] == '\n' ? memchr(bytes + 1, '\n', len - 1) : NULL;

    return end != NULL && tz_rule_parse(&out->rule, (const char *)bytes + 1, (size_t)(end - bytes - 1));
}

enum ap_status tzif_read(struct tzif *out, const uint8_t *bytes, size_t len, struct ap_error *err)
{
    struct counts counts;
    bool sound = read_header(&counts, bytes, len);

    *out = (struct tzif){0};
    /* The first block is for readers of 32 bits. */
    if (sound) {
        size_t skip = HEADER + block_len(&counts, 4);

        sound = skip <= len && read_header(&counts, bytes + skip, len - skip);
        bytes += sound ? skip + HEADER : 0;
        len -= sound ? skip + HEADER : 0;
    }
    if (!sound || block_len(&counts, 8) > len)
        return ap_fail(err, AP_EINPUT, "not a time zone of version 2 or later (RFC 8536)");
    out->changes = calloc(counts.changes + 1, sizeof *out->changes);
    if (out->changes == NULL)
        return ap_fail_memory(err, "a time zone");
    /* Leap seconds would make its times others than those of a clock that has none. */
    if (counts.leaps == 0 && read_changes(out, bytes, &counts) &&
        read_footer(out, bytes + block_len(&counts, 8), len - block_len(&counts, 8)))
        return AP_OK;
    tzif_free(out);
    return ap_fail(err, AP_EINPUT, "malformed as a time zone (RFC 8536)");
}

void tzif_free(struct tzif *zone)
{
    free(zone->changes);
    *zone = (struct tzif){0};
}

int32_t tzif_offset(const struct tzif *zone, int64_t second)
{
    size_t low = 0, high = zone->count;

    /* How many changes there were by then. */
    while (low < high) {
        size_t middle = low + (high - low) / 2;

        if (zone->changes[middle].second <= second)
            low = middle + 1;
        else
            high = middle;
    }
    if (low == zone->count && zone->rule.known)
        return tz_rule_offset(&zone->rule, second);
    return low == 0 ? zone->first : zone->changes[low - 1].offset;
}
