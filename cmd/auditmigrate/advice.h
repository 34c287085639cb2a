/* What to do next, in words: the end of auditmigrate status. */
#ifndef AUDITPROOF_CMD_AUDITMIGRATE_ADVICE_H
#define AUDITPROOF_CMD_AUDITMIGRATE_ADVICE_H

#include <stdbool.h>
#include <stdint.h>

#include "auditproof/db.h"

struct status_totals {
    int64_t chains, entries, purged, rows;
    int64_t unchained; /* when exact */
    bool rows_known, exact;
};

/* Counted, or estimated from rows and entries. */
int64_t status_unchained(const struct status_totals *totals);

/* totals is NULL when auditproof is not installed. */
AP_MUST_CHECK enum ap_status advice_print(struct ap_db *db, const struct status_totals *totals, bool json,
                                          struct ap_error *err);

#endif
