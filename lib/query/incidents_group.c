/* Which entries belong together, and which incident is the worst. */
#include <stdlib.h>
#include <string.h>

#include "incidents_internal.h"

static int by_time(const void *a, const void *b)
{
    const struct event *x = a, *y = b;

    if (x->time_us != y->time_us)
        return x->time_us < y->time_us ? -1 : 1;
    return memcmp(x->id.bytes, y->id.bytes, AP_UUID_LEN);
}

static int by_group(const void *a, const void *b)
{
    const struct event *x = a, *y = b;

    if (x->group != y->group)
        return x->group < y->group ? -1 : 1;
    return by_time(a, b);
}

/* The event that stands for its group: the first of it. */
static size_t find(struct event *events, size_t at)
{
    while (events[at].group != at) {
        events[at].group = events[events[at].group].group;
        at = events[at].group;
    }
    return at;
}

static void join(struct event *events, size_t a, size_t b)
{
    a = find(events, a);
    b = find(events, b);
    if (a < b)
        events[b].group = a;
    else
        events[a].group = b;
}

/* In the order of their times, each is linked to the one before it with the same link. */
static enum ap_status link_events(struct ap_incidents *incidents, struct ap_error *err)
{
    struct event *events = incidents->events;
    size_t *last = calloc((size_t)incidents->texts.count + 1, sizeof *last); /* number of an event + 1 */

    if (last == NULL)
        return ap_fail_memory(err, "incidents");
    for (size_t i = 0; i < incidents->count; i++) {
        events[i].group = i;
        for (unsigned k = 0; k < events[i].link_count; k++) {
            size_t before = last[events[i].links[k]];

            if (before > 0 &&
                (uint64_t)events[i].time_us - (uint64_t)events[before - 1].time_us <= incidents->window_us)
                join(events, before - 1, i);
            last[events[i].links[k]] = i + 1;
        }
    }
    for (size_t i = 0; i < incidents->count; i++)
        events[i].group = find(events, i);
    free(last);
    return AP_OK;
}

/* The events of a group stand together now. */
static enum ap_status make_groups(struct ap_incidents *incidents, struct ap_error *err)
{
    const struct event *events = incidents->events;
    struct group *group = NULL;
    enum ap_status status = AP_OK;

    incidents->groups = calloc(incidents->count + 1, sizeof *incidents->groups);
    if (incidents->groups == NULL)
        return ap_fail_memory(err, "incidents");
    for (size_t i = 0; i < incidents->count; i++) {
        if (i == 0 || events[i].group != events[i - 1].group) {
            group = &incidents->groups[incidents->group_count++];
            group->first = i;
        }
        group->count++;
        group->last_us = events[i].time_us;
        if (events[i].level > group->level)
            group->level = events[i].level;
    }
    for (size_t i = 0; status == AP_OK && i < incidents->group_count; i++)
        status = incident_rules(incidents, &incidents->groups[i], &incidents->groups[i].rules, err);
    return status;
}

static int by_badness(const void *a, const void *b)
{
    const struct group *x = a, *y = b;

    if (x->level != y->level)
        return x->level > y->level ? -1 : 1;
    if (x->rules != y->rules)
        return x->rules > y->rules ? -1 : 1;
    if (x->count != y->count)
        return x->count > y->count ? -1 : 1;
    if (x->last_us != y->last_us)
        return x->last_us > y->last_us ? -1 : 1;
    return x->first < y->first ? -1 : x->first > y->first;
}

enum ap_status ap_incidents_group(struct ap_incidents *incidents, struct ap_error *err)
{
    enum ap_status status;

    if (incidents->count > 0)
        qsort(incidents->events, incidents->count, sizeof *incidents->events, by_time);
    status = link_events(incidents, err);
    if (status == AP_OK && incidents->count > 0)
        qsort(incidents->events, incidents->count, sizeof *incidents->events, by_group);
    if (status == AP_OK)
        status = make_groups(incidents, err);
    if (status == AP_OK)
        qsort(incidents->groups, incidents->group_count, sizeof *incidents->groups, by_badness);
    return status;
}

size_t ap_incidents_count(const struct ap_incidents *incidents)
{
    return incidents->group_count;
}
