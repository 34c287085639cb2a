/* What one entry's line shows by itself: its text and values against its hash. */
#include <string.h>

#include "auditproof/chain.h"
#include "check/check_internal.h"

static const char version[] = "auditproof/1";

bool event_text_split(struct ap_json_span columns[TEXT_COLUMNS], const struct ap_span *text)
{
    struct ap_json_reader reader;

    ap_json_reader_init(&reader, text->data, text->len);
    for (size_t i = 0; i < TEXT_COLUMNS; i++) {
        if (reader.at == reader.end || *reader.at != (i == 0 ? '[' : ','))
            return false;
        reader.at++;
        if (ap_json_read_value(&reader, &columns[i], NULL) != AP_OK || columns[i].kind == AP_JSON_ARRAY ||
            columns[i].kind == AP_JSON_OBJECT)
            return false;
        while (reader.at < reader.end && *reader.at == ' ')
            reader.at++;
    }
    return reader.end - reader.at == 1 && *reader.at == ']';
}

static bool is_of_chain(const struct ap_json_span *organization, const struct ap_uuid *chain)
{
    char text[AP_UUID_TEXT_SIZE];

    if (ap_uuid_equal(chain, &ap_uuid_nil))
        return organization->kind == AP_JSON_NULL;
    ap_uuid_format(text, chain);
    return organization->kind == AP_JSON_STRING && ap_json_string_is(organization, text, AP_UUID_TEXT_SIZE - 1);
}

static bool is_commitment(const struct ap_json_span *column, const uint8_t commitment[AP_HASH_LEN])
{
    char text[2 * AP_HASH_LEN];

    ap_hex_encode(text, commitment, AP_HASH_LEN);
    return column->kind == AP_JSON_STRING && ap_json_string_is(column, text, sizeof text);
}

/* *why is NULL when the values that are disclosed are those that the text commits to. */
static enum ap_status check_disclosed(struct check *check, const struct event_line *line,
                                      const struct ap_json_span *columns, const char **why, struct ap_error *err)
{
    static const uint8_t none[AP_SALT_LEN];
    uint8_t commitment[AP_HASH_LEN];
    enum ap_status status;

    for (size_t g = 0; g < AP_GROUPS; g++) {
        const struct disclosure *is = &line->disclosed[g];

        if (!is->there)
            continue;
        if (line->erased[g])
            *why = "it discloses a group that was erased";
        else if (memcmp(is->salt, none, sizeof none) == 0)
            *why = "a disclosed group's salt is none";
        if (*why != NULL)
            return AP_OK;
        status = ap_commitment(check->digest, commitment, is->salt, is->text.data, is->text.len, err);
        if (status != AP_OK)
            return status;
        if (!is_commitment(&columns[TEXT_COMMITMENTS + g], commitment)) {
            *why = "a disclosed group is not what its text commits to";
            return AP_OK;
        }
        check->report->disclosed[g]++;
    }
    return AP_OK;
}

static enum ap_status check_text(struct check *check, const struct event_line *line, const char **why,
                                 struct ap_error *err)
{
    struct ap_json_span columns[TEXT_COLUMNS];

    if (!event_text_split(columns, &line->text) || columns[TEXT_VERSION].kind != AP_JSON_STRING ||
        !ap_json_string_is(&columns[TEXT_VERSION], version, sizeof version - 1))
        *why = "its text is not an entry text of auditproof/1";
    else if (!is_of_chain(&columns[TEXT_ORGANIZATION], &check->report->about.chain))
        *why = "its text is of another organization";
    else
        return check_disclosed(check, line, columns, why, err);
    return AP_OK;
}

enum ap_status check_line(struct check *check, const struct event_line *line, const struct ap_hash *prev,
                          struct ap_error *err)
{
    struct ap_record record = {check->report->about.chain, line->seq, line->recorded_at_us, {0}};
    uint8_t hash[AP_HASH_LEN];
    const char *why = NULL;
    enum ap_status status = AP_OK;

    if (line->has_text)
        status = ap_digest_spans(check->digest, record.content_hash, &line->text, 1, err);
    else
        memcpy(record.content_hash, line->content_hash, AP_HASH_LEN);
    if (status == AP_OK && prev != NULL) {
        status = ap_record_hash(check->digest, hash, &record, prev->bytes, err);
        if (status == AP_OK && memcmp(hash, line->entry_hash.bytes, AP_HASH_LEN) != 0)
            why = "its text, its time and the hash before it do not give its hash";
    }
    if (status == AP_OK && why == NULL && line->has_text)
        status = check_text(check, line, &why, err);
    if (why != NULL)
        check_found(check, AP_FINDING_ALTERED, check->events.path, line->seq, "%s", why);
    return status;
}
