#include "auditproof/incidents.h"

#include <stdlib.h>
#include <string.h>

#include "format_internal.h"
#include "incidents_internal.h"

/* Spaces of the texts: those to print, and those that link entries, which begin with the organization. */
enum { TEXTS, BY_ACCOUNT, BY_MAIL, BY_SESSION, BY_ADDRESS, BY_ACTION };

enum ap_status ap_incidents_new(struct ap_incidents **out, int64_t window_us, struct ap_error *err)
{
    struct ap_incidents *incidents = calloc(1, sizeof *incidents);

    *out = incidents;
    if (incidents == NULL)
        return ap_fail_memory(err, "incidents");
    incidents->window_us = (uint64_t)window_us;
    ap_arena_init(&incidents->arena, 0);
    ap_intern_init(&incidents->texts, &incidents->arena);
    return AP_OK;
}

void ap_incidents_free(struct ap_incidents *incidents)
{
    if (incidents == NULL)
        return;
    ap_intern_free(&incidents->texts);
    ap_arena_free(&incidents->arena);
    free(incidents->events);
    free(incidents->findings);
    free(incidents->groups);
    incident_forget(incidents);
    free(incidents);
}

/* No longer than what is kept, and no character cut in two. */
static size_t cut(const char *text, size_t len)
{
    if (len <= AP_INCIDENT_TEXT_MAX)
        return len;
    for (len = AP_INCIDENT_TEXT_MAX; len > 0 && ((unsigned char)text[len] & 0xC0) == 0x80;)
        len--;
    return len;
}

/* Who writes an empty address of mail or session says nothing by it, and is not one with all others who do. */
static bool is_none(const struct ap_value *value)
{
    return value->data == NULL || value->len == 0;
}

static enum ap_status add_text(struct ap_incidents *incidents, const struct ap_value *value, uint32_t *out,
                               struct ap_error *err)
{
    *out = AP_INTERN_NONE;
    if (value->data == NULL)
        return AP_OK;
    return ap_intern_add(&incidents->texts, TEXTS, value->data, cut(value->data, value->len), out, err);
}

/* Addresses of mail are the same in any case. */
static enum ap_status add_link(struct ap_incidents *incidents, struct event *event, uint32_t space,
                               const struct ap_value *value, struct ap_error *err)
{
    char key[AP_UUID_LEN + AP_INCIDENT_TEXT_MAX];
    size_t len;

    if (is_none(value))
        return AP_OK;
    len = cut(value->data, value->len);
    memcpy(key, event->org.bytes, AP_UUID_LEN);
    memcpy(key + AP_UUID_LEN, value->data, len);
    for (size_t i = AP_UUID_LEN; space == BY_MAIL && i < AP_UUID_LEN + len; i++)
        if (key[i] >= 'A' && key[i] <= 'Z')
            key[i] = (char)(key[i] - 'A' + 'a');
    return ap_intern_add(&incidents->texts, space, key, AP_UUID_LEN + len, &event->links[event->link_count++], err);
}

static enum ap_status add_links(struct ap_incidents *incidents, struct event *event, const struct ap_entry *row,
                                const struct ap_value *account, const struct ap_value *address, struct ap_error *err)
{
    enum ap_status status = add_link(incidents, event, BY_ACCOUNT, account, err);

    if (status == AP_OK)
        status = add_link(incidents, event, BY_MAIL, &row->actor_email, err);
    if (status == AP_OK)
        status = add_link(incidents, event, BY_SESSION, &row->session_id, err);
    if (status == AP_OK && event->link_count == 0)
        status = add_link(incidents, event, BY_ADDRESS, address, err);
    if (status == AP_OK && event->link_count == 0)
        status = add_link(incidents, event, BY_ACTION, &row->action, err);
    return status;
}

static enum ap_status add_finding(struct ap_incidents *incidents, const struct ap_query_finding *finding,
                                  struct ap_error *err)
{
    struct tally_item item = {AP_INTERN_NONE, AP_INTERN_NONE, query_level_of(&finding->level)};
    enum ap_status status = add_text(incidents, &finding->rule, &item.text, err);

    if (status == AP_OK)
        status = add_text(incidents, &finding->title, &item.more, err);
    if (status == AP_OK && incidents->finding_count == incidents->finding_cap) {
        size_t cap = incidents->finding_cap == 0 ? 256 : 2 * incidents->finding_cap;
        struct tally_item *grown = reallocarray(incidents->findings, cap, sizeof *grown);

        if (grown == NULL)
            return ap_fail_memory(err, "findings");
        incidents->findings = grown;
        incidents->finding_cap = cap;
    }
    if (status == AP_OK)
        incidents->findings[incidents->finding_count++] = item;
    return status;
}

static enum ap_status new_event(struct ap_incidents *incidents, struct event **out, struct ap_error *err)
{
    if (incidents->count == incidents->cap) {
        size_t cap = incidents->cap == 0 ? 256 : 2 * incidents->cap;
        struct event *grown = reallocarray(incidents->events, cap, sizeof *grown);

        if (grown == NULL)
            return ap_fail_memory(err, "incidents");
        incidents->events = grown;
        incidents->cap = cap;
    }
    *out = &incidents->events[incidents->count];
    memset(*out, 0, sizeof **out);
    return AP_OK;
}

static enum ap_status add_texts(struct ap_incidents *incidents, struct event *event, const struct ap_entry *row,
                                const struct ap_value *account, const struct ap_value *address, struct ap_error *err)
{
    enum ap_status status = add_text(incidents, account, &event->account, err);

    event->mail = event->session = AP_INTERN_NONE;
    if (status == AP_OK && !is_none(&row->actor_email))
        status = add_text(incidents, &row->actor_email, &event->mail, err);
    if (status == AP_OK && !is_none(&row->session_id))
        status = add_text(incidents, &row->session_id, &event->session, err);
    if (status == AP_OK)
        status = add_text(incidents, address, &event->address, err);
    return status == AP_OK ? add_text(incidents, &row->action, &event->action, err) : status;
}

enum ap_status ap_incidents_add(struct ap_incidents *incidents, const struct ap_query_entry *entry,
                                struct ap_error *err)
{
    const struct ap_entry *row = &entry->row;
    struct ap_value account = {NULL, 0}, address = {NULL, 0};
    char id[AP_UUID_TEXT_SIZE], inet[AP_INET_TEXT_SIZE];
    struct event *event;
    enum ap_status status = new_event(incidents, &event, err);

    if (status != AP_OK)
        return status;
    event->org = entry->chain;
    event->id = row->id;
    event->time_us = entry->created_us;
    event->chained = entry->chained;
    event->seq = entry->seq;
    event->level = query_level(entry);
    event->proof = entry->proof;
    if (row->actor_id.present) {
        ap_uuid_format(id, &row->actor_id.value);
        account = (struct ap_value){id, strlen(id)};
    }
    if (row->ip_address.present) {
        ap_inet_format(inet, &row->ip_address);
        address = (struct ap_value){inet, strlen(inet)};
    }
    status = add_links(incidents, event, row, &account, &address, err);
    if (status == AP_OK)
        status = add_texts(incidents, event, row, &account, &address, err);
    event->first_finding = incidents->finding_count;
    for (size_t i = 0; status == AP_OK && i < entry->finding_count && i < AP_INCIDENT_FINDINGS_MAX; i++)
        status = add_finding(incidents, &entry->findings[i], err);
    event->finding_count = incidents->finding_count - event->first_finding;
    incidents->count += status == AP_OK;
    return status;
}
