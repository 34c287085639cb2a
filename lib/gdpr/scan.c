/* E-mail addresses, UUIDs and IP addresses in text that may be anything: too many rather than too few. */
#include <arpa/inet.h>
#include <string.h>

#include "own.h"

enum { UUID_TEXT_LEN = 36, ADDRESS_MAX = 46 };

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool is_alnum(char c)
{
    return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool is_hex(char c)
{
    return ap_hex_digit(c) >= 0;
}

/* RFC 5322 atext, and whatever is not ASCII. */
static bool is_atext(char c)
{
    return is_alnum(c) || (unsigned char)c >= 0x80 || (c != '\0' && strchr(".!#$%&'*+/=?^_`{|}~-", c) != NULL);
}

static bool is_domain(char c)
{
    return is_alnum(c) || (unsigned char)c >= 0x80 || c == '-' || c == '.';
}

/* Bytes of the at sign at text[at], or 0: "@", and as it is written in an URL or in JSON. */
static size_t at_sign(const char *text, size_t len, size_t at)
{
    if (text[at] == '@')
        return 1;
    if (len - at >= 3 && memcmp(text + at, "%40", 3) == 0)
        return 3;
    return len - at >= 6 && memcmp(text + at, "\\u0040", 6) == 0 ? 6 : 0;
}

static bool scan_email(const char *text, size_t len, size_t at, struct gdpr_token *out)
{
    size_t sign = at_sign(text, len, at), from = at, to = at + sign, dots = 0;

    if (sign == 0)
        return false;
    while (from > 0 && at - from < GDPR_TOKEN_MAX / 2 && is_atext(text[from - 1]))
        from--;
    if (from == at && from > 0 && text[from - 1] == '"')
        from--;
    while (to < len && to - at < GDPR_TOKEN_MAX / 2 && is_domain(text[to]))
        to++;
    while (to > at + sign && (text[to - 1] == '.' || text[to - 1] == '-'))
        to--;
    for (size_t i = at + sign; i < to; i++)
        dots += text[i] == '.';
    /* Without a dot it is one only where it cannot well be anything else: "@media" follows a brace in a style sheet. */
    if (from == at || to == at + sign || (dots == 0 && (to - at - sign < 2 || !is_alnum(text[at - 1]))))
        return false;
    *out = (struct gdpr_token){GDPR_EMAIL, from, to - from};
    return true;
}

static bool scan_uuid(const char *text, size_t len, size_t at, struct gdpr_token *out)
{
    if (len - at < UUID_TEXT_LEN || text[at + 8] != '-' || (at > 0 && is_hex(text[at - 1])) ||
        (len - at > UUID_TEXT_LEN && is_hex(text[at + UUID_TEXT_LEN])))
        return false;
    for (size_t i = 0; i < UUID_TEXT_LEN; i++)
        if (i == 8 || i == 13 || i == 18 || i == 23 ? text[at + i] != '-' : !is_hex(text[at + i]))
            return false;
    /* The nil UUID is nobody's. */
    if (strspn(text + at, "0-") >= UUID_TEXT_LEN)
        return false;
    *out = (struct gdpr_token){GDPR_UUID, at, UUID_TEXT_LEN};
    return true;
}

/* A number of one to three digits up to 255: its length, or 0. */
static size_t octet(const char *text, size_t len, unsigned *value)
{
    size_t n = 0;

    for (*value = 0; n < len && n < 4 && is_digit(text[n]); n++)
        *value = *value * 10 + (unsigned)(text[n] - '0');
    return n <= 3 && *value <= 255 ? n : 0;
}

/* Not "120.0.0.0", which no host has, and every browser calls its version. */
static bool scan_v4(const char *text, size_t len, size_t at, struct gdpr_token *out)
{
    size_t end = at, n;
    unsigned value, rest = 0;

    if (!is_digit(text[at]) ||
        (at > 0 && (is_digit(text[at - 1]) || (at > 1 && text[at - 1] == '.' && is_digit(text[at - 2])))))
        return false;
    for (int i = 0; i < 4; i++) {
        if (i > 0 && (end >= len || text[end++] != '.'))
            return false;
        n = octet(text + end, len - end, &value);
        if (n == 0)
            return false;
        end += n;
        rest += i > 0 ? value : 0;
    }
    if (rest == 0 || (len - end >= 2 && text[end] == '.' && is_digit(text[end + 1])))
        return false;
    *out = (struct gdpr_token){GDPR_ADDRESS, at, end - at};
    return true;
}

static bool scan_v6(const char *text, size_t len, size_t at, struct gdpr_token *out)
{
    char copy[ADDRESS_MAX];
    struct in6_addr address;
    size_t end = at;
    int colons = 0;

    if ((!is_hex(text[at]) && text[at] != ':') || (at > 0 && (is_alnum(text[at - 1]) || text[at - 1] == ':')))
        return false;
    for (; end < len && (is_hex(text[end]) || text[end] == ':' || text[end] == '.'); end++)
        colons += text[end] == ':';
    if (colons < 2 || (end < len && is_alnum(text[end])))
        return false;
    while (end > at && (text[end - 1] == '.' || (text[end - 1] == ':' && end - at > 2 && text[end - 2] != ':')))
        end--;
    if (end - at >= ADDRESS_MAX)
        return false;
    memcpy(copy, text + at, end - at);
    copy[end - at] = '\0';
    /* "::" and "::1" are nobody's. */
    if (inet_pton(AF_INET6, copy, &address) != 1 || IN6_IS_ADDR_UNSPECIFIED(&address) || IN6_IS_ADDR_LOOPBACK(&address))
        return false;
    *out = (struct gdpr_token){GDPR_ADDRESS, at, end - at};
    return true;
}

bool gdpr_scan_at(const char *text, size_t len, size_t at, struct gdpr_token *out)
{
    char c = text[at];

    if (c == '@' || c == '%' || c == '\\')
        return scan_email(text, len, at, out);
    if (!is_hex(c) && c != ':')
        return false;
    return scan_uuid(text, len, at, out) || scan_v6(text, len, at, out) || scan_v4(text, len, at, out);
}

size_t gdpr_fold_email(char *out, const char *text, size_t len)
{
    size_t n = 0;

    for (size_t i = 0, sign; i<len; i += sign> 0 ? sign : 1) {
        char c = text[i];

        sign = at_sign(text, len, i);
        out[n++] = sign > 0 ? '@' : (char)(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
    }
    return n;
}
