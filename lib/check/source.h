/* Where an archive's bytes come from: a file, inflated in a thread of its own; or, for tests, memory. */
#ifndef AP_CHECK_SOURCE_H
#define AP_CHECK_SOURCE_H

#include <stddef.h>
#include <stdint.h>

#include "auditproof/bundle_check.h"

struct source;

/* As inflater_new; source_close also after a failure. */
AP_MUST_CHECK enum ap_status source_open(struct source **out, int fd, const char *name, struct ap_error *err);
/* A tar archive in memory, which is borrowed, without compression around it. */
AP_MUST_CHECK enum ap_status source_open_memory(struct source **out, const void *bytes, size_t len,
                                                struct ap_error *err);
void source_close(struct source *source); /* NULL is harmless */

/* A check_source_fn, of a struct source. */
AP_MUST_CHECK enum ap_status source_read(void *source, uint8_t *out, size_t size, size_t *len, const char **problem,
                                         struct ap_error *err);

/* Bytes of the file that were read so far; and, once all were, their SHA-256. */
uint64_t source_bytes(const struct source *source);
AP_MUST_CHECK enum ap_status source_digest(struct source *source, uint8_t out[AP_HASH_LEN], struct ap_error *err);

/* ap_bundle_check of it. */
AP_MUST_CHECK enum ap_status check_source(struct source *source, const struct ap_bundle_check_options *options,
                                          struct ap_bundle_check_report *report, struct ap_error *err);

#endif
