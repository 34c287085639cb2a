#include "auditproof/reject.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#include "auditproof/buf.h"

struct ap_reject {
    int fd;
    char *path;
    struct ap_buf header; /* to be written before the next line */
    bool header_due;
};

enum ap_status ap_reject_open(struct ap_reject **out, const char *path, struct ap_error *err)
{
    struct ap_reject *r = calloc(1, sizeof *r);

    *out = NULL;
    if (r == NULL || (r->path = strdup(path)) == NULL) {
        free(r);
        return ap_fail_memory(err, "the file of rejected lines");
    }
    /* Lines may hold personal data: for the owner alone. */
    r->fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    if (r->fd < 0) {
        enum ap_status status = ap_fail_errno(err, errno, "cannot open %s for rejected lines", path);

        free(r->path);
        free(r);
        return status;
    }
    *out = r;
    return AP_OK;
}

static enum ap_status write_all(struct ap_reject *r, struct iovec *parts, int count, struct ap_error *err)
{
    while (count > 0) {
        ssize_t n = writev(r->fd, parts, count);

        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return ap_fail_errno(err, errno, "cannot keep a rejected line in %s", r->path);
        for (; count > 0 && (size_t)n >= parts->iov_len; parts++, count--)
            n -= (ssize_t)parts->iov_len;
        if (count > 0) {
            parts->iov_base = (char *)parts->iov_base + n;
            parts->iov_len -= (size_t)n;
        }
    }
    return AP_OK;
}

enum ap_status ap_reject_header(struct ap_reject *reject, const char *text, size_t len, struct ap_error *err)
{
    /* Files with the same header share one. */
    if (reject->header.len == len && memcmp(ap_buf_str(&reject->header), text, len) == 0)
        return AP_OK;
    ap_buf_clear(&reject->header);
    ap_buf_add(&reject->header, text, len);
    reject->header_due = true;
    return ap_buf_check(&reject->header, "a CSV header", err);
}

static enum ap_status write_header(struct ap_reject *r, struct ap_error *err)
{
    struct iovec parts[] = {{r->header.data, r->header.len}, {(char[]){'\n'}, 1}};

    if (!r->header_due)
        return AP_OK;
    r->header_due = false;
    return write_all(r, parts, 2, err);
}

enum ap_status ap_reject_bytes(struct ap_reject *reject, const char *bytes, size_t len, struct ap_error *err)
{
    struct iovec part = {NULL, len};
    enum ap_status status = write_header(reject, err);

    /* writev takes a pointer to what is not const, and changes nothing there. */
    memcpy(&part.iov_base, &bytes, sizeof bytes);
    return status == AP_OK && len > 0 ? write_all(reject, &part, 1, err) : status;
}

enum ap_status ap_reject_line(struct ap_reject *reject, const char *text, size_t len, struct ap_error *err)
{
    struct iovec parts[] = {{NULL, len}, {(char[]){'\n'}, 1}};
    enum ap_status status = write_header(reject, err);

    memcpy(&parts[0].iov_base, &text, sizeof text);
    return status == AP_OK ? write_all(reject, parts, 2, err) : status;
}

enum ap_status ap_reject_close(struct ap_reject *reject, struct ap_error *err)
{
    enum ap_status status = AP_OK;

    if (reject == NULL)
        return AP_OK;
    /* A pipe or a terminal cannot be synchronised, and need not be. */
    if (fsync(reject->fd) != 0 && errno != EINVAL && errno != EROFS && errno != ENOTSUP)
        status = ap_fail_errno(err, errno, "cannot keep the rejected lines in %s", reject->path);
    if (close(reject->fd) != 0 && status == AP_OK)
        status = ap_fail_errno(err, errno, "cannot keep the rejected lines in %s", reject->path);
    ap_buf_free(&reject->header);
    free(reject->path);
    free(reject);
    return status;
}
