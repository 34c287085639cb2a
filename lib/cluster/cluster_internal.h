/* Shared by the files of lib/cluster. */
#ifndef AUDITPROOF_CLUSTER_INTERNAL_H
#define AUDITPROOF_CLUSTER_INTERNAL_H

#include <sys/types.h>

#include "auditproof/buf.h"
#include "auditproof/cluster.h"

/* A file of ours below DIR. */
enum { CLUSTER_PATH_SIZE = AP_CLUSTER_DIR_SIZE + 64 };

/*
 * What DIR holds. The first one also marks the directory as ours. Lock order: LOCK_CHANGE, then LOCK_USERS.
 */
#define LOCK_CHANGE "auditlocal.lock" /* held exclusively while the server is made, started, stopped or removed */
#define LOCK_USERS "users.lock"       /* held shared by every user */
#define LOCK_KEEPER "keeper.lock"     /* held exclusively by the keeper */
#define KEEP_FILE "keep"              /* there while the server is to stay up without users */
#define DATA_DIR "data"
#define DATA_NEW_DIR "data.new" /* what initdb is working on: never a finished database */
#define RUN_DIR "run"           /* the socket's, unless the path would be too long */
#define LOG_FILE "log"
#define LOG_OLD_FILE "log.old"

struct ap_cluster {
    const struct ap_cluster_params *params;
    char dir[AP_CLUSTER_DIR_SIZE]; /* absolute, no symbolic links */
    char socket_dir[AP_CLUSTER_SOCKET_DIR_SIZE];
    char bindir[CLUSTER_PATH_SIZE];
    int bin_major;
    int dir_fd;
    int change_fd;
    int users_fd;
    uid_t uid; /* whom the server runs as */
    gid_t gid;
    bool from_root;
    bool is_keeper;     /* never makes a file, because the directory may be going away */
    gid_t *root_groups; /* what to give back */
    int root_group_count;
};

/* user.c */
AP_MUST_CHECK enum ap_status cluster_user_choose(struct ap_cluster *c, uid_t owner, struct ap_error *err);
AP_MUST_CHECK enum ap_status cluster_user_enter(struct ap_cluster *c, struct ap_error *err);
/* Back to root; false when the kernel refuses. Harmless when nothing was switched. */
bool cluster_user_leave(struct ap_cluster *c);
/* In a child: give up root for good. */
bool cluster_user_drop(const struct ap_cluster *c);

/* dir.c */
AP_MUST_CHECK enum ap_status cluster_dir_open(struct ap_cluster *c, const char *dir, bool create, struct ap_error *err);
AP_MUST_CHECK enum ap_status cluster_dir_remove(struct ap_cluster *c, struct ap_error *err);
AP_MUST_CHECK enum ap_status cluster_remove_tree(const struct ap_cluster *c, const char *name, struct ap_error *err);
bool cluster_has(const struct ap_cluster *c, const char *name);
void cluster_path(const struct ap_cluster *c, const char *name, char out[CLUSTER_PATH_SIZE]);
/* Where the socket goes, created and checked to be ours alone. */
AP_MUST_CHECK enum ap_status cluster_socket_dir(struct ap_cluster *c, struct ap_error *err);

/* lock.c: LOCK_CHANGE is held by one process of all; fails when the directory is destroyed meanwhile. */
AP_MUST_CHECK enum ap_status cluster_lock(struct ap_cluster *c, struct ap_error *err);
void cluster_unlock(struct ap_cluster *c);
AP_MUST_CHECK enum ap_status cluster_open_lock(const struct ap_cluster *c, const char *name, int *fd,
                                               struct ap_error *err);
/* With LOCK_CHANGE held. The caller's own use counts. */
AP_MUST_CHECK enum ap_status cluster_has_users(const struct ap_cluster *c, bool *in_use, struct ap_error *err);
/* flock that signals do not interrupt; false with errno. */
bool cluster_flock(int fd, int operation);

/* program.c: run one of PostgreSQL's programs as the server's user, collecting what it prints. */
AP_MUST_CHECK enum ap_status cluster_run(const struct ap_cluster *c, const char *const argv[], struct ap_buf *output,
                                         int *wait_status, struct ap_error *err);
/* Fill bindir and bin_major; major 0 means the newest that will do. */
AP_MUST_CHECK enum ap_status cluster_find_programs(struct ap_cluster *c, int major, struct ap_error *err);
AP_MUST_CHECK enum ap_status cluster_data_major(const struct ap_cluster *c, int *major, struct ap_error *err);
AP_MUST_CHECK enum ap_status cluster_initdb(struct ap_cluster *c, struct ap_error *err);
/* The last lines of text, cut to what fits a message. Borrowed from text. */
const char *cluster_last_lines(const char *text);

/* server.c: all with LOCK_CHANGE held. */
/* The running postmaster's pid, or 0; socket_dir (may be NULL) receives its socket's directory. */
pid_t cluster_server_pid(const struct ap_cluster *c, char socket_dir[AP_CLUSTER_SOCKET_DIR_SIZE]);
AP_MUST_CHECK enum ap_status cluster_server_start(struct ap_cluster *c, struct ap_error *err);
AP_MUST_CHECK enum ap_status cluster_server_stop(struct ap_cluster *c, struct ap_error *err);
/* Remove what a server that was killed left outside its data. */
AP_MUST_CHECK enum ap_status cluster_server_clear(struct ap_cluster *c, struct ap_error *err);
void cluster_event(const struct ap_cluster *c, enum ap_cluster_event event);

/* keeper.c */
AP_MUST_CHECK enum ap_status cluster_keeper_ensure(struct ap_cluster *c, struct ap_error *err);
/* With LOCK_CHANGE held: stop the server unless it has users or is kept. */
AP_MUST_CHECK enum ap_status cluster_stop_if_unused(struct ap_cluster *c, bool *in_use, struct ap_error *err);

#endif
