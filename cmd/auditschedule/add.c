/* add: a report, scheduled. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "add_schedule.h"
#include "auditproof/mail.h"
#include "auditproof/scheduler.h"
#include "auditproof/utf8.h"
#include "coming.h"
#include "commands.h"
#include "connect.h"
#include "reports.h"

enum { SHOWN = 3, NAME_MAX_BYTES = 255 };

static struct cli_uuid org;
static const char *type, *by, *name, *format = "json", *scheduling;
static struct add_words words;
static struct cli_list emails;
static bool dry_run;

const struct cli_option add_options[] = {
    {0, "org", "UUID", CLI_UUID, &org, NULL, "of this organization", NULL},
    {0, "type", "TYPE", CLI_STRING, &type, NULL, "what it reports", "What it reports: see\n.Sx REPORTS ."},
    {0, "by", "UUID|EMAIL", CLI_STRING, &by, NULL, "who schedules it: an active profile of the organization", NULL},
    {0, "name", "TEXT", CLI_STRING, &name, NULL, "the report's name, for the title page", NULL},
    {0, "format", "FORMAT", CLI_CHOICE, &format, "json|csv|pdf", "json (the default), csv or pdf", NULL},
    {0, "schedule", "JSON", CLI_STRING, &scheduling, NULL, "when it is due, as scheduled_reports has it",
     "When it is due, as\n.Li scheduled_reports.scheduling\nhas it: see\n.Sx SCHEDULES ."},
    {0, "every", "PERIOD", CLI_CHOICE, &words.every, "daily|weekly|monthly", "or: daily, weekly or monthly", NULL},
    {0, "at", "HH:MM", CLI_STRING, &words.at, NULL, "at this time of day", NULL},
    {0, "on", "DAY", CLI_STRING, &words.on, NULL, "on this day: monday to sunday, or 1 to 31 or last",
     "On this day: of the week,\n.Li monday ,\nor of the month,\n.Li 1\nto\n.Li 31\nor\n.Li last ;\nMonday, or the "
     "first, where it is left out."},
    {0, "zone", "IANA", CLI_STRING, &words.zone, NULL, "by the clocks of this time zone (UTC)", NULL},
    {0, "from", "DATE", CLI_STRING, &words.from, NULL, "once: for the days from this one",
     "Once, for the days from this one: 2026-11-30."},
    {0, "to", "DATE", CLI_STRING, &words.to, NULL, "to this one, when it is over", "To this one; due when it is over."},
    {0, "mail", "ADDRESS", CLI_LIST, &emails, NULL, "mail it to this address; may be repeated", NULL},
    {0, "dry-run", NULL, CLI_FLAG, &dry_run, NULL, "check everything, and schedule nothing", NULL},
    {0, NULL, NULL, CLI_FLAG, NULL, NULL, NULL, NULL},
};

/* A name is a line of text. */
static bool is_name(const char *text)
{
    size_t len = strlen(text);

    if (len == 0 || len > NAME_MAX_BYTES || ap_utf8_valid(text, len) != len)
        return false;
    for (size_t i = 0; i < len; i++)
        if ((unsigned char)text[i] < ' ' || text[i] == 0x7f)
            return false;
    return true;
}

/* Those that run would not send to are refused here, where somebody sees it. */
static int check_addresses(void)
{
    struct ap_error err;

    for (size_t i = 0; i < emails.count; i++)
        if (ap_mail_check_address(emails.items[i], &err) != AP_OK)
            return cli_usage("\"%s\" is no address to mail to: %s", emails.items[i], err.message);
    return EXIT_DONE;
}

/* What is wrong with the command line; EXIT_DONE where nothing is. */
static int check_words(void)
{
    struct add_words *w = &words;

    if (!org.given || type == NULL || by == NULL)
        return cli_usage("a report needs --org, --type and --by");
    if (report_kind(type) == NULL)
        return cli_usage("\"%s\" is no type of report: see auditschedule(1), REPORTS", type);
    if (name != NULL && !is_name(name))
        return cli_usage("--name takes a line of 1 to %d bytes of UTF-8", NAME_MAX_BYTES);
    if (scheduling != NULL && (w->every != NULL || w->at != NULL || w->on != NULL || w->zone != NULL))
        return cli_usage("--schedule says it all: it excludes --every, --at, --on and --zone");
    if (w->every != NULL && w->at == NULL)
        return cli_usage("--every needs --at, a time of day such as 09:00");
    if (w->on != NULL && (w->every == NULL || strcmp(w->every, "daily") == 0))
        return cli_usage("--on is for --every weekly and --every monthly");
    if ((w->from == NULL) != (w->to == NULL))
        return cli_usage("--from and --to go together: the days that it is of");
    if (scheduling == NULL && w->every == NULL && w->from == NULL)
        return cli_usage("when is it due? Give --every and --at, or --schedule, or --from and --to for once");
    return check_addresses();
}

static void show(const struct add_plan *plan)
{
    struct ap_buf out = AP_BUF_INIT;

    ap_buf_addf(&out, "%s, %s, due ", type, format);
    ap_schedule_describe(&out, &plan->schedule);
    ap_buf_addf(&out, "\n%s", coming_heads);
    if (plan->schedule.frequency == AP_ONCE)
        coming_put(&out, &plan->schedule, plan->due_us, plan->period);
    else
        coming_put_next(&out, &plan->schedule, plan->due_us - 1, SHOWN);
    while (out.len > 0 && out.data[out.len - 1] == '\n')
        out.data[--out.len] = '\0';
    if (!out.failed)
        cli_say("%s", ap_buf_str(&out));
    ap_buf_free(&out);
}

static enum ap_status add(struct ap_db *db, const struct add_plan *plan, struct ap_error *err)
{
    struct ap_schedule_add add = {.organization = org.value,
                                  .type = type,
                                  .creator = by,
                                  .name = name,
                                  .format = format,
                                  .scheduling = plan->json.data,
                                  .first_day = ap_zone_day(plan->schedule.zone, plan->period.from_us),
                                  .last_day = ap_zone_day(plan->schedule.zone, plan->period.until_us - 1),
                                  .due_us = plan->due_us,
                                  .emails = emails.items,
                                  .email_count = emails.count};
    struct ap_schedule_added added;
    char id[AP_UUID_TEXT_SIZE];
    enum ap_status status = ap_schedule_add(db, &add, !dry_run, &added, err);

    if (status != AP_OK)
        return status;
    show(plan);
    if (added.stranger[0] != '\0')
        cli_warn("%s is the address of no active profile of the organization: the report will not be mailed there, "
                 "unless whoever runs it allows that",
                 added.stranger);
    if (dry_run) {
        cli_say("nothing was scheduled: --dry-run");
        return AP_OK;
    }
    ap_uuid_format(id, &added.report);
    (void)printf("%s\n", id);
    return AP_OK;
}

int add_run(int argc, char **argv)
{
    struct add_plan plan = {.json = AP_BUF_INIT};
    struct ap_db *db = NULL;
    struct ap_error err;
    int64_t now_us;
    int wrong = check_words();
    enum ap_status status;

    (void)argc;
    (void)argv;
    if (wrong != EXIT_DONE)
        return wrong;
    status = add_read(&plan, &words, scheduling, &err);
    if (status == AP_OK)
        status = cli_connect(&db, "auditschedule", true, &err);
    if (status == AP_OK)
        status = ap_schedule_now(db, &now_us, &err);
    if (status == AP_OK)
        status = add_plan_from(&plan, now_us, &err);
    if (status == AP_OK)
        status = add(db, &plan, &err);
    ap_db_close(db);
    add_free(&plan);
    return status == AP_OK ? EXIT_DONE : cli_fail(&err);
}
