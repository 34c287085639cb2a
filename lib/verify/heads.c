#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "auditproof/clock.h"
#include "recheck.h"

/* What chains there are, how far they go, and whether they still have what runs before this one read. */

/* Columns of queries/verify_heads.sql. */
enum { H_CHAIN, H_REGISTERED, H_FIRST, H_LAST, H_HASH, H_FIRST_AT, H_LAST_AT };

/* It has no place among the links, and no run but one that reads everything comes across it. */
static enum ap_status tell_misnumbered(struct recheck *recheck, const struct ap_uuid *chain, int64_t seq,
                                       struct ap_error *err)
{
    struct ap_finding finding;

    memset(&finding, 0, sizeof finding);
    finding.kind = AP_FINDING_LINK;
    finding.has_chain = true;
    finding.chain = *chain;
    ap_finding_text(finding.expected, "a sequence number, counted from 1");
    ap_finding_text(finding.found, "sequence number %" PRId64, seq);
    return findings_add(&recheck->run->findings, &finding, err);
}

static enum ap_status describe_chain(struct recheck *recheck, const struct ap_rows *rows, size_t row,
                                     struct ap_error *err)
{
    struct ap_verify_report *report = recheck->report;
    struct ap_verify_chain *chain = &report->chains[report->chain_count];
    bool registered = ap_rows_bool(rows, row, H_REGISTERED), empty = ap_rows_text(rows, row, H_LAST) == NULL;
    int64_t first = ap_rows_int(rows, row, H_FIRST), last = ap_rows_int(rows, row, H_LAST);
    const char *hex = ap_rows_str(rows, row, H_HASH);

    if (!ap_uuid_parse(&chain->id, ap_rows_str(rows, row, H_CHAIN)))
        return ap_fail(err, AP_EIO, "the server sent a chain id that this version cannot read");
    report->chain_count++;
    if (!empty) {
        chain->first_seq = first > 0 ? (uint64_t)first : 0;
        chain->head_seq = last > 0 ? (uint64_t)last : 0;
        chain->first_recorded_us = ap_rows_int(rows, row, H_FIRST_AT);
        chain->last_recorded_us = ap_rows_int(rows, row, H_LAST_AT);
        if (strlen(hex) == 2 * AP_HASH_LEN)
            (void)ap_hex_decode(chain->head_hash, AP_HASH_LEN, hex);
        if (chain->head_seq > 0)
            chain->entries = chain->head_seq - (chain->first_seq > 0 ? chain->first_seq - 1 : 0);
        report->entries += chain->entries;
    }
    if (empty)
        return run_report_head(recheck->run, &chain->id, true, err);
    if (chain->head_seq == 0)
        return tell_misnumbered(recheck, &chain->id, last, err);
    return registered ? AP_OK : run_report_head(recheck->run, &chain->id, false, err);
}

static int by_id(const void *id, const void *chain)
{
    return ap_uuid_compare(id, &((const struct ap_verify_chain *)chain)->id);
}

static const struct ap_verify_chain *there(const struct recheck *recheck, const struct ap_uuid *id)
{
    const struct ap_verify_report *report = recheck->report;

    return bsearch(id, report->chains, report->chain_count, sizeof *report->chains, by_id);
}

/* "..., verified at 2026-11-22T15:46:14Z in run 12"; the number is 0 where something was found since. */
static void when_text(char out[AP_FINDING_TEXT_SIZE], const char *what, const struct point *point)
{
    char at[AP_TIME_TEXT_SIZE];

    ap_time_format(at, point->read.at_us);
    if (point->read.run != 0)
        ap_finding_text(out, "%s, verified at %s in run %" PRIu64, what, at, point->read.run);
    else
        ap_finding_text(out, "%s, verified at %s", what, at);
}

/* What was verified once, and is not there any more. */
static enum ap_status check_length(struct recheck *recheck, const struct known_chain *chain, struct ap_error *err)
{
    const struct ap_verify_chain *now = there(recheck, &chain->id);
    const struct point *last = &chain->points[chain->count - 1];
    uint64_t head = now != NULL ? now->head_seq : 0;
    struct ap_finding finding;
    char what[AP_FINDING_TEXT_SIZE];

    if (head >= last->seq)
        return AP_OK;
    memset(&finding, 0, sizeof finding);
    finding.kind = AP_FINDING_TRUNCATED;
    finding.has_chain = finding.has_seq = true;
    finding.chain = chain->id;
    finding.seq = head + 1;
    ap_finding_text(what, "entries through %" PRIu64, last->seq);
    when_text(finding.expected, what, last);
    if (head == 0)
        ap_finding_text(finding.found, "no entries: the whole chain is gone");
    else
        ap_finding_text(finding.found, "%" PRIu64 " entries", head);
    ap_finding_text(finding.detail, "the newest entries were cut off after they were verified, or the database was set "
                                    "back: they can only come from a backup");
    return findings_add(&recheck->run->findings, &finding, err);
}

enum ap_status recheck_heads(struct recheck *recheck, struct ap_error *err)
{
    struct ap_verify_report *report = recheck->report;
    struct ap_rows *rows = NULL;
    enum ap_status status = ap_db_query(recheck->run->db, ap_sql("queries/verify_heads"), 0, NULL, &rows, err);

    if (status == AP_OK) {
        report->chains = calloc(ap_rows_count(rows) + 1, sizeof *report->chains);
        if (report->chains == NULL)
            status = ap_fail_memory(err, "the chains");
    }
    for (size_t i = 0; status == AP_OK && i < ap_rows_count(rows); i++)
        status = describe_chain(recheck, rows, i, err);
    ap_rows_free(rows);
    for (size_t i = 0; status == AP_OK && i < recheck->known; i++)
        status = check_length(recheck, &recheck->state->chains[i], err);
    return status;
}

/* A wanted_fn whose context is an array of points. */
static void meet_point(void *context, size_t place, const uint8_t hash[AP_HASH_LEN], int64_t recorded_at_us)
{
    struct point *point = ((struct point **)context)[place];

    (void)recorded_at_us;
    point->absent = false;
    if (memcmp(hash, point->hash, AP_HASH_LEN) != 0)
        point->other = true;
}

/* The segments at whose end or beginning the point is have to show what is the matter. */
static void make_due(const struct recheck *recheck, struct known_chain *chain)
{
    const struct ap_verify_chain *now = there(recheck, &chain->id);
    uint64_t head = now != NULL ? now->head_seq : 0;

    /* Numbers begin with 1: what is before the first, or in its place, is in the first segment. */
    if (now != NULL && now->entries > 0 && now->first_seq != 1)
        chain->points[0].due = true;
    for (size_t p = 0; p < chain->count; p++) {
        bool odd = chain->points[p].other || (chain->points[p].absent && chain->points[p].seq <= head);

        if (!odd)
            continue;
        chain->points[p].due = true;
        if (p + 1 < chain->count)
            chain->points[p + 1].due = true;
    }
}

static enum ap_status look_up_points(struct recheck *recheck, size_t count, struct ap_error *err)
{
    struct state *state = recheck->state;
    struct wanted *wanted = calloc(count + 1, sizeof *wanted);
    struct point **points = calloc(count + 1, sizeof *points);
    enum ap_status status = AP_OK;
    size_t n = 0;

    if (wanted == NULL || points == NULL)
        status = ap_fail_memory(err, "the points");
    for (size_t i = 0; status == AP_OK && i < recheck->known; i++) {
        for (size_t p = 0; p < state->chains[i].count; p++, n++) {
            points[n] = &state->chains[i].points[p];
            points[n]->absent = true;
            wanted[n] = (struct wanted){state->chains[i].id, points[n]->seq};
        }
    }
    if (status == AP_OK)
        status = run_look_up(recheck->run, wanted, n, meet_point, points, err);
    free(wanted);
    free(points);
    return status;
}

struct pins_asked {
    const struct run *run;
    const struct wanted *wanted;
};

static void meet_pin(void *context, size_t place, const uint8_t hash[AP_HASH_LEN], int64_t recorded_at_us)
{
    const struct pins_asked *asked = context;
    struct pin *pin = pin_find(&asked->run->seals, &asked->wanted[place].chain);
    struct chained entry;

    memset(&entry, 0, sizeof entry);
    entry.record.chain = asked->wanted[place].chain;
    entry.record.seq = asked->wanted[place].seq;
    entry.record.recorded_at_us = recorded_at_us;
    memcpy(entry.entry_hash, hash, AP_HASH_LEN);
    if (pin != NULL)
        pin_meet(pin, &entry);
}

/* A pinned entry that is not there, below the head: the links around it have to tell. */
static void seek_absent(struct recheck *recheck, struct pin *pin)
{
    struct known_chain *chain = state_find(recheck->state, recheck->known, &pin->id);

    if (chain == NULL || atomic_load(&pin->met) != MET_NOT)
        return;
    for (size_t p = 0; p < chain->count; p++) {
        if (chain->points[p].seq < pin->covered.size)
            continue;
        chain->points[p].due = true;
        return;
    }
}

static enum ap_status look_up_pins(struct recheck *recheck, struct ap_error *err)
{
    const struct seals *seals = &recheck->run->seals;
    struct wanted *wanted = calloc(2 * seals->pin_count + 1, sizeof *wanted);
    struct pins_asked asked = {recheck->run, wanted};
    enum ap_status status;
    size_t n = 0;

    if (wanted == NULL)
        return ap_fail_memory(err, "the pins");
    for (size_t i = 0; i < seals->pin_cap; i++) {
        const struct pin *pin = &seals->pins[i];

        if (!pin->used || pin->covered.size == 0)
            continue;
        wanted[n++] = (struct wanted){pin->id, pin->covered.size};
        /* The one after it waits for its seal: since when? */
        if (pin->covered.size < INT64_MAX)
            wanted[n++] = (struct wanted){pin->id, pin->covered.size + 1};
    }
    status = run_look_up(recheck->run, wanted, n, meet_pin, &asked, err);
    for (size_t i = 0; i < seals->pin_cap && status == AP_OK; i++)
        if (seals->pins[i].used && seals->pins[i].covered.size != 0)
            seek_absent(recheck, &seals->pins[i]);
    free(wanted);
    return status;
}

enum ap_status recheck_points(struct recheck *recheck, struct ap_error *err)
{
    struct state *state = recheck->state;
    size_t count = 0;
    enum ap_status status;

    for (size_t i = 0; i < recheck->known; i++)
        count += state->chains[i].count;
    status = look_up_points(recheck, count, err);
    for (size_t i = 0; status == AP_OK && i < recheck->known; i++)
        make_due(recheck, &state->chains[i]);
    return status == AP_OK ? look_up_pins(recheck, err) : status;
}

static enum ap_status tell_rewritten(struct recheck *recheck, const struct known_chain *chain, size_t p,
                                     struct ap_error *err)
{
    const struct point *point = &chain->points[p];
    char hash[AP_HASH_TEXT_SIZE] = "", what[AP_FINDING_TEXT_SIZE];
    struct ap_finding finding;

    memset(&finding, 0, sizeof finding);
    finding.kind = AP_FINDING_REWRITTEN;
    finding.has_chain = finding.has_seq = true;
    finding.chain = chain->id;
    finding.seq = point->seq;
    ap_hex_encode(hash, point->hash, AP_HASH_LEN);
    ap_finding_text(what, "entry hash %s", hash);
    when_text(finding.expected, what, point);
    ap_finding_text(finding.found, "another, from which the entries after it follow");
    ap_finding_text(finding.detail,
                    "the chain was rewritten after it was verified, from an entry between %" PRIu64 " and %" PRIu64
                    " on. Compare with a backup from before",
                    p > 0 ? chain->points[p - 1].seq + 1 : 1, point->seq);
    return findings_add(&recheck->run->findings, &finding, err);
}

enum ap_status recheck_tell_rewritten(struct recheck *recheck, struct ap_error *err)
{
    enum ap_status status = AP_OK;

    for (size_t i = 0; i < recheck->known && status == AP_OK; i++) {
        const struct known_chain *chain = &recheck->state->chains[i];
        size_t p = 0;

        while (p < chain->old && !chain->points[p].other)
            p++;
        /* Where the links around it do not hold, they have told which entry was changed. */
        if (p < chain->old && chain->points[p].clean && (p + 1 >= chain->count || chain->points[p + 1].clean))
            status = tell_rewritten(recheck, chain, p, err);
    }
    return status;
}
