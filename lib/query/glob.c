#include "glob.h"

#include <string.h>

bool glob_is(const char *text)
{
    return strpbrk(text, "*?\\") != NULL;
}

void glob_like(struct ap_buf *out, const char *text, bool wild)
{
    for (; *text != '\0'; text++) {
        if (wild && *text == '*') {
            ap_buf_addc(out, '%');
            continue;
        }
        if (wild && *text == '?') {
            ap_buf_addc(out, '_');
            continue;
        }
        if (wild && *text == '\\' && text[1] != '\0')
            text++;
        if (*text == '%' || *text == '_' || *text == '\\')
            ap_buf_addc(out, '\\');
        ap_buf_addc(out, *text);
    }
}
