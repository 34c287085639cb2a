/*
 * Small files, read whole and replaced whole.
 */
#ifndef AUDITPROOF_FILE_H
#define AUDITPROOF_FILE_H

#include <stddef.h>

#include "auditproof/buf.h"
#include "auditproof/error.h"

/* Append the file to out. AP_ELIMIT when it has more than max bytes; AP_EIO with errno as it was left. */
AP_MUST_CHECK enum ap_status ap_file_read(const char *path, size_t max, struct ap_buf *out, struct ap_error *err);

/*
 * The file then has these bytes, or, whatever happens, those that it had: a new one is written beside it, flushed to
 * disk and renamed, and the directory flushed. One writer at a time.
 */
AP_MUST_CHECK enum ap_status ap_file_replace(const char *path, const void *bytes, size_t len, struct ap_error *err);
/* The same for what nobody but its owner may read (mode 0600). */
AP_MUST_CHECK enum ap_status ap_file_replace_private(const char *path, const void *bytes, size_t len,
                                                     struct ap_error *err);

/* All of it, at the descriptor's offset. `what` names the file in messages. */
AP_MUST_CHECK enum ap_status ap_file_write(int fd, const char *what, const void *bytes, size_t len,
                                           struct ap_error *err);

/* Make the name of the file at path as lasting as its bytes: flush the directory that it is in. */
AP_MUST_CHECK enum ap_status ap_file_flush_directory(const char *path, struct ap_error *err);

#endif
