#include "auditproof/file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { PATH_SIZE = 4096, CHUNK = 16384 };

enum ap_status ap_file_read(const char *path, size_t max, struct ap_buf *out, struct ap_error *err)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC), saved = 0;
    size_t start = out->len;
    ssize_t n = 1;

    if (fd < 0) {
        saved = errno;
        (void)ap_fail_errno(err, saved, "cannot read %s", path);
        errno = saved;
        return AP_EIO;
    }
    while (n != 0 && out->len - start <= max) {
        char *room = ap_buf_reserve(out, CHUNK);

        if (room == NULL)
            break;
        n = read(fd, room, CHUNK);
        if (n > 0) {
            out->len += (size_t)n;
            out->data[out->len] = '\0';
        } else if (n < 0 && errno != EINTR) {
            saved = errno;
            break;
        }
    }
    (void)close(fd);
    if (saved != 0) {
        (void)ap_fail_errno(err, saved, "cannot read %s", path);
        errno = saved;
        return AP_EIO;
    }
    if (out->len - start > max)
        return ap_fail(err, AP_ELIMIT, "%s is longer than %zu bytes", path, max);
    return ap_buf_check(out, path, err);
}

static int write_all(int fd, const char *bytes, size_t len)
{
    while (len > 0) {
        ssize_t n = write(fd, bytes, len);

        if (n < 0 && errno != EINTR)
            return errno;
        bytes += n > 0 ? n : 0;
        len -= n > 0 ? (size_t)n : 0;
    }
    return 0;
}

enum ap_status ap_file_write(int fd, const char *what, const void *bytes, size_t len, struct ap_error *err)
{
    int failed = write_all(fd, bytes, len);

    return failed == 0 ? AP_OK : ap_fail_errno(err, failed, "cannot write %s", what);
}

/* The directory that the name is in. A file system that cannot flush one says EINVAL. */
static int flush_directory(const char *path)
{
    const char *slash = strrchr(path, '/');
    char directory[PATH_SIZE];
    int fd, saved;

    (void)snprintf(directory, sizeof directory, "%.*s", slash == NULL ? 1 : (int)(slash - path) + 1,
                   slash == NULL ? "." : path);
    fd = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0)
        return errno;
    saved = fsync(fd) == 0 || errno == EINVAL ? 0 : errno;
    (void)close(fd);
    return saved;
}

enum ap_status ap_file_flush_directory(const char *path, struct ap_error *err)
{
    int failed = flush_directory(path);

    return failed == 0 ? AP_OK : ap_fail_errno(err, failed, "cannot flush the directory of %s", path);
}

static enum ap_status replace(const char *path, const void *bytes, size_t len, mode_t mode, struct ap_error *err)
{
    char beside[PATH_SIZE];
    int n = snprintf(beside, sizeof beside, "%s.new", path), fd, failed;

    if (n < 0 || (size_t)n >= sizeof beside)
        return ap_fail(err, AP_EINPUT, "the path %s is too long", path);
    fd = open(beside, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, mode);
    if (fd < 0)
        return ap_fail_errno(err, errno, "cannot make %s", beside);
    failed = write_all(fd, bytes, len);
    if (failed == 0 && fsync(fd) != 0)
        failed = errno;
    if (close(fd) != 0 && failed == 0)
        failed = errno;
    if (failed == 0 && rename(beside, path) != 0)
        failed = errno;
    if (failed != 0) {
        (void)unlink(beside);
        return ap_fail_errno(err, failed, "cannot write %s", path);
    }
    return ap_file_flush_directory(path, err);
}

enum ap_status ap_file_replace(const char *path, const void *bytes, size_t len, struct ap_error *err)
{
    return replace(path, bytes, len, 0644, err);
}

enum ap_status ap_file_replace_private(const char *path, const void *bytes, size_t len, struct ap_error *err)
{
    return replace(path, bytes, len, 0600, err);
}
