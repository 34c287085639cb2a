#include "sendmail.h"

#include <errno.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sysexits.h>
#include <unistd.h>

#include "auditproof/clock.h"
#include "auditproof/file.h"
#include "child.h"
#include "signals.h"

enum { NOT_RUN = 126 };

static bool go_on(void *context)
{
    const int64_t *until_us = context;

    return !cli_interrupted() && ap_clock_monotonic_us() < *until_us;
}

/* With the system's line ends, from a file without a name: it can be as long as it likes, and take as long to be read.
 */
static enum ap_status put_message(int fd, const struct ap_buf *message, struct ap_error *err)
{
    struct ap_buf lines = AP_BUF_INIT;
    enum ap_status status;

    for (size_t i = 0; i < message->len; i++)
        if (message->data[i] != '\r')
            ap_buf_addc(&lines, message->data[i]);
    status = ap_buf_check(&lines, "a mail", err);
    if (status == AP_OK)
        status = ap_file_write(fd, "a mail", lines.data, lines.len, err);
    if (status == AP_OK && lseek(fd, 0, SEEK_SET) != 0)
        status = ap_fail_errno(err, errno, "cannot write a mail");
    ap_buf_free(&lines);
    return status;
}

/*
 * sysexits.h; what a program that could not be run leaves is of its caller's kind. EX_NOHOST and EX_UNAVAILABLE may be
 * of the recipient, but also, by msmtp and Postfix, of a network or a service that is down for now.
 */
static enum ap_mail_outcome outcome_of(const struct child *child)
{
    switch (child->status) {
    case EX_OK:
        return AP_MAIL_TAKEN;
    case EX_DATAERR:
    case EX_NOUSER:
        return AP_MAIL_REFUSED;
    case EX_USAGE:
    case EX_NOPERM:
    case EX_CONFIG:
    case NOT_RUN:
    case NOT_RUN + 1:
        return AP_MAIL_BLOCKED;
    default:
        return AP_MAIL_LATER;
    }
}

static void tell(struct ap_mail_result *result, const struct child *child, const char *path)
{
    result->why[0] = '\0';
    result->outcome = child->ended ? outcome_of(child) : AP_MAIL_LATER;
    result->silent = !child->ended;
    if (!child->ended)
        (void)snprintf(result->why, sizeof result->why, "%.200s did not end in time", path);
    else if (result->outcome != AP_MAIL_TAKEN)
        (void)snprintf(result->why, sizeof result->why, "%.60s ended with status %d%s%.150s", path, child->status,
                       child->said[0] != '\0' ? ": " : "", child->said);
}

enum ap_status sendmail_send(const char *path, const char *from, const char *to, const struct ap_buf *message,
                             int64_t timeout_us, struct ap_mail_result *result, struct ap_error *err)
{
    const char *argv[] = {path, "-oi", "-f", from, "--", to, NULL};
    int64_t until_us = ap_clock_monotonic_us() + timeout_us;
    struct child child = {.argv = argv, .tick_us = AP_US_PER_SECOND / 5, .go_on = go_on, .context = &until_us};
    enum ap_status status = ap_mail_check_address(from, err);

    if (status == AP_OK)
        status = ap_mail_check_address(to, err);
    if (status != AP_OK)
        return status;
    child.in = memfd_create("mail", MFD_CLOEXEC);
    if (child.in < 0)
        return ap_fail_errno(err, errno, "cannot write a mail");
    status = put_message(child.in, message, err);
    if (status == AP_OK)
        status = child_run(&child, err);
    (void)close(child.in);
    if (status == AP_OK && !child.ended && cli_interrupted())
        return ap_fail(err, AP_ECANCELLED, "stopped while a mail was handed over");
    if (status == AP_OK)
        tell(result, &child, path);
    return status;
}
