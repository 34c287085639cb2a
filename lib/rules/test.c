#include "test.h"

#include <string.h>

#include "address.h"
#include "fold.h"
#include "glob.h"
#include "part.h"

const char *ap_asking_fold(struct ap_asking *asking, struct ap_buf *buf, const char *text, size_t len,
                           size_t *folded_len)
{
    char *out;

    ap_buf_clear(buf);
    out = len > AP_BUF_MAX / 2 ? NULL : ap_buf_reserve(buf, AP_FOLD_ROOM(len));
    if (out == NULL) {
        if (asking->status == AP_OK)
            asking->status = ap_fail_memory(&asking->error, "a value of an event");
        *folded_len = 0;
        return NULL;
    }
    *folded_len = ap_fold(out, text, len);
    return out;
}

static bool string_holds(struct ap_asking *asking, const struct ap_test *test, const struct ap_event_value *value)
{
    const char *text = value->text;
    size_t len = value->len;

    if (!test->cased)
        text = ap_asking_fold(asking, &asking->folded, text, len, &len);
    return text != NULL && ap_glob_match(&test->pattern, text, len);
}

static bool regex_holds(struct ap_asking *asking, const struct ap_regex *regex, const struct ap_event_value *value)
{
    asking->searches++;
    switch (ap_regex_search(asking->searcher, regex, value->text, value->len)) {
    case AP_REGEX_HIT:
        return true;
    case AP_REGEX_CUT:
        asking->cut++;
        return false;
    case AP_REGEX_MISS:
        break;
    }
    return false;
}

static bool number_holds(const struct ap_test *test, const struct ap_event_value *value)
{
    struct ap_number number;

    if (value->kind == AP_VALUE_STRING)
        return value->len == test->spelling.len && memcmp(value->text, test->spelling.text, value->len) == 0;
    return value->kind == AP_VALUE_NUMBER && ap_number_parse(&number, value->text, value->len) &&
           ap_number_compare(&number, &test->number) == 0;
}

static bool truth_holds(const struct ap_test *test, const struct ap_event_value *value)
{
    const char *want = test->truth ? "true" : "false";

    if (value->kind == AP_VALUE_BOOL)
        return value->truth == test->truth;
    if (value->kind != AP_VALUE_STRING || value->len != strlen(want))
        return false;
    for (size_t i = 0; i < value->len; i++)
        if ((value->text[i] | 0x20) != want[i])
            return false;
    return true;
}

static bool compare_holds(const struct ap_test *test, const struct ap_event_value *value)
{
    struct ap_number number;
    int order;

    if (test->part != AP_PART_WHOLE) {
        if (!ap_part_of(&number, value, test->part))
            return false;
    } else if ((value->kind != AP_VALUE_STRING && value->kind != AP_VALUE_NUMBER) ||
               !ap_number_parse(&number, value->text, value->len)) {
        return false;
    }
    order = ap_number_compare(&number, &test->number);
    switch (test->compare) {
    case AP_COMPARE_EQ:
        return order == 0;
    case AP_COMPARE_NEQ:
        return order != 0;
    case AP_COMPARE_LT:
        return order < 0;
    case AP_COMPARE_LTE:
        return order <= 0;
    case AP_COMPARE_GT:
        return order > 0;
    case AP_COMPARE_GTE:
        return order >= 0;
    }
    return false;
}

static bool related(enum ap_relation relation, const char *text, size_t len, const char *part, size_t part_len)
{
    if (part_len > len)
        return false;
    switch (relation) {
    case AP_RELATION_EQUAL:
        return part_len == len && memcmp(text, part, len) == 0;
    case AP_RELATION_CONTAINS:
        return part_len == 0 || memmem(text, len, part, part_len) != NULL;
    case AP_RELATION_STARTS:
        return memcmp(text, part, part_len) == 0;
    case AP_RELATION_ENDS:
        return memcmp(text + (len - part_len), part, part_len) == 0;
    }
    return false;
}

static bool field_holds(struct ap_asking *asking, const struct ap_bound_test *bound, const struct ap_event_value *value)
{
    const struct ap_event_value *values;
    const char *text = value->text;
    size_t len = value->len, count;
    uint32_t at;

    if (!bound->test->cased)
        text = ap_asking_fold(asking, &asking->folded, text, len, &len);
    if (text == NULL)
        return false;
    values = ap_event_values(asking->event, &count);
    for (at = ap_event_first(asking->event, bound->other); at != AP_NO_VALUE; at = values[at].next) {
        const char *part = values[at].text;
        size_t part_len = values[at].len;

        if (!ap_value_is_text(&values[at]))
            continue;
        if (!bound->test->cased)
            part = ap_asking_fold(asking, &asking->other, part, part_len, &part_len);
        if (part != NULL && related(bound->test->relation, text, len, part, part_len))
            return true;
    }
    return false;
}

/* Tests of text, over one value that is or stands for text. */
static bool text_holds(struct ap_asking *asking, const struct ap_bound_test *bound, const struct ap_event_value *value)
{
    if (bound->test->kind == AP_TEST_REGEX)
        return regex_holds(asking, bound->regex, value);
    return string_holds(asking, bound->test, value);
}

struct looking {
    struct ap_asking *asking;
    const struct ap_bound_test *bound;
};

static bool look(void *context, const struct ap_event_value *value)
{
    const struct looking *looking = context;

    return text_holds(looking->asking, looking->bound, value);
}

static bool object_holds(struct ap_asking *asking, const struct ap_bound_test *bound,
                         const struct ap_event_value *value)
{
    struct looking looking = {.asking = asking, .bound = bound};
    bool found = false;
    enum ap_status status;

    if (!bound->looks_into)
        return false;
    status = ap_event_look_into(asking->event, value, look, &looking, &found, &asking->error);
    if (status != AP_OK && asking->status == AP_OK)
        asking->status = status;
    return found;
}

static bool value_holds(struct ap_asking *asking, const struct ap_bound_test *bound, const struct ap_event_value *value)
{
    const struct ap_test *test = bound->test;

    switch (test->kind) {
    case AP_TEST_STRING:
    case AP_TEST_REGEX:
        if (value->kind == AP_VALUE_OBJECT)
            return object_holds(asking, bound, value);
        return ap_value_is_text(value) && text_holds(asking, bound, value);
    case AP_TEST_NUMBER:
        return number_holds(test, value);
    case AP_TEST_BOOL:
        return truth_holds(test, value);
    case AP_TEST_NULL:
        return value->kind == AP_VALUE_NULL;
    case AP_TEST_EXISTS:
        return true;
    case AP_TEST_CIDR:
        return value->kind == AP_VALUE_STRING && ap_address_within(&test->cidr, value->text, value->len);
    case AP_TEST_COMPARE:
        return compare_holds(test, value);
    case AP_TEST_FIELD:
        return ap_value_is_text(value) && field_holds(asking, bound, value);
    }
    return false;
}

static bool keyword_holds(struct ap_asking *asking, const struct ap_bound_test *bound)
{
    const struct ap_event_value *leaves;
    size_t count;

    leaves = ap_event_leaves(asking->event, &count);
    for (size_t i = 0; i < count; i++)
        if (value_holds(asking, bound, &leaves[i]))
            return true;
    return false;
}

bool ap_test_holds(struct ap_asking *asking, const struct ap_bound_test *bound)
{
    const struct ap_event_value *values;
    size_t count;
    uint32_t at;

    if (bound->field == AP_NO_FIELD)
        return keyword_holds(asking, bound);
    values = ap_event_values(asking->event, &count);
    at = ap_event_first(asking->event, bound->field);
    if (at == AP_NO_VALUE)
        return bound->test->kind == AP_TEST_NULL;
    for (; at != AP_NO_VALUE; at = values[at].next)
        if (value_holds(asking, bound, &values[at]))
            return true;
    return false;
}
