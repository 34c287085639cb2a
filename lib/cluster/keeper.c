/*
 * The keeper: a process that waits until the users' lock is free and then stops the server. Users who end in good
 * order do that themselves; the keeper is for those who are killed.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/file.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cluster_internal.h"

enum ap_status cluster_stop_if_unused(struct ap_cluster *c, bool *in_use, struct ap_error *err)
{
    enum ap_status status = cluster_has_users(c, in_use, err);

    if (status != AP_OK || *in_use || cluster_has(c, KEEP_FILE))
        return status;
    return cluster_server_stop(c, err);
}

/* Wait for the users to go, then look again under LOCK_CHANGE, because one may have come in between. */
static void keep(struct ap_cluster *c)
{
    struct ap_error ignored;
    bool in_use = true;

    while (in_use) {
        int fd;

        if (cluster_open_lock(c, LOCK_USERS, &fd, &ignored) != AP_OK || !cluster_flock(fd, LOCK_EX))
            return;
        (void)close(fd);
        if (cluster_lock(c, &ignored) != AP_OK)
            return;
        if (cluster_stop_if_unused(c, &in_use, &ignored) != AP_OK)
            return;
        if (in_use)
            cluster_unlock(c);
    }
}

/* keeper_fd, and with it the keeper's lock, stays open until the process ends, before LOCK_CHANGE is let go. */
static _Noreturn void keeper(struct ap_cluster *c, int keeper_fd)
{
    sigset_t none;
    int null = open("/dev/null", O_RDWR);

    /* No child of the caller's, no member of its session, none of its files. */
    if (fork() != 0)
        _exit(0);
    (void)setsid();
    (void)prctl(PR_SET_NAME, "auditlocal-keep");
    (void)signal(SIGHUP, SIG_IGN);
    (void)sigemptyset(&none);
    (void)sigprocmask(SIG_SETMASK, &none, NULL);
    if (null < 0 || dup2(null, 0) < 0 || dup2(null, 1) < 0 || dup2(null, 2) < 0)
        _exit(3);
    if (dup2(keeper_fd, 3) < 0 || dup2(c->dir_fd, 4) < 0)
        _exit(3);
    closefrom(5);
    c->is_keeper = true;
    c->dir_fd = 4;
    c->change_fd = c->users_fd = -1;
    if (!cluster_user_drop(c) || chdir("/") != 0)
        _exit(3);
    keep(c);
    (void)close(3);
    _exit(0);
}

enum ap_status cluster_keeper_ensure(struct ap_cluster *c, struct ap_error *err)
{
    int fd, wait_status;
    pid_t pid;
    enum ap_status status = cluster_open_lock(c, LOCK_KEEPER, &fd, err);

    if (status != AP_OK)
        return status;
    if (!cluster_flock(fd, LOCK_EX | LOCK_NB)) {
        (void)close(fd);
        return AP_OK;
    }
    pid = fork();
    if (pid == 0)
        keeper(c, fd);
    (void)close(fd);
    if (pid < 0)
        return ap_fail_errno(err, errno, "cannot start the server's keeper");
    while (waitpid(pid, &wait_status, 0) < 0 && errno == EINTR)
        ;
    return AP_OK;
}
