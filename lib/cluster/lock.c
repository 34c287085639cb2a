/* Locks: flock(2), because the kernel drops them when their holder is gone, and a child can share them. */
#include <errno.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "cluster_internal.h"

bool cluster_flock(int fd, int operation)
{
    int rc;

    do
        rc = flock(fd, operation);
    while (rc != 0 && errno == EINTR);
    return rc == 0;
}

enum ap_status cluster_open_lock(const struct ap_cluster *c, const char *name, int *fd, struct ap_error *err)
{
    *fd = openat(c->dir_fd, name, O_RDWR | (c->is_keeper ? 0 : O_CREAT) | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (*fd < 0)
        return ap_fail_errno(err, errno, "cannot open %s/%s", c->dir, name);
    return AP_OK;
}

/* Whoever waited for the lock while the directory was destroyed, and perhaps made again, holds a file without a name.
 */
static bool is_current(const struct ap_cluster *c, int fd)
{
    struct stat held, named;

    return fstat(fd, &held) == 0 && fstatat(c->dir_fd, LOCK_CHANGE, &named, AT_SYMLINK_NOFOLLOW) == 0 &&
           held.st_dev == named.st_dev && held.st_ino == named.st_ino;
}

static enum ap_status write_marker(const struct ap_cluster *c, int fd, struct ap_error *err)
{
    static const char marker[] = "A private PostgreSQL database of auditlocal(1). Remove it with: auditlocal destroy\n";
    struct stat st;

    if (fstat(fd, &st) != 0)
        return ap_fail_errno(err, errno, "cannot read %s/%s", c->dir, LOCK_CHANGE);
    if (st.st_size == 0 && pwrite(fd, marker, sizeof marker - 1, 0) != (ssize_t)sizeof marker - 1)
        return ap_fail_errno(err, errno, "cannot write %s/%s", c->dir, LOCK_CHANGE);
    return AP_OK;
}

/* Another's start or stop is over in a moment; only its creation of the database is worth a word. */
static bool lock_telling(const struct ap_cluster *c, int fd)
{
    const struct timespec pause = {0, 20000000L};

    for (int i = 0; i < 50; i++) {
        if (cluster_flock(fd, LOCK_EX | LOCK_NB))
            return true;
        if (errno != EWOULDBLOCK)
            return false;
        (void)nanosleep(&pause, NULL);
    }
    cluster_event(c, AP_CLUSTER_WAITING);
    return cluster_flock(fd, LOCK_EX);
}

enum ap_status cluster_lock(struct ap_cluster *c, struct ap_error *err)
{
    int fd;
    enum ap_status status = cluster_open_lock(c, LOCK_CHANGE, &fd, err);

    if (status != AP_OK)
        return status;
    if (!lock_telling(c, fd)) {
        status = ap_fail_errno(err, errno, "cannot lock %s/%s", c->dir, LOCK_CHANGE);
        goto out;
    }
    if (!is_current(c, fd)) {
        status = ap_fail(err, AP_ESTATE, "%s was destroyed meanwhile: try again", c->dir);
        goto out;
    }
    status = write_marker(c, fd, err);
out:
    if (status != AP_OK)
        (void)close(fd);
    else
        c->change_fd = fd;
    return status;
}

void cluster_unlock(struct ap_cluster *c)
{
    if (c->change_fd >= 0)
        (void)close(c->change_fd);
    c->change_fd = -1;
}

/*
 * The keeper, when the last user goes, has the lock for a moment before it queues for LOCK_CHANGE, which we hold. Whose
 * lock stands in our way shows in whether it can be shared: a user's can.
 */
enum ap_status cluster_has_users(const struct ap_cluster *c, bool *in_use, struct ap_error *err)
{
    const struct timespec pause = {0, 1000000L};
    int fd;
    enum ap_status status = cluster_open_lock(c, LOCK_USERS, &fd, err);

    if (status != AP_OK)
        return status;
    while ((*in_use = !cluster_flock(fd, LOCK_EX | LOCK_NB))) {
        if (cluster_flock(fd, LOCK_SH | LOCK_NB)) {
            /* Once more, because the keeper may have let go in between; it cannot come back. */
            *in_use = !cluster_flock(fd, LOCK_EX | LOCK_NB);
            break;
        }
        (void)nanosleep(&pause, NULL);
    }
    (void)close(fd);
    return AP_OK;
}
