/*
 * Ed25519 (RFC 8032) over OpenSSL. Private keys are opened through OSSL_STORE, so that a PEM file, an encrypted PEM
 * file, or any URI of a provider (a PKCS#11 token) will do; they stay in OpenSSL's memory, and are wiped by it when
 * freed.
 */
#ifndef AUDITPROOF_SIGN_H
#define AUDITPROOF_SIGN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "auditproof/buf.h"
#include "auditproof/bytes.h"
#include "auditproof/error.h"

enum { AP_PUBLIC_KEY_LEN = 32, AP_SIGNATURE_LEN = 64, AP_PASSPHRASE_MAX = 1024 };

struct ap_signing_key;

/*
 * Asks for the passphrase of `what`: writes at most `size` bytes and returns how many, or -1 to give up. What it wrote
 * is wiped after use.
 */
typedef int ap_passphrase_fn(void *context, const char *what, char *out, size_t size);

/* A fresh key. *out is the caller's. */
AP_MUST_CHECK enum ap_status ap_signing_key_new(struct ap_signing_key **out, struct ap_error *err);

/*
 * Open the one Ed25519 private key at `uri`: a file name or an OSSL_STORE URI. ask may be NULL: then an encrypted key
 * fails. AP_EINPUT when there is none, more than one, or of another kind; AP_EIO when it cannot be read.
 */
AP_MUST_CHECK enum ap_status ap_signing_key_open(struct ap_signing_key **out, const char *uri, ap_passphrase_fn *ask,
                                                 void *context, struct ap_error *err);
void ap_signing_key_free(struct ap_signing_key *key); /* NULL is harmless */

/*
 * Write the key as PKCS#8 PEM to a new file of mode 0600, flushed to disk; encrypted (AES-256-CBC, PBKDF2) when
 * passphrase is not NULL. Never overwrites: AP_ESTATE when the file is there.
 */
AP_MUST_CHECK enum ap_status ap_signing_key_write(const struct ap_signing_key *key, const char *path,
                                                  const char *passphrase, size_t len, struct ap_error *err);

void ap_signing_key_public(const struct ap_signing_key *key, uint8_t out[AP_PUBLIC_KEY_LEN]);
AP_MUST_CHECK enum ap_status ap_sign(const struct ap_signing_key *key, const void *message, size_t len,
                                     uint8_t out[AP_SIGNATURE_LEN], struct ap_error *err);

/* Append the public key as PEM SubjectPublicKeyInfo, which `openssl pkey -pubin` reads. */
AP_MUST_CHECK enum ap_status ap_public_key_pem(struct ap_buf *out, const uint8_t key[AP_PUBLIC_KEY_LEN],
                                               struct ap_error *err);

/* By which people know the key: SHA-256 of its SubjectPublicKeyInfo, DER. */
AP_MUST_CHECK enum ap_status ap_public_key_fingerprint(const uint8_t key[AP_PUBLIC_KEY_LEN], uint8_t out[AP_HASH_LEN],
                                                       struct ap_error *err);

/* AP_OK with *good false when the signature is not this key's over this message. */
AP_MUST_CHECK enum ap_status ap_signature_check(const uint8_t key[AP_PUBLIC_KEY_LEN], const void *message, size_t len,
                                                const uint8_t signature[AP_SIGNATURE_LEN], bool *good,
                                                struct ap_error *err);

#endif
