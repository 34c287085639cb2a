/* One line of NDJSON into the cells of an entry, and what NDJSON and CSV share. */
#include <string.h>

#include "auditproof/json.h"
#include "auditproof/json_read.h"
#include "entry_internal.h"

/* So that looking for repeated names among them takes no time to speak of. */
enum { MAX_UNKNOWN = 256 };

const struct column entry_columns[AP_ENTRY_COLUMNS] = {
    [AP_ENTRY_ID] = {"id", AP_OID_UUID, AP_OID_UUID_ARRAY},
    [AP_ENTRY_ORGANIZATION_ID] = {"organization_id", AP_OID_UUID, AP_OID_UUID_ARRAY},
    [AP_ENTRY_ACTOR_ID] = {"actor_id", AP_OID_UUID, AP_OID_UUID_ARRAY},
    [AP_ENTRY_ACTOR_EMAIL] = {"actor_email", AP_OID_TEXT, AP_OID_TEXT_ARRAY},
    [AP_ENTRY_ACTOR_ROLE] = {"actor_role", AP_OID_TEXT, AP_OID_TEXT_ARRAY},
    [AP_ENTRY_ACTION] = {"action", AP_OID_TEXT, AP_OID_TEXT_ARRAY},
    [AP_ENTRY_RESOURCE_TYPE] = {"resource_type", AP_OID_TEXT, AP_OID_TEXT_ARRAY},
    [AP_ENTRY_RESOURCE_ID] = {"resource_id", AP_OID_UUID, AP_OID_UUID_ARRAY},
    [AP_ENTRY_OLD_VALUES] = {"old_values", AP_OID_JSONB, AP_OID_JSONB_ARRAY},
    [AP_ENTRY_NEW_VALUES] = {"new_values", AP_OID_JSONB, AP_OID_JSONB_ARRAY},
    [AP_ENTRY_RISK_LEVEL] = {"risk_level", AP_OID_TEXT, AP_OID_TEXT_ARRAY},
    [AP_ENTRY_IP_ADDRESS] = {"ip_address", AP_OID_INET, AP_OID_INET_ARRAY},
    [AP_ENTRY_USER_AGENT] = {"user_agent", AP_OID_TEXT, AP_OID_TEXT_ARRAY},
    [AP_ENTRY_METADATA] = {"metadata", AP_OID_JSONB, AP_OID_JSONB_ARRAY},
    [AP_ENTRY_SESSION_ID] = {"session_id", AP_OID_TEXT, AP_OID_TEXT_ARRAY},
    [AP_ENTRY_CREATED_AT] = {"created_at", AP_OID_TIMESTAMPTZ, AP_OID_TIMESTAMPTZ_ARRAY},
};

enum ap_entry_column ap_entry_column_find(const char *name, size_t len)
{
    for (enum ap_entry_column c = 0; c < AP_ENTRY_COLUMNS; c++)
        if (strlen(entry_columns[c].name) == len && memcmp(entry_columns[c].name, name, len) == 0)
            return c;
    return AP_ENTRY_COLUMNS;
}

const char *ap_entry_column_name(enum ap_entry_column column)
{
    return entry_columns[column].name;
}

void ap_draft_free(struct ap_draft *entry)
{
    ap_buf_free(&entry->plain);
    ap_buf_free(&entry->extra);
}

void entry_reset(struct ap_draft *entry)
{
    memset(entry->cells, 0, sizeof entry->cells);
    ap_buf_clear(&entry->plain);
    ap_buf_clear(&entry->extra);
}

/* Whether two names, as they stand in JSON, are the same one. */
static bool same_name(const struct ap_json_span *a, const struct ap_json_span *b)
{
    struct ap_buf plain = AP_BUF_INIT;
    bool same;

    if (memchr(b->text, '\\', b->len) == NULL)
        return ap_json_string_is(a, b->text + 1, b->len - 2);
    ap_json_decode(b, &plain);
    same = ap_json_string_is(a, ap_buf_str(&plain), plain.len);
    ap_buf_free(&plain);
    return same;
}

/* Refuse a name that is in the object `text` already: jsonb would keep the last of the two without a word. */
static enum ap_status refuse_repeated(const struct ap_json_span *name, const char *text, size_t len,
                                      struct ap_error *err)
{
    struct ap_json_reader r;
    struct ap_json_span key, value;
    bool more = true;
    enum ap_status status;

    ap_json_reader_init(&r, text, len);
    status = ap_json_read_open(&r, err);
    while (status == AP_OK) {
        status = ap_json_read_member(&r, &more, &key, &value, err);
        if (status != AP_OK || !more)
            break;
        if (key.text != name->text && same_name(name, &key))
            return ap_fail(err, AP_EINPUT, "metadata would have two members %.*s", name->len > 80 ? 80 : (int)name->len,
                           name->text);
    }
    return status;
}

/* No unknown member may hide another, nor one that metadata, an object, has itself. */
static enum ap_status check_names(const struct ap_cell *metadata, const struct ap_buf *extra, struct ap_error *err)
{
    struct ap_json_reader r;
    struct ap_json_span key, value;
    bool more = true;
    enum ap_status status;
    size_t count = 0;

    ap_json_reader_init(&r, extra->data, extra->len);
    status = ap_json_read_open(&r, err);
    while (status == AP_OK) {
        status = ap_json_read_member(&r, &more, &key, &value, err);
        if (status != AP_OK || !more)
            break;
        if (++count > MAX_UNKNOWN)
            return ap_fail(err, AP_EINPUT, "more than %d members that are no columns", MAX_UNKNOWN);
        status = refuse_repeated(&key, extra->data, extra->len, err);
        if (status == AP_OK && metadata->kind == AP_CELL_JSON)
            status = refuse_repeated(&key, metadata->text, metadata->len, err);
    }
    return status;
}

enum ap_status entry_add_extra(struct ap_draft *entry, size_t *offset, struct ap_error *err)
{
    struct ap_cell *metadata = &entry->cells[AP_ENTRY_METADATA];
    struct ap_buf *extra = &entry->extra;
    enum ap_status status;

    if (extra->len == 0)
        return AP_OK;
    *offset = metadata->offset;
    ap_buf_addc(extra, '}');
    if (ap_buf_check(extra, "metadata", err) != AP_OK)
        return AP_ENOMEM;
    if (metadata->kind == AP_CELL_JSON && metadata->text[0] != '{')
        return ap_fail(err, AP_EINPUT, "metadata is not an object, so unknown members cannot go into it");
    status = check_names(metadata, extra, err);
    if (status != AP_OK)
        return status;
    if (metadata->kind == AP_CELL_JSON) {
        /* {"unknown":1} and {…} become {"unknown":1,…}; an empty object needs no comma. */
        extra->len--;
        if (metadata->text[1 + strspn(metadata->text + 1, " \t\r\n")] != '}')
            ap_buf_addc(extra, ',');
        ap_buf_add(extra, metadata->text + 1, metadata->len - 1);
    }
    *metadata = (struct ap_cell){AP_CELL_JSON, extra->data, extra->len, metadata->offset};
    return ap_buf_check(extra, "metadata", err);
}

/* The start of the next member of the unknown ones; its name and value follow. */
static void extra_separator(struct ap_buf *extra)
{
    ap_buf_addc(extra, extra->len == 0 ? '{' : ',');
}

void entry_extra_text(struct ap_draft *entry, const char *name, const char *text, size_t len)
{
    extra_separator(&entry->extra);
    ap_json_string(&entry->extra, name);
    ap_buf_addc(&entry->extra, ':');
    ap_json_string_n(&entry->extra, text, len);
}

static enum ap_status unknown_member(struct ap_draft *entry, enum ap_unknown unknown, const struct ap_json_span *key,
                                     const struct ap_json_span *value, struct ap_error *err)
{
    switch (unknown) {
    case AP_UNKNOWN_IGNORE:
        return AP_OK;
    case AP_UNKNOWN_METADATA:
        extra_separator(&entry->extra);
        ap_buf_add(&entry->extra, key->text, key->len);
        ap_buf_addc(&entry->extra, ':');
        ap_buf_add(&entry->extra, value->text, value->len);
        return AP_OK;
    case AP_UNKNOWN_FAIL:
        break;
    }
    return ap_fail(err, AP_EINPUT, "%.*s is no column of audit_logs (--unknown=metadata would keep it)",
                   key->len > 80 ? 80 : (int)key->len, key->text);
}

/* A string's characters: its own bytes where nothing is escaped, else appended to entry->plain, which is fixed up. */
static void text_cell(struct ap_draft *entry, struct ap_cell *cell, const struct ap_json_span *value)
{
    cell->kind = AP_CELL_TEXT;
    if (memchr(value->text, '\\', value->len) == NULL) {
        cell->text = value->text + 1;
        cell->len = value->len - 2;
        return;
    }
    cell->text = NULL;
    cell->len = entry->plain.len;
    ap_json_decode(value, &entry->plain);
    cell->len = entry->plain.len - cell->len;
}

static enum ap_status known_member(struct ap_draft *entry, enum ap_entry_column c, const struct ap_json_span *value,
                                   struct ap_error *err)
{
    struct ap_cell *cell = &entry->cells[c];
    uint32_t type = entry_columns[c].type;

    if (cell->kind != AP_CELL_ABSENT)
        return ap_fail(err, AP_EINPUT, "%s is there twice", entry_columns[c].name);
    if (value->kind == AP_JSON_NULL) {
        cell->kind = AP_CELL_NULL;
    } else if (type == AP_OID_JSONB) {
        *cell = (struct ap_cell){AP_CELL_JSON, value->text, value->len, cell->offset};
    } else if (value->kind == AP_JSON_STRING) {
        text_cell(entry, cell, value);
    } else if (value->kind == AP_JSON_NUMBER && type == AP_OID_TIMESTAMPTZ) {
        *cell = (struct ap_cell){AP_CELL_TEXT, value->text, value->len, cell->offset};
    } else {
        return ap_fail(err, AP_EINPUT, "%s must be a string%s, not %s", entry_columns[c].name,
                       type == AP_OID_TIMESTAMPTZ ? " or number" : "", ap_json_kind_name(value->kind));
    }
    return AP_OK;
}

/* Decoded strings lie in entry->plain in the order they were met, which order[] remembers. */
static void point_into_plain(struct ap_draft *entry, const enum ap_entry_column *order, size_t count)
{
    size_t used = 0;

    for (size_t i = 0; i < count; i++) {
        struct ap_cell *cell = &entry->cells[order[i]];

        if (cell->kind != AP_CELL_TEXT || cell->text != NULL)
            continue;
        cell->text = ap_buf_str(&entry->plain) + used;
        used += cell->len;
    }
}

static enum ap_entry_column column_of(const struct ap_json_span *key)
{
    for (enum ap_entry_column c = 0; c < AP_ENTRY_COLUMNS; c++)
        if (ap_json_string_is(key, entry_columns[c].name, strlen(entry_columns[c].name)))
            return c;
    return AP_ENTRY_COLUMNS;
}

static enum ap_status read_members(struct ap_draft *entry, struct ap_json_reader *r, const char *line,
                                   enum ap_unknown unknown, struct ap_error *err)
{
    enum ap_entry_column order[AP_ENTRY_COLUMNS];
    size_t count = 0;
    enum ap_status status = ap_json_read_open(r, err);

    while (status == AP_OK) {
        struct ap_json_span key, value;
        enum ap_entry_column c;
        const char *after;
        bool more;

        status = ap_json_read_member(r, &more, &key, &value, err);
        if (status != AP_OK || !more)
            break;
        after = r->at;
        c = column_of(&key);
        r->at = c == AP_ENTRY_COLUMNS ? key.text : value.text;
        if (c == AP_ENTRY_COLUMNS) {
            status = unknown_member(entry, unknown, &key, &value, err);
        } else {
            entry->cells[c].offset = (size_t)(value.text - line);
            status = known_member(entry, c, &value, err);
            if (status == AP_OK)
                order[count++] = c;
        }
        if (status == AP_OK)
            r->at = after;
    }
    point_into_plain(entry, order, count);
    return status;
}

enum ap_status ap_draft_from_ndjson(struct ap_draft *entry, const char *line, size_t len, enum ap_unknown unknown,
                                    size_t *offset, struct ap_error *err)
{
    struct ap_json_reader r;
    enum ap_status status;

    entry_reset(entry);
    ap_json_reader_init(&r, line, len);
    status = read_members(entry, &r, line, unknown, err);
    if (status == AP_OK)
        status = ap_json_read_end(&r, err);
    if (status == AP_OK)
        status = ap_buf_check(&entry->plain, "a line", err);
    *offset = (size_t)(r.at - line);
    if (status == AP_OK)
        status = entry_add_extra(entry, offset, err);
    return status;
}
