#include "links.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "auditproof/clock.h"

enum { FIRST_TABLE_CAP = 64, FIRST_SEGMENT_CAP = 1 };

/* A clock that is stepped by NTP goes back by less than this; what is below is a notice and not a finding. */
static const uint64_t clock_tolerance_us = AP_US_PER_SECOND;

enum ap_status links_init(struct links *links, ap_finding_fn *report, void *context, struct ap_error *err)
{
    memset(links, 0, sizeof *links);
    links->report = report;
    links->context = context;
    links->cap = FIRST_TABLE_CAP;
    links->latest_us = INT64_MAX;
    links->table = calloc(links->cap, sizeof *links->table);
    if (links->table == NULL)
        return ap_fail_memory(err, "the table of chains");
    return ap_digest_new(&links->digest, err);
}

void links_free(struct links *links)
{
    for (size_t i = 0; links->table != NULL && i < links->cap; i++) {
        for (uint32_t s = 0; s < links->table[i].segment_count; s++)
            free(links->table[i].segments[s]);
        free(links->table[i].segments);
    }
    free(links->table);
    ap_digest_free(links->digest);
    memset(links, 0, sizeof *links);
}

/*
 * Chain ids are chosen by others, so a few bits of them would make a poor hash: they are mixed. A flood of colliding
 * ids costs time, not correctness.
 */
static size_t slot_of(const struct links *links, const struct ap_uuid *id)
{
    uint64_t mixed = (ap_get_u64(id->bytes) ^ ap_get_u64(id->bytes + 8)) * UINT64_C(0x9e3779b97f4a7c15);
    size_t i = (size_t)(mixed >> 20) & (links->cap - 1);

    while (links->table[i].used && !ap_uuid_equal(&links->table[i].id, id))
        i = (i + 1) & (links->cap - 1);
    return i;
}

static enum ap_status grow_table(struct links *links, struct ap_error *err)
{
    struct link_chain *old = links->table;
    size_t old_cap = links->cap;
    struct link_chain *table = calloc(old_cap * 2, sizeof *table);

    if (table == NULL)
        return ap_fail_memory(err, "the table of chains");
    links->table = table;
    links->cap = old_cap * 2;
    for (size_t i = 0; i < old_cap; i++)
        if (old[i].used)
            links->table[slot_of(links, &old[i].id)] = old[i];
    free(old);
    return AP_OK;
}

enum ap_status links_chain(struct links *links, const struct ap_uuid *id, struct link_chain **out, struct ap_error *err)
{
    size_t i = slot_of(links, id);
    enum ap_status status;

    if (!links->table[i].used) {
        if (links->chains + 1 > links->cap / 4 * 3) {
            status = grow_table(links, err);
            if (status != AP_OK)
                return status;
            i = slot_of(links, id);
        }
        links->table[i].used = true;
        links->table[i].id = *id;
        links->chains++;
    }
    *out = &links->table[i];
    return AP_OK;
}

static struct ap_finding about(enum ap_finding_kind kind, const struct ap_uuid *chain, uint64_t seq)
{
    struct ap_finding finding;

    memset(&finding, 0, sizeof finding);
    finding.kind = kind;
    finding.has_chain = true;
    finding.chain = *chain;
    finding.has_seq = true;
    finding.seq = seq;
    return finding;
}

static void hash_text(char out[AP_FINDING_TEXT_SIZE], const char *label, const uint8_t hash[AP_HASH_LEN])
{
    char hex[AP_HASH_TEXT_SIZE];

    ap_hex_encode(hex, hash, AP_HASH_LEN);
    hex[AP_HASH_TEXT_SIZE - 1] = '\0';
    ap_finding_text(out, "%s %s", label, hex);
}

static struct ap_finding about_entry(enum ap_finding_kind kind, const struct chained *entry)
{
    struct ap_finding finding = about(kind, &entry->record.chain, entry->record.seq);

    finding.has_log_id = true;
    finding.log_id = entry->log_id;
    return finding;
}

static enum ap_status report_link(struct links *links, const struct chained *entry, const uint8_t computed[AP_HASH_LEN],
                                  struct ap_error *err)
{
    struct ap_finding finding = about_entry(AP_FINDING_LINK, entry);

    hash_text(finding.expected, "entry hash", computed);
    hash_text(finding.found, "entry hash", entry->entry_hash);
    ap_finding_text(finding.detail, "the chain entry does not follow from its record and its predecessor");
    return links->report(links->context, &finding, err);
}

/* A sequence number that no chain has. It takes no part in the links: nothing can stand before or after it. */
static enum ap_status report_misnumbered(struct links *links, const struct chained *entry, struct ap_error *err)
{
    struct ap_finding finding = about_entry(AP_FINDING_LINK, entry);

    finding.has_seq = entry->record.seq == 0;
    ap_finding_text(finding.expected, "a sequence number, counted from 1");
    ap_finding_text(finding.found, "sequence number %" PRId64, (int64_t)entry->record.seq);
    return links->report(links->context, &finding, err);
}

/*
 * A second entry of one number; `end` is where the first stands. Which came first shows only in order. The next entry
 * may follow from either: that is no finding of its own.
 */
static enum ap_status report_fork(struct links *links, struct link_end *end, const struct chained *entry,
                                  struct ap_error *err)
{
    struct ap_finding finding = about_entry(AP_FINDING_FORK, entry);

    if (!links->in_order)
        return ap_fail(err, AP_ELIMIT, "a chain forks, which is to be looked at in order");
    memcpy(end->computed, entry->entry_hash, AP_HASH_LEN);
    ap_finding_text(finding.expected, "one entry with this sequence number");
    ap_finding_text(finding.found, "more than one");
    return links->report(links->context, &finding, err);
}

static enum ap_status report_gap(struct links *links, const struct ap_uuid *chain, uint64_t from, uint64_t to,
                                 struct ap_error *err)
{
    struct ap_finding finding = about(AP_FINDING_GAP, chain, from);

    if (from == to) {
        ap_finding_text(finding.expected, "an entry with this sequence number");
        ap_finding_text(finding.found, "none");
    } else {
        ap_finding_text(finding.expected, "entries %" PRIu64 " to %" PRIu64, from, to);
        ap_finding_text(finding.found, "none of these %" PRIu64, to - from + 1);
    }
    return links->report(links->context, &finding, err);
}

/* A time to come: it would make an entry that leaves today look as if it left when its window had ended. */
static enum ap_status report_future(struct links *links, const struct chained *entry, struct ap_error *err)
{
    struct ap_finding finding = about_entry(AP_FINDING_CLOCK, entry);
    char latest[AP_TIME_TEXT_SIZE], at[AP_TIME_TEXT_SIZE];

    if ((uint64_t)entry->record.recorded_at_us - (uint64_t)links->latest_us < clock_tolerance_us)
        finding.severity = AP_SEVERITY_NOTICE;
    ap_time_format(latest, links->latest_us);
    ap_time_format(at, entry->record.recorded_at_us);
    ap_finding_text(finding.expected, "recorded at %s or earlier", latest);
    ap_finding_text(finding.found, "recorded at %s", at);
    ap_finding_text(finding.detail, "the database's clock has not come to that time yet");
    return links->report(links->context, &finding, err);
}

static enum ap_status check_clock(struct links *links, const struct link_end *before, const struct chained *entry,
                                  struct ap_error *err)
{
    int64_t at_us = entry->record.recorded_at_us;
    struct ap_finding finding;
    char earlier[AP_TIME_TEXT_SIZE], later[AP_TIME_TEXT_SIZE];

    if (at_us > links->latest_us)
        return report_future(links, entry, err);
    if (at_us >= before->recorded_at_us)
        return AP_OK;
    finding = about_entry(AP_FINDING_CLOCK, entry);
    /* Unsigned, for the two may be further apart than a signed number can tell. */
    if ((uint64_t)before->recorded_at_us - (uint64_t)at_us < clock_tolerance_us)
        finding.severity = AP_SEVERITY_NOTICE;
    ap_time_format(earlier, before->recorded_at_us);
    ap_time_format(later, at_us);
    ap_finding_text(finding.expected, "recorded at %s or later", earlier);
    ap_finding_text(finding.found, "recorded at %s", later);
    ap_finding_text(finding.detail, "the database's clock ran backwards between two entries of this chain");
    return links->report(links->context, &finding, err);
}

/*
 * Check an entry against what stands before it. A predecessor whose stored hash was tampered with is its own finding:
 * its successor may follow from what that hash should have been, and is then not reported again.
 */
static enum ap_status check_link(struct links *links, const struct link_end *before, const struct chained *entry,
                                 uint8_t computed[AP_HASH_LEN], struct ap_error *err)
{
    enum ap_status status = ap_record_hash(links->digest, computed, &entry->record, before->hash, err);

    if (status != AP_OK || memcmp(computed, entry->entry_hash, AP_HASH_LEN) == 0)
        return status != AP_OK ? status : check_clock(links, before, entry, err);
    if (memcmp(before->hash, before->computed, AP_HASH_LEN) != 0) {
        uint8_t other[AP_HASH_LEN];

        status = ap_record_hash(links->digest, other, &entry->record, before->computed, err);
        if (status != AP_OK)
            return status;
        if (memcmp(other, entry->entry_hash, AP_HASH_LEN) == 0) {
            memcpy(computed, other, AP_HASH_LEN);
            return check_clock(links, before, entry, err);
        }
    }
    return report_link(links, entry, computed, err);
}

static void set_end(struct link_end *end, const struct chained *entry, const uint8_t computed[AP_HASH_LEN])
{
    end->seq = entry->record.seq;
    /* A time that its own hash does not cover is not what the next entry's is held against. */
    if (memcmp(computed, entry->entry_hash, AP_HASH_LEN) == 0)
        end->recorded_at_us = entry->record.recorded_at_us;
    memcpy(end->hash, entry->entry_hash, AP_HASH_LEN);
    memcpy(end->computed, computed, AP_HASH_LEN);
}

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
static long find_segment(const struct link_chain *chain, uint64_t seq)
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

/* Bytes that the pointers to so many segments take. */
static size_t pointers_len(size_t count)
{
    return count * sizeof(struct link_segment *);
}

static enum ap_status insert_segment(struct links *links, struct link_chain *chain, size_t at,
                                     const struct link_segment *segment, struct ap_error *err)
{
    struct link_segment *own;

    if (links->segments >= LINKS_MAX_SEGMENTS + links->chains)
        return ap_fail(err, AP_ELIMIT,
                       "the chains' entries are stored in too scattered an order to check as they come");
    if (chain->segment_count == chain->segment_cap) {
        uint32_t cap = chain->segment_cap > 0 ? chain->segment_cap * 2 : FIRST_SEGMENT_CAP;
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

static void remove_segment(struct links *links, struct link_chain *chain, size_t at)
{
    free(chain->segments[at]);
    chain->segment_count--;
    links->segments--;
    memmove(chain->segments + at, chain->segments + at + 1, pointers_len(chain->segment_count - at));
}

/* Check the waiting first entry of a segment against the end of the one before it. */
static enum ap_status check_first(struct links *links, const struct link_end *before, struct link_segment *segment,
                                  struct ap_error *err)
{
    uint8_t computed[AP_HASH_LEN];
    enum ap_status status = check_link(links, before, &segment->first, computed, err);

    if (status != AP_OK || segment->last.seq != segment->first.record.seq)
        return status;
    segment->last.recorded_at_us = before->recorded_at_us;
    set_end(&segment->last, &segment->first, computed);
    return AP_OK;
}

/* Make segment `at` and those that follow it without a gap one, as far as they may be checked. */
static enum ap_status join_from(struct links *links, struct link_chain *chain, size_t at, struct ap_error *err)
{
    while (at + 1 < chain->segment_count) {
        struct link_segment *before = chain->segments[at], *after = chain->segments[at + 1];
        bool may;
        enum ap_status status;

        if (before->last.seq + 1 != after->first.record.seq)
            return AP_OK;
        status = may_check(links, before, &after->first, &may, err);
        if (status == AP_OK && may)
            status = check_first(links, &before->last, after, err);
        if (status != AP_OK || !may)
            return status;
        before->last = after->last;
        remove_segment(links, chain, at + 1);
    }
    return AP_OK;
}

static enum ap_status start_segment(struct links *links, struct link_chain *chain, size_t at,
                                    const struct chained *entry, struct ap_error *err)
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
        status = check_link(links, &genesis, entry, computed, err);
        if (status != AP_OK)
            return status;
    }
    set_end(&segment.last, entry, computed);
    return insert_segment(links, chain, at, &segment, err);
}

static void note_extent(struct link_chain *chain, int64_t recorded_at_us)
{
    if (chain->entries++ == 0) {
        chain->first_recorded_us = recorded_at_us;
        chain->last_recorded_us = recorded_at_us;
        return;
    }
    if (recorded_at_us < chain->first_recorded_us)
        chain->first_recorded_us = recorded_at_us;
    if (recorded_at_us > chain->last_recorded_us)
        chain->last_recorded_us = recorded_at_us;
}

/* Index of the segment that entry seq extends, falls into or comes after; -1 when it comes before all. */
static long place_of(const struct link_chain *chain, uint64_t seq)
{
    if (chain->recent < chain->segment_count) {
        struct link_segment *const *recent = &chain->segments[chain->recent];

        if (recent[0]->last.seq + 1 == seq &&
            (chain->recent + 1 == chain->segment_count || recent[1]->first.record.seq != seq))
            return (long)chain->recent;
    }
    return find_segment(chain, seq);
}

/* The entry comes right after segment `at`: make it its end, or a segment of its own that waits. */
static enum ap_status extend(struct links *links, struct link_chain *chain, size_t *at, const struct chained *entry,
                             struct ap_error *err)
{
    struct link_segment *segment = chain->segments[*at];
    uint8_t computed[AP_HASH_LEN];
    bool may;
    enum ap_status status = may_check(links, segment, entry, &may, err);

    if (status == AP_OK && !may)
        return start_segment(links, chain, ++*at, entry, err);
    if (status == AP_OK)
        status = check_link(links, &segment->last, entry, computed, err);
    if (status == AP_OK)
        set_end(&segment->last, entry, computed);
    return status;
}

enum ap_status links_add(struct links *links, struct link_chain *chain, const struct chained *entry,
                         struct ap_error *err)
{
    uint64_t seq = entry->record.seq;
    long before = place_of(chain, seq);
    size_t at = (size_t)(before + 1);
    struct link_segment *segment = before >= 0 ? chain->segments[before] : NULL;
    enum ap_status status;

    if (seq >= links->from_seq || seq == 0)
        note_extent(chain, entry->record.recorded_at_us);
    if (seq == 0 || seq > INT64_MAX)
        return report_misnumbered(links, entry, err);
    if (segment != NULL && seq <= segment->last.seq)
        return report_fork(links, &segment->last, entry, err);
    if (segment != NULL && segment->last.seq + 1 == seq) {
        at = (size_t)before;
        status = extend(links, chain, &at, entry, err);
    } else if (segment != NULL && links->in_order) {
        uint64_t from = segment->last.seq + 1;

        set_end(&segment->last, entry, entry->entry_hash);
        return report_gap(links, &chain->id, from, seq - 1, err);
    } else {
        status = start_segment(links, chain, at, entry, err);
    }
    if (status != AP_OK)
        return status;
    chain->recent = (uint32_t)at;
    return join_from(links, chain, at, err);
}

/* Put a whole segment of another thread's view in its place. Overlaps are forks. */
static enum ap_status merge_segment(struct links *links, struct link_chain *chain, const struct link_segment *segment,
                                    struct ap_error *err)
{
    long at = find_segment(chain, segment->first.record.seq);
    enum ap_status status;

    if ((at >= 0 && segment->first.record.seq <= chain->segments[at]->last.seq) ||
        ((size_t)(at + 1) < chain->segment_count && chain->segments[at + 1]->first.record.seq <= segment->last.seq))
        return ap_fail(err, AP_ELIMIT, "parts of a chain overlap");
    at++;
    status = insert_segment(links, chain, (size_t)at, segment, err);
    if (status == AP_OK && at > 0)
        status = join_from(links, chain, (size_t)(at - 1), err);
    if (status == AP_OK)
        status = join_from(links, chain, (size_t)find_segment(chain, segment->first.record.seq), err);
    return status;
}

static void merge_extent(struct link_chain *chain, const struct link_chain *from)
{
    if (chain->entries == 0 || (from->entries > 0 && from->first_recorded_us < chain->first_recorded_us))
        chain->first_recorded_us = from->first_recorded_us;
    if (chain->entries == 0 || (from->entries > 0 && from->last_recorded_us > chain->last_recorded_us))
        chain->last_recorded_us = from->last_recorded_us;
    chain->entries += from->entries;
    chain->purged += from->purged;
    chain->registered = chain->registered || from->registered;
}

enum ap_status links_merge(struct links *links, const struct links *from, struct ap_error *err)
{
    for (size_t i = 0; i < from->cap; i++) {
        const struct link_chain *other = &from->table[i];
        struct link_chain *chain;
        enum ap_status status;

        if (!other->used)
            continue;
        status = links_chain(links, &other->id, &chain, err);
        if (status != AP_OK)
            return status;
        merge_extent(chain, other);
        for (uint32_t s = 0; s < other->segment_count; s++) {
            status = merge_segment(links, chain, other->segments[s], err);
            if (status != AP_OK)
                return status;
        }
    }
    return AP_OK;
}

static enum ap_status finish_chain(struct links *links, struct link_chain *chain, uint64_t to_seq, struct ap_error *err)
{
    uint64_t next = links->from_seq > 1 ? links->from_seq - 1 : 1;
    enum ap_status status = AP_OK;

    for (uint32_t s = 0; s < chain->segment_count && status == AP_OK; s++) {
        struct link_segment *segment = chain->segments[s];

        if (segment->first.record.seq > next)
            status = report_gap(links, &chain->id, next, segment->first.record.seq - 1, err);
        else if (s > 0) /* it waited for the proof of its predecessor, which did not come */
            status = check_first(links, &chain->segments[s - 1]->last, segment, err);
        next = segment->last.seq + 1;
    }
    if (status == AP_OK && chain->segment_count > 0 && to_seq != 0 && next <= to_seq)
        status = report_gap(links, &chain->id, next, to_seq, err);
    return status;
}

enum ap_status links_finish(struct links *links, uint64_t to_seq, struct ap_error *err)
{
    enum ap_status status = AP_OK;

    for (size_t i = 0; i < links->cap && status == AP_OK; i++)
        status = finish_chain(links, &links->table[i], to_seq, err);
    return status;
}
