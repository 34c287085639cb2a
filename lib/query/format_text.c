/* What several formats say of an entry in the same words. */
#include <string.h>

#include "auditproof/clock.h"
#include "format_internal.h"

static bool is_finite(int64_t time_us)
{
    return time_us != AP_TIME_INFINITY && time_us != AP_TIME_MINUS_INFINITY;
}

bool query_when(const struct ap_query_entry *entry, int64_t *time_us)
{
    bool created = entry->has_created && is_finite(entry->created_us);

    *time_us = created ? entry->created_us : entry->recorded_us;
    return created || entry->chained;
}

void query_put_time(struct ap_buf *out, int64_t time_us)
{
    char text[AP_TIME_TEXT_SIZE];

    if (is_finite(time_us))
        time_us -= time_us % AP_US_PER_SECOND + (time_us % AP_US_PER_SECOND < 0 ? AP_US_PER_SECOND : 0);
    ap_time_format(text, time_us);
    for (char *t = text; *t != '\0'; t++)
        *t = *t == 'T' ? ' ' : *t;
    ap_buf_adds(out, text);
}

bool query_is_rfc3339(int64_t time_us)
{
    return time_us >= ap_days_from_civil(0, 1, 1) * AP_US_PER_DAY &&
           time_us < ap_days_from_civil(10000, 1, 1) * AP_US_PER_DAY;
}

bool query_is_host(const struct ap_inet *inet)
{
    return inet->present && inet->prefix == (inet->v6 ? 128 : 32);
}

static void put_value(struct ap_buf *out, const struct ap_value *value)
{
    if (value->data != NULL)
        ap_buf_add(out, value->data, value->len);
}

static void put_id(struct ap_buf *out, const struct ap_uuid *id)
{
    char text[AP_UUID_TEXT_SIZE];

    ap_uuid_format(text, id);
    ap_buf_adds(out, text);
}

void query_put_actor(struct ap_buf *out, const struct ap_query_entry *entry)
{
    if (entry->row.actor_email.data != NULL)
        put_value(out, &entry->row.actor_email);
    else if (entry->row.actor_id.present)
        put_id(out, &entry->row.actor_id.value);
    else if (entry->erased[AP_GROUP_ACTOR] || entry->erased[AP_GROUP_ACCOUNT])
        ap_buf_adds(out, "(erased)");
}

void query_put_resource(struct ap_buf *out, const struct ap_query_entry *entry)
{
    put_value(out, &entry->row.resource_type);
    if (entry->row.resource_id.present) {
        ap_buf_addc(out, '/');
        put_id(out, &entry->row.resource_id.value);
    } else if (entry->erased[AP_GROUP_CONTENT]) {
        ap_buf_adds(out, "/(erased)");
    }
}

void query_put_sentence(struct ap_buf *out, const struct ap_query_entry *entry)
{
    char address[AP_INET_TEXT_SIZE];
    size_t before;

    put_value(out, &entry->row.action);
    ap_buf_adds(out, " by ");
    before = out->len;
    query_put_actor(out, entry);
    if (out->len == before)
        ap_buf_adds(out, "nobody named");
    if (entry->row.actor_role.data != NULL) {
        ap_buf_adds(out, " (");
        put_value(out, &entry->row.actor_role);
        ap_buf_addc(out, ')');
    }
    ap_buf_adds(out, " on ");
    query_put_resource(out, entry);
    if (entry->row.ip_address.present) {
        ap_inet_format(address, &entry->row.ip_address);
        ap_buf_addf(out, " from %s", address);
    }
}

void query_put_rules(struct ap_buf *out, const struct ap_query_entry *entry)
{
    for (size_t i = 0; i < entry->finding_count; i++) {
        ap_buf_adds(out, i > 0 ? " " : "");
        put_value(out, &entry->findings[i].rule);
    }
}

void query_put_erased(struct ap_buf *out, const struct ap_query_entry *entry)
{
    const char *gap = "";

    for (int g = 0; g < AP_GROUPS; g++) {
        if (!entry->erased[g])
            continue;
        ap_buf_adds(out, gap);
        ap_buf_adds(out, ap_group_name((enum ap_group)g));
        gap = " ";
    }
}

void query_put_proof(struct ap_buf *out, const struct ap_query_entry *entry)
{
    if (entry->proof == AP_QUERY_VERIFIED)
        ap_buf_adds(out, "verified");
    else if (entry->proof == AP_QUERY_FAILED)
        ap_buf_addf(out, "failed: %s", entry->why);
}

int query_level_of(const struct ap_value *level)
{
    static const char *const names[] = {"informational", "low", "medium", "high", "critical"};

    for (int i = 0; i < 5; i++)
        if (level->data != NULL && level->len == strlen(names[i]) && memcmp(level->data, names[i], level->len) == 0)
            return i;
    return 1;
}

const char *query_level_colour(int level)
{
    static const char *const colours[] = {"", "", "\x1b[33m", "\x1b[31m", "\x1b[1;31m"};

    return colours[level];
}

int query_level(const struct ap_query_entry *entry)
{
    return query_level_of(&entry->level);
}
