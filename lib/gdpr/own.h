/*
 * What identifies people in a text (e-mail addresses, UUIDs, IP addresses), and which of it may stand in a bundle. What
 * is not known to be the subject's own is somebody else's.
 */
#ifndef AUDITPROOF_GDPR_OWN_H
#define AUDITPROOF_GDPR_OWN_H

#include <stdbool.h>
#include <stddef.h>

#include "auditproof/arena.h"
#include "auditproof/buf.h"
#include "auditproof/bytes.h"
#include "auditproof/entry.h"
#include "rules/intern.h"

enum gdpr_kind { GDPR_EMAIL, GDPR_UUID, GDPR_ADDRESS };

/* An identifier as it stands in a text. */
struct gdpr_token {
    enum gdpr_kind kind;
    size_t at, len;
};

enum { GDPR_TOKEN_MAX = 512 }; /* bytes that are looked at on either side of where one is recognised */

struct gdpr_own {
    struct ap_arena arena;
    struct ap_intern set;
};

void gdpr_own_init(struct gdpr_own *own);
void gdpr_own_free(struct gdpr_own *own);

AP_MUST_CHECK enum ap_status gdpr_own_add_uuid(struct gdpr_own *own, const struct ap_uuid *uuid, struct ap_error *err);
AP_MUST_CHECK enum ap_status gdpr_own_add_inet(struct gdpr_own *own, const struct ap_inet *inet, struct ap_error *err);
/* Every identifier in the text. */
AP_MUST_CHECK enum ap_status gdpr_own_add_text(struct gdpr_own *own, const char *text, size_t len,
                                               struct ap_error *err);

/*
 * The next identifier that is not in the set, of those that are recognised at a byte from *from on and before limit;
 * *from is then past it. False when there is none.
 */
bool gdpr_own_next_foreign(const struct gdpr_own *own, const char *text, size_t len, size_t *from, size_t limit,
                           struct gdpr_token *out);

bool gdpr_own_is_clean(const struct gdpr_own *own, const char *text, size_t len);

/* Append the text with "[e-mail]", "[id]" or "[address]" in the place of each that is not in the set: how many. */
size_t gdpr_own_mask(const struct gdpr_own *own, struct ap_buf *out, const char *text, size_t len);

/* scan.c: what is recognised at text[at], whoever's it is. */
bool gdpr_scan_at(const char *text, size_t len, size_t at, struct gdpr_token *out);

/* An e-mail address, lower case, in out, which has room for len bytes: its length. */
size_t gdpr_fold_email(char *out, const char *text, size_t len);

#endif
