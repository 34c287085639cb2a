/*
 * The history of one thing: what each entry says that changed, what changed although no entry says so, and what is
 * known of it in the end (auditquery(1), RESOURCES). Entries are told one by one, in their order.
 *
 * old_values and new_values may hold the whole thing or only the members that an entry is about. So what is known is
 * put together of all of them, and only what two of them say differently counts as a difference.
 */
#ifndef AUDITPROOF_HISTORY_H
#define AUDITPROOF_HISTORY_H

#include "auditproof/entry.h"
#include "auditproof/json_diff.h"

struct ap_history;

/* How a member is known. */
enum ap_history_how {
    AP_HISTORY_SET,  /* an entry changed it to this, or made it */
    AP_HISTORY_TOLD, /* an entry's old_values had it, or new_values that did not change it */
    AP_HISTORY_LEFT, /* the last entry that had it had it in old_values alone: it was removed, or left out */
};

/* "set", "told", "left". Static. */
const char *ap_history_how_name(enum ap_history_how how);

/* Borrowed until the next entry is told. */
struct ap_history_told {
    struct ap_json_diff unlogged; /* between what was known and old_values */
    struct ap_json_diff logged;   /* between old_values, or where there are none what was known, and new_values */
    bool unread;                  /* old_values or new_values are too large to compare, and count as not there */
};

AP_MUST_CHECK enum ap_status ap_history_new(struct ap_history **out, struct ap_error *err);
void ap_history_free(struct ap_history *history); /* NULL is harmless */

/* number: what ap_history_known says of where a member is known from. */
AP_MUST_CHECK enum ap_status ap_history_tell(struct ap_history *history, const struct ap_entry *entry, size_t number,
                                             struct ap_history_told *told, struct ap_error *err);

/* Would there be unlogged changes if the entry was told now? */
bool ap_history_contradicts(struct ap_history *history, const struct ap_entry *entry);

/* Does the one leave what the other finds: have new and old values members in common, and all of them alike? */
AP_MUST_CHECK enum ap_status ap_history_follows(struct ap_history *history, const struct ap_entry *first,
                                                const struct ap_entry *then, bool *follows, struct ap_error *err);

/* Each member that is known, in the order of names; one that different entries made up is told in its parts. */
typedef void ap_history_known_fn(void *context, const char *path, const struct ap_json *value, size_t number,
                                 enum ap_history_how how);
AP_MUST_CHECK enum ap_status ap_history_known(struct ap_history *history, ap_history_known_fn *known, void *context,
                                              struct ap_error *err);

/* Append all that is known, but for what was left; "null" where nothing is. */
void ap_history_put(struct ap_buf *out, const struct ap_history *history);

#endif
