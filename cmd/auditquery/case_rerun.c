/* case rerun: ask again what was asked, and say what became of what was found. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "auditproof/display.h"
#include "auditproof/json.h"
#include "auditproof/rerun.h"
#include "casebook.h"
#include "commands.h"

static const char *format = "text";
static bool unkept;

const struct cli_option case_rerun_options[] = {
    {0, "format", "FORMAT", CLI_CHOICE, &format, "text|ndjson", "how to tell it", NULL},
    {0, "unkept", NULL, CLI_FLAG, &unkept, NULL, "do not add the outcome to the case", NULL},
    {0, NULL, NULL, CLI_FLAG, NULL, NULL, NULL, NULL},
};

struct rerunning {
    struct asked asked;
    struct ap_case *folder;
    struct ap_buf outcome; /* a line for each entry that is not the same */
    unsigned number;       /* of the step that is asked again */
    uint64_t findings, unseen;
};

static void put_item(struct ap_buf *out, unsigned step, const struct ap_rerun_item *item)
{
    char text[AP_UUID_TEXT_SIZE];

    ap_buf_addf(out, "{\"step\":%u,\"outcome\":\"%s\"", step, ap_rerun_outcome_name(item->outcome));
    ap_uuid_format(text, &item->id);
    if (item->has_id)
        ap_buf_addf(out, ",\"id\":\"%s\"", text);
    ap_uuid_format(text, &item->chain);
    ap_buf_addf(out, ",\"chain_id\":\"%s\"", text);
    if (item->seq > 0)
        ap_buf_addf(out, ",\"seq\":%" PRIu64, item->seq);
    if (item->detail[0] != '\0') {
        ap_buf_adds(out, ",\"detail\":");
        ap_json_string(out, item->detail);
    }
    ap_buf_adds(out, "}\n");
}

static enum ap_status take_item(void *context, const struct ap_rerun_item *item, struct ap_error *err)
{
    struct rerunning *r = context;
    char id[AP_UUID_TEXT_SIZE], chain[AP_UUID_TEXT_SIZE];
    size_t from = r->outcome.len;

    put_item(&r->outcome, r->number, item);
    ap_display_json(&r->outcome, from);
    if (strcmp(format, "ndjson") == 0) {
        (void)fputs(ap_buf_str(&r->outcome) + from, stdout);
        return ap_buf_check(&r->outcome, "the outcome", err);
    }
    ap_uuid_format(id, &item->id);
    ap_uuid_format(chain, &item->chain);
    (void)printf("%-9s  %s  chain %s", ap_rerun_outcome_name(item->outcome), item->has_id ? id : "the chain's end",
                 chain);
    if (item->seq > 0)
        (void)printf(" seq %" PRIu64, item->seq);
    if (item->detail[0] != '\0') {
        (void)fputs(": ", stdout);
        casebook_put(item->detail);
    }
    (void)fputs("\n", stdout);
    return ap_buf_check(&r->outcome, "the outcome", err);
}

static enum ap_status read_query(struct rerunning *r, struct ap_saved_query *saved, struct ap_error *err)
{
    struct ap_buf text = AP_BUF_INIT;
    char *room = ap_buf_reserve(&text, AP_SAVED_QUERY_MAX + 1);
    ssize_t n = 0;
    int fd = -1;
    enum ap_status status = ap_case_read(r->folder, r->number, "query.json", &fd, err);

    while (status == AP_OK && room != NULL && text.len <= AP_SAVED_QUERY_MAX &&
           (n = read(fd, room + text.len, AP_SAVED_QUERY_MAX + 1 - text.len)) > 0)
        text.len += (size_t)n;
    if (status == AP_OK)
        status = ap_buf_check(&text, "a query", err);
    if (status == AP_OK)
        status = ap_saved_parse(saved, ap_buf_str(&text), text.len, err);
    if (fd >= 0)
        (void)close(fd);
    ap_buf_free(&text);
    return status == AP_OK ? AP_OK : ap_error_prefix(err, "step %u keeps no query that can be asked again", r->number);
}

/* Why all of it may be gone: it is not the database that was asked. */
static void say_where(const struct rerunning *r, const struct ap_saved_query *saved)
{
    const char *database = ap_db_name(r->asked.db);

    if (saved->database != NULL && strcmp(saved->database, database) != 0)
        cli_say("step %u asked the database \"%s\", and is held against \"%s\"", r->number, saved->database, database);
}

static void say_counts(const struct rerunning *r, const struct ap_rerun_report *report, bool heads)
{
    (void)printf("step %u:", r->number);
    for (int i = 0; i < AP_RERUN_OUTCOMES; i++)
        if (i == AP_RERUN_SAME || report->counts[i] > 0)
            (void)printf("%s %" PRIu64 " %s", i == AP_RERUN_SAME ? "" : ",", report->counts[i],
                         ap_rerun_outcome_name((enum ap_rerun_outcome)i));
    if (report->failed > 0)
        (void)printf(", of which %" PRIu64 " do not verify", report->failed);
    (void)printf("%s\n", !report->chained ? "; the chains were not asked, which this login may not read"
                         : !heads         ? "; where the chains ended was not kept"
                                          : "");
}

/* A step of its own, so that it stands in the case who looked again, and what there was. */
static enum ap_status keep(struct rerunning *r, const char *path, const struct ap_rerun_report *report,
                           struct ap_error *err)
{
    struct ap_case_author author = casebook_author(&r->asked);
    struct ap_buf about = AP_BUF_INIT;
    uint8_t head[AP_HASH_LEN];
    unsigned step;
    enum ap_status status = ap_case_begin(r->folder, err);

    ap_buf_addf(&about, "{\"of\":%u", r->number);
    for (int i = 0; i < AP_RERUN_OUTCOMES; i++)
        ap_buf_addf(&about, ",\"%s\":%" PRIu64, ap_rerun_outcome_name((enum ap_rerun_outcome)i), report->counts[i]);
    ap_buf_addf(&about, ",\"failed\":%" PRIu64 "}", report->failed);
    if (status == AP_OK)
        status = ap_case_file(r->folder, "outcome.ndjson", err);
    if (status == AP_OK)
        status = ap_case_write(r->folder, ap_buf_str(&r->outcome), r->outcome.len, err);
    if (status == AP_OK)
        status = ap_buf_check(&about, "a step", err);
    if (status == AP_OK)
        status = ap_case_commit(r->folder, AP_CASE_RERUN, NULL, about.data, &author, &step, head, err);
    ap_buf_free(&about);
    if (status == AP_OK && strcmp(format, "text") == 0)
        casebook_say_head(path, step, head);
    return status;
}

static bool has_file(const struct ap_case_step *step, const char *name)
{
    for (size_t i = 0; i < step->file_count; i++)
        if (strcmp(step->files[i].name, name) == 0)
            return true;
    return false;
}

/* One step of the case: a query, or nothing to ask again. */
static enum ap_status ask_again(struct rerunning *r, const char *path, bool *asked, struct ap_error *err)
{
    struct ap_rerun_options options = {NULL, -1, -1, take_item, r};
    struct ap_rerun_report report;
    struct ap_saved_query saved;
    struct ap_case_step step;
    bool heads;
    enum ap_status status = ap_case_step(r->folder, r->number, &step, err);

    if (status != AP_OK || step.kind != AP_CASE_QUERY)
        return status;
    heads = has_file(&step, "heads.ndjson");
    *asked = true;
    memset(&saved, 0, sizeof saved);
    ap_buf_clear(&r->outcome);
    status = read_query(r, &saved, err);
    if (status == AP_OK && saved.proof && !heads)
        status =
            ap_fail(err, AP_EINPUT, "step %u says that its entries were verified, and has no heads.ndjson", r->number);
    options.saved = &saved;
    r->asked.filter = saved.filter;
    if (status == AP_OK)
        status = ap_case_read(r->folder, r->number, "result.ndjson", &options.result_fd, err);
    if (status == AP_OK && heads)
        status = ap_case_read(r->folder, r->number, "heads.ndjson", &options.heads_fd, err);
    r->asked.recorded = false;
    if (status == AP_OK)
        status = asked_record(&r->asked, "case rerun", NULL, 0, err);
    if (status == AP_OK)
        status = ap_rerun(r->asked.db, &r->asked.access, &options, &report, err);
    if (options.result_fd >= 0)
        (void)close(options.result_fd);
    if (options.heads_fd >= 0)
        (void)close(options.heads_fd);
    if (status == AP_OK) {
        if (strcmp(format, "text") == 0)
            say_counts(r, &report, heads);
        say_where(r, &saved);
        for (int i = 0; i < AP_RERUN_OUTCOMES; i++)
            if (ap_rerun_is_finding((enum ap_rerun_outcome)i))
                r->findings += report.counts[i];
        r->findings += report.failed;
        r->unseen += report.counts[AP_RERUN_UNSEEN];
    }
    if (status == AP_OK && !unkept)
        status = keep(r, path, &report, err);
    memset(&r->asked.filter, 0, sizeof r->asked.filter);
    ap_arena_free(&saved.arena);
    return status;
}

static void ignore_problem(void *context, const char *name, const char *problem)
{
    (void)context;
    (void)name;
    (void)problem;
}

static enum ap_status run(struct rerunning *r, const char *path, unsigned number, bool *asked, struct ap_error *err)
{
    struct ap_case_verdict verdict = {0};
    enum ap_status status = ap_case_open(&r->folder, path, err);

    if (status == AP_OK)
        status = ap_case_verify(r->folder, true, ignore_problem, NULL, &verdict, err);
    if (status == AP_OK && verdict.problems > 0)
        status = ap_fail(err, AP_ESTATE,
                         "the case is not as it was, and nothing of it is asked again: see `auditquery case"
                         " verify`");
    if (status == AP_OK && number > verdict.steps)
        status = ap_fail(err, AP_EINPUT, "the case has %u steps, and none of number %u", verdict.steps, number);
    if (status == AP_OK)
        status = asked_open(&r->asked, err);
    if (status == AP_OK)
        status = casebook_snapshot(&r->asked, err);
    for (unsigned i = 1; status == AP_OK && i <= verdict.steps; i++) {
        r->number = i;
        if (number == 0 || number == i)
            status = ask_again(r, path, asked, err);
    }
    return status;
}

int case_rerun_run(int argc, char **argv)
{
    struct rerunning r;
    struct ap_error err;
    unsigned long number = 0;
    bool asked = false;
    char *end = NULL;
    enum ap_status status;

    if (asked_takes("case rerun", "") != EXIT_DONE)
        return EXIT_USAGE;
    if (argc > 1) {
        number = strtoul(argv[1], &end, 10);
        if (argv[1][0] < '0' || argv[1][0] > '9' || *end != '\0' || number == 0 || number > AP_CASE_STEPS_MAX)
            return cli_usage("\"%.40s\" is no number of a step", argv[1]);
    }
    memset(&r, 0, sizeof r);
    status = run(&r, argv[0], (unsigned)number, &asked, &err);
    if (status == AP_OK && !asked)
        status = ap_fail(&err, AP_EINPUT, "%s keeps no query", number > 0 ? "the step" : "the case");
    if (status == AP_OK && r.findings > 0)
        cli_error("%" PRIu64 " are altered, gone, rewritten or omitted, or do not verify: see `auditverify`",
                  r.findings);
    else if (status == AP_OK && r.unseen > 0)
        status = ap_fail(&err, AP_ESTATE,
                         "%" PRIu64 " entries are not to be seen by %s, who cannot tell what became of them: ask as a"
                         " member of auditproof_auditor",
                         r.unseen, r.asked.access.role);
    ap_case_free(r.folder);
    ap_buf_free(&r.outcome);
    asked_free(&r.asked);
    return status != AP_OK ? cli_fail(&err) : r.findings > 0 ? EXIT_FINDINGS : EXIT_DONE;
}
