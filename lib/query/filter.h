/* What a filter asks, as parts of a statement. Nothing outside lib/query includes this. */
#ifndef AUDITPROOF_QUERY_FILTER_H
#define AUDITPROOF_QUERY_FILTER_H

#include "auditproof/query.h"
#include "statement.h"

/* Patterns of actions are replaced by the actions that fit. *none: no entry can. Asks the database. */
AP_MUST_CHECK enum ap_status filter_add(struct statement *statement, struct ap_db *db,
                                        const struct ap_query_access *access, const struct ap_query_filter *filter,
                                        bool *none, struct ap_error *err);

#endif
