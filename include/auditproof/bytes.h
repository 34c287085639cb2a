/* Fixed-width integers in network order, hexadecimal, and UUIDs. None of these allocates or fails for lack of memory.
 */
#ifndef AUDITPROOF_BYTES_H
#define AUDITPROOF_BYTES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define AP_HASH_LEN 32
#define AP_UUID_LEN 16
#define AP_UUID_TEXT_SIZE 37 /* "8-4-4-4-12" and NUL */
#define AP_HASH_TEXT_SIZE 65 /* 64 hexadecimal digits and NUL */

struct ap_uuid {
    uint8_t bytes[AP_UUID_LEN];
};

/* The chain of system-wide events, those whose organization_id is NULL (audit-format(5), CHAIN). */
extern const struct ap_uuid ap_uuid_nil;

static inline uint16_t ap_get_u16(const uint8_t *p)
{
    return (uint16_t)((p[0] << 8) | p[1]);
}

static inline uint32_t ap_get_u32(const uint8_t *p)
{
    return ((uint32_t)p[0] << 24) | ((uint32_t)p[1] << 16) | ((uint32_t)p[2] << 8) | (uint32_t)p[3];
}

static inline uint64_t ap_get_u64(const uint8_t *p)
{
    return ((uint64_t)ap_get_u32(p) << 32) | ap_get_u32(p + 4);
}

static inline void ap_put_u32(uint8_t *p, uint32_t v)
{
    p[0] = (uint8_t)(v >> 24);
    p[1] = (uint8_t)(v >> 16);
    p[2] = (uint8_t)(v >> 8);
    p[3] = (uint8_t)v;
}

static inline void ap_put_u64(uint8_t *p, uint64_t v)
{
    ap_put_u32(p, (uint32_t)(v >> 32));
    ap_put_u32(p + 4, (uint32_t)v);
}

/* The value of a hexadecimal digit of either case, or -1. */
int ap_hex_digit(char c);

/* Write 2·len lower-case digits at out, without a NUL. */
void ap_hex_encode(char *out, const uint8_t *bytes, size_t len);

/* Read exactly 2·len digits of either case from text; false when one is not a digit. text need not be terminated. */
bool ap_hex_decode(uint8_t *out, size_t len, const char *text);

/* Lower-case text, NUL-terminated. */
void ap_uuid_format(char out[AP_UUID_TEXT_SIZE], const struct ap_uuid *uuid);

/* The 36-character form, either case; false for anything else. */
bool ap_uuid_parse(struct ap_uuid *out, const char *text);

bool ap_uuid_equal(const struct ap_uuid *a, const struct ap_uuid *b);

/* Byte order, which is PostgreSQL's order of uuid. */
int ap_uuid_compare(const struct ap_uuid *a, const struct ap_uuid *b);

/* Overwrite a secret in a way that the compiler does not remove. */
void ap_wipe(void *secret, size_t len);

#endif
