/* The result of a run for monitoring (auditverify(1), METRICS). */
#ifndef AUDITPROOF_CMD_AUDITVERIFY_METRICS_FILE_H
#define AUDITPROOF_CMD_AUDITVERIFY_METRICS_FILE_H

#include "auditproof/verify.h"

struct ended {
    const char *database;                  /* NULL while it is not known */
    const struct ap_verify_options *asked; /* both NULL */
    const struct ap_verify_report *report; /* when nothing could be told */
    int64_t duration_us;
    int exit_status;
};

/* Replaces the file as a whole. What this run could not tell stays as the file has it. */
AP_MUST_CHECK enum ap_status metrics_file_write(const char *path, const struct ended *ended, struct ap_error *err);

#endif
