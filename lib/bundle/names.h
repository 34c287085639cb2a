/* The names in an archive: what one may be, and which may stand beside each other. */
#ifndef AP_BUNDLE_NAMES_H
#define AP_BUNDLE_NAMES_H

#include <stddef.h>

#include "auditproof/error.h"

/* Zero it to begin with. */
struct names {
    void *tree; /* of struct name, by the name in lower case */
};

/* [a-z0-9-], and short enough for a member beneath it. */
AP_MUST_CHECK enum ap_status names_check_top(const char *name, struct ap_error *err);

/*
 * Add the path of a member beneath the directory top. AP_EINPUT when it is no path as audit-bundle(5) has them, when it
 * is there, or another that differs only in case, and when either of two is the other's directory.
 */
AP_MUST_CHECK enum ap_status names_add(struct names *names, const char *top, const char *path, struct ap_error *err);
void names_free(struct names *names);

#endif
