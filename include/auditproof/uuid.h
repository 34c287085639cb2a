/* UUIDs that are made of a name, so that the same name has the same one. */
#ifndef AUDITPROOF_UUID_H
#define AUDITPROOF_UUID_H

#include <stddef.h>

#include "auditproof/bytes.h"
#include "auditproof/error.h"

/* Version 5 (RFC 9562 §5.5): of a name within a name space, which is itself a UUID. */
AP_MUST_CHECK enum ap_status ap_uuid_v5(struct ap_uuid *out, const struct ap_uuid *space, const char *name, size_t len,
                                        struct ap_error *err);

#endif
