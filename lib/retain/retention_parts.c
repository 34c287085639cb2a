#include "retention_parts.h"

#define END                                                                                                            \
    {                                                                                                                  \
        NULL, NULL, AP_ANSWER_TEXT, false                                                                              \
    }

static const struct ap_answer_column status_columns[] = {
    {"as_of", "As of", AP_ANSWER_TEXT, false},
    {"years", "Years that entries are kept", AP_ANSWER_COUNT, false},
    {"entries", "Entries there", AP_ANSWER_COUNT, false},
    {"month_entries", "Of the last 30 days", AP_ANSWER_COUNT, false},
    {"oldest_recorded", "The first was recorded", AP_ANSWER_TIME, false},
    {"oldest_seq", "Its seq", AP_ANSWER_COUNT, false},
    {"oldest_created", "The earliest time of an entry", AP_ANSWER_TIME, false},
    {"grace_days", "Days until it is overdue", AP_ANSWER_COUNT, false},
    {"holds", "Legal holds in force", AP_ANSWER_COUNT, false},
    {"reviews_overdue", "Overdue for review", AP_ANSWER_COUNT, false},
    {"clock_behind", "Clock behind a checkpoint", AP_ANSWER_FLAG, false},
    END};
const struct ap_answer_part retain_status_part = {
    .name = "status", .title = "What is kept", .shape = AP_ANSWER_FACTS, .columns = status_columns};

static const struct ap_answer_column due_columns[] = {{"table", "table", AP_ANSWER_TEXT, false},
                                                      {"kept", "kept", AP_ANSWER_TEXT, false},
                                                      {"due", "due", AP_ANSWER_COUNT, false},
                                                      {"overdue", "overdue", AP_ANSWER_COUNT, false},
                                                      {"held", "held", AP_ANSWER_COUNT, false},
                                                      {"due_bytes", "due, bytes", AP_ANSWER_COUNT, false},
                                                      {"due_since", "due since", AP_ANSWER_TEXT, false},
                                                      {"next", "next due", AP_ANSWER_TEXT, false},
                                                      END};
const struct ap_answer_part retain_due_part = {.name = "due",
                                               .title = "Due for disposal",
                                               .shape = AP_ANSWER_ROWS,
                                               .columns = due_columns,
                                               .empty = "there is nothing that could fall due"};

static const struct ap_answer_column forecast_columns[] = {
    {"month", "month", AP_ANSWER_TIME, false}, {"entries", "entries", AP_ANSWER_COUNT, true}, END};
const struct ap_answer_part retain_forecast_part = {.name = "forecast",
                                                    .title = "Entries that will fall due, by month, holds aside",
                                                    .shape = AP_ANSWER_ASIDE,
                                                    .columns = forecast_columns,
                                                    .chart = AP_ANSWER_COLUMNS,
                                                    .value = 1,
                                                    .empty = "in the twelve months to come, none does"};

static const struct ap_answer_column policy_columns[] = {{"whose", "of", AP_ANSWER_TEXT, false},
                                                         {"table", "table", AP_ANSWER_TEXT, false},
                                                         {"class", "class", AP_ANSWER_TEXT, false},
                                                         {"period", "period", AP_ANSWER_TEXT, false},
                                                         {"version", "version", AP_ANSWER_COUNT, false},
                                                         {"basis", "basis", AP_ANSWER_TEXT, false},
                                                         {"jurisdiction", "jurisdiction", AP_ANSWER_TEXT, false},
                                                         {"approver", "approved by", AP_ANSWER_TEXT, false},
                                                         {"set_by", "set by", AP_ANSWER_TEXT, false},
                                                         {"set_at", "set", AP_ANSWER_TIME, false},
                                                         {"seq", "seq", AP_ANSWER_COUNT, false},
                                                         {"entry", NULL, AP_ANSWER_TEXT, false},
                                                         END};
const struct ap_answer_part retain_policies_part = {
    .name = "policies", .title = "Policies in force", .shape = AP_ANSWER_ROWS, .columns = policy_columns};

static const struct ap_answer_column hold_columns[] = {{"hold", NULL, AP_ANSWER_TEXT, false},
                                                       {"placed", "placed", AP_ANSWER_TIME, false},
                                                       {"placed_by", "by", AP_ANSWER_TEXT, false},
                                                       {"scope", "covers", AP_ANSWER_TEXT, false},
                                                       {"matter", "matter", AP_ANSWER_TEXT, false},
                                                       {"custodian", NULL, AP_ANSWER_TEXT, false},
                                                       {"reason", NULL, AP_ANSWER_TEXT, false},
                                                       {"review", "review", AP_ANSWER_TEXT, false},
                                                       {"review_overdue", "overdue", AP_ANSWER_FLAG, false},
                                                       {"released_by", "released by", AP_ANSWER_TEXT, false},
                                                       {"seq", "seq*", AP_ANSWER_COUNT, false},
                                                       {"entry", NULL, AP_ANSWER_TEXT, false},
                                                       END};
const struct ap_answer_part retain_holds_part = {.name = "holds",
                                                 .title = "Legal holds in force (*: in the system chain)",
                                                 .shape = AP_ANSWER_ROWS,
                                                 .columns = hold_columns,
                                                 .empty = "nothing is under a legal hold"};

static const struct ap_answer_column purge_columns[] = {{"begun", "begun", AP_ANSWER_TIME, false},
                                                        {"purge", NULL, AP_ANSWER_TEXT, false},
                                                        {"table", "table", AP_ANSWER_TEXT, false},
                                                        {"destroyed", "gone", AP_ANSWER_COUNT, false},
                                                        {"planned", "of", AP_ANSWER_COUNT, false},
                                                        {"first_seq", NULL, AP_ANSWER_COUNT, false},
                                                        {"last_seq", NULL, AP_ANSWER_COUNT, false},
                                                        {"kept", "kept", AP_ANSWER_TEXT, false},
                                                        {"policies", "policy", AP_ANSWER_TEXT, false},
                                                        {"requested_by", "asked", AP_ANSWER_TEXT, false},
                                                        {"approved_by", "approved", AP_ANSWER_TEXT, false},
                                                        {"executed_by", "executed", AP_ANSWER_TEXT, false},
                                                        {"certified", NULL, AP_ANSWER_TIME, false},
                                                        {"reason", NULL, AP_ANSWER_TEXT, false},
                                                        {"seq", "seq*", AP_ANSWER_COUNT, false},
                                                        {"certificate_seq", NULL, AP_ANSWER_COUNT, false},
                                                        {"entry", NULL, AP_ANSWER_TEXT, false},
                                                        {"certificate_entry", NULL, AP_ANSWER_TEXT, false},
                                                        {"verified", NULL, AP_ANSWER_FLAG, false},
                                                        {"remark", "certificate", AP_ANSWER_TEXT, false},
                                                        END};
const struct ap_answer_part retain_purges_part = {.name = "purges",
                                                  .title = "Purges begun in the period (*: in the system chain)",
                                                  .shape = AP_ANSWER_ROWS,
                                                  .columns = purge_columns,
                                                  .empty = "nothing was destroyed"};
