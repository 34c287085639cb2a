/* PostgreSQL's own programs: finding them, running them. */
#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cluster_internal.h"

/* What a program printed is kept up to here; the rest is read and dropped. */
enum { OUTPUT_MAX = 64 * 1024 };

static _Noreturn void child(const struct ap_cluster *c, const char *const argv[], int out)
{
    enum { FIRST = 3 };
    int null = open("/dev/null", O_RDWR);
    int first_closed = FIRST;
    sigset_t none;

    if (null < 0 || dup2(null, 0) < 0 || dup2(out, 1) < 0 || dup2(out, 2) < 0)
        _exit(126);
    /* It shares LOCK_CHANGE: should we be killed, nobody touches what it is working on before it has ended. */
    if (c->change_fd >= 0) {
        if (c->change_fd == FIRST ? fcntl(FIRST, F_SETFD, 0) != 0 : dup2(c->change_fd, FIRST) < 0)
            _exit(126);
        first_closed++;
    }
    closefrom(first_closed);
    (void)sigemptyset(&none);
    (void)sigprocmask(SIG_SETMASK, &none, NULL);
    (void)signal(SIGPIPE, SIG_DFL);
    /* PostgreSQL wants to know where it is, and the caller's directory may be closed to the server's user. */
    if (!cluster_user_drop(c) || chdir(c->dir) != 0)
        _exit(126);
    (void)setenv("LC_ALL", "C", 1);
    (void)unsetenv("PGDATA");
    (void)execvp(argv[0], (char *const *)(uintptr_t)argv);
    _exit(127);
}

enum ap_status cluster_run(const struct ap_cluster *c, const char *const argv[], struct ap_buf *output,
                           int *wait_status, struct ap_error *err)
{
    char piece[4096];
    int ends[2];
    ssize_t n;
    pid_t pid;

    if (pipe2(ends, O_CLOEXEC) != 0)
        return ap_fail_errno(err, errno, "cannot make a pipe for %s", argv[0]);
    pid = fork();
    if (pid == 0)
        child(c, argv, ends[1]);
    (void)close(ends[1]);
    if (pid < 0) {
        (void)close(ends[0]);
        return ap_fail_errno(err, errno, "cannot start %s", argv[0]);
    }
    while ((n = read(ends[0], piece, sizeof piece)) > 0 || (n < 0 && errno == EINTR))
        if (n > 0 && output->len < OUTPUT_MAX)
            ap_buf_add(output, piece, (size_t)n);
    (void)close(ends[0]);
    while (waitpid(pid, wait_status, 0) < 0)
        if (errno != EINTR)
            return ap_fail_errno(err, errno, "cannot wait for %s", argv[0]);
    return ap_buf_check(output, argv[0], err);
}

const char *cluster_last_lines(const char *text)
{
    enum { KEEP = 700 };
    size_t len = strlen(text);
    const char *start = len > KEEP ? text + len - KEEP : text;

    if (start != text && strchr(start, '\n') != NULL)
        start = strchr(start, '\n') + 1;
    return start;
}

static int parse_major(const char *text)
{
    const char *digits = strpbrk(text, "0123456789");
    long major = digits != NULL ? strtol(digits, NULL, 10) : 0;

    return major > 0 && major < 1000 ? (int)major : 0;
}

/* The major version of the programs in dir, or 0 when they are not all there. */
static int programs_major(const struct ap_cluster *c, const char *dir)
{
    char postgres[CLUSTER_PATH_SIZE], initdb[CLUSTER_PATH_SIZE];
    const char *argv[] = {postgres, "--version", NULL};
    struct ap_buf out = AP_BUF_INIT;
    struct ap_error ignored;
    int status = 0, major = 0;
    int a = snprintf(postgres, sizeof postgres, "%s/postgres", dir);
    int b = snprintf(initdb, sizeof initdb, "%s/initdb", dir);

    if (a < 0 || a >= CLUSTER_PATH_SIZE || b < 0 || b >= CLUSTER_PATH_SIZE || access(postgres, X_OK) != 0 ||
        access(initdb, X_OK) != 0)
        return 0;
    if (cluster_run(c, argv, &out, &status, &ignored) == AP_OK && WIFEXITED(status) && WEXITSTATUS(status) == 0)
        major = parse_major(ap_buf_str(&out));
    ap_buf_free(&out);
    return major;
}

/* Take dir when its version is the one wanted, or, when any will do, newer than what we have. */
static void consider(struct ap_cluster *c, const char *dir, int wanted, int *seen)
{
    int major = programs_major(c, dir);

    if (major > *seen)
        *seen = major;
    if (major < AP_CLUSTER_MIN_MAJOR || (wanted != 0 && major != wanted) || major <= c->bin_major)
        return;
    c->bin_major = major;
    (void)snprintf(c->bindir, sizeof c->bindir, "%s", dir);
}

static void consider_pg_config(struct ap_cluster *c, int wanted, int *seen)
{
    static const char *const argv[] = {"pg_config", "--bindir", NULL};
    struct ap_buf out = AP_BUF_INIT;
    struct ap_error ignored;
    int status = 0;

    if (cluster_run(c, argv, &out, &status, &ignored) == AP_OK && status == 0 && out.len > 0) {
        out.data[strcspn(out.data, "\n")] = '\0';
        consider(c, out.data, wanted, seen);
    }
    ap_buf_free(&out);
}

static void consider_path(struct ap_cluster *c, int wanted, int *seen)
{
    const char *path = getenv("PATH");
    char dir[CLUSTER_PATH_SIZE];

    while (path != NULL && *path != '\0') {
        size_t len = strcspn(path, ":");

        if (len > 0 && len < sizeof dir && path[0] == '/') {
            (void)snprintf(dir, sizeof dir, "%.*s", (int)len, path);
            consider(c, dir, wanted, seen);
        }
        path += len + (path[len] == ':');
    }
}

static void consider_packaged(struct ap_cluster *c, int wanted, int *seen)
{
    static const char *const patterns[] = {"/usr/lib/postgresql/*/bin", "/usr/pgsql-*/bin"};

    for (size_t i = 0; i < sizeof patterns / sizeof patterns[0]; i++) {
        glob_t found;

        if (glob(patterns[i], GLOB_NOSORT, NULL, &found) != 0)
            continue;
        for (size_t j = 0; j < found.gl_pathc; j++)
            consider(c, found.gl_pathv[j], wanted, seen);
        globfree(&found);
    }
}

enum ap_status cluster_find_programs(struct ap_cluster *c, int major, struct ap_error *err)
{
    int seen = 0;

    c->bin_major = 0;
    if (c->params->bindir != NULL) {
        consider(c, c->params->bindir, major, &seen);
    } else {
        consider_pg_config(c, major, &seen);
        if (c->bin_major == 0)
            consider_packaged(c, major, &seen);
        if (c->bin_major == 0)
            consider_path(c, major, &seen);
    }
    if (c->bin_major != 0)
        return AP_OK;
    if (major != 0 && major < AP_CLUSTER_MIN_MAJOR)
        return ap_fail(err, AP_ESTATE,
                       "the database in %s was made by PostgreSQL %d, and %d or later is needed: move the data with "
                       "pg_dump or pg_upgrade, or begin anew in another directory",
                       c->dir, major, AP_CLUSTER_MIN_MAJOR);
    if (major != 0 && seen != 0)
        return ap_fail(err, AP_ESTATE,
                       "the database in %s was made by PostgreSQL %d, and what is installed is %d: install "
                       "postgresql-%d, or move the data with pg_dump or pg_upgrade, or begin anew in another directory",
                       c->dir, major, seen, major);
    if (seen != 0)
        return ap_fail(err, AP_ESTATE, "PostgreSQL %d is too old: %d or later is needed", seen, AP_CLUSTER_MIN_MAJOR);
    return ap_fail(err, AP_ESTATE,
                   "no PostgreSQL server programs (initdb, postgres) %s%s: install PostgreSQL %d or later (Debian: "
                   "apt install postgresql), or say where they are with --bindir",
                   c->params->bindir != NULL ? "in " : "found",
                   c->params->bindir != NULL ? c->params->bindir : " by pg_config, in /usr/lib/postgresql and in PATH",
                   AP_CLUSTER_MIN_MAJOR);
}

enum ap_status cluster_data_major(const struct ap_cluster *c, int *major, struct ap_error *err)
{
    char text[16] = "";
    int fd = openat(c->dir_fd, DATA_DIR "/PG_VERSION", O_RDONLY | O_CLOEXEC);
    ssize_t n = fd >= 0 ? read(fd, text, sizeof text - 1) : -1;

    *major = 0;
    if (fd >= 0)
        (void)close(fd);
    if (n > 0)
        *major = parse_major(text);
    if (*major == 0)
        return ap_fail(err, AP_ESTATE,
                       "%s/%s/PG_VERSION cannot be read: the database is damaged; restore it, or remove it with "
                       "'auditlocal destroy'",
                       c->dir, DATA_DIR);
    return AP_OK;
}

/* Who gives up durability need not wait for the disk while the database is made, either. */
static bool is_unsafe(const struct ap_cluster *c)
{
    for (size_t i = 0; i < c->params->setting_count; i++)
        if (strcmp(c->params->settings[i], "fsync=off") == 0)
            return true;
    return false;
}

enum ap_status cluster_initdb(struct ap_cluster *c, struct ap_error *err)
{
    static const char pgdata[] = "--pgdata=" DATA_NEW_DIR, username[] = "--username=" AP_CLUSTER_SUPERUSER;
    char program[CLUSTER_PATH_SIZE + 16];
    const char *argv[] = {program,
                          pgdata,
                          username,
                          "--auth=trust",
                          "--encoding=UTF8",
                          "--locale=C.UTF-8",
                          "--data-checksums",
                          "--no-instructions",
                          is_unsafe(c) ? "--no-sync" : NULL,
                          NULL};
    struct ap_buf out = AP_BUF_INIT;
    int wait_status = 0;
    enum ap_status status = cluster_remove_tree(c, DATA_NEW_DIR, err);

    (void)snprintf(program, sizeof program, "%s/initdb", c->bindir);
    if (status == AP_OK)
        status = cluster_run(c, argv, &out, &wait_status, err);
    if (status == AP_OK && wait_status != 0)
        status = ap_fail(err, AP_ESTATE, "cannot create a database in %s: initdb %s:\n%s", c->dir,
                         WIFSIGNALED(wait_status) ? "was killed" : "failed", cluster_last_lines(ap_buf_str(&out)));
    /* Until this rename the database does not exist: whatever interrupts us leaves something known to be half made. */
    if (status == AP_OK && renameat(c->dir_fd, DATA_NEW_DIR, c->dir_fd, DATA_DIR) != 0)
        status = ap_fail_errno(err, errno, "cannot rename %s/%s", c->dir, DATA_NEW_DIR);
    ap_buf_free(&out);
    return status;
}
