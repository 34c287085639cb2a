/* Keys: private ones from a file or URI, with a passphrase from a file or the terminal; public ones as
 * vkeys. */
#ifndef AUDITPROOF_CMD_PRIVATE_KEY_H
#define AUDITPROOF_CMD_PRIVATE_KEY_H

#include "auditproof/log_key.h"
#include "auditproof/note.h"
#include "auditproof/sign.h"

/* Bytes that a small file (a vkey, a passphrase, a note) may have. */
enum { KEY_FILE_MAX = 1 << 20 };

/* A whole file; "-" is standard input. */
AP_MUST_CHECK enum ap_status key_read_file(const char *path, size_t max, struct ap_buf *out, struct ap_error *err);

/* Notes of changed keys and declared restores, from a file. */
AP_MUST_CHECK enum ap_status key_read_history(const char *path, struct ap_log_notes *notes, struct ap_error *err);

/*
 * The private key at `uri`, and its verifier key: from `vkey` (text or file) where that is not NULL, else from URI.pub.
 * AP_EINPUT when the two do not belong together.
 */
AP_MUST_CHECK enum ap_status key_open(struct ap_signing_key **key, struct ap_vkey *out, struct ap_digest *digest,
                                      const char *uri, const char *vkey, const char *passphrase_file,
                                      struct ap_error *err);

/* Makes a key in `path`, and its verifier key, of this type, in path.pub. encrypt: with a passphrase, from the file or
 * asked for. */
AP_MUST_CHECK enum ap_status key_make(const char *path, const char *origin, uint8_t type, bool encrypt,
                                      const char *passphrase_file, struct ap_vkey *out, struct ap_error *err);

#endif
