#include "database.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "auditproof/clock.h"
#include "auditproof/follow.h"
#include "auditproof/range.h"
#include "connect.h"
#include "signals.h"

static const char name[] = "auditclassify";

static bool has_range(const struct database_options *d)
{
    return d->from_seq > 0 || d->since_us != AP_TIME_MINUS_INFINITY || d->until_us != AP_TIME_INFINITY;
}

bool database_wanted(const struct database_options *d)
{
    return d->follow || d->once || d->replay || d->org.given || has_range(d);
}

int database_usage(const struct database_options *d, const struct classify_options *o, int files)
{
    bool records = d->follow || d->once;

    if (!database_wanted(d))
        return d->alert.webhook != NULL ? cli_usage("--webhook goes with --follow or --once") : EXIT_DONE;
    if (d->follow + d->once + d->replay > 1)
        return cli_usage("--follow, --once and --replay: one at a time");
    if (files > 0)
        return cli_usage("events from a database or from files: not both");
    if (o->set.every_rule)
        return cli_usage("--no-pipeline is for other events than a database's entries");
    if (records && has_range(d))
        return cli_usage("--follow and --once go on from where classification is: no --since, --until, --from-seq");
    if (d->replay && (d->since_us != AP_TIME_MINUS_INFINITY || d->until_us != AP_TIME_INFINITY))
        return cli_usage("--replay runs whole batches: --org and --from-seq choose them");
    if (d->replay && o->set.rules.count + o->set.pipelines.count > 0)
        return cli_usage("--replay takes the rules that the database keeps: no --rules, no --pipeline");
    if (d->alert.webhook != NULL && !records)
        return cli_usage("--webhook goes with --follow or --once");
    if (d->alert.webhook == NULL && (d->alert.header_file != NULL || d->alert.ca_file != NULL))
        return cli_usage("--webhook-header-file and --webhook-ca go with --webhook");
    if (d->alert.timeout_s < 1 || d->alert.timeout_s > 300 || d->alert.queue < 1 || d->alert.queue > 1000000 ||
        d->alert.retry_for_s > 86400)
        return cli_usage(
            "--webhook-timeout is 1 to 300, --webhook-queue 1 to 1000000, --webhook-retry-for up to 86400");
    if (d->batch_entries < 1 || d->batch_age_s > 30 * 86400 || d->poll_s < 1 || d->poll_s > 3600)
        return cli_usage("--batch-entries is at least 1, --batch-age at most 30 days, --poll 1 to 3600");
    return EXIT_DONE;
}

static bool interrupted(void *context)
{
    (void)context;
    return cli_interrupted();
}

static void remark(void *context, const char *message)
{
    (void)context;
    cli_warn("%s", message);
}

static const struct ap_uuid *chain_of(const struct database_options *d)
{
    return d->org.given ? &d->org.value : NULL;
}

static void say_more(const char *what, uint64_t number)
{
    if (number > 0)
        cli_warn("%" PRIu64 " %s", number, what);
}

static enum ap_status follow(const struct database_options *d, const struct classify_options *o,
                             const struct ap_rules *rules, struct ap_db *db, struct alerts *alerts,
                             struct ap_error *err)
{
    struct ap_follow_options f = {
        .rules = rules,
        .start = strcmp(d->start, "first") == 0 ? AP_FOLLOW_FIRST
                 : strcmp(d->start, "now") == 0 ? AP_FOLLOW_NOW
                                                : AP_FOLLOW_FURTHEST,
        .chain = chain_of(d),
        .wait = d->follow,
        .min_level = o->min_level > AP_LEVEL_NONE ? o->min_level : AP_LEVEL_INFORMATIONAL,
        .batch_entries = d->batch_entries,
        .batch_age_us = (int64_t)d->batch_age_s * AP_US_PER_SECOND,
        .poll_us = (int64_t)d->poll_s * AP_US_PER_SECOND,
        .wake_fd = cli_signal_fd(),
        .found = alerts_found,
        .remark = remark,
        .stopping = interrupted,
        .context = alerts,
    };
    struct ap_follow_totals t;
    enum ap_status status;

    alerts->at_once = true;
    status = ap_follow_run(db, &f, &t, err);
    cli_say("%" PRIu64 " entries classified, %" PRIu64 " findings recorded, %" PRIu64 " batches told of in the chains",
            t.entries, t.findings, t.told);
    say_more("entries have left audit_logs", t.gone);
    say_more("entries could not be read as events", t.bad);
    say_more("times an entry was too late for a correlation", t.late);
    say_more("searches for regular expressions were cut off", t.limited);
    say_more("times the connection was made anew", t.reconnects);
    return status;
}

static enum ap_status range(const struct database_options *d, const struct classify_options *o,
                            const struct ap_rules *rules, struct ap_db *db, struct alerts *alerts, struct ap_error *err)
{
    struct ap_range_options r = {
        .rules = rules,
        .chain = chain_of(d),
        .from_seq = d->from_seq,
        .has_since = d->since_us != AP_TIME_MINUS_INFINITY,
        .has_until = d->until_us != AP_TIME_INFINITY,
        .since_us = d->since_us,
        .until_us = d->until_us,
        .min_level = o->min_level,
        .found = alerts_found,
        .stopping = interrupted,
        .context = alerts,
    };
    struct ap_range_totals t;
    enum ap_status status = ap_range_run(db, &r, &t, err);

    if (status == AP_OK && fflush(stdout) != 0)
        status = ap_fail_errno(err, errno, "cannot write to standard output");
    cli_say("%" PRIu64 " entries classified, %" PRIu64 " with a match; nothing is recorded", t.entries, t.matched);
    say_more("entries could not be read as events", t.bad);
    say_more("times an entry was too late for a correlation", t.late);
    say_more("searches for regular expressions were cut off", t.limited);
    return status;
}

int database_classify(const struct database_options *d, const struct classify_options *o, const struct ap_rules *rules)
{
    struct ap_error err;
    struct alerts alerts;
    struct ap_db *db = NULL;
    enum ap_status status = cli_catch_signals(&err);
    size_t wrong = cli_rules_complain(rules);
    int result = EXIT_DONE;

    classify_warn_when_idle(rules);
    memset(&alerts, 0, sizeof alerts);
    if (status == AP_OK)
        status = alerts_open(&alerts, &d->alert, &err);
    if (status == AP_OK)
        status = cli_connect(&db, name, true, &err);
    if (status == AP_OK)
        status = d->follow || d->once ? follow(d, o, rules, db, &alerts, &err) : range(d, o, rules, db, &alerts, &err);
    if (status != AP_OK)
        result = err.status == AP_ECANCELLED ? EXIT_UNKNOWN : cli_fail(&err);
    else if (cli_interrupted() && !d->follow)
        result = EXIT_UNKNOWN;
    else if (o->fail_level > AP_LEVEL_NONE && alerts.highest >= o->fail_level)
        result = EXIT_FINDINGS;
    if (result < EXIT_USAGE && wrong > 0)
        result = EXIT_USAGE;
    if (!alerts_close(&alerts))
        result = EXIT_UNKNOWN;
    say_more("wrong rules were left out", wrong);
    ap_db_close(db);
    return result;
}
