#include "child.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "auditproof/clock.h"
#include "auditproof/display.h"

enum { LINES = 8192, MOST_VARIABLES = 4096 };

extern char **environ;

/* What comes out of it: of what it says the end is kept, of what it answers the beginning. */
struct hearing {
    int fd; /* -1: it was closed */
    char *text;
    size_t size, len;
    bool keep_end;
};

static void keep(struct hearing *h, const char *chunk, size_t len)
{
    size_t room = h->size - h->len;

    if (len > room && h->keep_end) {
        size_t drop = len - room;

        memmove(h->text, h->text + drop, h->len - drop);
        h->len -= drop;
    } else if (len > room) {
        len = room;
    }
    memcpy(h->text + h->len, chunk, len);
    h->len += len;
}

static void hear(struct hearing *h)
{
    char chunk[1024];
    ssize_t n = read(h->fd, chunk, sizeof chunk);

    if (n == 0 || (n < 0 && errno != EINTR && errno != EAGAIN)) {
        (void)close(h->fd);
        h->fd = -1;
    } else if (n > 0 && h->size > 0) {
        keep(h, chunk, (size_t)n);
    }
}

static void keep_last_line(struct child *child, const struct hearing *said)
{
    struct ap_buf shown = AP_BUF_INIT;
    size_t end = said->len, start;

    while (end > 0 && said->text[end - 1] == '\n')
        end--;
    for (start = end; start > 0 && said->text[start - 1] != '\n';)
        start--;
    ap_display_put(&shown, said->text + start, end - start);
    end = shown.len < sizeof child->said ? shown.len : sizeof child->said - 1;
    while (end < shown.len && end > 0 && ((unsigned char)shown.data[end] & 0xC0U) == 0x80U)
        end--;
    memcpy(child->said, ap_buf_str(&shown), end);
    child->said[end] = '\0';
    ap_buf_free(&shown);
}

/* Where a name is there twice, programs take the first. */
static const char **variables(const struct child *child, struct ap_error *err)
{
    const char **all = calloc(MOST_VARIABLES + 1, sizeof *all);
    size_t count = 0;

    if (all == NULL) {
        (void)ap_fail_memory(err, "the environment of a program");
        return NULL;
    }
    for (size_t i = 0; child->environment != NULL && child->environment[i] != NULL && count < MOST_VARIABLES; i++)
        all[count++] = child->environment[i];
    for (size_t i = 0; environ[i] != NULL && count < MOST_VARIABLES; i++)
        all[count++] = environ[i];
    return all;
}

static bool put_in_place(int fd, int as)
{
    return fd >= 0 && (fd == as ? fcntl(fd, F_SETFD, 0) : dup2(fd, as)) >= 0;
}

/* In the child: nothing here may allocate. */
_Noreturn static void become(const struct child *child, pid_t parent, int out, int said, const char *const *variables)
{
    union {
        const char *const *given;
        char *const *taken;
    } arguments = {child->argv}, environment = {variables};
    sigset_t none;
    const char *why;

    (void)setpgid(0, 0);
    (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != parent)
        _exit(127);
    (void)sigemptyset(&none);
    (void)sigprocmask(SIG_SETMASK, &none, NULL);
    (void)signal(SIGHUP, SIG_DFL);
    (void)signal(SIGPIPE, SIG_DFL);
    if (put_in_place(child->in != 0 ? child->in : open("/dev/null", O_RDONLY), STDIN_FILENO) &&
        put_in_place(out, STDOUT_FILENO) && put_in_place(said, STDERR_FILENO))
        (void)execve(child->argv[0], arguments.taken, environment.taken);
    why = strerrordesc_np(errno);
    (void)dprintf(STDERR_FILENO, "cannot run %s: %s\n", child->argv[0], why != NULL ? why : "unknown error");
    _exit(127);
}

/* Until it has ended, or is to end. */
static void attend(struct child *child, pid_t pid, int pidfd, struct hearing *said, struct hearing *answer)
{
    int64_t asked_us = ap_clock_monotonic_us();
    bool killed = false, woken = false;

    for (;;) {
        struct pollfd fds[4] = {{pidfd, POLLIN, 0},
                                {said->fd, POLLIN, 0},
                                {answer->fd, POLLIN, 0},
                                {killed || child->wake_fd == 0 ? -1 : child->wake_fd, POLLIN, 0}};
        int64_t left_us = asked_us + child->tick_us - ap_clock_monotonic_us();

        if (!killed && (left_us <= 0 || woken)) {
            woken = false;
            asked_us = ap_clock_monotonic_us();
            killed = !child->go_on(child->context);
            if (killed)
                (void)kill(-pid, SIGKILL);
            continue;
        }
        (void)poll(fds, 4, killed ? -1 : (int)(left_us / 1000) + 1);
        if (said->fd >= 0 && fds[1].revents != 0)
            hear(said);
        else if (answer->fd >= 0 && fds[2].revents != 0)
            hear(answer);
        else if (fds[0].revents != 0)
            break;
        woken = fds[3].revents != 0;
    }
    child->ended = !killed;
}

static enum ap_status wait_for(struct child *child, pid_t pid, struct hearing *said, struct hearing *answer,
                               struct ap_error *err)
{
    enum ap_status status = AP_OK;
    int pidfd = (int)syscall(SYS_pidfd_open, pid, 0), state = 0;

    if (pidfd >= 0) {
        attend(child, pid, pidfd, said, answer);
        (void)close(pidfd);
    } else {
        status = ap_fail_errno(err, errno, "cannot attend %s", child->argv[0]);
        (void)kill(-pid, SIGKILL);
    }
    while (waitpid(pid, &state, 0) < 0 && errno == EINTR)
        ;
    child->status = WIFEXITED(state) ? WEXITSTATUS(state) : 128 + WTERMSIG(state);
    return status;
}

static void close_both(const int ends[2])
{
    for (int i = 0; i < 2; i++)
        if (ends[i] >= 0)
            (void)close(ends[i]);
}

static enum ap_status run(struct child *child, const int said[2], const int answer[2], struct ap_error *err)
{
    char lines[LINES];
    struct hearing saying = {said[0], lines, sizeof lines, 0, true};
    struct hearing answering = {answer[0], child->answer, child->answer_size > 0 ? child->answer_size - 1 : 0, 0,
                                false};
    const char **all = variables(child, err);
    enum ap_status status;
    pid_t parent = getpid(), pid;

    if (all == NULL) {
        close_both(said);
        close_both(answer);
        return AP_ENOMEM;
    }
    pid = fork();
    if (pid == 0)
        become(child, parent, child->out != 0 ? child->out : answer[1], said[1], all);
    free(all);
    close_both((int[2]){said[1], answer[1]});
    if (pid < 0) {
        close_both((int[2]){said[0], answer[0]});
        return ap_fail_errno(err, errno, "cannot run %s", child->argv[0]);
    }
    (void)setpgid(pid, pid);
    status = wait_for(child, pid, &saying, &answering, err);
    close_both((int[2]){saying.fd, answering.fd});
    keep_last_line(child, &saying);
    if (child->answer_size > 0)
        child->answer[answering.len] = '\0';
    return status;
}

enum ap_status child_run(struct child *child, struct ap_error *err)
{
    int said[2] = {-1, -1}, answer[2] = {-1, -1};

    child->said[0] = '\0';
    child->ended = false;
    if (pipe2(said, O_CLOEXEC) != 0 || (child->out == 0 && pipe2(answer, O_CLOEXEC) != 0)) {
        enum ap_status status = ap_fail_errno(err, errno, "cannot make a pipe");

        close_both(said);
        return status;
    }
    return run(child, said, answer, err);
}
