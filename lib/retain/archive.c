/* Archive first: what leaves the database must be in a bundle that verifies (auditretain(1), --require-bundle). */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "auditproof/json.h"
#include "retain/purge_internal.h"

/* Entries of a chain that a bundle holds; `hash` is that of the last, to which those before it are linked. */
struct holding {
    struct ap_uuid chain;
    struct ap_seq_range range;
    struct ap_hash hash;
};

struct archive {
    struct holding *items;     /* owned */
    size_t count, room, first; /* first: of the bundle that is being read */
};

/* An entry function of struct ap_bundle_reader. */
static enum ap_status take_entry(void *context, const struct ap_bundle_about *about,
                                 const struct ap_bundle_entry *entry, struct ap_error *err)
{
    struct archive *archive = context;
    struct holding *last = archive->count > archive->first ? &archive->items[archive->count - 1] : NULL;

    if (!entry->whole)
        return AP_OK;
    if (last == NULL || last->range.to_seq + 1 != entry->seq) {
        if (archive->count == archive->room) {
            size_t room = archive->room == 0 ? 16 : archive->room * 2;
            struct holding *more = realloc(archive->items, room * sizeof *more);

            if (more == NULL)
                return ap_fail_memory(err, "the entries of a bundle");
            archive->items = more;
            archive->room = room;
        }
        last = &archive->items[archive->count++];
        memset(last, 0, sizeof *last);
        last->chain = about->chain;
        last->range.from_seq = entry->seq;
    }
    last->range.to_seq = entry->seq;
    memcpy(last->hash.bytes, entry->entry_hash, AP_HASH_LEN);
    return AP_OK;
}

static void name_bundle(struct ap_buf *out, const struct ap_bundle_check_report *report)
{
    char digest[AP_HASH_TEXT_SIZE] = "";

    ap_hex_encode(digest, report->sha256, AP_HASH_LEN);
    ap_buf_adds(out, out->len > 1 ? ", " : "");
    ap_buf_adds(out, "{\"name\": ");
    ap_json_string(out, report->name);
    ap_buf_addf(out, ", \"sha256\": \"%s\"}", digest);
}

static enum ap_status read_bundle(struct archive *archive, const struct ap_purge_options *options, const char *path,
                                  struct ap_buf *out, struct ap_error *err)
{
    const struct ap_bundle_reader reader = {.entry = take_entry, .context = archive};
    struct ap_bundle_check_options asked = {.pins = options->pins,
                                            .pin_count = options->pin_count,
                                            .max_findings = 1,
                                            .stop = options->stop,
                                            .reader = &reader};
    struct ap_bundle_check_report report;
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
    enum ap_status status;

    if (fd < 0)
        return ap_fail_errno(err, errno, "cannot read %s", path);
    archive->first = archive->count;
    status = ap_bundle_check(fd, path, &asked, &report, err);
    (void)close(fd);
    if (status == AP_OK && report.verdict == AP_BUNDLE_FINDINGS)
        status = ap_fail(err, AP_ESTATE, "%s does not verify: see `auditverify %s`; nothing was purged", path, path);
    else if (status == AP_OK && report.verdict != AP_BUNDLE_TRUSTED)
        status =
            ap_fail(err, AP_ESTATE, "%s is not signed by the keys that --bundle-key pins; nothing was purged", path);
    if (status == AP_OK)
        name_bundle(out, &report);
    ap_bundle_check_report_free(&report);
    return status;
}

static int by_place(const void *a, const void *b)
{
    const struct holding *left = a, *right = b;
    int order = ap_uuid_compare(&left->chain, &right->chain);

    return order != 0 ? order
                      : (left->range.from_seq > right->range.from_seq) - (left->range.from_seq < right->range.from_seq);
}

/* Is the entry at the end of each what the database has? Then so is all before it. */
static enum ap_status compare(struct ap_db *db, const struct archive *archive, struct ap_error *err)
{
    enum ap_status status = AP_OK;

    for (size_t i = 0; i < archive->count && status == AP_OK; i++) {
        const struct holding *is = &archive->items[i];
        char chain[AP_UUID_TEXT_SIZE], chains[AP_UUID_TEXT_SIZE + 2], seqs[32], hash[AP_HASH_TEXT_SIZE] = "";
        const char *values[2] = {chains, seqs};
        struct ap_rows *rows = NULL;

        ap_uuid_format(chain, &is->chain);
        (void)snprintf(chains, sizeof chains, "{%s}", chain);
        (void)snprintf(seqs, sizeof seqs, "{%" PRIu64 "}", is->range.to_seq);
        ap_hex_encode(hash, is->hash.bytes, AP_HASH_LEN);
        status = ap_db_query(db, ap_sql("queries/verify_points"), 2, values, &rows, err);
        if (status == AP_OK && (ap_rows_count(rows) != 1 || strcmp(ap_rows_str(rows, 0, 1), hash) != 0))
            status = ap_fail(err, AP_ESTATE,
                             "a bundle has another entry %" PRIu64 " of chain %s than the database: run auditverify; "
                             "nothing was purged",
                             is->range.to_seq, chain);
        ap_rows_free(rows);
    }
    return status;
}

/* The first seq of a range that no bundle has, or 0. The items are sorted. */
static uint64_t first_absent(const struct archive *archive, const struct ap_uuid *chain,
                             const struct ap_seq_range *range)
{
    uint64_t next = range->from_seq;

    for (size_t i = 0; i < archive->count && next <= range->to_seq; i++) {
        const struct holding *is = &archive->items[i];

        if (ap_uuid_equal(&is->chain, chain) && is->range.from_seq <= next && is->range.to_seq >= next)
            next = is->range.to_seq + 1;
    }
    return next > range->to_seq ? 0 : next;
}

static enum ap_status check_covered(const struct archive *archive, const struct ap_purge_text *plan,
                                    struct ap_error *err)
{
    char chain[AP_UUID_TEXT_SIZE];

    for (size_t i = 0; i < plan->part_count; i++)
        for (size_t r = 0; r < plan->parts[i].range_count; r++) {
            uint64_t seq = first_absent(archive, &plan->parts[i].chain, &plan->parts[i].ranges[r]);

            if (seq == 0)
                continue;
            ap_uuid_format(chain, &plan->parts[i].chain);
            return ap_fail(err, AP_ESTATE, "no bundle holds entry %" PRIu64 " of chain %s whole; nothing was purged",
                           seq, chain);
        }
    return AP_OK;
}

enum ap_status archive_check(struct ap_db *db, const struct ap_purge_options *options, const struct ap_purge_text *plan,
                             struct ap_buf *out, struct ap_error *err)
{
    struct archive archive = {NULL, 0, 0, 0};
    enum ap_status status = AP_OK;

    if (!plan->chained)
        return ap_fail(err, AP_EINPUT, "rows of %s are in no bundle", plan->table);
    for (size_t i = 0; i < options->bundle_count && status == AP_OK; i++)
        status = read_bundle(&archive, options, options->bundles[i], out, err);
    if (status == AP_OK && archive.count > 0)
        qsort(archive.items, archive.count, sizeof *archive.items, by_place);
    if (status == AP_OK)
        status = compare(db, &archive, err);
    if (status == AP_OK)
        status = check_covered(&archive, plan, err);
    free(archive.items);
    return status;
}
