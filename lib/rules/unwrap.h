/*
 * The events of a line: the line itself, or the elements of an array that it holds, as CloudTrail's files have them.
 * Elements are told apart by their brackets and quotes alone; whoever reads one checks it.
 */
#ifndef AUDITPROOF_RULES_UNWRAP_H
#define AUDITPROOF_RULES_UNWRAP_H

#include <stdbool.h>
#include <stddef.h>

#include "auditproof/buf.h"
#include "auditproof/error.h"
#include "rule.h"

struct ap_unwrap {
    const char *line;
    size_t len;
    size_t at;    /* where the next element, or what parts it from the last one, begins */
    size_t array; /* where the array's elements begin; 0: the line is the event */
    bool begun, ended;
};

/* member: a top-level member's name; its text is NULL when lines are events. A line without such an array is an event.
 */
void ap_unwrap_open(struct ap_unwrap *unwrap, const char *line, size_t len, const struct ap_text *member);

/*
 * The next element; *more false after the last. AP_EINPUT, with *at the offset in the line, when what is around the
 * elements is not JSON; then there are no more. scratch is cleared and used.
 */
AP_MUST_CHECK enum ap_status ap_unwrap_next(struct ap_unwrap *unwrap, struct ap_buf *scratch, bool *more,
                                            const char **text, size_t *len, size_t *at, struct ap_error *err);

#endif
