/* What became of one thing: its history, and what is known of it in the end (auditquery(1), RESOURCES). */
#ifndef AUDITPROOF_RESOURCE_H
#define AUDITPROOF_RESOURCE_H

#include "auditproof/answer.h"

enum { AP_RESOURCE_MAX = 10000 };

struct ap_resource_options {
    uint64_t limit; /* entries that are read, the newest: 1 to AP_RESOURCE_MAX */
    bool has_at;
    int64_t at_us; /* as of then: entries created later are not read */
    bool proof;
    struct ap_query_plan *plan; /* filled; may be NULL */
};

/*
 * Add the answer's parts: resource, history, changes, known. The filter names the thing; its period says which entries
 * are shown, and its end is that of what is read, where has_at is not set. *failed: entries that did not verify. In the
 * caller's snapshot.
 */
AP_MUST_CHECK enum ap_status ap_query_resource(struct ap_answer *answer, struct ap_db *db,
                                               const struct ap_query_access *access,
                                               const struct ap_query_filter *filter,
                                               const struct ap_resource_options *options, uint64_t *failed,
                                               struct ap_error *err);

#endif
