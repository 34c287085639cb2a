/* What an event, or a hit, brings to a correlation: its group, and its entry in the window. */
#include <string.h>

#include "correlate_internal.h"

/* What one field of an event or a hit says: its first value; text NULL when it says nothing. */
static struct ap_text text_of(const struct corr_feeding *f, const struct corr_input *input, uint32_t id, uint32_t from)
{
    const struct ap_event_value *values;
    struct ap_text none = {NULL, 0}, text;
    uint32_t first;
    size_t count;

    if (input->hit != CORR_NONE)
        return from == AP_NO_VALUE ? none : f->c->hits[input->hit].is.group[from];
    first = id == AP_NO_VALUE ? AP_NO_VALUE : ap_event_first(f->event, id);
    if (first == AP_NO_VALUE)
        return none;
    values = ap_event_values(f->event, &count);
    if (values[first].kind == AP_VALUE_NULL || values[first].kind == AP_VALUE_EMPTY)
        return none;
    text.text = values[first].text;
    text.len = values[first].len;
    return text;
}

struct ap_text corr_text(const struct corr_feeding *f, const struct corr_input *input,
                         const struct corr_source *sources, size_t at)
{
    struct ap_text text = text_of(f, input, sources[at].id, sources[at].from);

    while (text.text == NULL && sources[at].next != AP_NO_VALUE) {
        at = sources[at].next;
        text = text_of(f, input, sources[at].id, sources[at].from);
    }
    return text;
}

static void add_part(struct ap_buf *key, const struct ap_text *part)
{
    uint8_t head[5] = {0, 0, 0, 0, 0};

    if (part->text != NULL) {
        head[0] = 1;
        ap_put_u32(head + 1, (uint32_t)part->len);
    }
    ap_buf_add(key, head, sizeof head);
    if (part->text != NULL)
        ap_buf_add(key, part->text, part->len);
}

/* The entry that an input makes. *usable false: it lacks what a value_* correlation is about. */
enum ap_status corr_make_entry(struct corr_feeding *f, const struct corr_input *input, struct corr_entry *entry,
                               bool *usable, struct ap_error *err)
{
    const struct corr_plan *plan = &f->c->plans[input->correlation];
    struct ap_buf tuple = AP_BUF_INIT;
    uint8_t digest[AP_HASH_LEN];
    struct ap_number number;
    struct ap_span span;
    enum ap_status status;
    size_t i;

    memset(entry, 0, sizeof *entry);
    entry->at_us = input->hit == CORR_NONE ? f->at_us : f->c->hits[input->hit].is.last_us;
    entry->pos = input->pos;
    *usable = true;
    if (plan->is->value_count == 0)
        return AP_OK;
    for (i = 0; i < plan->is->value_count && *usable; i++) {
        size_t at = i * plan->is->rule_count + input->pos;
        struct ap_text text = corr_text(f, input, plan->values, at);

        *usable = text.text != NULL;
        add_part(&tuple, &text);
        if (*usable && plan->is->type != AP_VALUE_COUNT) {
            *usable = ap_number_parse(&number, text.text, text.len);
            entry->number = number.real;
        }
    }
    status = ap_buf_check(&tuple, "a correlation's values", err);
    if (status == AP_OK && *usable && plan->is->type == AP_VALUE_COUNT) {
        span.data = tuple.data;
        span.len = tuple.len;
        status = ap_digest_spans(f->c->digest, digest, &span, 1, err);
        memcpy(entry->digest, digest, sizeof entry->digest);
    }
    ap_buf_free(&tuple);
    return status;
}

enum { CORR_LONG_SIZE = 7 + AP_HASH_TEXT_SIZE };

/* "sha256:…" in place of a long value, so that state stays small whatever events hold. */
static enum ap_status shorten(struct ap_correlator *c, struct ap_text *text, char name[CORR_LONG_SIZE],
                              struct ap_error *err)
{
    struct ap_span span = {text->text, text->len};
    uint8_t hash[AP_HASH_LEN];
    enum ap_status status = ap_digest_spans(c->digest, hash, &span, 1, err);

    if (status != AP_OK)
        return status;
    memcpy(name, "sha256:", 7);
    ap_hex_encode(name + 7, hash, sizeof hash);
    text->text = name;
    text->len = 7 + 2 * sizeof hash;
    return AP_OK;
}

enum ap_status corr_find_group(struct corr_feeding *f, const struct corr_input *input, struct corr_group **out,
                               struct ap_error *err)
{
    const struct corr_plan *plan = &f->c->plans[input->correlation];
    struct ap_buf key = AP_BUF_INIT;
    enum ap_status status = AP_OK;
    char name[CORR_LONG_SIZE];
    size_t i;

    for (i = 0; i < plan->is->group_count && status == AP_OK; i++) {
        size_t at = i * plan->is->rule_count + input->pos;
        struct ap_text text = corr_text(f, input, plan->group, at);

        if (text.text != NULL && text.len > CORR_VALUE_MAX)
            status = shorten(f->c, &text, name, err);
        add_part(&key, &text);
    }
    if (status == AP_OK)
        status = ap_buf_check(&key, "a correlation's group", err);
    if (status == AP_OK)
        status = corr_group_get(f->c, f->partition, input->correlation, &key, out, err);
    ap_buf_free(&key);
    return status;
}
