#include "json_put.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "auditproof/clock.h"
#include "auditproof/json.h"
#include "auditproof/utf8.h"

void json_add_key(struct ap_buf *out, const char *key)
{
    if (out->len > 0 && out->data[out->len - 1] != '{' && out->data[out->len - 1] != '[')
        ap_buf_adds(out, ",");
    ap_json_string(out, key);
    ap_buf_adds(out, ":");
}

/* The name of a file can be any bytes, and JSON is UTF-8: what is not becomes question marks. */
void json_add_text(struct ap_buf *out, const char *key, const char *value)
{
    struct ap_buf text = AP_BUF_INIT;
    size_t len = strlen(value);

    while (len > 0) {
        size_t valid = ap_utf8_valid(value, len);

        ap_buf_add(&text, value, valid);
        if (valid < len)
            ap_buf_addc(&text, '?');
        value += valid + (valid < len);
        len -= valid + (valid < len);
    }
    out->failed = out->failed || text.failed;
    json_add_key(out, key);
    ap_json_string_n(out, ap_buf_str(&text), text.len);
    ap_buf_free(&text);
}

void json_add_optional(struct ap_buf *out, const char *key, const char *value)
{
    if (value[0] != '\0')
        json_add_text(out, key, value);
}

void json_add_count(struct ap_buf *out, const char *key, uint64_t value)
{
    json_add_key(out, key);
    ap_buf_addf(out, "\"%" PRIu64 "\"", value);
}

void json_add_bool(struct ap_buf *out, const char *key, bool value)
{
    json_add_key(out, key);
    ap_buf_adds(out, value ? "true" : "false");
}

void json_add_uuid(struct ap_buf *out, const char *key, const struct ap_uuid *value)
{
    char text[AP_UUID_TEXT_SIZE];

    ap_uuid_format(text, value);
    json_add_text(out, key, text);
}

void json_add_time(struct ap_buf *out, const char *key, int64_t value_us)
{
    char text[AP_TIME_TEXT_SIZE];

    ap_time_format(text, value_us);
    json_add_text(out, key, text);
}

void json_put(struct ap_buf *out)
{
    if (out->failed)
        (void)fputs("{\"error\":\"out of memory for the report\"}", stdout);
    else
        (void)fwrite(ap_buf_str(out), 1, out->len, stdout);
    ap_buf_clear(out);
}

void json_add_finding(struct ap_buf *out, const struct ap_finding *finding, const char *type)
{
    ap_buf_adds(out, "{");
    if (type != NULL)
        json_add_text(out, "type", type);
    json_add_text(out, "kind", ap_finding_name(finding->kind));
    json_add_text(out, "severity", finding->severity == AP_SEVERITY_NOTICE ? "notice" : "finding");
    if (finding->has_chain)
        json_add_uuid(out, "chain", &finding->chain);
    if (finding->has_seq)
        json_add_count(out, "seq", finding->seq);
    if (finding->has_log_id)
        json_add_uuid(out, "log_id", &finding->log_id);
    json_add_optional(out, "object", finding->object);
    json_add_optional(out, "expected", finding->expected);
    json_add_optional(out, "found", finding->found);
    json_add_optional(out, "detail", finding->detail);
    ap_buf_adds(out, "}");
}
