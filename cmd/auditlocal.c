#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/wait.h>
#include <unistd.h>

#include "auditproof/buf.h"
#include "auditproof/cluster.h"
#include "auditproof/json.h"
#include "options.h"

/* As the shell has it. */
enum { EXIT_CANNOT_RUN = 126, EXIT_NO_COMMAND = 127, EXIT_SIGNAL = 128 };

static const char *dir, *bindir;
static struct cli_list settings;
static bool keep, force, yes;
static const char *format = "text";

/* What would send the command elsewhere than to our server. */
static const char *const foreign[] = {
    "PGHOSTADDR",    "PGSERVICE",     "PGPASSWORD",   "PGPASSFILE",           "PGSSLMODE",         "PGCHANNELBINDING",
    "PGREQUIREPEER", "PGREQUIREAUTH", "PGGSSENCMODE", "PGTARGETSESSIONATTRS", "PGLOADBALANCEHOSTS"};

enum { FOREIGN_COUNT = sizeof foreign / sizeof foreign[0] };

static void tell(void *context, enum ap_cluster_event event, const char *where)
{
    (void)context;
    if (event == AP_CLUSTER_CREATING)
        cli_say("creating a private database in %s", where);
    else if (event == AP_CLUSTER_WAITING)
        cli_say("waiting for another auditlocal that is at work in %s", where);
}

/* What the server could not be found or guarded without is not for the user to set. */
static int check_settings(void)
{
    static const char *const ours[] = {"listen_addresses",        "port",
                                       "unix_socket_directories", "unix_socket_permissions",
                                       "logging_collector",       "log_destination"};

    for (size_t i = 0; i < settings.count; i++) {
        const char *setting = settings.items[i];
        size_t len = strcspn(setting, "=");

        if (len == 0 || setting[len] == '\0')
            return cli_usage("--set takes NAME=VALUE, not \"%s\"", setting);
        for (size_t j = 0; j < sizeof ours / sizeof ours[0]; j++)
            if (strlen(ours[j]) == len && strncasecmp(ours[j], setting, len) == 0)
                return cli_usage("%s is not for --set: auditlocal itself sets it", ours[j]);
    }
    return EXIT_DONE;
}

static enum ap_status open_cluster(struct ap_cluster **out, bool create, struct ap_error *err)
{
    static struct ap_cluster_params params;

    params = (struct ap_cluster_params){dir, bindir, settings.items, settings.count, tell, NULL};
    return ap_cluster_open(out, &params, create, err);
}

static bool set_environment(const char *socket_dir)
{
    for (size_t i = 0; i < FOREIGN_COUNT; i++)
        if (unsetenv(foreign[i]) != 0)
            return false;
    return setenv("PGHOST", socket_dir, 1) == 0 && setenv("PGPORT", AP_CLUSTER_PORT, 1) == 0 &&
           setenv("PGUSER", AP_CLUSTER_SUPERUSER, 1) == 0 && setenv("PGDATABASE", AP_CLUSTER_DATABASE, 1) == 0;
}

static _Noreturn void become_command(struct ap_cluster *cluster, char **argv, const sigset_t *mask)
{
    struct ap_error err;
    int failed;

    if (ap_cluster_hand_over(cluster, &err) != AP_OK) {
        cli_error("%s", err.message);
        _exit(EXIT_UNKNOWN);
    }
    if (!set_environment(ap_cluster_socket_dir(cluster))) {
        cli_error("cannot set the command's environment: %s", strerror(errno));
        _exit(EXIT_UNKNOWN);
    }
    (void)signal(SIGPIPE, SIG_DFL);
    (void)sigprocmask(SIG_SETMASK, mask, NULL);
    (void)execvp(argv[0], argv);
    failed = errno;
    cli_error("cannot run %s: %s", argv[0], strerror(failed));
    _exit(failed == ENOENT ? EXIT_NO_COMMAND : EXIT_CANNOT_RUN);
}

/* Signals that end us are the command's to deal with: the server must be there until it has. */
static void block_signals(sigset_t *caught, sigset_t *before)
{
    static const int numbers[] = {SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGUSR1, SIGUSR2, SIGCHLD};

    (void)sigemptyset(caught);
    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++)
        (void)sigaddset(caught, numbers[i]);
    /* Ignored, as a caller may have left it, it would leave no status to wait for. */
    (void)signal(SIGCHLD, SIG_DFL);
    (void)sigprocmask(SIG_BLOCK, caught, before);
}

/* Told to end before there was a command to tell. */
static int interrupted(void)
{
    static const int numbers[] = {SIGINT, SIGTERM, SIGHUP, SIGQUIT};
    sigset_t pending;

    if (sigpending(&pending) == 0)
        for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++)
            if (sigismember(&pending, numbers[i]) == 1)
                return EXIT_SIGNAL + numbers[i];
    return EXIT_DONE;
}

/* Its exit status; pid is what fork returned. */
static int wait_for(pid_t pid, const sigset_t *caught)
{
    int status;

    if (pid < 0) {
        cli_error("cannot start the command: %s", strerror(errno));
        return EXIT_UNKNOWN;
    }
    for (;;) {
        siginfo_t info;
        /* The server may be our child, too. */
        pid_t ended = waitpid(-1, &status, WNOHANG);

        if (ended > 0 && ended != pid)
            continue;
        if (ended == pid)
            return WIFSIGNALED(status) ? EXIT_SIGNAL + WTERMSIG(status) : WEXITSTATUS(status);
        if (ended < 0 && errno != EINTR) {
            cli_error("cannot wait for the command: %s", strerror(errno));
            return EXIT_UNKNOWN;
        }
        /* What the terminal sends, from the kernel, has reached the command already. */
        if (sigwaitinfo(caught, &info) > 0 && info.si_signo != SIGCHLD && info.si_code != SI_KERNEL)
            (void)kill(pid, info.si_signo);
    }
}

static int run_command(int argc, char **argv)
{
    struct ap_cluster *cluster = NULL;
    struct ap_error err;
    sigset_t caught, before;
    bool started = false;
    int status = check_settings();
    pid_t pid;

    (void)argc;
    if (status != EXIT_DONE)
        return status;
    block_signals(&caught, &before);
    if (open_cluster(&cluster, true, &err) != AP_OK || ap_cluster_use(cluster, keep, &started, &err) != AP_OK) {
        status = cli_fail(&err);
        goto out;
    }
    if (!started && settings.count > 0)
        cli_say("the server was running already: --set holds when it is started next");
    status = interrupted();
    if (status == EXIT_DONE) {
        pid = fork();
        if (pid == 0)
            become_command(cluster, argv, &before);
        status = wait_for(pid, &caught);
    }
    if (ap_cluster_release(cluster, &err) != AP_OK) {
        int failed = cli_fail(&err);

        status = status == EXIT_DONE ? failed : status;
    }
out:
    ap_cluster_close(cluster);
    return status;
}

/* For eval in a shell. */
static void print_environment(const char *socket_dir)
{
    (void)printf("unset");
    for (size_t i = 0; i < FOREIGN_COUNT; i++)
        (void)printf(" %s", foreign[i]);
    (void)printf("\nexport PGHOST='");
    for (const char *p = socket_dir; *p != '\0'; p++) {
        if (*p == '\'')
            (void)printf("'\\''");
        else
            (void)putchar(*p);
    }
    (void)printf("' PGPORT=%s PGUSER=%s PGDATABASE=%s\n", AP_CLUSTER_PORT, AP_CLUSTER_SUPERUSER, AP_CLUSTER_DATABASE);
}

static int start(int argc, char **argv)
{
    struct ap_cluster *cluster = NULL;
    struct ap_error err;
    bool started = false;
    int status = check_settings();

    (void)argc;
    (void)argv;
    if (status != EXIT_DONE)
        return status;
    if (open_cluster(&cluster, true, &err) != AP_OK || ap_cluster_use(cluster, true, &started, &err) != AP_OK) {
        status = cli_fail(&err);
        goto out;
    }
    if (!started && settings.count > 0)
        cli_say("the server was running already: --set holds when it is started next");
    print_environment(ap_cluster_socket_dir(cluster));
    if (ap_cluster_release(cluster, &err) != AP_OK)
        status = cli_fail(&err);
out:
    ap_cluster_close(cluster);
    return status;
}

static int stop(int argc, char **argv)
{
    struct ap_cluster *cluster = NULL;
    struct ap_error err;
    bool in_use = false;
    int status = EXIT_DONE;

    (void)argc;
    (void)argv;
    if (open_cluster(&cluster, false, &err) != AP_OK || ap_cluster_stop(cluster, force, &in_use, &err) != AP_OK)
        status = cli_fail(&err);
    else if (in_use)
        cli_say("the server is in use, and stops when the last command that uses it ends; --force stops it now");
    ap_cluster_close(cluster);
    return status;
}

static enum ap_status status_json(const struct ap_cluster_info *info, struct ap_error *err)
{
    struct ap_buf out = AP_BUF_INIT;
    enum ap_status status;

    ap_buf_adds(&out, "{\"directory\": ");
    ap_json_string(&out, info->dir);
    ap_buf_addf(&out, ", \"exists\": %s, \"running\": %s, \"in_use\": %s, \"kept\": %s",
                info->exists ? "true" : "false", info->running ? "true" : "false", info->in_use ? "true" : "false",
                info->kept ? "true" : "false");
    if (info->exists)
        ap_buf_addf(&out, ", \"postgresql\": %d", info->major);
    if (info->running) {
        ap_buf_addf(&out, ", \"pid\": %ld, \"host\": ", (long)info->pid);
        ap_json_string(&out, info->socket_dir);
        ap_buf_addf(&out, ", \"port\": %s, \"user\": \"%s\", \"database\": \"%s\"", AP_CLUSTER_PORT,
                    AP_CLUSTER_SUPERUSER, AP_CLUSTER_DATABASE);
    }
    ap_buf_adds(&out, "}");
    status = ap_buf_check(&out, "the status", err);
    if (status == AP_OK)
        (void)puts(ap_buf_str(&out));
    ap_buf_free(&out);
    return status;
}

static void status_text(const struct ap_cluster_info *info)
{
    (void)printf("directory   %s\n", info->dir);
    if (info->exists)
        (void)printf("postgresql  %d\n", info->major);
    if (!info->running) {
        (void)printf("server      %s\n", info->exists ? "stopped" : "not created yet");
        return;
    }
    (void)printf("server      running, pid %ld\n", (long)info->pid);
    (void)printf("socket      %s/.s.PGSQL.%s\n", info->socket_dir, AP_CLUSTER_PORT);
    (void)printf("stops       %s\n", info->kept     ? "when told to (auditlocal stop)"
                                     : info->in_use ? "when the last command that uses it ends"
                                                    : "now");
}

/* A directory that is not there yet holds no server, for certain. */
static enum ap_status look(struct ap_cluster **cluster, struct ap_cluster_info *info, struct ap_error *err)
{
    char chosen[AP_CLUSTER_DIR_SIZE];
    const char *where = dir;
    enum ap_status status = AP_OK;

    memset(info, 0, sizeof *info);
    if (where == NULL) {
        status = ap_cluster_default_dir(chosen, err);
        where = chosen;
    }
    if (status == AP_OK && access(where, F_OK) != 0 && errno == ENOENT) {
        (void)snprintf(info->dir, sizeof info->dir, "%s", where);
        return AP_OK;
    }
    if (status == AP_OK)
        status = open_cluster(cluster, false, err);
    if (status == AP_OK)
        status = ap_cluster_info(*cluster, info, err);
    return status;
}

static int show_status(int argc, char **argv)
{
    struct ap_cluster *cluster = NULL;
    struct ap_cluster_info info;
    struct ap_error err;
    int status = EXIT_DONE;

    (void)argc;
    (void)argv;
    if (look(&cluster, &info, &err) != AP_OK) {
        status = cli_fail(&err);
        goto out;
    }
    if (strcmp(format, "text") == 0)
        status_text(&info);
    else if (status_json(&info, &err) != AP_OK)
        status = cli_fail(&err);
    if (status == EXIT_DONE && !info.running)
        status = EXIT_FINDINGS;
out:
    ap_cluster_close(cluster);
    return status;
}

static bool confirmed(const char *where)
{
    char answer[16];
    FILE *tty = fopen("/dev/tty", "r+e");
    bool agreed;

    if (tty == NULL)
        return false;
    (void)fprintf(tty, "Remove the private database in %s, with all that is in it? Type yes: ", where);
    (void)fflush(tty);
    agreed = fgets(answer, sizeof answer, tty) != NULL && strcmp(answer, "yes\n") == 0;
    (void)fclose(tty);
    return agreed;
}

static int destroy(int argc, char **argv)
{
    struct ap_cluster *cluster = NULL;
    struct ap_cluster_info info;
    struct ap_error err;
    int status = EXIT_DONE;

    (void)argc;
    (void)argv;
    if (open_cluster(&cluster, false, &err) != AP_OK) {
        status = cli_fail(&err);
        goto out;
    }
    /* One too damaged to be described can still be destroyed. */
    if (ap_cluster_info(cluster, &info, &err) != AP_OK)
        cli_warn("%s", err.message);
    if (!yes && !confirmed(info.dir)) {
        status = cli_usage("not destroyed: confirm it with --yes");
        goto out;
    }
    if (ap_cluster_destroy(cluster, &err) != AP_OK)
        status = cli_fail(&err);
    else
        cli_say("the private database in %s is removed", info.dir);
out:
    ap_cluster_close(cluster);
    return status;
}

static const struct cli_option run_options[] = {
    {'k', "keep", NULL, CLI_FLAG, &keep, NULL, "let the server run on when the command has ended",
     "Let the server run on when the command has ended, until\n.Ic auditlocal stop ."},
    {0, NULL, NULL, CLI_FLAG, NULL, NULL, NULL, NULL},
};

static const struct cli_option stop_options[] = {
    {'f', "force", NULL, CLI_FLAG, &force, NULL, "stop it under the commands that use it", NULL},
    {0, NULL, NULL, CLI_FLAG, NULL, NULL, NULL, NULL},
};

static const struct cli_option status_options[] = {
    {0, "format", "FORMAT", CLI_CHOICE, &format, "text|json", "how to print it", NULL},
    {0, NULL, NULL, CLI_FLAG, NULL, NULL, NULL, NULL},
};

static const struct cli_option destroy_options[] = {
    {'y', "yes", NULL, CLI_FLAG, &yes, NULL, "do not ask", "Do not ask for confirmation on the terminal."},
    {0, NULL, NULL, CLI_FLAG, NULL, NULL, NULL, NULL},
};

static const struct cli_option options[] = {
    {'D', "directory", "DIR", CLI_STRING, &dir, NULL, "where the private database is, or will be",
     "The directory of the private database, made where it is missing.\nThe default is\n"
     ".Pa $XDG_DATA_HOME/auditproof/db ,\n"
     "by default\n"
     ".Pa ~/.local/share/auditproof/db ;\n"
     "for root it is\n"
     ".Pa /var/lib/auditproof/db ."},
    {'c', "set", "NAME=VALUE", CLI_LIST, &settings, NULL, "a server setting, if this starts the server",
     "A server setting for when it is this command that starts the server; may be repeated."},
    {0, "bindir", "DIR", CLI_STRING, &bindir, NULL, "where PostgreSQL's server programs are",
     "The directory of PostgreSQL's server programs,\n.Pa initdb\nand\n.Pa postgres .\n"
     "By default that which\n.Ic pg_config --bindir\nnames, else the newest below\n.Pa /usr/lib/postgresql ,\n"
     "else one in\n.Ev PATH ."},
    {0, NULL, NULL, CLI_FLAG, NULL, NULL, NULL, NULL},
};

static const struct cli_command commands[] = {
    {"start", "", "start the server, to run until told to stop; print shell commands that set PG*", NULL, start, 0, 0,
     false, NULL},
    {"stop", "", "stop the server when it is in use no more", stop_options, stop, 0, 0, false, NULL},
    {"status", "", "say whether the server runs (exit status 0) or not (1)", status_options, show_status, 0, 0, false,
     NULL},
    {"destroy", "", "remove the private database", destroy_options, destroy, 0, 0, false, NULL},
    {NULL, "COMMAND [ARG]...", "run a command against a private PostgreSQL", run_options, run_command, 1, UINT_MAX,
     true, NULL},
};

static const struct cli_program program = {
    "auditlocal",
    "keep a private PostgreSQL and run commands against it",
    "Example: auditlocal psql\n"
    "Except for its own failures, it exits as COMMAND does, with 128 + N when signal N ended it.",
    options,
    commands,
    false,
};

int main(int argc, char **argv)
{
    return cli_main(&program, argc, argv);
}
