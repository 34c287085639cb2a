/*
 * What a series of verifications remembers from one run to the next, so that each reads what is new and a share of the
 * old (auditverify(1), INCREMENTAL VERIFICATION). It is a file that one run at a time has locked.
 */
#ifndef AUDITPROOF_INCREMENTAL_H
#define AUDITPROOF_INCREMENTAL_H

#include <stdbool.h>

#include "auditproof/error.h"

struct ap_incremental;

enum { AP_INCREMENTAL_CYCLE = 30, AP_INCREMENTAL_MAX_CYCLE = 1000 };

/*
 * Lock the state at `path` and read it; where there is none, the verification that it is given to reads everything.
 * `cycle` (1 to AP_INCREMENTAL_MAX_CYCLE) is how many runs may pass until an entry is read again. AP_ESTATE when
 * another run has it, and for a file that is not a whole state. *out is owned by the caller, and NULL on failure.
 */
AP_MUST_CHECK enum ap_status ap_incremental_open(struct ap_incremental **out, const char *path, unsigned cycle,
                                                 struct ap_error *err);

/*
 * Replace the file, after a verification that ended in AP_OK, by what it made of the state: the old file, or the new
 * one, whole. What had findings is in it as it was before, so that the next run finds the same.
 */
AP_MUST_CHECK enum ap_status ap_incremental_save(struct ap_incremental *incremental, struct ap_error *err);

void ap_incremental_close(struct ap_incremental *incremental); /* NULL is harmless */

#endif
