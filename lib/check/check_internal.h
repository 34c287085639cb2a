/* A bundle's check under way. */
#ifndef AP_CHECK_INTERNAL_H
#define AP_CHECK_INTERNAL_H

#include "auditproof/bundle_check.h"
#include "auditproof/digest.h"
#include "auditproof/log_key.h"
#include "auditproof/proof.h"
#include "check/event_line.h"
#include "check/files.h"
#include "format/json_members.h"

/* Files that are read whole, in the order of their paths. */
enum held_file {
    HELD_BAG_INFO,
    HELD_BAGIT,
    HELD_BUNDLE,
    HELD_COMPLETENESS,
    HELD_PAYLOAD,
    HELD_NOTE,
    HELD_CONSISTENCY,
    HELD_COSIGNATURES,
    HELD_KEYS,
    HELD_PREVIOUS,
    HELD_PEM,
    HELD_SEAL,
    HELD_TIMESTAMP,
    HELD_TAGS,
    HELD_SIGNATURE,
    HELD_FILES,
};

struct held {
    bool there; /* the bundle has the file */
    bool whole; /* and bytes has all of it */
    struct ap_buf bytes;
};

struct held_rule {
    const char *path;
    enum ap_finding_kind kind; /* when it is too long */
    size_t most;               /* bytes */
    bool required;
};

extern const struct held_rule held_rules[HELD_FILES];

/* Different (size, root) that segments' proofs lead to; a good bundle has one. */
enum { ROOTS_MAX = 64 };

struct event_root {
    uint64_t size, seq; /* seq: of the first segment that leads there */
    struct ap_hash root;
    char path[AP_BUNDLE_PATH_MAX + 1];
};

/* data/events, read line by line. */
struct events {
    struct ap_buf partial; /* a line that began in an earlier chunk */
    char path[AP_BUNDLE_PATH_MAX + 1];
    uint64_t lines; /* in this file, as far as they were read */
    bool start;     /* the next line is the file's first */
    bool skipping;  /* a line was too long */
    bool lost;      /* a line could not be read: what follows cannot be held against it */
    bool has_before;
    char before_path[AP_BUNDLE_PATH_MAX + 1];
    struct event_line *before, *line; /* owned */
    struct event_root roots[ROOTS_MAX];
    size_t root_count;
};

struct check {
    const struct ap_bundle_check_options *options;
    struct ap_bundle_check_report *report;
    struct ap_digest *digest;
    struct files files;
    struct held held[HELD_FILES];
    struct events events;
    bool no_memory; /* a finding could not be kept */

    struct ap_vkey bundle_vkey;
    struct ap_log_keys log_keys;
    struct ap_epochs epochs;
    struct ap_vkey *witnesses; /* owned */
    size_t witness_count;
    bool keys_known, log_pinned;

    struct ap_note *note, *previous; /* owned; parsed from held files */
    bool note_known, previous_known; /* and signed as they must be */
    struct ap_checkpoint checkpoint, earlier;
    struct ap_seal seal;
    bool sealed; /* a seal record was read */
};

/* Count a finding, and keep it when there is room. path may be ""; seq 0: it is about none. detail: printf. */
void check_found(struct check *check, enum ap_finding_kind kind, const char *path, uint64_t seq, const char *detail,
                 ...) AP_PRINTF(5, 6);

/* The file's bytes when it is there and was read whole; else NULL. */
const struct ap_buf *check_held(const struct check *check, enum held_file file);

/* "holds" for a JSON file: an object without a member twice. Else a finding of this kind, and false. */
bool check_members(struct check *check, enum held_file file, enum ap_finding_kind kind, struct json_members *out,
                   enum ap_status *status, struct ap_error *err);

/* data/bundle.json, before the files that follow it are read; and, at the end, what it counts. */
AP_MUST_CHECK enum ap_status check_about(struct check *check, struct ap_error *err);
AP_MUST_CHECK enum ap_status check_counts(struct check *check, struct ap_error *err);

/* The files of data/events, in order; then the end. */
void events_begin(struct check *check, const char *path);
AP_MUST_CHECK enum ap_status events_read(struct check *check, char *bytes, size_t len, struct ap_error *err);
void events_finish(struct check *check);
AP_MUST_CHECK enum ap_status events_end(struct check *check, struct ap_error *err);

/* A line's own hash, text and values. prev: the hash before it, NULL where that is not known. */
AP_MUST_CHECK enum ap_status check_line(struct check *check, const struct event_line *line, const struct ap_hash *prev,
                                        struct ap_error *err);

/* Manifests, bagit.txt and bag-info.txt. */
AP_MUST_CHECK enum ap_status check_bag(struct check *check, struct ap_error *err);
/* proof/keys.json, proof/pubkeys.pem and the bundle's signature. */
AP_MUST_CHECK enum ap_status check_keys(struct check *check, struct ap_error *err);
/* Is the key pinned: by its bytes alone, or, of a log, by its name too? */
bool check_is_pinned(const struct check *check, const struct ap_vkey *key, bool by_name);
/* The checkpoints, what others signed over them, and those that were kept. */
AP_MUST_CHECK enum ap_status check_checkpoints(struct check *check, struct ap_error *err);
AP_MUST_CHECK enum ap_status check_cosignatures(struct check *check, struct ap_error *err);
AP_MUST_CHECK enum ap_status check_timestamp(struct check *check, struct ap_error *err);
AP_MUST_CHECK enum ap_status check_kept(struct check *check, struct ap_error *err);
/* The log, from each change of its key to the checkpoint. */
AP_MUST_CHECK enum ap_status check_changes(struct check *check, struct ap_error *err);
/* The seal, from each segment and to the checkpoint. */
AP_MUST_CHECK enum ap_status check_seal(struct check *check, struct ap_error *err);

#endif
