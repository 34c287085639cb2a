#include "auditproof/base64.h"

static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

void ap_base64_encode(char *out, const uint8_t *bytes, size_t len)
{
    for (; len > 0; bytes += 3, out += 4) {
        uint32_t group = (uint32_t)bytes[0] << 16;

        if (len > 1)
            group |= (uint32_t)bytes[1] << 8;
        if (len > 2)
            group |= bytes[2];
        out[0] = alphabet[group >> 18];
        out[1] = alphabet[(group >> 12) & 63];
        out[2] = len > 1 ? alphabet[(group >> 6) & 63] : '=';
        out[3] = len > 2 ? alphabet[group & 63] : '=';
        len -= len < 3 ? len : 3;
    }
}

static int value_of(char c)
{
    if (c >= 'A' && c <= 'Z')
        return c - 'A';
    if (c >= 'a' && c <= 'z')
        return c - 'a' + 26;
    if (c >= '0' && c <= '9')
        return c - '0' + 52;
    return c == '+' ? 62 : c == '/' ? 63 : -1;
}

bool ap_base64_decode(uint8_t *out, size_t *out_len, const char *text, size_t len)
{
    size_t i, pad = 0, n = 0;

    if (len % 4 != 0)
        return false;
    while (pad < 2 && pad < len && text[len - 1 - pad] == '=')
        pad++;
    for (i = 0; i < len; i += 4) {
        size_t bytes = i + 4 == len ? 3 - pad : 3, k;
        uint32_t group = 0;

        for (k = 0; k < 4; k++) {
            int value = k > bytes ? 0 : value_of(text[i + k]);

            if (value < 0)
                return false;
            group = (group << 6) | (uint32_t)value;
        }
        /* Bits that stand for no byte are zero, or two texts would mean the same. */
        if ((bytes == 1 && (group & 0xffff) != 0) || (bytes == 2 && (group & 0xff) != 0))
            return false;
        for (k = 0; k < bytes; k++)
            out[n++] = (uint8_t)(group >> (16 - 8 * k));
    }
    *out_len = n;
    return true;
}
