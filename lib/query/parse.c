#include "auditproof/query.h"

#include <arpa/inet.h>
#include <string.h>

enum ap_status ap_query_parse_risk(unsigned *out, const char *text, struct ap_error *err)
{
    static const char *const levels[] = {"low", "medium", "high", "critical"};
    enum { LEVELS = sizeof levels / sizeof levels[0], ALL = (1 << LEVELS) - 1 };
    const char *at = text;

    *out = 0;
    for (;;) {
        size_t len = strcspn(at, ",+"), level = 0;

        while (level < LEVELS && (strlen(levels[level]) != len || strncmp(levels[level], at, len) != 0))
            level++;
        at += len;
        if (level == LEVELS)
            return ap_fail(err, AP_EINPUT,
                           "\"%.60s\" is no risk: use low, medium, high, critical, or high+ for it and "
                           "above",
                           text);
        *out |= *at == '+' ? (unsigned)ALL & ~0U << level : 1U << level;
        at += *at == '+';
        if (*at == '\0')
            return AP_OK;
        at += *at == ',';
    }
}

enum ap_status ap_query_parse_resource(struct ap_query_filter *filter, char *text, struct ap_error *err)
{
    char *slash = strrchr(text, '/');

    filter->resource_type = text[0] != '\0' && text != slash ? text : NULL;
    filter->has_resource = slash != NULL && ap_uuid_parse(&filter->resource, slash + 1);
    if (text[0] == '\0' || (slash != NULL && !filter->has_resource))
        return ap_fail(err, AP_EINPUT, "\"%.120s\" names no resource: use TYPE, TYPE/ID or /ID, the ID being a UUID",
                       text);
    if (slash != NULL)
        *slash = '\0';
    return AP_OK;
}

enum ap_status ap_query_check_address(const char *text, struct ap_error *err)
{
    size_t len = strcspn(text, "/"), digits = text[len] == '/' ? strspn(text + len + 1, "0123456789") : 0;
    const char *bits = text + len + 1;
    unsigned char bytes[16];
    char address[INET6_ADDRSTRLEN];
    bool v6 = strchr(text, ':') != NULL, sound = len < sizeof address;
    int prefix = 0;

    if (sound) {
        memcpy(address, text, len);
        address[len] = '\0';
        sound = inet_pton(v6 ? AF_INET6 : AF_INET, address, bytes) == 1;
    }
    if (sound && text[len] == '/') {
        sound = digits > 0 && digits <= 3 && bits[digits] == '\0';
        for (size_t i = 0; sound && i < digits; i++)
            prefix = prefix * 10 + (bits[i] - '0');
        sound = sound && prefix <= (v6 ? 128 : 32);
    }
    return sound ? AP_OK
                 : ap_fail(err, AP_EINPUT,
                           "\"%.60s\" is neither an address nor a network: use 192.0.2.7, 192.0.2.0/24 or "
                           "2001:db8::/32",
                           text);
}
