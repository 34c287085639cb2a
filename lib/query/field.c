#include "field.h"

#include <inttypes.h>

#include "auditproof/clock.h"
#include "auditproof/json.h"

void field_name(struct ap_buf *out, const char *name)
{
    ap_buf_addf(out, "%s\"%s\":", out->len > 0 && out->data[out->len - 1] != '{' ? "," : "", name);
}

void field_text(struct ap_buf *out, const char *name, const struct ap_value *value)
{
    field_name(out, name);
    if (value->data == NULL)
        ap_buf_adds(out, "null");
    else
        ap_json_string_n(out, value->data, value->len);
}

void field_json(struct ap_buf *out, const char *name, const struct ap_value *value)
{
    field_name(out, name);
    if (value->data == NULL)
        ap_buf_adds(out, "null");
    else
        ap_buf_add(out, value->data, value->len);
}

void field_string(struct ap_buf *out, const char *name, const char *text)
{
    field_name(out, name);
    ap_json_string(out, text);
}

void field_uuid(struct ap_buf *out, const char *name, bool present, const struct ap_uuid *value)
{
    char text[AP_UUID_TEXT_SIZE];

    ap_uuid_format(text, value);
    field_string(out, name, present ? text : NULL);
}

void field_time(struct ap_buf *out, const char *name, bool present, int64_t time_us)
{
    char text[AP_TIME_TEXT_SIZE];

    ap_time_format(text, time_us);
    field_string(out, name, present ? text : NULL);
}

void field_inet(struct ap_buf *out, const char *name, const struct ap_inet *inet)
{
    char text[AP_INET_TEXT_SIZE] = "";

    if (inet->present)
        ap_inet_format(text, inet);
    field_string(out, name, inet->present ? text : NULL);
}

void field_hash(struct ap_buf *out, const char *name, const uint8_t hash[AP_HASH_LEN])
{
    field_name(out, name);
    ap_buf_addc(out, '"');
    ap_buf_add_hex(out, hash, AP_HASH_LEN);
    ap_buf_addc(out, '"');
}

void field_int(struct ap_buf *out, const char *name, int64_t value)
{
    field_name(out, name);
    ap_buf_addf(out, "%" PRId64, value);
}
