/*
 * A table for people. Each entry has a line of columns, and where the whole does not fit beside each other the
 * resource, the address and the rules that found it follow beneath. What others chose comes out as display.h shows it.
 *
 * Columns are as wide as what is in the first entries, which are kept until there are enough of them to tell.
 */
#include "table.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "auditproof/clock.h"
#include "format_internal.h"

enum { KEPT_MAX = 200 };

struct table {
    struct table_row rows[KEPT_MAX];
    size_t count;
    bool laid_out;
    bool any; /* an entry was there, of this organization: the nil UUID for none */
    struct ap_uuid organization;
    struct table_layout layout;
};

static enum ap_status start(struct ap_query_output *output, struct ap_error *err)
{
    output->state = calloc(1, sizeof(struct table));
    return output->state == NULL ? ap_fail_memory(err, "a table") : AP_OK;
}

static void put_cell(struct table_row *row, size_t cell, void (*say)(struct ap_buf *, const struct ap_query_entry *),
                     const struct ap_query_entry *entry)
{
    struct ap_buf text = AP_BUF_INIT;

    say(&text, entry);
    table_row_add(row, cell, ap_buf_str(&text), text.len);
    row->text.failed |= text.failed;
    ap_buf_free(&text);
}

static void say_time(struct ap_buf *out, const struct ap_query_entry *entry)
{
    int64_t when_us;

    if (query_when(entry, &when_us))
        query_put_time(out, when_us);
}

static void say_level(struct ap_buf *out, const struct ap_query_entry *entry)
{
    ap_buf_add(out, entry->level.data, entry->level.len);
}

static void say_action(struct ap_buf *out, const struct ap_query_entry *entry)
{
    if (entry->row.action.data != NULL)
        ap_buf_add(out, entry->row.action.data, entry->row.action.len);
}

static void say_address(struct ap_buf *out, const struct ap_query_entry *entry)
{
    char text[AP_INET_TEXT_SIZE] = "";

    if (entry->row.ip_address.present)
        ap_inet_format(text, &entry->row.ip_address);
    ap_buf_adds(out, text);
}

static void say_organization(struct ap_buf *out, const struct ap_query_entry *entry)
{
    char text[AP_UUID_TEXT_SIZE];

    ap_uuid_format(text, &entry->row.organization_id.value);
    ap_buf_adds(out, entry->row.organization_id.present ? "organization " : "no organization");
    ap_buf_adds(out, entry->row.organization_id.present ? text : "");
}

static void say_proof(struct ap_buf *out, const struct ap_query_entry *entry)
{
    if (entry->chained) {
        ap_buf_addf(out, "seq %" PRIu64 " ", entry->seq);
        ap_buf_add_hex(out, entry->entry_hash, AP_HASH_LEN);
        ap_buf_adds(out, entry->proof != AP_QUERY_UNPROVEN ? " " : "");
    }
    query_put_proof(out, entry);
}

/* By their titles, which are for people. What several sets of rules found with one rule is told once. */
static void say_rules(struct ap_buf *out, const struct ap_query_entry *entry)
{
    const struct ap_value *before = NULL;

    for (size_t i = 0; i < entry->finding_count; i++) {
        const struct ap_query_finding *finding = &entry->findings[i];
        const struct ap_value *said = finding->title.len > 0 ? &finding->title : &finding->rule;

        if (before != NULL && before->len == said->len && memcmp(before->data, said->data, said->len) == 0)
            continue;
        ap_buf_adds(out, before != NULL ? "; " : "");
        ap_buf_add(out, said->data, said->len);
        before = said;
    }
}

static void say_found(struct ap_buf *out, const struct ap_query_entry *entry)
{
    if (entry->finding_count == 0)
        return;
    ap_buf_adds(out, entry->finding_count == 1 ? "rule: " : "rules: ");
    say_rules(out, entry);
}

static void say_gap(struct ap_buf *out, const struct ap_query_entry *entry)
{
    int64_t seconds = entry->gap_us / AP_US_PER_SECOND, days = seconds / 86400;

    if (!entry->gap)
        return;
    ap_buf_adds(out, "-- ");
    if (days > 0)
        ap_buf_addf(out, "%" PRId64 " d ", days);
    if (seconds >= 3600)
        ap_buf_addf(out, "%" PRId64 " h ", seconds % 86400 / 3600);
    if (seconds >= 60 && days == 0)
        ap_buf_addf(out, "%" PRId64 " min ", seconds % 3600 / 60);
    if (seconds < 3600)
        ap_buf_addf(out, "%" PRId64 " s ", seconds % 60);
    ap_buf_adds(out, "without entries --");
}

/* Is it another one than that of the entry before? */
static bool organization_changes(struct table *table, const struct ap_query_entry *entry)
{
    const struct ap_uuid *now = entry->row.organization_id.present ? &entry->row.organization_id.value : &ap_uuid_nil;
    bool changes = !table->any || !ap_uuid_equal(now, &table->organization);

    table->any = true;
    table->organization = *now;
    return changes;
}

static void fill(struct table_row *row, const struct ap_query_output *output, const struct ap_query_entry *entry)
{
    row->level = query_level(entry);
    row->failed = entry->proof == AP_QUERY_FAILED;
    row->focus = entry->focus;
    put_cell(row, TABLE_TIME, say_time, entry);
    put_cell(row, TABLE_RISK, say_level, entry);
    put_cell(row, TABLE_ACTION, say_action, entry);
    put_cell(row, TABLE_ACTOR, query_put_actor, entry);
    put_cell(row, TABLE_RESOURCE, query_put_resource, entry);
    put_cell(row, TABLE_ADDRESS, say_address, entry);
    put_cell(row, TABLE_RULES, say_rules, entry);
    put_cell(row, TABLE_FOUND, say_found, entry);
    if (!output->head->has_org && organization_changes(output->state, entry))
        put_cell(row, TABLE_ORGANIZATION, say_organization, entry);
    if (output->head->proof)
        put_cell(row, TABLE_PROOF, say_proof, entry);
    put_cell(row, TABLE_GAP, say_gap, entry);
}

static void put_kept(struct ap_query_output *output)
{
    struct table *table = output->state;

    if (!table->laid_out && table->count > 0) {
        table_lay_out(&table->layout, output->look, table->rows, table->count);
        table_put_headings(output->out, &table->layout);
        table->laid_out = true;
    }
    for (size_t i = 0; i < table->count; i++) {
        table_put_row(output->out, &table->layout, &table->rows[i]);
        table_row_clear(&table->rows[i]);
    }
    table->count = 0;
}

static enum ap_status put_entry(struct ap_query_output *output, const struct ap_query_entry *entry,
                                struct ap_error *err)
{
    struct table *table = output->state;
    struct table_row *row = &table->rows[table->count];

    fill(row, output, entry);
    table->count++;
    if (row->text.failed)
        return ap_fail_memory(err, "an entry");
    if (output->look->live || table->laid_out || table->count == KEPT_MAX)
        put_kept(output);
    return ap_buf_check(output->out, "an entry", err);
}

static enum ap_status finish(struct ap_query_output *output, const struct ap_query_tail *tail, struct ap_error *err)
{
    (void)tail;
    put_kept(output);
    return ap_buf_check(output->out, "the output", err);
}

static void drop(struct ap_query_output *output)
{
    struct table *table = output->state;

    for (size_t i = 0; table != NULL && i < KEPT_MAX; i++)
        ap_buf_free(&table->rows[i].text);
    free(table);
    output->state = NULL;
}

const struct ap_query_format ap_query_format_table = {"table", start, put_entry, finish, drop};
