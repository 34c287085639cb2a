#include "auditproof/statement.h"

#include <stdbool.h>

#include "auditproof/dsse.h"
#include "auditproof/file.h"
#include "auditproof/json.h"

static void add_thing(struct ap_buf *out, const struct ap_statement_thing *thing)
{
    char hex[2 * AP_HASH_LEN];

    ap_hex_encode(hex, thing->sha256, AP_HASH_LEN);
    ap_buf_adds(out, "{\"name\":");
    ap_json_string(out, thing->name);
    ap_buf_addf(out, ",\"digest\":{\"sha256\":\"%.*s\"}}", (int)sizeof hex, hex);
}

/* A ResourceDescriptor needs a URI, a digest or its content: the build's package URL. */
static void add_tool(struct ap_buf *out, const struct ap_statement *statement)
{
    bool first = true;

    ap_buf_adds(out, "{\"name\":");
    ap_json_string(out, statement->tool);
    ap_buf_addf(out, ",\"uri\":\"pkg:generic/auditproof@%s\",\"annotations\":{", ap_version());
    for (size_t i = 0; i < statement->fact_count; i++) {
        if (statement->facts[i].value == NULL)
            continue;
        if (!first)
            ap_buf_addc(out, ',');
        first = false;
        ap_json_string(out, statement->facts[i].name);
        ap_buf_addc(out, ':');
        ap_json_string(out, statement->facts[i].value);
    }
    ap_buf_adds(out, "}}");
}

static void add_checks(struct ap_buf *out, const char *member, const char *const *names)
{
    ap_buf_addf(out, ",\"%s\":[", member);
    for (size_t i = 0; names != NULL && names[i] != NULL; i++) {
        if (i > 0)
            ap_buf_addc(out, ',');
        ap_json_string(out, names[i]);
    }
    ap_buf_addc(out, ']');
}

void ap_statement_text(struct ap_buf *out, const struct ap_statement *statement)
{
    static const char *const results[] = {
        [AP_STATEMENT_PASSED] = "PASSED", [AP_STATEMENT_WARNED] = "WARNED", [AP_STATEMENT_FAILED] = "FAILED"};

    ap_buf_adds(out, "{\"_type\":\"https://in-toto.io/Statement/v1\",\"subject\":[");
    for (size_t i = 0; i < statement->subject_count; i++) {
        if (i > 0)
            ap_buf_addc(out, ',');
        add_thing(out, &statement->subjects[i]);
    }
    ap_buf_addf(out,
                "],\"predicateType\":\"https://in-toto.io/attestation/test-result/v0.1\",\"predicate\":{\"result\":"
                "\"%s\",\"configuration\":[",
                results[statement->result]);
    add_tool(out, statement);
    for (size_t i = 0; i < statement->configuration_count; i++) {
        ap_buf_addc(out, ',');
        add_thing(out, &statement->configuration[i]);
    }
    ap_buf_addc(out, ']');
    add_checks(out, "passedTests", statement->passed);
    add_checks(out, "warnedTests", statement->warned);
    add_checks(out, "failedTests", statement->failed);
    ap_buf_adds(out, "}}");
}

enum ap_status ap_statement_write(const char *path, const struct ap_statement *statement,
                                  const struct ap_signing_key *key, struct ap_error *err)
{
    struct ap_buf text = AP_BUF_INIT, envelope = AP_BUF_INIT;
    enum ap_status status;

    ap_statement_text(&text, statement);
    status = ap_buf_check(&text, "a statement", err);
    if (status == AP_OK)
        status = ap_dsse_seal(&envelope, AP_STATEMENT_TYPE, text.data, text.len, key, err);
    if (status == AP_OK)
        status = ap_file_replace(path, envelope.data, envelope.len, err);
    ap_buf_free(&text);
    ap_buf_free(&envelope);
    return status;
}
