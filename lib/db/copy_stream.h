/* The bytes of `COPY … (FORMAT binary)`, message by message, apart from the connection that they come over. */
#ifndef AUDITPROOF_DB_COPY_STREAM_H
#define AUDITPROOF_DB_COPY_STREAM_H

#include "auditproof/copy.h"

struct copy_stream {
    size_t columns;
    const uint8_t *at, *end; /* what is left of the message; borrowed */
    bool has_header, has_trailer;
};

/*
 * The next row of the message, or *more false when the message is used up. The server begins with a message that holds
 * the whole header, and sends no row in two: anything else is AP_EIO, as is whatever follows the trailer.
 */
AP_MUST_CHECK enum ap_status copy_stream_next(struct copy_stream *stream, struct ap_field *fields, bool *more,
                                              struct ap_error *err);

/* The server says that this was all: it was not, unless the trailer has come. */
AP_MUST_CHECK enum ap_status copy_stream_end(const struct copy_stream *stream, struct ap_error *err);

#endif
