/* --where: what stands in old_values, new_values or metadata. Nothing outside lib/query includes this. */
#ifndef AUDITPROOF_QUERY_WHERE_H
#define AUDITPROOF_QUERY_WHERE_H

#include "statement.h"

/* "new.role=admin", "metadata.source!=api", "old.email". AP_EINPUT for what is none of these. */
AP_MUST_CHECK enum ap_status where_add(struct statement *statement, const char *text, struct ap_error *err);

#endif
