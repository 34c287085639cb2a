/*
 * Exceptions wait here until the last entry was read, since what they are may depend on it: in a file, for there may be
 * one for each entry. A record is the number of its rule, its length, and its bytes.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>

#include "soc2_internal.h"

static const char unwritten[] = "cannot write the exceptions to a temporary file beside the bundle";
static const char unread[] = "cannot read the exceptions back from the temporary file beside the bundle";

struct head {
    uint64_t rule, len;
};

enum ap_status spool_open(struct spool *spool, const struct ap_bundle *bundle, struct ap_error *err)
{
    enum ap_status status = ap_bundle_scratch(bundle, &spool->file, err);

    if (status != AP_OK)
        return status;
    spool->stream = fdopen(spool->file.fd, "w+");
    if (spool->stream != NULL)
        return AP_OK;
    status = ap_fail_errno(err, errno, "%s", unwritten);
    ap_temp_file_close(&spool->file);
    return status;
}

void spool_close(struct spool *spool)
{
    /* Nobody needs what could not be written: whoever does asked spool_rewind. */
    if (spool->stream != NULL)
        (void)fclose(spool->stream);
    spool->stream = NULL;
}

enum ap_status spool_put(struct spool *spool, size_t rule, const struct ap_buf *record, struct ap_error *err)
{
    struct head head = {rule, record->len};

    if (fwrite(&head, sizeof head, 1, spool->stream) != 1 ||
        fwrite(record->data, 1, record->len, spool->stream) != record->len)
        return ap_fail_errno(err, errno, "%s", unwritten);
    return AP_OK;
}

enum ap_status spool_rewind(struct spool *spool, struct ap_error *err)
{
    if (fflush(spool->stream) != 0 || fseek(spool->stream, 0, SEEK_SET) != 0)
        return ap_fail_errno(err, errno, "%s", unwritten);
    return AP_OK;
}

enum ap_status spool_next(struct spool *spool, bool *more, size_t *rule, struct ap_buf *record, struct ap_error *err)
{
    struct head head;
    size_t got = fread(&head, 1, sizeof head, spool->stream);
    char *room;

    *more = got > 0;
    if (got == 0 && feof(spool->stream) != 0)
        return AP_OK;
    if (got != sizeof head)
        return ap_fail_errno(err, ferror(spool->stream) != 0 ? errno : EIO, "%s", unread);
    ap_buf_clear(record);
    room = ap_buf_reserve(record, head.len);
    if (room == NULL)
        return ap_buf_check(record, "an exception", err);
    if (fread(room, 1, head.len, spool->stream) != head.len)
        return ap_fail_errno(err, ferror(spool->stream) != 0 ? errno : EIO, "%s", unread);
    record->len = head.len;
    *rule = head.rule;
    return AP_OK;
}
