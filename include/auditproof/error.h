/*
 * Errors as values.
 *
 * Every function of the library that can fail returns an enum ap_status, which the compiler insists on being looked at,
 * and describes the failure in a caller-owned struct ap_error. The library never prints, exits or jumps.
 *
 * A finding (a tampered entry, a missing trigger) is not an error: see finding.h.
 */
#ifndef AUDITPROOF_ERROR_H
#define AUDITPROOF_ERROR_H

#include <stdarg.h>
#include <stddef.h>

#if defined(__GNUC__)
#define AP_MUST_CHECK __attribute__((warn_unused_result))
#define AP_PRINTF(fmt, first) __attribute__((format(printf, fmt, first)))
#else
#define AP_MUST_CHECK
#define AP_PRINTF(fmt, first)
#endif

enum ap_status {
    AP_OK = 0,
    AP_ENOMEM,     /* memory ran out */
    AP_EINPUT,     /* the caller's data is malformed: the message says where */
    AP_EIO,        /* reading or writing a file or stream failed */
    AP_ECONNECT,   /* the database cannot be reached, or the connection was lost */
    AP_ESQL,       /* the database refused a statement: see sqlstate */
    AP_ESTATE,     /* a precondition does not hold (not installed, wrong version, already running) */
    AP_ECRYPTO,    /* the cryptographic library failed */
    AP_ELIMIT,     /* a documented bound was exceeded */
    AP_ECANCELLED, /* stopped on request */
    AP_EINTERNAL,  /* a defect in this library */
};

/* Sizes are bytes and include the terminating NUL. A longer message is cut at a character boundary and ends in "...".
 */
#define AP_ERROR_MESSAGE_SIZE 1024
#define AP_SQLSTATE_SIZE 6

struct ap_error {
    enum ap_status status;
    char sqlstate[AP_SQLSTATE_SIZE]; /* empty unless the server sent one */
    char message[AP_ERROR_MESSAGE_SIZE];
};

/*
 * Fill err (which may be NULL) and return status, so that a failing function ends in
 * `return ap_fail(err, AP_EINPUT, "...")`. The message says what happened, to which thing, and what to do next;
 * it has no trailing newline or full stop.
 */
enum ap_status ap_fail(struct ap_error *err, enum ap_status status, const char *fmt, ...) AP_PRINTF(3, 4);

/* As ap_fail(AP_ENOMEM): `what` names what was being allocated. */
enum ap_status ap_fail_memory(struct ap_error *err, const char *what);

/* As ap_fail(AP_EIO), with strerror(errnum) after the message. */
enum ap_status ap_fail_errno(struct ap_error *err, int errnum, const char *fmt, ...) AP_PRINTF(3, 4);

/* Put "context: " before the message that err already has; returns err's status. */
enum ap_status ap_error_prefix(struct ap_error *err, const char *fmt, ...) AP_PRINTF(2, 3);

/* A short stable word for a status ("out of memory", "input", ...). Never NULL; static storage. */
const char *ap_status_name(enum ap_status status);

/* The library's version, "MAJOR.MINOR.PATCH". Static storage. */
const char *ap_version(void);

#endif
