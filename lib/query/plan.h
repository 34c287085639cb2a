/* How the server will run a search. Nothing outside lib/query includes this. */
#ifndef AUDITPROOF_QUERY_PLAN_H
#define AUDITPROOF_QUERY_PLAN_H

#include "auditproof/query.h"
#include "statement.h"

/* The statement reads audit_logs as l. */
AP_MUST_CHECK enum ap_status plan_ask(struct ap_query_plan *plan, struct ap_db *db, const struct statement *statement,
                                      struct ap_error *err);

/* May what is asked next in this transaction be sorted? Where not, the server sorts only what it cannot do otherwise.
 */
AP_MUST_CHECK enum ap_status plan_sorts(struct ap_db *db, bool sorts, struct ap_error *err);

#endif
