/* Where the server's socket goes: below its own directory, unless a socket's path cannot be as long as that. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "auditproof/digest.h"
#include "cluster_internal.h"

static enum ap_status make_private(const struct ap_cluster *c, const char *path, struct ap_error *err)
{
    struct stat st;

    if (mkdir(path, 0700) != 0 && errno != EEXIST)
        return ap_fail_errno(err, errno, "cannot create the socket's directory %s", path);
    if (lstat(path, &st) != 0)
        return ap_fail_errno(err, errno, "cannot read the socket's directory %s", path);
    /* Below /tmp, anybody could have made it first, to listen in our place. */
    if (!S_ISDIR(st.st_mode) || st.st_uid != c->uid || (st.st_mode & 077) != 0)
        return ap_fail(err, AP_ESTATE,
                       "the socket's directory %s is not the server's alone: remove it, or choose a shorter path with "
                       "-D, so that the socket can be below it",
                       path);
    return AP_OK;
}

/* The same for every caller of one directory, whatever name it was called by. */
static enum ap_status short_name(const struct ap_cluster *c, char out[33], struct ap_error *err)
{
    struct ap_digest *digest = NULL;
    struct ap_span span = {c->dir, strlen(c->dir)};
    uint8_t hash[AP_HASH_LEN];
    enum ap_status status = ap_digest_new(&digest, err);

    if (status == AP_OK)
        status = ap_digest_spans(digest, hash, &span, 1, err);
    if (status == AP_OK) {
        ap_hex_encode(out, hash, 16);
        out[32] = '\0';
    }
    ap_digest_free(digest);
    return status;
}

/* libpq takes a comma in a host for the start of the next. */
static bool fits(const char *path)
{
    return strlen(path) < AP_CLUSTER_SOCKET_DIR_SIZE && strchr(path, ',') == NULL;
}

enum ap_status cluster_socket_dir(struct ap_cluster *c, struct ap_error *err)
{
    char path[CLUSTER_PATH_SIZE], name[33];
    enum ap_status status;

    cluster_path(c, RUN_DIR, path);
    if (!fits(path)) {
        status = short_name(c, name, err);
        if (status != AP_OK)
            return status;
        (void)snprintf(path, sizeof path, "/tmp/auditlocal-%s", name);
    }
    status = make_private(c, path, err);
    if (status == AP_OK)
        (void)snprintf(c->socket_dir, sizeof c->socket_dir, "%.*s", AP_CLUSTER_SOCKET_DIR_SIZE - 1, path);
    return status;
}
