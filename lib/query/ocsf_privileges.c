#include <string.h>

#include "auditproof/json_read.h"
#include "ocsf_class.h"

/* Appends an element to the array in out, or only counts it. */
static size_t put_privilege(struct ap_buf *out, const struct ap_json_span *value, size_t count)
{
    if (value->kind != AP_JSON_STRING)
        return count;
    if (out != NULL) {
        ap_buf_adds(out, count > 0 ? "," : "");
        ap_buf_add(out, value->text, value->len);
    }
    return count + 1;
}

/* A string, or the strings of an array. */
static size_t put_value(struct ap_buf *out, const struct ap_json_span *value, size_t count)
{
    struct ap_json_reader reader;
    struct ap_json_span element;

    if (value->kind != AP_JSON_ARRAY)
        return put_privilege(out, value, count);
    /* What the array holds is between its brackets. */
    ap_json_reader_init(&reader, value->text + 1, value->len - 2);
    while (ap_json_read_value(&reader, &element, NULL) == AP_OK) {
        count = put_privilege(out, &element, count);
        while (reader.at < reader.end && (*reader.at == ',' || *reader.at == ' '))
            reader.at++;
    }
    return count;
}

static bool names_privileges(const struct ap_json_span *key, bool revoked)
{
    static const char *const names[] = {"role", "roles", "permission", "permissions", "privilege", "privileges"};
    const char *other = revoked ? "old_role" : "new_role";

    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        if (ap_json_string_is(key, names[i], strlen(names[i])))
            return true;
    return ap_json_string_is(key, other, strlen(other));
}

static size_t put_object(struct ap_buf *out, const struct ap_value *object, bool revoked, size_t count)
{
    struct ap_json_reader reader;
    struct ap_json_span key, value;
    bool more = true;

    if (object->data == NULL)
        return count;
    ap_json_reader_init(&reader, object->data, object->len);
    if (ap_json_read_open(&reader, NULL) != AP_OK)
        return count;
    while (ap_json_read_member(&reader, &more, &key, &value, NULL) == AP_OK && more)
        if (names_privileges(&key, revoked))
            count = put_value(out, &value, count);
    return count;
}

size_t ocsf_put_privileges(struct ap_buf *out, const struct ap_query_entry *entry, bool revoked)
{
    size_t count = put_object(out, revoked ? &entry->row.old_values : &entry->row.new_values, revoked, 0);

    return count > 0 ? count : put_object(out, &entry->row.metadata, revoked, 0);
}
