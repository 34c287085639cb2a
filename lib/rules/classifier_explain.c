/* Why a rule matches the last event, or why not, part by part. */
#include <inttypes.h>
#include <string.h>

#include "classifier.h"

enum { SHOWN_VALUES = 3, SHOWN_BYTES = 60, SHOWN_TESTS = 10 };

struct explaining {
    struct ap_classifier *classifier;
    ap_explain_part_fn *fn;
    void *context;
    unsigned depth; /* of the rule's own expression */
    struct ap_buf text;
    const struct ap_expr *list; /* whose parts are handed out now: alternatives for one field; or NULL */
    bool list_holds;
    unsigned list_depth;
    size_t told; /* parts of the list */
};

static void add_value(struct ap_buf *out, const struct ap_event_value *value)
{
    size_t len = value->len < SHOWN_BYTES ? value->len : SHOWN_BYTES;

    while (len < value->len && len > 0 && ((unsigned char)value->text[len] & 0xC0) == 0x80)
        len--;
    if (value->kind == AP_VALUE_NULL || value->kind == AP_VALUE_EMPTY) {
        ap_buf_adds(out, value->kind == AP_VALUE_NULL ? "null" : "an empty array");
        return;
    }
    ap_buf_adds(out, value->kind == AP_VALUE_STRING ? "'" : "");
    ap_buf_add(out, value->text, len);
    ap_buf_adds(out, len < value->len ? "..." : "");
    ap_buf_adds(out, value->kind == AP_VALUE_STRING ? "'" : "");
}

/* What the event has in a field: " (has 'a', 'b')". */
static void add_has(const struct ap_classifier *c, const struct ap_text *field, struct ap_buf *out)
{
    uint32_t id = 0, at = AP_NO_VALUE;
    size_t count = 0;
    const struct ap_event_value *values = ap_event_values(c->event, &count);

    if (ap_fields_find(c->fields, field->text, field->len, &id))
        at = ap_event_first(c->event, id);
    if (at == AP_NO_VALUE) {
        ap_buf_adds(out, " (has no such field)");
        return;
    }
    ap_buf_adds(out, " (has ");
    for (size_t shown = 0; at != AP_NO_VALUE; at = values[at].next, shown++) {
        ap_buf_adds(out, shown > 0 ? ", " : "");
        if (shown == SHOWN_VALUES) {
            ap_buf_adds(out, "...");
            break;
        }
        add_value(out, &values[at]);
    }
    ap_buf_addc(out, ')');
}

static const char *name_of(const struct ap_expr *expr)
{
    static const char *const names[] = {
        [AP_EXPR_TEST] = "a test", [AP_EXPR_AND] = "all of", [AP_EXPR_OR] = "any of", [AP_EXPR_NOT] = "not"};

    return expr->label != NULL ? expr->label : names[expr->kind];
}

/* The field, when the parts are alternatives for its value: what the event has there is then said once, for all. */
static const struct ap_text *common_field(const struct ap_expr *expr)
{
    const struct ap_text *field = NULL;

    if (expr->kind != AP_EXPR_OR || expr->count < 2)
        return NULL;
    for (size_t i = 0; i < expr->count; i++) {
        const struct ap_expr *part = expr->parts[i];

        if (part->kind != AP_EXPR_TEST || part->test->field.text == NULL ||
            (field != NULL && strcmp(field->text, part->test->field.text) != 0))
            return NULL;
        field = &part->test->field;
    }
    return field;
}

/* A part of a list of alternatives. Of one that holds, only what holds is of interest. */
static void take_alternative(struct explaining *e, const struct ap_expr *expr, unsigned depth, bool holds)
{
    size_t left = e->list->count - SHOWN_TESTS;

    if (e->list_holds && !holds)
        return;
    if (!e->list_holds && e->list->count > SHOWN_TESTS + 1 && ++e->told > SHOWN_TESTS) {
        if (e->told > SHOWN_TESTS + 1)
            return;
        ap_buf_addf(&e->text, "and %zu more", left);
    } else {
        ap_buf_adds(&e->text, name_of(expr));
    }
    e->fn(e->context, e->depth + depth, holds, ap_buf_str(&e->text));
}

static void take_part(void *context, const struct ap_expr *expr, unsigned depth, bool holds)
{
    struct explaining *e = context;
    const struct ap_text *field;

    ap_buf_clear(&e->text);
    if (e->list != NULL && depth > e->list_depth) {
        take_alternative(e, expr, depth, holds);
        return;
    }
    field = common_field(expr);
    e->list = field != NULL ? expr : NULL;
    e->list_holds = holds;
    e->list_depth = depth;
    e->told = 0;
    if (expr->kind == AP_EXPR_TEST && expr->test->field.text != NULL)
        field = &expr->test->field;
    ap_buf_adds(&e->text, name_of(expr));
    if (field != NULL)
        add_has(e->classifier, field, &e->text);
    e->fn(e->context, e->depth + depth, holds, ap_buf_str(&e->text));
}

static enum ap_status explain_rule(struct explaining *e, size_t index, bool *matches, struct ap_error *err);

static enum ap_status explain_correlation(struct explaining *e, size_t index, struct ap_error *err)
{
    const struct ap_correlation *correlation = e->classifier->list->rules[index]->correlation;
    enum ap_status status = AP_OK;

    e->depth++;
    for (size_t i = 0; status == AP_OK && i < correlation->rule_count; i++) {
        size_t rule = correlation->rules[i];
        const struct ap_rule *referred = e->classifier->list->rules[rule];
        bool matches;

        if (referred->kind == AP_RULE_CORRELATION || !referred->applies) {
            bool holds = referred->applies && e->classifier->completed[rule];

            e->fn(e->context, e->depth, holds, referred->info.title);
            continue;
        }
        status = explain_rule(e, rule, &matches, err);
    }
    e->depth--;
    return status;
}

/* The rule's title goes first, so that what it says of the whole has to be known first. */
static void count_nothing(void *context, const struct ap_expr *expr, unsigned depth, bool holds)
{
    (void)context;
    (void)expr;
    (void)depth;
    (void)holds;
}

static enum ap_status explain_rule(struct explaining *e, size_t index, bool *matches, struct ap_error *err)
{
    struct ap_classifier *c = e->classifier;
    const struct ap_rule *rule = c->list->rules[index];
    enum ap_status status;

    if (rule->kind == AP_RULE_CORRELATION) {
        *matches = c->completed[index];
        e->fn(e->context, e->depth, *matches, rule->info.title);
        return explain_correlation(e, index, err);
    }
    status = ap_matcher_explain(c->matcher, c->event, index, count_nothing, NULL, matches, err);
    if (status != AP_OK)
        return status;
    e->fn(e->context, e->depth, *matches, rule->info.title);
    e->depth++;
    e->list = NULL;
    status = ap_matcher_explain(c->matcher, c->event, index, take_part, e, matches, err);
    e->depth--;
    return status;
}

enum ap_status ap_classify_explain(struct ap_classifier *classifier, size_t rule, ap_explain_part_fn *fn, void *context,
                                   bool *matches, struct ap_error *err)
{
    struct explaining e = {.classifier = classifier, .fn = fn, .context = context};
    enum ap_status status;

    if (!classifier->list->rules[rule]->applies)
        return ap_fail(err, AP_ESTATE, "rule \"%s\" is not for this stream: its logsource is another",
                       classifier->list->rules[rule]->info.title);
    status = explain_rule(&e, rule, matches, err);
    if (status == AP_OK)
        status = ap_buf_check(&e.text, "an explanation", err);
    ap_buf_free(&e.text);
    return status;
}
