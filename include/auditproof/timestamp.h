/*
 * Time-stamps of RFC 3161, over OpenSSL: what to send to an authority, and what its answer is worth. An authority's
 * word is checked against certificates that the caller trusts, at the time that the time-stamp itself names, so that it
 * stays good after the authority's certificate has run out.
 */
#ifndef AUDITPROOF_TIMESTAMP_H
#define AUDITPROOF_TIMESTAMP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "auditproof/buf.h"
#include "auditproof/error.h"

enum { AP_TIMESTAMP_MAX = 1 << 20 }; /* bytes of a reply */

/* Append a request (DER) for a time-stamp over SHA-256 of data, with a random nonce, asking for the certificate. */
AP_MUST_CHECK enum ap_status ap_timestamp_request(struct ap_buf *out, const void *data, size_t len,
                                                  struct ap_error *err);

struct ap_timestamp {
    int64_t at_us;       /* genTime */
    char serial[65];     /* hexadecimal */
    char authority[256]; /* subject of the certificate that signed; empty when it is not in the reply */
};

/*
 * Is `reply` (a DER TimeStampResp) granted, over SHA-256 of data, and signed by a certificate that the PEM file or
 * directory `trust` vouches for, for time-stamping? request, which may be NULL, is the DER request whose nonce must
 * come back. Without trust, who signed, and whether at all, is not checked. AP_OK with *good false and the reason in
 * *why when it is not. AP_EINPUT when reply is no reply at all.
 */
#define AP_TIMESTAMP_WHY_SIZE 256
AP_MUST_CHECK enum ap_status ap_timestamp_check(const void *reply, size_t reply_len, const void *request,
                                                size_t request_len, const void *data, size_t len, const char *trust,
                                                struct ap_timestamp *out, bool *good, char why[AP_TIMESTAMP_WHY_SIZE],
                                                struct ap_error *err);

/* What a reply says, unchecked: for showing. */
AP_MUST_CHECK enum ap_status ap_timestamp_read(const void *reply, size_t reply_len, struct ap_timestamp *out,
                                               struct ap_error *err);

#endif
