#include "auditproof/partition.h"

#include <stdio.h>
#include <string.h>

#include "auditproof/clock.h"
#include "schema_internal.h"

enum {
    COPY_MS = 200,     /* what a batch of blocks aims to take */
    FIRST_BLOCKS = 64, /* of 8 KiB */
    MOST_BLOCKS = 65536,
    MAX_SWEEPS = 3,
};

const char *const ap_partition_tables[] = {"audit_logs", "performance_analytics", NULL};

struct mover {
    struct ap_db *db;
    const char *table;
    const struct ap_partition_options *options;
    struct ap_partition_result *result;
    struct ap_error *err;
};

static void tell(const struct mover *m, enum ap_partition_step step, const char *text, uint64_t done, uint64_t total)
{
    if (m->options->event != NULL)
        m->options->event(m->options->context, step, m->table, text, done, total);
}

static bool is_stopped(const struct mover *m)
{
    return m->options->stop != NULL && *m->options->stop != 0;
}

static enum ap_status stopped(struct mover *m)
{
    return ap_fail(m->err, AP_ECANCELLED, "stopped");
}

/* One transaction, between BEGIN and COMMIT. */
typedef enum ap_status work_fn(struct mover *m);

static enum ap_status transaction(struct mover *m, work_fn *work)
{
    struct ap_buf begin = AP_BUF_INIT;
    enum ap_status status = schema_begin_sql(&begin, m->options->lock_timeout_ms, m->err);

    if (status == AP_OK)
        status = ap_db_exec(m->db, begin.data, m->err);
    ap_buf_free(&begin);
    if (status == AP_OK)
        status = work(m);
    if (status == AP_OK)
        status = ap_db_exec(m->db, ap_sql("install/commit"), m->err);
    if (status != AP_OK)
        ap_db_rollback(m->db);
    return status;
}

/* Again, where somebody else's lock was in the way. */
static enum ap_status patiently(struct mover *m, work_fn *work)
{
    for (unsigned n = 0;; n++) {
        enum ap_status status = transaction(m, work);

        if (status == AP_OK || n + 1 >= m->options->attempts || !schema_worth_repeating(m->err))
            return status;
        if (is_stopped(m))
            return stopped(m);
        tell(m, AP_PARTITION_WAIT, m->err->message, n + 2, m->options->attempts);
        schema_pause(n);
    }
}

static enum ap_status prepare(struct mover *m)
{
    char ahead[16];
    const char *values[] = {m->table, ahead};

    (void)snprintf(ahead, sizeof ahead, "%u", m->options->ahead);
    return ap_db_query(m->db, ap_sql("queries/partition_prepare"), 2, values, NULL, m->err);
}

static enum ap_status copy_blocks(struct mover *m, unsigned blocks, uint64_t *done, uint64_t *total)
{
    char count[16];
    const char *values[] = {m->table, count};
    struct ap_rows *rows = NULL;
    enum ap_status status;

    (void)snprintf(count, sizeof count, "%u", blocks);
    status = ap_db_query(m->db, ap_sql("queries/partition_copy"), 2, values, &rows, m->err);
    if (status == AP_OK) {
        *done = (uint64_t)ap_rows_int(rows, 0, 0);
        *total = (uint64_t)ap_rows_int(rows, 0, 1);
    }
    ap_rows_free(rows);
    return status;
}

/* In batches that keep nobody waiting for long: whoever changes or deletes a row waits for the one under way. */
static enum ap_status copy(struct mover *m)
{
    uint64_t done = 0, total = 1;
    unsigned blocks = FIRST_BLOCKS, tries = 0;

    while (done < total) {
        int64_t began = ap_clock_monotonic_us(), taken;
        enum ap_status status = copy_blocks(m, blocks, &done, &total);

        if (is_stopped(m))
            return stopped(m);
        if (status != AP_OK && ++tries < m->options->attempts && schema_worth_repeating(m->err)) {
            schema_pause(tries);
            continue;
        }
        if (status != AP_OK)
            return status;
        tries = 0;
        taken = (ap_clock_monotonic_us() - began) / 1000;
        if (taken < COPY_MS && blocks < MOST_BLOCKS)
            blocks *= 2;
        else if (taken > 2 * (int64_t)COPY_MS && blocks > 1)
            blocks /= 2;
        tell(m, AP_PARTITION_COPY, NULL, done, total);
    }
    return AP_OK;
}

static enum ap_status analyze(struct mover *m)
{
    struct ap_rows *rows = NULL;
    enum ap_status status = ap_db_query(m->db, ap_sql("queries/partition_analyze"), 1, &m->table, &rows, m->err);

    if (status == AP_OK)
        status = ap_db_exec(m->db, ap_rows_str(rows, 0, 0), m->err);
    ap_rows_free(rows);
    return status;
}

static enum ap_status compare(struct mover *m, bool *same)
{
    struct ap_rows *rows = NULL;
    enum ap_status status = ap_db_query(m->db, ap_sql("queries/partition_compare"), 1, &m->table, &rows, m->err);

    *same = status == AP_OK && ap_rows_bool(rows, 0, 0);
    ap_rows_free(rows);
    return status;
}

static enum ap_status copy_until_same(struct mover *m)
{
    for (int i = 0; i < MAX_SWEEPS; i++) {
        bool same = false;
        enum ap_status status = copy(m);

        tell(m, AP_PARTITION_COMPARE, NULL, 0, 0);
        if (status == AP_OK)
            status = analyze(m);
        if (status == AP_OK)
            status = compare(m, &same);
        if (status != AP_OK || same)
            return status;
        if (is_stopped(m))
            return stopped(m);
    }
    return ap_fail(m->err, AP_ESTATE,
                   "public.%s and its copy stay different: see who rewrites the table, then run again", m->table);
}

static enum ap_status swap(struct mover *m)
{
    struct schema_steps steps;
    int64_t began = ap_clock_monotonic_us();
    enum ap_status status = schema_steps_build(&steps, false, m->err);

    if (status == AP_OK)
        status = ap_db_query(m->db, ap_sql("queries/partition_swap"), 1, &m->table, NULL, m->err);
    if (status == AP_OK)
        status = schema_steps_run(m->db, &steps, m->err);
    if (status == AP_OK)
        status = ap_db_query(m->db, ap_sql("queries/partition_tell"), 1, &m->table, NULL, m->err);
    m->result->swap_us = (uint64_t)(ap_clock_monotonic_us() - began);
    schema_steps_free(&steps);
    return status;
}

static enum ap_status give_up(struct mover *m)
{
    return ap_db_query(m->db, ap_sql("queries/partition_giveup"), 1, &m->table, NULL, m->err);
}

struct state {
    bool partitioned, moving;
};

static enum ap_status read_state(struct mover *m, struct state *state)
{
    struct ap_rows *rows = NULL;
    enum ap_status status = ap_db_query(m->db, ap_sql("queries/partition_state"), 1, &m->table, &rows, m->err);

    if (status == AP_OK && !ap_rows_bool(rows, 0, 2))
        status =
            ap_fail(m->err, AP_ESTATE,
                    "auditproof is not installed in database \"%s\", or an earlier version: run auditmigrate install",
                    ap_db_name(m->db));
    if (status == AP_OK && ap_rows_text(rows, 0, 0) == NULL)
        status = ap_fail(m->err, AP_ESTATE, "there is no table public.%s", m->table);
    if (status == AP_OK) {
        state->partitioned = strcmp(ap_rows_str(rows, 0, 0), "p") == 0;
        state->moving = ap_rows_bool(rows, 0, 1);
    }
    ap_rows_free(rows);
    return status;
}

/* Tells each row of a query that names what is in the way, and fails where there is one. */
static enum ap_status require_none(struct mover *m, const char *query, ap_partition_problem_fn *problem)
{
    struct ap_rows *rows = NULL;
    enum ap_status status = ap_db_query(m->db, ap_sql(query), 1, &m->table, &rows, m->err);
    size_t count;

    if (status != AP_OK)
        return status;
    count = ap_rows_count(rows);
    for (size_t i = 0; i < count; i++)
        problem(m->options->context, ap_rows_str(rows, i, 0));
    ap_rows_free(rows);
    if (count > 0)
        return ap_fail(m->err, AP_ESTATE, "public.%s was left as it is: %zu problem%s, see above; nothing was touched",
                       m->table, count, count == 1 ? "" : "s");
    return AP_OK;
}

static enum ap_status lock(struct mover *m)
{
    struct ap_rows *rows = NULL;
    enum ap_status status = ap_db_query(m->db, ap_sql("queries/partition_lock"), 0, NULL, &rows, m->err);

    if (status == AP_OK && !ap_rows_bool(rows, 0, 0))
        status = ap_fail(m->err, AP_ESTATE, "another session is moving tables to partitions: wait for it, or end it");
    ap_rows_free(rows);
    return status;
}

/* A lost connection has given the lock back already, and then there is a failure to report as it is. */
static enum ap_status unlock(struct mover *m, enum ap_status status)
{
    struct ap_error failure;

    if (ap_db_query(m->db, ap_sql("queries/partition_unlock"), 0, NULL, NULL, &failure) == AP_OK || status != AP_OK)
        return status;
    *m->err = failure;
    return failure.status;
}

enum ap_status ap_partition_move(struct ap_db *db, const char *table, const struct ap_partition_options *options,
                                 ap_partition_problem_fn *problem, struct ap_partition_result *result,
                                 struct ap_error *err)
{
    struct mover m = {db, table, options, result, err};
    struct state state = {false, false};
    enum ap_status status = lock(&m);

    if (status != AP_OK)
        return status;
    status = require_none(&m, "queries/partition_refused", problem);
    if (status == AP_OK)
        status = read_state(&m, &state);
    if (status == AP_OK && !state.partitioned && !state.moving) {
        status = require_none(&m, "queries/partition_problems", problem);
        if (status == AP_OK) {
            tell(&m, AP_PARTITION_PREPARE, NULL, 0, 0);
            status = patiently(&m, prepare);
        }
    }
    if (status == AP_OK && !state.partitioned)
        status = copy_until_same(&m);
    if (status == AP_OK && !state.partitioned) {
        tell(&m, AP_PARTITION_SWAP, NULL, 0, 0);
        status = patiently(&m, swap);
        result->moved = status == AP_OK;
    }
    return unlock(&m, status);
}

enum ap_status ap_partition_give_up(struct ap_db *db, const char *table, const struct ap_partition_options *options,
                                    ap_partition_problem_fn *problem, struct ap_error *err)
{
    struct mover m = {db, table, options, NULL, err};
    struct state state = {false, false};
    enum ap_status status = lock(&m);

    if (status != AP_OK)
        return status;
    status = require_none(&m, "queries/partition_refused", problem);
    if (status == AP_OK)
        status = read_state(&m, &state);
    if (status == AP_OK && state.moving)
        status = patiently(&m, give_up);
    return unlock(&m, status);
}

static enum ap_status make_month(struct mover *m, const char *month, const char *label)
{
    const char *values[] = {m->table, month};

    for (unsigned n = 0;; n++) {
        struct ap_rows *rows = NULL;
        enum ap_status status = ap_db_query(m->db, ap_sql("queries/partition_make"), 2, values, &rows, m->err);

        if (status == AP_OK) {
            uint64_t moved = (uint64_t)ap_rows_int(rows, 0, 0);

            m->result->made++;
            m->result->emptied += moved;
            tell(m, AP_PARTITION_MAKE, label, moved, 0);
        }
        ap_rows_free(rows);
        if (status == AP_OK || n + 1 >= m->options->attempts || !schema_worth_repeating(m->err))
            return status;
        if (is_stopped(m))
            return stopped(m);
        tell(m, AP_PARTITION_WAIT, m->err->message, n + 2, m->options->attempts);
        schema_pause(n);
    }
}

static enum ap_status count_strays(struct mover *m)
{
    struct ap_rows *rows = NULL;
    enum ap_status status = ap_db_query(m->db, ap_sql("queries/partition_strays"), 1, &m->table, &rows, m->err);

    if (status == AP_OK && ap_rows_count(rows) > 0) {
        m->result->waiting = (uint64_t)ap_rows_int(rows, 0, 1);
        m->result->outside = (uint64_t)ap_rows_int(rows, 0, 2);
    }
    ap_rows_free(rows);
    return status;
}

static enum ap_status set_lock_timeout(struct mover *m)
{
    char timeout[32];
    const char *values[] = {timeout};

    (void)snprintf(timeout, sizeof timeout, "%ums", m->options->lock_timeout_ms);
    return ap_db_query(m->db, ap_sql("queries/lock_timeout"), 1, values, NULL, m->err);
}

enum ap_status ap_partition_months(struct ap_db *db, const char *table, const struct ap_partition_options *options,
                                   struct ap_partition_result *result, struct ap_error *err)
{
    struct mover m = {db, table, options, result, err};
    char ahead[16];
    const char *values[] = {table, ahead};
    struct ap_rows *rows = NULL;
    struct state state = {false, false};
    enum ap_status status = read_state(&m, &state);

    if (status == AP_OK && !state.partitioned)
        return ap_fail(err, AP_ESTATE, "public.%s is not partitioned: auditmigrate partition moves it", table);
    (void)snprintf(ahead, sizeof ahead, "%u", options->ahead);
    if (status == AP_OK)
        status = set_lock_timeout(&m);
    if (status == AP_OK)
        status = ap_db_query(db, ap_sql("queries/partition_missing"), 2, values, &rows, err);
    for (size_t i = 0; status == AP_OK && i < ap_rows_count(rows); i++) {
        status = make_month(&m, ap_rows_str(rows, i, 0), ap_rows_str(rows, i, 1));
        if (status == AP_OK && is_stopped(&m))
            status = stopped(&m);
    }
    ap_rows_free(rows);
    if (status == AP_OK)
        status = count_strays(&m);
    return status;
}
