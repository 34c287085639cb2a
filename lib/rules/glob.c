#include "glob.h"

#include <string.h>

#include "dash.h"

enum ap_glob_shape ap_glob_shape(const struct ap_pattern *pattern, struct ap_text *text)
{
    const struct ap_step *steps = pattern->steps;
    size_t count = pattern->count, texts = 0;
    bool ones = false, runs_first, runs_last;

    *text = (struct ap_text){.text = "", .len = 0};
    if (count == 0)
        return AP_GLOB_EXACT;
    for (size_t i = 0; i < count; i++) {
        ones = ones || steps[i].kind == AP_STEP_ONE || steps[i].kind == AP_STEP_DASH;
        if (steps[i].kind != AP_STEP_TEXT)
            continue;
        texts++;
        if (steps[i].text.len > text->len)
            *text = steps[i].text;
    }
    runs_first = steps[0].kind == AP_STEP_RUN;
    runs_last = steps[count - 1].kind == AP_STEP_RUN;
    if (texts == 0 && !ones)
        return AP_GLOB_ANY;
    if (ones || texts > 1 || count != texts + runs_first + runs_last)
        return AP_GLOB_MIXED;
    if (runs_first)
        return runs_last ? AP_GLOB_CONTAINS : AP_GLOB_ENDS;
    return runs_last ? AP_GLOB_STARTS : AP_GLOB_EXACT;
}

static bool is_wild(const struct ap_step *step)
{
    return step->kind == AP_STEP_ONE || step->kind == AP_STEP_RUN;
}

bool ap_glob_looks_into(const struct ap_pattern *pattern)
{
    bool before = false, after = false;

    for (size_t i = 0; i < pattern->count && is_wild(&pattern->steps[i]); i++)
        before = before || pattern->steps[i].kind == AP_STEP_RUN;
    for (size_t i = pattern->count; i-- > 0 && is_wild(&pattern->steps[i]);)
        after = after || pattern->steps[i].kind == AP_STEP_RUN;
    return before && after;
}

static bool is_inner(char byte)
{
    return ((unsigned char)byte & 0xC0U) == 0x80U;
}

/* The end of what steps [from, to), none of them a run, match at the very start of text; or NULL. */
static const char *match_forwards(const struct ap_step *steps, size_t from, size_t to, const char *text,
                                  const char *end)
{
    for (; from < to; from++) {
        const struct ap_text *want = &steps[from].text;

        if (steps[from].kind == AP_STEP_TEXT) {
            if (want->len > (size_t)(end - text) || memcmp(text, want->text, want->len) != 0)
                return NULL;
            text += want->len;
        } else if (steps[from].kind == AP_STEP_DASH) {
            size_t len = ap_dash(text, (size_t)(end - text));

            if (len == 0)
                return NULL;
            text += len;
        } else {
            if (text == end)
                return NULL;
            for (text++; text < end && is_inner(*text);)
                text++;
        }
    }
    return text;
}

/* Whether steps [from, to), none of them a run, match at the very end. */
static bool match_backwards(const struct ap_step *steps, size_t from, size_t to, const char *text, const char *end)
{
    while (to-- > from) {
        const struct ap_text *want = &steps[to].text;
        const char *past = end;

        if (steps[to].kind == AP_STEP_TEXT) {
            if (want->len > (size_t)(end - text) || memcmp(end - want->len, want->text, want->len) != 0)
                return false;
            end -= want->len;
        } else {
            if (text == end)
                return false;
            for (end--; end > text && is_inner(*end);)
                end--;
            if (steps[to].kind == AP_STEP_DASH && ap_dash(end, (size_t)(past - end)) == 0)
                return false;
        }
    }
    return true;
}

/* The end of the first place where steps [from, to), none of them a run, match; or NULL. */
static const char *find(const struct ap_step *steps, size_t from, size_t to, const char *text, const char *end)
{
    for (;;) {
        const char *after;

        if (steps[from].kind == AP_STEP_TEXT) {
            text = memmem(text, (size_t)(end - text), steps[from].text.text, steps[from].text.len);
            if (text == NULL)
                return NULL;
        }
        after = match_forwards(steps, from, to, text, end);
        if (after != NULL)
            return after;
        if (text == end)
            return NULL;
        for (text++; text < end && is_inner(*text);)
            text++;
    }
}

static size_t next_run(const struct ap_pattern *pattern, size_t from)
{
    while (from < pattern->count && pattern->steps[from].kind != AP_STEP_RUN)
        from++;
    return from;
}

/* Between two runs, the first place that fits leaves most for what follows. */
bool ap_glob_match(const struct ap_pattern *pattern, const char *text, size_t len)
{
    const struct ap_step *steps = pattern->steps;
    const char *end = text + len;
    size_t from, to = next_run(pattern, 0);

    text = match_forwards(steps, 0, to, text, end);
    if (text == NULL)
        return false;
    if (to == pattern->count)
        return text == end;
    for (from = to + 1;; from = to + 1) {
        to = next_run(pattern, from);
        if (to == pattern->count)
            return match_backwards(steps, from, to, text, end);
        if (from < to)
            text = find(steps, from, to, text, end);
        if (text == NULL)
            return false;
    }
}
