#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "auditproof/clock.h"
#include "run.h"

/*
 * The chains against the seals. The newest covered seal of each was met on the way of the links; the older ones, and
 * those that nothing covers, are looked up.
 */

enum { NUMBER_SIZE = 24 };

/* Columns of queries/verify_sealed.sql. */
enum {
    V_CHAIN,
    V_COVERED,
    V_DIFFERING,
    V_FIRST_SIZE,
    V_FIRST_INDEX,
    V_THERE,
    V_SEALED,
    V_AGREED,
    V_ABSENT,
    V_LAST_SIZE,
    V_LAST_INDEX,
    V_LAST_AT,
};

static int by_id(const void *id, const void *chain)
{
    return ap_uuid_compare(id, &((const struct ap_verify_chain *)chain)->id);
}

static struct ap_verify_chain *find_chain(const struct ap_verify_report *report, const struct ap_uuid *id)
{
    return bsearch(id, report->chains, report->chain_count, sizeof *report->chains, by_id);
}

static struct ap_finding about(enum ap_finding_kind kind, const struct ap_uuid *chain, uint64_t seq)
{
    struct ap_finding finding;

    memset(&finding, 0, sizeof finding);
    finding.kind = kind;
    finding.has_chain = finding.has_seq = true;
    finding.chain = *chain;
    finding.seq = seq;
    return finding;
}

/* An entry has another hash than was sealed. Under a checkpoint it is the chain that is wrong; else it may be the seal.
 */
static enum ap_status tell_differing(struct run *run, const struct ap_uuid *chain, bool covered,
                                     const struct ap_rows *rows, size_t row, struct ap_error *err)
{
    uint64_t size = (uint64_t)ap_rows_int(rows, row, V_FIRST_SIZE), agreed = (uint64_t)ap_rows_int(rows, row, V_AGREED);
    struct ap_finding finding = about(covered ? AP_FINDING_REWRITTEN : AP_FINDING_SEAL, chain, size);

    ap_finding_text(finding.expected, "entry hash %s, says seal %" PRId64, ap_rows_str(rows, row, V_SEALED),
                    ap_rows_int(rows, row, V_FIRST_INDEX));
    ap_finding_text(finding.found, "entry hash %s", ap_rows_str(rows, row, V_THERE));
    if (covered)
        ap_finding_text(finding.detail,
                        "the chain was rewritten after it was sealed, from an entry between %" PRIu64 " and %" PRIu64
                        " on; seals that disagree: %" PRId64 ". Compare with a backup from before",
                        agreed + 1, size, ap_rows_int(rows, row, V_DIFFERING));
    else
        ap_finding_text(finding.detail,
                        "the chain and a seal that no checkpoint covers disagree; which of them was "
                        "changed cannot be told. Such seals: %" PRId64,
                        ap_rows_int(rows, row, V_DIFFERING));
    return findings_add(&run->findings, &finding, err);
}

/* What a chain has, in words. */
static void extent_text(char out[AP_FINDING_TEXT_SIZE], const struct run *run, uint64_t head)
{
    if (run->options->to_seq != 0)
        ap_finding_text(out, "no entry with that number");
    else if (head == 0)
        ap_finding_text(out, "no entries: the whole chain is gone");
    else
        ap_finding_text(out, "%" PRIu64 " entries", head);
}

/* An entry that was sealed is not there. Where the chain goes on past it, its links tell of the gap. */
static enum ap_status tell_absent(struct run *run, const struct ap_verify_report *report, const struct ap_uuid *chain,
                                  bool covered, const struct sealed_at *last, struct ap_error *err)
{
    const struct ap_verify_chain *there = find_chain(report, chain);
    uint64_t head = there != NULL ? there->head_seq : 0;
    bool whole = run->options->to_seq == 0;
    struct ap_finding finding =
        about(covered ? AP_FINDING_TRUNCATED : AP_FINDING_SEAL, chain, whole ? head + 1 : last->size);
    char at[AP_TIME_TEXT_SIZE];

    if (whole && head >= last->size)
        return AP_OK;
    ap_time_format(at, last->sealed_at_us);
    ap_finding_text(finding.expected, "%" PRIu64 " entries at least, says seal %" PRIu64 " of %s", last->size,
                    last->log_index, at);
    extent_text(finding.found, run, head);
    ap_finding_text(finding.detail, "%s",
                    covered
                        ? "the newest entries were cut off after they were sealed, or the database was set back: they "
                          "can only come from a backup"
                        : "a seal that no checkpoint covers names entries that are not there");
    return findings_add(&run->findings, &finding, err);
}

static enum ap_status check_row(struct run *run, const struct ap_verify_report *report, const struct ap_rows *rows,
                                size_t row, struct ap_error *err)
{
    const struct sealed_at last = {(uint64_t)ap_rows_int(rows, row, V_LAST_INDEX),
                                   (uint64_t)ap_rows_int(rows, row, V_LAST_SIZE),
                                   ap_rows_int(rows, row, V_LAST_AT),
                                   {0}};
    bool covered = ap_rows_bool(rows, row, V_COVERED);
    enum ap_status status = AP_OK;
    struct ap_uuid chain;
    struct pin *pin;

    if (!ap_uuid_parse(&chain, ap_rows_str(rows, row, V_CHAIN)))
        return ap_fail(err, AP_EIO, "the server sent a chain id that this version cannot read");
    pin = pin_find(&run->seals, &chain);
    /* What is wrong under a checkpoint is wrong above it too. */
    if (pin != NULL && pin->told)
        return AP_OK;
    if (pin != NULL)
        pin->told = covered;
    if (ap_rows_int(rows, row, V_DIFFERING) > 0)
        status = tell_differing(run, &chain, covered, rows, row, err);
    if (status == AP_OK && ap_rows_int(rows, row, V_ABSENT) > 0)
        status = tell_absent(run, report, &chain, covered, &last, err);
    return status;
}

static enum ap_status check_all(struct run *run, const struct ap_verify_report *report, struct ap_error *err)
{
    const struct seals *seals = &run->seals;
    char chain[AP_UUID_TEXT_SIZE], covered[NUMBER_SIZE];
    const char *values[2] = {NULL, covered};
    struct ap_rows *rows = NULL;
    enum ap_status status;

    if (seals->rows == 0)
        return AP_OK;
    if (run->options->has_chain) {
        ap_uuid_format(chain, &run->options->chain);
        values[0] = chain;
    }
    (void)snprintf(covered, sizeof covered, "%" PRIu64, seals->cover != NULL ? seals->cover->size : 0);
    status = run_query_by_index(run, "queries/verify_sealed", 2, values, &rows, err);
    if (status == AP_OK && (ap_rows_count(rows) < 1 ||
                            (!run->options->has_chain && (uint64_t)ap_rows_int(rows, 0, V_DIFFERING) != seals->rows)))
        status = ap_fail(err, AP_EIO, "the seal log has two lengths: the server gave two answers to one question");
    for (size_t i = 1; status == AP_OK && i < ap_rows_count(rows); i++)
        status = check_row(run, report, rows, i, err);
    ap_rows_free(rows);
    return status;
}

/* Was the entry that the chain's newest covered seal names read? In a range that begins past it, it was not. */
static bool was_read(const struct run *run, const struct pin *pin)
{
    return pin->covered.size != 0 && pin->covered.size + 1 >= run->options->from_seq;
}

/* Where they do not, that is told of already, and other leaves than were sealed come of it. */
static bool links_hold(const struct run *run)
{
    const uint64_t *found = run->findings.by_kind;

    return found[AP_FINDING_LINK] + found[AP_FINDING_GAP] + found[AP_FINDING_FORK] == 0;
}

/* What was met on the way, if looking it up has not told of the chain already: an index may lie. */
static enum ap_status check_pin(struct run *run, const struct ap_verify_report *report, const struct pin *pin,
                                struct ap_error *err)
{
    struct ap_finding finding;
    char hash[AP_HASH_TEXT_SIZE];

    if (pin->told || !was_read(run, pin))
        return AP_OK;
    if (atomic_load(&pin->met) == MET_SAME)
        return links_hold(run) ? pin_check_tree(run, pin, err) : AP_OK;
    if (atomic_load(&pin->met) == MET_NOT)
        return tell_absent(run, report, &pin->id, true, &pin->covered, err);
    finding = about(AP_FINDING_REWRITTEN, &pin->id, pin->covered.size);
    ap_hex_encode(hash, pin->covered.hash, AP_HASH_LEN);
    hash[sizeof hash - 1] = '\0';
    ap_finding_text(finding.expected, "entry hash %s, says seal %" PRIu64, hash, pin->covered.log_index);
    ap_finding_text(finding.found, "another");
    ap_finding_text(finding.detail, "the chain was rewritten after it was sealed, and an index made not to show it");
    return findings_add(&run->findings, &finding, err);
}

/* How far one chain is covered. */
static void cover_chain(const struct run *run, struct ap_verify_chain *chain)
{
    const struct pin *pin = pin_find(&run->seals, &chain->id);

    chain->waiting_since_us = chain->first_recorded_us;
    if (pin == NULL || !was_read(run, pin) || pin->told || atomic_load(&pin->met) != MET_SAME)
        return;
    chain->covered_seq = pin->covered.size;
    chain->covered_at_us = pin->covered.sealed_at_us;
    if (chain->covered_seq >= chain->first_seq)
        chain->covered = chain->covered_seq - chain->first_seq + 1;
    if (chain->covered > chain->entries)
        chain->covered = chain->entries;
    if (chain->covered < chain->entries && chain->covered_seq + 1 >= chain->first_seq)
        chain->waiting_since_us = atomic_load(&pin->waiting_since_us);
}

static void add_chain(struct ap_verify_seals *sums, const struct ap_verify_chain *chain)
{
    sums->covered += chain->covered;
    if (chain->covered == chain->entries)
        return;
    if (sums->uncovered_chains == 0 || chain->waiting_since_us < sums->waiting_since_us) {
        sums->waiting_since_us = chain->waiting_since_us;
        sums->waiting_chain = chain->id;
        sums->waiting_seq = chain->covered > 0 ? chain->covered_seq + 1 : chain->first_seq;
    }
    sums->uncovered += chain->entries - chain->covered;
    sums->uncovered_chains++;
}

static void describe(const struct run *run, struct ap_verify_report *report)
{
    const struct seals *seals = &run->seals;
    struct ap_verify_seals *sums = &report->seals;

    sums->log_size = seals->log_size;
    sums->own = seals->own;
    sums->elsewhere = seals->elsewhere;
    sums->passed_over = seals->passed_over;
    sums->explained = seals->explained;
    sums->pinned = log_key_count(run) > 0;
    (void)snprintf(sums->origin, sizeof sums->origin, "%s",
                   sums->pinned ? log_key(run, log_key_count(run) - 1)->name : seals->origin);
    if (seals->cover != NULL) {
        sums->counts = seals->wanted != WORTH_NOTHING;
        sums->covered_size = seals->cover->size;
        sums->covered_at_us = seals->cover_at_us;
        if (seals->cover->key != NO_KEY) {
            const struct ap_vkey *key = log_key(run, seals->cover->key);

            sums->signer_pinned = run->trust.keys[seals->cover->key].pinned;
            (void)snprintf(sums->signer, sizeof sums->signer, "%s+%02x%02x%02x%02x", key->name, key->id[0], key->id[1],
                           key->id[2], key->id[3]);
        }
    }
    if (seals->outside != NULL) {
        sums->outside_size = seals->outside->size;
        sums->outside_at_us = seals->outside_at_us;
        sums->lag_entries = seals->agreed_entries - seals->outside_entries;
        sums->lag_us = seals->agreed_at_us - seals->outside_at_us;
    }
    sums->stamps = seals->stamps;
    sums->stamps_good = seals->stamps_good;
    sums->stamps_checked = run->options->authorities != NULL;
    if (seals->stamped != NULL) {
        sums->stamped_size = seals->stamped->size;
        sums->stamped_sealed_at_us = seals->stamped->sealed_at_us;
        sums->stamped_at_us = seals->stamped_at_us;
        (void)snprintf(sums->stamped_by, sizeof sums->stamped_by, "%s", seals->stamped_by);
    }
    for (size_t i = 0; i < report->chain_count; i++) {
        cover_chain(run, &report->chains[i]);
        add_chain(sums, &report->chains[i]);
    }
}

/* One finding, whatever the number of chains: what is late is the sealing of all of them. */
static enum ap_status check_late(struct run *run, const struct ap_verify_report *report, struct ap_error *err)
{
    const struct ap_verify_seals *sums = &report->seals;
    int64_t limit_us = run->options->max_unsealed_us;
    struct ap_finding finding;
    char since[AP_TIME_TEXT_SIZE], latest[AP_TIME_TEXT_SIZE];

    if (limit_us == 0 || sums->uncovered == 0 || sums->waiting_since_us >= run->snapshot_us - limit_us)
        return AP_OK;
    finding = about(AP_FINDING_SEAL, &sums->waiting_chain, sums->waiting_seq);
    ap_time_format(since, sums->waiting_since_us);
    ap_time_format(latest, run->snapshot_us - limit_us);
    ap_finding_text(finding.object, "max-unsealed");
    ap_finding_text(finding.expected, "what was recorded before %s is sealed", latest);
    ap_finding_text(finding.found, "%" PRIu64 " entries of %" PRIu64 " chains are not covered, this one since %s",
                    sums->uncovered, sums->uncovered_chains, since);
    ap_finding_text(finding.detail, "run `auditseal seal`, and find out why the last run did not");
    return findings_add(&run->findings, &finding, err);
}

enum ap_status run_check_sealed(struct run *run, struct ap_verify_report *report, struct ap_error *err)
{
    const struct seals *seals = &run->seals;
    enum ap_status status = check_all(run, report, err);

    for (size_t i = 0; i < seals->pin_cap && status == AP_OK; i++)
        if (seals->pins[i].used)
            status = check_pin(run, report, &seals->pins[i], err);
    if (status == AP_OK)
        status = run_check_log_tree(run, err);
    if (status != AP_OK)
        return status;
    describe(run, report);
    return check_late(run, report, err);
}
