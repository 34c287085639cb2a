/*
 * data/population/: every entry of the period that a mapping puts there, as a table and as NDJSON. A field that this
 * reader may not see is empty in the table and absent from the line; which groups those are stands in columns of their
 * own, for a value could say "withheld" as well.
 */
#include <inttypes.h>
#include <stdio.h>

#include "auditproof/clock.h"
#include "auditproof/csv_write.h"
#include "soc2_internal.h"

static const char *const header[] = {
    "seq",           "time",        "recorded_at", "action",     "actor_id",   "actor_email", "actor_role",
    "resource_type", "resource_id", "risk_level",  "ip_address", "user_agent", "session_id",  "old_values",
    "new_values",    "metadata",    "withheld",    "erased",     "id",         "entry_hash",  NULL};

static void put_value(struct ap_buf *csv, const struct ap_value *value, bool shown)
{
    ap_csv_put_n(csv, value->data == NULL ? "" : value->data, shown ? value->len : 0);
}

static void put_uuid(struct ap_buf *csv, const struct ap_optional_uuid *uuid, bool shown)
{
    char text[AP_UUID_TEXT_SIZE];

    ap_uuid_format(text, &uuid->value);
    ap_csv_put(csv, shown && uuid->present ? text : "");
}

static void put_address(struct ap_buf *csv, const struct ap_inet *address, bool shown)
{
    char text[AP_INET_TEXT_SIZE];

    ap_inet_format(text, address);
    ap_csv_put(csv, shown && address->present ? text : "");
}

static bool is_erased(const struct ap_evidence_entry *is, size_t group)
{
    return is->entry->kept[group] != NULL;
}

/* "actor content": the groups that are withheld, or those that are erased. */
static void put_groups(struct ap_buf *csv, const struct ap_evidence_entry *is, bool erased)
{
    char text[64] = "";
    int len = 0;

    for (size_t g = 0; g < AP_GROUPS; g++)
        if (!is->disclosed[g] && is_erased(is, g) == erased)
            len += snprintf(text + len, sizeof text - (size_t)len, "%s%s", len > 0 ? " " : "",
                            ap_group_name((enum ap_group)g));
    ap_csv_put(csv, text);
}

static void put_row(struct ap_buf *csv, const struct ap_evidence_entry *is)
{
    const struct ap_entry *row = is->entry->row;
    bool account = is->disclosed[AP_GROUP_ACCOUNT], actor = is->disclosed[AP_GROUP_ACTOR],
         content = is->disclosed[AP_GROUP_CONTENT];
    struct ap_optional_uuid id = {true, row->id};
    char hash[AP_HASH_TEXT_SIZE] = "";

    ap_hex_encode(hash, is->entry->entry_hash.bytes, AP_HASH_LEN);
    ap_csv_put_int(csv, (int64_t)is->entry->record.seq);
    ap_csv_put_time(csv, is->time_us);
    ap_csv_put_time(csv, is->entry->record.recorded_at_us);
    put_value(csv, &row->action, true);
    put_uuid(csv, &row->actor_id, account);
    put_value(csv, &row->actor_email, actor);
    put_value(csv, &row->actor_role, true);
    put_value(csv, &row->resource_type, true);
    put_uuid(csv, &row->resource_id, content);
    put_value(csv, &row->risk_level, true);
    put_address(csv, &row->ip_address, actor);
    put_value(csv, &row->user_agent, actor);
    put_value(csv, &row->session_id, actor);
    put_value(csv, &row->old_values, content);
    put_value(csv, &row->new_values, content);
    put_value(csv, &row->metadata, content);
    put_groups(csv, is, false);
    put_groups(csv, is, true);
    put_uuid(csv, &id, true);
    ap_csv_put(csv, hash);
    ap_csv_end(csv);
}

static void put_list(struct ap_buf *out, const struct ap_evidence_entry *is, bool erased)
{
    const char *before = "";

    ap_buf_addf(out, ",\"%s\":[", erased ? "erased" : "withheld");
    for (size_t g = 0; g < AP_GROUPS; g++) {
        if (is->disclosed[g] || is_erased(is, g) != erased)
            continue;
        ap_buf_addf(out, "%s\"%s\"", before, ap_group_name((enum ap_group)g));
        before = ",";
    }
    ap_buf_addc(out, ']');
}

static void put_line(struct ap_buf *out, const struct ap_evidence_entry *is)
{
    char time[AP_TIME_TEXT_SIZE], recorded[AP_TIME_TEXT_SIZE];

    ap_time_format(time, is->time_us);
    ap_time_format(recorded, is->entry->record.recorded_at_us);
    ap_buf_addf(out, "{\"seq\":%" PRIu64 ",\"time\":\"%s\",\"recorded_at\":\"%s\"", is->entry->record.seq, time,
                recorded);
    put_members(out, is->entry->row, is->disclosed);
    put_list(out, is, false);
    put_list(out, is, true);
    ap_buf_adds(out, ",\"entry_hash\":\"");
    ap_buf_add_hex(out, is->entry->entry_hash.bytes, AP_HASH_LEN);
    ap_buf_adds(out, "\"}\n");
}

static enum ap_status open_files(struct ap_soc2 *soc2, struct population *population, struct ap_bundle *bundle,
                                 struct ap_error *err)
{
    const char *criterion = soc2->totals[population->criterion].criterion;
    char path[AP_BUNDLE_PATH_MAX];
    enum ap_status status;
    int len;

    len = snprintf(path, sizeof path, "data/population/%s-%s.csv", criterion, population->name);
    population->table_path = ap_arena_copy(&soc2->list.arena, path, (size_t)len);
    len = snprintf(path, sizeof path, "data/population/%s-%s.ndjson", criterion, population->name);
    population->lines_path = ap_arena_copy(&soc2->list.arena, path, (size_t)len);
    status = ap_arena_check(&soc2->list.arena, "the files of a population", err);
    if (status == AP_OK)
        status = ap_bundle_member(bundle, population->table_path, &population->table, err);
    if (status == AP_OK)
        status = ap_bundle_member(bundle, population->lines_path, &population->lines, err);
    if (status == AP_OK)
        status = ap_member_write(population->table, soc2->row.data, soc2->row.len, err);
    return status;
}

enum ap_status populations_begin(struct ap_soc2 *soc2, struct ap_bundle *bundle, struct ap_error *err)
{
    enum ap_status status;

    ap_buf_clear(&soc2->row);
    ap_csv_put_record(&soc2->row, header);
    status = ap_buf_check(&soc2->row, "a header", err);
    for (size_t i = 0; status == AP_OK && i < soc2->population_count; i++)
        status = open_files(soc2, &soc2->populations[i], bundle, err);
    return status;
}

enum ap_status populations_add(struct ap_soc2 *soc2, const struct ap_evidence_entry *is, const struct mask *in,
                               struct ap_error *err)
{
    enum ap_status status;
    bool formatted = false;

    for (size_t i = 0; i < soc2->population_count; i++) {
        struct population *population = &soc2->populations[i];

        if ((in->words[i / 64] >> i % 64 & 1) == 0)
            continue;
        if (!formatted) {
            ap_buf_clear(&soc2->row);
            ap_buf_clear(&soc2->line);
            put_row(&soc2->row, is);
            put_line(&soc2->line, is);
            formatted = true;
        }
        status = ap_buf_check(&soc2->row, "a row of a population", err);
        if (status == AP_OK)
            status = ap_buf_check(&soc2->line, "a line of a population", err);
        if (status == AP_OK)
            status = ap_member_write(population->table, soc2->row.data, soc2->row.len, err);
        if (status == AP_OK)
            status = ap_member_write(population->lines, soc2->line.data, soc2->line.len, err);
        if (status != AP_OK)
            return status;
        population->rows++;
        soc2->totals[population->criterion].rows++;
    }
    return AP_OK;
}

enum ap_status populations_finish(struct ap_soc2 *soc2, struct ap_error *err)
{
    enum ap_status status = AP_OK;

    for (size_t i = 0; status == AP_OK && i < soc2->population_count; i++) {
        const struct population *population = &soc2->populations[i];

        ap_member_set_rows(population->table, population->rows);
        ap_member_set_rows(population->lines, population->rows);
        status = ap_member_close(population->table, err);
        if (status == AP_OK)
            status = ap_member_close(population->lines, err);
    }
    return status;
}
