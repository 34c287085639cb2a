#include "matcher_internal.h"

static void wake(struct ap_matcher *m, const struct ap_lists *lists, uint32_t by)
{
    uint32_t count;
    const uint32_t *rules = ap_lists_of(lists, by, &count);

    for (uint32_t i = 0; i < count; i++) {
        if (m->woken_at[rules[i]] == m->now)
            continue;
        m->woken_at[rules[i]] = m->now;
        m->woken[m->woken_count++] = rules[i];
    }
}

static void mark_true(struct ap_matcher *m, uint32_t fact)
{
    uint32_t count;
    const uint32_t *groups = ap_lists_of(&m->program->groups_of, fact, &count);

    m->known[fact] = ap_known(m, AP_KNOWN_TRUE);
    wake(m, &m->program->woken_by_fact, fact);
    for (uint32_t i = 0; i < count; i++) {
        if (m->known[groups[i]] == ap_known(m, AP_KNOWN_TRUE))
            continue;
        m->known[groups[i]] = ap_known(m, AP_KNOWN_TRUE);
        wake(m, &m->program->woken_by_fact, groups[i]);
    }
}

static inline void hit(struct ap_matcher *m, uint32_t ref)
{
    uint32_t fact = ref >> AP_REF_SHIFT;

    if (ap_is_known(m, fact))
        return;
    if ((ref & AP_REF_SURE) != 0) {
        mark_true(m, fact);
        return;
    }
    m->known[fact] = ap_known(m, AP_KNOWN_MAYBE);
    wake(m, &m->program->woken_by_fact, fact);
}

static void hit_exact(struct ap_matcher *m, uint32_t space, const void *key, size_t len)
{
    uint32_t number = ap_intern_find(&m->program->exact, space, key, len), count;
    const uint32_t *refs;

    if (number == AP_INTERN_NONE)
        return;
    refs = ap_lists_of(&m->program->exact_refs, number, &count);
    for (uint32_t i = 0; i < count; i++)
        hit(m, refs[i]);
}

struct scanning {
    struct ap_matcher *m;
    size_t len;
    bool beneath; /* an object: only tests that look into one see this */
};

static void hit_needles(void *context, const uint32_t *refs, uint32_t count, size_t needle_len, size_t end)
{
    const struct scanning *scanning = context;
    struct ap_matcher *m = scanning->m;

    for (uint32_t i = 0; i < count; i++) {
        uint32_t ref = refs[i];

        if ((ref & AP_REF_AT_START) != 0 && end != needle_len)
            continue;
        if ((ref & AP_REF_AT_END) != 0 && end != scanning->len)
            continue;
        if (!scanning->beneath || (m->program->facts[ref >> AP_REF_SHIFT].flags & AP_FACT_INTO) != 0)
            hit(m, ref);
    }
}

static void scan_text(struct ap_matcher *m, uint32_t field, const struct ap_event_value *value, bool beneath)
{
    const struct ap_field_index *index = &m->program->index[field];
    struct scanning scanning = {.m = m, .beneath = beneath};
    const char *folded;

    /* Folding makes a text shorter by two thirds, or longer by half, at most: what cannot be there is not looked for.
     */
    if (value->len + value->len / 2 < index->needle_least &&
        (beneath || value->len / 3 > index->exact_most || value->len + value->len / 2 < index->exact_least))
        return;
    folded = ap_asking_fold(&m->asking, &m->folded, value->text, value->len, &scanning.len);
    if (folded == NULL)
        return;
    if (!beneath && scanning.len >= index->exact_least && scanning.len <= index->exact_most)
        hit_exact(m, field * 2, folded, scanning.len);
    if (scanning.len >= index->needle_least)
        ap_automaton_scan(index->needles, folded, scanning.len, hit_needles, &scanning);
}

static void scan_number(struct ap_matcher *m, uint32_t field, const struct ap_event_value *value)
{
    struct ap_number number;
    double key;

    if (!ap_number_parse(&number, value->text, value->len))
        return;
    key = ap_index_number(&number);
    hit_exact(m, field * 2 + 1, &key, sizeof key);
}

static void scan_value(struct ap_matcher *m, uint32_t field, const struct ap_event_value *value)
{
    const struct ap_field_index *index = &m->program->index[field];

    if (!index->any)
        return;
    if (value->kind == AP_VALUE_OBJECT && index->into && m->object[field] != m->now) {
        m->object[field] = m->now;
        wake(m, &m->program->woken_by_object, field);
    }
    if (!ap_value_is_text(value))
        return;
    if (value->kind == AP_VALUE_NUMBER && index->numbers)
        scan_number(m, field, value);
    scan_text(m, field, value, false);
}

void ap_scan_event(struct ap_matcher *m)
{
    const struct ap_program *program = m->program;
    const struct ap_event_value *values;
    const uint32_t *present;
    size_t count;

    values = ap_event_values(m->asking.event, &count);
    for (size_t i = 0; i < count; i++)
        if (values[i].field < program->field_count)
            scan_value(m, values[i].field, &values[i]);
    present = ap_event_present(m->asking.event, &count);
    for (size_t i = 0; i < count; i++)
        if (present[i] < program->field_count)
            wake(m, &program->woken_by_presence, present[i]);
    if (!program->leaves)
        return;
    values = ap_event_leaves(m->asking.event, &count);
    for (size_t i = 0; i < count; i++)
        scan_value(m, program->field_count, &values[i]);
    if (count > 0)
        wake(m, &program->woken_by_presence, program->field_count);
}

struct beneath {
    struct ap_matcher *m;
    uint32_t field;
};

static bool scan_beneath(void *context, const struct ap_event_value *value)
{
    const struct beneath *beneath = context;

    scan_text(beneath->m, beneath->field, value, true);
    return false;
}

void ap_scan_objects(struct ap_matcher *m, uint32_t field)
{
    struct beneath beneath = {.m = m, .field = field};
    struct ap_asking *asking = &m->asking;
    const struct ap_event_value *values;
    size_t count;

    m->object[field] = 0;
    values = ap_event_values(asking->event, &count);
    for (uint32_t at = ap_event_first(asking->event, field); at != AP_NO_VALUE; at = values[at].next) {
        enum ap_status status;
        bool stopped;

        if (values[at].kind != AP_VALUE_OBJECT)
            continue;
        status = ap_event_look_into(asking->event, &values[at], scan_beneath, &beneath, &stopped, &asking->error);
        if (status != AP_OK && asking->status == AP_OK)
            asking->status = status;
    }
}
