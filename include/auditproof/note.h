/*
 * Signed notes, checkpoints and cosignatures: C2SP signed-note v1.0.0, tlog-checkpoint v1.0.0, tlog-cosignature
 * (Ed25519, cosignature/v1). Nothing here keeps more than it is given: parsed parts point into the caller's text.
 */
#ifndef AUDITPROOF_NOTE_H
#define AUDITPROOF_NOTE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "auditproof/buf.h"
#include "auditproof/digest.h"
#include "auditproof/merkle.h"
#include "auditproof/sign.h"

enum {
    AP_NOTE_MAX = 1 << 20,       /* bytes of a note */
    AP_NOTE_SIGNATURES_MAX = 64, /* the specification asks for 16 at least */
    AP_KEY_NAME_MAX = 255,       /* bytes of a key's name */
    AP_KEY_ID_LEN = 4,
    AP_KEY_NOTE = 0x01,        /* Ed25519 over the note's text */
    AP_KEY_COSIGNATURE = 0x04, /* Ed25519, time-stamped */
};

/* name + 8 digits + base64 of type and key, with two '+' and a NUL. */
#define AP_VKEY_TEXT_SIZE (AP_KEY_NAME_MAX + 1 + 8 + 1 + 44 + 1)

/* A verifier key. */
struct ap_vkey {
    char name[AP_KEY_NAME_MAX + 1];
    uint8_t type; /* AP_KEY_NOTE or AP_KEY_COSIGNATURE */
    uint8_t id[AP_KEY_ID_LEN];
    uint8_t key[AP_PUBLIC_KEY_LEN];
};

/* AP_EINPUT when the name is not one (empty, white space, '+', too long). */
AP_MUST_CHECK enum ap_status ap_vkey_make(struct ap_vkey *out, struct ap_digest *digest, const char *name, uint8_t type,
                                          const uint8_t key[AP_PUBLIC_KEY_LEN], struct ap_error *err);
AP_MUST_CHECK enum ap_status ap_vkey_parse(struct ap_vkey *out, struct ap_digest *digest, const char *text, size_t len,
                                           struct ap_error *err);
void ap_vkey_format(const struct ap_vkey *key, char out[AP_VKEY_TEXT_SIZE]);
bool ap_vkey_equal(const struct ap_vkey *a, const struct ap_vkey *b);

struct ap_note_signature {
    const char *name; /* not terminated */
    size_t name_len;
    uint8_t id[AP_KEY_ID_LEN];
    uint8_t bytes[AP_SIGNATURE_LEN + 8]; /* what follows the key id; of other kinds of key, its first bytes */
    size_t len;                          /* of what follows the key id */
};

struct ap_note {
    const char *text; /* with its last newline */
    size_t text_len;
    struct ap_note_signature signatures[AP_NOTE_SIGNATURES_MAX];
    size_t count;
};

/* AP_EINPUT with a message that says what is not as it must be. No signature is checked. */
AP_MUST_CHECK enum ap_status ap_note_parse(struct ap_note *out, const char *bytes, size_t len, struct ap_error *err);

/* The same of one that may have max bytes. */
AP_MUST_CHECK enum ap_status ap_note_parse_long(struct ap_note *out, const char *bytes, size_t len, size_t max,
                                                struct ap_error *err);

enum ap_signed { AP_SIGNED_NOT, AP_SIGNED_WELL, AP_SIGNED_BADLY };

/* What the note has of this key. *time_s, which may be NULL, is a cosignature's time, in seconds since 1970. */
AP_MUST_CHECK enum ap_status ap_note_check(const struct ap_note *note, const struct ap_vkey *key, enum ap_signed *out,
                                           uint64_t *time_s, struct ap_error *err);

/* Is there a good signature of this key? */
bool ap_note_signed_by(const struct ap_note *note, const struct ap_vkey *key);

/* Append a signature line over text. For AP_KEY_COSIGNATURE, time_s is signed with it; else it is not looked at. */
AP_MUST_CHECK enum ap_status ap_note_sign(struct ap_buf *out, const char *text, size_t text_len,
                                          const struct ap_vkey *key, const struct ap_signing_key *signer,
                                          uint64_t time_s, struct ap_error *err);

/* A checkpoint's text: origin, size, root, and no extension lines of ours. */
struct ap_checkpoint {
    const char *origin; /* not terminated */
    size_t origin_len;
    uint64_t size;
    struct ap_hash root;
    const char *extensions; /* further lines, as they are */
    size_t extensions_len;
};

AP_MUST_CHECK enum ap_status ap_checkpoint_parse(struct ap_checkpoint *out, const char *text, size_t len,
                                                 struct ap_error *err);
/* Appends "origin\nsize\nroot\n". */
void ap_checkpoint_format(struct ap_buf *out, const char *origin, uint64_t size, const struct ap_hash *root);

/* A decimal without sign or leading zeros, as these formats write sizes. */
bool ap_decimal_parse(uint64_t *out, const char *text, size_t len);

#endif
