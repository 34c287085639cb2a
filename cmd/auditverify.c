#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "auditproof/clock.h"
#include "auditverify/report.h"
#include "connect.h"
#include "options.h"

static struct cli_uuid org;
static uint64_t from_seq, to_seq, max_findings = 1000, connections = 1;
static const char *format = "text";
static const char *split = "auto";
static bool system_chain, no_guards, clocks;
static volatile bool stop;

static const struct cli_option options[] = {
    {'o', "org", "UUID", CLI_UUID, &org, NULL, "only this tenant's chain", NULL},
    {0, "system", NULL, CLI_FLAG, &system_chain, NULL, "only the chain of system-wide events",
     "Only the chain of system-wide events, those without an organization."},
    {0, "from-seq", "SEQ", CLI_U64, &from_seq, NULL, "first entry to check, of one chain",
     "First sequence number to check, inclusive; needs\n.Fl -org\nor\n.Fl -system .\n"
     "Rows that no entry covers cannot be seen then."},
    {0, "to-seq", "SEQ", CLI_U64, &to_seq, NULL, "last entry to check, of one chain",
     "Last sequence number to check, inclusive."},
    {'j', "jobs", "N", CLI_U64, &connections, NULL, "connections that read at once",
     "Connections that read at once, all in one snapshot; 1 by default, 64 at most.\nOne more coordinates."},
    {0, "split", "WHEN", CLI_CHOICE, &split, "auto|always|never", "split tables between connections",
     "Whether several connections may read parts of one table, by ranges of its pages.\n.Cm auto\n"
     "does so only where it costs the server's cache nothing, which is for tables smaller than a quarter of\n"
     ".Va shared_buffers ;\n.Cm always\nalso where it makes the server cache the whole table."},
    {0, "format", "FORMAT", CLI_CHOICE, &format, "text|json|ndjson", "output format", NULL},
    {0, "max-findings", "N", CLI_U64, &max_findings, NULL, "findings to name; all are counted",
     "Findings to name, 1000 by default; all are counted.\nThose about entries and chains are named first, then those "
     "about guards, then notices, so that many of one do not hide the other.\nEach takes up to 4 kB of memory."},
    {0, "clock", NULL, CLI_FLAG, &clocks, NULL, "notice entries created long before or after they were chained",
     "Give a notice for each chain that has entries whose\n.Li created_at ,\nwhich their writer claims, is more than "
     "24 "
     "hours from when they were chained.\nThis joins both tables in the server, and takes its time."},
    {0, "no-guards", NULL, CLI_FLAG, &no_guards, NULL, "do not compare triggers, grants and functions",
     "Do not compare triggers, grants, policies and functions with what was installed."},
    {0, NULL, NULL, CLI_FLAG, NULL, NULL, NULL, NULL},
};

static void on_signal(int number)
{
    (void)number;
    stop = true;
}

static int64_t started_us;

static void show_progress(void *context, const struct ap_verify_progress *progress)
{
    double seconds = (double)(ap_clock_monotonic_us() - started_us) / 1e6;
    double rate = seconds > 0 ? (double)progress->done / seconds : 0;
    bool terminal = isatty(STDERR_FILENO) == 1;

    (void)context;
    (void)fprintf(stderr, "%s%llu read, %.0f/s", terminal ? "\r\033[K" : "", (unsigned long long)progress->done, rate);
    if (progress->expected > progress->done && rate > 0)
        (void)fprintf(stderr, ", %.0f %%, about %.0f s left",
                      100.0 * (double)progress->done / (double)progress->expected,
                      (double)(progress->expected - progress->done) / rate);
    (void)fputs(terminal ? "" : "\n", stderr);
}

static void clear_progress(void)
{
    if (cli_progress && isatty(STDERR_FILENO) == 1)
        (void)fputs("\r\033[K", stderr);
}

static int say_unknown(const struct ap_error *err)
{
    int status = cli_fail(err);

    if (strcmp(err->sqlstate, "42501") == 0)
        cli_say("verifying takes a superuser, the owner of audit_logs, or a member of auditproof_auditor");
    if (strcmp(format, "text") != 0)
        report_json_error(err);
    return status;
}

static void print(struct ap_db *db, const struct ap_verify_options *asked, const struct ap_verify_report *report)
{
    struct report_context context = {ap_db_name(db), "", asked, 0, cli_colour(STDOUT_FILENO)};

    if (strcmp(format, "text") == 0)
        report_text(&context, report);
    else
        report_json(&context, report, strcmp(format, "ndjson") == 0);
}

static int verify(int argc, char **argv)
{
    struct ap_verify_options asked;
    struct ap_verify_report report;
    struct ap_error err;
    struct ap_db *db = NULL;
    enum ap_status status;
    int result;

    (void)argc;
    (void)argv;
    if (org.given && system_chain)
        return cli_usage("--org and --system exclude each other");
    if ((from_seq != 0 || to_seq != 0) && !org.given && !system_chain)
        return cli_usage("--from-seq and --to-seq need --org or --system");
    if (connections < 1 || connections > AP_VERIFY_MAX_CONNECTIONS)
        return cli_usage("--jobs takes 1 to %d", AP_VERIFY_MAX_CONNECTIONS);
    if (max_findings < 1)
        return cli_usage("--max-findings takes at least 1");
    memset(&asked, 0, sizeof asked);
    asked.has_chain = org.given || system_chain;
    asked.chain = system_chain ? ap_uuid_nil : org.value;
    asked.from_seq = from_seq;
    asked.to_seq = to_seq;
    asked.connections = (unsigned)connections;
    asked.split = split;
    asked.max_findings = (size_t)max_findings;
    asked.skip_guards = no_guards;
    asked.compare_clocks = clocks;
    asked.stop = &stop;
    asked.progress = cli_progress ? show_progress : NULL;
    (void)signal(SIGINT, on_signal);
    (void)signal(SIGTERM, on_signal);
    started_us = ap_clock_monotonic_us();
    status = cli_connect(&db, "auditverify", false, &err);
    if (status != AP_OK)
        return say_unknown(&err);
    status = ap_verify(db, &asked, &report, &err);
    clear_progress();
    if (status == AP_OK) {
        print(db, &asked, &report);
        result = report.found > 0 ? EXIT_FINDINGS : EXIT_DONE;
    } else {
        result = say_unknown(&err);
    }
    ap_verify_report_free(&report);
    ap_db_close(db);
    return result;
}

static const struct cli_command commands[] = {
    {NULL, "", "verify the audit chains of a database", options, verify, 0, 0, false},
};

static const struct cli_program program = {"auditverify", "verify the audit chains of a database", NULL, NULL, commands,
                                           true};

int main(int argc, char **argv)
{
    return cli_main(&program, argc, argv);
}
