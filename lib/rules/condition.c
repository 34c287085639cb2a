/*
 * or := and ('or' and)*; and := not ('and' not)*; not := 'not' not | primary;
 * primary := '(' or ')' | ('1' | 'any' | 'all') 'of' ('them' | PATTERN) | NAME (audit-rules(5), CONDITIONS).
 */
#include <string.h>

#include "loader.h"

struct parser {
    struct ap_loader *l;
    const struct ap_yaml *node;
    struct ap_name *names;
    size_t name_count;
    size_t at, len; /* the present token, in bytes of the condition; len 0 at its end */
    size_t depth;
};

static bool is_word_char(char c)
{
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' || c == '-' ||
           c == '*';
}

/* A token is a word, or any other character alone. */
static void advance(struct parser *p)
{
    const char *text = p->node->text.text;
    size_t end = p->node->text.len;

    p->at += p->len;
    p->len = 0;
    while (p->at < end && strchr(" \t\r\n", text[p->at]) != NULL && text[p->at] != '\0')
        p->at++;
    while (p->at + p->len < end && is_word_char(text[p->at + p->len]))
        p->len++;
    if (p->len == 0 && p->at < end)
        p->len = 1;
}

static bool is(const struct parser *p, const char *word)
{
    return strlen(word) == p->len && memcmp(p->node->text.text + p->at, word, p->len) == 0;
}

static bool is_word(const struct parser *p)
{
    return p->len > 0 && is_word_char(p->node->text.text[p->at]);
}

static struct ap_mark place(const struct parser *p)
{
    return ap_yaml_mark(p->node, p->at);
}

static const char *token(const struct parser *p)
{
    const char *copy = ap_arena_copy(&p->l->list->arena, p->node->text.text + p->at, p->len);

    return copy == NULL ? "" : copy;
}

/* Always NULL. */
static const struct ap_expr *legacy(struct parser *p)
{
    (void)ap_load_error(p->l, place(p),
                        "aggregation in a condition ('| count() ...', '| near ...') is legacy Sigma and not "
                        "supported: write a correlation rule (event_count, value_count, temporal) over this one");
    return NULL;
}

/* An operator in upper case is a slip, and told of as one. */
static bool told_of_case(struct parser *p, const char *word, struct ap_mark at)
{
    static const char *const operators[] = {"AND", "OR", "NOT", "And", "Or", "Not", NULL};

    for (size_t i = 0; operators[i] != NULL; i++)
        if (strcmp(operators[i], word) == 0)
            return !ap_load_error(p->l, at, "'%s' must be in lower case", word);
    return false;
}

static const struct ap_expr *expected(struct parser *p, const char *what)
{
    if (is(p, "|"))
        return legacy(p);
    if (p->len == 0)
        (void)ap_load_error(p->l, place(p), "the condition ends where %s is expected", what);
    else if (!told_of_case(p, token(p), place(p)))
        (void)ap_load_error(p->l, place(p), "%s is expected in the condition instead of '%.60s'", what, token(p));
    return NULL;
}

static const struct ap_expr *undefined(struct parser *p, const char *name, struct ap_mark at)
{
    const char **names = ap_arena_alloc(&p->l->list->arena, p->name_count + 1, sizeof *names);

    if (names == NULL || told_of_case(p, name, at))
        return NULL;
    for (size_t i = 0; i < p->name_count; i++)
        names[i] = p->names[i].name;
    (void)ap_load_error(p->l, at, "the condition names '%.60s', which is not defined%s", name,
                        ap_load_hint(p->l, name, names));
    return NULL;
}

/* `*` stands for any run of characters. */
static bool matches(const char *pattern, const char *text)
{
    const char *star = NULL, *from = NULL;

    for (;;) {
        if (*pattern == '*') {
            star = ++pattern;
            from = text;
        } else if (*text == '\0') {
            return *pattern == '\0';
        } else if (*pattern == *text) {
            pattern++;
            text++;
        } else if (star != NULL) {
            pattern = star;
            text = ++from;
        } else {
            return false;
        }
    }
}

/* Names that start with '_' are taken only by a pattern that does. */
static bool selects(const char *pattern, const char *name)
{
    if (pattern == NULL)
        return name[0] != '_';
    return (name[0] != '_' || pattern[0] == '_') && matches(pattern, name);
}

static const struct ap_expr *selector(struct parser *p, enum ap_expr_kind kind, size_t from, struct ap_mark at)
{
    const struct ap_expr **parts = ap_arena_alloc(&p->l->list->arena, p->name_count, sizeof *parts);
    const char *pattern = is(p, "them") ? NULL : token(p), *label;
    bool good = true;
    size_t count = 0;

    if (!is_word(p))
        return expected(p, "'them' or a pattern such as selection_*");
    if (parts == NULL)
        return NULL;
    for (size_t i = 0; i < p->name_count; i++) {
        if (!selects(pattern, p->names[i].name))
            continue;
        p->names[i].used = true;
        good = good && p->names[i].expr != NULL;
        parts[count++] = p->names[i].expr;
    }
    if (count == 0) {
        (void)ap_load_error(p->l, place(p), "nothing matches '%.60s'", pattern == NULL ? "them" : pattern);
        return NULL;
    }
    label = ap_load_text(p->l, "%.*s", (int)(p->at + p->len - from < 100 ? p->at + p->len - from : 100),
                         p->node->text.text + from);
    advance(p);
    return good ? ap_expr_join(p->l, kind, parts, count, label, at) : NULL;
}

static const struct ap_expr *name(struct parser *p)
{
    const char *word = token(p);
    struct ap_mark at = place(p);
    bool number = strspn(word, "0123456789") == p->len;

    advance(p);
    for (size_t i = 0; i < p->name_count; i++) {
        if (strcmp(p->names[i].name, word) == 0) {
            p->names[i].used = true;
            return p->names[i].expr;
        }
    }
    if (number && is(p, "of"))
        (void)ap_load_error(p->l, at, "'%.20s of' is not supported: 1, any and all are", word);
    else if (strchr(word, '*') != NULL)
        (void)ap_load_error(p->l, at, "a pattern follows '1 of', 'any of' or 'all of': '1 of %.60s'?", word);
    else
        return undefined(p, word, at);
    return NULL;
}

static const struct ap_expr *disjunction(struct parser *p);

static const struct ap_expr *primary(struct parser *p)
{
    struct ap_mark at = place(p);
    const struct ap_expr *expr;
    size_t from = p->at;

    if (is(p, "(")) {
        advance(p);
        expr = disjunction(p);
        if (expr == NULL)
            return NULL;
        if (!is(p, ")"))
            return expected(p, "')'");
        advance(p);
        return expr;
    }
    if (!is_word(p) || is(p, "and") || is(p, "or") || is(p, "of") || is(p, "them"))
        return expected(p, "a selection's name, '1 of', 'all of', 'not' or '('");
    if (is(p, "1") || is(p, "any") || is(p, "all")) {
        enum ap_expr_kind kind = is(p, "all") ? AP_EXPR_AND : AP_EXPR_OR;
        struct parser before = *p;

        advance(p);
        if (is(p, "of")) {
            advance(p);
            return selector(p, kind, from, at);
        }
        *p = before;
    }
    return name(p);
}

static const struct ap_expr *negation(struct parser *p)
{
    struct ap_mark at = place(p);
    const struct ap_expr *expr;

    if (++p->depth > AP_RULE_DEPTH_MAX) {
        (void)ap_load_error(p->l, at, "the condition nests more than %d deep", AP_RULE_DEPTH_MAX);
        return NULL;
    }
    if (is(p, "not")) {
        advance(p);
        expr = negation(p);
        if (expr != NULL)
            expr = ap_expr_not(p->l, expr, "not", at);
    } else {
        expr = primary(p);
    }
    p->depth--;
    return expr;
}

static const struct ap_expr *series(struct parser *p, enum ap_expr_kind kind);

static const struct ap_expr *part(struct parser *p, enum ap_expr_kind kind)
{
    return kind == AP_EXPR_OR ? series(p, AP_EXPR_AND) : negation(p);
}

/* Parts with one word between them. A part that stands for a broken selection is NULL, and has been told of. */
static const struct ap_expr *series(struct parser *p, enum ap_expr_kind kind)
{
    const char *word = kind == AP_EXPR_OR ? "or" : "and";
    struct ap_mark at = place(p);
    const struct ap_expr *first = part(p, kind), **parts;
    size_t count = 1, cap = 8;

    if (first == NULL || !is(p, word))
        return first;
    parts = ap_arena_alloc(&p->l->list->arena, cap, sizeof *parts);
    if (parts == NULL)
        return NULL;
    parts[0] = first;
    while (is(p, word)) {
        if (count == cap) {
            const struct ap_expr **more = ap_arena_alloc(&p->l->list->arena, cap * 2, sizeof *more);

            if (more == NULL)
                return NULL;
            memcpy(more, parts, count * sizeof *parts);
            parts = more;
            cap *= 2;
        }
        advance(p);
        parts[count] = part(p, kind);
        if (parts[count++] == NULL)
            return NULL;
    }
    return ap_expr_join(p->l, kind, parts, count, word, at);
}

static const struct ap_expr *disjunction(struct parser *p)
{
    return series(p, AP_EXPR_OR);
}

static const struct ap_expr *read_one(struct ap_loader *l, const struct ap_yaml *node, struct ap_name *names,
                                      size_t count)
{
    struct parser parser = {.l = l, .node = node, .names = names, .name_count = count};
    const struct ap_expr *expr;

    if (node->kind == AP_YAML_NULL || !ap_yaml_is_scalar(node) || strlen(node->text.text) != node->text.len) {
        (void)ap_load_error(l, node->at, "a condition must be a string, not %s", ap_yaml_kind_name(node));
        return NULL;
    }
    advance(&parser);
    expr = disjunction(&parser);
    if (expr != NULL && parser.len > 0)
        return expected(&parser, "'and', 'or' or the end");
    return expr;
}

const struct ap_expr *ap_condition_read(struct ap_loader *l, const struct ap_yaml *node, struct ap_name *names,
                                        size_t count)
{
    const struct ap_expr **parts;

    if (node->kind != AP_YAML_LIST)
        return read_one(l, node, names, count);
    if (node->count == 0) {
        (void)ap_load_error(l, node->at, "the list of conditions is empty");
        return NULL;
    }
    parts = ap_arena_alloc(&l->list->arena, node->count, sizeof *parts);
    if (parts == NULL)
        return NULL;
    for (size_t i = 0; i < node->count; i++)
        parts[i] = read_one(l, node->items[i], names, count);
    return ap_expr_join(l, AP_EXPR_OR, parts, node->count, "condition", node->at);
}
