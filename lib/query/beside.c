#include "found.h"

#include <stdlib.h>
#include <string.h>

#include "format_internal.h"
#include "prove.h"
#include "statement.h"

/* Columns of queries/query_chained and query_findings; what decode_chained reads begins at C_ENTRY. */
enum {
    C_N,
    C_ENTRY,
    C_COMMITMENTS = C_ENTRY + ENTRY_COLUMNS,
    C_BEFORE = C_COMMITMENTS + AP_GROUPS,
    C_AFTER,
    C_END = C_AFTER + 3
};
enum { F_N, F_RULE, F_TITLE, F_LEVEL, F_RULESET };

void beside_free(struct beside *beside)
{
    ap_rows_free(beside->chained);
    ap_rows_free(beside->findings);
    free(beside->list);
}

static enum ap_status ask(struct ap_db *db, const char *name, const struct found *found, size_t count,
                          struct ap_rows **rows, struct ap_error *err)
{
    struct ap_buf chains = AP_BUF_INIT, ids = AP_BUF_INIT;
    struct statement statement;
    char text[AP_UUID_TEXT_SIZE];
    const char *values[2];
    enum ap_status status;

    memset(&statement, 0, sizeof statement);
    for (size_t i = 0; i < count; i++) {
        ap_uuid_format(text, ap_entry_chain(&found[i].entry.row));
        statement_array_add(&chains, text, AP_UUID_TEXT_SIZE - 1);
        ap_uuid_format(text, &found[i].entry.row.id);
        statement_array_add(&ids, text, AP_UUID_TEXT_SIZE - 1);
    }
    statement_array_end(&chains);
    statement_array_end(&ids);
    status = ap_buf_check(&chains, "a page", err);
    if (status == AP_OK)
        status = ap_buf_check(&ids, "a page", err);
    values[0] = ap_buf_str(&chains);
    values[1] = ap_buf_str(&ids);
    if (status == AP_OK) {
        statement_add(&statement, name, 2, values);
        status = statement_run_binary(&statement, db, rows, err);
    }
    statement_free(&statement);
    ap_buf_free(&chains);
    ap_buf_free(&ids);
    return status;
}

/* Which of the entries a row is of; count when of none. */
static size_t place_of(const struct ap_rows *rows, size_t row, size_t count)
{
    struct ap_field n = ap_rows_field(rows, row, 0);
    uint64_t at = n.len == 8 ? ap_get_u64(n.data) : 0;

    return at >= 1 && at <= count ? (size_t)(at - 1) : count;
}

static enum ap_status take_chained(struct found *found, const struct ap_rows *rows, size_t row,
                                   struct ap_digest *digest, struct ap_buf *text, bool proof, struct ap_error *err)
{
    struct ap_field fields[C_END];
    struct neighbours neighbours = {&fields[C_BEFORE], &fields[C_AFTER]};
    struct chained chained;
    enum ap_status status;

    for (int c = 0; c < C_END; c++)
        fields[c] = ap_rows_field(rows, row, c);
    status = decode_chained(&chained, fields + C_ENTRY, err);
    if (status != AP_OK)
        return status;
    memcpy(found->fields + ROW_COLUMNS, fields + C_COMMITMENTS, AP_GROUPS * sizeof fields[0]);
    for (int g = 0; g < AP_GROUPS; g++)
        found->entry.erased[g] = ap_entry_is_erased(&found->entry.row, (enum ap_group)g);
    found->entry.chained = true;
    found->entry.seq = chained.record.seq;
    found->entry.recorded_us = chained.record.recorded_at_us;
    memcpy(found->entry.content_hash, chained.record.content_hash, AP_HASH_LEN);
    memcpy(found->entry.entry_hash, chained.entry_hash, AP_HASH_LEN);
    return proof ? prove(found, &chained, &neighbours, digest, text, err) : AP_OK;
}

static enum ap_status read_chained(struct beside *beside, struct ap_db *db, struct found *found, size_t count,
                                   bool proof, struct ap_error *err)
{
    struct ap_digest *digest = NULL;
    struct ap_buf text = AP_BUF_INIT;
    enum ap_status status = ask(db, "query_chained", found, count, &beside->chained, err);

    if (status == AP_OK)
        status = ap_digest_new(&digest, err);
    for (size_t i = 0; status == AP_OK && i < ap_rows_count(beside->chained); i++) {
        size_t at = place_of(beside->chained, i, count);

        if (at == count)
            status = ap_fail(err, AP_EIO, "the server answered about an entry that it was not asked about");
        else if (found[at].entry.chained && proof)
            prove_twice(&found[at]);
        else if (!found[at].entry.chained)
            status = take_chained(&found[at], beside->chained, i, digest, &text, proof, err);
    }
    for (size_t i = 0; status == AP_OK && proof && i < count; i++)
        if (!found[i].entry.chained)
            prove_unchained(&found[i]);
    ap_buf_free(&text);
    ap_digest_free(digest);
    return status;
}

static struct ap_value text_of(const struct ap_rows *rows, size_t row, int column)
{
    struct ap_field field = ap_rows_field(rows, row, column);

    return (struct ap_value){(const char *)field.data, field.len};
}

/* They come in the entries' order, so that those of one stand together. */
static enum ap_status read_findings(struct beside *beside, struct ap_db *db, struct found *found, size_t count,
                                    struct ap_error *err)
{
    enum ap_status status = ask(db, "query_findings", found, count, &beside->findings, err);
    size_t n;

    if (status != AP_OK)
        return status;
    n = ap_rows_count(beside->findings);
    beside->list = calloc(n + 1, sizeof *beside->list);
    if (beside->list == NULL)
        return ap_fail_memory(err, "findings");
    for (size_t i = 0; i < count; i++)
        found[i].entry.looked_for_findings = true;
    for (size_t i = 0; i < n; i++) {
        struct ap_query_finding *finding = &beside->list[i];
        struct ap_field ruleset = ap_rows_field(beside->findings, i, F_RULESET);
        size_t at = place_of(beside->findings, i, count);

        if (at == count || ruleset.len != AP_HASH_LEN)
            return ap_fail(err, AP_EIO, "the server sent a finding that this version cannot read");
        finding->rule = text_of(beside->findings, i, F_RULE);
        finding->title = text_of(beside->findings, i, F_TITLE);
        finding->level = text_of(beside->findings, i, F_LEVEL);
        memcpy(finding->ruleset, ruleset.data, AP_HASH_LEN);
        if (found[at].entry.finding_count++ == 0)
            found[at].entry.findings = finding;
        if (query_level_of(&finding->level) > query_level_of(&found[at].entry.level))
            found[at].entry.level = finding->level;
    }
    return AP_OK;
}

enum ap_status beside_read(struct beside *beside, struct ap_db *db, const struct ap_query_access *access,
                           struct found *found, size_t count, bool proof, struct ap_error *err)
{
    enum ap_status status = AP_OK;

    if (count > 0 && access->chain)
        status = read_chained(beside, db, found, count, proof, err);
    if (status == AP_OK && count > 0 && access->findings)
        status = read_findings(beside, db, found, count, err);
    return status;
}
