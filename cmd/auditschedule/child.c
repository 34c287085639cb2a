#include "child.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "auditproof/clock.h"
#include "auditproof/display.h"

enum { LINES = 8192 };

extern char **environ;

/* What it says: the end of it is kept. */
struct saying {
    int fd;
    char text[LINES];
    size_t len;
};

static void hear(struct saying *saying)
{
    char chunk[1024];
    ssize_t n = read(saying->fd, chunk, sizeof chunk);
    size_t len = n > 0 ? (size_t)n : 0;

    if (n == 0 || (n < 0 && errno != EINTR && errno != EAGAIN)) {
        (void)close(saying->fd);
        saying->fd = -1;
        return;
    }
    if (saying->len + len > sizeof saying->text) {
        size_t drop = saying->len + len - sizeof saying->text;

        memmove(saying->text, saying->text + drop, saying->len - drop);
        saying->len -= drop;
    }
    memcpy(saying->text + saying->len, chunk, len);
    saying->len += len;
}

static void keep_last_line(struct child *child, const struct saying *saying)
{
    struct ap_buf shown = AP_BUF_INIT;
    size_t end = saying->len, start;

    while (end > 0 && saying->text[end - 1] == '\n')
        end--;
    for (start = end; start > 0 && saying->text[start - 1] != '\n';)
        start--;
    ap_display_put(&shown, saying->text + start, end - start);
    end = shown.len < sizeof child->said ? shown.len : sizeof child->said - 1;
    while (end < shown.len && end > 0 && ((unsigned char)shown.data[end] & 0xC0U) == 0x80U)
        end--;
    memcpy(child->said, ap_buf_str(&shown), end);
    child->said[end] = '\0';
    ap_buf_free(&shown);
}

static enum ap_status start(const struct child *child, int said, pid_t *pid, struct ap_error *err)
{
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attributes;
    sigset_t none;
    int failed = posix_spawn_file_actions_init(&actions);
    union {
        const char *const *given;
        char *const *argv;
    } arguments = {child->argv};

    if (failed != 0)
        return ap_fail_errno(err, failed, "cannot run %s", child->argv[0]);
    failed = posix_spawnattr_init(&attributes);
    if (failed == 0) {
        (void)sigemptyset(&none);
        (void)posix_spawnattr_setsigmask(&attributes, &none);
        failed = posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK);
        if (failed == 0)
            failed = posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
        if (failed == 0)
            failed = posix_spawn_file_actions_adddup2(&actions, child->out, STDOUT_FILENO);
        if (failed == 0)
            failed = posix_spawn_file_actions_adddup2(&actions, said, STDERR_FILENO);
        if (failed == 0)
            failed = posix_spawn(pid, child->argv[0], &actions, &attributes, arguments.argv, environ);
        (void)posix_spawnattr_destroy(&attributes);
    }
    (void)posix_spawn_file_actions_destroy(&actions);
    return failed == 0 ? AP_OK : ap_fail_errno(err, failed, "cannot run %s", child->argv[0]);
}

/* Until it has ended, or is to end. */
static void attend(struct child *child, pid_t pid, int pidfd, struct saying *saying)
{
    int64_t asked_us = ap_clock_monotonic_us();
    bool killed = false;

    for (;;) {
        struct pollfd fds[2] = {{pidfd, POLLIN, 0}, {saying->fd, POLLIN, 0}};
        int64_t left_us = asked_us + child->tick_us - ap_clock_monotonic_us();

        if (!killed && left_us <= 0) {
            asked_us = ap_clock_monotonic_us();
            killed = !child->go_on(child->context);
            if (killed)
                (void)kill(pid, SIGKILL);
            continue;
        }
        (void)poll(fds, 2, killed ? -1 : (int)(left_us / 1000) + 1);
        if (saying->fd >= 0 && fds[1].revents != 0)
            hear(saying);
        else if (fds[0].revents != 0)
            break;
    }
    child->ended = !killed;
}

enum ap_status child_run(struct child *child, struct ap_error *err)
{
    struct saying saying = {-1, "", 0};
    int said[2], pidfd, state = 0;
    pid_t pid = -1;
    enum ap_status status;

    child->said[0] = '\0';
    if (pipe2(said, O_CLOEXEC | O_NONBLOCK) != 0)
        return ap_fail_errno(err, errno, "cannot make a pipe");
    /* The child's end is to block, as programs expect. */
    (void)fcntl(said[1], F_SETFL, 0);
    status = start(child, said[1], &pid, err);
    (void)close(said[1]);
    if (status != AP_OK) {
        (void)close(said[0]);
        return status;
    }
    saying.fd = said[0];
    pidfd = (int)syscall(SYS_pidfd_open, pid, 0);
    if (pidfd >= 0) {
        attend(child, pid, pidfd, &saying);
        (void)close(pidfd);
    } else {
        status = ap_fail_errno(err, errno, "cannot attend %s", child->argv[0]);
        (void)kill(pid, SIGKILL);
    }
    while (waitpid(pid, &state, 0) < 0 && errno == EINTR)
        ;
    if (saying.fd >= 0)
        (void)close(saying.fd);
    child->status = WIFEXITED(state) ? WEXITSTATUS(state) : 128 + WTERMSIG(state);
    keep_last_line(child, &saying);
    return status;
}
