/* The directory: where it is, whether it is ours, what is below it. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <limits.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cluster_internal.h"

enum ap_status ap_cluster_default_dir(char out[AP_CLUSTER_DIR_SIZE], struct ap_error *err)
{
    const char *base = getenv("XDG_DATA_HOME"), *home = getenv("HOME"), *below = "";
    const struct passwd *pw;
    int n;

    if (geteuid() == 0) {
        /* root's home is closed to the user that the server runs as. */
        base = "/var/lib";
    } else if (base == NULL || base[0] != '/') {
        if (home == NULL || home[0] != '/') {
            pw = getpwuid(geteuid());
            home = pw != NULL ? pw->pw_dir : NULL;
        }
        if (home == NULL || home[0] != '/')
            return ap_fail(err, AP_ESTATE, "there is no home directory to keep a database in: name one with -D");
        base = home;
        below = "/.local/share";
    }
    n = snprintf(out, AP_CLUSTER_DIR_SIZE, "%s%s/auditproof/db", base, below);
    if (n < 0 || n >= AP_CLUSTER_DIR_SIZE)
        return ap_fail(err, AP_ELIMIT, "the path of the home directory is too long: name a shorter one with -D");
    return AP_OK;
}

void cluster_path(const struct ap_cluster *c, const char *name, char out[CLUSTER_PATH_SIZE])
{
    (void)snprintf(out, CLUSTER_PATH_SIZE, "%s/%s", c->dir, name);
}

bool cluster_has(const struct ap_cluster *c, const char *name)
{
    struct stat st;

    return fstatat(c->dir_fd, name, &st, AT_SYMLINK_NOFOLLOW) == 0;
}

/* mkdir -p; only the last directory is private. */
static enum ap_status make_dirs(const char *dir, struct ap_error *err)
{
    char path[AP_CLUSTER_DIR_SIZE];

    (void)snprintf(path, sizeof path, "%s", dir);
    for (char *p = path + 1;; p++) {
        char c = *p;

        if (c != '/' && c != '\0')
            continue;
        *p = '\0';
        if (mkdir(path, c == '\0' ? 0700 : 0755) != 0 && errno != EEXIST)
            return ap_fail_errno(err, errno, "cannot create the directory %s", path);
        if (c == '\0')
            return AP_OK;
        *p = c;
    }
}

static enum ap_status resolve(struct ap_cluster *c, const char *dir, bool create, struct ap_error *err)
{
    char real[PATH_MAX];
    size_t len;
    enum ap_status status;

    if (dir[0] == '\0' || strchr(dir, '\n') != NULL)
        return ap_fail(err, AP_EINPUT, "\"%s\" is no name for a directory", dir);
    if (strlen(dir) >= AP_CLUSTER_DIR_SIZE)
        return ap_fail(err, AP_EINPUT, "the directory's name is too long: %d bytes at most", AP_CLUSTER_DIR_SIZE - 1);
    if (create) {
        status = make_dirs(dir, err);
        if (status != AP_OK)
            return status;
    }
    if (realpath(dir, real) == NULL)
        return errno == ENOENT ? ap_fail(err, AP_ESTATE, "there is no private database in %s", dir)
                               : ap_fail_errno(err, errno, "cannot find the directory %s", dir);
    len = strlen(real);
    if (len >= AP_CLUSTER_DIR_SIZE)
        return ap_fail(err, AP_EINPUT, "the directory's full name is too long: %d bytes at most: %s",
                       AP_CLUSTER_DIR_SIZE - 1, real);
    memcpy(c->dir, real, len + 1);
    return AP_OK;
}

/* Ours: it has our lock file, or nothing at all. */
static enum ap_status look_inside(const char *dir, int fd, bool *empty, struct ap_error *err)
{
    int copy = openat(fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *list = copy >= 0 ? fdopendir(copy) : NULL;
    bool marked = false;
    const struct dirent *e;

    if (list == NULL) {
        if (copy >= 0)
            (void)close(copy);
        return ap_fail_errno(err, errno, "cannot read the directory %s", dir);
    }
    *empty = true;
    while ((e = readdir(list)) != NULL) {
        if (strcmp(e->d_name, ".") == 0 || strcmp(e->d_name, "..") == 0)
            continue;
        *empty = false;
        marked = marked || strcmp(e->d_name, LOCK_CHANGE) == 0;
    }
    (void)closedir(list);
    if (!*empty && !marked)
        return ap_fail(err, AP_ESTATE,
                       "%s is not a private database of auditlocal, and not empty: name an empty or a new directory",
                       dir);
    return AP_OK;
}

/* A server that has stepped down from root must be able to walk to its directory. */
static enum ap_status explain_closed(const struct ap_cluster *c, struct ap_error *err)
{
    char path[AP_CLUSTER_DIR_SIZE];
    const struct passwd *pw = getpwuid(c->uid);
    struct stat st;

    (void)snprintf(path, sizeof path, "%s", c->dir);
    for (char *p = path + 1; *p != '\0'; p++) {
        if (*p != '/')
            continue;
        *p = '\0';
        if (stat(path, &st) == 0 && access(path, F_OK) == 0 && faccessat(AT_FDCWD, path, X_OK, AT_EACCESS) != 0)
            break;
        *p = '/';
    }
    return ap_fail(err, AP_ESTATE,
                   "the server, which runs as user %s and not as root, cannot reach %s: %s is closed to it; name "
                   "another directory with -D",
                   pw != NULL ? pw->pw_name : "?", c->dir, path);
}

static enum ap_status check_owner(const struct ap_cluster *c, const struct stat *st, struct ap_error *err)
{
    const struct passwd *pw;

    if (c->from_root || st->st_uid == c->uid)
        return AP_OK;
    pw = getpwuid(st->st_uid);
    return ap_fail(err, AP_ESTATE, "%s belongs to user %s: name a directory of your own with -D", c->dir,
                   pw != NULL ? pw->pw_name : "?");
}

enum ap_status cluster_dir_open(struct ap_cluster *c, const char *dir, bool create, struct ap_error *err)
{
    struct stat st;
    bool empty = false;
    int fd = -1;
    enum ap_status status = resolve(c, dir, create, err);

    if (status != AP_OK)
        return status;
    fd = open(c->dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0 || fstat(fd, &st) != 0) {
        status = ap_fail_errno(err, errno, "cannot open the directory %s", c->dir);
        goto out;
    }
    status = cluster_user_choose(c, st.st_uid, err);
    if (status == AP_OK)
        status = check_owner(c, &st, err);
    if (status == AP_OK)
        status = look_inside(c->dir, fd, &empty, err);
    if (status != AP_OK)
        goto out;
    if (empty && !create) {
        status = ap_fail(err, AP_ESTATE, "there is no private database in %s", c->dir);
        goto out;
    }
    if (st.st_uid != c->uid && fchown(fd, c->uid, c->gid) != 0) {
        status = ap_fail_errno(err, errno, "cannot give %s to the server's user", c->dir);
        goto out;
    }
    status = cluster_user_enter(c, err);
    if (status != AP_OK)
        goto out;
    c->dir_fd = open(c->dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (c->dir_fd < 0)
        status = errno == EACCES ? explain_closed(c, err) : ap_fail_errno(err, errno, "cannot open %s", c->dir);
    else if (fchmod(c->dir_fd, 0700) != 0)
        status = ap_fail_errno(err, errno, "cannot close %s to others", c->dir);
out:
    if (fd >= 0)
        (void)close(fd);
    return status;
}

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
    (void)st;
    (void)type;
    (void)ftw;
    return remove(path);
}

enum ap_status cluster_remove_tree(const struct ap_cluster *c, const char *name, struct ap_error *err)
{
    char path[CLUSTER_PATH_SIZE];

    cluster_path(c, name, path);
    if (nftw(path, remove_one, 32, FTW_DEPTH | FTW_PHYS | FTW_MOUNT) != 0 && errno != ENOENT)
        return ap_fail_errno(err, errno, "cannot remove %s", path);
    return AP_OK;
}

/* The lock file goes last, so that a directory half removed is still known as ours. */
enum ap_status cluster_dir_remove(struct ap_cluster *c, struct ap_error *err)
{
    static const char *const names[] = {KEEP_FILE,    DATA_NEW_DIR, DATA_DIR,   RUN_DIR,    LOG_FILE,
                                        LOG_OLD_FILE, LOCK_KEEPER,  LOCK_USERS, LOCK_CHANGE};
    enum ap_status status = AP_OK;

    for (size_t i = 0; status == AP_OK && i < sizeof names / sizeof names[0]; i++)
        status = cluster_remove_tree(c, names[i], err);
    if (status != AP_OK)
        return status;
    if (!cluster_user_leave(c))
        return ap_fail(err, AP_EIO, "cannot become root again to remove %s", c->dir);
    if (rmdir(c->dir) != 0 && errno != ENOTEMPTY && errno != EEXIST)
        return ap_fail_errno(err, errno, "the database is removed, but not its directory %s", c->dir);
    return AP_OK;
}
