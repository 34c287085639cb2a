/* plan, approve, certificate: what may leave, who lets it, and what was said once it was gone. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "auditproof/clock.h"
#include "auditproof/file.h"
#include "auditproof/purge.h"
#include "commands.h"
#include "connect.h"
#include "purging.h"

static struct cli_uuid org;
static bool system_chain;
static const char *table = "audit_logs", *approve_within = "7d", *execute_within = "14d", *out_path, *format = "text";

const struct cli_option plan_options[] = {
    {'o', "out", "FILE", CLI_STRING, &out_path, NULL, "write the plan to FILE, byte for byte",
     "Write the plan to\n.Ar FILE ,\nbyte for byte: its SHA-256 is the plan's digest."},
    {0, "org", "UUID", CLI_UUID, &org, NULL, "only this tenant's", NULL},
    {0, "system", NULL, CLI_FLAG, &system_chain, NULL, "only system-wide events", NULL},
    {0, "table", "TABLE", CLI_CHOICE, &table, "audit_logs|performance_analytics", "whose rows", NULL},
    {0, "approve-within", "AGE", CLI_STRING, &approve_within, NULL, "how long it can be approved: 7d by default", NULL},
    {0, "execute-within", "AGE", CLI_STRING, &execute_within, NULL, "how long it can be executed: 14d by default",
     "Within what time it must have been executed: 14d by default, 90d at most."},
    {0, "format", "FORMAT", CLI_CHOICE, &format, "text|json", "how to print it; json prints the plan itself", NULL},
    {0, NULL, NULL, CLI_FLAG, NULL, NULL, NULL, NULL},
};

const struct cli_option certificate_options[] = {
    {'o', "out", "FILE", CLI_STRING, &out_path, NULL, "write it to FILE", NULL},
    {0, NULL, NULL, CLI_FLAG, NULL, NULL, NULL, NULL},
};

static enum ap_status read_age(const char *name, const char *text, int64_t *out_us, struct ap_error *err)
{
    size_t digits = strspn(text, "0123456789");

    if (digits == 0 || strlen(text) != digits + 1 || strchr("smhdw", text[digits]) == NULL ||
        ap_time_parse(out_us, text, 0, err) != AP_OK || *out_us == 0)
        return ap_fail(err, AP_EINPUT, "--%s takes an age such as 36h or 7d, not \"%s\"", name, text);
    *out_us = -*out_us;
    return AP_OK;
}

void purge_print_part(const struct ap_purge_part *part, const char *unit)
{
    char chain[AP_UUID_TEXT_SIZE];

    ap_uuid_format(chain, &part->chain);
    (void)printf("  %s  %" PRIu64 " row%s, kept %" PRIu64 " %s", chain, part->planned, part->planned == 1 ? "" : "s",
                 part->period, unit);
    if (part->range_count > 0)
        (void)printf("; entries %" PRIu64 " to %" PRIu64 "%s", part->ranges[0].from_seq,
                     part->ranges[part->range_count - 1].to_seq, part->range_count > 1 ? ", with gaps" : "");
    (void)putchar('\n');
}

static enum ap_status print_plan(const char *digest, const struct ap_buf *text, struct ap_error *err)
{
    struct ap_purge_text plan;
    char until[AP_TIME_TEXT_SIZE];
    enum ap_status status = ap_purge_plan_read(&plan, text->data, text->len, err);

    if (status == AP_OK) {
        (void)printf("Plan %s\n  %" PRIu64 " row%s of %s may leave.\n", digest, plan.planned,
                     plan.planned == 1 ? "" : "s", plan.table);
        for (size_t i = 0; i < plan.part_count; i++)
            purge_print_part(&plan.parts[i], plan.chained ? "years" : "days");
        ap_time_format(until, plan.approve_by_us);
        (void)printf("  To be approved by another login than %s until %s,\n", plan.requested_by, until);
        ap_time_format(until, plan.execute_by_us);
        (void)printf("  and executed until %s.\n", until);
    }
    ap_purge_text_free(&plan);
    return status;
}

static enum ap_status give(const char *digest, const struct ap_buf *text, struct ap_error *err)
{
    if (out_path != NULL) {
        enum ap_status status = ap_file_replace(out_path, text->data, text->len, err);

        if (status != AP_OK)
            return status;
    }
    if (strcmp(format, "json") != 0)
        return print_plan(digest, text, err);
    return fwrite(text->data, 1, text->len, stdout) == text->len && putchar('\n') != EOF
               ? AP_OK
               : ap_fail(err, AP_EIO, "cannot write the plan");
}

static void tell_month(void *context, const char *month, const char *why)
{
    (void)context;
    if (why != NULL)
        cli_say("%s does not leave as a whole: %s", month, why);
}

int run_plan(int argc, char **argv)
{
    struct ap_purge_request request;
    char digest[AP_HASH_TEXT_SIZE] = "";
    struct ap_buf text = AP_BUF_INIT;
    struct ap_db *db = NULL;
    struct ap_error err;
    enum ap_status status;
    bool due = false;

    (void)argc;
    (void)argv;
    if (org.given && system_chain)
        return cli_usage("--org and --system exclude each other");
    memset(&request, 0, sizeof request);
    request.has_chain = org.given || system_chain;
    request.chain = system_chain ? ap_uuid_nil : org.value;
    request.table = table;
    status = read_age("approve-within", approve_within, &request.approve_within_us, &err);
    if (status == AP_OK)
        status = read_age("execute-within", execute_within, &request.execute_within_us, &err);
    if (status == AP_OK)
        status = cli_connect(&db, "auditretain", true, &err);
    if (status == AP_OK)
        status = ap_purge_plan(db, &request, &due, digest, &text, &err);
    if (status == AP_OK && due)
        status = give(digest, &text, &err);
    if (status == AP_OK && due && strcmp(table, "audit_logs") == 0)
        status = ap_purge_verify(db, digest, tell_month, NULL, &err);
    if (status == AP_OK && !due)
        cli_say("nothing of %s may leave: no plan was made", table);
    ap_buf_free(&text);
    ap_db_close(db);
    return status == AP_OK ? EXIT_DONE : cli_fail(&err);
}

int run_approve(int argc, char **argv)
{
    struct ap_purge_standing standing;
    struct ap_db *db = NULL;
    struct ap_error err;
    enum ap_status status;

    (void)argc;
    memset(&standing, 0, sizeof standing);
    status = cli_connect(&db, "auditretain", true, &err);
    if (status == AP_OK)
        status = ap_purge_find(db, argv[0], &standing, &err);
    if (status == AP_OK)
        status = ap_purge_approve(db, argv[0], &err);
    if (status == AP_OK)
        status = print_plan(argv[0], &standing.text, &err);
    if (status == AP_OK)
        (void)printf("Approved by %s.\n", ap_db_user(db));
    ap_purge_standing_free(&standing);
    ap_db_close(db);
    return status == AP_OK ? EXIT_DONE : cli_fail(&err);
}

int run_certificate(int argc, char **argv)
{
    struct ap_purge_standing standing;
    struct ap_db *db = NULL;
    struct ap_error err;
    enum ap_status status;

    (void)argc;
    memset(&standing, 0, sizeof standing);
    status = cli_connect(&db, "auditretain", true, &err);
    if (status == AP_OK)
        status = ap_purge_find(db, argv[0], &standing, &err);
    if (status == AP_OK && standing.certificate.len == 0)
        status = ap_fail(&err, AP_ESTATE, "the plan has no certificate: %s",
                         standing.begun ? "it was begun, and `auditretain execute` ends it" : "it was not executed");
    if (status == AP_OK && out_path != NULL)
        status = ap_file_replace(out_path, standing.certificate.data, standing.certificate.len, &err);
    else if (status == AP_OK &&
             fwrite(standing.certificate.data, 1, standing.certificate.len, stdout) != standing.certificate.len)
        status = ap_fail(&err, AP_EIO, "cannot write the certificate");
    ap_purge_standing_free(&standing);
    ap_db_close(db);
    return status == AP_OK ? EXIT_DONE : cli_fail(&err);
}
