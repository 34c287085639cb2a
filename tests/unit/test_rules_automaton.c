#include <check.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "rules/automaton.h"

static uint64_t seed = 88172645463325252U;

static unsigned draw(unsigned below)
{
    seed ^= seed << 13;
    seed ^= seed >> 7;
    seed ^= seed << 17;
    return (unsigned)(seed >> 32) % below;
}

enum { HITS_MAX = 100000 };

struct hit {
    uint32_t ref;
    size_t end;
};

struct hits {
    struct hit list[HITS_MAX];
    size_t count;
};

static void note(void *context, const uint32_t *refs, uint32_t count, size_t needle_len, size_t end)
{
    struct hits *hits = context;

    ck_assert_uint_ge(end, needle_len);
    for (uint32_t i = 0; i < count && hits->count < HITS_MAX; i++) {
        hits->list[hits->count].ref = refs[i];
        hits->list[hits->count++].end = end;
    }
}

static int by_place(const void *a, const void *b)
{
    const struct hit *x = a, *y = b;

    if (x->end != y->end)
        return x->end < y->end ? -1 : 1;
    return (x->ref > y->ref) - (x->ref < y->ref);
}

static void find_plainly(const struct ap_needle *needles, size_t count, const char *text, size_t len, struct hits *hits)
{
    for (size_t i = 0; i < count; i++)
        for (size_t at = 0; at + needles[i].text.len <= len && hits->count < HITS_MAX; at++)
            if (memcmp(text + at, needles[i].text.text, needles[i].text.len) == 0)
                note(hits, &needles[i].ref, 1, needles[i].text.len, at + needles[i].text.len);
}

static struct ap_needle *draw_needles(size_t count, unsigned shortest, unsigned longest, unsigned letters)
{
    struct ap_needle *needles = calloc(count + 1, sizeof *needles);

    ck_assert_ptr_nonnull(needles);
    for (size_t i = 0; i < count; i++) {
        size_t len = shortest + draw(longest - shortest + 1);
        char *text = malloc(len);

        ck_assert_ptr_nonnull(text);
        for (size_t k = 0; k < len; k++)
            text[k] = (char)(draw(20) == 0 ? 0xF0 + draw(4) : 'a' + draw(letters));
        needles[i].text.text = text;
        needles[i].text.len = len;
        needles[i].ref = (uint32_t)i;
    }
    return needles;
}

static void free_needles(struct ap_needle *needles, size_t count)
{
    for (size_t i = 0; i < count; i++)
        free((char *)(uintptr_t)needles[i].text.text);
    free(needles);
}

/* A text of random letters with a few needles, or their beginnings, in it. */
static size_t draw_text(char *text, size_t size, const struct ap_needle *needles, size_t count, unsigned letters)
{
    size_t len = draw((unsigned)size);

    for (size_t i = 0; i < len; i++)
        text[i] = (char)('a' + draw(letters + 2));
    for (int i = 0; i < 4 && count > 0; i++) {
        const struct ap_needle *needle = &needles[draw((unsigned)count)];
        size_t part = 1 + draw((unsigned)needle->text.len);

        if (part < len)
            memcpy(text + draw((unsigned)(len - part + 1)), needle->text.text, part);
    }
    return len;
}

static void compare(size_t count, unsigned shortest, unsigned longest, unsigned letters, int texts)
{
    static struct hits found, expected;
    struct ap_needle *needles = draw_needles(count, shortest, longest, letters);
    struct ap_automaton *automaton;
    char text[300];

    ck_assert_int_eq(ap_automaton_new(&automaton, needles, count, NULL), AP_OK);
    for (int i = 0; i < texts; i++) {
        size_t len = draw_text(text, sizeof text, needles, count, letters);

        found.count = expected.count = 0;
        ap_automaton_scan(automaton, text, len, note, &found);
        find_plainly(needles, count, text, len, &expected);
        qsort(found.list, found.count, sizeof *found.list, by_place);
        qsort(expected.list, expected.count, sizeof *expected.list, by_place);
        ck_assert_uint_eq(found.count, expected.count);
        for (size_t k = 0; k < found.count; k++) {
            ck_assert_uint_eq(found.list[k].ref, expected.list[k].ref);
            ck_assert_uint_eq(found.list[k].end, expected.list[k].end);
        }
    }
    ap_automaton_free(automaton);
    free_needles(needles, count);
}

START_TEST(finds_what_a_plain_search_finds)
{
    for (int i = 0; i < 300; i++) {
        unsigned shortest = 1 + draw(7);

        compare(1 + draw(12), shortest, shortest + draw(12), 1 + draw(4), 30);
        compare(1 + draw(3), 30, 50, 2, 10);
        compare(130, 3 + draw(3), 9, 3, 4);
    }
}
END_TEST

START_TEST(many_needles_take_bounded_memory)
{
    enum { MANY = 30000 };
    struct ap_needle *needles = draw_needles(MANY, 10, 40, 26);
    struct ap_automaton *automaton;
    size_t letters = 0;

    for (size_t i = 0; i < MANY; i++)
        letters += needles[i].text.len;
    ck_assert_int_eq(ap_automaton_new(&automaton, needles, MANY, NULL), AP_OK);
    ck_assert_uint_lt(ap_automaton_size(automaton), AP_AUTOMATON_TABLE_MAX + letters * 32);
    ap_automaton_free(automaton);
    free_needles(needles, MANY);
    compare(MANY, 10, 40, 26, 20);
    compare(MANY, 7, 12, 26, 20);
    compare(5000, 8, 12, 3, 20);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("automaton");
    TCase *tcase = tcase_create("automaton");
    SRunner *runner;
    int failed;

    tcase_set_timeout(tcase, 120);
    tcase_add_test(tcase, finds_what_a_plain_search_finds);
    tcase_add_test(tcase, many_needles_take_bounded_memory);
    suite_add_tcase(suite, tcase);
    runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
