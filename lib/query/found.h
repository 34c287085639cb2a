/* What is known of the entries of a page beside their rows. Nothing outside lib/query includes this. */
#ifndef AUDITPROOF_QUERY_FOUND_H
#define AUDITPROOF_QUERY_FOUND_H

#include "auditproof/query.h"
#include "verify/row.h"

enum { WHY_SIZE = 160 };

struct found {
    struct ap_query_entry entry;
    struct ap_field fields[ROW_COLUMNS_ERASED]; /* borrowed from the page's rows, and from those of the chain */
    char why[WHY_SIZE];
};

/* What of the chains and of the findings the page borrows; owned. */
struct beside {
    struct ap_rows *chained, *findings;
    struct ap_query_finding *list;
};

void beside_free(struct beside *beside);

/* Read what the login may read, for all of them; with proof, verify each. AP_ESTATE when it may not be proven. */
AP_MUST_CHECK enum ap_status beside_read(struct beside *beside, struct ap_db *db, const struct ap_query_access *access,
                                         struct found *found, size_t count, bool proof, struct ap_error *err);

#endif
