/* Addresses of mail: the part of RFC 5321's that nothing takes for anything else. */
#include <string.h>

#include "auditproof/mail.h"

enum { LABEL_MAX = 63 };

/*
 * Atoms of RFC 5322 without '!' and '%', which old servers read as routes, '/' and '|', which are paths and programs to
 * some, and what a shell would take apart.
 */
static const char atom[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789#'*+-=?^_{}~.";
static const char label[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-";

static bool is_local(const char *text, size_t len)
{
    return len > 0 && len <= AP_MAIL_LOCAL_MAX && strspn(text, atom) == len && text[0] != '.' && text[0] != '-' &&
           text[len - 1] != '.' && memmem(text, len, "..", 2) == NULL;
}

static bool is_domain(const char *text)
{
    for (;;) {
        size_t len = strspn(text, label);

        if (len == 0 || len > LABEL_MAX || text[0] == '-' || text[len - 1] == '-')
            return false;
        if (text[len] == '\0')
            return true;
        if (text[len] != '.')
            return false;
        text += len + 1;
    }
}

enum ap_status ap_mail_check_address(const char *address, struct ap_error *err)
{
    const char *at = strchr(address, '@');

    if (strlen(address) > AP_MAIL_ADDRESS_MAX)
        return ap_fail(err, AP_EINPUT, "an address of mail has at most %d characters", AP_MAIL_ADDRESS_MAX);
    if (at == NULL || !is_local(address, (size_t)(at - address)) || !is_domain(at + 1))
        return ap_fail(err, AP_EINPUT, "not an address of mail of the form name@host, in ASCII and without quotes");
    return AP_OK;
}
