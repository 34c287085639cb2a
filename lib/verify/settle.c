#include <stdlib.h>
#include <string.h>

#include "recheck.h"

/*
 * The state after a run. What had a finding stays as it was, so that the next run comes to the same; and where not all
 * findings are known by their chain, all does.
 */

static bool all_named(const struct findings *findings)
{
    return findings->found == findings->ranks[RANK_DATA].count + findings->ranks[RANK_GUARD].count;
}

/* Trees are judged where the links hold; what was found in them is sought in every run, until it is mended. */
static void settle_trees(struct state *state, const struct findings *findings, const struct read_mark *now)
{
    const struct finding_list *list = &findings->ranks[RANK_DATA];
    const uint64_t *found = findings->by_kind;

    for (size_t i = 0; i < list->count; i++) {
        if (strcmp(list->items[i].object, "tree") != 0 && strcmp(list->items[i].object, "seal log tree") != 0)
            continue;
        state->trees.run = 0;
        return;
    }
    if (found[AP_FINDING_LINK] + found[AP_FINDING_GAP] + found[AP_FINDING_FORK] + found[AP_FINDING_SIGNATURE] +
            found[AP_FINDING_TRUNCATED] + found[AP_FINDING_REWRITTEN] ==
        0)
        state->trees = *now;
}

static bool has_finding(const struct findings *findings, const struct ap_uuid *chain)
{
    const struct finding_list *list = &findings->ranks[RANK_DATA];

    for (size_t i = 0; i < list->count; i++)
        if (list->items[i].has_chain && ap_uuid_equal(&list->items[i].chain, chain))
            return true;
    return false;
}

static void remember_oldest(struct ap_verify_incremental *sums, const struct read_mark *read)
{
    if (sums->oldest_at_us != 0 && sums->oldest_at_us <= read->at_us)
        return;
    sums->oldest_run = read->run;
    sums->oldest_at_us = read->at_us;
}

static void settle_chain(struct recheck *recheck, struct known_chain *chain)
{
    struct ap_verify_incremental *sums = &recheck->report->incremental;
    bool clean = !has_finding(&recheck->run->findings, &chain->id), made_anew = false;

    /* What was read is not what the points are of, where one of these disagrees: none of it is as young as this run. */
    for (size_t p = 0; p < chain->old; p++)
        made_anew = made_anew || chain->points[p].other;
    for (size_t p = 0; p < chain->old && !made_anew; p++) {
        if (chain->points[p].due && chain->points[p].clean)
            chain->points[p].read = recheck->now;
        else if (chain->points[p].due)
            chain->points[p].read.run = 0;
    }
    for (size_t p = chain->old; p < chain->count; p++)
        clean = clean && chain->points[p].clean;
    if (!clean)
        chain->count = chain->old;
    sums->held_chains += !clean;
    if (clean)
        chain_merge_small(chain, recheck->cycle);
    for (size_t p = 0; p < chain->count; p++)
        remember_oldest(sums, &chain->points[p].read);
}

static void drop_empty(struct state *state)
{
    size_t kept = 0;

    for (size_t i = 0; i < state->count; i++) {
        if (state->chains[i].count == 0)
            free(state->chains[i].points);
        else
            state->chains[kept++] = state->chains[i];
    }
    state->count = kept;
}

enum ap_status recheck_settle(struct recheck *recheck, struct ap_error *err)
{
    struct ap_verify_incremental *sums = &recheck->report->incremental;
    struct state *state = recheck->state;

    (void)err;
    for (size_t i = 0; i < recheck->cycle; i++)
        sums->shares_read += recheck->share_due[i];
    sums->advanced = all_named(&recheck->run->findings);
    for (size_t i = 0; i < state->count; i++)
        settle_chain(recheck, &state->chains[i]);
    drop_empty(state);
    state_sort(state);
    for (size_t i = 0; i < recheck->cycle; i++) {
        if (recheck->share_bad[i])
            state->shares[i].run = 0;
        else if (recheck->share_due[i])
            state->shares[i] = recheck->now;
    }
    if (!recheck->window_bad)
        state->rows_since_us = recheck->now.at_us;
    if (!recheck->run->trees_unread)
        settle_trees(state, &recheck->run->findings, &recheck->now);
    state->run = recheck->now.run;
    recheck->run->options->incremental->advanced = sums->advanced;
    return AP_OK;
}

static void take_hash(void *context, size_t place, const uint8_t hash[AP_HASH_LEN], int64_t recorded_at_us)
{
    struct point *point = ((struct point **)context)[place];

    (void)recorded_at_us;
    memcpy(point->hash, hash, AP_HASH_LEN);
    point->absent = false;
}

/* The chain was read whole, and found good: divide it. */
static enum ap_status divide(struct state *state, const struct ap_verify_chain *chain, unsigned cycle,
                             const struct read_mark *now, struct ap_error *err)
{
    size_t segments = segments_of(chain->head_seq, cycle);
    struct point point;
    enum ap_status status = state_add_chain(state, &chain->id, err);

    memset(&point, 0, sizeof point);
    point.read = *now;
    point.absent = true;
    for (size_t i = 1; i <= segments && status == AP_OK; i++) {
        point.seq = segment_end(chain->head_seq, segments, i);
        status = chain_add_point(&state->chains[state->count - 1], &point, err);
    }
    return status;
}

/* The hashes at the points, in the snapshot in which all links were found to hold. */
static enum ap_status take_hashes(struct run *run, struct state *state, struct ap_error *err)
{
    struct wanted *wanted;
    struct point **points;
    size_t count = 0, n = 0;
    enum ap_status status = AP_OK;

    for (size_t i = 0; i < state->count; i++)
        count += state->chains[i].count;
    wanted = calloc(count + 1, sizeof *wanted);
    points = calloc(count + 1, sizeof *points);
    if (wanted == NULL || points == NULL)
        status = ap_fail_memory(err, "the points");
    for (size_t i = 0; status == AP_OK && i < state->count; i++) {
        for (size_t p = 0; p < state->chains[i].count; p++, n++) {
            points[n] = &state->chains[i].points[p];
            wanted[n] = (struct wanted){state->chains[i].id, points[n]->seq};
        }
    }
    if (status == AP_OK)
        status = run_look_up(run, wanted, n, take_hash, points, err);
    for (size_t i = 0; i < n && status == AP_OK; i++)
        if (points[i]->absent)
            status = ap_fail(err, AP_EIO,
                             "an index does not show an entry that was read: REINDEX TABLE "
                             "auditproof.chain_entry");
    free(wanted);
    free(points);
    return status;
}

enum ap_status run_begin_series(struct run *run, struct ap_verify_report *report, struct ap_error *err)
{
    struct ap_incremental *incremental = run->options->incremental;
    struct ap_verify_incremental *sums = &report->incremental;
    struct state *state = &incremental->state;
    const struct read_mark now = {1, run->snapshot_us};
    struct ap_rows *rows = NULL;
    enum ap_status status = ap_db_query(run->db, ap_sql("queries/verify_installed"), 0, NULL, &rows, err);

    if (status == AP_OK)
        state->installed_us = ap_rows_int(rows, 0, 0);
    if (status == AP_OK)
        state->copy = (uint64_t)ap_rows_int(rows, 0, 1);
    ap_rows_free(rows);
    for (size_t i = 0; i < report->chain_count && status == AP_OK; i++) {
        const struct ap_verify_chain *chain = &report->chains[i];

        if (has_finding(&run->findings, &chain->id))
            sums->held_chains++;
        else if (chain->head_seq > 0)
            status = divide(state, chain, incremental->cycle, &now, err);
    }
    if (status == AP_OK)
        status = take_hashes(run, state, err);
    if (status != AP_OK)
        return status;
    state_sort(state);
    state->run = now.run;
    state->share_count = incremental->cycle;
    for (size_t i = 0; i < state->share_count; i++)
        state->shares[i] = now;
    settle_trees(state, &run->findings, &now);
    /* While there are rows without an entry, all rows are looked at in every run. */
    state->rows_since_us = run->findings.by_kind[AP_FINDING_UNCHAINED] == 0 ? now.at_us : 0;
    sums->asked = sums->first = true;
    sums->run = now.run;
    sums->cycle = incremental->cycle;
    sums->fresh = report->entries;
    sums->oldest_run = state->count > 0 ? now.run : 0;
    sums->oldest_at_us = state->count > 0 ? now.at_us : 0;
    sums->shares_read = incremental->cycle;
    sums->advanced = incremental->advanced = all_named(&run->findings);
    return AP_OK;
}
