#include <stdio.h>
#include <string.h>

#include "auditclassify/classify.h"
#include "auditclassify/database.h"
#include "auditproof/clock.h"
#include "options.h"

enum { MAX_FILES = 1024 };

/* The input and what it becomes are held at the same time. */
#define MAX_LINE (256U << 20)

#define LEVELS "informational|low|medium|high|critical"

static struct classify_options options_given = {.format = "text", .on_error = "skip", .max_line = 16U << 20};
static bool no_pipeline, matches_only, want_check, want_list;
static struct database_options database = {
    .since_us = AP_TIME_MINUS_INFINITY,
    .until_us = AP_TIME_INFINITY,
    .start = "furthest",
    .batch_entries = 1000,
    .batch_age_s = 900,
    .poll_s = 1,
    .alert = {.timeout_s = 10, .retry_for_s = 900, .queue = 1000},
};
static const char *format_in = "auto", *min_level, *fail_level, *explain;

static const struct cli_option options[] = {
    {'r', "rules", "PATH", CLI_LIST, &options_given.set.rules, NULL, "rules: a file, or a directory of them",
     CLI_RULES_MANUAL "\nThe default is the rules that came with the tools."},
    {0, "pipeline", "NAME", CLI_LIST, &options_given.set.pipelines, NULL, "what the events are: a name or a file",
     CLI_PIPELINE_MANUAL "\nWithout one, events are entries of\n.Li audit_logs ."},
    {0, "no-pipeline", NULL, CLI_FLAG, &no_pipeline, NULL, "field names as they are, every rule",
     "Take the events' field names as they are, and every rule whatever its logsource."},
    {0, "matches-only", NULL, CLI_FLAG, &matches_only, NULL, "leave out events that no rule matches",
     "Leave out events that no rule matches."},
    {0, "min-level", "LEVEL", CLI_CHOICE, &min_level, LEVELS, "leave out events below this level",
     "Leave out events that no rule of this level or a higher one matches."},
    {0, "fail-level", "LEVEL", CLI_CHOICE, &fail_level, LEVELS, "exit 1 when there was an event of this level",
     "Exit with status 1 when a rule of this level or a higher one matched an event."},
    {0, "format-in", "FORMAT", CLI_CHOICE, &format_in, "auto|ndjson|json", "what the input is",
     "What the input is: one object a line, or JSON that may span lines.\nThe default looks at how each file "
     "begins.\nSee\n"
     ".Sx Documents ."},
    {0, "on-error", "WHAT", CLI_CHOICE, &options_given.on_error, "skip|stop", "what to do at a bad line",
     "Pass over a bad line, which is named and counted; or stop at the first one.\nSee\n.Sx BAD INPUT ."},
    {0, "max-line", "SIZE", CLI_SIZE, &options_given.max_line, NULL, "longest line that is taken (16M)",
     "The longest line that is taken; 16M by default."},
    {0, "check", NULL, CLI_FLAG, &want_check, NULL, "look the rules over and run their tests",
     "Load the rules, print everything that is wrong with them or remarkable, run the tests that lie beside them, and\n"
     "sum up.\nNo events are read."},
    {0, "list", NULL, CLI_FLAG, &want_list, NULL, "print a table of the rules",
     "Print a table of the rules: level, title, id, tags, criteria\n.Pq Li soc2.* No and Li gdpr.* ,\nfile.\nNo events "
     "are read."},
    {0, "explain", "RULE", CLI_STRING, &explain, NULL, "show for each event why a rule matches, or does not",
     "Show for each event which part of this rule's condition holds, and which does not.\n.Ar RULE\nis an id, a name "
     "or "
     "a title."},
    {0, "format", "FORMAT", CLI_CHOICE, &options_given.format, "text|json", "of --check, --list and --replay",
     "What\n.Fl -check , -list\nand\n.Fl -replay\nprint: text for people, or one JSON document; of\n"
     ".Fl -replay ,\none a line."},
    {'f', "follow", NULL, CLI_FLAG, &database.follow, NULL, "classify a database's entries as they come",
     "Classify the entries of a database as they come, record what is found, and print the risky ones.\nSee\n"
     ".Sx ENTRIES OF A DATABASE ."},
    {0, "once", NULL, CLI_FLAG, &database.once, NULL, "the same for what is there, and end",
     "The same for the entries that are there and not classified yet; then end."},
    {0, "replay", NULL, CLI_FLAG, &database.replay, NULL, "classify again and compare",
     "Classify again what was classified, by the rule sets that the database keeps, and compare with what is recorded\n"
     "and with what the chains tell of it.\nExit with status 1 when something differs."},
    {0, "org", "UUID", CLI_UUID, &database.org, NULL, "this tenant's entries only",
     "The entries of this tenant only; the nil UUID stands for system-wide ones."},
    {0, "since", "TIME", CLI_TIME, &database.since_us, NULL, "entries created from then on",
     "Classify a range, without recording: entries whose\n.Va created_at\nis this or later."},
    {0, "until", "TIME", CLI_TIME, &database.until_us, NULL, "entries created before then",
     "Classify a range: entries whose\n.Va created_at\nis before this."},
    {0, "from-seq", "N", CLI_U64, &database.from_seq, NULL, "entries of this number or a later one",
     "Classify a range: entries of this number or a later one.\nWith\n.Fl -replay ,\ncompare batches that reach it;\n"
     "earlier ones are run all the same, for what their correlations had open."},
    {0, "start", "WHERE", CLI_CHOICE, &database.start, "furthest|first|now", "where a new rule set begins",
     "Where a rule set begins in a chain that it was not used in: after the entries that any other has classified, at\n"
     "the first entry, or after the last one.\nThe default is\n.Ar furthest ,\nwhich is the first entry where there "
     "was "
     "no other."},
    {0, "batch-entries", "N", CLI_U64, &database.batch_entries, NULL, "entries that a chained one tells of (1000)",
     "How many entries are classified before an entry in the chain tells of it; 1000 by default."},
    {0, "batch-age", "SECONDS", CLI_U64, &database.batch_age_s, NULL, "or the time after which one does (900)",
     "How old the first of them may be; 900 seconds by default, 0 for at once."},
    {0, "poll", "SECONDS", CLI_U64, &database.poll_s, NULL, "longest wait before looking (1)",
     "How long to wait for a notification before looking for entries all the same; 1 second by default."},
    {0, "webhook", "URL", CLI_STRING, &database.alert.webhook, NULL, "POST risky entries there",
     "POST each line that is printed to this URL as well, or to that in the file FILE when\n.Ar URL\nis\n.Li @FILE .\n"
     "See\n.Sx Webhook ."},
    {0, "webhook-header-file", "FILE", CLI_STRING, &database.alert.header_file, NULL, "headers to send there",
     "A file with headers to send, one a line, such as\n.Li Authorization: Bearer ... ."},
    {0, "webhook-ca", "FILE", CLI_STRING, &database.alert.ca_file, NULL, "certificates to trust there",
     "A file with the certificates to trust (PEM) instead of the system's."},
    {0, "webhook-timeout", "SECONDS", CLI_U64, &database.alert.timeout_s, NULL, "longest attempt (10)",
     "How long one attempt may take; 10 seconds by default."},
    {0, "webhook-retry-for", "SECONDS", CLI_U64, &database.alert.retry_for_s, NULL, "how long to try again (900)",
     "How long one message is tried again before it is given up; 900 seconds by default."},
    {0, "webhook-queue", "N", CLI_U64, &database.alert.queue, NULL, "messages that may wait (1000)",
     "How many messages may wait; 1000 by default.\nThose that come when the queue is full are dropped and counted."},
    {0, NULL, NULL, CLI_FLAG, NULL, NULL, NULL, NULL},
};

/* Both options were checked against the list of levels when they were read. */
static enum ap_level level_of(const char *word)
{
    enum ap_level level = AP_LEVEL_NONE;

    return word != NULL && ap_level_parse(&level, word) ? level : AP_LEVEL_NONE;
}

static int run(const struct classify_options *o)
{
    struct ap_rules *rules = NULL;
    struct ap_error err;
    int status;

    if (database.replay)
        return database_replay(&database, o);
    if (cli_rules_load(&rules, &o->set, &err) != AP_OK)
        return cli_fail(&err);
    if (want_check)
        status = classify_check(o, rules);
    else if (want_list)
        status = classify_list(o, rules);
    else if (explain != NULL)
        status = classify_explain(o, rules, explain);
    else if (database_wanted(&database))
        status = database_classify(&database, o, rules);
    else
        status = classify_stream(o, rules);
    ap_rules_free(rules);
    return status;
}

static int auditclassify(int argc, char **argv)
{
    static const char *files[MAX_FILES];
    struct classify_options *o = &options_given;
    int status;

    if (want_check + want_list + (explain != NULL) + database_wanted(&database) > 1)
        return cli_usage("--check, --list, --explain and a database's entries: one at a time");
    if ((want_check || want_list) && argc > 0)
        return cli_usage("unexpected \"%s\": --check and --list read no events", argv[0]);
    if (no_pipeline && o->set.pipelines.count > 0)
        return cli_usage("--pipeline or --no-pipeline: not both");
    if (o->max_line < 1 || o->max_line > MAX_LINE)
        return cli_usage("--max-line is 1 to %dM", (int)(MAX_LINE >> 20));
    for (int i = 0; i < argc; i++)
        files[i] = argv[i];
    o->files = files;
    o->file_count = (size_t)argc;
    o->set.every_rule = no_pipeline;
    o->format_in = strcmp(format_in, "ndjson") == 0 ? AP_INPUT_NDJSON
                   : strcmp(format_in, "json") == 0 ? AP_INPUT_JSON
                                                    : AP_INPUT_AUTO_JSON;
    o->fail_level = level_of(fail_level);
    o->min_level = level_of(min_level);
    if (matches_only && o->min_level == AP_LEVEL_NONE)
        o->min_level = AP_LEVEL_INFORMATIONAL;
    status = database_usage(&database, o, argc);
    return status == EXIT_DONE ? run(o) : status;
}

static const struct cli_command commands[] = {
    {NULL, "[FILE ...]", "tell risky events by rules", options, auditclassify, 0, MAX_FILES, false, NULL},
    {NULL, NULL, NULL, NULL, NULL, 0, 0, false, NULL},
};

static const struct cli_program program = {
    "auditclassify",
    "tell risky events by rules",
    "Events are JSON objects, one a line, from FILEs or standard input. Each is printed again with a member\n"
    "\"_auditproof\" that names its risk level and the rules (Sigma) that match it:\n"
    "  auditclassify --min-level high events.ndjson\n"
    "  aws s3 cp s3://... - | gunzip | auditclassify --pipeline cloudtrail --rules my-rules/ --matches-only\n"
    "or the entries of a database, as they come:\n"
    "  auditclassify --follow --min-level high -d postgres://... --webhook https://...\n"
    "What is found does not change the exit status, unless --fail-level says so.",
    NULL,
    commands,
    true,
};

int main(int argc, char **argv)
{
    return cli_main(&program, argc, argv);
}
