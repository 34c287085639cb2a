#include "fold.h"

#include <stdbool.h>
#include <string.h>
#ifdef __SSE2__
#include <emmintrin.h>
#endif

#include "auditproof/utf8.h"
#include "fold_table.h"

uint32_t ap_fold_char(uint32_t character)
{
    uint32_t page = character >> 6;

    if (page >= FOLD_PAGES)
        return character;
    return (character & ~UINT32_C(0xFFFF)) | ((character + fold_add[fold_page[page]][character & 63]) & 0xFFFF);
}

#ifdef __SSE2__
/* Sixteen bytes of any kind, of which only A to Z change. Returns how many of them are ASCII before the first other. */
static size_t fold_sixteen(char *out, const char *text)
{
    __m128i bytes = _mm_loadu_si128((const __m128i *)(const void *)text);
    /* Bytes past ASCII are negative and so not above '@'. */
    __m128i upper =
        _mm_and_si128(_mm_cmpgt_epi8(bytes, _mm_set1_epi8('A' - 1)), _mm_cmplt_epi8(bytes, _mm_set1_epi8('Z' + 1)));
    unsigned beyond = (unsigned)_mm_movemask_epi8(bytes);

    _mm_storeu_si128((__m128i *)(void *)out, _mm_or_si128(bytes, _mm_and_si128(upper, _mm_set1_epi8(0x20))));
    return beyond == 0 ? 16 : (size_t)__builtin_ctz(beyond);
}
#endif

static bool is_ascii(uint64_t word)
{
    return (word & UINT64_C(0x8080808080808080)) == 0;
}

/* In each byte, the top bit of the sums tells whether it is at least 'A', and past 'Z'. */
static uint64_t fold_word(uint64_t word)
{
    const uint64_t ones = UINT64_C(0x0101010101010101);
    uint64_t upper = (word + ones * (0x80 - 'A')) & ~(word + ones * (0x7F - 'Z')) & (ones * 0x80);

    return word | upper >> 2;
}

static char fold_byte(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c | 0x20) : c;
}

/* The ASCII that text begins with. May write up to 15 bytes more than it returns, within the room of fold.h. */
static size_t fold_ascii(char *out, const char *text, size_t len)
{
    size_t at = 0;
    uint64_t word;

#ifdef __SSE2__
    while (len - at >= 16) {
        size_t n = fold_sixteen(out + at, text + at);

        at += n;
        if (n < 16)
            return at;
    }
#endif
    while (len - at >= sizeof word) {
        memcpy(&word, text + at, sizeof word);
        if (!is_ascii(word))
            break;
        word = fold_word(word);
        memcpy(out + at, &word, sizeof word);
        at += sizeof word;
    }
    for (; at < len && (unsigned char)text[at] < 0x80; at++)
        out[at] = fold_byte(text[at]);
    return at;
}

static uint32_t decode(const char *text, size_t bytes)
{
    uint32_t character = (unsigned char)text[0] & (0xFFU >> (bytes + 1));

    for (size_t i = 1; i < bytes; i++)
        character = character << 6 | ((unsigned char)text[i] & 0x3FU);
    return character;
}

static size_t encode(char *out, uint32_t character)
{
    /* U+212A, the Kelvin sign, folds to k. */
    size_t bytes = character < 0x80 ? 1 : character < 0x800 ? 2 : character < 0x10000 ? 3 : 4;

    for (size_t i = bytes - 1; i > 0; i--) {
        out[i] = (char)(0x80U | (character & 0x3F));
        character >>= 6;
    }
    out[0] = (char)(bytes == 1 ? character : (0xF00U >> bytes & 0xFF) | character);
    return bytes;
}

size_t ap_fold(char *out, const char *text, size_t len)
{
    size_t at = 0, written = 0, n;

    while (at < len) {
        n = fold_ascii(out + written, text + at, len - at);
        at += n;
        written += n;
        while (at < len && (unsigned char)text[at] >= 0x80) {
            n = ap_utf8_char(text + at, len - at);
            if (n == 0)
                out[written++] = text[at++]; /* not UTF-8: left as it is */
            else
                written += encode(out + written, ap_fold_char(decode(text + at, n)));
            at += n;
        }
    }
    return written;
}
