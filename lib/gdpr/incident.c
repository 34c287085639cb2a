/* The incident file: what people know of a breach, which no log can tell. */
#include <arpa/inet.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "auditproof/clock.h"
#include "breach.h"

static const char *const record_words[] = {"category", "resource_type", NULL};
static const char *const measure_words[] = {"measure", "status", "at", "note", NULL};
static const char *const indicator_words[] = {"kind", "value", "note", NULL};

enum { PHASES_MAX = 99 };

static const struct ap_yaml *section(struct ap_yaml_form *form, const char *key, bool required,
                                     const char *const *words)
{
    const struct ap_yaml *map = ap_yaml_get(form->root, key);

    if (map == NULL || map->kind == AP_YAML_NULL) {
        if (required)
            (void)ap_load_error(&form->loader, form->root->at, "'%s' is required here", key);
        return NULL;
    }
    ap_form_known(form, map, key, words);
    return map->kind == AP_YAML_MAP ? map : NULL;
}

static void read_time(struct ap_yaml_form *form, const char *key, bool required, struct gdpr_optional_time *out)
{
    out->given = ap_form_time(form, form->root, key, required, &out->us);
}

static bool fail_at(struct ap_yaml_form *form, const char *key, const char *message)
{
    const struct ap_yaml *node = ap_yaml_get(form->root, key);

    return ap_load_error(&form->loader, node != NULL ? node->at : form->root->at, "%s", message);
}

int64_t gdpr_incident_notify_by_us(const struct gdpr_incident *incident)
{
    return incident->aware.us + 3 * AP_US_PER_DAY;
}

/* When the controller became aware is for people to say: it cannot be seen in a log, and is never guessed here. */
static void read_clock(struct gdpr_incident *is)
{
    struct ap_yaml_form *form = &is->form;

    read_time(form, "occurred_from", false, &is->occurred_from);
    read_time(form, "occurred_to", false, &is->occurred_to);
    read_time(form, "detected", true, &is->detected);
    read_time(form, "aware_at", true, &is->aware);
    read_time(form, "notified_at", false, &is->notified);
    is->delay_reason = ap_form_text(form, form->root, "delay_reason", false);
    if (is->occurred_from.given && is->occurred_to.given && is->occurred_to.us < is->occurred_from.us)
        (void)fail_at(form, "occurred_to", "'occurred_to' is before 'occurred_from'");
    if (is->aware.given && is->detected.given && is->aware.us < is->detected.us)
        (void)fail_at(form, "aware_at", "'aware_at' is before 'detected'");
    if (is->aware.given && is->notified.given && is->notified.us < is->aware.us)
        (void)fail_at(form, "notified_at", "'notified_at' is before 'aware_at'");
    if (is->aware.given && is->notified.given && is->notified.us > gdpr_incident_notify_by_us(is) &&
        is->delay_reason == NULL)
        (void)fail_at(
            form, "notified_at",
            "the notification came more than 72 hours after 'aware_at': it needs a 'delay_reason' (Art. 33(1))");
}

static void check_addresses(struct ap_yaml_form *form, const struct ap_yaml *map, const struct ap_form_list *addresses)
{
    for (size_t i = 0; i < addresses->count; i++) {
        char text[AP_INET_TEXT_SIZE];
        uint8_t address[16];
        size_t len = strcspn(addresses->items[i], "/");
        const char *prefix = addresses->items[i] + len;
        bool v6 = strchr(addresses->items[i], ':') != NULL, good = len < sizeof text;

        if (good) {
            memcpy(text, addresses->items[i], len);
            text[len] = '\0';
            good = inet_pton(v6 ? AF_INET6 : AF_INET, text, address) == 1;
        }
        if (good && *prefix == '/')
            good = strspn(prefix + 1, "0123456789") == strlen(prefix + 1) && prefix[1] != '\0' &&
                   strlen(prefix + 1) <= 3 && strtol(prefix + 1, NULL, 10) <= (v6 ? 128 : 32);
        if (!good)
            (void)ap_load_error(&form->loader, ap_yaml_get(map, "addresses")->at,
                                "'%.60s' in 'addresses' is no IP address or network", addresses->items[i]);
    }
}

static void check_actors(struct ap_yaml_form *form, const struct ap_yaml *map, const struct ap_form_list *actors)
{
    struct ap_uuid uuid;

    for (size_t i = 0; i < actors->count; i++)
        if (!ap_uuid_parse(&uuid, actors->items[i]) && strchr(actors->items[i], '@') == NULL)
            (void)ap_load_error(&form->loader, ap_yaml_get(map, "actors")->at,
                                "'%.60s' in 'actors' is neither an id nor an e-mail address", actors->items[i]);
}

static void read_entries(struct gdpr_incident *is)
{
    static const char *const words[] = {"from",           "to",          "actions", "actors", "addresses",
                                        "resource_types", "risk_levels", NULL};
    static const char *const levels[] = {"low", "medium", "high", "critical", NULL};
    struct ap_yaml_form *form = &is->form;
    const struct ap_yaml *map = section(form, "entries", true, words);

    if (map == NULL)
        return;
    if (ap_form_time(form, map, "from", true, &is->from_us) && ap_form_time(form, map, "to", true, &is->to_us) &&
        is->to_us <= is->from_us)
        (void)ap_load_error(&form->loader, map->at, "'to' in 'entries' must be after 'from'");
    ap_form_texts(form, map, "actions", &is->actions);
    ap_form_texts(form, map, "actors", &is->actors);
    ap_form_texts(form, map, "addresses", &is->addresses);
    ap_form_texts(form, map, "resource_types", &is->resources);
    ap_form_texts(form, map, "risk_levels", &is->risks);
    check_addresses(form, map, &is->addresses);
    check_actors(form, map, &is->actors);
    for (size_t i = 0; i < is->risks.count; i++) {
        size_t l = 0;

        while (levels[l] != NULL && strcmp(levels[l], is->risks.items[i]) != 0)
            l++;
        if (levels[l] == NULL)
            (void)ap_load_error(&form->loader, ap_yaml_get(map, "risk_levels")->at, "'%.40s' is no risk level",
                                is->risks.items[i]);
    }
}

static void read_subjects(struct gdpr_incident *is)
{
    static const char *const words[] = {"categories", "resource_types", "actors", "at_least",
                                        "at_most",    "method",         NULL};
    struct ap_yaml_form *form = &is->form;
    const struct ap_yaml *map = section(form, "subjects", true, words);

    if (map == NULL)
        return;
    ap_form_texts(form, map, "categories", &is->subject_categories);
    ap_form_texts(form, map, "resource_types", &is->subject_resources);
    (void)ap_field_bool(&form->loader, map, "actors", &is->subject_actors);
    is->has_at_least = ap_form_number(form, map, "at_least", INT64_MAX, &is->at_least);
    is->has_at_most = ap_form_number(form, map, "at_most", INT64_MAX, &is->at_most);
    is->method = ap_form_text(form, map, "method", is->has_at_least || is->has_at_most);
    if (is->has_at_least && is->has_at_most && is->at_most < is->at_least)
        (void)ap_load_error(&form->loader, map->at, "'at_most' is less than 'at_least'");
    if (is->subject_categories.count == 0)
        (void)ap_load_error(&form->loader, map->at, "'categories' of subjects are required here (Art. 33(3)(a))");
}

static void read_phase(struct gdpr_incident *is)
{
    struct ap_yaml_form *form = &is->form;

    is->phase = 1;
    (void)ap_form_number(form, form->root, "phase", PHASES_MAX, &is->phase);
    is->supersedes = ap_form_text(form, form->root, "supersedes", false);
    (void)ap_field_bool(&form->loader, form->root, "more_to_follow", &is->more_to_follow);
    if (is->phase == 0)
        (void)fail_at(form, "phase", "phases are numbered from 1");
    if (is->phase > 1 && is->supersedes == NULL)
        (void)fail_at(form, "phase",
                      "a later phase needs 'supersedes': the External-Identifier of the one before"
                      " (bag-info.txt)");
    if (is->phase == 1 && is->supersedes != NULL)
        (void)fail_at(form, "supersedes", "the first phase supersedes nothing; say which 'phase' this is");
}

static void read_measures(struct gdpr_incident *is)
{
    struct ap_yaml_form *form = &is->form;

    ap_form_rows(form, form->root, "records", record_words, 2, &is->records);
    ap_form_rows(form, form->root, "measures", measure_words, 2, &is->measures);
    ap_form_rows(form, form->root, "indicators", indicator_words, 2, &is->indicators);
    for (size_t i = 0; i < is->measures.count; i++) {
        const char *state = is->measures.items[i][GDPR_MEASURE_STATUS];

        if (state != NULL && strcmp(state, "taken") != 0 && strcmp(state, "proposed") != 0)
            (void)ap_load_error(&form->loader, is->measures.nodes[i]->at, "'status' is taken or proposed, not '%.40s'",
                                state);
    }
    if (is->measures.count == 0)
        (void)fail_at(form, "measures", "'measures', taken or proposed, are required here (Art. 33(3)(d))");
}

enum ap_status gdpr_incident_read(struct gdpr_incident *is, const struct ap_gdpr_file *file, struct ap_error *err)
{
    static const char *const words[] = {
        "format",         "incident",      "title",         "nature",   "phase",        "supersedes",
        "more_to_follow", "occurred_from", "occurred_to",   "detected", "aware_at",     "notified_at",
        "delay_reason",   "entries",       "subjects",      "records",  "consequences", "measures",
        "indicators",     "communicated",  "communication", NULL};
    struct ap_yaml_form *form = &is->form;
    enum ap_status status =
        ap_form_open(form, file->name, ap_buf_str(file->text), file->text->len, "auditproof-incident/1", err);

    if (status != AP_OK)
        return status;
    ap_form_known(form, form->root, "this file", words);
    is->id = ap_form_text(form, form->root, "incident", true);
    is->title = ap_form_text(form, form->root, "title", true);
    is->nature = ap_form_text(form, form->root, "nature", true);
    is->consequences = ap_form_text(form, form->root, "consequences", true);
    is->communication = ap_form_text(form, form->root, "communication", false);
    (void)ap_field_bool(&form->loader, form->root, "communicated", &is->communicated);
    read_phase(is);
    read_clock(is);
    read_entries(is);
    read_subjects(is);
    read_measures(is);
    return ap_form_check(form, err);
}
