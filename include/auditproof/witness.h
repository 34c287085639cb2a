/*
 * A witness of transparency logs (C2SP tlog-witness): it cosigns a log's checkpoint only when that is an extension of
 * the last one that it cosigned, which it keeps in a directory of its own, one file a log. Whoever shows different
 * histories to different people needs a witness that helps.
 */
#ifndef AUDITPROOF_WITNESS_H
#define AUDITPROOF_WITNESS_H

#include <stddef.h>
#include <stdint.h>

#include "auditproof/buf.h"
#include "auditproof/digest.h"
#include "auditproof/merkle.h"
#include "auditproof/note.h"
#include "auditproof/sign.h"

enum {
    AP_WITNESS_PROOF_MAX = 63,       /* lines of a proof, says the specification */
    AP_WITNESS_BODY_MAX = 1 << 17,   /* bytes of a request, or of an answer */
    AP_WITNESS_HTTP_OK = 200,        /* cosigned */
    AP_WITNESS_HTTP_BAD = 400,       /* not a request; old size past the checkpoint's */
    AP_WITNESS_HTTP_FORBIDDEN = 403, /* not signed by the log, or badly */
    AP_WITNESS_HTTP_UNKNOWN = 404,   /* no log of this origin */
    AP_WITNESS_HTTP_CONFLICT = 409,  /* the old size is not what was cosigned last: the body says what was */
    AP_WITNESS_HTTP_WRONG = 422,     /* not consistent with what was cosigned last */
    AP_WITNESS_HTTP_FAILED = 500,    /* the witness cannot do its work */
};

/* The body of an add-checkpoint request. Points into the caller's text. */
struct ap_witness_request {
    uint64_t old_size;
    struct ap_hash proof[AP_WITNESS_PROOF_MAX];
    size_t count;
    const char *note; /* the checkpoint, to the end */
    size_t note_len;
};

AP_MUST_CHECK enum ap_status ap_witness_request_parse(struct ap_witness_request *out, const char *body, size_t len,
                                                      struct ap_error *err);
/* Appends. AP_ELIMIT when the proof is longer than a witness takes. */
AP_MUST_CHECK enum ap_status ap_witness_request_format(struct ap_buf *out, uint64_t old_size,
                                                       const struct ap_hash *proof, size_t count, const char *note,
                                                       size_t note_len, struct ap_error *err);

struct ap_witness {
    const struct ap_signing_key *key;
    const struct ap_vkey *vkey; /* of that key, AP_KEY_COSIGNATURE; its name is the witness's */
    const struct ap_vkey *logs; /* each the key of the log whose origin is its name; a log may have several */
    size_t log_count;
    const char *directory; /* of what was cosigned last; it must be there, for an empty one trusts anew */
};

struct ap_witness_answer {
    unsigned http_status;
    const char *content_type; /* static */
    struct ap_buf body;       /* the caller's to free */
};

/*
 * add-checkpoint. What is cosigned is on disk before this returns, under a lock that all witnesses of the directory
 * share. Whatever happens, *out is an answer; AP_OK unless the witness itself failed, which err then describes and
 * the answer does not. time_s: now, in seconds since 1970.
 */
AP_MUST_CHECK enum ap_status ap_witness_add_checkpoint(const struct ap_witness *witness, struct ap_digest *digest,
                                                       const void *body, size_t len, uint64_t time_s,
                                                       struct ap_witness_answer *out, struct ap_error *err);

/* The checkpoint that was cosigned last of the log whose origin has this SHA-256, in lower-case hexadecimal. */
AP_MUST_CHECK enum ap_status ap_witness_checkpoint(const struct ap_witness *witness, struct ap_digest *digest,
                                                   const char *origin_hash, struct ap_witness_answer *out,
                                                   struct ap_error *err);

/* SHA-256 of an origin as above. */
#define AP_ORIGIN_HASH_SIZE 65
AP_MUST_CHECK enum ap_status ap_witness_origin_hash(struct ap_digest *digest, const char *origin, size_t len,
                                                    char out[AP_ORIGIN_HASH_SIZE], struct ap_error *err);

#endif
