/* The leaves of a JSON text, each with its JSON pointer (RFC 6901). */
#ifndef AUDITPROOF_GDPR_JSON_WALK_H
#define AUDITPROOF_GDPR_JSON_WALK_H

#include "auditproof/json_read.h"

/* A value that is no object or array, or an empty one; the pointer is prefix and what leads to it. */
typedef enum ap_status gdpr_json_fn(void *context, const char *pointer, const struct ap_json_span *value,
                                    struct ap_error *err);

AP_MUST_CHECK enum ap_status gdpr_json_walk(const char *text, size_t len, const char *prefix, gdpr_json_fn *fn,
                                            void *context, struct ap_error *err);

#endif
