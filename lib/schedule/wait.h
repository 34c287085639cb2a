/* How long what failed waits. Nothing outside lib/schedule includes this. */
#ifndef AUDITPROOF_SCHEDULE_WAIT_H
#define AUDITPROOF_SCHEDULE_WAIT_H

#include <stdint.h>

/* Seconds, by the tries so far: a tenth more or less, so that those who failed together come back apart. */
int64_t wait_for(int tries);

#endif
