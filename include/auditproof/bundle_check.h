/*
 * Checking evidence bundles (audit-bundle(5), CHECKING): no database, one pass over the archive, constant memory beside
 * a list of its members. Whoever sent a bundle may have made it to do harm: what is not as it must be is a finding, and
 * nothing is ever written.
 */
#ifndef AUDITPROOF_BUNDLE_CHECK_H
#define AUDITPROOF_BUNDLE_CHECK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "auditproof/bundle.h"
#include "auditproof/entry.h"
#include "auditproof/finding.h"
#include "auditproof/note.h"
#include "auditproof/policy.h"

/* A key that the reader knows from elsewhere: a verifier key, or the fingerprint of one. */
struct ap_pin {
    bool is_fingerprint;
    bool of_log; /* it is known as the log's, and not as one that signs bundles */
    uint8_t fingerprint[AP_HASH_LEN];
    struct ap_vkey vkey;
};

/* A checkpoint that was kept elsewhere: a signed note, byte for byte. */
struct ap_kept_note {
    const char *name; /* for messages */
    const char *bytes;
    size_t len;
};

struct ap_bundle_progress {
    uint64_t bytes;   /* of the file, read so far */
    uint64_t entries; /* checked so far */
};

/* What the bundle says of itself, in data/bundle.json. Believed as far as `verdict` goes. */
struct ap_bundle_about {
    bool known; /* it could be read */
    char kind[16];
    struct ap_uuid chain;
    bool has_period;
    int64_t from_us, to_us, as_of_us;
    uint64_t log_size, chain_size;
    bool withheld[AP_GROUPS];
    bool incomplete;
    char tool[64];
};

/* An entry as it stands in data/events/. What is known of it is what the verdict, in the end, says of the bundle. */
struct ap_bundle_entry {
    uint64_t seq;
    int64_t recorded_at_us;
    const uint8_t *entry_hash;
    struct ap_span text; /* NULL of one whose row was purged */
    bool whole;          /* with a text, and every group of it disclosed or erased */
};

/* What reads along. Each function may be NULL; an error ends the check. */
struct ap_bundle_reader {
    enum ap_status (*entry)(void *context, const struct ap_bundle_about *about, const struct ap_bundle_entry *entry,
                            struct ap_error *err);
    /* bytes: of data/bundle.json and what else is read whole; else data is NULL. */
    enum ap_status (*file)(void *context, const char *path, const uint8_t sha256[AP_HASH_LEN],
                           const struct ap_span *bytes, struct ap_error *err);
    void *context;
};

struct ap_bundle_check_options {
    const struct ap_pin *pins;
    size_t pin_count;
    const struct ap_policy *policy; /* NULL, or which log's keys are pinned too, and who must have cosigned */
    const struct ap_kept_note *anchors;
    size_t anchor_count;
    const char *authorities; /* PEM file or directory of certificates that vouch for time-stamps; NULL: not checked */
    size_t max_findings;     /* findings to keep; all are counted. Each takes 1.4 kB */
    void (*progress)(void *context, const struct ap_bundle_progress *progress); /* may be NULL; called now and then */
    void *context;
    const volatile bool *stop;             /* may be NULL; set it to have the check return AP_ECANCELLED */
    const struct ap_bundle_reader *reader; /* may be NULL */
};

enum ap_bundle_verdict {
    AP_BUNDLE_FINDINGS,
    AP_BUNDLE_INTACT,  /* all agrees; but for whose keys these are there is the bundle's own word only */
    AP_BUNDLE_TRUSTED, /* and the bundle's key and the log's are pinned */
};

/* A key of the bundle. */
struct ap_bundle_key {
    bool known;
    bool pinned;
    char vkey[AP_VKEY_TEXT_SIZE];
    uint8_t fingerprint[AP_HASH_LEN];
};

struct ap_bundle_check_report {
    enum ap_bundle_verdict verdict;
    struct ap_finding *findings; /* owned; object is the file's path, where there is one */
    size_t finding_count;
    uint64_t found; /* of which findings holds the first */
    uint64_t by_kind[AP_FINDING_KINDS];

    bool whole;                         /* the archive could be read to its end; else there are no digests */
    char name[AP_BUNDLE_PATH_MAX + 1];  /* the archive's directory */
    uint64_t members, bytes, tar_bytes; /* bytes: of the file */
    uint8_t sha256[AP_HASH_LEN];        /* of the file */
    uint8_t tar_sha256[AP_HASH_LEN];    /* of the archive in it */
    uint8_t tagmanifest_sha256[AP_HASH_LEN];

    struct ap_bundle_about about;
    uint64_t entries, segments, purged, erased_groups; /* counted */
    uint64_t first_seq, last_seq;                      /* 0 where there are no entries */
    int64_t first_recorded_us, last_recorded_us;
    uint64_t disclosed[AP_GROUPS]; /* values whose commitments were checked */

    struct ap_bundle_key bundle_key, log_key; /* log_key: the one that signed the checkpoint */
    bool log_key_followed;                    /* not log_key itself is pinned, but one that its history leads to */
    size_t changes, changes_undone; /* of the log's key; and those since which a declared restore left fewer seals */
    uint64_t checkpoint_size, previous_size; /* seals; 0 where there is no such checkpoint */
    int64_t previous_at_us;                  /* when the earlier one was made, as the bundle says */
    const char *previous_kept_as;            /* NULL, or its name among `anchors`; borrowed from the options */
    unsigned cosignatures;                   /* by witnesses that the bundle names, good */
    unsigned policy_cosignatures;            /* by witnesses of the policy */
    bool stamped, stamp_checked;             /* checked: signed by an authority that `authorities` vouch for */
    int64_t stamped_at_us;
    char stamped_by[256];
    uint64_t anchors_agree, anchors_passed_over; /* kept checkpoints: of the same log and size, and others */
};

/*
 * Read the bundle at the descriptor's offset, to the file's end. `name` is the file's, for messages. AP_EINPUT when it
 * is no gzip file at all; AP_EIO when it cannot be read; whatever else is wrong with it is a finding. Free the report
 * in every case.
 */
AP_MUST_CHECK enum ap_status ap_bundle_check(int fd, const char *name, const struct ap_bundle_check_options *options,
                                             struct ap_bundle_check_report *report, struct ap_error *err);
void ap_bundle_check_report_free(struct ap_bundle_check_report *report);

/*
 * Write the files of a bundle that was checked, read again from the descriptor's offset, as directory/NAME/PATH. The
 * directory is made when it is not there; NAME must not be there, and is only when every byte was what was checked.
 * AP_ESTATE when NAME is there, or when the bundle is not what it was.
 */
AP_MUST_CHECK enum ap_status ap_bundle_extract(int fd, const char *name, const struct ap_bundle_check_report *checked,
                                               const char *directory, const volatile bool *stop, struct ap_error *err);

#endif
