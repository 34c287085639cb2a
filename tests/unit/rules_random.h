/* Random rules and texts over few letters, so that they meet. Patterns are built as the loader builds them. */
#ifndef AUDITPROOF_TESTS_RULES_RANDOM_H
#define AUDITPROOF_TESTS_RULES_RANDOM_H

#include <check.h>
#include <stdint.h>
#include <string.h>

#include "auditproof/arena.h"
#include "rules/fold.h"
#include "rules/rule.h"

static uint64_t random_state = 88172645463325252U;

static inline unsigned draw(unsigned below)
{
    random_state ^= random_state << 13;
    random_state ^= random_state >> 7;
    random_state ^= random_state << 17;
    return (unsigned)(random_state >> 32) % below;
}

/* Letters whose case folding is plain, crosses lengths (the Kelvin sign), or is none; and dashes. */
static const char *const random_letters[] = {"a", "b", "A",      "B", "k", "\u212a", "é",
                                             "É", "s", "\u017f", ".", "1", "-",      "\u2014"};

static inline size_t random_text(char *out, unsigned longest)
{
    size_t len = 0;
    unsigned some = draw(3) == 0 ? 14 : 4;

    for (unsigned left = draw(longest + 1); left > 0; left--) {
        const char *letter = random_letters[draw(some)];

        memcpy(out + len, letter, strlen(letter));
        len += strlen(letter);
    }
    out[len] = '\0';
    return len;
}

static inline struct ap_text kept(struct ap_arena *arena, const char *text, size_t len)
{
    struct ap_text out = {.text = ap_arena_copy(arena, text, len), .len = len};

    ck_assert_ptr_nonnull(out.text);
    return out;
}

static inline struct ap_text kept_folded(struct ap_arena *arena, const char *text, size_t len, bool cased)
{
    char folded[AP_FOLD_ROOM(256)];

    ck_assert_uint_le(len, 256);
    if (cased)
        return kept(arena, text, len);
    return kept(arena, folded, ap_fold(folded, text, len));
}

/* Steps in the loader's normal form: texts apart, of a run of wildcards the single ones first and one run. */
static inline struct ap_pattern random_pattern(struct ap_arena *arena, bool cased, unsigned longest)
{
    struct ap_step *steps = ap_arena_alloc(arena, 64, sizeof *steps);
    struct ap_pattern pattern = {.steps = steps};
    unsigned shape = draw(8), texts = shape < 6 ? 1 : draw(4);
    char text[256];

    ck_assert_ptr_nonnull(steps);
    for (unsigned i = 0; i <= texts; i++) {
        bool run = shape == 0 ? false : shape == 1 ? i == 0 : shape == 2 ? i == 1 : shape < 6 ? true : draw(2) == 0;
        unsigned ones = shape < 6 ? 0 : draw(3);

        if (i > 0 && i < texts && !run && ones == 0)
            run = true;
        for (; ones > 0; ones--)
            steps[pattern.count++].kind = AP_STEP_ONE;
        if (run)
            steps[pattern.count++].kind = AP_STEP_RUN;
        if (i == texts)
            break;
        steps[pattern.count].kind = AP_STEP_TEXT;
        steps[pattern.count].text = kept_folded(arena, text, random_text(text, longest), cased);
        if (steps[pattern.count].text.len > 0)
            pattern.count++;
        else if (run && pattern.count > 0)
            pattern.count--;
        if (shape >= 6 && draw(4) == 0)
            steps[pattern.count++].kind = AP_STEP_DASH;
    }
    return pattern;
}

#endif
