#include "check/inflate.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define ZLIB_CONST /* next_in points to what is only read */
#include <zlib.h>

#include "auditproof/digest.h"

enum { HEADER_LEN = 10, TRAILER_LEN = 8, IN_LEN = 131072 };

struct inflater {
    int fd;
    const char *name;
    struct ap_digest *digest; /* of the file */
    z_stream stream;
    bool begun;          /* stream is to be ended */
    bool ended;          /* the deflated data is over, and what follows it was looked at */
    const char *problem; /* in the header */
    uint32_t crc;
    uint64_t bytes, out_bytes;
    uint8_t in[IN_LEN];
};

/* Up to len bytes; fewer at the end of the file only. */
static enum ap_status read_file(struct inflater *inflater, uint8_t *bytes, size_t len, size_t *got,
                                struct ap_error *err)
{
    *got = 0;
    while (*got < len) {
        ssize_t n = read(inflater->fd, bytes + *got, len - *got);

        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return ap_fail_errno(err, errno, "cannot read %s", inflater->name);
        if (n == 0)
            break;
        *got += (size_t)n;
    }
    inflater->bytes += *got;
    return ap_digest_add(inflater->digest, bytes, *got, err);
}

/* A bundle's header says nothing of where and when it was made. */
static enum ap_status read_header(struct inflater *inflater, struct ap_error *err)
{
    static const uint8_t want[8] = {0x1f, 0x8b, 8, 0, 0, 0, 0, 0};
    uint8_t header[HEADER_LEN];
    size_t len;
    enum ap_status status = read_file(inflater, header, sizeof header, &len, err);

    if (status != AP_OK)
        return status;
    if (len < 2 || memcmp(header, want, 2) != 0)
        return ap_fail(err, AP_EINPUT, "%s is no evidence bundle: it is not a gzip file", inflater->name);
    if (len < sizeof header)
        inflater->problem = "the archive is cut";
    else if (memcmp(header, want, sizeof want) != 0 || (header[8] != 0 && header[8] != 2 && header[8] != 4) ||
             header[9] != 0xff)
        inflater->problem = "the gzip header has a name, a time or something else that a bundle's has not";
    return AP_OK;
}

enum ap_status inflater_new(struct inflater **out, int fd, const char *name, struct ap_error *err)
{
    struct inflater *inflater = calloc(1, sizeof *inflater);
    enum ap_status status;

    *out = inflater;
    if (inflater == NULL)
        return ap_fail_memory(err, "a bundle");
    inflater->fd = fd;
    inflater->name = name;
    if (inflateInit2(&inflater->stream, -MAX_WBITS) != Z_OK)
        return ap_fail_memory(err, "a bundle");
    inflater->begun = true;
    status = ap_digest_new(&inflater->digest, err);
    if (status == AP_OK)
        status = ap_digest_start(inflater->digest, err);
    return status == AP_OK ? read_header(inflater, err) : status;
}

void inflater_free(struct inflater *inflater)
{
    if (inflater == NULL)
        return;
    if (inflater->begun)
        (void)inflateEnd(&inflater->stream);
    ap_digest_free(inflater->digest);
    free(inflater);
}

/* The checksum and the length follow the data, and nothing follows them. */
static enum ap_status read_trailer(struct inflater *inflater, const char **problem, struct ap_error *err)
{
    uint8_t trailer[TRAILER_LEN + 1] = {0};
    size_t len = inflater->stream.avail_in < sizeof trailer ? inflater->stream.avail_in : sizeof trailer, more;
    uint32_t crc, length;
    enum ap_status status;

    memcpy(trailer, inflater->stream.next_in, len);
    status = read_file(inflater, trailer + len, sizeof trailer - len, &more, err);
    if (status != AP_OK)
        return status;
    len += more;
    crc = ((uint32_t)trailer[3] << 24) | ((uint32_t)trailer[2] << 16) | ((uint32_t)trailer[1] << 8) | trailer[0];
    length = ((uint32_t)trailer[7] << 24) | ((uint32_t)trailer[6] << 16) | ((uint32_t)trailer[5] << 8) | trailer[4];
    if (len < TRAILER_LEN)
        *problem = "the archive is cut";
    else if (crc != inflater->crc || length != (uint32_t)inflater->out_bytes)
        *problem = "gzip's checksum or length is wrong";
    else if (len > TRAILER_LEN)
        *problem = "bytes follow the end of the gzip stream";
    return AP_OK;
}

/* One call of zlib, with bytes of the file for it. */
static enum ap_status step(struct inflater *inflater, const char **problem, struct ap_error *err)
{
    z_stream *stream = &inflater->stream;
    enum ap_status status = AP_OK;
    bool cut = false;
    size_t len;
    int result;

    if (stream->avail_in == 0) {
        status = read_file(inflater, inflater->in, sizeof inflater->in, &len, err);
        stream->next_in = inflater->in;
        stream->avail_in = (uInt)len;
        cut = len == 0;
    }
    if (status != AP_OK)
        return status;
    result = inflate(stream, Z_NO_FLUSH);
    if (result == Z_MEM_ERROR)
        return ap_fail_memory(err, "a bundle");
    inflater->ended = result == Z_STREAM_END;
    if (result != Z_OK && result != Z_STREAM_END && result != Z_BUF_ERROR)
        *problem = "the compressed data is damaged";
    else if (cut && !inflater->ended)
        *problem = "the archive is cut";
    return AP_OK;
}

enum ap_status inflater_read(void *context, uint8_t *out, size_t size, size_t *len, const char **problem,
                             struct ap_error *err)
{
    struct inflater *inflater = context;
    z_stream *stream = &inflater->stream;
    bool ended = inflater->ended;
    enum ap_status status = AP_OK;

    *problem = inflater->problem;
    stream->next_out = out;
    stream->avail_out = (uInt)size;
    while (status == AP_OK && *problem == NULL && stream->avail_out > 0 && !inflater->ended)
        status = step(inflater, problem, err);
    *len = size - stream->avail_out;
    inflater->crc = (uint32_t)crc32_z(inflater->crc, out, *len);
    inflater->out_bytes += *len;
    if (status == AP_OK && *problem == NULL && inflater->ended && !ended)
        status = read_trailer(inflater, problem, err);
    inflater->problem = *problem;
    return status;
}

uint64_t inflater_bytes(const struct inflater *inflater)
{
    return inflater->bytes;
}

enum ap_status inflater_digest(struct inflater *inflater, uint8_t out[AP_HASH_LEN], struct ap_error *err)
{
    return ap_digest_end(inflater->digest, out, err);
}
