#include <stdlib.h>
#include <string.h>

#include "bundle_internal.h"

enum ap_status member_new(struct ap_bundle *bundle, const char *path, struct ap_member **out, struct ap_error *err)
{
    struct ap_member *member = calloc(1, sizeof *member);
    enum ap_status status;

    *out = NULL;
    if (member == NULL)
        return ap_fail_memory(err, "a member of the archive");
    member->bundle = bundle;
    memcpy(member->path, path, strlen(path) + 1);
    status = ap_digest_new(&member->digest, err);
    if (status == AP_OK)
        status = ap_digest_start(member->digest, err);
    if (status != AP_OK) {
        member_free(member);
        return status;
    }
    bundle->open++;
    *out = member;
    return AP_OK;
}

void member_free(struct ap_member *member)
{
    if (member == NULL)
        return;
    ap_digest_free(member->digest);
    free(member->block);
    free(member->extents.list);
    free(member);
}

static enum ap_status inspect(const struct ap_member *member, const void *bytes, size_t len, bool end,
                              struct ap_error *err)
{
    const struct ap_bundle *bundle = member->bundle;

    return bundle->inspect == NULL ? AP_OK
                                   : bundle->inspect(bundle->inspect_context, member->path, bytes, len, end, err);
}

/* The full block goes to the threads; a new one begins with what the next may refer to. */
static enum ap_status next_block(struct ap_member *member, struct ap_error *err)
{
    struct pool *pool = &member->bundle->pool;
    struct block *full = member->block, *next = NULL;
    enum ap_status status = pool_take(pool, &next, err);

    if (status != AP_OK)
        return status;
    member->block = next;
    if (full == NULL)
        return AP_OK;
    next->window_len = DEFLATE_WINDOW;
    memcpy(next->bytes, full->bytes + full->window_len + full->len - DEFLATE_WINDOW, DEFLATE_WINDOW);
    return pool_submit(pool, full, &member->extents, err);
}

static enum ap_status take(struct ap_member *member, const uint8_t *bytes, size_t len, struct ap_error *err)
{
    enum ap_status status = ap_digest_add(member->digest, bytes, len, err);

    while (len > 0 && status == AP_OK) {
        struct block *block;
        size_t part;

        if (member->block == NULL || member->block->len == DEFLATE_BLOCK)
            status = next_block(member, err);
        if (status != AP_OK)
            break;
        block = member->block;
        part = DEFLATE_BLOCK - block->len;
        if (part > len)
            part = len;
        memcpy(block->bytes + block->window_len + block->len, bytes, part);
        block->len += part;
        member->size += part;
        bytes += part;
        len -= part;
    }
    return status;
}

enum ap_status ap_member_write(struct ap_member *member, const void *bytes, size_t len, struct ap_error *err)
{
    struct pool *pool = &member->bundle->pool;
    struct ap_error failure;
    enum ap_status status;

    if (member->digest == NULL)
        return ap_fail(err, AP_EINTERNAL, "%s was closed already", member->path);
    if (len > AP_BUNDLE_MEMBER_MAX - member->size)
        return ap_fail(err, AP_ELIMIT, "%s in the archive would be longer than 8 GiB; choose a shorter period",
                       member->path);
    if (len == 0)
        return pool_status(pool, err);
    status = inspect(member, bytes, len, false, &failure);
    if (status == AP_OK)
        status = take(member, bytes, len, &failure);
    if (status == AP_OK)
        return AP_OK;
    (void)pool_fail(pool, status, &failure);
    return pool_status(pool, err);
}

enum ap_status ap_member_close(struct ap_member *member, struct ap_error *err)
{
    struct pool *pool = &member->bundle->pool;
    struct block *last = member->block;
    struct ap_error failure;
    enum ap_status status;

    if (member->digest == NULL)
        return ap_fail(err, AP_EINTERNAL, "%s was closed already", member->path);
    status = inspect(member, "", 0, true, &failure);
    if (status == AP_OK)
        status = ap_digest_end(member->digest, member->sha256, &failure);
    ap_digest_free(member->digest);
    member->digest = NULL;
    member->bundle->open--;
    member->block = NULL;
    if (status != AP_OK) {
        pool_drop(pool, last);
        (void)pool_fail(pool, status, &failure);
        return pool_status(pool, err);
    }
    return last == NULL ? pool_status(pool, err) : pool_submit(pool, last, &member->extents, err);
}

uint64_t ap_member_size(const struct ap_member *member)
{
    return member->size;
}

const uint8_t *ap_member_sha256(const struct ap_member *member)
{
    return member->sha256;
}

const char *ap_member_path(const struct ap_member *member)
{
    return member->path;
}

void ap_member_set_rows(struct ap_member *member, uint64_t rows)
{
    member->rows = rows + 1;
}

bool ap_member_rows(const struct ap_member *member, uint64_t *rows)
{
    *rows = member->rows - (member->rows > 0);
    return member->rows > 0;
}

enum ap_status ap_bundle_each(const struct ap_bundle *bundle, ap_member_fn *fn, void *context, struct ap_error *err)
{
    enum ap_status status = AP_OK;

    for (size_t i = 0; status == AP_OK && i < bundle->count; i++)
        status = fn(context, bundle->members[i], err);
    return status;
}
