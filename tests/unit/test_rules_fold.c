/* Case folding: every line of CaseFolding.txt, and what folds together or stays put around the edges. */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "rules/fold.h"

static const char *unicode_file(void)
{
    const char *directory = getenv("UNICODE");
    static char path[1024];

    (void)snprintf(path, sizeof path, "%s/CaseFolding.txt", directory != NULL ? directory : "/usr/share/unicode");
    return path;
}

/* What the file says of each character; 0 where it says nothing. */
static uint32_t *folded;
enum { LAST = 0x10FFFF };

static void read_file(void)
{
    FILE *file = fopen(unicode_file(), "r");
    char line[512];

    folded = calloc(LAST + 1, sizeof *folded);
    ck_assert_ptr_nonnull(folded);
    ck_assert_ptr_nonnull(file);
    while (fgets(line, sizeof line, file) != NULL) {
        char *end;
        unsigned long from = strtoul(line, &end, 16);

        if (end == line || strncmp(end, "; ", 2) != 0 || (end[2] != 'C' && end[2] != 'S'))
            continue;
        folded[from] = (uint32_t)strtoul(end + 4, NULL, 16);
    }
    ck_assert_int_eq(fclose(file), 0);
}

static size_t utf8(char *out, uint32_t c)
{
    size_t n = 0;

    if (c < 0x80) {
        out[n++] = (char)c;
    } else if (c < 0x800) {
        out[n++] = (char)(0xC0 | c >> 6);
        out[n++] = (char)(0x80 | (c & 0x3F));
    } else if (c < 0x10000) {
        out[n++] = (char)(0xE0 | c >> 12);
        out[n++] = (char)(0x80 | (c >> 6 & 0x3F));
        out[n++] = (char)(0x80 | (c & 0x3F));
    } else {
        out[n++] = (char)(0xF0 | c >> 18);
        out[n++] = (char)(0x80 | (c >> 12 & 0x3F));
        out[n++] = (char)(0x80 | (c >> 6 & 0x3F));
        out[n++] = (char)(0x80 | (c & 0x3F));
    }
    return n;
}

START_TEST(folds_as_unicode_says)
{
    size_t changed = 0;

    read_file();
    for (uint32_t c = 0; c <= LAST; c++) {
        uint32_t want = folded[c] != 0 ? folded[c] : c;

        /* An assertion that holds costs far more than the comparison. */
        if (ap_fold_char(c) != want || ap_fold_char(want) != want)
            ck_abort_msg("U+%04X folds to U+%04X, and that to U+%04X", c, ap_fold_char(c), ap_fold_char(want));
        changed += want != c;
    }
    ck_assert_uint_ge(changed, 1400);
    free(folded);
}
END_TEST

/* Folds from a copy without a byte to spare into room without a byte to spare: sanitizers see what goes past. */
static void check_fold(const char *text, size_t len, const char *want, size_t want_len)
{
    char *copy = malloc(len > 0 ? len : 1), *out = malloc(AP_FOLD_ROOM(len));
    size_t got;

    if (copy == NULL || out == NULL)
        ck_abort_msg("out of memory");
    memcpy(copy, text, len);
    got = ap_fold(out, copy, len);
    if (got != want_len || memcmp(out, want, want_len) != 0)
        ck_abort_msg("%.*s folds to %.*s", (int)len, text, (int)got, out);
    free(copy);
    free(out);
}

START_TEST(folds_every_character_at_every_place)
{
    char text[64], want[64];

    read_file();
    for (uint32_t c = 1; c <= 0x1F000; c++) {
        size_t before = c % 21, len = before, want_len = before;

        if (c >= 0xD800 && c <= 0xDFFF)
            continue;
        memset(text, 'Q', sizeof text);
        memset(want, 'q', sizeof want);
        len += utf8(text + len, c);
        want_len += utf8(want + want_len, folded[c] != 0 ? folded[c] : c);
        check_fold(text, len + c % 23, want, want_len + c % 23);
    }
    free(folded);
}
END_TEST

START_TEST(folds_ascii_of_every_length)
{
    char text[80], want[80];

    for (size_t i = 0; i < sizeof text; i++) {
        text[i] = (char)(0x30 + i * 7 % 0x50);
        want[i] = text[i] >= 'A' && text[i] <= 'Z' ? (char)(text[i] + 32) : text[i];
    }
    for (size_t len = 0; len <= sizeof text; len++)
        check_fold(text, len, want, len);
    for (int c = 0; c < 0x80; c++) {
        text[0] = (char)c;
        want[0] = c >= 'A' && c <= 'Z' ? (char)(c + 32) : (char)c;
        check_fold(text, 20, want, 20);
        check_fold(text, 1, want, 1);
        check_fold(text, 9, want, 9);
    }
}
END_TEST

START_TEST(folds_words_together)
{
    static const struct {
        const char *text, *want;
    } words[] = {
        {"", ""},
        {"Administrators-ÄÖÜ", "administrators-äöü"},
        {"ΣΊΣΥΦΟΣ σίσυφος", "σίσυφοσ σίσυφοσ"},
        {"Straße STRASSE ẞ", "straße strasse ß"},   /* ß and ss are the same under full folding only */
        {"İstanbul ISTANBUL", "İstanbul istanbul"}, /* no Turkish rules */
        {"\xE2\x84\xAA", "k"},                      /* the Kelvin sign */
        {"Привет, МИР", "привет, мир"},
        {"日本語 ＡＢＣ", "日本語 ａｂｃ"},
        {"ȺȾȺȾȺȾ", "ⱥⱦⱥⱦⱥⱦ"}, /* two bytes each before, three after */
        {"Ⴀ𐐀😀", "ⴀ𐐨😀"},
        {"A\xFF"
         "B\xE2\x82",
         "a\xFF"
         "b\xE2\x82"}, /* not UTF-8: the bytes stay */
    };

    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
        check_fold(words[i].text, strlen(words[i].text), words[i].want, strlen(words[i].want));
    check_fold("A\0B", 3, "a\0b", 3);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("rules_fold");
    TCase *tc = tcase_create("core");
    SRunner *runner = srunner_create(suite);
    int failed;

    tcase_add_test(tc, folds_as_unicode_says);
    tcase_add_test(tc, folds_every_character_at_every_place);
    tcase_add_test(tc, folds_ascii_of_every_length);
    tcase_add_test(tc, folds_words_together);
    suite_add_tcase(suite, tc);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
