/*
 * A chain entry and a row of audit_logs, from binary fields as queries/verify_plan lists them. Nothing outside
 * lib/verify and lib/query includes this.
 */
#ifndef AUDITPROOF_VERIFY_ROW_H
#define AUDITPROOF_VERIFY_ROW_H

#include "auditproof/chain.h"
#include "auditproof/db.h"
#include "auditproof/entry.h"

/* An entry as the chain_entry table has it. */
struct chained {
    struct ap_record record;
    struct ap_uuid log_id;
    uint8_t entry_hash[AP_HASH_LEN];
    bool malformed; /* a hash was NULL or of a wrong length */
};

enum { ENTRY_COLUMNS = 6, ROW_COLUMNS = 17, ROW_COLUMNS_ERASED = 20 };

/* rows.c. A hash that is NULL or of a wrong length becomes zeros, and `malformed` true. */
AP_MUST_CHECK enum ap_status decode_chained(struct chained *out, const struct ap_field *fields, struct ap_error *err);
AP_MUST_CHECK enum ap_status decode_row(struct ap_entry *out, const struct ap_field *fields, struct ap_error *err);

/* Point kept[] at the commitments of erased groups; false when one has none, or has values all the same. */
bool row_kept(const struct ap_entry *row, const struct ap_field *fields, size_t columns, const uint8_t *kept[AP_GROUPS],
              uint64_t *erased);

#endif
