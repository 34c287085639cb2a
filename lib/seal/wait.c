/* Waiting for whoever seals: not in silence, and not for longer than the caller wants. */
#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>

#include "auditproof/clock.h"
#include "seal_internal.h"

enum { TELL_AFTER_US = 3000000, LOOK_EVERY_MS = 500, WHO_SIZE = 512 };

struct waiting {
    struct round *r;
    struct ap_db *other; /* owned: the round's connection is busy waiting */
    int64_t began_us, looked_us;
    char who[WHO_SIZE]; /* told last, or empty */
};

static void describe(char out[WHO_SIZE], const struct ap_rows *rows)
{
    const char *state = ap_rows_text(rows, 0, 3), *since = ap_rows_text(rows, 0, 4),
               *in_state = ap_rows_text(rows, 0, 5);
    const char *pid = ap_rows_text(rows, 0, 0);

    if (pid == NULL)
        (void)snprintf(out, WHO_SIZE, "a prepared transaction, which is in pg_prepared_xacts");
    else if (state == NULL)
        (void)snprintf(out, WHO_SIZE, "process %s of the server (role %.64s, application \"%.64s\")", pid,
                       ap_rows_str(rows, 0, 1), ap_rows_str(rows, 0, 2));
    else
        (void)snprintf(out, WHO_SIZE,
                       "process %s of the server (role %.64s, application \"%.64s\"), whose transaction is open since "
                       "%s, %s since %s",
                       pid, ap_rows_str(rows, 0, 1), ap_rows_str(rows, 0, 2),
                       since != NULL ? since : "no one knows when", state,
                       in_state != NULL ? in_state : "no one knows when");
}

/* Who it is, as far as this role may see; that it cannot be told keeps nobody from waiting. */
static void look(struct waiting *w, char out[WHO_SIZE])
{
    struct ap_rows *rows = NULL;
    struct ap_error why;
    enum ap_status status = AP_OK;

    if (w->other == NULL)
        status = ap_db_clone(&w->other, w->r->db, &why);
    if (status == AP_OK)
        status = ap_db_query(w->other, ap_sql("queries/seal_holder"), 0, NULL, &rows, &why);
    if (status != AP_OK)
        (void)snprintf(out, WHO_SIZE, "another sealer (who it is cannot be told: %.256s)", why.message);
    else if (ap_rows_count(rows) == 0)
        (void)snprintf(out, WHO_SIZE, "another sealer");
    else
        describe(out, rows);
    ap_rows_free(rows);
}

static void tell(struct waiting *w, int64_t now_us)
{
    const struct ap_seal_options *options = w->r->options;
    char who[WHO_SIZE];

    if (options->waits == NULL || now_us - w->looked_us < TELL_AFTER_US)
        return;
    w->looked_us = now_us;
    look(w, who);
    if (strcmp(who, w->who) != 0)
        options->waits(options->context, who);
    memcpy(w->who, who, sizeof who);
}

/* The server is told to stop; what it answers to that is of no interest. */
static enum ap_status give_up(struct waiting *w, bool stopped, struct ap_error *err)
{
    char who[WHO_SIZE] = "";

    if (!stopped)
        look(w, who);
    ap_db_cancel(w->r->db);
    if (ap_db_take(w->r->db, NULL, NULL) == AP_OK)
        return AP_OK;
    if (stopped)
        return ap_fail(err, AP_ECANCELLED, "stopped on request");
    return ap_fail(err, AP_ESTATE,
                   "nothing was done: for %" PRId64 " s it was waited for %s. If that is stuck, end it with "
                   "pg_terminate_backend(), and try again",
                   w->r->options->wait_us / AP_US_PER_SECOND, who);
}

static enum ap_status wait_for_it(struct waiting *w, struct ap_rows **rows, struct ap_error *err)
{
    const struct ap_seal_options *options = w->r->options;

    for (;;) {
        bool done, unsent;
        enum ap_status status = ap_db_pump(w->r->db, &done, &unsent, err);
        struct pollfd fd = {ap_db_socket(w->r->db), POLLIN, 0};
        int64_t now_us = ap_clock_monotonic_us();
        bool stopped = options->stop != NULL && *options->stop;

        if (status != AP_OK || done)
            return status == AP_OK ? ap_db_take(w->r->db, rows, err) : status;
        if (stopped || (options->wait_bounded && now_us - w->began_us >= options->wait_us))
            return give_up(w, stopped, err);
        tell(w, now_us);
        if (unsent)
            fd.events |= POLLOUT;
        if (poll(&fd, 1, LOOK_EVERY_MS) < 0 && errno != EINTR)
            return ap_fail_errno(err, errno, "cannot wait for the server");
    }
}

enum ap_status round_wait(struct round *r, struct ap_error *err)
{
    int64_t now_us = ap_clock_monotonic_us();
    struct waiting w = {r, NULL, now_us, now_us, ""};
    struct ap_rows *rows = NULL;
    enum ap_status status = ap_db_start(r->db, ap_sql("queries/seal_begin"), 0, NULL, err);

    if (status == AP_OK)
        status = wait_for_it(&w, &rows, err);
    /* The lock was there just when it was given up. */
    if (status == AP_OK && rows == NULL)
        status = ap_fail(err, AP_ECANCELLED, "stopped, or done waiting, when it was just about to begin: try again");
    if (status == AP_OK)
        r->at_us = ap_rows_int(rows, 0, 0);
    ap_rows_free(rows);
    ap_db_close(w.other);
    return status;
}
