/* Nothing outside lib/query includes this. */
#ifndef AUDITPROOF_QUERY_PAGE_H
#define AUDITPROOF_QUERY_PAGE_H

#include "auditproof/query.h"

/* A page of all these rows, which have the columns of queries/query_entries and become the page's in every case. */
AP_MUST_CHECK enum ap_status page_of_rows(struct ap_query_page **out, struct ap_db *db,
                                          const struct ap_query_access *access, struct ap_rows *rows, bool proof,
                                          struct ap_error *err);

/* When the entry was created, as its row has it. */
void page_created(struct ap_query_entry *entry);

#endif
