/*
 * Kills the process, as kill -9 does, at the point that AUDITPROOF_FAILPOINT names, when it passes there for the N-th
 * time: "after_claim:3".
 */
#include "failpoint.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char *const names[] = {
#define AP_FAILPOINT_NAME(name) #name,
    AP_FAILPOINT_LIST(AP_FAILPOINT_NAME) AP_FAILPOINT_MAIL_LIST(AP_FAILPOINT_NAME)
#undef AP_FAILPOINT_NAME
};

void ap_failpoint(enum ap_failpoint point)
{
    static unsigned long passed;
    const char *wanted = getenv("AUDITPROOF_FAILPOINT");
    size_t len = strlen(names[point]);

    if (wanted == NULL || strncmp(wanted, names[point], len) != 0 || wanted[len] != ':')
        return;
    if (++passed == strtoul(wanted + len + 1, NULL, 10))
        (void)kill(getpid(), SIGKILL);
}
