/* Whom the server runs as. PostgreSQL refuses to run as root, so root becomes somebody else. */
#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <stdlib.h>
#include <unistd.h>

#include "cluster_internal.h"

enum ap_status cluster_user_choose(struct ap_cluster *c, uid_t owner, struct ap_error *err)
{
    static const char *const names[] = {"postgres", "nobody"};
    const struct passwd *pw = NULL;

    c->uid = geteuid();
    c->gid = getegid();
    c->from_root = c->uid == 0;
    if (!c->from_root)
        return AP_OK;
    if (owner != 0)
        pw = getpwuid(owner);
    for (size_t i = 0; owner == 0 && pw == NULL && i < sizeof names / sizeof names[0]; i++)
        pw = getpwnam(names[i]);
    if (pw == NULL || pw->pw_uid == 0)
        return ap_fail(err, AP_ESTATE,
                       "PostgreSQL does not run as root, and there is no user \"postgres\" or \"nobody\" to run it as: "
                       "create one, or run this as an ordinary user");
    c->uid = pw->pw_uid;
    c->gid = pw->pw_gid;
    return AP_OK;
}

enum ap_status cluster_user_enter(struct ap_cluster *c, struct ap_error *err)
{
    int count;

    if (!c->from_root)
        return AP_OK;
    count = getgroups(0, NULL);
    if (count < 0)
        return ap_fail_errno(err, errno, "cannot read the process's groups");
    c->root_groups = calloc((size_t)count + 1, sizeof *c->root_groups);
    if (c->root_groups == NULL)
        return ap_fail_memory(err, "the process's groups");
    c->root_group_count = getgroups(count, c->root_groups);
    if (c->root_group_count < 0 || setgroups(1, &c->gid) != 0 || setresgid((gid_t)-1, c->gid, (gid_t)-1) != 0 ||
        setresuid((uid_t)-1, c->uid, 0) != 0)
        return ap_fail_errno(err, errno, "cannot become user %ld", (long)c->uid);
    return AP_OK;
}

bool cluster_user_leave(struct ap_cluster *c)
{
    bool ok;

    if (c->root_groups == NULL)
        return true;
    ok = seteuid(0) == 0 && setegid(getgid()) == 0 && setgroups((size_t)c->root_group_count, c->root_groups) == 0;
    free(c->root_groups);
    c->root_groups = NULL;
    return ok;
}

bool cluster_user_drop(const struct ap_cluster *c)
{
    if (!c->from_root)
        return true;
    return seteuid(0) == 0 && setgroups(1, &c->gid) == 0 && setresgid(c->gid, c->gid, c->gid) == 0 &&
           setresuid(c->uid, c->uid, c->uid) == 0 && setuid(0) != 0;
}
