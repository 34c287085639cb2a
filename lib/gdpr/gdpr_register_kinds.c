#include "gdpr_register_kinds.h"

#include <string.h>

#define END                                                                                                            \
    {                                                                                                                  \
        NULL, NULL, AP_ANSWER_TEXT, false                                                                              \
    }
#define TEXT(name, heading)                                                                                            \
    {                                                                                                                  \
        name, heading, AP_ANSWER_TEXT, false                                                                           \
    }
#define COUNT(name, heading)                                                                                           \
    {                                                                                                                  \
        name, heading, AP_ANSWER_COUNT, false                                                                          \
    }
#define TIME(name, heading)                                                                                            \
    {                                                                                                                  \
        name, heading, AP_ANSWER_TIME, false                                                                           \
    }
#define FLAG(name, heading)                                                                                            \
    {                                                                                                                  \
        name, heading, AP_ANSWER_FLAG, false                                                                           \
    }

static const struct ap_answer_column decision_columns[] = {TIME("time", "decided"),
                                                           TEXT("outcome", "outcome"),
                                                           TEXT("decision", NULL),
                                                           TEXT("ground", "ground"),
                                                           TEXT("reason", "reason"),
                                                           COUNT("entries", "entries"),
                                                           COUNT("erased", "erased"),
                                                           TEXT("review", "review"),
                                                           FLAG("review_overdue", "overdue"),
                                                           TEXT("by", "by"),
                                                           COUNT("seq", "seq"),
                                                           TEXT("entry", NULL),
                                                           END};
static const struct ap_answer_column erased_columns[] = {
    TIME("time", "erased"), TEXT("groups", "groups"), TEXT("decision", "decision"), COUNT("entries", "entries"),
    TEXT("by", "by"),       COUNT("seq", "seq"),      TEXT("entry", NULL),          END};
static const struct ap_answer_column detached_columns[] = {TIME("time", "detached"),
                                                           TEXT("what", NULL),
                                                           COUNT("entries", "entries"),
                                                           TEXT("role", "deleted as"),
                                                           COUNT("seq", "seq"),
                                                           TEXT("entry", NULL),
                                                           END};
static const struct ap_answer_column bundle_columns[] = {TIME("time", "registered"),
                                                         TEXT("kind", "kind"),
                                                         TEXT("bundle", NULL),
                                                         TIME("from", NULL),
                                                         TIME("to", NULL),
                                                         COUNT("entries", "entries"),
                                                         TEXT("groups", "may show"),
                                                         TEXT("recipient", "recipient"),
                                                         FLAG("encrypted", "encrypted"),
                                                         TEXT("sha256", NULL),
                                                         TEXT("by", "by"),
                                                         COUNT("seq", "seq"),
                                                         TEXT("entry", NULL),
                                                         END};
static const struct ap_answer_column report_columns[] = {TIME("time", "made"),
                                                         TEXT("report_type", "type"),
                                                         TEXT("format", "format"),
                                                         TEXT("report", NULL),
                                                         TIME("from", "from"),
                                                         TIME("until", "before"),
                                                         COUNT("bytes", NULL),
                                                         TEXT("sha256", NULL),
                                                         TEXT("verdict", "verdict"),
                                                         TEXT("recipients", "mailed to"),
                                                         COUNT("seq", "seq"),
                                                         TEXT("entry", NULL),
                                                         END};
static const struct ap_answer_column query_columns[] = {TIME("time", "when"),
                                                        TEXT("by", "by"),
                                                        TEXT("command", "command"),
                                                        TEXT("scope", "of"),
                                                        TEXT("whose", "whose"),
                                                        TEXT("purpose", "purpose"),
                                                        {"filters", NULL, AP_ANSWER_JSON, false},
                                                        {"withheld", NULL, AP_ANSWER_JSON, false},
                                                        COUNT("rows", "shown"),
                                                        COUNT("seq", "seq"),
                                                        FLAG("system", NULL),
                                                        TEXT("entry", NULL),
                                                        END};
static const struct ap_answer_column hold_columns[] = {TIME("time", "when"),
                                                       TEXT("what", "what"),
                                                       TEXT("hold", NULL),
                                                       TEXT("scope", "covers"),
                                                       TEXT("matter", "matter"),
                                                       TEXT("reason", "reason"),
                                                       TEXT("review", "review"),
                                                       TEXT("by", "by"),
                                                       COUNT("seq", "seq*"),
                                                       TEXT("entry", NULL),
                                                       END};
static const struct ap_answer_column disposal_columns[] = {TIME("time", "begun"),
                                                           TEXT("purge", NULL),
                                                           TEXT("table", "table"),
                                                           COUNT("destroyed", "gone"),
                                                           COUNT("planned", "of"),
                                                           COUNT("first_seq", NULL),
                                                           COUNT("last_seq", NULL),
                                                           TEXT("kept", "kept"),
                                                           TEXT("policies", "policy"),
                                                           TEXT("requested_by", "asked"),
                                                           TEXT("approved_by", "approved"),
                                                           TEXT("executed_by", "executed"),
                                                           TIME("certified", "certified"),
                                                           TEXT("reason", NULL),
                                                           COUNT("seq", "seq*"),
                                                           COUNT("certificate_seq", NULL),
                                                           TEXT("entry", NULL),
                                                           TEXT("certificate_entry", NULL),
                                                           END};
static const struct ap_answer_column policy_columns[] = {TIME("time", "set"),
                                                         TEXT("whose", "of"),
                                                         TEXT("table", "table"),
                                                         TEXT("period", "period"),
                                                         COUNT("version", "version"),
                                                         TEXT("basis", "basis"),
                                                         TEXT("jurisdiction", "jurisdiction"),
                                                         TEXT("approver", "approved by"),
                                                         TEXT("by", "by"),
                                                         COUNT("seq", "seq"),
                                                         FLAG("system", NULL),
                                                         TEXT("entry", NULL),
                                                         END};

#define PART(kind, heading, of, nothing)                                                                               \
    {                                                                                                                  \
        .name = kind, .title = heading, .shape = AP_ANSWER_ROWS, .columns = of, .empty = nothing                       \
    }

const struct register_kind register_kinds[REGISTER_KINDS] = {
    {
        .query = "queries/gdpr_register_decisions",
        .part =
            PART("decisions", "Decisions on requests for erasure (Art. 17)", decision_columns, "nothing was decided"),
        .what = "outcome",
        .reference = "decision",
        .by = "by",
        .entries = "entries",
    },
    {
        .query = "queries/gdpr_register_erased",
        .part = PART("erased", "What was erased on request", erased_columns, "nothing was erased on request"),
        .what = "groups",
        .reference = "decision",
        .by = "by",
        .entries = "entries",
    },
    {
        .query = "queries/gdpr_register_detached",
        .part = PART("detached", "Accounts that were deleted, and their entries detached", detached_columns,
                     "no deleted account had entries"),
        .what = "what",
        .entries = "entries",
    },
    {
        .query = "queries/gdpr_register_bundles",
        .part = PART("bundles", "Bundles given out (Art. 15, 20, 33, and others)", bundle_columns,
                     "no bundle was given out"),
        .what = "kind",
        .reference = "bundle",
        .by = "by",
        .entries = "entries",
    },
    {
        .query = "queries/gdpr_register_reports",
        .part = PART("reports", "Scheduled reports that were made, and mailed", report_columns,
                     "no scheduled report was made"),
        .what = "report_type",
        .reference = "report",
    },
    {
        .query = "queries/gdpr_register_queries",
        .part = PART("queries", "Who looked at entries, with auditquery", query_columns, "nobody looked at entries"),
        .what = "command",
        .by = "by",
        .entries = "rows",
    },
    {
        .query = "queries/gdpr_register_holds",
        .part = PART("holds", "Legal holds placed and released", hold_columns, "no legal hold was placed or released"),
        .what = "what",
        .reference = "hold",
        .by = "by",
        .always_system = true,
    },
    {
        .query = "queries/retention_purges",
        .part = PART("disposals", "What was destroyed after its window (Art. 5(1)(e))", disposal_columns,
                     "nothing was destroyed"),
        .what = "table",
        .reference = "purge",
        .by = "executed_by",
        .entries = "destroyed",
        .always_system = true,
        .certificate = 4,
    },
    {
        .query = "queries/gdpr_register_policies",
        .part = PART("policies", "Periods that were set", policy_columns, "no period was set"),
        .what = "table",
        .by = "by",
    },
};

int register_column(const struct register_kind *kind, const char *name)
{
    for (int c = 0; name != NULL && kind->part.columns[c].name != NULL; c++)
        if (strcmp(kind->part.columns[c].name, name) == 0)
            return c;
    return -1;
}

static const struct ap_answer_column facts_columns[] = {TIME("since", "From"),
                                                        TIME("until", "Before"),
                                                        COUNT("lines", "Lines of the register"),
                                                        COUNT("untold", "Told by no chained entry"),
                                                        {"seqs", "Seq", AP_ANSWER_BRIEF, false},
                                                        END};
const struct ap_answer_part register_facts_part = {
    .name = "totals", .title = "The register", .shape = AP_ANSWER_FACTS, .columns = facts_columns};

static const struct ap_answer_column kind_columns[] = {
    TEXT("title", "what"),  {"lines", "lines", AP_ANSWER_COUNT, true},
    TIME("first", "first"), TIME("last", "last"),
    TEXT("kind", NULL),     END};
const struct ap_answer_part register_kinds_part = {
    .name = "kinds", .title = "How many of each kind", .shape = AP_ANSWER_ROWS, .columns = kind_columns};

static const struct ap_answer_column reader_columns[] = {TEXT("by", "login"),
                                                         {"queries", "queries", AP_ANSWER_COUNT, true},
                                                         COUNT("named", "of somebody or something"),
                                                         COUNT("without_purpose", "without purpose"),
                                                         COUNT("everywhere", "of every organization"),
                                                         TIME("first", "first"),
                                                         TIME("last", "last"),
                                                         END};
const struct ap_answer_part register_readers_part = {
    .name = "readers", .title = "Logins that looked at entries", .shape = AP_ANSWER_ROWS, .columns = reader_columns};

static const struct ap_answer_column line_columns[] = {TIME("time", "when"),
                                                       TEXT("kind", "kind"),
                                                       TEXT("what", "what"),
                                                       TEXT("reference", "reference"),
                                                       TEXT("by", "by"),
                                                       COUNT("entries", "entries"),
                                                       TEXT("chain", "chain"),
                                                       COUNT("seq", "seq"),
                                                       TEXT("entry", "entry"),
                                                       {"detail", NULL, AP_ANSWER_JSON, false},
                                                       END};
const struct ap_answer_part register_lines_part = {
    .name = "register", .title = "All lines, in the order of time", .shape = AP_ANSWER_ASIDE, .columns = line_columns};

static const struct ap_answer_column absent_columns[] = {TEXT("what", "what"), TEXT("because", "because"), END};
const struct ap_answer_part register_absent_part = {.name = "not_recorded",
                                                    .title = "What is not in this register",
                                                    .shape = AP_ANSWER_ROWS,
                                                    .columns = absent_columns};
