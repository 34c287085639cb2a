#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "auditproof/clock.h"
#include "auditverify/bundle.h"
#include "auditverify/metrics_file.h"
#include "auditverify/report.h"
#include "connect.h"
#include "keys.h"
#include "options.h"

static struct cli_uuid org;
static uint64_t from_seq, to_seq, max_findings = 1000, connections = 1;
static const char *format = "text";
static const char *split = "auto";
static struct cli_list keys, purge_keys, anchors;
static const char *policy_file, *max_unsealed, *tsa_ca, *metrics_path, *state_file, *extract_path;
static uint64_t cycle = UINT64_MAX; /* none was given */
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
    {0, "key", "VKEY|FILE", CLI_LIST, &keys, NULL, "key that must have signed, or its fingerprint",
     "The verifier key that must have signed every checkpoint of this log, or a file with it, such as the\n.Pa .pub\n"
     "that\n.Ic auditseal keygen\nwrote; got from somewhere other than the database.\n"
     "Where the key was changed, one of the keys is enough: the log has a record of the others that is signed by "
     "both.\n"
     "Otherwise give it again for each key that followed, oldest first.\nFor a\n.Ar FILE :\nthe key that signed the "
     "bundle, the log's key, or both; or the 64 digits of the fingerprint of one."},
    {0, "purge-key", "VKEY|FILE", CLI_LIST, &purge_keys, NULL,
     "key that signs certificates of destruction, beside the log's",
     "A verifier key that may have signed certificates of destruction, beside those of the log; may be repeated."},
    {0, "policy", "FILE", CLI_STRING, &policy_file, NULL, "keys, witnesses and quorum, as C2SP tlog-policy",
     "Instead of\n.Fl -key :\na C2SP tlog-policy that names the log's key, or several, oldest first, its witnesses, "
     "and "
     "how many of them must have cosigned the newest checkpoint that counts.\nKeys that follow are found as with\n"
     ".Fl -key .\nFor a\n.Ar FILE :\nbeside\n.Fl -key ,\nwhich names the key of the bundle; see\n.Sx EVIDENCE BUNDLES "
     "."},
    {0, "anchors", "PATH", CLI_LIST, &anchors, NULL, "checkpoints kept elsewhere: a file or directory",
     "Checkpoints that were kept elsewhere: a file, or a directory that is searched for\n.Pa *.note .\nMay be "
     "repeated."},
    {0, "tsa-ca", "FILE", CLI_STRING, &tsa_ca, NULL, "certificates that vouch for time-stamps",
     "Check the time-stamps over checkpoints against these certificates: a PEM file, which may have several, or a "
     "directory of them, named by their hashes.\nThey are those that the database has, and those that lie beside notes "
     "of\n.Fl -anchors\nas\n.Pa NAME.note.tsr .\nSee\n.Sx Time-stamps ."},
    {0, "max-unsealed", "AGE", CLI_STRING, &max_unsealed, NULL, "finding when an entry waits longer for its seal",
     "A finding when an entry has waited longer than this for a seal and a checkpoint that counts: a number with\n"
     ".Cm s , m , h , d\nor\n.Cm w ,\nsuch as\n.Ql 24h ."},
    {0, "incremental", "STATE", CLI_STRING, &state_file, NULL, "read what is new, and a share of the old",
     "Read what is new since the run before, and a share of the old, and keep in the file\n.Ar STATE\nwhat the next "
     "run "
     "needs; see\n.Sx INCREMENTAL VERIFICATION .\nThe first run, without such a file, reads everything.\nOf all chains "
     "only."},
    {0, "cycle", "RUNS", CLI_U64, &cycle, NULL, "runs within which everything is read again",
     "Runs within which everything is read again, with\n.Fl -incremental :\n30 by default, 1000 at most."},
    {0, "metrics", "FILE", CLI_STRING, &metrics_path, NULL, "write metrics for Prometheus to FILE",
     "Write metrics to\n.Ar FILE ,\nwhich is replaced as a whole, whatever comes of the run.\nSee\n.Sx METRICS ."},
    {0, "format", "FORMAT", CLI_CHOICE, &format, "text|json|ndjson", "output format", NULL},
    {0, "max-findings", "N", CLI_U64, &max_findings, NULL, "findings to name; all are counted",
     "Findings to name, 1000 by default; all are counted.\nThose about entries and chains are named first, then those "
     "about guards, then notices, so that many of one do not hide the other.\nEach takes up to 4 kB of memory."},
    {0, "clock", NULL, CLI_FLAG, &clocks, NULL, "notice entries created long before or after they were chained",
     "Give a notice for each chain that has entries whose\n.Li created_at ,\nwhich their writer claims, is more than "
     "24 "
     "hours from when they were chained.\nThis joins both tables in the server, and takes its time."},
    {0, "extract", "DIR", CLI_STRING, &extract_path, NULL, "write the files of bundles that verified beneath DIR",
     "Write the files of each\n.Ar FILE\nin which nothing was found beneath the directory\n.Ar DIR ,\n"
     "as\n.Ar DIR Ns Pa /NAME/... ;\nsee\n.Sx EVIDENCE BUNDLES ."},
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

/* Metrics that cannot be written change no verdict; monitoring sees them grow old. */
static int end(int result, struct ap_db *db, const struct ap_verify_options *asked,
               const struct ap_verify_report *report)
{
    struct ended ended = {db != NULL ? ap_db_name(db) : NULL, asked, report, ap_clock_monotonic_us() - started_us,
                          result};
    struct ap_error err;

    if (metrics_path != NULL && metrics_file_write(metrics_path, &ended, &err) != AP_OK)
        cli_warn("no metrics: %s", err.message);
    return result;
}

static void print(struct ap_db *db, const struct ap_verify_options *asked, const struct ap_verify_report *report)
{
    struct report_context context = {ap_db_name(db), "", asked, 0, cli_colour(STDOUT_FILENO)};

    if (strcmp(format, "text") == 0)
        report_text(&context, report);
    else
        report_json(&context, report, strcmp(format, "ndjson") == 0);
}

/* What checkpoints are held against, from the command line. */
static enum ap_status read_trust(struct ap_verify_options *asked, struct ap_policy **policy, struct ap_error *err)
{
    static struct ap_vkey pinned[CLI_LIST_MAX], certifying[CLI_LIST_MAX];
    enum ap_status status = cli_read_keys(&keys, pinned, err);

    if (status == AP_OK)
        status = cli_read_keys(&purge_keys, certifying, err);
    if (status == AP_OK && policy_file != NULL)
        status = cli_read_policy(policy_file, policy, err);
    if (status == AP_OK && *policy != NULL && (*policy)->log_count == 0)
        status = ap_fail(err, AP_EINPUT, "%s names no log: who signs checkpoints?", policy_file);
    if (status == AP_OK && max_unsealed != NULL) {
        /* An age only: the forms that are times of their own are refused. */
        size_t digits = strspn(max_unsealed, "0123456789");

        if (digits == 0 || max_unsealed[digits] == '\0' || strchr("smhdw", max_unsealed[digits]) == NULL ||
            max_unsealed[digits + 1] != '\0' || ap_time_parse(&asked->max_unsealed_us, max_unsealed, 0, err) != AP_OK ||
            asked->max_unsealed_us == 0)
            status =
                ap_fail(err, AP_EINPUT, "--max-unsealed takes an age such as 90m, 24h or 7d, not \"%s\"", max_unsealed);
        asked->max_unsealed_us = -asked->max_unsealed_us;
    }
    asked->keys = pinned;
    asked->key_count = keys.count;
    asked->purge_keys = certifying;
    asked->purge_key_count = purge_keys.count;
    asked->policy = *policy;
    asked->anchors = anchors.items;
    asked->anchor_count = anchors.count;
    asked->authorities = tsa_ca;
    return status;
}

/* What was found stands, whether or not the next run can go on from here. */
static int keep_state(struct ap_incremental *incremental, int result)
{
    struct ap_error err;

    if (incremental == NULL || ap_incremental_save(incremental, &err) == AP_OK)
        return result;
    (void)cli_fail(&err);
    cli_say("the next run starts from where this one did");
    return result == EXIT_DONE ? EXIT_UNKNOWN : result;
}

static int verify_with(struct ap_verify_options *asked)
{
    struct ap_verify_report report;
    struct ap_error err;
    struct ap_db *db = NULL;
    enum ap_status status;
    int result;

    (void)signal(SIGINT, on_signal);
    (void)signal(SIGTERM, on_signal);
    status = cli_connect(&db, "auditverify", false, &err);
    if (status != AP_OK)
        return end(say_unknown(&err), NULL, asked, NULL);
    memset(&report, 0, sizeof report);
    status = ap_verify(db, asked, &report, &err);
    clear_progress();
    if (status == AP_OK) {
        print(db, asked, &report);
        result = keep_state(asked->incremental, report.found > 0 ? EXIT_FINDINGS : EXIT_DONE);
        result = end(result, db, asked, &report);
    } else {
        result = end(say_unknown(&err), db, asked, NULL);
    }
    ap_verify_report_free(&report);
    ap_db_close(db);
    return result;
}

/* NULL, or an option that was given and is about a database. */
static const char *database_option(void)
{
    const struct {
        bool given;
        const char *name;
    } options_given[] = {
        {org.given, "--org"},
        {system_chain, "--system"},
        {from_seq != 0, "--from-seq"},
        {to_seq != 0, "--to-seq"},
        {connections != 1, "--jobs"},
        {strcmp(split, "auto") != 0, "--split"},
        {purge_keys.count > 0, "--purge-key"},
        {max_unsealed != NULL, "--max-unsealed"},
        {state_file != NULL, "--incremental"},
        {cycle != UINT64_MAX, "--cycle"},
        {metrics_path != NULL, "--metrics"},
        {clocks, "--clock"},
        {no_guards, "--no-guards"},
        {cli_connect_asked(), "an option to connect to one"},
    };

    for (size_t i = 0; i < sizeof options_given / sizeof *options_given; i++)
        if (options_given[i].given)
            return options_given[i].name;
    return NULL;
}

static int verify_bundles(int count, char **files)
{
    struct bundle_run run = {&keys, &anchors, policy_file, tsa_ca, max_findings, format, extract_path, &stop};
    const char *wrong = database_option();

    if (wrong != NULL)
        return cli_usage("a FILE is an evidence bundle, and %s is of a database", wrong);
    if (max_findings < 1)
        return cli_usage("--max-findings takes at least 1");
    (void)signal(SIGINT, on_signal);
    (void)signal(SIGTERM, on_signal);
    return bundle_run(&run, count, files);
}

static int verify(int argc, char **argv)
{
    struct ap_verify_options asked;
    struct ap_policy *policy = NULL;
    struct ap_error err;
    enum ap_status status;
    int result;

    if (argc > 0)
        return verify_bundles(argc, argv);
    if (extract_path != NULL)
        return cli_usage("--extract needs a FILE, an evidence bundle");
    if (keys.count > 0 && policy_file != NULL)
        return cli_usage("--key and --policy exclude each other: a policy names the keys");
    if (org.given && system_chain)
        return cli_usage("--org and --system exclude each other");
    if ((from_seq != 0 || to_seq != 0) && !org.given && !system_chain)
        return cli_usage("--from-seq and --to-seq need --org or --system");
    if (connections < 1 || connections > AP_VERIFY_MAX_CONNECTIONS)
        return cli_usage("--jobs takes 1 to %d", AP_VERIFY_MAX_CONNECTIONS);
    if (max_findings < 1)
        return cli_usage("--max-findings takes at least 1");
    if (state_file != NULL && (org.given || system_chain || clocks))
        return cli_usage("--incremental is of all chains, and excludes --org, --system and --clock");
    if (cycle != UINT64_MAX && state_file == NULL)
        return cli_usage("--cycle needs --incremental");
    if (cycle != UINT64_MAX && (cycle < 1 || cycle > AP_INCREMENTAL_MAX_CYCLE))
        return cli_usage("--cycle takes 1 to %d", AP_INCREMENTAL_MAX_CYCLE);
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
    started_us = ap_clock_monotonic_us();
    status = read_trust(&asked, &policy, &err);
    if (status == AP_OK && state_file != NULL)
        status = ap_incremental_open(&asked.incremental, state_file,
                                     cycle != UINT64_MAX ? (unsigned)cycle : AP_INCREMENTAL_CYCLE, &err);
    result = status == AP_OK ? verify_with(&asked) : end(say_unknown(&err), NULL, &asked, NULL);
    ap_incremental_close(asked.incremental);
    ap_policy_free(policy);
    return result;
}

static const struct cli_command commands[] = {
    {NULL, "[FILE]...", "verify the audit chains of a database, or evidence bundles", options, verify, 0, UINT_MAX,
     false, NULL},
};

static const struct cli_program program = {"auditverify",
                                           "verify the audit chains of a database, or evidence bundles",
                                           "With FILEs, which auditexport(1) wrote, no database is asked; - is "
                                           "standard input.",
                                           NULL,
                                           commands,
                                           true};

int main(int argc, char **argv)
{
    return cli_main(&program, argc, argv);
}
