/* The distinct tests of all rules: numbered, their fields looked up, their expressions compiled. */
#include <stdlib.h>

#include "glob.h"
#include "program_internal.h"

static void key_text(struct ap_buf *key, const struct ap_text *text)
{
    uint64_t len = text->text == NULL ? UINT64_MAX : text->len;

    ap_buf_add(key, &len, sizeof len);
    if (text->text != NULL)
        ap_buf_add(key, text->text, text->len);
}

static void key_number(struct ap_buf *key, const struct ap_number *number)
{
    ap_buf_addc(key, (char)number->is_integer);
    if (number->is_integer)
        ap_buf_add(key, &number->integer, sizeof number->integer);
    else
        ap_buf_add(key, &number->real, sizeof number->real);
}

static void key_pattern(struct ap_buf *key, const struct ap_pattern *pattern)
{
    for (size_t i = 0; i < pattern->count; i++) {
        ap_buf_addc(key, (char)pattern->steps[i].kind);
        if (pattern->steps[i].kind == AP_STEP_TEXT)
            key_text(key, &pattern->steps[i].text);
    }
}

/* Bytes that two tests share only when they are the same test: what its kind uses, and nothing else. */
static void key_test(struct ap_buf *key, const struct ap_test *test)
{
    ap_buf_addc(key, (char)test->kind);
    key_text(key, &test->field);
    switch (test->kind) {
    case AP_TEST_STRING:
        ap_buf_addc(key, (char)test->cased);
        key_pattern(key, &test->pattern);
        break;
    case AP_TEST_NUMBER:
        key_number(key, &test->number);
        key_text(key, &test->spelling);
        break;
    case AP_TEST_BOOL:
        ap_buf_addc(key, (char)test->truth);
        break;
    case AP_TEST_NULL:
    case AP_TEST_EXISTS:
        break;
    case AP_TEST_REGEX:
        ap_buf_addc(key, (char)(test->caseless | test->multiline << 1 | test->dotall << 2));
        key_text(key, &test->regex);
        break;
    case AP_TEST_CIDR:
        ap_buf_addc(key, (char)test->cidr.len);
        ap_buf_addc(key, (char)test->cidr.bits);
        ap_buf_add(key, test->cidr.bytes, test->cidr.len);
        break;
    case AP_TEST_COMPARE:
        ap_buf_addc(key, (char)test->compare);
        ap_buf_addc(key, (char)test->part);
        key_number(key, &test->number);
        break;
    case AP_TEST_FIELD:
        ap_buf_addc(key, (char)test->cased);
        ap_buf_addc(key, (char)test->relation);
        key_text(key, &test->other);
        break;
    }
}

uint32_t ap_bind_find(const struct ap_program *program, const struct ap_test *test, struct ap_buf *scratch)
{
    ap_buf_clear(scratch);
    key_test(scratch, test);
    return scratch->failed ? AP_INTERN_NONE : ap_intern_find(&program->tests, 0, scratch->data, scratch->len);
}

struct binding {
    struct ap_program *program;
    struct ap_fields *fields;
    struct ap_buf key;
    uint32_t cap; /* of program->bound */
};

static enum ap_status bind_field(struct binding *binding, const struct ap_text *name, uint32_t *field,
                                 struct ap_error *err)
{
    enum ap_status status;

    if (name->text == NULL) {
        *field = AP_NO_FIELD;
        binding->program->leaves = true;
        ap_fields_want_leaves(binding->fields);
        return AP_OK;
    }
    status = ap_fields_add(binding->fields, name->text, name->len, field, err);
    if (status == AP_OK && *field >= binding->program->field_count)
        binding->program->field_count = *field + 1;
    return status;
}

static enum ap_status bind_new(struct binding *binding, const struct ap_test *test, struct ap_error *err)
{
    struct ap_program *program = binding->program;
    struct ap_bound_test *bound;
    enum ap_status status;

    if (program->test_count == binding->cap) {
        uint32_t cap = binding->cap == 0 ? 64 : binding->cap * 2;

        bound = cap >= UINT32_MAX >> (AP_REF_SHIFT + 1) ? NULL : realloc(program->bound, cap * sizeof *bound);
        if (bound == NULL)
            return ap_fail_memory(err, "the rules' tests");
        program->bound = bound;
        binding->cap = cap;
    }
    bound = &program->bound[program->test_count++];
    *bound = (struct ap_bound_test){.test = test};
    bound->looks_into =
        test->kind == AP_TEST_REGEX || (test->kind == AP_TEST_STRING && ap_glob_looks_into(&test->pattern));
    status = bind_field(binding, &test->field, &bound->field, err);
    if (status == AP_OK && test->kind == AP_TEST_FIELD)
        status = bind_field(binding, &test->other, &bound->other, err);
    if (status == AP_OK && test->kind == AP_TEST_REGEX)
        status = ap_regex_new(&bound->regex, test, NULL, err);
    return status;
}

static enum ap_status bind_expr(struct binding *binding, const struct ap_expr *expr, struct ap_error *err)
{
    struct ap_program *program = binding->program;
    enum ap_status status = AP_OK;
    uint32_t fact;

    for (size_t i = 0; i < expr->count && status == AP_OK; i++)
        status = bind_expr(binding, expr->parts[i], err);
    if (status != AP_OK || expr->kind != AP_EXPR_TEST)
        return status;
    ap_buf_clear(&binding->key);
    key_test(&binding->key, expr->test);
    status = ap_buf_check(&binding->key, "the rules' tests", err);
    if (status == AP_OK)
        status = ap_intern_add(&program->tests, 0, binding->key.data, binding->key.len, &fact, err);
    if (status == AP_OK && fact == program->test_count)
        status = bind_new(binding, expr->test, err);
    return status;
}

enum ap_status ap_bind_rules(struct ap_program *program, struct ap_fields *fields, struct ap_error *err)
{
    struct binding binding = {.program = program, .fields = fields, .key = AP_BUF_INIT};
    enum ap_status status = AP_OK;

    for (uint32_t i = 0; i < program->rule_count && status == AP_OK; i++)
        status = bind_expr(&binding, program->list->rules[program->rules[i]]->expr, err);
    ap_buf_free(&binding.key);
    return status;
}
