#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "auditproof/file.h"
#include "bundle_internal.h"
#include "tar.h"

/* What deflating a block can make of it at the most, and room to gather writes in. */
enum { EXTENT_MAX = DEFLATE_BLOCK + 4096, OUT_SIZE = 1 << 20 };

static const uint8_t zeros[2 * TAR_BLOCK];

struct assembly {
    struct ap_bundle *bundle;
    struct deflater *deflater; /* for headers and padding */
    struct ap_digest *digest;  /* of the compressed bytes */
    uint8_t *out;              /* OUT_SIZE bytes, */
    size_t len;                /* so many in use */
    uint64_t bytes, tar_bytes;
    uint32_t crc;
    size_t padding; /* owed to the member before */
};

static enum ap_status flush(struct assembly *it, struct ap_error *err)
{
    enum ap_status status = ap_digest_add(it->digest, it->out, it->len, err);

    if (status == AP_OK)
        status = ap_file_write(it->bundle->archive.fd, it->bundle->beside, it->out, it->len, err);
    it->bytes += it->len;
    it->len = 0;
    return status;
}

/* Room for len bytes, at most OUT_SIZE. */
static enum ap_status make_room(struct assembly *it, size_t len, struct ap_error *err)
{
    return len <= OUT_SIZE - it->len ? AP_OK : flush(it, err);
}

static enum ap_status put(struct assembly *it, const uint8_t *bytes, size_t len, struct ap_error *err)
{
    enum ap_status status = make_room(it, len, err);

    if (status != AP_OK)
        return status;
    memcpy(it->out + it->len, bytes, len);
    it->len += len;
    return AP_OK;
}

/* RFC 1952 section 2.3: no name, no time, an unknown system. */
static enum ap_status put_gzip_header(struct assembly *it, struct ap_error *err)
{
    uint8_t header[10] = {0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255};

    header[8] = it->bundle->level == 9 ? 2 : it->bundle->level == 1 ? 4 : 0;
    return put(it, header, sizeof header, err);
}

static enum ap_status put_gzip_trailer(struct assembly *it, struct ap_error *err)
{
    uint8_t trailer[8];

    for (unsigned i = 0; i < 4; i++) {
        trailer[i] = (uint8_t)(it->crc >> (8 * i));
        trailer[4 + i] = (uint8_t)(it->tar_bytes >> (8 * i));
    }
    return put(it, trailer, sizeof trailer, err);
}

/* The padding that is owed, then bytes, as a deflated piece of their own. */
static enum ap_status put_piece(struct assembly *it, const uint8_t *bytes, size_t len, enum deflate_end end,
                                struct ap_error *err)
{
    uint8_t piece[3 * TAR_BLOCK] = {0};
    const uint8_t *deflated = NULL;
    size_t deflated_len = 0, piece_len = it->padding + len;
    enum ap_status status;

    memcpy(piece + it->padding, bytes, len);
    status = deflater_run(it->deflater, NULL, 0, piece, piece_len, end, &deflated, &deflated_len, err);
    if (status != AP_OK)
        return status;
    it->crc = deflate_crc(it->crc, piece, piece_len);
    it->tar_bytes += piece_len;
    it->padding = 0;
    return put(it, deflated, deflated_len, err);
}

static enum ap_status put_content(struct assembly *it, const struct ap_member *member, struct ap_error *err)
{
    uint64_t left = member->size;

    for (size_t i = 0; i < member->extents.count; i++) {
        const struct extent *extent = &member->extents.list[i];
        uint64_t len = left < DEFLATE_BLOCK ? left : DEFLATE_BLOCK;
        enum ap_status status = pool_status(&it->bundle->pool, err);

        if (status == AP_OK && extent->len > EXTENT_MAX)
            status = ap_fail(err, AP_EINTERNAL, "a block of %s grew to %u bytes", member->path, extent->len);
        if (status == AP_OK)
            status = make_room(it, extent->len, err);
        if (status == AP_OK)
            status = pool_read(&it->bundle->pool, extent, it->out + it->len, err);
        if (status != AP_OK)
            return status;
        it->len += extent->len;
        it->crc = deflate_crc_join(it->crc, extent->crc, len);
        left -= len;
    }
    it->tar_bytes += member->size;
    it->padding = tar_padding(member->size);
    return AP_OK;
}

static enum ap_status put_member(struct assembly *it, const struct ap_member *member, struct ap_error *err)
{
    char path[2 * AP_BUNDLE_PATH_MAX + 2];
    unsigned mode = strcmp(member->path, "verify.sh") == 0 ? 0755 : 0644;
    uint8_t header[TAR_BLOCK];
    enum ap_status status;

    (void)snprintf(path, sizeof path, "%s/%s", it->bundle->name, member->path);
    tar_header(header, path, mode, member->size, (uint64_t)it->bundle->mtime_s);
    status = put_piece(it, header, sizeof header, DEFLATE_MORE, err);
    return status == AP_OK ? put_content(it, member, err) : status;
}

static enum ap_status put_all(struct assembly *it, struct ap_error *err)
{
    const struct ap_bundle *bundle = it->bundle;
    enum ap_status status = put_gzip_header(it, err);

    for (size_t i = 0; i < bundle->count && status == AP_OK; i++)
        status = put_member(it, bundle->members[i], err);
    if (status == AP_OK)
        status = put_piece(it, zeros, sizeof zeros, DEFLATE_LAST, err);
    if (status == AP_OK)
        status = put_gzip_trailer(it, err);
    if (status == AP_OK)
        status = flush(it, err);
    if (status == AP_OK && fsync(bundle->archive.fd) != 0)
        status = ap_fail_errno(err, errno, "cannot write %s", bundle->beside);
    return status;
}

enum ap_status bundle_assemble(struct ap_bundle *bundle, struct ap_bundle_summary *out, struct ap_error *err)
{
    struct assembly it = {.bundle = bundle};
    enum ap_status status = deflater_new(&it.deflater, bundle->level, err);

    if (status == AP_OK)
        status = ap_digest_new(&it.digest, err);
    if (status == AP_OK)
        status = ap_digest_start(it.digest, err);
    it.out = malloc(OUT_SIZE);
    if (status == AP_OK && it.out == NULL)
        status = ap_fail_memory(err, "the archive");
    if (status == AP_OK)
        status = put_all(&it, err);
    if (status == AP_OK)
        status = ap_digest_end(it.digest, out->sha256, err);
    out->bytes = it.bytes;
    out->tar_bytes = it.tar_bytes;
    free(it.out);
    ap_digest_free(it.digest);
    deflater_free(it.deflater);
    return status;
}
