#include "recheck.h"

#include <inttypes.h>
#include <string.h>

#include "auditproof/clock.h"

/*
 * One run of a series: all heads and points, what is new, and the share of the old whose turn it is. Single entries and
 * rows are found by indexes here, which may lie; what that can hide is in auditverify(1).
 */

/* What was read before was read of another copy, which may have differed. */
static void read_all_again(struct state *state)
{
    for (size_t i = 0; i < state->count; i++)
        for (size_t p = 0; p < state->chains[i].count; p++)
            state->chains[i].points[p].read.run = 0;
    for (size_t i = 0; i < state->share_count; i++)
        state->shares[i].run = 0;
    state->trees.run = 0;
    state->rows_since_us = 0;
}

/* The state is of this database: else its chains would be missed here, and those that are here not be known. */
static enum ap_status check_database(struct recheck *recheck, struct ap_error *err)
{
    struct ap_rows *rows = NULL;
    enum ap_status status = ap_db_query(recheck->run->db, ap_sql("queries/verify_installed"), 0, NULL, &rows, err);
    char then[AP_TIME_TEXT_SIZE], now[AP_TIME_TEXT_SIZE];

    if (status == AP_OK && ap_rows_int(rows, 0, 0) != recheck->state->installed_us) {
        ap_time_format(then, recheck->state->installed_us);
        ap_time_format(now, ap_rows_int(rows, 0, 0));
        status = ap_fail(err, AP_ESTATE,
                         "the state is of another database: auditproof was installed at %s in that one, and at %s in "
                         "this. Give each database a state of its own; if it is this one that was installed anew, what "
                         "was verified before is gone",
                         then, now);
    } else if (status == AP_OK && (uint64_t)ap_rows_int(rows, 0, 1) != recheck->state->copy) {
        recheck->report->incremental.moved = true;
        recheck->state->copy = (uint64_t)ap_rows_int(rows, 0, 1);
        read_all_again(recheck->state);
    }
    ap_rows_free(rows);
    return status;
}

static enum ap_status read_old(struct recheck *recheck, struct known_chain *chain, uint64_t head, struct ap_error *err)
{
    struct ap_verify_incremental *sums = &recheck->report->incremental;
    enum ap_status status = AP_OK;

    for (size_t p = 0; p < chain->old && status == AP_OK; p++) {
        struct point *before = p > 0 ? &chain->points[p - 1] : NULL;
        uint64_t from = before != NULL ? before->seq + 1 : 1;
        struct segment segment = {chain->id, from, chain->points[p].seq, before, &chain->points[p], 1, false};

        sums->old += segment.to - from + 1;
        /* Of what was cut off there is one finding, of its beginning. */
        if (segment.to > head)
            segment.to = head;
        if (!chain->points[p].due || segment.to < from)
            continue;
        sums->reread += segment.to - from + 1;
        status = recheck_segment(recheck, &segment, &chain->points[p].clean, err);
    }
    return status;
}

static enum ap_status read_new(struct recheck *recheck, struct known_chain *chain, uint64_t head, struct ap_error *err)
{
    uint64_t last = chain->old > 0 ? chain->points[chain->old - 1].seq : 0, entries = head - last;
    size_t segments = segments_of(entries, recheck->cycle);
    struct segment segment = {chain->id, last + 1, head, NULL, NULL, segments, true};
    struct point point;
    enum ap_status status = AP_OK;
    bool clean = false;

    if (head <= last)
        return AP_OK;
    memset(&point, 0, sizeof point);
    point.read = recheck->now;
    for (size_t i = 1; i <= segments && status == AP_OK; i++) {
        point.seq = last + segment_end(entries, segments, i);
        status = chain_add_point(chain, &point, err);
    }
    if (status != AP_OK)
        return status;
    segment.points = &chain->points[chain->old];
    segment.before = chain->old > 0 ? &chain->points[chain->old - 1] : NULL;
    recheck->report->incremental.fresh += entries;
    status = recheck_segment(recheck, &segment, &clean, err);
    for (size_t p = chain->old; p < chain->count; p++)
        chain->points[p].clean = clean;
    return status;
}

static enum ap_status read_chain(struct recheck *recheck, const struct ap_verify_chain *now, struct ap_error *err)
{
    struct known_chain *chain = state_find(recheck->state, recheck->known, &now->id);
    enum ap_status status = AP_OK;

    if (chain == NULL && now->entries == 0)
        return AP_OK;
    if (chain == NULL) {
        status = state_add_chain(recheck->state, &now->id, err);
        if (status != AP_OK)
            return status;
        chain = &recheck->state->chains[recheck->state->count - 1];
    }
    status = read_old(recheck, chain, now->head_seq, err);
    return status == AP_OK ? read_new(recheck, chain, now->head_seq, err) : status;
}

static enum ap_status read_chains(struct recheck *recheck, struct ap_error *err)
{
    const struct ap_verify_report *report = recheck->report;
    struct ap_verify_incremental *sums = &recheck->report->incremental;
    enum ap_status status = AP_OK;

    for (size_t i = 0; i < recheck->known; i++) {
        recheck->state->chains[i].old = recheck->state->chains[i].count;
        recheck->run->expected +=
            recheck->state->chains[i].points[recheck->state->chains[i].count - 1].seq / recheck->cycle;
    }
    for (size_t i = 0; i < report->chain_count && status == AP_OK; i++)
        status = read_chain(recheck, &report->chains[i], err);
    /* Of a chain that is gone everything is old, and nothing can be read. */
    for (size_t i = 0; i < recheck->known && status == AP_OK; i++) {
        const struct known_chain *chain = &recheck->state->chains[i];
        bool there = false;

        for (size_t low = 0, high = report->chain_count; low < high && !there;) {
            size_t middle = low + (high - low) / 2;
            int order = ap_uuid_compare(&report->chains[middle].id, &chain->id);

            there = order == 0;
            if (order < 0)
                low = middle + 1;
            else
                high = middle;
        }
        if (!there)
            sums->old += chain->points[chain->count - 1].seq;
    }
    return status;
}

/* Entries and points by index. Two answers to one question are no finding, and no proof either. */
static enum ap_status read_by_index(struct recheck *recheck, struct ap_error *err)
{
    struct run *run = recheck->run;
    enum ap_status status = run_use_indexes(run, true, err);

    if (status == AP_OK)
        status = recheck_heads(recheck, err);
    /* The register has been read whole, as it is stored; what follows is never to be. */
    if (status == AP_OK)
        status = ap_db_exec(run->db, "SET LOCAL enable_seqscan = off", err);
    if (status == AP_OK)
        status = recheck_points(recheck, err);
    if (status == AP_OK)
        status = state_choose(recheck->state, recheck->cycle, recheck->now.run, err);
    state_choose_shares(recheck->state, recheck->cycle, recheck->now.run, recheck->share_due);
    if (status == AP_OK)
        status = read_chains(recheck, err);
    if (status == AP_OK)
        status = recheck_tell_rewritten(recheck, err);
    if (status == AP_OK)
        status = recheck_loose(recheck, err);
    if (status == AP_OK)
        status = resolver_flush(&recheck->resolver, err);
    for (size_t i = 0; status == AP_OK && i < recheck->known; i++)
        for (size_t p = 0; p < recheck->state->chains[i].old; p++)
            if ((recheck->state->chains[i].points[p].absent || recheck->state->chains[i].points[p].other) &&
                run->findings.found == run->findings.by_kind[AP_FINDING_GUARD])
                status = ap_fail(err, AP_EIO,
                                 "an index does not show an entry that the table has: REINDEX TABLE "
                                 "auditproof.chain_entry, and run auditverify without a state");
    if (status == AP_OK)
        status = run_use_indexes(run, false, err);
    return status;
}

static enum ap_status conclude(struct recheck *recheck, struct ap_error *err)
{
    struct run *run = recheck->run;
    enum ap_status status = run_check_erasures(run, err);

    if (status == AP_OK)
        status = run_check_retention(run, err);
    if (status == AP_OK)
        status = run_check_purges(run, err);
    if (status == AP_OK)
        status = run_report_unadopted(run, err);
    if (status == AP_OK)
        status = run_check_sealed(run, recheck->report, err);
    if (status == AP_OK)
        status = run_check_adoptions(run, recheck->report, err);
    if (status == AP_OK)
        status = run_check_told(run, &recheck->told, err);
    return status == AP_OK ? recheck_settle(recheck, err) : status;
}

enum ap_status run_recheck(struct run *run, struct ap_verify_report *report, struct ap_error *err)
{
    struct ap_incremental *incremental = run->options->incremental;
    struct recheck recheck;
    enum ap_status status;

    memset(&recheck, 0, sizeof recheck);
    run->rechecks = true;
    recheck.run = run;
    recheck.report = report;
    recheck.state = &incremental->state;
    status = check_database(&recheck, err);
    if (status != AP_OK)
        return status;
    run->trees_unread = !is_due(&incremental->state.trees, incremental->cycle, incremental->state.run + 1);
    recheck.cycle = incremental->cycle;
    recheck.known = recheck.state->count;
    recheck.now = (struct read_mark){recheck.state->run + 1, run->snapshot_us};
    recheck.resolver.run = run;
    report->incremental.asked = true;
    report->incremental.run = recheck.now.run;
    report->incremental.cycle = recheck.cycle;
    if (recheck.state->rows_since_us > AP_US_PER_DAY)
        report->incremental.rows_since_us = recheck.state->rows_since_us - AP_US_PER_DAY;
    report->connections = 1;
    status = ap_digest_new(&recheck.digest, err);
    if (status == AP_OK)
        status = run_check_guards(run, err);
    if (status == AP_OK && !run->trees_unread)
        status = run_check_trees(run, err);
    if (status == AP_OK)
        status = read_by_index(&recheck, err);
    if (status == AP_OK)
        status = conclude(&recheck, err);
    resolver_free(&recheck.resolver);
    ap_digest_free(recheck.digest);
    ap_buf_free(&recheck.text);
    ap_buf_free(&recheck.told);
    return status;
}
