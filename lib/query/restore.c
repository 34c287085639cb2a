/* A filter from its description. */
#include <string.h>

#include "auditproof/clock.h"
#include "auditproof/json_read.h"
#include "auditproof/rerun.h"

/* Texts of a list: as many as options take. */
enum { LIST_MAX = 64 };

struct restoring {
    struct ap_query_filter *filter;
    struct ap_arena *arena;
};

static bool is_name(const struct ap_json_span *key, const char *name)
{
    return ap_json_string_is(key, name, strlen(name));
}

static bool take_text(const struct restoring *r, const char **out, const struct ap_json_span *value)
{
    struct ap_buf text = AP_BUF_INIT;

    if (value->kind != AP_JSON_STRING || *out != NULL)
        return false;
    ap_json_decode(value, &text);
    *out = ap_arena_copy(r->arena, ap_buf_str(&text), text.len);
    r->arena->failed = r->arena->failed || text.failed;
    ap_buf_free(&text);
    return *out != NULL;
}

static bool take_uuid(const struct ap_json_span *value, bool *has, struct ap_uuid *out)
{
    char text[AP_UUID_TEXT_SIZE];

    if (value->kind != AP_JSON_STRING || value->len != AP_UUID_TEXT_SIZE + 1 || *has)
        return false;
    memcpy(text, value->text + 1, AP_UUID_TEXT_SIZE - 1);
    text[AP_UUID_TEXT_SIZE - 1] = '\0';
    return *has = ap_uuid_parse(out, text);
}

static bool take_time(const struct ap_json_span *value, bool *has, int64_t *out)
{
    char text[AP_TIME_TEXT_SIZE];
    struct ap_error unused;

    if (value->kind != AP_JSON_STRING || value->len - 2 >= sizeof text || *has)
        return false;
    memcpy(text, value->text + 1, value->len - 2);
    text[value->len - 2] = '\0';
    return *has = ap_time_parse(out, text, 0, &unused) == AP_OK;
}

/* The elements of an array that was checked as JSON. */
static bool take_list(const struct restoring *r, const char *const **out, size_t *count,
                      const struct ap_json_span *value)
{
    const char **items;
    struct ap_json_reader reader;

    if (value->kind != AP_JSON_ARRAY || *count > 0)
        return false;
    items = ap_arena_alloc(r->arena, LIST_MAX, sizeof *items);
    ap_json_reader_init(&reader, value->text + 1, value->len - 2);
    while (items != NULL && *count < LIST_MAX) {
        struct ap_json_span item;
        struct ap_error unused;

        while (reader.at < reader.end && strchr(" \t\r\n,", *reader.at) != NULL)
            reader.at++;
        if (reader.at == reader.end)
            break;
        if (ap_json_read_value(&reader, &item, &unused) != AP_OK || !take_text(r, &items[*count], &item))
            return false;
        ++*count;
    }
    *out = items;
    return items != NULL && reader.at == reader.end && *count > 0;
}

static bool take_risk(const struct restoring *r, const struct ap_json_span *value)
{
    const char *const *levels = NULL;
    size_t count = 0;

    if (r->filter->risk != 0 || !take_list(r, &levels, &count, value))
        return false;
    for (size_t i = 0; i < count; i++) {
        struct ap_error unused;
        unsigned level;

        if (ap_query_parse_risk(&level, levels[i], &unused) != AP_OK || (level & (level - 1)) != 0)
            return false;
        r->filter->risk |= level;
    }
    return true;
}

static bool take_some(const struct restoring *r, const struct ap_json_span *key, const struct ap_json_span *value)
{
    struct ap_query_filter *filter = r->filter;

    if (is_name(key, "org"))
        return take_uuid(value, &filter->has_org, &filter->org);
    if (is_name(key, "id"))
        return take_uuid(value, &filter->has_id, &filter->id);
    if (is_name(key, "actor"))
        return take_uuid(value, &filter->has_actor, &filter->actor);
    if (is_name(key, "resource_id"))
        return take_uuid(value, &filter->has_resource, &filter->resource);
    if (is_name(key, "since"))
        return take_time(value, &filter->has_since, &filter->since_us);
    if (is_name(key, "until"))
        return take_time(value, &filter->has_until, &filter->until_us);
    if (is_name(key, "action"))
        return take_list(r, &filter->actions, &filter->action_count, value);
    if (is_name(key, "text"))
        return take_list(r, &filter->words, &filter->word_count, value);
    if (is_name(key, "where"))
        return take_list(r, &filter->where, &filter->where_count, value);
    return is_name(key, "risk") && take_risk(r, value);
}

static bool take(const struct restoring *r, const struct ap_json_span *key, const struct ap_json_span *value)
{
    const struct {
        const char *name, **text;
    } texts[] = {{"resource_type", &r->filter->resource_type},
                 {"rule", &r->filter->rule},
                 {"email", &r->filter->email},
                 {"ip", &r->filter->address},
                 {"agent", &r->filter->agent},
                 {"session", &r->filter->session}};

    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        if (is_name(key, texts[i].name))
            return take_text(r, texts[i].text, value);
    return take_some(r, key, value);
}

enum ap_status ap_query_restore(struct ap_query_filter *out, struct ap_arena *arena, const char *json, size_t len,
                                struct ap_error *err)
{
    struct restoring r = {out, arena};
    struct ap_json_reader reader;
    struct ap_json_span whole, key, value;
    size_t at;
    bool more = true;
    enum ap_status status = ap_json_check(json, len, &whole, &at, err);

    memset(out, 0, sizeof *out);
    ap_json_reader_init(&reader, json, len);
    if (status == AP_OK)
        status = ap_json_read_open(&reader, err);
    while (status == AP_OK && more) {
        status = ap_json_read_member(&reader, &more, &key, &value, err);
        if (status == AP_OK && more && !take(&r, &key, &value))
            status =
                ap_fail(err, AP_EINPUT, "%.*s is no filter of a search", key.len > 80 ? 80 : (int)key.len, key.text);
    }
    if (status == AP_OK)
        status = ap_arena_check(arena, "a filter", err);
    if (status == AP_OK && out->address != NULL)
        status = ap_query_check_address(out->address, err);
    return status == AP_OK ? ap_query_check_where(out, err) : status;
}
