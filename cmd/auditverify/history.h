/* The log's own record of its keys and restores, as far as a pinned key vouches for it. */
#ifndef AUDITPROOF_CMD_AUDITVERIFY_HISTORY_H
#define AUDITPROOF_CMD_AUDITVERIFY_HISTORY_H

#include "auditproof/log_key.h"
#include "auditproof/verify.h"

struct history {
    struct ap_log_keys log;
    struct ap_epochs epochs;
    struct ap_vkey *keys;               /* owned */
    struct ap_verify_restore *restores; /* owned */
};

/*
 * Put into asked, in place of the pinned keys, all keys that a change leads from or to, and the restores that these
 * declared. A database without that record is verified with the pinned keys alone. Clear in every case.
 */
AP_MUST_CHECK enum ap_status history_read(struct history *history, struct ap_db *db, struct ap_verify_options *asked,
                                          struct ap_error *err);
void history_clear(struct history *history);

#endif
