/* Base64 of RFC 4648 §4, with padding, and nothing else: no white space, no other alphabet, no spare bits. */
#ifndef AUDITPROOF_BASE64_H
#define AUDITPROOF_BASE64_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Characters that len bytes become, and the most bytes that len characters hold. */
#define AP_BASE64_LEN(len) (((len) + 2) / 3 * 4)
#define AP_BASE64_BYTES(len) ((len) / 4 * 3)

/* Writes AP_BASE64_LEN(len) characters, no NUL. */
void ap_base64_encode(char *out, const uint8_t *bytes, size_t len);

/* out has room for AP_BASE64_BYTES(len). False when text is not canonical base64: then nothing in out is of use. */
bool ap_base64_decode(uint8_t *out, size_t *out_len, const char *text, size_t len);

#endif
