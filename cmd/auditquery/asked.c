#include "asked.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "auditproof/clock.h"
#include "auditproof/utf8.h"
#include "connect.h"

static struct cli_uuid org, actor;
static const char *email, *resource, *risk, *address, *agent, *session, *rule, *purpose;
static struct cli_list actions, words, where;
static int64_t since_us = AP_TIME_MINUS_INFINITY, until_us = AP_TIME_INFINITY;
static bool proof, unrecorded;
static const char *color = "auto";

const struct cli_option asked_options[] = {
    {0, "org", "UUID", CLI_UUID, &org, NULL, "of this organization; the nil UUID for the system's entries",
     "Of this organization; the nil UUID is for the system's entries, which are of none.\nTo a user whom row level "
     "security shows one organization only, that one is the default."},
    {0, "actor", "UUID", CLI_UUID, &actor, NULL, "by this account", NULL},
    {0, "email", "GLOB", CLI_STRING, &email, NULL, "by this address, in any case; * and ? as in a shell", NULL},
    {0, "action", "GLOB", CLI_LIST, &actions, NULL, "this action; * and ? as in a shell; may be repeated: any of them",
     "Of this action;\n.Li *\nand\n.Li \\&?\nstand for others as in a shell.\nMay be repeated: any of them."},
    {0, "resource", "TYPE[/ID]", CLI_STRING, &resource, NULL,
     "on things of this type, or on this one; /ID for any type", NULL},
    {0, "risk", "LEVEL", CLI_STRING, &risk, NULL,
     "low, medium, high or critical; high+ for it and above; commas between",
     "Of this risk:\n.Li low , medium , high\nor\n.Li critical ;\n.Li high+\nis for it and above, and several stand "
     "with "
     "commas between them.\nThe entry's own level fits, or that of a rule that found it, where the login may read "
     "that.\nAn entry without a level is of low risk."},
    {0, "ip", "CIDR", CLI_STRING, &address, NULL, "from this address, or this network", NULL},
    {0, "agent", "GLOB", CLI_STRING, &agent, NULL, "with this user agent, in any case; * and ? as in a shell", NULL},
    {0, "session", "ID", CLI_STRING, &session, NULL, "of this session", NULL},
    {0, "since", "TIME", CLI_TIME, &since_us, NULL, "created then or later: 24h, 7d, yesterday, 2026-11-01, RFC 3339",
     "Created at\n.Ar TIME\nor later, in UTC: see\n.Sx TIMES .\nAn entry without a time is in no period."},
    {0, "until", "TIME", CLI_TIME, &until_us, NULL, "created before then", NULL},
    {0, "text", "WORD", CLI_LIST, &words, NULL,
     "with this text somewhere in it, in any case; may be repeated: all of them", NULL},
    {0, "where", "CONDITION", CLI_LIST, &where, NULL,
     "new.role=admin, metadata.source!=api, old.email; may be repeated: all of them",
     "With this in its values: see\n.Sx CONDITIONS .\nMay be repeated: all of them."},
    {0, "rule", "ID", CLI_STRING, &rule, NULL, "that this rule found", NULL},
    {0, "proof", NULL, CLI_FLAG, &proof, NULL,
     "verify each entry that is found: status 1 if one is not what was chained",
     "Verify each entry that is found: see\n.Sx PROOF ."},
    {0, "purpose", "TEXT", CLI_STRING, &purpose, NULL, "have the query chained, and why it was asked",
     "Have the query chained as an entry, with this reason for it: see\n.Sx RECORDED QUERIES ."},
    {0, "unrecorded", NULL, CLI_FLAG, &unrecorded, NULL, "have no query chained, which an auditor's otherwise are",
     NULL},
    {0, "color", "WHEN", CLI_CHOICE, &color, "auto|always|never", "colour a table by risk: auto, always, never",
     "Colour a table by risk.\n.Li auto\ndoes so on a terminal, unless\n.Ev NO_COLOR\nis set or\n.Ev TERM\nis\n.Li "
     "dumb ."},
    {0, NULL, NULL, CLI_FLAG, NULL, NULL, NULL, NULL},
};

enum ap_status asked_check_text(const char *name, const char *text, struct ap_error *err)
{
    size_t len = text != NULL ? strlen(text) : 0;

    return len == 0 || ap_utf8_valid(text, len) == len ? AP_OK : ap_fail(err, AP_EINPUT, "%s is not UTF-8", name);
}

/* Text that is not UTF-8 is in no entry, and the server would say so without telling which it is. */
static enum ap_status check_texts(struct ap_error *err)
{
    enum ap_status status = AP_OK;
    char name[64];

    for (const struct cli_option *o = asked_options; status == AP_OK && o->name != NULL; o++) {
        const struct cli_list *list = o->kind == CLI_LIST ? o->value : NULL;

        (void)snprintf(name, sizeof name, "--%s", o->name);
        if (o->kind == CLI_STRING)
            status = asked_check_text(name, *(const char **)o->value, err);
        for (size_t i = 0; status == AP_OK && list != NULL && i < list->count; i++)
            status = asked_check_text(name, list->items[i], err);
    }
    return status;
}

int asked_takes(const char *command, const char *names)
{
    const struct {
        const char *name;
        bool given;
    } filters[] = {{"org", org.given},
                   {"actor", actor.given},
                   {"email", email != NULL},
                   {"action", actions.count > 0},
                   {"resource", resource != NULL},
                   {"risk", risk != NULL},
                   {"ip", address != NULL},
                   {"agent", agent != NULL},
                   {"session", session != NULL},
                   {"since", since_us != AP_TIME_MINUS_INFINITY},
                   {"until", until_us != AP_TIME_INFINITY},
                   {"text", words.count > 0},
                   {"where", where.count > 0},
                   {"rule", rule != NULL},
                   {"proof", proof}};

    for (size_t i = 0; i < sizeof filters / sizeof filters[0]; i++) {
        const char *at = names;
        size_t len = 0;

        for (; *at != '\0'; at += len + (at[len] == ' ')) {
            len = strcspn(at, " ");
            if (len == strlen(filters[i].name) && strncmp(at, filters[i].name, len) == 0)
                break;
        }
        if (filters[i].given && *at == '\0')
            return cli_usage("%s takes no --%s", command, filters[i].name);
    }
    return EXIT_DONE;
}

bool asked_names_someone(void)
{
    return actor.given || email != NULL || address != NULL || session != NULL;
}

bool asked_names_something(void)
{
    return resource != NULL;
}

void asked_name_resource(const char *text)
{
    resource = text;
}

void asked_name_session(const char *text)
{
    session = text;
}

void asked_name_actor(const char *text)
{
    actor.given = ap_uuid_parse(&actor.value, text);
    email = actor.given ? NULL : text;
}

/* Of the command line alone; wrong input is told before anything is connected to. */
static enum ap_status read_filter(struct asked *asked, struct ap_error *err)
{
    struct ap_query_filter *filter = &asked->filter;
    enum ap_status status = AP_OK;

    filter->has_org = org.given;
    filter->org = org.value;
    filter->has_actor = actor.given;
    filter->actor = actor.value;
    filter->email = email;
    filter->actions = actions.items;
    filter->action_count = actions.count;
    filter->address = address;
    filter->agent = agent;
    filter->session = session;
    filter->rule = rule;
    filter->words = words.items;
    filter->word_count = words.count;
    filter->where = where.items;
    filter->where_count = where.count;
    filter->has_since = since_us != AP_TIME_MINUS_INFINITY;
    filter->since_us = since_us;
    filter->has_until = until_us != AP_TIME_INFINITY;
    filter->until_us = until_us;
    asked->proof = proof;
    asked->color = color;
    if (purpose != NULL && unrecorded)
        status =
            ap_fail(err, AP_EINPUT, "--purpose is for a query that is recorded, and --unrecorded for one that is not");
    if (status == AP_OK && risk != NULL)
        status = ap_query_parse_risk(&filter->risk, risk, err);
    if (status == AP_OK && address != NULL)
        status = ap_query_check_address(address, err);
    if (status == AP_OK && resource != NULL) {
        asked->resource = strdup(resource);
        status = asked->resource == NULL ? ap_fail_memory(err, "a filter")
                                         : ap_query_parse_resource(filter, asked->resource, err);
    }
    return status == AP_OK ? ap_query_check_where(filter, err) : status;
}

static enum ap_status settle_tenant(struct asked *asked, struct ap_error *err)
{
    const struct ap_query_access *access = &asked->access;
    struct ap_query_filter *filter = &asked->filter;
    char text[AP_UUID_TEXT_SIZE];

    if (!access->row_security)
        return AP_OK;
    if (access->super_admin) {
        cli_say(
            "row level security applies to %s, which is a super admin of the platform: it sees what its policies show",
            access->role);
        return AP_OK;
    }
    if (!access->has_org)
        return ap_fail(err, AP_ESTATE,
                       "row level security hides every entry from %s, which is no user of an organization: see "
                       "auditquery(1), ROW LEVEL SECURITY",
                       access->role);
    if (!filter->has_org) {
        filter->has_org = true;
        filter->org = access->org;
    }
    ap_uuid_format(text, &access->org);
    cli_say("row level security applies to %s: it sees entries of organization %s only", access->role, text);
    return AP_OK;
}

enum ap_status asked_open(struct asked *asked, struct ap_error *err)
{
    enum ap_status status;

    memset(asked, 0, sizeof *asked);
    status = check_texts(err);
    if (status == AP_OK)
        status = read_filter(asked, err);
    if (status == AP_OK)
        status = cli_connect(&asked->db, "auditquery", true, err);
    if (status == AP_OK)
        status = ap_query_access(&asked->access, asked->db, err);
    return status == AP_OK ? settle_tenant(asked, err) : status;
}

void asked_free(struct asked *asked)
{
    ap_db_close(asked->db);
    free(asked->resource);
}

enum ap_status asked_record(struct asked *asked, const char *command, struct ap_query_page *const *pages, size_t count,
                            struct ap_error *err)
{
    struct ap_query_record record = {command, purpose, &asked->filter, asked->proof, count > 0, 0, false};
    struct ap_db *db = NULL;
    enum ap_status status;

    if (asked->recorded || unrecorded || (purpose == NULL && !asked->access.auditor))
        return AP_OK;
    if (asked->access.standby)
        return ap_fail(
            err, AP_ESTATE,
            "this server is a standby, where no query can be recorded: ask the primary, or with --unrecorded");
    if (!asked->access.may_record)
        return ap_fail(
            err, AP_ESTATE,
            "%s may not have its queries recorded: ask as a member of auditproof_auditor, or without --purpose",
            asked->access.role);
    for (size_t i = 0; i < count; i++) {
        if (pages[i] == NULL)
            continue;
        record.rows += ap_query_page_count(pages[i]);
        record.more = record.more || ap_query_page_next(pages[i]) != NULL;
    }
    /* On a connection of its own: the one that searches is in a snapshot, and cannot write. */
    status = ap_db_clone(&db, asked->db, err);
    if (status == AP_OK)
        status = ap_query_record(db, &record, NULL, err);
    ap_db_close(db);
    asked->recorded = status == AP_OK;
    return status;
}

const char *asked_purpose(void)
{
    return purpose;
}

enum { ADVICE_SIZE = 80 };

/* What would have less read, of what was not given; " (…)", or nothing. */
static const char *advice(char out[ADVICE_SIZE], const struct asked *asked, bool explains)
{
    const struct ap_query_filter *filter = &asked->filter;
    const char *less = !filter->has_org && !filter->has_since ? "--org or --since makes it less"
                       : !filter->has_org                     ? "--org makes it less"
                       : !filter->has_since                   ? "--since makes it less"
                                                              : "";

    out[0] = '\0';
    if (explains || *less != '\0')
        (void)snprintf(out, ADVICE_SIZE, " (%s%s%s)", explains ? "--explain shows how" : "",
                       explains && *less != '\0' ? "; " : "", less);
    return out;
}

void asked_tell_plan(const struct asked *asked, const struct ap_query_plan *plan, bool explains)
{
    char text[ADVICE_SIZE];

    if (plan->small)
        return;
    if (plan->reads == AP_QUERY_WHOLE)
        cli_say("no index serves these filters: the table is read from end to end%s", advice(text, asked, explains));
    else if (plan->reads == AP_QUERY_IN_ORDER)
        cli_say("no index serves all of these filters: entries are read one by one, up to all that the others leave, "
                "until enough fit%s",
                advice(text, asked, explains));
}

void asked_tell_scan(const struct asked *asked, const struct ap_query_plan *plan)
{
    char text[ADVICE_SIZE];

    if (!plan->small && plan->reads != AP_QUERY_BY_INDEX)
        cli_say("the table is read from end to end%s", advice(text, asked, false));
}
