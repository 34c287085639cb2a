#include "shown.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "auditproof/utf8.h"

static uint32_t decode(const unsigned char *p, size_t len)
{
    static const unsigned char first_bits[] = {0, 0x7F, 0x1F, 0x0F, 0x07};
    uint32_t c = p[0] & first_bits[len];

    for (size_t i = 1; i < len; i++)
        c = c << 6 | (p[i] & 0x3FU);
    return c;
}

/* Unicode's controls, line and paragraph separators, and those format characters that hide or reorder text. */
static bool is_treacherous(uint32_t c)
{
    static const struct {
        uint32_t from, to;
    } ranges[] = {
        {0x00, 0x1F},     {0x7F, 0x9F},     {0xAD, 0xAD},     {0x061C, 0x061C}, {0x180E, 0x180E},   {0x200B, 0x200F},
        {0x2028, 0x202E}, {0x2060, 0x206F}, {0xFEFF, 0xFEFF}, {0xFFF9, 0xFFFB}, {0xE0000, 0xE0FFF},
    };

    for (size_t i = 0; i < sizeof ranges / sizeof ranges[0]; i++)
        if (c >= ranges[i].from && c <= ranges[i].to)
            return true;
    return false;
}

void cli_put(FILE *stream, const char *text)
{
    size_t left = strlen(text);

    while (left > 0) {
        size_t len = ap_utf8_char(text, left);
        uint32_t c = len > 0 ? decode((const unsigned char *)text, len) : (unsigned char)text[0];

        if (len > 0 && !is_treacherous(c))
            (void)fwrite(text, 1, len, stream);
        else if (len <= 1)
            (void)fprintf(stream, "\\x%02x", (unsigned)c);
        else
            (void)fprintf(stream, c > 0xFFFF ? "\\U%08x" : "\\u%04x", (unsigned)c);
        text += len > 0 ? len : 1;
        left -= len > 0 ? len : 1;
    }
}
