#include "auditschedule/commands.h"

static const struct cli_command commands[] = {
    {"add", "", "schedule a report", add_options, add_run, 0, 0, false, NULL},
    {"next", "[REPORT]", "show when a report or a schedule is due, and for which periods", next_options, next_run, 0, 1,
     false, NULL},
    {"run", "", "make the reports that are due", run_options, run_run, 0, 0, false, NULL},
    {"status", "", "show what is late, failed, running, and due next", status_options, status_run, 0, 0, false, NULL},
    {"list", "", "show the reports, and when each is due", list_options, list_run, 0, 0, false, NULL},
    {"history", "", "show what became of each time that one was due", history_options, history_run, 0, 0, false, NULL},
    {"retry", "REPORT", "have its runs that failed tried again", NULL, retry_run, 1, 1, false, NULL},
    {"cancel", "REPORT", "run it no more", NULL, cancel_run, 1, 1, false, NULL},
    {"make", "TYPE", "make a report now, for a period", make_options, make_run, 1, 1, false, NULL},
    {"types", "", "show what there is to report", types_options, types_run, 0, 0, false, NULL},
    {"mail", "ADDRESS", "send a mail, to see whether it arrives", mail_options, mail_run, 1, 1, false, NULL},
    {"mails", "", "show what became of the mail of reports", mails_options, mails_run, 0, 0, false, NULL},
    {"resend", "REPORT", "have its mail that failed sent again", NULL, resend_run, 1, 1, false, NULL},
    {NULL, NULL, NULL, NULL, NULL, 0, 0, false, NULL},
};

static const struct cli_program program = {
    "auditschedule",
    "run the reports that are due, unattended",
    "Examples:\n"
    "  auditschedule run -d app --output /srv/reports\n"
    "  auditschedule add --org UUID --type audit_summary --by ada@example.org --every monthly --on last --at 09:00\n"
    "  auditschedule make audit_summary --org UUID --since 7d --until now --format pdf -o week.pdf\n"
    "  auditschedule next --schedule '{\"frequency\": \"monthly\", \"dayOfMonth\": 31, \"timezone\": \"Asia/Tokyo\"}'",
    NULL,
    commands,
    true,
};

int main(int argc, char **argv)
{
    return cli_main(&program, argc, argv);
}
