/* What is beside an actor, an address, a session or a thing in the entries (auditquery(1), NEIGHBOURS). */
#ifndef AUDITPROOF_PIVOT_H
#define AUDITPROOF_PIVOT_H

#include "auditproof/answer.h"

enum { AP_PIVOT_MAX = 1000, AP_PIVOT_HOPS_MAX = 2 };

struct ap_pivot_options {
    uint64_t hops;              /* 1 or 2 */
    uint64_t limit;             /* neighbours of a kind at each hop, and so many are followed: 1 to AP_PIVOT_MAX */
    struct ap_query_plan *plan; /* filled; may be NULL */
};

/*
 * Add the answer's parts: start, actors, addresses, sessions, resources. The filter is the starting point; its
 * organization and period hold for all that is read. In the caller's snapshot.
 */
AP_MUST_CHECK enum ap_status ap_query_pivot(struct ap_answer *answer, struct ap_db *db,
                                            const struct ap_query_access *access, const struct ap_query_filter *filter,
                                            const struct ap_pivot_options *options, struct ap_error *err);

#endif
