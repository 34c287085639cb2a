#include "regex.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

#include "auditproof/utf8.h"
#include "program.h"

enum {
    PATTERN_MAX = 16384,        /* bytes */
    STEPS_MAX = 1000000,        /* PCRE2's count of backtracking steps, of one place in a value */
    STEPS_MIN = 1000,           /* the least that a place gets before it is looked at alone */
    JIT_STACK_MIN = 32 << 10,   /* bytes */
    JIT_STACK_MAX = 4 << 20,    /* bytes */
    HEAP_MAX_KIB = 4 << 10,     /* without JIT */
    GROWS_BELOW_NS = 100000,    /* a stretch that took less is followed by a longer one */
    SHRINKS_ABOVE_NS = 5000000, /* and one that took more, by a shorter one */
    LOOKS_AFTER = 4096,         /* bytes searched in short values */
    SHORTEST = 64,              /* bytes that any value counts for */
    BEGINS_WITH = 4 << 20,      /* places in the first stretch of a long value times its length */
};

struct ap_regex {
    pcre2_code *code;
};

struct ap_regex_searcher {
    pcre2_match_data *data;
    pcre2_match_context *context;
    pcre2_jit_stack *stack;
    int64_t begun_ns; /* when the clock was first looked at for this event; 0: not yet */
    size_t unlooked;  /* bytes searched since it was last looked at */
    bool spent;       /* the event's time */
};

/* \G is where a search begins, and where ours begin is nobody's business. */
static bool has_start_anchor(const struct ap_text *regex, size_t *at)
{
    for (size_t i = 0; i + 1 < regex->len; i++) {
        if (regex->text[i] != '\\')
            continue;
        if (regex->text[i + 1] == 'G') {
            *at = i;
            return true;
        }
        i++;
    }
    return false;
}

static enum ap_status refuse(const struct ap_text *regex, size_t *at, struct ap_error *err)
{
    size_t valid = ap_utf8_valid(regex->text, regex->len);

    if (regex->len > PATTERN_MAX)
        return ap_fail(err, AP_EINPUT, "a regular expression of %zu bytes is longer than the %d that are read",
                       regex->len, (int)PATTERN_MAX);
    if (valid < regex->len) {
        *at = valid;
        return ap_fail(err, AP_EINPUT, "the regular expression is not UTF-8");
    }
    if (has_start_anchor(regex, at))
        return ap_fail(err, AP_EINPUT, "\\G has no meaning in a rule; \\A is the start of a value");
    return AP_OK;
}

static uint32_t options_of(const struct ap_test *test)
{
    uint32_t options = PCRE2_UTF | PCRE2_UCP | PCRE2_NO_UTF_CHECK | PCRE2_NEVER_BACKSLASH_C | PCRE2_USE_OFFSET_LIMIT;

    if (test->caseless)
        options |= PCRE2_CASELESS;
    if (test->multiline)
        options |= PCRE2_MULTILINE;
    if (test->dotall)
        options |= PCRE2_DOTALL;
    return options;
}

static enum ap_status compile(pcre2_code **out, const struct ap_test *test, size_t *at, struct ap_error *err)
{
    const struct ap_text *regex = &test->regex;
    enum ap_status status;
    PCRE2_UCHAR message[200];
    int code;

    *at = 0;
    *out = NULL;
    status = refuse(regex, at, err);
    if (status != AP_OK)
        return status;
    *out = pcre2_compile((PCRE2_SPTR)regex->text, regex->len, options_of(test), &code, at, NULL);
    if (*out != NULL)
        return AP_OK;
    if (code == PCRE2_ERROR_HEAP_FAILED)
        return ap_fail_memory(err, "a regular expression");
    if (pcre2_get_error_message(code, message, sizeof message) < 0)
        message[0] = '\0';
    return ap_fail(err, AP_EINPUT, "the regular expression is wrong: %s", (const char *)message);
}

enum ap_status ap_regex_check(const struct ap_test *test, size_t *at, struct ap_error *err)
{
    pcre2_code *code;
    enum ap_status status = compile(&code, test, at, err);

    pcre2_code_free(code);
    return status;
}

enum ap_status ap_regex_new(struct ap_regex **out, const struct ap_test *test, size_t *at, struct ap_error *err)
{
    struct ap_regex *regex = calloc(1, sizeof *regex);
    enum ap_status status;
    size_t ignored;

    *out = NULL;
    if (regex == NULL)
        return ap_fail_memory(err, "a regular expression");
    status = compile(&regex->code, test, at != NULL ? at : &ignored, err);
    if (status != AP_OK) {
        free(regex);
        return status;
    }
    /* Where there is no machine code to be had, PCRE2 interprets: slower, and the same. */
    (void)pcre2_jit_compile(regex->code, PCRE2_JIT_COMPLETE);
    *out = regex;
    return AP_OK;
}

void ap_regex_free(struct ap_regex *regex)
{
    if (regex == NULL)
        return;
    pcre2_code_free(regex->code);
    free(regex);
}

enum ap_status ap_regex_searcher_new(struct ap_regex_searcher **out, struct ap_error *err)
{
    struct ap_regex_searcher *searcher = calloc(1, sizeof *searcher);

    *out = searcher;
    if (searcher == NULL)
        return ap_fail_memory(err, "searching by regular expressions");
    searcher->data = pcre2_match_data_create(1, NULL);
    searcher->context = pcre2_match_context_create(NULL);
    searcher->stack = pcre2_jit_stack_create(JIT_STACK_MIN, JIT_STACK_MAX, NULL);
    if (searcher->data == NULL || searcher->context == NULL || searcher->stack == NULL) {
        ap_regex_searcher_free(searcher);
        *out = NULL;
        return ap_fail_memory(err, "searching by regular expressions");
    }
    pcre2_jit_stack_assign(searcher->context, NULL, searcher->stack);
    (void)pcre2_set_heap_limit(searcher->context, HEAP_MAX_KIB);
    (void)pcre2_set_depth_limit(searcher->context, STEPS_MAX);
    return AP_OK;
}

void ap_regex_searcher_free(struct ap_regex_searcher *searcher)
{
    if (searcher == NULL)
        return;
    pcre2_match_data_free(searcher->data);
    pcre2_match_context_free(searcher->context);
    pcre2_jit_stack_free(searcher->stack);
    free(searcher);
}

static int64_t now_ns(void)
{
    struct timespec now;

    if (clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now) != 0)
        return 0;
    return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

void ap_regex_searcher_begin(struct ap_regex_searcher *searcher)
{
    searcher->begun_ns = 0;
    searcher->unlooked = 0;
    searcher->spent = false;
}

static int64_t look_at_clock(struct ap_regex_searcher *searcher)
{
    int64_t now = now_ns();

    searcher->unlooked = 0;
    if (searcher->begun_ns == 0)
        searcher->begun_ns = now;
    searcher->spent = now - searcher->begun_ns > AP_REGEX_EVENT_TIME_MAX_NS;
    return now;
}

/* Matches that begin within `stretch` bytes from start. */
static int search_stretch(struct ap_regex_searcher *searcher, const struct ap_regex *regex, const char *text,
                          size_t len, size_t start, size_t stretch)
{
    size_t steps = STEPS_MAX / stretch;

    if (steps < STEPS_MIN)
        steps = STEPS_MIN;
    (void)pcre2_set_match_limit(searcher->context, (uint32_t)steps);
    (void)pcre2_set_offset_limit(searcher->context, stretch > len - start ? PCRE2_UNSET : start + stretch - 1);
    return pcre2_match(regex->code, (PCRE2_SPTR)text, len, start, PCRE2_NO_UTF_CHECK, searcher->data,
                       searcher->context);
}

/* One place may look at all the rest of a value: of a long one, few are tried before the clock is looked at. */
static size_t first_stretch(size_t len)
{
    size_t stretch = len < AP_REGEX_STRETCH_MIN ? AP_REGEX_STRETCH_MIN : BEGINS_WITH / len;

    return stretch > 0 ? stretch : 1;
}

static size_t next_stretch(size_t stretch, int64_t took_ns)
{
    if (took_ns < GROWS_BELOW_NS)
        return stretch * 2;
    return took_ns > SHRINKS_ABOVE_NS && stretch > 1 ? stretch / 2 : stretch;
}

/*
 * PCRE2 counts its steps anew at each place where a match may begin, so that its limit alone bounds nothing for a long
 * value. The value is searched in stretches therefore, with the clock looked at in between; a stretch in which the
 * limit is met is searched again in smaller ones, down to single places, which have the largest limit.
 */
enum ap_regex_answer ap_regex_search(struct ap_regex_searcher *searcher, const struct ap_regex *regex, const char *text,
                                     size_t len)
{
    size_t start = 0, stretch = first_stretch(len);
    int64_t begun, last, now;
    int found;

    searcher->unlooked += len + SHORTEST;
    if (searcher->unlooked > LOOKS_AFTER)
        (void)look_at_clock(searcher);
    if (len > AP_REGEX_VALUE_MAX || searcher->spent)
        return AP_REGEX_CUT;
    found = search_stretch(searcher, regex, text, len, 0, stretch);
    if (found == PCRE2_ERROR_NOMATCH && len < stretch)
        return AP_REGEX_MISS;
    begun = last = look_at_clock(searcher);
    while (found < 0) {
        if (found == PCRE2_ERROR_NOMATCH) {
            if (stretch > len - start)
                return AP_REGEX_MISS;
            start += stretch;
            while (start < len && ((unsigned char)text[start] & 0xC0U) == 0x80U)
                start++;
        } else if (found != PCRE2_ERROR_MATCHLIMIT || stretch == 1) {
            return AP_REGEX_CUT;
        } else {
            stretch = stretch > 16 ? stretch / 16 : 1;
        }
        now = look_at_clock(searcher);
        if (searcher->spent || now - begun > AP_REGEX_TIME_MAX_NS)
            return AP_REGEX_CUT;
        if (found == PCRE2_ERROR_NOMATCH)
            stretch = next_stretch(stretch, now - last);
        last = now;
        found = search_stretch(searcher, regex, text, len, start, stretch);
    }
    return AP_REGEX_HIT;
}
