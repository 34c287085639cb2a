#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "auditproof/clock.h"
#include "auditproof/json.h"
#include "classify_internal.h"

void found_clear(struct found_list *list)
{
    for (size_t i = 0; i < list->count; i++) {
        ap_buf_free(&list->items[i].detail);
        ap_buf_free(&list->items[i].groups);
    }
    list->count = 0;
}

void found_free(struct found_list *list)
{
    found_clear(list);
    free(list->items);
    list->items = NULL;
    list->cap = 0;
}

/* The finding of that rule among those of the newest entry, which begin at `from`; made, in its place, when there is
 * none. */
static struct found *place(struct found_list *list, size_t from, const char *rule_id, const char *title,
                           enum ap_level level)
{
    size_t i = from;

    while (i < list->count && strcmp(list->items[i].rule_id, rule_id) < 0)
        i++;
    if (i < list->count && strcmp(list->items[i].rule_id, rule_id) == 0)
        return &list->items[i];
    if (list->count == list->cap) {
        size_t cap = list->cap > 0 ? 2 * list->cap : 64;
        struct found *items = realloc(list->items, cap * sizeof *items);

        if (items == NULL)
            return NULL;
        list->items = items;
        list->cap = cap;
    }
    memmove(&list->items[i + 1], &list->items[i], (list->count - i) * sizeof *list->items);
    memset(&list->items[i], 0, sizeof *list->items);
    list->items[i].rule_id = rule_id;
    list->items[i].title = title;
    list->items[i].level = level;
    list->count++;
    return &list->items[i];
}

static struct found *place_rule(struct found_list *list, size_t from, const struct ap_rules *rules, size_t rule)
{
    const struct ap_rule_info *info = ap_rules_info(rules, rule);

    return place(list, from, info->id, info->title, info->level);
}

/* Several windows of one rule may end at once: each is an element of both arrays. */
static void add_hit(struct found *item, const struct ap_correlated *hit)
{
    char first[AP_TIME_TEXT_SIZE], last[AP_TIME_TEXT_SIZE];

    ap_time_format(first, hit->first_us);
    ap_time_format(last, hit->last_us);
    ap_buf_adds(&item->detail, item->detail.len == 0 ? "[" : ", ");
    ap_buf_addf(&item->detail, "{\"first\": \"%s\", \"last\": \"%s\", \"count\": %" PRIu64 ", \"value\": ", first, last,
                hit->count);
    if (isfinite(hit->value))
        ap_buf_addf(&item->detail, "%.17g}", hit->value);
    else
        ap_buf_adds(&item->detail, "null}");
    ap_buf_adds(&item->groups, item->groups.len == 0 ? "[" : ", ");
    ap_buf_adds(&item->groups, hit->group_json);
}

static bool add_hits(struct found_list *list, size_t from, const struct ap_rules *rules,
                     const struct ap_correlated *hits, size_t count, bool closed)
{
    for (size_t i = 0; i < count; i++) {
        struct found *item = place_rule(list, from, rules, hits[i].rule);

        if (item == NULL)
            return false;
        item->closed = closed;
        add_hit(item, &hits[i]);
    }
    return true;
}

enum ap_status found_add(struct found_list *list, const struct ap_rules *rules, uint64_t seq, const char *log_id,
                         const struct ap_classification *c, struct ap_error *err)
{
    size_t from = list->count;

    for (size_t i = 0; i < c->rule_count; i++)
        if (place_rule(list, from, rules, c->rules[i]) == NULL)
            return ap_fail_memory(err, "findings");
    if (!add_hits(list, from, rules, c->closed, c->closed_count, true) ||
        !add_hits(list, from, rules, c->correlated, c->correlated_count, false))
        return ap_fail_memory(err, "findings");
    for (size_t i = from; i < list->count; i++) {
        struct found *item = &list->items[i];

        item->seq = seq;
        memcpy(item->log_id, log_id, strnlen(log_id, sizeof item->log_id - 1));
        if (item->detail.len > 0) {
            ap_buf_addc(&item->detail, ']');
            ap_buf_addc(&item->groups, ']');
        }
        if (item->detail.failed || item->groups.failed)
            return ap_fail_memory(err, "findings");
    }
    return AP_OK;
}

enum ap_status found_add_unreadable(struct found_list *list, uint64_t seq, const char *log_id, struct ap_error *err)
{
    struct found *item =
        place(list, list->count, "unreadable", "Entry that cannot be read as an event", UNREADABLE_LEVEL);

    if (item == NULL)
        return ap_fail_memory(err, "findings");
    item->seq = seq;
    memcpy(item->log_id, log_id, strnlen(log_id, sizeof item->log_id - 1));
    return AP_OK;
}

static const char *or_null(const struct ap_buf *json)
{
    return json->len > 0 ? json->data : "null";
}

void found_write(const struct found_list *list, struct ap_buf *out)
{
    ap_buf_addc(out, '[');
    for (size_t i = 0; i < list->count; i++) {
        const struct found *f = &list->items[i];

        ap_buf_addf(out, "%s{\"seq\":%" PRIu64 ",\"rule_id\":", i > 0 ? "," : "", f->seq);
        ap_json_string(out, f->rule_id);
        ap_buf_addf(out, ",\"level\":\"%s\",\"title\":", ap_level_name(f->level));
        ap_json_string(out, f->title);
        ap_buf_addf(out, ",\"closed\":%s,\"detail\":%s,\"groups\":%s}", f->closed ? "true" : "false",
                    or_null(&f->detail), or_null(&f->groups));
    }
    ap_buf_addc(out, ']');
}

void found_line(struct ap_buf *out, uint64_t seq, const char *log_id, const char *rule_id, const char *level,
                const char *title, bool closed, const char *detail)
{
    ap_buf_addf(out, "[%" PRIu64 ", \"%s\", ", seq, log_id);
    ap_json_string(out, rule_id);
    ap_buf_addf(out, ", \"%s\", ", level);
    ap_json_string(out, title);
    ap_buf_addf(out, ", %s, ", closed ? "true" : "false");
    ap_buf_adds(out, detail);
    ap_buf_adds(out, "]\n");
}

void found_item_line(const struct found *f, struct ap_buf *out)
{
    found_line(out, f->seq, f->log_id, f->rule_id, ap_level_name(f->level), f->title, f->closed, or_null(&f->detail));
}
