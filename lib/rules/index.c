/*
 * The index over the tests: for each field, exact texts and numbers by hash, and one automaton over the texts that
 * tests look for inside a value. It works on folded text; what is cased is only hinted at.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "fold.h"
#include "glob.h"
#include "literal.h"
#include "program_internal.h"

/* A shorter literal of an expression, or piece of a mixed pattern, is in too many values to be worth an automaton. */
enum { HINT_LEAST = 3 };

/* Integers below are doubles that stand for nothing else. */
#define EXACT_DOUBLE_MAX 9007199254740992.0

struct indexing {
    struct ap_program *program;
    struct ap_needle *needles; /* owned */
    size_t needle_count, needle_cap;
    struct ap_lists by_field; /* needles */
    struct ap_buf folded;
};

static enum ap_status fold(struct indexing *indexing, const struct ap_text *text, struct ap_text *out,
                           struct ap_error *err)
{
    char *room;

    ap_buf_clear(&indexing->folded);
    room = text->len > AP_BUF_MAX / 2 ? NULL : ap_buf_reserve(&indexing->folded, AP_FOLD_ROOM(text->len));
    if (room == NULL)
        return ap_fail_memory(err, "the rules' index");
    out->len = ap_fold(room, text->text, text->len);
    out->text = room;
    return AP_OK;
}

static enum ap_status add_exact(struct indexing *indexing, uint32_t field, const struct ap_text *text, uint32_t ref,
                                struct ap_error *err)
{
    struct ap_program *program = indexing->program;
    struct ap_field_index *index = &program->index[field];
    struct ap_text folded;
    uint32_t number;
    enum ap_status status = fold(indexing, text, &folded, err);

    if (status == AP_OK)
        status = ap_intern_add(&program->exact, field * 2, folded.text, folded.len, &number, err);
    if (status != AP_OK)
        return status;
    if (folded.len < index->exact_least)
        index->exact_least = folded.len;
    if (folded.len > index->exact_most)
        index->exact_most = folded.len;
    index->any = true;
    return ap_lists_add(&program->exact_refs, number, ref, err);
}

static enum ap_status add_number(struct indexing *indexing, uint32_t field, const struct ap_number *number,
                                 uint32_t ref, struct ap_error *err)
{
    struct ap_program *program = indexing->program;
    double key = ap_index_number(number);
    uint32_t at;
    enum ap_status status = ap_intern_add(&program->exact, field * 2 + 1, &key, sizeof key, &at, err);

    if (status != AP_OK)
        return status;
    program->index[field].numbers = true;
    program->index[field].any = true;
    return ap_lists_add(&program->exact_refs, at, ref, err);
}

static enum ap_status add_needle(struct indexing *indexing, uint32_t field, const struct ap_text *text, uint32_t ref,
                                 struct ap_error *err)
{
    struct ap_text folded;
    struct ap_needle *needle;
    enum ap_status status = fold(indexing, text, &folded, err);

    if (status != AP_OK)
        return status;
    if (indexing->needle_count == indexing->needle_cap) {
        size_t cap = indexing->needle_cap == 0 ? 64 : indexing->needle_cap * 2;
        struct ap_needle *needles = cap >= UINT32_MAX ? NULL : realloc(indexing->needles, cap * sizeof *needles);

        if (needles == NULL)
            return ap_fail_memory(err, "the rules' index");
        indexing->needles = needles;
        indexing->needle_cap = cap;
    }
    needle = &indexing->needles[indexing->needle_count];
    needle->text.text = ap_arena_copy(&indexing->program->arena, folded.text, folded.len);
    needle->text.len = folded.len;
    needle->ref = ref;
    if (needle->text.text == NULL)
        return ap_fail_memory(err, "the rules' index");
    indexing->program->index[field].any = true;
    return ap_lists_add(&indexing->by_field, field, (uint32_t)indexing->needle_count++, err);
}

static enum ap_status index_string(struct indexing *indexing, uint32_t fact, const struct ap_bound_test *bound,
                                   uint32_t *flags, struct ap_error *err)
{
    uint32_t field = ap_index_of(indexing->program, bound->field), ref = fact << AP_REF_SHIFT;
    struct ap_text text;
    enum ap_glob_shape shape = ap_glob_shape(&bound->test->pattern, &text);

    if (shape == AP_GLOB_MIXED || bound->test->cased)
        *flags |= AP_FACT_HINTED;
    else
        ref |= AP_REF_SURE;
    if (shape == AP_GLOB_EXACT)
        return add_exact(indexing, field, &text, ref, err);
    if (shape == AP_GLOB_ANY || text.len == 0 || (shape == AP_GLOB_MIXED && text.len < HINT_LEAST)) {
        *flags = AP_FACT_ASKED;
        return AP_OK;
    }
    if (shape == AP_GLOB_STARTS)
        ref |= AP_REF_AT_START;
    if (shape == AP_GLOB_ENDS)
        ref |= AP_REF_AT_END;
    if (bound->looks_into)
        *flags |= AP_FACT_INTO;
    return add_needle(indexing, field, &text, ref, err);
}

static bool has_letters(const struct ap_text *text)
{
    for (size_t i = 0; i < text->len; i++)
        if (((text->text[i] | 0x20) >= 'a' && (text->text[i] | 0x20) <= 'z') || (text->text[i] & 0x80) != 0)
            return true;
    return false;
}

static enum ap_status index_number(struct indexing *indexing, uint32_t fact, const struct ap_bound_test *bound,
                                   uint32_t *flags, struct ap_error *err)
{
    const struct ap_test *test = bound->test;
    uint32_t field = ap_index_of(indexing->program, bound->field), ref = fact << AP_REF_SHIFT;
    enum ap_status status;

    /* Past the exact doubles two numbers may share a key; of a spelling with letters, case matters. */
    if (has_letters(&test->spelling) || fabs(test->number.real) >= EXACT_DOUBLE_MAX)
        *flags |= AP_FACT_HINTED;
    else
        ref |= AP_REF_SURE;
    status = add_number(indexing, field, &test->number, ref, err);
    if (status == AP_OK)
        status = add_exact(indexing, field, &test->spelling, ref, err);
    return status;
}

static enum ap_status index_regex(struct indexing *indexing, uint32_t fact, const struct ap_bound_test *bound,
                                  uint32_t *flags, struct ap_error *err)
{
    uint32_t field = ap_index_of(indexing->program, bound->field);
    struct ap_literals literals;
    enum ap_status status = ap_literals_find(&literals, bound->test, &indexing->program->arena, err);

    if (status != AP_OK)
        return status;
    if (literals.count == 0 || literals.shortest < HINT_LEAST) {
        *flags = AP_FACT_ASKED;
        return AP_OK;
    }
    *flags = AP_FACT_HINTED | AP_FACT_INTO;
    for (size_t i = 0; i < literals.count && status == AP_OK; i++)
        status = add_needle(indexing, field, &literals.list[i], fact << AP_REF_SHIFT, err);
    return status;
}

static enum ap_status index_test(struct indexing *indexing, uint32_t fact, struct ap_error *err)
{
    static const struct ap_text truths[] = {{"false", 5}, {"true", 4}};
    struct ap_program *program = indexing->program;
    const struct ap_bound_test *bound = &program->bound[fact];
    uint32_t *flags = &program->facts[fact].flags;

    program->facts[fact].field = bound->field;
    switch (bound->test->kind) {
    case AP_TEST_STRING:
        return index_string(indexing, fact, bound, flags, err);
    case AP_TEST_NUMBER:
        return index_number(indexing, fact, bound, flags, err);
    case AP_TEST_BOOL:
        /* Not sure: "fal\u017fe" folds to "false" and is no spelling of it. */
        *flags = AP_FACT_HINTED;
        return add_exact(indexing, ap_index_of(program, bound->field), &truths[bound->test->truth],
                         fact << AP_REF_SHIFT, err);
    case AP_TEST_REGEX:
        return index_regex(indexing, fact, bound, flags, err);
    case AP_TEST_NULL:
    case AP_TEST_EXISTS:
    case AP_TEST_CIDR:
    case AP_TEST_COMPARE:
    case AP_TEST_FIELD:
        *flags = AP_FACT_ASKED;
        break;
    }
    return AP_OK;
}

static enum ap_status make_automata(struct indexing *indexing, struct ap_error *err)
{
    struct ap_program *program = indexing->program;
    struct ap_needle *of_field = calloc(indexing->needle_count + 1, sizeof *of_field);
    enum ap_status status = AP_OK;

    if (of_field == NULL)
        return ap_fail_memory(err, "the rules' index");
    for (uint32_t field = 0; field <= program->field_count && status == AP_OK; field++) {
        uint32_t count;
        const uint32_t *numbers = ap_lists_of(&indexing->by_field, field, &count);

        for (uint32_t i = 0; i < count; i++)
            of_field[i] = indexing->needles[numbers[i]];
        program->index[field].needle_least = SIZE_MAX;
        if (count > 0)
            status = ap_automaton_new(&program->index[field].needles, of_field, count, err);
        if (count > 0 && status == AP_OK)
            program->index[field].needle_least = ap_automaton_shortest(program->index[field].needles);
    }
    free(of_field);
    return status;
}

enum ap_status ap_index_tests(struct ap_program *program, struct ap_error *err)
{
    struct indexing indexing = {.program = program, .folded = AP_BUF_INIT, .by_field = AP_LISTS_INIT};
    enum ap_status status = AP_OK;

    program->index = calloc((size_t)program->field_count + 1, sizeof *program->index);
    program->facts = calloc((size_t)program->test_count + 1, sizeof *program->facts);
    if (program->index == NULL || program->facts == NULL)
        return ap_fail_memory(err, "the rules' index");
    program->fact_count = program->test_count;
    for (uint32_t field = 0; field <= program->field_count; field++)
        program->index[field].exact_least = SIZE_MAX;
    for (uint32_t fact = 0; fact < program->test_count && status == AP_OK; fact++) {
        status = index_test(&indexing, fact, err);
        if ((program->facts[fact].flags & AP_FACT_INTO) != 0)
            program->index[ap_index_of(program, program->bound[fact].field)].into = true;
    }
    if (status == AP_OK)
        status = ap_lists_make(&indexing.by_field, program->field_count + 1, err);
    if (status == AP_OK)
        status = ap_lists_make(&program->exact_refs, program->exact.count, err);
    if (status == AP_OK)
        status = make_automata(&indexing, err);
    ap_lists_free(&indexing.by_field);
    ap_buf_free(&indexing.folded);
    free(indexing.needles);
    return status;
}
