#include "auditproof/query.h"

#include <inttypes.h>
#include <string.h>

#include "auditproof/json.h"

enum { SALT_LEN = 16 };

/* Names of the filters whose values can name a person, and are not written down. */
static void put_withheld(struct ap_buf *out, const struct ap_query_filter *filter)
{
    const struct {
        const char *name;
        bool given;
    } filters[] = {{"email", filter->email != NULL}, {"ip", filter->address != NULL},
                   {"agent", filter->agent != NULL}, {"session", filter->session != NULL},
                   {"text", filter->word_count > 0}, {"where", filter->where_count > 0}};
    bool any = false;

    for (size_t i = 0; i < sizeof filters / sizeof filters[0]; i++) {
        if (!filters[i].given)
            continue;
        ap_buf_addf(out, any ? ",\"%s\"" : ",\"withheld\":[\"%s\"", filters[i].name);
        any = true;
    }
    if (any)
        ap_buf_addc(out, ']');
}

/* By which somebody who has the whole query can show that it is the one that was recorded. */
static enum ap_status put_digest(struct ap_buf *out, const struct ap_query_filter *filter, struct ap_error *err)
{
    struct ap_buf text = AP_BUF_INIT;
    struct ap_digest *digest = NULL;
    uint8_t salt[SALT_LEN], hash[AP_HASH_LEN];
    enum ap_status status = ap_random(salt, sizeof salt, err);

    ap_query_describe(&text, filter, true);
    if (status == AP_OK)
        status = ap_buf_check(&text, "a query", err);
    if (status == AP_OK)
        status = ap_digest_new(&digest, err);
    if (status == AP_OK) {
        struct ap_span spans[2] = {{salt, sizeof salt}, {text.data, text.len}};

        status = ap_digest_spans(digest, hash, spans, 2, err);
    }
    if (status == AP_OK) {
        ap_buf_adds(out, ",\"query\":{\"salt\":\"");
        ap_buf_add_hex(out, salt, sizeof salt);
        ap_buf_adds(out, "\",\"sha256\":\"");
        ap_buf_add_hex(out, hash, sizeof hash);
        ap_buf_adds(out, "\"}");
    }
    ap_digest_free(digest);
    ap_buf_free(&text);
    return status;
}

static enum ap_status describe(struct ap_buf *out, const struct ap_query_record *record, struct ap_error *err)
{
    enum ap_status status;

    ap_buf_adds(out, "{\"command\":");
    ap_json_string(out, record->command);
    ap_buf_adds(out, ",\"filters\":");
    ap_query_describe(out, record->filter, false);
    put_withheld(out, record->filter);
    status = put_digest(out, record->filter, err);
    if (record->counted)
        ap_buf_addf(out, ",\"rows\":%" PRIu64 ",\"more\":%s", record->rows, record->more ? "true" : "false");
    ap_buf_addf(out, ",\"proof\":%s}", record->proof ? "true" : "false");
    return status == AP_OK ? ap_buf_check(out, "what is recorded of a query", err) : status;
}

enum ap_status ap_query_record(struct ap_db *db, const struct ap_query_record *record, struct ap_uuid *id,
                               struct ap_error *err)
{
    struct ap_buf detail = AP_BUF_INIT;
    struct ap_rows *rows = NULL;
    char org[AP_UUID_TEXT_SIZE];
    const char *values[3] = {record->filter->has_org ? org : NULL, record->purpose, NULL};
    enum ap_status status = ap_db_query(db, ap_sql("queries/query_role"), 0, NULL, NULL, err);

    ap_uuid_format(org, &record->filter->org);
    if (status == AP_OK)
        status = describe(&detail, record, err);
    values[2] = ap_buf_str(&detail);
    if (status == AP_OK)
        status = ap_db_query(db, ap_sql("queries/query_record"), 3, values, &rows, err);
    if (status == AP_OK && id != NULL && !ap_uuid_parse(id, ap_rows_str(rows, 0, 0)))
        status = ap_fail(err, AP_EIO, "the server gave no id of the entry that records the query");
    ap_rows_free(rows);
    ap_buf_free(&detail);
    return status == AP_OK ? AP_OK : ap_error_prefix(err, "the query cannot be recorded, and so is not answered");
}
