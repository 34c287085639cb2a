#include "auditproof/query.h"

#include "auditproof/json.h"
#include "field.h"

static void put_text(struct ap_buf *out, const char *name, const char *value)
{
    if (value != NULL)
        field_string(out, name, value);
}

static void put_uuid(struct ap_buf *out, const char *name, bool given, const struct ap_uuid *value)
{
    if (given)
        field_uuid(out, name, true, value);
}

static void put_time(struct ap_buf *out, const char *name, bool given, int64_t value)
{
    if (given)
        field_time(out, name, true, value);
}

static void put_list(struct ap_buf *out, const char *name, const char *const *items, size_t count)
{
    if (count == 0)
        return;
    field_name(out, name);
    for (size_t i = 0; i < count; i++) {
        ap_buf_addc(out, i == 0 ? '[' : ',');
        ap_json_string(out, items[i]);
    }
    ap_buf_addc(out, ']');
}

static void put_risk(struct ap_buf *out, unsigned risk)
{
    static const char *const levels[] = {"low", "medium", "high", "critical"};
    const char *chosen[sizeof levels / sizeof levels[0]];
    size_t count = 0;

    for (size_t i = 0; i < sizeof levels / sizeof levels[0]; i++)
        if ((risk & 1U << i) != 0)
            chosen[count++] = levels[i];
    put_list(out, "risk", chosen, count);
}

/* What is told here with `personal`, ap_query_restore reads. */
void ap_query_describe(struct ap_buf *out, const struct ap_query_filter *filter, bool personal)
{
    ap_buf_addc(out, '{');
    put_uuid(out, "org", filter->has_org, &filter->org);
    put_uuid(out, "id", filter->has_id, &filter->id);
    put_uuid(out, "actor", filter->has_actor, &filter->actor);
    put_list(out, "action", filter->actions, filter->action_count);
    put_text(out, "resource_type", filter->resource_type);
    put_uuid(out, "resource_id", filter->has_resource, &filter->resource);
    put_risk(out, filter->risk);
    put_text(out, "rule", filter->rule);
    put_time(out, "since", filter->has_since, filter->since_us);
    put_time(out, "until", filter->has_until, filter->until_us);
    if (personal) {
        put_text(out, "email", filter->email);
        put_text(out, "ip", filter->address);
        put_text(out, "agent", filter->agent);
        put_text(out, "session", filter->session);
        put_list(out, "text", filter->words, filter->word_count);
        put_list(out, "where", filter->where, filter->where_count);
    }
    ap_buf_addc(out, '}');
}
