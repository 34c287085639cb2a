#include "config.h"

#include <fnmatch.h>
#include <string.h>

#include "rules/rule_files.h"

static const char config_format[] = "auditproof-gdpr/1";

static const char *const purpose_words[] = {"purpose", "basis", NULL};
static const char *const recipient_words[] = {"recipient", "purpose", "country", "safeguard", NULL};
static const char *const right_words[] = {"right", "article", "text", NULL};
static const char *const retained_words[] = {"what", "ground", "years", NULL};
static const char *const action_words[] = {"match", "label", "meaning", NULL};

static void read_contact(struct ap_yaml_form *form, const char *key, struct gdpr_contact *out)
{
    static const char *const words[] = {"name", "address", "email", "phone", "website", NULL};
    const struct ap_yaml *map = ap_yaml_get(form->root, key);

    if (map == NULL || map->kind == AP_YAML_NULL)
        return;
    ap_form_known(form, map, key, words);
    for (size_t i = 0; map->kind == AP_YAML_MAP && words[i] != NULL; i++)
        out->texts[i] = ap_form_text(form, map, words[i], i == GDPR_CONTACT_NAME);
}

static void check_years(struct ap_yaml_form *form, const struct ap_form_table *rows)
{
    for (size_t i = 0; i < rows->count; i++) {
        const char *years = rows->items[i][GDPR_RETAINED_YEARS];

        if (years != NULL && strcmp(years, GDPR_YEARS_POLICY) != 0 &&
            (strlen(years) > 2 || strspn(years, "0123456789") != strlen(years)))
            (void)ap_load_error(&form->loader, rows->nodes[i]->at,
                                "'years' must be a number of 0 to 99, or policy, not '%.20s'", years);
    }
}

/* What the form has replaces what is there; of actions, it comes first. */
static void read_form(struct gdpr_config *config, struct ap_yaml_form *form)
{
    static const char *const words[] = {
        "format",    "controller", "dpo",    "authority", "purposes", "categories",          "recipients",     "rights",
        "retention", "actions",    "fields", "metadata",  "source",   "automated_decisions", "portable_bases", NULL};
    const char *text;

    ap_form_known(form, form->root, "this file", words);
    read_contact(form, "controller", &config->controller);
    read_contact(form, "dpo", &config->dpo);
    read_contact(form, "authority", &config->authority);
    ap_form_rows(form, form->root, "purposes", purpose_words, 2, &config->purposes);
    ap_form_rows(form, form->root, "recipients", recipient_words, 1, &config->recipients);
    ap_form_rows(form, form->root, "rights", right_words, 3, &config->rights);
    ap_form_rows(form, form->root, "retention", retained_words, 2, &config->retained);
    check_years(form, &config->retained);
    ap_form_rows(form, form->root, "actions", action_words, 2, &config->actions);
    ap_form_texts(form, form->root, "categories", &config->categories);
    ap_form_texts(form, form->root, "fields", &config->fields);
    ap_form_texts(form, form->root, "metadata", &config->metadata);
    ap_form_texts(form, form->root, "portable_bases", &config->portable);
    text = ap_form_text(form, form->root, "source", false);
    config->source = text != NULL ? text : config->source;
    text = ap_form_text(form, form->root, "automated_decisions", false);
    config->automated = text != NULL ? text : config->automated;
}

static const char *shipped_text(void)
{
    for (size_t i = 0; i < rule_file_count; i++)
        if (strcmp(rule_files[i].name, "gdpr.yaml") == 0)
            return rule_files[i].text;
    return "";
}

enum ap_status gdpr_config_read(struct gdpr_config *config, const char *name, const struct ap_buf *text,
                                struct ap_error *err)
{
    const char *shipped = shipped_text();
    enum ap_status status;

    memset(config, 0, sizeof *config);
    status = ap_form_open(&config->shipped, "gdpr.yaml", shipped, strlen(shipped), config_format, err);
    if (status == AP_OK)
        read_form(config, &config->shipped);
    if (status == AP_OK)
        status = ap_form_check(&config->shipped, err);
    if (status != AP_OK || name == NULL)
        return status;
    config->more_actions = config->actions;
    memset(&config->actions, 0, sizeof config->actions);
    status = ap_form_open(&config->own, name, ap_buf_str(text), text->len, config_format, err);
    if (status == AP_OK)
        read_form(config, &config->own);
    return status == AP_OK ? ap_form_check(&config->own, err) : status;
}

void gdpr_config_free(struct gdpr_config *config)
{
    ap_form_free(&config->shipped);
    ap_form_free(&config->own);
}

static const char *const *match(const struct ap_form_table *rows, const char *action)
{
    for (size_t i = 0; i < rows->count; i++)
        if (fnmatch(rows->items[i][GDPR_ACTION_MATCH], action, 0) == 0)
            return rows->items[i];
    return NULL;
}

const char *const *gdpr_config_action(const struct gdpr_config *config, const char *action)
{
    const char *const *row = match(&config->actions, action);

    return row != NULL ? row : match(&config->more_actions, action);
}

bool gdpr_texts_match(const struct ap_form_list *globs, const char *text)
{
    for (size_t i = 0; i < globs->count; i++)
        if (fnmatch(globs->items[i], text, 0) == 0)
            return true;
    return false;
}

bool gdpr_texts_have(const struct ap_form_list *texts, const char *text, size_t len)
{
    for (size_t i = 0; i < texts->count; i++)
        if (strlen(texts->items[i]) == len && memcmp(texts->items[i], text, len) == 0)
            return true;
    return false;
}

enum ap_status gdpr_config_require_controller(const struct gdpr_config *config, const char *for_what,
                                              struct ap_error *err)
{
    const struct gdpr_contact *is = &config->controller;

    if (is->texts[GDPR_CONTACT_NAME] != NULL &&
        (is->texts[GDPR_CONTACT_EMAIL] != NULL || is->texts[GDPR_CONTACT_ADDRESS] != NULL))
        return AP_OK;
    return ap_fail(err, AP_EINPUT,
                   "%s names the controller, with an e-mail or postal address: give a file that has"
                   " 'controller' with --gdpr (see gdpr.yaml among the rules)",
                   for_what);
}

bool gdpr_config_is_portable(const struct gdpr_config *config)
{
    for (size_t i = 0; i < config->purposes.count; i++) {
        const char *basis = config->purposes.items[i][GDPR_PURPOSE_BASIS];

        if (gdpr_texts_have(&config->portable, basis, strlen(basis)))
            return true;
    }
    return false;
}

enum ap_status gdpr_config_allow(const struct gdpr_config *config, struct gdpr_own *own, struct ap_error *err)
{
    const struct gdpr_contact *contacts[] = {&config->controller, &config->dpo, &config->authority};
    enum ap_status status = AP_OK;

    for (size_t c = 0; c < 3; c++)
        for (size_t i = 0; status == AP_OK && i < GDPR_CONTACT_TEXTS; i++)
            if (contacts[c]->texts[i] != NULL)
                status = gdpr_own_add_text(own, contacts[c]->texts[i], strlen(contacts[c]->texts[i]), err);
    return status;
}
