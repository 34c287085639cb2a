/*
 * What reports in JSON are made of: members, each with the comma that it needs. Numbers that can pass 2^53 (sequence
 * numbers, counts) are strings: not every reader of JSON keeps them whole.
 */
#ifndef AUDITPROOF_CMD_AUDITVERIFY_JSON_PUT_H
#define AUDITPROOF_CMD_AUDITVERIFY_JSON_PUT_H

#include <stdbool.h>
#include <stdint.h>

#include "auditproof/buf.h"
#include "auditproof/finding.h"

void json_add_key(struct ap_buf *out, const char *key);
void json_add_text(struct ap_buf *out, const char *key, const char *value);
void json_add_optional(struct ap_buf *out, const char *key, const char *value); /* left out when it is "" */
void json_add_count(struct ap_buf *out, const char *key, uint64_t value);
void json_add_bool(struct ap_buf *out, const char *key, bool value);
void json_add_uuid(struct ap_buf *out, const char *key, const struct ap_uuid *value);
void json_add_time(struct ap_buf *out, const char *key, int64_t value_us);
void json_add_finding(struct ap_buf *out, const struct ap_finding *finding, const char *type); /* type may be NULL */

/* Print it, and begin anew. */
void json_put(struct ap_buf *out);

#endif
