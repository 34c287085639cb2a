/* A search that was kept, held against the database. Nothing outside lib/query includes this. */
#ifndef AUDITPROOF_QUERY_RERUN_INTERNAL_H
#define AUDITPROOF_QUERY_RERUN_INTERNAL_H

#include "auditproof/rerun.h"

struct kept_head {
    struct ap_uuid chain;
    uint64_t seq;
    uint8_t entry_hash[AP_HASH_LEN];
};

struct rerun {
    struct ap_db *db;
    const struct ap_query_access *access;
    const struct ap_rerun_options *options;
    struct ap_rerun_report *report;
    struct ap_saved_place *kept; /* owned; by id once all are there */
    size_t count, cap;
    struct kept_head *heads; /* owned; by chain */
    size_t head_count, head_cap;
};

/* Lines of a file, each borrowed until the next is asked for. */
struct lines {
    int fd;
    struct ap_buf text;
    size_t done; /* of text */
    bool ended;
};

/* *line is NULL at the end. AP_EINPUT for a line that is longer than max, or has no end. */
AP_MUST_CHECK enum ap_status lines_next(struct lines *lines, size_t max, const char **line, size_t *len,
                                        struct ap_error *err);

/* *place_end: bytes of the line up to the end of its place in the chain; 0 where it has none. */
AP_MUST_CHECK enum ap_status kept_parse(struct ap_saved_place *out, size_t *place_end, const char *line, size_t len,
                                        struct ap_error *err);
AP_MUST_CHECK enum ap_status kept_heads(struct rerun *rerun, struct ap_error *err);

/*
 * What became of an entry that is there still: same, erased or altered; `why` is what differs. now is the entry's line.
 */
AP_MUST_CHECK enum ap_status kept_compare(enum ap_rerun_outcome *out, struct ap_buf *why,
                                          const struct ap_saved_place *kept, const char *line, size_t len,
                                          const struct ap_query_entry *entry, struct ap_error *err);

/* Tell of what fits now and was not kept. Sorts what was. */
AP_MUST_CHECK enum ap_status rerun_fitting(struct rerun *rerun, struct ap_error *err);

AP_MUST_CHECK enum ap_status rerun_tell(struct rerun *rerun, enum ap_rerun_outcome outcome,
                                        const struct ap_saved_place *kept, const char *detail, struct ap_error *err);

#endif
