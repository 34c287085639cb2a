/* What reading an entry from NDJSON and from CSV have in common. */
#ifndef AUDITPROOF_ENTRY_INTERNAL_H
#define AUDITPROOF_ENTRY_INTERNAL_H

#include "writer_internal.h"

void entry_reset(struct ap_draft *entry);

/* Remember an unknown column's text for metadata; entry_add_extra merges what was remembered. */
void entry_extra_text(struct ap_draft *entry, const char *name, const char *text, size_t len);
AP_MUST_CHECK enum ap_status entry_add_extra(struct ap_draft *entry, size_t *offset, struct ap_error *err);

#endif
