/* The postmaster: whether it runs, starting it, stopping it. */
#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "auditproof/clock.h"
#include "cluster_internal.h"

#define PID_FILE DATA_DIR "/postmaster.pid"

enum { LOG_MAX = 8 << 20 };
/* Recovery after a crash can take minutes; past this something is wrong. */
static const int64_t start_timeout_us = 300 * AP_US_PER_SECOND;
/* A checkpoint on a slow disk; past this the server is stopped without one, and recovers at the next start. */
static const int64_t stop_timeout_us = 60 * AP_US_PER_SECOND;
static const int64_t orphans_timeout_us = 20 * AP_US_PER_SECOND;

/* What postmaster.pid says (PostgreSQL's miscadmin.h, LOCK_FILE_LINE_*). */
struct pid_file {
    pid_t pid;
    char socket_dir[AP_CLUSTER_SOCKET_DIR_SIZE];
    bool ready;
};

void cluster_event(const struct ap_cluster *c, enum ap_cluster_event event)
{
    if (c->params->on_event != NULL)
        c->params->on_event(c->params->context, event, c->dir);
}

static void pause_briefly(void)
{
    const struct timespec pause = {0, 5000000L};

    (void)nanosleep(&pause, NULL);
}

static bool read_pid_file(const struct ap_cluster *c, struct pid_file *out)
{
    enum { LINE_PID = 1, LINE_SOCKET_DIR = 5, LINE_STATUS = 8 };
    char text[4096];
    int fd = openat(c->dir_fd, PID_FILE, O_RDONLY | O_CLOEXEC);
    ssize_t n = fd >= 0 ? read(fd, text, sizeof text - 1) : -1;
    char *line = text;

    *out = (struct pid_file){0, "", false};
    if (fd >= 0)
        (void)close(fd);
    if (n <= 0)
        return false;
    text[n] = '\0';
    for (int number = 1; line != NULL; number++) {
        char *end = strchr(line, '\n');

        if (end != NULL)
            *end = '\0';
        if (number == LINE_PID)
            out->pid = (pid_t)strtol(line, NULL, 10);
        else if (number == LINE_SOCKET_DIR)
            (void)snprintf(out->socket_dir, sizeof out->socket_dir, "%.*s", AP_CLUSTER_SOCKET_DIR_SIZE - 1, line);
        else if (number == LINE_STATUS)
            out->ready = strncmp(line, "ready", 5) == 0;
        line = end != NULL ? end + 1 : NULL;
    }
    return out->pid > 0;
}

/* A server's processes stay in their data directory, which tells them from whatever else has got a recycled pid. */
static bool lives_in(const struct stat *data, pid_t pid)
{
    char path[64], text[512];
    struct stat cwd;
    const char *state;
    FILE *f;
    size_t n;

    (void)snprintf(path, sizeof path, "/proc/%ld/cwd", (long)pid);
    if (stat(path, &cwd) != 0 || cwd.st_dev != data->st_dev || cwd.st_ino != data->st_ino)
        return false;
    (void)snprintf(path, sizeof path, "/proc/%ld/stat", (long)pid);
    f = fopen(path, "re");
    if (f == NULL)
        return false;
    n = fread(text, 1, sizeof text - 1, f);
    (void)fclose(f);
    text[n] = '\0';
    /* "pid (name) state": a name may hold anything, parentheses too. */
    state = strrchr(text, ')');
    return strncmp(strchr(text, '(') != NULL ? strchr(text, '(') : text, "(postgres)", 10) == 0 && state != NULL &&
           state[1] == ' ' && state[2] != 'Z' && state[2] != 'X';
}

static bool server_lives(const struct ap_cluster *c, pid_t pid)
{
    struct stat data;

    /* Where it is our own child, a dead one would stay in the process table. */
    (void)waitpid(pid, NULL, WNOHANG);
    return fstatat(c->dir_fd, DATA_DIR, &data, 0) == 0 && lives_in(&data, pid);
}

/* Any process of a server on this data directory, as after a postmaster that was killed; 0 when there is none. */
static pid_t find_orphan(const struct ap_cluster *c)
{
    struct stat data;
    DIR *proc = opendir("/proc");
    const struct dirent *e;
    pid_t found = 0;

    if (proc == NULL)
        return 0;
    if (fstatat(c->dir_fd, DATA_DIR, &data, 0) == 0)
        while (found == 0 && (e = readdir(proc)) != NULL)
            if (isdigit((unsigned char)e->d_name[0]) && lives_in(&data, (pid_t)strtol(e->d_name, NULL, 10)))
                found = (pid_t)strtol(e->d_name, NULL, 10);
    (void)closedir(proc);
    return found;
}

pid_t cluster_server_pid(const struct ap_cluster *c, char socket_dir[AP_CLUSTER_SOCKET_DIR_SIZE])
{
    struct pid_file file;

    if (!read_pid_file(c, &file) || !server_lives(c, file.pid))
        return 0;
    if (socket_dir != NULL)
        (void)snprintf(socket_dir, AP_CLUSTER_SOCKET_DIR_SIZE, "%s", file.socket_dir);
    return file.pid;
}

/*
 * A postmaster that was killed leaves its pid file and socket. PostgreSQL removes them by itself unless the pid is in
 * use again, which after a reboot, or in a container, it may well be; so they go once no process of that server is
 * left.
 */
static enum ap_status clear_stale(const struct ap_cluster *c, struct ap_error *err)
{
    static const char *const sockets[] = {".s.PGSQL." AP_CLUSTER_PORT, ".s.PGSQL." AP_CLUSTER_PORT ".lock"};
    char path[CLUSTER_PATH_SIZE];
    int64_t deadline = ap_clock_monotonic_us() + orphans_timeout_us;
    pid_t orphan;

    while ((orphan = find_orphan(c)) != 0) {
        if (ap_clock_monotonic_us() > deadline)
            return ap_fail(err, AP_ESTATE,
                           "a process of an earlier server on %s is still there (pid %ld): end it, then try again",
                           c->dir, (long)orphan);
        pause_briefly();
    }
    if (unlinkat(c->dir_fd, PID_FILE, 0) != 0 && errno != ENOENT)
        return ap_fail_errno(err, errno, "cannot remove the stale %s/%s", c->dir, PID_FILE);
    for (size_t i = 0; i < sizeof sockets / sizeof sockets[0]; i++) {
        (void)snprintf(path, sizeof path, "%s/%s", c->socket_dir, sockets[i]);
        if (unlink(path) != 0 && errno != ENOENT)
            return ap_fail_errno(err, errno, "cannot remove the stale %s", path);
    }
    return AP_OK;
}

/* In the list that unix_socket_directories is, a quoted name may hold anything. */
static void quote_directory(const char *dir, char out[2 * AP_CLUSTER_SOCKET_DIR_SIZE + 64])
{
    size_t n = (size_t)snprintf(out, 64, "unix_socket_directories=\"");

    for (const char *p = dir; *p != '\0'; p++) {
        if (*p == '"')
            out[n++] = '"';
        out[n++] = *p;
    }
    out[n++] = '"';
    out[n] = '\0';
}

static _Noreturn void child(const struct ap_cluster *c, const char *const argv[], int log)
{
    sigset_t none;
    int null = open("/dev/null", O_RDONLY);

    (void)setsid();
    (void)sigemptyset(&none);
    (void)sigprocmask(SIG_SETMASK, &none, NULL);
    (void)signal(SIGPIPE, SIG_DFL);
    if (null < 0 || dup2(null, 0) < 0 || dup2(log, 1) < 0 || dup2(log, 2) < 0)
        _exit(126);
    /* The parent's pipes must not stay open for as long as the server runs. */
    closefrom(3);
    if (!cluster_user_drop(c) || chdir(c->dir) != 0 || chdir(DATA_DIR) != 0)
        _exit(126);
    (void)umask(077);
    (void)execv(argv[0], (char *const *)(uintptr_t)argv);
    _exit(127);
}

static enum ap_status spawn(struct ap_cluster *c, int log, pid_t *pid, struct ap_error *err)
{
    static const char port[] = "port=" AP_CLUSTER_PORT;
    char program[CLUSTER_PATH_SIZE + 16], data[CLUSTER_PATH_SIZE], sockets[2 * AP_CLUSTER_SOCKET_DIR_SIZE + 64];
    const char *fixed[] = {program,
                           "-D",
                           data,
                           "-c",
                           sockets,
                           "-c",
                           "listen_addresses=",
                           "-c",
                           port,
                           "-c",
                           "unix_socket_permissions=0700",
                           "-c",
                           "logging_collector=off",
                           "-c",
                           "log_destination=stderr"};
    size_t count = sizeof fixed / sizeof fixed[0], settings = c->params->setting_count;
    const char **argv = calloc(count + 2 * settings + 1, sizeof *argv);

    if (argv == NULL)
        return ap_fail_memory(err, "the server's command line");
    (void)snprintf(program, sizeof program, "%s/postgres", c->bindir);
    cluster_path(c, DATA_DIR, data);
    quote_directory(c->socket_dir, sockets);
    for (size_t i = 0; i < settings; i++) {
        argv[1 + 2 * i] = "-c";
        argv[2 + 2 * i] = c->params->settings[i];
    }
    /* The last of two settings counts: ours, without which the server could not be found. */
    argv[0] = fixed[0];
    for (size_t i = 1; i < count; i++)
        argv[2 * settings + i] = fixed[i];
    *pid = fork();
    if (*pid == 0)
        child(c, argv, log);
    free(argv);
    if (*pid < 0)
        return ap_fail_errno(err, errno, "cannot start PostgreSQL");
    return AP_OK;
}

/* Append to the log; one that has grown large is put aside, over the one put aside before. */
static enum ap_status open_log(const struct ap_cluster *c, int *fd, off_t *size, struct ap_error *err)
{
    struct stat st;

    if (fstatat(c->dir_fd, LOG_FILE, &st, AT_SYMLINK_NOFOLLOW) == 0 && st.st_size > LOG_MAX)
        (void)renameat(c->dir_fd, LOG_FILE, c->dir_fd, LOG_OLD_FILE);
    *fd = openat(c->dir_fd, LOG_FILE, O_RDWR | O_CREAT | O_APPEND | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (*fd < 0 || fstat(*fd, &st) != 0)
        return ap_fail_errno(err, errno, "cannot open the log %s/%s", c->dir, LOG_FILE);
    *size = st.st_size;
    return AP_OK;
}

static enum ap_status fail_with_log(const struct ap_cluster *c, int log, off_t from, struct ap_error *err)
{
    char text[16384];
    off_t end = lseek(log, 0, SEEK_END);
    ssize_t n;

    if (end - from > (off_t)sizeof text - 1)
        from = end - (off_t)sizeof text + 1;
    n = pread(log, text, sizeof text - 1, from);
    text[n > 0 ? n : 0] = '\0';
    return ap_fail(err, AP_ESTATE, "PostgreSQL did not start; the log %s/%s says:\n%s", c->dir, LOG_FILE,
                   cluster_last_lines(text));
}

static enum ap_status wait_until_ready(struct ap_cluster *c, pid_t child_pid, int log, off_t from, struct ap_error *err)
{
    int64_t deadline = ap_clock_monotonic_us() + start_timeout_us;

    while (ap_clock_monotonic_us() < deadline) {
        struct pid_file file;

        if (read_pid_file(c, &file) && file.pid == child_pid && file.ready) {
            (void)snprintf(c->socket_dir, sizeof c->socket_dir, "%s", file.socket_dir);
            return AP_OK;
        }
        if (waitpid(child_pid, NULL, WNOHANG) == child_pid)
            return fail_with_log(c, log, from, err);
        pause_briefly();
    }
    (void)kill(child_pid, SIGQUIT);
    return ap_fail(err, AP_ESTATE, "PostgreSQL was not ready after %d seconds: see the log %s/%s",
                   (int)(start_timeout_us / AP_US_PER_SECOND), c->dir, LOG_FILE);
}

enum ap_status cluster_server_clear(struct ap_cluster *c, struct ap_error *err)
{
    enum ap_status status = cluster_socket_dir(c, err);

    if (status == AP_OK)
        status = clear_stale(c, err);
    if (status == AP_OK)
        (void)rmdir(c->socket_dir);
    return status;
}

enum ap_status cluster_server_start(struct ap_cluster *c, struct ap_error *err)
{
    int log = -1;
    off_t from = 0;
    pid_t pid = -1;
    enum ap_status status = cluster_socket_dir(c, err);

    if (status == AP_OK)
        status = clear_stale(c, err);
    if (status == AP_OK)
        status = open_log(c, &log, &from, err);
    if (status == AP_OK)
        status = spawn(c, log, &pid, err);
    if (status == AP_OK)
        status = wait_until_ready(c, pid, log, from, err);
    if (log >= 0)
        (void)close(log);
    return status;
}

static bool wait_until_gone(const struct ap_cluster *c, pid_t pid, int64_t timeout_us)
{
    int64_t deadline = ap_clock_monotonic_us() + timeout_us;

    while (server_lives(c, pid)) {
        if (ap_clock_monotonic_us() > deadline)
            return false;
        pause_briefly();
    }
    return true;
}

/* A starter that was killed may have left a server that has not written its pid file yet. */
static pid_t settled_pid(const struct ap_cluster *c)
{
    int64_t deadline = ap_clock_monotonic_us() + orphans_timeout_us;
    pid_t pid;

    while ((pid = cluster_server_pid(c, NULL)) == 0 && find_orphan(c) != 0 && ap_clock_monotonic_us() < deadline)
        pause_briefly();
    return pid;
}

enum ap_status cluster_server_stop(struct ap_cluster *c, struct ap_error *err)
{
    char socket_dir[AP_CLUSTER_SOCKET_DIR_SIZE];
    pid_t pid = settled_pid(c);

    if (pid == 0 || cluster_server_pid(c, socket_dir) == 0)
        return AP_OK;
    cluster_event(c, AP_CLUSTER_STOPPING);
    if (kill(pid, SIGINT) != 0 && errno != ESRCH)
        return ap_fail_errno(err, errno, "cannot stop PostgreSQL (pid %ld)", (long)pid);
    if (wait_until_gone(c, pid, stop_timeout_us) ||
        (kill(pid, SIGQUIT) == 0 && wait_until_gone(c, pid, stop_timeout_us))) {
        /* It is made again for the next; left below /tmp it would only be litter. */
        (void)rmdir(socket_dir);
        return AP_OK;
    }
    return ap_fail(err, AP_ESTATE, "PostgreSQL (pid %ld) does not stop: see the log %s/%s", (long)pid, c->dir,
                   LOG_FILE);
}
