#include <stdio.h>
#include <string.h>

#include "run.h"

/* Differences gathered before they are reported: bounds the memory when everything differs. */
enum { FLUSH_AT = 4096 };

/* One side of the merge: its current item, if any. */
struct side {
    struct ap_copy *copy;
    size_t columns;
    bool more;
    struct difference now;
};

struct merge {
    struct run *run;
    struct side entries, rows;
    struct resolver resolver;
    struct ap_digest *digest;
    struct ap_buf text;
};

static enum ap_status advance_entries(struct merge *merge, struct ap_error *err)
{
    struct ap_field fields[AP_COPY_MAX_COLUMNS];
    struct side *side = &merge->entries;
    struct chained entry;
    enum ap_status status;

    for (;;) {
        status = ap_copy_next(side->copy, fields, &side->more, merge->run->options->stop, err);
        if (status != AP_OK || !side->more)
            return status;
        status = decode_chained(&entry, fields, err);
        if (status != AP_OK)
            return status;
        if (run_find_purge(merge->run, &entry.record.chain, entry.record.seq) == NULL)
            break;
    }
    side->now.again = side->now.sign == 1 && ap_uuid_equal(&side->now.item.log_id, &entry.log_id) &&
                      ap_uuid_equal(&side->now.item.chain, &entry.record.chain);
    side->now.twin = side->now.again && side->now.seq == entry.record.seq;
    chained_item(merge->run, &side->now.item, &entry);
    side->now.sign = 1;
    side->now.seq = entry.record.seq;
    return AP_OK;
}

static enum ap_status advance_rows(struct merge *merge, struct ap_error *err)
{
    struct ap_field fields[AP_COPY_MAX_COLUMNS];
    struct side *side = &merge->rows;
    uint64_t erased = 0;
    enum ap_status status = ap_copy_next(side->copy, fields, &side->more, merge->run->options->stop, err);

    if (status != AP_OK || !side->more)
        return status;
    side->now.sign = -1;
    side->now.seq = 0;
    return row_item(merge->run, merge->digest, &merge->text, fields, side->columns, &side->now.item, &erased, err);
}

/* Take all of both sides that has the log id; what is on both alike cancels out. */
static enum ap_status take_group(struct merge *merge, const struct ap_uuid *log_id, struct ap_error *err)
{
    size_t start = merge->resolver.count;
    enum ap_status status = AP_OK;

    while (status == AP_OK && merge->entries.more && ap_uuid_equal(&merge->entries.now.item.log_id, log_id)) {
        status = resolver_add(&merge->resolver, &merge->entries.now, err);
        if (status == AP_OK)
            status = advance_entries(merge, err);
    }
    while (status == AP_OK && merge->rows.more && ap_uuid_equal(&merge->rows.now.item.log_id, log_id)) {
        struct difference *items = merge->resolver.items;
        size_t i = start;

        while (i < merge->resolver.count &&
               !(items[i].sign > 0 && memcmp(&items[i].item, &merge->rows.now.item, sizeof items[i].item) == 0))
            i++;
        if (i < merge->resolver.count)
            items[i] = items[--merge->resolver.count];
        else
            status = resolver_add(&merge->resolver, &merge->rows.now, err);
        if (status == AP_OK)
            status = advance_rows(merge, err);
    }
    return status;
}

static enum ap_status merge_all(struct merge *merge, struct ap_error *err)
{
    enum ap_status status = advance_entries(merge, err);

    if (status == AP_OK)
        status = advance_rows(merge, err);
    while (status == AP_OK && (merge->entries.more || merge->rows.more)) {
        const struct side *first = &merge->entries;
        struct ap_uuid log_id;

        if (!merge->entries.more ||
            (merge->rows.more && ap_uuid_compare(&merge->rows.now.item.log_id, &merge->entries.now.item.log_id) < 0))
            first = &merge->rows;
        log_id = first->now.item.log_id;
        status = take_group(merge, &log_id, err);
        if (status == AP_OK && merge->resolver.count >= FLUSH_AT)
            status = resolver_flush(&merge->resolver, err);
    }
    return status == AP_OK ? resolver_flush(&merge->resolver, err) : status;
}

static enum ap_status open_sides(struct merge *merge, struct ap_db *entries_db, struct ap_db *rows_db,
                                 struct ap_error *err)
{
    char filter[AP_UUID_TEXT_SIZE], from[24], to[24];
    const char *values[4] = {NULL, NULL, NULL, merge->run->through_view ? "t" : "f"};
    const struct ap_verify_options *options = merge->run->options;
    struct ap_rows *rows = NULL;
    enum ap_status status;

    if (options->has_chain) {
        ap_uuid_format(filter, &options->chain);
        values[0] = filter;
    }
    (void)snprintf(from, sizeof from, "%llu", (unsigned long long)options->from_seq);
    (void)snprintf(to, sizeof to, "%llu", (unsigned long long)options->to_seq);
    values[1] = options->from_seq != 0 ? from : NULL;
    values[2] = options->to_seq != 0 ? to : NULL;
    status = ap_db_query(merge->run->db, ap_sql("queries/verify_sorted"), 4, values, &rows, err);
    if (status == AP_OK)
        status = ap_copy_open(&merge->entries.copy, entries_db, ap_rows_str(rows, 0, 0), ENTRY_COLUMNS, err);
    if (status == AP_OK)
        status = ap_copy_open(&merge->rows.copy, rows_db, ap_rows_str(rows, 0, 1), ROW_COLUMNS_ERASED, err);
    ap_rows_free(rows);
    merge->rows.columns = ROW_COLUMNS_ERASED;
    return status;
}

enum ap_status resolve_sorted(struct run *run, struct ap_error *err)
{
    struct merge merge;
    struct ap_db *dbs[2] = {NULL, NULL};
    enum ap_status status;

    memset(&merge, 0, sizeof merge);
    merge.run = run;
    merge.resolver.run = run;
    status = ap_digest_new(&merge.digest, err);
    for (size_t i = 0; i < 2 && status == AP_OK; i++) {
        status = ap_db_clone(&dbs[i], run->db, err);
        if (status == AP_OK)
            watch_add(&run->watch, dbs[i]);
        if (status == AP_OK)
            status = run_join_snapshot(run, dbs[i], err);
    }
    if (status == AP_OK)
        status = open_sides(&merge, dbs[0], dbs[1], err);
    if (status == AP_OK)
        status = merge_all(&merge, err);
    ap_copy_close(merge.entries.copy);
    ap_copy_close(merge.rows.copy);
    for (size_t i = 0; i < 2; i++) {
        watch_remove(&run->watch, dbs[i]);
        ap_db_close(dbs[i]);
    }
    ap_digest_free(merge.digest);
    ap_buf_free(&merge.text);
    resolver_free(&merge.resolver);
    return status;
}
