/* status: what is late, failed, running, waiting, and due next. */
#include "status.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "auditproof/clock.h"
#include "auditproof/scheduler.h"
#include "commands.h"
#include "connect.h"
#include "notify.h"
#include "shown_answer.h"
#include "signals.h"
#include "status_answer.h"

enum { GRACE_MAX_S = 365 * 86400 };

static struct cli_uuid org;
static struct notify notify = {.timeout_s = NOTIFY_TIMEOUT_S, .grace_s = NOTIFY_GRACE_S, .late = true};
static const char *metrics_path, *format;
static bool all;

const struct cli_option status_options[] = {
    {0, "org", "UUID", CLI_UUID, &org, NULL, "of this organization", NULL},
    {0, "grace", "SECONDS", CLI_U64, &notify.grace_s, NULL, "what is due and not done is late after so long (3600)",
     NULL},
    {0, "all", NULL, CLI_FLAG, &all, NULL, "list every report, not only those that are due first", NULL},
    NOTIFY_OPTIONS(notify),
    {0, "metrics", "FILE", CLI_STRING, &metrics_path, NULL, "write metrics for Prometheus to FILE",
     "Write metrics to\n.Ar FILE ,\nwhich is replaced as a whole.\nSee\n.Sx METRICS ."},
    SHOWN_FORMAT_OPTION(format),
    {0, NULL, NULL, CLI_FLAG, NULL, NULL, NULL, NULL},
};

static void add_up(struct standing *s)
{
    s->oldest_us = s->next_us = AP_TIME_INFINITY;
    for (size_t i = 0; i < ap_rows_count(s->trouble); i++) {
        const char *moment = ap_rows_str(s->trouble, i, TROUBLE_MOMENT);

        s->late += strcmp(moment, "late") == 0;
        s->failed += strcmp(moment, "failed") == 0;
        s->wrong += strcmp(moment, "wrong") == 0;
        s->unmailed += strcmp(moment, "mail") == 0;
        s->untold += ap_rows_text(s->trouble, i, TROUBLE_TOLD) == NULL;
    }
    for (size_t i = 0; i < ap_rows_count(s->going); i++) {
        int64_t due_us = ap_rows_int(s->going, i, GOING_SCHEDULED);

        s->running += strcmp(ap_rows_str(s->going, i, GOING_STATE), "running") == 0;
        s->pending += strcmp(ap_rows_str(s->going, i, GOING_STATE), "pending") == 0;
        s->oldest_us = due_us < s->oldest_us ? due_us : s->oldest_us;
    }
    for (size_t i = 0; i < ap_rows_count(s->reports); i++)
        if (ap_rows_text(s->reports, i, REPORTS_NEXT) != NULL && ap_rows_int(s->reports, i, REPORTS_NEXT) < s->next_us)
            s->next_us = ap_rows_int(s->reports, i, REPORTS_NEXT);
}

static enum ap_status read_standing(struct standing *s, struct ap_db *db, struct ap_error *err)
{
    char id[AP_UUID_TEXT_SIZE], grace[24];
    const char *values[] = {grace, org.given ? id : NULL};
    enum ap_status status = ap_db_exec(db, ap_sql("queries/begin_snapshot"), err);

    ap_uuid_format(id, &org.value);
    (void)snprintf(grace, sizeof grace, "%" PRIu64, notify.grace_s);
    if (status == AP_OK)
        status = ap_schedule_now(db, &s->now_us, err);
    if (status == AP_OK)
        status = ap_db_query(db, ap_sql("queries/schedule_trouble"), 2, values, &s->trouble, err);
    if (status == AP_OK)
        status = ap_db_query(db, ap_sql("queries/schedule_going"), 1, values + 1, &s->going, err);
    if (status == AP_OK)
        status = ap_db_query(db, ap_sql("queries/schedule_reports"), 1, values + 1, &s->reports, err);
    if (status == AP_OK)
        status = ap_db_query(db, ap_sql("queries/schedule_counts"), 0, NULL, &s->counts, err);
    if (status == AP_OK)
        status = ap_db_query(db, ap_sql("queries/schedule_mail_counts"), 0, NULL, &s->mails, err);
    ap_db_rollback(db);
    if (status == AP_OK)
        add_up(s);
    return status;
}

static void free_standing(struct standing *s)
{
    ap_rows_free(s->trouble);
    ap_rows_free(s->going);
    ap_rows_free(s->reports);
    ap_rows_free(s->counts);
    ap_rows_free(s->mails);
}

/* So that what no runner planned has a record, too: the same again changes nothing. */
static enum ap_status plan_all(struct ap_db *db, struct ap_error *err)
{
    struct ap_schedule_planned planned = {.any = true};
    enum ap_status status = AP_OK;

    while (status == AP_OK && planned.any && !cli_interrupted())
        status = ap_schedule_plan(db, &planned, err);
    return status;
}

static enum ap_status tell(struct ap_db *db, struct ap_error *err)
{
    enum ap_status status = plan_all(db, err);

    if (status == AP_OK)
        status = notify_all(&notify, db, err);
    if (status == AP_OK && notify.told > 0)
        cli_say("%s was told of %" PRIu64, notify.command, notify.told);
    return status;
}

static enum ap_status show(struct ap_db *db, const struct standing *s, struct ap_error *err)
{
    const struct shown_answer how = {"status", org, format};
    struct ap_answer *answer = NULL;
    enum ap_status status = ap_answer_new(&answer, err);

    if (status == AP_OK) {
        status_answer(answer, s, all);
        status = shown_answer_put(answer, db, &how, "trouble", err);
    }
    ap_answer_free(answer);
    return status;
}

/* Of an id that is mistyped all would be well. */
static void say_of_none(const struct standing *s)
{
    char id[AP_UUID_TEXT_SIZE];

    ap_uuid_format(id, &org.value);
    if (org.given && ap_rows_count(s->reports) + ap_rows_count(s->going) == 0)
        cli_warn("organization %s has no scheduled report", id);
}

/* What monitoring does not get changes nothing of how reports stand. */
static void measure(struct ap_db *db, const struct standing *s)
{
    struct ap_error err;

    if (metrics_path != NULL && status_metrics(metrics_path, ap_db_name(db), s, &err) != AP_OK)
        cli_warn("no metrics: %s", err.message);
}

int status_run(int argc, char **argv)
{
    struct standing standing = {.now_us = 0};
    struct ap_db *db = NULL;
    struct ap_error err;
    enum ap_status status;
    int wrong = notify_check(&notify);

    (void)argc;
    (void)argv;
    if (wrong != EXIT_DONE)
        return wrong;
    if (notify.grace_s > GRACE_MAX_S)
        return cli_usage("--grace takes up to %d seconds", GRACE_MAX_S);
    if (org.given && (metrics_path != NULL || notify.command != NULL))
        return cli_usage("--metrics and --notify-command are of the whole database: leave out --org");
    status = cli_catch_signals(&err);
    if (status == AP_OK)
        status = cli_connect(&db, "auditschedule", true, &err);
    if (status == AP_OK && notify.command != NULL)
        status = tell(db, &err);
    if (status == AP_OK)
        status = read_standing(&standing, db, &err);
    if (status == AP_OK)
        status = show(db, &standing, &err);
    if (status == AP_OK)
        say_of_none(&standing);
    if (status == AP_OK)
        measure(db, &standing);
    wrong = standing.late + standing.failed + standing.wrong + standing.unmailed > 0 ? EXIT_FINDINGS : EXIT_DONE;
    free_standing(&standing);
    ap_db_close(db);
    return status == AP_OK ? wrong : cli_fail(&err);
}
