#include "links.h"

#include <stdlib.h>
#include <string.h>

#include "chain_hash.h"
#include "link.h"
#include "segments.h"

enum { FIRST_TABLE_CAP = 64 };

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
    for (size_t i = 0; links->table != NULL && i < links->cap; i++)
        segments_free(&links->table[i]);
    free(links->table);
    ap_digest_free(links->digest);
    memset(links, 0, sizeof *links);
}

static size_t slot_of(const struct links *links, const struct ap_uuid *id)
{
    size_t i = chain_hash(id, links->cap);

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

enum ap_status links_add(struct links *links, struct link_chain *chain, const struct chained *entry,
                         struct ap_error *err)
{
    uint64_t seq = entry->record.seq;
    long before = segments_place(chain, seq);
    size_t at = (size_t)(before + 1);
    struct link_segment *segment = before >= 0 ? chain->segments[before] : NULL;
    enum ap_status status;

    if (seq >= links->from_seq || seq == 0)
        note_extent(chain, entry->record.recorded_at_us);
    if (seq == 0 || seq > INT64_MAX)
        return link_report_misnumbered(links, entry, err);
    if (segment != NULL && seq <= segment->last.seq)
        return link_report_fork(links, &segment->last, entry, err);
    if (segment != NULL && segment->last.seq + 1 == seq) {
        at = (size_t)before;
        status = segments_extend(links, chain, &at, entry, err);
    } else if (segment != NULL && links->in_order) {
        uint64_t from = segment->last.seq + 1;

        link_set_end(&segment->last, entry, entry->entry_hash);
        return link_report_gap(links, &chain->id, from, seq - 1, err);
    } else {
        status = segments_start(links, chain, at, entry, err);
    }
    if (status != AP_OK)
        return status;
    chain->recent = (uint32_t)at;
    return segments_join(links, chain, at, err);
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
            status = segments_merge(links, chain, other->segments[s], err);
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
            status = link_report_gap(links, &chain->id, next, segment->first.record.seq - 1, err);
        else if (s > 0) /* it waited for the proof of its predecessor, which did not come */
            status = segments_check_first(links, &chain->segments[s - 1]->last, segment, err);
        next = segment->last.seq + 1;
    }
    if (status == AP_OK && chain->segment_count > 0 && to_seq != 0 && next <= to_seq)
        status = link_report_gap(links, &chain->id, next, to_seq, err);
    return status;
}

enum ap_status links_finish(struct links *links, uint64_t to_seq, struct ap_error *err)
{
    enum ap_status status = AP_OK;

    for (size_t i = 0; i < links->cap && status == AP_OK; i++)
        status = finish_chain(links, &links->table[i], to_seq, err);
    return status;
}
