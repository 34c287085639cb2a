/* Writing out what was checked: openat all the way, nothing followed, nothing overwritten. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "auditproof/digest.h"
#include "auditproof/file.h"
#include "check/source.h"
#include "check/untar.h"

enum { PART_NAME_SIZE = AP_BUNDLE_PATH_MAX + 32 };

struct extraction {
    const char *directory; /* for messages */
    int parent, root;      /* where NAME is to be; and what is to become it, under the name `part` */
    char part[PART_NAME_SIZE];
    const volatile bool *stop;
};

static enum ap_status open_directory(int *out, int at, const char *name, struct ap_error *err)
{
    *out = openat(at, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    return *out < 0 ? ap_fail_errno(err, errno, "cannot open the directory %s, for extracting", name) : AP_OK;
}

/* The directory that the path's last part is in, made on the way. *name: that part. */
static enum ap_status open_parent(const struct extraction *x, const char *path, int *out, const char **name,
                                  struct ap_error *err)
{
    char part[AP_BUNDLE_PATH_MAX + 1];
    enum ap_status status = open_directory(out, x->root, ".", err);

    *name = path;
    for (const char *slash = strchr(path, '/'); slash != NULL && status == AP_OK; slash = strchr(*name, '/')) {
        size_t len = (size_t)(slash - *name);
        int inner;

        memcpy(part, *name, len);
        part[len] = '\0';
        if (mkdirat(*out, part, 0755) != 0 && errno != EEXIST)
            return ap_fail_errno(err, errno, "cannot make %s in %s", part, x->directory);
        status = open_directory(&inner, *out, part, err);
        if (status == AP_OK) {
            (void)close(*out);
            *out = inner;
        }
        *name = slash + 1;
    }
    return status;
}

static enum ap_status copy_member(struct untar *untar, int fd, const volatile bool *stop, struct ap_error *err)
{
    enum ap_status status = AP_OK;
    size_t len = 1;
    char *bytes;

    while (status == AP_OK && len > 0) {
        status = untar_read(untar, &bytes, &len, err);
        if (status == AP_OK && len > 0)
            status = ap_file_write(fd, untar->path, bytes, len, err);
        if (status == AP_OK && stop != NULL && *stop)
            status = ap_fail(err, AP_ECANCELLED, "stopped on request");
    }
    return status;
}

static enum ap_status write_member(const struct extraction *x, struct untar *untar, struct ap_error *err)
{
    int parent = -1, fd = -1;
    const char *name;
    enum ap_status status = open_parent(x, untar->path, &parent, &name, err);

    if (status == AP_OK) {
        fd =
            openat(parent, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, untar->executable ? 0755 : 0644);
        if (fd < 0)
            status = ap_fail_errno(err, errno, "cannot write %s in %s", untar->path, x->directory);
    }
    if (status == AP_OK)
        status = copy_member(untar, fd, x->stop, err);
    if (fd >= 0 && close(fd) != 0 && status == AP_OK)
        status = ap_fail_errno(err, errno, "cannot write %s in %s", untar->path, x->directory);
    if (parent >= 0)
        (void)close(parent);
    return status;
}

/* All members; and that they are, to the byte, what was checked. */
static enum ap_status write_members(const struct extraction *x, struct source *source,
                                    const struct ap_bundle_check_report *checked, struct ap_error *err)
{
    uint8_t file[AP_HASH_LEN] = {0}, tar[AP_HASH_LEN] = {0};
    struct untar untar;
    bool more = true;
    enum ap_status status = untar_open(&untar, source_read, source, err);

    while (status == AP_OK && more) {
        status = untar_next(&untar, &more, err);
        if (status == AP_OK && more)
            status = write_member(x, &untar, err);
        more = more && untar.problem == NULL;
    }
    if (status == AP_OK && untar.problem == NULL)
        status = untar_digest(&untar, tar, err);
    if (status == AP_OK && untar.problem == NULL)
        status = source_digest(source, file, err);
    if (status == AP_OK && (untar.problem != NULL || memcmp(tar, checked->tar_sha256, sizeof tar) != 0 ||
                            memcmp(file, checked->sha256, sizeof file) != 0))
        status = ap_fail(err, AP_ESTATE, "the bundle was changed while it was read: nothing was extracted");
    untar_free(&untar);
    return status;
}

/* What was made here, when it is not to be. Nothing is followed; what cannot be removed stays, under its odd name. */
static void remove_tree(int at, const char *name)
{
    int fd = openat(at, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    DIR *dir = fd < 0 ? NULL : fdopendir(fd);
    const struct dirent *entry;

    if (dir == NULL && fd >= 0)
        (void)close(fd);
    while (dir != NULL && (entry = readdir(dir)) != NULL)
        if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0 && unlinkat(fd, entry->d_name, 0) != 0)
            remove_tree(fd, entry->d_name);
    if (dir != NULL)
        (void)closedir(dir);
    (void)unlinkat(at, name, AT_REMOVEDIR);
}

/* Under a name of its own, until it is whole. */
static enum ap_status begin(struct extraction *x, const char *name, struct ap_error *err)
{
    uint8_t random[8];
    char digits[2 * sizeof random + 1];
    struct stat st;
    enum ap_status status;

    if (mkdir(x->directory, 0755) != 0 && errno != EEXIST)
        return ap_fail_errno(err, errno, "cannot make the directory %s", x->directory);
    x->parent = open(x->directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (x->parent < 0)
        return ap_fail_errno(err, errno, "cannot open the directory %s", x->directory);
    if (fstatat(x->parent, name, &st, AT_SYMLINK_NOFOLLOW) == 0)
        return ap_fail(err, AP_ESTATE, "%s/%s is there already; nothing was extracted", x->directory, name);
    status = ap_random(random, sizeof random, err);
    if (status != AP_OK)
        return status;
    ap_hex_encode(digits, random, sizeof random);
    digits[sizeof digits - 1] = '\0';
    (void)snprintf(x->part, sizeof x->part, ".%s.%s.part", name, digits);
    if (mkdirat(x->parent, x->part, 0755) != 0) {
        x->part[0] = '\0';
        return ap_fail_errno(err, errno, "cannot make a directory in %s", x->directory);
    }
    return open_directory(&x->root, x->parent, x->part, err);
}

static enum ap_status place(struct extraction *x, const char *name, struct ap_error *err)
{
    if (renameat2(x->parent, x->part, x->parent, name, RENAME_NOREPLACE) != 0)
        return errno == EEXIST
                   ? ap_fail(err, AP_ESTATE, "%s/%s is there already; nothing was extracted", x->directory, name)
                   : ap_fail_errno(err, errno, "cannot rename what was extracted to %s/%s", x->directory, name);
    x->part[0] = '\0';
    return AP_OK;
}

enum ap_status ap_bundle_extract(int fd, const char *name, const struct ap_bundle_check_report *checked,
                                 const char *directory, const volatile bool *stop, struct ap_error *err)
{
    struct extraction x = {.directory = directory, .parent = -1, .root = -1, .stop = stop};
    struct source *source = NULL;
    enum ap_status status = AP_OK;

    if (!checked->whole || checked->found > 0)
        status = ap_fail(err, AP_ESTATE, "%s did not verify: nothing was extracted", name);
    if (status == AP_OK)
        status = source_open(&source, fd, name, err);
    if (status == AP_OK)
        status = begin(&x, checked->name, err);
    if (status == AP_OK)
        status = write_members(&x, source, checked, err);
    if (status == AP_OK)
        status = place(&x, checked->name, err);
    if (x.part[0] != '\0')
        remove_tree(x.parent, x.part);
    if (x.root >= 0)
        (void)close(x.root);
    if (x.parent >= 0)
        (void)close(x.parent);
    source_close(source);
    return status;
}
