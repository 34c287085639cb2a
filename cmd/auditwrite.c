#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "auditproof/clock.h"
#include "auditproof/feed.h"
#include "auditproof/json.h"
#include "auditproof/json_read.h"
#include "auditproof/utf8.h"
#include "connect.h"
#include "options.h"
#include "ruleset.h"
#include "signals.h"

enum { MAX_FILES = 1024, MAX_RETRY_S = 86400, MAX_AGE_MS = 60000 };

/* Far below what one value, or one statement, may hold. */
#define MAX_BYTES (256U << 20)

static const char *format_in = "auto", *on_error = "stop", *on_conflict = "fail", *unknown_words = "fail";
static const char *reject_path;
static const char *flags[AP_ENTRY_COLUMNS];
static bool want_ack;
static struct cli_ruleset rule_options;
static uint64_t batch_rows = 1000, batch_bytes = 4U << 20, batch_age_ms = 200, retry_for_s = 60;
static uint64_t max_line = 100U << 20;

static const struct cli_option options[] = {
    {0, "format-in", "FORMAT", CLI_CHOICE, &format_in, "auto|ndjson|csv", "what the input is",
     "What the input is; auto takes a file whose name ends in .csv as CSV, everything else as NDJSON."},
    {0, "unknown", "WHAT", CLI_CHOICE, &unknown_words, "fail|ignore|metadata",
     "what to do with names that are no column",
     "A member or CSV column that is no column of audit_logs makes its line a bad one, is passed over, or becomes a\n"
     "member of metadata."},
    {0, "on-error", "WHAT", CLI_CHOICE, &on_error, "stop|skip", "what to do at a bad line",
     "Stop at the first bad line, with everything before it stored and nothing after it; or go on."},
    {0, "on-conflict", "WHAT", CLI_CHOICE, &on_conflict, "fail|skip", "what to do with an id that is there already",
     "An id that is there already makes its line a bad one; or is passed over when the entry there says the same,\n"
     "which makes it safe to feed the same lines again."},
    {0, "reject", "FILE", CLI_STRING, &reject_path, NULL, "keep lines that were not stored in FILE",
     "Append each line that was read and not stored to this file, as it came.\nSee\n.Sx BAD LINES ."},
    {0, "ack", NULL, CLI_FLAG, &want_ack, NULL, "print a receipt for each entry once it is committed",
     "Print one JSON object for each entry once it is committed: id, chain, seq, entry_hash, file and line, and\n"
     ".Li earlier\nwhere it had been there before.\n.Li seq\nis a string, for it can pass 2^53."},
    {'r', "rules", "PATH", CLI_LIST, &rule_options.rules, NULL, "classify entries by the rules of a file or directory",
     CLI_RULES_MANUAL "\nSee\n.Sx Rules ."},
    {0, "pipeline", "NAME", CLI_LIST, &rule_options.pipelines, NULL, "how the rules' fields are called here",
     CLI_PIPELINE_MANUAL},
    {0, "batch-rows", "N", CLI_U64, &batch_rows, NULL, "entries in one transaction (1000)", NULL},
    {0, "batch-bytes", "SIZE", CLI_SIZE, &batch_bytes, NULL, "text in one transaction, about (4M)", NULL},
    {0, "batch-age", "MS", CLI_U64, &batch_age_ms, NULL, "longest wait for a batch to fill, in ms (200)", NULL},
    {0, "retry-for", "SECONDS", CLI_U64, &retry_for_s, NULL, "how long to try to reach a lost server again (60)",
     "How long to go on trying after the connection is lost, or after a deadlock or the like.\nThe default is 60 "
     "seconds."},
    {0, "max-line", "SIZE", CLI_SIZE, &max_line, NULL, "longest line that is taken (100M)", NULL},
    {0, "id", "UUID", CLI_STRING, &flags[AP_ENTRY_ID], NULL, "one entry: its id", NULL},
    {0, "org", "UUID", CLI_STRING, &flags[AP_ENTRY_ORGANIZATION_ID], NULL, "one entry: the tenant", NULL},
    {0, "actor", "UUID", CLI_STRING, &flags[AP_ENTRY_ACTOR_ID], NULL, "one entry: who did it", NULL},
    {0, "email", "TEXT", CLI_STRING, &flags[AP_ENTRY_ACTOR_EMAIL], NULL, "one entry: the actor's address", NULL},
    {0, "role", "TEXT", CLI_STRING, &flags[AP_ENTRY_ACTOR_ROLE], NULL, "one entry: the actor's role", NULL},
    {0, "action", "TEXT", CLI_STRING, &flags[AP_ENTRY_ACTION], NULL, "one entry: what was done", NULL},
    {0, "resource-type", "TEXT", CLI_STRING, &flags[AP_ENTRY_RESOURCE_TYPE], NULL, "one entry: to what kind of thing",
     NULL},
    {0, "resource-id", "UUID", CLI_STRING, &flags[AP_ENTRY_RESOURCE_ID], NULL, "one entry: to which", NULL},
    {0, "old", "JSON", CLI_STRING, &flags[AP_ENTRY_OLD_VALUES], NULL, "one entry: values before", NULL},
    {0, "new", "JSON", CLI_STRING, &flags[AP_ENTRY_NEW_VALUES], NULL, "one entry: values after", NULL},
    {0, "risk", "LEVEL", CLI_STRING, &flags[AP_ENTRY_RISK_LEVEL], NULL, "one entry: low, medium, high or critical",
     NULL},
    {0, "ip", "ADDRESS", CLI_STRING, &flags[AP_ENTRY_IP_ADDRESS], NULL, "one entry: from which address", NULL},
    {0, "user-agent", "TEXT", CLI_STRING, &flags[AP_ENTRY_USER_AGENT], NULL, "one entry: with which program", NULL},
    {0, "metadata", "JSON", CLI_STRING, &flags[AP_ENTRY_METADATA], NULL, "one entry: anything else", NULL},
    {0, "session", "TEXT", CLI_STRING, &flags[AP_ENTRY_SESSION_ID], NULL, "one entry: in which session", NULL},
    {0, "at", "TIME", CLI_STRING, &flags[AP_ENTRY_CREATED_AT], NULL, "one entry: when (now)",
     "When it happened, if not now:\n.Li 2026-01-31 ,\n.Li 2026-01-31T09:00:00+02:00 ,\nseconds, milliseconds or "
     "microseconds "
     "since 1970, or\n.Li 90s , 15m , 7h , 7d\nago."},
    {0, NULL, NULL, CLI_FLAG, NULL, NULL, NULL, NULL},
};

/* What a receipt is put together in, and when progress was shown last. */
struct run {
    struct ap_feed feed;
    struct ap_rules *rules;
    struct ap_draft_classifier classifier;
    struct ap_buf out;
    int64_t started_us, progress_us;
};

static bool interrupted(void *context)
{
    (void)context;
    return cli_interrupted();
}

static void remark(void *context, const char *message)
{
    (void)context;
    cli_say("%s", message);
}

static enum ap_status refused(void *context, const struct ap_refusal *refusal, struct ap_error *err)
{
    const struct ap_line *line = &refusal->line;
    char state[32] = "";

    (void)context;
    (void)err;
    if (refusal->sqlstate[0] != '\0')
        (void)snprintf(state, sizeof state, " (SQLSTATE %s)", refusal->sqlstate);
    if (line->file == NULL)
        cli_error("%s%s", refusal->message, state);
    else if (refusal->offset > line->len)
        cli_error("%s:%" PRIu64 ": %s%s", line->file, line->number, refusal->message, state);
    else
        cli_error("%s:%" PRIu64 ":%zu: %s%s", line->file, line->number, ap_utf8_count(line->text, refusal->offset) + 1,
                  refusal->message, state);
    return AP_OK;
}

static enum ap_status stored(void *context, const struct ap_stored *s, struct ap_error *err)
{
    struct run *run = context;
    struct ap_buf *out = &run->out;
    char id[AP_UUID_TEXT_SIZE], chain[AP_UUID_TEXT_SIZE], hash[AP_HASH_TEXT_SIZE] = "";

    if (!s->has_receipt)
        return AP_OK;
    ap_uuid_format(id, &s->id);
    ap_uuid_format(chain, &s->chain);
    ap_hex_encode(hash, s->entry_hash, AP_HASH_LEN);
    ap_buf_clear(out);
    ap_buf_addf(out, "{\"id\":\"%s\",\"chain\":\"%s\",\"seq\":\"%" PRIu64 "\",\"entry_hash\":\"%s\"", id, chain, s->seq,
                hash);
    if (s->line.file != NULL) {
        ap_buf_adds(out, ",\"file\":");
        ap_json_string(out, s->line.file);
        ap_buf_addf(out, ",\"line\":%" PRIu64, s->line.number);
    }
    ap_buf_adds(out, s->earlier ? ",\"earlier\":true}\n" : "}\n");
    if (ap_buf_check(out, "a receipt", err) != AP_OK)
        return AP_ENOMEM;
    if (fwrite(out->data, 1, out->len, stdout) != out->len)
        return ap_fail_errno(err, errno, "cannot write receipts to standard output");
    return AP_OK;
}

static void show_progress(struct run *run, bool last)
{
    int64_t now_us = ap_clock_monotonic_us();
    bool tty = isatty(STDERR_FILENO) == 1;

    if (!cli_progress || (!last && now_us - run->progress_us < AP_US_PER_SECOND))
        return;
    run->progress_us = now_us;
    /* Talk: nothing can be done about a standard error that cannot be written. */
    (void)fprintf(stderr, "%s%" PRIu64 " read, %" PRIu64 " written, %.0f/s%s",
                  tty ? "\r" : "auditwrite: ", run->feed.totals.read, run->feed.totals.written,
                  (double)run->feed.totals.written * 1e6 / (double)(now_us - run->started_us + 1),
                  tty && !last ? "\033[K" : "\n");
}

/* A search that was cut off is a rule that did not do its work: say so, once a rule. */
static void tell_limited(struct run *run)
{
    size_t rule;

    while (run->rules != NULL && (rule = ap_classify_limited(run->classifier.classifier)) != SIZE_MAX)
        cli_warn("rule \"%s\" (%s): a regular expression takes too long and counts as not found; this is said once",
                 ap_rules_info(run->rules, rule)->title, ap_rules_info(run->rules, rule)->file);
}

static enum ap_status step(void *context, struct ap_error *err)
{
    show_progress(context, false);
    tell_limited(context);
    if (want_ack && fflush(stdout) != 0)
        return ap_fail_errno(err, errno, "cannot write receipts to standard output");
    return AP_OK;
}

static bool flags_given(void)
{
    for (size_t c = 0; c < AP_ENTRY_COLUMNS; c++)
        if (flags[c] != NULL)
            return true;
    return false;
}

/* One entry from the command line. */
static enum ap_status entry_from_flags(struct ap_draft *entry, struct ap_error *err)
{
    for (enum ap_entry_column c = 0; c < AP_ENTRY_COLUMNS; c++) {
        struct ap_cell *cell = &entry->cells[c];
        struct ap_json_span json;

        if (flags[c] == NULL)
            continue;
        *cell = (struct ap_cell){AP_CELL_TEXT, flags[c], strlen(flags[c]), 0};
        if (ap_utf8_valid(cell->text, cell->len) < cell->len)
            return ap_fail(err, AP_EINPUT, "%s is not UTF-8", ap_entry_column_name(c));
        if (c != AP_ENTRY_OLD_VALUES && c != AP_ENTRY_NEW_VALUES && c != AP_ENTRY_METADATA)
            continue;
        if (ap_json_check(cell->text, cell->len, &json, NULL, err) != AP_OK)
            return ap_error_prefix(err, "%s", ap_entry_column_name(c));
        *cell = (struct ap_cell){AP_CELL_JSON, json.text, json.len, 0};
    }
    return AP_OK;
}

/* What goes into the hash is by all of the rules or by none: a wrong one is mended first. */
static enum ap_status open_rules(struct run *run, struct ap_error *err)
{
    size_t wrong;

    if (cli_rules_load(&run->rules, &rule_options, err) != AP_OK)
        return err->status;
    wrong = cli_rules_complain(run->rules);
    if (wrong > 0)
        return ap_fail(err, AP_EINPUT, "nothing was stored, for the rules have %zu errors (auditclassify --check)",
                       wrong);
    run->classifier.rules = run->rules;
    run->feed.classifier = &run->classifier;
    return ap_classifier_new(&run->classifier.classifier, run->rules, NULL, err);
}

static enum ap_status open_all(struct run *run, struct ap_db **db, const char *const *names, size_t count,
                               struct ap_error *err)
{
    struct ap_writer_options o = {
        .batch_rows = batch_rows,
        .batch_bytes = batch_bytes,
        .batch_age_us = (int64_t)batch_age_ms * 1000,
        .retry_for_us = (int64_t)retry_for_s * AP_US_PER_SECOND,
        .skip_existing = strcmp(on_conflict, "skip") == 0,
        .stop_on_refusal = strcmp(on_error, "stop") == 0,
        .receipts = want_ack,
        .stored = ap_feed_stored,
        .refused = ap_feed_refused,
        .giving_up = interrupted,
        .remark = remark,
        .context = &run->feed,
    };
    enum ap_input_format format = strcmp(format_in, "csv") == 0      ? AP_INPUT_CSV
                                  : strcmp(format_in, "ndjson") == 0 ? AP_INPUT_NDJSON
                                                                     : AP_INPUT_AUTO;
    enum ap_status status = AP_OK;

    run->feed.unknown = strcmp(unknown_words, "fail") == 0     ? AP_UNKNOWN_FAIL
                        : strcmp(unknown_words, "ignore") == 0 ? AP_UNKNOWN_IGNORE
                                                               : AP_UNKNOWN_METADATA;
    run->feed.stop_on_refusal = o.stop_on_refusal;
    run->feed.wake_fd = cli_signal_fd();
    if (rule_options.rules.count > 0)
        status = open_rules(run, err);
    if (status == AP_OK && reject_path != NULL)
        status = ap_reject_open(&run->feed.reject, reject_path, err);
    if (status == AP_OK && !flags_given())
        status = ap_input_new(&run->feed.input, names, count, format, (size_t)max_line, err);
    if (status == AP_OK)
        status = cli_connect(db, "auditwrite", true, err);
    if (status == AP_OK)
        status = ap_writer_new(&run->feed.writer, *db, &o, err);
    return status;
}

static int summarise(struct run *run, int status)
{
    const struct ap_feed_totals *t = &run->feed.totals;

    show_progress(run, true);
    if (t->left > 0)
        cli_error("%" PRIu64 " lines were read and not stored, from %s on%s", t->left,
                  t->left_at[0] != '\0' ? t->left_at : "the bad one",
                  reject_path != NULL ? "; the reject file has them" : "");
    if (t->left_unknown > 0)
        cli_error("of these, the server may have stored %" PRIu64 ", all or none: look before feeding them again",
                  t->left_unknown);
    if (run->classifier.unmarked > 0)
        cli_warn("%" PRIu64 " entries do not say which rules match them, for their metadata is no object",
                 run->classifier.unmarked);
    cli_say("%" PRIu64 " read, %" PRIu64 " written, %" PRIu64 " skipped, %" PRIu64 " rejected", t->read, t->written,
            t->earlier, t->refused);
    if (run->feed.classifier != NULL)
        cli_say("rules match %" PRIu64 " of those read", run->classifier.matched);
    return status == EXIT_DONE && t->refused > 0 ? EXIT_USAGE : status;
}

static int run_feed(struct run *run, const char *const *names, size_t count)
{
    struct ap_error err, unkept;
    struct ap_db *db = NULL;
    enum ap_status status = cli_catch_signals(&err);
    int result = EXIT_DONE;

    if (status == AP_OK)
        status = open_all(run, &db, names, count, &err);
    if (status == AP_OK && flags_given()) {
        status = entry_from_flags(&run->feed.entry, &err);
        if (status == AP_OK)
            status = ap_feed_one(&run->feed, &err);
    } else if (status == AP_OK) {
        status = ap_feed_run(&run->feed, &err);
    }
    if (status != AP_OK)
        result = cli_fail(&err);
    if (run->feed.writer != NULL) {
        if (ap_feed_keep_left(&run->feed, &unkept) != AP_OK)
            result = cli_fail(&unkept);
        result = summarise(run, result);
    }
    if (ap_reject_close(run->feed.reject, &unkept) != AP_OK)
        result = cli_fail(&unkept);
    ap_feed_clear(&run->feed);
    ap_buf_free(&run->out);
    ap_writer_free(run->feed.writer);
    ap_input_free(run->feed.input);
    ap_draft_classifier_free(&run->classifier);
    ap_classifier_free(run->classifier.classifier);
    ap_rules_free(run->rules);
    ap_db_close(db);
    return result;
}

static int auditwrite(int argc, char **argv)
{
    static const char *names[MAX_FILES];
    static struct run run;

    if (batch_rows < 1 || batch_rows > AP_WRITER_MAX_ROWS)
        return cli_usage("--batch-rows is 1 to %d", AP_WRITER_MAX_ROWS);
    if (batch_bytes < 1 || batch_bytes > MAX_BYTES || max_line < 1 || max_line > MAX_BYTES)
        return cli_usage("--batch-bytes and --max-line are 1 to %dM", (int)(MAX_BYTES >> 20));
    if (batch_age_ms > MAX_AGE_MS || retry_for_s > MAX_RETRY_S)
        return cli_usage("--batch-age is 0 to %d and --retry-for 0 to %d", MAX_AGE_MS, MAX_RETRY_S);
    if (rule_options.pipelines.count > 0 && rule_options.rules.count == 0)
        return cli_usage("--pipeline goes with --rules");
    if (argc > 0 && flags_given())
        return cli_usage("one entry from options, or entries from files: not both");
    for (int i = 0; i < argc; i++)
        names[i] = argv[i];
    run.feed.interrupted = interrupted;
    run.feed.step = step;
    run.feed.stored = stored;
    run.feed.refused = refused;
    run.feed.context = &run;
    run.started_us = run.progress_us = ap_clock_monotonic_us();
    return run_feed(&run, names, (size_t)argc);
}

static const struct cli_command commands[] = {
    {NULL, "[FILE ...]", "store audit entries", options, auditwrite, 0, MAX_FILES, false, NULL},
    {NULL, NULL, NULL, NULL, NULL, 0, 0, false, NULL},
};

static const struct cli_program program = {
    "auditwrite",
    "store audit entries",
    "Entries are JSON objects, one a line, from FILEs or standard input, with the columns of audit_logs as members:\n"
    "  "
    "{\"organization_id\":\"...\",\"action\":\"auth.login_failed\",\"resource_type\":\"session\",\"risk_level\":"
    "\"medium\"}",
    NULL,
    commands,
    true,
};

int main(int argc, char **argv)
{
    return cli_main(&program, argc, argv);
}
