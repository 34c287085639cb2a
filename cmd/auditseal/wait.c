/* How long another sealer is waited for. */
#include <string.h>

#include "auditproof/note.h"
#include "auditproof/clock.h"
#include "auditproof/seal.h"
#include "commands.h"

enum { WAIT_MAX_S = 86400 };

const char *wait_given;

static void say_who(void *context, const char *who)
{
    (void)context;
    cli_warn("waiting for %s", who);
}

enum ap_status take_wait(struct ap_seal_options *options, struct ap_error *err)
{
    uint64_t seconds = 0;

    options->waits = say_who;
    options->wait_bounded = wait_given != NULL;
    if (wait_given != NULL && (!ap_decimal_parse(&seconds, wait_given, strlen(wait_given)) || seconds > WAIT_MAX_S))
        return ap_fail(err, AP_EINPUT, "--wait is a number of seconds, up to %d", WAIT_MAX_S);
    options->wait_us = (int64_t)seconds * AP_US_PER_SECOND;
    return AP_OK;
}
