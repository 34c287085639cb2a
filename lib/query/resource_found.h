/* The history of a thing on its way into an answer. Nothing outside lib/query includes this. */
#ifndef AUDITPROOF_QUERY_RESOURCE_FOUND_H
#define AUDITPROOF_QUERY_RESOURCE_FOUND_H

#include "auditproof/history.h"
#include "auditproof/resource.h"

/* Of an entry that is shown; its diffs are spans of the texts. */
struct resource_entry {
    size_t number; /* from 1, in the order of the history */
    uint64_t changes, unlogged;
    size_t diff_at, diff_len, unlogged_at, unlogged_len;
};

struct resource_found {
    const struct ap_query_filter *filter;
    const struct ap_resource_options *options;
    const struct ap_query_entry **entries; /* entries[n - 1] is number n */
    size_t count;
    struct resource_entry *shown;
    size_t shown_count;
    struct ap_history *history;
    struct ap_buf texts;
    struct ap_buf changes; /* cells of the part, each ended by a NUL */
    bool by_chain, more;
    uint64_t changed, unlogged, undated, unread, turned, organizations, actors, failed;
    bool dated; /* some are: from, to */
    int64_t first_us, last_us;
};

/* Its parts and remarks. */
AP_MUST_CHECK enum ap_status resource_answer(struct ap_answer *answer, const struct resource_found *found,
                                             struct ap_error *err);

#endif
