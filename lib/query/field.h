/* Members of JSON objects without white space. Nothing outside lib/query includes this. */
#ifndef AUDITPROOF_QUERY_FIELD_H
#define AUDITPROOF_QUERY_FIELD_H

#include <stdbool.h>

#include "auditproof/buf.h"
#include "auditproof/bytes.h"
#include "auditproof/entry.h"

/* A comma where one is due, and the name. */
void field_name(struct ap_buf *out, const char *name);

/* What is absent comes out as null. */
void field_text(struct ap_buf *out, const char *name, const struct ap_value *value);
void field_json(struct ap_buf *out, const char *name, const struct ap_value *value);
void field_uuid(struct ap_buf *out, const char *name, bool present, const struct ap_uuid *value);
void field_time(struct ap_buf *out, const char *name, bool present, int64_t time_us);
void field_inet(struct ap_buf *out, const char *name, const struct ap_inet *inet);
void field_hash(struct ap_buf *out, const char *name, const uint8_t hash[AP_HASH_LEN]);
void field_int(struct ap_buf *out, const char *name, int64_t value);
void field_string(struct ap_buf *out, const char *name, const char *text);

#endif
