#include "check/source.h"

#include <stdlib.h>
#include <string.h>

#include "auditproof/digest.h"
#include "check/inflate.h"

struct source {
    struct inflater *inflater; /* NULL: memory */
    const uint8_t *memory;
    size_t len, used;
};

enum ap_status source_open(struct source **out, int fd, const char *name, struct ap_error *err)
{
    *out = calloc(1, sizeof **out);
    if (*out == NULL)
        return ap_fail_memory(err, "a bundle");
    return inflater_new(&(*out)->inflater, fd, name, err);
}

enum ap_status source_open_memory(struct source **out, const void *bytes, size_t len, struct ap_error *err)
{
    *out = calloc(1, sizeof **out);
    if (*out == NULL)
        return ap_fail_memory(err, "a bundle");
    (*out)->memory = bytes;
    (*out)->len = len;
    return AP_OK;
}

void source_close(struct source *source)
{
    if (source == NULL)
        return;
    inflater_free(source->inflater);
    free(source);
}

enum ap_status source_read(void *context, uint8_t *out, size_t size, size_t *len, const char **problem,
                           struct ap_error *err)
{
    struct source *source = context;

    if (source->inflater != NULL)
        return inflater_read(source->inflater, out, size, len, problem, err);
    *problem = NULL;
    *len = source->len - source->used < size ? source->len - source->used : size;
    if (*len > 0)
        memcpy(out, source->memory + source->used, *len);
    source->used += *len;
    return AP_OK;
}

uint64_t source_bytes(const struct source *source)
{
    return source->inflater != NULL ? inflater_bytes(source->inflater) : source->used;
}

enum ap_status source_digest(struct source *source, uint8_t out[AP_HASH_LEN], struct ap_error *err)
{
    struct ap_digest *digest;
    struct ap_span all = {source->memory, source->len};
    enum ap_status status;

    if (source->inflater != NULL)
        return inflater_digest(source->inflater, out, err);
    status = ap_digest_new(&digest, err);
    if (status == AP_OK)
        status = ap_digest_spans(digest, out, &all, 1, err);
    ap_digest_free(digest);
    return status;
}
