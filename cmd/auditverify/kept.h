/* Checkpoints kept elsewhere, read for bundles: files, and directories that are searched for *.note. */
#ifndef AUDITPROOF_CMD_AUDITVERIFY_KEPT_H
#define AUDITPROOF_CMD_AUDITVERIFY_KEPT_H

#include "auditproof/bundle_check.h"
#include "options.h"

/* *out is the caller's, to be freed with kept_free, also after a failure. What cannot be read is a failure. */
AP_MUST_CHECK enum ap_status kept_read(const struct cli_list *paths, struct ap_kept_note **out, size_t *count,
                                       struct ap_error *err);
void kept_free(struct ap_kept_note *notes, size_t count);

#endif
