#include "auditproof/query.h"

#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>

#include "auditproof/clock.h"
#include "filter.h"
#include "heads.h"
#include "page.h"

/* Entries of one chain, and chains, that are read at once. */
enum { CHAIN_ENTRIES = 500, CHAINS = 200 };

/* Looking at all chains may take one part in so many of the time. */
enum { LOOK_SHARE = 20 };

enum { FIRST_PAUSE_MS = 250, LONGEST_PAUSE_MS = 15000 };

struct following {
    struct ap_db *db;
    const struct ap_query_access *access;
    const struct ap_query_follow *follow;
    struct heads heads;
    struct ap_buf told; /* chains that notifications named, as an array's text */
    bool told_any, told_all;
    bool asked, waits;          /* tried to get, and has, the lock that asks writers for notifications */
    bool started;               /* where each chain ended at the start is known */
    int64_t looked_us, look_us; /* when all chains were last looked at, and how long it took */
};

static bool stopping(const struct following *f)
{
    return f->follow->stopping(f->follow->context);
}

static void forget_told(struct following *f)
{
    ap_buf_clear(&f->told);
    f->told_any = f->told_all = false;
}

static void on_notified(void *context, const char *payload)
{
    struct following *f = context;
    struct ap_uuid chain;

    f->told_any = true;
    if (!ap_uuid_parse(&chain, payload) || f->told.len > (size_t)CHAINS * AP_UUID_TEXT_SIZE)
        f->told_all = true;
    else
        statement_array_add(&f->told, payload, strlen(payload));
}

static enum ap_status take_heads(struct following *f, const struct ap_rows *rows, struct ap_error *err)
{
    enum ap_status status = AP_OK;

    for (size_t i = 0; status == AP_OK && i < ap_rows_count(rows); i++) {
        struct ap_uuid chain;
        struct head *head;

        if (!ap_uuid_parse(&chain, ap_rows_str(rows, i, 0)))
            return ap_fail(err, AP_EIO, "the server sent a chain that this version cannot read");
        status = heads_get(&f->heads, &chain, &head, err);
        if (status != AP_OK)
            break;
        head->there = (uint64_t)ap_rows_int(rows, i, 1);
        if (!f->started)
            head->seen = head->there;
    }
    return status;
}

/* Where chains end now: those that notifications named, that of the filter, or all. */
static enum ap_status look(struct following *f, bool all, struct ap_error *err)
{
    const struct ap_query_filter *filter = f->follow->filter;
    struct ap_buf one = AP_BUF_INIT;
    int64_t began_us = ap_clock_monotonic_us();
    char org[AP_UUID_TEXT_SIZE];
    const char *value = NULL;
    struct ap_rows *rows = NULL;
    enum ap_status status;

    ap_uuid_format(org, &filter->org);
    if (filter->has_org)
        statement_array_add(&one, org, strlen(org));
    else if (!all)
        ap_buf_adds(&one, ap_buf_str(&f->told));
    statement_array_end(&one);
    status = ap_buf_check(&one, "chains", err);
    if (filter->has_org || !all)
        value = ap_buf_str(&one);
    if (status == AP_OK)
        status = ap_db_query(f->db, ap_sql(value != NULL ? "queries/query_heads_of" : "queries/query_heads"),
                             value != NULL, &value, &rows, err);
    if (status == AP_OK)
        status = take_heads(f, rows, err);
    if (all) {
        f->looked_us = ap_clock_monotonic_us();
        f->look_us = f->looked_us - began_us;
    }
    ap_rows_free(rows);
    ap_buf_free(&one);
    return status;
}

static enum ap_status hand_on(struct following *f, const struct ap_query_page *page, bool reverse, struct ap_error *err)
{
    size_t count = ap_query_page_count(page);
    enum ap_status status = AP_OK;

    for (size_t i = 0; status == AP_OK && i < count; i++)
        status = f->follow->entry(f->follow->context, ap_query_page_entry(page, reverse ? count - 1 - i : i), err);
    return status;
}

/* What is asked for next of each chain that has more, and no more chains than fit. */
struct batch {
    struct head *heads[CHAINS];
    uint64_t through[CHAINS];
    size_t count;
};

static void choose(const struct following *f, struct batch *batch)
{
    batch->count = 0;
    for (size_t i = 0; i < f->heads.cap && batch->count < CHAINS; i++) {
        struct head *head = &f->heads.table[i];

        if (!head->used || head->there <= head->seen)
            continue;
        batch->through[batch->count] =
            head->there - head->seen > CHAIN_ENTRIES ? head->seen + CHAIN_ENTRIES : head->there;
        batch->heads[batch->count++] = head;
    }
}

static enum ap_status ask_batch(struct following *f, const struct batch *batch, struct ap_rows **rows,
                                struct ap_error *err)
{
    struct ap_buf arrays[3] = {AP_BUF_INIT, AP_BUF_INIT, AP_BUF_INIT};
    struct statement statement;
    const char *values[3];
    char text[AP_UUID_TEXT_SIZE];
    bool none = false;
    enum ap_status status = AP_OK;

    memset(&statement, 0, sizeof statement);
    for (size_t i = 0; i < batch->count; i++) {
        ap_uuid_format(text, &batch->heads[i]->chain);
        statement_array_add(&arrays[0], text, strlen(text));
        (void)snprintf(text, sizeof text, "%" PRIu64, batch->heads[i]->seen);
        statement_array_add(&arrays[1], text, strlen(text));
        (void)snprintf(text, sizeof text, "%" PRIu64, batch->through[i]);
        statement_array_add(&arrays[2], text, strlen(text));
    }
    for (int i = 0; i < 3; i++) {
        statement_array_end(&arrays[i]);
        values[i] = ap_buf_str(&arrays[i]);
        if (status == AP_OK)
            status = ap_buf_check(&arrays[i], "chains", err);
    }
    statement_add(&statement, "query_new", 3, values);
    if (status == AP_OK)
        status = filter_add(&statement, f->db, f->access, f->follow->filter, &none, err);
    statement_add1(&statement, "query_new_order", NULL);
    if (status == AP_OK && !none)
        status = statement_run_binary(&statement, f->db, rows, err);
    statement_free(&statement);
    for (int i = 0; i < 3; i++)
        ap_buf_free(&arrays[i]);
    return status;
}

/* One batch in a snapshot of its own. What was handed on is never asked for again, even if the connection breaks now.
 */
static enum ap_status run_batch(struct following *f, const struct batch *batch, struct ap_error *err)
{
    struct ap_query_page *page = NULL;
    struct ap_rows *rows = NULL;
    enum ap_status status = ap_db_exec(f->db, ap_sql("queries/begin_snapshot"), err);

    if (status == AP_OK)
        status = ask_batch(f, batch, &rows, err);
    if (status == AP_OK && rows != NULL)
        status = page_of_rows(&page, f->db, f->access, rows, f->follow->proof, err);
    if (status == AP_OK)
        status = ap_db_exec(f->db, "COMMIT", err);
    for (size_t i = 0; status == AP_OK && i < batch->count; i++)
        batch->heads[i]->seen = batch->through[i];
    if (status == AP_OK && page != NULL)
        status = hand_on(f, page, false, err);
    ap_query_page_free(page);
    if (status != AP_OK)
        ap_db_rollback(f->db);
    return status;
}

static enum ap_status change_lock(struct following *f, bool take, struct ap_error *err)
{
    struct ap_rows *rows = NULL;
    enum ap_status status =
        ap_db_query(f->db, ap_sql(take ? "queries/classify_wait" : "queries/classify_wake"), 0, NULL, &rows, err);

    if (status == AP_OK) {
        f->asked = take;
        f->waits = take && ap_rows_bool(rows, 0, 0);
    }
    ap_rows_free(rows);
    return status;
}

/* In a flood writers are spared the notifications, which cost them something and tell nothing new. */
static enum ap_status catch_up(struct following *f, struct ap_error *err)
{
    struct batch batch;
    enum ap_status status = AP_OK;
    bool flood = false;

    for (choose(f, &batch); status == AP_OK && batch.count > 0 && !stopping(f); choose(f, &batch)) {
        if (flood && f->waits)
            status = change_lock(f, false, err);
        flood = true;
        if (status == AP_OK)
            status = run_batch(f, &batch, err);
    }
    return status;
}

/* Where chains end, and the newest entries that are there, in one snapshot: what comes after is new. */
static enum ap_status start(struct following *f, struct ap_error *err)
{
    struct ap_query_paging paging = {f->follow->last, false, NULL, f->follow->proof, NULL, false};
    struct ap_query_page *page = NULL;
    enum ap_status status = ap_db_exec(f->db, ap_sql("queries/begin_snapshot"), err);

    if (status == AP_OK)
        status = look(f, true, err);
    if (status == AP_OK && paging.limit > 0)
        status = ap_query_page_open(&page, f->db, f->access, f->follow->filter, &paging, err);
    if (status == AP_OK)
        status = ap_db_exec(f->db, "COMMIT", err);
    if (status == AP_OK) {
        f->started = true;
        if (page != NULL)
            status = hand_on(f, page, true, err);
    } else {
        heads_free(&f->heads);
        ap_db_rollback(f->db);
    }
    ap_query_page_free(page);
    return status;
}

/* Until the server, or whoever wants an end, says something, or the time is up. */
static enum ap_status sleep_until_woken(const struct following *f, int64_t most_us, struct ap_error *err)
{
    struct pollfd fds[2] = {{ap_db_socket(f->db), POLLIN, 0}, {f->follow->wake_fd, POLLIN, 0}};
    int64_t ms = most_us / 1000;

    if (poll(fds, 2, ms < 1 ? 1 : ms > INT32_MAX ? INT32_MAX : (int)ms) < 0 && errno != EINTR)
        return ap_fail_errno(err, errno, "cannot wait for entries");
    return AP_OK;
}

/*
 * Writers are asked to notify, then the chains are looked at once more: whoever committed before that is seen, whoever
 * commits after it tells. Where nobody may be told (audit-schema(5), NOTIFICATIONS) looking alone finds them.
 */
static enum ap_status wait_for_more(struct following *f, struct ap_error *err)
{
    enum ap_status status = AP_OK;
    int64_t pause_us = f->look_us * LOOK_SHARE > f->follow->poll_us ? f->look_us * LOOK_SHARE : f->follow->poll_us;

    if (!f->asked) {
        status = change_lock(f, true, err);
        return status == AP_OK ? look(f, true, err) : status;
    }
    if (f->follow->flush != NULL)
        status = f->follow->flush(f->follow->context, err);
    if (status == AP_OK && !f->told_any)
        status = sleep_until_woken(f, f->looked_us + pause_us - ap_clock_monotonic_us(), err);
    if (status == AP_OK)
        status = ap_db_notified(f->db, on_notified, f, err);
    if (status != AP_OK)
        return status;
    if (f->told_all || ap_clock_monotonic_us() >= f->looked_us + pause_us) {
        status = look(f, true, err);
        forget_told(f);
    } else if (f->told_any) {
        status = look(f, false, err);
        forget_told(f);
    }
    return status;
}

static enum ap_status go_on(struct following *f, struct ap_error *err)
{
    enum ap_status status = ap_db_exec(f->db, ap_sql("queries/classify_listen"), err);

    if (status == AP_OK)
        status = change_lock(f, true, err);
    if (status == AP_OK)
        status = f->started ? look(f, true, err) : start(f, err);
    while (status == AP_OK && !stopping(f)) {
        status = catch_up(f, err);
        if (status == AP_OK && !stopping(f))
            status = wait_for_more(f, err);
    }
    return status;
}

static enum ap_status reconnect(struct following *f, struct ap_error *err)
{
    int pause_ms = FIRST_PAUSE_MS;
    enum ap_status status = AP_ECONNECT;

    while (status == AP_ECONNECT && !stopping(f)) {
        struct pollfd fd = {f->follow->wake_fd, POLLIN, 0};

        if (f->follow->remark != NULL)
            f->follow->remark(f->follow->context, err->message);
        (void)poll(&fd, 1, pause_ms);
        pause_ms = pause_ms * 2 > LONGEST_PAUSE_MS ? LONGEST_PAUSE_MS : pause_ms * 2;
        if (stopping(f))
            break;
        status = ap_db_reconnect(f->db, err);
        if (status == AP_OK)
            status = ap_db_query(f->db, ap_sql("queries/query_role"), 0, NULL, NULL, err);
    }
    /* Whoever wanted an end has it, connected or not. */
    return status == AP_ECONNECT && stopping(f) ? AP_OK : status;
}

enum ap_status ap_query_follow_run(struct ap_db *db, const struct ap_query_access *access,
                                   const struct ap_query_follow *follow, struct ap_error *err)
{
    struct following f;
    enum ap_status status = AP_OK;

    if (!access->chain)
        return ap_fail(err, AP_ESTATE,
                       "%s may not read the chains, which new entries are told apart by: follow as a member of "
                       "auditproof_auditor",
                       access->role);
    memset(&f, 0, sizeof f);
    f.db = db;
    f.access = access;
    f.follow = follow;
    while (status == AP_OK && !stopping(&f)) {
        status = go_on(&f, err);
        if (status == AP_ECONNECT && ap_db_is_lost(db)) {
            forget_told(&f);
            status = reconnect(&f, err);
        }
    }
    heads_free(&f.heads);
    ap_buf_free(&f.told);
    return status;
}
