/* A session on its way into an answer. Nothing outside lib/query includes this. */
#ifndef AUDITPROOF_QUERY_SESSION_FOUND_H
#define AUDITPROOF_QUERY_SESSION_FOUND_H

#include "auditproof/session.h"

struct session_found {
    const struct ap_session_options *options;
    const struct ap_query_entry **entries; /* in the order of their times */
    size_t count;
    struct ap_value id;          /* NULL for one that is put together */
    bool more;                   /* there are more of it than were read */
    bool any_address, any_agent; /* put together without looking at these, which the entry has not got */
    uint64_t failed;
};

AP_MUST_CHECK enum ap_status session_answer(struct ap_answer *answer, struct session_found *found,
                                            struct ap_error *err);

#endif
