#include "copy_stream.h"

#include <string.h>

#include "auditproof/bytes.h"

enum {
    SIGNATURE_LEN = 11,
    HEADER_LEN = SIGNATURE_LEN + 4 + 4,
};

static enum ap_status cut_short(struct ap_error *err)
{
    return ap_fail(err, AP_EIO, "the server's COPY stream is malformed: a row is cut short");
}

static enum ap_status read_header(struct copy_stream *stream, struct ap_error *err)
{
    static const char signature[SIGNATURE_LEN] = "PGCOPY\n\377\r\n";
    size_t have = (size_t)(stream->end - stream->at);
    size_t extension;

    if (have < HEADER_LEN || memcmp(stream->at, signature, SIGNATURE_LEN) != 0)
        return ap_fail(err, AP_EIO, "the server's COPY stream does not begin with the binary format's signature");
    extension = ap_get_u32(stream->at + SIGNATURE_LEN + 4);
    if (ap_get_u32(stream->at + SIGNATURE_LEN) != 0 || extension > have - HEADER_LEN)
        return ap_fail(err, AP_EIO, "the server's COPY stream has a header that this version does not know");
    stream->at += HEADER_LEN + extension;
    stream->has_header = true;
    return AP_OK;
}

static enum ap_status read_row(struct copy_stream *stream, struct ap_field *fields, struct ap_error *err)
{
    const uint8_t *p = stream->at + 2;

    for (size_t i = 0; i < stream->columns; i++) {
        uint32_t len;

        if (stream->end - p < 4)
            return cut_short(err);
        len = ap_get_u32(p);
        p += 4;
        if (len == UINT32_MAX) {
            fields[i] = (struct ap_field){NULL, 0};
            continue;
        }
        if (len > (size_t)(stream->end - p))
            return cut_short(err);
        fields[i] = (struct ap_field){p, len};
        p += len;
    }
    stream->at = p;
    return AP_OK;
}

enum ap_status copy_stream_next(struct copy_stream *stream, struct ap_field *fields, bool *more, struct ap_error *err)
{
    enum ap_status status;
    uint16_t count;

    *more = false;
    if (!stream->has_header && stream->at != stream->end) {
        status = read_header(stream, err);
        if (status != AP_OK)
            return status;
    }
    while (stream->at != stream->end) {
        if (stream->has_trailer)
            return ap_fail(err, AP_EIO, "the server's COPY stream goes on after its trailer");
        if (stream->end - stream->at < 2)
            return cut_short(err);
        count = ap_get_u16(stream->at);
        if (count == UINT16_MAX) {
            stream->has_trailer = true;
            stream->at += 2;
            continue;
        }
        if (count != stream->columns)
            return ap_fail(err, AP_EIO, "the server's COPY stream has a row of %u columns instead of %zu", count,
                           stream->columns);
        status = read_row(stream, fields, err);
        *more = status == AP_OK;
        return status;
    }
    return AP_OK;
}

enum ap_status copy_stream_end(const struct copy_stream *stream, struct ap_error *err)
{
    if (!stream->has_trailer)
        return ap_fail(err, AP_EIO, "the server's COPY stream ended without its trailer");
    return AP_OK;
}
