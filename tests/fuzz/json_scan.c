/*
 * Arbitrary text split into values: the same ones whether it comes at once or byte by byte, and what lies between them
 * is white space, commas and brackets.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "auditproof/json_read.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* The next value in the text from *at on, shown `step` bytes more each time; its length, 0 when there is none. */
static size_t next(struct ap_json_scan *scan, const char *text, size_t size, size_t step, size_t *at)
{
    size_t shown = 0, len;

    for (;;) {
        size_t skipped = ap_json_scan_skip(scan, text + *at, shown);

        if (skipped > shown)
            abort();
        for (size_t i = 0; i < skipped; i++)
            if (strchr(" \t\r\n,[]", text[*at + i]) == NULL || text[*at + i] == '\0')
                abort();
        *at += skipped;
        shown -= skipped;
        if (shown > 0 && ap_json_scan_end(scan, text + *at, shown, &len)) {
            if (len == 0 || len > shown)
                abort();
            return len;
        }
        if (*at + shown == size)
            return 0;
        shown += size - *at - shown < step ? size - *at - shown : step;
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const char *text = (const char *)data;
    struct ap_json_scan whole = {0}, bits = {0};
    size_t at = 0, bits_at = 0;

    for (;;) {
        size_t len = next(&whole, text, size, size, &at);

        if (next(&bits, text, size, 1, &bits_at) != len || at != bits_at || whole.in_array != bits.in_array)
            abort();
        if (len == 0)
            return 0;
        at += len;
        bits_at += len;
    }
}
