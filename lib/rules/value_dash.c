/* `windash`: programs of Windows take options behind several characters, and typographic dashes besides. */
#include <string.h>

#include "auditproof/utf8.h"
#include "value.h"

enum { DASHES = 5 };
static const char *const dashes[DASHES] = {"-", "/", "\xE2\x80\x93", "\xE2\x80\x94", "\xE2\x80\x95"};

/*
 * Letters, digits and "_" make words. Of what is not ASCII, all but general punctuation (U+2000 to U+206F, where the
 * dashes are) and Latin-1's signs counts as letters.
 */
static bool is_word(const char *text, size_t len)
{
    const unsigned char *p = (const unsigned char *)text;

    if (len == 0)
        return false;
    if (p[0] < 0x80)
        return p[0] == '_' || (p[0] >= '0' && p[0] <= '9') || (p[0] >= 'A' && p[0] <= 'Z') ||
               (p[0] >= 'a' && p[0] <= 'z');
    if (p[0] == 0xE2 && len > 1 && (p[1] == 0x80 || p[1] == 0x81))
        return false;
    return p[0] != 0xC2 || (len > 1 && (p[1] == 0xAA || p[1] == 0xB5 || p[1] == 0xBA));
}

/* \B[-/]\b of the text at i: what is before it is no word, what is after it is one. */
static bool is_option(const struct ap_text *text, size_t i)
{
    size_t before = i;

    if (text->text[i] != '-' && text->text[i] != '/')
        return false;
    while (before > 0 && ((unsigned char)text->text[--before] & 0xC0U) == 0x80U)
        continue;
    return (i == 0 || !is_word(text->text + before, i - before)) && is_word(text->text + i + 1, text->len - i - 1);
}

size_t ap_dashes_count(const struct ap_string *string)
{
    size_t count = 0;

    for (size_t p = 0; p < string->count; p++)
        if (string->pieces[p].kind == AP_PIECE_TEXT)
            for (size_t i = 0; i < string->pieces[p].text.len; i++)
                count += is_option(&string->pieces[p].text, i);
    return count;
}

bool ap_dashes_mark(struct ap_loader *l, struct ap_string *out, const struct ap_string *string)
{
    out->pieces = ap_arena_alloc(&l->list->arena, string->count + 2 * ap_dashes_count(string) + 1, sizeof *out->pieces);
    out->count = 0;
    if (out->pieces == NULL)
        return false;
    for (size_t p = 0; p < string->count; p++) {
        const struct ap_text *text = &string->pieces[p].text;
        size_t from = 0;

        if (string->pieces[p].kind != AP_PIECE_TEXT) {
            out->pieces[out->count++] = string->pieces[p];
            continue;
        }
        for (size_t i = 0; i <= text->len; i++) {
            bool option = i < text->len && is_option(text, i);

            if (i > from && (option || i == text->len))
                out->pieces[out->count++] = (struct ap_piece){AP_PIECE_TEXT, {text->text + from, i - from}};
            if (!option)
                continue;
            out->pieces[out->count++] = (struct ap_piece){AP_PIECE_DASH, {NULL, 0}};
            from = i + 1;
        }
    }
    return true;
}

/* One of the alternatives: digit n of number, to the base of 5, says which dash the n-th place gets. */
static bool variant(struct ap_loader *l, const struct ap_string *string, size_t number, struct ap_string *out)
{
    out->pieces = ap_arena_alloc(&l->list->arena, string->count + 1, sizeof *out->pieces);
    out->count = string->count;
    if (out->pieces == NULL)
        return false;
    for (size_t p = 0; p < string->count; p++) {
        const struct ap_text *text = &string->pieces[p].text;
        char *to;
        size_t n = 0;

        out->pieces[p] = string->pieces[p];
        if (string->pieces[p].kind != AP_PIECE_TEXT)
            continue;
        to = ap_arena_bytes(&l->list->arena, 3 * text->len + 1);
        if (to == NULL)
            return false;
        for (size_t i = 0; i < text->len; i++) {
            const char *dash = text->text + i;
            size_t len = 1;

            if (is_option(text, i)) {
                dash = dashes[number % DASHES];
                len = strlen(dash);
                number /= DASHES;
            }
            memcpy(to + n, dash, len);
            n += len;
        }
        to[n] = '\0';
        out->pieces[p].text.text = to;
        out->pieces[p].text.len = n;
    }
    return true;
}

bool ap_dashes_expand(struct ap_loader *l, struct ap_strings *out, const struct ap_string *string)
{
    size_t count = ap_dashes_count(string), total = 1;

    while (count-- > 0)
        total *= DASHES;
    for (size_t i = 0; i < total; i++) {
        struct ap_string one;

        if (!variant(l, string, i, &one) || !ap_strings_add(l, out, &one))
            return false;
    }
    return true;
}
