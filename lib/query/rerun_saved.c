/* What is kept of a search. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "auditproof/json.h"
#include "auditproof/json_read.h"
#include "auditproof/rerun.h"
#include "field.h"
#include "format_internal.h"

static const char format[] = "auditproof-query/1";

static void put_flag(struct ap_buf *out, const char *name, bool value)
{
    field_name(out, name);
    ap_buf_adds(out, value ? "true" : "false");
}

void ap_saved_put(struct ap_buf *out, const struct ap_saved_query *saved, const struct ap_query_head *head,
                  const char *purpose)
{
    ap_buf_addc(out, '{');
    field_string(out, "format", format);
    field_string(out, "program", head->program);
    field_string(out, "version", head->version);
    field_string(out, "database", head->database);
    field_string(out, "role", head->role);
    field_time(out, "time", true, head->now_us);
    field_string(out, "purpose", purpose);
    field_string(out, "command", head->command);
    field_name(out, "filters");
    ap_query_describe(out, &saved->filter, true);
    put_flag(out, "reverse", saved->reverse);
    put_flag(out, "proof", saved->proof);
    field_name(out, "rows");
    ap_buf_addf(out, "%" PRIu64, saved->rows);
    field_name(out, "failed");
    ap_buf_addf(out, "%" PRIu64, saved->failed);
    put_flag(out, "more", saved->more);
    field_string(out, "through", saved->through[0] != '\0' ? saved->through : NULL);
    ap_buf_adds(out, "}\n");
}

static bool is_name(const struct ap_json_span *key, const char *name)
{
    return ap_json_string_is(key, name, strlen(name));
}

static bool take_flag(bool *out, const struct ap_json_span *value)
{
    *out = value->kind == AP_JSON_TRUE;
    return value->kind == AP_JSON_TRUE || value->kind == AP_JSON_FALSE;
}

static bool take_through(struct ap_saved_query *saved, const struct ap_json_span *value)
{
    if (value->kind == AP_JSON_NULL)
        return true;
    if (value->kind != AP_JSON_STRING || value->len != AP_QUERY_CURSOR_SIZE + 1)
        return false;
    memcpy(saved->through, value->text + 1, AP_QUERY_CURSOR_SIZE - 1);
    return true;
}

static bool take_database(struct ap_saved_query *saved, const struct ap_json_span *value)
{
    struct ap_buf text = AP_BUF_INIT;

    if (value->kind == AP_JSON_NULL)
        return true;
    if (value->kind != AP_JSON_STRING || saved->database != NULL)
        return false;
    ap_json_decode(value, &text);
    saved->database = ap_arena_copy(&saved->arena, ap_buf_str(&text), text.len);
    saved->arena.failed = saved->arena.failed || text.failed;
    ap_buf_free(&text);
    return true;
}

static enum ap_status take(struct ap_saved_query *saved, const struct ap_json_span *key,
                           const struct ap_json_span *value, bool *known, struct ap_error *err)
{
    bool sound = true;

    if (is_name(key, "format"))
        sound = *known = value->kind == AP_JSON_STRING && is_name(value, format);
    else if (is_name(key, "database"))
        sound = take_database(saved, value);
    else if (is_name(key, "command"))
        sound = value->kind == AP_JSON_STRING && is_name(value, "search");
    else if (is_name(key, "filters"))
        return ap_query_restore(&saved->filter, &saved->arena, value->text, value->len, err);
    else if (is_name(key, "reverse"))
        sound = take_flag(&saved->reverse, value);
    else if (is_name(key, "proof"))
        sound = take_flag(&saved->proof, value);
    else if (is_name(key, "more"))
        sound = take_flag(&saved->more, value);
    else if (is_name(key, "through"))
        sound = take_through(saved, value);
    return sound ? AP_OK : ap_fail(err, AP_EINPUT, "%.*s is not as a kept search has it", (int)key->len, key->text);
}

enum ap_status ap_saved_parse(struct ap_saved_query *out, const char *json, size_t len, struct ap_error *err)
{
    struct ap_json_reader reader;
    struct ap_json_span whole, key, value;
    size_t at;
    bool more = true, known = false;
    enum ap_status status;

    memset(out, 0, sizeof *out);
    ap_arena_init(&out->arena, 8 * (size_t)AP_SAVED_QUERY_MAX);
    if (len > AP_SAVED_QUERY_MAX)
        return ap_fail(err, AP_EINPUT, "it is longer than %d bytes", AP_SAVED_QUERY_MAX);
    status = ap_json_check(json, len, &whole, &at, err);
    ap_json_reader_init(&reader, json, len);
    if (status == AP_OK)
        status = ap_json_read_open(&reader, err);
    while (status == AP_OK && more) {
        status = ap_json_read_member(&reader, &more, &key, &value, err);
        if (status == AP_OK && more)
            status = take(out, &key, &value, &known, err);
    }
    if (status == AP_OK)
        status = ap_arena_check(&out->arena, "a query", err);
    if (status == AP_OK && !known)
        status = ap_fail(err, AP_EINPUT, "it is no search that was kept");
    return status;
}

enum ap_status ap_saved_entry(struct ap_buf *out, const struct ap_query_entry *entry, struct ap_error *err)
{
    query_put_json(out, entry);
    ap_buf_addc(out, '\n');
    return ap_buf_check(out, "an entry", err);
}

enum ap_status ap_saved_heads(struct ap_buf *out, uint64_t *count, struct ap_db *db,
                              const struct ap_query_filter *filter, struct ap_error *err)
{
    char chain[AP_UUID_TEXT_SIZE], most[16];
    const char *values[2] = {filter->has_org ? chain : NULL, most};
    struct ap_rows *rows = NULL;
    enum ap_status status;

    ap_uuid_format(chain, &filter->org);
    (void)snprintf(most, sizeof most, "%d", AP_SAVED_HEADS_MAX + 1);
    status = ap_db_query(db, ap_sql("queries/query_heads_hash"), 2, values, &rows, err);
    *count = status == AP_OK ? ap_rows_count(rows) : 0;
    if (*count > AP_SAVED_HEADS_MAX)
        status =
            ap_fail(err, AP_ELIMIT, "there are more than %d chains: ask about one organization", AP_SAVED_HEADS_MAX);
    for (size_t i = 0; status == AP_OK && i < *count; i++)
        ap_buf_addf(out, "{\"chain_id\":\"%s\",\"seq\":%s,\"entry_hash\":\"%s\"}\n", ap_rows_str(rows, i, 0),
                    ap_rows_str(rows, i, 1), ap_rows_str(rows, i, 2));
    ap_rows_free(rows);
    return status == AP_OK ? ap_buf_check(out, "heads of chains", err) : status;
}
