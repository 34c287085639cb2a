/* Raw deflate (RFC 1951) in blocks that can be made apart and put one after the other, and their CRC-32. */
#ifndef AP_BUNDLE_DEFLATE_H
#define AP_BUNDLE_DEFLATE_H

#include <stddef.h>
#include <stdint.h>

#include "auditproof/error.h"

/* Bytes of input in a block, and of what precedes it that it may refer to. */
enum { DEFLATE_BLOCK = 131072, DEFLATE_WINDOW = 32768 };

struct deflater;

enum deflate_end { DEFLATE_MORE, DEFLATE_LAST };

AP_MUST_CHECK enum ap_status deflater_new(struct deflater **out, int level, struct ap_error *err);
void deflater_free(struct deflater *deflater); /* NULL is harmless */

/*
 * Deflate len bytes, at most DEFLATE_BLOCK, into memory of the deflater's, which holds until the next call. What comes
 * out ends at a byte, and with DEFLATE_LAST ends the stream. window: the window_len bytes, at most DEFLATE_WINDOW, that
 * the reader will have had just before.
 */
AP_MUST_CHECK enum ap_status deflater_run(struct deflater *deflater, const uint8_t *window, size_t window_len,
                                          const uint8_t *bytes, size_t len, enum deflate_end end, const uint8_t **out,
                                          size_t *out_len, struct ap_error *err);

/* CRC-32 of gzip; that of no bytes is 0. */
uint32_t deflate_crc(uint32_t crc, const uint8_t *bytes, size_t len);
/* That of one thing and then another, of len bytes. */
uint32_t deflate_crc_join(uint32_t first, uint32_t second, uint64_t len);

#endif
