/*
 * Anchors: places outside of the database that keep checkpoints, so that rewriting the database is not enough
 * (auditseal(1), ANCHORS).
 *
 *     dir:PATH      PATH/<origin's hash>/<size>.note; fsynced, never overwritten
 *     exec:COMMAND  /bin/sh -c COMMAND with the note on its standard input; done when it exits 0. AUDITPROOF_NOTE in
 * its environment is "checkpoint"; or "rotation" or "epoch" for changes of the log's key and restores witness:URL
 * add-checkpoint of C2SP tlog-witness at URL; done when a known key has cosigned tsa:URL       RFC 3161 over the note's
 * bytes; done when the time-stamp is over them
 */
#ifndef AUDITPROOF_ANCHOR_H
#define AUDITPROOF_ANCHOR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "auditproof/buf.h"
#include "auditproof/error.h"
#include "auditproof/merkle.h"
#include "auditproof/note.h"
#include "auditproof/policy.h"

enum { AP_ANCHORS_MAX = 32, AP_ANCHOR_NAME_SIZE = 512 };

enum ap_anchor_kind { AP_ANCHOR_DIRECTORY, AP_ANCHOR_COMMAND, AP_ANCHOR_WITNESS, AP_ANCHOR_AUTHORITY };

struct ap_anchor {
    enum ap_anchor_kind kind;
    const char *name;   /* as it was given: "dir:/mnt/worm" */
    const char *target; /* within name: "/mnt/worm" */
};

/* Consistency of the log between two sizes; proof has room for AP_PROOF_MAX. */
typedef enum ap_status ap_anchor_prove_fn(void *context, uint64_t size1, uint64_t size2, struct ap_hash *proof,
                                          size_t *count, struct ap_error *err);

/* What the kinds that are asked over a network need. */
struct ap_anchor_means {
    const struct ap_policy *policy;     /* keys of witnesses, by their URLs; may be NULL */
    const struct ap_vkey *witness_keys; /* further ones, of any witness */
    size_t witness_key_count;
    const char *authorities; /* certificates that vouch for time-stamps: a PEM file, or a directory of them. NULL: it is
                                not checked who signed a time-stamp */
    const char *tls_ca;      /* certificates that vouch for servers of https instead of the system's; may be NULL */
    int64_t timeout_us;      /* of one anchor; 0 is half a minute */
    const volatile bool *stop; /* may be NULL */
    ap_anchor_prove_fn *prove;
    void *prove_context;
    const char *const *refill; /* names of directories that have lost what they had, and are to be filled again */
    size_t refill_count;
    uint64_t known_size;  /* that the anchor is known to have: where a witness is told to begin */
    uint64_t *newer_size; /* may be NULL: set to what a witness has cosigned, when that is more than it is handed */
};

struct ap_anchor_result {
    char name[AP_ANCHOR_NAME_SIZE];
    bool done;                           /* it has the newest checkpoint */
    bool asked;                          /* now; otherwise that rests on the record of what it answered once */
    uint64_t size;                       /* of the newest checkpoint that it has; 0 for none */
    int64_t answered_us;                 /* when it answered for that, where that is on record */
    char message[AP_ERROR_MESSAGE_SIZE]; /* why not */
};

/* AP_EINPUT for what is no anchor. Borrows text. */
AP_MUST_CHECK enum ap_status ap_anchor_parse(struct ap_anchor *out, const char *text, struct ap_error *err);

/* "anchor", "command", "witness", "timestamp": what attestations are called after. Static. */
const char *ap_anchor_kind_name(enum ap_anchor_kind kind);

/*
 * The newest checkpoint of this origin that an anchor can show: its note is appended to *note, which stays empty when
 * it has none or cannot show any.
 */
AP_MUST_CHECK enum ap_status ap_anchor_newest(const struct ap_anchor *anchor, const struct ap_anchor_means *means,
                                              struct ap_digest *digest, const char *origin, struct ap_buf *note,
                                              struct ap_error *err);

/*
 * Hand over a checkpoint. What the anchor answers, once it is checked, is appended to answer: cosignature lines, a
 * time-stamp reply, the name of a file. AP_ESTATE when it has another one of that size, or a larger one.
 */
AP_MUST_CHECK enum ap_status ap_anchor_publish(const struct ap_anchor *anchor, const struct ap_anchor_means *means,
                                               struct ap_digest *digest, const char *origin, uint64_t size,
                                               const void *note, size_t len, struct ap_buf *answer,
                                               struct ap_error *err);

/* Only the newest checkpoint is worth handing over: it covers all before. */
bool ap_anchor_newest_only(enum ap_anchor_kind kind);

#endif
