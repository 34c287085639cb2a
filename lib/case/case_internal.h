/* A case folder at work. Nothing outside lib/case includes this. */
#ifndef AUDITPROOF_CASE_INTERNAL_H
#define AUDITPROOF_CASE_INTERNAL_H

#include "auditproof/case.h"
#include "auditproof/digest.h"

#define CASE_STEP_FILE "step.json"
#define CASE_UNFINISHED "unfinished" /* where a step is made, until it has its number */

enum { CASE_STEP_NAME = 5 }; /* "0001" */

struct ap_case {
    char *path; /* owned */
    int fd;
    struct ap_digest *digest;  /* owned */
    struct ap_buf json, texts; /* of the step that was read last */
    /* while a step is taken */
    int step_fd, file_fd; /* -1: none */
    unsigned steps;
    uint8_t head[AP_HASH_LEN];
    struct ap_case_file files[AP_CASE_FILES_MAX];
    size_t file_count;
};

/* The whole regular file, of at most so many bytes, without following a link. *why, where it is none, is a problem. */
AP_MUST_CHECK enum ap_status case_read_small(int dir, const char *name, size_t max, struct ap_buf *out,
                                             const char **why, struct ap_error *err);
/* A descriptor of a regular file, or -1, and why not. */
int case_open_file(int dir, const char *name, const char **why);
int case_open_step(const struct ap_case *folder, unsigned number, const char **why);

/* Remove what a step that was not finished left. */
AP_MUST_CHECK enum ap_status case_clear_unfinished(const struct ap_case *folder, struct ap_error *err);

/* Those that a step which was not finished can have left. */
bool case_is_step_file(const char *name);

/* Names that a step's file can have. */
bool case_is_file_name(const char *name, size_t len);

AP_MUST_CHECK enum ap_status case_hash(struct ap_digest *digest, uint8_t out[AP_HASH_LEN], const struct ap_buf *bytes,
                                       struct ap_error *err);

#endif
