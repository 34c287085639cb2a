#include "cursor.h"

#include <string.h>

enum { REVERSE = 1, DATED = 2, VERSION = 0x10 };

void cursor_format(char out[CURSOR_SIZE], const struct cursor *cursor)
{
    uint8_t bytes[CURSOR_BYTES];

    bytes[0] = (uint8_t)(VERSION | (cursor->reverse ? REVERSE : 0) | (cursor->dated ? DATED : 0));
    ap_put_u64(bytes + 1, (uint64_t)cursor->created_us);
    memcpy(bytes + 9, cursor->id.bytes, AP_UUID_LEN);
    ap_hex_encode(out, bytes, sizeof bytes);
    out[CURSOR_SIZE - 1] = '\0';
}

enum ap_status cursor_parse(struct cursor *out, const char *text, bool reverse, struct ap_error *err)
{
    uint8_t bytes[CURSOR_BYTES];

    if (strlen(text) != CURSOR_SIZE - 1 || !ap_hex_decode(bytes, sizeof bytes, text) ||
        (bytes[0] & ~(REVERSE | DATED)) != VERSION)
        return ap_fail(err, AP_EINPUT, "\"%.60s\" is no cursor: use the one that the page before ended with", text);
    out->reverse = (bytes[0] & REVERSE) != 0;
    out->dated = (bytes[0] & DATED) != 0;
    out->created_us = (int64_t)ap_get_u64(bytes + 1);
    memcpy(out->id.bytes, bytes + 9, AP_UUID_LEN);
    if (out->reverse != reverse)
        return ap_fail(err, AP_EINPUT, "the cursor is of a page with the %s first: ask as for that page",
                       out->reverse ? "oldest" : "newest");
    return AP_OK;
}
