#include "auditproof/entry.h"

#include <stdio.h>
#include <string.h>

enum { WORDS = 8 };

/* By hand and not by snprintf, which took longer than the hash of the text. AP_INET_TEXT_SIZE has room for it. */
static int put_v4(char *out, const uint8_t *address)
{
    char *p = out;

    for (int i = 0; i < 4; i++) {
        unsigned byte = address[i];

        if (i > 0)
            *p++ = '.';
        if (byte >= 100)
            *p++ = (char)('0' + byte / 100);
        if (byte >= 10)
            *p++ = (char)('0' + byte / 10 % 10);
        *p++ = (char)('0' + byte % 10);
    }
    *p = '\0';
    return (int)(p - out);
}

/* The first longest run of two or more zero words: *base is WORDS when there is none. */
static void longest_zero_run(const unsigned words[WORDS], int *base, int *len)
{
    *base = WORDS;
    *len = 1;
    for (int i = 0; i < WORDS; i++) {
        int run = 0;

        while (i + run < WORDS && words[i + run] == 0)
            run++;
        if (run > *len) {
            *base = i;
            *len = run;
        }
        i += run;
    }
}

static int put_v6(char *out, size_t size, const uint8_t *address)
{
    unsigned words[WORDS];
    int base, len, n = 0;

    for (int i = 0; i < WORDS; i++)
        words[i] = ap_get_u16(address + (size_t)2 * (size_t)i);
    longest_zero_run(words, &base, &len);
    for (int i = 0; i < WORDS; i++) {
        if (i == base) {
            n += snprintf(out + n, size - (size_t)n, i + len == WORDS ? "::" : ":");
            i += len - 1;
            continue;
        }
        if (i > 0)
            n += snprintf(out + n, size - (size_t)n, ":");
        /* PostgreSQL prints IPv4-compatible and IPv4-mapped addresses with a dotted tail. */
        if (i == 6 && base == 0 && (len == 6 || (len == 5 && words[5] == 0xffff)))
            return n + put_v4(out + n, address + 12);
        n += snprintf(out + n, size - (size_t)n, "%x", words[i]);
    }
    return n;
}

void ap_inet_format(char out[AP_INET_TEXT_SIZE], const struct ap_inet *inet)
{
    int n = inet->v6 ? put_v6(out, AP_INET_TEXT_SIZE, inet->address) : put_v4(out, inet->address);

    if (inet->prefix != (inet->v6 ? 128 : 32))
        (void)snprintf(out + n, AP_INET_TEXT_SIZE - (size_t)n, "/%d", inet->prefix);
}
