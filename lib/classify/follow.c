#include "auditproof/follow.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>

#include "auditproof/clock.h"
#include "batch.h"

/* Chains looked at before asking again which are due: those that wait longest come first. */
#define DUE_CHAINS "4096"

/* Notified chains that are classified one by one; when there are more, looking for them is cheaper. */
enum { TOLD_CHAINS = 32 };

/* Looking for due chains may take one part in so many of the time. */
enum { LOOK_SHARE = 50 };

enum { FIRST_PAUSE_MS = 250, LONGEST_PAUSE_MS = 15000 };

struct follow {
    struct ap_db *db;
    const struct ap_follow_options *options;
    struct ap_follow_totals *totals;
    struct batch batch;
    char chain[AP_UUID_TEXT_SIZE]; /* the one that is asked for, or "" */
    bool waits;                    /* holds the lock that asks writers for notifications */
    int64_t looked_us, look_us;    /* when due chains were last looked for, and how long it took */
    struct ap_uuid told[TOLD_CHAINS];
    size_t told_count;
    bool told_more; /* than fit, or of something else */
};

static bool stopping(const struct follow *f)
{
    return f->options->stopping != NULL && f->options->stopping(f->options->context);
}

static const char *only_chain(const struct follow *f)
{
    return f->chain[0] != '\0' ? f->chain : NULL;
}

static void remark(const struct follow *f, const char *what, const struct ap_error *err)
{
    char text[AP_ERROR_MESSAGE_SIZE + 64];

    if (f->options->remark == NULL)
        return;
    /* Of what libpq says, the first line tells what happened; the others guess why. */
    (void)snprintf(text, sizeof text, "%s%s%.*s", what, err != NULL ? ": " : "",
                   err != NULL ? (int)strcspn(err->message, "\n") : 0, err != NULL ? err->message : "");
    f->options->remark(f->options->context, text);
}

static enum ap_status prepare(struct follow *f, struct ap_error *err)
{
    struct ap_buf packed = AP_BUF_INIT, text = AP_BUF_INIT;
    char count[SEQ_TEXT_SIZE];
    const char *values[3] = {f->batch.ruleset, NULL, count};
    enum ap_status status = classify_prepare(f->db, true, err);

    (void)snprintf(count, sizeof count, "%zu", ap_rules_count(f->options->rules));
    if (status == AP_OK)
        status = ap_rules_pack(f->options->rules, &packed, err);
    if (status == AP_OK) {
        classify_bytea(&text, packed.data, packed.len);
        status = ap_buf_check(&text, "the rule set", err);
    }
    values[1] = text.data;
    if (status == AP_OK)
        status = ap_db_query(f->db, ap_sql("queries/classify_keep"), 3, values, NULL, err);
    if (status == AP_OK && f->options->wait)
        status = ap_db_exec(f->db, ap_sql("queries/classify_listen"), err);
    ap_buf_free(&packed);
    ap_buf_free(&text);
    return status;
}

static enum ap_status close_aged(struct follow *f, struct ap_error *err)
{
    const char *age = f->batch.most_age;
    struct ap_rows *rows = NULL;
    enum ap_status status = ap_db_query(f->db, ap_sql("queries/classify_aged"), 1, &age, &rows, err);

    for (size_t i = 0; status == AP_OK && i < ap_rows_count(rows) && !stopping(f); i++) {
        const char *values[3] = {ap_rows_str(rows, i, 0), ap_rows_str(rows, i, 1), age};
        struct ap_rows *closed = NULL;

        status = ap_db_query(f->db, ap_sql("queries/classify_close"), 3, values, &closed, err);
        if (status == AP_OK && ap_rows_bool(closed, 0, 0))
            f->totals->told++;
        ap_rows_free(closed);
    }
    ap_rows_free(rows);
    return status;
}

/* A batch of each chain that is due. *moved: any was. */
static enum ap_status pass(struct follow *f, bool *moved, struct ap_error *err)
{
    const char *values[4] = {f->batch.ruleset, f->batch.start, DUE_CHAINS, only_chain(f)};
    struct ap_rows *rows = NULL;
    enum ap_status status;

    f->looked_us = ap_clock_monotonic_us();
    status = ap_db_query(f->db, ap_sql("queries/classify_due"), 4, values, &rows, err);
    f->look_us = ap_clock_monotonic_us() - f->looked_us;
    *moved = false;
    for (size_t i = 0; status == AP_OK && i < ap_rows_count(rows) && !stopping(f); i++)
        status = batch_run(&f->batch, ap_rows_str(rows, i, 0), moved, err);
    ap_rows_free(rows);
    return status == AP_OK ? close_aged(f, err) : status;
}

/* Until the server, or whoever wants an end, says something, or the time is up. */
static enum ap_status sleep_until_woken(const struct follow *f, int socket, int64_t most_us, struct ap_error *err)
{
    struct pollfd fds[2] = {{socket, POLLIN, 0}, {f->options->wake_fd, POLLIN, 0}};
    int64_t ms = most_us / 1000;

    if (poll(fds, 2, ms < 1 ? 1 : ms > INT32_MAX ? INT32_MAX : (int)ms) < 0 && errno != EINTR)
        return ap_fail_errno(err, errno, "cannot wait for entries");
    return AP_OK;
}

static enum ap_status change_lock(struct follow *f, bool take, struct ap_error *err)
{
    struct ap_rows *rows = NULL;
    enum ap_status status =
        ap_db_query(f->db, ap_sql(take ? "queries/classify_wait" : "queries/classify_wake"), 0, NULL, &rows, err);

    if (status == AP_OK)
        f->waits = take && ap_rows_bool(rows, 0, 0);
    ap_rows_free(rows);
    return status;
}

static void on_notified(void *context, const char *payload)
{
    struct follow *f = context;
    struct ap_uuid chain;

    f->totals->notified++;
    if (!ap_uuid_parse(&chain, payload)) {
        f->told_more = true;
        return;
    }
    if (f->options->chain != NULL && !ap_uuid_equal(&chain, f->options->chain))
        return;
    for (size_t i = 0; i < f->told_count; i++)
        if (ap_uuid_equal(&f->told[i], &chain))
            return;
    if (f->told_count < TOLD_CHAINS)
        f->told[f->told_count++] = chain;
    else
        f->told_more = true;
}

/* The chains that writers have told of. *busy: there is more to do than is told of. */
static enum ap_status classify_told(struct follow *f, bool *busy, struct ap_error *err)
{
    enum ap_status status;
    bool moved;

    f->told_count = 0;
    f->told_more = false;
    status = ap_db_notified(f->db, on_notified, f, err);
    for (size_t i = 0; i < f->told_count && status == AP_OK && !f->told_more && !stopping(f); i++) {
        char chain[AP_UUID_TEXT_SIZE];

        ap_uuid_format(chain, &f->told[i]);
        f->batch.full = false;
        status = batch_run(&f->batch, chain, &moved, err);
        *busy = *busy || f->batch.full;
    }
    *busy = *busy || f->told_more;
    return status;
}

/* How long to sleep at most before looking for due chains, told or not. */
static int64_t until_look_us(const struct follow *f)
{
    int64_t interval = f->look_us * LOOK_SHARE > f->options->poll_us ? f->look_us * LOOK_SHARE : f->options->poll_us;
    int64_t left = f->looked_us + interval - ap_clock_monotonic_us();

    return left > 0 ? left : 0;
}

/*
 * Wait for entries, until there is more to do than a few of them. Writers notify only while somebody waits, so what was
 * committed between the last look and the taking of the lock is looked for once more. Of several followers one holds
 * the lock, and all that listen are told.
 */
static enum ap_status idle(struct follow *f, struct ap_error *err)
{
    bool busy = false;
    enum ap_status status = change_lock(f, true, err);

    if (status == AP_OK)
        status = pass(f, &busy, err);
    while (status == AP_OK && !busy && !stopping(f)) {
        /* What came with the answer to a statement is in the socket no more: only when nothing did, that wakes. */
        status = classify_told(f, &busy, err);
        if (status == AP_OK && !busy && f->told_count == 0)
            status = sleep_until_woken(f, ap_db_socket(f->db), until_look_us(f), err);
        if (status != AP_OK || busy || until_look_us(f) > 0)
            continue;
        status = pass(f, &busy, err);
        /* Whoever held the lock may have ended. */
        if (status == AP_OK && !f->waits)
            status = change_lock(f, true, err);
    }
    if (status == AP_OK && f->waits)
        status = change_lock(f, false, err);
    return status;
}

static bool passes(const struct ap_error *err)
{
    return err->status == AP_ESQL && (strcmp(err->sqlstate, "40001") == 0 || strcmp(err->sqlstate, "40P01") == 0 ||
                                      strcmp(err->sqlstate, "55P03") == 0);
}

/* After a failure: AP_OK when it is worth going on, with nothing remembered of the batch that was lost. */
static enum ap_status recover(struct follow *f, struct ap_error *err)
{
    struct ap_error again;
    int pause_ms = FIRST_PAUSE_MS;

    if (!ap_db_is_lost(f->db)) {
        ap_db_rollback(f->db);
        return passes(err) ? sifter_renew(&f->batch.sifter, err) : err->status;
    }
    if (!f->options->wait)
        return err->status;
    remark(f, "the connection was lost, trying to get it back", err);
    f->waits = false;
    while (!stopping(f)) {
        enum ap_status status = ap_db_reconnect(f->db, &again);

        if (status == AP_OK)
            status = prepare(f, &again);
        if (status == AP_OK) {
            f->totals->reconnects++;
            remark(f, "connected again", NULL);
            return sifter_renew(&f->batch.sifter, err);
        }
        if (status != AP_ECONNECT && !ap_db_is_lost(f->db)) {
            *err = again;
            return status;
        }
        if (sleep_until_woken(f, -1, (int64_t)pause_ms * 1000, err) != AP_OK)
            return err->status;
        pause_ms = pause_ms * 2 > LONGEST_PAUSE_MS ? LONGEST_PAUSE_MS : pause_ms * 2;
    }
    return AP_OK;
}

static enum ap_status run(struct follow *f, struct ap_error *err)
{
    enum ap_status status = prepare(f, err);

    if (status == AP_OK && f->options->start == AP_FOLLOW_NOW)
        status = batch_begin_now(&f->batch, only_chain(f), err);
    while (status == AP_OK && !stopping(f)) {
        bool moved;

        status = pass(f, &moved, err);
        if (status == AP_OK && !moved && !f->options->wait)
            break;
        if (status == AP_OK && !moved)
            status = idle(f, err);
        if (status == AP_ESQL || status == AP_ECONNECT)
            status = recover(f, err);
    }
    return status;
}

enum ap_status ap_follow_run(struct ap_db *db, const struct ap_follow_options *options, struct ap_follow_totals *totals,
                             struct ap_error *err)
{
    struct ap_classifier_stats stats;
    struct ap_error scratch;
    struct follow f;
    enum ap_status status;

    if (err == NULL)
        err = &scratch;
    memset(totals, 0, sizeof *totals);
    memset(&f, 0, sizeof f);
    f.db = db;
    f.options = options;
    f.totals = totals;
    if (options->chain != NULL)
        ap_uuid_format(f.chain, options->chain);
    status = batch_open(&f.batch, db, options, totals, err);
    if (status == AP_OK)
        status = run(&f, err);
    if (status != AP_OK && !ap_db_is_lost(db))
        ap_db_rollback(db);
    sifter_stats(&f.batch.sifter, &stats);
    totals->late = stats.late;
    totals->limited = stats.regex_limits;
    batch_close(&f.batch);
    return status;
}
