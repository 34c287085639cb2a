#include "auditproof/adopt.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#include "auditproof/bytes.h"
#include "auditproof/clock.h"

enum {
    DEFAULT_LOCK_MS = 200,
    FIRST_BATCH = 500,
    MIN_BATCH = 50,
    MAX_BATCH = 20000,
    ANNOUNCE_BATCH = 50, /* chains locked together by the entries that start or finish their adoption */
    MAX_TRIES = 120,     /* a quarter of a second apart, on top of the half that a batch waits for a lock */
    MAX_SWEEPS = 3,
    STATEMENT_STEPS = 100000, /* more partitions than a database has: ends a loop that gets nowhere */
};

#define NIL_UUID "00000000-0000-0000-0000-000000000000"

struct adoption {
    struct ap_db *db;
    const struct ap_adopt_options *options;
    struct ap_adopt_result *result;
    struct ap_error *err;
    char after_time[AP_TIME_TEXT_SIZE];
    char after_id[AP_UUID_TEXT_SIZE];
    bool undated;
    unsigned most;
};

static void report(const struct adoption *a, enum ap_adopt_step step)
{
    if (a->options->progress != NULL)
        a->options->progress(a->options->context, step, a->result->adopted, a->result->planned);
}

static bool is_stopped(const struct adoption *a)
{
    return a->options->stop != NULL && *a->options->stop != 0;
}

/* Deadlock, lock timeout, serialization failure: somebody else was in the way, and nothing was done. */
static bool may_retry(const struct ap_error *err)
{
    return err->status == AP_ESQL && (strcmp(err->sqlstate, "40P01") == 0 || strcmp(err->sqlstate, "55P03") == 0 ||
                                      strcmp(err->sqlstate, "40001") == 0);
}

/* One statement, again where another transaction was in the way. */
static enum ap_status patient_query(struct adoption *a, const char *sql, int count, const char *const *values,
                                    struct ap_rows **rows)
{
    const struct timespec pause = {0, 250000000};
    enum ap_status status;

    for (int i = 0;; i++) {
        status = ap_db_query(a->db, sql, count, values, rows, a->err);
        if (status == AP_OK || !may_retry(a->err))
            return status;
        if (i + 1 == MAX_TRIES)
            return ap_error_prefix(a->err,
                                   "another transaction holds what adoption needs; run again when it has ended");
        if (is_stopped(a))
            return ap_fail(a->err, AP_ECANCELLED, "stopped");
        a->result->retries++;
        (void)nanosleep(&pause, NULL);
    }
}

static enum ap_status require_state(struct adoption *a)
{
    struct ap_rows *rows = NULL;
    enum ap_status status = ap_db_query(a->db, ap_sql("queries/adopt_state"), 0, NULL, &rows, a->err);

    if (status != AP_OK)
        return status;
    if (!ap_rows_bool(rows, 0, 0))
        status = ap_fail(a->err, AP_ESTATE, "auditproof is not installed in database \"%s\": run auditmigrate install",
                         ap_db_name(a->db));
    else
        a->result->complete = ap_rows_bool(rows, 0, 1);
    ap_rows_free(rows);
    return status;
}

static enum ap_status lock(struct adoption *a)
{
    struct ap_rows *rows = NULL;
    enum ap_status status = ap_db_query(a->db, ap_sql("queries/adopt_lock"), 0, NULL, &rows, a->err);

    if (status == AP_OK && !ap_rows_bool(rows, 0, 0))
        status = ap_fail(a->err, AP_ESTATE, "another session (server process %s) is adopting: wait for it, or end it",
                         ap_rows_text(rows, 0, 1) != NULL ? ap_rows_text(rows, 0, 1) : "unknown");
    ap_rows_free(rows);
    return status;
}

/* A query answers with the next statement to run, until it answers with none. */
static enum ap_status run_steps(struct adoption *a, const char *query, int count, const char *const *values)
{
    for (int i = 0; i < STATEMENT_STEPS; i++) {
        struct ap_rows *rows = NULL;
        enum ap_status status = ap_db_query(a->db, query, count, values, &rows, a->err);

        if (status == AP_OK && ap_rows_count(rows) == 0) {
            ap_rows_free(rows);
            return AP_OK;
        }
        if (status == AP_OK)
            status = patient_query(a, ap_rows_str(rows, 0, 0), 0, NULL, NULL);
        ap_rows_free(rows);
        if (status != AP_OK)
            return status;
        if (is_stopped(a))
            return ap_fail(a->err, AP_ECANCELLED, "stopped");
    }
    return ap_fail(a->err, AP_EINTERNAL, "adoption: a step is asked for again and again");
}

static enum ap_status set_index(struct adoption *a, bool wanted)
{
    const char *value = wanted ? "true" : "false";

    return run_steps(a, ap_sql("queries/adopt_index"), 1, &value);
}

static enum ap_status plan(struct adoption *a)
{
    struct ap_rows *rows = NULL;
    enum ap_status status;

    report(a, AP_ADOPT_PLAN);
    status = ap_db_query(a->db, ap_sql("queries/adopt_plan"), 0, NULL, &rows, a->err);
    if (status == AP_OK) {
        a->result->planned = (uint64_t)ap_rows_int(rows, 0, 0);
        a->result->chains = (uint64_t)ap_rows_int(rows, 0, 1);
    }
    ap_rows_free(rows);
    return status;
}

static enum ap_status announce(struct adoption *a, bool finished)
{
    char most[16];
    const char *values[] = {finished ? "true" : "false", most};
    int64_t written;

    (void)snprintf(most, sizeof most, "%d", ANNOUNCE_BATCH);
    do {
        struct ap_rows *rows = NULL;
        enum ap_status status = patient_query(a, ap_sql("queries/adopt_announce"), 2, values, &rows);

        if (status != AP_OK)
            return status;
        written = ap_rows_int(rows, 0, 0);
        ap_rows_free(rows);
        if (is_stopped(a))
            return ap_fail(a->err, AP_ECANCELLED, "stopped");
    } while (written > 0);
    return AP_OK;
}

/* Where the next batch begins, from the answer to the last; *more says whether there can be one. */
static enum ap_status advance(struct adoption *a, const struct ap_rows *rows, bool *more)
{
    const char *at = ap_rows_str(rows, 0, 0), *id = ap_rows_str(rows, 0, 1);

    *more = true;
    a->result->adopted += (uint64_t)ap_rows_int(rows, 0, 3);
    if (ap_rows_int(rows, 0, 2) == 0) {
        *more = !a->undated;
        a->undated = true;
        memcpy(a->after_id, NIL_UUID, sizeof NIL_UUID);
        return AP_OK;
    }
    if (strlen(at) >= sizeof a->after_time || strlen(id) >= sizeof a->after_id)
        return ap_fail(a->err, AP_EINTERNAL, "adoption: unexpected position (%s, %s)", at, id);
    memcpy(a->after_time, at, strlen(at) + 1);
    memcpy(a->after_id, id, strlen(id) + 1);
    return AP_OK;
}

/*
 * The size of the next batch: what would have locked chains for three quarters of lock_ms, and taken no more than four
 * times that with the work before the locks; moving at most by half or double at a time.
 */
static void adapt(struct adoption *a, int64_t taken_us, int64_t locked_us)
{
    int64_t aim_us = (int64_t)(a->options->lock_ms != 0 ? a->options->lock_ms : DEFAULT_LOCK_MS) * 1000 * 3 / 4;
    int64_t cost_us = locked_us > taken_us / 4 ? locked_us : taken_us / 4;
    int64_t next = (int64_t)a->most * aim_us / (cost_us > 0 ? cost_us : 1);

    if (next > (int64_t)a->most * 2)
        next = (int64_t)a->most * 2;
    if (next < (int64_t)a->most / 2)
        next = (int64_t)a->most / 2;
    a->most = next < MIN_BATCH ? MIN_BATCH : next > MAX_BATCH ? MAX_BATCH : (unsigned)next;
}

static enum ap_status batch(struct adoption *a, bool *more)
{
    char most[16];
    const char *values[] = {a->after_time, a->after_id, a->undated ? "true" : "false", most};
    struct ap_rows *rows = NULL;
    uint64_t retries = a->result->retries;
    int64_t began = ap_clock_monotonic_us(), taken_us;
    enum ap_status status;

    (void)snprintf(most, sizeof most, "%u", a->most);
    status = patient_query(a, ap_sql("queries/adopt_batch"), 4, values, &rows);
    if (status != AP_OK)
        return status;
    taken_us = ap_clock_monotonic_us() - began;
    status = advance(a, rows, more);
    a->result->batches++;
    if (ap_rows_int(rows, 0, 4) / 1000 > a->result->longest_lock_ms)
        a->result->longest_lock_ms = (unsigned)(ap_rows_int(rows, 0, 4) / 1000);
    /* A batch that waited for others, or that the end cut short, says nothing about the size. */
    if (retries == a->result->retries && ap_rows_int(rows, 0, 2) == (int64_t)a->most)
        adapt(a, taken_us, ap_rows_int(rows, 0, 4));
    ap_rows_free(rows);
    return status;
}

static enum ap_status walk(struct adoption *a)
{
    bool more = true;

    memcpy(a->after_time, "-infinity", sizeof "-infinity");
    memcpy(a->after_id, NIL_UUID, sizeof NIL_UUID);
    a->undated = false;
    a->most = FIRST_BATCH;
    while (more) {
        enum ap_status status = batch(a, &more);

        if (status != AP_OK)
            return status;
        report(a, AP_ADOPT_ROWS);
        if (more && is_stopped(a))
            return ap_fail(a->err, AP_ECANCELLED, "stopped");
    }
    return AP_OK;
}

/* Rows can be left behind only by somebody who takes salts away meanwhile: look again before saying that all is done.
 */
static enum ap_status adopt_rows(struct adoption *a)
{
    struct ap_adopt_result *result = a->result;

    for (int i = 0; i < MAX_SWEEPS; i++) {
        uint64_t planned = result->planned, chains = result->chains;
        enum ap_status status = plan(a);

        if (status != AP_OK)
            return status;
        if (result->planned == 0) {
            result->planned = planned;
            result->chains = chains;
            return announce(a, true);
        }
        if (i > 0) {
            result->planned += planned;
            result->chains = chains > result->chains ? chains : result->chains;
        }
        report(a, AP_ADOPT_INDEX);
        status = set_index(a, true);
        if (status == AP_OK)
            status = announce(a, false);
        if (status == AP_OK)
            status = walk(a);
        if (status != AP_OK)
            return status;
    }
    return ap_fail(a->err, AP_ESTATE,
                   "rows without a salt keep appearing in audit_logs: see who takes chain_salt away, then run again");
}

enum ap_status ap_adopt_run(struct ap_db *db, const struct ap_adopt_options *options, struct ap_adopt_result *result,
                            struct ap_error *err)
{
    static const struct ap_adopt_options defaults;
    struct ap_error scratch = {0}, unlock;
    struct adoption a = {.db = db, .options = options != NULL ? options : &defaults, .result = result};
    enum ap_status status;

    a.err = err != NULL ? err : &scratch;
    *result = (struct ap_adopt_result){0};
    status = require_state(&a);
    if (status != AP_OK)
        return status;
    status = lock(&a);
    if (status != AP_OK)
        return status;
    if (!result->complete)
        status = adopt_rows(&a);
    if (status == AP_OK) {
        report(&a, AP_ADOPT_TIDY);
        status = run_steps(&a, ap_sql("queries/adopt_require"), 0, NULL);
    }
    if (status == AP_OK)
        status = set_index(&a, false);
    if (status == AP_OK)
        status = require_state(&a);
    /* A lost connection has given the lock back already, and then there is a failure to report as it is. */
    if (ap_db_query(db, ap_sql("queries/adopt_unlock"), 0, NULL, NULL, &unlock) != AP_OK && status == AP_OK) {
        *a.err = unlock;
        status = unlock.status;
    }
    return status;
}
