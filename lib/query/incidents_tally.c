/* What there is in an incident, and how often. */
#include <stdlib.h>
#include <string.h>

#include "incidents_internal.h"

static const char *const levels[] = {"informational", "low", "medium", "high", "critical"};

void incident_forget(struct ap_incidents *incidents)
{
    free(incidents->items);
    free(incidents->entries);
    for (int i = 0; i < LISTS; i++)
        free(incidents->lists[i]);
    incidents->items = NULL;
    incidents->entries = NULL;
    memset(incidents->lists, 0, sizeof incidents->lists);
}

static int by_text(const void *a, const void *b)
{
    const struct tally_item *x = a, *y = b;

    if (x->text != y->text)
        return x->text < y->text ? -1 : 1;
    if (x->level != y->level)
        return x->level > y->level ? -1 : 1;
    return x->more < y->more ? -1 : x->more > y->more;
}

/* Room for what can be counted in a group. */
static enum ap_status make_items(struct ap_incidents *incidents, const struct group *group, struct ap_error *err)
{
    size_t most = group->count;

    for (size_t i = 0; i < group->count; i++)
        most += incidents->events[group->first + i].finding_count;
    free(incidents->items);
    incidents->items = calloc(most, sizeof *incidents->items);
    return incidents->items == NULL ? ap_fail_memory(err, "an incident") : AP_OK;
}

/* What is to be counted of an event, appended to the items. */
static size_t take(struct ap_incidents *incidents, const struct event *event, int list, size_t count)
{
    struct tally_item *items = incidents->items;
    uint32_t text = AP_INTERN_NONE, more = AP_INTERN_NONE;

    if (list == LIST_RULES) {
        if (event->finding_count > 0)
            memcpy(items + count, incidents->findings + event->first_finding, event->finding_count * sizeof *items);
        return count + event->finding_count;
    }
    if (list == LIST_WHO) {
        text = event->account != AP_INTERN_NONE ? event->account : event->mail;
        more = event->account != AP_INTERN_NONE ? event->mail : AP_INTERN_NONE;
    } else {
        text = list == LIST_ADDRESSES ? event->address : list == LIST_SESSIONS ? event->session : event->action;
    }
    if (text == AP_INTERN_NONE)
        return count;
    items[count] = (struct tally_item){text, more, -1};
    return count + 1;
}

/* Equal ones together. */
static size_t collect(struct ap_incidents *incidents, const struct group *group, int list)
{
    size_t count = 0;

    for (size_t i = 0; i < group->count; i++)
        count = take(incidents, &incidents->events[group->first + i], list, count);
    if (count > 0)
        qsort(incidents->items, count, sizeof *incidents->items, by_text);
    return count;
}

enum ap_status incident_rules(struct ap_incidents *incidents, const struct group *group, size_t *out,
                              struct ap_error *err)
{
    enum ap_status status = make_items(incidents, group, err);
    size_t count;

    *out = 0;
    if (status != AP_OK)
        return status;
    count = collect(incidents, group, LIST_RULES);
    for (size_t i = 0; i < count; i++)
        *out += i == 0 || incidents->items[i].text != incidents->items[i - 1].text;
    return AP_OK;
}

static int level_of(const struct ap_incident_tally *tally)
{
    int level = (int)(sizeof levels / sizeof *levels);

    while (--level >= 0 && levels[level] != tally->level)
        continue;
    return level;
}

static int by_weight(const void *a, const void *b)
{
    const struct ap_incident_tally *x = a, *y = b;
    int p = level_of(x), q = level_of(y);

    if (p != q)
        return p > q ? -1 : 1;
    if (x->count != y->count)
        return x->count > y->count ? -1 : 1;
    return strcmp(x->text, y->text);
}

static const char *text_of(const struct ap_incidents *incidents, uint32_t number)
{
    return number != AP_INTERN_NONE ? incidents->texts.keys[number].bytes : NULL;
}

static enum ap_status make_list(struct ap_incidents *incidents, const struct group *group, int list,
                                struct ap_incident_list *out, struct ap_error *err)
{
    size_t items = collect(incidents, group, list), count = 0;
    struct ap_incident_tally *tallies = calloc(items + 1, sizeof *tallies);

    incidents->lists[list] = tallies;
    if (tallies == NULL)
        return ap_fail_memory(err, "an incident");
    for (size_t i = 0; i < items; i++) {
        const struct tally_item *item = &incidents->items[i];

        if (i == 0 || item->text != incidents->items[i - 1].text) {
            tallies[count].text = text_of(incidents, item->text);
            tallies[count].more = text_of(incidents, item->more);
            tallies[count].level = item->level >= 0 ? levels[item->level] : NULL;
            count++;
        }
        tallies[count - 1].count++;
    }
    qsort(tallies, count, sizeof *tallies, by_weight);
    *out = (struct ap_incident_list){tallies, count};
    return AP_OK;
}

static enum ap_status make_entries(struct ap_incidents *incidents, const struct group *group, struct ap_incident *out,
                                   struct ap_error *err)
{
    const struct event *events = incidents->events + group->first;
    struct ap_incident_entry *entries = calloc(group->count, sizeof *entries);

    incidents->entries = entries;
    if (entries == NULL)
        return ap_fail_memory(err, "an incident");
    out->worst = group->count;
    for (size_t i = 0; i < group->count; i++) {
        const struct event *event = &events[i];

        entries[i] = (struct ap_incident_entry){event->id,   event->time_us,       event->chained,
                                                event->seq,  levels[event->level], text_of(incidents, event->action),
                                                event->proof};
        if (event->level == group->level && out->worst == group->count)
            out->worst = i;
        out->failed += event->proof == AP_QUERY_FAILED;
    }
    out->entries = entries;
    out->entry_count = group->count;
    return AP_OK;
}

enum ap_status ap_incidents_get(struct ap_incidents *incidents, size_t index, struct ap_incident *out,
                                struct ap_error *err)
{
    const struct group *group = &incidents->groups[index];
    struct ap_incident_list *const lists[LISTS] = {&out->who, &out->addresses, &out->sessions, &out->rules,
                                                   &out->actions};
    enum ap_status status;

    memset(out, 0, sizeof *out);
    incident_forget(incidents);
    out->org = incidents->events[group->first].org;
    out->level = levels[group->level];
    out->first_us = incidents->events[group->first].time_us;
    out->last_us = group->last_us;
    status = make_items(incidents, group, err);
    for (int i = 0; status == AP_OK && i < LISTS; i++)
        status = make_list(incidents, group, i, lists[i], err);
    return status == AP_OK ? make_entries(incidents, group, out, err) : status;
}
