#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "auditproof/utf8.h"
#include "loader.h"

enum { MESSAGE_MAX = 600, WORD_MAX = 40 };

AP_PRINTF(2, 0) static const char *format(struct ap_loader *l, const char *fmt, va_list args)
{
    char text[MESSAGE_MAX];
    int n = vsnprintf(text, sizeof text, fmt, args);
    const char *copy;

    if (n < 0)
        return "";
    if ((size_t)n >= sizeof text)
        text[ap_utf8_valid(text, sizeof text - 1)] = '\0';
    copy = ap_arena_copy(&l->list->arena, text, strlen(text));
    return copy == NULL ? "" : copy;
}

const char *ap_load_text(struct ap_loader *l, const char *fmt, ...)
{
    const char *text;
    va_list args;

    va_start(args, fmt);
    text = format(l, fmt, args);
    va_end(args);
    return text;
}

AP_PRINTF(4, 0)
static void add(struct ap_loader *l, enum ap_problem_kind kind, struct ap_mark at, const char *fmt, va_list args)
{
    struct ap_problems *problems = l->problems;
    struct ap_rule_problem *problem;

    if (kind == AP_PROBLEM_ERROR) {
        l->errors++;
        if (l->document != NULL)
            l->document->bad = true;
    }
    if (l->again && kind == AP_PROBLEM_WARNING)
        return;
    if (problems->count == problems->cap) {
        size_t cap = problems->cap == 0 ? 32 : problems->cap * 2;
        struct ap_rule_problem *list = realloc(problems->list, cap * sizeof *list);

        if (list == NULL) {
            l->list->arena.failed = true;
            return;
        }
        problems->list = list;
        problems->cap = cap;
    }
    problem = &problems->list[problems->count++];
    problem->kind = kind;
    problem->file = l->file;
    problem->line = at.line;
    problem->column = at.column;
    problem->rule = l->document == NULL ? "" : l->document->rule->info.title;
    problem->message = format(l, fmt, args);
}

bool ap_load_error(struct ap_loader *l, struct ap_mark at, const char *fmt, ...)
{
    va_list args;

    va_start(args, fmt);
    add(l, AP_PROBLEM_ERROR, at, fmt, args);
    va_end(args);
    return false;
}

bool ap_load_warn(struct ap_loader *l, struct ap_mark at, const char *fmt, ...)
{
    va_list args;

    va_start(args, fmt);
    add(l, AP_PROBLEM_WARNING, at, fmt, args);
    va_end(args);
    return false;
}

static int compare(const void *left, const void *right)
{
    const struct ap_rule_problem *a = left, *b = right;
    int order = strcmp(a->file, b->file);

    if (order == 0)
        order = (a->line > b->line) - (a->line < b->line);
    if (order == 0)
        order = (a->column > b->column) - (a->column < b->column);
    if (order == 0)
        order = (int)a->kind - (int)b->kind;
    return order != 0 ? order : strcmp(a->message, b->message);
}

void ap_problems_sort(struct ap_problems *problems)
{
    if (problems->count > 1)
        qsort(problems->list, problems->count, sizeof *problems->list, compare);
}

void ap_problems_free(struct ap_problems *problems)
{
    free(problems->list);
    memset(problems, 0, sizeof *problems);
}

static bool differ(char a, char b)
{
    return (a >= 'A' && a <= 'Z' ? a - 'A' + 'a' : a) != (b >= 'A' && b <= 'Z' ? b - 'A' + 'a' : b);
}

/* Letters to add, drop, change, or swap with their neighbour to get from one word to the other, whatever their case. */
static unsigned distance(const char *a, const char *b)
{
    unsigned rows[3][WORD_MAX + 1];
    size_t na = strlen(a), nb = strlen(b);

    for (unsigned j = 0; j <= nb; j++)
        rows[0][j] = j;
    for (size_t i = 1; i <= na; i++) {
        unsigned *row = rows[i % 3], *above = rows[(i + 2) % 3], *two_above = rows[(i + 1) % 3];

        row[0] = (unsigned)i;
        for (size_t j = 1; j <= nb; j++) {
            unsigned best = above[j - 1] + differ(a[i - 1], b[j - 1]);

            if (above[j] + 1 < best)
                best = above[j] + 1;
            if (row[j - 1] + 1 < best)
                best = row[j - 1] + 1;
            if (i > 1 && j > 1 && !differ(a[i - 1], b[j - 2]) && !differ(a[i - 2], b[j - 1]) &&
                two_above[j - 2] + 1 < best)
                best = two_above[j - 2] + 1;
            row[j] = best;
        }
    }
    return rows[na % 3][nb];
}

const char *ap_load_hint(struct ap_loader *l, const char *word, const char *const *words)
{
    size_t len = strlen(word);
    unsigned best = len < 5 ? 1 : len < 9 ? 2 : 3;
    const char *nearest = NULL;

    if (len > WORD_MAX)
        return "";
    for (; *words != NULL; words++) {
        unsigned far = strlen(*words) > WORD_MAX ? WORD_MAX : distance(word, *words);

        if (far < best || (far == best && nearest == NULL)) {
            best = far;
            nearest = *words;
        }
    }
    return nearest == NULL ? "" : ap_load_text(l, ": did you mean '%s'?", nearest);
}
