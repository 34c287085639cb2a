/* rules/gdpr.yaml: who the controller is, why personal data is processed, what an entry may show of itself. */
#ifndef AUDITPROOF_GDPR_CONFIG_H
#define AUDITPROOF_GDPR_CONFIG_H

#include "rules/form.h"
#include "own.h"

enum gdpr_contact_text {
    GDPR_CONTACT_NAME,
    GDPR_CONTACT_ADDRESS,
    GDPR_CONTACT_EMAIL,
    GDPR_CONTACT_PHONE,
    GDPR_CONTACT_WEBSITE,
    GDPR_CONTACT_TEXTS
};

struct gdpr_contact {
    const char *texts[GDPR_CONTACT_TEXTS]; /* NULL where it is not given */
};

/* Columns of the rows. */
enum { GDPR_PURPOSE, GDPR_PURPOSE_BASIS };
enum { GDPR_RECIPIENT, GDPR_RECIPIENT_PURPOSE, GDPR_RECIPIENT_COUNTRY, GDPR_RECIPIENT_SAFEGUARD };
enum { GDPR_RIGHT, GDPR_RIGHT_ARTICLE, GDPR_RIGHT_TEXT };
enum { GDPR_RETAINED, GDPR_RETAINED_GROUND, GDPR_RETAINED_YEARS };
/* Years: those of the retention policy (audit-schema(5), RETENTION). */
#define GDPR_YEARS_POLICY "policy"
enum { GDPR_ACTION_MATCH, GDPR_ACTION_LABEL, GDPR_ACTION_MEANING };

struct gdpr_config {
    struct ap_yaml_form shipped, own; /* owned: own has the user's file, where there is one */
    struct gdpr_contact controller, dpo, authority;
    struct ap_form_table purposes, recipients, rights, retained;
    struct ap_form_table actions, more_actions; /* the user's first */
    struct ap_form_list categories, fields,
        metadata;                 /* members of old and new values, and of metadata, that may be shown */
    struct ap_form_list portable; /* legal bases that Art. 20 applies to */
    const char *source, *automated;
};

/* name and text of the user's file, or NULL. Free the config in any case. */
AP_MUST_CHECK enum ap_status gdpr_config_read(struct gdpr_config *config, const char *name, const struct ap_buf *text,
                                              struct ap_error *err);
void gdpr_config_free(struct gdpr_config *config);

/* The label and meaning of an action, or NULL. */
const char *const *gdpr_config_action(const struct gdpr_config *config, const char *action);

/* Does one of these patterns match, as fnmatch(3)? */
bool gdpr_texts_match(const struct ap_form_list *globs, const char *text);
bool gdpr_texts_have(const struct ap_form_list *texts, const char *text, size_t len);

/* AP_EINPUT unless there is a controller whom people can turn to. */
AP_MUST_CHECK enum ap_status gdpr_config_require_controller(const struct gdpr_config *config, const char *for_what,
                                                            struct ap_error *err);

/* The contacts' addresses are the controller's to give. */
AP_MUST_CHECK enum ap_status gdpr_config_allow(const struct gdpr_config *config, struct gdpr_own *own,
                                               struct ap_error *err);

/* Is one of the purposes on a legal basis that data portability applies to? */
bool gdpr_config_is_portable(const struct gdpr_config *config);

#endif
