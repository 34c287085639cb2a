#include "signals.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

static volatile sig_atomic_t signalled;
static int signal_pipe[2] = {-1, -1};

static void on_signal(int number)
{
    int saved = errno;

    signalled = number;
    /* When the pipe is full it is readable already, which is all that is wanted. */
    if (write(signal_pipe[1], "", 1) < 0)
        errno = saved;
    errno = saved;
}

enum ap_status cli_catch_signals(struct ap_error *err)
{
    struct sigaction action;

    memset(&action, 0, sizeof action);
    action.sa_handler = on_signal;
    action.sa_flags = (int)SA_RESETHAND;
    if (pipe2(signal_pipe, O_CLOEXEC | O_NONBLOCK) != 0 || sigaction(SIGTERM, &action, NULL) != 0 ||
        sigaction(SIGINT, &action, NULL) != 0)
        return ap_fail_errno(err, errno, "cannot prepare for signals");
    return AP_OK;
}

bool cli_interrupted(void)
{
    return signalled != 0;
}

int cli_signal_fd(void)
{
    return signal_pipe[0];
}
