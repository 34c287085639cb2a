#include "auditproof/temp_file.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

#include "auditproof/file.h"

enum { TRIES = 16 };

static bool random_name(char out[AP_TEMP_PATH_SIZE], const char *target)
{
    uint64_t random;
    int n;

    if (getrandom(&random, sizeof random, 0) != sizeof random)
        return false;
    n = snprintf(out, AP_TEMP_PATH_SIZE, "%s.%016" PRIx64 ".part", target, random);
    if (n < 0 || n >= AP_TEMP_PATH_SIZE)
        errno = ENAMETOOLONG;
    return n >= 0 && n < AP_TEMP_PATH_SIZE;
}

/* A file without a name gets one through /proc, where that is mounted. */
static int open_nameless(const char *target)
{
    const char *slash = strrchr(target, '/');
    char directory[AP_TEMP_PATH_SIZE];
    int n = snprintf(directory, sizeof directory, "%.*s", slash == NULL ? 1 : (int)(slash - target) + 1,
                     slash == NULL ? "." : target);

    if (n < 0 || (size_t)n >= sizeof directory || access("/proc/self/fd", X_OK) != 0)
        return -1;
    return open(directory, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
}

static int open_named(struct ap_temp_file *out, const char *target)
{
    int fd = -1;

    for (int i = 0; i < TRIES && fd < 0; i++) {
        if (!random_name(out->name, target))
            break;
        fd = open(out->name, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
        if (fd < 0 && errno != EEXIST)
            break;
    }
    return fd;
}

enum ap_status ap_temp_file_open(struct ap_temp_file *out, const char *target, bool nameless, struct ap_error *err)
{
    out->name[0] = '\0';
    out->fd = open_nameless(target);
    if (out->fd < 0) {
        out->fd = open_named(out, target);
        if (out->fd < 0) {
            out->name[0] = '\0';
            return ap_fail_errno(err, errno, "cannot make a temporary file for %s", target);
        }
        if (nameless && unlink(out->name) == 0)
            out->name[0] = '\0';
    }
    (void)snprintf(out->opened, sizeof out->opened, "/proc/self/fd/%d", out->fd);
    return AP_OK;
}

/* Never over a file that is there: link says so in one step, where looking first would leave a moment between. */
static int place_new(struct ap_temp_file *file, const char *target)
{
    if (file->name[0] == '\0')
        return linkat(AT_FDCWD, file->opened, AT_FDCWD, target, AT_SYMLINK_FOLLOW);
    if (link(file->name, target) != 0)
        return -1;
    (void)unlink(file->name);
    file->name[0] = '\0';
    return 0;
}

static int place_over(struct ap_temp_file *file, const char *target)
{
    for (int i = 0; i < TRIES && file->name[0] == '\0'; i++) {
        char name[AP_TEMP_PATH_SIZE];

        if (!random_name(name, target))
            return -1;
        if (linkat(AT_FDCWD, file->opened, AT_FDCWD, name, AT_SYMLINK_FOLLOW) == 0)
            memcpy(file->name, name, sizeof name);
        else if (errno != EEXIST)
            return -1;
    }
    if (rename(file->name, target) != 0)
        return -1;
    file->name[0] = '\0';
    return 0;
}

enum ap_status ap_temp_file_place(struct ap_temp_file *file, const char *target, bool replace, struct ap_error *err)
{
    if (fsync(file->fd) != 0)
        return ap_fail_errno(err, errno, "cannot write %s", target);
    if ((replace ? place_over(file, target) : place_new(file, target)) != 0) {
        if (errno == EEXIST)
            return ap_fail(err, AP_ESTATE, "%s is there already, and was left as it is", target);
        return ap_fail_errno(err, errno, "cannot put %s in its place", target);
    }
    return ap_file_flush_directory(target, err);
}

void ap_temp_file_close(struct ap_temp_file *file)
{
    if (file->fd < 0)
        return;
    (void)close(file->fd);
    if (file->name[0] != '\0')
        (void)unlink(file->name);
    file->fd = -1;
    file->name[0] = '\0';
}
