/*
 * Writing evidence bundles (audit-bundle(5)): a gzip of a ustar archive of one directory, deterministic to the byte of
 * the tar, signed, in constant memory.
 *
 * Members are written in any order, several open at once; each is deflated by a pool of threads and spooled, and the
 * archive is put together, sorted, at the end. One thread makes all calls on a bundle and its members. Neither the
 * spool nor, where the file system allows it, the archive has a name before it is complete, so that nothing is left
 * behind however the process ends; all are made with mode 0600, in the target's directory.
 *
 * The first failure, of whichever thread, is what every later call returns; the bundle can then only be freed.
 */
#ifndef AUDITPROOF_BUNDLE_H
#define AUDITPROOF_BUNDLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "auditproof/bytes.h"
#include "auditproof/error.h"
#include "auditproof/sign.h"
#include "auditproof/temp_file.h"

enum {
    AP_BUNDLE_PATH_MAX = 100,       /* bytes of "NAME/PATH" */
    AP_BUNDLE_MEMBERS_MAX = 100000, /* the six that the library writes included */
    AP_BUNDLE_OPEN_MAX = 256,       /* members open at once */
    AP_BUNDLE_LEVEL = 6,
};

#define AP_BUNDLE_MEMBER_MAX ((UINT64_C(1) << 33) - 1) /* bytes of a member */

struct ap_bundle;
struct ap_member;

/*
 * Sees every byte of every member, those that the library writes too, in their order, before it is kept; end: the
 * member is complete. Members take turns. What it returns other than AP_OK fails the bundle.
 */
typedef enum ap_status ap_bundle_inspect_fn(void *context, const char *path, const void *bytes, size_t len, bool end,
                                            struct ap_error *err);

struct ap_bundle_options {
    const char *path; /* the file to be; NULL: none, the archive goes to ap_bundle_send only, and is kept in TMPDIR */
    const char *name; /* the archive's one directory: [a-z0-9-] */
    int64_t mtime_s;  /* of every member, seconds since 1970, 0 to 2^33-1 */
    unsigned jobs;    /* threads that deflate; 0: one for each processor. The bytes do not depend on it */
    int level;        /* 1 to 9; 0: AP_BUNDLE_LEVEL */
    bool force;       /* may replace a file that is there; else AP_ESTATE, at the beginning and at the end */
    const char *encrypt_to; /* PEM certificate: what is put at path is the archive encrypted to it (ap_cms_encrypt) */
    const volatile bool *stop;     /* may be NULL; set it to have the call under way return AP_ECANCELLED */
    ap_bundle_inspect_fn *inspect; /* may be NULL */
    void *inspect_context;
};

/* The options' strings are copied. */
AP_MUST_CHECK enum ap_status ap_bundle_create(struct ap_bundle **out, const struct ap_bundle_options *options,
                                              struct ap_error *err);

/*
 * Begin the member `path`, relative to NAME/. It belongs to the bundle, to the end. AP_EINPUT when the path is not one
 * (audit-bundle(5)), differs from another only in case, or is another's directory; AP_ELIMIT when there are too many.
 */
AP_MUST_CHECK enum ap_status ap_bundle_member(struct ap_bundle *bundle, const char *path, struct ap_member **out,
                                              struct ap_error *err);
AP_MUST_CHECK enum ap_status ap_member_write(struct ap_member *member, const void *bytes, size_t len,
                                             struct ap_error *err);
AP_MUST_CHECK enum ap_status ap_member_close(struct ap_member *member, struct ap_error *err);

/* What a closed member is. size: of an open one, so far. */
uint64_t ap_member_size(const struct ap_member *member);
const char *ap_member_path(const struct ap_member *member);      /* relative to NAME/ */
const uint8_t *ap_member_sha256(const struct ap_member *member); /* AP_HASH_LEN bytes, borrowed */

/* For data/index.html: how many rows or lines a table has, its header not counted. Told by who writes it. */
void ap_member_set_rows(struct ap_member *member, uint64_t rows);
bool ap_member_rows(const struct ap_member *member, uint64_t *rows); /* false: nobody told */

/* Each member that there is so far, in the order of their making. */
typedef enum ap_status ap_member_fn(void *context, const struct ap_member *member, struct ap_error *err);
AP_MUST_CHECK enum ap_status ap_bundle_each(const struct ap_bundle *bundle, ap_member_fn *fn, void *context,
                                            struct ap_error *err);

/* A whole member at once. */
AP_MUST_CHECK enum ap_status ap_bundle_add(struct ap_bundle *bundle, const char *path, const void *bytes, size_t len,
                                           struct ap_error *err);

/* A file for what the caller cannot write yet, which never has a name, where the bundle keeps its own. */
AP_MUST_CHECK enum ap_status ap_bundle_scratch(const struct ap_bundle *bundle, struct ap_temp_file *out,
                                               struct ap_error *err);

/* A line of bag-info.txt. In a value, each control character becomes a space; a NULL value leaves the line out. */
struct ap_bag_info {
    const char *label;
    const char *value;
};

struct ap_bundle_summary {
    uint64_t members;                      /* files in the archive */
    uint64_t payload_files, payload_bytes; /* of them beneath data/: Payload-Oxum */
    uint64_t tar_bytes;                    /* the archive's length before compression */
    uint64_t bytes;                        /* and after it */
    uint8_t sha256[AP_HASH_LEN];           /* of the compressed archive */
    uint8_t tagmanifest_sha256[AP_HASH_LEN];
    uint8_t fingerprint[AP_HASH_LEN]; /* of the key: SHA-256 of its SubjectPublicKeyInfo, DER */
    bool encrypted;
    uint8_t encrypted_to[AP_HASH_LEN]; /* SHA-256 of the certificate, DER */
};

/*
 * Write bagit.txt, bag-info.txt (info's lines in their order, then Payload-Oxum and Bag-Software-Agent),
 * proof/pubkeys.pem, the manifests and tagmanifest.sig, and put the archive together in the temporary, flushed to disk.
 * AP_ESTATE when a member is still open. Members can no longer be added.
 */
AP_MUST_CHECK enum ap_status ap_bundle_finish(struct ap_bundle *bundle, const struct ap_signing_key *key,
                                              const struct ap_bag_info *info, size_t info_count,
                                              struct ap_bundle_summary *out, struct ap_error *err);

/*
 * The finished archive, not yet in its place, for verifying: a descriptor of the bundle's (its offset is nobody's:
 * use pread, or open the path), and a path that this process can open.
 */
int ap_bundle_fd(const struct ap_bundle *bundle);
const char *ap_bundle_temporary(const struct ap_bundle *bundle);

/* Put the finished archive, or what it is encrypted to, in its place, and flush the directory. */
AP_MUST_CHECK enum ap_status ap_bundle_commit(struct ap_bundle *bundle, struct ap_error *err);

/* Instead: write the finished archive, or what it is encrypted to, to fd, a pipe perhaps; `what` names it in messages.
 */
AP_MUST_CHECK enum ap_status ap_bundle_send(struct ap_bundle *bundle, int fd, const char *what, struct ap_error *err);

/* Removes what was not committed. NULL is harmless. */
void ap_bundle_free(struct ap_bundle *bundle);

#endif
