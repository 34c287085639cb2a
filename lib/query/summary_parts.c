#include "summary_parts.h"

#include <stddef.h>

#define COLUMNS(name, heading)                                                                                         \
    {name, heading, AP_ANSWER_TEXT, false}, {"percent", "%", AP_ANSWER_NUMBER, false},                                 \
        {"count", "count", AP_ANSWER_COUNT, true}, {"first", NULL, AP_ANSWER_TIME, false},                             \
        {"last", "last", AP_ANSWER_TIME, false},                                                                       \
    {                                                                                                                  \
        NULL, NULL, AP_ANSWER_TEXT, false                                                                              \
    }

static const struct ap_answer_column action_columns[] = {COLUMNS("action", "action")};
static const struct ap_answer_column address_columns[] = {COLUMNS("address", "address")};
static const struct ap_answer_column type_columns[] = {COLUMNS("resource_type", "resource type")};
static const struct ap_answer_column org_columns[] = {COLUMNS("org", "organization")};
/* People read the address of mail, or where there is none the account. */
static const struct ap_answer_column actor_columns[] = {
    {"who", "actor", AP_ANSWER_TEXT, false},   {"percent", "%", AP_ANSWER_NUMBER, false},
    {"count", "count", AP_ANSWER_COUNT, true}, {"first", NULL, AP_ANSWER_TIME, false},
    {"last", "last", AP_ANSWER_TIME, false},   {"actor", NULL, AP_ANSWER_TEXT, false},
    {"email", NULL, AP_ANSWER_TEXT, false},    {NULL, NULL, AP_ANSWER_TEXT, false}};
static const struct ap_answer_column level_columns[] = {
    {"risk", "risk", AP_ANSWER_LEVEL, false},  {"percent", "%", AP_ANSWER_NUMBER, false},
    {"count", "count", AP_ANSWER_COUNT, true}, {"first", NULL, AP_ANSWER_TIME, false},
    {"last", "last", AP_ANSWER_TIME, false},   {"over_time", "over time", AP_ANSWER_SERIES, false},
    {NULL, NULL, AP_ANSWER_TEXT, false}};
static const struct ap_answer_column time_columns[] = {{"time", "from", AP_ANSWER_TIME, false},
                                                       {"count", "count", AP_ANSWER_COUNT, true},
                                                       {NULL, NULL, AP_ANSWER_TEXT, false}};
static const struct ap_answer_column hour_columns[] = {{"hour", "hour", AP_ANSWER_TEXT, false},
                                                       {"count", "count", AP_ANSWER_COUNT, true},
                                                       {NULL, NULL, AP_ANSWER_TEXT, false}};
static const struct ap_answer_column weekday_columns[] = {{"weekday", "weekday", AP_ANSWER_TEXT, false},
                                                          {"count", "count", AP_ANSWER_COUNT, true},
                                                          {NULL, NULL, AP_ANSWER_TEXT, false}};

const struct ap_answer_part summary_action_part = {"actions", "Actions", AP_ANSWER_ROWS, action_columns, AP_ANSWER_BARS,
                                                   2,         NULL};
const struct ap_answer_part summary_actor_part = {"actors", "Actors", AP_ANSWER_ROWS, actor_columns, AP_ANSWER_BARS,
                                                  2,        NULL};
const struct ap_answer_part summary_level_part = {
    "risk", "Risk, the highest first", AP_ANSWER_ROWS, level_columns, AP_ANSWER_BARS, 2, NULL};
const struct ap_answer_part summary_address_part = {
    "addresses", "Addresses", AP_ANSWER_ROWS, address_columns, AP_ANSWER_BARS, 2, NULL};
const struct ap_answer_part summary_type_part = {
    "resource_types", "Types of resources", AP_ANSWER_ROWS, type_columns, AP_ANSWER_BARS, 2, NULL};
const struct ap_answer_part summary_org_part = {
    "organizations", "Organizations", AP_ANSWER_ROWS, org_columns, AP_ANSWER_BARS, 2, NULL};
#define TIME_PARTS(shape)                                                                                              \
    {                                                                                                                  \
        {"times", "Entries by hour", shape, time_columns, AP_ANSWER_COLUMNS, 1, NULL},                                 \
            {"times", "Entries by day", shape, time_columns, AP_ANSWER_COLUMNS, 1, NULL},                              \
            {"times", "Entries by week, which begins on Monday", shape, time_columns, AP_ANSWER_COLUMNS, 1, NULL},     \
            {"times", "Entries by month", shape, time_columns, AP_ANSWER_COLUMNS, 1, NULL},                            \
    }
const struct ap_answer_part summary_time_parts[] = TIME_PARTS(AP_ANSWER_ROWS);
const struct ap_answer_part summary_time_aside[] = TIME_PARTS(AP_ANSWER_ASIDE);
const struct ap_answer_part summary_hour_part = {
    "hours", "Entries by hour of the day, UTC", AP_ANSWER_ASIDE, hour_columns, AP_ANSWER_COLUMNS, 1, NULL};
const struct ap_answer_part summary_weekday_part = {
    "weekdays", "Entries by day of the week, UTC", AP_ANSWER_ASIDE, weekday_columns, AP_ANSWER_COLUMNS, 1, NULL};

static const struct ap_answer_column total_columns[] = {
    {"entries", "Entries", AP_ANSWER_COUNT, false},
    {"first", "First", AP_ANSWER_TIME, false},
    {"last", "Last", AP_ANSWER_TIME, false},
    {"actions", "Actions", AP_ANSWER_COUNT, false},
    {"actors", "Actors", AP_ANSWER_COUNT, false},
    {"addresses", "Addresses", AP_ANSWER_COUNT, false},
    {"resource_types", "Types of resources", AP_ANSWER_COUNT, false},
    {"organizations", "Organizations", AP_ANSWER_COUNT, false},
    {"undated", NULL, AP_ANSWER_COUNT, false},
    {"by", NULL, AP_ANSWER_TEXT, false},
    {"over_time", "Over time", AP_ANSWER_SERIES, false},
    {"by_hour", "Hours 0 to 23", AP_ANSWER_SERIES, false},
    {"by_weekday", "Monday to Sunday", AP_ANSWER_SERIES, false},
    {NULL, NULL, AP_ANSWER_TEXT, false}};
const struct ap_answer_part summary_total_part = {
    "totals", "Entries that fit", AP_ANSWER_FACTS, total_columns, AP_ANSWER_NO_CHART, 0, NULL};
