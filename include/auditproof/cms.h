/*
 * Encrypting a file to a certificate: CMS EnvelopedData (RFC 5652), AES-256, over OpenSSL, in constant memory.
 * `openssl cms -decrypt -inform DER -in FILE -inkey KEY -recip CERT -out FILE` opens it.
 */
#ifndef AUDITPROOF_CMS_H
#define AUDITPROOF_CMS_H

#include <stdbool.h>
#include <stdint.h>

#include "auditproof/buf.h"
#include "auditproof/bytes.h"
#include "auditproof/error.h"

struct ap_cms_recipient;

/*
 * Read the certificate (PEM) of whoever is to open it: of an RSA key or one for key agreement (EC, X25519). AP_EINPUT
 * when there is none, it cannot take encryption or says that it is not for that, or is not in force now.
 */
AP_MUST_CHECK enum ap_status ap_cms_recipient_open(struct ap_cms_recipient **out, const char *path,
                                                   struct ap_error *err);
/* SHA-256 of the certificate, DER: what `openssl x509 -fingerprint -sha256` prints. */
AP_MUST_CHECK enum ap_status ap_cms_recipient_fingerprint(const struct ap_cms_recipient *recipient,
                                                          uint8_t out[AP_HASH_LEN], struct ap_error *err);

void ap_cms_recipient_free(struct ap_cms_recipient *recipient); /* NULL is harmless */

/*
 * Encrypt the whole file `from`, whatever its offset, into `to`; `what` names that in messages. To an RSA key by OAEP
 * with SHA-256. The encoding is BER of indefinite length, as a stream must be. AP_ELIMIT when it is too long for
 * `openssl cms` to open (1.5 GiB). stop may be NULL.
 */
AP_MUST_CHECK enum ap_status ap_cms_encrypt(const struct ap_cms_recipient *recipient, int from, int to,
                                            const char *what, const volatile bool *stop, struct ap_error *err);

/*
 * The same for a few bytes, appended to out in DER. What it is made of is what the mail programs in use open: AES-256
 * in CBC, and to an RSA key PKCS #1 v1.5, which RFC 8551 has all of them take. Not all open OAEP (NSS, which is
 * Thunderbird's, and gpgsm did not), and none AuthEnvelopedData (RFC 5083, GCM). What is weak about v1.5 is for those
 * to heed who decrypt: that they do not tell anybody whether its padding was right. So whether it is what was sent is
 * told by a digest that came another way, not by its having been opened.
 */
AP_MUST_CHECK enum ap_status ap_cms_encrypt_bytes(const struct ap_cms_recipient *recipient, const void *bytes,
                                                  size_t len, struct ap_buf *out, struct ap_error *err);

#endif
