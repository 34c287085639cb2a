#include "ocsf_class.h"

#include <string.h>

#include "format_internal.h"
#include "ocsf_words.h"

/* An action whose words have one of `all`, and one of `any` unless that is NULL, is this; the first that fits. */
static const struct rule {
    const char *all, *any;
    enum ocsf_class class_uid;
    int activity;
} rules[] = {
    {"impersonate impersonated impersonation", NULL, OCSF_AUTHENTICATION, 7},
    {"logout logoff signout", NULL, OCSF_AUTHENTICATION, 2},
    {"login logins logon signin signon authenticated authentication", NULL, OCSF_AUTHENTICATION, 1},
    {"log logged sign signed", "in", OCSF_AUTHENTICATION, 1},
    {"log logged sign signed", "out", OCSF_AUTHENTICATION, 2},
    {"mfa 2fa totp", "enrolled enabled activated completed", OCSF_ACCOUNT_CHANGE, 10},
    {"mfa 2fa totp", "unenrolled disabled removed reset deactivated", OCSF_ACCOUNT_CHANGE, 11},
    {"mfa 2fa totp", "used challenge challenged verified failed", OCSF_AUTHENTICATION, OCSF_OTHER},
    {"mfa 2fa totp", NULL, OCSF_ACCOUNT_CHANGE, OCSF_OTHER},
    {"password", "reset", OCSF_ACCOUNT_CHANGE, 4},
    {"password", "change changed update updated set", OCSF_ACCOUNT_CHANGE, 3},
    {"password", NULL, OCSF_ACCOUNT_CHANGE, OCSF_OTHER},
    {"role roles permission permissions privilege privileges",
     "revoke revoked remove removed delete deleted unassigned", OCSF_USER_ACCESS, 2},
    {"role roles permission permissions privilege privileges",
     "grant granted add added assign assigned change changed update updated set elevated", OCSF_USER_ACCESS, 1},
    {"auth", "failed failure attempt attempts", OCSF_AUTHENTICATION, 1},
};

/* What was done to the account of a person (3001), */
static const struct verb {
    const char *words;
    int activity;
} account_verbs[] = {
    {"create created add added register registered invite invited insert inserted", 1},
    {"enable enabled activate activated reactivate reactivated restore restored", 2},
    {"disable disabled deactivate deactivated suspend suspended ban banned", 5},
    {"delete deleted remove removed", 6},
    {"unlock unlocked", 12},
    {"lock locked", 9},
};

/* and to anything (3004; 1 to 4 are 6003's too). */
static const struct verb entity_verbs[] = {
    {"create created add added insert inserted generate generated issue issued upload uploaded register registered "
     "import imported invite invited initiate initiated",
     1},
    {"read view viewed get list listed access accessed export exported download downloaded search searched query "
     "queried",
     2},
    {"update updated change changed modify modified edit edited set rename renamed rotate rotated configure configured "
     "assign assigned upgrade upgraded downgrade downgraded cancel cancelled canceled renew renewed",
     3},
    {"delete deleted remove removed purge purged cleanup destroy destroyed erase erased revoke revoked", 4},
    {"move moved", 5},
    {"enroll enrolled", 6},
    {"unenroll unenrolled", 7},
    {"enable enabled", 8},
    {"disable disabled", 9},
    {"activate activated reactivate reactivated", 10},
    {"deactivate deactivated", 11},
    {"suspend suspended", 12},
    {"resume resumed", 13},
};

static const struct {
    enum ocsf_class class_uid;
    const char *name;
    const char *activities[14];
} classes[] = {
    {OCSF_ACCOUNT_CHANGE,
     "Account Change",
     {NULL, "Create", "Enable", "Password Change", "Password Reset", "Disable", "Delete", "Attach Policy",
      "Detach Policy", "Lock", "MFA Factor Enable", "MFA Factor Disable", "Unlock", NULL}},
    {OCSF_AUTHENTICATION,
     "Authentication",
     {NULL, "Logon", "Logoff", "Authentication Ticket", "Service Ticket Request", "Service Ticket Renew", "Preauth",
      "Account Switch", NULL, NULL, NULL, NULL, NULL, NULL}},
    {OCSF_ENTITY_MANAGEMENT,
     "Entity Management",
     {NULL, "Create", "Read", "Update", "Delete", "Move", "Enroll", "Unenroll", "Enable", "Disable", "Activate",
      "Deactivate", "Suspend", "Resume"}},
    {OCSF_USER_ACCESS,
     "User Access Management",
     {NULL, "Assign Privileges", "Revoke Privileges", NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL,
      NULL}},
    {OCSF_API_ACTIVITY,
     "API Activity",
     {NULL, "Create", "Read", "Update", "Delete", NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL}},
};

const char *ocsf_class_name(enum ocsf_class class_uid)
{
    for (size_t i = 0; i < sizeof classes / sizeof classes[0]; i++)
        if (classes[i].class_uid == class_uid)
            return classes[i].name;
    return NULL;
}

const char *ocsf_activity_name(enum ocsf_class class_uid, int activity)
{
    for (size_t i = 0; i < sizeof classes / sizeof classes[0]; i++)
        if (classes[i].class_uid == class_uid && activity > 0 && activity < 14)
            return classes[i].activities[activity];
    return NULL;
}

static bool last_word_is(const struct ap_value *text, const char *list)
{
    struct ocsf_words words;

    ocsf_words(&words, text);
    return words.count > 0 && ocsf_in(words.words[words.count - 1], list);
}

bool ocsf_is_user(const struct ap_value *resource_type)
{
    return last_word_is(resource_type, "user users profile profiles account accounts");
}

enum ocsf_whose ocsf_whose_account(const struct ap_query_entry *entry)
{
    const struct ap_entry *row = &entry->row;

    if (row->resource_id.present &&
        (ocsf_is_user(&row->resource_type) || last_word_is(&row->resource_type, "member members")))
        return OCSF_OF_RESOURCE;
    if (!ocsf_has_user(entry))
        return OCSF_OF_NOBODY;
    if (!row->resource_id.present ||
        (row->actor_id.present && ap_uuid_equal(&row->resource_id.value, &row->actor_id.value)))
        return OCSF_OF_ACTOR;
    return OCSF_OF_NOBODY;
}

bool ocsf_has_user(const struct ap_query_entry *entry)
{
    return entry->row.actor_id.present || entry->row.actor_email.len > 0;
}

/* The last word tells most often what was done, then those before it. */
static int find_verb(const struct ocsf_words *words, const struct verb *verbs, size_t count)
{
    for (size_t w = words->count; w > 0; w--)
        for (size_t v = 0; v < count; v++)
            if (ocsf_in(words->words[w - 1], verbs[v].words))
                return verbs[v].activity;
    return OCSF_OTHER;
}

static const struct rule *find_rule(const struct ocsf_words *words)
{
    for (size_t i = 0; i < sizeof rules / sizeof rules[0]; i++)
        if (ocsf_any(words, rules[i].all) && (rules[i].any == NULL || ocsf_any(words, rules[i].any)))
            return &rules[i];
    return NULL;
}

static enum ocsf_status find_status(const struct ocsf_words *words)
{
    if (ocsf_any(words, "failed failure denied rejected refused blocked unauthorized invalid"))
        return OCSF_FAILURE;
    return ocsf_any(words, "succeeded success successful") ? OCSF_SUCCESS : OCSF_UNKNOWN;
}

/* A class wants some attributes; an entry that has not got them is an Entity Management event, which wants none. */
static bool has_what_it_takes(const struct ap_query_entry *entry, enum ocsf_class class_uid, int activity)
{
    bool of_user = ocsf_whose_account(entry) != OCSF_OF_NOBODY;

    switch (class_uid) {
    case OCSF_ACCOUNT_CHANGE:
        return of_user;
    case OCSF_AUTHENTICATION:
        return ocsf_has_user(entry);
    case OCSF_USER_ACCESS:
        return of_user && ocsf_put_privileges(NULL, entry, activity == 2) > 0;
    case OCSF_API_ACTIVITY:
        return (ocsf_has_user(entry) || entry->row.session_id.len > 0) && query_is_host(&entry->row.ip_address);
    case OCSF_ENTITY_MANAGEMENT:
        break;
    }
    return true;
}

struct ocsf_kind ocsf_classify(const struct ap_query_entry *entry)
{
    struct ocsf_kind kind = {OCSF_ENTITY_MANAGEMENT, OCSF_OTHER, OCSF_UNKNOWN};
    const struct rule *rule;
    struct ocsf_words words;
    int account;

    ocsf_words(&words, &entry->row.action);
    rule = find_rule(&words);
    account = find_verb(&words, account_verbs, sizeof account_verbs / sizeof account_verbs[0]);
    kind.status = find_status(&words);
    kind.activity = find_verb(&words, entity_verbs, sizeof entity_verbs / sizeof entity_verbs[0]);
    if (rule != NULL && has_what_it_takes(entry, rule->class_uid, rule->activity)) {
        kind.class_uid = rule->class_uid;
        kind.activity = rule->activity;
    } else if (rule == NULL && account != OCSF_OTHER && ocsf_is_user(&entry->row.resource_type) &&
               has_what_it_takes(entry, OCSF_ACCOUNT_CHANGE, account)) {
        kind.class_uid = OCSF_ACCOUNT_CHANGE;
        kind.activity = account;
    } else if (rule == NULL && (kind.activity == 2 || kind.activity == OCSF_OTHER) &&
               has_what_it_takes(entry, OCSF_API_ACTIVITY, kind.activity)) {
        /* Nothing was changed, as far as the action tells: somebody asked for something. */
        kind.class_uid = OCSF_API_ACTIVITY;
    }
    return kind;
}
