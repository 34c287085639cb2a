#include "metrics_file.h"

#include <stdio.h>
#include <string.h>

#include "auditproof/clock.h"
#include "metrics.h"

enum { KIND_SIZE = 16 };

static void keep(struct metrics *m, enum metric first, enum metric last)
{
    for (int metric = (int)first; metric <= (int)last; metric++)
        metrics_keep(m, (enum metric)metric);
}

/* Anchors that were named; witnesses of the policy are none, for its quorum counts and not each of them. */
static void add_anchors(struct metrics *m, const struct round_end *round)
{
    const struct ap_seal_report *report = round->report;
    size_t named = round->anchoring->named, have = (size_t)anchoring_have(round->anchoring, report);

    metrics_set(m, SEAL_ANCHORS, (int64_t)named);
    metrics_set(m, SEAL_ANCHORS_HAVE, (int64_t)have);
    metrics_set(m, SEAL_ANCHORS_LACKING, (int64_t)(named - have));
    metrics_set(m, SEAL_ANCHORS_REQUIRED, (int64_t)anchoring_required(round->anchoring));
    if (named == 0)
        return;
    metrics_head(m, SEAL_ANCHOR_HAS_NEWEST);
    for (size_t i = 0; i < named; i++) {
        const char *name = round->anchoring->anchors[i];
        char kind[KIND_SIZE];
        const struct metric_label labels[] = {{"kind", kind}, {"name", name}};

        (void)snprintf(kind, sizeof kind, "%.*s", (int)strcspn(name, ":"), name);
        metrics_sample(m, SEAL_ANCHOR_HAS_NEWEST, labels, 2, i < report->anchor_count && report->anchors[i].done);
    }
}

static void add_policy(struct metrics *m, const struct round_end *round)
{
    const struct ap_policy *policy = round->anchoring->policy;

    if (policy == NULL)
        return;
    metrics_set(m, SEAL_POLICY_FULFILLED, round->report->anchor_count > 0 && round->report->quorum);
    if (policy->witness_count == 0)
        return;
    metrics_head(m, SEAL_WITNESS_HAS_COSIGNED);
    for (size_t i = 0; i < policy->witness_count; i++) {
        struct metric_label label = {"name", policy->witnesses[i].name};

        metrics_sample(m, SEAL_WITNESS_HAS_COSIGNED, &label, 1, round->report->cosigned[i]);
    }
}

static void add_round(struct metrics *m, const struct round_end *round)
{
    int64_t now_s = ap_clock_now_us() / AP_US_PER_SECOND;
    bool success = round->exit_status == EXIT_DONE;

    metrics_set(m, SEAL_LAST_RUN, now_s);
    if (success)
        metrics_set(m, SEAL_LAST_SUCCESS, now_s);
    else
        metrics_keep(m, SEAL_LAST_SUCCESS);
    metrics_set(m, SEAL_SUCCESS, success);
    metrics_set_seconds(m, SEAL_DURATION, round->duration_us);
    metrics_set(m, SEAL_EXIT_STATUS, round->exit_status);
    if (round->report == NULL) {
        keep(m, SEAL_FINDINGS, SEAL_POLICY_FULFILLED);
        return;
    }
    metrics_set(m, SEAL_FINDINGS, (int64_t)round->findings);
    add_anchors(m, round);
    add_policy(m, round);
}

static void add_state(struct metrics *m, const struct ap_seal_state *state)
{
    bool all = state->oldest_unsealed_us == AP_TIME_INFINITY;

    metrics_set(m, SEAL_ENTRIES, (int64_t)state->entries);
    metrics_set(m, SEAL_UNSEALED_ENTRIES, (int64_t)(state->entries - state->sealed_entries));
    metrics_set(m, SEAL_UNSEALED_SECONDS, all ? 0 : (state->now_us - state->oldest_unsealed_us) / AP_US_PER_SECOND);
    metrics_set(m, SEAL_LOG_SIZE, (int64_t)state->size);
    if (state->sealed)
        metrics_set(m, SEAL_CHECKPOINT_TIME, state->sealed_at_us / AP_US_PER_SECOND);
}

enum ap_status metrics_file_write(const char *path, const char *database, const struct ap_seal_state *state,
                                  const struct round_end *round, struct ap_error *err)
{
    struct metrics m;
    enum ap_status status = metrics_open(&m, path, database, err);

    if (round != NULL)
        add_round(&m, round);
    else
        keep(&m, SEAL_LAST_RUN, SEAL_POLICY_FULFILLED);
    if (state != NULL)
        add_state(&m, state);
    else
        keep(&m, SEAL_ENTRIES, SEAL_CHECKPOINT_TIME);
    if (status == AP_OK)
        status = metrics_write(&m, path, err);
    metrics_free(&m);
    return status;
}
