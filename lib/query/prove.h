/* Verifying one entry where it stands. Nothing outside lib/query includes this. */
#ifndef AUDITPROOF_QUERY_PROVE_H
#define AUDITPROOF_QUERY_PROVE_H

#include "found.h"

/* The entries before and after, as their columns of queries/query_chained. */
struct neighbours {
    const struct ap_field *before, *after; /* one field, and three */
};

/*
 * Recompute the content hash from the columns that were found, and the links from the entry before and to the entry
 * after. Fills in proof and why.
 */
AP_MUST_CHECK enum ap_status prove(struct found *found, const struct chained *chained,
                                   const struct neighbours *neighbours, struct ap_digest *digest, struct ap_buf *text,
                                   struct ap_error *err);

/* An entry that no chain has. */
void prove_unchained(struct found *found);
/* ... or that one has twice. */
void prove_twice(struct found *found);

#endif
