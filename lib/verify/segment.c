#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "auditproof/clock.h"
#include "link.h"
#include "recheck.h"

/*
 * A part of a chain, read in order, each entry beside its row: the same links and the same content hashes as where
 * everything is read, and the same findings.
 */

/* Columns of queries/verify_segment.sql. */
enum { G_PLACE = ENTRY_COLUMNS, G_ROW, G_COLUMNS = G_ROW + ROW_COLUMNS_ERASED };
enum {
    LEAF_COLUMNS = 2,
    PLACE_LEN = 6,
    LOOK_EVERY = 4096,
    SHOW_EVERY_US = 500000,
    NUMBER_SIZE = 24,
    FLUSH_AT = 1 << 16
};

struct reading {
    struct recheck *recheck;
    const struct segment *segment;
    struct links links;
    uint8_t place[PLACE_LEN]; /* in storage, of the entry at hand */
    bool placed, begun;       /* there is one; and it is one of those asked for */
    struct chained entry;
    bool purged, matched; /* the entry at hand: gone after its window; its row has its content */
    size_t next_point;
    struct pin *pin; /* where the chain is sealed, or NULL: up to there, leaves are held against the entries */
    uint64_t sum[2]; /* of entries less leaves */
};

static void show_progress(struct recheck *recheck)
{
    struct run *run = recheck->run;
    struct ap_verify_progress progress = {atomic_load(&run->done), run->expected};
    int64_t now_us = ap_clock_monotonic_us();

    if (run->options->progress == NULL || now_us - recheck->shown_us < SHOW_EVERY_US)
        return;
    recheck->shown_us = now_us;
    run->options->progress(run->options->context, &progress);
}

/* The entry at hand has had all its rows. */
static enum ap_status end_entry(struct reading *r, struct ap_error *err)
{
    struct difference difference;

    if (!r->begun || r->purged || r->matched)
        return AP_OK;
    memset(&difference, 0, sizeof difference);
    chained_item(r->recheck->run, &difference.item, &r->entry);
    difference.sign = 1;
    difference.seq = r->entry.record.seq;
    return resolver_add(&r->recheck->resolver, &difference, err);
}

/* Hold the hash against the points; a point is where runs before this one stood. */
static void meet_points(struct reading *r)
{
    const struct segment *segment = r->segment;
    uint64_t seq = r->entry.record.seq;

    if (segment->before != NULL && seq == segment->before->seq &&
        memcmp(segment->before->hash, r->entry.entry_hash, AP_HASH_LEN) != 0)
        segment->before->other = true;
    while (r->next_point < segment->count && segment->points[r->next_point].seq < seq)
        r->next_point++;
    if (r->next_point == segment->count || segment->points[r->next_point].seq != seq)
        return;
    if (segment->fresh)
        memcpy(segment->points[r->next_point].hash, r->entry.entry_hash, AP_HASH_LEN);
    else if (memcmp(segment->points[r->next_point].hash, r->entry.entry_hash, AP_HASH_LEN) != 0)
        segment->points[r->next_point].other = true;
}

static bool is_wanted(const struct reading *r)
{
    return r->segment->from <= 1 || r->entry.record.seq >= r->segment->from;
}

static void leaf_sum(const struct run *run, const struct pin *pin, uint64_t seq, const uint8_t hash[AP_HASH_LEN],
                     bool add, uint64_t sum[2])
{
    uint8_t item[8 + AP_HASH_LEN];
    uint64_t prf[2];

    if (pin == NULL || seq == 0 || seq > pin->covered.size)
        return;
    ap_put_u64(item, seq);
    memcpy(item + 8, hash, AP_HASH_LEN);
    multiset_siphash(prf, &run->key, item, sizeof item);
    for (size_t i = 0; i < 2; i++)
        sum[i] += add ? prf[i] : 0 - prf[i];
}

static enum ap_status begin_entry(struct reading *r, const struct ap_field *fields, struct ap_error *err)
{
    struct run *run = r->recheck->run;
    const struct purge *purge;
    struct link_chain *chain;
    enum ap_status status = end_entry(r, err);

    if (status == AP_OK)
        status = decode_chained(&r->entry, fields, err);
    if (status == AP_OK)
        status = links_chain(&r->links, &r->entry.record.chain, &chain, err);
    if (status == AP_OK)
        status = links_add(&r->links, chain, &r->entry, err);
    if (status != AP_OK)
        return status;
    memcpy(r->place, fields[G_PLACE].data, PLACE_LEN);
    r->placed = true;
    meet_points(r);
    r->begun = is_wanted(r);
    r->matched = r->purged = false;
    if (!r->begun)
        return AP_OK;
    atomic_fetch_add(&run->done, 1);
    leaf_sum(run, r->pin, r->entry.record.seq, r->entry.entry_hash, true, r->sum);
    purge = run_find_purge(run, &r->entry.record.chain, r->entry.record.seq);
    r->purged = purge != NULL;
    r->recheck->report->purged += r->purged;
    return r->purged ? run_check_purge(run, purge, &r->entry, err) : AP_OK;
}

static enum ap_status take_row(struct reading *r, const struct ap_field *fields, struct ap_error *err)
{
    struct recheck *recheck = r->recheck;
    struct difference row;
    struct multiset_item item;
    enum told_of of = TOLD_NOTHING;
    enum ap_status status;

    memset(&row, 0, sizeof row);
    status = row_item(recheck->run, recheck->digest, &recheck->text, fields, ROW_COLUMNS_ERASED, &row.item,
                      &recheck->report->erased_groups, err);
    if (status == AP_OK)
        status = row_tells(recheck->digest, fields, &row.item, &of, err);
    if (status != AP_OK)
        return status;
    recheck->report->rows++;
    if (of != TOLD_NOTHING)
        ap_buf_add(&recheck->told, &(struct told){row.item.chain, row.item.log_id, of}, sizeof(struct told));
    chained_item(recheck->run, &item, &r->entry);
    if (!r->purged && !r->matched && memcmp(&item, &row.item, sizeof item) == 0) {
        r->matched = true;
        return ap_buf_check(&recheck->told, "the entries that tell of records", err);
    }
    row.sign = -1;
    if (item_is(recheck->run, &row.item, MARK_UNADOPTED))
        status = unadopted_add(&recheck->run->unadopted, &row.item.chain, false, 0, err);
    return status == AP_OK ? resolver_add(&recheck->resolver, &row, err) : status;
}

static enum ap_status take(struct reading *r, const struct ap_field *fields, struct ap_error *err)
{
    enum ap_status status = AP_OK;
    bool same;

    if (fields[G_PLACE].data == NULL || fields[G_PLACE].len != PLACE_LEN)
        return ap_fail(err, AP_EIO, "the server sent a chain entry that this version cannot read");
    same = r->placed && memcmp(r->place, fields[G_PLACE].data, PLACE_LEN) == 0;
    /* Differences wait for what they may belong to, unless they are a flood. */
    if (!same && r->recheck->resolver.count >= FLUSH_AT)
        status = resolver_flush(&r->recheck->resolver, err);
    if (status == AP_OK && !same)
        status = begin_entry(r, fields, err);
    if (status != AP_OK || !r->begun || fields[G_ROW].data == NULL)
        return status;
    return take_row(r, fields + G_ROW, err);
}

static enum ap_status query(struct recheck *recheck, const char *name, int count, const struct segment *segment,
                            struct ap_rows **rows, struct ap_error *err)
{
    char chain[AP_UUID_TEXT_SIZE], from[NUMBER_SIZE], to[NUMBER_SIZE];
    const char *values[4] = {chain, from, to, recheck->run->through_view ? "t" : "f"};

    ap_uuid_format(chain, &segment->chain);
    (void)snprintf(from, sizeof from, "%" PRIu64, segment->from);
    (void)snprintf(to, sizeof to, "%" PRIu64, segment->to);
    return ap_db_query(recheck->run->db, ap_sql(name), count, values, rows, err);
}

/* Two entries of one log id each have a row that agrees: that one of them is too many shows only beside the other. */
static enum ap_status find_twice(struct recheck *recheck, const struct segment *segment, struct ap_error *err)
{
    struct ap_rows *rows = NULL;
    enum ap_status status = query(recheck, "queries/verify_twice", 3, segment, &rows, err);

    for (size_t i = 0; status == AP_OK && i < ap_rows_count(rows); i++) {
        struct difference twice;

        memset(&twice, 0, sizeof twice);
        twice.item.chain = segment->chain;
        twice.sign = 1;
        twice.again = true;
        twice.seq = (uint64_t)ap_rows_int(rows, i, 1);
        if (!ap_uuid_parse(&twice.item.log_id, ap_rows_str(rows, i, 0)))
            status = ap_fail(err, AP_EIO, "the server sent an id that this version cannot read");
        else
            status = resolver_add(&recheck->resolver, &twice, err);
    }
    ap_rows_free(rows);
    return status;
}

static enum ap_status read_segment(struct reading *r, struct ap_error *err)
{
    struct recheck *recheck = r->recheck;
    struct ap_field fields[AP_COPY_MAX_COLUMNS];
    struct ap_rows *rows = NULL;
    struct ap_copy *copy = NULL;
    bool more = false;
    unsigned since = 0;
    enum ap_status status = query(recheck, "queries/verify_segment", 4, r->segment, &rows, err);

    if (status == AP_OK)
        status = ap_copy_open(&copy, recheck->run->db, ap_rows_str(rows, 0, 0), G_COLUMNS, err);
    while (status == AP_OK) {
        status = ap_copy_next(copy, fields, &more, recheck->run->options->stop, err);
        if (status != AP_OK || !more)
            break;
        status = take(r, fields, err);
        if (++since % LOOK_EVERY == 0)
            show_progress(recheck);
    }
    if (status == AP_OK)
        status = end_entry(r, err);
    ap_copy_close(copy);
    ap_rows_free(rows);
    if (status == AP_OK)
        status = links_finish(&r->links, r->segment->to, err);
    return status;
}

static enum ap_status take_tile(struct reading *r, const struct ap_field *fields, uint64_t *leaves,
                                struct ap_error *err)
{
    uint64_t first;

    if (fields[0].data == NULL || fields[0].len != 8)
        return ap_fail(err, AP_EIO, "the server sent a tile that this version cannot read");
    first = ap_get_u64(fields[0].data) * AP_TILE_WIDTH + 1;
    for (size_t i = 0; fields[1].data != NULL && i < fields[1].len / AP_HASH_LEN && i < AP_TILE_WIDTH; i++) {
        if (first + i < r->segment->from || first + i > r->segment->to || first + i > r->pin->covered.size)
            continue;
        ++*leaves;
        leaf_sum(r->recheck->run, r->pin, first + i, fields[1].data + i * AP_HASH_LEN, false, r->sum);
    }
    return AP_OK;
}

/* The leaves under the seals, as far as they are of these entries, of which proofs are made. */
static enum ap_status check_leaves(struct reading *r, struct ap_error *err)
{
    struct recheck *recheck = r->recheck;
    uint64_t leaves = 0, last = r->segment->to;
    struct ap_field fields[AP_COPY_MAX_COLUMNS];
    struct ap_rows *rows = NULL;
    struct ap_copy *copy = NULL;
    bool more = false;
    enum ap_status status;

    if (r->pin == NULL || r->pin->covered.size < r->segment->from)
        return AP_OK;
    if (last > r->pin->covered.size)
        last = r->pin->covered.size;
    status = query(recheck, "queries/verify_leaves", 3, r->segment, &rows, err);
    if (status == AP_OK)
        status = ap_copy_open(&copy, recheck->run->db, ap_rows_str(rows, 0, 0), LEAF_COLUMNS, err);
    while (status == AP_OK) {
        status = ap_copy_next(copy, fields, &more, recheck->run->options->stop, err);
        if (status != AP_OK || !more)
            break;
        status = take_tile(r, fields, &leaves, err);
    }
    ap_copy_close(copy);
    ap_rows_free(rows);
    if (status == AP_OK && (r->sum[0] != 0 || r->sum[1] != 0))
        status = pin_tell_leaves(recheck->run, r->pin, leaves < last - r->segment->from + 1, err);
    return status;
}

enum ap_status recheck_segment(struct recheck *recheck, const struct segment *segment, bool *clean,
                               struct ap_error *err)
{
    struct run *run = recheck->run;
    uint64_t found = run->findings.found;
    size_t different = recheck->resolver.count;
    struct reading r;
    enum ap_status status;

    memset(&r, 0, sizeof r);
    r.recheck = recheck;
    r.segment = segment;
    r.pin = pin_find(&run->seals, &segment->chain);
    /* A chain that is not the one that was sealed has other leaves, which is not told of again. */
    if (r.pin != NULL && atomic_load(&r.pin->met) != MET_SAME)
        r.pin = NULL;
    status = links_init(&r.links, findings_add, &run->findings, err);
    r.links.in_order = true;
    r.links.from_seq = segment->from > 1 ? segment->from : 0;
    r.links.latest_us = run->latest_us;
    if (status == AP_OK)
        status = read_segment(&r, err);
    if (status == AP_OK)
        status = find_twice(recheck, segment, err);
    /* An empty answer is no proof of anything: the end that was asked for is missed where it does not come. */
    if (status == AP_OK && r.links.chains == 0)
        status = link_report_gap(&r.links, &segment->chain, segment->from, segment->to, err);
    if (status == AP_OK && run->findings.found == found)
        status = check_leaves(&r, err);
    links_free(&r.links);
    *clean = status == AP_OK && run->findings.found == found && recheck->resolver.count == different;
    return status;
}
