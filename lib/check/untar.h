/*
 * Reading a tar archive as strictly as audit-bundle(5) has it (ARCHIVE): what two readers could understand differently
 * is refused.
 */
#ifndef AP_CHECK_UNTAR_H
#define AP_CHECK_UNTAR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "auditproof/bundle.h"
#include "auditproof/bytes.h"
#include "auditproof/digest.h"
#include "bundle/names.h"

enum { UNTAR_BLOCK = 512, UNTAR_CHUNK = 262144 };

/*
 * Put what comes next into out, which has UNTAR_CHUNK bytes; *len is 0 at the end only. *problem, static, is set when
 * what is read is damaged: the bytes before that place are in out.
 */
typedef enum ap_status check_source_fn(void *context, uint8_t *out, size_t size, size_t *len, const char **problem,
                                       struct ap_error *err);

struct untar {
    check_source_fn *source;
    void *context;
    struct ap_digest *digest; /* of the tar */
    uint8_t *chunk;           /* owned */
    uint8_t *at;              /* what was not used yet of it */
    size_t left;
    const char *later;   /* a problem after what is left */
    const char *problem; /* static: why reading stopped; NULL */
    char problem_path[AP_BUNDLE_PATH_MAX + 1];
    char top[AP_BUNDLE_PATH_MAX + 1]; /* the directory's name */
    char name[AP_BUNDLE_PATH_MAX + 1];
    const char *path; /* the member's, within it */
    bool executable;
    uint64_t size, unread; /* of the member */
    uint64_t members, bytes;
    uint64_t mtime;
    struct names names;
};

/* untar_free also after a failure. */
AP_MUST_CHECK enum ap_status untar_open(struct untar *untar, check_source_fn *source, void *context,
                                        struct ap_error *err);
void untar_free(struct untar *untar);

/* The next member: its path and size. *more is false after the last, and when problem is set. */
AP_MUST_CHECK enum ap_status untar_next(struct untar *untar, bool *more, struct ap_error *err);

/* More of the member: *len is 0 at its end, and when problem is set. The bytes may be written to. */
AP_MUST_CHECK enum ap_status untar_read(struct untar *untar, char **bytes, size_t *len, struct ap_error *err);

/* SHA-256 of the tar archive, after its last member. */
AP_MUST_CHECK enum ap_status untar_digest(struct untar *untar, uint8_t out[AP_HASH_LEN], struct ap_error *err);

#endif
