/* The files of a bundle: their paths, in order, with what they are. */
#ifndef AP_CHECK_FILES_H
#define AP_CHECK_FILES_H

#include <stdint.h>

#include "auditproof/buf.h"
#include "auditproof/bytes.h"

struct file {
    uint32_t path; /* where it begins, in files.paths */
    uint64_t size;
    uint8_t sha256[AP_HASH_LEN];
};

struct files {
    struct ap_buf paths; /* each with its NUL */
    struct file *items;  /* owned; by path, bytewise */
    size_t count, room;
};

/* The path comes after all that are there. */
AP_MUST_CHECK enum ap_status files_add(struct files *files, const char *path, uint64_t size,
                                       const uint8_t sha256[AP_HASH_LEN], struct ap_error *err);
const char *files_path(const struct files *files, size_t index);
/* NULL when it is not there. */
const struct file *files_find(const struct files *files, const char *path);
void files_free(struct files *files);

#endif
