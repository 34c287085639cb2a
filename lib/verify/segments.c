#include "segments.h"

#include <stdlib.h>
#include <string.h>

#include "link.h"

enum { FIRST_CAP = 1 };

/* One entry whose predecessor has not been seen: its own hash may be what is wrong. */
static bool is_unproven(const struct link_segment *segment)
{
    return segment->last.seq == segment->first.record.seq && segment->last.seq != 1;
}

/*
 * May the entry be checked against the end of the segment now? Not when it does not follow from an unproven one: which
 * of the two is wrong shows only when the predecessor of both has come. Until then they stay two segments.
 */
static enum ap_status may_check(struct links *links, const struct link_segment *before, const struct chained *entry,
                                bool *may, struct ap_error *err)
{
    uint8_t computed[AP_HASH_LEN];
    enum ap_status status;

    *may = true;
    if (links->in_order || !is_unproven(before))
        return AP_OK;
    status = ap_record_hash(links->digest, computed, &entry->record, before->last.hash, err);
    *may = memcmp(computed, entry->entry_hash, AP_HASH_LEN) == 0 &&
           entry->record.recorded_at_us >= before->last.recorded_at_us;
    return status;
}

/* Index of the last segment whose first seq is <= seq, or -1. */
static long find(const struct link_chain *chain, uint64_t seq)
{
    long low = 0, high = (long)chain->segment_count - 1;

    while (low <= high) {
        long middle = low + (high - low) / 2;

        if (chain->segments[middle]->first.record.seq <= seq)
            low = middle + 1;
        else
            high = middle - 1;
    }
    return high;
}

long segments_place(const struct link_chain *chain, uint64_t seq)
{
    if (chain->recent < chain->segment_count) {
        struct link_segment *const *recent = &chain->segments[chain->recent];

        if (recent[0]->last.seq + 1 == seq &&
            (chain->recent + 1 == chain->segment_count || recent[1]->first.record.seq != seq))
            return (long)chain->recent;
    }
    return find(chain, seq);
}

/* Bytes that the pointers to so many segments take. */
static size_t pointers_len(size_t count)
{
    return count * sizeof(struct link_segment *);
}

static enum ap_status insert(struct links *links, struct link_chain *chain, size_t at,
                             const struct link_segment *segment, struct ap_error *err)
{
    struct link_segment *own;

    if (links->segments >= LINKS_MAX_SEGMENTS + links->chains)
        return ap_fail(err, AP_ELIMIT,
                       "the chains' entries are stored in too scattered an order to check as they come");
    if (chain->segment_count == chain->segment_cap) {
        uint32_t cap = chain->segment_cap > 0 ? chain->segment_cap * 2 : FIRST_CAP;
        struct link_segment **more = realloc(chain->segments, pointers_len(cap));

        if (more == NULL)
            return ap_fail_memory(err, "a chain's segments");
        chain->segments = more;
        chain->segment_cap = cap;
    }
    own = malloc(sizeof *own);
    if (own == NULL)
        return ap_fail_memory(err, "a chain's segments");
    *own = *segment;
    memmove(chain->segments + at + 1, chain->segments + at, pointers_len(chain->segment_count - at));
    chain->segments[at] = own;
    chain->segment_count++;
    links->segments++;
    return AP_OK;
}

static void drop(struct links *links, struct link_chain *chain, size_t at)
{
    free(chain->segments[at]);
    chain->segment_count--;
    links->segments--;
    memmove(chain->segments + at, chain->segments + at + 1, pointers_len(chain->segment_count - at));
}

enum ap_status segments_check_first(struct links *links, const struct link_end *before, struct link_segment *segment,
                                    struct ap_error *err)
{
    uint8_t computed[AP_HASH_LEN];
    enum ap_status status = link_check(links, before, &segment->first, computed, err);

    if (status != AP_OK || segment->last.seq != segment->first.record.seq)
        return status;
    segment->last.recorded_at_us = before->recorded_at_us;
    link_set_end(&segment->last, &segment->first, computed);
    return AP_OK;
}

enum ap_status segments_join(struct links *links, struct link_chain *chain, size_t at, struct ap_error *err)
{
    while (at + 1 < chain->segment_count) {
        struct link_segment *before = chain->segments[at], *after = chain->segments[at + 1];
        bool may;
        enum ap_status status;

        if (before->last.seq + 1 != after->first.record.seq)
            return AP_OK;
        status = may_check(links, before, &after->first, &may, err);
        if (status == AP_OK && may)
            status = segments_check_first(links, &before->last, after, err);
        if (status != AP_OK || !may)
            return status;
        before->last = after->last;
        drop(links, chain, at + 1);
    }
    return AP_OK;
}

enum ap_status segments_start(struct links *links, struct link_chain *chain, size_t at, const struct chained *entry,
                              struct ap_error *err)
{
    /* Nothing stands before seq 1 but zeros. */
    static const struct link_end genesis = {0, INT64_MIN, {0}, {0}};
    struct link_segment segment;
    uint8_t computed[AP_HASH_LEN];
    enum ap_status status;

    memset(&segment, 0, sizeof segment);
    segment.first = *entry;
    segment.last.recorded_at_us = INT64_MIN;
    memcpy(computed, entry->entry_hash, AP_HASH_LEN);
    if (entry->record.seq == 1) {
        status = link_check(links, &genesis, entry, computed, err);
        if (status != AP_OK)
            return status;
    }
    link_set_end(&segment.last, entry, computed);
    return insert(links, chain, at, &segment, err);
}

enum ap_status segments_extend(struct links *links, struct link_chain *chain, size_t *at, const struct chained *entry,
                               struct ap_error *err)
{
    struct link_segment *segment = chain->segments[*at];
    uint8_t computed[AP_HASH_LEN];
    bool may;
    enum ap_status status = may_check(links, segment, entry, &may, err);

    if (status == AP_OK && !may)
        return segments_start(links, chain, ++*at, entry, err);
    if (status == AP_OK)
        status = link_check(links, &segment->last, entry, computed, err);
    if (status == AP_OK)
        link_set_end(&segment->last, entry, computed);
    return status;
}

enum ap_status segments_merge(struct links *links, struct link_chain *chain, const struct link_segment *segment,
                              struct ap_error *err)
{
    long at = find(chain, segment->first.record.seq);
    enum ap_status status;

    if ((at >= 0 && segment->first.record.seq <= chain->segments[at]->last.seq) ||
        ((size_t)(at + 1) < chain->segment_count && chain->segments[at + 1]->first.record.seq <= segment->last.seq))
        return ap_fail(err, AP_ELIMIT, "parts of a chain overlap");
    at++;
    status = insert(links, chain, (size_t)at, segment, err);
    if (status == AP_OK && at > 0)
        status = segments_join(links, chain, (size_t)(at - 1), err);
    if (status == AP_OK)
        status = segments_join(links, chain, (size_t)find(chain, segment->first.record.seq), err);
    return status;
}

void segments_free(struct link_chain *chain)
{
    for (uint32_t i = 0; i < chain->segment_count; i++)
        free(chain->segments[i]);
    free(chain->segments);
}
