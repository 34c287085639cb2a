/*
 * Going over JSON text: where strings stop being plain, and the checks of what is not plain. Nothing outside of the
 * line is read; the line's last byte being a closing bracket saves looking for its end everywhere but in strings.
 */
#ifndef AUDITPROOF_RULES_EVENT_SCAN_H
#define AUDITPROOF_RULES_EVENT_SCAN_H

#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#ifdef __SSE2__
#include <emmintrin.h>
#endif

#define AP_ALWAYS_INLINE inline __attribute__((always_inline))

static AP_ALWAYS_INLINE bool ap_is_plain(unsigned char c)
{
    return c >= ' ' && c < 0x80 && c != '"' && c != '\\';
}

#ifdef __SSE2__
/* A bit for each of sixteen bytes that is not plain. Bytes past ASCII are negative, and so below the space. */
static AP_ALWAYS_INLINE unsigned ap_special_sixteen(const char *p)
{
    __m128i bytes = _mm_loadu_si128((const __m128i *)(const void *)p);
    __m128i quote = _mm_cmpeq_epi8(bytes, _mm_set1_epi8('"'));
    __m128i backslash = _mm_cmpeq_epi8(bytes, _mm_set1_epi8('\\'));
    __m128i outside = _mm_cmplt_epi8(bytes, _mm_set1_epi8(' '));

    return (unsigned)_mm_movemask_epi8(_mm_or_si128(_mm_or_si128(quote, backslash), outside));
}

/* The first byte from p on that a string may not simply hold, or end. start: of what may be read, before p. */
static AP_ALWAYS_INLINE const char *ap_plain_vectors(const char *p, const char *start, const char *end)
{
    unsigned special;

    while (end - p >= 16) {
        special = ap_special_sixteen(p);
        if (special != 0)
            return p + __builtin_ctz(special);
        p += 16;
    }
    if (end - start >= 16) {
        special = ap_special_sixteen(end - 16) >> (16 - (end - p));
        return special != 0 ? p + __builtin_ctz(special) : end;
    }
    while (p < end && ap_is_plain((unsigned char)*p))
        p++;
    return p;
}
#endif

/* As ap_plain_vectors, eight bytes a step. In each byte of `special` the top bit tells. */
static AP_ALWAYS_INLINE const char *ap_plain_words(const char *p, const char *end)
{
    const uint64_t ones = UINT64_C(0x0101010101010101), tops = UINT64_C(0x8080808080808080);
    uint64_t word, quote, backslash, special;

    for (; end - p >= 8; p += 8) {
        memcpy(&word, p, sizeof word);
        quote = word ^ ones * '"';
        backslash = word ^ ones * '\\';
        /* A borrow may mark a byte too many, but never before the first that is meant. */
        special =
            (((word - ones * ' ') & ~word) | ((quote - ones) & ~quote) | ((backslash - ones) & ~backslash) | word) &
            tops;
        if (special == 0)
            continue;
        while (ap_is_plain((unsigned char)*p))
            p++;
        return p;
    }
    while (p < end && ap_is_plain((unsigned char)*p))
        p++;
    return p;
}

static AP_ALWAYS_INLINE const char *ap_skip_space(const char *p)
{
    while ((unsigned char)*p <= ' ' && (*p == ' ' || *p == '\t' || *p == '\n' || *p == '\r'))
        p++;
    return p;
}

static AP_ALWAYS_INLINE bool ap_is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* The end of the number at p, or NULL. */
static AP_ALWAYS_INLINE const char *ap_skip_number(const char *p)
{
    if (*p == '-')
        p++;
    if (!ap_is_digit(*p) || (*p == '0' && ap_is_digit(p[1])))
        return NULL;
    while (ap_is_digit(*p))
        p++;
    if (*p == '.') {
        if (!ap_is_digit(*++p))
            return NULL;
        while (ap_is_digit(*p))
            p++;
    }
    if (*p == 'e' || *p == 'E') {
        p++;
        if (*p == '+' || *p == '-')
            p++;
        if (!ap_is_digit(*p))
            return NULL;
        while (ap_is_digit(*p))
            p++;
    }
    return p;
}

#endif
