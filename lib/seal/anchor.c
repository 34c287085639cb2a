#include "auditproof/anchor.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "auditproof/clock.h"
#include "seal_internal.h"

extern char **environ;

enum { COMMAND_TIMEOUT_MS = 60000, ANSWER_MAX = 65536 };

static const struct {
    const char *prefix, *name;
    enum ap_anchor_kind kind;
} kinds[] = {
    {"dir:", "anchor", AP_ANCHOR_DIRECTORY},
    {"exec:", "command", AP_ANCHOR_COMMAND},
    {"witness:", "witness", AP_ANCHOR_WITNESS},
    {"tsa:", "timestamp", AP_ANCHOR_AUTHORITY},
};

enum ap_status ap_anchor_parse(struct ap_anchor *out, const char *text, struct ap_error *err)
{
    out->name = text;
    if (strlen(text) >= AP_ANCHOR_NAME_SIZE)
        return ap_fail(err, AP_EINPUT, "an anchor's name is too long; the bound is %d bytes", AP_ANCHOR_NAME_SIZE - 1);
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        size_t len = strlen(kinds[i].prefix);

        if (strncmp(text, kinds[i].prefix, len) == 0 && text[len] != '\0') {
            out->kind = kinds[i].kind;
            out->target = text + len;
            return AP_OK;
        }
    }
    return ap_fail(err, AP_EINPUT, "\"%s\" is no anchor: dir:PATH, exec:COMMAND, witness:URL or tsa:URL is wanted",
                   text);
}

const char *ap_anchor_kind_name(enum ap_anchor_kind kind)
{
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
        if (kinds[i].kind == kind)
            return kinds[i].name;
    return "";
}

bool ap_anchor_newest_only(enum ap_anchor_kind kind)
{
    return kind == AP_ANCHOR_WITNESS || kind == AP_ANCHOR_AUTHORITY;
}

enum ap_status ap_anchor_newest(const struct ap_anchor *anchor, const struct ap_anchor_means *means,
                                struct ap_digest *digest, const char *origin, struct ap_buf *note, struct ap_error *err)
{
    switch (anchor->kind) {
    case AP_ANCHOR_DIRECTORY:
        return anchor_dir_newest(anchor->target, digest, origin, note, err);
    case AP_ANCHOR_WITNESS:
        return anchor_witness_newest(anchor->target, means, digest, origin, note, err);
    case AP_ANCHOR_COMMAND:
    case AP_ANCHOR_AUTHORITY:
        break;
    }
    return AP_OK;
}

/* Our environment and one variable more, in one piece of memory; NULL when there is none. */
static char **environment(const char *variable, const char *value)
{
    size_t count = 0, len = strlen(variable), kept = 0, i;
    char **out, *text;

    while (environ[count] != NULL)
        count++;
    out = malloc((count + 2) * sizeof *out + len + strlen(value) + 2);
    if (out == NULL)
        return NULL;
    text = (char *)(out + count + 2);
    (void)snprintf(text, len + strlen(value) + 2, "%s=%s", variable, value);
    for (i = 0; i < count; i++)
        if (strncmp(environ[i], variable, len) != 0 || environ[i][len] != '=')
            out[kept++] = environ[i];
    out[kept++] = text;
    out[kept] = NULL;
    return out;
}

/* Start the command with pipes for its input and output. */
static enum ap_status spawn(const char *command, char **env, pid_t *pid, int *in, int *out, struct ap_error *err)
{
    char shell[] = "/bin/sh", flag[] = "-c";
    int to[2] = {-1, -1}, from[2] = {-1, -1}, failed;
    posix_spawn_file_actions_t actions;
    char *copy = strdup(command);
    char *argv[] = {shell, flag, copy, NULL};

    if (copy == NULL)
        return ap_fail_memory(err, "a command");
    if (pipe2(to, O_CLOEXEC) != 0 || pipe2(from, O_CLOEXEC) != 0 || posix_spawn_file_actions_init(&actions) != 0) {
        failed = errno;
    } else {
        failed = posix_spawn_file_actions_adddup2(&actions, to[0], STDIN_FILENO);
        if (failed == 0)
            failed = posix_spawn_file_actions_adddup2(&actions, from[1], STDOUT_FILENO);
        if (failed == 0)
            failed = posix_spawn(pid, shell, &actions, NULL, argv, env);
        (void)posix_spawn_file_actions_destroy(&actions);
    }
    free(copy);
    if (to[0] >= 0)
        (void)close(to[0]);
    if (from[1] >= 0)
        (void)close(from[1]);
    if (failed != 0) {
        if (to[1] >= 0)
            (void)close(to[1]);
        if (from[0] >= 0)
            (void)close(from[0]);
        return ap_fail_errno(err, failed, "cannot run \"%s\"", command);
    }
    *in = to[1];
    *out = from[0];
    return AP_OK;
}

/* Write the note, read the answer, for as long as the time allows. False when it ran out. */
static bool converse(int in, int out, const char *note, size_t len, struct ap_buf *answer)
{
    int64_t end_us = ap_clock_monotonic_us() + (int64_t)COMMAND_TIMEOUT_MS * 1000;
    struct pollfd fds[2] = {{in, POLLOUT, 0}, {out, POLLIN, 0}};
    char chunk[4096];
    size_t sent = 0;

    while (fds[1].fd >= 0) {
        int64_t left_ms = (end_us - ap_clock_monotonic_us()) / 1000;
        ssize_t n;

        if (left_ms <= 0 || (poll(fds, 2, (int)left_ms) <= 0 && errno != EINTR))
            break;
        if (fds[0].fd >= 0 && fds[0].revents != 0) {
            n = write(in, note + sent, len - sent);
            sent += n > 0 ? (size_t)n : 0;
            if (n < 0 || sent == len) {
                (void)close(in);
                fds[0].fd = -1;
            }
        }
        if (fds[1].revents != 0) {
            n = read(out, chunk, sizeof chunk);
            if (n <= 0)
                fds[1].fd = -1;
            else if (answer->len < ANSWER_MAX)
                ap_buf_add(answer, chunk, (size_t)n);
        }
    }
    if (fds[0].fd >= 0)
        (void)close(in);
    (void)close(out);
    return fds[1].fd < 0;
}

static enum ap_status run_command(const char *command, const char *what, const void *note, size_t len,
                                  struct ap_buf *answer, struct ap_error *err)
{
    struct sigaction ignore, before;
    enum ap_status status;
    int in = -1, out = -1, state = 0;
    bool in_time;
    char **env;
    pid_t pid;

    env = environment("AUDITPROOF_NOTE", what);
    if (env == NULL)
        return ap_fail_memory(err, "a command");
    status = spawn(command, env, &pid, &in, &out, err);
    free(env);
    if (status != AP_OK)
        return status;
    memset(&ignore, 0, sizeof ignore);
    ignore.sa_handler = SIG_IGN;
    (void)sigaction(SIGPIPE, &ignore, &before);
    in_time = converse(in, out, note, len, answer);
    (void)sigaction(SIGPIPE, &before, NULL);
    if (!in_time)
        (void)kill(pid, SIGKILL);
    while (waitpid(pid, &state, 0) < 0 && errno == EINTR)
        ;
    if (!in_time)
        return ap_fail(err, AP_EIO, "command \"%s\" was not done in %d s and was killed", command,
                       COMMAND_TIMEOUT_MS / 1000);
    if (!WIFEXITED(state) || WEXITSTATUS(state) != 0)
        return ap_fail(err, AP_EIO, "command \"%s\" ended with %s %d", command,
                       WIFEXITED(state) ? "exit status" : "signal",
                       WIFEXITED(state) ? WEXITSTATUS(state) : WTERMSIG(state));
    return AP_OK;
}

enum ap_status ap_anchor_publish(const struct ap_anchor *anchor, const struct ap_anchor_means *means,
                                 struct ap_digest *digest, const char *origin, uint64_t size, const void *note,
                                 size_t len, struct ap_buf *answer, struct ap_error *err)
{
    switch (anchor->kind) {
    case AP_ANCHOR_DIRECTORY:
        return anchor_dir_publish(anchor->target, digest, origin, size, note, len, answer, err);
    case AP_ANCHOR_WITNESS:
        return anchor_witness_publish(anchor->target, means, size, note, len, answer, err);
    case AP_ANCHOR_AUTHORITY:
        return anchor_authority_publish(anchor->target, means, note, len, answer, err);
    case AP_ANCHOR_COMMAND:
        break;
    }
    return run_command(anchor->target, "checkpoint", note, len, answer, err);
}

enum ap_status anchor_command_tell(const char *command, const char *what, const char *note, size_t len,
                                   struct ap_error *err)
{
    struct ap_buf answer = AP_BUF_INIT;
    enum ap_status status = run_command(command, what, note, len, &answer, err);

    ap_buf_free(&answer);
    return status;
}
