/* Tables that come from the database and not from entries: seals, and the state of retention as of the checkpoint. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "auditproof/clock.h"
#include "auditproof/csv_write.h"
#include "auditproof/json.h"
#include "soc2_internal.h"

/* As text, for parameters. */
struct bounds {
    char chain[AP_UUID_TEXT_SIZE], from[24], to[24], size[24], log_size[24], log_index[24], as_of[24];
};

static void put_bounds(struct bounds *b, const struct ap_evidence_scope *scope)
{
    ap_uuid_format(b->chain, &scope->chain);
    (void)snprintf(b->from, sizeof b->from, "%" PRId64, scope->from_us);
    (void)snprintf(b->to, sizeof b->to, "%" PRId64, scope->to_us);
    (void)snprintf(b->size, sizeof b->size, "%" PRIu64, scope->cover.seal.size);
    (void)snprintf(b->log_size, sizeof b->log_size, "%" PRIu64, scope->cover.log_size);
    (void)snprintf(b->log_index, sizeof b->log_index, "%" PRIu64, scope->cover.log_index);
}

/* The newest seal of a chain that no longer grows may be old; the checkpoint is not. */
static enum ap_status read_as_of(struct ap_soc2 *soc2, struct bounds *b, int64_t *as_of_us, struct ap_error *err)
{
    const char *value = b->log_size;
    struct ap_rows *rows;
    enum ap_status status = ap_db_query(soc2->db, ap_sql("queries/soc2_as_of"), 1, &value, &rows, err);

    if (status != AP_OK)
        return status;
    if (ap_rows_count(rows) != 1)
        status = ap_fail(err, AP_ESTATE, "the checkpoint of %s seals is not there; run auditverify", b->log_size);
    else
        *as_of_us = ap_rows_int(rows, 0, 0);
    (void)snprintf(b->as_of, sizeof b->as_of, "%" PRId64, *as_of_us);
    ap_rows_free(rows);
    return status;
}

static enum ap_status add_table(struct ap_bundle *bundle, const char *path, struct ap_buf *csv, struct ap_error *err)
{
    enum ap_status status = ap_buf_check(csv, path, err);

    if (status == AP_OK)
        status = ap_bundle_add(bundle, path, csv->data, csv->len, err);
    ap_buf_free(csv);
    return status;
}

/* A thousand at a time: a year may have more seals than should be held. */
static enum ap_status write_seals(struct ap_soc2 *soc2, const struct bounds *b, struct ap_bundle *bundle,
                                  struct ap_error *err)
{
    static const char *const header[] = {"log_index", "size", "root", "entry_hash", "sealed_at", NULL};
    char after[24] = "-1";
    const char *values[6] = {b->chain, b->from, b->to, b->log_size, b->log_index, after};
    struct ap_member *member = NULL;
    struct ap_buf csv = AP_BUF_INIT;
    enum ap_status status = ap_bundle_member(bundle, "data/seals.csv", &member, err);
    size_t count = 1;

    ap_csv_put_record(&csv, header);
    while (status == AP_OK && count > 0) {
        struct ap_rows *rows = NULL;

        status = ap_db_query(soc2->db, ap_sql("queries/soc2_seals"), 6, values, &rows, err);
        count = status == AP_OK ? ap_rows_count(rows) : 0;
        for (size_t i = 0; i < count; i++) {
            ap_csv_put_int(&csv, ap_rows_int(rows, i, 0));
            ap_csv_put_int(&csv, ap_rows_int(rows, i, 1));
            ap_csv_put(&csv, ap_rows_str(rows, i, 2));
            ap_csv_put(&csv, ap_rows_str(rows, i, 3));
            ap_csv_put_time(&csv, ap_rows_int(rows, i, 4));
            ap_csv_end(&csv);
        }
        if (count > 0)
            (void)snprintf(after, sizeof after, "%" PRId64, ap_rows_int(rows, count - 1, 0));
        if (status == AP_OK)
            status = ap_buf_check(&csv, "data/seals.csv", err);
        if (status == AP_OK)
            status = ap_member_write(member, csv.data, csv.len, err);
        ap_buf_clear(&csv);
        ap_rows_free(rows);
    }
    ap_buf_free(&csv);
    return status == AP_OK ? ap_member_close(member, err) : status;
}

static enum ap_status write_due(struct ap_soc2 *soc2, const struct bounds *b, int64_t as_of_us,
                                struct ap_bundle *bundle, struct ap_error *err)
{
    static const char *const header[] = {"day", "may_leave_from", "entries", "first_seq", "last_seq", "as_of", NULL};
    const char *values[3] = {b->chain, b->as_of, b->size};
    struct ap_buf csv = AP_BUF_INIT;
    struct ap_rows *rows;
    enum ap_status status = ap_db_query(soc2->db, ap_sql("queries/soc2_due"), 3, values, &rows, err);

    if (status != AP_OK)
        return status;
    ap_csv_put_record(&csv, header);
    for (size_t i = 0; i < ap_rows_count(rows); i++) {
        int64_t end_us = ap_retention_end(ap_rows_int(rows, i, 0), (int)ap_rows_int(rows, i, 4));

        if (end_us > as_of_us)
            continue;
        ap_csv_put_time(&csv, ap_rows_int(rows, i, 0));
        ap_csv_put_time(&csv, end_us);
        for (int c = 1; c <= 3; c++)
            ap_csv_put_int(&csv, ap_rows_int(rows, i, c));
        ap_csv_put_time(&csv, as_of_us);
        ap_csv_end(&csv);
    }
    ap_rows_free(rows);
    return add_table(bundle, "data/retention/due.csv", &csv, err);
}

static enum ap_status write_disposed(struct ap_soc2 *soc2, const struct bounds *b, struct ap_bundle *bundle,
                                     struct ap_error *err)
{
    static const char *const header[] = {"purge",    "purged_at", "reason",        "first_seq",
                                         "last_seq", "entries",   "authorised_by", NULL};
    const char *value = b->chain;
    struct ap_buf csv = AP_BUF_INIT;
    struct ap_rows *rows;
    enum ap_status status = ap_db_query(soc2->db, ap_sql("queries/soc2_disposed"), 1, &value, &rows, err);

    if (status != AP_OK)
        return status;
    ap_csv_put_record(&csv, header);
    for (size_t i = 0; i < ap_rows_count(rows); i++) {
        ap_csv_put(&csv, ap_rows_str(rows, i, 0));
        ap_csv_put_time(&csv, ap_rows_int(rows, i, 1));
        ap_csv_put(&csv, ap_rows_str(rows, i, 2));
        ap_csv_put_int(&csv, ap_rows_int(rows, i, 3));
        ap_csv_put_int(&csv, ap_rows_int(rows, i, 4));
        ap_csv_put_int(&csv, ap_rows_int(rows, i, 4) - ap_rows_int(rows, i, 3) + 1);
        ap_csv_put(&csv, ap_rows_str(rows, i, 5));
        ap_csv_end(&csv);
    }
    ap_rows_free(rows);
    return add_table(bundle, "data/retention/disposed.csv", &csv, err);
}

/* A table of what a query gives of the chain as of the checkpoint, column by column; `times` has those that are times.
 */
static enum ap_status write_state(struct ap_soc2 *soc2, const struct bounds *b, const char *query, const char *path,
                                  const char *const *header, const char *times, struct ap_bundle *bundle,
                                  struct ap_error *err)
{
    const char *values[2] = {b->chain, b->as_of};
    struct ap_buf csv = AP_BUF_INIT;
    struct ap_rows *rows;
    enum ap_status status = ap_db_query(soc2->db, ap_sql(query), 2, values, &rows, err);

    if (status != AP_OK)
        return status;
    ap_csv_put_record(&csv, header);
    for (size_t i = 0; i < ap_rows_count(rows); i++) {
        for (int c = 0; header[c] != NULL; c++) {
            if (times[c] == 't' && ap_rows_text(rows, i, c) != NULL)
                ap_csv_put_time(&csv, ap_rows_int(rows, i, c));
            else
                ap_csv_put(&csv, ap_rows_str(rows, i, c));
        }
        ap_csv_end(&csv);
    }
    ap_rows_free(rows);
    return add_table(bundle, path, &csv, err);
}

static enum ap_status write_holds(struct ap_soc2 *soc2, const struct bounds *b, struct ap_bundle *bundle,
                                  struct ap_error *err)
{
    static const char *const header[] = {"hold",   "placed_at", "released_at",   "scope", "matter", "custodian",
                                         "reason", "review_on", "authorised_by", "note",  NULL};

    return write_state(soc2, b, "queries/soc2_holds", "data/retention/holds.csv", header, ".tt.......", bundle, err);
}

static enum ap_status write_policies(struct ap_soc2 *soc2, const struct bounds *b, struct ap_bundle *bundle,
                                     struct ap_error *err)
{
    static const char *const header[] = {"of",           "table",    "class",  "period",        "version", "basis",
                                         "jurisdiction", "approver", "set_at", "authorised_by", NULL};

    return write_state(soc2, b, "queries/soc2_policies", "data/retention/policies.csv", header, "........t.", bundle,
                       err);
}

static void put_statement(struct ap_buf *json, const char *file, const char *query, const char *parameters)
{
    ap_buf_addf(json, "%s{\"file\":\"%s\",\"sql\":", json->data[json->len - 1] == '}' ? "," : "", file);
    ap_json_string(json, ap_sql(query));
    ap_buf_addf(json, ",\"parameters\":%s}", parameters);
}

/* How each file was made: of which statement, or of data/events by which policy. */
static enum ap_status write_queries(const struct bounds *b, struct ap_bundle *bundle, struct ap_error *err)
{
    struct ap_buf json = AP_BUF_INIT, parameters = AP_BUF_INIT;
    enum ap_status status;

    ap_buf_adds(&json,
                "{\"made_of_entries\":{"
                "\"data/population/\":\"every entry of the period whose action, resource type or risk level the"
                " mappings in data/policy/ name for it; no other filter, no limit\","
                "\"data/unmapped.csv\":\"entries of the period that are in none of them, counted\","
                "\"data/exceptions/\":\"what the rules in data/policy/rules.txt find in the entries of the period, in"
                " the order of their numbers\"},\"statements\":[");
    ap_buf_addf(&parameters, "[\"%s\",%s,%s,%s,%s,-1]", b->chain, b->from, b->to, b->log_size, b->log_index);
    put_statement(&json, "data/seals.csv", "queries/soc2_seals", ap_buf_str(&parameters));
    ap_buf_clear(&parameters);
    ap_buf_addf(&parameters, "[\"%s\",%s,%s]", b->chain, b->as_of, b->size);
    put_statement(&json, "data/retention/due.csv", "queries/soc2_due", ap_buf_str(&parameters));
    ap_buf_clear(&parameters);
    ap_buf_addf(&parameters, "[\"%s\"]", b->chain);
    put_statement(&json, "data/retention/disposed.csv", "queries/soc2_disposed", ap_buf_str(&parameters));
    ap_buf_clear(&parameters);
    ap_buf_addf(&parameters, "[\"%s\",%s]", b->chain, b->as_of);
    put_statement(&json, "data/retention/holds.csv", "queries/soc2_holds", ap_buf_str(&parameters));
    put_statement(&json, "data/retention/policies.csv", "queries/soc2_policies", ap_buf_str(&parameters));
    ap_buf_adds(&json, "]}\n");
    status = ap_buf_check(&parameters, "parameters", err);
    ap_buf_free(&parameters);
    if (status != AP_OK) {
        ap_buf_free(&json);
        return status;
    }
    return add_table(bundle, "data/query-soc2.json", &json, err);
}

enum ap_status records_write(struct ap_soc2 *soc2, const struct ap_evidence_scope *scope, struct ap_bundle *bundle,
                             struct ap_error *err)
{
    struct bounds b;
    int64_t as_of_us = 0;
    enum ap_status status;

    put_bounds(&b, scope);
    status = read_as_of(soc2, &b, &as_of_us, err);
    if (status == AP_OK)
        status = write_seals(soc2, &b, bundle, err);
    if (status == AP_OK)
        status = write_due(soc2, &b, as_of_us, bundle, err);
    if (status == AP_OK)
        status = write_disposed(soc2, &b, bundle, err);
    if (status == AP_OK)
        status = write_holds(soc2, &b, bundle, err);
    if (status == AP_OK)
        status = write_policies(soc2, &b, bundle, err);
    return status == AP_OK ? write_queries(&b, bundle, err) : status;
}
