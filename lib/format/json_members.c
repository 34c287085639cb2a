#include "format/json_members.h"

#include <stdlib.h>
#include <string.h>

#include "auditproof/bytes.h"

/* A name as it stands, and as what it is compared: characters, not escapes. */
struct key_name {
    size_t at, len; /* in the text of all names */
};

struct name_walk {
    struct ap_buf text; /* of all names of the objects that are open */
    struct key_name *names;
    size_t count, room;
    size_t first[AP_JSON_MAX_DEPTH]; /* of each open object; of an array, none */
    bool object[AP_JSON_MAX_DEPTH];
    size_t depth;
};

static enum ap_status push_name(struct name_walk *walk, const struct ap_json_span *key, struct ap_error *err)
{
    struct key_name *name;

    if (walk->count == walk->room) {
        size_t room = walk->room == 0 ? 64 : walk->room * 2;
        struct key_name *more = realloc(walk->names, room * sizeof *more);

        if (more == NULL)
            return ap_fail_memory(err, "the names in a JSON text");
        walk->names = more;
        walk->room = room;
    }
    name = &walk->names[walk->count++];
    name->at = walk->text.len;
    ap_json_decode(key, &walk->text);
    name->len = walk->text.len - name->at;
    return ap_buf_check(&walk->text, "the names in a JSON text", err);
}

static int compare_names(const void *left, const void *right, void *text)
{
    const struct key_name *a = left, *b = right;
    int order = memcmp((const char *)text + a->at, (const char *)text + b->at, a->len < b->len ? a->len : b->len);

    return order != 0 ? order : (a->len > b->len) - (a->len < b->len);
}

/* The innermost object ends: its names are sorted, so that equals are neighbours, and forgotten. */
static enum ap_status pop_names(struct name_walk *walk, struct ap_error *err)
{
    size_t first = walk->first[walk->depth], count = walk->count - first;
    struct key_name *names;
    char nothing[] = "";
    /* Names that are all empty have taken no memory. */
    char *text = walk->text.data != NULL ? walk->text.data : nothing;

    if (count == 0)
        return AP_OK;
    names = walk->names + first;
    qsort_r(names, count, sizeof *names, compare_names, text);
    for (size_t i = 1; i < count; i++)
        if (compare_names(&names[i - 1], &names[i], text) == 0)
            return ap_fail(err, AP_EINPUT, "an object has a member twice");
    walk->count = first;
    return AP_OK;
}

/* Past the string that begins at p, of a text that was checked. */
static const char *string_end(const char *p)
{
    for (p++; *p != '"'; p++)
        if (*p == '\\')
            p++;
    return p + 1;
}

static enum ap_status walk_string(struct name_walk *walk, const char **at, const char *end, struct ap_error *err)
{
    struct ap_json_span key = {AP_JSON_STRING, *at, 0};
    const char *p = string_end(*at);

    key.len = (size_t)(p - *at);
    *at = p;
    while (p < end && (*p == ' ' || *p == '\t' || *p == '\n' || *p == '\r'))
        p++;
    return p < end && *p == ':' ? push_name(walk, &key, err) : AP_OK;
}

/* Of JSON that was checked, brackets, quotes and colons tell all that is asked here. */
static enum ap_status walk_names(struct name_walk *walk, const char *at, const char *end, struct ap_error *err)
{
    enum ap_status status = AP_OK;

    while (at < end && status == AP_OK) {
        if (*at == '"') {
            status = walk_string(walk, &at, end, err);
            continue;
        }
        if (*at == '{' || *at == '[') {
            walk->object[walk->depth] = *at == '{';
            walk->first[walk->depth++] = walk->count;
        } else if (*at == '}' || *at == ']') {
            walk->depth--;
            if (walk->object[walk->depth])
                status = pop_names(walk, err);
        }
        at++;
    }
    return status;
}

enum ap_status json_check_unique(const char *text, size_t len, struct ap_error *err)
{
    struct name_walk *walk;
    struct ap_json_span value;
    enum ap_status status = ap_json_check(text, len, &value, NULL, err);

    if (status != AP_OK)
        return status;
    walk = calloc(1, sizeof *walk);
    if (walk == NULL)
        return ap_fail_memory(err, "the names in a JSON text");
    status = walk_names(walk, text, text + len, err);
    ap_buf_free(&walk->text);
    free(walk->names);
    free(walk);
    return status;
}

enum ap_status members_read(struct json_members *out, const char *text, size_t len, struct ap_error *err)
{
    struct ap_json_reader reader;
    struct json_member member, *more;
    size_t room = 0;
    bool any = true;
    enum ap_status status;

    memset(out, 0, sizeof *out);
    ap_json_reader_init(&reader, text, len);
    status = ap_json_read_open(&reader, NULL) == AP_OK ? AP_OK : ap_fail(err, AP_EINPUT, "it is not an object");
    while (status == AP_OK && any) {
        status = ap_json_read_member(&reader, &any, &member.key, &member.value, err);
        if (status != AP_OK || !any)
            break;
        if (out->count == room) {
            room = room == 0 ? 32 : room * 2;
            more = realloc(out->items, room * sizeof *more);
            if (more == NULL)
                return ap_fail_memory(err, "the members of a JSON object");
            out->items = more;
        }
        out->items[out->count++] = member;
    }
    return status;
}

void members_free(struct json_members *members)
{
    free(members->items);
    memset(members, 0, sizeof *members);
}

const struct ap_json_span *members_get(const struct json_members *members, const char *name)
{
    for (size_t i = 0; i < members->count; i++)
        if (ap_json_string_is(&members->items[i].key, name, strlen(name)))
            return &members->items[i].value;
    return NULL;
}

bool json_is_null(const struct ap_json_span *value)
{
    return value != NULL && value->kind == AP_JSON_NULL;
}

bool json_int(const struct ap_json_span *value, int64_t *out)
{
    bool negative = value != NULL && value->len > 0 && value->text[0] == '-';
    uint64_t number = 0, most = negative ? UINT64_C(1) << 63 : INT64_MAX;

    if (value == NULL || value->kind != AP_JSON_NUMBER)
        return false;
    for (size_t i = negative; i < value->len; i++) {
        unsigned digit = (unsigned)(value->text[i] - '0');

        if (digit > 9 || number > (most - digit) / 10)
            return false;
        number = number * 10 + digit;
    }
    *out = negative ? (int64_t)(0 - number) : (int64_t)number;
    return true;
}

bool json_count(const struct ap_json_span *value, uint64_t *out)
{
    int64_t number;

    if (!json_int(value, &number) || number < 0)
        return false;
    *out = (uint64_t)number;
    return true;
}

bool json_text(const struct ap_json_span *value, char *out, size_t size)
{
    struct ap_buf text = AP_BUF_INIT;
    bool fits;

    /* An escape is six characters for one. */
    if (value == NULL || value->kind != AP_JSON_STRING || value->len > 6 * size + 2)
        return false;
    ap_json_decode(value, &text);
    fits = !text.failed && text.len < size && memchr(ap_buf_str(&text), '\0', text.len) == NULL;
    if (fits)
        memcpy(out, ap_buf_str(&text), text.len + 1);
    ap_buf_free(&text);
    return fits;
}

static bool is_lower_hex(const char *text, size_t len)
{
    for (size_t i = 0; i < len; i++)
        if (!(text[i] >= '0' && text[i] <= '9') && !(text[i] >= 'a' && text[i] <= 'f'))
            return false;
    return true;
}

bool json_hex(const struct ap_json_span *value, uint8_t *out, size_t len)
{
    enum { MOST = 256 };
    char text[MOST + 1];

    return 2 * len <= MOST && json_text(value, text, sizeof text) && strlen(text) == 2 * len &&
           is_lower_hex(text, 2 * len) && ap_hex_decode(out, len, text);
}

bool json_uuid(const struct ap_json_span *value, struct ap_uuid *out)
{
    char text[AP_UUID_TEXT_SIZE], again[AP_UUID_TEXT_SIZE];

    if (!json_text(value, text, sizeof text) || strlen(text) != AP_UUID_TEXT_SIZE - 1 || !ap_uuid_parse(out, text))
        return false;
    ap_uuid_format(again, out);
    return strcmp(text, again) == 0;
}

bool items_open(struct ap_json_reader *reader, const struct ap_json_span *list)
{
    if (list == NULL || list->kind != AP_JSON_ARRAY)
        return false;
    ap_json_reader_init(reader, list->text + 1, list->len - 2);
    return true;
}

bool items_next(struct ap_json_reader *reader, struct ap_json_span *out)
{
    while (reader->at < reader->end && strchr(" \t\r\n,", *reader->at) != NULL)
        reader->at++;
    return reader->at < reader->end && ap_json_read_value(reader, out, NULL) == AP_OK;
}

bool json_hashes(const struct ap_json_span *value, struct ap_hash *out, size_t most, size_t *count)
{
    struct ap_json_reader reader;
    struct ap_json_span item;

    *count = 0;
    if (!items_open(&reader, value))
        return false;
    while (items_next(&reader, &item))
        if (*count == most || !json_hex(&item, out[(*count)++].bytes, AP_HASH_LEN))
            return false;
    return true;
}
