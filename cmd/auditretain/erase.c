/* erase: a person's data, on request, out of entries that stay. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "auditproof/buf.h"
#include "auditproof/clock.h"
#include "auditproof/retain.h"
#include "commands.h"
#include "connect.h"
#include "erase_found.h"
#include "given.h"
#include "sheet.h"
#include "shown.h"

static struct cli_uuid org;
static struct cli_list also, named;
static const char *subject, *groups, *ground, *reason, *format = "text";
static int64_t review_us = AP_TIME_INFINITY;
static uint64_t batch = 500;
static bool exact, keep, except_held, execute, resume, list;

const struct cli_option erase_options[] = {
    {0, "subject", "UUID|EMAIL", CLI_STRING, &subject, NULL, "whom it is about: an account or an e-mail address",
     "Whom it is about.\nWhat entries show together with this account or address, and with nothing else, is the "
     "subject's as "
     "well."},
    {0, "also", "UUID|EMAIL", CLI_LIST, &also, NULL, "another account or address of the same person; may be repeated",
     NULL},
    {0, "exact", NULL, CLI_FLAG, &exact, NULL, "look for nothing but what was given", NULL},
    {0, "org", "UUID", CLI_UUID, &org, NULL, "only entries of this organization",
     "Only entries of this organization; the nil UUID for those of none."},
    {0, "entry", "UUID", CLI_LIST, &named, NULL, "an entry that was reviewed, to be erased as well; may be repeated",
     NULL},
    {0, "groups", "GROUPS", CLI_STRING, &groups, NULL, "of account,actor,content: these, whatever shows the subject",
     "Erase these of\n.Li account,actor,content\nof all that is chosen, in the place of what fits how the subject "
     "appears."},
    {0, "ground", "TEXT", CLI_STRING, &ground, NULL, "of the decision, as 17(1)(b), or with --keep 17(3)(e)", NULL},
    {0, "reason", "TEXT", CLI_STRING, &reason, NULL, "why, without the person: the number of the request",
     "Why, by the number of the request or ticket: it stays on record, and must not name the person."},
    {0, "keep", NULL, CLI_FLAG, &keep, NULL, "decide that nothing is erased",
     "Decide that nothing is erased, on a ground and until a day of review."},
    {0, "review-on", "DATE", CLI_TIME, &review_us, NULL, "with --keep: when somebody must look again", NULL},
    {0, "except-held", NULL, CLI_FLAG, &except_held, NULL, "erase what no legal hold covers, and leave the rest", NULL},
    {0, "execute", NULL, CLI_FLAG, &execute, NULL, "do it; without this, only show what would be done", NULL},
    {0, "batch", "N", CLI_U64, &batch, NULL, "entries a transaction (500)", NULL},
    {0, "resume", NULL, CLI_FLAG, &resume, NULL, "finish decisions that were interrupted, and nothing else", NULL},
    {0, "list", NULL, CLI_FLAG, &list, NULL, "list the decisions that were made", NULL},
    {0, "format", "FORMAT", CLI_CHOICE, &format, "text|json", "how to print what was found, or the decisions", NULL},
    {0, NULL, NULL, CLI_FLAG, NULL, NULL, NULL, NULL},
};

static const struct sheet_column decision_columns[] = {
    {"decision", "DECISION", SHEET_TEXT},
    {"chain", "ORGANIZATION", SHEET_TEXT},
    {"outcome", "OUTCOME", SHEET_TEXT},
    {"ground", "GROUND", SHEET_TEXT},
    {"reason", "REASON", SHEET_TEXT},
    {"entries", "ENTRIES", SHEET_NUMBER},
    {"erased", "ERASED", SHEET_NUMBER},
    {"by", "BY", SHEET_TEXT},
    {"at", "AT", SHEET_TEXT},
    {"review", "REVIEW", SHEET_TEXT},
    {"overdue", "OVERDUE", SHEET_FLAG},
    {NULL, NULL, SHEET_TEXT},
};

/* What came of the decisions: has a hold kept something; and which they are, as an array that lacks its end. */
struct outcome {
    bool held;
    struct ap_buf decisions; /* owned */
};

static enum ap_status run_decision(struct ap_db *db, struct ap_erasure_done *done, struct outcome *outcome,
                                   struct ap_error *err)
{
    enum ap_status status = ap_erasure_run(db, done, batch, err);

    if (status != AP_OK)
        return status;
    (void)printf("Decision %s: %" PRIu64 " entries erased in chain %s.\n", done->decision, done->entries, done->chain);
    if (done->held > 0)
        cli_warn("decision %s: %" PRIu64 " entries have come under a legal hold since, and stay; once it is released, "
                 "`auditretain erase --resume` erases them",
                 done->decision, done->held);
    outcome->held = outcome->held || done->held > 0;
    ap_buf_addf(&outcome->decisions, "%c%s", outcome->decisions.len == 0 ? '{' : ',', done->decision);
    return AP_OK;
}

static enum ap_status finish(struct ap_db *db, struct outcome *outcome, size_t *finished, struct ap_error *err)
{
    struct ap_rows *rows = NULL;
    enum ap_status status = ap_erasure_unfinished(db, &rows, err);

    for (size_t i = 0; status == AP_OK && i < ap_rows_count(rows); i++) {
        struct ap_erasure_done done;

        memset(&done, 0, sizeof done);
        (void)snprintf(done.chain, sizeof done.chain, "%s", ap_rows_str(rows, i, 0));
        (void)snprintf(done.decision, sizeof done.decision, "%s", ap_rows_str(rows, i, 1));
        status = run_decision(db, &done, outcome, err);
    }
    *finished = status == AP_OK ? ap_rows_count(rows) : 0;
    ap_rows_free(rows);
    return status;
}

static enum ap_status put_given(struct ap_db *db, struct outcome *outcome, struct ap_error *err)
{
    struct ap_rows *bundles = NULL;
    enum ap_status status;

    ap_buf_adds(&outcome->decisions, outcome->decisions.len == 0 ? "{}" : "}");
    status = ap_buf_check(&outcome->decisions, "the decisions", err);
    if (status == AP_OK)
        status = ap_erasure_bundles(db, NULL, outcome->decisions.data, &bundles, err);
    if (status == AP_OK && ap_rows_count(bundles) > 0) {
        (void)printf("  these bundles, which were given out before, for those who have them to be told:\n");
        given_put(bundles, "    ");
    }
    ap_rows_free(bundles);
    if (status == AP_OK)
        (void)printf("  bundles, extracts and proofs given out that are not in the register of bundles\n");
    return status;
}

/* What the database does not hold, or holds where no statement reaches. */
static enum ap_status put_beyond(struct ap_db *db, struct outcome *outcome, struct ap_error *err)
{
    struct ap_rows *rows = NULL;
    enum ap_status status = ap_db_query(db, ap_sql("queries/erase_beyond"), 0, NULL, &rows, err);

    if (status != AP_OK)
        return status;
    (void)printf("What was erased may still be in:\n"
                 "  dead rows and planner statistics of audit_logs, until VACUUM (ANALYZE) public.audit_logs\n"
                 "  write-ahead log, until it is recycled%s\n"
                 "  backups made before now, until they expire\n",
                 ap_rows_bool(rows, 0, 2) ? "; this server archives it: its archive, until that expires" : "");
    if (ap_rows_int(rows, 0, 0) > 0 || ap_rows_text(rows, 0, 1) != NULL)
        (void)printf("  replicas, until they have caught up and been vacuumed: %" PRId64
                     " connected now, replication slots: %s\n",
                     ap_rows_int(rows, 0, 0), ap_rows_text(rows, 0, 1) != NULL ? ap_rows_str(rows, 0, 1) : "none");
    (void)printf("  the platform's other tables, and the application's and the server's logs\n");
    ap_rows_free(rows);
    return put_given(db, outcome, err);
}

/* The entries of one chain after the other, as rows are ordered. */
static enum ap_status decide(struct ap_db *db, const struct ap_rows *rows, const struct ap_erasure_decision *decision,
                             struct outcome *outcome, struct ap_error *err)
{
    enum ap_status status = AP_OK;
    size_t first = 0, count = ap_rows_count(rows);

    while (status == AP_OK && first < count) {
        struct ap_erasure_done done;
        size_t end = first + 1;

        while (end < count &&
               strcmp(ap_rows_str(rows, first, AP_ERASE_CHAIN), ap_rows_str(rows, end, AP_ERASE_CHAIN)) == 0)
            end++;
        status = ap_erasure_decide(db, decision, rows, first, end, except_held, &done, err);
        first = end;
        if (status != AP_OK || done.decision[0] == '\0')
            continue;
        if (decision->kept)
            (void)printf("Decision %s: entries kept in chain %s, to be reviewed.\n", done.decision, done.chain);
        else
            status = run_decision(db, &done, outcome, err);
    }
    return status;
}

static void print_also(void *context, const char *identifier)
{
    (void)context;
    if (strcmp(format, "text") == 0) {
        (void)printf("Also the subject's: ");
        cli_put(stdout, identifier);
        (void)putchar('\n');
    }
}

static enum ap_status refuse_held(const struct ap_rows *rows, struct ap_error *err)
{
    for (size_t i = 0; i < ap_rows_count(rows); i++)
        if (erase_is_chosen(rows, i) && ap_rows_text(rows, i, AP_ERASE_HOLD) != NULL)
            return ap_fail(
                err, AP_EINPUT,
                "audit entry %s is under legal hold %s (%s), and nothing was erased; --except-held erases the "
                "rest, --keep records that it is kept",
                ap_rows_str(rows, i, AP_ERASE_ENTRY), ap_rows_str(rows, i, AP_ERASE_HOLD),
                ap_rows_str(rows, i, AP_ERASE_MATTER));
    return AP_OK;
}

static enum ap_status do_it(struct ap_db *db, const struct ap_rows *rows, const struct erase_found *n,
                            const struct ap_erasure_decision *decision, struct outcome *outcome, struct ap_error *err)
{
    enum ap_status status = n->held > 0 && !keep && !except_held ? refuse_held(rows, err) : AP_OK;

    if (status == AP_OK)
        status = decide(db, rows, decision, outcome, err);
    if (status == AP_OK && n->chosen > 0 && !keep)
        status = put_beyond(db, outcome, err);
    return status;
}

static enum ap_status erase(struct ap_db *db, struct outcome *outcome, struct ap_error *err)
{
    const struct ap_erasure_decision decision = {keep, ground, reason, review_us};
    const struct ap_erasure_subject who = {subject, also.items, also.count, org.given ? &org.value : NULL, exact};
    struct ap_rows *rows = NULL, *bundles = NULL;
    struct erase_found n = {0, 0, 0, 0};
    size_t finished = 0;
    enum ap_status status = execute ? finish(db, outcome, &finished, err) : AP_OK;

    if (status == AP_OK)
        status = ap_erasure_begin(db, &who, ground != NULL && reason != NULL ? &decision : NULL, print_also, NULL, err);
    if (status == AP_OK)
        status = ap_erasure_find(db, who.chain, named.items, named.count, groups, &rows, err);
    if (status == AP_OK)
        status = ap_erasure_bundles(db, rows, NULL, &bundles, err);
    if (status == AP_OK) {
        n = erase_found_count(rows);
        if (strcmp(format, "json") == 0)
            status = erase_found_put_json(rows, bundles, err);
        else
            erase_found_put(rows, &n, bundles);
    }
    ap_rows_free(bundles);
    if (status == AP_OK && execute)
        status = do_it(db, rows, &n, &decision, outcome, err);
    else if (status == AP_OK && n.chosen > 0)
        cli_say("nothing has been changed: --execute does it, with --ground and --reason");
    ap_rows_free(rows);
    return status;
}

static enum ap_status list_decisions(struct ap_db *db, struct ap_error *err)
{
    char chain[AP_UUID_TEXT_SIZE];
    const char *values[] = {org.given ? chain : NULL};
    struct ap_rows *rows = NULL;
    enum ap_status status;

    ap_uuid_format(chain, &org.value);
    status = ap_db_query(db, ap_sql("queries/erase_decisions"), 1, values, &rows, err);
    if (status == AP_OK && strcmp(format, "json") == 0) {
        status = sheet_print_json(decision_columns, rows, err);
        (void)putchar('\n');
    } else if (status == AP_OK) {
        status = sheet_print(decision_columns, rows, err);
    }
    ap_rows_free(rows);
    return status;
}

static enum ap_status go_on(struct ap_db *db, struct outcome *outcome, struct ap_error *err)
{
    size_t finished = 0;
    enum ap_status status = finish(db, outcome, &finished, err);

    if (status == AP_OK && finished == 0)
        (void)printf("No decision waits to be finished.\n");
    return status == AP_OK && finished > 0 ? put_beyond(db, outcome, err) : status;
}

/* "account,actor" to "account actor", where each is a group. */
static bool read_groups(char out[32])
{
    const char *at = groups;
    size_t used = 0;

    while (true) {
        size_t len = strcspn(at, ",");

        if (!((len == 7 && (memcmp(at, "account", len) == 0 || memcmp(at, "content", len) == 0)) ||
              (len == 5 && memcmp(at, "actor", len) == 0)) ||
            used + len + 2 > 32)
            return false;
        memcpy(out + used, at, len);
        used += len;
        at += len;
        out[used] = '\0';
        if (*at == '\0')
            return true;
        out[used++] = ' ';
        at++;
    }
}

static int check_usage(char chosen[32])
{
    struct ap_uuid id;

    if ((subject != NULL) + resume + list != 1)
        return cli_usage("give --subject, --resume or --list");
    if (groups != NULL && !read_groups(chosen))
        return cli_usage("--groups is some of account,actor,content, not \"%s\"", groups);
    groups = groups != NULL ? chosen : NULL;
    for (size_t i = 0; i < named.count; i++)
        if (!ap_uuid_parse(&id, named.items[i]))
            return cli_usage("an entry is named by its UUID, not \"%s\"", named.items[i]);
    if (execute && subject != NULL && (ground == NULL || reason == NULL))
        return cli_usage("an erasure needs --ground and --reason");
    if (execute && strcmp(format, "json") == 0)
        return cli_usage("--format=json shows what was found, or decisions: not with --execute");
    if (keep != (review_us != AP_TIME_INFINITY))
        return cli_usage("--keep and --review-on go together");
    if (batch == 0 || batch > 100000)
        return cli_usage("--batch is 1 to 100000");
    return EXIT_DONE;
}

int erase_run(int argc, char **argv)
{
    static char chosen[32];
    struct ap_db *db = NULL;
    struct ap_error err;
    enum ap_status status;
    struct outcome outcome = {false, AP_BUF_INIT};
    int usage = check_usage(chosen);

    (void)argc;
    (void)argv;
    if (usage != EXIT_DONE)
        return usage;
    status = cli_connect(&db, "auditretain", true, &err);
    if (status == AP_OK)
        status = list ? list_decisions(db, &err) : resume ? go_on(db, &outcome, &err) : erase(db, &outcome, &err);
    ap_db_close(db);
    ap_buf_free(&outcome.decisions);
    if (status != AP_OK)
        return cli_fail(&err);
    return outcome.held ? EXIT_FINDINGS : EXIT_DONE;
}
