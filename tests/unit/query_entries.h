/* Entries that a search may find, from the plain to the hostile, and formats that write them. */
#ifndef QUERY_ENTRIES_H
#define QUERY_ENTRIES_H

#include <string.h>

#include "auditproof/query.h"

static inline struct ap_value text_value(const char *text)
{
    return (struct ap_value){text, strlen(text)};
}

static inline struct ap_uuid uuid_of(uint8_t last)
{
    struct ap_uuid uuid = {{0x5e, 0xed}};

    uuid.bytes[AP_UUID_LEN - 1] = last;
    return uuid;
}

/* What the platform writes: somebody changed a role. */
static inline struct ap_query_entry plain_entry(void)
{
    struct ap_query_entry entry = {
        .row = {.id = uuid_of(1),
                .organization_id = {true, uuid_of(2)},
                .actor_id = {true, uuid_of(3)},
                .actor_email = text_value("anna@example.com"),
                .actor_role = text_value("admin"),
                .action = text_value("team.member.role_updated"),
                .resource_type = text_value("team_member"),
                .resource_id = {true, uuid_of(4)},
                .old_values = text_value("{\"role\": \"agent\"}"),
                .new_values = text_value("{\"role\": \"admin\"}"),
                .risk_level = text_value("high"),
                .ip_address = {true, false, 32, {192, 0, 2, 10}},
                .user_agent = text_value("Mozilla/5.0"),
                .metadata = text_value("{}"),
                .session_id = text_value("s-1")},
        .has_created = true,
        .created_us = INT64_C(1795362374123456),
        .chained = true,
        .chain = uuid_of(2),
        .seq = 7,
        .recorded_us = INT64_C(1795362374200000),
        .looked_for_findings = true,
        .level = text_value("high"),
    };

    memset(entry.content_hash, 0xc0, AP_HASH_LEN);
    memset(entry.entry_hash, 0xe1, AP_HASH_LEN);
    return entry;
}

/* The least that the table takes. */
static inline struct ap_query_entry bare_entry(void)
{
    return (struct ap_query_entry){
        .row = {.id = uuid_of(9), .action = text_value(""), .resource_type = text_value("")},
        .level = text_value("low"),
    };
}

#define HOSTILE                                                                                                        \
    "a\"b\\c]d|e=f,g;\r\nh\ti\x1b[31mj\xc2\x9bk\xe2\x80\xael\xd7\xa9m\xe6\x97\xa5\xf0\x9f\x94\x91n\xcc\x81' <o>&%s\\n"

/* In every text that somebody can choose, what means something to one of the formats. */
static inline struct ap_query_entry hostile_entry(void)
{
    struct ap_query_entry entry = plain_entry();

    entry.row.actor_email = entry.row.actor_role = entry.row.action = entry.row.resource_type = entry.row.user_agent =
        entry.row.session_id = text_value(HOSTILE);
    entry.row.old_values = entry.row.new_values = entry.row.metadata =
        text_value("{\"a\\\"b\\\\]|=\\n\\u001b\": [\"\xc2\x9b\xe2\x80\xae\xe6\x97\xa5\", 1.50, null]}");
    return entry;
}

/* What a format makes of entries, with its begin and end. Free *out. */
static inline enum ap_status write_entries(struct ap_buf *out, const char *name, const struct ap_query_head *head,
                                           const struct ap_query_look *look, const struct ap_query_entry *entries,
                                           size_t count, struct ap_error *err)
{
    const struct ap_query_format *format = ap_query_format(name);
    struct ap_query_output output = {.out = out, .head = head, .look = look};
    struct ap_query_tail tail = {.entries = count};
    enum ap_status status = format->begin != NULL ? format->begin(&output, err) : AP_OK;

    for (size_t i = 0; status == AP_OK && i < count; i++, output.written++)
        status = format->entry(&output, &entries[i], err);
    if (status == AP_OK && format->end != NULL)
        status = format->end(&output, &tail, err);
    if (format->close != NULL)
        format->close(&output);
    return status;
}

#endif
