/* HMAC-SHA-256 (RFC 2104, FIPS 198-1) over OpenSSL, with the key set up once. */
#ifndef AUDITPROOF_HMAC_H
#define AUDITPROOF_HMAC_H

#include <stddef.h>
#include <stdint.h>

#include "auditproof/bytes.h"
#include "auditproof/error.h"

struct ap_hmac;

/* *out is the caller's; AP_ECRYPTO when OpenSSL offers none. The key may have any length. */
AP_MUST_CHECK enum ap_status ap_hmac_new(struct ap_hmac **out, const void *key, size_t len, struct ap_error *err);
void ap_hmac_free(struct ap_hmac *hmac); /* NULL is harmless */
AP_MUST_CHECK enum ap_status ap_hmac(struct ap_hmac *hmac, const void *message, size_t len, uint8_t out[AP_HASH_LEN],
                                     struct ap_error *err);

#endif
