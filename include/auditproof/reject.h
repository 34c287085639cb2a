/* The file that keeps lines which were read and not stored, each as it came, so that it can be mended and fed again. */
#ifndef AUDITPROOF_REJECT_H
#define AUDITPROOF_REJECT_H

#include <stddef.h>

#include "auditproof/error.h"

struct ap_reject;

/* Creates the file, or appends to it. Each write goes to the file at once. */
AP_MUST_CHECK enum ap_status ap_reject_open(struct ap_reject **out, const char *path, struct ap_error *err);

/* A line that goes before the next one of another kind: a CSV header. */
AP_MUST_CHECK enum ap_status ap_reject_header(struct ap_reject *reject, const char *text, size_t len,
                                              struct ap_error *err);

/* Keep bytes as they are; ap_reject_line adds a line end. */
AP_MUST_CHECK enum ap_status ap_reject_bytes(struct ap_reject *reject, const char *bytes, size_t len,
                                             struct ap_error *err);
AP_MUST_CHECK enum ap_status ap_reject_line(struct ap_reject *reject, const char *text, size_t len,
                                            struct ap_error *err);

/* Make sure of what was written (fsync), and close. NULL is harmless. */
AP_MUST_CHECK enum ap_status ap_reject_close(struct ap_reject *reject, struct ap_error *err);

#endif
