#include "auditproof/cluster.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "cluster_internal.h"

enum ap_status ap_cluster_open(struct ap_cluster **out, const struct ap_cluster_params *params, bool create,
                               struct ap_error *err)
{
    char chosen[AP_CLUSTER_DIR_SIZE];
    const char *dir = params->dir;
    struct ap_cluster *c;
    enum ap_status status;

    *out = NULL;
    if (dir == NULL) {
        status = ap_cluster_default_dir(chosen, err);
        if (status != AP_OK)
            return status;
        dir = chosen;
    }
    c = calloc(1, sizeof *c);
    if (c == NULL)
        return ap_fail_memory(err, "the database's state");
    c->params = params;
    c->dir_fd = c->change_fd = c->users_fd = -1;
    status = cluster_dir_open(c, dir, create, err);
    if (status != AP_OK) {
        ap_cluster_close(c);
        return status;
    }
    *out = c;
    return AP_OK;
}

void ap_cluster_close(struct ap_cluster *c)
{
    if (c == NULL)
        return;
    if (c->users_fd >= 0)
        (void)close(c->users_fd);
    cluster_unlock(c);
    if (c->dir_fd >= 0)
        (void)close(c->dir_fd);
    /* A process that could not take root back goes on with less; nothing is lost that its caller could tell. */
    (void)cluster_user_leave(c);
    free(c->root_groups);
    free(c);
}

const char *ap_cluster_socket_dir(const struct ap_cluster *c)
{
    return c->socket_dir;
}

/* With LOCK_CHANGE held. */
static enum ap_status create_and_start(struct ap_cluster *c, struct ap_error *err)
{
    bool exists = cluster_has(c, DATA_DIR);
    int major = 0;
    enum ap_status status = exists ? cluster_data_major(c, &major, err) : AP_OK;

    if (status == AP_OK)
        status = cluster_find_programs(c, major, err);
    if (status == AP_OK && !exists) {
        cluster_event(c, AP_CLUSTER_CREATING);
        status = cluster_initdb(c, err);
    }
    /* A promise to keep it up was for the server that ran then. */
    if (status == AP_OK && unlinkat(c->dir_fd, KEEP_FILE, 0) != 0 && errno != ENOENT)
        status = ap_fail_errno(err, errno, "cannot remove %s/%s", c->dir, KEEP_FILE);
    if (status != AP_OK)
        return status;
    /* First the keeper: should we be killed from here on, somebody stops what we started. */
    status = cluster_keeper_ensure(c, err);
    if (status != AP_OK)
        return status;
    cluster_event(c, AP_CLUSTER_STARTING);
    return cluster_server_start(c, err);
}

static enum ap_status set_keep(const struct ap_cluster *c, struct ap_error *err)
{
    int fd = openat(c->dir_fd, KEEP_FILE, O_WRONLY | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);

    if (fd < 0 || close(fd) != 0)
        return ap_fail_errno(err, errno, "cannot create %s/%s", c->dir, KEEP_FILE);
    return AP_OK;
}

enum ap_status ap_cluster_use(struct ap_cluster *c, bool keep, bool *started, struct ap_error *err)
{
    bool running;
    enum ap_status status = cluster_lock(c, err);

    if (status != AP_OK)
        return status;
    status = cluster_open_lock(c, LOCK_USERS, &c->users_fd, err);
    if (status == AP_OK && !cluster_flock(c->users_fd, LOCK_SH))
        status = ap_fail_errno(err, errno, "cannot lock %s/%s", c->dir, LOCK_USERS);
    if (status != AP_OK)
        goto out;
    running = cluster_server_pid(c, c->socket_dir) != 0;
    status = running ? cluster_keeper_ensure(c, err) : create_and_start(c, err);
    if (status == AP_OK && keep)
        status = set_keep(c, err);
    if (started != NULL)
        *started = !running;
out:
    if (status != AP_OK && c->users_fd >= 0) {
        (void)close(c->users_fd);
        c->users_fd = -1;
    }
    cluster_unlock(c);
    return status;
}

enum ap_status ap_cluster_release(struct ap_cluster *c, struct ap_error *err)
{
    bool in_use;
    enum ap_status status;

    if (c->users_fd < 0)
        return AP_OK;
    /* Unlocked, not only closed: what the command left in the background holds a copy. */
    (void)flock(c->users_fd, LOCK_UN);
    (void)close(c->users_fd);
    c->users_fd = -1;
    status = cluster_lock(c, err);
    if (status != AP_OK)
        return status;
    status = cluster_stop_if_unused(c, &in_use, err);
    cluster_unlock(c);
    return status;
}

enum ap_status ap_cluster_stop(struct ap_cluster *c, bool force, bool *in_use, struct ap_error *err)
{
    enum ap_status status = cluster_lock(c, err);

    *in_use = false;
    if (status != AP_OK)
        return status;
    if (unlinkat(c->dir_fd, KEEP_FILE, 0) != 0 && errno != ENOENT)
        status = ap_fail_errno(err, errno, "cannot remove %s/%s", c->dir, KEEP_FILE);
    else
        status = cluster_stop_if_unused(c, in_use, err);
    if (status == AP_OK && *in_use) {
        if (force) {
            *in_use = false;
            status = cluster_server_stop(c, err);
        } else {
            /* Its users would stop it, but it may have outlived its keeper while it was kept. */
            status = cluster_keeper_ensure(c, err);
        }
    }
    cluster_unlock(c);
    return status;
}

enum ap_status ap_cluster_info(struct ap_cluster *c, struct ap_cluster_info *out, struct ap_error *err)
{
    enum ap_status status = cluster_lock(c, err);

    memset(out, 0, sizeof *out);
    (void)snprintf(out->dir, sizeof out->dir, "%s", c->dir);
    if (status != AP_OK)
        return status;
    out->exists = cluster_has(c, DATA_DIR);
    if (out->exists)
        status = cluster_data_major(c, &out->major, err);
    out->pid = cluster_server_pid(c, out->socket_dir);
    out->running = out->pid != 0;
    out->kept = out->running && cluster_has(c, KEEP_FILE);
    if (status == AP_OK && out->running)
        status = cluster_has_users(c, &out->in_use, err);
    cluster_unlock(c);
    return status;
}

enum ap_status ap_cluster_destroy(struct ap_cluster *c, struct ap_error *err)
{
    bool in_use = false;
    enum ap_status status = cluster_lock(c, err);

    if (status != AP_OK)
        return status;
    status = cluster_has_users(c, &in_use, err);
    if (status == AP_OK && in_use)
        status =
            ap_fail(err, AP_ESTATE,
                    "the database in %s is in use: end the commands that use it, or 'auditlocal stop --force'", c->dir);
    if (status == AP_OK)
        status = cluster_server_stop(c, err);
    if (status == AP_OK)
        status = cluster_server_clear(c, err);
    if (status == AP_OK)
        status = cluster_dir_remove(c, err);
    cluster_unlock(c);
    return status;
}

enum ap_status ap_cluster_hand_over(struct ap_cluster *c, struct ap_error *err)
{
    if (c->users_fd >= 0 && fcntl(c->users_fd, F_SETFD, 0) != 0)
        return ap_fail_errno(err, errno, "cannot hand the server's lock to the command");
    if (!cluster_user_leave(c))
        return ap_fail(err, AP_EIO, "cannot become root again for the command");
    return AP_OK;
}
