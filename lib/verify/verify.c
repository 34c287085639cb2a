#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "auditproof/clock.h"
#include "run.h"
#include "state.h"

enum {
    DEFAULT_MAX_FINDINGS = 1000,
    PROGRESS_MS = 500,
};

struct pool {
    struct worker *workers; /* owned */
    pthread_t *threads;     /* owned */
    unsigned count, started;
};

static void pool_free(struct pool *pool)
{
    for (unsigned i = 0; i < pool->count; i++)
        worker_free(&pool->workers[i]);
    free(pool->workers);
    free(pool->threads);
}

static enum ap_status pool_start(struct pool *pool, struct run *run, struct ap_error *err)
{
    unsigned want = run->options->connections;
    enum ap_status status;

    if (want > run->task_count)
        want = (unsigned)run->task_count;
    if (want == 0)
        want = 1;
    pool->workers = calloc(want, sizeof *pool->workers);
    pool->threads = calloc(want, sizeof *pool->threads);
    if (pool->workers == NULL || pool->threads == NULL)
        return ap_fail_memory(err, "the connections");
    while (pool->count < want) {
        status = worker_init(&pool->workers[pool->count++], run, err);
        if (status != AP_OK)
            return status;
    }
    for (; pool->started < want; pool->started++)
        if (pthread_create(&pool->threads[pool->started], NULL, worker_main, &pool->workers[pool->started]) != 0)
            return ap_fail(err, AP_ENOMEM, "cannot start a thread");
    return AP_OK;
}

static void show_progress(const struct run *run)
{
    struct ap_verify_progress progress = {atomic_load(&run->done), run->expected};

    if (run->options->progress != NULL)
        run->options->progress(run->options->context, &progress);
}

/* Wait for all threads, showing progress meanwhile. The first real failure is the run's. */
static enum ap_status pool_join(struct pool *pool, struct run *run, struct ap_error *err)
{
    enum ap_status status = AP_OK;

    for (unsigned i = 0; i < pool->started; i++) {
        struct timespec until;

        do {
            (void)clock_gettime(CLOCK_MONOTONIC, &until);
            until.tv_nsec += PROGRESS_MS * 1000000L;
            until.tv_sec += until.tv_nsec / 1000000000L;
            until.tv_nsec %= 1000000000L;
            show_progress(run);
        } while (pthread_clockjoin_np(pool->threads[i], NULL, CLOCK_MONOTONIC, &until) == ETIMEDOUT);
    }
    show_progress(run);
    for (unsigned i = 0; i < pool->started; i++) {
        struct worker *worker = &pool->workers[i];

        if (worker->status == AP_OK || (status != AP_OK && worker->status == AP_ECANCELLED))
            continue;
        status = worker->status;
        if (err != NULL)
            *err = worker->err;
    }
    return status;
}

/* Add the others' view to the first worker's; *ordered when links have to be read again in order. */
static enum ap_status pool_merge(struct pool *pool, struct run *run, bool *ordered, struct ap_error *err)
{
    struct worker *into = &pool->workers[0];
    enum ap_status status = AP_OK;

    for (unsigned i = 0; i < pool->count && status == AP_OK; i++)
        status = unadopted_merge(&run->unadopted, &pool->workers[i].unadopted, err);
    *ordered = into->links_scattered;
    for (unsigned i = 1; i < pool->count && status == AP_OK; i++) {
        struct worker *from = &pool->workers[i];

        multiset_merge(&into->set, &from->set);
        into->entries += from->entries;
        into->rows += from->rows;
        into->purged += from->purged;
        into->erased_groups += from->erased_groups;
        ap_buf_add(&into->told, from->told.data, from->told.len);
        *ordered = *ordered || from->links_scattered;
        if (*ordered)
            continue;
        status = links_merge(&into->links, &from->links, err);
        if (status == AP_ELIMIT) {
            *ordered = true;
            status = AP_OK;
        }
    }
    return status;
}

static bool is_partial(const struct ap_verify_options *options)
{
    return options->from_seq != 0 || options->to_seq != 0;
}

static int by_id(const void *a, const void *b)
{
    const struct ap_verify_chain *left = a, *right = b;

    return ap_uuid_compare(&left->id, &right->id);
}

static enum ap_status describe_chains(struct ap_verify_report *report, const struct links *links, struct ap_error *err)
{
    report->chains = calloc(links->chains + 1, sizeof *report->chains);
    if (report->chains == NULL)
        return ap_fail_memory(err, "the chains");
    for (size_t i = 0; i < links->cap; i++) {
        const struct link_chain *from = &links->table[i];
        struct ap_verify_chain *chain;

        if (!from->used)
            continue;
        chain = &report->chains[report->chain_count++];
        chain->id = from->id;
        chain->entries = from->entries;
        chain->purged = from->purged;
        chain->first_recorded_us = from->first_recorded_us;
        chain->last_recorded_us = from->last_recorded_us;
        if (from->segment_count > 0) {
            chain->first_seq = from->segments[0]->first.record.seq;
            if (chain->first_seq < links->from_seq)
                chain->first_seq = links->from_seq;
            chain->head_seq = from->segments[from->segment_count - 1]->last.seq;
            memcpy(chain->head_hash, from->segments[from->segment_count - 1]->last.hash, AP_HASH_LEN);
        }
    }
    qsort(report->chains, report->chain_count, sizeof *report->chains, by_id);
    return AP_OK;
}

/* The chains' links are known: close them, by a second reading in order where they came too scattered. */
static enum ap_status finish_links(struct run *run, struct links *links, bool ordered, struct links *again,
                                   struct ap_error *err)
{
    enum ap_status status = AP_OK;

    if (ordered) {
        status = links_init(again, findings_add, &run->link_findings, err);
        again->in_order = true;
        again->from_seq = run->options->from_seq;
        again->latest_us = run->latest_us;
        if (status == AP_OK)
            status = ordered_links(run, again, err);
    }
    if (status == AP_OK)
        status = links_finish(ordered ? again : links, run->options->to_seq, err);
    if (status == AP_OK)
        status = findings_append(&run->findings, &run->link_findings, err);
    return status;
}

static enum ap_status compare_sides(struct run *run, struct multiset *set, struct ap_verify_report *report,
                                    struct ap_error *err)
{
    bool complete = false;
    enum ap_status status = AP_OK;

    if (multiset_is_empty(set))
        return AP_OK;
    /* What the sketch names, without the rows to be adopted that were left out of it, could be one of those. */
    if (run->unadopted.rows == 0)
        status = resolve_sketch(run, set, &complete, err);
    if (status == AP_OK && !complete) {
        report->resolved = true;
        status = resolve_sorted(run, err);
    }
    /* Findings about guards, which are there already, do not account for a difference in the data. */
    if (status == AP_OK && run->findings.found == run->findings.by_kind[AP_FINDING_GUARD])
        return ap_fail(err, AP_EIO,
                       "the rows and the chains differ, and reading them again does not show where: "
                       "the server gave two answers to one question");
    return status;
}

/* An empty stream is no proof of anything. */
static enum ap_status check_not_empty(const struct run *run, const struct worker *sum, bool *nothing,
                                      struct ap_error *err)
{
    const struct ap_verify_options *options = run->options;
    char chain[AP_UUID_TEXT_SIZE];

    /* What was sealed, and is gone, is something to tell of. */
    if (!is_partial(options) && (options->has_chain ? pin_find(&run->seals, &options->chain) != NULL
                                                    : run->seals.known_count + run->seals.rows > 0))
        return AP_OK;
    if (sum->entries > 0 || (!is_partial(options) && (sum->rows > 0 || sum->links.chains > 0)))
        return AP_OK;
    *nothing = true;
    if (!options->has_chain)
        return ap_fail(err, AP_ESTATE, "there is nothing to verify: audit_logs and its chains are empty");
    ap_uuid_format(chain, &options->chain);
    if (!is_partial(options))
        return ap_fail(err, AP_ESTATE, "there is nothing to verify: no chain %s, and no rows of it", chain);
    return ap_fail(err, AP_ESTATE, "there is nothing to verify: chain %s has no entry in the range of sequence numbers",
                   chain);
}

static enum ap_status conclude(struct run *run, struct pool *pool, struct ap_verify_report *report,
                               struct ap_error *err)
{
    struct worker *sum = &pool->workers[0];
    struct links again, *links = &sum->links;
    bool ordered = false;
    enum ap_status status = pool_merge(pool, run, &ordered, err);

    memset(&again, 0, sizeof again);
    if (status == AP_OK)
        status = finish_links(run, &sum->links, ordered, &again, err);
    if (ordered)
        links = &again;
    /* A range that is empty tells nothing about the register. */
    if (status == AP_OK && is_partial(run->options))
        status = check_not_empty(run, sum, &report->nothing, err);
    if (status == AP_OK)
        status = run_check_register(run, links, err);
    if (status == AP_OK)
        status = check_not_empty(run, sum, &report->nothing, err);
    if (status == AP_OK)
        status = run_check_erasures(run, err);
    if (status == AP_OK)
        status = run_check_retention(run, err);
    if (status == AP_OK)
        status = run_check_purges(run, err);
    if (status == AP_OK)
        status = run_check_claims(run, err);
    if (status == AP_OK)
        status = compare_sides(run, &sum->set, report, err);
    if (status == AP_OK)
        status = run_report_unadopted(run, err);
    if (status == AP_OK)
        status = describe_chains(report, links, err);
    if (status == AP_OK)
        status = run_check_sealed(run, report, err);
    if (status == AP_OK)
        status = run_check_adoptions(run, report, err);
    if (status == AP_OK)
        status = run_check_told(run, &sum->told, err);
    report->entries = sum->entries;
    report->rows = sum->rows;
    report->purged = sum->purged;
    report->erased_groups = sum->erased_groups;
    report->connections = pool->count;
    links_free(&again);
    return status;
}

/* Guards and trees are compared over the coordinating connection while the others read. The first failure is the run's.
 */
static enum ap_status read_all(struct run *run, struct pool *pool, struct ap_error *err)
{
    struct ap_error joined;
    enum ap_status join_status, status = pool_start(pool, run, err);

    if (status == AP_OK)
        status = run_check_guards(run, err);
    if (status == AP_OK)
        status = run_check_trees(run, err);
    if (status != AP_OK)
        atomic_store(&run->failed, true);
    join_status = pool_join(pool, run, &joined);
    if (status == AP_OK && join_status != AP_OK) {
        status = join_status;
        if (err != NULL)
            *err = joined;
    }
    return status;
}

static enum ap_status verify_in_snapshot(struct run *run, struct ap_verify_report *report, struct ap_error *err)
{
    const struct ap_incremental *series = run->options->incremental;
    struct pool pool = {NULL, NULL, 0, 0};
    enum ap_status status = run_read_anchors(run, err);

    if (status == AP_OK)
        status = run_begin(run, report, err);
    if (status == AP_OK)
        status = run_load_purges(run, err);
    if (status == AP_OK)
        status = run_load_unadopted(run, err);
    if (status == AP_OK)
        status = run_load_trust(run, err);
    if (status == AP_OK)
        status = run_check_notes(run, err);
    if (status == AP_OK)
        status = run_load_checkpoints(run, err);
    if (status == AP_OK)
        status = run_rebuild_log(run, err);
    if (status == AP_OK)
        status = run_check_stamps(run, err);
    if (status == AP_OK && series != NULL && series->state.run > 0) {
        status = run_recheck(run, report, err);
    } else if (status == AP_OK) {
        status = run_plan(run, err);
        if (status == AP_OK)
            status = read_all(run, &pool, err);
        if (status == AP_OK)
            status = conclude(run, &pool, report, err);
        if (status == AP_OK && series != NULL)
            status = run_begin_series(run, report, err);
    }
    report->streams = (unsigned)run->task_count;
    report->through_view = run->through_view;
    report->unadopted = run->unadopted.rows;
    pool_free(&pool);
    return status;
}

static enum ap_status check_options(const struct ap_verify_options *options, struct ap_error *err)
{
    if (options->connections > AP_VERIFY_MAX_CONNECTIONS)
        return ap_fail(err, AP_EINPUT, "%u connections are too many: %d at most", options->connections,
                       AP_VERIFY_MAX_CONNECTIONS);
    if ((options->from_seq != 0 || options->to_seq != 0) && !options->has_chain)
        return ap_fail(err, AP_EINPUT, "a range of sequence numbers needs the one chain that it is of");
    if (options->to_seq != 0 && options->from_seq > options->to_seq)
        return ap_fail(err, AP_EINPUT, "the first sequence number is past the last");
    if (options->key_count > 0 && options->policy != NULL)
        return ap_fail(err, AP_EINPUT, "keys and a policy exclude each other: a policy names its keys");
    if (options->incremental != NULL && (options->has_chain || options->compare_clocks))
        return ap_fail(err, AP_EINPUT, "an incremental verification is of all chains, and compares no clocks");
    return AP_OK;
}

static enum ap_verdict verdict_of(const struct run *run, const struct ap_verify_report *report)
{
    if (report->found > 0)
        return AP_VERDICT_FINDINGS;
    if (report->seals.covered == 0 || !report->seals.counts)
        return AP_VERDICT_INTACT;
    return run->seals.wanted == WORTH_TRUST ? AP_VERDICT_TRUSTED : AP_VERDICT_ANCHORED;
}

enum ap_status ap_verify(struct ap_db *db, const struct ap_verify_options *options, struct ap_verify_report *report,
                         struct ap_error *err)
{
    size_t max = options->max_findings > 0 ? options->max_findings : DEFAULT_MAX_FINDINGS;
    struct run run;
    enum ap_status status = check_options(options, err);

    memset(report, 0, sizeof *report);
    if (status != AP_OK)
        return status;
    memset(&run, 0, sizeof run);
    run.db = db;
    run.options = options;
    status = findings_init(&run.findings, max, err);
    if (status == AP_OK)
        status = findings_init(&run.link_findings, max, err);
    if (status == AP_OK)
        status = seals_init(&run.seals, err);
    if (status == AP_OK)
        status = multiset_key_draw(&run.key, err);
    if (status == AP_OK)
        status = ap_random(run.marks, sizeof run.marks, err);
    if (status == AP_OK)
        status = watch_start(&run.watch, options->stop, err);
    if (status == AP_OK) {
        watch_add(&run.watch, db);
        status = verify_in_snapshot(&run, report, err);
    }
    watch_end(&run.watch);
    if (status != AP_OK && options->stop != NULL && *options->stop)
        status = ap_fail(err, AP_ECANCELLED, "stopped on request");
    /* The snapshot is read only; ending it can lose nothing. */
    ap_db_rollback(db);
    if (status == AP_OK)
        status = findings_hand_over(&run.findings, report, err);
    report->verdict = verdict_of(&run, report);
    report->partial = is_partial(options);
    for (size_t i = 0; i < run.task_count; i++)
        free(run.tasks[i].statement);
    free(run.tasks);
    free(run.purges);
    free(run.adopted);
    unadopted_free(&run.unadopted);
    seals_free(&run.seals);
    trust_free(&run.trust);
    findings_free(&run.findings);
    findings_free(&run.link_findings);
    return status;
}

void ap_verify_report_free(struct ap_verify_report *report)
{
    free(report->chains);
    free(report->findings);
    memset(report, 0, sizeof *report);
}
