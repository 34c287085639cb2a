/* Reading a file that is one gzip member as a bundle's is (audit-bundle(5), ARCHIVE), and nothing more. */
#ifndef AP_CHECK_INFLATE_H
#define AP_CHECK_INFLATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "auditproof/bytes.h"
#include "auditproof/error.h"

struct inflater;

/* AP_EINPUT when the file does not begin as gzip does. `name` is borrowed. */
AP_MUST_CHECK enum ap_status inflater_new(struct inflater **out, int fd, const char *name, struct ap_error *err);
void inflater_free(struct inflater *inflater); /* NULL is harmless */

/*
 * Fill out; *len is less than size at the end only. *problem, static, is set when the file is damaged: the bytes before
 * that place are in out. A check_source_fn, of a struct inflater.
 */
AP_MUST_CHECK enum ap_status inflater_read(void *inflater, uint8_t *out, size_t size, size_t *len, const char **problem,
                                           struct ap_error *err);

/* Bytes of the file read so far. */
uint64_t inflater_bytes(const struct inflater *inflater);

/* SHA-256 of the file, once all of it was read. */
AP_MUST_CHECK enum ap_status inflater_digest(struct inflater *inflater, uint8_t out[AP_HASH_LEN], struct ap_error *err);

#endif
