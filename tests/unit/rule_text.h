/* A loaded rule as text, so that a test can say in one line what a detection must have become. */
#ifndef AUDITPROOF_TESTS_RULE_TEXT_H
#define AUDITPROOF_TESTS_RULE_TEXT_H

#include <arpa/inet.h>

#include "auditproof/buf.h"
#include "rules/rule.h"

/* What the text would mean as it stands is escaped; other than ASCII's printable characters are \xHH. */
static void add_text(struct ap_buf *out, const struct ap_text *text)
{
    for (size_t i = 0; i < text->len; i++) {
        unsigned char c = (unsigned char)text->text[i];

        if (c < ' ' || c > '~')
            ap_buf_addf(out, "\\x%02X", c);
        else
            ap_buf_addf(out, strchr("*?\\'", c) != NULL ? "\\%c" : "%c", c);
    }
}

static void add_pattern(struct ap_buf *out, const struct ap_pattern *pattern)
{
    ap_buf_addc(out, '\'');
    for (size_t i = 0; i < pattern->count; i++) {
        if (pattern->steps[i].kind == AP_STEP_TEXT)
            add_text(out, &pattern->steps[i].text);
        else
            ap_buf_addc(out, pattern->steps[i].kind == AP_STEP_ONE   ? '?'
                             : pattern->steps[i].kind == AP_STEP_RUN ? '*'
                                                                     : '~');
    }
    ap_buf_addc(out, '\'');
}

static void add_number(struct ap_buf *out, const struct ap_number *number)
{
    if (number->is_integer)
        ap_buf_addf(out, "%lld", (long long)number->integer);
    else
        ap_buf_addf(out, "%g", number->real);
}

static void add_test(struct ap_buf *out, const struct ap_test *test)
{
    static const char *const compares[] = {"=", "!=", "<", "<=", ">", ">="};
    static const char *const parts[] = {"", "minute ", "hour ", "day ", "week ", "month ", "year "};
    static const char *const relations[] = {"=", "contains", "startswith", "endswith"};
    char address[INET6_ADDRSTRLEN];

    if (test->kind == AP_TEST_COMPARE)
        ap_buf_adds(out, parts[test->part]);
    ap_buf_adds(out, test->field.text == NULL ? "any" : test->field.text);
    switch (test->kind) {
    case AP_TEST_STRING:
        ap_buf_adds(out, test->cased ? "==" : "=");
        add_pattern(out, &test->pattern);
        break;
    case AP_TEST_NUMBER:
        ap_buf_addc(out, '=');
        add_number(out, &test->number);
        ap_buf_addf(out, "`%s`", test->spelling.text);
        break;
    case AP_TEST_BOOL:
        ap_buf_adds(out, test->truth ? "=true" : "=false");
        break;
    case AP_TEST_NULL:
        ap_buf_adds(out, " null");
        break;
    case AP_TEST_EXISTS:
        ap_buf_adds(out, " exists");
        break;
    case AP_TEST_REGEX:
        ap_buf_addf(out, "~/%s/%s%s%s", test->regex.text, test->caseless ? "i" : "", test->multiline ? "m" : "",
                    test->dotall ? "s" : "");
        break;
    case AP_TEST_CIDR:
        (void)inet_ntop(test->cidr.len == 4 ? AF_INET : AF_INET6, test->cidr.bytes, address, sizeof address);
        ap_buf_addf(out, " in %s/%u", address, test->cidr.bits);
        break;
    case AP_TEST_COMPARE:
        ap_buf_addf(out, " %s ", compares[test->compare]);
        add_number(out, &test->number);
        break;
    case AP_TEST_FIELD:
        ap_buf_addf(out, " %s%s @%s", relations[test->relation], test->cased ? " cased" : "", test->other.text);
        break;
    }
}

static void add_expr(struct ap_buf *out, const struct ap_expr *expr)
{
    if (expr->kind == AP_EXPR_TEST) {
        if (expr->test == NULL)
            ap_buf_addf(out, "#%zu", expr->refers);
        else
            add_test(out, expr->test);
        return;
    }
    if (expr->kind == AP_EXPR_NOT)
        ap_buf_adds(out, "not ");
    if (expr->count != 1)
        ap_buf_addc(out, '(');
    for (size_t i = 0; i < expr->count; i++) {
        if (i > 0)
            ap_buf_adds(out, expr->kind == AP_EXPR_AND ? " & " : " | ");
        add_expr(out, expr->parts[i]);
    }
    if (expr->count != 1)
        ap_buf_addc(out, ')');
}

static void add_fields(struct ap_buf *out, const char *what, const struct ap_group_field *fields, size_t count,
                       size_t rules)
{
    for (size_t i = 0; i < count; i++) {
        ap_buf_addf(out, " %s %s(", what, fields[i].name.text);
        for (size_t r = 0; r < rules; r++) {
            const struct ap_text *other = fields[i].others[r];

            ap_buf_addf(out, "%s%s", r > 0 ? " " : "", fields[i].field[r].text);
            for (; other != NULL && other->text != NULL; other++)
                ap_buf_addf(out, "/%s", other->text);
        }
        ap_buf_addc(out, ')');
    }
}

static void add_correlation(struct ap_buf *out, const struct ap_rule_list *list, const struct ap_correlation *is)
{
    static const char *const types[] = {"event_count",  "value_count",      "value_sum", "value_avg",
                                        "value_median", "value_percentile", "temporal",  "temporal_ordered"};
    static const char *const compares[] = {"=", "!=", "<", "<=", ">", ">="};

    ap_buf_addf(out, "%s of", types[is->type]);
    for (size_t r = 0; r < is->rule_count; r++)
        ap_buf_addf(out, " %s", list->rules[is->rules[r]]->info.title);
    ap_buf_addf(out, " in %llds", (long long)(is->span_us / 1000000));
    add_fields(out, "by", is->group, is->group_count, is->rule_count);
    add_fields(out, "of", is->values, is->value_count, is->rule_count);
    for (size_t i = 0; i < is->bound_count; i++)
        ap_buf_addf(out, " %s %g", compares[is->bounds[i].compare], is->bounds[i].number);
    if (is->type == AP_VALUE_PERCENTILE)
        ap_buf_addf(out, " percentile %g", is->percentile);
    if (is->when != NULL) {
        ap_buf_adds(out, " when ");
        add_expr(out, is->when);
    }
    ap_buf_addf(out, " depth %u", is->depth);
}

static void add_rule(struct ap_buf *out, const struct ap_rule_list *list, const struct ap_rule *rule)
{
    ap_buf_addf(out, "%s%s%s%s%s: ", rule->info.title, rule->info.id[0] == 's' ? " " : "",
                rule->info.id[0] == 's' ? rule->info.id : "", rule->applies ? "" : " (not for this stream)",
                rule->reports ? "" : " (silent)");
    if (rule->kind == AP_RULE_CORRELATION)
        add_correlation(out, list, rule->correlation);
    else
        add_expr(out, rule->expr);
    ap_buf_addc(out, '\n');
}

#endif
