/* A person's or a key's page: what they do, and what of it they did never or seldom before (auditquery(1), ACTORS). */
#ifndef AUDITPROOF_ACTOR_H
#define AUDITPROOF_ACTOR_H

#include "auditproof/answer.h"

enum { AP_ACTOR_BASELINE_DAYS = 30, AP_ACTOR_MAX = 1000 };

struct ap_actor_options {
    uint64_t limit;             /* rows of a part, 1 to AP_ACTOR_MAX */
    uint64_t baseline_days;     /* before the period: at least AP_ACTOR_BASELINE_DAYS */
    uint64_t dormant_days;      /* so long without an entry is a finding when one comes */
    struct ap_query_plan *plan; /* filled; may be NULL */
};

/*
 * Add the answer's parts: actor, findings, actions, networks, addresses, agents, rhythm, sessions. The filter names the
 * actor, by id or by address of mail, and the period, which must have both ends. In the caller's snapshot.
 */
AP_MUST_CHECK enum ap_status ap_query_actor(struct ap_answer *answer, struct ap_db *db,
                                            const struct ap_query_access *access, const struct ap_query_filter *filter,
                                            const struct ap_actor_options *options, struct ap_error *err);

#endif
