/* Where a report goes: a file in the organization's directory, and what the application calls it. */
#ifndef AUDITPROOF_CMD_AUDITSCHEDULE_OUTPUT_H
#define AUDITPROOF_CMD_AUDITSCHEDULE_OUTPUT_H

#include "auditproof/bytes.h"
#include "auditproof/scheduler.h"

enum { OUTPUT_PATH_SIZE = 4096, OUTPUT_NAME_SIZE = 256 };

struct output_place {
    const char *directory; /* a whole path, shorter than OUTPUT_PATH_SIZE */
    const char *url;       /* what it is called in links, or NULL */
};

struct output {
    const struct output_place *place;
    char name[OUTPUT_NAME_SIZE]; /* within the directory */
    char path[OUTPUT_PATH_SIZE + OUTPUT_NAME_SIZE];
    char url[OUTPUT_PATH_SIZE + OUTPUT_NAME_SIZE];
    uint8_t sha256[AP_HASH_LEN];
    uint64_t bytes;
};

/* Name the file of a run, and make the directory that it is to be in. */
AP_MUST_CHECK enum ap_status output_name(struct output *output, const struct output_place *place,
                                         const struct ap_run *run, struct ap_error *err);
/* Read it once it is written. */
AP_MUST_CHECK enum ap_status output_digest(struct output *output, struct ap_error *err);
/* It is not to be kept. */
AP_MUST_CHECK enum ap_status output_remove(const struct output *output, struct ap_error *err);

#endif
