/* One session from end to end (auditquery(1), SESSIONS). */
#ifndef AUDITPROOF_SESSION_H
#define AUDITPROOF_SESSION_H

#include "auditproof/answer.h"

enum { AP_SESSION_MAX = 10000 };

struct ap_session_options {
    bool has_around;
    struct ap_uuid around; /* an entry of it */
    uint64_t limit;        /* entries, 1 to AP_SESSION_MAX; of one that is put together, on either side */
    int64_t idle_us;       /* what is put together ends with a pause longer than this */
    bool proof;
    struct ap_query_plan *plan; /* filled; may be NULL */
};

/*
 * Add the answer's parts: session, actors, addresses, agents, actions, levels, rules, entries. By filter->session; or
 * of the entry that options->around names, or else the first one since filter->since_us, or the newest, that fits the
 * filter. *failed: entries that did not verify. In the caller's snapshot. AP_EINPUT where there is no such entry.
 */
AP_MUST_CHECK enum ap_status ap_query_session(struct ap_answer *answer, struct ap_db *db,
                                              const struct ap_query_access *access,
                                              const struct ap_query_filter *filter,
                                              const struct ap_session_options *options, uint64_t *failed,
                                              struct ap_error *err);

#endif
