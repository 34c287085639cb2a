#include "auditproof/case.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "case_internal.h"

int case_open_file(int dir, const char *name, const char **why)
{
    struct stat is;
    int fd = openat(dir, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);

    *why = NULL;
    if (fd < 0) {
        *why = errno == ENOENT ? "is missing" : errno == ELOOP ? "is a symbolic link" : "cannot be read";
        return -1;
    }
    if (fstat(fd, &is) == 0 && S_ISREG(is.st_mode))
        return fd;
    *why = "is no regular file";
    (void)close(fd);
    return -1;
}

int case_open_step(const struct ap_case *folder, unsigned number, const char **why)
{
    char name[CASE_STEP_NAME];
    int fd;

    (void)snprintf(name, sizeof name, "%04u", number % (AP_CASE_STEPS_MAX + 1));
    fd = openat(folder->fd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    *why = fd >= 0                              ? NULL
           : errno == ENOENT                    ? "is missing"
           : errno == ELOOP || errno == ENOTDIR ? "is no folder"
                                                : "cannot be read";
    return fd;
}

enum ap_status case_read_small(int dir, const char *name, size_t max, struct ap_buf *out, const char **why,
                               struct ap_error *err)
{
    int fd = case_open_file(dir, name, why);
    ssize_t n = 1;

    ap_buf_clear(out);
    while (fd >= 0 && n != 0 && out->len <= max) {
        char *room = ap_buf_reserve(out, 65536);

        if (room == NULL)
            break;
        n = read(fd, room, 65536);
        if (n > 0)
            out->len += (size_t)n;
        else if (n < 0 && errno != EINTR)
            *why = "cannot be read";
        if (*why != NULL)
            break;
    }
    if (fd >= 0)
        (void)close(fd);
    if (*why == NULL && out->len > max)
        *why = "is longer than a case has it";
    return ap_buf_check(out, name, err);
}

enum ap_status case_hash(struct ap_digest *digest, uint8_t out[AP_HASH_LEN], const struct ap_buf *bytes,
                         struct ap_error *err)
{
    struct ap_span span = {bytes->data, bytes->len};

    return ap_digest_spans(digest, out, &span, 1, err);
}

enum ap_status ap_case_open(struct ap_case **out, const char *path, struct ap_error *err)
{
    struct ap_case *folder = calloc(1, sizeof *folder);
    enum ap_status status;

    *out = folder;
    if (folder == NULL)
        return ap_fail_memory(err, "a case");
    folder->step_fd = folder->file_fd = -1;
    folder->path = strdup(path);
    folder->fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (folder->fd < 0)
        return ap_fail_errno(err, errno, "cannot open the case %s", path);
    status = folder->path == NULL ? ap_fail_memory(err, "a case") : AP_OK;
    return status == AP_OK ? ap_digest_new(&folder->digest, err) : status;
}

void ap_case_free(struct ap_case *folder)
{
    if (folder == NULL)
        return;
    if (folder->file_fd >= 0)
        (void)close(folder->file_fd);
    if (folder->step_fd >= 0) {
        struct ap_error unused;

        (void)close(folder->step_fd);
        if (case_clear_unfinished(folder, &unused) != AP_OK)
            folder->step_fd = -1; /* it stays, and is no part of the case */
    }
    if (folder->fd >= 0)
        (void)close(folder->fd);
    ap_digest_free(folder->digest);
    ap_buf_free(&folder->json);
    ap_buf_free(&folder->texts);
    free(folder->path);
    free(folder);
}

enum ap_status ap_case_step(struct ap_case *folder, unsigned number, struct ap_case_step *out, struct ap_error *err)
{
    const char *why;
    int fd = number > 0 && number <= AP_CASE_STEPS_MAX ? case_open_step(folder, number, &why) : -1;
    enum ap_status status;

    if (fd < 0)
        return ap_fail(err, AP_EINPUT, "the case %s has no step %u", folder->path, number);
    status = case_read_small(fd, CASE_STEP_FILE, AP_CASE_STEP_MAX, &folder->json, &why, err);
    (void)close(fd);
    if (status == AP_OK && why != NULL)
        status = ap_fail(err, AP_EINPUT, "%04u/" CASE_STEP_FILE " %s", number, why);
    if (status == AP_OK)
        status = ap_case_parse(out, &folder->texts, folder->json.data, folder->json.len, err);
    return status == AP_OK ? case_hash(folder->digest, out->sha256, &folder->json, err) : status;
}

enum ap_status ap_case_read(struct ap_case *folder, unsigned number, const char *name, int *fd, struct ap_error *err)
{
    const char *why;
    int step = case_open_step(folder, number, &why);

    *fd = step >= 0 ? case_open_file(step, name, &why) : -1;
    if (step >= 0)
        (void)close(step);
    return *fd >= 0 ? AP_OK : ap_fail(err, AP_EINPUT, "%04u/%s %s", number, name, why);
}
