/* DSSE v1.0: a signed envelope in JSON around bytes of a named type. Ed25519 here. */
#ifndef AUDITPROOF_DSSE_H
#define AUDITPROOF_DSSE_H

#include <stdbool.h>
#include <stddef.h>

#include "auditproof/buf.h"
#include "auditproof/sign.h"

enum { AP_DSSE_MAX = 1 << 24 }; /* bytes of an envelope that is read */

/* Append what is signed (DSSE, "PAE"): body of len bytes with its type, and both lengths. */
void ap_dsse_pae(struct ap_buf *out, const char *type, const void *body, size_t len);

/* Append the envelope, on one line, with its line end. Its keyid is the key's fingerprint. */
AP_MUST_CHECK enum ap_status ap_dsse_seal(struct ap_buf *out, const char *type, const void *body, size_t len,
                                          const struct ap_signing_key *key, struct ap_error *err);

/*
 * Read an envelope, in either alphabet of base64, and append its payload. *good: it is of this type and one of its
 * signatures is this key's; without that, nothing in payload is to be believed. AP_EINPUT when it is no envelope.
 */
AP_MUST_CHECK enum ap_status ap_dsse_open(struct ap_buf *payload, const char *envelope, size_t len, const char *type,
                                          const uint8_t key[AP_PUBLIC_KEY_LEN], bool *good, struct ap_error *err);

#endif
