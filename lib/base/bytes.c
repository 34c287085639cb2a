#include "auditproof/bytes.h"

#include <endian.h>
#include <string.h>

const struct ap_uuid ap_uuid_nil = {{0}};

/* Four bytes at once: each half byte gets a byte of its own, then '0' is added, and 39 more from ten on. */
static void hex_encode_four(char *out, const uint8_t *bytes)
{
    uint64_t x = (uint64_t)bytes[0] | (uint64_t)bytes[1] << 16 | (uint64_t)bytes[2] << 32 | (uint64_t)bytes[3] << 48;

    x = (x >> 4 & UINT64_C(0x000f000f000f000f)) | (x & UINT64_C(0x000f000f000f000f)) << 8;
    x += UINT64_C(0x3030303030303030) + ((x + UINT64_C(0x0606060606060606)) >> 4 & UINT64_C(0x0101010101010101)) * 39;
    x = htole64(x);
    memcpy(out, &x, sizeof x);
}

void ap_hex_encode(char *out, const uint8_t *bytes, size_t len)
{
    static const char digits[] = "0123456789abcdef";

    for (; len >= 4; len -= 4, bytes += 4, out += 8)
        hex_encode_four(out, bytes);
    for (size_t i = 0; i < len; i++) {
        out[2 * i] = digits[bytes[i] >> 4];
        out[2 * i + 1] = digits[bytes[i] & 15];
    }
}

int ap_hex_digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    if (c >= 'A' && c <= 'F')
        return c - 'A' + 10;
    return -1;
}

bool ap_hex_decode(uint8_t *out, size_t len, const char *text)
{
    for (size_t i = 0; i < len; i++) {
        int high = ap_hex_digit(text[2 * i]);
        int low = high < 0 ? -1 : ap_hex_digit(text[2 * i + 1]);

        if (low < 0)
            return false;
        out[i] = (uint8_t)(high << 4 | low);
    }
    return true;
}

/* Bytes in each of the five groups of a UUID's text. */
static const uint8_t uuid_groups[] = {4, 2, 2, 2, 6};

void ap_uuid_format(char out[AP_UUID_TEXT_SIZE], const struct ap_uuid *uuid)
{
    const uint8_t *from = uuid->bytes;

    for (size_t g = 0; g < sizeof uuid_groups; g++) {
        if (g > 0)
            *out++ = '-';
        ap_hex_encode(out, from, uuid_groups[g]);
        out += (size_t)2 * uuid_groups[g];
        from += uuid_groups[g];
    }
    *out = '\0';
}

bool ap_uuid_parse(struct ap_uuid *out, const char *text)
{
    uint8_t *to = out->bytes;

    for (size_t g = 0; g < sizeof uuid_groups; g++) {
        if (g > 0 && *text++ != '-')
            return false;
        if (!ap_hex_decode(to, uuid_groups[g], text))
            return false;
        text += (size_t)2 * uuid_groups[g];
        to += uuid_groups[g];
    }
    return *text == '\0';
}

bool ap_uuid_equal(const struct ap_uuid *a, const struct ap_uuid *b)
{
    return memcmp(a->bytes, b->bytes, AP_UUID_LEN) == 0;
}

int ap_uuid_compare(const struct ap_uuid *a, const struct ap_uuid *b)
{
    return memcmp(a->bytes, b->bytes, AP_UUID_LEN);
}

void ap_wipe(void *secret, size_t len)
{
    explicit_bzero(secret, len);
}
