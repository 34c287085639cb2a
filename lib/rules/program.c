#include "program_internal.h"

#include <stdlib.h>

/* The rules to compile: those over events that apply to the stream. */
static enum ap_status choose_rules(struct ap_program *program, struct ap_error *err)
{
    const struct ap_rule_list *list = program->list;

    if (list->count >= AP_CODE_MATCH)
        return ap_fail(err, AP_ELIMIT, "%zu rules are more than can be compiled", list->count);
    program->rules = calloc(list->count + 1, sizeof *program->rules);
    if (program->rules == NULL)
        return ap_fail_memory(err, "the rules' program");
    for (size_t i = 0; i < list->count; i++)
        if (list->rules[i]->kind == AP_RULE_EVENT && list->rules[i]->applies)
            program->rules[program->rule_count++] = i;
    return AP_OK;
}

enum ap_status ap_program_new(struct ap_program **out, const struct ap_rule_list *list, struct ap_fields *fields,
                              struct ap_error *err)
{
    struct ap_program *program = calloc(1, sizeof *program);
    enum ap_status status;

    *out = NULL;
    if (program == NULL)
        return ap_fail_memory(err, "the rules' program");
    program->list = list;
    ap_arena_init(&program->arena, 0);
    ap_intern_init(&program->tests, &program->arena);
    ap_intern_init(&program->groups, &program->arena);
    ap_intern_init(&program->exact, &program->arena);
    status = choose_rules(program, err);
    if (status == AP_OK)
        status = ap_bind_rules(program, fields, err);
    if (status == AP_OK)
        status = ap_index_tests(program, err);
    if (status == AP_OK)
        status = ap_plan_rules(program, err);
    if (status != AP_OK) {
        ap_program_free(program);
        return status;
    }
    *out = program;
    return AP_OK;
}

void ap_program_free(struct ap_program *program)
{
    if (program == NULL)
        return;
    for (uint32_t test = 0; test < program->test_count; test++)
        ap_regex_free(program->bound[test].regex);
    for (uint32_t field = 0; program->index != NULL && field <= program->field_count; field++)
        ap_automaton_free(program->index[field].needles);
    ap_lists_free(&program->groups_of);
    ap_lists_free(&program->woken_by_fact);
    ap_lists_free(&program->woken_by_presence);
    ap_lists_free(&program->woken_by_object);
    ap_lists_free(&program->exact_refs);
    ap_intern_free(&program->tests);
    ap_intern_free(&program->groups);
    ap_intern_free(&program->exact);
    free(program->bound);
    free(program->facts);
    free(program->rules);
    free(program->entry);
    free(program->code);
    free(program->always);
    free(program->index);
    ap_arena_free(&program->arena);
    free(program);
}
