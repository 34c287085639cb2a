/* What output formats share. Nothing outside lib/query includes this. */
#ifndef AUDITPROOF_QUERY_FORMAT_INTERNAL_H
#define AUDITPROOF_QUERY_FORMAT_INTERNAL_H

#include "auditproof/query.h"

/*
 * The entry as one JSON object without white space: the columns of audit_logs by their names, in their order, and,
 * where more is known of it, `_auditproof` (auditquery(1), JSON).
 */
void query_put_json(struct ap_buf *out, const struct ap_query_entry *entry);

#endif
