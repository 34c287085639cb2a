#include "auditproof/utf8.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

static bool continues(unsigned char c)
{
    return (c & 0xC0U) == 0x80U;
}

size_t ap_utf8_char(const char *text, size_t len)
{
    const unsigned char *p = (const unsigned char *)text;

    if (p[0] < 0x80)
        return 1;
    if (p[0] >= 0xC2 && p[0] <= 0xDF)
        return len >= 2 && continues(p[1]) ? 2 : 0;
    if (p[0] >= 0xE0 && p[0] <= 0xEF) {
        if (len < 3 || !continues(p[1]) || !continues(p[2]))
            return 0;
        /* Overlong forms, and the surrogates D800-DFFF. */
        return (p[0] == 0xE0 && p[1] < 0xA0) || (p[0] == 0xED && p[1] > 0x9F) ? 0 : 3;
    }
    if (p[0] >= 0xF0 && p[0] <= 0xF4) {
        if (len < 4 || !continues(p[1]) || !continues(p[2]) || !continues(p[3]))
            return 0;
        return (p[0] == 0xF0 && p[1] < 0x90) || (p[0] == 0xF4 && p[1] > 0x8F) ? 0 : 4;
    }
    return 0;
}

size_t ap_utf8_valid(const char *text, size_t len)
{
    size_t at = 0;

    while (at < len) {
        uint64_t word;
        size_t n;

        /* Most of what is read is ASCII: eight bytes a step. */
        while (len - at >= sizeof word) {
            memcpy(&word, text + at, sizeof word);
            if ((word & UINT64_C(0x8080808080808080)) != 0)
                break;
            at += sizeof word;
        }
        if (at == len)
            break;
        n = ap_utf8_char(text + at, len - at);
        if (n == 0)
            break;
        at += n;
    }
    return at;
}

size_t ap_utf8_count(const char *text, size_t len)
{
    size_t count = 0;

    for (size_t at = 0; at < len; count++) {
        size_t n = ap_utf8_char(text + at, len - at);

        at += n > 0 ? n : 1;
    }
    return count;
}
