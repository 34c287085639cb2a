/* The events of a stream: what a pipeline's `events` says of them, and our own entries without one. */
#include <string.h>

#include "loader.h"
#include "pipeline.h"

#define TEXT(t)                                                                                                        \
    {                                                                                                                  \
        t, sizeof(t) - 1                                                                                               \
    }

enum { WEEKDAYS = 0x1F };

void ap_profile_default(struct ap_event_profile *profile)
{
    static const struct ap_logsource own = {{NULL, 0}, TEXT("auditproof"), TEXT("audit")};
    static const struct ap_event_profile entries = {
        .time = TEXT("created_at"),
        .partition = TEXT("organization_id"),
        .actor = TEXT("actor_id"),
        .address = TEXT("ip_address"),
        .agent = TEXT("user_agent"),
        .id = TEXT("id"),
        .logsources = &own,
        .logsource_count = 1,
        .hours_from_min = 7 * 60,
        .hours_to_min = 19 * 60,
        .work_days = WEEKDAYS,
    };

    *profile = entries;
}

static bool read_logsources(struct ap_loader *l, const struct ap_yaml *node, struct ap_event_profile *profile)
{
    size_t count = node->kind == AP_YAML_LIST ? node->count : 1;
    struct ap_logsource *list = ap_arena_alloc(&l->list->arena, count, sizeof *list);
    bool good = list != NULL;

    for (size_t i = 0; list != NULL && i < count; i++)
        good = ap_logsource_read(l, &list[i], node->kind == AP_YAML_LIST ? node->items[i] : node) && good;
    profile->logsources = list;
    profile->logsource_count = count;
    return good;
}

/* hh:mm, 24:00 too; -1 for anything else. */
static int32_t minutes(const char *text)
{
    int32_t hours, rest;

    for (size_t i = 0; i < 5; i++)
        if (i == 2 ? text[i] != ':' : text[i] < '0' || text[i] > '9')
            return -1;
    hours = (text[0] - '0') * 10 + text[1] - '0';
    rest = (text[3] - '0') * 10 + text[4] - '0';
    return rest > 59 || hours * 60 + rest > 24 * 60 ? -1 : hours * 60 + rest;
}

static bool read_hours(struct ap_loader *l, const struct ap_yaml *node, struct ap_event_profile *profile)
{
    const char *text = node->text.text;

    if (ap_yaml_is_scalar(node) && node->text.len == strlen("hh:mm-hh:mm") && text[5] == '-') {
        profile->hours_from_min = minutes(text);
        profile->hours_to_min = minutes(text + 6);
        if (profile->hours_from_min >= 0 && profile->hours_to_min > profile->hours_from_min)
            return true;
    }
    return ap_load_error(l, node->at, "'work_hours' must be two times of one day in UTC, such as \"07:00-19:00\"");
}

static bool read_days(struct ap_loader *l, const struct ap_yaml *events, struct ap_event_profile *profile)
{
    static const char *const days[] = {"mon", "tue", "wed", "thu", "fri", "sat", "sun", NULL};
    const struct ap_yaml *const *items;
    size_t count, d;

    if (!ap_field_list(l, events, "work_days", &items, &count))
        return false;
    profile->work_days = 0;
    for (size_t i = 0; i < count; i++) {
        for (d = 0; days[d] != NULL && !ap_yaml_is(items[i], days[d]); d++)
            continue;
        if (days[d] == NULL)
            return ap_load_error(
                l, items[i]->at,
                "unknown day '%.40s' in 'work_days': it is one of mon, tue, wed, thu, fri, sat and sun",
                items[i]->text.text);
        profile->work_days = (uint8_t)(profile->work_days | 1U << d);
    }
    return true;
}

bool ap_profile_read(struct ap_loader *l, const struct ap_yaml *events)
{
    static const char *const words[] = {"unwrap", "time",      "partition",  "actor",     "address", "agent",
                                        "id",     "logsource", "work_hours", "work_days", NULL};
    struct ap_event_profile *profile = &l->list->profile;
    struct ap_text *fields[] = {&profile->unwrap,  &profile->time,  &profile->partition, &profile->actor,
                                &profile->address, &profile->agent, &profile->id};
    const struct ap_yaml *node;
    bool good;

    if (events->kind != AP_YAML_MAP)
        return ap_load_error(l, events->at, "'events' must be a mapping, not %s", ap_yaml_kind_name(events));
    good = ap_field_known(l, events, "'events'", words);
    for (size_t i = 0; i < sizeof fields / sizeof fields[0]; i++) {
        if (ap_yaml_get(events, words[i]) == NULL)
            continue;
        node = ap_field_scalar(l, events, words[i]);
        *fields[i] = node == NULL ? (struct ap_text){NULL, 0} : node->text;
    }
    node = ap_yaml_get(events, "logsource");
    if (node != NULL)
        good = read_logsources(l, node, profile) && good;
    node = ap_yaml_get(events, "work_hours");
    if (node != NULL)
        good = read_hours(l, node, profile) && good;
    return ap_yaml_get(events, "work_days") == NULL || read_days(l, events, profile) ? good : false;
}
