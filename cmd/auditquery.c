#include "auditquery/asked.h"
#include "auditquery/commands.h"

static const char fields[] =
    "FIELD is one of action, actor, email, role, address, agent, session, resource, resource_type,\n"
    "risk, rule, org, hour, weekday, actor+action, actor+address, actor+agent, actor+hour.";

static const struct cli_command commands[] = {
    {"search", "", "find entries: every filter that is given must fit", search_options, search_run, 0, 0, false, NULL},
    {"timeline", "", "entries in the order of their times, with the gaps between them", timeline_options, timeline_run,
     0, 0, false, NULL},
    {"resource", "TYPE/ID", "the history of one thing: what changed, by whom, and what it was", resource_options,
     resource_run, 1, 1, false, NULL},
    {"risk", "[LEVEL]", "what is at a level and above, put together as incidents, the worst first", risk_options,
     risk_run, 0, 1, false, NULL},
    {"session", "[ID]", "one session from end to end: who, from where, what", session_options, session_run, 0, 1, false,
     NULL},
    {"summary", "", "how many entries fit, and what they are made of", summary_options, summary_run, 0, 0, false, NULL},
    {"top", "FIELD", "the most frequent values of a field", top_options, top_run, 1, 1, false, fields},
    {"rare", "FIELD", "the least frequent values of a field", top_options, rare_run, 1, 1, false, fields},
    {"first-seen", "FIELD", "values of a field that no entry had before --since", first_seen_options, first_seen_run, 1,
     1, false, fields},
    {"actor", "UUID|EMAIL", "a person's or a key's page: what is usual for them, and what is not", actor_options,
     actor_run, 1, 1, false, NULL},
    {"pivot", "", "who and what is beside an actor, an address, a session or a thing", pivot_options, pivot_run, 0, 0,
     false, NULL},
    {"case new", "DIR", "a folder for what is looked at in a case", case_new_options, case_new_run, 1, 1, false, NULL},
    {"case add", "DIR -- search [OPTION]...", "ask, and keep the question, the answer and where the chains ended",
     case_add_options, case_add_run, 2, CLI_LIST_MAX * 4, false, NULL},
    {"case note", "DIR TEXT", "add a remark to a case", NULL, case_note_run, 2, 2, false, NULL},
    {"case show", "DIR", "the steps of a case", NULL, case_show_run, 1, 1, false, NULL},
    {"case verify", "DIR", "is a case what it was? Needs no database", case_verify_options, case_verify_run, 1, 1,
     false, NULL},
    {"case rerun", "DIR [STEP]", "ask again, and say what is the same, altered, gone or new", case_rerun_options,
     case_rerun_run, 1, 2, false, NULL},
    {"usage", "", "what an organization used, and what that costs", usage_options, usage_run, 0, 0, false, NULL},
    {"billing", "", "an organization's invoices, and the changes of its plan", billing_options, billing_run, 0, 0,
     false, NULL},
    {"performance", "", "how fast an organization's pages were, and what failed on them", performance_options,
     performance_run, 0, 0, false, NULL},
    {NULL, NULL, NULL, NULL, NULL, 0, 0, false, NULL},
};

static const struct cli_program program = {
    "auditquery",
    "find out what happened, from the audit trail",
    "Examples:\n"
    "  auditquery search -d app --org UUID --risk high+ --since 24h\n"
    "  auditquery search --email 'ada@*' --action 'auth.*' --ip 192.0.2.0/24 --reverse\n"
    "  auditquery search --where new.role=admin --proof --purpose 'case 17'\n"
    "  auditquery search --follow --risk critical --format ndjson\n"
    "  auditquery timeline --around ENTRY --context 20",
    asked_options,
    commands,
    true,
};

int main(int argc, char **argv)
{
    return cli_main(&program, argc, argv);
}
