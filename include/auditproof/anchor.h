/*
 * Anchors: places outside of the database that keep checkpoints, so that rewriting the database is not enough
 * (auditseal(1), ANCHORS).
 *
 *     dir:PATH      PATH/<origin's hash>/<size>.note; fsynced, never overwritten
 *     exec:COMMAND  /bin/sh -c COMMAND with the note on its standard input; done when it exits 0
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

enum { AP_ANCHORS_MAX = 16, AP_ANCHOR_NAME_SIZE = 512 };

enum ap_anchor_kind { AP_ANCHOR_DIRECTORY, AP_ANCHOR_COMMAND };

struct ap_anchor {
    enum ap_anchor_kind kind;
    const char *name;   /* as it was given: "dir:/mnt/worm" */
    const char *target; /* within name: "/mnt/worm" */
};

struct ap_anchor_result {
    char name[AP_ANCHOR_NAME_SIZE];
    bool done;
    char message[AP_ERROR_MESSAGE_SIZE]; /* why not */
};

/* AP_EINPUT for what is no anchor. Borrows text. */
AP_MUST_CHECK enum ap_status ap_anchor_parse(struct ap_anchor *out, const char *text, struct ap_error *err);

/* "anchor", "command": what attestations are called after. Static. */
const char *ap_anchor_kind_name(enum ap_anchor_kind kind);

/*
 * The newest checkpoint of this origin that an anchor can show: its note is appended to *note, which stays empty when
 * it has none or cannot show any.
 */
AP_MUST_CHECK enum ap_status ap_anchor_newest(const struct ap_anchor *anchor, struct ap_digest *digest,
                                              const char *origin, struct ap_buf *note, struct ap_error *err);

/* Hand over a checkpoint. What the anchor answers is appended to answer. AP_ESTATE when it has another one of that
 * size. */
AP_MUST_CHECK enum ap_status ap_anchor_publish(const struct ap_anchor *anchor, struct ap_digest *digest,
                                               const char *origin, uint64_t size, const void *note, size_t len,
                                               struct ap_buf *answer, struct ap_error *err);

#endif
