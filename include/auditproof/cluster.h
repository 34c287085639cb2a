/*
 * A private PostgreSQL server in a directory of its own, reached by Unix socket only: what auditlocal(1) runs commands
 * against. The server runs while somebody uses it. Users are counted by shared locks that the kernel drops when their
 * process ends however it ends, so a killed user is never counted, and a small keeper process stops the server when
 * the last of them is gone without having said so.
 *
 * The server trusts whoever reaches its socket; directory and socket are open to their owner (and root) alone.
 *
 * Called by root, everything runs as an unprivileged user, because PostgreSQL insists: ap_cluster_open makes that the
 * effective user of the whole process, and ap_cluster_close gives root back. Not for threaded programs.
 */
#ifndef AUDITPROOF_CLUSTER_H
#define AUDITPROOF_CLUSTER_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "auditproof/error.h"

/* The oldest major version of PostgreSQL that will do. */
#define AP_CLUSTER_MIN_MAJOR 15

/* Bytes with the NUL. PostgreSQL itself stops at 1023 for a path. */
#define AP_CLUSTER_DIR_SIZE 901
/* What fits sockaddr_un, less "/.s.PGSQL.5432". */
#define AP_CLUSTER_SOCKET_DIR_SIZE 94

struct ap_cluster;

enum ap_cluster_event { AP_CLUSTER_CREATING, AP_CLUSTER_STARTING, AP_CLUSTER_WAITING, AP_CLUSTER_STOPPING };

/* Told before something that may take a while. */
typedef void ap_cluster_event_fn(void *context, enum ap_cluster_event event, const char *dir);

struct ap_cluster_params {
    const char *dir;             /* NULL: ap_cluster_default_dir */
    const char *bindir;          /* where initdb and postgres are; NULL: look for them */
    const char *const *settings; /* "name=value", for when it is this caller who starts the server */
    size_t setting_count;
    ap_cluster_event_fn *on_event; /* may be NULL */
    void *context;
};

struct ap_cluster_info {
    bool exists;  /* the database has been created */
    bool running; /* its server is up */
    bool in_use;  /* by somebody, this caller included */
    bool kept;    /* it stays up without users */
    pid_t pid;    /* 0 unless running */
    int major;    /* PostgreSQL's major version that made it; 0 unless it exists */
    char dir[AP_CLUSTER_DIR_SIZE];
    char socket_dir[AP_CLUSTER_SOCKET_DIR_SIZE]; /* empty unless running */
};

/* /var/lib/auditproof/db for root, else $XDG_DATA_HOME/auditproof/db, by default ~/.local/share/auditproof/db. */
AP_MUST_CHECK enum ap_status ap_cluster_default_dir(char out[AP_CLUSTER_DIR_SIZE], struct ap_error *err);

/*
 * Settle on directory and user; params is borrowed until close. With create, the directory is made where it is missing.
 * AP_ESTATE when the directory is missing (without create), holds something else, or belongs to somebody else.
 */
AP_MUST_CHECK enum ap_status ap_cluster_open(struct ap_cluster **out, const struct ap_cluster_params *params,
                                             bool create, struct ap_error *err);
void ap_cluster_close(struct ap_cluster *cluster); /* NULL is harmless; drops the use without stopping the server */

/*
 * Become a user of the server: create the database the first time, start the server unless it runs. keep lets it stay
 * up when the last user is gone, until ap_cluster_stop. *started (may be NULL) tells whether this call started it.
 */
AP_MUST_CHECK enum ap_status ap_cluster_use(struct ap_cluster *cluster, bool keep, bool *started, struct ap_error *err);

/* No longer a user: returns when the server has stopped, if this was the last one and it is not kept. */
AP_MUST_CHECK enum ap_status ap_cluster_release(struct ap_cluster *cluster, struct ap_error *err);

/* Keep it no longer, and stop it unless it is in use (then *in_use is true); force stops it under its users. */
AP_MUST_CHECK enum ap_status ap_cluster_stop(struct ap_cluster *cluster, bool force, bool *in_use,
                                             struct ap_error *err);

AP_MUST_CHECK enum ap_status ap_cluster_info(struct ap_cluster *cluster, struct ap_cluster_info *out,
                                             struct ap_error *err);

/* Stop the server and remove the database with its directory. AP_ESTATE when it is in use. Files not ours are kept. */
AP_MUST_CHECK enum ap_status ap_cluster_destroy(struct ap_cluster *cluster, struct ap_error *err);

/* Directory of the server's socket (PGHOST), valid after ap_cluster_use. Borrowed. Port, role and database: */
const char *ap_cluster_socket_dir(const struct ap_cluster *cluster);
#define AP_CLUSTER_PORT "5432"
#define AP_CLUSTER_SUPERUSER "postgres"
#define AP_CLUSTER_DATABASE "postgres"

/*
 * For a child process that is about to exec a command: it becomes the original user again, and inherits the use, so
 * that the server outlives a killed caller for as long as the command runs.
 */
AP_MUST_CHECK enum ap_status ap_cluster_hand_over(struct ap_cluster *cluster, struct ap_error *err);

#endif
