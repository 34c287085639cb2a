#include "auditproof/error.h"

#include <stdio.h>
#include <string.h>

static void cut_at_character(char *text, size_t size)
{
    size_t end = size - sizeof "...";

    /* Step back over UTF-8 continuation bytes so that the cut never leaves half a character. */
    while (end > 0 && ((unsigned char)text[end] & 0xC0U) == 0x80U)
        end--;
    memcpy(text + end, "...", sizeof "...");
}

AP_PRINTF(2, 0) static void set_message(struct ap_error *err, const char *fmt, va_list args)
{
    int n = vsnprintf(err->message, sizeof err->message, fmt, args);

    if (n < 0)
        err->message[0] = '\0';
    else if ((size_t)n >= sizeof err->message)
        cut_at_character(err->message, sizeof err->message);
}

enum ap_status ap_fail(struct ap_error *err, enum ap_status status, const char *fmt, ...)
{
    va_list args;

    if (err == NULL)
        return status;
    err->status = status;
    err->sqlstate[0] = '\0';
    va_start(args, fmt);
    set_message(err, fmt, args);
    va_end(args);
    return status;
}

enum ap_status ap_fail_memory(struct ap_error *err, const char *what)
{
    return ap_fail(err, AP_ENOMEM, "out of memory for %s", what);
}

enum ap_status ap_fail_errno(struct ap_error *err, int errnum, const char *fmt, ...)
{
    va_list args;
    size_t used;

    if (err == NULL)
        return AP_EIO;
    err->status = AP_EIO;
    err->sqlstate[0] = '\0';
    va_start(args, fmt);
    set_message(err, fmt, args);
    va_end(args);
    used = strlen(err->message);
    if (snprintf(err->message + used, sizeof err->message - used, ": %s", strerror(errnum)) >=
        (int)(sizeof err->message - used))
        cut_at_character(err->message, sizeof err->message);
    return AP_EIO;
}

enum ap_status ap_error_prefix(struct ap_error *err, const char *fmt, ...)
{
    char old[AP_ERROR_MESSAGE_SIZE];
    va_list args;
    size_t used;

    if (err == NULL)
        return AP_EINTERNAL;
    memcpy(old, err->message, sizeof old);
    va_start(args, fmt);
    set_message(err, fmt, args);
    va_end(args);
    used = strlen(err->message);
    if (snprintf(err->message + used, sizeof err->message - used, ": %s", old) >= (int)(sizeof err->message - used))
        cut_at_character(err->message, sizeof err->message);
    return err->status;
}

const char *ap_status_name(enum ap_status status)
{
    switch (status) {
    case AP_OK:
        return "ok";
    case AP_ENOMEM:
        return "out of memory";
    case AP_EINPUT:
        return "bad input";
    case AP_EIO:
        return "input/output";
    case AP_ECONNECT:
        return "connection";
    case AP_ESQL:
        return "database";
    case AP_ESTATE:
        return "precondition";
    case AP_ECRYPTO:
        return "cryptography";
    case AP_ELIMIT:
        return "limit";
    case AP_ECANCELLED:
        return "cancelled";
    case AP_EINTERNAL:
        return "internal";
    }
    return "unknown";
}

const char *ap_version(void)
{
    return AP_VERSION;
}
