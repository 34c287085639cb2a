/*
 * The last look at what goes into a bundle: an identifier that may not stand in it fails the bundle, wherever it came
 * from. It is an ap_bundle_inspect_fn; context is the lint.
 */
#ifndef AUDITPROOF_GDPR_LINT_H
#define AUDITPROOF_GDPR_LINT_H

#include "auditproof/bundle.h"
#include "own.h"

struct gdpr_lint_member;

struct gdpr_lint {
    const struct gdpr_own *own;       /* borrowed; may grow meanwhile */
    const char *why;                  /* "is not the subject's" */
    const char *advice;               /* what to do about it */
    const uint64_t *entry;            /* borrowed: that is being written; 0, none. May be NULL */
    struct gdpr_lint_member *members; /* owned: a list of those that are being written */
};

enum ap_status gdpr_lint_inspect(void *context, const char *path, const void *bytes, size_t len, bool end,
                                 struct ap_error *err);
void gdpr_lint_free(struct gdpr_lint *lint);

#endif
