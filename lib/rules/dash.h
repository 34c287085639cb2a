/* The five characters that `windash` takes for one: `-`, `/`, en dash, em dash, horizontal bar. */
#ifndef AUDITPROOF_RULES_DASH_H
#define AUDITPROOF_RULES_DASH_H

#include <stddef.h>

/* How long the one at the start of text is, or 0. */
static inline size_t ap_dash(const char *text, size_t len)
{
    const unsigned char *p = (const unsigned char *)text;

    if (len > 0 && (p[0] == '-' || p[0] == '/'))
        return 1;
    return len >= 3 && p[0] == 0xE2 && p[1] == 0x80 && p[2] >= 0x93 && p[2] <= 0x95 ? 3 : 0;
}

#endif
