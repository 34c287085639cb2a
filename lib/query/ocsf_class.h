/* Which class and activity of OCSF 1.8 an entry is (auditquery(1), OCSF). Nothing outside lib/query includes this. */
#ifndef AUDITPROOF_QUERY_OCSF_CLASS_H
#define AUDITPROOF_QUERY_OCSF_CLASS_H

#include "auditproof/query.h"

enum ocsf_class {
    OCSF_ACCOUNT_CHANGE = 3001,
    OCSF_AUTHENTICATION = 3002,
    OCSF_ENTITY_MANAGEMENT = 3004,
    OCSF_USER_ACCESS = 3005,
    OCSF_API_ACTIVITY = 6003,
};

enum { OCSF_OTHER = 99 };

enum ocsf_status { OCSF_UNKNOWN = 0, OCSF_SUCCESS = 1, OCSF_FAILURE = 2 };

struct ocsf_kind {
    enum ocsf_class class_uid;
    int activity;
    enum ocsf_status status;
};

/* What the action's words say. */
struct ocsf_kind ocsf_classify(const struct ap_query_entry *entry);

/* "Account Change". Static. */
const char *ocsf_class_name(enum ocsf_class class_uid);
/* "Password Reset", or NULL for what the class has no name for. Static. */
const char *ocsf_activity_name(enum ocsf_class class_uid, int activity);

/* Is the resource a person's account? */
bool ocsf_is_user(const struct ap_value *resource_type);

/*
 * Whose account an entry is about: that which is the resource, or the actor's own where there is none. Of another
 * resource nothing tells whose it is.
 */
enum ocsf_whose { OCSF_OF_NOBODY, OCSF_OF_RESOURCE, OCSF_OF_ACTOR };
enum ocsf_whose ocsf_whose_account(const struct ap_query_entry *entry);

/* Does the entry name an actor, by id or address? */
bool ocsf_has_user(const struct ap_query_entry *entry);

/*
 * What was granted, or revoked, as new_values or old_values say it, or else metadata: JSON strings with commas between
 * them, or with a NULL out only their number.
 */
size_t ocsf_put_privileges(struct ap_buf *out, const struct ap_query_entry *entry, bool revoked);

#endif
