#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "rules/literal.h"
#include "rules/program.h"
#include "rules/regex.h"
#include "rules_random.h"

static struct ap_literals find(struct ap_arena *arena, const char *regex, bool caseless)
{
    struct ap_test test = {.kind = AP_TEST_REGEX, .regex = {regex, strlen(regex)}, .caseless = caseless};
    struct ap_literals out;

    ck_assert_int_eq(ap_literals_find(&out, &test, arena, NULL), AP_OK);
    return out;
}

START_TEST(literals_of_expressions)
{
    static const struct {
        const char *regex, *literals; /* separated by blanks */
        bool caseless;
    } cases[] = {
        {".+:assumed-role/aws:.+", ":assumed-role/aws:", false},
        {"AbC", "abc", false},
        {"ab+cd", "bcd", false},
        {"ab?cd", "cd", false},
        {"ab*", "a", false},
        {"(foo|quux)bar", "foo quux", false},
        {"(foo|quux)?bar", "bar", false},
        {"(?:foo|(ba|z)ar|)x", "x", false},
        {"x{2}y{0,3}z{,2}", "", false},
        {"a{x", "a{x", false},
        {"powershell\\.exe", "powershell.exe", false},
        {"\\d{3}-key", "-key", false},
        {"[abc]def[]x]gh", "def", false},
        {"\\x41bcd\\x{1F600}ef", "bcd", false},
        {"\\p{Lu}abc\\pLd", "abc", false},
        {"^start$", "start", false},
        {"é+a", "éa", false},
        {"éab", "ab", true},
        {"ab(?i)écd", "ab", false},
        {"ab(?i:é)cde", "cde", false},
        {"ab(?=cd)", "", false},
        {"(a)\\1bc", "", false},
        {"(?x) a b", "", false},
        {"\\Qab\\Ec", "", false},
        {"(*UCP)abc", "", false},
        {"(?<name>abc)d", "abc", false},
        {"(?P<name>abc)d", "abc", false},
        {"(?<!x)abc", "", false},
        {"(?(1)a|b)c", "", false},
        {"a|b.", "a b", false},
        {"a|.", "", false},
        {"", "", false},
        {"a\\tb", "a\tb", false},
        {"(?#abc)d", "", false},
        {"ab{2}{0}c", "a", false},
        {"(aaaaaa)+?b", "aaaaaa", false},
        {"[[:alpha:]]abc", "", false},
        {"a.bb.ccc.dd", "ccc", false},
        {"0|1|2|3|4|5|6|7|8|9|a|b|c|d|e|f|g", "", false},
    };
    struct ap_arena arena;

    ap_arena_init(&arena, 0);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct ap_literals found = find(&arena, cases[i].regex, cases[i].caseless);
        char text[256] = "";
        size_t used = 0;

        for (size_t k = 0; k < found.count; k++) {
            ck_assert_uint_ge(found.list[k].len, found.shortest);
            if (k > 0)
                text[used++] = ' ';
            memcpy(text + used, found.list[k].text, found.list[k].len);
            used += found.list[k].len;
        }
        text[used] = '\0';
        ck_assert_msg(strcmp(text, cases[i].literals) == 0, "%s: \"%s\"", cases[i].regex, text);
    }
    ap_arena_free(&arena);
}
END_TEST

static void random_regex(char *out, size_t size)
{
    static const char *const pieces[] = {
        "ab",  "k",     "S", "\u017f", "é",     "(",    "(?:",  "(?i)", "(?i:",   ")",   ")",     "|",
        "*",   "+",     "?", "{2}",    "{0,1}", "[ab]", "[^a]", ".",    "\\w",    "\\.", "^",     "$",
        "\\b", "\\x6b", "{", "}",      "]",     "1",    "(?>",  "+?",   "\u212a", "B",   "(?-i)", "(?s-m)"};
    size_t used = 0;

    for (unsigned left = 1 + draw(9); left > 0; left--) {
        const char *piece = pieces[draw(sizeof pieces / sizeof *pieces)];

        if (used + strlen(piece) + 1 > size)
            break;
        memcpy(out + used, piece, strlen(piece));
        used += strlen(piece);
    }
    out[used] = '\0';
}

static bool has_one(const struct ap_literals *literals, const char *text, size_t len)
{
    char folded[AP_FOLD_ROOM(64)];
    size_t folded_len = ap_fold(folded, text, len);

    for (size_t i = 0; i < literals->count; i++)
        if (memmem(folded, folded_len, literals->list[i].text, literals->list[i].len) != NULL)
            return true;
    return false;
}

/* A text without a literal of an expression is no match of it. */
START_TEST(no_match_is_lost)
{
    struct ap_regex_searcher *searcher;
    unsigned tried = 0, hits = 0;
    struct ap_arena arena;
    char regex[64], text[64];

    ap_arena_init(&arena, 0);
    ck_assert_int_eq(ap_regex_searcher_new(&searcher, NULL), AP_OK);
    for (int i = 0; i < 60000; i++) {
        struct ap_test test = {.kind = AP_TEST_REGEX, .caseless = draw(2)};
        struct ap_literals literals;
        struct ap_regex *compiled;

        random_regex(regex, sizeof regex);
        test.regex = (struct ap_text){regex, strlen(regex)};
        if (ap_regex_check(&test, &(size_t){0}, NULL) != AP_OK)
            continue;
        ck_assert_int_eq(ap_literals_find(&literals, &test, &arena, NULL), AP_OK);
        if (literals.count == 0)
            continue;
        ck_assert_int_eq(ap_regex_new(&compiled, &test, NULL, NULL), AP_OK);
        for (int k = 0; k < 20; k++, tried++) {
            size_t len = random_text(text, 9);

            if (ap_regex_search(searcher, compiled, text, len) != AP_REGEX_HIT)
                continue;
            hits++;
            ck_assert_msg(has_one(&literals, text, len), "/%s/%s on %s", regex, test.caseless ? "i" : "", text);
        }
        ap_regex_free(compiled);
        ap_arena_reset(&arena);
    }
    ck_assert_uint_gt(tried, 100000);
    ck_assert_uint_gt(hits, tried / 50);
    ap_regex_searcher_free(searcher);
    ap_arena_free(&arena);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("literal");
    TCase *tcase = tcase_create("literal");
    SRunner *runner;
    int failed;

    tcase_set_timeout(tcase, 120);
    tcase_add_test(tcase, literals_of_expressions);
    tcase_add_test(tcase, no_match_is_lost);
    suite_add_tcase(suite, tcase);
    runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
